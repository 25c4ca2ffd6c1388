/**
 * A queue, first in, first out, and a stack, last in, first out. `enqueue` (or `push`, `send`) puts an element in, `dequeue` (or `pop`,
 * `take`, `receive`) takes one out and answers it, null when there is none.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import type { Operation } from '../../history/operation.ts';
import { returnOf } from '../decisions/decision.ts';
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
  return {
    ...model,
    decide: (operations) => (model.init.length === 0 ? decideQueue(operations) : 'not applicable'),
    forHistory: (operations) => queueAsTakenOut(model, operations),
    parts: (operations) => elementsOf(model, operations),
  };
}

/** Of a queue whose elements are all different each element is a part, put in and taken out; so is finding it empty. */
function elementsOf({ init }: Model<readonly string[]>, operations: readonly Operation[]): readonly number[] | undefined {
  const entered = operations.filter(({ f }) => isEnqueue(f)).map(({ input }) => canonical(input));
  const numbers = new Map(entered.map((element, index) => [element, index]));
  if (numbers.size < entered.length || init.some((element) => numbers.has(element))) return undefined;
  return operations.map(({ f, input, output, status }, index) => {
    if (isEnqueue(f)) return numbers.get(canonical(input)) ?? -1;
    // One of unknown outcome may have taken whatever stood in the way.
    if (status === 'info') return -1;
    return output === null ? entered.length + index : numbers.get(canonical(output)) ?? -1;
  });
}

/** What nobody is known to have taken out: one such element is like another. */
const LEFT = 'left';

/**
 * A queue whose elements are all different, given who took out what.
 *
 * - What was enqueued with unknown outcome and is not known to have come out need not have gone in: without it, and whoever took it, every
 *   other operation answers the same.
 * - A dequeue of unknown outcome can only have had an element that nobody is known to have got.
 * - An element cannot stand behind one that came out certainly later, nor behind one that nobody can have taken out.
 */
function queueAsTakenOut(model: Model<readonly string[]>, operations: readonly Operation[]): Model<readonly string[]> | undefined {
  const entered = new Set(model.init);
  const takers = new Map<string, Operation>();
  let isAnyoneUnknown = false;
  for (const operation of operations) {
    const { f, input, output, status } = operation;
    if (isEnqueue(f)) {
      if (entered.has(canonical(input))) return undefined;
      entered.add(canonical(input));
    } else if (status === 'info') isAnyoneUnknown = true;
    else if (output !== null) takers.set(canonical(output), operation);
  }
  const mayStandBehind = (element: string, before: string): boolean => {
    if (before === LEFT) return isAnyoneUnknown;
    const [taker, earlier] = [takers.get(element), takers.get(before)];
    return taker === undefined || earlier === undefined || returnOf(taker) >= earlier.call;
  };
  return {
    ...model,
    init: model.init.map((element) => (takers.has(element) ? element : LEFT)),
    step(state, operation) {
      const { f, input, status } = operation;
      if (isEnqueue(f)) {
        const element = canonical(input);
        if (!takers.has(element)) return status === 'info' ? undefined : [...state, LEFT];
        return state.every((before) => mayStandBehind(element, before)) ? [...state, element] : undefined;
      }
      if (status === 'info') return state[0] === LEFT ? state.slice(1) : undefined;
      return model.step(state, operation);
    },
  };
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
