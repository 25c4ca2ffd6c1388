import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Clustering } from '../../../src/cassandra/storage/clustering.ts';
import { SortedRows } from '../../../src/cassandra/storage/sorted-rows.ts';
import { readInt32 } from '../../../src/cassandra/types/bytes.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { row } from '../../support/storage-rig.ts';

const table = tableOf({ clustering: { x: native('int'), y: native('int') }, descending: ['y'] });
const numbers = (clustering: Clustering): number[] => clustering.map((value) => readInt32(value));

it('keeps rows in clustering order, walks slices from both ends and replaces what is there', () => {
  const pairs = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }));
  const bounds = fc.record({ prefix: fc.oneof(fc.constant([] as number[]), fc.integer({ min: -20, max: 20 }).map((x) => [x]), pairs.map((pair) => [...pair])), side: fc.constantFrom(-1 as const, 1 as const) });
  fc.assert(fc.property(fc.array(pairs, { maxLength: 700 }), bounds, bounds, (inserted, from, to) => {
    const sorted = new SortedRows(table.compare);
    for (const [i, pair] of inserted.entries()) {
      const added = row(pair.map(int), i);
      if (sorted.insert(added) !== undefined) sorted.replace(added);
    }
    const expected = [...new Map(inserted.map((pair, i) => [pair.join(), { pair, i }])).values()].sort((a, b) => a.pair[0] - b.pair[0] || b.pair[1] - a.pair[1]);
    expect([...sorted].map((one) => [numbers(one.clustering), one.liveness?.timestamp])).toEqual(expected.map(({ pair, i }) => [pair, i]));
    expect(sorted.size).toBe(expected.length);
    // A bound lies just before or behind all that begin with its prefix.
    const place = ([x, y]: readonly number[], { prefix, side }: { prefix: readonly number[]; side: number }): number =>
      (prefix[0] === undefined ? 0 : (x ?? 0) - prefix[0]) || (prefix[1] === undefined ? 0 : prefix[1] - (y ?? 0)) || -side;
    const slice = { start: { prefix: from.prefix.map(int), side: from.side }, end: { prefix: to.prefix.map(int), side: to.side } };
    const within = expected.filter(({ pair }) => place(pair, from) > 0 && place(pair, to) < 0).map(({ pair }) => pair);
    expect(Array.from(sorted.slice(slice), (one) => numbers(one.clustering))).toEqual(within);
    expect(Array.from(sorted.slice(slice, true), (one) => numbers(one.clustering))).toEqual(within.toReversed());
    for (const [x, y] of inserted) expect(sorted.get([int(x), int(y)])?.clustering).toEqual([int(x), int(y)]);
  }), { numRuns: 60 });
});
