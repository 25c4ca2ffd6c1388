/**
 * Byte strings: text whose every code unit is one byte. V8 stores such text at a byte a character, hashes it once and
 * compares it fast, and comparing two by code unit is comparing their bytes, as Redis orders members. Ordinary text is
 * encoded as UTF-8 at the edge and decoded there again.
 *
 * The codec is our own: `TextEncoder` is not part of ECMAScript, and the core knows nothing else.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import { codeAt } from '../../structures/code-at.ts';

/** Bytes, one code unit below 256 each. */
export type Bytes = string;

/** The longest there can be: V8 has no longer strings. Redis's own limit, 512 MB, is 24 bytes more. */
export const BYTES_MAX = 536_870_888;

/** Whether an error says that something would have been longer than {@link BYTES_MAX}; other engines have other words for it. */
export function isTooLong(error: unknown): boolean {
  return error instanceof RangeError && /string length|allocation size|out of memory/i.test(error.message);
}

/** What users may write where Redis wants bytes: text (sent as UTF-8), a number (sent as its decimal text), raw bytes. */
export type BytesInput = string | number | bigint | Uint8Array;

const ASCII = /^[\0-\x7f]*$/;
/** Looking at the few letters of a short text one by one is faster than a regular expression. */
const SHORT = 24;

function isAscii(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return ASCII.test(text);
  let all = 0;
  for (let i = 0; i < length; i++) all |= codeAt(text, i);
  return all < 0x80;
}

/** Encodes text as UTF-8. A lone surrogate becomes U+FFFD, as everywhere on the web. */
export function encodeUtf8(text: string): Bytes {
  if (isAscii(text)) return text;
  let bytes = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes += character;
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code >= 0xd800 && code < 0xe000) bytes += '\xef\xbf\xbd';
    else if (code < 0x1_0000) bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes += String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

/** Decodes UTF-8. What is not UTF-8 becomes U+FFFD, one for each maximal ill-formed part. */
export function decodeUtf8(bytes: Bytes): string {
  if (isAscii(bytes)) return bytes;
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes.charCodeAt(at++);
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const length = lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 0;
    let code = length === 1 ? lead & 31 : length === 2 ? lead & 15 : lead & 7;
    let read = 0;
    while (read < length) {
      const next = at < bytes.length ? bytes.charCodeAt(at) : 0;
      const low = read > 0 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      const high = read > 0 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      if (next < low || next > high) break;
      code = (code << 6) | (next & 63);
      read++;
      at++;
    }
    text += length > 0 && read === length ? String.fromCodePoint(code) : '\ufffd';
  }
  return text;
}

/** Turns what a user wrote into bytes. @throws {@link UsageError} `INVALID_ARGUMENT` on anything that is not {@link BytesInput} */
export function toBytes(input: BytesInput): Bytes {
  if (typeof input === 'string') return encodeUtf8(input);
  if (typeof input === 'number') return numberText(input);
  if (typeof input === 'bigint') return String(input);
  if (input instanceof Uint8Array) return bytesOf(input);
  throw new UsageError('INVALID_ARGUMENT', `a Redis argument is text, a number or bytes, got ${input === null ? 'null' : typeof input}`);
}

/** The byte string of raw bytes. */
export function bytesOf(raw: Uint8Array): Bytes {
  let bytes = '';
  // In slices: an argument list has a limit that depends on the engine.
  for (let at = 0; at < raw.length; at += 8192) bytes += String.fromCharCode(...raw.subarray(at, at + 8192));
  return bytes;
}

/** The raw bytes of a byte string. */
export function rawBytes(bytes: Bytes): Uint8Array {
  const raw = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) raw[i] = bytes.charCodeAt(i);
  return raw;
}

/** The part of a byte string that C's `%s` would print: up to the first NUL. */
export function upToNul(bytes: Bytes): Bytes {
  const at = bytes.indexOf('\0');
  return at < 0 ? bytes : bytes.slice(0, at);
}

function numberText(value: number): Bytes {
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  return String(value);
}
