/** Pairs from the catalogue of anomalies: the configuration that breaks, and the one that does not. */
import { describe, expect, it } from 'vitest';
import { RequestTimeoutError } from '../../../src/kernel/errors.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';
import type { TraceEntry } from '../../../src/kernel/trace.ts';
import type { CrashKind } from '../../../src/kernel/simulated-node.ts';
import { createRedis, RedisReplyError, type AppendFsync, type RedisDeployment } from '../../../src/redis/index.ts';

/** What nodes noted in the trace under some names. */
const notes = (sim: Simulation, ...names: readonly string[]): TraceEntry[] =>
  [...sim.trace].filter((entry) => entry.kind === 'note' && names.includes(entry.what ?? ''));

const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);

interface Loss {
  readonly acknowledged: number;
  /** Acknowledged keys that are gone after the restart. */
  readonly lost: readonly number[];
}

/** 100 SET a second for 2.5 s, each acknowledged or not, then the machine stops; what is left after its restart? */
async function writeAndCrash(seed: number, appendfsync: AppendFsync, how: CrashKind, prepare: (sim: Simulation, redis: RedisDeployment) => void = () => undefined): Promise<Loss> {
  const sim = new Simulation({ seed });
  const redis = createRedis(sim, { appendonly: true, appendfsync });
  prepare(sim, redis);
  return sim.run(async () => {
    const client = redis.client({ name: 'writer' });
    const acknowledged: number[] = [];
    for (let i = 0; i < 250; i++) {
      await client.set(`k${i}`, i);
      acknowledged.push(i);
      await sim.sleep('10ms');
    }
    redis.primary.crash(how);
    await sim.sleep('100ms');
    redis.primary.restart();
    const lost: number[] = [];
    for (const i of acknowledged) if (await client.get(`k${i}`) === null) lost.push(i);
    return { acknowledged: acknowledged.length, lost };
  });
}

describe('durability', () => {
  it('R1: everysec loses up to a second or two of acknowledged writes in a power failure', async () => {
    const losses = await Promise.all(SEEDS.map((seed) => writeAndCrash(seed, 'everysec', 'power')));
    expect(Math.max(...losses.map(({ lost }) => lost.length))).toBeGreaterThan(10);
    for (const { lost, acknowledged } of losses) {
      expect(lost.length).toBeLessThanOrEqual(200);
      // What is lost is the end, without holes.
      expect(lost).toEqual(lost.map((_, i) => acknowledged - lost.length + i));
    }
  });

  it('R1: always loses nothing', async () => {
    const losses = await Promise.all(SEEDS.map((seed) => writeAndCrash(seed, 'always', 'power')));
    expect(losses.map(({ lost }) => lost)).toEqual(SEEDS.map(() => []));
  });

  it.each(['everysec', 'no'] as const)('R2: with %s a killed process loses nothing', async (appendfsync) => {
    expect(await writeAndCrash(1, appendfsync, 'process')).toEqual({ acknowledged: 250, lost: [] });
  });

  it('R2: with no a power failure may lose everything not synced', async () => {
    const losses = await Promise.all(SEEDS.map((seed) => writeAndCrash(seed, 'no', 'power')));
    expect(Math.max(...losses.map(({ lost }) => lost.length))).toBeGreaterThan(150);
  });

  it('R3: a disk whose sync lies makes always lose acknowledged writes', async () => {
    const losses = await Promise.all(SEEDS.map((seed) => writeAndCrash(seed, 'always', 'power', (sim) => { sim.faults.diskFault('redis-1', 'lying-sync'); })));
    expect(losses.filter(({ lost }) => lost.length > 0).length).toBeGreaterThan(5);
  });

  it('R4: a torn tail is cut at start, whole commands before it live', async () => {
    const cuts: number[] = [];
    for (const seed of SEEDS) {
      let sim = new Simulation();
      const { lost, acknowledged } = await writeAndCrash(seed, 'everysec', 'power', (used) => { sim = used; });
      const [loaded] = notes(sim, 'loaded');
      const { commands, cut } = (loaded?.detail ?? {}) as { commands: number; cut: number };
      // The file begins with a SELECT.
      expect(commands - 1).toBe(acknowledged - lost.length);
      cuts.push(cut);
    }
    expect(cuts.filter((cut) => cut > 0).length).toBeGreaterThan(0);
  });

  it('R4: with aof-load-truncated no the server refuses to start on a torn tail', async () => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim, { appendonly: true, appendfsync: 'no', aofLoadTruncated: false });
    await sim.run(async () => {
      const client = redis.client({ name: 'writer' });
      await client.set('k', 'v');
      redis.primary.crash('process');
      redis.primary.disk.append('appendonly.aof', '*3\r\n$3\r\nSET\r\n$1');
      redis.primary.restart();
      await expect(client.get('k')).rejects.toBeInstanceOf(RequestTimeoutError);
    });
  });

  it('a full disk refuses writes with MISCONF, and takes them again when there is room', async () => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim, { appendonly: true });
    await sim.run(async () => {
      const client = redis.client({ name: 'writer' });
      const full = sim.faults.diskFault('redis-1', 'full');
      await client.set('a', 1);
      await expect(client.set('b', 1)).rejects.toMatchObject({ code: 'MISCONF' });
      full.heal();
      await sim.sleep('200ms');
      expect(await client.set('b', 1)).toBe('OK');
      redis.primary.crash('process');
      redis.primary.restart();
      expect(await client.mget('a', 'b')).toEqual(['1', '1']);
    });
  });

  it('keeps a transaction whole or loses it whole', async () => {
    for (const seed of SEEDS) {
      const sim = new Simulation({ seed });
      const redis = createRedis(sim, { appendonly: true, appendfsync: 'no' });
      const values = await sim.run(async () => {
        const client = redis.client({ name: 'writer' });
        for (let i = 1; i <= 20; i++) await client.multi([['SET', 'a', i], ['SET', 'b', i], ['HSET', 'h', 'f', i]]);
        redis.primary.crash();
        redis.primary.restart();
        return [await client.get('a'), await client.get('b'), await client.hget('h', 'f')];
      });
      expect(new Set(values).size).toBe(1);
    }
  });
});

describe('replication', () => {
  it('R6: a primary that restarts empty wipes its replicas; with the append-only file it does not', async () => {
    const restartPrimary = (appendonly: boolean): Promise<(string | null)[]> => {
      const sim = new Simulation({ seed: 3 });
      const redis = createRedis(sim, { replicas: 2, appendonly, appendfsync: 'always' });
      return sim.run(async () => {
        const client = redis.client({ name: 'alice' });
        await client.set('k', 'v');
        await client.wait(2, '1s');
        redis.primary.crash();
        redis.primary.restart();
        await sim.sleep('3s');
        return [await client.get('k', { from: 'redis-2' }), await client.get('k', { from: 'redis-3' })];
      });
    };
    expect(await restartPrimary(false)).toEqual([null, null]);
    expect(await restartPrimary(true)).toEqual(['v', 'v']);
  });

  it('R7: a lagging replica serves an old value; the primary, or a replica after WAIT, does not', async () => {
    const sim = new Simulation({ seed: 3 });
    const redis = createRedis(sim, { replicas: 1 });
    await sim.run(async () => {
      const alice = redis.client({ name: 'alice' });
      await alice.set('k', 'old');
      await alice.wait(1, '1s');
      const lag = sim.faults.delay({ by: '300ms', between: ['redis-1', 'redis-2'] });
      await alice.set('k', 'new');
      expect([await alice.get('k', { from: 'replica' }), await alice.get('k')]).toEqual(['old', 'new']);
      expect(await alice.wait(1, '2s')).toBe(1);
      expect(await alice.get('k', { from: 'replica' })).toBe('new');
      lag.heal();
    });
    const reads = sim.history.entries.filter((entry) => entry.type === 'ok' && entry.f === 'read');
    expect(reads.map(({ value, node }) => [value, node])).toEqual([['old', 'redis-2'], ['new', 'redis-1'], ['new', 'redis-2']]);
    const [stale, fresh, after] = reads.map(({ version }) => version as number);
    expect([(stale ?? 0) < (fresh ?? 0), fresh === after]).toEqual([true, true]);
  });

  it('R9: a failover loses an acknowledged write that no replica has; after WAIT 1 it is safe there', async () => {
    const failOver = (waits: boolean): Promise<string | null> => {
      const sim = new Simulation({ seed: 4 });
      const redis = createRedis(sim, { replicas: 1 });
      return sim.run(async () => {
        const client = redis.client({ name: 'alice' });
        await client.set('k', 'old');
        await client.wait(1, '1s');
        const lag = sim.faults.delay({ by: '50ms', between: ['redis-1', 'redis-2'] });
        expect(await client.set('k', 'new')).toBe('OK');
        const reached = waits ? await client.wait(1, '1s') : 1;
        expect(reached).toBe(1);
        redis.primary.crash();
        sim.faults.partition('redis-1', 'redis-2');
        lag.heal();
        redis.promote('redis-2');
        return client.get('k');
      });
    };
    expect(await failOver(false)).toBe('old');
    expect(await failOver(true)).toBe('new');
  });

  it('R10: a partitioned former primary goes on acknowledging what the heal discards; min-replicas-to-write bounds it', async () => {
    const splitBrain = async (minReplicasToWrite: number): Promise<{ acknowledged: number; refused: number; survived: number }> => {
      const sim = new Simulation({ seed: 5 });
      const redis = createRedis(sim, { replicas: 2, minReplicasToWrite, minReplicasMaxLag: 2 });
      return sim.run(async () => {
        await sim.sleep('1s');
        const inside = redis.client({ name: 'inside', follow: false });
        const outside = redis.client({ name: 'outside' });
        const cut = sim.faults.partition(['redis-1', 'inside'], ['redis-2', 'redis-3', 'outside']);
        redis.promote('redis-2');
        let [acknowledged, refused, survived] = [0, 0, 0];
        for (let i = 0; i < 100; i++) {
          try {
            await inside.set(`in${i}`, i);
            acknowledged++;
          } catch (error) {
            if (error instanceof RedisReplyError && error.code === 'NOREPLICAS' && error.definite) refused++;
          }
          await sim.sleep('100ms');
        }
        await outside.set('out', 1);
        cut.heal();
        // Nobody told it yet: it still thinks it is the primary.
        expect(await inside.command('ROLE')).toMatchObject({ 0: 'master' });
        redis.replicaOf('redis-1');
        await sim.sleep('2s');
        for (let i = 0; i < 100; i++) if (await outside.get(`in${i}`) !== null) survived++;
        expect(await inside.get('out')).toBe('1');
        return { acknowledged, refused, survived };
      });
    };
    expect(await splitBrain(0)).toEqual({ acknowledged: 100, refused: 0, survived: 0 });
    const bounded = await splitBrain(1);
    expect(bounded.acknowledged).toBeLessThan(40);
    expect(bounded.refused).toBe(100 - bounded.acknowledged);
  });

  it('R14: a replica hides an expired key before its DEL comes, though DBSIZE still counts it', async () => {
    const sim = new Simulation({ seed: 6 });
    const redis = createRedis(sim, { replicas: 1 });
    await sim.run(async () => {
      const client = redis.client({ name: 'alice' });
      const replica = client.from('redis-2');
      await client.set('k', 'v', { PX: 500 });
      await client.wait(1, '1s');
      const cut = sim.faults.partition('redis-1', 'redis-2');
      await sim.sleep('1s');
      expect([await replica.get('k'), await replica.dbsize(), await client.get('k')]).toEqual([null, 1, null]);
      cut.heal();
      await sim.sleep('3s');
      expect(await replica.dbsize()).toBe(0);
    });
  });

  it('makes up for what a cut link lost, from the backlog or, when that is too small, from a copy of everything', async () => {
    const rejoin = async (replBacklogSize: number): Promise<readonly string[]> => {
      const sim = new Simulation({ seed: 7 });
      const redis = createRedis(sim, { replicas: 1, replBacklogSize });
      await sim.run(async () => {
        const client = redis.client({ name: 'alice' });
        await client.set('k0', 0);
        await client.wait(1, '1s');
        const cut = sim.faults.partition('redis-1', 'redis-2');
        for (let i = 0; i < 50; i++) await client.set(`k${i}`, i);
        await sim.sleep('5s');
        cut.heal();
        await sim.sleep('3s');
        expect(await client.from('redis-2').dbsize()).toBe(50);
        expect([redis.server('redis-1')?.offset]).toEqual([redis.server('redis-2')?.offset]);
      });
      return notes(sim, 'full resync', 'partial resync').map((entry) => entry.what ?? '');
    };
    expect(await rejoin(1024 * 1024)).toEqual(['full resync']);
    expect(await rejoin(100)).toEqual(['full resync', 'full resync']);
  });

  it('refuses writes on a replica, and lets it become the primary at the offset it had', async () => {
    const sim = new Simulation({ seed: 8 });
    const redis = createRedis(sim, { replicas: 2 });
    await sim.run(async () => {
      const client = redis.client({ name: 'alice' });
      await client.multi([['SET', 'a', 1], ['EXPIRE', 'a', 100], ['ZADD', 'z', 0.1, 'm'], ['GEOADD', 'g', 13.361389, 38.115556, 'P']]);
      await client.wait(2, '1s');
      await expect(client.from('redis-2').set('a', 2)).rejects.toBeInstanceOf(RedisReplyError);
      redis.promote('redis-2');
      await sim.sleep('1s');
      expect(await client.info('replication')).toMatch(/role:master\r\nconnected_slaves:2/);
      await client.set('b', 2);
      expect(await client.wait(2, '1s')).toBe(2);
      for (const node of redis.nodes) {
        const view = client.from(node);
        expect([await view.mget('a', 'b'), await view.ttl('a'), await view.zscore('z', 'm'), await view.exists('g')]).toEqual([['1', '2'], 99, 0.1, 1]);
      }
    });
  });

  it('counts in WAIT only who has acknowledged, and gives up in time (R12)', async () => {
    const sim = new Simulation({ seed: 9 });
    const redis = createRedis(sim, { replicas: 2 });
    await sim.run(async () => {
      const client = redis.client({ name: 'alice' });
      await client.set('k', 0);
      await client.wait(2, '1s');
      sim.faults.isolate('redis-3');
      await client.set('k', 1);
      const before = sim.now;
      expect(await client.wait(2, '100ms')).toBe(1);
      expect(sim.now - before).toBeGreaterThanOrEqual(100_000);
    });
  });
});

describe('clients', () => {
  it('a request that gets no answer has an unknown outcome', async () => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim);
    await sim.run(async () => {
      const client = redis.client({ name: 'alice', timeout: '200ms' });
      sim.faults.isolate('redis-1', { clients: true });
      await expect(client.set('k', 'v')).rejects.toBeInstanceOf(RequestTimeoutError);
    });
    expect(sim.history.entries.map(({ type, f, key, value }) => [type, f, key, value])).toEqual([['invoke', 'write', 'k', 'v'], ['info', 'write', 'k', 'v']]);
  });

  it('hear what is published on the primary through a replica', async () => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim, { replicas: 1 });
    const heard: string[] = [];
    await sim.run(async () => {
      await sim.sleep('1s');
      const listener = redis.client({ name: 'listener', node: 'redis-2' });
      await listener.psubscribe('news.*', (message, channel) => heard.push(`${channel}: ${message}`));
      await redis.client({ name: 'alice' }).publish('news.art', 'hello');
      await sim.sleep('1s');
    });
    expect(heard).toEqual(['news.art: hello']);
  });

  it('watch a key across the network', async () => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim);
    await sim.run(async () => {
      const [alice, bob] = [redis.client({ name: 'alice' }), redis.client({ name: 'bob' })];
      await alice.watch('stock');
      await bob.set('stock', 1);
      expect(await alice.multi([['INCR', 'stock']])).toBeNull();
      expect(await alice.multi([['INCR', 'stock']])).toEqual([2]);
    });
  });

  it('name an unknown node, a missing replica, or a bad option at once', () => {
    const sim = new Simulation({ seed: 1 });
    const redis = createRedis(sim);
    expect(() => redis.client({ name: 'a', node: 'nowhere' })).toThrow("no node is called 'nowhere'");
    expect(() => redis.promote('nowhere')).toThrow("no node is called 'nowhere'");
    expect(() => createRedis(sim, { name: 'x', replicas: -1 })).toThrow('replicas must be a whole number from 0');
    expect(() => createRedis(sim, { name: 'y', appendfsync: 'never' as AppendFsync })).toThrow('appendfsync is always, everysec or no');
  });
});

it('gives the same digest for the same seed, another for another', async () => {
  const run = async (seed: number): Promise<string> => {
    const sim = new Simulation({ seed });
    const redis = createRedis(sim, { replicas: 2, appendonly: true, appendfsync: 'everysec' });
    sim.faults.at('1s').crash('redis-1').for('500ms');
    await sim.run(async () => {
      const client = redis.client({ name: 'alice' });
      for (let i = 0; i < 30; i++) {
        await client.set(`k${i}`, i, { EX: 1 }).catch(() => undefined);
        await sim.sleep('100ms');
      }
    });
    return sim.trace.digest;
  };
  const [first, second, other] = [await run(1), await run(1), await run(2)];
  expect(first).toBe(second);
  expect(first).not.toBe(other);
});
