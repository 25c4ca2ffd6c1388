/**
 * Cassandra under random faults, from scenarios. Sweeps find what levels, clocks and read repair let through; they find nothing where
 * lightweight transactions, or QUORUM with blocking read repair and clocks that agree, promise that nothing goes wrong.
 * SPLITBRAIN_SEEDS=10000 runs the clean ones at full length. Repairs that are never sent, planted, are found and shrunk.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCassandra, type CassandraOptions, type ConsistencyLevel } from '../../src/cassandra/index.ts';
import { Replicas } from '../../src/cassandra/coordinator/replicas.ts';
import { checkCounter, checkLinearizability, checkSet, type Verdict } from '../../src/checkers/index.ts';
import { nemesis, type FaultKind, type Simulation } from '../../src/index.ts';
import { cassandraClients, countOperations, drawWorkload, runScenario, runWorkload, scenario, shrinkCase, sweepScenario, type Scenario, type Workload, type WorkloadKind } from '../../src/scenarios/index.ts';

const SEEDS = Number(globalThis.process.env['SPLITBRAIN_SEEDS'] ?? 15);

interface Story {
  readonly kind?: WorkloadKind;
  readonly cassandra?: CassandraOptions;
  readonly consistency?: ConsistencyLevel;
  readonly readRepair?: 'NONE' | 'BLOCKING';
  readonly faults: readonly FaultKind[];
  readonly maxDown?: number;
  readonly check: (sim: Simulation) => Verdict;
}

function story(name: string, { kind = 'register', cassandra: options = {}, consistency = 'QUORUM', readRepair = 'BLOCKING', faults, maxDown = 1, check }: Story): Scenario {
  return scenario({
    name,
    setup(sim) {
      const cassandra = createCassandra(sim, { commitlogSync: 'batch', requestTimeout: '1s', ...options });
      if (kind === 'register') {
        cassandra.schema(`CREATE KEYSPACE workload WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; CREATE TABLE workload.t (k text PRIMARY KEY, v text) WITH read_repair = '${readRepair}';`);
      }
      return cassandra;
    },
    plan: (sim, { nodes }) => nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: faults, swarm: false, until: '3s', every: '400ms', length: '400ms', maxDown }),
    workload: {
      draw: (sim) => drawWorkload({ kind, seed: sim.seed, clients: 4, operations: 80, keys: 2, thinkTime: '100ms', ...(kind === 'set' || kind === 'counter' ? { reads: 0.3 } : {}) }),
      clients: (sim, cassandra, workload) => cassandraClients(sim, cassandra, workload, { consistency }),
      async after(sim, cassandra) {
        sim.heal();
        if (kind === 'register' || kind === 'cas') return;
        await sim.sleep('20s');
        // A last look at what is there.
        const look: Workload = { kind, clients: [{ name: 'last', operations: [{ f: 'read', key: 'k1' }, { f: 'read', key: 'k2' }] }] };
        await runWorkload(sim, cassandraClients(sim, cassandra, look, { consistency }), look);
      },
    },
    check,
  }) as unknown as Scenario;
}

const linearizable = (sim: Simulation): Verdict => checkLinearizability(sim.history, { model: 'register' });
const transactions = (sim: Simulation): Verdict => checkLinearizability(sim.history, { model: 'cas-register' });
const complete = (sim: Simulation): Verdict => checkSet(sim.history);

const TROUBLE: readonly FaultKind[] = ['crash', 'pause', 'isolate', 'partition', 'loss', 'delay', 'reorder', 'disk-slow'];

describe('found', () => {
  const found = [
    story('level-one', { consistency: 'ONE', faults: ['isolate', 'delay'], check: linearizable }),
    story('clocks', { cassandra: { timestamps: 'coordinator' }, faults: ['clock-skew'], check: linearizable }),
    story('no-read-repair', { readRepair: 'NONE', cassandra: { hintedHandoffEnabled: false }, faults: ['isolate', 'pause', 'loss'], check: linearizable }),
    story('lost-log', { kind: 'set', cassandra: { commitlogSync: 'periodic' }, consistency: 'ONE', faults: ['crash'], check: complete }),
  ];
  test.each(found.map((one) => [one.name, one] as const))('%s: by a sweep', async (_, one) => {
    expect((await sweepScenario(one, { from: 1, count: 20 })).violations).toBeGreaterThan(0);
  });
});

describe('a planted bug', () => {
  afterEach(() => { vi.restoreAllMocks(); });

  test('a coordinator that answers and never sends the repairs of its read: found by a sweep, and shrunk to what a person can read', async () => {
    const one = story('repairs-dropped', { cassandra: { hintedHandoffEnabled: false }, faults: ['isolate', 'pause', 'loss'], check: linearizable });
    expect(await sweepScenario(one, { from: 1, count: 30 })).toMatchObject({ violations: 0, unknown: 0 });
    vi.spyOn(Replicas.prototype, 'apply').mockImplementation(function forgetful(this: Replicas, replica, type, id, mutation, timeout, done) {
      if (type === 'READ_REPAIR_REQ') done();
      else this.send(replica, type, id, mutation, timeout);
      return true;
    });
    const { violations, firstFailure } = await sweepScenario(one, { from: 1, count: 60 });
    expect(violations).toBeGreaterThan(1);
    const { result } = await shrinkCase(one, { seed: firstFailure ?? 0, budget: 800 });
    expect(result.verdict).toBe('violation');
    expect(countOperations(result.workload ?? { kind: 'register', clients: [] })).toBeLessThanOrEqual(8);
    expect(result.plan.length).toBeLessThanOrEqual(2);
  });
});

describe('clean', () => {
  const clean = [
    story('transactions-v1', { kind: 'cas', faults: [...TROUBLE, 'clock-skew', 'clock-jump'], maxDown: 2, check: transactions }),
    story('transactions-v2', { kind: 'cas', cassandra: { paxosVariant: 'v2' }, faults: [...TROUBLE, 'clock-skew', 'clock-jump'], maxDown: 2, check: transactions }),
    story('quorum', { faults: TROUBLE, check: linearizable }),
    story('sets', { kind: 'set', faults: TROUBLE, check: complete }),
    story('counters', { kind: 'counter', faults: TROUBLE, check: (sim) => checkCounter(sim.history) }),
  ];
  test.each([57, 290, 374])('transactions, seed %i: two proposers that would meet at one microsecond do not', async (seed) => {
    for (const one of clean.slice(0, 2)) expect((await runScenario(one, { seed })).verdict).toBe('ok');
  });

  test.each(clean.map((one) => [one.name, one] as const))('%s: no seed violates', async (_, one) => {
    const result = await sweepScenario(one, { from: 1, count: SEEDS });
    expect(result).toMatchObject({ violations: 0, unknown: 0 });
  }, 36_000_000);
});
