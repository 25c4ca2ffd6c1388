/**
 * Random Redis commands: for each command the forms it has, in a small notation. A word in lower case of the `KINDS` below
 * stands for a random argument of that kind, a word in capitals for itself; `[a|b c]` may be left out or is one of the
 * alternatives; `(…)+` is repeated one to three times. One command in ten is then spoilt: an argument added, lost or replaced.
 *
 * @module
 */
import fc from 'fast-check';

type Args = readonly string[];

/** What a real server dumped, LZF among it: a string, a list, sets, hashes, sorted sets; a checksum that is wrong, and nonsense with a right one. */
const PAYLOADS = [
  '\x00\xc3\x09<\x01xx\xe0/\x00\x01xx\x0a\x00\x13jK\xd6\x1c\xb5\x07\xae',
  '\x00\xc1\x7f\xff\x0a\x00\x17`\x82(T\x80\x84\x80',
  '\x12\x01\x02\xc3(@f\x13f\x00\x00\x00\x06\x00\x01\x01\xf1x\xec\x03\xf2p\x11\x01\x04\xe0Ax\xe07\x00\x02C\xf4\xff\x80\x00\x08\x7f\x09\xf3\x00\x00\x80\x00\x05\xff\x0a\x00\xf0\x11\x1e\xd3\x16\xc2\xcew',
  '\x0b\x10\x04\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00p\x11\x01\x00\x0a\x00\x275Cn\xfdfV\xc4',
  '\x02\x02\x01n\x01m\x0a\x002\xbc\xf8A\xdb0\x8d\xef',
  '\x10\x13\x13\x00\x00\x00\x04\x00\x82f1\x03\x81v\x02\x81n\x02\x0c\x01\xff\x0a\x00\xaca\xc3\xcf\xb0\xc1o\xc4',
  '\x04\x01\x01f\xc3\x09@F\x01zz\xe09\x00\x01zz\x0a\x00\xf5,\xbf\xbbk\xa7\x99z',
  '\x11\x15\x15\x00\x00\x00\x04\x00\x81n\x02\xdf\xfd\x02\x81m\x02\x831.5\x04\xff\x0a\x00\x06\x99\x01\xd1\x86&}\xf0',
  '\x05\x02\xc3\x09@F\x01yy\xe09\x00\x01yy\x9cu\x00\x88<\xe47~\x01k\x00\x00\x00\x00\x00\x00\x00@\x0a\x00J\xe4I(lv>\x8c',
  '\x00\xc3\x09<\x01xx\xe0/\x00\x01xx\x0a\x00\x13jK\xd6\x1c\xb5\x07\x01',
  '\x00\xc9\x0a\x00\xb6\xe2\xefDE\xb5\xf5r',
  'c\x01\x0a\x00\xd5\xb16r\x03\xb46l',
];

const KINDS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e', '\x00\xff\r\n'),
  value: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('', 'x', 'hello', '\xff\x00\x80', 'foo bar', 'a'.repeat(70)) },
    { weight: 3, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775808', '3.5', '1e3', '0x10', '-0', '+1', '01', ' 1', '3.0e-5', 'inf', 'nan') },
  ),
  int: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -8, max: 12 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775806', '-1', '1.5', 'x', '', '-0', '007', '9007199254740993') },
  ),
  offset: fc.oneof(fc.integer({ min: -3, max: 30 }).map(String), fc.constantFrom('536870912', '9223372036854775807', 'x')),
  float: fc.oneof(
    fc.integer({ min: -50, max: 50 }).map(String),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(String),
    fc.constantFrom('0.1', '1e5', '3.0e-10', '1e-400', '1e400', '1e4000', 'inf', '-inf', 'nan', '0x1p3', 'x', '', ' 1', '1 ', '.5', '5.', '123456789.123456789', '1.7976931348623157e308', '99999999999999999999'),
  ),
  score: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -5, max: 5 }).map(String) },
    { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('inf', '-inf', '+inf', '-0', '0.1', '1e300', 'nan', 'x', '70368744177664.0625', '1e-310') },
  ),
  member: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5', 'M6', '\x80\xff', '', 'z'.repeat(70)),
  border: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom('', '('), fc.integer({ min: -6, max: 6 })).map(([mark, n]) => `${mark}${n}`) },
    { weight: 1, arbitrary: fc.constantFrom('-inf', '+inf', '(inf', 'x', '', '(', '1e400', ' 2', '(1.5', 'nan') },
  ),
  lex: fc.constantFrom('-', '+', '[m1', '(m1', '[m3', '(m3', '[m5', '(z', '[', '(', 'm2', '', '[\x80', '(\xff'),
  seconds: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1000, max: 100000 }).map(String) }, { weight: 2, arbitrary: fc.constantFrom('0', '-1', '-100', '9223372036854775807', '9223372036854775', '9223372036854774', '-9223372036854775808', 'x', '1.5') }),
  instant: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 4_000_000, max: 4_100_000 }).map((n) => `${n}000`) }, { weight: 1, arbitrary: fc.constantFrom('0', '-1', '1', '9223372036854775807', 'x') }),
  instantms: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 4_000_000, max: 4_100_000 }).map((n) => `${n}000000`) }, { weight: 1, arbitrary: fc.constantFrom('0', '-1', '1', '9223372036854775807', 'x') }),
  pattern: fc.constantFrom('*', 'a*', '?', '[ab]', '[^a]', '[a-c]', '[c-a]', '\\a', '*[', '[a', 'm*', '*1', '**', 'm[1-3]', '', '[\x80-a]', 'a\\', '[\\]]', '*\xff*', '[]a]', 'm?*'),
  count: fc.integer({ min: -4, max: 8 }).map(String),
  positive: fc.constantFrom('1', '2', '3', '0', '-1', 'x', '100'),
  db: fc.constantFrom('0', '0', '1', '15', '16', '-1', 'x', '99999999999'),
  longitude: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -1800, max: 1800 }).map((n) => String(n / 10)) }, { weight: 1, arbitrary: fc.constantFrom('13.361389', '15.087269', '181', '-180', '180', 'x', 'inf') }),
  latitude: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -850, max: 850 }).map((n) => String(n / 10)) }, { weight: 1, arbitrary: fc.constantFrom('38.115556', '37.502669', '86', '-85.05112878', '85.05112878', 'x') }),
  distance: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('0', '1', '100', '1000', '5000', '20000', '100000', '3.5') }, { weight: 1, arbitrary: fc.constantFrom('-1', 'x', 'inf', '1e9') }),
  unit: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('m', 'km', 'KM', 'ft', 'mi') }, { weight: 1, arbitrary: fc.constantFrom('x', '') }),
  bitoffset: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 40 }).map(String) }, { weight: 1, arbitrary: fc.constantFrom('-1', '4294967296', 'x', '7', '100', '9223372036854775807') }),
  bit: fc.constantFrom('0', '1', '1', '1', '2', 'x'),
  bittype: fc.constantFrom('u1', 'u8', 'i8', 'i5', 'u4', 'i64', 'u63', 'i16', 'u64', 'i65', 'x', 'i0', 'i1'),
  fieldoffset: fc.constantFrom('0', '1', '7', '8', '13', '#0', '#1', '#2', '-1', '#-1', 'x', '#', '4294967295'),
  readoffset: fc.constantFrom('0', '1', '7', '8', '13', '#0', '#1', '#2', '#5', '100'),
  streamid: fc.oneof({ weight: 6, arbitrary: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 })).map(([ms, n]) => `${ms}-${n}`) }, { weight: 1, arbitrary: fc.constantFrom('5', '0', '0-0', '-', '+', 'x', '', '18446744073709551615-18446744073709551615', '18446744073709551616', '007-1', '1-', '-1-1', '3-x') }),
  addid: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 9 }).map((ms) => `${ms}-*`) }, { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })).map(([ms, n]) => `${ms}-${n}`) }, { weight: 1, arbitrary: fc.constantFrom('0-0', 'x', '5', '-', '18446744073709551615-*', '1-18446744073709551615', '**') }),
  idborder: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('-', '+') }, { weight: 3, arbitrary: fc.tuple(fc.constantFrom('', '', '('), fc.integer({ min: 0, max: 9 }), fc.constantFrom('', '-1', '-2')).map(([mark, ms, n]) => `${mark}${ms}${n}`) }, { weight: 1, arbitrary: fc.constantFrom('(-', '(', '(18446744073709551615-18446744073709551615', '(0-0', 'x') }),
  group: fc.constantFrom('g1', 'g1', 'g2', ''),
  consumer: fc.constantFrom('c1', 'c2', 'C3'),
  span: fc.constantFrom('100000', '200000', '0', '-1', '9223372036854775807', 'x'),
  payload: fc.constantFrom(...PAYLOADS),
  sortpattern: fc.constantFrom('nosort', '*', 'a*', '*->f1', 'w*->f2', '#', '*->', 'x*y', '', '->', '*\x00'),
  timeout: fc.oneof({ weight: 8, arbitrary: fc.constantFrom('0.001', '.002', '1e-3') }, { weight: 1, arbitrary: fc.constantFrom('-1', 'x', '', '1e400', 'inf', '-0.5', 'nan', '1e-400', ' 1') }),
  channel: fc.constantFrom('news', 'chat', ''),
  field: fc.constantFrom('f1', 'f2', 'f3', '', '\xfe\x00', 'f'.repeat(65)),
};

const LIMIT = '[LIMIT int int]';
const STORE_OPTIONS = '[WEIGHTS score score] [AGGREGATE SUM|AGGREGATE MIN|AGGREGATE MAX|AGGREGATE x]';
const RADIUS_OPTIONS = '[WITHDIST] [WITHCOORD] [WITHHASH] [COUNT positive] [ASC|DESC]';

/** Forms by command. Those whose answers hang on chance or on the machine are not here; see the test. */
export const FORMS: readonly string[] = [
  'SET key value [NX|XX|nx] [GET] [EX seconds|PX seconds|EXAT instant|PXAT instantms|KEEPTTL]', 'SET key value', 'SET key value', 'SETNX key value', 'SETEX key seconds value',
  'PSETEX key seconds value', 'GET key', 'GETSET key value', 'GETDEL key',
  'GETEX key [EX seconds|PX seconds|EXAT instant|PXAT instantms|PERSIST]', 'MGET (key)+', 'MSET (key value)+', 'MSETNX (key value)+',
  'APPEND key value', 'STRLEN key', 'GETRANGE key int int', 'SUBSTR key int int', 'SETRANGE key offset value', 'INCR key', 'DECR key', 'INCRBY key int',
  'DECRBY key int', 'INCRBYFLOAT key float', 'SET key float',
  'DEL (key)+', 'UNLINK (key)+', 'EXISTS (key)+', 'TOUCH (key)+', 'EXPIRE key seconds [NX|XX|GT|LT] [XX|x]', 'PEXPIRE key seconds [NX|XX|GT|LT]',
  'EXPIREAT key instant [NX|XX|GT|LT]', 'PEXPIREAT key instantms [NX|XX|GT|LT]', 'TTL key', 'PTTL key', 'EXPIRETIME key', 'PEXPIRETIME key', 'PERSIST key',
  'TYPE key', 'KEYS pattern', 'RENAME key key', 'RENAMENX key key', 'COPY key key [DB db] [REPLACE]', 'MOVE key db', 'DBSIZE', 'FLUSHDB [ASYNC|SYNC|x]', 'FLUSHALL',
  'SELECT db', 'SCAN 0 COUNT 1000 [MATCH pattern] [TYPE string|TYPE zset|TYPE x]', 'SCAN int [COUNT positive]',
  'SETBIT key bitoffset bit', 'SETBIT key bitoffset bit', 'GETBIT key bitoffset', 'BITCOUNT key [int int] [BYTE|BIT|x]', 'BITPOS key bit [int] [int] [BYTE|BIT]',
  'BITPOS key bit int int BIT', 'BITOP AND key (key)+', 'BITOP OR key (key)+', 'BITOP XOR key (key)+', 'BITOP NOT key key', 'BITOP value key key',
  'BITFIELD key [GET bittype readoffset] [SET bittype readoffset value] [OVERFLOW SAT|OVERFLOW FAIL|OVERFLOW WRAP] [INCRBY bittype readoffset int]',
  'BITFIELD key OVERFLOW SAT INCRBY bittype readoffset value SET bittype readoffset value', 'BITFIELD key OVERFLOW FAIL INCRBY bittype readoffset value GET bittype fieldoffset',
  'BITFIELD key INCRBY bittype readoffset value', 'BITFIELD_RO key (GET bittype readoffset)+', 'BITFIELD_RO key SET u8 0 1',
  'LCS key key [LEN|IDX] [MINMATCHLEN int] [WITHMATCHLEN]', 'LCS key key IDX MINMATCHLEN positive [WITHMATCHLEN] [LEN]',
  'PFADD key (member)+', 'PFADD key (value)+', 'PFADD key', 'PFCOUNT (key)+', 'PFCOUNT key', 'PFMERGE key (key)+', 'PFDEBUG ENCODING key', 'PFDEBUG DECODE key', 'PFDEBUG TODENSE key',
  'HSET key (field value)+', 'HSET key (field value)+', 'HMSET key (field value)+', 'HSETNX key field value', 'HGET key field', 'HMGET key (field)+', 'HGETALL key',
  'HDEL key (field)+', 'HLEN key', 'HEXISTS key field', 'HKEYS key', 'HVALS key', 'HINCRBY key field int', 'HINCRBYFLOAT key field float', 'HSTRLEN key field',
  'HSCAN key 0 [MATCH pattern] COUNT 1000', 'HSCAN key value', 'HRANDFIELD key 0', 'HSET key field float',
  'ZADD key [NX|XX] [GT|LT] [CH] [INCR] (score member)+', 'ZADD key (score member)+', 'ZADD key (score member)+', 'ZADD key (score member)+', 'ZINCRBY key score member',
  'ZSCORE key member', 'ZMSCORE key (member)+', 'ZCARD key', 'ZRANK key member', 'ZREVRANK key member', 'ZREM key (member)+', 'ZPOPMIN key [count]', 'ZPOPMAX key [count]',
  'ZMPOP positive key MIN [COUNT positive]', 'ZMPOP 2 key key MAX [COUNT positive]', 'ZRANDMEMBER key 0',
  'ZCOUNT key border border', `ZRANGE key int int [WITHSCORES] [REV] ${LIMIT}`, `ZRANGE key border border BYSCORE [REV] ${LIMIT} [WITHSCORES]`,
  `ZREVRANGE key int int [WITHSCORES]`, `ZRANGEBYSCORE key border border [WITHSCORES] ${LIMIT}`, `ZREVRANGEBYSCORE key border border [WITHSCORES] ${LIMIT}`,
  `ZRANGESTORE key key border border BYSCORE [REV] ${LIMIT}`, 'ZRANGESTORE key key int int [REV]', 'ZREMRANGEBYRANK key int int', 'ZREMRANGEBYSCORE key border border',
  `ZUNION 2 key key ${STORE_OPTIONS} [WITHSCORES]`, `ZINTER 2 key key ${STORE_OPTIONS} [WITHSCORES]`, 'ZDIFF 2 key key [WITHSCORES]', 'ZINTERCARD 2 key key [LIMIT count]',
  `ZUNIONSTORE key 2 key key ${STORE_OPTIONS}`, `ZINTERSTORE key 2 key key ${STORE_OPTIONS}`, 'ZDIFFSTORE key positive key key', 'ZSCAN key 0 [MATCH pattern] COUNT 1000', 'ZSCAN key 0 COUNT positive',
  'GEOADD key [NX|XX] [CH] (longitude latitude member)+', 'GEOADD key (longitude latitude member)+', 'GEODIST key member member [unit]', 'GEOHASH key (member)+', 'GEOPOS key (member)+',
  `GEORADIUS key longitude latitude distance unit ${RADIUS_OPTIONS} [STORE key|STOREDIST key]`, `GEORADIUS_RO key longitude latitude distance unit ${RADIUS_OPTIONS}`,
  `GEORADIUSBYMEMBER key member distance unit ${RADIUS_OPTIONS} [STORE key]`, `GEORADIUSBYMEMBER_RO key member distance unit ${RADIUS_OPTIONS}`,
  `GEOSEARCH key [FROMMEMBER member|FROMLONLAT longitude latitude] [BYRADIUS distance unit|BYBOX distance distance unit] ${RADIUS_OPTIONS}`,
  `GEOSEARCH key FROMLONLAT longitude latitude BYBOX distance distance unit ${RADIUS_OPTIONS}`,
  'GEOSEARCHSTORE key key FROMLONLAT longitude latitude BYRADIUS distance unit [COUNT positive] [STOREDIST]',
  'LPUSH key (value)+', 'RPUSH key (value)+', 'RPUSH key (member)+', 'LPUSHX key value', 'RPUSHX key value', 'LPOP key [count]', 'RPOP key [count]', 'LLEN key', 'LINDEX key int',
  'LSET key int value', 'LSET key 0 value', 'LSET key -1 value', 'LRANGE key int int', 'LRANGE key 0 -1', 'LTRIM key int int', 'LREM key int value', 'LINSERT key BEFORE value value', 'LINSERT key AFTER member value',
  'LMOVE key key [LEFT|RIGHT] RIGHT', 'LMOVE key key LEFT [LEFT|RIGHT]', 'LMOVE key key RIGHT LEFT', 'RPOPLPUSH key key', 'LPOS key value [RANK int] [COUNT count] [MAXLEN count]',
  'LMPOP positive key LEFT [COUNT positive]', 'LMPOP 2 key key RIGHT [COUNT positive]',
  'BLPOP (key)+ timeout', 'BRPOP (key)+ timeout', 'BLMOVE key key [LEFT|RIGHT] RIGHT timeout', 'BLMOVE key key LEFT LEFT timeout', 'BRPOPLPUSH key key timeout',
  'BLMPOP timeout 1 key LEFT [COUNT positive]', 'BLMPOP timeout 2 key key RIGHT [COUNT positive]', 'BLMPOP timeout positive key LEFT', 'BZPOPMIN (key)+ timeout', 'BZPOPMAX (key)+ timeout',
  'BZMPOP timeout 1 key MIN [COUNT positive]', 'BZMPOP timeout positive key key MAX [COUNT positive]',
  'SADD key (member)+', 'SADD key (int)+', 'SADD key (int)+', 'SREM key (member)+', 'SREM key (int)+', 'SISMEMBER key int', 'SMISMEMBER key (member)+', 'SCARD key', 'SMEMBERS key',
  'SMOVE key key int', 'SPOP key 100', 'SPOP key 0', 'SRANDMEMBER key 0', 'SINTER (key)+', 'SUNION (key)+', 'SDIFF (key)+', 'SINTERSTORE key (key)+', 'SUNIONSTORE key (key)+',
  'SDIFFSTORE key (key)+', 'SINTERCARD positive key key [LIMIT count]', 'SSCAN key 0 [MATCH pattern] COUNT 1000',
  'XADD key addid (field value)+', 'XADD key addid field value', 'XADD a addid f1 value', 'XADD a addid f1 value', 'XADD key [NOMKSTREAM] [MAXLEN int|MAXLEN ~ int|MAXLEN = int|MINID streamid|MINID ~ streamid] [LIMIT int] addid field value',
    'XLEN key', 'XRANGE key idborder idborder [COUNT int]', 'XREVRANGE key idborder idborder [COUNT int]', 'XDEL key (streamid)+', 'XDEL key streamid', 'XTRIM key MAXLEN [=|~] int [LIMIT int]', 'XTRIM key MINID [=|~] streamid [LIMIT int]',
    'XSETID key streamid [ENTRIESADDED int] [MAXDELETEDID streamid]', 'XREAD [COUNT int] STREAMS key streamid', 'XREAD COUNT 2 STREAMS key key streamid streamid', 'XREAD BLOCK 1 STREAMS key $', 'XREAD BLOCK 1 STREAMS key streamid', 'XREAD BLOCK -1 STREAMS key $',
    'XREAD STREAMS key >', 'XREAD STREAMS key', 'XREAD NOACK STREAMS key $', 'XGROUP CREATE key group streamid [MKSTREAM] [ENTRIESREAD int]', 'XGROUP CREATE key group $ [MKSTREAM]', 'XGROUP CREATE a g1 0 [MKSTREAM]', 'XGROUP SETID key group streamid [ENTRIESREAD int]',
    'XGROUP SETID key group $', 'XGROUP DESTROY key group', 'XGROUP CREATECONSUMER key group consumer', 'XGROUP DELCONSUMER key group consumer', 'XGROUP HELP', 'XGROUP x', 'XREADGROUP GROUP group consumer [COUNT positive] [NOACK] STREAMS key >',
    'XREADGROUP GROUP g1 consumer COUNT 1 STREAMS a >', 'XREADGROUP GROUP g1 consumer STREAMS a >', 'XREADGROUP GROUP group consumer [COUNT int] STREAMS key streamid', 'XREADGROUP GROUP group consumer BLOCK 1 STREAMS key >', 'XREADGROUP GROUP group consumer STREAMS key $',
    'XREADGROUP COUNT 1 NOACK BLOCK 1 STREAMS key >', 'XACK key group (streamid)+', 'XACK a g1 streamid', 'XPENDING key group', 'XPENDING a g1', 'XPENDING key group [IDLE int] idborder idborder int [consumer]', 'XPENDING a g1 - + 10 [consumer]',
    'XCLAIM key group consumer 0 (streamid)+ [IDLE int] [TIME int] [RETRYCOUNT int] [FORCE] [JUSTID] [LASTID streamid]', 'XCLAIM a g1 consumer 0 (streamid)+ [FORCE] [JUSTID]', 'XCLAIM key group consumer 100000 streamid', 'XAUTOCLAIM key group consumer 0 idborder [COUNT positive] [JUSTID]',
    'XAUTOCLAIM a g1 consumer 0 - [JUSTID]', 'XAUTOCLAIM a g1 consumer 100000 -', 'XINFO STREAM key', 'XINFO STREAM key FULL [COUNT int]', 'XINFO STREAM a', 'XINFO STREAM a FULL', 'XINFO GROUPS key', 'XINFO CONSUMERS key group', 'XINFO CONSUMERS a g1', 'XINFO HELP',
  'SORT key [BY sortpattern] [LIMIT int int] [GET sortpattern] [ASC|DESC] [ALPHA]', 'SORT key [ASC|DESC] ALPHA [LIMIT int int] STORE key', 'SORT key ALPHA', 'SORT key BY sortpattern GET # GET sortpattern', 'SORT_RO key [ALPHA] [DESC]', 'SORT_RO key STORE key',
  'OBJECT ENCODING key', 'OBJECT ENCODING key', 'OBJECT REFCOUNT key', 'OBJECT FREQ key', 'OBJECT HELP', 'OBJECT x key', 'SWAPDB db db', 'MEMORY USAGE key [SAMPLES int]', 'MEMORY HELP', 'DUMP key', 'DUMP key', 'RESTORE key span payload [REPLACE] [ABSTTL] [IDLETIME int|FREQ int]', 'RESTORE key 0 payload REPLACE', 'RESTORE key 0 payload', 'RESTORE-ASKING key 0 value',
  'MULTI', 'EXEC', 'EXEC', 'DISCARD', 'WATCH (key)+', 'UNWATCH', 'PING [value]', 'ECHO value', 'PUBLISH channel value', 'PUBSUB CHANNELS [pattern]', 'PUBSUB NUMPAT',
  'PUBSUB NUMSUB channel', 'PUBSUB x', 'NOSUCH value key', 'RESET',
];

/** Members of one score only, for ranges by member: what Redis does with others is not specified. */
export const LEX_FORMS: readonly string[] = [
  'ZADD key [NX|XX|CH] (0 member)+', 'ZADD key (0 member)+', 'ZREM key member', 'ZLEXCOUNT key lex lex', `ZRANGE key lex lex BYLEX [REV] ${LIMIT} [WITHSCORES]`, `ZRANGEBYLEX key lex lex ${LIMIT}`,
  `ZREVRANGEBYLEX key lex lex ${LIMIT}`, `ZRANGESTORE key key lex lex BYLEX [REV] ${LIMIT}`, 'ZREMRANGEBYLEX key lex lex', 'DEL key', 'ZRANGE key 0 -1 WITHSCORES',
];

/** Collections too large for the listpacks: sorted sets with ties, a crowded map, a hash; then the forms that read and cut them. */
export const LARGE_SETUP: readonly Args[] = [
  ['ZADD', 'a', ...Array.from({ length: 400 }, (_, i) => [String((i * 7) % 23), `m${i}`]).flat()],
  ['ZADD', 'b', ...Array.from({ length: 300 }, (_, i) => [String(((i * 37) % 101) / 8 - 5), `m${i * 2}`]).flat()],
  ['GEOADD', 'c', ...Array.from({ length: 600 }, (_, i) => [String(((i * 7919) % 3600) / 10 - 180), String(((i * 104729) % 1700) / 10 - 85), `m${i}`]).flat()],
  ['GEOADD', 'd', ...Array.from({ length: 300 }, (_, i) => [String(13 + ((i * 7919) % 1000) / 250), String(37 + ((i * 104729) % 1000) / 500), `m${i}`]).flat()],
  ['HSET', 'e', ...Array.from({ length: 600 }, (_, i) => [`f${i}`, String(i)]).flat()],
];

/** What is asked of {@link LARGE_SETUP}; nothing stores a COUNT of points, since which of those at one distance it keeps is not told. */
export const LARGE_FORMS: readonly string[] = [
  ...FORMS.filter((form) => /^(Z|GEO|HGET|HMGET|HDEL|HINCR|HLEN|HKEYS|HVALS|HSTRLEN|HEXISTS|COPY|TYPE|RENAME)/.test(form) && !/^ZUNION|^ZINTER |^ZDIFF |^GEO.*STORE.*COUNT|^GEO.*COUNT.*STORE/.test(form)),
  'GEORADIUS d 15 37.5 distance km WITHDIST ASC', 'GEORADIUS d 15 37.5 distance km', 'GEORADIUS c longitude latitude distance km', 'GEOSEARCH c FROMLONLAT longitude latitude BYBOX distance distance km',
  'ZINTERSTORE key 2 a b AGGREGATE MAX', 'ZUNIONSTORE key 2 a b WEIGHTS score score', 'ZDIFFSTORE key 2 b a', 'ZREMRANGEBYSCORE key border border', 'ZRANGE key 0 -1 WITHSCORES',
];

function sequenceOf(words: readonly string[]): fc.Arbitrary<Args> {
  return fc.tuple(...words.filter((word) => word !== '').map((word) => KINDS[word] ?? fc.constant(word)));
}

function compile(form: string): fc.Arbitrary<Args> {
  const parts = form.match(/\[[^\]]*\]|\([^)]*\)\+|[^ ]+/g) ?? [];
  return fc.tuple(...parts.map((part): fc.Arbitrary<Args> => {
    if (part.startsWith('[')) {
      const alternatives = part.slice(1, -1).split('|').map((text) => sequenceOf(text.split(' ')));
      return fc.oneof({ weight: 3, arbitrary: fc.constant<Args>([]) }, { weight: 2, arbitrary: fc.oneof(...alternatives) });
    }
    if (part.endsWith(')+')) return fc.array(sequenceOf(part.slice(1, -2).split(' ')), { minLength: 1, maxLength: 3 }).map((groups) => groups.flat());
    return sequenceOf([part]);
  })).map((groups) => groups.flat());
}

const anyArgument = fc.oneof(...['key', 'value', 'int', 'score', 'member', 'border', 'lex'].map((kind) => KINDS[kind] as fc.Arbitrary<string>), fc.constantFrom('LIMIT', 'WITHSCORES', 'GET', 'NX', 'COUNT', 'EX'));

/** Not spoilt: a timeout of 0 would wait for ever, and a span of some milliseconds may pass while the real server waits. Nor is a stored SORT, which might become one by numbers: those fail by chance. */
const UNSPOILT = new Set(['BLPOP', 'BRPOP', 'BLMOVE', 'BRPOPLPUSH', 'BLMPOP', 'BZPOPMIN', 'BZPOPMAX', 'BZMPOP', 'XREAD', 'XREADGROUP',
  'PEXPIRE', 'PSETEX', 'RESTORE']);

function spoil(args: Args, how: number, at: number, argument: string): Args {
  const place = 1 + (at % Math.max(1, args.length));
  if (how === 0) return [...args.slice(0, place), argument, ...args.slice(place)];
  if (how === 1) return args.length > 1 ? args.toSpliced(Math.min(place, args.length - 1), 1) : args;
  return args.length > 1 ? args.with(Math.min(place, args.length - 1), argument) : args;
}

/** One random command of some forms. Not spoilt are those after which what remains would hang on chance, or be unspecified. */
export function commandOf(forms: readonly string[]): fc.Arbitrary<Args> {
  const clean = fc.oneof(...forms.map(compile));
  const spoilt = fc.tuple(clean, fc.nat(2), fc.nat(8), anyArgument).map(([args, how, at, argument]) => (args[0] === 'SPOP' || UNSPOILT.has(args[0] ?? '') || args.includes('PX') || (args[0] === 'SORT' && args.includes('STORE')) || (forms === LEX_FORMS && args[0] === 'ZADD') ? args : spoil(args, how, at, argument)));
  return fc.oneof({ weight: 9, arbitrary: clean }, { weight: 1, arbitrary: spoilt });
}
