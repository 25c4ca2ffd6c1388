import { expect, test } from 'vitest';
import { readRecords } from '../../../src/distributed/record-log.ts';
import { createDynamo, logEngine, type EngineFactory } from '../../../src/dynamo/index.ts';
import { decodeObject } from '../../../src/dynamo/storage/object-record.ts';
import { Simulation, type SimulatedNode } from '../../../src/index.ts';

test('what was acknowledged as synced survives a power loss of every node', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const sim = new Simulation({ seed });
    const dynamo = createDynamo(sim, { nodes: 3 });
    const client = dynamo.client({ name: 'c' });
    await sim.run(async () => {
      for (let i = 0; i < 10; i++) await client.put(`k${i}`, `v${i}`);
      for (const node of dynamo.nodes) node.crash('power');
      for (const node of dynamo.nodes) node.restart();
      for (let i = 0; i < 10; i++) expect((await client.get(`k${i}`, { r: 3 })).values).toEqual([`v${i}`]);
    });
  }
});

test('section 6.1: buffered writes are faster, and a power loss of all nodes can take them', async () => {
  const run = async (writes: 'synced' | 'buffered', seed: number): Promise<{ took: number; left: string | undefined }> => {
    const sim = new Simulation({ seed });
    const dynamo = createDynamo(sim, { nodes: 3, writes });
    const client = dynamo.client({ name: 'c' });
    return sim.run(async () => {
      const before = sim.now;
      await client.put('k', 'v');
      const took = sim.now - before;
      for (const node of dynamo.nodes) node.crash('power');
      for (const node of dynamo.nodes) node.restart();
      return { took, left: (await client.get('k', { r: 3 })).value };
    });
  };
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const synced = await Promise.all(seeds.map((seed) => run('synced', seed)));
  const buffered = await Promise.all(seeds.map((seed) => run('buffered', seed)));
  const mean = (runs: readonly { took: number }[]): number => runs.reduce((sum, { took }) => sum + took, 0) / runs.length;
  expect(mean(buffered)).toBeLessThan(mean(synced));
  expect(synced.every(({ left }) => left === 'v')).toBe(true);
  expect(buffered.some(({ left }) => left === undefined)).toBe(true);
});

test('a full disk acknowledges nothing, and says so as a missed quorum', async () => {
  const sim = new Simulation();
  const dynamo = createDynamo(sim, { nodes: 3, sloppy: false });
  for (const node of dynamo.nodes) sim.faults.diskFault(node, 'full');
  const client = dynamo.client({ name: 'c' });
  await sim.run(async () => {
    await expect(client.put('k', 'v')).rejects.toMatchObject({ code: 'QUORUM_NOT_REACHED', definite: false, replicas: [] });
    expect((await client.get('k')).values).toEqual([]);
  });
});

test('a log of superseded versions is compacted, and a power loss at any instant of it loses nothing that was acknowledged', async () => {
  for (let seed = 0; seed < 15; seed++) {
    const sim = new Simulation({ seed, trace: 'digest' });
    const dynamo = createDynamo(sim, { nodes: 3 });
    const client = dynamo.client({ name: 'c' });
    const random = sim.random.fork('workload');
    await sim.run(async () => {
      const last = new Map<string, string>();
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 700; i++) {
          const key = `k${random.below(8)}`;
          await client.put(key, `v${round}.${i}`, { w: 3, record: false });
          last.set(key, `v${round}.${i}`);
        }
        for (const node of dynamo.nodes) node.crash();
        for (const node of dynamo.nodes) node.restart();
        for (const [key, value] of last) expect((await client.get(key, { r: 1, record: false })).values).toEqual([value]);
      }
    });
    // 2,100 puts of some 90 bytes; 8 live objects, and at most a thousand records on top of them.
    for (const node of dynamo.nodes) expect(node.disk.size('objects.log')).toBeLessThan(130_000);
  }
}, 60_000);

test('a node that starts again knows what the bytes of its log say, up to the first that a crash or bit rot has spoilt', async () => {
  let shorter = 0;
  for (let seed = 0; seed < 40; seed++) {
    const sim = new Simulation({ seed, trace: 'digest' });
    const dynamo = createDynamo(sim, { nodes: 1, n: 1, r: 1, w: 1 });
    const [node] = dynamo.nodes as [SimulatedNode];
    const client = dynamo.client({ name: 'c' });
    await sim.run(async () => {
      for (let i = 0; i < 12; i++) await client.put(`k${i}`, `v${i}`);
      // Not synced when the power fails: some of it is left, and perhaps a part of the next.
      for (let i = 0; i < 6; i++) void client.put(`k${i}`, 'unsynced').catch(() => undefined);
      await sim.sleep('0.7ms');
    });
    node.crash(seed % 2 === 0 ? 'power' : 'process');
    if (seed % 4 > 1) node.disk.corrupt('objects.log');
    const bytes = node.disk.read('objects.log') ?? '';
    const { records, intact } = readRecords(bytes);
    if (intact < bytes.length) shorter++;
    const said = new Map<string, string | null | undefined>();
    for (const { key, versions } of records.map(decodeObject)) said.set(key, versions[0]?.value);
    node.restart();
    expect(dynamo.objects(node).map(([key, [version]]) => [key, version?.value])).toEqual([...said]);
    expect(node.disk.size('objects.log')).toBe(intact);
    const before = JSON.stringify(dynamo.objects(node));
    node.crash('process');
    node.restart();
    expect(JSON.stringify(dynamo.objects(node))).toBe(before);
  }
  expect(shorter).toBeGreaterThan(10);
});

test('a compacted log is read as its bytes too, once somebody has asked for them or a bit of it has rotted', async () => {
  for (let seed = 0; seed < 8; seed++) {
    const sim = new Simulation({ seed, trace: 'digest' });
    const dynamo = createDynamo(sim, { nodes: 1, n: 1, r: 1, w: 1 });
    const [node] = dynamo.nodes as [SimulatedNode];
    const client = dynamo.client({ name: 'c' });
    await sim.run(async () => { for (let i = 0; i < 1010; i++) await client.put(`k${i % 12}`, `v${i}`, { record: false }); });
    const before = dynamo.objects(node);
    node.crash('process');
    const rots = seed > 0;
    if (rots) node.disk.corrupt('objects.log');
    const { records } = readRecords(node.disk.read('objects.log') ?? '');
    const said = new Map(records.map(decodeObject).map(({ key, versions }) => [key, versions[0]?.value]));
    node.restart();
    expect(dynamo.objects(node).map(([key, [version]]) => [key, version?.value])).toEqual([...said]);
    expect(rots || JSON.stringify(dynamo.objects(node)) === JSON.stringify(before)).toBe(true);
  }
});

test('another engine can stand behind a node: it is handed the records, and asked for them at a start', async () => {
  const appended = new Map<string, number>();
  const counting: EngineFactory = (disk, live) => {
    const engine = logEngine(disk, live);
    return {
      load: (each) => { engine.load((payload) => { appended.set('loaded', (appended.get('loaded') ?? 0) + 1); each(payload); }); },
      append: (record) => { appended.set('appended', (appended.get('appended') ?? 0) + 1); return engine.append(record); },
      sync: (timer) => { engine.sync(timer); },
    };
  };
  const sim = new Simulation();
  const dynamo = createDynamo(sim, { nodes: 3, engine: counting });
  const client = dynamo.client({ name: 'c' });
  await sim.run(async () => {
    await client.put('k', 'v', { w: 3 });
    for (const node of dynamo.nodes) node.crash();
    for (const node of dynamo.nodes) node.restart();
    expect((await client.get('k')).value).toBe('v');
  });
  expect(Object.fromEntries(appended)).toEqual({ appended: 3, loaded: 3 });
  expect(() => createDynamo(new Simulation(), { engine: 'fast' as never })).toThrow('engine must be a function');
});
