/**
 * What `COMMAND INFO` and `COMMAND DOCS` of Redis 7.0 tell of commands besides how they are called: tips for clients and
 * proxies, and the group each belongs to.
 *
 * @module
 */
const TIPS: readonly { readonly tips: readonly string[]; readonly commands: string }[] = [
  { tips: ['nondeterministic_output'], commands:
    'client|info client|list cluster|bumpepoch cluster|count-failure-reports cluster|getkeysinslot ' +
    'cluster|info cluster|links cluster|nodes cluster|replicas cluster|shards cluster|slaves cluster|slots ' +
    'dump hrandfield hscan lastsave migrate object|encoding object|freq object|idletime object|refcount pttl ' +
    'spop srandmember sscan time ttl xadd xautoclaim xclaim xinfo|consumers xpending xtrim zrandmember zscan' },
  { tips: ['nondeterministic_output_order'], commands:
    'command command|docs command|info command|list function|list hgetall hkeys hvals module|list sdiff sinter ' +
    'smembers sunion' },
  { tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'], commands:
    'config|set latency|reset script|flush script|load slowlog|reset' },
  { tips: ['request_policy:all_shards', 'response_policy:agg_sum'], commands: 'dbsize' },
  { tips: ['request_policy:multi_shard', 'response_policy:agg_sum'], commands: 'del exists touch unlink' },
  { tips: ['request_policy:all_shards', 'response_policy:all_succeeded'], commands:
    'flushall flushdb function|delete function|flush function|load function|restore memory|purge ping' },
  { tips: ['request_policy:all_shards', 'response_policy:one_succeeded'], commands: 'function|kill script|kill' },
  { tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'], commands:
    'function|stats info memory|doctor memory|malloc-stats memory|stats' },
  { tips: ['request_policy:all_shards', 'nondeterministic_output_order'], commands: 'keys' },
  { tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'], commands:
    'latency|doctor latency|graph latency|histogram latency|history latency|latest' },
  { tips: ['request_policy:multi_shard'], commands: 'mget' },
  { tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'], commands: 'mset' },
  { tips: ['request_policy:multi_shard', 'response_policy:agg_min'], commands: 'msetnx' },
  { tips: ['request_policy:all_shards', 'nondeterministic_output'], commands: 'randomkey' },
  { tips: ['nondeterministic_output', 'request_policy:special'], commands: 'scan' },
  { tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'], commands: 'script|exists' },
  { tips: ['request_policy:all_nodes', 'nondeterministic_output'], commands: 'slowlog|get' },
  { tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'], commands: 'slowlog|len' },
  { tips: ['request_policy:all_shards', 'response_policy:agg_min'], commands: 'wait' },
];

const GROUPS: Readonly<Record<string, string>> = {
  server:
    'acl bgrewriteaof bgsave command config dbsize debug failover flushall flushdb info lastsave latency ' +
    'lolwut memory module monitor psync replconf replicaof restore-asking role save shutdown slaveof slowlog ' +
    'swapdb sync time',
  string:
    'append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget mset msetnx psetex ' +
    'set setex setnx setrange strlen substr',
  cluster: 'asking cluster readonly readwrite',
  connection: 'auth client echo hello ping quit reset select',
  bitmap: 'bitcount bitfield bitfield_ro bitop bitpos getbit setbit',
  list:
    'blmove blmpop blpop brpop brpoplpush lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem ' +
    'lset ltrim rpop rpoplpush rpush rpushx',
  sorted_set:
    'bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore ' +
    'zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank ' +
    'zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank ' +
    'zscan zscore zunion zunionstore',
  generic:
    'copy del dump exists expire expireat expiretime keys migrate move object persist pexpire pexpireat ' +
    'pexpiretime pttl randomkey rename renamenx restore scan sort sort_ro touch ttl type unlink wait',
  transactions: 'discard exec multi unwatch watch',
  scripting: 'eval eval_ro evalsha evalsha_ro fcall fcall_ro function script',
  geo:
    'geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch ' +
    'geosearchstore',
  hash: 'hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen hvals',
  hyperloglog: 'pfadd pfcount pfdebug pfmerge pfselftest',
  pubsub: 'psubscribe publish pubsub punsubscribe spublish ssubscribe subscribe sunsubscribe unsubscribe',
  set:
    'sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember smove spop ' +
    'srandmember srem sscan sunion sunionstore',
  stream: 'xack xadd xautoclaim xclaim xdel xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim',
};

/** A table from each of several words in a text to a value. */
function byWord<T>(entries: readonly (readonly [T, string])[]): ReadonlyMap<string, T> {
  return new Map(entries.flatMap(([value, words]) => words.split(' ').map((word): [string, T] => [word, value])));
}

/** Tips by full name; who is not here has none. */
export const COMMAND_TIPS: ReadonlyMap<string, readonly string[]> = byWord(TIPS.map(({ tips, commands }) => [tips, commands]));

/** The group of each command that is no subcommand. */
export const COMMAND_GROUPS: ReadonlyMap<string, string> = byWord(Object.entries(GROUPS));
