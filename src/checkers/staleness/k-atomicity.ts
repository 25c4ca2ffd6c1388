/**
 * k-atomicity of a register with unique values for any k, by search: is there an order that respects real time in which every read
 * returns one of the last k values? The search is that of linearizability, over an object that remembers its last k values. No fast way
 * is known for k from 3 on (the weighted problem is NP-complete: Golab, Hurwitz and Li, ICDCS 2013), so it goes under a budget of steps;
 * when that runs out nothing is claimed.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { Model } from '../model.ts';
import { writtenValue } from '../models/register.ts';
import { LinearizationSearch, type SearchResult } from '../search.ts';
import { Transitions } from '../transitions.ts';
import { valueKey, type ValueKey } from '../value.ts';
import type { Cluster } from './clusters.ts';

/** Decides k-atomicity for one k after the other. */
export class KAtomicitySearch {
  /** Steps taken so far. */
  steps = 0;
  readonly #operations: readonly Operation[];
  readonly #numbers = new Map<ValueKey, number>();
  readonly #budget: number;

  /**
   * @param clusters - each write with its reads; the initial value's first
   * @param budget - steps that all searches together may take
   */
  constructor(clusters: readonly Cluster[], budget: number) {
    this.#budget = budget;
    clusters.forEach(({ value }, number) => this.#numbers.set(valueKey(value), number));
    this.#operations = clusters.flatMap(({ write, reads }) => (write === undefined ? reads : [write, ...reads])).sort((a, b) => a.call - b.call);
  }

  /** Whether the last k values are enough; `unfinished` when the budget ran out. */
  run(k: number): SearchResult {
    const search = new LinearizationSearch(new Transitions(this.#lastValues(k)), this.#operations);
    const result = search.run(Math.max(0, this.#budget - this.steps));
    this.steps += search.steps;
    return result;
  }

  /** A register that remembers its last k values, the latest first, by number. */
  #lastValues(k: number): Model<readonly number[]> {
    const numberOf = (operation: Operation): number => this.#numbers.get(valueKey(isRead(operation.f) ? operation.output : writtenValue(operation))) ?? -1;
    return {
      name: `last ${k} values`,
      init: [0],
      step(state, operation) {
        const value = numberOf(operation);
        if (isRead(operation.f)) return state.includes(value) ? state : undefined;
        return [value, ...state.slice(0, k - 1)];
      },
      equal: (a, b) => a.length === b.length && a.every((value, i) => value === b[i]),
      hash: (state) => state.join(' '),
      kind: (operation) => `${isRead(operation.f) ? 'read' : 'write'} ${numberOf(operation)}`,
      observes: ({ f }) => isRead(f),
    };
  }
}
