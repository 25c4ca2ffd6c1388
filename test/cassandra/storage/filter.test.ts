import { describe, expect, it } from 'vitest';
import { NEVER } from '../../../src/cassandra/storage/cell.ts';
import { liveRowCount, rowPasses, splitKey } from '../../../src/cassandra/storage/filter.ts';
import { emptyData } from '../../../src/cassandra/storage/partition.ts';
import type { FilterExpression } from '../../../src/cassandra/storage/read-command.ts';
import { listOf, mapOf } from '../../../src/cassandra/types/structure.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { cell, row, rows } from '../../support/storage-rig.ts';

const list = { kind: 'list', element: native('int'), frozen: false } as const;
const map = { kind: 'map', key: native('text'), value: native('int'), frozen: false } as const;
const table = tableOf({
  partitionKey: { p: native('int'), q: native('text') },
  regulars: { a: native('int'), t: native('text'), l: list, m: map, fl: { ...list, frozen: true }, fm: { ...map, frozen: true }, st: { kind: 'set', element: native('int'), frozen: false } },
  statics: { s: native('int') },
});
const key = '\0\x04\0\0\0\x07\0\0\x02hi\0';
const shown = row([int(3)], 1, [
  cell('a', int(-5), 1), cell('fl', listOf([int(1), int(2)]), 1), cell('fm', mapOf([['k', int(9)]]), 1),
  cell('l', int(4), 1, { path: 'x'.repeat(16) }), cell('m', int(6), 1, { path: 'k' }), cell('st', '', 1, { path: int(8) }), cell('t', 'hello', 1),
]);
const staticRow = row([], 1, [cell('s', int(1), 1)], { liveness: undefined });
const passes = (column: string, operator: FilterExpression['operator'], value: string, more: Partial<FilterExpression> = {}): boolean =>
  rowPasses(table, key, staticRow, shown, [{ column, operator, value, ...more }], 100);

describe('conditions', () => {
  it.each([
    ['p', '=', int(7), true], ['q', '=', 'hi', true], ['q', '=', 'ho', false], ['c', '>=', int(3), true], ['c', '>', int(3), false],
    ['a', '<', int(0), true], ['a', '>', int(0), false], ['a', '!=', int(0), true], ['s', '=', int(1), true],
    ['fl', 'CONTAINS', int(2), true], ['fl', 'CONTAINS', int(3), false], ['l', 'CONTAINS', int(4), true], ['m', 'CONTAINS', int(6), true], ['m', 'CONTAINS KEY', 'k', true],
    ['m', 'CONTAINS KEY', 'z', false], ['fm', 'CONTAINS KEY', 'k', true], ['fm', 'CONTAINS', int(9), true], ['st', 'CONTAINS', int(8), true], ['st', 'CONTAINS', int(9), false],
    ['t', 'LIKE', 'he%', true], ['t', 'LIKE', '%lo', true], ['t', 'LIKE', '%ell%', true], ['t', 'LIKE', 'ell', false], ['a', 'IS NOT', '', true],
  ] as const)('%s %s', (column, operator, value, expected) => expect(passes(column, operator, value)).toBe(expected));

  it('on entries of maps and on lists of alternatives', () => {
    expect(passes('m', 'ENTRY', int(6), { mapKey: 'k' })).toBe(true);
    expect(passes('m', 'ENTRY', int(7), { mapKey: 'k' })).toBe(false);
    expect(passes('fm', 'ENTRY', int(9), { mapKey: 'k' })).toBe(true);
    expect(passes('a', 'IN', '', { values: [int(1), int(-5)] })).toBe(true);
    expect(passes('a', 'IN', '', { values: [int(1)] })).toBe(false);
  });

  it('never hold for null: of a column without a value, or with one that has expired', () => {
    const other = row([int(3)], 1, [cell('a', int(1), 1, { ttl: 10, localDeletionTime: 50 })]);
    for (const operator of ['=', '!=', '<', '>='] as const) {
      expect(rowPasses(table, key, undefined, other, [{ column: 'a', operator, value: int(1) }], 50)).toBe(false);
      expect(rowPasses(table, key, undefined, other, [{ column: 't', operator, value: 'x' }], 50)).toBe(false);
    }
    expect(rowPasses(table, key, undefined, other, [{ column: 'a', operator: '=', value: int(1) }], 49)).toBe(true);
  });
});

it('a composite key comes apart into its columns', () => {
  expect(splitKey(table, key)).toEqual([int(7), 'hi']);
});

it('rows count when they live and pass; a partition that shows its static row only counts as one (DataLimits)', () => {
  const dead = row([int(1)], 1, [], { liveness: { timestamp: 1, ttl: 1, localDeletionTime: 50 } });
  const data = { ...rows(key, dead, shown), staticRow };
  expect(liveRowCount(table, data, [], 100)).toBe(1);
  expect(liveRowCount(table, data, [], 10)).toBe(2);
  expect(liveRowCount(table, data, [{ column: 'a', operator: '=', value: int(0) }], 100)).toBe(0);
  expect(liveRowCount(table, { ...emptyData(key), staticRow }, [], 100)).toBe(1);
  expect(liveRowCount(table, { ...rows(key, dead), staticRow: row([], 1, [cell('s', int(1), 1, { localDeletionTime: NEVER })], { liveness: undefined }) }, [], 100)).toBe(1);
  expect(liveRowCount(table, rows(key, dead), [], 100)).toBe(0);
});
