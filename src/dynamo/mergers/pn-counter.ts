/**
 * A counter that goes up and down (PN-Counter; Shapiro et al., INRIA RR-7506, 2011, specification 7): two that only grow, one for
 * what was added and one for what was taken away.
 *
 * @module
 */
import { encodeCounts, joinCounts, parseCounts, raiseCount, sumOf, type Counts } from './counts.ts';
import { dataType, untag, type DataType } from './merger.ts';

/** What each actor has added and taken away. */
export interface PNCounterState {
  readonly up: Counts;
  readonly down: Counts;
}

/** The counter as a type. */
export interface PNCounter extends DataType<PNCounterState> {
  /** Counts up. @param by - a whole number from 0; default 1. @throws `UsageError` `INVALID_INCREMENT` */
  increment(state: PNCounterState, actor: string, by?: number): PNCounterState;
  /** Counts down, as {@link increment} up. */
  decrement(state: PNCounterState, actor: string, by?: number): PNCounterState;
  /** What was added less what was taken away. */
  value(state: PNCounterState): number;
}

/** `'pn-counter'`. */
export const pnCounter: PNCounter = {
  ...dataType<PNCounterState>({
    name: 'pn-counter',
    empty: { up: [], down: [] },
    join: (left, right) => ({ up: joinCounts(left.up, right.up), down: joinCounts(left.down, right.down) }),
    encode: ({ up, down }) => `["pn-counter",${encodeCounts(up)},${encodeCounts(down)}]`,
    parse: (data) => {
      const [up, down] = (untag('pn-counter', 2, data) ?? []).map(parseCounts);
      return up === undefined || down === undefined ? undefined : { up, down };
    },
  }),
  increment: ({ up, down }, actor, by = 1) => ({ up: raiseCount(up, actor, by), down }),
  decrement: ({ up, down }, actor, by = 1) => ({ up, down: raiseCount(down, actor, by) }),
  value: ({ up, down }) => sumOf(up) - sumOf(down),
};
