import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import type { Model } from '../../src/checkers/model.ts';
import { MODEL_NAMES, MODELS } from '../../src/checkers/models/table.ts';
import { UsageError } from '../../src/kernel/errors.ts';
import type { HistoryValue } from '../../src/kernel/history.ts';
import type { Verdict } from '../../src/checkers/verdict.ts';
import type { Operation } from '../../src/history/operation.ts';
import { histories, isLinearizable } from './exhaustive.ts';
import { PLAYS, TELLING_PLAYS } from './plays.ts';
import { history } from './notation.ts';

/** Thirty concurrent appends, a put that may never have happened, and a get that no order explains. */
function hardHistory(): Operation[] {
  const appends = Array.from({ length: 30 }, (_, i): Operation => ({
    id: i, process: i, f: 'append', key: 'hard', input: String.fromCharCode(97 + i), output: null, call: i, return: 100 + i, status: 'ok',
  }));
  return [
    ...appends,
    { id: 30, process: 'p', f: 'put', key: 'hard', input: 'z', output: null, call: 30, return: null, status: 'info' },
    { id: 31, process: 'g', f: 'get', key: 'hard', input: null, output: 'zyx', call: 200, return: 201, status: 'ok' },
  ];
}

describe('checkLinearizability agrees with exhaustive search', () => {
  for (const name of MODEL_NAMES) {
    it(`on small histories of the model ${name}, crashed operations included`, () => {
      const model = MODELS[name]() as Model;
      const seen = { ok: 0, violation: 0, unknown: 0 };
      fc.assert(fc.property(histories(PLAYS[name], 7), (operations) => {
        const verdict = checkLinearizability(operations, { model: name });
        seen[verdict.verdict]++;
        expect(verdict.verdict).toBe(isLinearizable(model, operations) ? 'ok' : 'violation');
        // The empty witness of an `ok` is linearizable, that of a violation is not.
        expect(isLinearizable(model, verdict.witness)).toBe(verdict.verdict === 'ok');
      }), { seed: 20, numRuns: 1500 });
      expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(100);
    });

    it(`on histories of the model ${name} in which half of what was asked never completed`, () => {
      const model = MODELS[name]() as Model;
      const crashes = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
      fc.assert(fc.property(histories(PLAYS[name], 8), crashes, (operations, crashed) => {
        const last = operations.length - 1;
        const crashing = operations.map((operation, i): Operation => (crashed[i] === true && i < last ? { ...operation, status: 'info', return: null, output: null } : operation));
        expect(checkLinearizability(crashing, { model: name }).verdict).toBe(isLinearizable(model, crashing) ? 'ok' : 'violation');
      }), { seed: 22, numRuns: 300 });
    });

    it(`with a bare model (init, step, equal) in place of ${name}`, () => {
      const whole = MODELS[name]() as Model;
      const bare: Model = {
        name: 'bare', init: whole.init, perKey: false,
        step: (state, operation) => whole.step(state, operation), equal: (a, b) => whole.equal(a, b),
      };
      fc.assert(fc.property(histories(PLAYS[name], 6), (operations) => {
        const verdict = checkLinearizability(operations, { model: bare });
        expect(verdict.verdict).toBe(isLinearizable(bare, operations) ? 'ok' : 'violation');
      }), { seed: 21, numRuns: 300 });
    });
  }
});

type Step = readonly [f: string, input: HistoryValue, output: HistoryValue];

describe('operations of unknown outcome', () => {
  /** Forty that wrote or deleted, and may have happened or not, while one client went on alone. */
  const pending = Array.from({ length: 40 }, (_, i): Operation => ({
    id: i, process: i, f: i % 4 === 0 ? 'getdel' : 'set', key: 'k', input: i % 4 === 0 ? null : `w${i}`, output: null, call: i, return: null, status: 'info',
  }));
  const alone = (steps: readonly Step[]): Operation[] => [
    ...pending,
    ...steps.map(([f, input, output], i): Operation => ({ id: 40 + i, process: 'alone', f, key: 'k', input, output, call: 100 + 2 * i, return: 101 + 2 * i, status: 'ok' })),
  ];
  const busy = Array.from({ length: 12 }, (_, i): Step[] => [['set', `v${i}`, null], ['strlen', null, `v${i}`.length]]).flat();
  const placed = ({ order }: Verdict): number[] | undefined => order?.filter((id) => id < pending.length);

  it('are placed only where nothing else explains an answer', () => {
    expect(placed(checkLinearizability(alone([...busy, ['get', null, 'v11']]), { model: 'redis-string' }))).toEqual([]);
    expect(placed(checkLinearizability(alone([...busy, ['get', null, 'w7'], ['append', 'x', 1], ['get', null, 'x']]), { model: 'redis-string' }))).toEqual([7, 0]);
  });

  it('do not multiply the orders to be tried: that none is legal is still found', () => {
    // What the last get saw was overwritten long before, and nobody may have written it again.
    const verdict = checkLinearizability(alone([...busy, ['get', null, 'v3']]), { model: 'redis-string', budget: 20_000 });
    expect(verdict.verdict).toBe('violation');
  });
});

describe('checkLinearizability of histories that tell more than their model', () => {
  it.each(TELLING_PLAYS)('%s: agrees with exhaustive search, and its witness is a violation by itself', (name, play) => {
    const model = MODELS[name]() as Model;
    const seen = { ok: 0, violation: 0, unknown: 0 };
    fc.assert(fc.property(histories(play, 8), (operations) => {
      const verdict = checkLinearizability(operations, { model: name });
      seen[verdict.verdict]++;
      expect(verdict.verdict).toBe(isLinearizable(model, operations) ? 'ok' : 'violation');
      expect(isLinearizable(model, verdict.witness)).toBe(verdict.verdict === 'ok');
    }), { seed: 26, numRuns: 4000 });
    expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(300);
  });

  it.each(TELLING_PLAYS)('%s: agrees with a bare model on longer ones', (name, play) => {
    const whole = MODELS[name]() as Model;
    const bare: Model = {
      name: 'bare', init: whole.init, perKey: false, hash: (state) => whole.hash?.(state) ?? null,
      step: (state, operation) => whole.step(state, operation), equal: (a, b) => whole.equal(a, b),
    };
    fc.assert(fc.property(histories(play, 24, 25), (operations) => {
      const { verdict, witness } = checkLinearizability(operations, { model: name });
      expect(verdict).toBe(checkLinearizability(operations, { model: bare }).verdict);
      expect(checkLinearizability(witness, { model: bare }).verdict).toBe(verdict);
    }), { seed: 27, numRuns: 500 });
  });

  it('a list with twenty pushes of unknown outcome, that was read in an order of which the search thinks last, is decided at once', () => {
    const pushes = Array.from({ length: 20 }, (_, i): Operation => ({
      id: i, process: i, f: i % 2 === 0 ? 'rpush' : 'lpush', input: `e${i}`, output: null, call: i, return: null, status: 'info',
    }));
    const seen = [19, 7, 3, 11, 0, 16, 2, 14];
    const look = (id: number, elements: readonly number[]): Operation => ({
      id, process: 'reader', f: 'lrange', input: null, output: elements.map((i) => `e${i}`), call: 2 * id, return: 2 * id + 1, status: 'ok',
    });
    const verdictOf = (...looks: readonly Operation[]): Verdict => checkLinearizability([...pushes, ...looks], { model: 'redis-list', budget: 40_000 });
    expect(verdictOf(look(20, seen)).verdict).toBe('ok');
    expect(verdictOf(look(20, seen), look(21, [9, ...seen, 4])).verdict).toBe('ok');
    // Nothing is taken out of the middle.
    const pop: Operation = { id: 30, process: 'taker', f: 'lpop', input: null, output: null, call: 20, return: null, status: 'info' };
    expect(verdictOf(pop, look(20, seen), look(21, seen.filter((i) => i !== 11))).verdict).toBe('violation');
    expect(verdictOf(pop, look(20, seen), look(21, seen.slice(1))).verdict).toBe('ok');
    // What stood side by side cannot be driven apart.
    expect(verdictOf(look(20, seen), look(21, [19, 7, 9, 3])).verdict).toBe('violation');
  });

  it('a queue with thirty takers of unknown outcome and an element that came out before it could is decided at once', () => {
    const takers = Array.from({ length: 30 }, (_, i): Operation => ({ id: i, process: `t${i}`, f: 'dequeue', input: null, output: null, call: i, return: null, status: 'info' }));
    const put = (id: number, input: number, from: number): Operation => ({ id, process: 'p', f: 'enqueue', input, output: input, call: from, return: from + 1, status: 'ok' });
    const take = (id: number, output: number | null, from: number): Operation => ({ id, process: 'g', f: 'dequeue', input: null, output, call: from, return: from + 1, status: 'ok' });
    const puts = Array.from({ length: 20 }, (_, i) => put(30 + i, i, 100 + 2 * i));
    const { verdict, cost } = checkLinearizability([...takers, ...puts, take(50, 4, 200), take(51, 2, 202)], { model: 'queue' });
    expect([verdict, cost.steps < 5000]).toEqual(['violation', true]);
    expect(checkLinearizability([...takers, ...puts, take(50, 4, 200), take(51, null, 202)], { model: 'queue' })).toMatchObject({ verdict: 'ok', cost: { operations: 52 } });
  });
});

describe('checkLinearizability with and without shortcuts', () => {
  for (const name of MODEL_NAMES) {
    it(`agrees on histories of up to 40 operations of the model ${name}`, () => {
      const whole = MODELS[name]() as Model;
      const bare: Model = {
        name: 'bare', init: whole.init, perKey: false, hash: (state) => whole.hash?.(state) ?? null,
        step: (state, operation) => whole.step(state, operation), equal: (a, b) => whole.equal(a, b),
      };
      const seen = { ok: 0, violation: 0, unknown: 0 };
      fc.assert(fc.property(histories(PLAYS[name], 40, 25), (operations) => {
        const { verdict } = checkLinearizability(operations, { model: name });
        seen[verdict]++;
        expect(verdict).toBe(checkLinearizability(operations, { model: bare }).verdict);
      }), { seed: 23, numRuns: 300 });
      expect(seen.unknown).toBe(0);
      expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(10);
    });
  }
});

describe('checkLinearizability', () => {
  it('gives an order that is legal and respects real time', () => {
    const model = MODELS['cas-register']() as Model;
    fc.assert(fc.property(histories(PLAYS['cas-register'], 7), (operations) => {
      const { order } = checkLinearizability(operations, { model: 'cas-register' });
      if (order === undefined) return;
      const placed = order.map((id) => operations[id] as Operation);
      let state: unknown = model.init;
      for (const operation of placed) {
        state = model.step(state, operation);
        expect(state).not.toBe(undefined);
      }
      placed.forEach((later, i) => {
        for (const earlier of placed.slice(0, i)) expect(earlier.call).toBeLessThan(later.return ?? Infinity);
      });
    }), { seed: 22, numRuns: 500 });
  });

  it('answers unknown, not violation, when the budget runs out', () => {
    const verdict = checkLinearizability(hardHistory(), { model: 'kv', budget: 1000 });
    expect(verdict).toMatchObject({ verdict: 'unknown', key: 'hard', witness: [] });
    expect(verdict.cost.steps).toBe(1000);
    expect(verdict.explanation).toContain('budget');
  });

  it('finds a violation on one key behind a key too hard for the budget', () => {
    const easy = history('a put easy "2"\na put easy "1"\nb get easy "2"').map((operation) => ({ ...operation, id: operation.id + 32 }));
    const verdict = checkLinearizability([...hardHistory(), ...easy], { model: 'kv', budget: 40_000 });
    expect(verdict).toMatchObject({ verdict: 'violation', key: 'easy', witness: [{ input: '2' }, { input: '1' }, { process: 'b', output: '2' }] });
  });

  it('shows the quorum anomaly as four operations and one sentence', () => {
    const verdict = checkLinearizability(history(`
      alice write x 1
      dave  read  x 1
      (carol write x 2
        dave  read x 2
        bob   read x 1
        erin  read x 2
      carol)
      dave  read  x 2
    `));
    expect(verdict.verdict).toBe('violation');
    expect(verdict.key).toBe('x');
    expect(verdict.witness.map(({ process, f }) => `${process} ${f}`)).toEqual(['alice write', 'carol write', 'dave read', 'bob read']);
    expect(verdict.explanation).toMatch(/^bob read x=1 after dave had already read x=2/);
  });

  it('takes the entries of a history as they were recorded', () => {
    const verdict = checkLinearizability([
      { index: 0, time: 0, process: 'a', type: 'invoke', f: 'write', key: 'x', value: 1 },
      { index: 1, time: 5, process: 'a', type: 'ok', f: 'write', key: 'x', value: 1 },
      { index: 2, time: 6, process: 'a', type: 'invoke', f: 'read', key: 'x', value: null },
      { index: 3, time: 9, process: 'a', type: 'ok', f: 'read', key: 'x', value: null },
    ]);
    expect(verdict).toMatchObject({ verdict: 'violation', model: 'register', key: 'x' });
    expect(verdict.explanation).toBe('a read x=null, the initial value, after a had already written x=1');
  });

  it('lets a write of unknown outcome take effect late, or never', () => {
    expect(checkLinearizability(history('a write x 1\n?b write x 2\na read x 1\na read x 2'))).toMatchObject({ verdict: 'ok' });
    expect(checkLinearizability(history('a write x 1\n?b write x 2\na read x 1'))).toMatchObject({ verdict: 'ok' });
    expect(checkLinearizability(history('a write x 1\n?b write x 2\na read x 2\na read x 1'))).toMatchObject({ verdict: 'violation' });
  });

  it('names the operations when no model has them', () => {
    const operations = history('a frobnicate x 1');
    expect(() => checkLinearizability(operations)).toThrow(UsageError);
    expect(() => checkLinearizability(operations)).toThrow(/frobnicate/);
    expect(() => checkLinearizability(operations, { model: 'register' })).toThrow(/frobnicate/);
  });

  it('counts in good English', () => {
    expect(checkLinearizability(history('a write x 1')).explanation).toBe('1 operation has a legal order');
    expect(checkLinearizability(history('a write x 1\na write y 1')).explanation).toBe('2 operations on 2 keys have a legal order');
  });

  it('finds an empty history in order', () => {
    expect(checkLinearizability([])).toMatchObject({ verdict: 'ok', witness: [] });
  });
});
