/**
 * Lua 5.1's values. `nil` is `undefined`, a string is a byte string (one code unit below 256 a byte), a number is a double.
 * Tables are in `lua-table.ts`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { LuaTable } from './lua-table.ts';
import type { Frame } from './machine.ts';

/** Any value of Lua. */
export type LuaValue = undefined | boolean | number | Bytes | LuaTable | LuaFunction | LuaThread | LuaUserdata;

let identities = 0;

/** A number of its own for each table and function, in place of an address: the same in each run of the same script. */
export function nextIdentity(): number {
  identities = (identities + 1) & 0xff_ffff;
  return identities;
}

/** The last number that was given out. */
export function lastIdentity(): number {
  return identities;
}

/** Gives numbers out again, for a script that begins anew. */
export function resetIdentities(last: number): void {
  identities = last;
}

/** What a resumable function pauses with: nothing, to let others have a turn, or the values of `coroutine.yield`. */
export type Paused = readonly LuaValue[] | undefined;

/** Something that may pause; it is resumed with the values that `coroutine.resume` was given. */
export type Resumable<T> = Generator<Paused, T, readonly LuaValue[]>;

/** A function, of Lua or of ours. */
export abstract class LuaFunction {
  /** Ours, not compiled from Lua: C, as Lua's errors see it. */
  abstract readonly isNative: boolean;
  readonly identity: number = nextIdentity();

  /** Runs it to its end. */
  abstract call(args: readonly LuaValue[]): LuaValue[];

  /** Runs it so that it may pause: gives its values when it did not have to. */
  begin(args: readonly LuaValue[]): LuaValue[] | Resumable<LuaValue[]> {
    return this.call(args);
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

/** A coroutine. */
export class LuaThread {
  readonly identity: number = nextIdentity();
  readonly body: LuaFunction;
  status: 'suspended' | 'running' | 'normal' | 'dead' = 'suspended';
  /** What it goes on with; undefined before it has begun. */
  rest: Resumable<LuaValue[]> | undefined = undefined;
  /** The activation in which it paused. */
  frame: Frame | undefined = undefined;
  /** Calls of ours on its way, across which it cannot yield. */
  barriers = 0;

  /** @param body - the function that it runs */
  constructor(body: LuaFunction) {
    this.body = body;
  }
}

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

/** The script has run for too long, and ends; no `pcall` stops this. */
export class ScriptKilled extends LuaError {}

/** The script has run for long, and begins again in its resumable form; no `pcall` stops this. */
export class ScriptAbandoned extends ScriptKilled {}

/** `type(value)` */
export function typeName(value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (typeof value !== 'object') return typeof value;
  if (value instanceof LuaFunction) return 'function';
  if (value instanceof LuaThread) return 'thread';
  return value instanceof LuaUserdata ? 'userdata' : 'table';
}
