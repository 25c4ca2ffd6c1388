/** Made-up clients and correct objects for each model: see exhaustive.ts. */
import type { HistoryValue } from '../../src/kernel/history.ts';
import type { ModelName } from '../../src/checkers/models/table.ts';
import type { Play } from './exhaustive.ts';

type Pair = readonly [HistoryValue, HistoryValue];
type Step = readonly [string, string, HistoryValue];

const register: Play<HistoryValue> = {
  init: null,
  request: (a, b) => (a < 4 ? { f: 'read', input: null } : { f: 'write', input: b }),
  answer: (state, f, input) => (f === 'read' ? [state, state] : [input, input]),
  lie: (f, input, a) => (f === 'read' ? a % 4 : input),
};

const casRegister: Play<HistoryValue> = {
  init: null,
  request: (a, b, c) => (a < 2 ? { f: 'read', input: null } : a < 4 ? { f: 'write', input: b } : { f: 'cas', input: [b, c] }),
  answer: (state, f, input) => {
    if (f !== 'cas') return register.answer(state, f, input);
    const [from, to] = input as Pair;
    return state === from ? [to, true] : [state, false];
  },
  lie: (f, input, a) => (f === 'cas' ? a % 2 === 0 : register.lie(f, input, a)),
};

const kv: Play<string> = {
  init: '',
  request: (a, b) => (a < 3 ? { f: 'get', input: null } : { f: a < 4 ? 'put' : 'append', input: 'ab'.charAt(b % 2) }),
  answer: (state, f, input) => {
    if (f === 'get') return [state, state];
    const text = typeof input === 'string' ? input : '';
    return [f === 'put' ? text : state + text, input];
  },
  lie: (f, input, a) => (f === 'get' ? ['', 'a', 'ab', 'ba', 'b', 'aa', 'bab', 'aba'][a] ?? '' : input),
};

const set: Play<readonly number[]> = {
  init: [],
  request: (a, b) => (a < 3 ? { f: 'read', input: null } : { f: a < 6 ? 'add' : 'remove', input: b }),
  answer: (state, f, input) => {
    if (f === 'read') return [state, [...state]];
    const without = state.filter((member) => member !== input);
    return [f === 'add' ? [...without, input as number] : without, input];
  },
  lie: (f, input, a) => (f === 'read' ? [[], [0], [1, 0], [2], [0, 2], [3], [1], [1, 2]][a] ?? [] : input),
};

const mutex: Play<boolean> = {
  init: false,
  request: (a) => ({ f: a % 2 === 0 ? 'acquire' : 'release', input: null }),
  answer: (_, f) => [f === 'acquire', null],
  // A lock cannot answer wrongly, it can only grant what it should not: every request is let through now and then.
  lie: () => null,
};

const multiRegister: Play<Readonly<Record<string, HistoryValue>>> = {
  init: {},
  request: (a, b, c) => ({
    f: 'txn',
    input: [
      [['r', 'x', null]], [['r', 'x', null], ['r', 'y', null]], [['w', 'x', b]], [['w', 'y', c]],
      [['w', 'x', b], ['w', 'y', c]], [['r', 'x', null], ['w', 'y', b]], [['w', 'x', b], ['r', 'x', null]], [['r', 'y', null]],
    ][a] ?? [],
  }),
  answer: (state, _, input) => {
    let next = state;
    const output = (input as readonly Step[]).map(([f, key, value]): Step => {
      if (f === 'r') return [f, key, next[key] ?? null];
      next = { ...next, [key]: value };
      return [f, key, value];
    });
    return [next, output];
  },
  lie: (_, input, a) => (input as readonly Step[]).map(([f, key, value]): Step => [f, key, f === 'r' ? a % 4 : value]),
};

/** One for each model. */
export const PLAYS: Readonly<Record<ModelName, Play<never>>> = {
  register, 'cas-register': casRegister, 'multi-register': multiRegister, mutex, kv, set,
} as unknown as Record<ModelName, Play<never>>;

/** Every write has a value of its own: its place in the history. */
export const uniqueRegister: Play<HistoryValue> = {
  init: null,
  request: (a, _b, _c, place) => (a < 5 ? { f: 'read', input: null } : { f: 'write', input: place }),
  answer: (state, f, input) => (f === 'read' ? [state, state] : [input, input]),
  lie: (f, input, a) => (f === 'read' ? (a === 7 ? null : a) : input),
};
