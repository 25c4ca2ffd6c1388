import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import type { Model } from '../../src/checkers/model.ts';
import { MODEL_NAMES, MODELS, type ModelName } from '../../src/checkers/models/table.ts';
import { findUnfounded } from '../../src/checkers/unfounded.ts';
import { histories, isLinearizable } from './exhaustive.ts';
import { PLAYS } from './plays.ts';
import { history } from './notation.ts';

const unseen = (model: ModelName, text: string) => {
  const { verdict, explanation, witness, cost } = checkLinearizability(history(text), { model, budget: 1 });
  return { verdict, explanation, witness: witness.map(({ process }) => process).join(' '), steps: cost.steps };
};

describe('what nobody could have produced', () => {
  for (const [model, text, explanation, witness] of [
    ['cas-register', 'a write x 1\nb write x 1\nc read x 3', 'c read x=3, which nobody ever wrote', 'c'],
    ['cas-register', 'a write x 1\nb write x 1\nc cas x [3,4]', 'c swapped x from 3 to 4, although nobody ever wrote 3', 'c'],
    ['cas-register', 'a write x 1\nb write x 1\nc read x 3\nd write x 3', 'c read x=3 before d began to write it', 'c d'],
    ['cas-register', 'a write x 1\nb write x 1\nc cas x [3,4]\nd write x 3', 'c swapped x from 3 to 4 before d began to write 3', 'c d'],
    ['set', 'a add x 1\nb read x [1,3]', 'b read x=[1,3], although no operation could have produced 3', 'b'],
    ['kv', 'a put x "a"\nb append x "b"\nc get x "abc"', 'c read x="abc", although no operation could have produced "c"', 'c'],
    ['multi-register', 'a txn - [["w","y",3]]\nb txn - [["r","x",3]]', 'b did [r x=3], although no operation could have produced x=3', 'b'],
  ] as const) {
    it(`is a violation with a budget of one step (${model}: ${explanation})`, () => {
      expect(unseen(model, text)).toEqual({ verdict: 'violation', explanation, witness, steps: 0 });
    });
  }

  it('is not what a write or swap of unknown outcome may have left behind', () => {
    for (const text of ['a write x 1\na write x 1\n?b write x 3\nc read x 3', 'a write x 1\n?b cas x [1,3]\nc read x 3\na write x 1']) {
      expect(checkLinearizability(history(text), { model: 'cas-register' })).toMatchObject({ verdict: 'ok' });
    }
  });

  it('is not the initial value', () => {
    expect(checkLinearizability(history('c read x 3\na write x 1\na write x 1'), { model: 'register', initial: 3 })).toMatchObject({ verdict: 'ok' });
    expect(checkLinearizability(history('c read x [3]\na add x 1'), { model: 'set', initial: [3] })).toMatchObject({ verdict: 'ok' });
    expect(checkLinearizability(history('c get x "z"\na append x "y"'), { model: 'kv', initial: 'z' })).toMatchObject({ verdict: 'ok' });
    expect(checkLinearizability(history('c txn - [["r","x",3]]'), { model: 'multi-register', initial: 3 })).toMatchObject({ verdict: 'ok' });
  });

  it('has no legal order, whatever the model', () => {
    let found = 0;
    const made = fc.constantFrom(...MODEL_NAMES).chain((name) => fc.tuple(fc.constant(name), histories(PLAYS[name], 7)));
    fc.assert(fc.property(made, ([name, operations]) => {
      const model = MODELS[name]() as Model;
      if (findUnfounded(model, operations) === undefined) return;
      found++;
      expect(isLinearizable(model, operations)).toBe(false);
    }), { seed: 41, numRuns: 3000 });
    expect(found).toBeGreaterThan(150);
  });
});

describe('a read of several values at once', () => {
  const explain = (text: string): string => checkLinearizability(history(text), { model: 'register' }).explanation;

  it('is told from a lie where each of them was written', () => {
    const siblings = 'c read x=["milk","eggs"], several values at once (siblings), where a register holds one value: '
      + 'merge them before they are recorded, or record adds and use the model set';
    expect(explain('a write x "milk"\nb write x "eggs"\nc read x ["milk","eggs"]')).toBe(siblings);
    // A value written twice is not decided by zones.
    expect(explain('a write x "milk"\nb write x "eggs"\na write x "milk"\nc read x ["milk","eggs"]')).toBe(siblings);
    expect(explain('a write x 1\nc read x [1]')).toContain('c read x=[1], a list of siblings, where');
  });

  it('is a lie where one of them was not', () => {
    expect(explain('a write x 1\nc read x [1,2]')).toBe('c read x=[1,2], which nobody ever wrote');
    expect(explain('a write x 1\nc read x []')).toBe('c read x=[], which nobody ever wrote');
  });
});
