/**
 * Vector clocks: which version of an object has seen which other. A clock is a list of (node, counter) pairs, each with the
 * instant of its last increment, as DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007,
 * section 4.4 describes them, the truncation included. Plain frozen data, sorted by node name, so that a clock can travel in
 * a message and be written to a disk as it is.
 *
 * @module
 */
import { invariant } from '../kernel/errors.ts';

/** One pair of a vector clock. */
export interface ClockEntry {
  readonly node: string;
  /** How many versions this node has made, from 1. */
  readonly counter: number;
  /** When the node last counted, by its own clock: only truncation reads it. */
  readonly time: number;
}

/** A vector clock: its entries sorted by node name (by code unit), each node at most once. */
export type VectorClock = readonly ClockEntry[];

/** How two clocks stand: the first is equal to, an ancestor of, a descendant of, or neither ancestor nor descendant of the second. */
export type CausalOrder = 'equal' | 'before' | 'after' | 'concurrent';

/** The clock that has seen nothing: the ancestor of every other. */
export const EMPTY_CLOCK: VectorClock = Object.freeze([]);

/**
 * The clock of a new version made by `node`.
 *
 * @param clock - what the writer had seen
 * @param node - who coordinates the write
 * @param time - the node's own clock, for {@link truncateClock}
 */
export function incrementClock(clock: VectorClock, node: string, time = 0): VectorClock {
  for (let at = 0; at < clock.length; at++) {
    const old = clock[at] as ClockEntry;
    if (old.node !== node) continue;
    // A copy of the length it keeps: stores hold one for each version.
    const next = clock.slice();
    next[at] = { node, counter: old.counter + 1, time };
    return next;
  }
  let at = 0;
  while (at < clock.length && (clock[at] as ClockEntry).node < node) at++;
  return [...clock.slice(0, at), { node, counter: 1, time }, ...clock.slice(at)];
}

/** The smallest clock that has seen all that either has seen: for each node the larger counter. */
export function mergeClocks(left: VectorClock, right: VectorClock): VectorClock {
  if (left === right || right.length === 0) return left;
  if (left.length === 0) return right;
  const merged: ClockEntry[] = [];
  walk(left, right, (a, b) => {
    const entry = a === undefined || (b !== undefined && b.counter > a.counter) ? b : a;
    invariant(entry !== undefined, 'a step of two clocks has an entry');
    const sameCount = a !== undefined && b !== undefined && a.counter === b.counter;
    merged.push(sameCount && a.time !== b.time ? { ...entry, time: Math.max(a.time, b.time) } : entry);
  });
  return merged;
}

/** How the first clock stands to the second. Times play no part. */
export function compareClocks(left: VectorClock, right: VectorClock): CausalOrder {
  if (left === right) return 'equal';
  let leftAhead = false;
  let rightAhead = false;
  let i = 0;
  let j = 0;
  // A plain loop: this is asked several times for each put and get.
  while (i < left.length && j < right.length) {
    const a = left[i] as ClockEntry;
    const b = right[j] as ClockEntry;
    if (a.node === b.node) {
      if (a.counter > b.counter) leftAhead = true;
      else if (a.counter < b.counter) rightAhead = true;
      i++;
      j++;
    } else if (a.node < b.node) {
      leftAhead = true;
      i++;
    } else {
      rightAhead = true;
      j++;
    }
  }
  if (i < left.length) leftAhead = true;
  if (j < right.length) rightAhead = true;
  if (leftAhead) return rightAhead ? 'concurrent' : 'after';
  return rightAhead ? 'before' : 'equal';
}

/** Whether the first clock has seen everything that the second has (equal clocks do). */
export function descends(left: VectorClock, right: VectorClock): boolean {
  const order = compareClocks(left, right);
  return order === 'equal' || order === 'after';
}

/**
 * Drops the pairs that counted longest ago until at most `limit` are left (the paper: 10). What is dropped is forgotten
 * causality: a truncated clock may look concurrent with its own ancestor. Equal times go by node name.
 */
export function truncateClock(clock: VectorClock, limit: number): VectorClock {
  if (clock.length <= limit) return clock;
  const oldestFirst = [...clock].sort((a, b) => a.time - b.time || (a.node < b.node ? -1 : 1));
  const kept = new Set(oldestFirst.slice(clock.length - limit));
  return clock.filter((entry) => kept.has(entry));
}

/**
 * The versions that no other version supersedes, in their order; of equal ones the first. This is what a read of several
 * replicas shows: one version normally, siblings after concurrent writes.
 *
 * @param versions - anything that bears a clock
 * @param clockOf - where the clock is
 */
export function maximalVersions<T>(versions: readonly T[], clockOf: (version: T) => VectorClock): T[] {
  return versions.filter((version, i) =>
    versions.every((other, j) => {
      const order = compareClocks(clockOf(version), clockOf(other));
      return order === 'concurrent' || order === 'after' || (order === 'equal' && i <= j);
    }),
  );
}

/** The clock as a record of node to counter: what a history carries as a version. */
export function clockToRecord(clock: VectorClock): Readonly<Record<string, number>> {
  return Object.fromEntries(clock.map(({ node, counter }) => [node, counter]));
}

/** The clock as the paper prints it: `[(Sx, 2), (Sy, 1)]`. */
export function formatClock(clock: VectorClock): string {
  return `[${clock.map(({ node, counter }) => `(${node}, ${counter})`).join(', ')}]`;
}

/** Steps through two clocks side by side, node by node. */
function walk(left: VectorClock, right: VectorClock, step: (a: ClockEntry | undefined, b: ClockEntry | undefined) => void): void {
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i];
    const b = right[j];
    const takeLeft = b === undefined || (a !== undefined && a.node <= b.node);
    const takeRight = a === undefined || (b !== undefined && b.node <= a.node);
    step(takeLeft ? a : undefined, takeRight ? b : undefined);
    if (takeLeft) i++;
    if (takeRight) j++;
  }
}
