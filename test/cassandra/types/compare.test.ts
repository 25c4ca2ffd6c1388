/**
 * The order of values, type by type (`AbstractType.compare` of Apache Cassandra 5.0 and its subclasses).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparatorOf, pathComparatorOf } from '../../../src/cassandra/types/compare.ts';
import type { DataType } from '../../../src/cassandra/types/data-type.ts';
import { encode } from '../../../src/cassandra/types/encode.ts';
import { native } from '../../../src/cassandra/types/type-name.ts';

const list: DataType = { kind: 'list', element: native('int'), frozen: true };
const map: DataType = { kind: 'map', key: native('text'), value: native('int'), frozen: true };
const tuple: DataType = { kind: 'tuple', elements: [native('int'), native('text')] };

/** Values in the order that Cassandra sorts them. */
const ORDERED: readonly (readonly [string, DataType, readonly unknown[]])[] = [
  ['tinyint', native('tinyint'), [-128, -1, 0, 1, 127]],
  ['smallint', native('smallint'), [-32_768, -1, 0, 255, 256]],
  ['int', native('int'), [-2_147_483_648, -256, -1, 0, 1, 255, 65_536, 2_147_483_647]],
  ['bigint', native('bigint'), [-(2n ** 63n), -1n, 0n, 1n, 2n ** 53n, 2n ** 63n - 1n]],
  ['varint', native('varint'), [-(10n ** 30n), -129n, -128n, -1n, 0n, 127n, 128n, 10n ** 30n]],
  ['decimal', native('decimal'), ['-1E+40', '-1.5', '-0.001', '0', '1E-40', '1.4999', '1.5', '15', '1E+40']],
  ['double: -0 before 0, NaN last', native('double'), [-Infinity, -1.5, -0, 0, 1e-300, 1.5, Infinity, NaN]],
  ['float', native('float'), [-Infinity, -1.5, -0, 0, 1.5, Infinity, NaN]],
  ['timestamp', native('timestamp'), [-62_135_596_800_000, -1, 0, 1_700_000_000_000]],
  ['date', native('date'), ['-5877641-06-23', '1969-12-31', '1970-01-01', '2024-02-29', '+5881580-07-11']],
  ['time', native('time'), ['00:00:00', '00:00:00.000000001', '23:59:59.999999999']],
  ['text by bytes of UTF-8, not by code units', native('text'), ['', 'A', 'a', 'aa', 'b', 'é', '\ufb01', '😀']],
  ['boolean', native('boolean'), [false, true]],
  ['inet as bytes', native('inet'), ['0.0.0.1', '10.0.0.1', '127.0.0.1', '255.0.0.1']],
  ['timeuuid by time', native('timeuuid'), ['ffffffff-0000-1000-8080-808080808080', '00000000-0001-1000-8080-808080808080', '00000000-0000-1001-8080-808080808080']],
  ['timeuuid, times equal: each byte with its sign', native('timeuuid'), [
    '00000000-0000-1000-8080-808080808080', '00000000-0000-1000-ff80-808080808080', '00000000-0000-1000-0080-808080808080', '00000000-0000-1000-7f7f-7f7f7f7f7f7f',
  ]],
  ['uuid by version first', native('uuid'), [
    'ffffffff-0000-1000-8000-000000000000', '00000000-0001-1000-8000-000000000000', '00000000-0000-4000-8000-000000000000', 'ffffffff-0000-4000-8000-000000000000',
  ]],
  ['list', list, [[], [-1], [0], [0, -5], [0, 5], [1]]],
  ['map', map, [{}, { a: -1 }, { a: 1 }, { a: 1, b: 0 }, { b: -9 }]],
  ['tuple, null first', tuple, [[null, 'z'], [-1, 'b'], [0, null], [0, 'a'], [0, 'b']]],
  ['vector', { kind: 'vector', element: native('float'), dimension: 2 }, [[-1, 5], [0, -1], [0, 1]]],
];

describe('values of a type', () => {
  it.each(ORDERED)('sort: %s', (_name, type, values) => {
    const compare = comparatorOf(type);
    const bytes = values.map((value) => encode(type, value, 'v') ?? '');
    for (const [i, a] of bytes.entries()) {
      for (const [j, b] of bytes.entries()) expect([values[i], values[j], Math.sign(compare(a, b))]).toEqual([values[i], values[j], Math.sign(i - j)]);
    }
  });

  it('of which one is empty: it comes first', () => {
    for (const name of ['int', 'bigint', 'double', 'decimal', 'varint', 'timestamp', 'uuid', 'timeuuid'] as const) {
      const least = encode(native(name), name.endsWith('uuid') ? '00000000-0000-1000-8080-808080808080' : -1, 'v') ?? '';
      expect([name, comparatorOf(native(name))('', least) < 0, comparatorOf(native(name))(least, '') > 0]).toEqual([name, true, true]);
    }
  });

  it('1.0 and 1.00 are one decimal in order, and two in bytes', () => {
    const [one, other] = [encode(native('decimal'), '1.0', 'v') ?? '', encode(native('decimal'), '1.00', 'v') ?? ''];
    expect(one).not.toBe(other);
    expect(comparatorOf(native('decimal'))(one, other)).toBe(0);
  });

  it('that are whole numbers sort as numbers do', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (a, b) => {
      const order = comparatorOf(native('varint'))(encode(native('varint'), a, 'v') ?? '', encode(native('varint'), b, 'v') ?? '');
      expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
    }));
  });
});

describe('paths of cells', () => {
  it('sort by the element of a set, the key of a map, the time of a list', () => {
    const negative = encode(native('int'), -1, 'v') ?? '';
    const positive = encode(native('int'), 1, 'v') ?? '';
    expect(pathComparatorOf({ kind: 'set', element: native('int'), frozen: false })(negative, positive)).toBeLessThan(0);
    expect(pathComparatorOf({ kind: 'map', key: native('int'), value: native('text'), frozen: false })(negative, positive)).toBeLessThan(0);
    const early = encode(native('timeuuid'), 'ffffffff-0000-1000-8080-808080808080', 'v') ?? '';
    const late = encode(native('timeuuid'), '00000000-0001-1000-8080-808080808080', 'v') ?? '';
    expect(pathComparatorOf({ kind: 'list', element: native('int'), frozen: false })(early, late)).toBeLessThan(0);
  });
});
