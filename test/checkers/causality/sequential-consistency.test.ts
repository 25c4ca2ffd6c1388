import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSequentialConsistency } from '../../../src/checkers/causality/sequential-consistency.ts';
import type { Model } from '../../../src/checkers/model.ts';
import { MODELS, type ModelName } from '../../../src/checkers/models/table.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { histories } from '../exhaustive.ts';
import { history } from '../notation.ts';
import { PLAYS, uniqueRegister } from '../plays.ts';
import { isSequential } from './exhaustive-causality.ts';

/** Operations spread over two keys. */
function overTwoKeys(operations: readonly Operation[]): Operation[] {
  return operations.map((operation) => ({ ...operation, key: operation.id % 3 === 0 ? 'y' : 'x' }));
}

function isLegal(model: Model, operations: readonly Operation[], order: readonly number[]): boolean {
  const states = new Map<unknown, unknown>();
  return order.every((id) => {
    const operation = operations.find((one) => one.id === id) as Operation;
    const key = model.perKey === false ? undefined : operation.key;
    const next = model.step(states.has(key) ? states.get(key) : model.init, operation);
    states.set(key, next);
    return next !== undefined;
  });
}

describe('checkSequentialConsistency', () => {
  for (const name of ['register', 'cas-register', 'kv', 'set', 'queue', 'counter', 'multi-register', 'append-list'] as const satisfies readonly ModelName[]) {
    it(`agrees with its definition on small histories of the model ${name}`, () => {
      const model = MODELS[name]() as Model;
      const seen = { ok: 0, violation: 0, unknown: 0 };
      fc.assert(fc.property(histories(PLAYS[name], 6, 3), (made) => {
        const operations = overTwoKeys(made);
        const { verdict, order } = checkSequentialConsistency(operations, { model: name });
        seen[verdict]++;
        expect(verdict).toBe(isSequential(model, operations) ? 'ok' : 'violation');
        expect(order === undefined || isLegal(model, operations, order)).toBe(true);
      }), { seed: 61, numRuns: 600 });
      expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(40);
    });
  }

  it('agrees with its definition on unique values, where the forced order does most of the work', () => {
    const model = MODELS.register() as Model;
    const seen = { ok: 0, violation: 0, unknown: 0 };
    fc.assert(fc.property(histories(uniqueRegister, 7, 2), (made) => {
      const operations = overTwoKeys(made);
      const { verdict } = checkSequentialConsistency(operations, { model: 'register' });
      seen[verdict]++;
      expect(verdict).toBe(isSequential(model, operations) ? 'ok' : 'violation');
    }), { seed: 62, numRuns: 1500 });
    expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(100);
  });

  it('lets a client see the past, and forbids two clients to see two writes in opposite orders', () => {
    expect(checkSequentialConsistency(history('a write x 1\nb read x null\nb read x 1')).verdict).toBe('ok');
    const verdict = checkSequentialConsistency(history('a write x 1\nb write x 2\nc read x 1\nc read x 2\nd read x 2\nd read x 1'));
    expect(verdict.verdict).toBe('violation');
    expect(verdict.explanation).toContain('a wrote x=1 < b wrote x=2');
  });

  it('answers unknown, not violation, when the budget runs out', () => {
    const hard = Array.from({ length: 12 }, (_, i) => `p${i} append x "${i}"`).join('\n');
    expect(checkSequentialConsistency(history(`${hard}\nq read x "zz"`), { model: 'kv' }).verdict).toBe('violation');
    const impossible = history(`${hard}\nq get x "11100"`);
    expect(checkSequentialConsistency(impossible, { model: 'kv', budget: 500 })).toMatchObject({ verdict: 'unknown', witness: [] });
  });
});
