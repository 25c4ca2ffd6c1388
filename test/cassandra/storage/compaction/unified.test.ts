import { describe, expect, it } from 'vitest';
import { levelOfDensity, scalingParameters, shardCount, unified } from '../../../../src/cassandra/storage/compaction/unified.ts';
import { at, flushAndCompact, MIB, sstable, viewOf } from '../../../support/compaction-model.ts';

const options = { class: 'UnifiedCompactionStrategy' };
const GIB = 1024 * MIB;

// Apache Cassandra 5.0, managing/operating/compaction/ucs.adoc.
describe('UnifiedCompactionStrategy', () => {
  it('reads T4, L10, N and plain numbers as W', () => {
    expect(scalingParameters({ ...options, scaling_parameters: 'T4, N, L10, -3' })).toEqual([2, 0, -8, -3]);
    expect(scalingParameters(options)).toEqual([2]);
  });

  it('cuts as the documentation\'s example does: 200 MiB into 4 shards of 50, six of those of one shard into 16 shards of the ring, 75 MiB each', () => {
    const example = { ...options, target_sstable_size: '100MiB', base_shard_count: '4', min_sstable_size: '0B', sstable_growth: '0' };
    expect(shardCount(200 * MIB, example)).toBe(4);
    const six = Array.from({ length: 6 }, (_, i) => sstable(i, 50, { first: at(0), last: at(0.25) }));
    const task = unified.next(six, { ...example, scaling_parameters: 'T4' }, viewOf({ flushBytes: 200 * MIB }));
    expect(task?.inputs.length).toBe(6);
    expect(task?.boundaries.length).toBe(15);
    expect(unified.flushBoundaries(200 * MIB, example, viewOf())).toEqual([at(0.25), at(0.5), at(0.75)]);
  });

  it('lets shards grow with the square root of density at sstable_growth 0.5, and never splits below min_sstable_size', () => {
    const growing = { ...options, target_sstable_size: '1GiB', base_shard_count: '4', min_sstable_size: '100MiB' };
    expect(shardCount(4 * 16 * GIB, { ...growing, sstable_growth: '0' })).toBe(64);
    expect(shardCount(4 * 16 * GIB, { ...growing, sstable_growth: '0.5' })).toBe(16);
    expect(shardCount(4 * 16 * GIB, { ...growing, sstable_growth: '1' })).toBe(4);
    expect([50, 100, 250, 399, 400].map((mib) => shardCount(mib * MIB, growing))).toEqual([1, 1, 2, 2, 4]);
    expect([1, 3.9].map((gib) => shardCount(gib * GIB, growing))).toEqual([4, 4]);
  });

  it('finds a level by density: each holds fanout times as much as the one before', () => {
    const t4 = { ...options, scaling_parameters: 'T4' };
    expect([10, 40, 160, 640].map((mib) => levelOfDensity(mib * MIB, t4, 10 * MIB))).toEqual([0, 1, 2, 3]);
  });

  it('merges when as many overlap as the threshold says, and not where they lie side by side', () => {
    const t4 = { ...options, scaling_parameters: 'T4' };
    const same = Array.from({ length: 4 }, (_, i) => sstable(i, 10));
    expect(unified.next(same.slice(0, 3), t4, viewOf())).toBeUndefined();
    expect(unified.next(same, t4, viewOf())?.inputs).toEqual([0, 1, 2, 3]);
    const apart = Array.from({ length: 4 }, (_, i) => sstable(i, 2.5, { first: at(i / 4), last: at((i + 0.9) / 4) }));
    expect(unified.next(apart, t4, viewOf())).toBeUndefined();
    expect(unified.next(same.slice(0, 2), { ...options, scaling_parameters: 'L4' }, viewOf())?.inputs).toEqual([0, 1]);
  });

  it('writes every byte of 256 equal flushes 1 + 4 times with T4, and with L4 more often for fewer sstables', () => {
    const whole = { ...options, min_sstable_size: '100GiB' };
    const tiered = flushAndCompact(unified, { ...whole, scaling_parameters: 'T4' }, 256, 10);
    expect(tiered.writeAmplification).toBe(5);
    expect(tiered.sstables.length).toBe(1);
    const levelled = flushAndCompact(unified, { ...whole, scaling_parameters: 'L10' }, 256, 10);
    expect(levelled.writeAmplification).toBeGreaterThan(tiered.writeAmplification);
    // At most fanout - 1 a level, and three levels: 10, 100, 1000 flushes.
    expect(levelled.writeAmplification).toBeLessThan(1 + 9 * 3);
  });
});
