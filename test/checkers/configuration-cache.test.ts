import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigurationCache } from '../../src/checkers/configuration-cache.ts';

const key = fc.tuple(fc.nat(2), fc.constantFrom(0, -1, 7));
const set = fc.tuple(fc.nat(15), fc.constantFrom(0, 1, -(2 ** 31)));

test('takes a row unless its key came with the same set or a smaller one', () => {
  fc.assert(fc.property(fc.array(fc.tuple(key, set), { maxLength: 200 }), (rows) => {
    const cache = new ConfigurationCache(2, 2);
    const taken: (readonly [readonly number[], readonly number[]])[] = [];
    for (const [ofRow, members] of rows) {
      const isKnown = taken.some(([other, smaller]) => other.every((word, i) => word === ofRow[i]) && smaller.every((word, i) => (word & ~(members[i] ?? 0)) === 0));
      expect(cache.add(Int32Array.from([...ofRow, ...members]))).toBe(!isKnown);
      taken.push([ofRow, members]);
    }
  }), { numRuns: 300 });
});

test('holds many keys and many sets, none of which is part of another', () => {
  const cache = new ConfigurationCache(1, 1);
  const rows = Array.from({ length: 500 }, (_, i) => i).flatMap((of) => Array.from({ length: 20 }, (_, bit) => Int32Array.from([of, 1 << bit])));
  expect(rows.map((row) => cache.add(row))).not.toContain(false);
  expect(rows.map((row) => cache.add(row))).not.toContain(true);
  expect(cache.add(Int32Array.from([7, 0b11]))).toBe(false);
  expect([cache.add(Int32Array.from([7, 0])), cache.add(Int32Array.from([7, 1 << 30]))]).toEqual([true, false]);
});

test('compares whole rows where there is no set', () => {
  const cache = new ConfigurationCache(2, 0);
  expect([[1, 2], [2, 1], [1, 2]].map((row) => cache.add(Int32Array.from(row)))).toEqual([true, true, false]);
});
