import { expect, test } from 'vitest';
import { createCassandra } from '../../src/cassandra/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { Simulation, type Fault } from '../../src/index.ts';
import { createRedis } from '../../src/redis/index.ts';
import { runScenario, scenario, SweepTally, watchCoverage, type Scenario, type SeedResult } from '../../src/scenarios/index.ts';

const met = async (fault: Fault, prepare: (sim: Simulation) => () => Promise<unknown>): Promise<readonly string[]> => {
  const sim = new Simulation({ seed: 3 });
  const coverage = watchCoverage(sim);
  const work = prepare(sim);
  await sim.run(async () => {
    await work();
    sim.faults.inject(fault).for('1s');
    await sim.sleep('2s');
  });
  return coverage().filter((pair) => pair.startsWith(`${fault.kind} ×`)).map((pair) => pair.slice(pair.indexOf('×') + 2));
};

test('a fault meets what its node is, and what it is in the middle of', async () => {
  const redis = (sim: Simulation) => {
    const made = createRedis(sim, { replicas: 1, appendonly: true });
    return () => made.client({ name: 'alice' }).set('x', '1');
  };
  expect(await met({ kind: 'crash', node: 'redis-1' }, redis)).toEqual(['log unsynced', 'no request', 'primary', 'replicas behind']);
  expect(await met({ kind: 'crash', node: 'redis-2' }, redis)).toContain('replica');
  expect(await met({ kind: 'pause', node: 'd2' }, (sim) => {
    const dynamo = createDynamo(sim, { nodes: 3, n: 3 });
    return () => {
      void dynamo.client({ name: 'alice', coordinator: 'd2' }).put('x', '1').catch(() => undefined);
      return sim.sleep('1ms');
    };
  })).toEqual(['coordinating', 'write under way']);
  expect(await met({ kind: 'pause', node: 'd1' }, (sim) => {
    const dynamo = createDynamo(sim, { nodes: 4, n: 3 });
    sim.faults.crash('d2');
    return async () => {
      const client = dynamo.client({ name: 'alice' });
      for (let key = 0; key < 40; key++) await client.put(`k${key}`, '1').catch(() => undefined);
    };
  })).toEqual(['crash in force', 'hints pending', 'no request']);
  expect(await met({ kind: 'isolate', node: 'n1' }, (sim) => {
    const cassandra = createCassandra(sim);
    cassandra.schema("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; CREATE TABLE ks.t (k text PRIMARY KEY, v int);");
    sim.faults.pause('n3');
    return () => {
      void cassandra.client({ name: 'alice', coordinator: 'n1', keyspace: 'ks', consistency: 'ALL' }).execute('INSERT INTO t (k, v) VALUES (?, ?)', ['x', 1]).catch(() => undefined);
      return sim.sleep('5ms');
    };
  })).toEqual(['coordinating a write', 'pause in force', 'write under way']);
});

test('a fault of the network meets what any server is doing, and a crashed node is down', async () => {
  expect(await met({ kind: 'loss', probability: 0.1 }, (sim) => {
    createRedis(sim, { replicas: 1 });
    sim.faults.crash('redis-2');
    return () => sim.sleep('1s');
  })).toEqual(['crash in force', 'down', 'no request', 'primary']);
});

test('watching changes nothing of a run', async () => {
  const story = scenario({
    name: 'watched', setup: (sim) => createDynamo(sim, { nodes: 3 }), plan: [{ at: '10ms', for: '1s', fault: { kind: 'isolate', node: 'd1' } }],
    workload: async (sim, dynamo) => {
      for (let i = 0; i < 10; i++) await dynamo.client({ name: `c${i}` }).put('x', String(i)).catch(() => undefined);
      await sim.sleep('2s');
    },
    check: () => ({ verdict: 'ok', model: 'none', witness: [], explanation: '', cost: { operations: 0, steps: 0 } }),
  }) as unknown as Scenario;
  const { digest, coverage } = await runScenario(story, { seed: 2 });
  expect(coverage).toContain('isolate × write under way');
  const sim = new Simulation({ seed: 2 });
  const dynamo = createDynamo(sim, { nodes: 3 });
  sim.faults.add([{ at: '10ms', for: '1s', fault: { kind: 'isolate', node: 'd1' } }]);
  await sim.run(async () => {
    for (let i = 0; i < 10; i++) await dynamo.client({ name: `c${i}` }).put('x', String(i)).catch(() => undefined);
    await sim.sleep('2s');
  });
  expect(sim.trace.digest).toBe(digest);
});

test('a tally counts the seeds that met a pair and keeps the first, in whatever order the parts come', () => {
  const statistics = { ok: 1, fail: 0, info: 0, open: 0, latency: [], versioned: 0, staleness: [] };
  const ran = (seed: number, coverage: readonly string[]): SeedResult => (
    { configuration: 'default', seed, verdict: 'ok', kinds: [], digest: '0123456789abcdef', events: 1, statistics, coverage }
  );
  const tally = (...results: readonly SeedResult[]): SweepTally => {
    const made = new SweepTally('default');
    for (const result of results) made.add(result);
    return made;
  };
  const [a, b, c] = [ran(1, ['crash × primary']), ran(2, ['crash × primary', 'crash × down']), ran(3, ['crash × down'])];
  const whole = tally(a, b, c).toJSON();
  expect(whole.coverage).toEqual({ 'crash × down': { seeds: 2, first: 2 }, 'crash × primary': { seeds: 2, first: 1 } });
  const parts = tally(c, b);
  parts.merge(tally(a).toJSON());
  expect(parts.toJSON()).toEqual(whole);
});
