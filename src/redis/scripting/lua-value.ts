/**
 * Lua 5.1's values. `nil` is `undefined`, a string is a byte string (one code unit below 256 a byte), a number is a double.
 * Tables are in `lua-table.ts`.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { LuaTable } from './lua-table.ts';

/** Any value of Lua. */
export type LuaValue = undefined | boolean | number | Bytes | LuaTable | LuaFunction | LuaUserdata;

/** What a function gets and gives. */
export type LuaCallable = (args: readonly LuaValue[]) => LuaValue[];

let identities = 0;

/** A number of its own for each table and function, in place of an address: the same in each run of the same script. */
export function nextIdentity(): number {
  identities = (identities + 1) & 0xff_ffff;
  return identities;
}

/** A function, of Lua or of ours. */
export class LuaFunction {
  readonly call: LuaCallable;
  /** Ours, not compiled from Lua: C, as Lua's errors see it. */
  readonly isNative: boolean;
  readonly identity: number = nextIdentity();

  /** @param call - its body */
  constructor(call: LuaCallable, isNative = true) {
    this.call = call;
    this.isNative = isNative;
  }
}

/** An opaque pointer; the only one there is stands for JSON's null. */
export class LuaUserdata {
  readonly text: string;

  /** @param text - how `tostring` shows it */
  constructor(text: string) {
    this.text = text;
  }
}

/** `cjson.null`, a pointer to nothing. */
export const NULL_POINTER: LuaUserdata = new LuaUserdata('userdata: (nil)');

/** A thrown Lua value. It never leaves the interpreter: a script's error is a reply. */
export class LuaError extends Error {
  readonly value: LuaValue;
  /** The line at which it was thrown, or 0; kept for Redis's error handler. */
  line = 0;

  /** @param value - what `pcall` would give */
  constructor(value: LuaValue) {
    super(typeof value === 'string' ? value : 'a Lua error');
    this.value = value;
  }
}

/** The script used up its budget; no `pcall` stops this. */
export class ScriptKilled extends LuaError {}

/** `type(value)` */
export function typeName(value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (typeof value !== 'object') return typeof value;
  if (value instanceof LuaFunction) return 'function';
  return value instanceof LuaUserdata ? 'userdata' : 'table';
}
