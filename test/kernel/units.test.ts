import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duration, formatDuration, micros, nodeId, ratio, signedDuration, type Micros } from '../../src/kernel/units.ts';

test('reads milliseconds and every unit', () => {
  expect([1.5, '250us', '10ms', '1.5s', '2m', '3h', '10d'].map((input) => duration(input)))
    .toEqual([1500, 250, 10_000, 1_500_000, 120_000_000, 10_800_000_000, 864_000_000_000]);
  expect(signedDuration('-1.5s')).toBe(-1_500_000);
});

test.each(['', '5', '5 s', 's', '1e3s', 'abc', '-1s', NaN, Infinity, -1])('refuses %j as a span, in one line', (input) => {
  expect(() => duration(input as string)).toThrow(/^a duration must (not be negative|be milliseconds)[^\n]*$/);
});

test('prints a span so that it reads back the same', () => {
  fc.assert(fc.property(fc.oneof(fc.integer({ min: -1e15, max: 1e15 }), fc.constantFrom(0, 1, 999, 1000, 1_500_000, 86_400_000_000)), (value) => {
    expect(signedDuration(formatDuration(value as Micros))).toBe(value);
  }));
  expect(formatDuration(1_500_000 as Micros)).toBe('1.5s');
});

test('refuses fractions of a microsecond, bad ratios and bad names', () => {
  expect(() => micros(0.5)).toThrow('whole number');
  expect(() => ratio(1.1)).toThrow('between 0 and 1');
  expect(() => ratio(NaN)).toThrow('between 0 and 1');
  expect(() => nodeId('')).toThrow('1 to 64');
  expect(() => nodeId('a b')).toThrow('1 to 64');
});
