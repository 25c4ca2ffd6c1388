/**
 * A list that is only appended to: `append` with an element, `read` of the whole list.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import { decideList } from '../decisions/list-order.ts';
import type { Model } from '../model.ts';
import { canonical } from '../value.ts';

/**
 * A list; a state is its elements' texts.
 *
 * @param initial - its elements at the start (default none)
 */
export function appendList(initial: HistoryValue = []): Model<readonly string[]> {
  const start = elementsOf(initial);
  return {
    name: 'append-list',
    init: start,
    step(state, { f, input, output, status }) {
      if (isRead(f)) return status === 'info' || same(state, elementsOf(output)) ? state : undefined;
      return [...state, canonical(input)];
    },
    equal: same,
    hash: (state) => state.join(','),
    kind: ({ f, input, output, status }) => (isRead(f) ? `${status} read ${canonical(output)}` : `append ${canonical(input)}`),
    observes: ({ f }) => isRead(f),
    affects: (earlier: Operation, later: Operation) => (
      !isRead(earlier.f) && isRead(later.f) && later.status === 'ok' && elementsOf(later.output).includes(canonical(earlier.input))
    ),
    produces: ({ f, input }) => (isRead(f) ? [] : [canonical(input)]),
    needs: ({ f, output, status }) => (isRead(f) && status === 'ok' ? elementsOf(output).filter((element) => !start.includes(element)) : []),
    decide: (operations) => (start.length === 0 ? decideList(operations) : 'not applicable'),
    // Appending only makes the list longer.
    mayStillSee: (state, { output }) => state.every((element, i) => element === elementsOf(output)[i]),
    refuses: ({ f, output, status }) => {
      if (!isRead(f)) return f === 'append' ? undefined : `it has no operation '${f}'`;
      return status === 'info' || output === null || Array.isArray(output) ? undefined : `a read answers a list, got ${JSON.stringify(output)}`;
    },
    describe: (state) => `[${state.join(', ')}]`,
  };
}

function elementsOf(value: HistoryValue): readonly string[] {
  return Array.isArray(value) ? (value as readonly HistoryValue[]).map(canonical) : [];
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}
