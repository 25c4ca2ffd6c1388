/**
 * Dynamo under random faults, from scenarios. Sweeps find what small quorums, sloppy quorums, last-write-wins and reads that do not
 * write back let through; they find nothing where the documentation promises that nothing goes wrong: strict quorums with
 * R + W > N, judged by the checker that fits. SPLITBRAIN_SEEDS=10000 runs the clean ones at full length. Hints that are
 * dropped, planted, are found and shrunk in `test/scenarios/shrink.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import { checkLinearizability, checkSessionGuarantees, checkSet, type Verdict } from '../../src/checkers/index.ts';
import { createDynamo, type DynamoOptions } from '../../src/dynamo/index.ts';
import { delay, nemesis, pass, sampler, type FaultKind, type Simulation } from '../../src/index.ts';
import { countOperations, drawWorkload, runWorkload, dynamoClients, scenario, shrinkCase, sweepScenario, type Scenario, type Workload } from '../../src/scenarios/index.ts';

const SEEDS = Number(globalThis.process.env['SPLITBRAIN_SEEDS'] ?? 60);

interface Story {
  readonly kind?: 'register' | 'set';
  readonly dynamo: DynamoOptions;
  readonly faults: readonly FaultKind[];
  readonly check: (sim: Simulation) => Verdict;
  /** Writes wait for a disk as slow as LinkedIn's (Bailis et al., VLDB 2012), reads do not. */
  readonly slowWrites?: boolean;
}

function story(name: string, { kind = 'register', dynamo: options, faults, check, slowWrites = false }: Story): Scenario {
  return scenario({
    name,
    ...(slowWrites ? { simulation: { topology: { sameZone: 'LNKD-SSD' } } } : {}),
    setup: (sim) => createDynamo(sim, { nodes: 5, ...options }),
    plan: (sim, { nodes }) => (faults.length === 0 ? [] : nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: faults, swarm: false, until: '3s', every: '300ms', length: '600ms' })),
    workload: {
      draw: (sim) => drawWorkload({ kind, seed: sim.seed, clients: 4, operations: 80, keys: 2, ...(slowWrites ? { keys: 1, reads: 0.85, operations: 90, thinkTime: '3ms' } : { thinkTime: '100ms' }) }),
      clients(sim, dynamo, workload) {
        if (slowWrites) {
          const random = sim.random.fork('disks');
          const disk = sampler('LNKD-DISK-WRITE');
          sim.network.rule(({ message }) => (message.type === 'write' ? delay(disk(random) / 1000) : pass));
        }
        return dynamoClients(sim, dynamo, workload, { timeout: '300ms' });
      },
      async after(sim, dynamo) {
        sim.heal();
        if (kind === 'register') return;
        await sim.sleep('60s');
        // A last look at what is there.
        const look: Workload = { kind, clients: [{ name: 'last', operations: [{ f: 'read', key: 'k1' }, { f: 'read', key: 'k2' }] }] };
        await runWorkload(sim, dynamoClients(sim, dynamo, look), look);
      },
    },
    check,
  }) as unknown as Scenario;
}

const linearizable = (sim: Simulation): Verdict => checkLinearizability(sim.history, { model: 'register' });
const ownWrites = (sim: Simulation): Verdict => checkSessionGuarantees(sim.history, { guarantees: ['read your writes'] });
const complete = (sim: Simulation): Verdict => checkSet(sim.history);

const TROUBLE: readonly FaultKind[] = ['partition', 'isolate', 'cut', 'loss', 'duplicate', 'reorder', 'delay', 'crash', 'pause', 'disk-slow'];

describe('found', () => {
  const found = [
    story('one-answer', { dynamo: { r: 1, w: 1, conflict: 'lww', sloppy: false }, faults: ['isolate', 'delay'], check: linearizable }),
    story('sloppy-quorum', { dynamo: { conflict: 'lww' }, faults: ['isolate', 'partition', 'pause'], check: ownWrites }),
    story('last-write-wins', { kind: 'set', dynamo: { conflict: 'lww', sloppy: false }, faults: ['delay'], check: complete }),
    // Two clients behind one coordinator: its counter says that the second had seen the first.
    story('vector-clocks', { kind: 'set', dynamo: { conflict: 'siblings', versions: 'vector-clock', sloppy: false }, faults: ['delay'], check: complete }),
    story('clocks', { dynamo: { conflict: 'lww', sloppy: false, readRepair: 'before-reply' }, faults: ['clock-skew'], check: linearizable }),
  ];
  test.each(found.map((one) => [one.name, one] as const))('%s: by a sweep, and shrunk to a few operations', async (_, one) => {
    const { violations, firstFailure } = await sweepScenario(one, { from: 1, count: 40 });
    expect(violations).toBeGreaterThan(2);
    const { result } = await shrinkCase(one, { seed: firstFailure ?? 0, budget: 600 });
    expect(countOperations(result.workload ?? { kind: 'register', clients: [] })).toBeLessThanOrEqual(10);
    expect(result.plan.length).toBeLessThanOrEqual(2);
  });

  test('a quorum with last-write-wins and no read repair is not linearizable, in two thirds of seeds, without any fault', async () => {
    const options: DynamoOptions = { nodes: 3, n: 3, r: 2, w: 2, sloppy: false, conflict: 'lww' };
    const quorum = (readRepair: 'none' | 'before-reply'): Scenario => story(readRepair, { dynamo: { ...options, readRepair }, faults: [], slowWrites: true, check: linearizable });
    const { violations } = await sweepScenario(quorum('none'), { from: 1, count: 200 });
    expect(violations).toBeGreaterThan(110);
    expect(violations).toBeLessThan(160);
    expect(await sweepScenario(quorum('before-reply'), { from: 1, count: 200 })).toMatchObject({ violations: 0, unknown: 0 });
  });
});

describe('clean', () => {
  const clean = [
    story('strict-quorum', { dynamo: { conflict: 'lww', sloppy: false, readRepair: 'before-reply' }, faults: TROUBLE, check: linearizable }),
    story('own-writes', { dynamo: { conflict: 'lww', sloppy: false, readRepair: 'none' }, faults: TROUBLE, check: ownWrites }),
    story('primary-quorums', { dynamo: { conflict: 'lww', pr: 2, pw: 2 }, faults: TROUBLE, check: ownWrites }),
    story('siblings', { kind: 'set', dynamo: { conflict: 'siblings', versions: 'dotted', sloppy: false }, faults: [...TROUBLE, 'clock-skew', 'clock-jump'], check: complete }),
  ];
  test.each(clean.map((one) => [one.name, one] as const))('%s: no seed violates', async (_, one) => {
    const result = await sweepScenario(one, { from: 1, count: SEEDS });
    expect(result).toMatchObject({ violations: 0, unknown: 0 });
  }, 36_000_000);
});
