import { describe, expect, it } from 'vitest';
import type { IndexTarget } from '../../../src/cassandra/schema/metadata.ts';
import type { FilterExpression } from '../../../src/cassandra/storage/read-command.ts';
import { readInt32 } from '../../../src/cassandra/types/bytes.ts';
import type { DataType } from '../../../src/cassandra/types/data-type.ts';
import { listOf } from '../../../src/cassandra/types/structure.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { cell, Rig, row, rows } from '../../support/storage-rig.ts';

const map: DataType = { kind: 'map', key: native('text'), value: native('int'), frozen: false };
const set: DataType = { kind: 'set', element: native('int'), frozen: false };
const frozen: DataType = { kind: 'list', element: native('int'), frozen: true };

function indexed(column: string, target: IndexTarget, kind: 'COMPOSITES' | 'CUSTOM' = 'COMPOSITES'): Rig {
  return new Rig({ tables: [tableOf({
    partitionKey: { p: native('int'), q: native('int') }, regulars: { a: native('int'), f: frozen, m: map, s: set }, statics: { st: native('int') },
    indexes: [{ name: 'idx', column, target, kind, options: {} }],
  })] });
}

const key = (p: number, q: number): string => `\0\x04${int(p)}\0\0\x04${int(q)}\0`;
const find = (rig: Rig, expression: FilterExpression): string[] => rig.scan({ index: 'idx', filter: [expression], dropUnmatched: true }).partitions
  .flatMap((data) => data.rows.map((one) => `${readInt32(data.key, 2)}/${readInt32(one.clustering[0] ?? '')}`)).sort((a, b) => (a < b ? -1 : 1));

describe('an index', () => {
  it.each([
    ['on a map\'s values', 'm', 'values', { column: 'm', operator: 'CONTAINS', value: int(2) }],
    ['on a map\'s keys', 'm', 'keys', { column: 'm', operator: 'CONTAINS KEY', value: 'k2' }],
    ['on a map\'s entries', 'm', 'entries', { column: 'm', operator: 'ENTRY', value: int(2), mapKey: 'k2' }],
    ['on a set', 's', 'values', { column: 's', operator: 'CONTAINS', value: int(2) }],
    ['on a frozen list as a whole', 'f', 'full', { column: 'f', operator: '=', value: listOf([int(2)]) }],
    ['on a column', 'a', 'values', { column: 'a', operator: '=', value: int(2) }],
    ['on a clustering column', 'c', 'values', { column: 'c', operator: '=', value: int(2) }],
    ['on a part of the partition key', 'p', 'values', { column: 'p', operator: '=', value: int(2) }],
    ['on a static column', 'st', 'values', { column: 'st', operator: '=', value: int(2) }],
  ] as const)('%s finds what a scan of all rows finds', (_, column, target, expression) => {
    const rig = indexed(column, target);
    for (let p = 1; p <= 3; p++) {
      for (let c = 1; c <= 3; c++) {
        const n = column === 'p' || column === 'st' ? p : c;
        rig.write({
          ...rows(key(p, 0), row([int(c)], 1, [
            cell('a', int(n), 1), cell('f', listOf([int(n)]), 1), cell('m', int(n), 1, { path: `k${n}` }), cell('s', '', 1, { path: int(n) }),
          ])),
          staticRow: row([], 1, [cell('st', int(p), 1)], { liveness: undefined }),
        });
      }
    }
    const scanned = rig.scan({ filter: [expression], dropUnmatched: true }).partitions.flatMap((data) => data.rows).length;
    expect(scanned).toBe(3);
    expect(find(rig, expression)).toEqual(column === 'p' || column === 'st' ? ['2/1', '2/2', '2/3'] : ['1/2', '2/2', '3/2']);
  });

  it('of the kind CUSTOM answers ranges too', () => {
    const rig = indexed('a', 'values', 'CUSTOM');
    for (let c = -2; c <= 3; c++) rig.write(rows(key(1, 0), row([int(c)], 1, [cell('a', int(c), 1)])));
    expect(find(rig, { column: 'a', operator: '>', value: int(-1) })).toEqual(['1/0', '1/1', '1/2', '1/3']);
    expect(find(rig, { column: 'a', operator: '<=', value: int(-1) })).toEqual(['1/-1', '1/-2']);
  });

  it('that is added to a table with content finds it, and one that is dropped is asked no more', () => {
    const plain = tableOf();
    const rig = new Rig({ tables: [plain] });
    rig.write(rows(int(1), row([int(1)], 1, [cell('a', int(7), 1)])));
    rig.tables.set(plain.id, { ...plain, indexes: new Map([['idx', { name: 'idx', column: 'a', target: 'values', kind: 'COMPOSITES', options: {} }]]) });
    const filter = [{ column: 'a', operator: '=', value: int(7) } as const];
    expect(rig.scan({ index: 'idx', filter }).partitions.length).toBe(1);
    rig.tables.set(plain.id, plain);
    expect(rig.scan({ index: 'idx', filter }).partitions.length).toBe(1);
  });
});
