/**
 * Lists as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { rank, text, texts, textsOrNothing, whole } from './decoding.ts';
import { HashMethods } from './hashes.ts';

/** The methods. */
export abstract class ListMethods<Mode extends AnswerMode> extends HashMethods<Mode> {
  /** `LPUSH`: the new length. */
  lpush(key: BytesInput, ...elements: readonly BytesInput[]): Answer<Mode, number> { return this.send(['LPUSH', key, ...elements], whole); }
  /** `RPUSH`: the new length. */
  rpush(key: BytesInput, ...elements: readonly BytesInput[]): Answer<Mode, number> { return this.send(['RPUSH', key, ...elements], whole); }
  /** `LPOP` of one element, or of up to so many. */
  lpop(key: BytesInput): Answer<Mode, string | null>;
  lpop(key: BytesInput, count: number): Answer<Mode, string[] | null>;
  lpop(key: BytesInput, count?: number): Answer<Mode, string | null> | Answer<Mode, string[] | null> {
    return count === undefined ? this.send(['LPOP', key], text) : this.send(['LPOP', key, count], textsOrNothing);
  }
  /** `RPOP` of one element, or of up to so many. */
  rpop(key: BytesInput): Answer<Mode, string | null>;
  rpop(key: BytesInput, count: number): Answer<Mode, string[] | null>;
  rpop(key: BytesInput, count?: number): Answer<Mode, string | null> | Answer<Mode, string[] | null> {
    return count === undefined ? this.send(['RPOP', key], text) : this.send(['RPOP', key, count], textsOrNothing);
  }
  /** `LRANGE` */
  lrange(key: BytesInput, start: number, stop: number): Answer<Mode, string[]> { return this.send(['LRANGE', key, start, stop], texts); }
  /** `LLEN` */
  llen(key: BytesInput): Answer<Mode, number> { return this.send(['LLEN', key], whole); }
  /** `LMOVE`, which with a list per worker keeps a job that a crash would lose. */
  lmove(from: BytesInput, to: BytesInput, fromEnd: 'LEFT' | 'RIGHT', toEnd: 'LEFT' | 'RIGHT'): Answer<Mode, string | null> { return this.send(['LMOVE', from, to, fromEnd, toEnd], text); }
  /** `LPUSHX`: the new length, 0 when there is no list. */
  lpushx(key: BytesInput, ...elements: readonly BytesInput[]): Answer<Mode, number> { return this.send(['LPUSHX', key, ...elements], whole); }
  /** `RPUSHX`: the new length, 0 when there is no list. */
  rpushx(key: BytesInput, ...elements: readonly BytesInput[]): Answer<Mode, number> { return this.send(['RPUSHX', key, ...elements], whole); }
  /** `LINDEX` */
  lindex(key: BytesInput, index: number): Answer<Mode, string | null> { return this.send(['LINDEX', key, index], text); }
  /** `LSET` */
  lset(key: BytesInput, index: number, element: BytesInput): Answer<Mode, string | null> { return this.send(['LSET', key, index, element], text); }
  /** `LINSERT`: the new length, -1 without the pivot. */
  linsert(key: BytesInput, where: 'BEFORE' | 'AFTER', pivot: BytesInput, element: BytesInput): Answer<Mode, number> { return this.send(['LINSERT', key, where, pivot, element], whole); }
  /** `LREM`: how many were removed. */
  lrem(key: BytesInput, count: number, element: BytesInput): Answer<Mode, number> { return this.send(['LREM', key, count, element], whole); }
  /** `LTRIM` */
  ltrim(key: BytesInput, start: number, stop: number): Answer<Mode, string | null> { return this.send(['LTRIM', key, start, stop], text); }
  /** `LPOS` of the first match, or null. */
  lpos(key: BytesInput, element: BytesInput): Answer<Mode, number | null> { return this.send(['LPOS', key, element], rank); }
}
