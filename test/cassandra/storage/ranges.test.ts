import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bound } from '../../../src/cassandra/storage/clustering.ts';
import { clipRanges, compareBounds, mergeRanges, normaliseRanges, rangeDeletionAt, type RangeTombstone } from '../../../src/cassandra/storage/ranges.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { between } from '../../support/storage-rig.ts';

const { compare } = tableOf({ clustering: { x: native('int'), y: native('int') } });
const bounds: fc.Arbitrary<Bound> = fc.record({
  prefix: fc.array(fc.integer({ min: 0, max: 4 }).map(int), { maxLength: 2 }), side: fc.constantFrom(-1 as const, 1 as const),
});
const ranges: fc.Arbitrary<RangeTombstone> = fc.record({
  slice: fc.record({ start: bounds, end: bounds }), deletion: fc.record({ timestamp: fc.integer({ min: 1, max: 4 }), localDeletionTime: fc.integer({ min: 1, max: 2 }) }),
}).filter(({ slice }) => compareBounds(compare, slice.start, slice.end) < 0);
const lists = fc.array(ranges, { maxLength: 14 }).map((list) => normaliseRanges(compare, list));
const everywhere = Array.from({ length: 25 }, (_, i) => [int(Math.floor(i / 5)), int(i % 5)]);

describe('range tombstones', () => {
  it('delete at every row with the strongest deletion of all ranges that cover it', () => {
    fc.assert(fc.property(fc.array(ranges, { maxLength: 20 }), (list) => {
      const normal = normaliseRanges(compare, list);
      for (const row of everywhere) {
        const covering = list.filter(({ slice }) => (compare(row, slice.start.prefix) || -slice.start.side) > 0 && (compare(row, slice.end.prefix) || -slice.end.side) < 0)
          .map(({ deletion }) => deletion).sort((a, b) => b.timestamp - a.timestamp || b.localDeletionTime - a.localDeletionTime);
        expect(rangeDeletionAt(compare, normal, row)).toEqual(covering[0]);
      }
    }), { numRuns: 500 });
  });

  it('lie apart, in order, and make one list in whatever order they are merged', () => {
    fc.assert(fc.property(lists, lists, lists, (a, b, c) => {
      const left = mergeRanges(compare, mergeRanges(compare, a, b), c);
      expect(mergeRanges(compare, a, mergeRanges(compare, c, b))).toEqual(left);
      expect(mergeRanges(compare, left, a)).toEqual(left);
      for (let i = 1; i < left.length; i++) {
        expect(compareBounds(compare, left[i - 1]?.slice.end ?? { prefix: [], side: 1 }, left[i]?.slice.start ?? { prefix: [], side: -1 })).toBeLessThanOrEqual(0);
      }
    }), { numRuns: 500 });
  });

  it('are the same within a slice and nowhere outside of it, once clipped', () => {
    fc.assert(fc.property(lists, ranges, (list, { slice }) => {
      const clipped = clipRanges(compare, list, slice);
      for (const row of everywhere) {
        const inside = (compare(row, slice.start.prefix) || -slice.start.side) > 0 && (compare(row, slice.end.prefix) || -slice.end.side) < 0;
        expect(rangeDeletionAt(compare, clipped, row)).toEqual(inside ? rangeDeletionAt(compare, list, row) : undefined);
      }
    }), { numRuns: 500 });
  });

  it('grow one by one to the list that all at once would make', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 3 })), { minLength: 9, maxLength: 60 }), (all) => {
      const table = tableOf();
      const list = all.map(([from, length, timestamp]): RangeTombstone => ({ slice: between(from, from + length), deletion: { timestamp, localDeletionTime: 1 } }));
      const grown = list.reduce((before, range) => mergeRanges(table.compare, before, [range]), [] as readonly RangeTombstone[]);
      expect(grown).toEqual(normaliseRanges(table.compare, list));
    }), { numRuns: 300 });
  });
});
