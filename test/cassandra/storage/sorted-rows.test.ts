import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareClusterings, compareToBound, type Bound, type Clustering, type ClusteringOrder } from '../../../src/cassandra/storage/clustering.ts';
import type { Row } from '../../../src/cassandra/storage/row.ts';
import { SortedRows } from '../../../src/cassandra/storage/sorted-rows.ts';

const row = (clustering: Clustering): Row => ({ clustering, liveness: undefined, deletion: undefined, cells: [] });
const orders = fc.tuple(fc.constantFrom<ClusteringOrder>('ASC', 'DESC'), fc.constantFrom<ClusteringOrder>('ASC', 'DESC'));
const clusterings = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }));
const bounds = fc.record({
  prefix: fc.oneof(fc.constant([]), fc.integer({ min: 0, max: 40 }).map((a) => [a]), clusterings) as fc.Arbitrary<Clustering>,
  side: fc.constantFrom<-1 | 1>(-1, 1),
}) as fc.Arbitrary<Bound>;

describe('SortedRows', () => {
  it('is a sorted list without doubles, sliced both ways', () => {
    fc.assert(fc.property(orders, fc.array(clusterings, { maxLength: 900 }), bounds, bounds, (directions, added, start, end) => {
      const compare = compareClusterings(directions);
      const rows = new SortedRows(compare);
      for (const clustering of added) rows.upsert(row(clustering), (present) => present);
      const model = [...new Map(added.map((clustering) => [clustering.join(), clustering])).values()].sort(compare);
      expect(Array.from(rows, ({ clustering }) => clustering)).toEqual(model);
      expect(rows.size).toBe(model.length);
      const within = model.filter((clustering) => compareToBound(compare, clustering, start) > 0 && compareToBound(compare, clustering, end) < 0);
      expect(Array.from(rows.slice({ start, end }), ({ clustering }) => clustering)).toEqual(within);
      expect(Array.from(rows.slice({ start, end }, true), ({ clustering }) => clustering)).toEqual(within.reverse());
      expect(rows.get([7, 7])?.clustering.join()).toBe(model.find((clustering) => clustering.join() === '7,7')?.join());
    }));
  });

  it('merges a row that is there already', () => {
    const rows = new SortedRows(compareClusterings(['ASC']));
    rows.upsert(row([1]), () => row([1]));
    const merged: Row = { ...row([1]), deletion: { timestamp: 1, localDeletionTime: 1 } };
    rows.upsert(row([1]), () => merged);
    expect([...rows]).toEqual([merged]);
  });

  it('compares a number of clusterings that grows with the logarithm of the rows', () => {
    let comparisons = 0;
    const inner = compareClusterings(['ASC']);
    const rows = new SortedRows((a, b) => {
      comparisons++;
      return inner(a, b);
    });
    for (let i = 0; i < 100_000; i++) rows.upsert(row([i]), (present) => present);
    comparisons = 0;
    expect(rows.slice({ start: { prefix: [77_777], side: -1 }, end: { prefix: [], side: 1 } }).next().value?.clustering).toEqual([77_777]);
    expect(comparisons).toBeLessThan(40);
  });
});
