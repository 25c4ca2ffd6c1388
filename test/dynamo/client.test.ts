import { expect, test } from 'vitest';
import { checkConvergence, checkSessionGuarantees } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { Simulation } from '../../src/index.ts';

test('remembers what it saw last of each key, so that a second put replaces the first', async () => {
  const sim = new Simulation();
  const client = createDynamo(sim).client({ name: 'c' });
  await sim.run(async () => {
    for (const value of ['one', 'two', 'three']) await client.put('k', value);
    expect((await client.get('k', { r: 3 })).values).toEqual(['three']);
    await client.delete('k');
    expect(await client.get('k', { r: 3 })).toMatchObject({ values: [], value: undefined });
  });
});

test('writes the history as registers, with vector clocks as versions, that the session checker can use', async () => {
  const sim = new Simulation();
  const dynamo = createDynamo(sim);
  const client = dynamo.client({ name: 'c' });
  await sim.run(async () => {
    await client.put('k', 'v');
    await client.get('k');
    await client.get('nothing');
  });
  const completed = sim.history.entries.filter(({ type }) => type === 'ok').map(({ f, key, value, version }) => ({ f, key, value, version }));
  const [{ version } = { version: null }] = completed;
  expect(completed).toEqual([
    { f: 'write', key: 'k', value: 'v', version: { [Object.keys(version ?? {})[0] ?? '']: 1 } },
    { f: 'read', key: 'k', value: 'v', version },
    { f: 'read', key: 'nothing', value: null, version: null },
  ]);
  expect(checkSessionGuarantees(sim.history).verdict).toBe('ok');
});

test('replicas of a key can be compared', async () => {
  const sim = new Simulation();
  const dynamo = createDynamo(sim, { sloppy: false, readRepair: 'none' });
  const client = dynamo.client({ name: 'c' });
  const held = (): { node: string; key: string; value: string }[] =>
    dynamo.homeNodes('k').map((node) => ({ node: node.id, key: 'k', value: dynamo.versions(node, 'k')[0]?.value ?? '' }));
  await sim.run(async () => {
    await client.put('k', 'v', { w: 3 });
    expect(checkConvergence(held()).verdict).toBe('ok');
    const [, , last] = dynamo.homeNodes('k');
    last?.crash();
    await client.put('k', 'w', { coordinator: dynamo.homeNodes('k')[0]?.id ?? '' });
    last?.restart();
  });
  expect(checkConvergence(held())).toMatchObject({ verdict: 'violation', key: 'k' });
});

test('wrong arguments are refused by name before anything is sent', async () => {
  const sim = new Simulation();
  const dynamo = createDynamo(sim);
  const client = dynamo.client({ name: 'c' });
  await sim.run(async () => {
    await expect(client.get('k', { r: 4 })).rejects.toThrow('r must be a whole number from 1 to 3 (n), got 4');
    await expect(client.put('k', 'v', { w: 0 })).rejects.toThrow('w must be a whole number from 1 to 3 (n), got 0');
    await expect(client.get('')).rejects.toThrow('a key is a string that is not empty');
    await expect(client.get('k', { coordinator: 'd9' })).rejects.toThrow("unknown node 'd9'");
    await expect(client.put('k', 7 as never)).rejects.toThrow('a value is a string or bytes, got number');
    expect(() => dynamo.client({ name: 'x', coordinator: 'd9' })).toThrow("there is no Dynamo node 'd9'");
    expect(() => dynamo.client({ name: 'c' })).toThrow("there is a node 'c' already");
  });
  expect(sim.network.counts.sent).toBe(0);
});
