import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEVER, type Cell } from '../../../src/cassandra/storage/cell.ts';
import { digestOf, missingFrom, sameData } from '../../../src/cassandra/storage/difference.ts';
import { emptyData, isEmptyData, mergeAnswers, normaliseData, Partition, type PartitionData } from '../../../src/cassandra/storage/partition.ts';
import type { Row } from '../../../src/cassandra/storage/row.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { between, cell } from '../../support/storage-rig.ts';

const table = tableOf({ regulars: { a: native('int'), m: { kind: 'map', key: native('int'), value: native('int'), frozen: false } }, statics: { s: native('int') } });
const small = fc.integer({ min: 0, max: 4 });
const deletions = fc.record({ timestamp: small, localDeletionTime: fc.integer({ min: 1, max: 2 }) });
const cellOf = (column: string, path: number | undefined): fc.Arbitrary<Cell> => fc.record({ timestamp: small, value: fc.option(small), ttl: fc.constantFrom(0, 3), death: fc.integer({ min: 1, max: 2 }) })
  .map(({ timestamp, value, ttl, death }) => cell(column, value === null ? null : int(value), timestamp, {
    path: path === undefined ? undefined : int(path), ttl: value === null ? 0 : ttl, localDeletionTime: value === null || ttl > 0 ? death : NEVER,
  }));
const contentOf = (clustering: number[], columns: readonly (readonly [string, number | undefined])[]): fc.Arbitrary<Row> => fc.record({
  liveness: fc.option(fc.record({ timestamp: small }).map(({ timestamp }) => ({ timestamp, ttl: 0, localDeletionTime: NEVER })), { nil: undefined }),
  deletion: fc.option(deletions, { nil: undefined, freq: 3 }),
  cells: fc.tuple(...columns.map(([column, path]) => fc.option(cellOf(column, path), { nil: undefined }))).map((all) => all.filter((one) => one !== undefined)),
  complexDeletions: fc.option(deletions, { nil: undefined, freq: 3 }).map((deletion) => (deletion === undefined ? [] : [{ column: 'm', deletion }])),
}).map((row) => ({ clustering: clustering.map(int), ...row }));
const partitions: fc.Arbitrary<PartitionData> = fc.record({
  deletion: fc.option(deletions, { nil: undefined, freq: 4 }),
  ranges: fc.array(fc.record({ from: small, to: small, deletion: deletions }).map(({ from, to, deletion }) => ({ slice: between(Math.min(from, to), Math.max(from, to)), deletion })), { maxLength: 3 }),
  staticRow: fc.option(contentOf([], [['s', undefined]]).map((row) => ({ ...row, liveness: undefined, deletion: undefined, complexDeletions: [] })), { nil: undefined }),
  rows: fc.tuple(...[0, 1, 2, 3].map((c) => fc.option(contentOf([c], [['a', undefined], ['m', 1], ['m', 2]]), { nil: undefined }))).map((all) => all.filter((one) => one !== undefined)),
}).map((data) => {
  const partition = new Partition(table, int(1));
  partition.add(table, { key: int(1), ...data });
  return partition.toData();
});

describe('what replicas hold', () => {
  it('merges to the same in whatever order, and however often it is heard of', () => {
    fc.assert(fc.property(partitions, partitions, partitions, (a, b, c) => {
      const merged = mergeAnswers(table, [a, b, c]);
      expect(mergeAnswers(table, [c, a, b])).toEqual(merged);
      expect(mergeAnswers(table, [a, mergeAnswers(table, [b, c])])).toEqual(merged);
      expect(mergeAnswers(table, [merged, b])).toEqual(merged);
      // A memtable that was sent all three holds the same.
      const partition = new Partition(table, int(1));
      for (const part of [b, c, a]) partition.add(table, part);
      expect(normaliseData(table, partition.toData())).toEqual(merged);
    }), { numRuns: 1000 });
  });

  it('is whole once a replica was written what it lacked (read repair), and then lacks nothing', () => {
    fc.assert(fc.property(partitions, partitions, (a, b) => {
      const merged = mergeAnswers(table, [a, b]);
      for (const own of [a, b, emptyData(int(1))]) {
        const missing = missingFrom(table, merged, own);
        expect(missing === undefined).toBe(sameData(table, merged, own));
        const repaired = mergeAnswers(table, missing === undefined ? [own] : [own, missing]);
        expect(sameData(table, repaired, merged)).toBe(true);
        expect(missingFrom(table, merged, repaired)).toBeUndefined();
      }
    }), { numRuns: 1000 });
  });

  it('has equal digests exactly when it is the same', () => {
    fc.assert(fc.property(partitions, partitions, (a, b) => {
      expect(digestOf([a]) === digestOf([b])).toBe(sameData(table, a, b) || (isEmptyData(a) && isEmptyData(b)));
      expect(digestOf([a])).toBe(digestOf([structuredClone(a)]));
    }), { numRuns: 1000 });
  });
});
