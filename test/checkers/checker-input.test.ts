import { describe, expect, it } from 'vitest';
import { checkConvergence } from '../../src/checkers/convergence.ts';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import { MODEL_NAMES } from '../../src/checkers/models/table.ts';
import { checkSessionGuarantees } from '../../src/checkers/session-guarantees.ts';
import { UsageError } from '../../src/kernel/errors.ts';
import { History } from '../../src/kernel/history.ts';
import { micros } from '../../src/kernel/units.ts';
import { history } from './notation.ts';

/** Checkers as a program without types calls them. */
const linearizability = checkLinearizability as unknown as (...args: unknown[]) => unknown;
const sessions = checkSessionGuarantees as unknown as (...args: unknown[]) => unknown;
const convergence = checkConvergence as unknown as (...args: unknown[]) => unknown;

function refusalOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `${error.code}: ${error.message}`;
  }
  return 'accepted';
}

const self: { me?: unknown } = {};
self.me = self;

const NO_HISTORIES: readonly (readonly [unknown, string])[] = [
  [null, 'expected a history: entries { process, type: invoke|ok|fail|info, f, value }, or operations'],
  [undefined, 'got nothing'],
  [7, 'got 7'],
  ['history', 'got "history"'],
  [{}, 'got {}'],
  [[null], 'item 0 is null'],
  [[{ foo: 1 }], 'got type nothing in {"foo":1}'],
  [[{ type: 'invoke', process: 0, f: 'read' }, { type: 'done', process: 0, f: 'read' }], 'entry 1: expected {'],
  [[{ type: 'invoke', process: 0, f: 'read' }, undefined], 'entry 1: expected {'],
  [[{ type: 'invoke', process: null, f: 'read' }], 'entry 0: process must be a number or a name, got null'],
  [[{ type: 'invoke', process: 0, f: 3 }], 'entry 0: f must be a name, got 3'],
  [[{ type: 'invoke', process: 0, f: 'read', key: {} }], 'entry 0: key must be a text or a number, got {}'],
  [[{ type: 'invoke', process: 0, f: 'write', value: 1n }], 'entry 0: value must be plain JSON, got a bigint'],
  [[{ type: 'invoke', process: 0, f: 'write', value: [Number.NaN] }], 'entry 0: value must be plain JSON, got ["NaN"]'],
  [[{ type: 'invoke', process: 0, f: 'write', value: new Map() }], 'entry 0: value must be plain JSON'],
  [[{ type: 'invoke', process: 0, f: 'write', value: self }], 'entry 0: value must be plain JSON, got something that is not plain JSON'],
  [[{ type: 'invoke', process: 0, f: 'write', value: 1, version: 'v' }], 'version must be a number, a vector clock or null, got "v"'],
  [[{ type: 'ok', process: 0, f: 'read', value: 1 }], 'entry 0: process 0 completes read, but it had invoked nothing'],
  [[{ call: 0 }], 'operation 0: status must be ok or info, got nothing'],
  [[...history('a write x 1'), { call: 2, return: 1, status: 'ok' }], 'operation 1: return must be null or a position behind call, got 1'],
  [history('a write x 1').map((operation) => ({ ...operation, output: undefined })), 'operation 0: output must be plain JSON, got nothing'],
];

describe('what is no history', () => {
  for (const [made, message] of NO_HISTORIES) {
    it(`is refused by name: ${message}`, () => {
      for (const check of [linearizability, sessions]) {
        expect(refusalOf(() => check(made))).toMatch(/^INVALID_HISTORY: /);
        expect(refusalOf(() => check(made))).toContain(message);
        expect(refusalOf(() => check(made))).not.toContain('\n');
      }
    });
  }

  it('is refused as replicas, too', () => {
    for (const [made, message] of [
      [[{ name: 'a', state: 1 }, { name: 'b', state: 2 }], 'replica 0: expected { node, key, value }, got node nothing in {"name":"a","state":1}'],
      [[{ node: 'a', key: 'x', value: 1 }, 5], 'replica 1: expected { node, key, value }, got 5'],
      [[{ node: 'a', key: null, value: 1 }], 'replica 0: key must be a text or a number, got null'],
      [[{ node: 'a', key: 'x' }], 'replica 0: value must be plain JSON (null where the replica holds nothing), got nothing'],
      [null, 'expected a list of replica states { node, key, value }; got null'],
      ['ab', 'expected a list of replica states { node, key, value }; got "ab"'],
    ] as const) {
      expect(refusalOf(() => convergence(made))).toBe(`INVALID_HISTORY: ${message}`);
    }
  });
});

describe('options', () => {
  it('that nobody knows are refused before the history is looked at', () => {
    const long = Array.from({ length: 10_000 }, (_, i) => (
      { index: i, time: i, process: 0, type: i % 2 === 0 ? 'invoke' : 'ok', f: 'write', value: i >> 1 }
    ));
    const models = MODEL_NAMES.join(', ');
    for (const [options, message] of [
      [{ model: 'bogus' }, `unknown model 'bogus' (models: ${models})`],
      [{ model: 'toString' }, `unknown model 'toString' (models: ${models})`],
      [{ model: {} }, `model must be a name (models: ${models}) or { name, init, step, equal }, got {}`],
      [{ model: null }, `model must be a name (models: ${models}) or { name, init, step, equal }, got null`],
      [{ budget: Number.NaN }, 'budget must be a number of steps, got NaN'],
      [{ budget: '5' }, 'budget must be a number of steps, got "5"'],
      [{ initial: () => 1 }, 'initial must be plain JSON, got a function'],
      [{ model: 'kv', initial: 5 }, 'initial must be a text for the model kv, got 5'],
      [{ model: 'set', initial: 'ab' }, 'initial must be a list for the model set, got "ab"'],
      [null, 'options must be a record, got null'],
    ] as const) {
      expect(refusalOf(() => linearizability(long, options))).toBe(`INVALID_ARGUMENT: ${message}`);
    }
    expect(refusalOf(() => sessions(long, { guarantees: ['monotonic lies'] }))).toContain('INVALID_ARGUMENT: guarantees must be a list of read your');
    expect(refusalOf(() => sessions(long, 3))).toBe('INVALID_ARGUMENT: options must be a record, got 3');
  });
});

describe('what is a history', () => {
  it('may come from any iterable, of entries or of operations', () => {
    const recorded = new History(() => micros(0));
    recorded.ok(recorded.invoke('a', 'write', 'x', 1));
    for (const made of [recorded, recorded.entries, new Set(recorded.entries), new Set(history('a write x 1'))]) {
      expect(linearizability(made)).toMatchObject({ verdict: 'ok', cost: { operations: 1 } });
    }
  });

  it('that a run has recorded is looked at as any other, once something unusual is in it', () => {
    const recorded = new History(() => micros(0));
    recorded.ok(recorded.invoke('a', 'write', 'x', 'text'));
    recorded.ok(recorded.invoke('a', 'write', 'x', 7));
    expect(linearizability(recorded)).toMatchObject({ verdict: 'ok' });
    recorded.ok(recorded.invoke('a', 'write', 'x', NaN));
    recorded.ok(recorded.invoke('a', 'write', 'x', 'more'));
    expect(refusalOf(() => linearizability(recorded))).toBe('INVALID_HISTORY: entry 4: value must be plain JSON, got NaN');
  });

  it('may leave a value out where there is none', () => {
    const made = [{ type: 'invoke', process: 0, f: 'read' }, { type: 'ok', process: 0, f: 'read' }];
    expect(linearizability(made)).toMatchObject({ verdict: 'ok' });
    expect(linearizability(made, { initial: 3 })).toMatchObject({ verdict: 'violation', explanation: 'process 0 read null, which nobody ever wrote' });
  });

  it('of a cas without its two values is refused by both checkers', () => {
    const made = [{ type: 'invoke', process: 0, f: 'cas', value: 1 }, { type: 'ok', process: 0, f: 'cas', value: 1 }];
    expect(refusalOf(() => sessions(made))).toBe('INVALID_HISTORY: operation 0: a cas needs [from, to], got 1');
    expect(refusalOf(() => linearizability(made))).toContain('UNSUPPORTED_OPERATION');
  });
});
