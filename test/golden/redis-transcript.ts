/**
 * Prints the digest of one long conversation with a Redis in process, in which much happens by chance and by time. Run by
 * `redis-determinism.test.ts` in processes of their own: `redis-transcript.ts SEED`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createRedis } from '../../src/redis/index.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';

const redis = createRedis({ seed: Number(process.argv[2] ?? 0) });
const hash = createHash('sha256');
const counts = { replies: 0, late: 0 };

const note = (source: string, bytes: string): void => { hash.update(`${source} ${bytes.length}\n${bytes}`, 'latin1'); };

const connection = redis.engine.connect();
const ask = (...args: readonly string[]): void => {
  counts.replies++;
  note('reply', encodeReply(redis.engine.execute(connection, args), 2));
};
const waiting = ['one', 'two', 'three'].map((name) => redis.engine.connect((reply) => {
  counts.late++;
  note(name, encodeReply(reply, 3));
}));

const names = Array.from({ length: 700 }, (_, i) => `member:${i}`);
ask('CONFIG', 'SET', 'notify-keyspace-events', 'KEA');
redis.engine.execute(waiting[2] as typeof connection, ['PSUBSCRIBE', '__key*']);
ask('SADD', 'set', ...names);
ask('HSET', 'hash', ...names);
ask('ZADD', 'zset', ...names.flatMap((name, i) => [String(i / 7), name]));
for (let i = 0; i < 300; i++) ask('SET', `key:${i}`, 'x'.repeat(i), 'PX', String(100 + 37 * i));
for (let round = 0; round < 20; round++) {
  ask('SPOP', 'set', '3');
  ask('SRANDMEMBER', 'set', '-5');
  ask('SRANDMEMBER', 'set', '5');
  ask('HRANDFIELD', 'hash', '-3', 'WITHVALUES');
  ask('ZRANDMEMBER', 'zset', '4', 'WITHSCORES');
  ask('RANDOMKEY');
  ask('TIME');
  for (const [command, key] of [['SSCAN', 'set'], ['HSCAN', 'hash'], ['ZSCAN', 'zset']] as const) ask(command, key, String(round), 'COUNT', '20');
  ask('SCAN', '0', 'COUNT', '50');
  ask('EVAL', "return {tostring(math.random()), math.random(1000), redis.call('TIME')[1], redis.call('SPOP', KEYS[1])}", '1', 'set');
  ask('XADD', 'stream', '*', 'round', String(round));
  redis.engine.execute(waiting[0] as typeof connection, ['BLPOP', 'nothing', '0.25']);
  redis.engine.execute(waiting[1] as typeof connection, ['XREAD', 'BLOCK', '300', 'STREAMS', 'no-stream', '$']);
  ask('DBSIZE');
  redis.advance('333ms');
  ask('OBJECT', 'IDLETIME', 'hash');
  ask('ACL', 'GENPASS');
}
ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu', 'maxmemory', '1000000');
for (let i = 0; i < 600; i++) ask('SET', `filler:${i}`, 'y'.repeat(500));
ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
for (let i = 0; i < 200; i++) ask('SET', `more:${i}`, 'z'.repeat(700));
ask('DEBUG', 'DIGEST');
ask('INFO', 'stats');
ask('INFO', 'memory');
note('dump', JSON.stringify(redis.dump()));
console.log(`${hash.digest('hex')} ${counts.replies} ${counts.late}`);
