/**
 * Sets as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { flag, items, page, text, texts, whole, words } from './decoding.ts';
import { ListMethods } from './lists.ts';
import type { ScanOptions } from './options.ts';

/** The methods. */
export abstract class SetMethods<Mode extends AnswerMode> extends ListMethods<Mode> {
  /** `SADD`: how many are new. */
  sadd(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, number> { return this.send(['SADD', key, ...members], whole); }
  /** `SREM`: how many were there. */
  srem(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, number> { return this.send(['SREM', key, ...members], whole); }
  /** `SISMEMBER` */
  sismember(key: BytesInput, member: BytesInput): Answer<Mode, boolean> { return this.send(['SISMEMBER', key, member], flag); }
  /** `SMEMBERS` */
  smembers(key: BytesInput): Answer<Mode, string[]> { return this.send(['SMEMBERS', key], texts); }
  /** `SCARD` */
  scard(key: BytesInput): Answer<Mode, number> { return this.send(['SCARD', key], whole); }
  /** `SPOP` of one member, or of up to so many. */
  spop(key: BytesInput): Answer<Mode, string | null>;
  spop(key: BytesInput, count: number): Answer<Mode, string[]>;
  spop(key: BytesInput, count?: number): Answer<Mode, string | null> | Answer<Mode, string[]> {
    return count === undefined ? this.send(['SPOP', key], text) : this.send(['SPOP', key, count], texts);
  }
  /** `SMISMEMBER` */
  smismember(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, boolean[]> { return this.send(['SMISMEMBER', key, ...members], (reply) => items(reply).map(flag)); }
  /** `SRANDMEMBER`: so many different members, or with a negative count so many with repetitions. */
  srandmember(key: BytesInput, count: number = 1): Answer<Mode, string[]> { return this.send(['SRANDMEMBER', key, count], texts); }
  /** `SMOVE`: whether it was there. */
  smove(from: BytesInput, to: BytesInput, member: BytesInput): Answer<Mode, boolean> { return this.send(['SMOVE', from, to, member], flag); }
  /** `SINTER` */
  sinter(...keys: readonly BytesInput[]): Answer<Mode, string[]> { return this.send(['SINTER', ...keys], texts); }
  /** `SUNION` */
  sunion(...keys: readonly BytesInput[]): Answer<Mode, string[]> { return this.send(['SUNION', ...keys], texts); }
  /** `SDIFF` */
  sdiff(...keys: readonly BytesInput[]): Answer<Mode, string[]> { return this.send(['SDIFF', ...keys], texts); }
  /** `SINTERSTORE`: how many it has. */
  sinterstore(destination: BytesInput, ...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['SINTERSTORE', destination, ...keys], whole); }
  /** `SUNIONSTORE`: how many it has. */
  sunionstore(destination: BytesInput, ...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['SUNIONSTORE', destination, ...keys], whole); }
  /** `SDIFFSTORE`: how many it has. */
  sdiffstore(destination: BytesInput, ...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['SDIFFSTORE', destination, ...keys], whole); }
  /** `SINTERCARD` */
  sintercard(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['SINTERCARD', keys.length, ...keys], whole); }
  /** `SSCAN`: one page. */
  sscan(key: BytesInput, cursor: number, options?: ScanOptions): Answer<Mode, { cursor: number; elements: string[] }> { return this.send(['SSCAN', key, cursor, ...words(options)], page); }
}
