import { describe, expect, it } from 'vitest';
import { createCassandra, type Cassandra, type CassandraClient, type CassandraOptions } from '../../../src/cassandra/index.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

interface Rig {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly client: CassandraClient;
}

function rig(options: CassandraOptions = {}): Rig {
  const sim = new Simulation({ seed: 3 });
  const cassandra = createCassandra(sim, { nodes: 3, hintedHandoffEnabled: false, ...options });
  cassandra.schema("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; CREATE TABLE ks.t (k int, c int, v text, PRIMARY KEY (k, c));");
  return { sim, cassandra, client: cassandra.client({ name: 'c', keyspace: 'ks', coordinator: 'n1', consistency: 'QUORUM' }) };
}

/** How many of the partitions each node shows. */
const copies = ({ cassandra }: Rig, keys: number): readonly number[] =>
  cassandra.nodes.map((node) => Array.from({ length: keys }, (_, k) => node.peek('ks.t', k).length).reduce((a, b) => a + b, 0));

const streamed = ({ cassandra }: Rig): number => cassandra.nodes.reduce((sum, { machine }) => sum + machine.streams.sentBytes, 0);

/** Writes so many partitions everywhere and so many more while n3 is away. */
async function diverge(all: Rig, common: number, missed: number): Promise<void> {
  const { sim, client } = all;
  const insert = (k: number): Promise<unknown> => client.execute('INSERT INTO t (k, c, v) VALUES (?, 1, ?)', [k, 'x'.repeat(200)]);
  for (let k = 0; k < common; k++) await insert(k);
  await sim.sleep('1s');
  const away = sim.faults.isolate('n3');
  for (let k = common; k < common + missed; k++) await insert(k);
  away.heal();
  await sim.sleep('60s');
}

describe.each([['full', true], ['incremental', false]] as const)('a %s repair', (_, full) => {
  it('makes all replicas equal, and then has nothing to do', async () => {
    const all = rig();
    await all.sim.run(async () => {
      await diverge(all, 60, 40);
      expect(copies(all, 100)).toEqual([100, 100, 60]);
      const { differences, streams } = await all.cassandra.node('n2').repair({ full });
      expect([differences > 0, streams > 0]).toEqual([true, true]);
      expect(copies(all, 100)).toEqual([100, 100, 100]);
      const sent = streamed(all);
      expect((await all.cassandra.node('n1').repair({ full: true })).differences).toBe(0);
      expect(streamed(all)).toBe(sent);
    });
  });

  it('carries deletions, so that nothing comes back', async () => {
    const all = rig();
    const { sim, cassandra, client } = all;
    await sim.run(async () => {
      for (let k = 0; k < 10; k++) await client.execute("INSERT INTO t (k, c, v) VALUES (?, 1, 'x')", [k]);
      await sim.sleep('1s');
      const away = sim.faults.isolate('n3');
      await client.execute('DELETE FROM t WHERE k = 1');
      await client.execute('DELETE FROM t WHERE k = 2 AND c > 0');
      await client.execute('DELETE v FROM t WHERE k = 3 AND c = 1');
      away.heal();
      await sim.sleep('60s');
      await cassandra.node('n3').repair({ full });
      expect([1, 2, 3].map((k) => cassandra.node('n3').peek('ks.t', k))).toEqual([[], [], [{ k: 3, c: 1 }]]);
    });
  });
});

describe('a repair', () => {
  it('streams in proportion to the difference, not to the data', async () => {
    const bytes = async (missed: number): Promise<number> => {
      const all = rig();
      return all.sim.run(async () => {
        await diverge(all, 800, missed);
        await all.cassandra.node('n1').repair({ full: true });
        return streamed(all);
      });
    };
    const [few, many] = [await bytes(8), await bytes(80)];
    expect(few).toBeGreaterThan(8 * 200);
    expect(many / few).toBeGreaterThan(4);
    // A tenth of the data is far more than what eight partitions and their neighbours in a leaf take.
    expect(few).toBeLessThan(800 * 200 * 0.2);
  });

  it('that is incremental does not look at what was repaired before', async () => {
    const all = rig();
    await all.sim.run(async () => {
      await diverge(all, 20, 10);
      await all.cassandra.node('n1').repair();
      expect(all.cassandra.node('n1').tablestats('ks.t').percentRepaired).toBe(100);
      await all.client.execute("INSERT INTO t (k, c, v) VALUES (500, 1, 'x')");
      await all.sim.sleep('1s');
      all.cassandra.flush();
      await all.sim.sleep('1s');
      const { percentRepaired } = all.cassandra.node('n1').tablestats('ks.t');
      expect(percentRepaired).toBeGreaterThan(0);
      expect(percentRepaired).toBeLessThan(100);
    });
  });

  it('of the primary range on every node covers what one of all ranges does', async () => {
    const all = rig();
    await all.sim.run(async () => {
      await diverge(all, 10, 50);
      let ranges = 0;
      for (const node of all.cassandra.nodes) ({ ranges } = { ranges: ranges + (await node.repair({ full: true, primaryRange: true })).ranges });
      expect(copies(all, 60)).toEqual([60, 60, 60]);
      expect(ranges).toBe((await all.cassandra.node('n1').repair({ full: true })).ranges);
    });
  });

  it('is refused while a replica is down, and fails when one goes down', async () => {
    const all = rig();
    const { sim, cassandra } = all;
    await sim.run(async () => {
      await diverge(all, 10, 10);
      const down = sim.faults.crash('n3');
      const early = await cassandra.node('n1').repair({ full: true }).then(() => 'ok', (error: unknown) => (error as Error).message);
      expect(early).toBe('Endpoint not alive: n3');
      await sim.sleep('60s');
      const late = await cassandra.node('n1').repair({ full: true }).then(() => 'ok', (error: unknown) => (error as Error).message);
      expect(late).toBe('Endpoint not alive: n3');
      down.heal();
      await sim.sleep('60s');
      await cassandra.node('n1').repair({ full: true });
      expect(copies(all, 20)).toEqual([20, 20, 20]);
    });
  });

  it('goes on while clients write, and loses nothing of theirs', async () => {
    const all = rig();
    const { sim, cassandra, client } = all;
    await sim.run(async () => {
      await diverge(all, 100, 100);
      let isOver = false;
      const repairing = cassandra.node('n2').repair().finally(() => (isOver = true));
      let k = 1000;
      while (!isOver) await client.execute("INSERT INTO t (k, c, v) VALUES (?, 1, 'x')", [k++]);
      await repairing;
      await sim.sleep('1s');
      for (let written = 1000; written < k; written++) expect(cassandra.nodes.map((node) => node.peek('ks.t', written).length)).toEqual([1, 1, 1]);
      expect(copies(all, 200)).toEqual([200, 200, 200]);
    });
  });

  it('protects from zombies when it ran before gc_grace_seconds were over, with only_purge_repaired_tombstones at any time', async () => {
    const zombie = async (options: string, repairInTime: boolean): Promise<number> => {
      const all = rig({ gossipInterval: '60s' });
      const { sim, cassandra, client } = all;
      cassandra.schema(`ALTER TABLE ks.t WITH compaction = {'class': 'SizeTieredCompactionStrategy'${options}};`);
      return sim.run(async () => {
        await client.execute("INSERT INTO t (k, c, v) VALUES (1, 1, 'x')", [], { consistency: 'ALL' });
        await sim.sleep('1m');
        const down = sim.faults.crash('n3');
        await sim.sleep('1h');
        await client.execute('DELETE FROM t WHERE k = 1');
        if (repairInTime) {
          down.heal();
          await sim.sleep('10m');
          await cassandra.node('n1').repair();
        }
        await sim.sleep('11d');
        down.heal();
        for (const name of ['n1', 'n2']) cassandra.node(name).flush();
        await sim.sleep('1m');
        for (const name of ['n1', 'n2']) cassandra.node(name).compact();
        await sim.sleep('10m');
        await cassandra.node('n1').repair({ full: true });
        return copies(all, 2).filter((count) => count > 0).length;
      });
    };
    expect(await zombie('', false)).toBe(3);
    expect(await zombie('', true)).toBe(0);
    expect(await zombie(", 'only_purge_repaired_tombstones': 'true'", false)).toBe(0);
  });
});
