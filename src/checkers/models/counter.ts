/**
 * A counter: `add` (or `increment`, `inc`, `incr`, `incrby`; `decrement`, `dec`, `decr`, `decrby` take away) with an amount, one where
 * none is given; `read`; and `add-and-get`, which answers the new value.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import { isRead } from '../../history/operation.ts';
import { decideCounter } from '../decisions/counter-slots.ts';
import type { Model } from '../model.ts';
import { amountOf, isIncrement } from './operation-words.ts';

/**
 * A counter.
 *
 * @param initial - its value at the start (default 0)
 */
export function counter(initial: HistoryValue = 0): Model<number> {
  return {
    name: 'counter',
    init: typeof initial === 'number' ? initial : 0,
    step(state, operation) {
      const { f, output, status } = operation;
      if (isRead(f)) return status === 'info' || state === output ? state : undefined;
      const next = state + amountOf(operation);
      return f === 'add-and-get' && status === 'ok' && output !== next ? undefined : next;
    },
    equal: (a, b) => a === b,
    hash: (state) => state,
    kind: (operation) => {
      const { f, output, status } = operation;
      return isRead(f) ? `${status} read ${JSON.stringify(output)}` : `${f === 'add-and-get' ? `${status} ${JSON.stringify(output)}` : 'add'} ${amountOf(operation)}`;
    },
    observes: ({ f }) => isRead(f),
    decide: (operations) => decideCounter(operations, typeof initial === 'number' ? initial : 0),
    refuses: (operation) => {
      const { f, input, output, status } = operation;
      if (isRead(f)) return status === 'info' || typeof output === 'number' ? undefined : `a read answers a number, got ${JSON.stringify(output)}`;
      if (!isIncrement(f)) return `it has no operation '${f}'`;
      return Number.isFinite(amountOf(operation)) ? undefined : `${f} needs a number, got ${JSON.stringify(input)}`;
    },
    describe: String,
  };
}
