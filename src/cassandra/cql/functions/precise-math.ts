/**
 * Logarithm and exponential of decimals to any number of digits, with whole numbers only: the same on every machine. Doubles
 * take the nearest double of it, which is what good mathematical libraries give.
 *
 * @module
 */
import type { Decimal } from '../../types/java-number.ts';
import { divideRounded, precisionOf, stripZeros } from './numbers.ts';

const GUARD = 12;

/** The natural logarithm of a positive decimal, to so many significant digits. */
export function naturalLogarithm(value: Decimal, digits: number): Decimal {
  return rounded(fixedLogarithm(value, digits + GUARD), digits + GUARD, digits);
}

/** The decimal logarithm of a positive decimal. */
export function decimalLogarithm(value: Decimal, digits: number): Decimal {
  const places = digits + GUARD;
  const one = 10n ** BigInt(places);
  return rounded((fixedLogarithm(value, places) * one) / fixedLogarithm({ unscaled: 10n, scale: 0 }, places), places, digits);
}

/** e to a power. */
export function exponential(value: Decimal, digits: number): Decimal {
  const whole = Number(value.unscaled) * 10 ** -value.scale;
  const places = digits + GUARD + Math.max(0, Math.ceil(Math.abs(whole)));
  const one = 10n ** BigInt(places);
  const x = value.scale <= places ? value.unscaled * 10n ** BigInt(places - value.scale) : value.unscaled / 10n ** BigInt(value.scale - places);
  // e^x = (e^(x / 2^k))^(2^k): the series converges fast near 0.
  let halvings = 0;
  let small = x < 0n ? -x : x;
  while (small * 8n > one) {
    small /= 2n;
    halvings++;
  }
  let sum = one;
  let term = one;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * small) / one / n;
    sum += term;
  }
  for (let i = 0; i < halvings; i++) sum = (sum * sum) / one;
  return rounded(x < 0n ? (one * one) / sum : sum, places, digits);
}

/** ln as a whole number of 10^-places. */
function fixedLogarithm({ unscaled, scale }: Decimal, places: number): bigint {
  const one = 10n ** BigInt(places);
  const exponent = precisionOf({ unscaled, scale }) - 1;
  // A mantissa in [1, 10), brought near 1 by square roots of integers, then ln m = 2 artanh((m - 1) / (m + 1)).
  let mantissa = (unscaled * one) / 10n ** BigInt(exponent);
  let doublings = 1n;
  while (mantissa > one + one / 16n) {
    mantissa = squareRoot(mantissa * one);
    doublings *= 2n;
  }
  const mantissaLog = doublings * artanhTwice(mantissa, one);
  const tens = BigInt(exponent - scale);
  return tens === 0n ? mantissaLog : mantissaLog + tens * logarithmOfTen(one);
}

function logarithmOfTen(one: bigint): bigint {
  // ln 10 = 2.3025…: 10 = 2^3 * 1.25, ln 2 = 2 artanh(1/3), ln 1.25 = 2 artanh(1/9)
  return 3n * artanhTwice(2n * one, one) + artanhTwice((5n * one) / 4n, one);
}

/** 2 artanh((m - 1) / (m + 1)) = ln m */
function artanhTwice(m: bigint, one: bigint): bigint {
  const z = ((m - one) * one) / (m + one);
  const square = (z * z) / one;
  let power = z;
  let sum = z;
  for (let n = 3n; power !== 0n; n += 2n) {
    power = (power * square) / one;
    sum += power / n;
  }
  return 2n * sum;
}

function squareRoot(value: bigint): bigint {
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

function rounded(fixed: bigint, places: number, digits: number): Decimal {
  if (fixed === 0n) return { unscaled: 0n, scale: 0 };
  const excess = precisionOf({ unscaled: fixed, scale: places }) - digits;
  if (excess <= 0) return stripZeros({ unscaled: fixed, scale: places });
  return stripZeros({ unscaled: divideRounded(fixed, 10n ** BigInt(excess), 'HALF_UP'), scale: places - excess });
}
