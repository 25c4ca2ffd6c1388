/** Made-up clients and correct objects for each model: see exhaustive.ts. */
import type { HistoryValue } from '../../src/kernel/history.ts';
import type { Model } from '../../src/checkers/model.ts';
import { MODELS, type ModelName } from '../../src/checkers/models/table.ts';
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

type Request = readonly [f: string, input: HistoryValue];

/** A correct object made of the model itself: of the answers it may have given, the first that the model takes. */
function modelPlay(name: ModelName, requests: (b: number, c: number, place: number) => readonly Request[], lies: readonly HistoryValue[]): Play<unknown> {
  const model = MODELS[name]() as Model;
  const answers = (state: unknown): HistoryValue[] => {
    const parts = typeof state === 'object' && state !== null ? state : {};
    const values = (Array.isArray(state) ? state : Object.values(parts)) as HistoryValue[];
    // A model may keep its elements as JSON texts.
    const read = values.map((value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value));
    const ranked = (Object.entries(parts) as [string, number][]).sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
    return [state as HistoryValue, null, ...Array.from({ length: 240 }, (_, i) => i - 40), true, false, 'OK', {}, [], ...values, ...read, read,
      ranked.map(([member]) => member), ...ranked, ...Array.from({ length: 40 }, (_, n) => ({ n }))];
  };
  return {
    init: model.init,
    request(a, b, c, place) {
      const all = requests(b, c, place);
      const [f, input] = all[a % all.length] as Request;
      return { f, input };
    },
    answer(state, f, input) {
      const asked = { id: 0, process: 0, f, input, call: 0, return: 1, status: 'ok' as const };
      for (const output of answers(state)) {
        const next = model.step(state, { ...asked, output });
        if (next !== undefined) return [next, output];
      }
      throw new Error(`${name} answers nothing to ${f} in ${JSON.stringify(state)}`);
    },
    lie: (_, input, a) => lies[a % lies.length] ?? input,
  };
}

/** One for each model. */
export const PLAYS: Readonly<Record<ModelName, Play<never>>> = {
  register, 'cas-register': casRegister, 'multi-register': multiRegister, mutex, kv, set,
  counter: modelPlay('counter', (b) => [['read', null], ['add', 1], ['read', null], ['add', 1], ['incr', null], ['add-and-get', 1], ['read', null], ['add', b === 0 ? -1 : 1]], [0, 1, 2, 3, 4]),
  queue: modelPlay('queue', (_b, c, place) => [['enqueue', c === 0 ? 1 : place], ['dequeue', null], ['enqueue', place]], [null, 0, 1, 2, 3]),
  stack: modelPlay('stack', (_b, c, place) => [['push', c === 0 ? 1 : place], ['pop', null], ['push', place]], [null, 0, 1, 2, 3]),
  'append-list': modelPlay('append-list', (_b, c, place) => [['append', c === 0 ? 1 : place], ['read', null], ['append', place], ['read', null]], [[], [0], [1], [0, 1], [1, 0], [2]]),
  'redis-string': modelPlay('redis-string', (b, c) => [['get', null], ['set', b], ['set', [c, 'NX']], ['setnx', c], ['incr', null], ['incrby', 2], ['getset', b], ['del', null]], [null, '0', '1', 1, 2, 'OK']),
  'redis-hash': modelPlay('redis-hash', (b) => [['hset', ['a', b]], ['hget', 'a'], ['hdel', 'a'], ['hgetall', null], ['hlen', null], ['hincrby', ['n', 1]], ['hsetnx', ['b', b]], ['hexists', 'a']], [0, 1, null, '1', {}, { a: '1' }]),
  'redis-list': modelPlay('redis-list', (b) => [['rpush', b], ['lpush', b], ['lpop', null], ['rpop', null], ['lrange', null], ['llen', null]], [0, 1, 2, null, [], [1]]),
  'redis-set': modelPlay('redis-set', (b) => [['sadd', b], ['srem', b], ['sismember', b], ['smembers', null], ['scard', null]], [0, 1, 2, [], [1]]),
  'redis-sorted-set': modelPlay('redis-sorted-set', (b, c) => [['zadd', [b, 'ab'.charAt(c % 2)]], ['zincrby', [1, 'a']], ['zscore', 'a'], ['zrem', 'a'], ['zrange', null], ['zcard', null], ['zpopmin', null]], [0, 1, null, [], ['a']]),
  'redis-stream': modelPlay('redis-stream', (b) => [['xadd', b], ['xrange', null], ['xlen', null], ['xadd', b], ['xdel', b], ['xrange', null]], [0, 1, [], [1], [0, 1]]),
  'cassandra-row': modelPlay('cassandra-row', (b, c) => [
    ['read', null], ['insert', { a: b }], ['update', { b: c }], ['delete', null], ['insert-if-not-exists', { a: b }], ['update-if', [{ a: b }, { a: c }]],
    ['update-if-exists', { b }], ['delete-if-exists', null],
  ], [null, true, false, { a: 1 }]),
  'dynamo-siblings': modelPlay('dynamo-siblings', (b, c) => [['read', null], ['write', [b, []]], ['write', [b, [c]]], ['write', b], ['read', null]], [[], [0], [1], [0, 1]]),
  'dynamodb-item': modelPlay('dynamodb-item', (b, c) => [
    ['get', null], ['put', { a: b }], ['update', { b: c }], ['delete', null], ['put-if', [{ a: null }, { a: b }]], ['update-if', [{ a: b }, { a: c }]],
    ['add', { n: 1 }], ['delete-if', { a: b }],
  ], [null, true, false, { a: 1 }]),
} as unknown as Record<ModelName, Play<never>>;

/** As {@link multiRegister}, but what a transaction writes is its place in the history: nothing is written twice. */
const uniqueMultiRegister: Play<Readonly<Record<string, HistoryValue>>> = {
  ...multiRegister,
  request: (a, _b, _c, place) => ({
    f: 'txn',
    input: [
      [['r', 'x', null]], [['r', 'x', null], ['r', 'y', null]], [['w', 'x', place]], [['w', 'y', place]],
      [['w', 'x', place], ['w', 'y', place]], [['r', 'x', null], ['w', 'y', place]], [['r', 'y', null], ['w', 'x', place], ['r', 'x', null]], [['r', 'y', null], ['w', 'y', place]],
    ][a] ?? [],
  }),
  lie: (_, input, a) => (input as readonly Step[]).map(([f, key, value]): Step => [f, key, f === 'r' ? [null, 0, 1, 2, 3, 4, 5, 6][a] ?? null : value]),
};

/** As {@link casRegister}, but nothing is written twice, and what is compared with may have been there. */
const uniqueCasRegister: Play<HistoryValue> = {
  ...casRegister,
  request: (a, b, c, place) => (
    a < 2 ? { f: 'read', input: null } : a < 4 ? { f: 'write', input: place } : { f: 'cas', input: [b === 0 ? null : Math.max(0, place - b - (c === 0 ? 3 : 0)), place] }
  ),
  lie: (f, input, a) => (f === 'cas' ? a % 2 === 0 : f === 'read' ? a : input),
};

/** Histories that tell their models more: elements and values that are all different, a stream that only grows. */
export const TELLING_PLAYS: readonly (readonly [ModelName, Play<never>])[] = [
  ['queue', modelPlay('queue', (_b, _c, place) => [['enqueue', place], ['dequeue', null]], [null, 0, 1, 2, 3]) as Play<never>],
  ['redis-list', modelPlay('redis-list', (_b, _c, place) => [
    ['rpush', place], ['lpush', place], ['lpop', null], ['rpop', null], ['lrange', null], ['llen', null], ['lrange', null], ['rpush', place],
  ], [0, 1, 2, null, [], [1], [0, 1], [2, 1]]) as Play<never>],
  ['multi-register', uniqueMultiRegister as Play<never>],
  ['cas-register', uniqueCasRegister as Play<never>],
  ['redis-stream', modelPlay('redis-stream', (b, _c, place) => [['xadd', place], ['xrange', null], ['xlen', null], ['xadd', b]], [0, 1, [], [1], [0, 1], 2]) as Play<never>],
];

/** Every write has a value of its own: its place in the history. */
export const uniqueRegister: Play<HistoryValue> = {
  init: null,
  request: (a, _b, _c, place) => (a < 5 ? { f: 'read', input: null } : { f: 'write', input: place }),
  answer: (state, f, input) => (f === 'read' ? [state, state] : [input, input]),
  lie: (f, input, a) => (f === 'read' ? (a === 7 ? null : a) : input),
};
