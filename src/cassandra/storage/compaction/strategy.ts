/**
 * What compaction strategies have in common: they see sstables by their figures only, and answer with the next task, if any. They
 * hold no state and touch nothing, so that each can be asked about any set of sstables.
 *
 * Sources: Apache Cassandra 5.0's documentation (managing/operating/compaction) and `AbstractCompactionStrategy`.
 *
 * @module
 */
import type { Token } from '../../token.ts';
import { droppableRatio, type SSTableFigures, type SSTableMarks } from '../sstable-stats.ts';

/** A strategy's options, as `CREATE TABLE … WITH compaction` has them. */
export type CompactionOptions = Readonly<Record<string, string>> & { readonly class: string };

/** An sstable as strategies see it. */
export interface Candidate {
  readonly generation: number;
  readonly bytes: number;
  readonly first: Token;
  readonly last: Token;
  readonly figures: SSTableFigures;
  readonly marks: SSTableMarks;
}

/** Why a compaction is done. */
export type CompactionReason = 'tiered' | 'leveled' | 'window' | 'unified' | 'expired' | 'tombstones' | 'major' | 'cleanup' | 'garbagecollect' | 'upgrade';

/** A compaction to do. */
export interface CompactionTask {
  readonly reason: CompactionReason;
  /** Generations of the sstables to merge. */
  readonly inputs: readonly number[];
  /** The level of what is written. */
  readonly level: number;
  /** What is written is cut into sstables of this size; Infinity = one. */
  readonly maxBytes: number;
  /** And at these tokens: each begins a shard. */
  readonly boundaries: readonly Token[];
}

/** What strategies are told beside the sstables. */
export interface CompactionView {
  readonly nowSeconds: number;
  /** Tombstones from before this second may go. */
  readonly gcBefore: number;
  /** Bytes of a usual flush, all its sstables together. */
  readonly flushBytes: number;
  /** The share of the ring between two tokens; for sharding. */
  readonly share: (first: Token, last: Token) => number;
  /** The token that ends a share of the ring, from its beginning. */
  readonly boundary: (share: number) => Token;
  /** Where in each level leveled compaction was last. */
  readonly lastCompacted: ReadonlyMap<number, Token>;
}

/** A compaction strategy. */
export interface CompactionStrategy {
  /**
   * The next compaction to do.
   *
   * @param candidates - sstables that no compaction is busy with, all repaired or all not
   * @param options - the table's
   * @param view - the time, and what else is to be known
   */
  next(candidates: readonly Candidate[], options: CompactionOptions, view: CompactionView): CompactionTask | undefined;
  /** How `nodetool compact` does it. */
  major(candidates: readonly Candidate[], options: CompactionOptions, view: CompactionView): readonly CompactionTask[];
  /** Where a flush is cut into several sstables. */
  flushBoundaries(bytes: number, options: CompactionOptions, view: CompactionView): readonly Token[];
}

/** A task with what most tasks have. */
export function taskOf(reason: CompactionReason, inputs: readonly Candidate[], changes: Partial<CompactionTask> = {}): CompactionTask {
  return { reason, inputs: inputs.map(({ generation }) => generation), level: 0, maxBytes: Infinity, boundaries: [], ...changes };
}

/** A number of a strategy's options. */
export function numberOption(options: CompactionOptions, name: string, byDefault: number): number {
  const text = options[name];
  return text === undefined ? byDefault : Number(text);
}

/** A flag of a strategy's options. */
export function flagOption(options: CompactionOptions, name: string): boolean {
  return options[name]?.toLowerCase() === 'true';
}

/** A size such as `100MiB`, in bytes. */
export function sizeOption(options: CompactionOptions, name: string, byDefault: number): number {
  const match = /^([\d.]+)\s*(B|KiB|MiB|GiB|TiB)?$/i.exec(options[name] ?? '');
  if (match === null) return byDefault;
  const scale = { b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 }[(match[2] ?? 'B').toLowerCase()] ?? 1;
  return Number(match[1]) * scale;
}

/** Whether the token ranges of two sstables meet. */
export function overlap(a: Candidate, b: Candidate): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Sstables in which everything has expired, and that hide nothing that others hold: they may go without being read (`getFullyExpiredSSTables`). */
export function fullyExpired(candidates: readonly Candidate[], options: CompactionOptions, gcBefore: number): readonly Candidate[] {
  // A tombstone that was not repaired is kept, however old.
  const onlyRepaired = flagOption(options, 'only_purge_repaired_tombstones');
  const expired = candidates.filter(({ figures, marks }) => figures.maxLocalDeletionTime < gcBefore && (!onlyRepaired || marks.repairedAt > 0));
  const others = candidates.filter((candidate) => !expired.includes(candidate));
  return expired.filter((candidate) => others.every((other) => !overlap(candidate, other) || candidate.figures.maxTimestamp < other.figures.minTimestamp));
}

/**
 * A compaction of one sstable for its tombstones' sake: when enough of it may go (`tombstone_threshold`), it is not younger than
 * `tombstone_compaction_interval`, and nothing that it overlaps with would keep its tombstones (`unchecked_tombstone_compaction`
 * does not look at that).
 */
export function tombstoneTask(candidates: readonly Candidate[], options: CompactionOptions, view: CompactionView): CompactionTask | undefined {
  const threshold = numberOption(options, 'tombstone_threshold', 0.2);
  const interval = numberOption(options, 'tombstone_compaction_interval', 86_400);
  const unchecked = flagOption(options, 'unchecked_tombstone_compaction');
  const onlyRepaired = flagOption(options, 'only_purge_repaired_tombstones');
  let largest: Candidate | undefined;
  for (const candidate of candidates) {
    if (onlyRepaired && candidate.marks.repairedAt === 0) continue;
    if (view.nowSeconds < candidate.figures.createdAt + interval) continue;
    if (droppableRatio(candidate.figures, view.gcBefore) <= threshold) continue;
    if (!unchecked && candidates.some((other) => other !== candidate && overlap(candidate, other) && other.figures.minTimestamp <= candidate.figures.maxTimestamp)) continue;
    if (largest === undefined || candidate.bytes > largest.bytes) largest = candidate;
  }
  return largest === undefined ? undefined : taskOf('tombstones', [largest], { level: largest.marks.level });
}
