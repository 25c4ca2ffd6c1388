/**
 * Versions of an object (section 4.4): a value, or a tombstone, under a vector clock. A replica keeps the versions that no
 * other it knows supersedes; in last-write-wins mode, the one with the latest timestamp.
 *
 * Dotted version vectors (Preguica et al., "Dotted Version Vectors: Logical Clocks for Optimistic Replication", 2010) are the
 * alternative: what a put has seen is kept apart from the event that it is, the dot, so that two puts with one context
 * through one coordinator are siblings and neither overwrites the other.
 *
 * @module
 */
import { compareClocks, EMPTY_CLOCK, incrementClock, maximalVersions, mergeClocks, truncateClock, type ClockEntry, type VectorClock } from '../distributed/vector-clock.ts';
import type { Micros } from '../kernel/units.ts';
import type { ConflictMode, VersionScheme } from './options.ts';

/** One version of an object. */
export interface Version {
  /** Null is a tombstone: the object was deleted. */
  readonly value: string | null;
  /** What the version has seen, itself included; with a dot, itself not included. */
  readonly clock: VectorClock;
  /** The put that made it, in the dotted scheme. */
  readonly dot?: ClockEntry;
  /** The coordinator's wall clock when it made the version, in microseconds: what last-write-wins goes by. */
  readonly timestamp: Micros;
  /** The coordinator, which breaks ties of timestamps. */
  readonly coordinator: string;
}

/** The versions a replica holds, or a read shows. Sorted by {@link compareVersions}, so that equal sets are equal lists. */
export type Versions = readonly Version[];

/** No version at all: the object was never written. */
export const NO_VERSIONS: Versions = [];

/** Orders versions by timestamp, then coordinator, then value: last-write-wins keeps the greatest. */
export function compareVersions(a: Version, b: Version): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.coordinator !== b.coordinator) return a.coordinator < b.coordinator ? -1 : 1;
  if (a.value === b.value) return 0;
  // A tombstone is less than any value.
  return (a.value ?? '') < (b.value ?? '') || a.value === null ? -1 : 1;
}

/** What is left of two lists of versions: the siblings neither of which has seen the other, or the last one written. */
export function reconcile(left: Versions, right: Versions, mode: ConflictMode): Versions {
  if (right.length === 0) return left;
  if (left.length === 0) return right;
  const all = [...left, ...right].sort(compareVersions);
  if (mode === 'lww') return all.slice(-1);
  if (!all.some(({ dot }) => dot !== undefined)) return maximalVersions(all, ({ clock }) => clock);
  return all.filter((version, i) => all.every((other, j) => i === j || !supersedes(other, version, j < i)));
}

/** Whether a dotted version has seen the put that another is. Of two copies of one version the earlier stands for both. */
function supersedes(version: Version, other: Version, earlier: boolean): boolean {
  const { dot } = other;
  if (dot === undefined || version.dot === undefined) return false;
  if (version.dot.node === dot.node && version.dot.counter === dot.counter) return earlier;
  return version.clock.some(({ node, counter }) => node === dot.node && counter >= dot.counter);
}

/** Whether two lists hold the same versions. */
export function sameVersions(left: Versions, right: Versions): boolean {
  return left.length === right.length && left.every((version, i) => {
    const other = right[i];
    return other !== undefined && version.dot?.counter === other.dot?.counter && compareClocks(version.clock, other.clock) === 'equal'
      && compareVersions(version, other) === 0;
  });
}

/** The clock that has seen all the versions: the context of a read. */
export function contextOf(versions: Versions): VectorClock {
  return versions.reduce<VectorClock>((clock, { clock: own, dot }) => mergeClocks(clock, dot === undefined ? own : mergeClocks(own, [dot])), EMPTY_CLOCK);
}

/** The highest counter that a coordinator has given out for an object, as far as a context and versions show. */
export function counterOf(coordinator: string, context: VectorClock, stored: Versions): number {
  let highest = 0;
  for (const { node, counter } of [...context, ...contextOf(stored)]) if (node === coordinator) highest = Math.max(highest, counter);
  return highest;
}

/** What a new version is made of. */
export interface Put {
  readonly value: string | null;
  /** What the put has seen. */
  readonly context: VectorClock;
  readonly coordinator: string;
  /** The highest counter that the coordinator has given out for this object. */
  readonly counter: number;
  /** The coordinator's wall clock. */
  readonly now: Micros;
}

/**
 * Makes the version of a put (section 4.4): the context's clock, with the coordinator's counter raised above any it has
 * given out for this object. Two puts without context through one coordinator therefore overwrite each other, through two
 * they become siblings: a vector clock with one entry a coordinator cannot tell the clients behind it apart. Dots can.
 */
export function nextVersion(put: Put, scheme: VersionScheme, clockLimit: number): Version {
  const { value, context, coordinator, counter, now } = put;
  if (scheme === 'dotted') return { value, clock: context, dot: { node: coordinator, counter: counter + 1, time: now }, timestamp: now, coordinator };
  const seen = counter === 0 ? context : mergeClocks(context, [{ node: coordinator, counter, time: 0 }]);
  return { value, clock: truncateClock(incrementClock(seen, coordinator, now), clockLimit), timestamp: now, coordinator };
}
