/**
 * Where each command's keys are and what it does with them: the key specifications of Redis 7.0, read off `COMMAND INFO` of a
 * real server. The access they declare is what users' key patterns are held against.
 *
 * @module
 */

/** Where the search for keys begins. */
export type BeginSearch =
  | { readonly kind: 'index'; readonly index: number }
  /** Behind a keyword, looked for from a place; a negative place is counted from the end, and the search goes backwards. */
  | { readonly kind: 'keyword'; readonly keyword: string; readonly startFrom: number }
  | { readonly kind: 'unknown' };

/** How the keys lie from there on. */
export type FindKeys =
  /** `last` is relative to the first, or counted from the end when negative; with `limit` only that part of what is left. */
  | { readonly kind: 'range'; readonly last: number; readonly step: number; readonly limit: number }
  | { readonly kind: 'keynum'; readonly countAt: number; readonly first: number; readonly step: number }
  | { readonly kind: 'unknown' };

/** What a command does with a key, as `COMMAND INFO` names it. */
export type KeyFlag = 'RO' | 'RW' | 'OW' | 'RM' | 'access' | 'update' | 'insert' | 'delete' | 'not_key' | 'incomplete' | 'variable_flags';

/** One key specification. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly begin: BeginSearch;
  readonly find: FindKeys;
  readonly notes?: string;
}

const at = (index: number): BeginSearch => ({ kind: 'index', index });
const behind = (keyword: string, startFrom: number): BeginSearch => ({ kind: 'keyword', keyword, startFrom });
const range = (last: number, step: number, limit: number): FindKeys => ({ kind: 'range', last, step, limit });
const counted = (countAt: number, first: number, step: number): FindKeys => ({ kind: 'keynum', countAt, first, step });
const UNKNOWN_BEGIN: BeginSearch = { kind: 'unknown' };
const UNKNOWN_KEYS: FindKeys = { kind: 'unknown' };
const spec = (flags: string, begin: BeginSearch, find: FindKeys, notes?: string): KeySpec => {
  const row = { flags: flags.split(' ') as KeyFlag[], begin, find };
  return notes === undefined ? row : { ...row, notes };
};
const key = (flags: string): KeySpec => spec(flags, at(1), range(0, 1, 0));

/** By full name; who is not here has no keys. */
export const KEY_SPECS: Readonly<Record<string, readonly KeySpec[]>> = {
  append: [key('RW insert')],
  bitcount: [key('RO access')],
  bitfield: [
    spec('RW access update variable_flags', at(1), range(0, 1, 0), 'This command allows both access and modification of the key'),
  ],
  bitfield_ro: [key('RO access')],
  bitop: [spec('OW update', at(2), range(0, 1, 0)), spec('RO access', at(3), range(-1, 1, 0))],
  bitpos: [key('RO access')],
  blmove: [key('RW access delete'), spec('RW insert', at(2), range(0, 1, 0))],
  blmpop: [spec('RW access delete', at(2), counted(0, 1, 1))],
  blpop: [spec('RW access delete', at(1), range(-2, 1, 0))],
  brpop: [spec('RW access delete', at(1), range(-2, 1, 0))],
  brpoplpush: [key('RW access delete'), spec('RW insert', at(2), range(0, 1, 0))],
  bzmpop: [spec('RW access delete', at(2), counted(0, 1, 1))],
  bzpopmax: [spec('RW access delete', at(1), range(-2, 1, 0))],
  bzpopmin: [spec('RW access delete', at(1), range(-2, 1, 0))],
  copy: [key('RO access'), spec('OW update', at(2), range(0, 1, 0))],
  decr: [key('RW access update')],
  decrby: [key('RW access update')],
  del: [spec('RM delete', at(1), range(-1, 1, 0))],
  dump: [key('RO access')],
  eval: [
    spec('RW access update', at(2), counted(0, 1, 1), 'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE'),
  ],
  eval_ro: [
    spec('RO access', at(2), counted(0, 1, 1), 'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS'),
  ],
  evalsha: [spec('RW access update', at(2), counted(0, 1, 1))],
  evalsha_ro: [spec('RO access', at(2), counted(0, 1, 1))],
  exists: [spec('RO', at(1), range(-1, 1, 0))],
  expire: [key('RW update')],
  expireat: [key('RW update')],
  expiretime: [key('RO access')],
  fcall: [
    spec('RW access update', at(2), counted(0, 1, 1), 'We cannot tell how the keys will be used so we assume the worst, RW and UPDATE'),
  ],
  fcall_ro: [
    spec('RO access', at(2), counted(0, 1, 1), 'We cannot tell how the keys will be used so we assume the worst, RO and ACCESS'),
  ],
  geoadd: [key('RW update')],
  geodist: [key('RO access')],
  geohash: [key('RO access')],
  geopos: [key('RO access')],
  georadius: [
    key('RO access'),
    spec('OW update', behind('STORE', 6), range(0, 1, 0)),
    spec('OW update', behind('STOREDIST', 6), range(0, 1, 0)),
  ],
  georadius_ro: [key('RO access')],
  georadiusbymember: [
    key('RO access'),
    spec('OW update', behind('STORE', 5), range(0, 1, 0)),
    spec('OW update', behind('STOREDIST', 5), range(0, 1, 0)),
  ],
  georadiusbymember_ro: [key('RO access')],
  geosearch: [key('RO access')],
  geosearchstore: [key('OW update'), spec('RO access', at(2), range(0, 1, 0))],
  get: [key('RO access')],
  getbit: [key('RO access')],
  getdel: [key('RW access delete')],
  getex: [spec('RW access update', at(1), range(0, 1, 0), 'RW and UPDATE because it changes the TTL')],
  getrange: [key('RO access')],
  getset: [key('RW access update')],
  hdel: [key('RW delete')],
  hexists: [key('RO')],
  hget: [key('RO access')],
  hgetall: [key('RO access')],
  hincrby: [key('RW access update')],
  hincrbyfloat: [key('RW access update')],
  hkeys: [key('RO access')],
  hlen: [key('RO')],
  hmget: [key('RO access')],
  hmset: [key('RW update')],
  hrandfield: [key('RO access')],
  hscan: [key('RO access')],
  hset: [key('RW update')],
  hsetnx: [key('RW insert')],
  hstrlen: [key('RO')],
  hvals: [key('RO access')],
  incr: [key('RW access update')],
  incrby: [key('RW access update')],
  incrbyfloat: [key('RW access update')],
  lcs: [spec('RO access', at(1), range(1, 1, 0))],
  lindex: [key('RO access')],
  linsert: [key('RW insert')],
  llen: [key('RO')],
  lmove: [key('RW access delete'), spec('RW insert', at(2), range(0, 1, 0))],
  lmpop: [spec('RW access delete', at(1), counted(0, 1, 1))],
  lpop: [key('RW access delete')],
  lpos: [key('RO access')],
  lpush: [key('RW insert')],
  lpushx: [key('RW insert')],
  lrange: [key('RO access')],
  lrem: [key('RW delete')],
  lset: [key('RW update')],
  ltrim: [key('RW delete')],
  'memory|usage': [spec('RO', at(2), range(0, 1, 0))],
  mget: [spec('RO access', at(1), range(-1, 1, 0))],
  migrate: [
    spec('RW access delete', at(3), range(0, 1, 0)),
    spec('RW access delete incomplete', behind('KEYS', -2), range(-1, 1, 0)),
  ],
  move: [key('RW access update')],
  mset: [spec('OW update', at(1), range(-1, 2, 0))],
  msetnx: [spec('OW insert', at(1), range(-1, 2, 0))],
  'object|encoding': [spec('RO', at(2), range(0, 1, 0))],
  'object|freq': [spec('RO', at(2), range(0, 1, 0))],
  'object|idletime': [spec('RO', at(2), range(0, 1, 0))],
  'object|refcount': [spec('RO', at(2), range(0, 1, 0))],
  persist: [key('RW update')],
  pexpire: [key('RW update')],
  pexpireat: [key('RW update')],
  pexpiretime: [key('RO access')],
  pfadd: [key('RW insert')],
  pfcount: [
    spec('RW access', at(1), range(-1, 1, 0), 'RW because it may change the internal representation of the key, and propagate to replicas'),
  ],
  pfdebug: [spec('RW access', at(2), range(0, 1, 0))],
  pfmerge: [key('RW access insert'), spec('RO access', at(2), range(-1, 1, 0))],
  psetex: [key('OW update')],
  pttl: [key('RO access')],
  rename: [key('RW access delete'), spec('OW update', at(2), range(0, 1, 0))],
  renamenx: [key('RW access delete'), spec('OW insert', at(2), range(0, 1, 0))],
  restore: [key('OW update')],
  'restore-asking': [key('OW update')],
  rpop: [key('RW access delete')],
  rpoplpush: [key('RW access delete'), spec('RW insert', at(2), range(0, 1, 0))],
  rpush: [key('RW insert')],
  rpushx: [key('RW insert')],
  sadd: [key('RW insert')],
  scard: [key('RO')],
  sdiff: [spec('RO access', at(1), range(-1, 1, 0))],
  sdiffstore: [key('OW update'), spec('RO access', at(2), range(-1, 1, 0))],
  set: [spec('RW access update variable_flags', at(1), range(0, 1, 0), 'RW and ACCESS due to the optional `GET` argument')],
  setbit: [key('RW access update')],
  setex: [key('OW update')],
  setnx: [key('OW insert')],
  setrange: [key('RW update')],
  sinter: [spec('RO access', at(1), range(-1, 1, 0))],
  sintercard: [spec('RO access', at(1), counted(0, 1, 1))],
  sinterstore: [key('RW update'), spec('RO access', at(2), range(-1, 1, 0))],
  sismember: [key('RO')],
  smembers: [key('RO access')],
  smismember: [key('RO access')],
  smove: [key('RW access delete'), spec('RW insert', at(2), range(0, 1, 0))],
  sort: [
    key('RO access'),
    spec('RO access', UNKNOWN_BEGIN, UNKNOWN_KEYS, 'For the optional BY/GET keyword. It is marked \'unknown\' because the key names derive from the content of the key we sort'),
    spec('OW update', UNKNOWN_BEGIN, UNKNOWN_KEYS, 'For the optional STORE keyword. It is marked \'unknown\' because the keyword can appear anywhere in the argument array'),
  ],
  sort_ro: [
    key('RO access'),
    spec('RO access', UNKNOWN_BEGIN, UNKNOWN_KEYS, 'For the optional BY/GET keyword. It is marked \'unknown\' because the key names derive from the content of the key we sort'),
  ],
  spop: [key('RW access delete')],
  spublish: [key('not_key')],
  srandmember: [key('RO access')],
  srem: [key('RW delete')],
  sscan: [key('RO access')],
  ssubscribe: [spec('not_key', at(1), range(-1, 1, 0))],
  strlen: [key('RO')],
  substr: [key('RO access')],
  sunion: [spec('RO access', at(1), range(-1, 1, 0))],
  sunionstore: [key('OW update'), spec('RO access', at(2), range(-1, 1, 0))],
  sunsubscribe: [spec('not_key', at(1), range(-1, 1, 0))],
  touch: [spec('RO', at(1), range(-1, 1, 0))],
  ttl: [key('RO access')],
  type: [key('RO')],
  unlink: [spec('RM delete', at(1), range(-1, 1, 0))],
  watch: [spec('RO', at(1), range(-1, 1, 0))],
  xack: [key('RW update')],
  xadd: [spec('RW update', at(1), range(0, 1, 0), 'UPDATE instead of INSERT because of the optional trimming feature')],
  xautoclaim: [key('RW delete')],
  xclaim: [key('RW update')],
  xdel: [key('RW delete')],
  'xgroup|create': [spec('RW insert', at(2), range(0, 1, 0))],
  'xgroup|createconsumer': [spec('RW insert', at(2), range(0, 1, 0))],
  'xgroup|delconsumer': [spec('RW delete', at(2), range(0, 1, 0))],
  'xgroup|destroy': [spec('RW delete', at(2), range(0, 1, 0))],
  'xgroup|setid': [spec('RW update', at(2), range(0, 1, 0))],
  'xinfo|consumers': [spec('RO access', at(2), range(0, 1, 0))],
  'xinfo|groups': [spec('RO access', at(2), range(0, 1, 0))],
  'xinfo|stream': [spec('RO access', at(2), range(0, 1, 0))],
  xlen: [key('RO')],
  xpending: [key('RO access')],
  xrange: [key('RO access')],
  xread: [spec('RO access', behind('STREAMS', 1), range(-1, 1, 2))],
  xreadgroup: [spec('RO access', behind('STREAMS', 4), range(-1, 1, 2))],
  xrevrange: [key('RO access')],
  xsetid: [key('RW update')],
  xtrim: [key('RW delete')],
  zadd: [key('RW update')],
  zcard: [key('RO')],
  zcount: [key('RO access')],
  zdiff: [spec('RO access', at(1), counted(0, 1, 1))],
  zdiffstore: [key('OW update'), spec('RO access', at(2), counted(0, 1, 1))],
  zincrby: [key('RW access update')],
  zinter: [spec('RO access', at(1), counted(0, 1, 1))],
  zintercard: [spec('RO access', at(1), counted(0, 1, 1))],
  zinterstore: [key('OW update'), spec('RO access', at(2), counted(0, 1, 1))],
  zlexcount: [key('RO access')],
  zmpop: [spec('RW access delete', at(1), counted(0, 1, 1))],
  zmscore: [key('RO access')],
  zpopmax: [key('RW access delete')],
  zpopmin: [key('RW access delete')],
  zrandmember: [key('RO access')],
  zrange: [key('RO access')],
  zrangebylex: [key('RO access')],
  zrangebyscore: [key('RO access')],
  zrangestore: [key('OW update'), spec('RO access', at(2), range(0, 1, 0))],
  zrank: [key('RO access')],
  zrem: [key('RW delete')],
  zremrangebylex: [key('RW delete')],
  zremrangebyrank: [key('RW delete')],
  zremrangebyscore: [key('RW delete')],
  zrevrange: [key('RO access')],
  zrevrangebylex: [key('RO access')],
  zrevrangebyscore: [key('RO access')],
  zrevrank: [key('RO access')],
  zscan: [key('RO access')],
  zscore: [key('RO access')],
  zunion: [spec('RO access', at(1), counted(0, 1, 1))],
  zunionstore: [key('OW update'), spec('RO access', at(2), counted(0, 1, 1))],
};
