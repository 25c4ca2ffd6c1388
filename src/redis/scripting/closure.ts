/**
 * Functions of Lua: the code of one, and that code with the variables it keeps. A function has two forms. The plain form runs
 * to its end. The resumable form does the same and may pause on the way, at the turn of a loop or when a function is called: so
 * that others have a turn during a long script, and for coroutines. It is slower, and made only when it is asked for.
 *
 * @module
 */
import { LuaFunction, type LuaValue, type Paused, type Resumable } from './lua-value.ts';
import { Frame, type Box, type ChunkName, type Machine } from './machine.ts';
import type { FunctionLayout } from './resolve.ts';

/** What a statement ends with: nothing, `BREAK`, `TAIL`, or the values it returns. */
export type Execute = (frame: Frame) => LuaValue[] | undefined;
/** What a resumable statement ends with; a generator when it may have to pause before. */
export type Step = (frame: Frame) => LuaValue[] | undefined | Resumable<LuaValue[] | undefined>;

/** The end of a statement that was `break`. */
export const BREAK: LuaValue[] = [];
/** The end of a statement that calls as the last thing: the machine knows what. */
export const TAIL: LuaValue[] = [];

/** Whether something is still to be done. */
export function isPending<T extends LuaValue[] | undefined>(outcome: T | Resumable<T>): outcome is Resumable<T> {
  return outcome !== undefined && !Array.isArray(outcome);
}

/** The code of a function, compiled when it is first called. */
export class Prototype {
  readonly machine: Machine;
  readonly layout: FunctionLayout;
  readonly chunk: ChunkName;
  readonly line: number;
  /** Some function of its chunk assigns to a variable of an outer one. */
  readonly assignsUpvalues: boolean;
  /** Where the parameters go: the place, doubled, and one more for a box. */
  readonly #parameters: readonly number[];
  readonly #hasVarargs: boolean;
  /** The plain form; it compiles itself when it is first called. */
  body: Execute;
  /** The resumable form, likewise. */
  steps: Step;

  /** Made by the compiler. */
  constructor(
    machine: Machine, layout: FunctionLayout, chunk: ChunkName, line: number, assignsUpvalues: boolean, compile: () => Execute, compileSteps: () => Step,
  ) {
    this.machine = machine;
    this.layout = layout;
    this.chunk = chunk;
    this.line = line;
    this.assignsUpvalues = assignsUpvalues;
    this.#parameters = layout.parameters.map(({ place, isCaptured }) => place * 2 + (isCaptured ? 1 : 0));
    this.#hasVarargs = layout.hasVarargs;
    const body: Execute = (frame) => {
      this.body = compile();
      return this.body(frame);
    };
    const steps: Step = (frame) => {
      this.steps = compileSteps();
      return this.steps(frame);
    };
    this.body = body;
    this.steps = steps;
  }

  /** A new activation, with its arguments in place. */
  enter(args: readonly LuaValue[], upvalues: readonly Box[], caller: Frame, isTail: boolean): Frame {
    const frame = new Frame(caller, upvalues, isTail, this.chunk);
    const { machine } = this;
    machine.frame = frame;
    machine.budget--;
    const parameters = this.#parameters;
    for (let i = 0; i < parameters.length; i++) {
      const place = parameters[i] as number;
      if ((place & 1) === 0) frame.slots[place >> 1] = args[i];
      else frame.boxes[place >> 1] = { value: args[i] };
    }
    if (this.#hasVarargs) frame.varargs = parameters.length === 0 ? args : args.slice(parameters.length);
    return frame;
  }
}

/** A function of Lua. */
export class LuaClosure extends LuaFunction {
  readonly isNative = false as const;
  readonly prototype: Prototype;
  readonly upvalues: readonly Box[];

  /** Made by the code of the function around it. */
  constructor(prototype: Prototype, upvalues: readonly Box[]) {
    super();
    this.prototype = prototype;
    this.upvalues = upvalues;
  }

  call(args: readonly LuaValue[]): LuaValue[] {
    const { prototype } = this;
    const { machine } = prototype;
    const caller = machine.frame;
    const frame = prototype.enter(args, this.upvalues, caller, false);
    if (machine.budget < 0) machine.spent(frame, prototype.line);
    let result = prototype.body(frame);
    while (result === TAIL) {
      const callee = machine.tailFunction as LuaClosure;
      result = callee.#run(callee.prototype.enter(machine.tailArgs, callee.upvalues, caller, true));
    }
    machine.frame = caller;
    return result ?? [];
  }

  override begin(args: readonly LuaValue[]): LuaValue[] | Resumable<LuaValue[]> {
    const { machine } = this.prototype;
    const caller = machine.frame;
    const outcome = this.#start(this.prototype.enter(args, this.upvalues, caller, false));
    if (isPending(outcome) || outcome === TAIL) return finish(machine, caller, outcome);
    machine.frame = caller;
    return outcome ?? [];
  }

  #run(frame: Frame): LuaValue[] | undefined {
    const { machine, line } = this.prototype;
    if (machine.budget < 0) machine.spent(frame, line);
    return this.prototype.body(frame);
  }

  #start(frame: Frame): LuaValue[] | undefined | Resumable<LuaValue[] | undefined> {
    const { prototype } = this;
    const { machine } = prototype;
    return machine.budget < 0 && machine.pauses(frame, prototype.line) ? afterPause(() => prototype.steps(frame)) : prototype.steps(frame);
  }

  /** Begins what another function of Lua called as its last thing. */
  startTail(args: readonly LuaValue[], caller: Frame): LuaValue[] | undefined | Resumable<LuaValue[] | undefined> {
    return this.#start(this.prototype.enter(args, this.upvalues, caller, true));
  }
}

function* afterPause(start: () => LuaValue[] | undefined | Resumable<LuaValue[] | undefined>): Generator<Paused, LuaValue[] | undefined, readonly LuaValue[]> {
  yield;
  const outcome = start();
  return isPending(outcome) ? yield* outcome : outcome;
}

function* finish(machine: Machine, caller: Frame, outcome: LuaValue[] | Resumable<LuaValue[] | undefined>): Generator<Paused, LuaValue[], readonly LuaValue[]> {
  let result = isPending(outcome) ? yield* outcome : outcome;
  while (result === TAIL) {
    const next = (machine.tailFunction as LuaClosure).startTail(machine.tailArgs, caller);
    result = isPending(next) ? yield* next : next;
  }
  machine.frame = caller;
  return result ?? [];
}
