/**
 * `struct`: binary packing (Ierusalimschy's library 0.3, as Redis carries it). Sizes of C types are those of 64-bit Linux.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { library, type Arguments } from './library.ts';
import type { LuaTable } from './lua-table.ts';
import type { LuaValue } from './lua-value.ts';
import type { Machine } from './machine.ts';

const SIZES: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1, s: 0 };
const buffer = new DataView(new ArrayBuffer(8));

interface Item {
  readonly option: string;
  readonly size: number;
  /** Zeros before it, for alignment. */
  readonly padding: number;
  readonly isLittle: boolean;
}

/**
 * Reads a format.
 *
 * @param totalOf - where the next item would begin
 * @yields item by item
 */
function* items(machine: Machine, format: Bytes, totalOf: () => number): Generator<Item> {
  let isLittle = true;
  let align = 1;
  let at = 0;
  const number = (otherwise: number): number => {
    const digits = /^\d+/.exec(format.slice(at))?.[0] ?? '';
    at += digits.length;
    return digits === '' ? otherwise : Number(digits);
  };
  while (at < format.length) {
    const option = format[at++] as string;
    if (option === ' ') continue;
    if (option === '<' || option === '>') { isLittle = option === '<'; continue; }
    if (option === '!') {
      align = number(8);
      if (align <= 0 || (align & (align - 1)) !== 0) machine.fail('alignment is not a power of 2');
      continue;
    }
    let size = SIZES[option] ?? -1;
    if (option === 'i' || option === 'I') {
      size = number(4);
      if (size > 32) machine.fail(`integral size ${size} is larger than limit of 32`);
    } else if (option === 'c') {
      size = number(1);
    } else if (size < 0) {
      machine.badArgument(1, `invalid format option '${option}'`);
    }
    const step = Math.min(size, align);
    const isAligned = step > 1 && option !== 'c' && option !== 's';
    yield { option, size, padding: isAligned ? (step - (totalOf() & (step - 1))) & (step - 1) : 0, isLittle };
  }
}

function ordered(bytes: number[], isLittle: boolean): Bytes {
  return String.fromCharCode(...(isLittle ? bytes : bytes.toReversed()));
}

function packInteger(value: number, { size, isLittle }: Item): Bytes {
  let rest = Number.isFinite(value) && Math.abs(value) < 2 ** 64 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
  rest = BigInt.asIntN(64, rest);
  const bytes: number[] = [];
  for (let i = 0; i < size; i++) {
    bytes.push(Number(rest & 255n));
    rest >>= 8n;
  }
  return ordered(bytes, isLittle);
}

function pack(machine: Machine, args: Arguments): LuaValue[] {
  let out = '';
  let given = 2;
  for (const item of items(machine, args.string(1), () => out.length)) {
    out += '\0'.repeat(item.padding);
    const { option } = item;
    if (option === 'x') {
      out += '\0';
    } else if (option === 's' || option === 'c') {
      const text = args.string(given++);
      const size = option === 's' || item.size === 0 ? text.length : item.size;
      if (text.length < size) machine.badArgument(given - 1, 'string too short');
      out += text.slice(0, size) + (option === 's' ? '\0' : '');
    } else if (option === 'f' || option === 'd') {
      if (option === 'f') buffer.setFloat32(0, args.number(given++), true);
      else buffer.setFloat64(0, args.number(given++), true);
      out += ordered(Array.from({ length: item.size }, (_, i) => buffer.getUint8(i)), item.isLittle);
    } else {
      out += packInteger(args.number(given++), item);
    }
  }
  return [out];
}

function unpack(machine: Machine, args: Arguments): LuaValue[] {
  const format = args.string(1);
  const data = args.string(2);
  let at = args.optional(3, 1) - 1;
  if (at < 0) machine.badArgument(3, 'offset must be 1 or greater');
  const values: LuaValue[] = [];
  for (const item of items(machine, format, () => at)) {
    at += item.padding;
    const { option } = item;
    let { size } = item;
    if (at + size > data.length) machine.badArgument(2, 'data string too short');
    if (option === 's') {
      const end = data.indexOf('\0', at);
      if (end < 0) machine.fail("unfinished string in data");
      values.push(data.slice(at, end));
      size = end - at + 1;
    } else if (option === 'c') {
      if (size === 0) {
        const length = values.pop();
        if (typeof length !== 'number') return machine.fail("format 'c0' needs a previous size");
        size = length;
        if (size < 0 || at + size > data.length) machine.badArgument(2, 'data string too short');
      }
      values.push(data.slice(at, at + size));
    } else if (option !== 'x') {
      const bytes = Array.from({ length: size }, (_, i) => data.charCodeAt(at + i));
      if (!item.isLittle) bytes.reverse();
      if (option === 'f' || option === 'd') {
        bytes.forEach((byte, i) => { buffer.setUint8(i, byte); });
        values.push(option === 'f' ? buffer.getFloat32(0, true) : buffer.getFloat64(0, true));
      } else {
        let value = 0n;
        for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
        const isSigned = option === option.toLowerCase();
        values.push(Number(isSigned ? BigInt.asIntN(Math.min(64, size * 8), value) : BigInt.asUintN(64, value)));
      }
    }
    at += size;
  }
  return [...values, at + 1];
}

/** Makes `struct`. */
export function structLibrary(machine: Machine): LuaTable {
  return library(machine, {
    pack: (args) => pack(machine, args),
    unpack: (args) => unpack(machine, args),
    size: (args) => {
      let total = 0;
      for (const item of items(machine, args.string(1), () => total)) {
        if (item.option === 's') machine.badArgument(1, 'variable-size format in \'struct.size\'');
        if (item.option === 'c' && item.size === 0) machine.badArgument(1, "variable-length format in 'struct.size'");
        total += item.padding + item.size;
      }
      return [total];
    },
  });
}
