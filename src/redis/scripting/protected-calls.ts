/**
 * `pcall` and `xpcall`. Redis's own `pcall` gives an error of a command as its text.
 *
 * @module
 */
import { isPending } from './closure.ts';
import { native, type Arguments } from './library.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, ScriptKilled, type LuaFunction, type LuaValue, type Paused, type Resumable } from './lua-value.ts';
import { Frame, hostLimit, type Machine } from './machine.ts';

/** What `pcall` costs of a script's budget. */
const PROTECTED_STEPS = 10;

/** What is called, with what, and what becomes of an error. */
interface Protected {
  readonly callee: LuaValue;
  readonly args: readonly LuaValue[];
  readonly handle: (error: LuaValue) => LuaValue;
}

/** Calls, and gives what `pcall` gives. */
class ProtectedCalls {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  run({ callee, args, handle }: Protected): LuaValue[] {
    const machine = this.#machine;
    const { frame } = machine;
    machine.step(PROTECTED_STEPS);
    try {
      return [true, ...machine.inNative(() => machine.call(callee, args))];
    } catch (error) {
      return this.#failed(error, frame, handle);
    }
  }

  *begin({ callee, args, handle }: Protected): Generator<Paused, LuaValue[], readonly LuaValue[]> {
    const machine = this.#machine;
    const { frame, thread } = machine;
    machine.step(PROTECTED_STEPS);
    if (thread !== undefined) thread.barriers++;
    try {
      machine.frame = new Frame(frame, [], false);
      const outcome = machine.begin(callee, args);
      const values = isPending(outcome) ? yield* outcome : outcome;
      machine.frame = frame;
      return [true, ...values];
    } catch (error) {
      return this.#failed(error, frame, handle);
    } finally {
      if (thread !== undefined) thread.barriers--;
    }
  }

  #failed(error: unknown, frame: Frame, handle: (error: LuaValue) => LuaValue): LuaValue[] {
    if (error instanceof ScriptKilled || !(error instanceof LuaError || error instanceof RangeError)) throw error;
    const handled = handle(error instanceof LuaError ? error.value : `${this.#machine.where(1)}${hostLimit(error)}`);
    this.#machine.frame = frame;
    return [false, handled];
  }
}

/** `pcall` and `xpcall`. */
export function protectedFunctions(machine: Machine): Readonly<Record<string, LuaFunction>> {
  const calls = new ProtectedCalls(machine);
  const both = (read: (args: Arguments) => Protected): LuaFunction => (
    native(machine, (args) => calls.run(read(args)), (args): Resumable<LuaValue[]> => calls.begin(read(args)))
  );
  return {
    // Redis's own pcall finds its own result where the function should be.
    pcall: both((args) => ({
      callee: args.count === 0 ? true : args.at(1), args: args.values.slice(1),
      handle: (error) => {
        const text = error instanceof LuaTable ? error.get('err') : undefined;
        return typeof text === 'string' || typeof text === 'number' ? text : error;
      },
    })),
    xpcall: both((args) => {
      args.any(2);
      return { callee: args.at(1), args: [], handle: (error) => machine.call(args.at(2), [error])[0] };
    }),
  };
}
