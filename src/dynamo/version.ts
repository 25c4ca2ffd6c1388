/**
 * Versions of an object (section 4.4): a value, or a tombstone, under a vector clock. A replica keeps the versions that no
 * other it knows supersedes; in last-write-wins mode, the one with the latest timestamp.
 *
 * @module
 */
import { compareClocks, EMPTY_CLOCK, incrementClock, maximalVersions, mergeClocks, truncateClock, type VectorClock } from '../distributed/vector-clock.ts';
import type { Micros } from '../kernel/units.ts';
import type { ConflictMode } from './options.ts';

/** One version of an object. */
export interface Version {
  /** Null is a tombstone: the object was deleted. */
  readonly value: string | null;
  readonly clock: VectorClock;
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
  return maximalVersions(all, ({ clock }) => clock);
}

/** Whether two lists hold the same versions. */
export function sameVersions(left: Versions, right: Versions): boolean {
  return left.length === right.length && left.every((version, i) => {
    const other = right[i];
    return other !== undefined && compareClocks(version.clock, other.clock) === 'equal' && compareVersions(version, other) === 0;
  });
}

/** The clock that has seen all the versions: the context of a read. */
export function contextOf(versions: Versions): VectorClock {
  return versions.reduce<VectorClock>((clock, version) => mergeClocks(clock, version.clock), EMPTY_CLOCK);
}

/**
 * Makes the version of a put (section 4.4): the context's clock, with the coordinator's counter raised above any it has
 * given out for this object. Two puts without context through one coordinator therefore overwrite each other, through two
 * they become siblings: a vector clock with one entry a coordinator cannot tell the clients behind it apart.
 */
export function nextVersion(
  value: string | null, context: VectorClock, stored: Versions, coordinator: string, now: Micros, clockLimit: number,
): Version {
  const own = Math.max(0, ...[context, ...stored.map(({ clock }) => clock)].flat().filter(({ node }) => node === coordinator).map(({ counter }) => counter));
  const seen = own === 0 ? context : mergeClocks(context, [{ node: coordinator, counter: own, time: 0 }]);
  return { value, clock: truncateClock(incrementClock(seen, coordinator, now), clockLimit), timestamp: now, coordinator };
}
