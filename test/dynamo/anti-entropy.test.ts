/** Replica synchronisation by Merkle trees (DeCandia et al., SOSP 2007, section 4.7). */
import { expect, test } from 'vitest';
import { createDynamo, type Dynamo } from '../../src/dynamo/index.ts';
import { bytesOf, Simulation } from '../../src/index.ts';

/** Fills three replicas, changes some keys behind the back of one, and counts what it takes until they are equal again. */
async function repaired(keys: number, different: number): Promise<{ bytes: number; moved: number; tree: number; isEqual: boolean }> {
  const sim = new Simulation({ seed: 1, trace: 'digest' });
  const dynamo = createDynamo(sim, { nodes: 3, sloppy: false, readRepair: 'none', writes: 'buffered', antiEntropy: '10s', virtualNodes: 4 });
  const client = dynamo.client({ name: 'c', coordinator: 'd1' });
  let bytes = 0;
  let moved = 0;
  let tree = 0;
  await sim.run(async () => {
    for (let i = 0; i < keys; i++) await client.put(`key-${i}`, 'v', { w: 3, record: false });
    sim.on('message', ({ message }) => {
      if (message.type === 'repair') moved++;
      if (message.type.startsWith('tree-')) tree++;
      if (/^tree-|^repair$/.test(message.type)) bytes += bytesOf(message) ?? 0;
    });
    sim.faults.isolate('d3').for('1s');
    for (let i = 0; i < different; i++) await client.put(`key-${i * Math.floor(keys / Math.max(1, different))}`, 'w', { w: 2, record: false });
    await sim.sleep('3s');
    await sim.sleep('120s');
  });
  return { bytes, moved, tree, isEqual: isEqual(dynamo) };
}

function isEqual(dynamo: Dynamo): boolean {
  const [first = [], ...others] = dynamo.nodes.map((node) => new Map(dynamo.objects(node)));
  return others.every((other) => [...first].every(([key, versions]) => JSON.stringify(other.get(key)) === JSON.stringify(versions)));
}

test('equal replicas exchange one hash a comparison and no key', async () => {
  const { moved, tree, bytes, isEqual: equal } = await repaired(200, 0);
  expect(equal).toBe(true);
  expect(moved).toBe(0);
  expect(bytes).toBe(24 * tree);
});

test('what is exchanged is in proportion to the difference, not to the data', async () => {
  const few = await repaired(1000, 4);
  const many = await repaired(1000, 64);
  const large = await repaired(8000, 4);
  expect([few.isEqual, many.isEqual, large.isEqual]).toEqual([true, true, true]);
  // Hashes do not tell which side is newer: a key moves both ways.
  expect([few.moved, many.moved, large.moved]).toEqual([8, 128, 8]);
  expect(large.bytes / few.bytes).toBeLessThan(1.6);
  expect(many.bytes / few.bytes).toBeGreaterThan(4);
}, 30_000);

test('a replica that lost its disk gets everything back', async () => {
  const sim = new Simulation({ seed: 3 });
  const dynamo = createDynamo(sim, { nodes: 5, antiEntropy: '5s' });
  const client = dynamo.client({ name: 'c' });
  await sim.run(async () => {
    for (let i = 0; i < 150; i++) await client.put(`key-${i}`, `v${i}`, { w: 3 });
    const before = dynamo.objects('d2').length;
    sim.node('d2').wipe();
    sim.node('d2').restart();
    expect(dynamo.objects('d2')).toEqual([]);
    await sim.sleep('10m');
    expect(dynamo.objects('d2')).toHaveLength(before);
  });
});

test('never, when it is switched off; and background work gives way while the foreground suffers (section 6.5)', async () => {
  const copied = async (antiEntropy: string | false, slow: boolean): Promise<number> => {
    const sim = new Simulation({ seed: 3 });
    const dynamo = createDynamo(sim, { nodes: 3, antiEntropy });
    const client = dynamo.client({ name: 'c', timeout: '5s' });
    return sim.run(async () => {
      for (let i = 0; i < 1500; i++) await client.put(`key-${i}`, `v${i}`, { w: 3 });
      // What was fast a minute ago counts no more.
      await sim.sleep('61s');
      sim.node('d2').wipe();
      sim.node('d2').restart();
      if (slow) for (const node of dynamo.nodes) sim.faults.diskFault(node, 'slow', '60ms');
      for (let i = 0; i < 12; i++) {
        await client.put('hot', String(i), { w: 3 }).catch(() => undefined);
        await sim.sleep('1s');
      }
      return dynamo.keyCount('d2') - 1;
    });
  };
  expect(await copied(false, false)).toBe(0);
  const free = await copied('5s', false);
  const held = await copied('5s', true);
  expect(held).toBeGreaterThan(0);
  expect(free).toBeGreaterThan(1.5 * held);
});
