import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';
import type { Effect } from '../../../src/redis/effects.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { createRedis, RedisReplyError } from '../../../src/redis/index.ts';
import { encodeReply } from '../../../src/redis/resp/encode.ts';

/** An engine with some connections, what each got, and what replicas would see. */
function stage(): { run: (who: string, line: string) => string; got: string[]; effects: string[]; engine: Engine; at: (now: number) => void } {
  let now = 1e12;
  const effects: string[] = [];
  const got: string[] = [];
  const onEffects = (group: readonly Effect[]): void => { effects.push(group.map(({ args }) => args.join(' ')).join('; ')); };
  const engine = new Engine({ clock: () => now, random: Random.fromSeed(1), onEffects });
  const connections = new Map<string, ReturnType<Engine['connect']>>();
  const run = (who: string, line: string): string => {
    const connection = connections.get(who) ?? engine.connect((reply) => got.push(`${who} ${encodeReply(reply, 2).replaceAll('\r\n', ' ').trim()}`));
    connections.set(who, connection);
    return encodeReply(engine.execute(connection, line.split(' ')), 2).replaceAll('\r\n', ' ').trim();
  };
  return { run, got, effects, engine, at: (instant) => { now = instant; } };
}

describe('connections that wait', () => {
  it('are served in the order of their arrival, after the command that brought the elements', () => {
    const { run, got, engine } = stage();
    expect([run('ann', 'BLPOP k other 0'), run('bob', 'BRPOP k 0'), run('eve', 'BLPOP k 0'), engine.blocked.size]).toEqual(['', '', '', 3]);
    expect(run('x', 'RPUSH k 1 2')).toBe(':2');
    expect(got).toEqual(['ann *2 $1 k $1 1', 'bob *2 $1 k $1 2']);
    expect([engine.blocked.size, run('x', 'EXISTS k')]).toEqual([1, ':0']);
  });

  it('are served once the whole transaction is over, with what it left', () => {
    const { run, got } = stage();
    run('ann', 'BLPOP k 0');
    for (const line of ['MULTI', 'RPUSH k 1', 'DEL k', 'RPUSH k 2', 'EXEC']) run('x', line);
    expect(got).toEqual(['ann *2 $1 k $1 2']);
  });

  it('hand on what they got: one that moves an element serves another', () => {
    const { run, got, effects } = stage();
    run('bob', 'BZPOPMIN z 0');
    run('ann', 'BLPOP b 0');
    run('eve', 'BLMOVE a b LEFT RIGHT 0');
    run('x', 'RPUSH a 1');
    expect(got).toEqual(['eve $1 1', 'ann *2 $1 b $1 1']);
    expect(effects).toEqual(['RPUSH a 1', 'LMOVE a b LEFT RIGHT', 'LPOP b']);
  });

  it('show replicas what was done and nothing of the waiting', () => {
    const { run, effects } = stage();
    run('x', 'ZADD z 1 m 2 n');
    run('x', 'BZMPOP 0 1 z MIN COUNT 5');
    run('ann', 'BLMPOP 1 1 k RIGHT COUNT 2');
    run('x', 'RPUSH k 1 2 3');
    expect(effects).toEqual(['ZADD z 1 m 2 n', 'ZPOPMIN z 2', 'RPUSH k 1 2 3', 'RPOP k 2']);
  });

  it('do not wait inside a transaction', () => {
    const { run, engine } = stage();
    for (const line of ['MULTI', 'BLPOP k 0', 'BLMOVE a b LEFT LEFT 0']) run('x', line);
    expect([run('x', 'EXEC'), engine.blocked.size]).toEqual(['*2 *-1 $-1', 0]);
  });

  it('get nil when their time is up, the earliest deadline first', () => {
    const { run, got, engine, at } = stage();
    run('ann', 'BLPOP k 2');
    run('bob', 'BZPOPMAX k 0.5');
    run('eve', 'BLPOP k 0');
    expect(engine.waiting.nextDeadline).toBe(1e12 + 500);
    at(1e12 + 499);
    engine.waiting.expire();
    expect(got).toEqual([]);
    at(1e12 + 3000);
    engine.waiting.expire();
    expect([got, engine.waiting.nextDeadline]).toEqual([['bob *-1', 'ann *-1'], undefined]);
  });

  it('learn of an error where what they asked for cannot be done any more', () => {
    const { run, got } = stage();
    run('ann', 'BRPOPLPUSH a b 0');
    run('x', 'SET b text');
    run('x', 'LPUSH a 1');
    expect([got, run('x', 'LLEN a')]).toEqual([['ann -WRONGTYPE Operation against a key holding the wrong kind of value'], ':1']);
  });

  it('are forgotten when they leave', () => {
    const { run, engine } = stage();
    run('ann', 'BLPOP k 0');
    for (const connection of engine.connections) engine.disconnect(connection);
    expect([run('x', 'RPUSH k 1'), run('x', 'LLEN k'), engine.blocked.size]).toEqual([':1', ':1', 0]);
  });
});

describe('createRedis().wait', () => {
  it('settles when another connection brings an element, or when the clock has passed the timeout', async () => {
    const redis = createRedis();
    const worker = redis.connect();
    const job = worker.wait('BLPOP', 'jobs', 5);
    expect(() => worker.get('x')).toThrow(expect.objectContaining({ code: 'CONNECTION_BLOCKED' }));
    redis.rpush('jobs', 'first');
    expect(await job).toEqual(['jobs', 'first']);
    const none = worker.wait('BLPOP', 'jobs', 5);
    redis.advance('4999ms');
    redis.advance('2ms');
    expect(await none).toBeNull();
    await expect(worker.wait('BLPOP', 'jobs', -1)).rejects.toThrow(RedisReplyError);
  });
});

describe('a simulated server', () => {
  it('answers those who wait when their key is ready, when their time is up, and when it becomes a replica', async () => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim, { replicas: 1 });
    const answers = await sim.run(async () => {
      const [worker, other] = [redis.client({ name: 'worker' }), redis.client({ name: 'other' })];
      const job = worker.command('BLPOP', 'jobs', 0);
      await other.rpush('jobs', 'first');
      const served = await job;
      const started = sim.now;
      const none = await worker.command('BLPOP', 'jobs', '0.5');
      const took = sim.now - started;
      const pending = worker.command('BLPOP', 'jobs', 0).catch((error: unknown) => (error as Error).message);
      await sim.sleep('100ms');
      await other.command('REPLICAOF', 'redis-2', 6379);
      return { served, none, isLate: took >= 500_000 && took < 600_000, pending: await pending };
    });
    expect(answers).toEqual({
      served: ['jobs', 'first'], none: null, isLate: true,
      pending: 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    });
  });
});

describe('who waits for a key', () => {
  it('is not woken by a result stored over what was there, as the real server does it', () => {
    const redis = createRedis();
    const waiting = redis.connect();
    redis.zadd('from', 1, 'm');
    void waiting.promises.bzpopmax(['to']);
    redis.xgroupCreate('to', 'g');
    redis.zunionstore('to', ['from']);
    expect([waiting.isBlocked, redis.zcard('to')]).toEqual([true, 1]);
    redis.zadd('to', 2, 'n');
    expect([waiting.isBlocked, redis.zcard('to')]).toEqual([false, 1]);
  });

  it('and names a stream twice reads behind the first id it gave', async () => {
    const redis = createRedis();
    const batch = redis.connect().promises.command('XREAD', 'BLOCK', 0, 'STREAMS', 's', 's', '$', '3-1');
    redis.xadd('s', { f: 1 }, { id: '0-1' });
    expect(await batch).not.toBeNull();
  });
});
