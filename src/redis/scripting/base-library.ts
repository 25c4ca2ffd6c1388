/**
 * Lua 5.1's basic functions, `table` and `math`. `math.random` is Redis's own
 * generator, and the same in each run. Left out: `collectgarbage` beyond its counts.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { compile } from './chunk.ts';
import { library, native, type Arguments, type Native } from './library.ts';
import { parseNumber } from './lua-number.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, LuaFunction, typeName, type LuaValue } from './lua-value.ts';
import { isTrue, textOf, type Machine } from './machine.ts';

const UNPACK_MAX = 8000;
function tonumber(machine: Machine, args: Arguments): LuaValue[] {
  const base = args.optional(2, 10);
  if (base === 10) {
    const value = args.any(1);
    return [typeof value === 'number' ? value : typeof value === 'string' ? parseNumber(value) : undefined];
  }
  const text = args.string(1).trim().toLowerCase();
  if (base < 2 || base > 36) machine.badArgument(2, 'base out of range');
  const match = /^(-?)(?:0x(?=[0-9a-f]))?([0-9a-z]+)$/.exec(base === 16 ? text : text.replace(/^(-?)0x/, '$1?'));
  if (match === null) return [undefined];
  let value = 0;
  for (const digit of match[2] ?? '') {
    const size = parseInt(digit, 36);
    if (size >= base) return [undefined];
    value = value * base + size;
  }
  return [match[1] === '-' ? 2 ** 64 - value : value];
}

/** Compiles text; `source` is its name as Lua keeps it. */
function load(machine: Machine, text: Bytes, source: Bytes): LuaValue[] {
  const first = /^[^\n]*/.exec(source)?.[0] ?? '';
  const name = /^[@=]/.test(source) ? source.slice(1) : `[string "${first.length < source.length ? `${first}...` : source}"]`;
  try {
    return [compile(machine, text, { name, source })];
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    return [undefined, error.value];
  }
}

/** The basic functions. */
export function baseFunctions(machine: Machine): Readonly<Record<string, Native>> {
  const next: Native = (args) => {
    const table = args.table(1);
    const after = table.placeAfter(args.at(2));
    if (after === undefined) return machine.failBare("invalid key to 'next'");
    const place = table.occupied(after);
    return place === undefined ? [undefined] : [table.keyAt(place), table.valueAt(place)];
  };
  const nextFunction = native(machine, next);
  const step = native(machine, (args) => {
    const at = args.integer(2) + 1;
    const value = args.table(1).get(at);
    return value === undefined ? [undefined] : [at, value];
  });
  return {
    assert: (args) => {
      if (isTrue(args.any(1))) return [...args.values];
      const message = args.at(2);
      throw new LuaError(message === undefined ? machine.where(1) + 'assertion failed!' : typeof message === 'string' || typeof message === 'number' ? machine.where(1) + textOf(message) : args.string(2));
    },
    error: (args) => {
      const level = args.optional(2, 1);
      const value = args.at(1);
      throw new LuaError(level > 0 && (typeof value === 'string' || typeof value === 'number') ? machine.where(level) + textOf(value) : value);
    },
    type: (args) => [typeName(args.any(1))],
    tostring: (args) => [machine.toText(args.any(1))],
    tonumber: (args) => tonumber(machine, args),
    next,
    pairs: (args) => [nextFunction, args.table(1), undefined],
    ipairs: (args) => [step, args.table(1), 0],
    select: (args) => {
      if (args.at(1) === '#') return [args.count - 1];
      let from = args.integer(1) | 0;
      if (from < 0) from = args.count + from;
      else if (from > args.count) from = args.count;
      if (from < 1) machine.badArgument(1, 'index out of range');
      return args.values.slice(from);
    },
    unpack: (args) => {
      const table = args.table(1);
      const start = args.optional(2, 1);
      const end = args.at(3) === undefined ? table.length : args.integer(3);
      if (end - start >= UNPACK_MAX) machine.fail('too many results to unpack');
      const values: LuaValue[] = [];
      for (let i = start; i <= end; i++) values.push(table.get(i));
      return values;
    },
    rawequal: (args) => [args.any(1) === args.any(2)],
    rawget: (args) => {
      const table = args.table(1);
      return [table.get(args.any(2))];
    },
    rawset: (args) => {
      const table = args.table(1);
      args.any(2);
      args.any(3);
      if (table.isReadOnly) machine.failBare('Attempt to modify a readonly table');
      if (args.at(2) === undefined) machine.fail('table index is nil');
      table.set(args.at(2), args.at(3));
      return [table];
    },
    getmetatable: (args) => {
      const metatable = machine.metatableOf(args.any(1));
      return [metatable?.get('__metatable') ?? metatable];
    },
    setmetatable: (args) => {
      const table = args.table(1);
      const metatable = args.at(2);
      if (args.count < 2 || (metatable !== undefined && !(metatable instanceof LuaTable))) machine.badArgument(2, 'nil or table expected');
      if (table.metatable?.get('__metatable') !== undefined) machine.fail('cannot change a protected metatable');
      if (table.isReadOnly) machine.failBare('Attempt to modify a readonly table');
      table.metatable = metatable instanceof LuaTable ? metatable : undefined;
      return [table];
    },
    loadstring: (args) => {
      const source = args.string(1);
      return load(machine, source, args.at(2) === undefined ? source : args.string(2));
    },
    load: (args) => {
      const reader = args.at(1);
      if (!(reader instanceof LuaFunction)) return args.wrongType(1, 'function');
      let source = '';
      for (;;) {
        machine.step();
        const [piece] = machine.call(reader, []);
        if (piece === undefined || piece === '') break;
        if (typeof piece !== 'string') return [undefined, 'reader function must return a string'];
        source += piece;
      }
      return load(machine, source, args.at(2) === undefined ? '=(load)' : args.string(2));
    },
    collectgarbage: (args) => [args.at(1) === 'count' ? 64 : 0],
    gcinfo: () => [64, 0],
  };
}

function sort(machine: Machine, args: Arguments): LuaValue[] {
  const table = args.table(1);
  const compare = args.at(2);
  if (compare !== undefined && !(compare instanceof LuaFunction)) args.wrongType(2, 'function');
  if (table.isReadOnly) machine.failBare('Attempt to modify a readonly table');
  const less = (a: LuaValue, b: LuaValue): boolean => {
    machine.step();
    return compare === undefined ? machine.less(a, b, 0) : isTrue(machine.call(compare, [a, b])[0]);
  };
  const get = (i: number): LuaValue => table.get(i);
  const swap = (i: number, j: number): void => {
    const value = get(i);
    table.set(i, get(j));
    table.set(j, value);
  };
  const where = machine.where(1);
  const invalid = (): never => { throw new LuaError(`${where}invalid order function for sorting`); };
  // The quicksort of ltablib.c, step by step: an order with ties comes out as it does there.
  const auxiliary = (from: number, to: number): void => {
    let low = from;
    let up = to;
    while (low < up) {
      if (less(get(up), get(low))) swap(low, up);
      if (up - low === 1) break;
      const middle = Math.floor((low + up) / 2);
      if (less(get(middle), get(low))) swap(middle, low);
      else if (less(get(up), get(middle))) swap(middle, up);
      if (up - low === 2) break;
      const pivot = get(middle);
      swap(middle, up - 1);
      let i = low;
      let j = up - 1;
      for (;;) {
        while (less(get(++i), pivot)) if (i > up) invalid();
        while (less(pivot, get(--j))) if (j < low) invalid();
        if (j < i) break;
        swap(i, j);
      }
      swap(up - 1, i);
      if (i - low < up - i) {
        auxiliary(low, i - 1);
        low = i + 1;
      } else {
        auxiliary(i + 1, up);
        up = i - 1;
      }
    }
  };
  if (compare === undefined) auxiliary(1, table.length);
  else machine.inNative(() => auxiliary(1, table.length));
  return [];
}

/** `table` */
export function tableLibrary(machine: Machine): LuaTable {
  const writable = (args: Arguments): LuaTable => {
    const table = args.table(1);
    if (table.isReadOnly) machine.failBare('Attempt to modify a readonly table');
    return table;
  };
  return library(machine, {
    concat: (args) => {
      const separator = args.at(2) === undefined ? '' : args.string(2);
      const table = args.table(1);
      const start = args.optional(3, 1);
      const end = args.at(4) === undefined ? table.length : args.integer(4);
      const parts: string[] = [];
      for (let i = start; i <= end; i++) {
        const value = table.get(i);
        if (typeof value !== 'string' && typeof value !== 'number') {
          return machine.fail(`invalid value (${typeName(value)}) at index ${i} in table for 'concat'`);
        }
        parts.push(textOf(value));
      }
      return [parts.join(separator)];
    },
    insert: (args) => {
      const table = writable(args);
      const end = table.length + 1;
      if (args.count === 2) {
        table.set(end, args.at(2));
      } else if (args.count === 3) {
        const at = args.integer(2);
        for (let i = Math.max(end, at); i > at; i--) table.set(i, table.get(i - 1));
        table.set(at, args.at(3));
      } else {
        machine.fail("wrong number of arguments to 'insert'");
      }
      return [];
    },
    remove: (args) => {
      const table = writable(args);
      const end = table.length;
      const at = args.optional(2, end);
      if (at < 1 || at > end) return [];
      const removed = table.get(at);
      for (let i = at; i < end; i++) table.set(i, table.get(i + 1));
      table.set(end, undefined);
      return [removed];
    },
    sort: (args) => sort(machine, args),
    maxn: (args) => {
      let max = 0;
      for (const [key] of args.table(1).entries()) if (typeof key === 'number' && key > max) max = key;
      return [max];
    },
    getn: (args) => [args.table(1).length],
    setn: () => machine.fail("'setn' is obsolete"),
    foreach: (args) => {
      for (const [key, value] of args.table(1).entries()) {
        const [result] = machine.call(args.at(2), [key, value]);
        if (result !== undefined) return [result];
      }
      return [];
    },
    foreachi: (args) => {
      const table = args.table(1);
      const count = table.length;
      for (let i = 1; i <= count; i++) {
        const [result] = machine.call(args.at(2), [i, table.get(i)]);
        if (result !== undefined) return [result];
      }
      return [];
    },
  });
}

/** `redisLrand48`: 48 bits, the upper 31 come out. It goes on from script to script. */
export class ScriptRandom {
  /** All of it. */
  state: bigint = 0x1234_abcd_330en;

  /** `math.randomseed` */
  seed(value: number): void {
    this.state = (BigInt.asUintN(32, BigInt(Math.trunc(value))) << 16n) | 0x330en;
  }

  /** The next of the 2^31 values. */
  next(): number {
    this.state = BigInt.asUintN(48, this.state * 0x5deece66dn + 0xbn);
    return Number(this.state >> 17n);
  }
}

/** `math`, on the host's functions; what they round differently in the last digit is not corrected. */
export function mathLibrary(machine: Machine, random: ScriptRandom): LuaTable {
  const one = (compute: (x: number) => number): Native => (args) => [compute(args.number(1))];
  const table = library(machine, {
    abs: one(Math.abs), acos: one(Math.acos), asin: one(Math.asin), atan: one(Math.atan), ceil: one(Math.ceil), cos: one(Math.cos), cosh: one(Math.cosh),
    deg: one((x) => x / (Math.PI / 180)), exp: one(Math.exp), floor: one(Math.floor), log: one(Math.log), log10: one(Math.log10), rad: one((x) => x * (Math.PI / 180)),
    sin: one(Math.sin), sinh: one(Math.sinh), sqrt: one(Math.sqrt), tan: one(Math.tan), tanh: one(Math.tanh),
    atan2: (args) => [Math.atan2(args.number(1), args.number(2))],
    pow: (args) => [args.number(1) ** args.number(2)],
    fmod: (args) => [args.number(1) % args.number(2)],
    modf: (args) => {
      const value = args.number(1);
      return Number.isFinite(value) ? [Math.trunc(value), value - Math.trunc(value)] : [value, Number.isNaN(value) ? value : 0];
    },
    frexp: (args) => {
      const value = args.number(1);
      if (value === 0 || !Number.isFinite(value)) return [value, 0];
      let [mantissa, exponent] = [value, 0];
      while (Math.abs(mantissa) >= 1) { mantissa /= 2; exponent++; }
      while (Math.abs(mantissa) < 0.5) { mantissa *= 2; exponent--; }
      return [mantissa, exponent];
    },
    ldexp: (args) => {
      let value = args.number(1);
      const exponent = Math.max(-2200, Math.min(2200, args.integer(2)));
      for (let i = 0; i < Math.abs(exponent); i++) value = exponent > 0 ? value * 2 : value / 2;
      return [value];
    },
    min: (args) => [Math.min(args.number(1), ...args.values.map((_, i) => args.number(i + 1)))],
    max: (args) => [Math.max(args.number(1), ...args.values.map((_, i) => args.number(i + 1)))],
    random: (args) => {
      const share = (random.next() % 0x7fff_ffff) / 0x7fff_ffff;
      if (args.count === 0) return [share];
      const low = args.count === 1 ? 1 : args.integer(1);
      const high = args.integer(args.count === 1 ? 1 : 2);
      if (args.count > 2) machine.fail('wrong number of arguments');
      if (low > high) machine.badArgument(args.count === 1 ? 1 : 2, 'interval is empty');
      return [Math.floor(share * (high - low + 1)) + low];
    },
    randomseed: (args) => {
      random.seed(args.integer(1));
      return [];
    },
  });
  table.set('mod', table.get('fmod'));
  table.set('pi', Math.PI);
  table.set('huge', Infinity);
  return table;
}
