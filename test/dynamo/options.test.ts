import { expect, test } from 'vitest';
import { createDynamo, type DynamoOptions } from '../../src/dynamo/index.ts';
import { Simulation } from '../../src/index.ts';

test('the defaults are the paper\'s: N=3, R=2, W=2, sloppy, siblings, repair after the reply', () => {
  const { config, nodes } = createDynamo(new Simulation());
  expect(config).toMatchObject({ n: 3, r: 2, w: 2, sloppy: true, conflict: 'siblings', readRepair: 'after-reply', clockLimit: 10 });
  expect(nodes.map(({ id }) => id)).toEqual(['d1', 'd2', 'd3', 'd4', 'd5']);
});

test.each<[DynamoOptions, string]>([
  [{ n: 3, r: 4 }, 'r must be a whole number from 1 to 3 (n), got 4'],
  [{ n: 3, w: 0 }, 'w must be a whole number from 1 to 3 (n), got 0'],
  [{ nodes: 3, n: 5 }, 'n must be a whole number from 1 to 3 (the number of nodes), got 5'],
  [{ nodes: 1.5 }, 'nodes must be a whole number'],
  [{ conflict: 'newest' as never }, "conflict must be one of siblings, lww, cart-union, g-counter, g-set, lww-register, map, or-set, pn-counter, got 'newest'"],
  [{ readRepair: true as never }, "readRepair must be one of none, after-reply, before-reply, got 'true'"],
  [{ requestTimeout: '-1s' }, 'requestTimeout must not be negative'],
])('refuses %j, naming the field, and adds no node', (options, message) => {
  const sim = new Simulation();
  expect(() => createDynamo(sim, options)).toThrow(message);
  expect(sim.nodes).toEqual([]);
});
