/**
 * Linearizability of a register whose written values are all different, in O(n log n): Gibbons and Korach, Testing Shared
 * Memories (SIAM J. Comput. 1997), section 4. A value's cluster is its write and the reads that saw it; in any legal order
 * a cluster stands together. Its zone runs from the first return to the last call among them: `forward` when the return
 * comes first (the value certainly held all that time), else `backward` (all overlap at one instant). A legal order exists if
 * and only if each read began no earlier than its write could have, no two forward zones overlap, and no backward zone
 * lies inside a forward one.
 *
 * A pending write returns never; one whose value nobody saw is left out, as is a pending read. The initial value counts as
 * written before everything.
 *
 * @module
 */
import type { HistoryValue } from '../kernel/history.ts';
import { isRead, type Operation } from '../history/operation.ts';
import { isWrite, writtenValue } from './models/register.ts';
import { ValueIndex } from './value-index.ts';

/** Why no legal order exists, with the operations that show it. */
export type ZoneConflict =
  | { readonly kind: 'never written'; readonly read: Operation }
  | { readonly kind: 'read before write'; readonly read: Operation; readonly write: Operation }
  | { readonly kind: 'interleaved'; readonly first: Boundary; readonly second: Boundary };

/** A cluster seen from its boundary: its write (undefined = the initial value), who returned first, who was called last. */
export interface Boundary {
  readonly value: HistoryValue;
  readonly write: Operation | undefined;
  /** The member that returned first; undefined = the initial value itself. */
  readonly earliest: Operation | undefined;
  /** The member that was called last; undefined = the initial value itself. */
  readonly latest: Operation | undefined;
}

/** What {@link checkZones} found: `not applicable` when values repeat or there are other operations than reads and writes. */
export type ZoneResult = 'ok' | 'not applicable' | ZoneConflict;

/**
 * Checks one register.
 *
 * @param operations - all operations of one key
 * @param initial - the register's value at the start
 */
export function checkZones(operations: readonly Operation[], initial: HistoryValue): ZoneResult {
  const count = operations.length;
  const clusterOf = new ValueIndex(count);
  clusterOf.add(initial);
  // Cluster 0 is the initial value, which was written before everything.
  const { write, firstReturns, lastCalls, all } = columns(count + 1);
  write[0] = -1;
  firstReturns[0] = -1;
  lastCalls[0] = -2;
  let clusters = 1;
  // A read mostly comes after the write of its value, and is joined to it at once: what a million operations cost is to look at each.
  const early: number[] = [];
  let called = -Infinity;
  for (let i = 0; i < count; i++) {
    const operation = operations[i] as Operation;
    const { call } = operation;
    const isInOrder = call >= called;
    if (isInOrder) called = call;
    const returned = operation.return;
    if (isRead(operation.f)) {
      if (returned === null) continue;
      const c = isInOrder ? clusterOf.get(operation.output) : -1;
      if (c < 0) {
        early.push(i);
        continue;
      }
      if (returned < (firstReturns[c] as number)) firstReturns[c] = returned;
      if (call > (lastCalls[c] as number)) lastCalls[c] = call;
      continue;
    }
    if (!isWrite(operation.f)) return 'not applicable';
    if (!clusterOf.add(writtenValue(operation))) return 'not applicable';
    firstReturns[clusters] = returned ?? Infinity;
    lastCalls[clusters] = call;
    write[clusters] = i;
    clusters++;
  }
  for (const i of early) {
    const read = operations[i] as Operation & { readonly return: number };
    const c = clusterOf.get(read.output);
    if (c < 0) return { kind: 'never written', read };
    const w = operations[write[c] ?? -1];
    if (w !== undefined && read.return < w.call) return { kind: 'read before write', read, write: w };
    if (read.return < (firstReturns[c] as number)) firstReturns[c] = read.return;
    if (read.call > (lastCalls[c] as number)) lastCalls[c] = read.call;
  }
  const pair = conflictingZones(clusters, firstReturns, lastCalls, all);
  if (pair === undefined) return 'ok';
  const boundary = (c: number): Boundary => boundaryOf(operations, c === 0 ? initial : writtenValue(operations[write[c] ?? 0] as Operation), operations[write[c] ?? -1]);
  return { kind: 'interleaved', first: boundary(pair[0]), second: boundary(pair[1]) };
}

/** The cluster of a value, from all operations; of several that returned or were called together, the first. */
function boundaryOf(operations: readonly Operation[], value: HistoryValue, write: Operation | undefined): Boundary {
  let [earliest, latest] = [write, write];
  const clusterOf = new ValueIndex(0);
  clusterOf.add(value);
  for (const operation of operations) {
    if (!isRead(operation.f) || operation.return === null || clusterOf.get(operation.output) < 0) continue;
    // The initial value is written before everything: nothing returned earlier, and all was called later.
    if (earliest !== undefined && operation.return < (earliest.return ?? Infinity)) earliest = operation;
    if (operation.call > (latest?.call ?? -2)) latest = operation;
  }
  return { value, write, earliest, latest };
}

/** What is known of each cluster, by its number, and room for all of their numbers. */
interface Columns {
  /** Which operation its write is. */
  readonly write: Int32Array;
  readonly firstReturns: Float64Array;
  readonly lastCalls: Float64Array;
  readonly all: Int32Array;
}

/** A key of a run has some dozens: for those one room is used again and again, since making it costs as much as the check. */
const FEW = 256;
const room = columnsOf(FEW);

function columns(count: number): Columns {
  return count <= FEW ? room : columnsOf(count);
}

function columnsOf(count: number): Columns {
  return { write: new Int32Array(count), firstReturns: new Float64Array(count), lastCalls: new Float64Array(count), all: new Int32Array(count) };
}

/** Two clusters that can stand neither before nor behind each other. @param all - gets their numbers, the forward ones first */
function conflictingZones(clusters: number, firstReturn: Float64Array, lastCall: Float64Array, all: Int32Array): readonly [number, number] | undefined {
  let forwards = 0;
  for (let c = 0; c < clusters; c++) if ((firstReturn[c] ?? 0) < (lastCall[c] ?? 0)) all[forwards++] = c;
  sortBy(all, 0, forwards, firstReturn);
  for (let k = 1; k < forwards; k++) {
    const before = all[k - 1] ?? 0;
    const c = all[k] ?? 0;
    if ((firstReturn[c] ?? 0) < (lastCall[before] ?? 0)) return [before, c];
  }
  // Forward zones are disjoint from here on: a backward zone can lie only in the last one that opened before it.
  let end = forwards;
  for (let c = 0; c < clusters; c++) {
    const opens = firstReturn[c] ?? 0;
    if (opens >= (lastCall[c] ?? 0) && opens < Infinity) all[end++] = c;
  }
  sortBy(all, forwards, end, lastCall);
  let k = -1;
  for (let b = forwards; b < end; b++) {
    const c = all[b] ?? 0;
    while (k + 1 < forwards && (firstReturn[all[k + 1] ?? 0] ?? 0) < (lastCall[c] ?? 0)) k++;
    const around = k < 0 ? undefined : all[k];
    if (around !== undefined && (firstReturn[c] ?? 0) < (lastCall[around] ?? 0)) return [around, c];
  }
  return undefined;
}

/** Each may be moved so many places, in the mean: more, and it is sorted as any list is. */
const MOVES = 16;

/** Clusters come in the order of their writes, from which that of their zones differs by no more than what was going on at a time. */
function sortBy(clusters: Int32Array, start: number, end: number, position: Float64Array): void {
  let moves = (end - start) * MOVES;
  for (let k = start + 1; k < end; k++) {
    const cluster = clusters[k] ?? 0;
    const at = position[cluster] ?? 0;
    let to = k;
    for (; to > start && (position[clusters[to - 1] ?? 0] ?? 0) > at; to--) clusters[to] = clusters[to - 1] ?? 0;
    clusters[to] = cluster;
    moves -= k - to;
    if (moves >= 0) continue;
    clusters.subarray(start, end).sort((a, b) => (position[a] ?? 0) - (position[b] ?? 0));
    return;
  }
}
