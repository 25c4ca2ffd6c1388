/**
 * Tokens: a partition's place on the ring. A token is a byte string whose order as a plain string is the order of the ring,
 * whatever the partitioner; so sorting, searching and ranges know no arithmetic, and a partition's sort key is its token
 * followed by its key.
 *
 * @module
 */
import type { Bytes } from './types/data-type.ts';

/** A token in ring order. Of the Murmur3Partitioner: eight bytes, the signed 64-bit integer with its sign flipped. */
export type Token = Bytes;

/** Orders tokens. */
export function compareTokens(a: Token, b: Token): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Whether a token lies in the range from `start` (not included) clockwise to `end` (included). Equal ends are the whole ring.
 */
export function rangeContains(start: Token, end: Token, token: Token): boolean {
  if (start < end) return token > start && token <= end;
  return token > start || token <= end;
}
