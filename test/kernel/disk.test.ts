import { expect, test } from 'vitest';
import { Simulation, type Disk, type Host, type RecordBytes, type SimulatedNode } from '../../src/index.ts';
import type { ByteCount } from '../../src/kernel/units.ts';

function machine(seed = 0): { sim: Simulation; node: SimulatedNode; disk: Disk; synced: string[] } {
  const sim = new Simulation({ seed });
  const synced: string[] = [];
  const node = sim.addNode('n1', () => ({ onMessage: () => undefined, onTimer: ({ type }) => { synced.push(type); } }), { syncLatency: '2ms' });
  return { sim, node, disk: node.disk, synced };
}

test('what was synced survives a power loss; of the rest a prefix, and the next record may be torn', async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const { sim, node, disk } = machine(seed);
    for (const record of ['aa', 'bb']) disk.append('log', record);
    disk.sync('log');
    await sim.advance('2ms');
    for (const record of ['cc', 'dd', 'ee']) disk.append('log', record);
    node.crash();
    outcomes.add(disk.read('log') ?? '');
  }
  // Every prefix, whole or torn in the middle of a record, and nothing else.
  expect([...outcomes].sort()).toEqual(['aabb', 'aabbc', 'aabbcc', 'aabbccd', 'aabbccdd', 'aabbccdde', 'aabbccddee']);
});

test('a process crash loses nothing that was written', () => {
  const { node, disk } = machine();
  disk.append('log', 'unsynced');
  node.crash('process');
  expect(disk.read('log')).toBe('unsynced');
});

test('a sync takes its time, vouches for what was written before it, and tells the machine', async () => {
  const { sim, node, disk, synced } = machine(1);
  disk.append('log', 'before');
  disk.sync('log', { type: 'done' });
  disk.append('log', 'after');
  await sim.advance('1.999ms');
  expect(synced).toEqual([]);
  await sim.advance('1us');
  expect(synced).toEqual(['done']);
  node.crash();
  expect(disk.read('log')?.startsWith('before')).toBe(true);
});

test('a sync under way when the power fails makes nothing durable and calls nobody', async () => {
  const contents = new Set<string | undefined>();
  for (let seed = 0; seed < 40; seed++) {
    const { sim, node, disk, synced } = machine(seed);
    disk.append('log', 'xx');
    disk.sync('log', { type: 'done' });
    await sim.advance('1ms');
    node.crash();
    node.restart();
    await sim.advance('5ms');
    expect(synced).toEqual([]);
    contents.add(disk.read('log'));
  }
  expect(contents.has(undefined)).toBe(true);
});

test('replace leaves the old or the new file after a power loss, never a mix', async () => {
  const outcomes = new Set<string | undefined>();
  for (let seed = 0; seed < 60; seed++) {
    const { sim, node, disk } = machine(seed);
    disk.replace('snapshot', 'old');
    disk.sync('snapshot');
    await sim.advance('2ms');
    disk.replace('snapshot', 'new');
    node.crash();
    outcomes.add(disk.read('snapshot'));
  }
  expect(outcomes).toEqual(new Set(['new', 'old']));
});

test('a lying sync reports success and keeps nothing', async () => {
  const lost: boolean[] = [];
  for (let seed = 0; seed < 40; seed++) {
    const { sim, node, disk, synced } = machine(seed);
    const lie = sim.faults.diskFault('n1', 'lying-sync');
    disk.append('log', 'xx');
    disk.sync('log', { type: 'done' });
    await sim.advance('2ms');
    expect(synced).toEqual(['done']);
    lie.heal();
    node.crash();
    lost.push(disk.read('log') === undefined);
  }
  expect(lost).toContain(true);
});

test('a slow disk syncs later, a full one refuses, a lost one is empty', async () => {
  const { sim, disk, synced } = machine();
  sim.faults.diskFault('n1', 'slow', '50ms').for('1s');
  disk.append('log', 'x');
  disk.sync('log', { type: 'done' });
  await sim.advance('51ms');
  expect(synced).toEqual([]);
  await sim.advance('1ms');
  expect(synced).toEqual(['done']);
  const full = sim.faults.diskFault('n1', 'full');
  expect([disk.append('log', 'y'), disk.replace('log', 'z'), disk.read('log')]).toEqual(['full', 'full', 'x']);
  full.heal();
  expect(disk.append('log', 'y')).toBe('ok');
  sim.faults.diskFault('n1', 'lost');
  expect([disk.list(), disk.read('log'), disk.size('log')]).toEqual([[], undefined, 0]);
});

test('corruption flips exactly one bit', () => {
  const { sim, disk } = machine();
  disk.append('log', '\u0000\u0000\u0000\u0000');
  disk.append('other', '\u0000\u0000');
  sim.faults.inject({ kind: 'disk-corrupt', node: 'n1', file: 'log' });
  const bits = Array.from(disk.read('log') ?? '', (byte) => byte.charCodeAt(0).toString(2)).join('');
  expect(bits.replaceAll('0', '')).toBe('1');
  expect([disk.size('log'), disk.read('other')]).toEqual([4, '\u0000\u0000']);
});

test('truncate, remove, list and size', () => {
  const { disk } = machine();
  disk.append('b', 'hello');
  disk.append('b', ' world');
  disk.append('a', 'x');
  disk.truncate('b', 7 as ByteCount);
  expect([disk.list(), disk.read('b'), disk.size('b')]).toEqual([['a', 'b'], 'hello w', 7]);
  disk.remove('a');
  expect(disk.list()).toEqual(['b']);
});

test('the disk outlives the incarnation, and not the machine', () => {
  const sim = new Simulation();
  let host: Host | undefined;
  const node = sim.addNode('n1', (given) => { host = given; return { onMessage: () => undefined }; });
  host?.disk.append('log', 'x');
  node.crash('process');
  node.restart();
  expect(host?.disk.read('log')).toBe('x');
  node.wipe();
  node.restart();
  expect(host?.disk.list()).toEqual([]);
});

test('a sync that was under way when the file was replaced still vouches for what it saw', async () => {
  const outcomes = new Set<string | undefined>();
  for (let seed = 0; seed < 60; seed++) {
    const { sim, node, disk, synced } = machine(seed);
    disk.append('f', 'old');
    disk.sync('f', { type: 'done' });
    disk.append('f', '+');
    disk.replace('f', 'new');
    disk.append('f', '!');
    await sim.advance('2ms');
    expect(synced).toEqual(['done']);
    node.crash();
    outcomes.add(disk.read('f'));
  }
  expect(outcomes).toEqual(new Set(['old', 'new']));
});

test('replaced twice, with a sync in between: never again what was there before the first', async () => {
  const outcomes = new Set<string | undefined>();
  for (let seed = 0; seed < 60; seed++) {
    const { sim, node, disk } = machine(seed);
    disk.replace('f', 'one');
    disk.sync('f');
    await sim.advance('2ms');
    disk.replace('f', 'two');
    disk.sync('f');
    disk.replace('f', 'three');
    await sim.advance('2ms');
    node.crash();
    outcomes.add(disk.read('f'));
  }
  expect(outcomes).toEqual(new Set(['two', 'three']));
});

test('a cut makes nothing durable, and a sync under way vouches for no more than is left', async () => {
  const afterCut = new Set<string | undefined>();
  const afterSync = new Set<string | undefined>();
  for (let seed = 0; seed < 80; seed++) {
    const cut = machine(seed);
    cut.disk.append('f', 'aa');
    cut.disk.append('f', 'bb');
    cut.disk.truncate('f', 3 as ByteCount);
    cut.node.crash();
    afterCut.add(cut.disk.read('f'));
    const { sim, node, disk } = machine(seed);
    for (const record of ['aa', 'bb', 'cc']) disk.append('f', record);
    disk.sync('f');
    disk.truncate('f', 3 as ByteCount);
    disk.append('f', 'd');
    disk.append('f', 'e');
    await sim.advance('2ms');
    node.crash();
    afterSync.add(disk.read('f'));
  }
  expect([...afterCut].map(String).toSorted()).toEqual(['a', 'aa', 'aab', 'undefined']);
  expect([...afterSync].map(String).toSorted()).toEqual(['aab', 'aabd', 'aabde']);
  const { node, disk } = machine();
  disk.append('f', 'x');
  disk.truncate('f', 0 as ByteCount);
  node.crash();
  expect([disk.read('f'), disk.size('f')]).toEqual(['', 0]);
});

test('two syncs in flight: whichever ends first, all that either saw is durable', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const sim = new Simulation({ seed });
    const node = sim.addNode('n1', () => ({ onMessage: () => undefined }), { syncLatency: { kind: 'uniform', low: '1ms', high: '9ms' } });
    node.disk.append('f', 'aa');
    node.disk.sync('f');
    node.disk.append('f', 'bb');
    node.disk.sync('f');
    await sim.advance('10ms');
    node.disk.append('f', 'cc');
    node.crash();
    expect(node.disk.read('f')?.startsWith('aabb')).toBe(true);
  }
});

test('a sync that is under way when only the process dies ends all the same; a lie that ends before the sync does is none', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { sim, node, disk } = machine(seed);
    const lie = sim.faults.diskFault('n1', 'lying-sync');
    disk.append('f', 'xx');
    disk.sync('f');
    await sim.advance('1ms');
    lie.heal();
    node.crash('process');
    await sim.advance('1ms');
    node.restart();
    node.crash('power');
    expect(disk.read('f')).toBe('xx');
  }
});

test('bit rot finds a byte wherever there is one, and leaves empty files alone', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { sim, disk } = machine(seed);
    disk.append('empty', '');
    for (const record of ['', '', '\u0000', '']) disk.append('f', record);
    sim.faults.diskFault('n1', 'corrupt');
    expect([disk.read('empty'), disk.read('f') === '\u0000', disk.size('f')]).toEqual(['', false, 1]);
  }
});

test('a part of a file is read across its records, also those that came or were cut later', () => {
  const { node, disk } = machine();
  for (const record of ['abc', '', 'defg', 'h']) disk.append('file', record);
  const whole = 'abcdefgh';
  for (let from = 0; from <= whole.length; from++) {
    for (let length = 0; length <= whole.length - from + 2; length++) expect(disk.readAt('file', from, length)).toBe(whole.slice(from, from + length));
  }
  disk.append('file', 'ij');
  expect(disk.readAt('file', 7, 3)).toBe('hij');
  disk.truncate('file', 4 as ByteCount);
  disk.append('file', 'xyz');
  expect(disk.readAt('file', 2, 4)).toBe('cdxy');
  expect(disk.readAt('none', 0, 1)).toBeUndefined();
  node.disk.corrupt('file');
  expect(disk.readAt('file', 0, 7)).not.toBe('abcdxyz');
});

test('a record may be bytes to be: made once somebody reads them, and all else as with bytes', () => {
  const outcomes = (isLazy: boolean): string[] => Array.from({ length: 60 }, (_, seed) => {
    const { node, disk } = machine(seed);
    let made = 0;
    const record = (bytes: string): RecordBytes => (isLazy ? { get length() { return this.toString().length; }, toString: () => { made++; return bytes; } } : bytes);
    disk.replace('log', record('aa'));
    for (const bytes of ['bb', 'cccc', 'dd']) disk.append('log', record(bytes));
    expect(made).toBe(0);
    const seen = [disk.size('log'), disk.readAt('log', 1, 4), disk.readAt('log', 2, 2)];
    disk.truncate('log', 7 as ByteCount);
    disk.append('log', record('ee'));
    seen.push(disk.size('log'));
    disk.append('other', record('xyz'));
    if (seed % 3 === 0) node.disk.corrupt('other');
    else node.crash();
    return JSON.stringify([...seen, disk.read('log'), disk.read('other')]);
  });
  expect(outcomes(true)).toEqual(outcomes(false));
  expect(new Set(outcomes(true)).size).toBeGreaterThan(5);
});

test('records are given back as they were handed in; what a cut or bit rot has touched is text', () => {
  const { node, disk } = machine(1);
  const whole: RecordBytes = { length: 3, toString: () => 'abc' };
  expect(disk.records('log')).toEqual([]);
  for (let i = 0; i < 3; i++) disk.append('log', whole);
  expect(disk.records('log').every((record) => record === whole)).toBe(true);
  disk.truncate('log', 7 as ByteCount);
  expect(disk.records('log')).toEqual([whole, whole, 'a']);
  disk.append('rotten', whole);
  node.disk.corrupt('rotten');
  expect(disk.records('rotten')).toEqual([disk.read('rotten')]);
});
