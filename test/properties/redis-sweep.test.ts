/**
 * Redis under random faults. Three sweeps find what asynchronous replication, a replica's reads and a lazy disk may lose, from
 * nothing but a scenario; three find nothing where the documentation promises that nothing is lost. SPLITBRAIN_SEEDS=10000 runs
 * the clean ones at full length.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { checkLinearizability, checkSessionGuarantees, checkSet, type Verdict } from '../../src/checkers/index.ts';
import { nemesis, type FaultKind, type HistoryEntry, type SimulatedNode, type Simulation } from '../../src/index.ts';
import { createRedis, type RedisDeployment } from '../../src/redis/index.ts';
import { Replicas } from '../../src/redis/replication/replicas.ts';
import {
  countOperations, drawWorkload, redisClients, runWorkload, scenario, shrinkCase, sweepScenario, type Scenario, type Workload, type WorkloadClient,
} from '../../src/scenarios/index.ts';

const SEEDS = Number(globalThis.process.env['SPLITBRAIN_SEEDS'] ?? 60);

interface Story {
  readonly kind?: 'register' | 'set' | 'counter' | 'cas';
  readonly redis: Parameters<typeof createRedis>[1];
  readonly faults: readonly FaultKind[];
  /** Which nodes clients read and write. */
  readonly node?: 'primary' | 'replica';
  readonly check: (sim: Simulation) => Verdict;
  /** The first replica is promoted in the middle of it. */
  readonly failover?: boolean;
}

function story(name: string, { kind = 'register', redis: options = {}, faults, check, failover = false, node = 'primary' }: Story): Scenario {
  return scenario({
    name,
    setup: (sim): RedisDeployment => createRedis(sim, options),
    plan: (sim, redis) => nemesis({ seed: sim.seed, nodes: redis.nodes.map(({ id }) => id), kinds: faults, swarm: false, until: '2s', every: '300ms', length: '300ms', maxDown: 1 }),
    workload: {
      draw: (sim) => drawWorkload({ kind, seed: sim.seed, clients: 4, operations: 80, keys: 2, thinkTime: '100ms' }),
      clients(sim, redis, workload) {
        const [, replica] = redis.nodes;
        if (failover && replica !== undefined) sim.after('1s', () => { if (replica.isUp) redis.promote(replica); });
        const writers = redisClients(sim, redis, workload, { timeout: '200ms' });
        if (node === 'primary') return writers;
        const names = { ...workload, clients: workload.clients.map((client) => ({ ...client, name: `${client.name}-reads` })) };
        const readers = redisClients(sim, redis, names, { timeout: '200ms', node: 'replica' });
        return writers.map((writer, at) => ({ ...writer, perform: (operation, done) => ((operation.f === 'read' ? readers[at] : undefined) ?? writer).perform(operation, done) }));
      },
      async after(sim) {
        sim.heal();
        await sim.sleep('5s');
      },
    },
    check,
  }) as unknown as Scenario;
}

const linearizable = (sim: Simulation): Verdict => checkLinearizability(sim.history, { model: 'register' });

/** A client that reads from a replica goes by two names on the network, and is one. */
const oneClient = (sim: Simulation): HistoryEntry[] => sim.history.entries.map((entry) => ({ ...entry, process: String(entry.process).replace(/-reads$/, '') }));

const NETWORK: readonly FaultKind[] = ['loss', 'delay', 'reorder', 'duplicate', 'isolate', 'pause'];

describe('found', () => {
  const found = [
    story('failover', { redis: { replicas: 1 }, faults: ['isolate', 'delay', 'loss'], failover: true, check: linearizable }),
    story('replica-reads', { redis: { replicas: 1 }, faults: ['isolate', 'delay'], node: 'replica', check: (sim) => checkSessionGuarantees(oneClient(sim), { guarantees: ['read your writes'] }) }),
    story('everysec', { redis: { appendonly: true, appendfsync: 'everysec' }, faults: ['crash'], check: linearizable }),
  ];
  test.each(found.map((one) => [one.name, one] as const))('%s: by a sweep, and shrunk to a few operations', async (_, one) => {
    const { violations, firstFailure } = await sweepScenario(one, { from: 1, count: 40 });
    expect(violations).toBeGreaterThan(2);
    const { result } = await shrinkCase(one, { seed: firstFailure ?? 0, budget: 600 });
    expect(result.workload?.clients.flatMap(({ operations }) => operations).length).toBeLessThanOrEqual(6);
    expect(result.plan.length).toBeLessThanOrEqual(2);
  });
});

/** Sets whose elements are acknowledged when a replica has them: SADD, then WAIT. */
const waiting = scenario({
  name: 'waiting',
  setup: (sim): RedisDeployment => createRedis(sim, { replicas: 1 }),
  plan: (sim, { nodes }) => nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: ['isolate', 'delay', 'loss'], swarm: false, until: '2s', every: '300ms', length: '300ms' }),
  workload: {
    draw: (sim) => drawWorkload({ kind: 'set', seed: sim.seed, clients: 4, operations: 80, keys: 2, reads: 0, thinkTime: '100ms' }),
    clients(sim, redis, workload): readonly WorkloadClient[] {
      const [first, replica] = redis.nodes as readonly [SimulatedNode, SimulatedNode];
      let primary = first;
      sim.after('1s', () => {
        primary = replica;
        redis.promote(replica);
      });
      return workload.clients.map(({ name }) => {
        const client = redis.client({ name, timeout: '300ms', record: false });
        const add = async (key: string, value: number, done: () => void): Promise<void> => {
          // Both to one server: another one has no write of this client to wait for, and says so at once.
          const connection = client.from(primary);
          const call = sim.history.invoke(name, 'add', key, value);
          try {
            await connection.command('SADD', key, value);
          } catch (error) {
            sim.history.failed(call, error);
            return done();
          }
          // It is written; what becomes of it is open until a replica has it.
          const reached = await connection.wait(1, '200ms').catch(() => 0);
          if (reached >= 1) sim.history.ok(call);
          else sim.history.info(call, { error: 'NOT_REPLICATED' });
          done();
        };
        return { id: name, style: 'promises', perform: ({ key, value }, done) => { void add(key, Number(value), done); } };
      });
    },
    async after(sim, redis) {
      sim.heal();
      await sim.sleep('5s');
      const look: Workload = { kind: 'set', clients: [{ name: 'last', operations: [{ f: 'read', key: 'k1' }, { f: 'read', key: 'k2' }] }] };
      await runWorkload(sim, redisClients(sim, redis, look), look);
    },
  },
  check: (sim) => checkSet(sim.history),
}) as unknown as Scenario;

describe('a planted bug', () => {
  afterEach(() => { vi.restoreAllMocks(); });

  test('a WAIT that counts replicas which have not acknowledged: found by a sweep, and shrunk to what a person can read', async () => {
    expect(await sweepScenario(waiting, { from: 1, count: 60 })).toMatchObject({ violations: 0, unknown: 0 });
    vi.spyOn(Replicas.prototype, 'countAt').mockImplementation(function all(this: Replicas) {
      return this.list().length;
    });
    const { violations, firstFailure } = await sweepScenario(waiting, { from: 1, count: 60 });
    expect(violations).toBeGreaterThan(2);
    const { result } = await shrinkCase(waiting, { seed: firstFailure ?? 0, budget: 600 });
    expect(result.verdict).toBe('violation');
    expect(countOperations(result.workload ?? { kind: 'set', clients: [] })).toBeLessThanOrEqual(2);
    expect(result.plan.length).toBeLessThanOrEqual(1);
  });
});

describe('clean', () => {
  const clean = [
    story('single-primary', { redis: {}, faults: NETWORK, check: linearizable }),
    story('always', { redis: { appendonly: true, appendfsync: 'always' }, faults: [...NETWORK, 'crash'], check: linearizable }),
    story('compare-and-set', { kind: 'cas', redis: {}, faults: NETWORK, check: (sim) => checkLinearizability(sim.history, { model: 'cas-register' }) }),
  ];
  test.each(clean.map((one) => [one.name, one] as const))('%s: no seed violates', async (_, one) => {
    expect(await sweepScenario(one, { from: 1, count: SEEDS })).toMatchObject({ violations: 0, unknown: 0 });
  }, 3_600_000);
});
