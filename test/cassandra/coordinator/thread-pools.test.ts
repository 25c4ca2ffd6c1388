/** What `nodetool tpstats` tells of a node: which stage does what (`Verb.java` of Apache Cassandra 5.0), what waits, what was dropped. */
import { expect, it } from 'vitest';
import { createCassandra, type Cassandra, type CassandraOptions } from '../../../src/cassandra/index.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

function cluster(options: CassandraOptions = {}): { readonly sim: Simulation; readonly cassandra: Cassandra } {
  const sim = new Simulation({ seed: 1, topology: { sameZone: '0.5ms' } });
  const cassandra = createCassandra(sim, { nodes: 3, ...options });
  cassandra.schema(`CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3};
    CREATE TABLE ks.t (k int PRIMARY KEY, v text); CREATE TABLE ks.c (k int PRIMARY KEY, n counter);`);
  return { sim, cassandra };
}

/** Completed tasks by pool, those that did nothing left out, gossip too. */
function completed(cassandra: Cassandra, node: string): Record<string, number> {
  const { pools } = cassandra.node(node).tpstats();
  return Object.fromEntries(pools.filter((pool) => pool.completed > 0 && pool.name !== 'GossipStage').map((pool) => [pool.name, pool.completed]));
}

it('counts each task in the stage that does it, on the coordinator and on the replicas', async () => {
  const { sim, cassandra } = cluster({ dynamicSnitch: false });
  await sim.run(async () => {
    const client = cassandra.client({ name: 'c', coordinator: 'n1', consistency: 'ALL', keyspace: 'ks' });
    for (let k = 0; k < 5; k++) await client.execute("INSERT INTO t (k, v) VALUES (?, 'a')", [k]);
    await client.execute('SELECT v FROM t WHERE k = 1');
    await client.execute('UPDATE c SET n = n + 1 WHERE k = 1');
  });
  // The counter's leader is the coordinator; it has the others apply the sum as a mutation.
  expect(completed(cassandra, 'n1')).toEqual({ 'Native-Transport-Requests': 7, 'MutationStage': 5, 'ReadStage': 1, 'CounterMutationStage': 1, 'RequestResponseStage': 14 });
  for (const replica of ['n2', 'n3']) expect(completed(cassandra, replica)).toEqual({ MutationStage: 6, ReadStage: 1 });
  await sim.advance('10s');
  expect(cassandra.node('n1').tpstats().pools.find(({ name }) => name === 'GossipStage')?.completed).toBeGreaterThan(5);
});

it('shows flushes and compactions, hints that were sent, and starts from nothing when the node does', async () => {
  const { sim, cassandra } = cluster();
  await sim.run(async () => {
    const client = cassandra.client({ name: 'c', coordinator: 'n1', consistency: 'QUORUM', keyspace: 'ks' });
    sim.faults.crash('n3');
    await sim.sleep('30s');
    for (let round = 0; round < 4; round++) {
      await client.execute("INSERT INTO t (k, v) VALUES (1, 'a')");
      cassandra.node('n1').flush('ks.t');
      await sim.sleep('1s');
    }
    sim.heal();
    await sim.sleep('1m');
  });
  // Four sstables of one size became one; four hints went in one batch.
  expect(completed(cassandra, 'n1')).toMatchObject({ MemtableFlushWriter: 4, CompactionExecutor: 1, HintsDispatcher: 1 });
  expect(completed(cassandra, 'n3')).toEqual({ MutationStage: 4, RequestResponseStage: 2 });
  sim.faults.crash('n1');
  sim.heal();
  expect(completed(cassandra, 'n1')).toEqual({});
});

it('tells what waits for a node that takes its requests one by one, and what came too late', async () => {
  const { sim, cassandra } = cluster({ requestServiceTime: '10ms', readRequestTimeout: '200ms' });
  const client = cassandra.client({ name: 'c', coordinator: 'n1', consistency: 'ALL', keyspace: 'ks' });
  await sim.run(async () => {
    const reads = Array.from({ length: 50 }, (_, k) => client.execute('SELECT v FROM t WHERE k = ?', [k]).catch(() => undefined));
    await sim.sleep('5ms');
    const transport = cassandra.node('n1').tpstats().pools.find(({ name }) => name === 'Native-Transport-Requests');
    expect(transport).toEqual({ name: 'Native-Transport-Requests', active: 1, pending: 49, completed: 0 });
    await sim.sleep('100ms');
    cassandra.node('n2').simulated.pause();
    await sim.sleep('2s');
    cassandra.node('n2').simulated.resume();
    await Promise.all(reads);
  });
  await sim.advance('5s');
  const { pools, dropped } = cassandra.node('n2').tpstats();
  expect(dropped.get('READ_REQ')).toBeGreaterThan(5);
  expect(pools.every(({ active, pending }) => active === 0 && pending === 0)).toBe(true);
});
