/**
 * Hashes as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { flag, page, pairs, record, text, texts, textsOrNull, whole, words } from './decoding.ts';
import { KeyMethods } from './keys.ts';
import type { ScanOptions } from './options.ts';

/** The methods. */
export abstract class HashMethods<Mode extends AnswerMode> extends KeyMethods<Mode> {
  /** `HSET`: how many fields are new. */
  hset(key: BytesInput, fields: Readonly<Record<string, BytesInput>>): Answer<Mode, number> { return this.send(['HSET', key, ...pairs(fields)], whole); }
  /** `HSETNX` */
  hsetnx(key: BytesInput, field: BytesInput, value: BytesInput): Answer<Mode, boolean> { return this.send(['HSETNX', key, field, value], flag); }
  /** `HGET` */
  hget(key: BytesInput, field: BytesInput): Answer<Mode, string | null> { return this.send(['HGET', key, field], text); }
  /** `HMGET` */
  hmget(key: BytesInput, ...fields: readonly BytesInput[]): Answer<Mode, (string | null)[]> { return this.send(['HMGET', key, ...fields], textsOrNull); }
  /** `HGETALL` */
  hgetall(key: BytesInput): Answer<Mode, Record<string, string>> { return this.send(['HGETALL', key], record); }
  /** `HDEL` */
  hdel(key: BytesInput, ...fields: readonly BytesInput[]): Answer<Mode, number> { return this.send(['HDEL', key, ...fields], whole); }
  /** `HLEN` */
  hlen(key: BytesInput): Answer<Mode, number> { return this.send(['HLEN', key], whole); }
  /** `HEXISTS` */
  hexists(key: BytesInput, field: BytesInput): Answer<Mode, boolean> { return this.send(['HEXISTS', key, field], flag); }
  /** `HKEYS` */
  hkeys(key: BytesInput): Answer<Mode, string[]> { return this.send(['HKEYS', key], texts); }
  /** `HVALS` */
  hvals(key: BytesInput): Answer<Mode, string[]> { return this.send(['HVALS', key], texts); }
  /** `HINCRBY` */
  hincrby(key: BytesInput, field: BytesInput, by: number): Answer<Mode, number> { return this.send(['HINCRBY', key, field, by], whole); }
  /** `HINCRBYFLOAT` */
  hincrbyfloat(key: BytesInput, field: BytesInput, by: number | string): Answer<Mode, string | null> { return this.send(['HINCRBYFLOAT', key, field, by], text); }
  /** `HSTRLEN`, in bytes. */
  hstrlen(key: BytesInput, field: BytesInput): Answer<Mode, number> { return this.send(['HSTRLEN', key, field], whole); }
  /** `HRANDFIELD`: so many different fields, or with a negative count so many with repetitions. */
  hrandfield(key: BytesInput, count: number = 1): Answer<Mode, string[]> { return this.send(['HRANDFIELD', key, count], texts); }
  /** `HSCAN`: one page of fields and values in turn. */
  hscan(key: BytesInput, cursor: number, options?: ScanOptions): Answer<Mode, { cursor: number; elements: string[] }> { return this.send(['HSCAN', key, cursor, ...words(options)], page); }
}
