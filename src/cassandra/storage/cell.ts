/**
 * Cells, deletions and row markers, and which of two wins. Every replica and every reader must decide alike, whatever the
 * order in which it met them: merging is commutative, associative and idempotent, and that is all the convergence there is.
 *
 * Rules: Apache Cassandra 4.0 and later, `Cells.reconcile` (CASSANDRA-14592) and `LivenessInfo.supersedes`: the higher
 * timestamp; then what dies beats what stays; then a tombstone beats an expiring cell; then the later death; then the larger
 * serialised value, compared as unsigned bytes.
 *
 * @module
 */
import type { Bytes } from '../types/data-type.ts';

/** The deletion time of what is not deleted and does not expire. */
export const NEVER: number = Number.MAX_SAFE_INTEGER;

/** One value of one column of one row, or its tombstone; of a column that keeps its elements apart, one element. */
export interface Cell {
  readonly column: string;
  /** Of a column that keeps its elements apart: a list's position (a time-UUID), a set's element, a map's key, a user type's field (two bytes). Undefined otherwise. */
  readonly path: Bytes | undefined;
  /** Microseconds since the Unix epoch by the *writer's* clock: the higher wins, whoever came last. */
  readonly timestamp: number;
  /** Serialised; null is a tombstone. A set's elements have the empty value. A counter's is its shards (`storage/counter.ts`). */
  readonly value: Bytes | null;
  /** Seconds to live as written; 0 = for ever. */
  readonly ttl: number;
  /** Second (by the coordinator's clock) at which a tombstone was written or an expiring cell dies; {@link NEVER} otherwise. */
  readonly localDeletionTime: number;
}

/** Deletes everything in its scope with a timestamp up to its own. */
export interface Deletion {
  readonly timestamp: number;
  /** Second at which it was written, by the coordinator's clock: `gc_grace_seconds` count from it. */
  readonly localDeletionTime: number;
}

/** A row's marker: INSERT writes one, so that the row exists even when all its columns are null. */
export interface Liveness {
  readonly timestamp: number;
  readonly ttl: number;
  readonly localDeletionTime: number;
}

/** Whether a cell shows a value at a second. */
export function isLive(item: { readonly localDeletionTime: number; readonly ttl: number }, nowSeconds: number): boolean {
  return item.localDeletionTime === NEVER || (item.ttl > 0 && nowSeconds < item.localDeletionTime);
}

/**
 * The winner of two cells of one column (and path), in a table without counters.
 *
 * @param isSigned - compares tied values byte by byte as signed, as releases up to 2.1 did
 */
export function resolveCells(a: Cell, b: Cell, isSigned = false): Cell {
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? a : b;
  const dyingA = a.localDeletionTime !== NEVER;
  if (dyingA !== (b.localDeletionTime !== NEVER)) return dyingA ? a : b;
  if ((a.value === null) !== (b.value === null)) return a.value === null ? a : b;
  if (a.localDeletionTime !== b.localDeletionTime) return a.localDeletionTime > b.localDeletionTime ? a : b;
  if (a.value !== b.value && a.value !== null && b.value !== null) return (isSigned ? isLargerSigned(a.value, b.value) : a.value > b.value) ? a : b;
  return a.ttl >= b.ttl ? a : b;
}

function isLargerSigned(a: Bytes, b: Bytes): boolean {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return x << 24 > y << 24;
  }
  return a.length > b.length;
}

/** The time to live of a marker that is dead from the start: what takes an entry out of a view (`LivenessInfo.EXPIRED_LIVENESS_TTL`). */
export const EXPIRED_LIVENESS_TTL = 0x7fff_ffff;

/** The winner of two markers of one row. */
export function resolveLiveness(a: Liveness | undefined, b: Liveness | undefined): Liveness | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? a : b;
  if ((a.ttl === EXPIRED_LIVENESS_TTL) !== (b.ttl === EXPIRED_LIVENESS_TTL)) return a.ttl === EXPIRED_LIVENESS_TTL ? a : b;
  const expiresA = a.ttl > 0;
  if (expiresA !== b.ttl > 0) return expiresA ? a : b;
  if (a.localDeletionTime !== b.localDeletionTime) return a.localDeletionTime > b.localDeletionTime ? a : b;
  return a.ttl >= b.ttl ? a : b;
}

/** The stronger of two deletions. */
export function resolveDeletions(a: Deletion | undefined, b: Deletion | undefined): Deletion | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? a : b;
  return a.localDeletionTime >= b.localDeletionTime ? a : b;
}

/** Whether a deletion hides what was written at a timestamp: equal is hidden, a tombstone beats a value. */
export function deletes(deletion: Deletion | undefined, timestamp: number): boolean {
  return deletion !== undefined && timestamp <= deletion.timestamp;
}
