import { describe, expect, it } from 'vitest';
import { sizeBuckets, sizeTiered } from '../../../../src/cassandra/storage/compaction/size-tiered.ts';
import { flushAndCompact, sstable, viewOf } from '../../../support/compaction-model.ts';

const options = { class: 'SizeTieredCompactionStrategy' };
const exact = { ...options, min_sstable_size: '1' };

// Apache Cassandra 5.0, managing/operating/compaction/stcs.adoc.
describe('SizeTieredCompactionStrategy', () => {
  it('puts sstables into a bucket between bucket_low (0.5) and bucket_high (1.5) times its average size', () => {
    const sizes = [100, 149, 160, 400, 1000, 520].map((mib, i) => sstable(i, mib));
    expect(sizeBuckets(sizes, options).map((bucket) => bucket.map(({ generation }) => generation))).toEqual([[0, 1, 2], [3, 5], [4]]);
  });

  it('takes all sstables below min_sstable_size (50 MiB) for one bucket', () => {
    const tiny = [1, 5, 20, 49].map((mib, i) => sstable(i, mib));
    expect(sizeTiered.next(tiny, options, viewOf())?.inputs).toEqual([0, 1, 2, 3]);
    expect(sizeTiered.next(tiny, exact, viewOf())).toBeUndefined();
  });

  it('waits for min_threshold (4) and takes at most max_threshold (32) at a time', () => {
    const many = Array.from({ length: 40 }, (_, i) => sstable(i, 100));
    expect(sizeTiered.next(many.slice(0, 3), options, viewOf())).toBeUndefined();
    expect(sizeTiered.next(many.slice(0, 4), options, viewOf())?.inputs.length).toBe(4);
    expect(sizeTiered.next(many, options, viewOf())?.inputs.length).toBe(32);
    expect(sizeTiered.next(many, { ...options, min_threshold: '41' }, viewOf())).toBeUndefined();
  });

  it('writes each byte once more for each level that 256 equal flushes fill: 1 flush and 4 merges', () => {
    const { sstables, writeAmplification } = flushAndCompact(sizeTiered, exact, 256, 10);
    expect(sstables.length).toBe(1);
    expect(writeAmplification).toBe(5);
  });

  it('drops sstables in which all has expired, unless they hide something older elsewhere', () => {
    const dead = sstable(1, 100, { maxLocalDeletionTime: 50, maxTimestamp: 10 });
    const younger = sstable(2, 100, { minTimestamp: 20, maxTimestamp: 30 });
    const older = sstable(3, 100, { minTimestamp: 5, maxTimestamp: 30 });
    const view = viewOf({ gcBefore: 60 });
    expect(sizeTiered.next([dead, younger], options, view)).toMatchObject({ reason: 'expired', inputs: [1] });
    expect(sizeTiered.next([dead, younger, older], options, view)).toBeUndefined();
    expect(sizeTiered.next([dead, younger], options, viewOf({ gcBefore: 40 }))).toBeUndefined();
  });
});

// compaction/overview.adoc, "Single sstable tombstone compaction": tombstone_threshold 0.2, tombstone_compaction_interval 1 day.
describe('a compaction for the tombstones of one sstable', () => {
  const full = sstable(1, 100, { droppable: new Map([[40, 30]]), createdAt: 0, minTimestamp: 5, maxTimestamp: 9 });
  const day = 86_400;
  const view = viewOf({ nowSeconds: day, gcBefore: 41 });

  it('comes once more than tombstone_threshold of it may go and tombstone_compaction_interval is over', () => {
    expect(sizeTiered.next([full], options, view)).toMatchObject({ reason: 'tombstones', inputs: [1] });
    expect(sizeTiered.next([full], options, viewOf({ ...view, nowSeconds: day - 1 }))).toBeUndefined();
    expect(sizeTiered.next([full], options, viewOf({ ...view, gcBefore: 40 }))).toBeUndefined();
    expect(sizeTiered.next([full], { ...options, tombstone_threshold: '0.3' }, view)).toBeUndefined();
    expect(sizeTiered.next([full], { ...options, tombstone_compaction_interval: '100000' }, view)).toBeUndefined();
  });

  it('is not tried where an overlapping sstable may hold what they hide, but with unchecked_tombstone_compaction', () => {
    const overlapping = sstable(2, 500, { minTimestamp: 1 });
    expect(sizeTiered.next([full, overlapping], options, view)).toBeUndefined();
    expect(sizeTiered.next([full, overlapping], { ...options, unchecked_tombstone_compaction: 'true' }, view)).toMatchObject({ inputs: [1] });
  });

  it('is for repaired sstables only with only_purge_repaired_tombstones', () => {
    const only = { ...options, only_purge_repaired_tombstones: 'true' };
    expect(sizeTiered.next([full], only, view)).toBeUndefined();
    expect(sizeTiered.next([{ ...full, marks: { ...full.marks, repairedAt: 1 } }], only, view)).toMatchObject({ inputs: [1] });
  });
});
