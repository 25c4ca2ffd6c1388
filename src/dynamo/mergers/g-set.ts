/**
 * A set that only grows (G-Set; Shapiro et al., INRIA RR-7506, 2011, specification 11): what either has, both have.
 *
 * @module
 */
import { byCodeUnit, dataType, parseAll, parseText, quoteAll, untag, type DataType } from './merger.ts';

/** The items by code unit, each once. */
export type GSetState = readonly string[];

/** The set as a type. */
export interface GSet extends DataType<GSetState> {
  add(state: GSetState, item: string): GSetState;
  /** The items, by code unit. */
  value(state: GSetState): readonly string[];
}

/** `'g-set'`. */
export const gSet: GSet = {
  ...dataType<GSetState>({
    name: 'g-set',
    empty: [],
    join: union,
    encode: (state) => `["g-set",${quoteAll(state)}]`,
    parse: (data) => {
      const items = parseAll(untag('g-set', 1, data)?.[0], parseText);
      return items === undefined ? undefined : union(items, []);
    },
  }),
  add: (state, item) => union(state, [item]),
  value: (state) => state,
};

function union(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...new Set([...left, ...right])].sort(byCodeUnit);
}
