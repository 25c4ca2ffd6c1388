/**
 * Small non-cryptographic hashes of 32 bits: the finaliser of MurmurHash3 (Austin Appleby, public domain) and FNV-1a with
 * that finaliser for text.
 *
 * @module
 */

/** Spreads the bits of a 32-bit integer: a bijection. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** FNV's, for 32 bits. */
const PRIME = 0x01000193;
const PRIME_SQUARED = Math.imul(PRIME, PRIME);

/**
 * A 32-bit hash of a text's UTF-16 code units.
 *
 * @param basis - another one gives an independent hash of the same text
 */
export function hashString(text: string, basis: number = 0x811c9dc5): number {
  let h = basis;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A high byte of zero, which most have, leaves two multiplications that are one.
    h = unit < 0x100 ? Math.imul(h ^ unit, PRIME_SQUARED) : Math.imul(Math.imul(h ^ (unit & 0xff), PRIME) ^ (unit >>> 8), PRIME);
  }
  return mix32(h);
}
