/**
 * Redis's integers are 64 bits wide. Those that a float64 holds exactly are plain numbers here; the others are bigints.
 * A value has one form only, so `===` compares; `<` and `>` compare across the two forms anyway.
 *
 * @module
 */
import type { Bytes } from './bytes.ts';

/** A 64-bit signed integer: a number when it is safe, else a bigint. */
export type Int64 = number | bigint;

const MAX = 0x7fff_ffff_ffff_ffffn;
const MIN = -0x8000_0000_0000_0000n;
const STRICT = /^(?:0|-?[1-9][0-9]{0,18})$/;

/** The one form of a value, or undefined when it does not fit into 64 bits. */
export function int64(value: bigint): Int64 | undefined {
  if (value > MAX || value < MIN) return undefined;
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** Reads an integer as Redis does (`string2ll`): no spaces, no `+`, no leading zero. Undefined when it is not one. */
export function parseInt64(bytes: Bytes): Int64 | undefined {
  if (bytes.length > 20 || !STRICT.test(bytes)) return undefined;
  if (bytes.length < 16) return Number(bytes);
  return int64(BigInt(bytes));
}

/** The sum, or undefined on overflow. */
export function addInt64(a: Int64, b: Int64): Int64 | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return int64(BigInt(a) + BigInt(b));
}

/** The product, or undefined on overflow. */
export function multiplyInt64(a: Int64, b: number): Int64 | undefined {
  const product = Number(a) * b;
  if (typeof a === 'number' && Number.isSafeInteger(product)) return product;
  return int64(BigInt(a) * BigInt(b));
}

/** The negative, or undefined for the one value that has none. */
export function negateInt64(a: Int64): Int64 | undefined {
  return typeof a === 'number' ? 0 - a : int64(-a);
}

/** Clamps to what a float64 holds exactly: for positions, counts and limits, where anything beyond means "all". */
export function clampToNumber(value: Int64): number {
  if (typeof value === 'number') return value;
  return value > 0 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}
