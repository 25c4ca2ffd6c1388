/**
 * Counts by actor: what counters, and the memory of a set, are made of. An actor is whoever changes a state on its own: it must
 * never go on from a state older than the one it made last, or two different changes of its own would look like one. A client that
 * is not sure that its last put was kept takes a new name.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import { byCodeUnit, parseAll, quote } from './merger.ts';

/** Pairs of an actor and a whole number above 0, by actor, each once. */
export type Counts = readonly (readonly [actor: string, count: number])[];

/** An actor's count; 0 when it has none. */
export function countOf(counts: Counts, actor: string): number {
  return counts.find(([name]) => name === actor)?.[1] ?? 0;
}

/** The counts with one actor's set. */
export function withCount(counts: Counts, actor: string, count: number): Counts {
  return [...counts.filter(([name]) => name !== actor), [actor, count] as const].sort(([a], [b]) => byCodeUnit(a, b));
}

/** An actor's count raised. @throws {@link UsageError} `INVALID_INCREMENT` when `by` is no whole number from 0, or the count would pass 2^53 - 1 */
export function raiseCount(counts: Counts, actor: string, by: number): Counts {
  const count = countOf(counts, actor) + by;
  if (!Number.isSafeInteger(by) || by < 0) throw new UsageError('INVALID_INCREMENT', `a counter goes up by a whole number from 0, got ${String(by)}`);
  if (!Number.isSafeInteger(count)) throw new UsageError('INVALID_INCREMENT', `the count of ${actor} would pass 2^53-1`);
  return by === 0 ? counts : withCount(counts, actor, count);
}

/** For each actor the higher count. */
export function joinCounts(left: Counts, right: Counts): Counts {
  const joined = new Map(left);
  for (const [actor, count] of right) joined.set(actor, Math.max(count, joined.get(actor) ?? 0));
  return sortedCounts(joined);
}

/** Counts from a map of them. */
export function sortedCounts(counts: ReadonlyMap<string, number>): Counts {
  return [...counts].sort(([a], [b]) => byCodeUnit(a, b));
}

/** All counts together. */
export function sumOf(counts: Counts): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

/** As JSON. */
export function encodeCounts(counts: Counts): string {
  return `[${counts.map(([actor, count]) => `[${quote(actor)},${count}]`).join(',')}]`;
}

/** From JSON data; undefined when it is something else. */
export function parseCounts(data: unknown): Counts | undefined {
  const pairs = parseAll(data, (pair): readonly [string, number] | undefined => {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [actor, count] = pair as readonly unknown[];
    return typeof actor === 'string' && typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? [actor, count] : undefined;
  });
  return pairs === undefined ? undefined : sortedCounts(new Map(pairs));
}
