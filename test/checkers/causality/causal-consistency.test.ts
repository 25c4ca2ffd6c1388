import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSAL_MODELS, checkCausalConsistency, checkPram } from '../../../src/checkers/causality/causal-consistency.ts';
import { UsageError } from '../../../src/kernel/errors.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { history } from '../notation.ts';
import { causalVerdicts } from './exhaustive-causality.ts';

/** Up to seven reads and writes of unique values by three clients on two keys; a read sees any value written anywhere, or null. */
const plays = fc.array(fc.record({ process: fc.nat(2), key: fc.constantFrom('x', 'y'), write: fc.boolean(), sees: fc.nat(6) }), { minLength: 2, maxLength: 7 })
  .map((turns) => turns.map(({ process, key, write, sees }, i): Operation => {
    const values = turns.flatMap((turn, j) => (turn.write && turn.key === key ? [j + 1] : []));
    const seen = sees === 6 || values.length === 0 ? null : (values[sees % values.length] ?? null);
    return { id: i, process, f: write ? 'write' : 'read', key, input: write ? i + 1 : null, output: write ? i + 1 : seen, call: i * 2, return: i * 2 + 1, status: 'ok' };
  }));

describe('causal consistency and PRAM', () => {
  for (const model of [...CAUSAL_MODELS, 'pram'] as const) {
    it(`${model} agrees with its definition on small histories`, () => {
      const seen = { ok: 0, violation: 0, unknown: 0 };
      fc.assert(fc.property(plays, (operations) => {
        const { verdict, witness } = model === 'pram' ? checkPram(operations) : checkCausalConsistency(operations, { model });
        seen[verdict]++;
        expect(verdict).toBe(causalVerdicts(operations)[model] ? 'ok' : 'violation');
        expect(witness.length > 0).toBe(verdict === 'violation');
      }), { seed: 51, numRuns: 1500 });
      expect(Math.min(seen.ok, seen.violation)).toBeGreaterThan(200);
    });
  }

  it('says which chain of reasons contradicts itself', () => {
    const verdict = checkCausalConsistency(history(`
      alice write x 1
      alice write x 2
      bob   read  x 2
      bob   write y 1
      carol read  y 1
      carol read  x 1
    `));
    expect(verdict).toMatchObject({ verdict: 'violation', model: 'weak-causal', key: 'x' });
    expect(verdict.explanation).toBe('carol read x=1, although alice wrote x=2 in between: alice wrote x=1 < alice wrote x=2 (alice did one after the other), '
      + 'alice wrote x=2 < bob read x=2 (it saw that), bob read x=2 < bob wrote y=1 (bob did one after the other), '
      + 'bob wrote y=1 < carol read y=1 (it saw that), carol read y=1 < carol read x=1 (carol did one after the other)');
    // PRAM asks for no such thing: bob's reading carries no order.
    expect(checkPram(history('alice write x 1\nalice write x 2\nbob read x 2\nbob write y 1\ncarol read y 1\ncarol read x 1')).verdict).toBe('ok');
  });

  it('tells convergence from memory: two readers may disagree for ever under the one only', () => {
    const forked = history('a write x 1\nb write x 2\nc read x 1\nc read x 2\nd read x 2\nd read x 1');
    expect(checkCausalConsistency(forked, { model: 'CM' }).verdict).toBe('ok');
    expect(checkCausalConsistency(forked, { model: 'CCv' }).verdict).toBe('violation');
  });

  it('tries every way to explain values that repeat, and says so when the budget runs out', () => {
    const repeated = history('a write x 1\nb write x 1\na write x 2\nc read x 2\nc read x 1');
    expect(checkCausalConsistency(repeated).verdict).toBe('ok');
    const worse = history('a write x 1\na write x 1\na write x 2\nc read x 2\nc read x 1');
    expect(checkCausalConsistency(worse).verdict).toBe('violation');
    expect(checkCausalConsistency(worse, { budget: 1 })).toMatchObject({ verdict: 'unknown', witness: [] });
  });

  it('does not hold a write of unknown outcome against its client', () => {
    expect(checkCausalConsistency(history('a write x 1\n?a write x 2\na read x 1\nb read x 2\nb read x 2')).verdict).toBe('ok');
    expect(checkCausalConsistency(history('a write x 1\na write x 2\na read x 1')).verdict).toBe('violation');
  });

  it('refuses what are no registers, and models that are none', () => {
    expect(() => checkCausalConsistency(history('a append x 1'))).toThrow(UsageError);
    expect(() => checkCausalConsistency([], { model: 'strong' as never })).toThrow('model must be one of weak-causal');
  });
});
