/**
 * How stale the answers of a register were, in versions and in time.
 *
 * - **k-atomicity** (Aiyer, Alvisi and Bazzi, DISC 2005): some order that respects real time in which every read returns one of the last
 *   k values. k = 1 is linearizability, decided by zones; k = 2 by limited backtracking (Golab, Hurwitz and Li, ICDCS 2013); larger
 *   k, for which no fast way is known, by search under a budget, from a lower bound on: the versions a read certainly missed, and one more.
 * - **delta** (Golab, Li and Shah, Analyzing Consistency Properties for Fun and Profit, PODC 2011): the smallest time by which every
 *   read would have to be moved back to make the history linearizable. Found by bisection over zone checks.
 * - **versions behind**, for each read: where the store stamped versions, exactly; elsewhere those that were certainly written between
 *   what it saw and itself.
 * - **PBS curve** (Bailis et al., Probabilistically Bounded Staleness, VLDB 2012): of the reads that began t after the latest
 *   acknowledged write, the share that saw it or something newer.
 *
 * Left out: histories whose written values repeat (the verdict is `unknown`).
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry, HistoryValue } from '../../kernel/history.ts';
import { duration, formatDuration, micros, type DurationInput, type Micros } from '../../kernel/units.ts';
import { requireRegisters } from '../causality/causal-consistency.ts';
import { inWords, operationsOf, requireOptions } from '../checker-input.ts';
import { isWrite } from '../models/register.ts';
import { printable, type Verdict } from '../verdict.ts';
import { counted, sentenceOf } from '../wording.ts';
import { checkZones } from '../zones.ts';
import { clustersOf, type Cluster } from './clusters.ts';
import { KAtomicitySearch } from './k-atomicity.ts';
import { isTwoAtomic } from './two-atomicity.ts';
import { countBelow } from '../../structures/count-below.ts';

/** How stale answers may be. */
export interface StalenessOptions {
  /** Every read returns one of the last k values (default 1). */
  readonly k?: number;
  /** Every read returns a value that was the latest at most this long ago. Default: not asked. */
  readonly delta?: DurationInput;
  /** The value of each key at the start (default null). */
  readonly initial?: HistoryValue;
  /** Steps that the search for a k above 2 may take over all keys (default 1 million); when they run out, k is a lower bound. */
  readonly budget?: number;
}

/** The verdict, with what was measured. */
export interface StalenessVerdict extends Verdict {
  /** The smallest k that the history allows; where that is not exact, at least this. */
  readonly k: number;
  /** Whether k is exact; above 2 the budget decides. */
  readonly exact: boolean;
  /** How far reads would have to be moved back; null where the history has no instants. */
  readonly delta: Micros | null;
  /** Versions that the worst read certainly missed, and the read. */
  readonly versionsBehind: number;
  readonly stalest: Operation | undefined;
}

/**
 * Measures how stale a history's reads were, and compares with what was promised.
 *
 * @param history - reads and writes, each written value different within its key
 * @param options - what was promised
 * @returns `violation` when a key breaks the promise, `unknown` when values repeat or k cannot be decided
 * @throws {@link UsageError} `INVALID_ARGUMENT`, `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on anything but reads and writes
 */
export function checkStaleness(history: Iterable<HistoryEntry> | readonly Operation[], options: StalenessOptions = {}): StalenessVerdict {
  requireOptions(options);
  const { k: promised = 1, initial = null } = options;
  if (!Number.isInteger(promised) || promised < 1) throw new UsageError('INVALID_ARGUMENT', `k must be a whole number from 1, got ${inWords(promised)}`);
  const { budget = 1_000_000 } = options;
  if (!(typeof budget === 'number' && budget >= 0)) throw new UsageError('INVALID_ARGUMENT', `budget must be a number of steps, got ${inWords(budget)}`);
  const deltaMax = options.delta === undefined ? undefined : duration(options.delta, 'delta');
  const operations = operationsOf(history);
  requireRegisters(operations, 'staleness');
  const worst: Measures = { k: 1, exact: true, delta: operations.some(({ calledAt }) => calledAt !== undefined) ? micros(0) : null, versionsBehind: 0, stalest: undefined };
  const model = deltaMax === undefined ? `${promised}-atomicity` : `staleness within ${formatDuration(deltaMax)}`;
  const answer = (verdict: Verdict['verdict'], explanation: string, rest: { key?: string | number | undefined; witness?: readonly Operation[] } = {}): StalenessVerdict => {
    const { key, witness = [] } = rest;
    return printable({
      verdict, model, ...(key === undefined ? {} : { key }), witness, explanation, cost: { operations: operations.length, steps: operations.length + steps }, ...worst,
    });
  };
  let undecided: string | undefined;
  let steps = 0;
  for (const [key, part] of byKey(operations)) {
    const found = clustersOf(part, initial);
    if (found.kind === 'not applicable') return answer('unknown', 'values repeat: which write a read saw is not known', { key });
    if (found.kind === 'absurd') {
      const why = found.write === undefined ? 'which nobody ever wrote' : 'before anybody began to write it';
      return answer('violation', `${sentenceOf(found.read)}, ${why}`, { key, witness: [...(found.write === undefined ? [] : [found.write]), found.read].sort((a, b) => a.call - b.call) });
    }
    const mine = measure(part, found.clusters, initial, promised, budget - steps);
    steps += mine.steps;
    if (mine.versionsBehind > worst.versionsBehind) Object.assign(worst, { versionsBehind: mine.versionsBehind, stalest: mine.stalest });
    if (mine.delta !== null && worst.delta !== null && mine.delta > worst.delta) worst.delta = mine.delta;
    if (mine.k > worst.k || (mine.k === worst.k && !mine.exact)) Object.assign(worst, { k: mine.k, exact: mine.exact });
    const witness = mine.stalest === undefined ? [] : witnessOf(mine.stalest, found.clusters);
    const what = mine.stalest === undefined ? '' : `: ${sentenceOf(mine.stalest)}, ${counted(mine.versionsBehind, 'version')} behind`;
    if (deltaMax !== undefined) {
      if (mine.delta === null) undecided ??= 'the history has no instants to measure by';
      else if (mine.delta > deltaMax) return answer('violation', `a read was ${formatDuration(mine.delta)} behind, more than ${formatDuration(deltaMax)}${what}`, { key, witness });
    } else if (mine.k > promised) {
      return answer('violation', `it takes the last ${mine.k} values${mine.exact ? '' : ' or more'} to explain every read${what}`, { key, witness });
    } else if (!mine.exact && !mine.isEnough) {
      undecided ??= `it takes at least the last ${mine.k} values to explain every read; whether ${promised} are enough was not decided`;
    }
  }
  if (undecided !== undefined) return answer('unknown', undecided);
  const within = worst.delta === null || worst.delta === 0 ? '' : `, by at most ${formatDuration(worst.delta)}`;
  const enough = worst.exact ? worst.k : promised;
  return answer('ok', worst.k === 1 ? 'no read was stale' : `every read returned one of the last ${enough} values${within}`);
}

interface Measures {
  k: number;
  exact: boolean;
  delta: Micros | null;
  versionsBehind: number;
  stalest: Operation | undefined;
}

interface Measured extends Measures {
  /** Whether the promised k is enough, though the smallest was not found. */
  readonly isEnough: boolean;
  readonly steps: number;
}

function measure(operations: readonly Operation[], clusters: readonly Cluster[], initial: HistoryValue, promised: number, budget: number): Measured {
  const { versionsBehind, stalest } = versionsMissed(clusters);
  const timed = operations.every(({ calledAt, returnedAt, return: returned }) => calledAt !== undefined && (returned === null || typeof returnedAt === 'number'));
  if (checkZones(operations, initial) === 'ok') return { k: 1, exact: true, isEnough: true, delta: timed ? micros(0) : null, versionsBehind, stalest, steps: 0 };
  const delta = timed ? smallestDelta(operations, initial) : null;
  if (versionsBehind < 2 && isTwoAtomic(clusters)) return { k: 2, exact: true, isEnough: promised >= 2, delta, versionsBehind, stalest, steps: 0 };
  const bound = Math.max(3, versionsBehind + 1);
  const search = new KAtomicitySearch(clusters, budget / 2);
  // Half of the budget is kept for the question that was asked.
  const smallest = smallestK(new KAtomicitySearch(clusters, budget / 2), bound, clusters.length);
  if (smallest.exact || smallest.k > promised) return { ...smallest, isEnough: false, delta, versionsBehind, stalest };
  const asked = search.run(promised);
  const k = asked === 'violation' ? promised + 1 : smallest.k;
  return { k, exact: false, isEnough: asked === 'ok', delta, versionsBehind, stalest, steps: smallest.steps + search.steps };
}

/** From a lower bound on, until the last k values are enough; all of them always are, unless a read came before its write. */
function smallestK(search: KAtomicitySearch, bound: number, values: number): { k: number; exact: boolean; steps: number } {
  for (let k = bound; k <= values; k++) {
    const result = search.run(k);
    if (result !== 'violation') return { k, exact: result === 'ok', steps: search.steps };
  }
  return { k: values, exact: false, steps: search.steps };
}

/**
 * For each read the writes that certainly came after what it saw and were over before it began: those between the return of
 * the one and the call of the other.
 */
function versionsMissed(clusters: readonly Cluster[]): { versionsBehind: number; stalest: Operation | undefined } {
  const byReturn = clusters.toSorted((a, b) => a.return - b.return);
  const calls = Float64Array.from(clusters, ({ call }) => call).sort();
  const reads = clusters.flatMap((cluster) => cluster.reads.map((read) => ({ read, returned: cluster.return }))).sort((a, b) => a.read.call - b.read.call);
  // A Fenwick tree over calls, into which writes go as they are over.
  const counts = new Int32Array(clusters.length + 1);
  let over = 0;
  let versionsBehind = 0;
  let stalest: Operation | undefined;
  for (const { read, returned } of reads) {
    for (let write = byReturn[over]; write !== undefined && write.return < read.call; write = byReturn[++over]) {
      for (let at = countBelow(calls, write.call) + 1; at < counts.length; at += at & -at) counts[at] = (counts[at] ?? 0) + 1;
    }
    let before = 0;
    let place = countBelow(calls, returned);
    while (place < calls.length && (calls[place] ?? 0) <= returned) place++;
    for (let at = place; at > 0; at -= at & -at) before += counts[at] ?? 0;
    if (over - before <= versionsBehind) continue;
    versionsBehind = over - before;
    stalest = read;
  }
  return { versionsBehind, stalest };
}

/** Reads moved back by delta: called earlier, over when they were. Found to the microsecond. */
function smallestDelta(operations: readonly Operation[], initial: HistoryValue): Micros {
  // Instants tie; an operation is over after it began, whatever the clock's grain.
  const at = (instant: number | null | undefined, isReturn: boolean): number => (instant ?? 0) * 2 + Number(isReturn);
  const moved = (delta: number): Operation[] => operations.map((operation) => ({
    ...operation,
    call: at((operation.calledAt ?? 0) - (isRead(operation.f) ? delta : 0), false),
    return: operation.return === null ? null : at(operation.returnedAt, true),
  }));
  const last = operations.reduce((latest, { returnedAt, calledAt }) => Math.max(latest, returnedAt ?? 0, calledAt ?? 0), 0);
  let low = 0;
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (checkZones(moved(middle), initial) === 'ok') high = middle;
    else low = middle + 1;
  }
  return micros(low);
}

function witnessOf(read: Operation, clusters: readonly Cluster[]): Operation[] {
  const own = clusters.find(({ reads }) => reads.includes(read));
  const missed = clusters.filter(({ call, return: returned }) => call > (own?.return ?? 0) && returned < read.call);
  const operations = [own?.write, ...missed.map(({ write }) => write), read].filter((operation) => operation !== undefined);
  return operations.sort((a, b) => a.call - b.call);
}

function byKey(operations: readonly Operation[]): ReadonlyMap<string | number | undefined, readonly Operation[]> {
  const keys = new Map<string | number | undefined, Operation[]>();
  for (const operation of operations) {
    const known = keys.get(operation.key);
    if (known === undefined) keys.set(operation.key, [operation]);
    else known.push(operation);
  }
  return keys;
}

/** One point of the curve. */
export interface FreshnessPoint {
  /** Time since the latest acknowledged write: from here to the next point. */
  readonly since: Micros;
  /** Reads that began then, and how many saw that write or something newer. */
  readonly reads: number;
  readonly fresh: number;
  /** Their share; null where there was no read. */
  readonly probability: number | null;
}

/**
 * The PBS curve of a run: the chance that a read is fresh, by the time since the latest acknowledged write of its key.
 *
 * @param history - reads and writes with instants; versions are used where the store stamped them as numbers
 * @param edges - where the curve's points lie (default 0, 1, 2, 5, 10, 20, 50, 100, 200, 500 ms, 1 s)
 * @throws {@link UsageError} `INVALID_HISTORY`, or `INVALID_DURATION` on an edge that is none
 */
export function freshnessCurve(
  history: Iterable<HistoryEntry> | readonly Operation[],
  edges: readonly DurationInput[] = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
): FreshnessPoint[] {
  const limits = edges.map((edge) => duration(edge, 'an edge')).sort((a, b) => a - b);
  const points = limits.map((since) => ({ since, reads: 0, fresh: 0 }));
  for (const part of byKey(operationsOf(history)).values()) {
    const found = clustersOf(part, null);
    const clusterOf = new Map(found.kind === 'clusters' ? found.clusters.flatMap((cluster) => cluster.reads.map((read) => [read, cluster] as const)) : []);
    const writes = part.filter(({ f, status, returnedAt }) => isWrite(f) && status === 'ok' && typeof returnedAt === 'number');
    writes.sort((a, b) => (a.return ?? 0) - (b.return ?? 0));
    const returns = Float64Array.from(writes, ({ return: returned }) => returned ?? Infinity);
    for (const read of part) {
      if (!isRead(read.f) || read.status !== 'ok' || read.calledAt === undefined) continue;
      const latest = writes[countBelow(returns, read.call) - 1];
      if (latest === undefined) continue;
      const isFresh = freshness(read, latest, clusterOf.get(read));
      const since = read.calledAt - (latest.returnedAt ?? 0);
      const point = points.findLast((candidate) => candidate.since <= since);
      if (isFresh === undefined || point === undefined) continue;
      point.reads++;
      if (isFresh) point.fresh++;
    }
  }
  return points.map((point) => ({ ...point, probability: point.reads === 0 ? null : point.fresh / point.reads }));
}

/** By versions where both are numbers; else by the value: what was over before the latest write began is older. */
function freshness(read: Operation, latest: Operation, seen: Cluster | undefined): boolean | undefined {
  if (typeof read.version === 'number' && typeof latest.version === 'number') return read.version >= latest.version;
  if (seen === undefined) return undefined;
  return seen.write === latest || seen.return >= latest.call;
}
