/**
 * Doubles as Redis 7.0 reads and prints them: `strtod` with its hexadecimal and infinite forms, `%.17g` for scores, fixed
 * decimals for distances. Both engines and C are exact here (correct rounding), save that `toPrecision` rounds a tie up where
 * C rounds it to the even digit; that is put right.
 *
 * @module
 */
import type { Bytes } from './bytes.ts';

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX](?:([0-9a-fA-F]+)\.?([0-9a-fA-F]*)|\.([0-9a-fA-F]+))(?:[pP]([+-]?[0-9]+))?$/;
/** More than a tie can have, fewer than the 100 that ECMAScript allows. */
const MANY_DIGITS = 60;
const INFINITE = /^([+-]?)(?:inf|infinity)$/i;

/**
 * Reads a double as `strtod` does, the whole text or nothing. NaN, overflow and underflow to zero are refused, as Redis
 * refuses them.
 */
export function parseDouble(bytes: Bytes): number | undefined {
  if (DECIMAL.test(bytes)) {
    const value = Number(bytes);
    if (value === Infinity || value === -Infinity) return undefined;
    if (value === 0 && /[1-9]/.test(bytes.replace(/[eE].*$/, ''))) return undefined;
    return value;
  }
  const infinite = INFINITE.exec(bytes);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  return parseHexadecimal(bytes);
}

/** A range's border: as {@link parseDouble}, but C's `strtod` alone, so that overflow is infinite and underflow zero. */
export function parseBorder(bytes: Bytes): number | undefined {
  return DECIMAL.test(bytes) ? Number(bytes) : parseDouble(bytes);
}

/** Prints a double as `%.17g`, infinities as `inf` and `-inf`. */
export function formatDouble(value: number): Bytes {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value);
  // Exact where `String` would be shortest.
  if (Number.isInteger(value) && Math.abs(value) < 1e17) return BigInt(value).toString();
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (Number.isNaN(value)) return 'nan';
  const [mantissa = '', exponentText = '0'] = roundedToSeventeen(value).split('e');
  const exponent = Number(exponentText);
  const negative = mantissa.startsWith('-');
  const digits = mantissa.replace(/[-.]/g, '');
  let text: string;
  if (exponent < -4 || exponent >= 17) {
    const fraction = digits.slice(1).replace(/0+$/, '');
    const size = String(Math.abs(exponent)).padStart(2, '0');
    text = `${digits.slice(0, 1)}${fraction === '' ? '' : `.${fraction}`}e${exponent < 0 ? '-' : '+'}${size}`;
  } else if (exponent < 0) {
    text = `0.${'0'.repeat(-exponent - 1)}${digits}`.replace(/\.?0+$/, '');
  } else {
    const whole = digits.slice(0, exponent + 1);
    const fraction = digits.slice(exponent + 1).replace(/0+$/, '');
    text = fraction === '' ? whole : `${whole}.${fraction}`;
  }
  return negative ? `-${text}` : text;
}

/** Prints a number with a fixed count of decimals, as `%.4f` does. */
export function formatFixed(value: number, decimals: number): Bytes {
  if (value === Infinity || value === -Infinity) return value > 0 ? 'inf' : '-inf';
  // Beyond this `toFixed` turns to exponents; such numbers are whole.
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.${'0'.repeat(decimals)}`;
  return Object.is(value, -0) ? `-${value.toFixed(decimals)}` : value.toFixed(decimals);
}

/** `d.ddd…e±x` with 17 digits, ties to the even one. */
function roundedToSeventeen(value: number): string {
  const text = value.toExponential(16);
  // A tie has an eighteenth digit of 5 and nothing after it; an exact expansion of that length is rare.
  const longer = value.toExponential(17);
  const [mantissa = '', exponent = ''] = longer.split('e');
  if (!mantissa.endsWith('5')) return text;
  if (!/^-?\d\.\d{17}0*$/.test(value.toExponential(MANY_DIGITS).split('e')[0] ?? '')) return text;
  const even = mantissa.slice(0, -1);
  return Number(even.at(-1)) % 2 === 0 ? `${even}e${exponent}` : text;
}

function parseHexadecimal(bytes: Bytes): number | undefined {
  const match = HEXADECIMAL.exec(bytes);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', only = '', power = '0'] = match;
  const after = only === '' ? fraction : only;
  const mantissa = BigInt(`0x${whole}${after}`);
  let value = Number(mantissa);
  let exponent = Number(power) - after.length * 4;
  while (exponent > 0 && value !== Infinity && value !== 0) { value *= 2; exponent--; }
  while (exponent < 0 && value !== 0) { value /= 2; exponent++; }
  if (value === Infinity || (value === 0 && mantissa !== 0n)) return undefined;
  return sign === '-' ? -value : value;
}
