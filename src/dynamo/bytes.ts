/**
 * Keys and values are bytes (section 2.3: "blobs"); people mostly write text. Inside, bytes are a string with one code unit each,
 * and text stays as it is, so that what was put as text comes back as text.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';

/** A key or value as users give it. */
export type Blob = string | Uint8Array;

/** As it is kept. */
export function blobText(blob: Blob): string {
  if (typeof blob === 'string') return blob;
  let text = '';
  for (const byte of blob) text += String.fromCharCode(byte);
  return text;
}

/** As bytes: one for each code unit, or UTF-8 where there are code units above 255. */
export function blobBytes(text: string): Uint8Array {
  const isText = /[\u0100-\uffff]/.test(text);
  return isText ? utf8(text) : Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

/** How many bytes it is. */
export function blobSize(text: string): number {
  return /[\u0100-\uffff]/.test(text) ? utf8(text).length : text.length;
}

/**
 * Checks a key.
 *
 * @throws {@link UsageError} `INVALID_KEY`
 */
export function keyText(key: Blob, maxKeyBytes: number): string {
  if (!isBlob(key) || key.length === 0) throw new UsageError('INVALID_KEY', `a key is a string that is not empty, or bytes, got '${String(key)}'`);
  const text = blobText(key);
  if (text.length * 3 > maxKeyBytes && blobSize(text) > maxKeyBytes) throw new UsageError('INVALID_KEY', `key: ${blobSize(text)} bytes are more than maxKeyBytes, ${maxKeyBytes}`);
  return text;
}

/**
 * Checks a value.
 *
 * @throws {@link UsageError} `INVALID_VALUE`
 */
export function valueText(value: Blob, maxValueBytes: number): string {
  if (!isBlob(value)) throw new UsageError('INVALID_VALUE', `a value is a string or bytes, got ${value === null ? 'null' : typeof value}`);
  const text = blobText(value);
  if (text.length * 3 > maxValueBytes && blobSize(text) > maxValueBytes) throw new UsageError('INVALID_VALUE', `value: ${blobSize(text)} bytes are more than maxValueBytes, ${maxValueBytes}`);
  return text;
}

function isBlob(value: unknown): value is Blob {
  return typeof value === 'string' || value instanceof Uint8Array;
}

/** A text in UTF-8. Lone surrogates are written as they stand: positions only have to differ. */
export function utf8(text: string): Uint8Array {
  const ascii = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encoded(text);
    ascii[i] = unit;
  }
  return ascii;
}

function encoded(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}
