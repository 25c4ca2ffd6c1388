/**
 * The Redis in process against its peers in the same run: ioredis-mock, and ioredis connected to a real `redis-server` over
 * loopback. Says which of them is not installed.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import RedisMock from 'ioredis-mock';
import { createRedis, type RedisStandalone } from '../../src/redis/index.ts';
import { redisConnector } from '../../src/wire/index.ts';

const LARGE = 100_000;
const SLICE = 1000;
const PORT = 17_479;

const shown = (perSecond: number): string => `${Math.round(perSecond).toLocaleString('en-US')}/s`;

/** Awaited calls a second, the best of three rounds. */
async function rate(count: number, call: (i: number) => Promise<unknown>, rounds = 3): Promise<number> {
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (let i = 0; i < count; i++) await call(i);
    best = Math.max(best, (count * 1000) / (performance.now() - start));
  }
  return best;
}

/** SETs a second that answer at once: a loop of their own, as a program has. */
function setsAtOnce(redis: RedisStandalone, key: (i: number) => string): number {
  return best(1_000_000, (count) => { for (let i = 0; i < count; i++) redis.set(key(i), 'value'); });
}

/** GETs a second that answer at once. */
function getsAtOnce(redis: RedisStandalone, key: (i: number) => string): number {
  return best(1_000_000, (count) => { for (let i = 0; i < count; i++) redis.get(key(i)); });
}

/** Other calls a second that answer at once. */
function rateAtOnce(count: number, call: (i: number) => unknown): number {
  return best(count, (times) => { for (let i = 0; i < times; i++) call(i); });
}

function best(count: number, loop: (count: number) => void): number {
  let most = 0;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    loop(count);
    most = Math.max(most, (count * 1000) / (performance.now() - start));
  }
  return most;
}

/** Names and values of a slice of a large collection. */
const slice = (from: number, pair: (i: number) => readonly [string, string]): string[] =>
  Array.from({ length: SLICE }, (_, i) => pair(from + i)).flat();

async function fill(client: { hset: (...args: string[]) => unknown; zadd: (...args: string[]) => unknown }): Promise<void> {
  for (let from = 0; from < LARGE; from += SLICE) {
    await client.hset('hash', ...slice(from, (i) => [`field:${i}`, 'v']));
    await client.zadd('board', ...slice(from, (i) => [String((i * 31) % LARGE), `member:${i}`]));
  }
}

async function againstMock(print: (line: string) => void): Promise<void> {
  const redis = createRedis();
  const mock = new RedisMock() as unknown as Redis;
  const compare = (what: string, ours: number, theirs: number): void => {
    print(`redis: ${what} ${shown(ours)}, ${(ours / theirs).toFixed(1)} x ioredis-mock awaited (${shown(theirs)})`);
  };
  const key = (i: number): string => `key:${i % 1000}`;
  const [mockSet, mockGet] = [await rate(200_000, (i) => mock.set(key(i), 'value')), await rate(200_000, (i) => mock.get(key(i)))];
  compare('SET', setsAtOnce(redis, key), mockSet);
  compare('GET', getsAtOnce(redis, key), mockGet);
  compare('SET awaited', await rate(500_000, (i) => redis.promises.set(key(i), 'value')), mockSet);
  compare('GET awaited', await rate(500_000, (i) => redis.promises.get(key(i))), mockGet);
  await fill({ hset: (...args) => redis.command('HSET', ...args), zadd: (...args) => redis.command('ZADD', ...args) });
  await fill(mock as unknown as Parameters<typeof fill>[0]);
  const member = (i: number): string => `member:${(i * 7919) % LARGE}`;
  const field = (i: number): string => `field:${(i * 7919) % LARGE}`;
  const at = `at ${LARGE.toLocaleString('en-US')} members`;
  compare(`ZADD ${at}`, rateAtOnce(200_000, (i) => redis.zadd('board', (i * 17) % LARGE, member(i))), await rate(10, (i) => mock.zadd('board', i, member(i)), 1));
  compare(`ZRANK ${at}`, rateAtOnce(200_000, (i) => redis.zrank('board', member(i))), await rate(10, (i) => mock.zrank('board', member(i)), 1));
  compare(`HSET ${at}`, rateAtOnce(200_000, (i) => redis.command('HSET', 'hash', field(i), 'w')), await rate(20, (i) => mock.hset('hash', field(i), 'w'), 1));
  mock.disconnect();
}

async function againstLoopback(print: (line: string) => void): Promise<void> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    print('redis: redis-server is not installed: ioredis in memory was not compared with loopback');
    return;
  }
  const server = spawn('redis-server', ['--port', String(PORT), '--save', '', '--appendonly', 'no', '--dir', '/tmp'], { stdio: 'ignore' });
  const [memory, loopback] = [new Redis({ Connector: redisConnector(createRedis()) }), new Redis(PORT, { retryStrategy: () => 20 })];
  loopback.on('error', () => undefined);
  await loopback.ping();
  for (const [name, client] of [['in memory', memory], ['over loopback', loopback]] as const) await rate(2000, () => client.ping(), 1).then(() => name);
  for (const [what, call] of [['SET', (client: Redis) => client.set('key', 'value')], ['GET', (client: Redis) => client.get('key')]] as const) {
    const [theirs, ours] = [await rate(20_000, () => call(loopback)), await rate(50_000, () => call(memory))];
    print(`redis: ioredis ${what} awaited, in memory ${shown(ours)}, ${(ours / theirs).toFixed(1)} x over loopback to redis-server (${shown(theirs)})`);
  }
  memory.disconnect();
  loopback.disconnect();
  server.kill();
  await once(server, 'exit');
}

/** Prints the ratios. */
export async function benchRedisPeers(print: (line: string) => void): Promise<void> {
  await againstMock(print);
  await againstLoopback(print);
}
