import { expect, test } from 'vitest';
import { createDynamo } from '../../src/dynamo/index.ts';
import { Simulation } from '../../src/index.ts';
import '../../src/vitest/index.ts';

/** Two clients of a store; with `stale` the reader asks a replica that was cut off. */
async function run(stale: boolean): Promise<Simulation> {
  const sim = new Simulation({ seed: 1 });
  const dynamo = createDynamo(sim, { nodes: 3, r: stale ? 1 : 2, w: 2, sloppy: false, conflict: 'lww', readRepair: 'none', antiEntropy: false });
  const alice = dynamo.client({ name: 'alice', coordinator: 'd1' });
  if (stale) sim.faults.at(0).isolate('d3').for('5s');
  await sim.run(async () => {
    await alice.put('x', 'one');
    await alice.get('x', { coordinator: stale ? 'd3' : 'd1' });
  });
  return sim;
}
const messageOf = (check: () => void): string => {
  try {
    check();
  } catch (error) {
    return (error as Error).message;
  }
  return 'passed';
};

test('toBeLinearizable passes what is, and fails with the witness and the picture', async () => {
  expect(await run(false)).toBeLinearizable({ model: 'register' });
  const sim = await run(true);
  const message = messageOf(() => { expect(sim).toBeLinearizable({ model: 'register' }); });
  expect(message).toContain('expected the history to be linearizable');
  expect(message).toContain('alice wrote x="one"');
  expect(message).toMatch(/^alice +├/m);
  expect(sim.history).not.toBeLinearizable({ model: 'register' });
});

test('toSatisfySession takes the guarantees that are asked for', async () => {
  const sim = await run(true);
  expect(await run(false)).toSatisfySession();
  expect(sim).toSatisfySession('monotonic reads');
  expect(messageOf(() => { expect(sim).toSatisfySession('read your writes'); })).toContain('read your writes is broken: alice read x=null');
  expect(messageOf(() => { expect(sim).toSatisfySession('nonsense' as 'monotonic reads'); })).toContain("no session guarantee 'nonsense'");
});

test('toConverge names who holds what', () => {
  expect([{ node: 'a', key: 'x', value: 1 }, { node: 'b', key: 'x', value: 1 }]).toConverge();
  expect(messageOf(() => { expect([{ node: 'a', key: 'x', value: 1 }, { node: 'b', key: 'x', value: 2 }]).toConverge(); })).toContain('a holds 1; b holds 2');
});
