/**
 * Exhaustive search, the oracle of the checkers' property tests: tries every order of every subset of the pending
 * operations, with none of the real search's shortcuts. And a maker of small histories in which wrong answers happen.
 */
import fc from 'fast-check';
import type { Operation } from '../../src/history/operation.ts';
import type { HistoryValue } from '../../src/kernel/history.ts';
import type { Model } from '../../src/checkers/model.ts';

/** Whether some legal order exists. Exponential: up to eight operations. */
export function isLinearizable<State>(model: Model<State>, operations: readonly Operation[]): boolean {
  const place = (state: State, rest: readonly Operation[]): boolean => {
    if (rest.every((operation) => operation.return === null)) return true;
    return rest.some((operation) => {
      if (rest.some((other) => other.return !== null && other.return < operation.call)) return false;
      const next = model.step(state, operation);
      return next !== undefined && place(next, rest.filter((other) => other !== operation));
    });
  };
  return place(model.init, operations);
}

/** What a made-up client asks, and what a correct object would do. */
export interface Play<State> {
  readonly init: State;
  /** A request made from three small numbers and its place in the history. */
  request(a: number, b: number, c: number, place: number): { f: string; input: HistoryValue; key?: string };
  /** The next state and the true answer. */
  answer(state: State, f: string, input: HistoryValue): readonly [State, HistoryValue];
  /** A wrong answer. */
  lie(f: string, input: HistoryValue, a: number): HistoryValue;
  /** Whether the object can serve it now; if not it is not asked. */
  possible?(state: State, f: string): boolean;
}

interface Turn {
  readonly process: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly fate: number;
  readonly lie: number;
}

const turnOf = (clients: number): fc.Arbitrary<Turn> => fc.record({
  process: fc.nat(clients - 1), a: fc.nat(7), b: fc.nat(3), c: fc.nat(3), fate: fc.nat(19), lie: fc.nat(),
});

/**
 * Histories of at most `size` operations by three clients, or another number; one operation in ten stays pending, and one in `truth` is
 * answered wrongly.
 */
export function histories<State>(play: Play<State>, size: number, truth = 6, clients = 3): fc.Arbitrary<Operation[]> {
  return fc.array(turnOf(clients), { minLength: 4, maxLength: size * 2 }).map((turns) => makeHistory(play, turns, size, truth));
}

function makeHistory<State>(play: Play<State>, turns: readonly Turn[], size: number, truth: number): Operation[] {
  const operations: { -readonly [Field in keyof Operation]: Operation[Field] }[] = [];
  const open = new Map<number, { index: number; answer: HistoryValue; lost: boolean }>();
  let state = play.init;
  turns.forEach(({ process, a, b, c, fate, lie }, position) => {
    const waiting = open.get(process);
    if (waiting === undefined) {
      const { f, input, key } = play.request(a, b, c, operations.length);
      if (operations.length >= size || play.possible?.(state, f) === false) return;
      const [next, answer] = play.answer(state, f, input);
      // Some that will stay pending never happen.
      const lost = fate === 0;
      if (!lost) state = next;
      operations.push({ id: operations.length, process, f, key, input, output: null, call: position, return: null, status: 'info' });
      open.set(process, { index: operations.length - 1, answer, lost });
      return;
    }
    open.delete(process);
    const operation = operations[waiting.index];
    if (operation === undefined || waiting.lost || fate < 2) return;
    operation.status = 'ok';
    operation.return = position;
    operation.output = lie % truth === 0 ? play.lie(operation.f, operation.input, a) : waiting.answer;
  });
  return operations;
}

/**
 * As {@link histories}, but each operation takes effect at a turn of its own between its call and its return. Mostly few operations; as
 * often as not nearly all of them where `long` says so.
 */
export function lateHistories<State>(play: Play<State>, size: number, truth = 6, clients = 3, long = false): fc.Arbitrary<Operation[]> {
  return fc.array(turnOf(clients), { minLength: 8, maxLength: size * 3, ...(long ? { size: 'max' } : {}) }).map((turns) => {
    const operations: { -readonly [Field in keyof Operation]: Operation[Field] }[] = [];
    const open = new Map<number, { readonly index: number; answer: HistoryValue | undefined }>();
    let state = play.init;
    turns.forEach(({ process, a, b, c, lie }, position) => {
      const waiting = open.get(process);
      const operation = operations[waiting?.index ?? -1];
      if (waiting === undefined || operation === undefined) {
        const { f, input, key } = play.request(a, b, c, operations.length);
        if (operations.length >= size) return;
        operations.push({ id: operations.length, process, f, key, input, output: null, call: position, return: null, status: 'info' });
        open.set(process, { index: operations.length - 1, answer: undefined });
      } else if (waiting.answer === undefined) {
        if (play.possible?.(state, operation.f) === false) return;
        [state, waiting.answer] = play.answer(state, operation.f, operation.input);
      } else {
        open.delete(process);
        Object.assign(operation, { status: 'ok', return: position, output: lie % truth === 0 ? play.lie(operation.f, operation.input, a) : waiting.answer });
      }
    });
    // A dequeue that never took effect says nothing; of the others those that did not return stay pending.
    return operations.filter((operation) => operation.return !== null || operation.f !== 'dequeue').map((operation, id) => ({ ...operation, id }));
  });
}
