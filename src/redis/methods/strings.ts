/**
 * Strings, bitmaps and sketches as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import { CommandSender, type Answer, type AnswerMode } from './answer.ts';
import { flag, pairs, text, textsOrNull, whole, words } from './decoding.ts';
import type { GetExOptions, SetOptions } from './options.ts';

/** The methods. */
export abstract class StringMethods<Mode extends AnswerMode> extends CommandSender<Mode> {
  /** `SET`: `'OK'`, or null when a condition was not met; with `GET` the value before. */
  set(key: BytesInput, value: BytesInput, options?: SetOptions): Answer<Mode, string | null> { return this.send(options === undefined ? ['SET', key, value] : ['SET', key, value, ...words(options)], text); }
  /** `GET` */
  get(key: BytesInput): Answer<Mode, string | null> { return this.send(['GET', key], text); }
  /** `GETDEL` */
  getdel(key: BytesInput): Answer<Mode, string | null> { return this.send(['GETDEL', key], text); }
  /** `GETEX` */
  getex(key: BytesInput, options?: GetExOptions): Answer<Mode, string | null> { return this.send(['GETEX', key, ...words(options)], text); }
  /** `GETSET` */
  getset(key: BytesInput, value: BytesInput): Answer<Mode, string | null> { return this.send(['GETSET', key, value], text); }
  /** `SETNX` */
  setnx(key: BytesInput, value: BytesInput): Answer<Mode, boolean> { return this.send(['SETNX', key, value], flag); }
  /** `SETEX`, in seconds. */
  setex(key: BytesInput, seconds: number, value: BytesInput): Answer<Mode, string | null> { return this.send(['SETEX', key, seconds, value], text); }
  /** `MGET` */
  mget(...keys: readonly BytesInput[]): Answer<Mode, (string | null)[]> { return this.send(['MGET', ...keys], textsOrNull); }
  /** `MSET` */
  mset(values: Readonly<Record<string, BytesInput>>): Answer<Mode, string | null> { return this.send(['MSET', ...pairs(values)], text); }
  /** `APPEND` */
  append(key: BytesInput, suffix: BytesInput): Answer<Mode, number> { return this.send(['APPEND', key, suffix], whole); }
  /** `STRLEN`, in bytes. */
  strlen(key: BytesInput): Answer<Mode, number> { return this.send(['STRLEN', key], whole); }
  /** `GETRANGE`, in bytes. */
  getrange(key: BytesInput, start: number, end: number): Answer<Mode, string | null> { return this.send(['GETRANGE', key, start, end], text); }
  /** `SETRANGE`, in bytes. */
  setrange(key: BytesInput, offset: number, value: BytesInput): Answer<Mode, number> { return this.send(['SETRANGE', key, offset, value], whole); }
  /** `INCR` */
  incr(key: BytesInput): Answer<Mode, number> { return this.send(['INCR', key], whole); }
  /** `DECR` */
  decr(key: BytesInput): Answer<Mode, number> { return this.send(['DECR', key], whole); }
  /** `INCRBY` */
  incrby(key: BytesInput, by: number): Answer<Mode, number> { return this.send(['INCRBY', key, by], whole); }
  /** `DECRBY` */
  decrby(key: BytesInput, by: number): Answer<Mode, number> { return this.send(['DECRBY', key, by], whole); }
  /** `INCRBYFLOAT` */
  incrbyfloat(key: BytesInput, by: number | string): Answer<Mode, string | null> { return this.send(['INCRBYFLOAT', key, by], text); }
  /** `MSETNX`: whether all were set; if one exists none is. */
  msetnx(values: Readonly<Record<string, BytesInput>>): Answer<Mode, boolean> { return this.send(['MSETNX', ...pairs(values)], flag); }
  /** `PSETEX`, in milliseconds. */
  psetex(key: BytesInput, milliseconds: number, value: BytesInput): Answer<Mode, string | null> { return this.send(['PSETEX', key, milliseconds, value], text); }
  /** `SETBIT`: the bit before. */
  setbit(key: BytesInput, offset: number, bit: 0 | 1): Answer<Mode, number> { return this.send(['SETBIT', key, offset, bit], whole); }
  /** `GETBIT` */
  getbit(key: BytesInput, offset: number): Answer<Mode, number> { return this.send(['GETBIT', key, offset], whole); }
  /** `BITCOUNT`, of bytes `start` to `end` or of all. */
  bitcount(key: BytesInput, start?: number, end?: number): Answer<Mode, number> { return this.send(['BITCOUNT', key, ...(start === undefined ? [] : [start, end ?? -1])], whole); }
  /** `BITOP`: the length of the outcome in bytes. */
  bitop(operation: 'AND' | 'OR' | 'XOR' | 'NOT', destination: BytesInput, ...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['BITOP', operation, destination, ...keys], whole); }
  /** `PFADD`: whether the estimate changed. */
  pfadd(key: BytesInput, ...elements: readonly BytesInput[]): Answer<Mode, boolean> { return this.send(['PFADD', key, ...elements], flag); }
  /** `PFCOUNT`: about how many different elements. */
  pfcount(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['PFCOUNT', ...keys], whole); }
  /** `PFMERGE` */
  pfmerge(destination: BytesInput, ...sources: readonly BytesInput[]): Answer<Mode, string | null> { return this.send(['PFMERGE', destination, ...sources], text); }
}
