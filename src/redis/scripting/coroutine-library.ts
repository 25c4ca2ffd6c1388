/**
 * `coroutine` of Lua 5.1. A coroutine runs its function in the resumable form, also when the script around it does not. As in
 * 5.1 nothing yields across `pcall`, a metamethod, the iterator of a loop, or a function of ours that calls back.
 *
 * @module
 */
import { isPending } from './closure.ts';
import { library, native, type Arguments } from './library.ts';
import type { LuaTable } from './lua-table.ts';
import { LuaError, LuaFunction, LuaThread, ScriptKilled, type LuaValue, type Paused, type Resumable } from './lua-value.ts';
import { Frame, hostLimit, textOf, type Machine } from './machine.ts';

const BARRIER = 'attempt to yield across metamethod/C-call boundary';

/** What it costs of a script's budget to switch. */
const SWITCH_STEPS = 10;

type Resumed = { readonly values: readonly LuaValue[] } | { readonly error: LuaValue };

/** Runs a coroutine up to its next yield or its end. */
function* resume(machine: Machine, thread: LuaThread, args: readonly LuaValue[]): Generator<Paused, Resumed, readonly LuaValue[]> {
  if (thread.status !== 'suspended') return { error: `cannot resume ${thread.status === 'dead' ? 'dead' : thread.status} coroutine` };
  const { frame: outer, thread: previous } = machine;
  machine.step(SWITCH_STEPS);
  if (previous !== undefined) previous.status = 'normal';
  thread.status = 'running';
  machine.thread = thread;
  try {
    let values: readonly LuaValue[] = args;
    if (thread.rest === undefined) {
      machine.frame = new Frame(undefined, [], false);
      const outcome = thread.body.begin(args);
      if (!isPending(outcome)) {
        thread.status = 'dead';
        return { values: outcome };
      }
      thread.rest = outcome;
      values = [];
    } else {
      machine.frame = thread.frame as Frame;
    }
    for (;;) {
      const step = thread.rest.next(values);
      if (step.done === true) {
        thread.status = 'dead';
        return { values: step.value };
      }
      if (step.value !== undefined) {
        thread.frame = machine.frame;
        thread.status = 'suspended';
        return { values: step.value };
      }
      yield;
      values = [];
    }
  } catch (error) {
    thread.status = 'dead';
    if (error instanceof ScriptKilled) throw error;
    if (error instanceof LuaError) return { error: error.value };
    if (error instanceof RangeError) return { error: hostLimit(error) };
    throw error;
  } finally {
    machine.thread = previous;
    if (previous !== undefined) previous.status = 'running';
    machine.frame = outer;
  }
}

/** Runs something that may pause from where nothing can. */
function toItsEnd<T>(pending: Resumable<T>): T {
  for (;;) {
    const step = pending.next([]);
    if (step.done === true) return step.value;
  }
}

/** Makes `coroutine`. */
export function coroutineLibrary(machine: Machine): LuaTable {
  const threadAt = (args: Arguments): LuaThread => {
    const value = args.at(1);
    return value instanceof LuaThread ? value : machine.badArgument(1, 'coroutine expected');
  };
  const create = (args: Arguments): LuaThread => {
    const body = args.at(1);
    return body instanceof LuaFunction && !body.isNative ? new LuaThread(body) : machine.badArgument(1, 'Lua function expected');
  };
  const told = (resumed: Resumed): LuaValue[] => ('error' in resumed ? [false, resumed.error] : [true, ...resumed.values]);
  const wrapped = (resumed: Resumed): LuaValue[] => {
    if (!('error' in resumed)) return [...resumed.values];
    const { error } = resumed;
    throw new LuaError(typeof error === 'string' || typeof error === 'number' ? machine.where(1) + textOf(error) : error);
  };
  function* map(pending: Resumable<Resumed>, as: (resumed: Resumed) => LuaValue[]): Generator<Paused, LuaValue[], readonly LuaValue[]> {
    return as(yield* pending);
  }
  function* pause(values: readonly LuaValue[]): Generator<Paused, LuaValue[], readonly LuaValue[]> {
    const { frame } = machine;
    const given = yield values;
    machine.frame = frame;
    return [...given];
  }
  const table = library(machine, {
    create: (args) => [create(args)],
    status: (args) => [threadAt(args).status],
    running: () => (machine.thread === undefined ? [] : [machine.thread]),
  });
  table.set('resume', native(
    machine,
    (args) => told(toItsEnd(resume(machine, threadAt(args), args.values.slice(1)))),
    (args) => map(resume(machine, threadAt(args), args.values.slice(1)), told),
  ));
  table.set('wrap', native(machine, (args) => {
    const thread = create(args);
    return [native(
      machine,
      (given) => wrapped(toItsEnd(resume(machine, thread, given.values))),
      (given) => map(resume(machine, thread, given.values), wrapped),
    )];
  }));
  table.set('yield', native(
    machine,
    () => machine.failBare(BARRIER),
    (args) => (machine.thread === undefined || machine.thread.barriers > 0 ? machine.failBare(BARRIER) : pause(args.values)),
  ));
  return table;
}
