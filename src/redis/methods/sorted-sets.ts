/**
 * Sorted sets as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { items, page, rangeWords, rank, score, scored, texts, whole, words } from './decoding.ts';
import type { AlgebraOptions, ScanOptions, ScoredMember, ZAddOptions, ZRangeOptions } from './options.ts';
import { SetMethods } from './sets.ts';

/** The methods. */
export abstract class SortedSetMethods<Mode extends AnswerMode> extends SetMethods<Mode> {
  /** `ZADD` of one member: 1 when it is new. */
  zadd(key: BytesInput, memberScore: number, member: BytesInput, options?: ZAddOptions): Answer<Mode, number> { return this.send(options === undefined ? ['ZADD', key, memberScore, member] : ['ZADD', key, ...words(options), memberScore, member], whole); }
  /** `ZINCRBY`: the new score. */
  zincrby(key: BytesInput, by: number, member: BytesInput): Answer<Mode, number | null> { return this.send(['ZINCRBY', key, by, member], score); }
  /** `ZSCORE` */
  zscore(key: BytesInput, member: BytesInput): Answer<Mode, number | null> { return this.send(['ZSCORE', key, member], score); }
  /** `ZCARD` */
  zcard(key: BytesInput): Answer<Mode, number> { return this.send(['ZCARD', key], whole); }
  /** `ZCOUNT` */
  zcount(key: BytesInput, min: number | string, max: number | string): Answer<Mode, number> { return this.send(['ZCOUNT', key, min, max], whole); }
  /** `ZRANK`, from the lowest score; null when absent. */
  zrank(key: BytesInput, member: BytesInput): Answer<Mode, number | null> { return this.send(['ZRANK', key, member], rank); }
  /** `ZREVRANK`, from the highest score; null when absent. */
  zrevrank(key: BytesInput, member: BytesInput): Answer<Mode, number | null> { return this.send(['ZREVRANK', key, member], rank); }
  /** `ZRANGE` */
  zrange(key: BytesInput, start: number | string, stop: number | string, options?: ZRangeOptions): Answer<Mode, string[]> { return this.send(['ZRANGE', key, start, stop, ...rangeWords(options)], texts); }
  /** `ZRANGE … WITHSCORES` */
  zrangeWithScores(key: BytesInput, start: number | string, stop: number | string, options?: ZRangeOptions): Answer<Mode, ScoredMember[]> { return this.send(['ZRANGE', key, start, stop, ...rangeWords(options), 'WITHSCORES'], scored); }
  /** `ZREM` */
  zrem(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, number> { return this.send(['ZREM', key, ...members], whole); }
  /** `ZPOPMIN` */
  zpopmin(key: BytesInput, count: number = 1): Answer<Mode, ScoredMember[]> { return this.send(['ZPOPMIN', key, count], scored); }
  /** `ZPOPMAX` */
  zpopmax(key: BytesInput, count: number = 1): Answer<Mode, ScoredMember[]> { return this.send(['ZPOPMAX', key, count], scored); }
  /** `ZREMRANGEBYSCORE` */
  zremrangebyscore(key: BytesInput, min: number | string, max: number | string): Answer<Mode, number> { return this.send(['ZREMRANGEBYSCORE', key, min, max], whole); }
  /** `ZMSCORE` */
  zmscore(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, (number | null)[]> { return this.send(['ZMSCORE', key, ...members], (reply) => items(reply).map(score)); }
  /** `ZLEXCOUNT` */
  zlexcount(key: BytesInput, min: string, max: string): Answer<Mode, number> { return this.send(['ZLEXCOUNT', key, min, max], whole); }
  /** `ZREMRANGEBYRANK` */
  zremrangebyrank(key: BytesInput, start: number, stop: number): Answer<Mode, number> { return this.send(['ZREMRANGEBYRANK', key, start, stop], whole); }
  /** `ZREMRANGEBYLEX` */
  zremrangebylex(key: BytesInput, min: string, max: string): Answer<Mode, number> { return this.send(['ZREMRANGEBYLEX', key, min, max], whole); }
  /** `ZRANDMEMBER`: so many different members, or with a negative count so many with repetitions. */
  zrandmember(key: BytesInput, count: number = 1): Answer<Mode, string[]> { return this.send(['ZRANDMEMBER', key, count], texts); }
  /** `ZUNIONSTORE`: how many it has. */
  zunionstore(destination: BytesInput, keys: readonly BytesInput[], options?: AlgebraOptions): Answer<Mode, number> { return this.send(['ZUNIONSTORE', destination, keys.length, ...keys, ...algebraWords(options)], whole); }
  /** `ZINTERSTORE`: how many it has. */
  zinterstore(destination: BytesInput, keys: readonly BytesInput[], options?: AlgebraOptions): Answer<Mode, number> { return this.send(['ZINTERSTORE', destination, keys.length, ...keys, ...algebraWords(options)], whole); }
  /** `ZDIFFSTORE`: how many it has. */
  zdiffstore(destination: BytesInput, keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['ZDIFFSTORE', destination, keys.length, ...keys], whole); }
  /** `ZSCAN`: one page of members and scores in turn. */
  zscan(key: BytesInput, cursor: number, options?: ScanOptions): Answer<Mode, { cursor: number; elements: string[] }> { return this.send(['ZSCAN', key, cursor, ...words(options)], page); }
}

function algebraWords({ WEIGHTS, AGGREGATE }: AlgebraOptions = {}): BytesInput[] {
  return [...(WEIGHTS === undefined ? [] : ['WEIGHTS', ...WEIGHTS]), ...(AGGREGATE === undefined ? [] : ['AGGREGATE', AGGREGATE])];
}
