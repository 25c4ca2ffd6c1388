import { describe, expect, it } from 'vitest';
import { HintStore } from '../../src/distributed/hinted-handoff.ts';
import { SimulatedDisk } from '../../src/kernel/disk.ts';
import { Random } from '../../src/kernel/random.ts';
import { micros } from '../../src/kernel/units.ts';

const codec = { encode: (write: string) => write, decode: (data: unknown) => String(data) };

function setUp(seed = 1) {
  const ends: (() => void)[] = [];
  const disk = new SimulatedDisk(Random.fromSeed(seed), (_delay, sync) => ends.push(() => disk.synced(sync)));
  return { disk, store: new HintStore(disk, codec), finishSyncs: () => ends.splice(0).forEach((end) => end()) };
}

describe('HintStore', () => {
  it('hands out each hint once, oldest first, until it fails', () => {
    const { store } = setUp();
    for (const write of ['a', 'b', 'c']) store.add('n2', write, micros(5));
    expect(store.take('n2', 2).map(({ write }) => write)).toEqual(['a', 'b']);
    expect(store.take('n2', 2).map(({ write }) => write)).toEqual(['c']);
    store.failed(1);
    expect(store.take('n2', 2).map(({ write }) => write)).toEqual(['a']);
  });

  it('forgets what was delivered, and the file with the last of it', () => {
    const { disk, store } = setUp();
    store.add('n2', 'a', micros(5));
    store.add('n2', 'b', micros(6));
    expect(store.oldest('n2')).toBe(5);
    expect(store.delivered('n2', 1)).toBe(true);
    expect(store.oldest('n2')).toBe(6);
    expect(disk.list()).toEqual(['hints/n2']);
    expect(store.delivered('n2', 2)).toBe(true);
    expect(store.delivered('n2', 2)).toBe(false);
    expect(disk.list()).toEqual([]);
    expect(store.targets).toEqual([]);
  });

  it('keeps what was synced through a power failure, and perhaps a part of the rest', () => {
    const losses = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const { disk, store, finishSyncs } = setUp(seed);
      store.add('n2', 'first', micros(1));
      store.sync();
      finishSyncs();
      store.add('n2', 'second', micros(2));
      store.add('n3', 'third', micros(3));
      disk.powerLoss();
      const after = new HintStore(disk, codec);
      expect(after.take('n2', 1)[0]?.write).toBe('first');
      losses.add(3 - after.count());
      after.add('n2', 'later', micros(4));
      expect(new HintStore(disk, codec).count('n2')).toBe(after.count('n2'));
    }
    expect(losses).toEqual(new Set([0, 1, 2]));
  });

  it('refuses a hint when the disk is full', () => {
    const { disk, store } = setUp();
    const end = disk.disturb({ kind: 'full' });
    expect(store.add('n2', 'a', micros(1))).toBe(false);
    end();
    expect(store.add('n2', 'a', micros(1))).toBe(true);
    expect(store.count()).toBe(1);
  });
});
