import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import type { Model } from '../../src/checkers/model.ts';
import type { Operation } from '../../src/history/operation.ts';
import type { HistoryValue } from '../../src/kernel/history.ts';
import { MODEL_NAMES, MODELS } from '../../src/checkers/models/table.ts';
import { shrinkViolation } from '../../src/checkers/witness.ts';
import { histories, isLinearizable } from './exhaustive.ts';
import { history } from './notation.ts';
import { PLAYS, TELLING_PLAYS } from './plays.ts';

const words = (text: string, model?: 'cas-register' | 'kv' | 'mutex' | 'multi-register' | 'queue') => {
  const { verdict, witness, explanation } = checkLinearizability(history(text), model === undefined ? {} : { model });
  expect(verdict).toBe('violation');
  return { witness: witness.map(({ process, f }) => `${process} ${f}`), explanation };
};

describe('a witness', () => {
  it('of a stale cas is the two writes and the cas', () => {
    expect(words(`
      a write x 1
      b read x 1
      c cas x [1,2]
      b read x 2
      a write x 3
      d read x 3
      c cas x [2,4]
      d read x 4
    `)).toEqual({
      witness: ['a write', 'c cas', 'a write', 'c cas'],
      explanation: 'c swapped x from 2 to 4, but by then x could only be 3, given that a wrote x=1, c swapped x from 1 to 2, a wrote x=3',
    });
  });

  it('keeps the write whose value is read', () => {
    const { witness } = words('a write x 1\nb write x 2\nc write x 1\nd write x 2\ne read x 1', 'cas-register');
    expect(witness).toEqual(['c write', 'd write', 'e read']);
  });

  it('of a lost append is what the later read shows and misses', () => {
    expect(words('a append k "1"\nb append k "2"\nc get k "12"\nd append j "9"\nc get k "1"', 'kv').witness)
      .toEqual(['a append', 'b append', 'c get']);
  });

  it('of a lock granted twice names both', () => {
    expect(words('a acquire m\nb acquire m', 'mutex').explanation)
      .toBe('b acquired lock m, but by then m could only be held, given that a acquired lock m');
  });

  it('of a lock begins where the lock was last free with nobody waiting', () => {
    expect(words('a acquire m\na release m\nb acquire m\nb release m\n(c acquire m\na acquire m\nc)', 'mutex').witness)
      .toEqual(['c acquire', 'a acquire']);
    expect(words('(a acquire m\nb acquire m\nb release m\na)\nb acquire m', 'mutex').witness).toHaveLength(4);
  });

  it('of a field of a hash is what was done to that field, of a string what came after it was last set', () => {
    const one = (f: string, input: HistoryValue, output: HistoryValue, at: number): Operation => ({ id: at, process: 'c', f, key: 'k', input, output, call: 2 * at, return: 2 * at + 1, status: 'ok' });
    const hash = [one('hset', ['a', 'x'], 1, 0), one('hset', ['b', 'y'], 1, 1), one('hget', 'b', 'y', 2), one('hset', ['b', 'z'], 0, 3), one('hgetall', null, { a: 'x', b: 'z' }, 4), one('hget', 'a', null, 5)];
    expect(checkLinearizability(hash, { model: 'redis-hash' }).witness.map(({ id }) => id)).toEqual([0, 5]);
    const text = [one('set', 'x', null, 0), one('append', 'y', 2, 1), one('get', null, 'xy', 2), one('set', 'z', null, 3), one('strlen', null, 2, 4)];
    const { witness, explanation } = checkLinearizability(text, { model: 'redis-string' });
    expect([witness.map(({ id }) => id), explanation]).toEqual([[3, 4], 'c did strlen k and got 2, but by then k could only be "z", given that c wrote k="z"']);
  });

  it('of a queue is the elements that matter, though others stood between and somebody found it empty', () => {
    const { witness, explanation } = words(`
      a enqueue q 1
      b dequeue q 1
      b dequeue q null
      a enqueue q 2
      a enqueue q 3
      a enqueue q 4
      b dequeue q 4
      b dequeue q 2
    `, 'queue');
    expect(witness).toEqual(['a enqueue', 'a enqueue', 'b dequeue']);
    expect(explanation).toContain('b took 4 out of q');
    expect(checkLinearizability(history('a enqueue q 1\nb dequeue q 1\nb dequeue q null\nc dequeue q 1'), { model: 'queue' }).explanation).toMatch(/c took 1 out of q/);
  });

  it('leaves out nothing that a legal order could have needed: no part of a legal history is a violation', () => {
    for (const [name, play] of [...MODEL_NAMES.map((model) => [model, PLAYS[model]] as const), ...TELLING_PLAYS]) {
      const model = MODELS[name]() as Model;
      let legal = 0;
      fc.assert(fc.property(histories(play, 8, 1000), (operations) => {
        if (!isLinearizable(model, operations)) return;
        legal++;
        // Handed a history that is none, it looks for a violation in every part that it would take for a proof.
        expect([name, isLinearizable(model, shrinkViolation(model, operations, undefined).operations)]).toEqual([name, true]);
      }), { seed: 5, numRuns: 300 });
      expect(legal).toBeGreaterThan(50);
    }
  }, 60_000);

  it('never shows operations from after the contradiction', () => {
    const made = fc.constantFrom(...MODEL_NAMES).chain((name) => fc.tuple(fc.constant(name), histories(PLAYS[name], 7)));
    fc.assert(fc.property(made, ([name, operations]) => {
      const { witness } = checkLinearizability(operations, { model: name });
      if (witness.length === 0) return;
      const model = MODELS[name]() as Model;
      const lastCall = Math.max(...witness.map(({ call }) => call));
      const before = operations.filter(({ call }) => call <= lastCall);
      expect(isLinearizable(model, before)).toBe(false);
      expect(isLinearizable(model, witness)).toBe(false);
    }), { seed: 31, numRuns: 1500 });
  });

  it('leaves out every read and failed cas that it can', () => {
    fc.assert(fc.property(histories(PLAYS['cas-register'], 7), (operations) => {
      const model = MODELS['cas-register']();
      const { witness } = checkLinearizability(operations, { model: 'cas-register' });
      for (const operation of witness) {
        if (model.observes?.(operation) !== true) continue;
        expect(isLinearizable(model, witness.filter((other) => other !== operation))).toBe(true);
      }
    }), { seed: 32, numRuns: 1500 });
  });
});
