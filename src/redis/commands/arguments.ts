/**
 * Reading arguments as Redis does, with its errors. Nothing here reads a clock: a span of time stays a span until the command
 * is executed.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { ERROR, refuse } from '../errors.ts';
import { parseBorder, parseDouble } from '../bytes/floats.ts';
import { addInt64, clampToNumber, multiplyInt64, parseInt64, type Int64 } from '../bytes/int64.ts';
import { parseLongDouble } from '../bytes/long-double.ts';

/** An integer of 64 bits. */
export function integerArgument(bytes: Bytes | undefined, error: string = ERROR.notInteger): Int64 {
  return parseInt64(bytes ?? '') ?? refuse(error);
}

/** An integer used as a position or count; beyond 2^53 it is clamped, where everything means "all". */
export function positionArgument(bytes: Bytes | undefined, error: string = ERROR.notInteger): number {
  return clampToNumber(integerArgument(bytes, error));
}

/** An integer of 32 bits. */
export function smallIntegerArgument(bytes: Bytes | undefined): number {
  const value = positionArgument(bytes);
  if (value >= -0x8000_0000 && value <= 0x7fff_ffff) return value;
  return refuse('ERR value is out of range, value must between -2147483648 and 2147483647');
}

/**
 * The timeout of a blocking command, given in seconds.
 *
 * @returns milliseconds, rounded up; 0: no limit
 */
export function timeoutArgument(bytes: Bytes | undefined): number {
  const exact = parseLongDouble(bytes ?? '') ?? refuse('ERR timeout is not a float or out of range');
  const rounded = Math.ceil((parseBorder(bytes ?? '') ?? 0) * 1000);
  // Less than a double can hold is still more than nothing.
  const milliseconds = rounded === 0 && exact.kind === 'finite' && exact.mantissa > 0n ? 1 : rounded;
  // What does not fit into 64 bits becomes the lowest number that does.
  return milliseconds < 0 || milliseconds >= 2 ** 63 ? refuse(ERROR.timeoutNegative) : milliseconds;
}

/** A double. */
export function doubleArgument(bytes: Bytes | undefined, error: string = ERROR.notFloat): number {
  return parseDouble(bytes ?? '') ?? refuse(error);
}

/** A keyword's lower-case form; keywords compare without regard to case. */
export function keyword(bytes: Bytes | undefined): string {
  return bytes === undefined ? '' : bytes.toLowerCase();
}

/** How an expiry is written: a span or an instant, in seconds or milliseconds. */
export interface ExpiryArgument {
  readonly unit: 'seconds' | 'milliseconds';
  readonly basis: 'relative' | 'absolute';
  readonly value: Bytes;
}

/** The expiry options of `SET` and `GETEX` by keyword. */
export const EXPIRY_OPTIONS: Readonly<Record<string, Omit<ExpiryArgument, 'value'>>> = {
  ex: { unit: 'seconds', basis: 'relative' },
  px: { unit: 'milliseconds', basis: 'relative' },
  exat: { unit: 'seconds', basis: 'absolute' },
  pxat: { unit: 'milliseconds', basis: 'absolute' },
};

/**
 * The deadline an expiry argument means, for `SET` and its kin, which refuse what is not positive.
 *
 * @param expiry - as written
 * @param now - the command's instant in milliseconds
 * @param command - the name in the error
 */
export function positiveDeadline(expiry: ExpiryArgument, now: number, command: string): Int64 {
  const value = integerArgument(expiry.value);
  const invalid = `ERR invalid expire time in '${command}' command`;
  if (value <= 0) return refuse(invalid);
  const scaled = expiry.unit === 'seconds' ? multiplyInt64(value, 1000) : value;
  if (scaled === undefined) return refuse(invalid);
  return expiry.basis === 'absolute' ? scaled : addInt64(scaled, now) ?? refuse(invalid);
}
