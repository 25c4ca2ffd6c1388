/**
 * The notations of the native protocol (specification v4, section 3): `[int]`, `[string]`, `[bytes]`, `[consistency]` and so on, read from a
 * body and written to one.
 *
 * @module
 */
import type { ConsistencyLevel } from '../consistency.ts';
import { ServerError } from '../errors.ts';
import { fromUtf8, int16, int32, readInt32, readInt64, readUint16, utf8 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';

/** Levels by their number. */
const LEVELS: readonly ConsistencyLevel[] = ['ANY', 'ONE', 'TWO', 'THREE', 'QUORUM', 'ALL', 'LOCAL_QUORUM', 'EACH_QUORUM', 'SERIAL', 'LOCAL_SERIAL', 'LOCAL_ONE'];

/** Reads a body from its start. Each method throws a protocol error when there are not enough bytes, or they make no sense. */
export class BodyReader {
  readonly #bytes: Bytes;
  readonly #version: number;
  #at = 0;

  /** @param bytes - the body @param version - of the protocol */
  constructor(bytes: Bytes, version: number) {
    this.#bytes = bytes;
    this.#version = version;
  }

  byte(): number {
    return this.#take(1).charCodeAt(0);
  }

  short(): number {
    return readUint16(this.#take(2));
  }

  int(): number {
    return readInt32(this.#take(4));
  }

  /** As a number: exact up to 2^53. */
  long(): number {
    return readInt64(this.#take(8));
  }

  string(): string {
    return this.#text(2);
  }

  longString(): string {
    return this.#text(4);
  }

  shortBytes(): Bytes {
    if (this.#left < 2 || this.#left < 2 + readUint16(this.#bytes, this.#at)) throw protocolError('Not enough bytes to read a byte array preceded by its 2 bytes length');
    return this.#take(this.short());
  }

  /** `[bytes]`: null for a negative length. */
  bytes(): Bytes | null {
    const length = this.int();
    return length < 0 ? null : this.#take(length);
  }

  /** `[value]`: null, or undefined for one that is not set. */
  value(): Bytes | null | undefined {
    const length = this.int();
    if (length >= 0) return this.#take(length);
    if (length === -1 || this.#version < 4) return null;
    if (length === -2) return undefined;
    throw protocolError(`Invalid ByteBuf length ${length}`);
  }

  stringList(): string[] {
    return Array.from({ length: this.short() }, () => this.string());
  }

  stringMap(): Map<string, string> {
    return new Map(Array.from({ length: this.short() }, (): [string, string] => [this.string(), this.string()]));
  }

  /** Passes over a `[bytes map]`. */
  skipBytesMap(): void {
    for (let left = this.short(); left > 0; left--) {
      this.string();
      this.bytes();
    }
  }

  consistency(): ConsistencyLevel {
    const code = this.short();
    const level = LEVELS[code];
    if (level === undefined) throw protocolError(`Unknown code ${code} for a consistency level`);
    return level;
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  #text(prefix: 2 | 4): string {
    const length = this.#left < prefix ? -1 : prefix === 2 ? this.short() : this.int();
    if (length < 0 || length > this.#left) throw protocolError(`Not enough bytes to read an UTF8 serialized string preceded by its ${prefix} bytes length`);
    const text = fromUtf8(this.#take(length));
    if (text === undefined) throw protocolError('Cannot decode string as UTF8');
    return text;
  }

  #take(length: number): Bytes {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw protocolError(`Not enough bytes to read a value of ${length} bytes at ${this.#at} in a body of ${this.#bytes.length}`);
    const taken = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** `[string]`. */
export function string(text: string): Bytes {
  const bytes = utf8(text);
  return int16(bytes.length) + bytes;
}

/** `[string list]`. */
export function stringList(texts: readonly string[]): Bytes {
  return int16(texts.length) + texts.map(string).join('');
}

/** `[string multimap]`. */
export function stringMultimap(entries: Readonly<Record<string, readonly string[]>>): Bytes {
  const pairs = Object.entries(entries);
  return int16(pairs.length) + pairs.map(([name, values]) => string(name) + stringList(values)).join('');
}

/** `[bytes]`. */
export function bytes(value: Bytes | null): Bytes {
  return value === null ? NULL : int32(value.length) + value;
}

/** `[short bytes]`. */
export function shortBytes(value: Bytes): Bytes {
  return int16(value.length) + value;
}

/** `[consistency]`. */
export function consistency(level: ConsistencyLevel): Bytes {
  return int16(LEVELS.indexOf(level));
}

/** `[inet]`. @param address - an IPv4 address in dots */
export function inet(address: string, port: number): Bytes {
  const parts = address.split('.').map(Number);
  return String.fromCharCode(parts.length, ...parts) + int32(port);
}

const NULL = int32(-1);

/** An error of the protocol itself. */
export function protocolError(message: string): ServerError {
  return new ServerError(message, 'PROTOCOL_ERROR');
}
