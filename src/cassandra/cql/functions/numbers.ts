/**
 * Values of CQL's numeric types as the numbers they are, converted as Java's `Number` converts (`NumberType` of Apache Cassandra
 * 5.0), and decimal arithmetic as `BigDecimal` has it.
 *
 * @module
 */
import { bigint64, float32, float64, int16, int32, readBigint64, readFloat32, readFloat64, readInt32, readUint16, readVarint, varint } from '../../types/bytes.ts';
import type { Bytes, NativeTypeName } from '../../types/data-type.ts';
import { decimalBytes, javaDouble, parseDecimal, readDecimal, type Decimal } from '../../types/java-number.ts';

/** The numeric types. */
export const NUMERIC_TYPES = ['tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'varint', 'decimal', 'counter'] as const;

/** A numeric type's name. */
export type NumericTypeName = (typeof NUMERIC_TYPES)[number];

/** Whether a type is numeric. */
export function isNumeric(name: NativeTypeName): name is NumericTypeName {
  return (NUMERIC_TYPES as readonly NativeTypeName[]).includes(name);
}

/** A number with or without a fraction, or a decimal. */
export type NumberValue = bigint | number | Decimal;

/** A value's number: a bigint of whole numbers, a number of `float` and `double`. */
export function readNumber(name: NumericTypeName, bytes: Bytes): NumberValue {
  switch (name) {
    case 'tinyint': return BigInt((bytes.charCodeAt(0) << 24) >> 24);
    case 'smallint': return BigInt((readUint16(bytes) << 16) >> 16);
    case 'int': return BigInt(readInt32(bytes));
    case 'bigint':
    case 'counter': return readBigint64(bytes);
    case 'float': return readFloat32(bytes);
    case 'double': return readFloat64(bytes);
    case 'varint': return readVarint(bytes);
    case 'decimal': return readDecimal(bytes);
  }
}

/** A number as a type's bytes: whole numbers keep their low bits where they are too large. */
export function writeNumber(name: NumericTypeName, value: NumberValue): Bytes {
  switch (name) {
    case 'tinyint': return String.fromCharCode(Number(BigInt.asUintN(8, toWhole(value, 32))));
    case 'smallint': return int16(Number(BigInt.asUintN(16, toWhole(value, 32))));
    case 'int': return int32(Number(BigInt.asIntN(32, toWhole(value, 32))));
    case 'bigint':
    case 'counter': return bigint64(toWhole(value, 64));
    case 'float': return float32(toFloating(value));
    case 'double': return float64(toFloating(value));
    case 'varint': return varint(toWhole(value, 64));
    case 'decimal': return decimalBytes(toDecimal(value));
  }
}

/** The whole part. Fractions beyond so many bits become the nearest integer that they hold, as `(int) d` does; NaN is 0. */
export function toWhole(value: NumberValue, bits: 32 | 64): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 0n;
    const most = 2n ** BigInt(bits - 1);
    if (value >= Number(most)) return most - 1n;
    return value <= -Number(most) ? -most : BigInt(Math.trunc(value));
  }
  return rescale(value, 0, 'DOWN').unscaled;
}

/** The nearest double. */
export function toFloating(value: NumberValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' ? Number(value) : Number(`${value.unscaled}e${-value.scale}`);
}

/** As a decimal; of a double its shortest digits (`BigDecimal.valueOf`). NaN and the infinities have none and become 0: callers refuse them before. */
export function toDecimal(value: NumberValue): Decimal {
  if (typeof value === 'bigint') return { unscaled: value, scale: 0 };
  return typeof value === 'number' ? (parseDecimal(javaDouble(value)) ?? { unscaled: 0n, scale: 0 }) : value;
}

/** How a number is rounded to fewer digits: towards 0, to the nearest with halves away from 0, to the nearest with halves to the even. */
export type Rounding = 'DOWN' | 'HALF_UP' | 'HALF_EVEN';

/** The quotient of two whole numbers, rounded. */
export function divideRounded(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  if (rest === 0n || rounding === 'DOWN') return quotient;
  const twice = 2n * (rest < 0n ? -rest : rest);
  const size = divisor < 0n ? -divisor : divisor;
  const up = twice > size || (twice === size && (rounding === 'HALF_UP' || quotient % 2n !== 0n));
  return up ? quotient + ((dividend < 0n) === (divisor < 0n) ? 1n : -1n) : quotient;
}

/** The same number with another scale. */
export function rescale({ unscaled, scale }: Decimal, to: number, rounding: Rounding): Decimal {
  if (to >= scale) return { unscaled: unscaled * 10n ** BigInt(to - scale), scale: to };
  return { unscaled: divideRounded(unscaled, 10n ** BigInt(scale - to), rounding), scale: to };
}

/** Without zeros at the end. */
export function stripZeros({ unscaled, scale }: Decimal): Decimal {
  if (unscaled === 0n) return { unscaled, scale: 0 };
  let digits = unscaled;
  let places = scale;
  while (digits % 10n === 0n) {
    digits /= 10n;
    places--;
  }
  return { unscaled: digits, scale: places };
}

/** How many digits the unscaled value has. */
export function precisionOf({ unscaled }: Decimal): number {
  return (unscaled < 0n ? -unscaled : unscaled).toString().length;
}

/** Two decimals brought to one scale. */
export function align(a: Decimal, b: Decimal): { readonly a: bigint; readonly b: bigint; readonly scale: number } {
  const scale = Math.max(a.scale, b.scale);
  return { a: rescale(a, scale, 'DOWN').unscaled, b: rescale(b, scale, 'DOWN').unscaled, scale };
}
