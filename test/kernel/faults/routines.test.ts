import { expect, test } from 'vitest';
import { crashLoop, duration, PARTITION_SHAPES, partitionOf, readPlan, rollingRestart, Simulation } from '../../../src/index.ts';

const nodes = ['a', 'b', 'c', 'd', 'e'];

test('a rolling restart takes down one node after the other, never two at a time', () => {
  const plan = rollingRestart(nodes, { from: '1s', down: '2s', between: '500ms' });
  expect(readPlan(plan)).toHaveLength(5);
  const sim = new Simulation({ seed: 1 });
  for (const name of nodes) sim.addNode(name, () => ({ onMessage: () => undefined }));
  sim.faults.add(plan);
  const down = new Set<string>();
  for (let at = 0; at < 16_000; at += 100) {
    sim.drain(at);
    const now = sim.nodes.filter(({ isUp }) => !isUp).map(({ id }) => id);
    expect(now.length).toBeLessThanOrEqual(1);
    for (const name of now) down.add(name);
  }
  expect([...down]).toEqual(nodes);
});

test('a crash loop takes down one node, again and again', () => {
  const plan = crashLoop('a', 3, { down: '100ms', between: '200ms' });
  expect(plan.map(({ at }) => duration(at))).toEqual([0, 300_000, 600_000]);
  expect(() => crashLoop('a', 0)).toThrow('the rounds of a crash loop');
});

test('each partition shape cuts what its name says', () => {
  const groups = (shape: (typeof PARTITION_SHAPES)[number]): readonly (readonly string[])[] => (partitionOf(shape, nodes) as { groups: readonly (readonly string[])[] }).groups;
  expect(groups('one')).toEqual([['a'], ['b', 'c', 'd', 'e']]);
  expect(groups('minority')).toEqual([['a', 'b'], ['c', 'd', 'e']]);
  for (const shape of PARTITION_SHAPES) {
    expect(readPlan([{ at: 0, for: '1s', fault: partitionOf(shape, nodes) }])).toHaveLength(1);
    expect(() => partitionOf(shape, ['a'])).toThrow(`the partition '${shape}' needs`);
  }
});
