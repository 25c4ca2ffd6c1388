/**
 * `cmsgpack`: lua-cmsgpack 0.4.0 as Redis carries it.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { library, type Arguments } from './library.ts';
import { LuaTable } from './lua-table.ts';
import type { LuaValue } from './lua-value.ts';
import type { Machine } from './machine.ts';

/** Tables nested deeper are written as nil. */
const NESTING_MAX = 16;
const view = new DataView(new ArrayBuffer(9));

function viewed(lead: number, size: number): Bytes {
  view.setUint8(0, lead);
  let out = '';
  for (let i = 0; i <= size; i++) out += String.fromCharCode(view.getUint8(i));
  return out;
}

function headed(lead: number, size: 1 | 2 | 4, value: number): Bytes {
  if (size === 1) view.setUint8(1, value);
  else if (size === 2) view.setUint16(1, value);
  else view.setUint32(1, value);
  return viewed(lead, size);
}

function packInteger(value: number): Bytes {
  if (value >= 0) {
    if (value <= 127) return String.fromCharCode(value);
    if (value <= 0xff) return headed(0xcc, 1, value);
    if (value <= 0xffff) return headed(0xcd, 2, value);
    if (value <= 0xffff_ffff) return headed(0xce, 4, value);
    view.setBigUint64(1, BigInt(value));
    return viewed(0xcf, 8);
  }
  if (value >= -32) return String.fromCharCode(value + 256);
  if (value >= -128) return headed(0xd0, 1, value & 0xff);
  if (value >= -32768) return headed(0xd1, 2, value & 0xffff);
  if (value >= -0x8000_0000) return headed(0xd2, 4, value >>> 0);
  view.setBigInt64(1, BigInt(value));
  return viewed(0xd3, 8);
}

function packNumber(value: number): Bytes {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return packInteger(value + 0);
  if (Math.fround(value) === value) {
    view.setFloat32(1, value);
    return viewed(0xca, 4);
  }
  view.setFloat64(1, value);
  return viewed(0xcb, 8);
}

function packString(text: Bytes): Bytes {
  const { length } = text;
  const head = length < 32 ? String.fromCharCode(0xa0 | length)
    : length <= 0xff ? headed(0xd9, 1, length) : length <= 0xffff ? headed(0xda, 2, length) : headed(0xdb, 4, length);
  return head + text;
}

/** How many items a table has as an array, or -1 when it is a map. */
function arraySize(table: LuaTable): number {
  let [count, max] = [0, 0];
  for (const [key] of table.entries()) {
    if (typeof key !== 'number' || key <= 0 || !Number.isInteger(key)) return -1;
    count++;
    if (key > max) max = key;
  }
  return max === count ? max : -1;
}

function pack(machine: Machine, value: LuaValue, level: number): Bytes {
  machine.step();
  if (typeof value === 'string') return packString(value);
  if (typeof value === 'boolean') return value ? '\xc3' : '\xc2';
  if (typeof value === 'number') return packNumber(value);
  if (!(value instanceof LuaTable) || level === NESTING_MAX) return '\xc0';
  const size = arraySize(value);
  if (size >= 0) {
    let out = size <= 15 ? String.fromCharCode(0x90 | size) : size <= 0xffff ? headed(0xdc, 2, size) : headed(0xdd, 4, size);
    for (let i = 1; i <= size; i++) out += pack(machine, value.get(i), level + 1);
    return out;
  }
  const entries = [...value.entries()];
  const count = entries.length;
  let out = count <= 15 ? String.fromCharCode(0x80 | count) : count <= 0xffff ? headed(0xde, 2, count) : headed(0xdf, 4, count);
  for (const [key, item] of entries) out += pack(machine, key, level + 1) + pack(machine, item, level + 1);
  return out;
}

/** Reads values one after the other. */
class Unpacker {
  readonly #machine: Machine;
  readonly #data: Bytes;
  at: number;

  constructor(machine: Machine, data: Bytes, at: number) {
    this.#machine = machine;
    this.#data = data;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#data.length;
  }

  value(): LuaValue {
    this.#machine.step();
    const lead = this.#byte();
    if (lead <= 0x7f) return lead;
    if (lead >= 0xe0) return lead - 256;
    if (lead >= 0xa0 && lead <= 0xbf) return this.#take(lead & 31);
    if (lead >= 0x90 && lead <= 0x9f) return this.#array(lead & 15);
    if (lead >= 0x80 && lead <= 0x8f) return this.#map(lead & 15);
    switch (lead) {
      case 0xc0: return undefined;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xca: return this.#load(4).getFloat32(0);
      case 0xcb: return this.#load(8).getFloat64(0);
      case 0xcc: return this.#load(1).getUint8(0);
      case 0xcd: return this.#load(2).getUint16(0);
      case 0xce: return this.#load(4).getUint32(0);
      case 0xcf: return Number(this.#load(8).getBigUint64(0));
      case 0xd0: return this.#load(1).getInt8(0);
      case 0xd1: return this.#load(2).getInt16(0);
      case 0xd2: return this.#load(4).getInt32(0);
      case 0xd3: return Number(this.#load(8).getBigInt64(0));
      case 0xd9: return this.#take(this.#load(1).getUint8(0));
      case 0xda: return this.#take(this.#load(2).getUint16(0));
      case 0xdb: return this.#take(this.#load(4).getUint32(0));
      case 0xdc: return this.#array(this.#load(2).getUint16(0));
      case 0xdd: return this.#array(this.#load(4).getUint32(0));
      case 0xde: return this.#map(this.#load(2).getUint16(0));
      case 0xdf: return this.#map(this.#load(4).getUint32(0));
      default: return this.#machine.fail('Bad data format in input.');
    }
  }

  #byte(): number {
    return this.#take(1).charCodeAt(0);
  }

  #take(size: number): Bytes {
    if (this.at + size > this.#data.length) return this.#machine.fail('Missing bytes in input.');
    this.at += size;
    return this.#data.slice(this.at - size, this.at);
  }

  #load(size: number): DataView {
    const bytes = this.#take(size);
    for (let i = 0; i < size; i++) view.setUint8(i, bytes.charCodeAt(i));
    return view;
  }

  #array(size: number): LuaTable {
    const table = new LuaTable();
    for (let i = 1; i <= size; i++) table.set(i, this.value());
    return table;
  }

  #map(size: number): LuaTable {
    const table = new LuaTable();
    for (let i = 0; i < size; i++) {
      const key = this.value();
      const value = this.value();
      if (key !== undefined) table.set(key, value);
    }
    return table;
  }
}

function unpack(machine: Machine, args: Arguments, limit: number, offset: number, isFull: boolean): LuaValue[] {
  const data = args.string(1);
  if (offset < 0 || limit < 0) machine.fail(`Invalid request to unpack with offset of ${offset} and limit of ${data.length}.`);
  if (offset > data.length) machine.fail(`Start offset ${offset} greater than input length ${data.length}.`);
  const reader = new Unpacker(machine, data, offset);
  const values: LuaValue[] = [];
  while (!reader.isAtEnd && (isFull || values.length < limit)) values.push(reader.value());
  return isFull ? values : [reader.isAtEnd ? -1 : reader.at, ...values];
}

/** Makes `cmsgpack`. */
export function cmsgpackLibrary(machine: Machine): LuaTable {
  const table = library(machine, {
    pack: (args) => {
      if (args.count === 0) machine.badArgument(0, 'MessagePack pack needs input.');
      return [args.values.map((value) => pack(machine, value, 0)).join('')];
    },
    unpack: (args) => unpack(machine, args, 0, 0, true),
    unpack_one: (args) => unpack(machine, args, 1, args.optional(2, 0), false),
    unpack_limit: (args) => unpack(machine, args, args.integer(2), args.optional(3, 0), false),
  });
  table.set('_NAME', 'cmsgpack');
  table.set('_VERSION', 'lua-cmsgpack 0.4.0');
  table.set('_COPYRIGHT', 'Copyright (C) 2012, Salvatore Sanfilippo');
  table.set('_DESCRIPTION', 'MessagePack C implementation for Lua');
  return table;
}
