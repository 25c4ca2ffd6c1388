import { expect, test } from 'vitest';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { exploreScenario, scenario } from '../../src/scenarios/index.ts';

/** A write, then a read through another node, a second later. */
const story = scenario({
  name: 'write-then-read',
  configurations: {
    one: { expect: 'violation', settings: { r: 1, w: 1 } },
    quorum: { expect: 'ok', settings: { r: 2, w: 2 } },
  },
  setup: (sim, settings) => {
    const dynamo = createDynamo(sim, { nodes: 3, sloppy: false, conflict: 'lww', readRepair: 'none', antiEntropy: false, ...settings });
    return [dynamo.client({ name: 'a', coordinator: 'd1' }), dynamo.client({ name: 'b', coordinator: 'd2' })] as const;
  },
  async workload(sim, [a, b]) {
    await sim.sleep('1s');
    await a.put('k', 'v').catch(() => undefined);
    await sim.sleep('1s');
    await b.get('k').catch(() => undefined);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});

test('every plan is run, those of fewer faults first, and the first that violates is kept', async () => {
  const explored = await exploreScenario(story, { configuration: 'one', faults: 2, kinds: ['isolate', 'partition'], instants: 2, length: '2s' });
  // 2 instants, 3 servers and 3 ways to part them: 12 faults, and the pairs of them.
  expect(explored.plans).toBe(1 + 12 + 66);
  expect(explored.runs).toBe(79);
  expect(explored.violations).toBeGreaterThan(0);
  expect(explored.first?.plan).toHaveLength(1);
  expect(explored.first?.verdict).toBe('violation');
});

test('a configuration that is safe under every plan is shown to be', async () => {
  expect(await exploreScenario(story, { configuration: 'quorum', faults: 2, instants: 2, kinds: ['isolate', 'partition'], length: '2s' })).toMatchObject({ violations: 0, unknown: 0, runs: 79 });
});

test('more plans than the limit are not run, and said so; wrong options are refused by name', async () => {
  expect(await exploreScenario(story, { configuration: 'one', faults: 2, limit: 5 })).toMatchObject({ runs: 5, plans: 1 + 24 + 276 });
  await expect(exploreScenario(story, { faults: -1 })).rejects.toThrow('faults must be a whole number from 0, got -1');
  await expect(exploreScenario(story, { kinds: ['flood' as never] })).rejects.toThrow("kinds must be of crash, pause, isolate, partition, got 'flood'");
});

test('a workload that a store refuses and that does not expect it proves nothing, and is counted apart', async () => {
  const careless = scenario({ ...story, async workload(sim, [a]) { await sim.sleep('1s'); await a.put('k', 'v'); } });
  expect(await exploreScenario(careless, { configuration: 'quorum', kinds: ['isolate'], instants: 1, length: '5s' })).toMatchObject({ runs: 4, abandoned: 1, violations: 0 });
});
