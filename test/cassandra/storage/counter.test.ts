import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterValue, decodeShards, encodeShards, mergeShards, raisedShard, resolveCounterCells } from '../../../src/cassandra/storage/counter.ts';
import { cell } from '../../support/storage-rig.ts';

const [a, b] = ['a'.repeat(16), 'b'.repeat(16)];
const shards = fc.uniqueArray(fc.record({
  id: fc.constantFrom(a, b, 'c'.repeat(16)), clock: fc.bigInt({ min: 1n, max: 3n }), count: fc.bigInt({ min: -3n, max: 3n }),
}), { selector: ({ id }) => id, maxLength: 3 }).map(encodeShards);

/** The shards after a leader's addition, as any replica has them. */
function incrementShards(current: string | undefined, id: string, delta: bigint): string {
  return mergeShards(current ?? '', encodeShards([raisedShard(decodeShards(current ?? '').find((shard) => shard.id === id), id, delta)]));
}

describe('a counter', () => {
  it('adds up what each leader counted, below zero too', () => {
    const once = incrementShards(undefined, a, 5n);
    const twice = incrementShards(incrementShards(once, a, 2n), b, -10n);
    expect(counterValue(twice)).toBe(-3n);
    expect(decodeShards(twice)).toEqual([{ id: a, clock: 2n, count: 7n }, { id: b, clock: 1n, count: -10n }]);
  });

  it('merges to the same value in every order, and a shard heard of twice counts once', () => {
    fc.assert(fc.property(shards, shards, shards, (x, y, z) => {
      expect(mergeShards(x, y)).toBe(mergeShards(y, x));
      expect(mergeShards(mergeShards(x, y), z)).toBe(mergeShards(x, mergeShards(y, z)));
      expect(mergeShards(mergeShards(x, y), y)).toBe(mergeShards(x, y));
    }));
  });

  it('takes of each shard the higher clock: a later decrement is not lost to an earlier larger count', () => {
    const before = incrementShards(undefined, a, 9n);
    const after = incrementShards(before, a, -8n);
    expect(counterValue(mergeShards(after, before))).toBe(1n);
  });

  it('stays deleted, whatever is added later (CASSANDRA-7346)', () => {
    const tombstone = cell('n', null, 1);
    const added = cell('n', incrementShards(undefined, a, 1n), 2);
    expect(resolveCounterCells(tombstone, added)).toBe(tombstone);
    expect(resolveCounterCells(added, tombstone)).toBe(tombstone);
  });

  it('wraps around as a signed 64-bit integer', () => {
    const most = incrementShards(undefined, a, 2n ** 63n - 1n);
    expect(counterValue(incrementShards(most, b, 1n))).toBe(-(2n ** 63n));
  });
});
