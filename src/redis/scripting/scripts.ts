/**
 * Where an engine's scripts and functions live and run (`script.c` and `script_lua.c` of Redis 7.0): the call from a script into
 * the engine, its end, and the texts of errors.
 *
 * Time is counted in steps (calls, turns of loops, steps of pattern matching), never by a clock: the same script takes as long on
 * every run. A script begins in its plain form, which cannot pause. One that goes on for long is left, and begins again in the
 * resumable form, its commands answering what they have answered already; as it is deterministic it comes to the same place. From
 * `busy-reply-threshold` on it pauses, and others are told that the server is busy. Where nobody can give it further turns (in
 * process, inside a transaction, in a simulation) it ends after a number of steps as if it had been killed.
 *
 * Left out: the debugger, and recursion as deep as the real one's (some 16,000 calls): ours ends where the host's stack does, after a
 * thousand or more, with the same error.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';
import { Connection, type ConnectionRole } from '../connections/connection.ts';
import type { Effect } from '../effects.ts';
import type { Engine } from '../engine.ts';
import { ERROR } from '../errors.ts';
import { formatDouble } from '../bytes/floats.ts';
import { errorReply, OK, WAITING, type Reply } from '../reply.ts';
import { isPending } from './closure.ts';
import { asCounted, COUNTED, errorTable, luaOf, replyOf } from './conversion.ts';
import { EvalScripts } from './eval-scripts.ts';
import { FunctionLibraries } from './function-libraries.ts';
import type { Interpreter } from './interpreter.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, ScriptAbandoned, ScriptKilled, type LuaFunction, type LuaValue, type Resumable } from './lua-value.ts';
import { Frame, hostLimit, KILLED, plainText, textOf, type Machine } from './machine.ts';
import type { ScriptCalls } from './redis-library.ts';
import type { ScriptFlag } from './script-flags.ts';
import { ScriptRun, type ScriptRequest } from './script-run.ts';

/** How many steps stand for a millisecond of a real server. */
const STEPS_PER_MS = 10_000;
/** What a script may take where it cannot pause: about what ten seconds of a real server execute. */
const STEPS_MAX = 100_000_000;
/** How long a script runs in its plain form, before it begins again in the resumable one. */
const PLAIN_STEPS = 2_000_000;
/** How long it runs at a stretch when others wait. */
const SLICE_STEPS = 100_000;

/** What is run: a compiled script and what it finds. */
export interface Runnable {
  /** `EVAL` and its kin run it, or `FCALL` and its kin. */
  readonly kind: 'eval' | 'function';
  /** The script's SHA1, or the function's name. */
  readonly name: Bytes;
  /** Undefined for a script without a shebang. */
  readonly flags: ReadonlySet<ScriptFlag> | undefined;
  readonly interpreter: Interpreter;
  readonly body: LuaFunction;
  /** Puts keys and arguments in place, new each time. @returns what the body is called with */
  prepare(keys: readonly Bytes[], args: readonly Bytes[]): LuaValue[];
  /** It may not begin again: it would find what it has left behind. */
  readonly hasMemory: boolean;
}

/** A script that has paused, and keeps everybody waiting. */
interface BusyScript {
  readonly run: ScriptRun;
  readonly rest: Resumable<LuaValue[]>;
  /** The instant at which it began: time stands still for it. */
  readonly now: number;
  effects: readonly Effect[];
}

/** The scripts of one engine. */
export class Scripts implements ScriptCalls {
  readonly #engine: Engine;
  /** `EVAL`'s cache. */
  readonly evals: EvalScripts;
  /** The libraries that `FUNCTION LOAD` brought. */
  readonly functions: FunctionLibraries;
  /** What is being executed. */
  current: ScriptRun | undefined = undefined;
  #busy: BusyScript | undefined = undefined;
  /** The clients that scripts act as, one at a time. */
  readonly #client = scriptConnection('client');
  readonly #primary = scriptConnection('primary');
  /** `busy-reply-threshold`, in milliseconds; 0: nobody is told that the server is busy. */
  #threshold = 0;

  /** None yet. */
  constructor(engine: Engine) {
    this.#engine = engine;
    const { configuration } = engine;
    this.#threshold = configuration.number('busy-reply-threshold');
    configuration.onChange('busy-reply-threshold', (value) => { this.#threshold = Number(value); });
    this.evals = new EvalScripts(this);
    this.functions = new FunctionLibraries(this);
  }

  /** A script has run for longer than `busy-reply-threshold`: others are refused. */
  get isBusy(): boolean {
    return this.#busy !== undefined;
  }

  /** The script that keeps others waiting, if any. */
  get busy(): ScriptRun | undefined {
    return this.#busy?.run;
  }

  /** How long the busy script has run, in milliseconds as they are counted here. */
  get busyDuration(): number {
    return Math.floor((this.#busy?.run.steps ?? 0) / STEPS_PER_MS);
  }

  /** What those are told who ask for anything else. */
  get busyError(): string {
    return `BUSY Redis is busy running a script. You can only call ${this.busy?.request.runnable.kind === 'eval' ? 'SCRIPT' : 'FUNCTION'} KILL or SHUTDOWN NOSAVE.`;
  }

  /** `SCRIPT KILL` and `FUNCTION KILL` */
  kill(kind: 'eval' | 'function'): Reply {
    const { busy } = this;
    if (busy === undefined) return errorReply('NOTBUSY No scripts in execution right now.');
    if (busy.hasWritten) {
      return errorReply('UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.');
    }
    if (busy.request.runnable.kind !== kind) return errorReply(this.busyError);
    busy.isKilled = true;
    return OK;
  }

  /** Drops the busy script where it stands: its server ends. */
  abandon(): void {
    this.#busy = undefined;
    this.current = undefined;
  }

  /**
   * Runs a compiled script.
   *
   * @returns its reply; `waiting` when it has paused and its connection gets the reply later
   */
  run(request: ScriptRequest): Reply {
    const refusal = this.#refusesToStart(request);
    if (refusal !== undefined) return errorReply(refusal);
    const { caller, runnable, keys, args } = request;
    const run = new ScriptRun(request, caller.role === 'client' ? this.#client : this.#primary);
    const { machine } = runnable.interpreter;
    const canPause = caller.defer !== undefined && !caller.isExecuting && this.#threshold > 0;
    this.current = run;
    machine.frame = new Frame(undefined, [], false);
    machine.thread = undefined;
    try {
      if (canPause && runnable.hasMemory) return this.#resumable(run);
      const restore = canPause ? runnable.interpreter.snapshot() : undefined;
      machine.whenSpent = canPause ? 'abandon' : 'kill';
      run.isRecording = canPause;
      machine.budget = canPause ? PLAIN_STEPS : STEPS_MAX;
      try {
        return this.#held(run, replyOf(runnable.body.call(runnable.prepare(keys, args))[0], run.protocol));
      } catch (error) {
        if (!(error instanceof ScriptAbandoned)) return failed(error, machine, run);
        restore?.();
        run.replay();
        return this.#resumable(run);
      }
    } finally {
      this.current = undefined;
    }
  }

  /** A reply, or `waiting` when the script slept: time does not pass while it runs, but before its reply comes. */
  #held({ request: { caller, command }, sleeps }: ScriptRun, reply: Reply): Reply {
    if (sleeps === 0 || caller.isExecuting || caller.role !== 'client') return reply;
    this.#engine.held.hold({ connection: caller, args: command, reply, until: Math.ceil(this.#engine.now + sleeps) });
    return WAITING;
  }

  /** Runs a script so that it can pause. */
  #resumable(run: ScriptRun): Reply {
    const { runnable, keys, args } = run.request;
    const { machine } = runnable.interpreter;
    machine.frame = new Frame(undefined, [], false);
    machine.thread = undefined;
    machine.whenSpent = 'pause';
    machine.budget = SLICE_STEPS;
    let rest: LuaValue[] | Resumable<LuaValue[]>;
    try {
      rest = runnable.body.begin(runnable.prepare(keys, args));
    } catch (error) {
      return failed(error, machine, run);
    }
    if (!isPending(rest)) return replyOf(rest[0], run.protocol);
    const reply = this.#go(run, machine, rest, this.#threshold * STEPS_PER_MS);
    if (reply !== undefined) return reply;
    this.#busy = { run, rest, now: this.#engine.now, effects: this.#engine.effects.take() };
    this.#later(run);
    return WAITING;
  }

  /** Runs a script up to a number of steps. @returns its reply, if it has ended */
  #go(run: ScriptRun, machine: Machine, rest: Resumable<LuaValue[]>, until: number): Reply | undefined {
    try {
      while (run.steps < until) {
        machine.budget = SLICE_STEPS;
        const step = run.isKilled ? rest.throw(new ScriptKilled(KILLED)) : rest.next([]);
        run.steps += SLICE_STEPS - machine.budget;
        if (step.done === true) return replyOf(step.value[0], run.protocol);
      }
      return undefined;
    } catch (error) {
      return failed(error, machine, run);
    }
  }

  #later(run: ScriptRun): void {
    run.request.caller.defer?.(() => { this.#slice(); });
  }

  /** Goes on with the busy script for a while. */
  #slice(): void {
    const busy = this.#busy;
    if (busy === undefined) return;
    const { run, rest } = busy;
    this.#engine.resume(busy.now, busy.effects, () => {
      this.current = run;
      const reply = this.#go(run, run.request.runnable.interpreter.machine, rest, run.steps + SLICE_STEPS);
      this.current = undefined;
      if (reply === undefined) {
        busy.effects = this.#engine.effects.take();
        return;
      }
      this.#busy = undefined;
      run.request.caller.deliver(reply);
    });
    if (this.#busy !== undefined) this.#later(run);
  }

  /** `redis.call` and `redis.pcall`: an error is a table with `err`. */
  call(args: readonly LuaValue[]): { readonly value: LuaValue; readonly isError: boolean } {
    const run = this.current as ScriptRun;
    const words = wordsOf(args);
    if (!Array.isArray(words)) return { value: errorTable(words as Bytes), isError: true };
    const remembered = run.remembered();
    const reply = remembered ?? this.#answer(run, words);
    if (run.isRecording) run.replies.push(reply);
    const value = luaOf(reply, run.protocol);
    if (reply.kind === 'error' && value instanceof LuaTable) value.set(COUNTED, true);
    return { value, isError: reply.kind === 'error' };
  }

  /** `redis.acl_check_cmd` @returns undefined when there is no such command */
  permits(args: readonly LuaValue[]): boolean | { readonly error: Bytes } {
    const words = wordsOf(args);
    if (!Array.isArray(words)) return { error: words as Bytes };
    const command = this.#engine.resolve(words);
    if (command === undefined) return { error: 'ERR Invalid command passed to redis.acl_check_cmd()' };
    const { user } = (this.current as ScriptRun).request.caller;
    return user === undefined || user.check(command, words).kind === 'allowed';
  }

  #answer(run: ScriptRun, words: readonly Bytes[]): Reply {
    const command = this.#engine.resolve(words);
    const refusal = this.#refusal(run, command, words);
    if (command !== undefined && refusal === undefined) return this.#execute(run, command, words);
    this.#engine.log.statistics.failed(command, 'rejected', refusal ?? '');
    return errorReply(refusal ?? '');
  }

  #execute(run: ScriptRun, command: Command, words: readonly Bytes[]): Reply {
    if (command.isWrite) run.hasWritten = true;
    run.connection.protocol = run.protocol;
    this.#engine.effects.destinations = run.replicates;
    const reply = this.#engine.call(run.connection, command, words);
    this.#engine.effects.sendEverywhere();
    return reply;
  }

  #refusesToStart({ runnable: { flags }, isReadOnly }: ScriptRequest): string | undefined {
    if (flags !== undefined && isReadOnly && !flags.has('no-writes')) return 'ERR Can not execute a script with write flag using *_ro command.';
    return undefined;
  }

  /** Why a command that a script calls is not even tried, if so. */
  #refusal(run: ScriptRun, command: Command | undefined, words: readonly Bytes[]): string | undefined {
    if (command === undefined) return 'ERR Unknown Redis command called from script';
    if (command.arity > 0 ? words.length !== command.arity : words.length < -command.arity) return 'ERR Wrong number of args calling Redis command from script';
    const engine = this.#engine;
    if (command.flags.includes('noscript') && !engine.scriptsMayDoAnything) return 'ERR This Redis command is not allowed from script';
    const denied = engine.admission.forbidden(run.request.caller, command, words, 'lua');
    if (denied !== undefined) return `ERR The user executing the script ${DENIED[denied]}`;
    if (run.isReadOnly && (command.isWrite || command.flags.includes('may_replicate'))) return 'ERR Write commands are not allowed from read-only scripts.';
    if (command.isWrite && !run.hasWritten && run.request.caller.role === 'client') {
      const refusal = engine.server?.refusesWrite(run.request.caller);
      if (refusal !== undefined) return refusal === ERROR.readOnly ? 'READONLY You can\'t write against a read only replica.' : refusal;
    }
    const { limit, isOutOfMemory } = engine.eviction;
    const needsRoom = limit > 0 && isOutOfMemory && !run.hasWritten && command.flags.includes('denyoom');
    if (needsRoom && run.request.caller.role === 'client' && run.request.runnable.flags?.has('allow-oom') !== true) return ERROR.outOfMemory;
    return undefined;
  }
}

/** What a script hears of what its user may not do. */
const DENIED = {
  command: "can't run this command or subcommand",
  key: "can't access at least one of the keys mentioned in the command arguments",
  channel: "can't publish to the channel mentioned in the command",
} as const;

function scriptConnection(role: ConnectionRole): Connection {
  const connection = new Connection(0, role, () => undefined);
  connection.isExecuting = true;
  connection.isScript = true;
  connection.authenticated = true;
  return connection;
}

/** The words of a command, or the error for which there are none. */
function wordsOf(args: readonly LuaValue[]): readonly Bytes[] | Bytes {
  if (args.length === 0) return 'ERR Please specify at least one argument for this redis lib call';
  const words: Bytes[] = [];
  for (const arg of args) {
    if (typeof arg === 'string') words.push(arg);
    // All digits of a number, and not those that Lua prints.
    else if (typeof arg === 'number') words.push(Number.isNaN(arg) ? '-nan' : formatDouble(arg));
    else return 'ERR Lua redis lib command arguments must be strings or integers';
  }
  return words;
}

/** What a script that threw answers. */
function failed(error: unknown, machine: Machine, { request: { runnable: { name } } }: ScriptRun): Reply {
  if (error instanceof RangeError) return failure(machine, `${machine.frame.chunk.name}:${machine.frame.site?.line ?? 1}: ${hostLimit(error)}`, name);
  if (!(error instanceof LuaError)) throw error;
  return failure(machine, error.value, name);
}

/** What Redis's error handler makes of a thrown value. */
function failure(machine: Machine, thrown: LuaValue, name: Bytes): Reply {
  let frame: Frame | undefined = machine.frame;
  // One of ours is not where it happened, but who called it.
  while (frame !== undefined && frame.site === undefined) frame = frame.caller;
  const line = frame?.site?.line;
  const text = thrown instanceof LuaTable ? thrown.get('err') : `ERR ${plainText(machine.toText(thrown))}`;
  const message = typeof text === 'string' ? text : typeof text === 'number' ? textOf(text) : 'ERR unknown error';
  const reply = errorReply(line === undefined ? message : `${message} script: ${name}, on ${frame?.chunk.source ?? ''}:${line}.`);
  return thrown instanceof LuaTable ? asCounted(reply, thrown) : reply;
}
