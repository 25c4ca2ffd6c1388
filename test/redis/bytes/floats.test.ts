import { describe, expect, it } from 'vitest';
import { formatDouble, formatFixed, parseBorder, parseDouble } from '../../../src/redis/bytes/floats.ts';

describe('formatDouble', () => {
  it.each([
    [0.1, '0.10000000000000001'], [3, '3'], [-0, '-0'], [1e16, '10000000000000000'], [1e17, '1e+17'], [1.5e300, '1.5000000000000001e+300'], [1e-5, '1.0000000000000001e-05'],
    [0.0001, '0.0001'], [Infinity, 'inf'], [-Infinity, '-inf'], [18014409247555592, '18014409247555592'], [123456.789, '123456.789'],
  ])('prints %d as %%.17g does: %s', (value, text) => {
    expect(formatDouble(value)).toBe(text);
  });

  it('rounds a tie in the eighteenth digit to the even one, as C does and toPrecision does not', () => {
    expect(formatDouble(70368744177664.0625)).toBe('70368744177664.062');
    expect(formatDouble(70368744177664.1875)).toBe('70368744177664.188');
  });
});

describe('parseDouble', () => {
  it('reads what strtod reads, and refuses NaN, overflow and underflow', () => {
    expect(['1', '+1', '-.5', '5.', '1e3', '0x10', '0x1p-1', 'inf', '-Infinity'].map(parseDouble)).toEqual([1, 1, -0.5, 5, 1000, 16, 0.5, Infinity, -Infinity]);
    expect(['', ' 1', '1 ', 'nan', '1e400', '1e-400', 'x', '1_0'].map(parseDouble)).toEqual(Array(8).fill(undefined));
  });

  it('takes an overflow as infinite at a border', () => {
    expect([parseBorder('1e400'), parseBorder('-1e400')]).toEqual([Infinity, -Infinity]);
  });
});

it('formatFixed prints what has no decimals in full', () => {
  expect([formatFixed(1.00005, 4), formatFixed(1e22, 4), formatFixed(Infinity, 6)]).toEqual(['1.0001', '10000000000000000000000.0000', 'inf']);
});
