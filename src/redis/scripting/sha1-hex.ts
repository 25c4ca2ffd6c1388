/**
 * SHA1, by which scripts are known.
 *
 * @module
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { rawBytes, type Bytes } from '../bytes/bytes.ts';

/** The SHA1 of bytes, in hexadecimal. */
export function sha1Hex(bytes: Bytes): Bytes {
  return Array.from(sha1(rawBytes(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
