/**
 * Versions of an object (section 4.4): a value, or a tombstone, under a vector clock. A replica keeps the versions that no
 * other it knows supersedes; in last-write-wins mode, the one with the latest timestamp.
 *
 * Dotted version vectors (Preguica et al., "Dotted Version Vectors: Logical Clocks for Optimistic Replication", 2010) are the
 * alternative: what a put has seen is kept apart from the event that it is, the dot, so that two puts with one context
 * through one coordinator are siblings and neither overwrites the other.
 *
 * With a merger there are no siblings: two versions that have not seen each other become one, whose value merges theirs and whose
 * clock has seen what both have. Any two replicas that merge the same versions, in whatever order, hold the same.
 *
 * @module
 */
import { compareClocks, EMPTY_CLOCK, incrementClock, maximalVersions, mergeClocks, truncateClock, type ClockEntry, type VectorClock } from '../distributed/vector-clock.ts';
import type { Micros } from '../kernel/units.ts';
import type { Merger } from './mergers/index.ts';
import type { ConflictMode, VersionScheme } from './options.ts';

/** One version of an object. */
export interface Version {
  /** Null is a tombstone: the object was deleted. */
  readonly value: string | null;
  /** What the version has seen, itself included; with a dot, itself not included. */
  readonly clock: VectorClock;
  /** The put that made it, in the dotted scheme; undefined in the other. */
  readonly dot?: ClockEntry | undefined;
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

/** What is left of two lists of versions: the siblings neither of which has seen the other, their merger, or the last one written. */
export function reconcile(left: Versions, right: Versions, mode: ConflictMode): Versions {
  if (right.length === 0 || left === right) return left;
  if (left.length === 0) return right;
  const a = left[0] as Version;
  const b = right[0] as Version;
  if (mode === 'lww') return compareVersions(lastOf(left), lastOf(right)) >= 0 ? left : right;
  if (left.length === 1 && right.length === 1 && a.dot === undefined && b.dot === undefined) {
    // By far the most: one version here, one there, and one has seen the other.
    const order = compareClocks(a.clock, b.clock);
    if (order === 'after' || (order === 'equal' && compareVersions(a, b) === 0)) return left;
    if (order === 'before') return right;
    if (typeof mode === 'object') return [mergedVersion(a, b, mode)];
  }
  const all = [...left, ...right].sort(compareVersions);
  // Siblings from before the merger was chosen, or of dots.
  if (typeof mode === 'object') return [maximalVersions(all, (version) => contextOf([version])).reduce((one, other) => mergedVersion(one, other, mode))];
  if (!all.some(({ dot }) => dot !== undefined)) return maximalVersions(all, ({ clock }) => clock);
  return all.filter((version, i) => all.every((other, j) => i === j || !supersedes(other, version, j < i)));
}

function lastOf(versions: Versions): Version {
  return versions[versions.length - 1] as Version;
}

/** Two versions as one. A tombstone adds nothing to a value. */
function mergedVersion(a: Version, b: Version, merger: Merger): Version {
  const value = a.value === null ? b.value : b.value === null ? a.value : merger.merge([a.value, b.value]);
  const later = compareVersions(a, b) >= 0 ? a : b;
  return { value, clock: mergeClocks(a.clock, b.clock), dot: undefined, timestamp: later.timestamp, coordinator: later.coordinator };
}

/** Whether a dotted version has seen the put that another is. Of two copies of one version the earlier stands for both. */
function supersedes(version: Version, other: Version, earlier: boolean): boolean {
  const { dot } = other;
  if (dot === undefined || version.dot === undefined) return false;
  if (version.dot.node === dot.node && version.dot.counter === dot.counter) return earlier;
  return version.clock.some(({ node, counter }) => node === dot.node && counter >= dot.counter);
}

/** Whether two lists hold the same versions. Nearly always they are one list, and a closure would be allocated all the same. */
export function sameVersions(left: Versions, right: Versions): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (!isSameVersion(left[i] as Version, right[i] as Version)) return false;
  return true;
}

function isSameVersion(a: Version, b: Version): boolean {
  return compareVersions(a, b) === 0 && a.dot?.counter === b.dot?.counter && compareClocks(a.clock, b.clock) === 'equal';
}

/** The clock that has seen all the versions: the context of a read. */
export function contextOf(versions: Versions): VectorClock {
  const only = versions[0];
  if (versions.length === 1 && only?.dot === undefined) return (only as Version).clock;
  return versions.reduce<VectorClock>((clock, { clock: own, dot }) => mergeClocks(clock, dot === undefined ? own : mergeClocks(own, [dot])), EMPTY_CLOCK);
}

/** The highest counter that a coordinator has given out for an object, as far as a context and versions show. */
export function counterOf(coordinator: string, context: VectorClock, stored: Versions): number {
  let highest = entryOf(context, coordinator);
  for (let i = 0; i < stored.length; i++) {
    const { clock, dot } = stored[i] as Version;
    highest = Math.max(highest, entryOf(clock, coordinator));
    if (dot !== undefined && dot.node === coordinator && dot.counter > highest) highest = dot.counter;
  }
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
  const seen = counter === 0 || entryOf(context, coordinator) >= counter ? context : mergeClocks(context, [{ node: coordinator, counter, time: 0 }]);
  return { value, clock: truncateClock(incrementClock(seen, coordinator, now), clockLimit), dot: undefined, timestamp: now, coordinator };
}

function entryOf(clock: VectorClock, coordinator: string): number {
  for (let i = 0; i < clock.length; i++) {
    const { node, counter } = clock[i] as ClockEntry;
    if (node === coordinator) return counter;
  }
  return 0;
}
