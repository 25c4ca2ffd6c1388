/**
 * Transactions, locks, banks and siblings under random faults. Sweeps find what goes wrong where isolation is left out, a promotion
 * loses acknowledged writes, or a coordinator counts with one counter, and shrink it to a few steps; they find nothing where each store
 * promises that nothing goes wrong. SPLITBRAIN_SEEDS=10000 runs the clean ones at full length.
 */
import { describe, expect, test } from 'vitest';
import { createCassandra } from '../../src/cassandra/index.ts';
import { checkBank, checkLinearizability, checkLocks, checkTransactions, type Verdict } from '../../src/checkers/index.ts';
import { createDynamo, type DynamoOptions } from '../../src/dynamo/index.ts';
import { nemesis, type FaultKind, type NodeId, type Simulation } from '../../src/index.ts';
import { createRedis, type RedisOptions } from '../../src/redis/index.ts';
import {
  cassandraClients, countOperations, drawWorkload, dynamoClients, redisClients, scenario, shrinkCase, sweepScenario, type CassandraWorkloadOptions, type RedisWorkloadOptions, type Scenario,
  type TransactionStep, type Workload, type WorkloadClient, type WorkloadKind,
} from '../../src/scenarios/index.ts';

const SEEDS = Number(globalThis.process.env['SPLITBRAIN_SEEDS'] ?? 15);

type Check = (sim: Simulation) => Verdict;
type Built = { readonly nodes: readonly { readonly id: NodeId }[]; readonly clients: (workload: Workload) => readonly WorkloadClient[] };

interface Story {
  readonly kind: WorkloadKind;
  readonly build: (sim: Simulation) => Built;
  readonly faults: readonly FaultKind[];
  readonly check: Check;
  /** Whether one transaction both reads and changes. */
  readonly mixed?: boolean;
}

function story({ kind, build, faults, check, mixed = true }: Story): Scenario {
  return scenario({
    name: `sweep-${kind}`,
    setup: build,
    plan: (sim, { nodes }) => (faults.length === 0 ? [] : nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: faults, swarm: false, until: '2s', every: '300ms', length: '300ms', maxDown: 1 })),
    workload: {
      draw: (sim) => drawWorkload({ kind, seed: sim.seed, clients: 4, operations: 80, keys: 3, thinkTime: '30ms', transactions: { mixed } }),
      clients: (_, { clients }, workload) => clients(workload),
    },
    check,
  }) as unknown as Scenario;
}

const redis = (options: RedisOptions = {}, workloads: RedisWorkloadOptions = {}, failover = false) => (sim: Simulation): Built => {
  const deployment = createRedis(sim, options);
  const [, replica] = deployment.nodes;
  if (failover && replica !== undefined) sim.after('500ms', () => { if (replica.isUp) deployment.promote(replica); });
  return { nodes: deployment.nodes, clients: (workload) => redisClients(sim, deployment, workload, { timeout: '200ms', ...workloads }) };
};
const cassandra = (workloads: CassandraWorkloadOptions = {}) => (sim: Simulation): Built => {
  const cluster = createCassandra(sim, { commitlogSync: 'batch', requestTimeout: '1s' });
  return { nodes: cluster.nodes, clients: (workload) => cassandraClients(sim, cluster, workload, workloads) };
};
const dynamo = (options: DynamoOptions = {}) => (sim: Simulation): Built => {
  const store = createDynamo(sim, { nodes: 3, sloppy: false, readRepair: 'before-reply', conflict: 'siblings', ...options });
  // One coordinator holds every put before it answers it: what it reads never goes back.
  return { nodes: store.nodes, clients: (workload) => dynamoClients(sim, store, workload, { timeout: '300ms', coordinator: 'd1' }) };
};

const transactions: Check = (sim) => checkTransactions(sim.history);
const locks: Check = (sim) => checkLocks(sim.history);
const bank: Check = (sim) => checkBank(sim.history, { negativeBalances: true });
const items: Check = (sim) => checkLinearizability(sim.history, { model: 'dynamodb-item' });
const siblings: Check = (sim) => checkLinearizability(sim.history, { model: 'dynamo-siblings' });

const CUTS: readonly FaultKind[] = ['isolate', 'delay', 'loss'];
const NETWORK: readonly FaultKind[] = ['loss', 'delay', 'reorder', 'duplicate', 'isolate', 'pause'];
const TROUBLE: readonly FaultKind[] = ['crash', 'pause', 'isolate', 'partition', 'loss', 'delay', 'reorder'];

describe('found', () => {
  const alone: RedisWorkloadOptions = { isolated: false };
  test.each<readonly [string, Story, number]>([
    ['Redis: commands of a transaction one after the other', { kind: 'list-append', build: redis({}, alone), faults: [], check: transactions }, 3],
    ['Redis: the same over registers', { kind: 'rw-register', build: redis({}, alone), faults: [], check: transactions }, 3],
    ['Redis: transactions across a failover', { kind: 'list-append', build: redis({ replicas: 1 }, {}, true), faults: CUTS, check: transactions }, 4],
    ['Redis: WATCH across a failover', { kind: 'rw-register', build: redis({ replicas: 1 }, { watch: true }, true), faults: CUTS, check: transactions }, 4],
    ['Redis: a lock across a failover', { kind: 'lock', build: redis({ replicas: 1 }, {}, true), faults: CUTS, check: locks }, 2],
    ['Redis: an item across a failover', { kind: 'item', build: redis({ replicas: 1 }, {}, true), faults: CUTS, check: items }, 3],
    ['Cassandra: batches at ONE', { kind: 'rw-register', build: cassandra({ isolated: false, consistency: 'ONE' }), faults: CUTS, check: transactions, mixed: false }, 4],
    ['Cassandra: balances read and written back', { kind: 'bank', build: cassandra({ isolated: false }), faults: [], check: bank }, 5],
    ['Dynamo: siblings told apart by one counter a coordinator', { kind: 'siblings', build: dynamo({ versions: 'vector-clock' }), faults: [], check: siblings }, 4],
  ])('%s: by a sweep, and shrunk to what a person can read', async (_, one, most) => {
    const it = story(one);
    const { violations, firstFailure } = await sweepScenario(it, { from: 1, count: 20 });
    expect(violations).toBeGreaterThan(2);
    const { result } = await shrinkCase(it, { seed: firstFailure ?? 0, budget: 600 });
    expect(result.verdict).toBe('violation');
    expect(countOperations(result.workload ?? { kind: one.kind, clients: [] })).toBeLessThanOrEqual(most);
    expect(result.plan.length).toBeLessThanOrEqual(1);
    // Of transactions the steps go too, not only whole ones.
    const steps = result.workload?.clients.flatMap(({ operations }) => operations.flatMap(({ f, value }) => (f === 'txn' ? value as readonly TransactionStep[] : []))) ?? [];
    expect(steps.length).toBeLessThanOrEqual(6);
  });
});

describe('clean', () => {
  test.each<readonly [string, Story]>([
    ['Redis: MULTI over lists', { kind: 'list-append', build: redis(), faults: NETWORK, check: transactions }],
    ['Redis: MULTI over registers, synced always', { kind: 'rw-register', build: redis({ appendonly: true, appendfsync: 'always' }), faults: [...NETWORK, 'crash'], check: transactions }],
    ['Redis: WATCH over lists', { kind: 'list-append', build: redis({}, { watch: true }), faults: NETWORK, check: transactions }],
    ['Redis: a lock of one primary', { kind: 'lock', build: redis(), faults: NETWORK, check: locks }],
    ['Redis: items under conditions', { kind: 'item', build: redis(), faults: NETWORK, check: items }],
    ['Cassandra: lightweight transactions over lists', { kind: 'list-append', build: cassandra(), faults: TROUBLE, check: transactions, mixed: false }],
    ['Cassandra: lightweight transactions over registers', { kind: 'rw-register', build: cassandra(), faults: [...TROUBLE, 'clock-skew'], check: transactions, mixed: false }],
    ['Cassandra: a bank', { kind: 'bank', build: cassandra(), faults: TROUBLE, check: bank }],
    ['Cassandra: a lock', { kind: 'lock', build: cassandra(), faults: TROUBLE, check: locks }],
    ['Dynamo: siblings with dotted version vectors', { kind: 'siblings', build: dynamo({ versions: 'dotted' }), faults: TROUBLE, check: siblings }],
  ])('%s: no seed violates', async (_, one) => {
    expect(await sweepScenario(story(one), { from: 1, count: SEEDS })).toMatchObject({ violations: 0, unknown: 0 });
  }, 3_600_000);
});
