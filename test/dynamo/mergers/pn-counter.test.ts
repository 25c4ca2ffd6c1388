import { expect, test } from 'vitest';
import { gCounter } from '../../../src/dynamo/mergers/g-counter.ts';
import { pnCounter } from '../../../src/dynamo/mergers/pn-counter.ts';
import { UsageError } from '../../../src/index.ts';

test('concurrent counts add up, each once', () => {
  const before = pnCounter.increment(pnCounter.empty, 'a', 5);
  const merged = pnCounter.join(pnCounter.decrement(pnCounter.increment(before, 'a', 2), 'a'), pnCounter.decrement(before, 'b', 4));
  expect(pnCounter.value(merged)).toBe(2);
  expect(pnCounter.value(pnCounter.join(merged, before))).toBe(2);
  expect(gCounter.value(gCounter.join(gCounter.increment(gCounter.empty, 'a', 3), gCounter.increment(gCounter.empty, 'b')))).toBe(4);
});

test.each([-1, 0.5, NaN, Infinity, 2 ** 53])('an increment by %d is refused', (by) => {
  for (const counter of [gCounter, pnCounter]) expect(() => counter.increment(counter.empty as never, 'a', by)).toThrow(UsageError);
  expect(() => pnCounter.decrement(pnCounter.empty, 'a', by)).toThrow('a counter goes up by a whole number from 0');
});

test('a count that would lose precision is refused', () => {
  const full = gCounter.increment(gCounter.empty, 'a', Number.MAX_SAFE_INTEGER);
  expect(() => gCounter.increment(full, 'a')).toThrow('the count of a would pass 2^53-1');
});
