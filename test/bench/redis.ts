/**
 * The in-process Redis's speed: synchronous commands a second at collections of 100 and of 100,000, and their ratio; the
 * simulated one with replicas.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { Simulation } from '../../src/kernel/simulation.ts';
import { createRedis, type RedisStandalone } from '../../src/redis/index.ts';

const LARGE = 100_000;
const SMALL = 100;
const MEMORY_PORT = 17_579;

/** Nanoseconds a call, the best of three runs. */
function nanoseconds(count: number, call: (i: number) => void): number {
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    for (let i = 0; i < count; i++) call(i);
    best = Math.min(best, ((performance.now() - start) * 1e6) / count);
  }
  return best;
}

const thousands = (perCall: number): string => `${Math.round(1e6 / perCall).toLocaleString('en-US')}k/s`;

interface Subject {
  readonly name: string;
  readonly fill: (redis: RedisStandalone, size: number) => void;
  /** `name` is the one to be visited next: made beforehand, since making names costs more where there are many. */
  readonly call: (redis: RedisStandalone, i: number, size: number, name: string) => void;
}

// Members are visited in a scattered order: 7919 is prime to both sizes.
const at = (i: number, size: number): number => (i * 7919) % size;

const board = (redis: RedisStandalone, size: number): void => {
  for (let i = 0; i < size; i++) redis.zadd('board', (i * 31) % size, `member:${i}`);
};

const SUBJECTS: readonly Subject[] = [
  { name: 'SET', fill: () => undefined, call: (redis, _i, _size, name) => { redis.set(name, 'value'); } },
  {
    name: 'GET', fill: (redis, size) => { for (let i = 0; i < size; i++) redis.set(`member:${i}`, 'value'); },
    call: (redis, _i, _size, name) => { redis.get(name); },
  },
  {
    name: 'HSET', fill: (redis, size) => { for (let i = 0; i < size; i++) redis.command('HSET', 'hash', `member:${i}`, 'v'); },
    call: (redis, _i, _size, name) => { redis.command('HSET', 'hash', name, 'w'); },
  },
  { name: 'ZADD', fill: board, call: (redis, i, size, name) => { redis.zadd('board', (i * 17) % size, name); } },
  { name: 'ZRANK', fill: board, call: (redis, _i, _size, name) => { redis.zrank('board', name); } },
  {
    // What is taken is put back at the other end, so that the length stays.
    name: 'LPOP and RPUSH', fill: (redis, size) => { for (let i = 0; i < size; i++) redis.rpush('list', `element:${i}`); },
    call: (redis) => { redis.command('RPUSH', 'list', redis.lpop('list') ?? ''); },
  },
  {
    name: 'SPOP and SADD', fill: (redis, size) => { for (let i = 0; i < size; i++) redis.sadd('set', `member:${i}`); },
    call: (redis) => { redis.command('SADD', 'set', redis.command('SPOP', 'set') as string); },
  },
  { name: 'ZRANGE of 10', fill: board, call: (redis, i, size) => { redis.zrange('board', at(i, size - 10), at(i, size - 10) + 9); } },
];

/** Prints commands a second at 100,000 members, and how much dearer they are there than at 100. */
export async function benchRedis(print: (line: string) => void): Promise<void> {
  for (const { name, fill, call } of SUBJECTS) {
    const cost = (size: number): number => {
      const redis = createRedis();
      fill(redis, size);
      const names = Array.from({ length: size }, (_, i) => `member:${at(i, size)}`);
      return nanoseconds(200_000, (i) => call(redis, i, size, names[i % size] as string));
    };
    const small = cost(SMALL);
    const large = cost(LARGE);
    print(`redis: ${name} at ${LARGE.toLocaleString('en-US')} members ${thousands(large)}, ${(large / small).toFixed(2)} x the cost at ${SMALL}`);
  }
  const start = performance.now();
  for (let i = 0; i < 1000; i++) createRedis();
  print(`redis: createRedis() ${((performance.now() - start) / 1000).toFixed(3)} ms`);
  benchExpiry(print);
  benchMemory(print);
  await benchSimulated(print);
}

/** The longest turn of the clock's cron while many keys expire at once, in a process that has seen keys expire before. */
function benchExpiry(print: (line: string) => void): void {
  longestTurn(LARGE / 10);
  const { turns, longest } = longestTurn(LARGE);
  print(`redis: ${LARGE.toLocaleString('en-US')} keys expired within a second, in ${turns} turns of 100 ms; the longest pause ${longest.toFixed(1)} ms`);
}

function longestTurn(count: number): { readonly turns: number; readonly longest: number } {
  const redis = createRedis();
  for (let i = 0; i < count; i++) redis.command('SET', `key:${i}`, 'value', 'PX', 1000 + (i % 1000));
  redis.advance('999ms');
  // What filling left behind is collected now, and not in one of the turns that are measured.
  globalThis.gc?.();
  let longest = 0;
  let turns = 0;
  while (redis.dbsize() > 0) {
    const start = performance.now();
    redis.advance('100ms');
    longest = Math.max(longest, performance.now() - start);
    turns++;
  }
  return { turns, longest };
}

/** A million small strings: bytes each on the heap, and what `redis-server` 7.0 says of the same ones (`used_memory`). */
function benchMemory(print: (line: string) => void): void {
  const count = 1_000_000;
  const heap = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const redis = createRedis();
  const before = heap();
  for (let i = 0; i < count; i++) redis.command('SET', `key:${i}`, `value:${i}`);
  const each = (heap() - before) / count;
  print(`redis: ${count.toLocaleString('en-US')} small strings, ${each.toFixed(0)} bytes of heap each${realMemory(count)}`);
  // It must live until it has been measured.
  if (redis.dbsize() !== count) throw new Error('keys are missing');
}

function realMemory(count: number): string {
  if (spawnSync('redis-server', ['--version']).status !== 0) return '; redis-server is not installed: nothing was compared';
  const script = `local before=0; for i=0,${count - 1} do redis.call('SET','key:'..i,'value:'..i) end return 1`;
  const server = spawn('redis-server', ['--port', String(MEMORY_PORT), '--save', '', '--appendonly', 'no', '--dir', '/tmp'], { stdio: 'ignore' });
  const cli = (...args: string[]): string => spawnSync('redis-cli', ['-p', String(MEMORY_PORT), ...args], { encoding: 'utf8' }).stdout;
  for (let i = 0; i < 100 && !cli('PING').startsWith('PONG'); i++) spawnSync('sleep', ['0.05']);
  const used = (): number => Number(/used_memory:(\d+)/.exec(cli('INFO', 'memory'))?.[1]);
  const before = used();
  cli('EVAL', script, '0');
  const each = (used() - before) / count;
  server.kill();
  return `; redis-server ${each.toFixed(0)}`;
}

async function benchSimulated(print: (line: string) => void): Promise<void> {
  const count = 20_000;
  const sim = new Simulation({ seed: 1 });
  const redis = createRedis(sim, { replicas: 2, appendonly: true, appendfsync: 'always' });
  const start = performance.now();
  await sim.run(async () => {
    const clients = Array.from({ length: 10 }, (_, i) => redis.client({ name: `client-${i}` }));
    await Promise.all(clients.map(async (client, c) => {
      for (let i = 0; i < count / 10; i++) await client.set(`key:${c}:${i % 100}`, i);
    }));
  });
  const seconds = (performance.now() - start) / 1000;
  print(`redis: simulated, 2 replicas, appendfsync always: ${Math.round(count / seconds / 1000)}k acknowledged SET a second of real time, ${Math.round(sim.events / seconds / 1000)}k events`);
}
