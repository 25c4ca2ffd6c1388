import { describe, expect, it } from 'vitest';
import { timeWindow, windowOf } from '../../../../src/cassandra/storage/compaction/time-window.ts';
import { sstable, viewOf } from '../../../support/compaction-model.ts';

const options = { class: 'TimeWindowCompactionStrategy', compaction_window_unit: 'HOURS', compaction_window_size: '1' };
const HOUR = 3_600_000_000;
const written = (generation: number, hour: number, mib = 100): ReturnType<typeof sstable> => sstable(generation, mib, { minTimestamp: hour * HOUR, maxTimestamp: hour * HOUR + 1 });

// Apache Cassandra 5.0, managing/operating/compaction/twcs.adoc.
describe('TimeWindowCompactionStrategy', () => {
  it('reads timestamps as microseconds in windows of a day, unless it is told otherwise', () => {
    expect(windowOf(90_000_000_000, { class: '' })).toBe(86_400);
    expect(windowOf(90_000_000, { class: '', timestamp_resolution: 'MILLISECONDS' })).toBe(86_400);
    expect(windowOf(90_000_000_000, { class: '', compaction_window_unit: 'MINUTES', compaction_window_size: '30' })).toBe(90_000);
  });

  it('merges by size in the newest window, and all of an older one', () => {
    expect(timeWindow.next([1, 2, 3].map((i) => written(i, 9)), options, viewOf())).toBeUndefined();
    expect(timeWindow.next([1, 2, 3, 4].map((i) => written(i, 9)), options, viewOf())?.inputs).toEqual([1, 2, 3, 4]);
    expect(timeWindow.next([written(1, 8, 10), written(2, 8, 5000), written(3, 9)], options, viewOf())?.inputs).toEqual([1, 2]);
    expect(timeWindow.next([written(1, 7), written(2, 8), written(3, 9)], options, viewOf())).toBeUndefined();
  });

  it('drops windows in which all has expired as a whole', () => {
    const expired = { ...written(1, 1), figures: { ...written(1, 1).figures, maxLocalDeletionTime: 5000 } };
    expect(timeWindow.next([expired, written(2, 2), written(3, 3)], options, viewOf({ gcBefore: 5001 }))).toMatchObject({ reason: 'expired', inputs: [1] });
    expect(timeWindow.next([expired, written(2, 2), written(3, 3)], options, viewOf({ gcBefore: 5000 }))).toBeUndefined();
  });

  it('keeps an expired sstable that may hide something older, but with unsafe_aggressive_sstable_expiration', () => {
    const expired = { ...written(1, 5), figures: { ...written(1, 5).figures, maxLocalDeletionTime: 5000 } };
    const view = viewOf({ gcBefore: 5001 });
    expect(timeWindow.next([expired, written(2, 2)], options, view)).toBeUndefined();
    expect(timeWindow.next([expired, written(2, 2)], { ...options, unsafe_aggressive_sstable_expiration: 'true' }, view)?.inputs).toEqual([1]);
  });
});
