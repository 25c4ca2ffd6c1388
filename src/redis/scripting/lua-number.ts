/**
 * Numbers of Lua as text: C's `printf` conversions for doubles and `strtod`, since `toString` of ECMAScript is neither. Ties are
 * rounded to the even digit, as glibc does.
 *
 * @module
 */
import { parseDouble } from '../bytes/floats.ts';

/** More than ECMAScript can show, and C too in a format with two digits. */
const DECIMALS_MAX = 100;

/** `%.*e` of a finite number, exactly rounded: digits and decimal exponent. */
function roundedExponential(value: number, decimals: number): string {
  const wanted = Math.min(decimals, 98);
  const text = value.toExponential(wanted);
  const [mantissa = '', exponent = ''] = value.toExponential(Math.min(100, wanted + 30)).split('e');
  const digits = mantissa.slice(mantissa.indexOf('.') + 1);
  if (!/^50*$/.test(digits.slice(wanted))) return text;
  const lower = wanted === 0 ? mantissa.slice(0, mantissa.indexOf('.')) : mantissa.slice(0, mantissa.indexOf('.') + 1 + wanted);
  return Number(lower.at(-1)) % 2 === 0 ? `${lower}e${exponent}` : text;
}

function notFinite(value: number): string {
  // What 0/0 gives on the processors Redis runs on has its sign set.
  if (Number.isNaN(value)) return '-nan';
  return value > 0 ? 'inf' : '-inf';
}

/** `%.<precision>e` */
export function formatE(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const [mantissa = '', exponent = '0'] = roundedExponential(value, precision).split('e');
  const size = Math.abs(Number(exponent));
  const sign = Object.is(value, -0) ? '-' : '';
  return `${sign}${mantissa}${'0'.repeat(Math.max(0, precision - 98))}e${exponent.startsWith('-') ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
}

/** `%.<precision>f` */
export function formatF(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size >= 1e21) return `${sign}${BigInt(size)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`;
  const exact = size.toFixed(DECIMALS_MAX);
  const cut = exact.length - 100 + precision;
  const text = size.toFixed(Math.min(precision, 100));
  const lower = precision === 0 ? exact.slice(0, exact.indexOf('.')) : exact.slice(0, cut);
  const rest = exact.slice(exact.indexOf('.') + 1 + precision);
  const isTie = /^50*$/.test(rest) && Number(lower.at(-1)) % 2 === 0;
  return sign + (isTie ? lower : text);
}

/** `%.<precision>g` */
export function formatG(value: number, precision: number, keepsZeros = false): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const wanted = precision === 0 ? 1 : precision;
  if (value === 0) return `${Object.is(value, -0) ? '-0' : '0'}${keepsZeros && wanted > 1 ? `.${'0'.repeat(wanted - 1)}` : ''}`;
  const [mantissa = '', exponentText = '0'] = roundedExponential(value, wanted - 1).split('e');
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  const trim = (text: string): string => (keepsZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, ''));
  if (exponent < -4 || exponent >= wanted) {
    const size = Math.abs(exponent);
    const body = digits.length > 1 ? `${digits.slice(0, 1)}.${digits.slice(1)}` : digits;
    return `${sign}${trim(body)}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  if (exponent < 0) return `${sign}${trim(`0.${'0'.repeat(-exponent - 1)}${digits}`)}`;
  const whole = digits.slice(0, exponent + 1);
  return `${sign}${trim(digits.length > exponent + 1 ? `${whole}.${digits.slice(exponent + 1)}` : whole)}`;
}

/** A number as Lua writes it: `%.14g`. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && value < 1e14 && value > -1e14) return Object.is(value, -0) ? '-0' : String(value);
  return formatG(value, 14);
}

/** Text as a number, as `tonumber` reads it; undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
  if (/^[+-]?\d+$/.test(trimmed)) return Number(trimmed);
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
  if (/^[+-]?nan$/i.test(trimmed)) return Number.NaN;
  return parseDouble(trimmed);
}
