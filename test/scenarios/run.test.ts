import { expect, test } from 'vitest';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import type { FaultPlan } from '../../src/index.ts';
import { caseOf, formatCase, isScenario, parseCase, runScenario, scenario, sweepScenario } from '../../src/scenarios/index.ts';

const PLAN: FaultPlan = [{ at: '10ms', for: '100ms', fault: { kind: 'partition', groups: [['d1'], ['d2', 'd3']] } }];

const stale = scenario({
  name: 'stale',
  configurations: {
    one: { expect: 'violation', settings: { r: 1, w: 1 } },
    quorum: { expect: 'ok', settings: { r: 2, w: 2 } },
  },
  setup: (sim, { r, w }) => createDynamo(sim, { nodes: 3, r, w, sloppy: false, readRepair: 'none' }),
  plan: PLAN,
  async workload(sim, dynamo) {
    const writer = dynamo.client({ name: 'writer', coordinator: 'd1' });
    const reader = dynamo.client({ name: 'reader', coordinator: 'd2' });
    await writer.put('x', '1');
    await sim.sleep('50ms');
    await writer.put('x', '2').catch(() => undefined);
    await reader.get('x').catch(() => undefined);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});

test('a run is a function of scenario, configuration, seed and plan', async () => {
  const first = await runScenario(stale, { seed: 3 });
  expect(first).toMatchObject({ scenario: 'stale', configuration: 'one', seed: 3, verdict: 'violation', plan: PLAN });
  expect((await runScenario(stale, { seed: 3, trace: 'digest' })).digest).toBe(first.digest);
  expect((await runScenario(stale, { seed: 4 })).digest).not.toBe(first.digest);
  expect((await runScenario(stale, { seed: 3, configuration: 'quorum' })).verdict).toBe('ok');
});

test("a plan given to the run replaces the scenario's own", async () => {
  expect(await runScenario(stale, { plan: [] })).toMatchObject({ verdict: 'ok', plan: [] });
  await expect(runScenario(stale, { plan: [{ at: 0, fault: { kind: 'pause', node: 'd9' } }] })).rejects.toThrow("there is no node 'd9'");
});

test('a sweep counts the seeds that violate and names the first', async () => {
  const seen: number[] = [];
  const result = await sweepScenario(stale, { from: 5, count: 10, onSeed: (seed) => seen.push(seed) });
  expect(result).toEqual({ scenario: 'stale', configuration: 'one', seeds: 10, violations: 10, unknown: 0, firstFailure: 5, perThousand: 1000 });
  expect(seen).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

test('a case is under 2 kB and gives the same run back', async () => {
  const result = await runScenario(stale, { seed: 9 });
  const text = formatCase(caseOf(result, 'stale.ts'));
  expect(text.length).toBeLessThan(2000);
  const { seed, plan, configuration, digest } = parseCase(text);
  expect((await runScenario(stale, { seed, plan, configuration })).digest).toBe(digest);
});

test.each([
  ['{', /^case\.json: not JSON/],
  ['{}', /^case\.json: 'version'/],
  [JSON.stringify({ version: 1, scenario: 'a.ts', configuration: 'c', seed: -1, plan: [], digest: '0123456789abcdef' }), /^case\.json: 'seed'/],
  [JSON.stringify({ version: 1, scenario: 'a.ts', configuration: 'c', seed: 1, plan: [{}], digest: '0123456789abcdef' }), /^case\.json: plan: entry 1/],
  [JSON.stringify({ version: 1, scenario: 'a.ts', configuration: 'c', seed: 1, plan: [], digest: 'x' }), /^case\.json: 'digest': expected 16/],
])('refuses the case %s in one line', (text, message) => {
  expect(() => parseCase(text, 'case.json')).toThrow(message);
});

test('a scenario says what it lacks', () => {
  const parts = { setup: () => undefined, workload: async () => undefined, check: () => [] };
  expect(() => scenario({ ...parts, name: 'Bad Name' })).toThrow("lower-case words with hyphens, got 'Bad Name'");
  expect(() => scenario({ ...parts, name: 'x', check: undefined as never })).toThrow("scenario 'x' needs a function 'check'");
  expect(() => scenario({ ...parts, name: 'x', plan: [{ at: -1, fault: { kind: 'pause', node: 'a' } }] })).toThrow("scenario 'x': plan: entry 1: 'at'");
  expect(() => scenario({ ...parts, name: 'x', configurations: {} })).toThrow("scenario 'x' has no configuration");
  expect([isScenario(scenario({ ...parts, name: 'x' })), isScenario({ ...parts, name: 'x' })]).toEqual([true, false]);
});

test('an unknown configuration is refused with those there are', async () => {
  await expect(runScenario(stale, { configuration: 'three' })).rejects.toThrow("scenario 'stale' has no configuration 'three'; it has one, quorum");
  await expect(runScenario(stale, { configuration: 'toString' })).rejects.toThrow('has no configuration');
});
