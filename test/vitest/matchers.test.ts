import { expect } from 'vitest';
import type { HistoryEntry } from '../../src/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { test, TestSimulation } from '../../src/vitest/index.ts';

async function run(sim: TestSimulation, r: number): Promise<void> {
  const dynamo = createDynamo(sim, { nodes: 3, r, w: 1, sloppy: false, conflict: 'lww', readRepair: 'none' });
  const [a, b] = [dynamo.client({ name: 'a', coordinator: 'd1' }), dynamo.client({ name: 'b', coordinator: 'd2' })];
  await sim.run(async () => {
    sim.network.setLatency('d1', 'd2', '1s');
    await a.put('k', 'new');
    await b.get('k', { timeout: '3s' });
    await a.get('k');
  });
}

test('every matcher agrees with its checker, and its negation', async ({ sim }) => {
  await run(sim, 1);
  expect(sim).not.toBeLinearizable({ model: 'register' });
  expect(sim).toBeSequential();
  expect(sim).toBeCausal();
  expect(sim).toSatisfySession();
  expect(sim).toSatisfySession(['monotonic reads', 'read your writes']);
  expect(sim).toBeStaleBy({ k: 2 });
  expect(sim).not.toBeStaleBy({ k: 1 });
  expect(sim).toLoseNoWrites();
  expect([{ node: 'd1', key: 'k', value: 'x' }, { node: 'd2', key: 'k', value: 'x' }]).toConverge();
  expect([{ node: 'd1', key: 'k', value: 'x' }, { node: 'd2', key: 'k', value: 'y' }]).not.toConverge();
});

test('a failed matcher says why, by whom, and with which seed', async ({ sim }) => {
  await run(sim, 1);
  expect(() => { expect(sim).toBeLinearizable({ model: 'register' }); }).toThrow(new RegExp(`^violation[^]*2\\. b read k=null[^]*seed ${sim.seed}`));
});

test('with .not it is a violation that is expected, and a verdict of unknown is none', async ({ sim }) => {
  await run(sim, 1);
  expect(() => { expect(sim).not.toBeSequential(); }).toThrow(/^expected a violation, got ok \(sequential register\)/);
  const options = { model: 'kv', budget: 0 } as const;
  const entries = [['invoke', null], ['ok', 'x'], ['invoke', null], ['ok', 'x']].map(([type, value], index) => (
    { index, time: index, process: index > 1 ? 'b' : 'a', type, f: index > 1 ? 'get' : 'put', key: 'k', value: value ?? (index === 0 ? 'x' : null) } as HistoryEntry
  ));
  expect(() => { expect(entries).toBeLinearizable(options); }).toThrow(/^unknown/);
  expect(() => { expect(entries).not.toBeLinearizable(options); }).toThrow(/^expected a violation, got unknown/);
});

test('the seed of a test is its own', ({ sim }) => {
  expect(sim).toBeInstanceOf(TestSimulation);
  expect(sim.seed).toBeGreaterThan(0);
});
