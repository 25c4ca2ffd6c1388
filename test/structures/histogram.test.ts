import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from '../../src/structures/histogram.ts';

const of = (values: readonly number[]): Histogram => {
  const made = new Histogram();
  for (const value of values) made.add(value);
  return made;
};
const numbers = fc.array(fc.oneof(fc.nat(200), fc.nat()), { minLength: 1 });

test('a percentile is at most 1/32 above the exact one, and never below it', () => {
  fc.assert(fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
    const exact = values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0;
    const found = of(values).percentile(share) ?? -1;
    expect(found).toBeGreaterThanOrEqual(exact);
    expect(found).toBeLessThanOrEqual(exact + exact / 32);
  }));
});

test('merged parts are the histogram of the whole', () => {
  fc.assert(fc.property(numbers, numbers, (some, others) => {
    const merged = of(others);
    merged.merge(of(some).toJSON());
    expect(merged.toJSON()).toEqual(of([...some, ...others]).toJSON());
    expect(merged.total).toBe(some.length + others.length);
  }));
});

test('no numbers have no percentile', () => {
  expect(new Histogram().percentile(0.5)).toBeUndefined();
});
