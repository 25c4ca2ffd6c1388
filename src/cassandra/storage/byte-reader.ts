/**
 * The packed forms of numbers and byte strings in logs and sstables: little groups of seven bits, the lowest first, where most
 * numbers are small. (Cassandra's own vints put the length first; nothing outside a node reads these bytes.)
 *
 * @module
 */
import { ServerError } from '../errors.ts';
import { codeAt } from '../../structures/code-at.ts';
import type { Bytes } from '../types/data-type.ts';

/** A number from 0 to 2^64 that a float64 holds, in one to ten bytes. */
export function packNumber(value: number): Bytes {
  if (value < 0x80) return String.fromCharCode(value);
  if (value < 0x4000) return String.fromCharCode((value & 0x7f) | 0x80, value >>> 7);
  if (value < 0x20_0000) return String.fromCharCode((value & 0x7f) | 0x80, ((value >>> 7) & 0x7f) | 0x80, value >>> 14);
  if (value < 0x8_0000_0000) {
    const low = value % 0x1000_0000;
    const bytes = String.fromCharCode((low & 0x7f) | 0x80, ((low >>> 7) & 0x7f) | 0x80, ((low >>> 14) & 0x7f) | 0x80, (low >>> 21) | (value > 0xfff_ffff ? 0x80 : 0));
    return value > 0xfff_ffff ? bytes + String.fromCharCode(Math.floor(value / 0x1000_0000)) : bytes;
  }
  const low = value % 0x1000_0000;
  return String.fromCharCode((low & 0x7f) | 0x80, ((low >>> 7) & 0x7f) | 0x80, ((low >>> 14) & 0x7f) | 0x80, (low >>> 21) | 0x80)
    + packNumber(Math.floor(value / 0x1000_0000));
}

/** A whole number that may be negative. */
export function packSigned(value: number): Bytes {
  return value < 0 ? `\x01${packNumber(-value)}` : `\x00${packNumber(value)}`;
}

/** Bytes behind their length. */
export function packBytes(bytes: Bytes): Bytes {
  return bytes.length < 0x80 ? String.fromCharCode(bytes.length) + bytes : packNumber(bytes.length) + bytes;
}

/** A 32-bit integer in four bytes, the highest first. */
export function packUint32(value: number): Bytes {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** The 32-bit integer in four bytes at a place. */
export function uint32At(bytes: Bytes, at: number): number {
  return ((codeAt(bytes, at) << 24) | (codeAt(bytes, at + 1) << 16) | (codeAt(bytes, at + 2) << 8) | codeAt(bytes, at + 3)) >>> 0;
}

/** Reads packed things one after another. */
export class ByteReader {
  readonly bytes: Bytes;
  at: number;

  /**
   * @param bytes - in one piece: what was joined, not what was added up
   * @param at - where to begin
   */
  constructor(bytes: Bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Whether all was read. */
  get isDone(): boolean {
    return this.at >= this.bytes.length;
  }

  /** One byte. @throws when there is none */
  byte(): number {
    const byte = codeAt(this.bytes, this.at++);
    if (byte >= 0) return byte;
    throw new ServerError('Unexpected end of stored bytes');
  }

  /** What {@link packNumber} wrote. */
  number(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 0x80;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  /** What {@link packSigned} wrote. */
  signed(): number {
    return this.byte() === 1 ? -this.number() : this.number();
  }

  /** What {@link packBytes} wrote. */
  string(): Bytes {
    const length = this.number();
    const from = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new ServerError('Unexpected end of stored bytes');
    return this.bytes.slice(from, this.at);
  }

  /** Passes over what {@link packBytes} wrote. */
  skipString(): void {
    const length = this.number();
    this.at += length;
  }
}
