import { expect, it } from 'vitest';
import { addLongDouble, formatLongDouble, parseLongDouble } from '../../../src/redis/bytes/long-double.ts';

const sum = (a: string, b: string): string | undefined => {
  const [x, y] = [parseLongDouble(a), parseLongDouble(b)];
  const total = x === undefined || y === undefined ? undefined : addLongDouble(x, y);
  return total === undefined ? undefined : formatLongDouble(total);
};

it.each([
  ['0.1', '0.2', '0.3'], ['10.50', '0.1', '10.6'], ['5.0e3', '2.0e2', '5200'], ['3', '-3', '0'], ['-0.00', '0', '0'], ['1.5', '-2', '-0.5'],
  ['9223372036854775807', '1', '9223372036854775808'], ['18446744073709551616', '1', '18446744073709551616'], ['0x10', '1', '17'],
])('%s + %s = %s in 80-bit precision', (a, b, total) => {
  expect(sum(a, b)).toBe(total);
});

it('refuses what is not a number, and infinite sums', () => {
  expect([parseLongDouble(''), parseLongDouble('abc'), parseLongDouble('nan'), parseLongDouble('1e5000')]).toEqual(Array(4).fill(undefined));
  expect(sum('inf', '1')).toBeUndefined();
});
