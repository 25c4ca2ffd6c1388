import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEVER, type Cell } from '../../../src/cassandra/storage/cell.ts';
import { ByteReader, packNumber, packSigned } from '../../../src/cassandra/storage/byte-reader.ts';
import { decodeMutation, makeMutation, wholeFrameEnd } from '../../../src/cassandra/storage/codec.ts';
import type { PartitionData } from '../../../src/cassandra/storage/partition.ts';
import type { Row } from '../../../src/cassandra/storage/row.ts';

const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 200 }).map((units) => String.fromCharCode(...units));
const timestamps = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 2 ** 52 }), fc.integer({ min: -1000, max: -1 }));
const seconds = fc.nat();
const deletions = fc.record({ timestamp: timestamps, localDeletionTime: seconds });
const cells: fc.Arbitrary<Cell> = fc.record({
  column: fc.constantFrom('a', 'b', 'größe', '列'), path: fc.option(bytes, { nil: undefined }), timestamp: timestamps, value: fc.option(bytes), ttl: fc.constantFrom(0, 0, 60), death: seconds,
}).map(({ death, ...rest }) => ({ ...rest, ttl: rest.value === null ? 0 : rest.ttl, localDeletionTime: rest.value === null || rest.ttl > 0 ? death : NEVER }));
const liveness = fc.record({ timestamp: timestamps, ttl: fc.constantFrom(0, 60), death: seconds })
  .map(({ timestamp, ttl, death }) => ({ timestamp, ttl, localDeletionTime: ttl > 0 ? death : NEVER }));
const rowOf = (clustering: fc.Arbitrary<string[]>): fc.Arbitrary<Row> => fc.record({
  clustering, liveness: fc.option(liveness, { nil: undefined }), deletion: fc.option(deletions, { nil: undefined }), cells: fc.array(cells, { maxLength: 12 }),
  complexDeletions: fc.array(fc.record({ column: fc.constantFrom('l', 'm'), deletion: deletions }), { maxLength: 2 }),
});
const bound = fc.record({ prefix: fc.array(bytes, { maxLength: 3 }), side: fc.constantFrom(-1 as const, 1 as const) });
const data: fc.Arbitrary<Omit<PartitionData, 'key'>> = fc.record({
  deletion: fc.option(deletions, { nil: undefined }), ranges: fc.array(fc.record({ slice: fc.record({ start: bound, end: bound }), deletion: deletions }), { maxLength: 3 }),
  staticRow: fc.option(rowOf(fc.constant([])), { nil: undefined }), rows: fc.array(rowOf(fc.array(bytes, { maxLength: 3 })), { maxLength: 4 }),
});

describe('mutations as bytes', () => {
  it('read back as they were, of any number of tables', () => {
    fc.assert(fc.property(fc.constantFrom('ks', 'Öko'), bytes, fc.array(fc.tuple(fc.constantFrom('ks.t', 'ks.u'), data), { maxLength: 3 }), (keyspace, key, parts) => {
      const mutation = makeMutation(keyspace, key, parts.map(([table, part]) => ({ table, data: { key, ...part } })));
      expect(decodeMutation(mutation.bytes)).toEqual(mutation);
      expect(/[\u0100-\uffff]/.test(mutation.bytes)).toBe(false);
    }), { numRuns: 500 });
  });

  it('show a torn end and any flipped bit', () => {
    fc.assert(fc.property(bytes, data, fc.nat(), fc.integer({ min: 0, max: 7 }), (key, part, where, bit) => {
      const { bytes: whole } = makeMutation('ks', key, [{ table: 'ks.t', data: { key, ...part } }]);
      expect(wholeFrameEnd(whole, 0)).toBe(whole.length);
      expect(wholeFrameEnd(whole.slice(0, -1), 0)).toBeUndefined();
      const at = 4 + (where % (whole.length - 4));
      const rotten = whole.slice(0, at) + String.fromCharCode(whole.charCodeAt(at) ^ (1 << bit)) + whole.slice(at + 1);
      expect(wholeFrameEnd(rotten, 0)).toBeUndefined();
    }), { numRuns: 500 });
  });

  it('pack whole numbers up to 2^53 and beyond, where a float64 holds them', () => {
    const numbers = fc.oneof(fc.maxSafeNat(), fc.nat(), fc.integer({ min: 0, max: 63 }).map((n) => 2 ** n), fc.integer({ min: 1, max: 52 }).map((n) => 2 ** n - 1));
    fc.assert(fc.property(numbers, (number) => {
      expect(new ByteReader(packNumber(number)).number()).toBe(number);
      expect(new ByteReader(packSigned(-number)).signed()).toBe(number === 0 ? 0 : -number);
    }), { numRuns: 3000 });
  });
});
