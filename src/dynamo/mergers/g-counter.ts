/**
 * A counter that only grows (G-Counter; Shapiro et al., "A comprehensive study of Convergent and Commutative Replicated Data Types",
 * INRIA RR-7506, 2011, specification 6): a count for each actor, of which the higher is kept; the value is their sum.
 *
 * @module
 */
import { encodeCounts, joinCounts, parseCounts, raiseCount, sumOf, type Counts } from './counts.ts';
import { dataType, untag, type DataType } from './merger.ts';

/** What each actor has counted. */
export type GCounterState = Counts;

/** The counter as a type. */
export interface GCounter extends DataType<GCounterState> {
  /** Counts up. @param by - a whole number from 0; default 1. @throws `UsageError` `INVALID_INCREMENT` */
  increment(state: GCounterState, actor: string, by?: number): GCounterState;
  /** How much was counted. */
  value(state: GCounterState): number;
}

/** `'g-counter'`. */
export const gCounter: GCounter = {
  ...dataType<GCounterState>({
    name: 'g-counter',
    empty: [],
    join: joinCounts,
    encode: (state) => `["g-counter",${encodeCounts(state)}]`,
    parse: (data) => parseCounts(untag('g-counter', 1, data)?.[0]),
  }),
  increment: (state, actor, by = 1) => raiseCount(state, actor, by),
  value: sumOf,
};
