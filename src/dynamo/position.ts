/**
 * Positions on the ring (section 4.1): the MD5 of a key, 128 bits. Tokens and the borders of key ranges are drawn with the leading
 * 52 bits and have zeros behind them, so that a key's leading 52 bits, a number that a float64 holds exactly, decide on which side
 * of any of them it lies: nothing is rounded, and nothing has to be compared digit by digit.
 *
 * @module
 */
import { md5 } from '@noble/hashes/legacy.js';
import { utf8 } from './bytes.ts';

const HEX = '0123456789abcdef';

/** How many positions can be told apart by their leading 52 bits: 2^52. */
export const POSITIONS = 0x10_0000_0000_0000;

/** A text's position on the ring: its MD5 as 32 hexadecimal digits, whose order is the order of the 128-bit numbers. */
export function positionOf(text: string): string {
  let digits = '';
  for (const byte of md5(utf8(text))) digits += (HEX[byte >> 4] ?? '') + (HEX[byte & 15] ?? '');
  return digits;
}

/** The leading 52 bits of a text's position: a whole number from 0 to 2^52 - 1. */
export function leadingBitsOf(text: string): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = md5(utf8(text));
  return ((a << 18) | (b << 10) | (c << 2) | (d >> 6)) * 0x400_0000 + (((d & 63) << 20) | (e << 12) | (f << 4) | (g >> 4));
}

/** A position given by its leading 52 bits, as {@link positionOf} writes it; the end of the ring, 2^52, as its beginning. */
export function formatPosition(leadingBits: number): string {
  return (leadingBits === POSITIONS ? 0 : leadingBits).toString(16).padStart(13, '0').padEnd(32, '0');
}
