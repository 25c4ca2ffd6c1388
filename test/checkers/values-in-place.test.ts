import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import type { Model } from '../../src/checkers/model.ts';
import { MODELS } from '../../src/checkers/models/table.ts';
import { LinearizationSearch } from '../../src/checkers/search.ts';
import { Transitions } from '../../src/checkers/transitions.ts';
import type { Operation } from '../../src/history/operation.ts';
import type { HistoryValue } from '../../src/kernel/history.ts';
import { Random } from '../../src/kernel/random.ts';
import { histories, isLinearizable, lateHistories } from './exhaustive.ts';
import { history } from './notation.ts';
import { PLAYS, TELLING_PLAYS, uniqueRegister } from './plays.ts';

const CASES = [
  ...TELLING_PLAYS.filter(([name]) => name === 'multi-register' || name === 'cas-register' || name === 'redis-list').map(([name, play]) => [`${name} of unique values`, name, play] as const),
  ['register of unique values', 'register', uniqueRegister as never] as const,
  ['multi-register', 'multi-register', PLAYS['multi-register']] as const,
  ['cas-register', 'cas-register', PLAYS['cas-register']] as const,
  ['redis-list', 'redis-list', PLAYS['redis-list']] as const,
];

describe('a search that knows who found what', () => {
  it('knows that what was there at the start may be put back', () => {
    const operations = history(`
      a write x 1
      (b write x 0
      (c read x 1
      c)
      b)
      d read x 0
    `);
    const play = { ...uniqueRegister, init: 0, request: (a: number, b: number, _c: number, place: number) => (a < 5 ? { f: 'read', input: null } : { f: 'write', input: b === 0 ? 0 : place }) };
    const model = MODELS['cas-register'](0);
    const seen = { ok: 0, violation: 0 };
    for (const given of [operations, ...fc.sample(lateHistories(play, 8, 10, 4), { seed: 32, numRuns: 3000 })]) {
      const search = new LinearizationSearch(new Transitions(model), given, { valuesAfter: 1 });
      const expected = isLinearizable(model, given) ? 'ok' : 'violation';
      seen[expected]++;
      expect(search.run(Infinity)).toBe(expected);
    }
    expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(300);
  });

  it('knows that one of two that are alike stays when the other is taken', () => {
    const operations = history(`
      a lpop l "e"
      b lpop l "e"
      c lpop l
    `).map((operation) => ({ ...operation, input: null, output: operation.input }));
    for (const [initial, expected] of [[['e', 'e'], 'ok'], [['e'], 'violation'], [['e', 'f', 'e'], 'violation']] as const) {
      const model = MODELS['redis-list'](initial);
      for (const narrow of [model, model.forHistory?.(operations) ?? model]) {
        expect({ initial, result: new LinearizationSearch(new Transitions(narrow), operations, { valuesAfter: 1 }).run(Infinity) }).toEqual({ initial, result: expected });
      }
      expect(checkLinearizability(operations, { model: 'redis-list', initial }).verdict).toBe(expected);
    }
  });

  it.each(CASES)('%s: agrees with exhaustive search, and what began before it was stuck is a violation by itself', (_, name, play) => {
    const model = MODELS[name]() as Model;
    const seen = { ok: 0, violation: 0 };
    const small = fc.oneof(histories(play, 8), lateHistories(play, 8, 10, 4));
    fc.assert(fc.property(small, (operations) => {
      const search = new LinearizationSearch(new Transitions(model.forHistory?.(operations) ?? model), operations, { valuesAfter: 1 });
      const expected = isLinearizable(model, operations) ? 'ok' : 'violation';
      seen[expected]++;
      expect(search.run(Infinity)).toBe(expected);
      if (expected === 'ok') return;
      const until = search.blocked?.return ?? Infinity;
      expect(isLinearizable(model, operations.filter(({ call }) => call < until))).toBe(false);
    }), { seed: 31, numRuns: 3000 });
    expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(300);
  });

  it('finds the order of four thousand transactions of ten clients in a few steps for each', () => {
    const operations = serialTransactions(4_000);
    const { verdict, cost } = checkLinearizability(operations, { model: 'multi-register' });
    expect(verdict).toBe('ok');
    expect(cost.steps).toBeLessThan(14_000);
  });
});

/** Ten clients on twenty keys; each transaction takes effect at one instant between its call and its return. */
function serialTransactions(count: number): Operation[] {
  const random = Random.fromSeed(5);
  const store = new Map<string, HistoryValue>();
  const open: (Operation | undefined)[] = Array.from({ length: 10 });
  const operations: Operation[] = [];
  for (let position = 0; operations.length < count || open.some((one) => one !== undefined); position++) {
    const process = random.below(10);
    const waiting = open[process];
    if (waiting === undefined && operations.length < count) {
      const id = operations.length;
      const input = Array.from({ length: 1 + random.below(4) }, (_, i): HistoryValue => (random.below(2) === 0 ? ['r', `k${random.below(20)}`, null] : ['w', `k${random.below(20)}`, id * 4 + i]));
      operations.push(open[process] = { id, process, f: 'txn', input, output: null, call: position, return: null, status: 'info' });
    } else if (waiting?.output === null) {
      const output = (waiting.input as [string, string, HistoryValue][]).map(([f, key, value]): HistoryValue => {
        if (f === 'w') store.set(key, value);
        return [f, key, store.get(key) ?? null];
      });
      open[process] = operations[waiting.id] = { ...waiting, output };
    } else if (waiting !== undefined) {
      operations[waiting.id] = { ...waiting, return: position, status: 'ok' };
      open[process] = undefined;
    }
  }
  return operations;
}
