/**
 * TimeWindowCompactionStrategy: sstables are merged within windows of time by their newest timestamp; what is written once and
 * expires as a whole is dropped as a whole, unread.
 *
 * Source: Apache Cassandra 5.0, twcs.adoc and `TimeWindowCompactionStrategy`. In the newest window size-tiered rules hold; an
 * older one is merged into one sstable.
 *
 * @module
 */
import { fullBucket } from './size-tiered.ts';
import { flagOption, fullyExpired, numberOption, taskOf, tombstoneTask, type Candidate, type CompactionOptions, type CompactionStrategy } from './strategy.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = { MINUTES: 60, HOURS: 3600, DAYS: 86_400 };
const TICKS_PER_SECOND: Readonly<Record<string, number>> = { SECONDS: 1, MILLISECONDS: 1e3, MICROSECONDS: 1e6, NANOSECONDS: 1e9 };

/** The second at which the window begins that a timestamp lies in. */
export function windowOf(timestamp: number, options: CompactionOptions): number {
  const window = numberOption(options, 'compaction_window_size', 1) * (UNIT_SECONDS[options['compaction_window_unit'] ?? 'DAYS'] ?? 86_400);
  const seconds = Math.floor(timestamp / (TICKS_PER_SECOND[options['timestamp_resolution'] ?? 'MICROSECONDS'] ?? 1e6));
  return Math.floor(seconds / window) * window;
}

/** The strategy. */
export const timeWindow: CompactionStrategy = {
  next(candidates, options, view) {
    // `unsafe_aggressive_sstable_expiration` does not ask whether what is dropped hides something older.
    const expired = flagOption(options, 'unsafe_aggressive_sstable_expiration')
      ? candidates.filter(({ figures }) => figures.maxLocalDeletionTime < view.gcBefore)
      : fullyExpired(candidates, options, view.gcBefore);
    if (expired.length > 0) return taskOf('expired', expired);
    const windows = new Map<number, Candidate[]>();
    for (const candidate of candidates) {
      const start = windowOf(candidate.figures.maxTimestamp, options);
      windows.set(start, [...(windows.get(start) ?? []), candidate]);
    }
    const starts = [...windows.keys()].sort((a, b) => b - a);
    const [newest] = starts;
    const most = numberOption(options, 'max_threshold', 32);
    for (const start of starts) {
      const members = windows.get(start) ?? [];
      const chosen = start === newest ? fullBucket(members, options) : members.length >= 2 ? smallest(members, most) : undefined;
      if (chosen !== undefined) return taskOf('window', chosen);
    }
    // Tombstone compactions are off unless they are asked for: they would mix what expires together.
    const asksForIt = Object.keys(options).some((name) => name.includes('tombstone_'));
    return asksForIt ? tombstoneTask(candidates, options, view) : undefined;
  },
  major: (candidates) => (candidates.length === 0 ? [] : [taskOf('major', candidates)]),
  flushBoundaries: () => [],
};

function smallest(members: readonly Candidate[], most: number): readonly Candidate[] {
  return [...members].sort((a, b) => a.bytes - b.bytes || a.generation - b.generation).slice(0, most);
}
