/**
 * Sstables as compaction strategies see them, and what becomes of many flushes under a strategy: each task merges its inputs by
 * size alone, over keys spread evenly, and nothing is overwritten.
 *
 * @module
 */
import { murmur3Partitioner } from '../../src/cassandra/partitioner.ts';
import { NEVER } from '../../src/cassandra/storage/cell.ts';
import type { Candidate, CompactionOptions, CompactionStrategy, CompactionView } from '../../src/cassandra/storage/compaction/strategy.ts';
import type { Token } from '../../src/cassandra/token.ts';

export const MIB: number = 1024 * 1024;

const { minimum } = murmur3Partitioner;
const between = (from: Token, to: Token, part: number): Token => murmur3Partitioner.between(from, to, part);
const share = (from: Token, to: Token): number => murmur3Partitioner.share(from, to);

/** The token at a share of the ring. */
export function at(part: number): Token {
  return part <= 0 ? minimum : part >= 1 ? '\xff'.repeat(8) : between(minimum, minimum, part);
}

/** An sstable of some MiB; over the whole ring, unrepaired and without tombstones unless said otherwise. */
export function sstable(generation: number, mib: number, more: Partial<Candidate['figures']> & Partial<Candidate['marks']> & { readonly first?: Token; readonly last?: Token } = {}): Candidate {
  const { first = at(0), last = at(1), level = 0, repairedAt = 0, pendingRepair, ...figures } = more;
  return {
    generation, bytes: mib * MIB, first, last, marks: { level, repairedAt, pendingRepair },
    figures: {
      minTimestamp: 0, maxTimestamp: 0, minLocalDeletionTime: NEVER, maxLocalDeletionTime: NEVER, cells: 100, rows: 100, partitions: 100, droppable: new Map(), createdAt: 0, logIntervals: [],
      ...figures,
    },
  };
}

/** What strategies are told. */
export function viewOf(more: Partial<CompactionView> = {}): CompactionView {
  return { nowSeconds: 0, gcBefore: 0, flushBytes: 10 * MIB, share: (from, to) => share(from, to), boundary: at, lastCompacted: new Map(), ...more };
}

/** What came of it. */
export interface Outcome {
  readonly sstables: readonly Candidate[];
  /** Bytes written by flushes and compactions for each byte flushed. */
  readonly writeAmplification: number;
}

/** Flushes one memtable after the other and compacts until nothing is left to do. */
export function flushAndCompact(strategy: CompactionStrategy, options: CompactionOptions, flushes: number, flushMib: number): Outcome {
  let sstables: Candidate[] = [];
  let generation = 0;
  let written = 0;
  const lastCompacted = new Map<number, Token>();
  const view = viewOf({ flushBytes: flushMib * MIB, lastCompacted });
  const cut = (bytes: number, from: number, to: number, level: number, maxBytes: number, boundaries: readonly Token[]): Candidate[] => {
    const edges = boundaries.length > 0 ? boundaries.map((_, i) => (i + 1) / (boundaries.length + 1)).filter((edge) => edge > from && edge < to)
      : Array.from({ length: Math.ceil(bytes / maxBytes) - 1 }, (_, i) => from + ((to - from) * (i + 1) * maxBytes) / bytes);
    const ends = [from, ...edges, to];
    return ends.slice(1).map((end, i) => {
      const start = ends[i] ?? 0;
      return sstable(++generation, (bytes * (end - start)) / (to - from) / MIB, { level, first: at(start), last: at(end - 1e-9) });
    });
  };
  for (let i = 0; i < flushes; i++) {
    written += flushMib;
    sstables.push(...cut(flushMib * MIB, 0, 1, 0, Infinity, strategy.flushBoundaries(flushMib * MIB, options, view)));
    for (let task = strategy.next(sstables, options, view); task !== undefined; task = strategy.next(sstables, options, view)) {
      const { inputs: chosen, level, maxBytes, boundaries } = task;
      const inputs = sstables.filter((one) => chosen.includes(one.generation));
      const bytes = inputs.reduce((sum, one) => sum + one.bytes, 0);
      written += bytes / MIB;
      const given = inputs.find((one) => one.generation === chosen[0]);
      if (given !== undefined && given.marks.level > 0) lastCompacted.set(given.marks.level, given.last);
      const from = Math.min(...inputs.map(({ first }) => share(minimum, first)).map((part, k) => (inputs[k]?.first === minimum ? 0 : part)));
      const to = Math.max(...inputs.map(({ last }) => share(minimum, last)));
      sstables = [...sstables.filter((one) => !inputs.includes(one)), ...cut(bytes, from, to, level, maxBytes, boundaries)];
    }
  }
  return { sstables, writeAmplification: written / (flushes * flushMib) };
}
