import { expect, test } from 'vitest';
import { createDynamo } from '../../src/dynamo/index.ts';
import { Simulation } from '../../src/index.ts';
import { assertCausal, assertConverged, assertLinearizable, assertNoLostWrites, assertSequential, assertSession, assertStaleBy, assertVerdict, expectCausal, ExpectationError, expectLinearizable, expectSequential } from '../../src/testing/index.ts';

/** A read that misses an acknowledged write: R + W = N on two replicas that a cut parts. */
async function stale(): Promise<Simulation> {
  const sim = new Simulation({ seed: 5 });
  const dynamo = createDynamo(sim, { nodes: 2, n: 2, r: 1, w: 1, sloppy: false, conflict: 'lww', readRepair: 'none' });
  const [a, b] = [dynamo.client({ name: 'a', coordinator: 'd1' }), dynamo.client({ name: 'b', coordinator: 'd2' })];
  await sim.run(async () => {
    sim.faults.partition(['d1'], ['d2']);
    await a.put('k', 'new');
    await sim.sleep('10ms');
    await b.get('k');
    await a.get('k');
  });
  return sim;
}

function messageOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    if (error instanceof ExpectationError) return error.message;
  }
  return 'it passed';
}

test('a broken promise is told with its witness, the picture of the run, and its seed', async () => {
  const sim = await stale();
  const told = messageOf(() => { assertLinearizable(sim, { model: 'register' }); });
  expect(told).toContain('violation');
  expect(told).toContain('1. a wrote k="new"');
  expect(told).toContain('2. b read k=null');
  // The sentence once, the picture below it.
  expect(told.match(/violation \(register\)/g)).toHaveLength(1);
  expect(told).toMatch(/^d1 +─+①/m);
  expect(told).toContain('seed 5');
  expect(told.split('\n').length).toBeGreaterThan(8);
});

test('what is kept passes: two clients that never saw each other are sequential, causal, and true to themselves', async () => {
  const sim = await stale();
  expect(expectSequential(sim).pass).toBe(true);
  expect(expectCausal(sim).pass).toBe(true);
  expect(() => { assertSession(sim); }).not.toThrow();
  expect(() => { assertSession(sim, 'read your writes'); }).not.toThrow();
  expect(() => { assertNoLostWrites(sim); }).not.toThrow();
  expect(() => { assertStaleBy(sim, { k: 2 }); }).not.toThrow();
  expect(() => { assertStaleBy(sim, { k: 1 }); }).toThrow(ExpectationError);
});

test('replicas that differ are named', () => {
  const held = (value: string): { node: string; key: string; value: string }[] => [{ node: 'd1', key: 'k', value: 'x' }, { node: 'd2', key: 'k', value }];
  expect(() => { assertConverged(held('x')); }).not.toThrow();
  expect(() => { assertConverged(held('y')); }).toThrow(/d1.*d2|convergence/s);
});

test('any verdict may be required, several at once; unknown is not ok', async () => {
  const sim = await stale();
  const kept = expectSequential(sim).verdict;
  expect(() => { assertVerdict([kept, expectCausal(sim).verdict], sim); }).not.toThrow();
  const verdict = expectLinearizable(sim, { model: 'register' }).verdict;
  expect(() => { assertVerdict([kept, verdict], sim); }).toThrow(/^violation \(register\)[^]*seed 5$/);
  expect(() => { assertVerdict(verdict); }).toThrow(ExpectationError);
  expect(() => { assertVerdict({ ...kept, verdict: 'unknown' }); }).toThrow(/^unknown/);
});

test('a run without a single operation is no run to expect something of', () => {
  const sim = new Simulation();
  for (const expectation of [assertLinearizable, assertSequential, assertCausal, assertSession, assertNoLostWrites]) expect(() => { expectation(sim); }).toThrow('the run has recorded no operation');
  // A list that somebody handed over may well be empty.
  expect(() => { assertLinearizable([]); }).not.toThrow();
});
