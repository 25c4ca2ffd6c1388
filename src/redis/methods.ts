/**
 * The typed methods, one class for both worlds: in process they answer at once, over the simulated network with a promise.
 * What a method does not cover, `command` does: it takes any command as an array of arguments.
 *
 * @module
 */
import { decodeUtf8, type BytesInput } from './bytes.ts';
import { decodeReply, type RedisValue } from './decode.ts';
import type { Reply } from './reply.ts';

/** How a client answers. */
export type AnswerMode = 'sync' | 'promise';

/** A result in a mode. */
export type Answer<Mode extends AnswerMode, T> = Mode extends 'promise' ? Promise<T> : T;

/** The options of `SET`, named as Redis names them. Spans are numbers, `EX` and `EXAT` in seconds, `PX` and `PXAT` in milliseconds. */
export interface SetOptions {
  readonly EX?: number;
  readonly PX?: number;
  readonly EXAT?: number;
  readonly PXAT?: number;
  readonly KEEPTTL?: boolean;
  readonly NX?: boolean;
  readonly XX?: boolean;
  readonly GET?: boolean;
}

/** The options of `GETEX`. */
export interface GetExOptions {
  readonly EX?: number;
  readonly PX?: number;
  readonly EXAT?: number;
  readonly PXAT?: number;
  readonly PERSIST?: boolean;
}

/** The condition of `EXPIRE` and its kin. */
export type ExpireCondition = 'NX' | 'XX' | 'GT' | 'LT';

/** The options of `ZADD`. */
export interface ZAddOptions {
  readonly NX?: boolean;
  readonly XX?: boolean;
  readonly GT?: boolean;
  readonly LT?: boolean;
  readonly CH?: boolean;
}

/** The options of `ZRANGE`. */
export interface ZRangeOptions {
  readonly BY?: 'SCORE' | 'LEX';
  readonly REV?: boolean;
  readonly LIMIT?: { readonly offset: number; readonly count: number };
}

/** The options of the scans. */
export interface ScanOptions {
  readonly MATCH?: string;
  readonly COUNT?: number;
}

/** A member and its score. */
export interface ScoredMember {
  readonly member: string;
  readonly score: number;
}

/** The unit of a geographic distance. */
export type GeoUnit = 'm' | 'km' | 'ft' | 'mi';

/** Where and how far `GEOSEARCH` looks. */
export interface GeoSearch {
  readonly from: string | { readonly longitude: number; readonly latitude: number };
  readonly by: { readonly radius: number } | { readonly width: number; readonly height: number };
  readonly unit?: GeoUnit;
  readonly order?: 'ASC' | 'DESC';
  readonly count?: number;
}

/** A point of `GEOADD`. */
export interface GeoMember {
  readonly longitude: number;
  readonly latitude: number;
  readonly member: BytesInput;
}

/** Options as arguments: `true` gives the word, a value the word and the value. */
function words(options: object | undefined): BytesInput[] {
  return Object.entries(options ?? {}).flatMap(([word, value]: [string, unknown]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [word] : [word, value as BytesInput];
  });
}

function pairs(fields: Readonly<Record<string, BytesInput>>): BytesInput[] {
  return Object.entries(fields).flat();
}

const whole = (reply: Reply): number => (reply.kind === 'integer' ? Number(reply.value) : 0);
const flag = (reply: Reply): boolean => whole(reply) !== 0;
const text = (reply: Reply): string | null => (reply.kind === 'bulk' || reply.kind === 'verbatim' ? decodeUtf8(reply.bytes) : reply.kind === 'simple' ? reply.text : null);
const items = (reply: Reply): readonly Reply[] => ('items' in reply ? reply.items : []);
const texts = (reply: Reply): string[] => items(reply).map((item) => text(item) ?? '');
const textsOrNull = (reply: Reply): (string | null)[] => items(reply).map(text);

/** `OK`, or null where the reply was nil. */
const okOrText = text;

function score(reply: Reply): number | null {
  const shown = reply.kind === 'double' ? reply.text : text(reply);
  if (shown === null) return null;
  return shown === 'inf' ? Infinity : shown === '-inf' ? -Infinity : Number(shown);
}

function scored(reply: Reply): ScoredMember[] {
  const flat = items(reply);
  return flat.flatMap((item, i) => (i % 2 === 0 ? [{ member: text(item) ?? '', score: score(flat[i + 1] as Reply) ?? 0 }] : []));
}

function record(reply: Reply): Record<string, string> {
  const flat = texts(reply);
  return Object.fromEntries(flat.flatMap((field, i) => (i % 2 === 0 ? [[field, flat[i + 1] ?? '']] : [])));
}

function page(reply: Reply): { cursor: number; elements: string[] } {
  const [cursor, found] = items(reply);
  return { cursor: Number(cursor === undefined ? 0 : text(cursor)), elements: found === undefined ? [] : texts(found) };
}

/** The methods. `Mode` says whether they answer at once or with a promise. */
export abstract class RedisMethods<Mode extends AnswerMode> {
  /** Sends one command and decodes its reply. An error reply is thrown as `RedisReplyError`. */
  protected abstract send<T>(args: readonly BytesInput[], decode: (reply: Reply) => T): Answer<Mode, T>;

  /** Any command: `command('ZADD', 'board', 10, 'ann')`. */
  command(...args: readonly BytesInput[]): Answer<Mode, RedisValue> { return this.send(args, decodeReply); }

  /** `PING` */
  ping(): Answer<Mode, string | null> { return this.send(['PING'], text); }
  /** `SET`: `'OK'`, or null when a condition was not met; with `GET` the value before. */
  set(key: BytesInput, value: BytesInput, options?: SetOptions): Answer<Mode, string | null> { return this.send(options === undefined ? ['SET', key, value] : ['SET', key, value, ...words(options)], okOrText); }
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

  /** `DEL`: how many were removed. */
  del(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['DEL', ...keys], whole); }
  /** `UNLINK` */
  unlink(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['UNLINK', ...keys], whole); }
  /** `EXISTS`: how many of them exist. */
  exists(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['EXISTS', ...keys], whole); }
  /** `EXPIRE`, in seconds. */
  expire(key: BytesInput, seconds: number, condition?: ExpireCondition): Answer<Mode, boolean> { return this.send(['EXPIRE', key, seconds, ...(condition === undefined ? [] : [condition])], flag); }
  /** `PEXPIRE`, in milliseconds. */
  pexpire(key: BytesInput, milliseconds: number, condition?: ExpireCondition): Answer<Mode, boolean> { return this.send(['PEXPIRE', key, milliseconds, ...(condition === undefined ? [] : [condition])], flag); }
  /** `TTL` in seconds; -1 without a deadline, -2 without the key. */
  ttl(key: BytesInput): Answer<Mode, number> { return this.send(['TTL', key], whole); }
  /** `PTTL` in milliseconds; -1 without a deadline, -2 without the key. */
  pttl(key: BytesInput): Answer<Mode, number> { return this.send(['PTTL', key], whole); }
  /** `PERSIST` */
  persist(key: BytesInput): Answer<Mode, boolean> { return this.send(['PERSIST', key], flag); }
  /** `TYPE` */
  type(key: BytesInput): Answer<Mode, string | null> { return this.send(['TYPE', key], text); }
  /** `KEYS` */
  keys(pattern: string = '*'): Answer<Mode, string[]> { return this.send(['KEYS', pattern], texts); }
  /** `SCAN`: one page; begin with cursor 0, end when 0 comes back. */
  scan(cursor: number, options?: ScanOptions & { readonly TYPE?: string }): Answer<Mode, { cursor: number; elements: string[] }> { return this.send(['SCAN', cursor, ...words(options)], page); }
  /** `RENAME` */
  rename(from: BytesInput, to: BytesInput): Answer<Mode, string | null> { return this.send(['RENAME', from, to], text); }
  /** `COPY` */
  copy(from: BytesInput, to: BytesInput, options?: { readonly DB?: number; readonly REPLACE?: boolean }): Answer<Mode, boolean> { return this.send(['COPY', from, to, ...words(options)], flag); }
  /** `RANDOMKEY` */
  randomkey(): Answer<Mode, string | null> { return this.send(['RANDOMKEY'], text); }
  /** `DBSIZE` */
  dbsize(): Answer<Mode, number> { return this.send(['DBSIZE'], whole); }
  /** `FLUSHDB` */
  flushdb(): Answer<Mode, string | null> { return this.send(['FLUSHDB'], text); }
  /** `FLUSHALL` */
  flushall(): Answer<Mode, string | null> { return this.send(['FLUSHALL'], text); }

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

  /** `LPUSH`: the new length. */
  lpush(key: BytesInput, ...elements: readonly BytesInput[]): Answer<Mode, number> { return this.send(['LPUSH', key, ...elements], whole); }
  /** `RPUSH`: the new length. */
  rpush(key: BytesInput, ...elements: readonly BytesInput[]): Answer<Mode, number> { return this.send(['RPUSH', key, ...elements], whole); }
  /** `LPOP` of one element. */
  lpop(key: BytesInput): Answer<Mode, string | null> { return this.send(['LPOP', key], text); }
  /** `RPOP` of one element. */
  rpop(key: BytesInput): Answer<Mode, string | null> { return this.send(['RPOP', key], text); }
  /** `LRANGE` */
  lrange(key: BytesInput, start: number, stop: number): Answer<Mode, string[]> { return this.send(['LRANGE', key, start, stop], texts); }
  /** `LLEN` */
  llen(key: BytesInput): Answer<Mode, number> { return this.send(['LLEN', key], whole); }
  /** `LMOVE`, which with a list per worker keeps a job that a crash would lose. */
  lmove(from: BytesInput, to: BytesInput, fromEnd: 'LEFT' | 'RIGHT', toEnd: 'LEFT' | 'RIGHT'): Answer<Mode, string | null> { return this.send(['LMOVE', from, to, fromEnd, toEnd], text); }

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
  /** `SPOP` of one member. */
  spop(key: BytesInput): Answer<Mode, string | null> { return this.send(['SPOP', key], text); }

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
  zrank(key: BytesInput, member: BytesInput): Answer<Mode, number | null> { return this.send(['ZRANK', key, member], (reply) => (reply.kind === 'integer' ? whole(reply) : null)); }
  /** `ZREVRANK`, from the highest score; null when absent. */
  zrevrank(key: BytesInput, member: BytesInput): Answer<Mode, number | null> { return this.send(['ZREVRANK', key, member], (reply) => (reply.kind === 'integer' ? whole(reply) : null)); }
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

  /** `GEOADD`: how many are new. */
  geoadd(key: BytesInput, ...members: readonly GeoMember[]): Answer<Mode, number> { return this.send(['GEOADD', key, ...members.flatMap((at) => [at.longitude, at.latitude, at.member])], whole); }
  /** `GEODIST`; null when a member is absent. */
  geodist(key: BytesInput, from: BytesInput, to: BytesInput, unit: GeoUnit = 'm'): Answer<Mode, number | null> { return this.send(['GEODIST', key, from, to, unit], score); }
  /** `GEOPOS` */
  geopos(key: BytesInput, ...members: readonly BytesInput[]): Answer<Mode, ({ longitude: number; latitude: number } | null)[]> {
    return this.send(['GEOPOS', key, ...members], (reply) => items(reply).map((item) => {
      const [longitude, latitude] = items(item).map(score);
      return longitude == null || latitude == null ? null : { longitude, latitude };
    }));
  }
  /** `GEOSEARCH` */
  geosearch(key: BytesInput, search: GeoSearch): Answer<Mode, string[]> {
    const { from, by, unit = 'm', order, count } = search;
    return this.send([
      'GEOSEARCH', key,
      ...(typeof from === 'string' ? ['FROMMEMBER', from] : ['FROMLONLAT', from.longitude, from.latitude]),
      ...('radius' in by ? ['BYRADIUS', by.radius, unit] : ['BYBOX', by.width, by.height, unit]),
      ...(order === undefined ? [] : [order]), ...(count === undefined ? [] : ['COUNT', count]),
    ], texts);
  }

  /** `PUBLISH`: how many subscriptions received it on the node asked. */
  publish(channel: BytesInput, message: BytesInput): Answer<Mode, number> { return this.send(['PUBLISH', channel, message], whole); }
  /** `INFO` */
  info(...sections: readonly string[]): Answer<Mode, string> { return this.send(['INFO', ...sections], (reply) => text(reply) ?? ''); }
}

function rangeWords(options: ZRangeOptions | undefined): BytesInput[] {
  return [
    ...(options?.BY === undefined ? [] : [`BY${options.BY}`]),
    ...(options?.REV === true ? ['REV'] : []),
    ...(options?.LIMIT === undefined ? [] : ['LIMIT', options.LIMIT.offset, options.LIMIT.count]),
  ];
}
