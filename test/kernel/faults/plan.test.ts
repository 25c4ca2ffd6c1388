import { readFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describePlan, FAULT_KINDS, formatPlan, nemesis, parsePlan, readPlan, Simulation, type FaultPlan } from '../../../src/index.ts';
import { planSchema } from '../../../src/kernel/faults/plan.ts';
import { echoes } from '../../support/cluster.ts';

const PLAN: FaultPlan = [
  { at: '2s', for: '10s', fault: { kind: 'partition', groups: [['n1'], ['n2', 'n3']] } },
  { at: 500, fault: { kind: 'crash', node: 'n2', how: 'process' } },
];

test('prints as JSON, one fault a line, and reads back the same', () => {
  expect(formatPlan(PLAN).split('\n')).toHaveLength(4);
  expect(parsePlan(formatPlan(PLAN))).toEqual(PLAN);
  fc.assert(fc.property(fc.nat(1000), (seed) => {
    const plan = nemesis({ seed, nodes: ['n1', 'n2', 'n3', 'n4', 'n5'], kinds: FAULT_KINDS });
    expect(parsePlan(formatPlan(plan))).toEqual(plan);
  }), { numRuns: 50 });
});

test('says itself in words, in the order of beginning', () => {
  expect(describePlan(PLAN)).toEqual(['at 500ms: crash n2 (process only)', 'at 2s for 10s: partition n1 | n2 n3']);
});

test.each<[string, unknown, string]>([
  ['not a list', {}, 'must be a list of { at, for, fault }'],
  ['no fault', [{ at: '1s' }], "entry 1: 'fault'"],
  ['unknown kind', [{ at: 0, fault: { kind: 'meteor' } }], "entry 1: unknown fault \"meteor\"; known are partition"],
  ['negative instant', [{ at: -1, fault: { kind: 'pause', node: 'n1' } }], "entry 1: 'at': must be a duration that is not negative"],
  ['negative length', [PLAN[0], { at: 1, for: '-2s', fault: { kind: 'pause', node: 'n1' } }], "entry 2: 'for': must be a duration that is not negative"],
  ['overlapping groups', [{ at: 0, fault: { kind: 'partition', groups: [['n1', 'n2'], ['n2']] } }], "'fault.groups': must be groups that share no node"],
  ['one group', [{ at: 0, fault: { kind: 'partition', groups: [['n1']] } }], "'fault.groups'"],
  ['probability', [{ at: 0, fault: { kind: 'loss', probability: 2 } }], "'fault.probability'"],
  ['misspelt field', [{ at: 0, fault: { kind: 'pause', node: 'n1', until: 3 } }], "'fault.until'"],
  ['an instant with a length', [{ at: 0, for: 1, fault: { kind: 'clock-jump', node: 'n1', by: '1s' } }], "'for' makes no sense: clock-jump happens in an instant"],
])('refuses %s in one line that names the place', (_, data, message) => {
  expect(() => readPlan(data)).toThrow(message);
  expect(() => readPlan(data)).toThrow(/^fault plan[^\n]+$/);
});

test('refuses text that is not JSON', () => {
  expect(() => parsePlan('[{', 'plan.json')).toThrow(/^plan\.json: not JSON: [^\n]+$/);
});

test('nothing of a plan is applied when a part of it is wrong', async () => {
  const sim = new Simulation();
  const [n1] = echoes(sim, 'n1');
  const plan: FaultPlan = [{ at: 0, fault: { kind: 'crash', node: 'n1' } }, { at: 0, fault: { kind: 'pause', node: 'n9' } }];
  expect(() => sim.faults.add(plan)).toThrow("fault plan: entry 2: there is no node 'n9'");
  await sim.advance('1s');
  expect([n1?.isUp, sim.faults.plan]).toEqual([true, []]);
});

test('the published schema is the one plans are read with', () => {
  const published: unknown = JSON.parse(readFileSync('src/kernel/faults/fault-plan.schema.json', 'utf8'));
  expect(published).toMatchObject(toJsonSchema(planSchema, { errorMode: 'ignore' }));
});
