/**
 * What Lua's operators do once both operands are known: metatables, coercions, and errors with the names and lines Lua 5.1
 * gives them. One machine runs one script at a time and counts its steps.
 *
 * @module
 */
import { isTooLong, type Bytes } from '../bytes/bytes.ts';
import { formatNumber, parseNumber } from './lua-number.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, LuaFunction, LuaThread, ScriptAbandoned, ScriptKilled, typeName, type LuaValue, type Resumable } from './lua-value.ts';

/** A place in a script that calls: its line, and what the callee is called there. */
export interface Site {
  readonly line: number;
  readonly name: Bytes | undefined;
  readonly isMethod: boolean;
}

/** A local variable that an inner function keeps. */
export interface Box {
  value: LuaValue;
}

/** How errors call a chunk: before a message, and in what Redis adds to it. */
export interface ChunkName {
  readonly name: Bytes;
  readonly source: Bytes;
}

/** What `EVAL` compiles. */
export const USER_SCRIPT: ChunkName = { name: 'user_script', source: '@user_script' };

/** What `FUNCTION LOAD` compiles. */
export const USER_FUNCTION: ChunkName = { name: 'user_function', source: '@user_function' };

const NOTHING: readonly LuaValue[] = [];
const UNUSED: LuaValue[][] = [];

/** One activation of a function. */
export class Frame {
  readonly caller: Frame | undefined;
  readonly isTail: boolean;
  readonly slots: LuaValue[] = [];
  readonly boxes: Box[] = [];
  readonly upvalues: readonly Box[];
  readonly chunk: ChunkName;
  varargs: readonly LuaValue[] = NOTHING;
  /** What calls have given, in the resumable form: a call is made before the expression that it stands in. */
  given: LuaValue[][] = UNUSED;
  /** What it calls at present; undefined in one of ours. */
  site: Site | undefined = undefined;

  /** Made at each call. */
  constructor(caller: Frame | undefined, upvalues: readonly Box[], isTail: boolean, chunk: ChunkName = USER_SCRIPT) {
    this.chunk = chunk;
    this.caller = caller;
    this.upvalues = upvalues;
    this.isTail = isTail;
  }
}

/** The name of an operator's method. */
export type Event = '__add' | '__sub' | '__mul' | '__div' | '__mod' | '__pow' | '__unm';

const CHAIN_MAX = 100;
/** What Lua says of a limit of the host that a script has met: the depth of its stack, or the length of a string. */
export function hostLimit(error: RangeError): Bytes {
  return isTooLong(error) ? 'not enough memory' : 'stack overflow';
}

/** What a killed script ends with. */
export const KILLED = 'Script killed by user with SCRIPT KILL...';
/** How long something that cannot pause, such as a comparison of `table.sort`, may go on when the budget is spent. */
const OVERDRAFT_MAX = 25_000_000;

/** The machine. */
export class Machine {
  readonly globals: LuaTable = new LuaTable();
  stringMetatable: LuaTable | undefined = undefined;
  frame: Frame = new Frame(undefined, [], false);
  /** The steps left: calls and turns of loops. */
  budget = 0;
  tailFunction: LuaFunction | undefined = undefined;
  tailArgs: readonly LuaValue[] = [];

  /** What happens when the budget is spent: the script ends, begins again in its resumable form, or pauses where it can. */
  whenSpent: 'kill' | 'abandon' | 'pause' = 'kill';
  /** The coroutine being run; undefined in the script itself. */
  thread: LuaThread | undefined = undefined;

  /** Counts a step, or something that takes as long as several. */
  step(size = 1): void {
    this.budget -= size;
    if (this.budget < 0) this.#overdraw();
  }

  /** The budget is spent, at a place that cannot pause. */
  spent(frame: Frame, line: number): void {
    frame.site = { line, name: undefined, isMethod: false };
    this.#overdraw();
  }

  /** The budget is spent, at a place that can pause: whether it does. */
  pauses(frame: Frame, line: number): boolean {
    frame.site = { line, name: undefined, isMethod: false };
    if (this.whenSpent === 'pause') return true;
    this.#overdraw();
    return false;
  }

  #overdraw(): void {
    if (this.whenSpent === 'abandon') throw new ScriptAbandoned('abandoned');
    if (this.whenSpent === 'kill' || this.budget < -OVERDRAFT_MAX) throw new ScriptKilled(KILLED);
  }

  /** The position of a caller as it stands before a message; level 1 is whoever calls the running function of ours. */
  where(level: number): Bytes {
    let frame: Frame | undefined = this.frame;
    for (let i = 1; i < level && frame !== undefined; i++) {
      if (frame.isTail) return '';
      frame = frame.caller;
    }
    return frame?.site === undefined ? '' : `${frame.chunk.name}:${frame.site.line}: `;
  }

  /** Throws a message with its position. */
  fail(message: Bytes): never {
    throw new LuaError(this.where(1) + message);
  }

  /** Throws a message of the interpreter's core, which knows no position when one of ours runs. */
  failBare(message: Bytes): never {
    throw new LuaError(message);
  }

  /** Throws at a line of the running function. */
  failAt(line: number, message: Bytes): never {
    this.frame.site = { line, name: undefined, isMethod: false };
    return this.fail(message);
  }

  /** `bad argument #1 to 'name' (…)` */
  badArgument(position: number, problem: Bytes): never {
    const { site } = this.frame;
    let shown = position;
    if (site?.isMethod === true) {
      shown--;
      if (shown === 0) return this.fail(`calling '${site.name ?? '?'}' on bad self (${problem})`);
    }
    return this.fail(`bad argument #${shown} to '${site?.name ?? '?'}' (${problem})`);
  }

  /** The metatable of any value. */
  metatableOf(value: LuaValue): LuaTable | undefined {
    if (value instanceof LuaTable) return value.metatable;
    return typeof value === 'string' ? this.stringMetatable : undefined;
  }

  /** A method of a value's metatable. */
  metamethod(value: LuaValue, event: Bytes): LuaValue {
    return this.metatableOf(value)?.get(event);
  }

  /** Calls a value from one of ours. */
  call(callee: LuaValue, args: readonly LuaValue[]): LuaValue[] {
    if (callee instanceof LuaFunction) return callee.call(args);
    const handler = this.metamethod(callee, '__call');
    if (handler instanceof LuaFunction) return handler.call([callee, ...args]);
    return this.fail(`attempt to call a ${typeName(callee)} value`);
  }

  /** Calls a value from one of ours so that it may pause. */
  begin(callee: LuaValue, args: readonly LuaValue[]): LuaValue[] | Resumable<LuaValue[]> {
    return callee instanceof LuaFunction ? callee.begin(args) : this.call(callee, args);
  }

  /** Runs something as a function of ours that calls back: errors inside know no position of its own. */
  inNative<T>(run: () => T): T {
    const outer = this.frame;
    this.frame = new Frame(outer, [], false);
    const result = run();
    this.frame = outer;
    return result;
  }

  /** `value[key]` @param describe - what the value is called, for the error */
  index(value: LuaValue, key: LuaValue, line: number, describe: string): LuaValue {
    let object = value;
    for (let i = 0; i < CHAIN_MAX; i++) {
      let handler: LuaValue;
      if (object instanceof LuaTable) {
        const found = object.get(key);
        if (found !== undefined || object.metatable === undefined) return found;
        handler = object.metatable.get('__index');
        if (handler === undefined) return undefined;
      } else {
        handler = this.metamethod(object, '__index');
        if (handler === undefined) return this.failAt(line, `attempt to index ${i === 0 ? describe : ''}${kindOf(object, i === 0 ? describe : '')}`);
      }
      if (handler instanceof LuaFunction) {
        this.frame.site = { line, name: undefined, isMethod: false };
        return handler.call([object, key])[0];
      }
      object = handler;
    }
    return this.failAt(line, 'loop in gettable');
  }

  /** `value[key] = assigned` */
  setIndex(value: LuaValue, key: LuaValue, assigned: LuaValue, line: number, describe: string): void {
    let object = value;
    for (let i = 0; i < CHAIN_MAX; i++) {
      let handler: LuaValue;
      if (object instanceof LuaTable) {
        if (object.isReadOnly) this.failAt(line, 'Attempt to modify a readonly table');
        handler = object.metatable === undefined || object.get(key) !== undefined ? undefined : object.metatable.get('__newindex');
        if (handler === undefined) {
          if (key === undefined) this.failAt(line, 'table index is nil');
          if (key !== key) this.failAt(line, 'table index is NaN');
          object.set(key, assigned);
          return;
        }
      } else {
        handler = this.metamethod(object, '__newindex');
        if (handler === undefined) this.failAt(line, `attempt to index ${i === 0 ? describe : ''}${kindOf(object, i === 0 ? describe : '')}`);
      }
      if (handler instanceof LuaFunction) {
        this.frame.site = { line, name: undefined, isMethod: false };
        handler.call([object, key, assigned]);
        return;
      }
      object = handler;
    }
    this.failAt(line, 'loop in settable');
  }

  /** What `call` does with what is no function. */
  callOther(callee: LuaValue, args: readonly LuaValue[], line: number, describe: string): LuaValue[] {
    const handler = this.metamethod(callee, '__call');
    if (handler instanceof LuaFunction) return handler.call([callee, ...args]);
    return this.failAt(line, `attempt to call ${describe}${kindOf(callee, describe)}`);
  }

  /** Arithmetic where an operand is not a number. */
  arithmetic(event: Event, a: LuaValue, b: LuaValue, line: number, describeA: string, describeB: string): LuaValue {
    const x = toNumber(a);
    const y = toNumber(b);
    if (x !== undefined && y !== undefined) return calculate(event, x, y);
    const handler = this.metamethod(a, event) ?? this.metamethod(b, event);
    if (handler !== undefined) {
      this.frame.site = { line, name: undefined, isMethod: false };
      return this.call(handler, [a, b])[0];
    }
    const [wrong, describe] = x === undefined ? [a, describeA] : [b, describeB];
    return this.failAt(line, `attempt to perform arithmetic on ${describe}${kindOf(wrong, describe)}`);
  }

  /** `a .. b` */
  concat(a: LuaValue, b: LuaValue, line: number, describeA: string, describeB: string): LuaValue {
    if ((typeof a === 'string' || typeof a === 'number') && (typeof b === 'string' || typeof b === 'number')) return textOf(a) + textOf(b);
    const handler = this.metamethod(a, '__concat') ?? this.metamethod(b, '__concat');
    if (handler !== undefined) {
      this.frame.site = { line, name: undefined, isMethod: false };
      return this.call(handler, [a, b])[0];
    }
    const [wrong, describe] = typeof a === 'string' || typeof a === 'number' ? [b, describeB] : [a, describeA];
    return this.failAt(line, `attempt to concatenate ${describe}${kindOf(wrong, describe)}`);
  }

  /** `a == b` */
  equals(a: LuaValue, b: LuaValue): boolean {
    if (a === b) return true;
    if (!(a instanceof LuaTable) || !(b instanceof LuaTable)) return false;
    const handler = a.metatable?.get('__eq');
    if (handler === undefined || handler !== b.metatable?.get('__eq')) return false;
    return isTrue(this.call(handler, [a, b])[0]);
  }

  /** `a < b` */
  less(a: LuaValue, b: LuaValue, line: number): boolean {
    if (typeof a === 'number' && typeof b === 'number') return a < b;
    if (typeof a === 'string' && typeof b === 'string') return a < b;
    if (typeof a === typeof b && typeName(a) === typeName(b)) {
      const handler = this.metamethod(a, '__lt');
      if (handler !== undefined && handler === this.metamethod(b, '__lt')) return isTrue(this.call(handler, [a, b])[0]);
    }
    return this.failCompare(a, b, line);
  }

  /** `a <= b` */
  lessOrEqual(a: LuaValue, b: LuaValue, line: number): boolean {
    if (typeof a === 'number' && typeof b === 'number') return a <= b;
    if (typeof a === 'string' && typeof b === 'string') return a <= b;
    if (typeof a === typeof b && typeName(a) === typeName(b)) {
      const handler = this.metamethod(a, '__le');
      if (handler !== undefined && handler === this.metamethod(b, '__le')) return isTrue(this.call(handler, [a, b])[0]);
      const reverse = this.metamethod(b, '__lt');
      if (reverse !== undefined && reverse === this.metamethod(a, '__lt')) return !isTrue(this.call(reverse, [b, a])[0]);
    }
    return this.failCompare(a, b, line);
  }

  /** Says that two values have no order. */
  failCompare(a: LuaValue, b: LuaValue, line: number): never {
    const [x, y] = [typeName(a), typeName(b)];
    const message = x === y ? `attempt to compare two ${x} values` : `attempt to compare ${x} with ${y}`;
    return line > 0 ? this.failAt(line, message) : this.failBare(message);
  }

  /** `tostring(value)` */
  toText(value: LuaValue): LuaValue {
    const handler = this.metamethod(value, '__tostring');
    if (handler !== undefined) return this.call(handler, [value])[0];
    return plainText(value);
  }
}

/** `tostring` without metatables. */
export function plainText(value: LuaValue): Bytes {
  if (typeof value === 'string' || typeof value === 'number') return textOf(value);
  if (typeof value === 'boolean') return String(value);
  if (value === undefined) return 'nil';
  if (value instanceof LuaTable) return `table: 0x${(0x7f00_0000_0000 + value.identity * 64).toString(16)}`;
  if (value instanceof LuaThread) return `thread: 0x${(0x7f00_0000_0000 + value.identity * 64).toString(16)}`;
  if (value instanceof LuaFunction) return `${value.isNative ? 'builtin' : 'function'}: 0x${(0x7f00_0000_0000 + value.identity * 64).toString(16)}`.replace('builtin', 'function');
  return value.text;
}

/** Whether a value counts as true. */
export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** A string or number as text. */
export function textOf(value: Bytes | number): Bytes {
  return typeof value === 'string' ? value : formatNumber(value);
}

/** A value as a number where Lua coerces. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseNumber(value) : undefined;
}

/** Lua's modulo: the sign is the divisor's. */
export function modulo(a: number, b: number): number {
  return a - Math.floor(a / b) * b;
}

/** One operation on two numbers. */
export function calculate(event: Event, a: number, b: number): number {
  switch (event) {
    case '__add': return a + b;
    case '__sub': return a - b;
    case '__mul': return a * b;
    case '__div': return a / b;
    case '__mod': return modulo(a, b);
    case '__pow': return power(a, b);
    case '__unm': return -a;
  }
}

/** C's `pow`, which knows that 1 to any power is 1. */
export function power(a: number, b: number): number {
  return a === 1 || (a === -1 && (b === Infinity || b === -Infinity)) ? 1 : a ** b;
}

function kindOf(value: LuaValue, describe: string): string {
  return describe === '' ? `a ${typeName(value)} value` : ` (a ${typeName(value)} value)`;
}
