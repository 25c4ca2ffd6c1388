/**
 * How our functions look from Lua: they take their arguments apart with the errors of `lauxlib.c`, and are put into tables.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { LuaTable } from './lua-table.ts';
import { LuaFunction, typeName, type LuaValue, type Resumable } from './lua-value.ts';
import { textOf, toNumber, type Machine } from './machine.ts';

/** The arguments of one of our functions; positions count from 1. */
export class Arguments {
  readonly values: readonly LuaValue[];
  readonly #machine: Machine;

  /** Made at each call. */
  constructor(machine: Machine, values: readonly LuaValue[]) {
    this.#machine = machine;
    this.values = values;
  }

  /** How many were given. */
  get count(): number {
    return this.values.length;
  }

  /** Any value; nil where there is none. */
  at(position: number): LuaValue {
    return this.values[position - 1];
  }

  /** Refuses an argument that was not given at all. */
  any(position: number): LuaValue {
    if (position > this.values.length) this.#machine.badArgument(position, 'value expected');
    return this.values[position - 1];
  }

  /** Refuses an argument for its type. */
  wrongType(position: number, expected: string): never {
    const given = position > this.values.length ? 'no value' : typeName(this.values[position - 1]);
    return this.#machine.badArgument(position, `${expected} expected, got ${given}`);
  }

  /** A string, or a number as one. */
  string(position: number): Bytes {
    const value = this.values[position - 1];
    if (typeof value === 'string') return value;
    return typeof value === 'number' ? textOf(value) : this.wrongType(position, 'string');
  }

  /** A number, or a string that is one. */
  number(position: number): number {
    const value = this.values[position - 1];
    return typeof value === 'number' ? value : toNumber(value) ?? this.wrongType(position, 'number');
  }

  /** A number cut to an integer. */
  integer(position: number): number {
    const value = Math.trunc(this.number(position));
    return Number.isNaN(value) ? -(2 ** 63) : value + 0;
  }

  /** An integer that need not be given. */
  optional(position: number, otherwise: number): number {
    return this.values[position - 1] === undefined ? otherwise : this.integer(position);
  }

  /** A table. */
  table(position: number): LuaTable {
    const value = this.values[position - 1];
    return value instanceof LuaTable ? value : this.wrongType(position, 'table');
  }
}

/** One of our functions. */
export type Native = (args: Arguments) => LuaValue[];

/** One of our functions as it is when it calls back and so may have to pause. */
export type ResumableNative = (args: Arguments) => LuaValue[] | Resumable<LuaValue[]>;

class NativeFunction extends LuaFunction {
  readonly isNative = true as const;
  readonly #machine: Machine;
  readonly #run: Native;
  readonly #begin: ResumableNative;

  constructor(machine: Machine, run: Native, begin: ResumableNative) {
    super();
    this.#machine = machine;
    this.#run = run;
    this.#begin = begin;
  }

  call(values: readonly LuaValue[]): LuaValue[] {
    return this.#run(new Arguments(this.#machine, values));
  }

  override begin(values: readonly LuaValue[]): LuaValue[] | Resumable<LuaValue[]> {
    return this.#begin(new Arguments(this.#machine, values));
  }
}

/**
 * Makes functions of ours Lua values.
 *
 * @param begin - its resumable form, unless it never has to pause
 */
export function native(machine: Machine, run: Native, begin: ResumableNative = run): LuaFunction {
  return new NativeFunction(machine, run, begin);
}

/** A table of our functions, in their order. */
export function library(machine: Machine, functions: Readonly<Record<string, Native>>): LuaTable {
  const table = new LuaTable();
  for (const [name, run] of Object.entries(functions)) table.set(name, native(machine, run));
  return table;
}
