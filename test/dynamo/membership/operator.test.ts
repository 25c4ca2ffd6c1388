/** Joins, leaves and removals (DeCandia et al., SOSP 2007, sections 4.8 and 4.9). */
import { describe, expect, test } from 'vitest';
import { createDynamo, type Dynamo, type DynamoOptions } from '../../../src/dynamo/index.ts';
import type { DynamoNode } from '../../../src/dynamo/node.ts';
import { Simulation, type SimulatedNode } from '../../../src/index.ts';

const KEYS = Array.from({ length: 300 }, (_, i) => `key-${i}`);

async function filled(options: DynamoOptions, seed = 1): Promise<{ sim: Simulation; dynamo: Dynamo }> {
  const sim = new Simulation({ seed });
  const dynamo = createDynamo(sim, { nodes: 5, ...options });
  const client = dynamo.client({ name: 'loader' });
  await sim.run(async () => { for (const key of KEYS) await client.put(key, `first of ${key}`, { w: 3 }); });
  return { sim, dynamo };
}

/** Every key is on its home nodes and nowhere else. */
function expectAtHome(dynamo: Dynamo): void {
  for (const key of KEYS) {
    const home = dynamo.homeNodes(key).map(({ id }) => id);
    const holders = dynamo.nodes.filter((node) => dynamo.versions(node, key).length > 0).map(({ id }) => id);
    expect([key, holders.toSorted()]).toEqual([key, home.toSorted()]);
  }
}

describe.each(['random-tokens', 'equal-partitions-random-tokens', 'equal-partitions'] as const)('with %s', (partitioning) => {
  test('a machine that joins takes over its share while the others serve, and all agree on the ring', async () => {
    const { sim, dynamo } = await filled({ partitioning });
    await sim.run(async () => {
      const client = dynamo.client({ name: 'c' });
      let isOver = false;
      let served = 0;
      await Promise.all([
        dynamo.join().then(() => { isOver = true; }),
        (async () => {
          for (let i = 0; !isOver; i++) {
            const key = KEYS[i % KEYS.length] as string;
            await client.get(key);
            await client.put(key, `second of ${key}`);
            served++;
          }
        })(),
      ]);
      expect(served).toBeGreaterThan(10);
      await sim.sleep('60s');
      for (const node of dynamo.nodes) expect(dynamo.members(node)).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'd6']);
      expect(dynamo.keyCount('d6')).toBeGreaterThan(KEYS.length * 3 / 6 / 3);
      expectAtHome(dynamo);
      for (const [i, key] of KEYS.entries()) expect((await client.get(key)).value).toBe(`${i < served ? 'second' : 'first'} of ${key}`);
    });
  });

  test('a machine that leaves hands its keys over first', async () => {
    const { sim, dynamo } = await filled({ partitioning });
    await sim.run(async () => {
      await dynamo.leave('d2');
      await sim.sleep('60s');
      for (const node of dynamo.nodes) expect(dynamo.members(node)).toEqual(['d1', 'd3', 'd4', 'd5']);
      expect(dynamo.keyCount('d2')).toBe(0);
      expectAtHome(dynamo);
    });
  });
});

test('a machine can leave and join again: changes of membership are a history', async () => {
  const { sim, dynamo } = await filled({ seeds: 2 });
  await sim.run(async () => {
    await dynamo.leave('d4');
    await sim.sleep('30s');
    const d6 = await dynamo.join({ name: 'd6', capacity: 2 });
    await dynamo.leave(d6);
    await sim.sleep('60s');
    for (const node of dynamo.nodes) expect(dynamo.members(node)).toEqual(['d1', 'd2', 'd3', 'd5']);
    expectAtHome(dynamo);
  });
});

test('two machines that join through different nodes at once both get in', async () => {
  const { sim, dynamo } = await filled({});
  await sim.run(async () => {
    await Promise.all([dynamo.join({ name: 'x', through: 'd1' }), dynamo.join({ name: 'y', through: 'd5' })]);
    await sim.sleep('90s');
    for (const node of dynamo.nodes) expect(dynamo.members(node)).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'x', 'y']);
    expectAtHome(dynamo);
  });
});

test('an outage is no change of membership: nothing moves while a machine is down (section 4.8.1)', async () => {
  const { sim, dynamo } = await filled({});
  await sim.run(async () => {
    const before = KEYS.map((key) => dynamo.homeNodes(key).map(({ id }) => id));
    sim.node('d3').crash();
    await sim.sleep('10m');
    expect(KEYS.map((key) => dynamo.homeNodes(key).map(({ id }) => id))).toEqual(before);
    expect(dynamo.members('d1')).toContain('d3');
  });
});

test('what is known of the ring survives a restart of all nodes', async () => {
  const { sim, dynamo } = await filled({});
  await sim.run(async () => {
    await dynamo.join();
    await sim.sleep('30s');
    for (const node of dynamo.nodes) node.crash();
    for (const node of dynamo.nodes) node.restart();
    expect(dynamo.members('d2')).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'd6']);
    expectAtHome(dynamo);
  });
});

test('a newcomer that only knows itself gets in through a seed, and without seeds stays alone (section 4.8.2)', async () => {
  for (const [seeds, members] of [[1, 6], [0, 5]] as const) {
    const { sim, dynamo } = await filled({ seeds });
    await sim.run(async () => {
      void dynamo.join({ name: 'alone', through: 'alone' });
      await sim.sleep('60s');
      expect(dynamo.members('d1')).toHaveLength(members);
    });
  }
});

test('wrong joins and leaves are refused by name', async () => {
  const { sim, dynamo } = await filled({ nodes: 3 });
  await sim.run(async () => {
    await expect(dynamo.leave('d2')).rejects.toThrow('d2 cannot leave: n=3 replicas need as many nodes');
    expect(() => dynamo.leave('d9')).toThrow("there is no Dynamo node 'd9'");
    expect(() => dynamo.join({ capacity: -1 })).toThrow('join.capacity must be above 0 and at most 1000, got -1');
    await expect(dynamo.join({ name: 'd1' })).rejects.toThrow("there is a node 'd1' already");
  });
});

test('halves that struck each other out while they were apart hear of it, since everybody meets a seed now and then (section 4.8.2)', async () => {
  const sim = new Simulation({ seed: 3 });
  const dynamo = createDynamo(sim, { nodes: 4, n: 2, r: 1, w: 1, seeds: 1 });
  const [d1, d2, d3, d4] = dynamo.nodes as [SimulatedNode, SimulatedNode, SimulatedNode, SimulatedNode];
  const cut = sim.faults.partition([d1, d2], [d3, d4]);
  const strike = (by: SimulatedNode, ...others: SimulatedNode[]): void => {
    for (const { id } of others) (by.machine as DynamoNode).announce('left', id, 'zone-a', 1);
  };
  strike(d1, d3, d4);
  strike(d4, d1, d2);
  await sim.advance('30s');
  expect([d1, d2, d3, d4].map((node) => dynamo.members(node))).toEqual([['d1', 'd2'], ['d1', 'd2'], ['d3', 'd4'], ['d3', 'd4']]);
  cut.heal();
  await sim.advance('5m');
  const histories = [d1, d2, d3, d4].map((node) => (node.machine as DynamoNode).view.digest);
  expect(new Set(histories).size).toBe(1);
});
