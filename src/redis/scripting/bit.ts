/**
 * `bit`: LuaBitOp 1.0.2, on 32-bit integers.
 *
 * @module
 */
import { library, type Arguments } from './library.ts';
import type { LuaTable } from './lua-table.ts';
import type { Machine } from './machine.ts';

/** A number's low 32 bits, rounded to the nearest integer, ties to even, as its trick with 2^52 does. */
function bits(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor) | 0;
}

/** Makes `bit`. */
export function bitLibrary(machine: Machine): LuaTable {
  const one = (args: Arguments, position = 1): number => bits(args.number(position));
  const fold = (combine: (a: number, b: number) => number) => (args: Arguments) => {
    let result = one(args);
    for (let i = 2; i <= args.count; i++) result = combine(result, one(args, i));
    return [result];
  };
  const shift = (move: (value: number, by: number) => number) => (args: Arguments) => [move(one(args), one(args, 2) & 31) | 0];
  return library(machine, {
    tobit: (args) => [one(args)],
    bnot: (args) => [~one(args)],
    band: fold((a, b) => a & b),
    bor: fold((a, b) => a | b),
    bxor: fold((a, b) => a ^ b),
    lshift: shift((value, by) => value << by),
    rshift: shift((value, by) => value >>> by),
    arshift: shift((value, by) => value >> by),
    rol: shift((value, by) => (value << by) | (value >>> ((32 - by) & 31))),
    ror: shift((value, by) => (value >>> by) | (value << ((32 - by) & 31))),
    bswap: (args) => {
      const value = one(args);
      return [((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24)) | 0];
    },
    tohex: (args) => {
      let count = args.at(2) === undefined ? 8 : one(args, 2);
      const isUpper = count < 0;
      count = Math.min(8, Math.abs(count));
      const text = (one(args) >>> 0).toString(16).padStart(8, '0').slice(8 - count);
      return [isUpper ? text.toUpperCase() : text];
    },
  });
}
