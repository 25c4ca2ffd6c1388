/**
 * Listpacks, the form in which Redis 7.0 keeps small collections and writes them (`listpack.c`): elements one behind the
 * other, whole numbers in as few bytes as they need, each followed by its own length for reading backwards.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { parseInt64 } from '../bytes/int64.ts';

/** A number's lowest bytes, the lowest first. */
export function littleEndian(value: bigint, count: number): Bytes {
  let bytes = '';
  for (let i = 0, rest = BigInt.asUintN(64, value); i < count; i++, rest >>= 8n) bytes += String.fromCharCode(Number(rest & 0xffn));
  return bytes;
}

/** The number that bytes from a place on mean, the lowest first; what lies beyond the end counts as zero. */
export function readLittleEndian(bytes: Bytes, at: number, count: number): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(at + i) | 0);
  return value;
}

function encodeInteger(value: bigint): Bytes {
  if (value >= 0n && value <= 127n) return String.fromCharCode(Number(value));
  if (value >= -4096n && value <= 4095n) {
    const bits = Number(BigInt.asUintN(13, value));
    return String.fromCharCode(0xc0 | (bits >> 8), bits & 0xff);
  }
  if (value >= -32768n && value <= 32767n) return `\xf1${littleEndian(value, 2)}`;
  if (value >= -8388608n && value <= 8388607n) return `\xf2${littleEndian(value, 3)}`;
  if (value >= -2147483648n && value <= 2147483647n) return `\xf3${littleEndian(value, 4)}`;
  return `\xf4${littleEndian(value, 8)}`;
}

function encodeElement(text: Bytes): Bytes {
  const value = text.length <= 20 ? parseInt64(text) : undefined;
  if (value !== undefined) return encodeInteger(BigInt(value));
  const { length } = text;
  if (length < 64) return String.fromCharCode(0x80 | length) + text;
  if (length < 4096) return String.fromCharCode(0xe0 | (length >> 8), length & 0xff) + text;
  return `\xf0${littleEndian(BigInt(length), 4)}${text}`;
}

/** What an element takes in a listpack. */
export function elementSize(text: Bytes): number {
  const { length } = encodeElement(text);
  return length + backLength(length).length;
}

/** A length in sevens of bits, to be read backwards. */
function backLength(length: number): Bytes {
  let bytes = String.fromCharCode(length & 127);
  let first = true;
  let rest = length;
  while (rest > 127) {
    if (first) bytes = String.fromCharCode((rest & 127) | 128);
    rest = Math.floor(rest / 128);
    bytes = String.fromCharCode(rest > 127 ? (rest & 127) | 128 : rest & 127) + bytes;
    first = false;
  }
  return bytes;
}

/** The listpack of some elements. */
export function encodeListpack(elements: readonly Bytes[]): Bytes {
  let body = '';
  for (const element of elements) {
    const encoded = encodeElement(element);
    body += encoded + backLength(encoded.length);
  }
  return littleEndian(BigInt(body.length + 7), 4) + littleEndian(BigInt(Math.min(elements.length, 65535)), 2) + body + '\xff';
}

/** The elements of a listpack, or undefined when it is corrupt. */
export function decodeListpack(bytes: Bytes): Bytes[] | undefined {
  if (bytes.length < 7 || readLittleEndian(bytes, 0, 4) !== BigInt(bytes.length) || !bytes.endsWith('\xff')) return undefined;
  const elements: Bytes[] = [];
  let at = 6;
  while (at < bytes.length - 1) {
    const lead = bytes.charCodeAt(at);
    const integer = (count: number): Bytes => String(BigInt.asIntN(count * 8, readLittleEndian(bytes, at + 1, count)));
    const text = (head: number, length: number): { readonly size: number; readonly text: Bytes } => ({ size: head + length, text: bytes.slice(at + head, at + head + length) });
    const low = bytes.charCodeAt(at + 1);
    const element = lead < 0x80 ? { size: 1, text: String(lead) }
      : lead < 0xc0 ? text(1, lead & 0x3f)
      : lead < 0xe0 ? { size: 2, text: String(BigInt.asIntN(13, BigInt(((lead & 0x1f) << 8) | low))) }
      : lead < 0xf0 ? text(2, ((lead & 0x0f) << 8) | low)
      : lead === 0xf0 ? text(5, Number(readLittleEndian(bytes, at + 1, 4)))
      : lead === 0xf1 ? { size: 3, text: integer(2) }
      : lead === 0xf2 ? { size: 4, text: integer(3) }
      : lead === 0xf3 ? { size: 5, text: integer(4) }
      : lead === 0xf4 ? { size: 9, text: integer(8) }
      : undefined;
    if (element === undefined || at + element.size >= bytes.length) return undefined;
    elements.push(element.text);
    at += element.size + backLength(element.size).length;
  }
  return at === bytes.length - 1 ? elements : undefined;
}
