import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { register } from '../../src/checkers/models/register.ts';
import { checkZones } from '../../src/checkers/zones.ts';
import { histories, isLinearizable, lateHistories } from './exhaustive.ts';
import { history } from './notation.ts';
import { uniqueRegister } from './plays.ts';

describe('checkZones', () => {
  it('agrees with exhaustive search when every value is written once, crashed operations included', () => {
    const seen = { ok: 0, bad: 0 };
    fc.assert(fc.property(histories(uniqueRegister, 8), (operations) => {
      const result = checkZones(operations, null);
      expect(result).not.toBe('not applicable');
      expect(result === 'ok').toBe(isLinearizable(register(), operations));
      seen[result === 'ok' ? 'ok' : 'bad']++;
    }), { seed: 7, numRuns: 4000 });
    expect(Math.min(seen.ok, seen.bad)).toBeGreaterThan(400);
  });

  it('agrees with it in whatever order the operations are listed, and where one reads what another is still writing', () => {
    const seen = { ok: 0, bad: 0 };
    fc.assert(fc.property(lateHistories(uniqueRegister, 8, 8), fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), (operations, keys) => {
      const holds = isLinearizable(register(), operations);
      expect(checkZones(operations, null) === 'ok').toBe(holds);
      const shuffled = operations.map((operation, i) => ({ operation, key: keys[i] ?? 0 })).toSorted((a, b) => a.key - b.key).map(({ operation }) => operation);
      expect(checkZones(shuffled, null) === 'ok').toBe(holds);
      seen[holds ? 'ok' : 'bad']++;
    }), { seed: 8, numRuns: 4000 });
    expect(Math.min(seen.ok, seen.bad)).toBeGreaterThan(400);
  });

  it('declines when a value is written twice, when the initial value is written, and on other operations', () => {
    expect(checkZones(history('a write x 1\nb write x 1'), null)).toBe('not applicable');
    expect(checkZones(history('a write x null'), null)).toBe('not applicable');
    expect(checkZones(history('a cas x [1,2]'), null)).toBe('not applicable');
  });

  it.each([10, 255, 256, 1000])('finds a stale read after %i writes, and the writes alone in order', (count) => {
    const writes = Array.from({ length: count }, (_, i) => `a write x ${i + 1}`).join('\n');
    expect(checkZones(history(writes), null)).toBe('ok');
    expect(checkZones(history(`${writes}\na read x ${count - 1}`), null)).toMatchObject({ kind: 'interleaved' });
  });

  it('tells apart a value nobody wrote and one read before it was written', () => {
    expect(checkZones(history('a read x 7'), null)).toMatchObject({ kind: 'never written' });
    expect(checkZones(history('a read x 7\nb write x 7'), null)).toMatchObject({ kind: 'read before write' });
  });

  it('starts with the initial value it is given', () => {
    expect(checkZones(history('a read x 0\nb write x 7\na read x 7'), 0)).toBe('ok');
    expect(checkZones(history('b write x 7\na read x 0'), 0)).toMatchObject({ kind: 'interleaved' });
  });

  it('puts zones in their own order, which is not that of the writes', () => {
    // The first write is over behind the second and its read; then a hundred that are over in the opposite order.
    expect(checkZones(history('(a write x 1\nb write x 2\nb read x 2\na)\nb read x 1'), null)).toBe('ok');
    const names = Array.from({ length: 100 }, (_, i) => `p${i}`);
    const opened = names.map((name, i) => `(${name} write x ${i}`);
    const closed = names.toReversed().map((name, i) => `${name})\nr read x ${99 - i}`);
    expect(checkZones(history([...opened, ...closed].join('\n')), null)).toBe('ok');
    expect(checkZones(history([...opened, ...closed, 'r read x 50'].join('\n')), null)).toMatchObject({ kind: 'interleaved' });
  });
});
