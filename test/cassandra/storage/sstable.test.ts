import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInt32 } from '../../../src/cassandra/types/bytes.ts';
import { int } from '../../support/cassandra-table.ts';
import { between, cell, deletedRow, Rig, row, rows } from '../../support/storage-rig.ts';

const WHOLE = { start: undefined, end: undefined };

describe('an sstable', () => {
  it('gives any slice of a large partition, from either end, as the memtable gave it', async () => {
    const rig = new Rig({ columnIndexSize: 200, autoCompaction: false });
    const numbers = Array.from({ length: 1000 }, (_, i) => i * 2);
    for (const c of numbers) rig.write(rows(int(1), row([int(c)], 1, [cell('b', `value ${c}`, 1)])));
    rig.write(rows(int(2), row([int(1)], 1)));
    rig.engine.flush();
    await rig.settle();
    expect(rig.engine.stats('ks.t')).toMatchObject({ memtablePartitions: 0, sstableCount: 1 });
    fc.assert(fc.property(fc.integer({ min: -5, max: 2005 }), fc.integer({ min: -5, max: 2005 }), fc.boolean(), fc.integer({ min: 1, max: 5 }), (from, to, reversed, rowLimit) => {
      const within = numbers.filter((c) => c >= from && c <= to);
      const limits = { rows: rowLimit, perPartition: Infinity };
      expect(rig.live(int(1), { slices: [between(from, to)], reversed })).toEqual(within);
      expect(rig.live(int(1), { slices: [between(from, to)], reversed, limits })).toEqual(reversed ? within.slice(-rowLimit) : within.slice(0, rowLimit));
      expect(rig.live(int(1), { slices: [between(from, from)] })).toEqual(numbers.includes(from) ? [from] : []);
    }), { numRuns: 300 });
  });

  it('is not asked for a partition that its bloom filter rules out', async () => {
    const rig = new Rig({ autoCompaction: false });
    for (let key = 0; key < 1000; key++) rig.write(rows(int(key), row([int(1)], 1)));
    rig.engine.flush();
    await rig.settle();
    for (let key = 0; key < 5000; key++) expect(rig.live(int(key)).length).toBe(key < 1000 ? 1 : 0);
    const { bloomFilterTruePositives = 0, bloomFilterFalsePositives = 0 } = rig.engine.stats('ks.t') ?? {};
    expect(bloomFilterTruePositives).toBe(1000);
    // One in a hundred of 4,000, within three standard deviations.
    expect(Math.abs(bloomFilterFalsePositives - 40)).toBeLessThan(20);
  });

  it('takes little more room than its content', async () => {
    const rig = new Rig({ autoCompaction: false });
    const base = 1_700_000_000_000_000;
    for (let key = 0; key < 2000; key++) rig.write(rows(int(key), row([int(1)], base + key * 1000, [cell('b', 'x'.repeat(100), base + key * 1000)])));
    rig.engine.flush();
    await rig.settle();
    expect(Number(rig.engine.stats('ks.t')?.spaceUsed) / 2000).toBeLessThan(108 + 20);
  });

  it('is passed over where the partition was deleted later than all it holds', async () => {
    const rig = new Rig({ autoCompaction: false });
    rig.write(rows(int(1), row([int(1)], 1)));
    rig.engine.flush();
    rig.write({ ...rows(int(1)), deletion: { timestamp: 5, localDeletionTime: rig.nowSeconds } });
    rig.engine.flush();
    await rig.settle();
    expect(rig.live(int(1))).toEqual([]);
    expect(rig.engine.stats('ks.t')?.sstablesPerRead).toBe(1);
  });

  it('that was not whole before the power failed is removed, and the log has its writes', async () => {
    let removed = 0;
    for (let seed = 0; seed < 20; seed++) {
      const rig = new Rig({ commitlogSync: 'batch', seed });
      rig.write(rows(int(1), row([int(1)], 1)), 1);
      await rig.settle();
      rig.engine.flush();
      rig.restart('power');
      expect(rig.live(int(1))).toEqual([1]);
      if ([...rig.sim.trace.entries()].some(({ what }) => what === 'sstable incomplete')) removed++;
    }
    expect(removed).toBeGreaterThan(0);
  });

  it('that a compaction has merged from many holds the partitions in token order with each row once', async () => {
    const rig = new Rig({ autoCompaction: false });
    for (let round = 0; round < 5; round++) {
      for (let key = 0; key < 50; key++) rig.write(rows(int(key), row([int(round)], round, [cell('a', int(round), round)]), row([int(9)], round, [cell('a', int(round), round)])));
      rig.write(rows(int(7), deletedRow([int(9)], { timestamp: 100, localDeletionTime: rig.nowSeconds })));
      rig.engine.flush();
    }
    await rig.settle();
    const before = [...rig.engine.partitionsIn('ks.t', WHOLE)];
    expect(rig.engine.spaceAmplification('ks.t')).toBeGreaterThan(1.5);
    rig.engine.compact();
    await rig.settle();
    expect(rig.engine.stats('ks.t')?.sstableCount).toBe(1);
    expect(rig.engine.spaceAmplification('ks.t')).toBe(1);
    const after = [...rig.engine.partitionsIn('ks.t', WHOLE)];
    expect(after).toEqual(before);
    expect(new Set(after.map(({ key }) => readInt32(key))).size).toBe(50);
  });
});
