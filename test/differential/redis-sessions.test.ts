/**
 * Random commands on three connections, in RESP2 and RESP3, to our engine and to a real redis-server: every byte that each
 * connection receives is equal, pushes among replies at their places. Transactions and watches, messages, blocked commands and
 * who is served first, scripts, tracking and its invalidations, keyspace events.
 *
 * Commands are given one after the other: the real server has executed one before it reads the next. No tolerances: what hangs
 * on chance, on the clock or on the order of a hash table is not asked.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import type { Connection } from '../../src/redis/connections/connection.ts';
import { Engine } from '../../src/redis/engine.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';
import { commandOf } from './redis-commands.ts';
import { hasRedisServer, RedisOracle, type OracleConnection } from './redis-oracle.ts';

type Args = readonly string[];
interface Step {
  readonly who: number;
  readonly args: Args;
}

const runs = Math.ceil(Number(process.env['SPLITBRAIN_DIFFERENTIAL_RUNS'] ?? 400) / 2);
const seedText = process.env['SPLITBRAIN_DIFFERENTIAL_SEED'] ?? '20240';
const seed = seedText === 'random' ? Date.now() & 0x7fffffff : Number(seedText);
const CONNECTIONS = 3;

/** `$1`, `$2`, `$3` in an argument stand for the ids of the connections. */
const FORMS: readonly string[] = [
  'SET key value', 'SET key value', 'GET key', 'GET key', 'MGET (key)+', 'INCR key', 'APPEND key value', 'DEL (key)+', 'UNLINK key', 'EXISTS key', 'TYPE key', 'RENAME key key', 'COPY key key REPLACE', 'PERSIST key', 'EXPIRE key 1000', 'GETEX key PERSIST', 'GETDEL key',
  'RPUSH key (value)+', 'LPUSH key (value)+', 'RPUSH a value', 'LPOP key', 'LRANGE key 0 -1', 'LMOVE key key LEFT RIGHT', 'LTRIM key 1 0', 'LREM key 0 value', 'SADD key (positive)+', 'SADD key 7', 'SCARD key', 'SREM key positive', 'SMOVE key key 7', 'SINTERCARD 2 key key', 'SISMEMBER key 7',
  'HSET key (field value)+', 'HGET key field', 'HLEN key', 'HDEL key field', 'HINCRBY key field int', 'ZADD key (score member)+', 'ZADD a 1 member', 'ZRANGE key 0 -1 WITHSCORES', 'ZSCORE key member', 'ZMSCORE key member member', 'ZREM key member', 'ZINCRBY key score member', 'ZPOPMIN key', 'ZADD key INCR score member', 'ZRANK key member', 'ZRANGEBYSCORE key -inf +inf WITHSCORES', 'ZPOPMAX key 2', 'ZUNION 2 key key WITHSCORES', 'ZDIFF 2 key key WITHSCORES',
  'XADD key addid field value', 'XADD a addid field value', 'XLEN key', 'XRANGE key - +', 'XREAD COUNT 2 STREAMS key streamid', 'XGROUP CREATE key group $ MKSTREAM', 'XGROUP CREATE a g1 0 MKSTREAM', 'XREADGROUP GROUP g1 consumer STREAMS a >', 'XREADGROUP GROUP g1 consumer BLOCK 0 STREAMS a >', 'XACK a g1 streamid', 'XREAD BLOCK 0 STREAMS key $', 'XREAD BLOCK 0 STREAMS a b $ $', 'XGROUP DESTROY a g1', 'XDEL key streamid',
  'BLPOP key 0', 'BLPOP key key 0', 'BRPOP key 0', 'BLMOVE key key LEFT RIGHT 0', 'BLMPOP 0 2 key key LEFT', 'BZPOPMIN key 0', 'BZPOPMAX key key 0', 'BZMPOP 0 1 key MIN COUNT 2',
  'MULTI', 'MULTI', 'EXEC', 'EXEC', 'EXEC', 'DISCARD', 'WATCH (key)+', 'WATCH key', 'UNWATCH', 'SET nosuch', 'NOSUCH',
  'SUBSCRIBE channel', 'SUBSCRIBE news chat', 'UNSUBSCRIBE', 'UNSUBSCRIBE channel', 'PSUBSCRIBE n*', 'PSUBSCRIBE *', 'PUNSUBSCRIBE', 'SSUBSCRIBE channel', 'SUNSUBSCRIBE', 'PUBLISH channel value', 'PUBLISH channel value', 'SPUBLISH channel value', 'PUBSUB NUMSUB news chat', 'PUBSUB NUMPAT', 'PUBSUB SHARDNUMSUB news', 'PING', 'PING value',
  'EVAL return{redis.call("get",KEYS[1]),1.9,false,{err="no"}} 1 key', 'EVAL redis.call("set",KEYS[1],ARGV[1]);return(redis.call("incr",KEYS[2])) 2 key key value', 'EVAL redis.setresp(3);return(redis.call("hget",KEYS[1],"f1")) 1 key', 'EVAL return(redis.call("rpush",KEYS[1],1,2)) 1 key', 'EVAL return(redis.call("blpop",KEYS[1],0)) 1 key', 'EVAL redis.call("publish","news","script");return{double=1.5} 0', 'EVAL redis.setresp(3);return{map={a=1},set={b=true}} 0', 'EVAL return(redis.call("subscribe","x")) 0', 'EVAL_RO redis.call("set",KEYS[1],1) 1 key', 'EVAL return{true,false,nil,3} 0', 'EVAL redis.setresp(3);return{true,false,3} 0',
  'HELLO 3', 'HELLO 3', 'HELLO 2', 'RESET', 'SELECT 1', 'SELECT 0', 'SELECT 0', 'SWAPDB 0 1', 'FLUSHALL', 'FLUSHDB', 'MOVE key 1', 'ECHO value', 'CLIENT GETNAME', 'CLIENT SETNAME channel', 'CLIENT REPLY ON',
  'CLIENT UNBLOCK $1', 'CLIENT UNBLOCK $2', 'CLIENT UNBLOCK $3 ERROR', 'CLIENT UNBLOCK $1 TIMEOUT', 'CLIENT TRACKING ON', 'CLIENT TRACKING ON BCAST', 'CLIENT TRACKING ON BCAST PREFIX a PREFIX c', 'CLIENT TRACKING ON OPTIN', 'CLIENT TRACKING ON OPTOUT', 'CLIENT TRACKING ON NOLOOP', 'CLIENT TRACKING OFF', 'CLIENT TRACKING ON REDIRECT $1', 'CLIENT CACHING YES', 'CLIENT CACHING NO', 'CLIENT TRACKINGINFO', 'SUBSCRIBE __redis__:invalidate', 'CLIENT NO-EVICT ON', 'PSUBSCRIBE __key*__:*', 'SUBSCRIBE __keyevent@0__:del',
  'OBJECT ENCODING key', 'SORT key ALPHA', 'SETRANGE key 1 value', 'BITFIELD key SET u8 0 1', 'GEOADD key 1 1 m1', 'PFADD key value', 'LSET key 0 value', 'RESTORE key 0 payload REPLACE', 'LINSERT key BEFORE value value', 'ZRANGESTORE key key 0 -1', 'SDIFFSTORE key key key', 'HELLO 3 SETNAME channel',
];

const show = ({ who, args }: Step): string => `${who + 1}> ${args.map((arg) => JSON.stringify(arg)).join(' ')}`;

const ID = /^\$[123]$/;

const KIND_LEFT = new Map<string, 'channel' | 'pattern' | 'shard'>([['unsubscribe', 'channel'], ['punsubscribe', 'pattern'], ['sunsubscribe', 'shard']]);

/**
 * Not asked: to leave several channels at once, and to hear one message through several patterns, which is in the order of a
 * hash table; to hear messages within one's own transaction, which the real server puts between the replies of `EXEC`; and to
 * hear the events of one's own commands, which come before the reply or after it, command by command.
 */
function isUnspecified({ subscribed, subscriptions, transaction }: Connection, { who, args }: Step): boolean {
  // The first connection may hear of others' keys: events and invalidations of one change come in an order that hangs on the command.
  if (who === 0 && args.some((arg) => arg === '*' || arg.startsWith('__key'))) return true;
  const name = (args[0] ?? '').toLowerCase();
  if (args.some((arg) => ID.test(arg)) && !/^(unblock|tracking)$/i.test(args[1] ?? '')) return true;
  // A number as an id would be another connection's there.
  if (args.some((arg, i) => (/^unblock$/i.test(args[i - 1] ?? '') || /^redirect$/i.test(args[i - 1] ?? '')) && !ID.test(arg))) return true;
  const left = KIND_LEFT.get(name);
  if (left !== undefined && args.length === 1 && subscribed[left].size > 1) return true;
  // What the compiler says of nonsense is asked elsewhere; a protocol that changes within EXEC changes between its replies.
  if (name.startsWith('eval') && !/return|redis/.test(args[1] ?? '')) return true;
  const hearsEvents = subscribed.pattern.has('*') || [...subscribed.pattern, ...subscribed.channel].some((text) => text.startsWith('__key'));
  if (hearsEvents && !/subscribe|^s?publish$|^ping$|^hello$/.test(name)) return true;
  if (name === 'hello' && transaction !== undefined) return true;
  if (name === 'psubscribe' && (args.length > 2 || (subscribed.pattern.size > 0 && !subscribed.pattern.has(args[1] ?? '')))) return true;
  return transaction !== undefined && (name.endsWith('subscribe') || (subscriptions > 0 && !['exec', 'discard'].includes(name)));
}

/** Our side: what each connection received, and which steps were given: a connection that waits gives none. */
function play(steps: readonly Step[]): { readonly received: string[]; readonly given: Step[] } {
  const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
  engine.configuration.set(['notify-keyspace-events', 'KEA']);
  const received = Array.from({ length: CONNECTIONS }, () => '');
  const given: Step[] = [];
  const connections = received.map((_, who) => {
    const connection = engine.connect((reply) => { received[who] += encodeReply(reply, connection.protocol); });
    return connection;
  });
  for (const step of steps) {
    const connection = connections[step.who];
    if (connection === undefined || engine.isBlocked(connection) || isUnspecified(connection, step)) continue;
    // It hears of others' keys: where that stands beside a reply of its own hangs on the command.
    const listens = connections.some(({ tracking }) => tracking?.redirect === connection.id);
    if (listens && !/subscribe|^ping$|^hello$|^reset$/i.test(step.args[0] ?? '')) continue;
    given.push(step);
    const reply = engine.execute(connection, step.args.map((arg) => (ID.test(arg) ? String(connections[Number(arg[1]) - 1]?.id) : arg)));
    if (reply.kind !== 'waiting') received[step.who] += encodeReply(reply, connection.protocol);
    engine.settle();
  }
  return { received, given };
}

const isInstalled = hasRedisServer();

it.skipIf(isInstalled)('redis-server is not installed: nothing was compared', () => {
  expect(isInstalled).toBe(false);
});

describe.skipIf(!isInstalled)('against redis-server', () => {
  let oracle: RedisOracle;
  beforeAll(async () => {
    oracle = await RedisOracle.start();
    await oracle.ask([['CONFIG', 'SET', 'rdbcompression', 'no', 'notify-keyspace-events', 'KEA']]);
  });
  afterAll(() => oracle.stop());

  const barrier = async (): Promise<void> => {
    await oracle.ask([['PING']]);
    await oracle.ask([['PING']]);
  };

  const perform = async (steps: readonly Step[]): Promise<{ readonly connections: readonly OracleConnection[]; readonly ids: readonly string[] }> => {
    await oracle.ask([['FLUSHALL'], ['SCRIPT', 'FLUSH']]);
    const connections: OracleConnection[] = [];
    const ids: string[] = [];
    for (let i = 0; i < CONNECTIONS; i++) {
      const connection = await oracle.connect();
      connection.send(['CLIENT', 'ID']);
      await barrier();
      while (!connection.received.endsWith('\r\n')) await new Promise(setImmediate);
      ids.push(connection.take().slice(1, -2));
      connections.push(connection);
    }
    for (const { who, args } of steps) {
      connections[who]?.send(args.map((arg) => (ID.test(arg) ? ids[Number(arg[1]) - 1] ?? '' : arg)));
      await barrier();
    }
    return { connections, ids };
  };

  /** The real one writes the nil that stands for a flush in the protocol of the tracker, not of the listener. */
  const withoutNil = (text: string): string => text.replaceAll('invalidate\r\n$-1\r\n', 'invalidate\r\n_\r\n');

  /** Ids differ between the two servers. */
  const withoutIds = (text: string, ids: readonly string[]): string =>
    ids.reduce((shown, id, i) => shown.replace(new RegExp(`(\\$2\r\nid|redirect)\r\n:${id}\r\n`, 'g'), `$1\r\n:${i + 1}\r\n`), text);

  it(`gives every connection the same bytes (seed ${seed})`, async () => {
    const step = fc.record({ who: fc.nat({ max: CONNECTIONS - 1 }), args: commandOf(FORMS) });
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }), async (steps) => {
      const { received, given } = play(steps);
      const { connections, ids } = await perform(given);
      const theirs = (): string[] => connections.map((connection) => withoutNil(withoutIds(connection.received, ids)));
      const isSame = (said: readonly string[]): boolean => said.join() === received.map(withoutNil).join();
      // All has been written; it may have to be read yet.
      for (let turn = 0; turn < 50 && !isSame(theirs()); turn++) await new Promise((resolve) => { setTimeout(resolve, turn < 10 ? 0 : 2); });
      const said = theirs();
      for (const connection of connections) connection.close();
      expect({ given: given.map(show), received: received.map(withoutNil) }).toEqual({ given: given.map(show), received: said });
    }), { seed, numRuns: runs });
  }, 600_000);
});
