/**
 * CRC-64 as Redis has it: the Jones polynomial, reflected, from zero and without a final exclusion. In two halves of 32
 * bits, which are quicker than bigints.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';

const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const HIGH = new Uint32Array(256);
const LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let [high, low] = [0, byte];
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = ((low >>> 1) | (high << 31)) >>> 0;
    high >>>= 1;
    if (carry === 1) {
      high = (high ^ POLYNOMIAL_HIGH) >>> 0;
      low = (low ^ POLYNOMIAL_LOW) >>> 0;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}

/** The checksum as eight bytes, the lowest first. */
export function crc64(bytes: Bytes): Bytes {
  let [high, low] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    const at = (low ^ bytes.charCodeAt(i)) & 0xff;
    low = (((low >>> 8) | (high << 24)) ^ (LOW[at] as number)) >>> 0;
    high = ((high >>> 8) ^ (HIGH[at] as number)) >>> 0;
  }
  return [0, 8, 16, 24].map((shift) => String.fromCharCode((low >>> shift) & 0xff)).join('')
    + [0, 8, 16, 24].map((shift) => String.fromCharCode((high >>> shift) & 0xff)).join('');
}
