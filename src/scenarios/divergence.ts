/**
 * Where two runs part: the first thing in which they differ, be it something the world did or something a client was told.
 * Everything before it is the same in both.
 *
 * @module
 */
import type { HistoryEntry } from '../kernel/history.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { TraceEntry } from '../kernel/trace.ts';

/** The first difference. */
export interface Divergence {
  /** Microseconds since the start. */
  readonly time: number;
  /** Where it was seen: in what the world did, or in what clients asked and were told. */
  readonly in: 'trace' | 'history';
  /** What stands there in each run; undefined where a run had ended. */
  readonly left: TraceEntry | HistoryEntry | undefined;
  readonly right: TraceEntry | HistoryEntry | undefined;
  /** How many entries they have in common before. */
  readonly common: number;
}

/**
 * Compares two runs that kept their traces.
 *
 * @returns the earliest difference, or undefined when there is none
 */
export function divergenceOf(left: Pick<Simulation, 'trace' | 'history'>, right: Pick<Simulation, 'trace' | 'history'>): Divergence | undefined {
  const trace = firstDifference([...left.trace.entries()], [...right.trace.entries()], 'trace');
  const history = firstDifference(left.history.entries, right.history.entries, 'history');
  if (trace === undefined || history === undefined) return trace ?? history;
  return history.time <= trace.time ? history : trace;
}

function firstDifference<Entry extends TraceEntry | HistoryEntry>(left: readonly Entry[], right: readonly Entry[], where: Divergence['in']): Divergence | undefined {
  const length = Math.max(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const [one, other] = [left[at], right[at]];
    if (one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other)) continue;
    return { time: Math.min(one?.time ?? Infinity, other?.time ?? Infinity), in: where, left: one, right: other, common: at };
  }
  return undefined;
}
