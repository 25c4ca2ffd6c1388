/**
 * Numbers as Java writes and reads them: `Double.toString`, `Float.toString`, `BigDecimal.toString`, `toPlainString` and its constructor.
 * Cassandra's JSON, casts to text and messages show them so.
 *
 * The shortest digits that read back are written, as Java does since version 19; older ones write a digit more now and then.
 *
 * @module
 */
import { int32, readInt32, readVarint, varint } from './bytes.ts';
import type { Bytes } from './data-type.ts';

/** A double as `Double.toString` writes it: `1.0`, `1.5E10`, `NaN`. */
export function javaDouble(value: number): string {
  return javaFloating(value, () => Math.abs(value).toExponential());
}

/** A float as `Float.toString` writes it. */
export function javaFloat(value: number): string {
  return javaFloating(value, () => {
    for (let digits = 0; digits < 9; digits++) {
      const text = Math.abs(value).toExponential(digits);
      if (Math.fround(Number(text)) === Math.abs(value)) return text;
    }
    return Math.abs(value).toExponential();
  });
}

function javaFloating(value: number, exponential: () => string): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (!Number.isFinite(value)) return `${sign}Infinity`;
  if (value === 0) return `${sign}0.0`;
  const [mantissa = '', exponentText = '0'] = exponential().split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '') || '0';
  const exponent = Number(exponentText);
  if (exponent < -3 || exponent >= 7) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** A decimal number: `unscaled` divided by ten to the power of `scale`. */
export interface Decimal {
  readonly unscaled: bigint;
  /** A signed 32-bit integer. */
  readonly scale: number;
}

/** The decimal that a text is (`new BigDecimal(text)`); undefined when it is none. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/.exec(text);
  if (match === null) return undefined;
  const digits = (match[2] ?? '') + (match[3] ?? '');
  if (digits === '') return undefined;
  const scale = (match[3] ?? '').length - Number(match[4] ?? 0);
  if (scale !== (scale | 0)) return undefined;
  return { unscaled: BigInt(digits) * (match[1] === '-' ? -1n : 1n), scale };
}

/** `BigDecimal.toPlainString`: never an exponent. */
export function plainDecimal({ unscaled, scale }: Decimal): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  if (scale <= 0) return unscaled === 0n ? '0' : sign + digits + '0'.repeat(-scale);
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** `BigDecimal.toString`: with an exponent when the scale is negative or the number is small. */
export function javaDecimal(decimal: Decimal): string {
  const { unscaled, scale } = decimal;
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  const exponent = digits.length - 1 - scale;
  if (scale >= 0 && exponent >= -6) return plainDecimal(decimal);
  const sign = unscaled < 0n ? '-' : '';
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${sign}${mantissa}${exponent === 0 ? '' : `E${exponent > 0 ? '+' : ''}${exponent}`}`;
}

/** A decimal's bytes: its scale, then the unscaled value. */
export function decimalBytes({ unscaled, scale }: Decimal): Bytes {
  return int32(scale) + varint(unscaled);
}

/** The decimal that bytes are. */
export function readDecimal(bytes: Bytes): Decimal {
  return { scale: readInt32(bytes), unscaled: readVarint(bytes, 4) };
}
