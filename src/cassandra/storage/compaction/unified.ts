/**
 * UnifiedCompactionStrategy: one strategy for tiered and leveled behaviour. Sstables are put into levels by their density (size
 * divided by the share of the token ring they span); a level is merged when as many as its threshold overlap somewhere. What is
 * written is cut at the boundaries of shards, whose number grows with density, so that sstables keep near a target size and
 * separate shards are merged separately.
 *
 * Source: Apache Cassandra 5.0, ucs.adoc (CEP-26) and its `Controller`: scaling parameter W of `T4` is 2, of `N` 0, of `L10` -8;
 * fanout 2+|W|; threshold the fanout for W > 0, otherwise 2. Levels begin at the usual flush size, less 0.9/fanout.
 *
 * Left out: shards of the node's own ranges instead of the whole ring's, parallel compaction of disjoint shards, adaptive parameters, overlap inclusion other
 * than TRANSITIVE.
 *
 * @module
 */
import { ln } from '../../../kernel/portable-math.ts';
import type { Token } from '../../token.ts';
import {
  fullyExpired, numberOption, sizeOption, taskOf, tombstoneTask, type Candidate, type CompactionOptions, type CompactionStrategy, type CompactionView,
} from './strategy.ts';

const LN2 = 0.6931471805599453;
const MIB = 1024 * 1024;
/** Below this share of the ring (2^-48) an sstable has one partition, or as good as. */
const LEAST_COVERAGE = 1 / (0x100_0000 * 0x100_0000);

/** W of each level; the last holds for all above. */
export function scalingParameters(options: CompactionOptions): readonly number[] {
  return (options['scaling_parameters'] ?? 'T4').split(',').map((text) => {
    const match = /^\s*(?:([TL])(\d+)|(N)|([+-]?\d+))\s*$/i.exec(text);
    if (match?.[1] !== undefined) return (match[1].toUpperCase() === 'T' ? 1 : -1) * (Number(match[2]) - 2);
    return match?.[4] === undefined ? 0 : Number(match[4]);
  });
}

function levelParameters(parameters: readonly number[], level: number): { readonly fanout: number; readonly threshold: number } {
  const w = parameters[Math.min(level, parameters.length - 1)] ?? 2;
  const fanout = w < 0 ? 2 - w : 2 + w;
  return { fanout, threshold: w <= 0 ? 2 : fanout };
}

/** The level that a density belongs to. @param flushBytes - the usual size of a flush */
export function levelOfDensity(density: number, options: CompactionOptions, flushBytes: number): number {
  const parameters = scalingParameters(options);
  const { fanout } = levelParameters(parameters, 0);
  const flush = sizeOption(options, 'flush_size_override', flushBytes);
  let most = Math.max(MIB, flush) * (1 - 0.9 / fanout);
  for (let level = 0; ; level++) {
    most = Math.floor(most * levelParameters(parameters, level).fanout);
    if (density < most || level > 60) return level;
  }
}

/**
 * How many shards data of a density is cut into (ucs.adoc, "Sharding"): one below `min_sstable_size`; then as many powers of two
 * as keep to it; `base_shard_count` until they reach `target_sstable_size`; beyond it powers of two more, of which
 * `sstable_growth` lets the sstables themselves take a share.
 */
export function shardCount(density: number, options: CompactionOptions): number {
  const base = numberOption(options, 'base_shard_count', 4);
  const target = sizeOption(options, 'target_sstable_size', 1024 * MIB);
  const least = sizeOption(options, 'min_sstable_size', 100 * MIB);
  const growth = numberOption(options, 'sstable_growth', 0.333);
  if (least > 0 && density < least) return 1;
  if (least > 0 && density < least * base) {
    let divisor = 1;
    while (base % (divisor * 2) === 0) divisor *= 2;
    return Math.min(powerOfTwo(Math.floor(log2(density / least) + 1e-9)), divisor);
  }
  if (density < target * base) return base;
  return powerOfTwo(Math.floor((1 - growth) * log2(density / target / base) + 0.5 + 1e-9)) * base;
}

/** The strategy. */
export const unified: CompactionStrategy = {
  next(candidates, options, view) {
    const expired = fullyExpired(candidates, options, view.gcBefore);
    if (expired.length > 0) return taskOf('expired', expired);
    const parameters = scalingParameters(options);
    const levels = new Map<number, Candidate[]>();
    for (const candidate of candidates) {
      const level = levelOfDensity(candidate.bytes / coverage([candidate], view), options, view.flushBytes);
      levels.set(level, [...(levels.get(level) ?? []), candidate]);
    }
    let chosen: { readonly members: readonly Candidate[]; readonly overlap: number } | undefined;
    for (const level of [...levels.keys()].sort((a, b) => a - b)) {
      const { threshold } = levelParameters(parameters, level);
      for (const members of connected(levels.get(level) ?? [])) {
        const overlap = greatestOverlap(members);
        if (overlap >= threshold && (chosen === undefined || overlap > chosen.overlap)) chosen = { members, overlap };
      }
    }
    if (chosen === undefined) return tombstoneTask(candidates, options, view);
    const most = numberOption(options, 'max_sstables_to_compact', 0);
    const inputs = most > 0 ? [...chosen.members].sort((a, b) => a.generation - b.generation).slice(0, most) : chosen.members;
    return taskOf('unified', inputs, { boundaries: boundariesFor(inputs, options, view) });
  },
  major: (candidates, options, view) => connected(candidates).map((members) => taskOf('major', members, { boundaries: boundariesFor(members, options, view) })),
  flushBoundaries: (bytes, options, view) => boundaries(shardCount(bytes, options), view),
};

function boundariesFor(inputs: readonly Candidate[], options: CompactionOptions, view: CompactionView): readonly Token[] {
  const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
  return boundaries(shardCount(bytes / coverage(inputs, view), options), view);
}

function boundaries(shards: number, view: CompactionView): readonly Token[] {
  return Array.from({ length: shards - 1 }, (_, i) => view.boundary((i + 1) / shards));
}

/** The share of the ring that sstables span. Of one partition, or nearly so, nothing can be told: it counts as the whole. */
function coverage(candidates: readonly Candidate[], view: CompactionView): number {
  let first: Token | undefined;
  let last: Token | undefined;
  for (const candidate of candidates) {
    if (first === undefined || candidate.first < first) first = candidate.first;
    if (last === undefined || candidate.last > last) last = candidate.last;
  }
  if (first === undefined || last === undefined || first === last) return 1;
  const share = view.share(first, last);
  return share < LEAST_COVERAGE ? 1 : share;
}

/** Sets of sstables that overlap one with the next. */
function connected(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const sets: Candidate[][] = [];
  let end: Token | undefined;
  for (const candidate of byFirst(candidates)) {
    const current = sets.at(-1);
    if (current === undefined || end === undefined || candidate.first > end) {
      sets.push([candidate]);
      end = candidate.last;
      continue;
    }
    current.push(candidate);
    if (candidate.last > end) end = candidate.last;
  }
  return sets;
}

/** How many of the sstables lie over one token, at most. */
function greatestOverlap(candidates: readonly Candidate[]): number {
  let greatest = 0;
  let open: Candidate[] = [];
  for (const candidate of byFirst(candidates)) {
    open = open.filter((other) => other.last >= candidate.first);
    open.push(candidate);
    if (open.length > greatest) greatest = open.length;
  }
  return greatest;
}

function byFirst(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...candidates].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.generation - b.generation));
}

function log2(value: number): number {
  return ln(value) / LN2;
}

function powerOfTwo(exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power *= 2;
  return power;
}
