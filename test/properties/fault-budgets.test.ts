/**
 * Each store under a nemesis that keeps to the store's own budget, with operators who change the cluster meanwhile: what the budget
 * promises holds. Beyond the budget it does not, and a sweep finds that. SPLITBRAIN_SEEDS=10000 runs it at full length.
 */
import { describe, expect, test } from 'vitest';
import { createCassandra } from '../../src/cassandra/index.ts';
import { checkLinearizability, checkSet, type Verdict } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { nemesis, type Faultable, type Simulation } from '../../src/index.ts';
import { createRedis } from '../../src/redis/index.ts';
import {
  cassandraClients, drawWorkload, dynamoClients, redisClients, runWorkload, scenario, sweepScenario, type Scenario, type Workload, type WorkloadClient,
} from '../../src/scenarios/index.ts';

const SEEDS = Number(globalThis.process.env['SPLITBRAIN_SEEDS'] ?? 20);

function story<Store extends Faultable>(name: string, setup: (sim: Simulation) => Store, clients: (sim: Simulation, store: Store, workload: Workload) => readonly WorkloadClient[]): Scenario {
  return scenario({
    name,
    configurations: { within: { expect: 'ok', settings: false }, beyond: { expect: 'violation', settings: true } },
    setup,
    plan: (sim, store, beyond) => nemesis({ seed: sim.seed, store, beyond, until: '3s', every: '400ms', length: '400ms' }),
    workload: {
      draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 4, operations: 80, keys: 2, thinkTime: '100ms' }),
      clients,
      async after(sim) {
        sim.heal();
        await sim.sleep('5s');
      },
    },
    check: (sim): Verdict => checkLinearizability(sim.history, { model: 'register' }),
  }) as unknown as Scenario;
}

const stories = [
  story('redis', (sim) => createRedis(sim, { replicas: 2, appendonly: true, appendfsync: 'always' }), (sim, redis, workload) => redisClients(sim, redis, workload, { timeout: '200ms' })),
  story('cassandra', (sim) => createCassandra(sim, { nodes: 4, commitlogSync: 'batch', requestTimeout: '1s', timestamps: 'coordinator' }), cassandraClients),
  story('dynamo', (sim) => createDynamo(sim, { sloppy: false, conflict: 'lww', readRepair: 'before-reply' }), (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload, { timeout: '300ms' })),
];

describe.each(stories.map((one) => [one.name, one] as const))('%s', (_, one) => {
  test('within its budget keeps what it promises', async () => {
    expect(await sweepScenario(one, { from: 1, count: SEEDS, configuration: 'within' })).toMatchObject({ violations: 0, unknown: 0 });
  }, 36_000_000);

  test('beyond it does not', async () => {
    expect((await sweepScenario(one, { from: 1, count: 40, configuration: 'beyond' })).violations).toBeGreaterThan(1);
  });
});

test('a Dynamo ring that machines join and leave, faults or not, loses no acknowledged element of a set', async () => {
  const sets = scenario({
    name: 'joins-and-leaves',
    setup: (sim) => createDynamo(sim, { versions: 'dotted' }),
    plan: (sim, store) => nemesis({ seed: sim.seed, store, operations: ['join', 'leave'], until: '3s', every: '400ms', length: '400ms' }),
    workload: {
      draw: (sim) => drawWorkload({ kind: 'set', seed: sim.seed, clients: 4, operations: 80, keys: 2, thinkTime: '100ms' }),
      clients: (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload, { timeout: '300ms' }),
      async after(sim, dynamo) {
        sim.heal();
        await sim.sleep('3m');
        const look: Workload = { kind: 'set', clients: [{ name: 'last', operations: [{ f: 'read', key: 'k1' }, { f: 'read', key: 'k2' }] }] };
        await runWorkload(sim, dynamoClients(sim, dynamo, look), look);
      },
    },
    check: (sim): Verdict => checkSet(sim.history),
  }) as unknown as Scenario;
  const met = new Set<string>();
  const result = await sweepScenario(sets, { from: 1, count: SEEDS, onSeed: (_, { coverage }) => { for (const pair of coverage) met.add(pair); } });
  expect(result).toMatchObject({ violations: 0, unknown: 0 });
  expect([...met]).toContain('operate × add under way');
}, 36_000_000);
