import { expect, test } from 'vitest';
import { createDynamo } from '../../src/dynamo/index.ts';
import { Placement } from '../../src/dynamo/placement.ts';
import { Simulation, type NodeId } from '../../src/index.ts';

const names = (count: number): NodeId[] => Array.from({ length: count }, (_, i) => `d${i + 1}` as NodeId);
const KEYS = Array.from({ length: 3000 }, (_, i) => `key-${i}`);

test('section 4.3: the home nodes of a key are distinct machines, and every machine is on its list once', () => {
  const placement = new Placement(names(5), 64, () => 'a');
  for (const key of KEYS) expect([...placement.preferenceList(key)].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(names(5));
});

test('section 4.6: home nodes spread over the zones', () => {
  const dynamo = createDynamo(new Simulation(), { nodes: 9, zones: ['a', 'b', 'c'], n: 3 });
  for (const key of KEYS.slice(0, 500)) {
    expect(new Set(dynamo.homeNodes(key).map((node) => node.placement.zone)).size).toBe(3);
  }
});

test('section 4.2: virtual nodes even out the load, and a machine that leaves moves only its own keys', () => {
  const share = (virtualNodes: number): number => {
    const placement = new Placement(names(10), virtualNodes, () => 'a');
    const load = new Map<string, number>();
    for (const key of KEYS) {
      const [owner = ''] = placement.preferenceList(key);
      load.set(owner, (load.get(owner) ?? 0) + 1);
    }
    return Math.max(...load.values()) / (KEYS.length / 10);
  };
  expect(share(256)).toBeLessThan(share(1));
  expect(share(256)).toBeLessThan(1.25);
  const before = new Placement(names(10), 64, () => 'a');
  const after = new Placement(names(9), 64, () => 'a');
  for (const key of KEYS) {
    const [owner] = before.preferenceList(key);
    const next = after.preferenceList(key)[0];
    expect(owner === 'd10' || owner === next).toBe(true);
  }
});
