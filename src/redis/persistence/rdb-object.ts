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
import { rawBytes, type Bytes } from '../bytes/bytes.ts';
import { formatDouble, parseDouble } from '../bytes/floats.ts';
import { HashValue } from '../values/hash-value.ts';
import { DEFAULT_LIMITS, type EncodingLimits } from '../values/encoding-limits.ts';
import { parseInt64 } from '../bytes/int64.ts';
import type { Value } from '../keyspace/keyspace.ts';
import { ListValue } from '../values/list-value.ts';
import { SetValue } from '../values/set-value.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { crc64 } from './crc64.ts';
import { quicklistNodes } from './quicklist-nodes.ts';
import { readStream, writeStream } from './rdb-stream.ts';
import { encodeListpack, littleEndian, readLittleEndian } from './listpack.ts';
import { corrupt, CorruptPayload, PayloadReader } from './payload-reader.ts';

/** The version of the format that Redis 7.0 writes. */
export const RDB_VERSION = 10;
const TYPE = { string: 0, list: 1, set: 2, hash: 4, zset: 5, intset: 11, hashListpack: 16, zsetListpack: 17, quicklist: 18, stream: 19, olderStream: 15 } as const;
/** A node of a quicklist that is a listpack, and one that is a single plain element. */
const PACKED = 2;
const PLAIN = 1;
/** A length in as few bytes as it needs. */
export function writeLength(value: number): Bytes {
  if (value < 64) return String.fromCharCode(value);
  if (value < 16384) return String.fromCharCode(0x40 | (value >> 8), value & 0xff);
  return `\x80${[24, 16, 8, 0].map((shift) => String.fromCharCode((value >>> shift) & 0xff)).join('')}`;
}

function wideLength(value: bigint): Bytes {
  if (value <= 0xffff_ffffn) return writeLength(Number(value));
  return `\x81${Array.from({ length: 8 }, (_, i) => String.fromCharCode(Number((value >> BigInt(56 - 8 * i)) & 0xffn))).join('')}`;
}

/** A string, as an integer where it is one. */
export function writeString(text: Bytes): Bytes {
  const value = text.length <= 11 ? parseInt64(text) : undefined;
  if (value !== undefined && value >= -128 && value <= 127) return `\xc0${littleEndian(BigInt(value), 1)}`;
  if (value !== undefined && value >= -32768 && value <= 32767) return `\xc1${littleEndian(BigInt(value), 2)}`;
  if (value !== undefined && value >= -2147483648 && value <= 2147483647) return `\xc2${littleEndian(BigInt(value), 4)}`;
  return writeLength(text.length) + text;
}

const scratch = new DataView(new ArrayBuffer(8));

function binaryDouble(value: number): Bytes {
  scratch.setFloat64(0, value, true);
  return Array.from({ length: 8 }, (_, i) => String.fromCharCode(scratch.getUint8(i))).join('');
}

/** A string that is never an integer. */
function plain(text: Bytes): Bytes {
  return writeLength(text.length) + text;
}

function intset(members: readonly Bytes[]): Bytes {
  const values = members.map((member) => BigInt(member));
  const fits = (bits: number): boolean => values.every((value) => BigInt.asIntN(bits, value) === value);
  const width = fits(16) ? 2 : fits(32) ? 4 : 8;
  return littleEndian(BigInt(width), 4) + littleEndian(BigInt(values.length), 4) + values.map((value) => littleEndian(value, width)).join('');
}

function quicklist(items: readonly Bytes[], limits: Readonly<EncodingLimits>): Bytes {
  const nodes = quicklistNodes(items, limits);
  return writeLength(nodes.length) + nodes.map((node) => writeLength(node.isPlain ? PLAIN : PACKED) + (node.isPlain ? plain(node.items[0] ?? '') : plain(encodeListpack(node.items)))).join('');
}

function body(value: Value, limits: Readonly<EncodingLimits>): { readonly type: number; readonly bytes: Bytes } {
  if (typeof value === 'string') return { type: TYPE.string, bytes: writeString(value) };
  switch (value.type) {
    case 'list':
      return { type: TYPE.quicklist, bytes: quicklist(value.items.slice(), limits) };
    case 'set':
      return value.isIntset ? { type: TYPE.intset, bytes: plain(intset(value.members())) }
        : { type: TYPE.set, bytes: writeLength(value.size) + value.members().map(writeString).join('') };
    case 'hash': {
      const values = value.values();
      const pairs = value.fields().flatMap((field, i) => [field, values[i] as Bytes]);
      return value.isSmall ? { type: TYPE.hashListpack, bytes: plain(encodeListpack(pairs)) } : { type: TYPE.hash, bytes: writeLength(value.size) + pairs.map(writeString).join('') };
    }
    case 'zset': {
      const members: { readonly member: Bytes; readonly score: number }[] = [];
      value.walk(0, value.size, (member, score) => { members.push({ member, score }); });
      if (value.isSmall) return { type: TYPE.zsetListpack, bytes: plain(encodeListpack(members.flatMap(({ member, score }) => [member, formatDouble(score)]))) };
      return { type: TYPE.zset, bytes: writeLength(members.length) + members.toReversed().map(({ member, score }) => writeString(member) + binaryDouble(score)).join('') };
    }
    case 'stream':
      return { type: TYPE.stream, bytes: writeStream(value, { length: wideLength, string: writeString }) };
  }
}

/** A value as an RDB file holds it: its type and its bytes. */
export function writeValue(value: Value, limits: Readonly<EncodingLimits>): { readonly type: number; readonly bytes: Bytes } {
  return body(value, limits);
}

/** A value as `DUMP` writes it. */
export function dump(value: Value, limits: Readonly<EncodingLimits> = DEFAULT_LIMITS): Bytes {
  const written = body(value, limits);
  const payload = String.fromCharCode(written.type) + written.bytes + littleEndian(BigInt(RDB_VERSION), 2);
  return payload + crc64(payload);
}

/** Whether a payload's version and checksum are right. */
export function isWhole(payload: Bytes): boolean {
  return payload.length >= 10 && readLittleEndian(payload, payload.length - 10, 2) <= BigInt(RDB_VERSION) && crc64(payload.slice(0, -8)) === payload.slice(-8);
}

/** Reads a value of a type. @throws {@link CorruptPayload} */
export function readValue(reader: PayloadReader, type: number, limits: Readonly<EncodingLimits>): Value {
  const times = (count: number, once: () => void): void => { for (let i = 0; i < count; i++) once(); };
  const pairsOf = (elements: readonly Bytes[], add: (first: Bytes, second: Bytes) => boolean): void => {
    if (elements.length % 2 !== 0 || elements.length === 0) corrupt();
    for (let i = 0; i < elements.length; i += 2) if (!add(elements[i] as Bytes, elements[i + 1] as Bytes)) corrupt();
  };
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
      const set = new SetValue(limits);
      const count = reader.length();
      if (count > limits.setMaxIntsetEntries) set.outgrow();
      times(count, () => { if (!set.add(reader.string())) corrupt(); });
      return set;
    }
    case TYPE.intset: {
      const bytes = reader.string();
      const [width, count] = [Number(readLittleEndian(bytes, 0, 4)), Number(readLittleEndian(bytes, 4, 4))];
      if (![2, 4, 8].includes(width) || bytes.length !== 8 + width * count) return corrupt();
      const set = new SetValue(limits);
      for (let i = 0; i < count; i++) set.add(String(BigInt.asIntN(width * 8, readLittleEndian(bytes, 8 + i * width, width))));
      return set;
    }
    case TYPE.hash: {
      const hash = new HashValue(limits);
      times(reader.length(), () => { if (!hash.set(reader.string(), reader.string())) corrupt(); });
      return hash;
    }
    case TYPE.hashListpack: {
      const hash = new HashValue(limits);
      pairsOf(reader.listpack(), (field, value) => hash.load(field, value));
      hash.loaded();
      return hash;
    }
    case TYPE.zset: {
      const sortedSet = new SortedSetValue(limits, false);
      times(reader.length(), () => {
        const member = reader.string();
        rawBytes(reader.take(8)).forEach((byte, i) => { scratch.setUint8(i, byte); });
        const score = scratch.getFloat64(0, true);
        if (Number.isNaN(score) || !sortedSet.load(member, score)) corrupt();
      });
      return sortedSet.compacted();
    }
    case TYPE.zsetListpack: {
      const sortedSet = new SortedSetValue(limits);
      pairsOf(reader.listpack(), (member, score) => sortedSet.load(member, parseDouble(score) ?? corrupt()));
      sortedSet.loaded();
      return sortedSet;
    }
    case TYPE.stream: case TYPE.olderStream:
      return readStream(reader, limits, type === TYPE.stream);
    default:
      return corrupt();
  }
}

/** The value of a payload whose checksum is right, or undefined when it makes no sense. */
export function restore(payload: Bytes, limits: Readonly<EncodingLimits> = DEFAULT_LIMITS): Value | undefined {
  try {
    const reader = new PayloadReader(payload.slice(0, -10));
    const value = readValue(reader, reader.byte(), limits);
    return reader.isAtEnd && (typeof value === 'string' || value.type === 'stream' || value.size > 0) ? value : undefined;
  } catch (error) {
    if (error instanceof CorruptPayload) return undefined;
    throw error;
  }
}
