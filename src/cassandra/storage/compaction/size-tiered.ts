/**
 * SizeTieredCompactionStrategy: sstables of similar size are merged once there are `min_threshold` of them. Few merges for each
 * byte written; many sstables for a partition that is written again and again.
 *
 * Source: Apache Cassandra 5.0, stcs.adoc and `SizeTieredCompactionStrategy.getBuckets`. Left out: preferring buckets that are
 * read most; of several full ones, the one with the smallest sstables goes first.
 *
 * @module
 */
import { fullyExpired, numberOption, taskOf, tombstoneTask, type Candidate, type CompactionOptions, type CompactionStrategy } from './strategy.ts';

/** Groups of sstables of similar size, the smallest first. */
export function sizeBuckets(candidates: readonly Candidate[], options: CompactionOptions): readonly (readonly Candidate[])[] {
  const low = numberOption(options, 'bucket_low', 0.5);
  const high = numberOption(options, 'bucket_high', 1.5);
  const least = numberOption(options, 'min_sstable_size', 50 * 1024 * 1024);
  const buckets: { average: number; readonly members: Candidate[] }[] = [];
  for (const candidate of [...candidates].sort((a, b) => a.bytes - b.bytes || a.generation - b.generation)) {
    const { bytes } = candidate;
    const bucket = buckets.find(({ average }) => (bytes > average * low && bytes < average * high) || (bytes < least && average < least));
    if (bucket === undefined) {
      buckets.push({ average: bytes, members: [candidate] });
      continue;
    }
    bucket.average = (bucket.average * bucket.members.length + bytes) / (bucket.members.length + 1);
    bucket.members.push(candidate);
  }
  return buckets.map(({ members }) => members);
}

/** The bucket to merge next: the first that is full, at most `max_threshold` of it. */
export function fullBucket(candidates: readonly Candidate[], options: CompactionOptions): readonly Candidate[] | undefined {
  const least = numberOption(options, 'min_threshold', 4);
  const most = numberOption(options, 'max_threshold', 32);
  return sizeBuckets(candidates, options).find((bucket) => bucket.length >= least)?.slice(0, most);
}

/** The strategy. */
export const sizeTiered: CompactionStrategy = {
  next(candidates, options, view) {
    const expired = fullyExpired(candidates, options, view.gcBefore);
    if (expired.length > 0) return taskOf('expired', expired);
    const bucket = fullBucket(candidates, options);
    return bucket === undefined ? tombstoneTask(candidates, options, view) : taskOf('tiered', bucket);
  },
  major: (candidates) => (candidates.length === 0 ? [] : [taskOf('major', candidates)]),
  flushBoundaries: () => [],
};
