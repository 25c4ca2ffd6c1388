/**
 * Numbers and texts as bytes and back: the building blocks of the native protocol's value formats (specification v4 and v5,
 * section 6), big-endian, one byte in each code unit of a string.
 *
 * @module
 */
import type { Bytes } from './data-type.ts';

/** A signed or unsigned 32-bit integer as four bytes. */
export function int32(value: number): Bytes {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** A 16-bit integer as two bytes. */
export function int16(value: number): Bytes {
  return String.fromCharCode((value >>> 8) & 0xff, value & 0xff);
}

/** The signed 32-bit integer at an offset. */
export function readInt32(bytes: Bytes, offset = 0): number {
  return (bytes.charCodeAt(offset) << 24) | (bytes.charCodeAt(offset + 1) << 16) | (bytes.charCodeAt(offset + 2) << 8) | bytes.charCodeAt(offset + 3);
}

/** The unsigned 16-bit integer at an offset. */
export function readUint16(bytes: Bytes, offset = 0): number {
  return (bytes.charCodeAt(offset) << 8) | bytes.charCodeAt(offset + 1);
}

/** A whole number up to 2^53 in size as a signed 64-bit integer. */
export function int64(value: number): Bytes {
  return int32(Math.floor(value / 0x1_0000_0000)) + int32(value % 0x1_0000_0000 | 0);
}

/** The signed 64-bit integer at an offset as a number: exact up to 2^53. */
export function readInt64(bytes: Bytes, offset = 0): number {
  return readInt32(bytes, offset) * 0x1_0000_0000 + (readInt32(bytes, offset + 4) >>> 0);
}

/** A bigint as a signed 64-bit integer; beyond its range the low 64 bits. */
export function bigint64(value: bigint): Bytes {
  return int32(Number(BigInt.asIntN(32, value >> 32n))) + int32(Number(BigInt.asIntN(32, value)));
}

/** The signed 64-bit integer at an offset. */
export function readBigint64(bytes: Bytes, offset = 0): bigint {
  const high = readInt32(bytes, offset);
  const low = readInt32(bytes, offset + 4) >>> 0;
  if (high >= -0x20_0000 && high < 0x20_0000) return BigInt(high * 0x1_0000_0000 + low);
  return (BigInt(high) << 32n) | BigInt(low);
}

const scratch = new DataView(new ArrayBuffer(8));

/** A double as eight bytes. */
export function float64(value: number): Bytes {
  scratch.setFloat64(0, value);
  return int32(scratch.getInt32(0)) + int32(scratch.getInt32(4));
}

/** The double at an offset. */
export function readFloat64(bytes: Bytes, offset = 0): number {
  scratch.setInt32(0, readInt32(bytes, offset));
  scratch.setInt32(4, readInt32(bytes, offset + 4));
  return scratch.getFloat64(0);
}

/** A number as a float: four bytes. */
export function float32(value: number): Bytes {
  scratch.setFloat32(0, value);
  return int32(scratch.getInt32(0));
}

/** The float at an offset. */
export function readFloat32(bytes: Bytes, offset = 0): number {
  scratch.setInt32(0, readInt32(bytes, offset));
  return scratch.getFloat32(0);
}

/** An integer of any size in the fewest bytes of two's complement that hold it, one at least (`BigInteger.toByteArray`). */
export function varint(value: bigint): Bytes {
  let bytes = '';
  let rest = value;
  for (;;) {
    const low = Number(BigInt.asUintN(8, rest));
    bytes = String.fromCharCode(low) + bytes;
    rest >>= 8n;
    if ((rest === 0n && low < 0x80) || (rest === -1n && low >= 0x80)) return bytes;
  }
}

/** The integer in two's complement that bytes from an offset to the end are. */
export function readVarint(bytes: Bytes, offset = 0): bigint {
  const length = bytes.length - offset;
  if (length <= 0) return 0n;
  return BigInt.asIntN(length * 8, BigInt(`0x${toHex(offset === 0 ? bytes : bytes.slice(offset))}`));
}

/** A length as Cassandra's unsigned variable integer: leading ones count the bytes that follow. Up to 2^28. */
export function unsignedVint(value: number): Bytes {
  if (value < 0x80) return String.fromCharCode(value);
  if (value < 0x4000) return String.fromCharCode(0x80 | (value >>> 8), value & 0xff);
  if (value < 0x20_0000) return String.fromCharCode(0xc0 | (value >>> 16), (value >>> 8) & 0xff, value & 0xff);
  return String.fromCharCode(0xe0 | (value >>> 24), (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** A signed 64-bit integer as Cassandra's variable integer: zigzag, then like {@link unsignedVint} up to nine bytes. */
export function signedVint(value: bigint): Bytes {
  const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  let extra = 0;
  while (extra < 8 && zigzag >> BigInt(7 * extra + 7) !== 0n) extra++;
  if (extra === 8) return `\u00ff${bigint64(zigzag)}`;
  let bytes = '';
  for (let i = extra; i >= 0; i--) {
    const byte = Number((zigzag >> BigInt(8 * i)) & 0xffn);
    bytes += String.fromCharCode(i === extra ? byte | (0xff00 >> extra & 0xff) : byte);
  }
  return bytes;
}

/** A variable integer at an offset, and where it ends; undefined when the bytes end before. */
export function readVint(bytes: Bytes, offset: number, signed: boolean): { readonly value: bigint; readonly end: number } | undefined {
  const first = bytes.charCodeAt(offset);
  if (Number.isNaN(first)) return undefined;
  let extra = 0;
  while (extra < 8 && (first & (0x80 >> extra)) !== 0) extra++;
  const end = offset + 1 + extra;
  if (end > bytes.length) return undefined;
  let value = BigInt(extra === 8 ? 0 : first & (0x7f >> extra));
  for (let i = offset + 1; i < end; i++) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return { value: signed ? (value >> 1n) ^ -(value & 1n) : value, end };
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => (byte < 16 ? '0' : '') + byte.toString(16));

/** Bytes as hexadecimal digits, lower case. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes.charCodeAt(i)] ?? '';
  return text;
}

/** The bytes that pairs of hexadecimal digits stand for; undefined when they are no such pairs. */
export function fromHex(digits: string): Bytes | undefined {
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  let bytes = '';
  for (let i = 0; i < digits.length; i += 2) bytes += String.fromCharCode(parseInt(digits.slice(i, i + 2), 16));
  return bytes;
}

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Bytes {
  if (!/[\u0080-\uffff]/.test(text)) return text;
  let bytes = '';
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const code = point >= 0xd800 && point < 0xe000 ? 0xfffd : point;
    if (code < 0x80) bytes += String.fromCharCode(code);
    else if (code < 0x800) bytes += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else if (code < 0x1_0000) bytes += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else bytes += String.fromCharCode(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return bytes;
}

/** The text that UTF-8 bytes are; undefined when they are none (overlong forms and surrogates are none). */
export function fromUtf8(bytes: Bytes): string | undefined {
  if (!/[\u0080-\u00ff]/.test(bytes)) return bytes;
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const lead = bytes.charCodeAt(i++);
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const extra = lead >= 0xf0 && lead < 0xf5 ? 3 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xc2 && lead < 0xe0 ? 1 : 0;
    if (extra === 0 || i + extra > bytes.length) return undefined;
    let point = lead & (0x3f >> extra);
    for (let k = 0; k < extra; k++) {
      const next = bytes.charCodeAt(i++);
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    if (point < (LEAST_POINT[extra] ?? 0) || point > 0x10_ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}

/** The least code point that so many continuation bytes may stand for. */
const LEAST_POINT: readonly number[] = [0, 0x80, 0x800, 0x1_0000];

/** Splits the elements of a frozen collection: the number of them in four bytes, then each one's length in four bytes and its bytes. A negative length is null. */
export function readElements(bytes: Bytes, count: number, start: number): (Bytes | null)[] | undefined {
  const elements: (Bytes | null)[] = [];
  let offset = start;
  for (let i = 0; i < count; i++) {
    if (offset + 4 > bytes.length) return undefined;
    const length = readInt32(bytes, offset);
    offset += 4;
    if (length < 0) {
      elements.push(null);
      continue;
    }
    if (offset + length > bytes.length) return undefined;
    elements.push(bytes.slice(offset, offset + length));
    offset += length;
  }
  return elements;
}

/** Elements, each behind its length in four bytes; null has the length -1. */
export function writeElements(elements: readonly (Bytes | null | undefined)[]): Bytes {
  let bytes = '';
  for (const element of elements) bytes += element === null || element === undefined ? '\xff\xff\xff\xff' : int32(element.length) + element;
  return bytes;
}
