/**
 * A queue, first in, first out, and a stack, last in, first out. `enqueue` (or `push`, `send`) puts an element in, `dequeue` (or `pop`,
 * `take`, `receive`) takes one out and answers it, null when there is none.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import type { Operation } from '../../history/operation.ts';
import { decideQueue } from '../decisions/queue-order.ts';
import type { Model } from '../model.ts';
import { canonical } from '../value.ts';
import { isDequeue, isEnqueue } from './operation-words.ts';

/**
 * A queue: elements come out in the order in which they went in. A state is the elements' texts, the oldest first.
 *
 * @param initial - its elements at the start (default none)
 */
export function queue(initial: HistoryValue = []): Model<readonly string[]> {
  const model = lineOf('queue', initial, (state) => [state[0], state.slice(1)]);
  return { ...model, decide: (operations) => (model.init.length === 0 ? decideQueue(operations) : 'not applicable') };
}

/**
 * A stack: the newest element comes out first.
 *
 * @param initial - its elements at the start, the oldest first (default none)
 */
export function stack(initial: HistoryValue = []): Model<readonly string[]> {
  return lineOf('stack', initial, (state) => [state.at(-1), state.slice(0, -1)]);
}

function lineOf(
  name: string, initial: HistoryValue, take: (state: readonly string[]) => readonly [string | undefined, readonly string[]],
): Model<readonly string[]> {
  const start = Array.isArray(initial) ? (initial as readonly HistoryValue[]).map(canonical) : [];
  return {
    name,
    init: start,
    step(state, { f, input, output, status }) {
      if (isEnqueue(f)) return [...state, canonical(input)];
      const [taken, rest] = take(state);
      if (status === 'info') return rest;
      return (taken ?? 'null') === canonical(output) ? rest : undefined;
    },
    equal: (a, b) => a.length === b.length && a.every((element, i) => element === b[i]),
    hash: (state) => state.join(','),
    kind: ({ f, input, output, status }) => (isEnqueue(f) ? `in ${canonical(input)}` : `${status} out ${canonical(output)}`),
    observes: ({ f, output, status }) => isDequeue(f) && status === 'ok' && output === null,
    produces: ({ f, input }) => (isEnqueue(f) ? [canonical(input)] : []),
    needs: ({ f, output, status }) => {
      if (isEnqueue(f) || status === 'info' || output === null) return [];
      return start.includes(canonical(output)) ? [] : [canonical(output)];
    },
    refuses: ({ f, input }: Operation) => {
      if (isEnqueue(f)) return input === null ? `${f} needs an element` : undefined;
      return isDequeue(f) ? undefined : `it has no operation '${f}'`;
    },
    describe: (state) => `[${state.join(', ')}]`,
  };
}
