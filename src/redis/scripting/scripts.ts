/**
 * Where an engine's scripts and functions live and run (`script.c` and `script_lua.c` of Redis 7.0): the call from a script into
 * the engine, its end, and the texts of errors.
 *
 * A script has a budget of steps (calls, turns of loops, steps of pattern matching) in place of time.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Command } from '../command.ts';
import type { Engine } from '../engine.ts';
import { ERROR } from '../errors.ts';
import { formatDouble } from '../floats.ts';
import { errorReply, type Reply } from '../reply.ts';
import { errorTable, luaOf, replyOf } from './conversion.ts';
import { EvalScripts } from './eval-scripts.ts';
import { FunctionLibraries } from './function-libraries.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, type LuaFunction, type LuaValue } from './lua-value.ts';
import { Frame, plainText, textOf, type Machine } from './machine.ts';
import type { ScriptCalls } from './redis-library.ts';
import { ScriptRun, type ScriptRequest } from './script-run.ts';

/** About what five seconds of a real server execute. */
const STEPS_MAX = 50_000_000;

/** The scripts of one engine. */
export class Scripts implements ScriptCalls {
  readonly #engine: Engine;
  /** `EVAL`'s cache. */
  readonly evals: EvalScripts;
  /** The libraries that `FUNCTION LOAD` brought. */
  readonly functions: FunctionLibraries;
  /** What is being executed. */
  current: ScriptRun | undefined = undefined;

  /** None yet. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.evals = new EvalScripts(this);
    this.functions = new FunctionLibraries(this);
  }

  /**
   * Runs a compiled script.
   *
   * @param machine - the one that compiled it
   */
  run(request: ScriptRequest, machine: Machine, body: LuaFunction, args: readonly LuaValue[]): Reply {
    const refusal = this.#refusesToStart(request);
    if (refusal !== undefined) return errorReply(refusal);
    const run = new ScriptRun(request);
    this.current = run;
    machine.frame = new Frame(undefined, [], false);
    machine.budget = STEPS_MAX;
    try {
      return replyOf(body.call(args)[0], run.protocol);
    } catch (error) {
      if (error instanceof RangeError) return failure(machine, `${machine.frame.chunk.name}:${machine.frame.site?.line ?? 1}: stack overflow`, request.name);
      if (!(error instanceof LuaError)) throw error;
      return failure(machine, error.value, request.name);
    } finally {
      this.current = undefined;
    }
  }

  /** `redis.call` and `redis.pcall`: an error is a table with `err`. */
  call(args: readonly LuaValue[]): { readonly value: LuaValue; readonly isError: boolean } {
    const run = this.current as ScriptRun;
    const words = wordsOf(args);
    if (!Array.isArray(words)) return { value: errorTable(words as Bytes), isError: true };
    const command = this.#engine.resolve(words);
    const refusal = this.#refusal(run, command, words);
    const reply = command === undefined || refusal !== undefined ? errorReply(refusal ?? '') : this.#execute(run, command, words);
    const value = luaOf(reply, run.protocol);
    if (reply.kind === 'error' && value instanceof LuaTable) value.set('ignore_error_stats_update', true);
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

  #execute(run: ScriptRun, command: Command, words: readonly Bytes[]): Reply {
    if (command.isWrite) run.hasWritten = true;
    run.connection.protocol = run.protocol;
    this.#engine.replicates = run.replicates;
    const reply = this.#engine.call(run.connection, command, words);
    this.#engine.replicates = 3;
    return reply;
  }

  #refusesToStart({ flags, isReadOnly }: ScriptRequest): string | undefined {
    if (flags !== undefined && isReadOnly && !flags.has('no-writes')) return 'ERR Can not execute a script with write flag using *_ro command.';
    return undefined;
  }

  /** Why a command that a script calls is not even tried, if so. */
  #refusal(run: ScriptRun, command: Command | undefined, words: readonly Bytes[]): string | undefined {
    if (command === undefined) return 'ERR Unknown Redis command called from script';
    if (command.arity > 0 ? words.length !== command.arity : words.length < -command.arity) return 'ERR Wrong number of args calling Redis command from script';
    const engine = this.#engine;
    if (command.flags.includes('noscript') && !engine.scriptsMayDoAnything) return 'ERR This Redis command is not allowed from script';
    const denied = engine.forbidden(run.request.caller, command, words, 'lua');
    if (denied !== undefined) return `ERR The user executing the script ${DENIED[denied]}`;
    if (run.isReadOnly && (command.isWrite || command.flags.includes('may_replicate'))) return 'ERR Write commands are not allowed from read-only scripts.';
    if (command.isWrite && !run.hasWritten && run.request.caller.role === 'client') {
      const refusal = engine.server?.refusesWrite(run.request.caller);
      if (refusal !== undefined) return refusal === ERROR.readOnly ? 'READONLY You can\'t write against a read only replica.' : refusal;
    }
    return undefined;
  }
}

/** What a script hears of what its user may not do. */
const DENIED = {
  command: "can't run this command or subcommand",
  key: "can't access at least one of the keys mentioned in the command arguments",
  channel: "can't publish to the channel mentioned in the command",
} as const;

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

/** What Redis's error handler makes of a thrown value. */
function failure(machine: Machine, thrown: LuaValue, name: Bytes): Reply {
  let frame: Frame | undefined = machine.frame;
  // One of ours is not where it happened, but who called it.
  while (frame !== undefined && frame.site === undefined) frame = frame.caller;
  const line = frame?.site?.line;
  const text = thrown instanceof LuaTable ? thrown.get('err') : `ERR ${plainText(machine.toText(thrown))}`;
  const message = typeof text === 'string' ? text : typeof text === 'number' ? textOf(text) : 'ERR unknown error';
  return errorReply(line === undefined ? message : `${message} script: ${name}, on ${frame?.chunk.source ?? ''}:${line}.`);
}
