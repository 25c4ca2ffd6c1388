/**
 * The 80-bit extended precision in which Redis computes `INCRBYFLOAT` and `HINCRBYFLOAT` on x86: a 64-bit mantissa, every
 * sum rounded to the nearest, ties to even, printed with `%.17Lf` and without trailing zeros. On ARM a `long double` has 113
 * bits and a real server answers differently in the last digits; we are the x86 one.
 *
 * A value is `mantissa * 2 ** exponent` in bigints; exponents below the format's range are not made subnormal, since 17
 * decimals never show them.
 *
 * @module
 */
import type { Bytes } from './bytes.ts';
import { parseDouble } from './floats.ts';

/** A finite extended-precision number, or an infinity. */
export type LongDouble =
  | { readonly kind: 'finite'; readonly mantissa: bigint; readonly exponent: number }
  | { readonly kind: 'infinite'; readonly negative: boolean };

const PRECISION = 64;
const EXPONENT_MAX = 16384;
const EXPONENT_MIN = -16445;
const DECIMALS = 17;
const DECIMAL = /^([+-]?)([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$/;
const ZERO: LongDouble = { kind: 'finite', mantissa: 0n, exponent: 0 };

function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = value.toString(16);
  return hex.length * 4 - Math.clz32(parseInt(hex.slice(0, 1), 16)) + 28;
}

/** Divides and rounds to the nearest, ties to even. Both positive. */
function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

/** `numerator / denominator * 2 ** exponent`, rounded to the format. */
function rounded(negative: boolean, numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return ZERO;
  const shift = PRECISION - (bitLength(numerator) - bitLength(denominator));
  // The quotient has 64 or 65 bits; one more step when it has 65.
  let by = shift;
  const divide = (bits: number): bigint =>
    bits >= 0 ? divideRounded(numerator << BigInt(bits), denominator) : divideRounded(numerator, denominator << BigInt(-bits));
  let mantissa = divide(by);
  if (bitLength(mantissa) > PRECISION) {
    by--;
    mantissa = divide(by);
  }
  if (bitLength(mantissa) + exponent - by > EXPONENT_MAX) return { kind: 'infinite', negative };
  return { kind: 'finite', mantissa: negative ? -mantissa : mantissa, exponent: exponent - by };
}

/** Reads a number as Redis's `string2ld`: `strtold` on the whole text; NaN, overflow and underflow to zero are refused. */
export function parseLongDouble(bytes: Bytes): LongDouble | undefined {
  if (bytes.length >= 5120) return undefined;
  const match = DECIMAL.exec(bytes);
  if (match === null || (match[2] === '' && match[3] === '')) {
    const other = parseDouble(bytes);
    if (other === undefined) return undefined;
    if (other === Infinity || other === -Infinity) return { kind: 'infinite', negative: other < 0 };
    return fromDouble(other);
  }
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const digits = BigInt(`${whole}${fraction}`);
  if (digits === 0n) return ZERO;
  const scale = Number(power) - fraction.length;
  // Far outside the format: no need to compute.
  if (scale + digits.toString().length > 4950) return undefined;
  if (scale + digits.toString().length < -4970) return undefined;
  const value = scale >= 0
    ? rounded(sign === '-', digits * 10n ** BigInt(scale), 1n, 0)
    : rounded(sign === '-', digits, 10n ** BigInt(-scale), 0);
  if (value.kind === 'infinite') return undefined;
  if (bitLength(value.mantissa < 0n ? -value.mantissa : value.mantissa) + value.exponent < EXPONENT_MIN) return undefined;
  return value;
}

/** The sum, rounded to the format; undefined when it is not a number or not finite. */
export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (a.kind === 'infinite' || b.kind === 'infinite') return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  const result = rounded(sum < 0n, sum < 0n ? -sum : sum, 1n, exponent);
  return result.kind === 'infinite' ? undefined : result;
}

/** Prints a finite number with up to 17 decimals, trailing zeros removed. */
export function formatLongDouble(value: LongDouble): Bytes {
  if (value.kind === 'infinite') return value.negative ? '-inf' : 'inf';
  const negative = value.mantissa < 0n;
  const size = negative ? -value.mantissa : value.mantissa;
  const scaled = size * 10n ** BigInt(DECIMALS);
  const units = value.exponent >= 0 ? scaled << BigInt(value.exponent) : divideRounded(scaled, 1n << BigInt(-value.exponent));
  const digits = units.toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  const text = digits.slice(0, -DECIMALS) + (fraction === '' ? '' : `.${fraction}`);
  return negative && text !== '0' ? `-${text}` : text;
}

/** A double, exactly. */
export function fromDouble(value: number): LongDouble {
  if (value === Infinity || value === -Infinity) return { kind: 'infinite', negative: value < 0 };
  let exponent = 0;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent--;
  }
  return { kind: 'finite', mantissa: BigInt(mantissa), exponent };
}
