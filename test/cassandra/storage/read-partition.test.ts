import { describe, expect, it } from 'vitest';
import { sliceOf } from '../../../src/cassandra/storage/clustering.ts';
import { emptyData } from '../../../src/cassandra/storage/partition.ts';
import { int, native, tableOf } from '../../support/cassandra-table.ts';
import { between, cell, deletedRow, Rig, row, rows } from '../../support/storage-rig.ts';

const at = (timestamp: number, rig: Rig): { timestamp: number; localDeletionTime: number } => ({ timestamp, localDeletionTime: rig.nowSeconds });

// ReadCommand.withMetricsRecording, Apache Cassandra 5.0.
describe('tombstones count as', () => {
  it('one for each dead cell, and none more for its row', () => {
    const rig = new Rig();
    const dead = { localDeletionTime: rig.nowSeconds };
    rig.write(rows(int(1), row([int(1)], 1, [cell('a', null, 1, dead), cell('b', null, 1, dead)], { liveness: undefined })));
    expect(rig.read(int(1)).tombstones).toBe(2);
  });

  it('one for a deleted row, two for a range of rows, none for a whole partition', () => {
    const rig = new Rig();
    rig.write(rows(int(1), deletedRow([int(1)], at(5, rig))));
    expect(rig.read(int(1)).tombstones).toBe(1);
    rig.write({ ...emptyData(int(1)), ranges: [{ slice: between(2, 9), deletion: at(5, rig) }] });
    expect(rig.read(int(1)).tombstones).toBe(3);
    // The range ends in the middle and goes on with another deletion: that place is one marker.
    rig.write({ ...emptyData(int(1)), ranges: [{ slice: between(5, 9), deletion: at(6, rig) }] });
    expect(rig.read(int(1)).tombstones).toBe(4);
    rig.write({ ...emptyData(int(1)), deletion: at(9, rig) });
    expect(rig.read(int(1)).tombstones).toBe(0);
  });

  it('expired cells, and nothing older than gc_grace_seconds', async () => {
    const rig = new Rig({ tables: [tableOf({ options: { gcGraceSeconds: 60 } })] });
    rig.write(rows(int(1), row([int(1)], 1, [cell('a', int(1), 1, { ttl: 10, localDeletionTime: rig.nowSeconds + 10 })], { liveness: undefined })));
    expect(rig.read(int(1)).tombstones).toBe(0);
    await rig.sim.advance('10s');
    expect(rig.read(int(1)).tombstones).toBe(1);
    await rig.sim.advance('61s');
    expect(rig.read(int(1))).toMatchObject({ tombstones: 0, partitions: [] });
  });
});

describe('an answer', () => {
  it('tells of deletions within the slices that were read, and of nothing behind the last row of a limited read', () => {
    const rig = new Rig();
    rig.write({ ...rows(int(1), row([int(1)], 9), row([int(5)], 9), row([int(8)], 9)), ranges: [{ slice: between(0, 9), deletion: at(5, rig) }] });
    const rangesOf = (changes: Parameters<Rig['read']>[1]): unknown[] => (rig.read(int(1), changes).partitions[0]?.ranges ?? []).map(({ slice }) => [slice.start.prefix, slice.end.prefix]);
    expect(rangesOf({ slices: [between(2, 4)] })).toEqual([[[int(2)], [int(4)]]]);
    expect(rangesOf({ slices: [sliceOf([int(3)])] })).toEqual([[[int(3)], [int(3)]]]);
    const limits = { rows: 2, perPartition: Infinity };
    expect(rangesOf({ limits })).toEqual([[[int(0)], [int(5)]]]);
    expect(rangesOf({ limits, reversed: true })).toEqual([[[int(5)], [int(9)]]]);
  });

  it('has the columns asked for, and one more cell where only that shows that the row lives', () => {
    const rig = new Rig();
    rig.write(rows(int(1), row([int(1)], 1, [cell('a', int(1), 1), cell('b', 'x', 1)]), row([int(2)], 1, [cell('b', 'x', 1)], { liveness: undefined })));
    const found = rig.read(int(1), { columns: new Set(['a']) }).partitions[0]?.rows ?? [];
    expect(found.map(({ cells }) => cells.map(({ column }) => column))).toEqual([['a'], ['b']]);
  });

  it('holds rows that the filter refuses, since they may overrule another replica\'s, unless the command drops them (CASSANDRA-8272)', () => {
    const rig = new Rig();
    for (let c = 0; c < 6; c++) rig.write(rows(int(1), row([int(c)], 1, [cell('a', int(c % 2), 1)])));
    const filter = [{ column: 'a', operator: '=', value: int(1) } as const];
    const limits = { rows: 2, perPartition: Infinity };
    expect(rig.live(int(1), { filter, limits })).toEqual([0, 1, 2, 3]);
    expect(rig.live(int(1), { filter, limits, dropUnmatched: true })).toEqual([1, 3]);
  });

  it('does not show what was in a column before it was dropped, though a column of that name be added again', () => {
    const column = { name: 'a', kind: 'regular', position: -1, type: native('int'), order: 'none' } as const;
    const rig = new Rig({ tables: [tableOf({ dropped: new Map([['a', { column, droppedTime: 5 }]]) })] });
    for (const [c, timestamp] of [[1, 5], [2, 6]] as const) rig.write(rows(int(1), row([int(c)], timestamp, [cell('a', int(c), timestamp)])));
    expect(rig.read(int(1)).partitions[0]?.rows.map(({ cells }) => cells.length)).toEqual([0, 1]);
  });

  it('counts a partition that shows its static row only as one, and limits each partition by itself', () => {
    const rig = new Rig({ tables: [tableOf({ statics: { s: native('int') } })] });
    for (let key = 1; key <= 4; key++) {
      rig.write({ ...rows(int(key), ...(key % 2 === 0 ? [row([int(1)], 1), row([int(2)], 1)] : [])), staticRow: row([], 1, [cell('s', int(key), 1)], { liveness: undefined }) });
    }
    const shape = (limits: { rows: number; perPartition: number }): number[] => rig.scan({ limits }).partitions.map((data) => data.rows.length);
    const all = shape({ rows: Infinity, perPartition: Infinity });
    expect([...all].sort((a, b) => a - b)).toEqual([0, 0, 2, 2]);
    expect(shape({ rows: Infinity, perPartition: 1 })).toEqual(all.map((count) => Math.min(count, 1)));
    expect(shape({ rows: 3, perPartition: 1 })).toEqual(all.slice(0, 3).map((count) => Math.min(count, 1)));
  });
});
