/**
 * MurmurHash3 x64 128 (Austin Appleby, public domain) with Cassandra's deviation, which every driver repeats: the bytes of the
 * tail are sign-extended. The Murmur3Partitioner takes its first half, bloom filters both.
 *
 * A 64-bit integer is a pair of 32-bit halves here: JavaScript's BigInt is six times slower.
 *
 * @module
 */
import type { Bytes } from './types/data-type.ts';

/** The hash: two 64-bit halves, each as its high and low 32 bits, signed. */
export interface Murmur3Hash {
  h1High: number;
  h1Low: number;
  h2High: number;
  h2Low: number;
}

/**
 * Hashes bytes.
 *
 * @param bytes - one byte in each code unit
 * @param into - filled and returned: a caller in a hurry keeps one
 */
export function murmur3(bytes: Bytes, into: Murmur3Hash = { h1High: 0, h1Low: 0, h2High: 0, h2Low: 0 }): Murmur3Hash {
  hash(bytes);
  into.h1High = h1h;
  into.h1Low = h1l;
  into.h2High = h2h;
  into.h2Low = h2l;
  return into;
}

// The hash's registers, each a pair of signed 32-bit halves. Module variables, since a function can return one number only
// and an object for each step would cost more than the step.
let h1h = 0;
let h1l = 0;
let h2h = 0;
let h2l = 0;
let kh = 0;
let kl = 0;

/** The high 32 bits of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const low = al * bh;
  const high = ah * bl;
  const middle = ((al * bl) >>> 16) + (low & 0xffff) + (high & 0xffff);
  return (ah * bh + (low >>> 16) + (high >>> 16) + (middle >>> 16)) | 0;
}

/** k = k * (hi, lo) */
function multiplyK(hi: number, lo: number): void {
  kh = (multiplyHigh(kl, lo) + Math.imul(kh, lo) + Math.imul(kl, hi)) | 0;
  kl = Math.imul(kl, lo);
}

/** k = rotate k left by 0 < bits < 32 */
function rotateK(bits: number): void {
  const high = kh;
  kh = (high << bits) | (kl >>> (32 - bits));
  kl = (kl << bits) | (high >>> (32 - bits));
}

/** h1 = rotl(h1 ^ mixed k, 27) + h2, times 5, plus 0x52dce729; k holds the block's first word. */
function mixFirst(): void {
  xorFirst();
  const high = h1h;
  h1h = (high << 27) | (h1l >>> 5);
  h1l = (h1l << 27) | (high >>> 5);
  addSecondToFirst();
  const carry = multiplyHigh(h1l, 5);
  h1h = (Math.imul(h1h, 5) + carry) | 0;
  h1l = Math.imul(h1l, 5);
  const low = (h1l >>> 0) + 0x52dce729;
  h1h = (h1h + (low > 0xffff_ffff ? 1 : 0)) | 0;
  h1l = low | 0;
}

/** h2 = rotl(h2 ^ mixed k, 31) + h1, times 5, plus 0x38495ab5; k holds the block's second word. */
function mixSecond(): void {
  xorSecond();
  const high = h2h;
  h2h = (high << 31) | (h2l >>> 1);
  h2l = (h2l << 31) | (high >>> 1);
  addFirstToSecond();
  const carry = multiplyHigh(h2l, 5);
  h2h = (Math.imul(h2h, 5) + carry) | 0;
  h2l = Math.imul(h2l, 5);
  const low = (h2l >>> 0) + 0x38495ab5;
  h2h = (h2h + (low > 0xffff_ffff ? 1 : 0)) | 0;
  h2l = low | 0;
}

/** h1 ^= rotl(k * c1, 31) * c2 */
function xorFirst(): void {
  multiplyK(0x87c37b91 | 0, 0x114253d5);
  rotateK(31);
  multiplyK(0x4cf5ad43, 0x2745937f);
  h1h ^= kh;
  h1l ^= kl;
}

/** h2 ^= rotl(k * c2, 33) * c1 */
function xorSecond(): void {
  multiplyK(0x4cf5ad43, 0x2745937f);
  const high = kh;
  kh = kl;
  kl = high;
  rotateK(1);
  multiplyK(0x87c37b91 | 0, 0x114253d5);
  h2h ^= kh;
  h2l ^= kl;
}

function addSecondToFirst(): void {
  const low = (h1l >>> 0) + (h2l >>> 0);
  h1h = (h1h + h2h + (low > 0xffff_ffff ? 1 : 0)) | 0;
  h1l = low | 0;
}

function addFirstToSecond(): void {
  const low = (h2l >>> 0) + (h1l >>> 0);
  h2h = (h2h + h1h + (low > 0xffff_ffff ? 1 : 0)) | 0;
  h2l = low | 0;
}

/** k = the finaliser's avalanche of k */
function finaliseK(): void {
  kl ^= kh >>> 1;
  multiplyK(0xff51afd7 | 0, 0xed558ccd | 0);
  kl ^= kh >>> 1;
  multiplyK(0xc4ceb9fe | 0, 0x1a85ec53);
  kl ^= kh >>> 1;
}

function word(key: string, at: number): number {
  return key.charCodeAt(at) | (key.charCodeAt(at + 1) << 8) | (key.charCodeAt(at + 2) << 16) | (key.charCodeAt(at + 3) << 24);
}

/** Puts up to eight sign-extended bytes into k. An extended byte flips every higher bit, hence exclusive or and not or. */
function loadTail(key: string, from: number, to: number): void {
  kh = 0;
  kl = 0;
  for (let i = to - 1; i >= from; i--) {
    const byte = (key.charCodeAt(i) << 24) >> 24;
    const shift = (i - from) * 8;
    if (shift >= 32) {
      kh ^= byte << (shift - 32);
    } else {
      kl ^= byte << shift;
      kh ^= shift === 0 ? byte >> 31 : byte >> (32 - shift);
    }
  }
}

/** Leaves the 128-bit hash in h1 and h2. */
function hash(key: string): void {
  const { length } = key;
  const tail = length & ~15;
  h1h = h1l = h2h = h2l = 0;
  for (let at = 0; at < tail; at += 16) {
    kl = word(key, at);
    kh = word(key, at + 4);
    mixFirst();
    kl = word(key, at + 8);
    kh = word(key, at + 12);
    mixSecond();
  }
  if (length > tail + 8) {
    loadTail(key, tail + 8, length);
    xorSecond();
  }
  if (length > tail) {
    loadTail(key, tail, Math.min(tail + 8, length));
    xorFirst();
  }
  h1l ^= length;
  h2l ^= length;
  addSecondToFirst();
  addFirstToSecond();
  kh = h1h;
  kl = h1l;
  finaliseK();
  h1h = kh;
  h1l = kl;
  kh = h2h;
  kl = h2l;
  finaliseK();
  h2h = kh;
  h2l = kl;
  addSecondToFirst();
}
