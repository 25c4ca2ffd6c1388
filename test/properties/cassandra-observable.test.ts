/**
 * What an operator can see of a cluster from outside: how even the ring is, when a crash is noticed, which levels go on with how
 * many replicas, what slow nodes and large batches do. Figures of the documentation and of Config.java unless said otherwise.
 */
import { describe, expect, it } from 'vitest';
import { createCassandra, type Cassandra, type CassandraClient, type CassandraOptions, type ConsistencyLevel } from '../../src/cassandra/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

interface Rig {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly client: CassandraClient;
}

function rig(options: CassandraOptions = {}, table = 'CREATE TABLE ks.t (k int PRIMARY KEY, v text)', seed = 1, replication = "{'class': 'SimpleStrategy', 'replication_factor': 3}"): Rig {
  const sim = new Simulation({ seed, topology: { sameZone: '0.5ms' } });
  const cassandra = createCassandra(sim, options);
  cassandra.schema(`CREATE KEYSPACE ks WITH replication = ${replication}; ${table};`);
  return { sim, cassandra, client: cassandra.client({ name: 'c', keyspace: 'ks', coordinator: 'n1', consistency: 'QUORUM' }) };
}

interface Failure {
  readonly code: string;
  readonly required?: number;
  readonly alive?: number;
}

const failureOf = (promise: Promise<unknown>): Promise<Failure | undefined> => promise.then(() => undefined, (error: unknown) => error as Failure);

describe('ownership', () => {
  /** Largest over mean of what nodes own of an RF 3 table, as the mean of several rings. */
  const imbalance = (nodes: number, options: CassandraOptions): number => {
    const rings = 20;
    let sum = 0;
    for (let seed = 0; seed < rings; seed++) {
      const { cassandra } = rig({ nodes, ...options }, undefined, seed);
      const shares = [...cassandra.ownership('ks.t').values()];
      sum += Math.max(...shares) / (shares.reduce((a, b) => a + b, 0) / shares.length);
    }
    return sum / rings;
  };
  const random = false;

  it('of random tokens is as uneven as chance makes it: 1.46, 1.37, 1.20 and 1.05 times the mean for 1, 4, 16 and 256 tokens on 6 nodes', () => {
    for (const [numTokens, expected] of [[1, 1.46], [4, 1.37], [16, 1.2], [256, 1.05]] as const) {
      expect(Math.abs(imbalance(6, { numTokens, allocateTokensForLocalReplicationFactor: random }) - expected)).toBeLessThan(0.1);
    }
  });

  it('is evener with the allocator than by chance, with the same 16 tokens', () => {
    const allocated = imbalance(6, {});
    expect(allocated).toBeLessThan(1.1);
    expect(allocated).toBeLessThan(imbalance(6, { allocateTokensForLocalReplicationFactor: random }) - 0.05);
  });

  it('adds up to the number of copies', () => {
    const { cassandra } = rig({ nodes: 6 });
    expect([...cassandra.ownership('ks.t').values()].reduce((a, b) => a + b, 0)).toBeCloseTo(3, 9);
  });
});

describe('the failure detector (phi = t / mean / ln 10, convicts above 8: 18.42 means)', () => {
  /** Seconds until each of the others has noticed a crash at any instant, in a cluster that has been up for a while; to 50 ms. */
  const detection = async (nodes: number, phiConvictThreshold: number, seed: number): Promise<readonly number[]> => {
    const { sim, cassandra } = rig({ nodes, phiConvictThreshold }, undefined, seed);
    await sim.advance(1_800_000 + sim.random.fork('when').below(1_000));
    sim.faults.crash(`n${nodes}`);
    const begin = sim.now;
    const seen = new Map<string, number>();
    while (seen.size < nodes - 1 && sim.now - begin < 120_000_000) {
      await sim.advance('50ms');
      for (const { id } of cassandra.nodes.slice(0, -1)) if (!seen.has(id) && !cassandra.node(id).considersAlive(`n${nodes}`)) seen.set(id, (sim.now - begin) / 1e6);
    }
    return [...seen.values()];
  };
  const sorted = async (nodes: number, threshold: number, runs: number): Promise<readonly number[]> =>
    (await Promise.all(Array.from({ length: runs }, (_, seed) => detection(nodes, threshold, seed)))).flat().sort((a, b) => a - b);

  it.each([[8, 18.42], [12, 27.63]])('with a threshold of %d convicts %d s after the last heartbeat, at the next round: of two nodes, a second earlier to a second later', async (threshold, after) => {
    // Each hears the other every second, so the mean is 1 s: the last heartbeat was up to 1 s before the crash, the next round is up to 1 s off.
    const times = await sorted(2, threshold, 20);
    expect(times).toHaveLength(20);
    expect(times[0]).toBeGreaterThan(after - 1);
    expect(times.at(-1)).toBeLessThan(after + 1 + 0.1);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1);
  });

  it('notices a crash of one in three within 17.4 to 22 seconds, half of the times in 18.4 to 20.5', async () => {
    // What is heard through the third comes later and in longer intervals, the last of it after the crash.
    const times = await sorted(3, 8, 20);
    expect(times).toHaveLength(40);
    expect(times[0]).toBeGreaterThan(17.4);
    expect(times.at(-1)).toBeLessThan(22);
    expect(times.filter((time) => time > 18.4 && time <= 20.5).length).toBeGreaterThan(18);
  });
});

describe('levels with replicas down (RF 3, known to be down)', () => {
  const LEVELS: readonly (readonly [ConsistencyLevel, number])[] = [['ONE', 1], ['LOCAL_ONE', 1], ['TWO', 2], ['THREE', 3], ['QUORUM', 2], ['LOCAL_QUORUM', 2], ['ALL', 3]];

  it.each([0, 1, 2, 3])('%i down: writes and reads go on where enough are left, and are refused with their figures where not', async (down) => {
    const { sim, cassandra } = rig({ nodes: 6 });
    await sim.run(async () => {
      const replicas = cassandra.getEndpoints('ks.t', 1);
      const outside = cassandra.nodes.find(({ id }) => !replicas.includes(id))?.id ?? '';
      const client = cassandra.client({ name: 'asks', keyspace: 'ks', coordinator: outside });
      for (const replica of replicas.slice(0, down)) sim.faults.crash(replica);
      await sim.sleep('60s');
      for (const [consistency, required] of LEVELS) {
        const alive = 3 - down;
        const refusal = expect.objectContaining({ code: 'UNAVAILABLE', definite: true, consistency, required, alive });
        const expected: unknown = alive >= required ? undefined : refusal;
        const write = await failureOf(client.execute("INSERT INTO t (k, v) VALUES (1, 'a')", [], { consistency }));
        const read = await failureOf(client.execute('SELECT v FROM t WHERE k = 1', [], { consistency }));
        expect([write, read]).toEqual([expected, expected]);
      }
      expect(await failureOf(client.execute("INSERT INTO t (k, v) VALUES (1, 'a')", [], { consistency: 'ANY' }))).toBeUndefined();
    });
  });

  it('EACH_QUORUM names the datacentre\'s figures, and LOCAL_QUORUM does not ask the other one', async () => {
    const { sim, cassandra } = rig({ datacenters: { dc1: 3, dc2: 3 } }, undefined, 1, "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 3}");
    await sim.run(async () => {
      const client = cassandra.client({ name: 'asks', keyspace: 'ks', datacenter: 'dc1' });
      for (const node of ['n4', 'n5']) sim.faults.crash(node);
      await sim.sleep('60s');
      const insert = (consistency: ConsistencyLevel): Promise<Failure | undefined> => failureOf(client.execute("INSERT INTO t (k, v) VALUES (1, 'a')", [], { consistency }));
      expect(await insert('EACH_QUORUM')).toMatchObject({ code: 'UNAVAILABLE', required: 2, alive: 1 });
      expect(await insert('QUORUM')).toBeUndefined();
      expect(await insert('LOCAL_QUORUM')).toBeUndefined();
      expect(await insert('ALL')).toMatchObject({ code: 'UNAVAILABLE', required: 6, alive: 4 });
    });
  });
});

describe('a replica that is slow', () => {
  it('is passed over after the table\'s speculative_retry: one more is asked, and the answer comes without it', async () => {
    const slow = async (speculative: string, consistency: ConsistencyLevel): Promise<number> => {
      const { sim, cassandra } = rig({ nodes: 4, dynamicSnitch: false }, `CREATE TABLE ks.t (k int PRIMARY KEY, v text) WITH speculative_retry = '${speculative}'`);
      return sim.run(async () => {
        const replicas = cassandra.getEndpoints('ks.t', 1);
        const outside = cassandra.nodes.find(({ id }) => !replicas.includes(id))?.id ?? '';
        const client = cassandra.client({ name: 'asks', keyspace: 'ks', coordinator: outside, consistency });
        await client.execute("INSERT INTO t (k, v) VALUES (1, 'a')", [], { consistency: 'ALL' });
        // The replica that is asked first.
        sim.faults.delay({ by: '500ms', between: [[outside], [replicas[0] ?? '']] });
        const begin = sim.now;
        await client.execute('SELECT v FROM t WHERE k = 1');
        return Math.round((sim.now - begin) / 1000);
      });
    };
    expect(await slow('20ms', 'ONE')).toBe(22);
    expect(await slow('NEVER', 'ONE')).toBeGreaterThan(500);
    // All replicas are asked: there is nobody left to ask besides.
    expect(await slow('20ms', 'ALL')).toBeGreaterThan(500);
  });

  it('is asked last once the dynamic snitch has scored it, and again when its scores were reset', async () => {
    const { sim, cassandra } = rig({ nodes: 4 }, "CREATE TABLE ks.t (k int PRIMARY KEY, v text) WITH speculative_retry = 'NEVER'");
    await sim.run(async () => {
      const replicas = cassandra.getEndpoints('ks.t', 1);
      const outside = cassandra.nodes.find(({ id }) => !replicas.includes(id))?.id ?? '';
      const client = cassandra.client({ name: 'asks', keyspace: 'ks', coordinator: outside, consistency: 'ONE' });
      await client.execute("INSERT INTO t (k, v) VALUES (1, 'a')", [], { consistency: 'ALL' });
      for (let i = 0; i < 20; i++) await client.execute('SELECT v FROM t WHERE k = 1', [], { consistency: 'ALL' });
      const timed = async (): Promise<number> => {
        const begin = sim.now;
        await client.execute('SELECT v FROM t WHERE k = 1');
        return (sim.now - begin) / 1000;
      };
      const slow = sim.faults.delay({ by: '100ms', between: [[outside], [replicas[0] ?? '']] });
      expect(await timed()).toBeGreaterThan(100);
      for (let i = 0; i < 120; i++) await client.execute('SELECT v FROM t WHERE k = 1', [], { consistency: 'ALL' });
      await sim.sleep('200ms');
      expect(await timed()).toBeLessThan(5);
      slow.heal();
      await sim.sleep('11m');
      expect(await timed()).toBeLessThan(5);
      expect(cassandra.node(outside).machine.proximity.sorted(cassandra.node(outside).machine.membership.topology.ring.endpointsFor({ class: 'SimpleStrategy', replicationFactor: 3 }, '\0\0\0\x01')).map(({ id }) => id)).toEqual(replicas);
    });
  });

  it('that stood still drops what nobody waits for any more, and gets it by a hint', async () => {
    const { sim, cassandra, client } = rig({ nodes: 3 });
    await sim.run(async () => {
      const pause = sim.faults.pause('n3');
      for (let k = 0; k < 10; k++) await client.execute("INSERT INTO t (k, v) VALUES (?, 'a')", [k]);
      await sim.sleep('5s');
      pause.heal();
      await sim.sleep('100ms');
      expect(cassandra.node('n3').droppedMessages.get('MUTATION_REQ')).toBe(10);
      expect(cassandra.node('n1').hintCount('n3')).toBe(10);
      expect(cassandra.node('n3').peek('ks.t', 3)).toEqual([]);
      await sim.sleep('60s');
      expect(Array.from({ length: 10 }, (_, k) => cassandra.node('n3').peek('ks.t', k).length)).toEqual(Array.from({ length: 10 }, () => 1));
    });
  });
});

describe('the size of a batch (batch_size_warn_threshold 5 KiB, batch_size_fail_threshold 50 KiB)', () => {
  it('warns above 5 KiB, is refused above 50 KiB, and does not matter within one partition', async () => {
    const { sim, client } = rig({ nodes: 1 }, 'CREATE TABLE ks.t (k int, c int, v text, PRIMARY KEY (k, c))', 1, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    await sim.run(async () => {
      const insert = (k: number, size: number): { query: string; params: unknown[] } => ({ query: 'INSERT INTO t (k, c, v) VALUES (?, 1, ?)', params: [k, 'x'.repeat(size)] });
      const small = await client.batch([insert(1, 2000), insert(2, 2000)]);
      expect(small.info.warnings).toEqual([]);
      const large = await client.batch([insert(1, 3000), insert(2, 3000)]);
      expect(large.info.warnings.join()).toMatch(/^Batch for \[ks\.t\] is of size \d+\.\d+KiB, exceeding specified threshold of 5\.000KiB by \d+\.\d+KiB\.$/);
      expect(await failureOf(client.batch([insert(1, 30_000), insert(2, 30_000)]))).toMatchObject({ code: 'INVALID', message: 'Batch too large' });
      expect((await client.batch([insert(1, 60_000)])).info.warnings).toEqual([]);
    });
  });
});

describe('what a power failure costs (commitlog_sync)', () => {
  it.each([['periodic', 0], ['batch', 1], ['group', 1]] as const)('%s: of a write acknowledged just before, %i copies are left on a cluster of one', async (commitlogSync, left) => {
    const { sim, cassandra, client } = rig({ nodes: 1, commitlogSync }, undefined, 1, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    await sim.run(async () => {
      await client.execute("INSERT INTO t (k, v) VALUES (1, 'a')");
      sim.faults.crash('n1').for('1s');
      await sim.sleep('2s');
      expect(cassandra.node('n1').peek('ks.t', 1).length).toBe(left);
    });
  });

  it('periodic loses nothing when only the process dies, nor to a power failure later on', async () => {
    const { sim, cassandra, client } = rig({ nodes: 1 }, undefined, 1, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    await sim.run(async () => {
      await client.execute("INSERT INTO t (k, v) VALUES (1, 'a')");
      sim.faults.crash('n1', { how: 'process' }).for('1s');
      await sim.sleep('13s');
      expect(cassandra.node('n1').peek('ks.t', 1).length).toBe(1);
      sim.faults.crash('n1').for('1s');
      await sim.sleep('2s');
      expect(cassandra.node('n1').peek('ks.t', 1).length).toBe(1);
    });
  });
});
