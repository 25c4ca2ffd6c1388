/**
 * LeveledCompactionStrategy: from level 1 on the sstables of a level do not overlap, and each level holds `fanout_size` times as
 * much as the one before. A read finds a partition in at most one sstable a level; each byte is written again and again, at most
 * about fanout times for each level.
 *
 * Source: Apache Cassandra 5.0, lcs.adoc and `LeveledManifest`. A level is too full when it holds more than
 * fanout^level × `sstable_size_in_mb`; the highest such gives one sstable, the next behind the one it gave last, to the level
 * above it, merged with what it overlaps there. More than 32 sstables in level 0 are first merged among themselves, by size.
 *
 * Left out: `single_sstable_uplevel`, and compacting starved sstables of high levels.
 *
 * @module
 */
import { fullBucket } from './size-tiered.ts';
import {
  fullyExpired, numberOption, overlap, taskOf, tombstoneTask, type Candidate, type CompactionOptions, type CompactionStrategy, type CompactionTask, type CompactionView,
} from './strategy.ts';

/** So many sstables of level 0 take part in one compaction; with more, they are merged by size first. */
const MAX_COMPACTING_L0 = 32;
const HIGHEST_LEVEL = 8;
/** A level may be this much too full: sizes are never exact. */
const TOLERANCE = 1.001;

function targetBytes(options: CompactionOptions): number {
  return numberOption(options, 'sstable_size_in_mb', 160) * 1024 * 1024;
}

/** What a level may hold, in bytes. */
export function maxBytesForLevel(level: number, options: CompactionOptions): number {
  const fanout = numberOption(options, 'fanout_size', 10);
  let bytes = level === 0 ? 4 * targetBytes(options) : targetBytes(options);
  for (let i = 0; i < level; i++) bytes *= fanout;
  return bytes;
}

/** The strategy. */
export const leveled: CompactionStrategy = {
  next(candidates, options, view) {
    const expired = fullyExpired(candidates, options, view.gcBefore);
    if (expired.length > 0) return taskOf('expired', expired);
    const levels = levelsOf(candidates);
    const maxBytes = targetBytes(options);
    const crowded = crowdedLevelZero(levels[0] ?? [], options);
    for (let level = HIGHEST_LEVEL - 1; level > 0; level--) {
      const members = levels[level] ?? [];
      if (sum(members) <= maxBytesForLevel(level, options) * TOLERANCE) continue;
      if (crowded !== undefined) return crowded;
      const given = nextInLevel(members, level, view);
      if (given === undefined) continue;
      const above = (levels[level + 1] ?? []).filter((other) => overlap(given, other));
      return taskOf('leveled', [given, ...above], { level: level + 1, maxBytes });
    }
    return crowded ?? fromLevelZero(levels, maxBytes) ?? tombstoneTask(candidates, options, view);
  },
  major(candidates, options) {
    if (candidates.length === 0) return [];
    // All of it goes to the lowest level that has room.
    let level = 1;
    while (level < HIGHEST_LEVEL && maxBytesForLevel(level, options) < sum(candidates)) level++;
    return [taskOf('major', candidates, { level, maxBytes: targetBytes(options) })];
  },
  flushBoundaries: () => [],
};

function levelsOf(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const levels: Candidate[][] = Array.from({ length: HIGHEST_LEVEL + 1 }, () => []);
  for (const candidate of candidates) levels[Math.min(candidate.marks.level, HIGHEST_LEVEL)]?.push(candidate);
  return levels;
}

function crowdedLevelZero(members: readonly Candidate[], options: CompactionOptions): CompactionTask | undefined {
  if (members.length <= MAX_COMPACTING_L0) return undefined;
  const bucket = fullBucket(members, { class: options.class, min_threshold: '4', max_threshold: '32' });
  return bucket === undefined ? undefined : taskOf('tiered', bucket);
}

/** The oldest of level 0 and what they overlap with; to level 1 when they fill an sstable, otherwise they stay. */
function fromLevelZero(levels: readonly (readonly Candidate[])[], maxBytes: number): CompactionTask | undefined {
  const members = [...(levels[0] ?? [])].sort((a, b) => a.generation - b.generation).slice(0, MAX_COMPACTING_L0);
  if (members.length === 0) return undefined;
  if (sum(members) <= maxBytes) return members.length < 2 ? undefined : taskOf('leveled', members, { level: 0, maxBytes });
  const below = (levels[1] ?? []).filter((other) => members.some((member) => overlap(member, other)));
  return taskOf('leveled', [...members, ...below], { level: 1, maxBytes });
}

/** The first behind where the level gave one last, or the first of all. */
function nextInLevel(members: readonly Candidate[], level: number, { lastCompacted }: CompactionView): Candidate | undefined {
  const sorted = [...members].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.generation - b.generation));
  const last = lastCompacted.get(level);
  const next = last === undefined ? undefined : sorted.find(({ first }) => first > last);
  return next ?? sorted[0];
}

function sum(members: readonly Candidate[]): number {
  return members.reduce((bytes, member) => bytes + member.bytes, 0);
}
