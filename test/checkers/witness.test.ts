import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import type { Model } from '../../src/checkers/model.ts';
import { MODEL_NAMES, MODELS } from '../../src/checkers/models/table.ts';
import { histories, isLinearizable } from './exhaustive.ts';
import { history } from './notation.ts';
import { PLAYS } from './plays.ts';

const words = (text: string, model?: 'cas-register' | 'kv' | 'mutex' | 'multi-register') => {
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
