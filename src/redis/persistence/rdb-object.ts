/**
 * Values in Redis's own serialisation, as `DUMP` writes and `RESTORE` reads them (`rdb.c`, version 10 of the format): a type,
 * the value, the version, a CRC-64.
 *
 * Written: strings, quicklists of listpacks, intsets, listpacks, hash tables and skiplists, as a server with
 * `rdbcompression no` writes them; LZF is read, not written (the real one's output hangs on an uninitialised table).
 * Left out: modules, and forms that only servers before 7.0 wrote, but for plain lists and sorted sets.
 *
 * @module
 */
import { SplitbrainError } from '../../kernel/errors.ts';
import { rawBytes, type Bytes } from '../bytes.ts';
import { formatDouble, parseDouble } from '../floats.ts';
import { HashValue } from '../hash-value.ts';
import { parseInt64 } from '../int64.ts';
import type { Value } from '../keyspace.ts';
import { ListValue } from '../list-value.ts';
import { SetValue } from '../set-value.ts';
import { SortedSetValue } from '../sorted-set-value.ts';
import { crc64 } from './crc64.ts';
import { readStream, writeStream } from './rdb-stream.ts';
import { decodeListpack, encodeListpack, littleEndian, readLittleEndian } from './listpack.ts';

const VERSION = 10;
const TYPE = { string: 0, list: 1, set: 2, hash: 4, zset: 5, intset: 11, hashListpack: 16, zsetListpack: 17, quicklist: 18, stream: 19 } as const;
/** A node of a quicklist that is a listpack, and one that is a single plain element. */
const PACKED = 2;
const PLAIN = 1;
/** `list-max-listpack-size -2` */
const NODE_BYTES_MAX = 8192;

function length(value: number): Bytes {
  if (value < 64) return String.fromCharCode(value);
  if (value < 16384) return String.fromCharCode(0x40 | (value >> 8), value & 0xff);
  return `\x80${[24, 16, 8, 0].map((shift) => String.fromCharCode((value >>> shift) & 0xff)).join('')}`;
}

function wideLength(value: bigint): Bytes {
  if (value <= 0xffff_ffffn) return length(Number(value));
  return `\x81${Array.from({ length: 8 }, (_, i) => String.fromCharCode(Number((value >> BigInt(56 - 8 * i)) & 0xffn))).join('')}`;
}

function string(text: Bytes): Bytes {
  const value = text.length <= 11 ? parseInt64(text) : undefined;
  if (value !== undefined && value >= -128 && value <= 127) return `\xc0${littleEndian(BigInt(value), 1)}`;
  if (value !== undefined && value >= -32768 && value <= 32767) return `\xc1${littleEndian(BigInt(value), 2)}`;
  if (value !== undefined && value >= -2147483648 && value <= 2147483647) return `\xc2${littleEndian(BigInt(value), 4)}`;
  return length(text.length) + text;
}

const scratch = new DataView(new ArrayBuffer(8));

function binaryDouble(value: number): Bytes {
  scratch.setFloat64(0, value, true);
  return Array.from({ length: 8 }, (_, i) => String.fromCharCode(scratch.getUint8(i))).join('');
}

function intset(members: readonly Bytes[]): Bytes {
  const values = members.map((member) => BigInt(member));
  const fits = (bits: number): boolean => values.every((value) => BigInt.asIntN(bits, value) === value);
  const width = fits(16) ? 2 : fits(32) ? 4 : 8;
  return littleEndian(BigInt(width), 4) + littleEndian(BigInt(values.length), 4) + values.map((value) => littleEndian(value, width)).join('');
}

function quicklist(items: readonly Bytes[]): Bytes {
  const nodes: Bytes[][] = [];
  let size = Infinity;
  for (const item of items) {
    if (size + item.length + 8 > NODE_BYTES_MAX) {
      nodes.push([]);
      size = 7;
    }
    nodes.at(-1)?.push(item);
    size += item.length + 8;
  }
  return length(nodes.length) + nodes.map((node) => length(PACKED) + string(encodeListpack(node))).join('');
}

function body(value: Value): { readonly type: number; readonly bytes: Bytes } {
  if (typeof value === 'string') return { type: TYPE.string, bytes: string(value) };
  switch (value.type) {
    case 'list':
      return { type: TYPE.quicklist, bytes: quicklist(value.items.slice()) };
    case 'set':
      return value.isIntset ? { type: TYPE.intset, bytes: string(intset(value.members())) }
        : { type: TYPE.set, bytes: length(value.size) + value.members().map(string).join('') };
    case 'hash': {
      const values = value.values();
      const pairs = value.fields().flatMap((field, i) => [field, values[i] as Bytes]);
      return value.isSmall ? { type: TYPE.hashListpack, bytes: string(encodeListpack(pairs)) } : { type: TYPE.hash, bytes: length(value.size) + pairs.map(string).join('') };
    }
    case 'zset': {
      const members: { readonly member: Bytes; readonly score: number }[] = [];
      value.walk(0, value.size, (member, score) => { members.push({ member, score }); });
      if (value.isSmall) return { type: TYPE.zsetListpack, bytes: string(encodeListpack(members.flatMap(({ member, score }) => [member, formatDouble(score)]))) };
      return { type: TYPE.zset, bytes: length(members.length) + members.toReversed().map(({ member, score }) => string(member) + binaryDouble(score)).join('') };
    }
    case 'stream':
      return { type: TYPE.stream, bytes: writeStream(value, { length: wideLength, string }) };
  }
}

/** A value as `DUMP` writes it. */
export function dump(value: Value): Bytes {
  const written = body(value);
  const payload = String.fromCharCode(written.type) + written.bytes + littleEndian(BigInt(VERSION), 2);
  return payload + crc64(payload);
}

/** Whether a payload's version and checksum are right. */
export function isWhole(payload: Bytes): boolean {
  return payload.length >= 10 && readLittleEndian(payload, payload.length - 10, 2) <= BigInt(VERSION) && crc64(payload.slice(0, -8)) === payload.slice(-8);
}

/** The payload ends too early, or says what cannot be. */
class Corrupt extends SplitbrainError {
  constructor() {
    super('CORRUPT_PAYLOAD', 'the payload is corrupt');
  }
}

class Reader {
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(count: number): Bytes {
    if (this.#at + count > this.#bytes.length) throw new Corrupt();
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  byte(): number {
    return this.take(1).charCodeAt(0);
  }

  wideLength(): bigint {
    if (this.#bytes[this.#at] !== '\x81') return BigInt(this.length());
    this.#at++;
    return rawBytes(this.take(8)).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  fail(): never {
    return corrupt();
  }

  length(): number {
    const head = this.byte();
    if (head < 0x40) return head;
    if (head < 0x80) return ((head & 0x3f) << 8) | this.byte();
    const wide = this.take(head === 0x80 ? 4 : head === 0x81 ? 8 : Infinity);
    return rawBytes(wide).reduce((value, byte) => value * 256 + byte, 0);
  }

  string(): Bytes {
    const head = this.byte();
    const integer = (width: number): Bytes => String(BigInt.asIntN(width * 8, readLittleEndian(this.take(width), 0, width)));
    if (head === 0xc0) return integer(1);
    if (head === 0xc1) return integer(2);
    if (head === 0xc2) return integer(4);
    if (head === 0xc3) {
      const [packed, whole] = [this.length(), this.length()];
      return unpack(this.take(packed), whole);
    }
    this.#at--;
    return this.take(this.length());
  }

  listpack(): Bytes[] {
    return decodeListpack(this.string()) ?? corrupt();
  }
}

function corrupt(): never {
  throw new Corrupt();
}

/** Unpacks LZF. */
function unpack(packed: Bytes, whole: number): Bytes {
  const bytes: string[] = [];
  for (let at = 0; at < packed.length;) {
    const control = packed.charCodeAt(at++);
    if (control < 32) {
      for (let i = 0; i <= control; i++) bytes.push(packed[at++] ?? corrupt());
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += packed.charCodeAt(at++);
    let from = bytes.length - ((control & 0x1f) << 8) - packed.charCodeAt(at++) - 1;
    for (let i = 0; i < count + 2; i++) bytes.push(bytes[from++] ?? corrupt());
  }
  return bytes.length === whole ? bytes.join('') : corrupt();
}

function read(reader: Reader): Value {
  const type = reader.byte();
  const times = (count: number, once: () => void): void => { for (let i = 0; i < count; i++) once(); };
  switch (type) {
    case TYPE.string:
      return reader.string();
    case TYPE.list: case TYPE.quicklist: {
      const list = new ListValue();
      times(reader.length(), () => {
        const isPacked = type === TYPE.quicklist && reader.length() !== PLAIN;
        for (const item of isPacked ? reader.listpack() : [reader.string()]) list.items.push(item);
      });
      return list;
    }
    case TYPE.set: {
      const set = new SetValue();
      times(reader.length(), () => { if (!set.add(reader.string())) corrupt(); });
      return set;
    }
    case TYPE.intset: {
      const bytes = reader.string();
      const [width, count] = [Number(readLittleEndian(bytes, 0, 4)), Number(readLittleEndian(bytes, 4, 4))];
      if (![2, 4, 8].includes(width) || bytes.length !== 8 + width * count) return corrupt();
      const set = new SetValue();
      for (let i = 0; i < count; i++) set.add(String(BigInt.asIntN(width * 8, readLittleEndian(bytes, 8 + i * width, width))));
      return set;
    }
    case TYPE.hash: case TYPE.hashListpack: {
      const hash = new HashValue();
      const pairs: Bytes[] = type === TYPE.hashListpack ? reader.listpack() : [];
      if (type === TYPE.hash) times(reader.length() * 2, () => { pairs.push(reader.string()); });
      if (pairs.length % 2 !== 0) corrupt();
      for (let i = 0; i < pairs.length; i += 2) if (!hash.set(pairs[i] as Bytes, pairs[i + 1] as Bytes)) corrupt();
      return hash;
    }
    case TYPE.zset: {
      const sortedSet = new SortedSetValue();
      times(reader.length(), () => {
        const member = reader.string();
        rawBytes(reader.take(8)).forEach((byte, i) => { scratch.setUint8(i, byte); });
        const score = scratch.getFloat64(0, true);
        if (Number.isNaN(score) || !sortedSet.set(member, score)) corrupt();
      });
      return sortedSet;
    }
    case TYPE.zsetListpack: {
      const sortedSet = new SortedSetValue();
      const pairs = reader.listpack();
      if (pairs.length % 2 !== 0) corrupt();
      for (let i = 0; i < pairs.length; i += 2) {
        if (!sortedSet.set(pairs[i] as Bytes, parseDouble(pairs[i + 1] as Bytes) ?? corrupt())) corrupt();
      }
      return sortedSet;
    }
    case TYPE.stream:
      return readStream(reader);
    default:
      return corrupt();
  }
}

/** The value of a payload whose checksum is right, or undefined when it makes no sense. */
export function restore(payload: Bytes): Value | undefined {
  try {
    const reader = new Reader(payload.slice(0, -10));
    const value = read(reader);
    return reader.isAtEnd && (typeof value === 'string' || value.type === 'stream' || value.size > 0) ? value : undefined;
  } catch (error) {
    if (error instanceof Corrupt) return undefined;
    throw error;
  }
}
