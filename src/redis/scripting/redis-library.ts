/**
 * `redis`, as scripts of Redis 7.0 see it.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { errorTable, fieldTable } from './conversion.ts';
import { library, type Arguments, type Native } from './library.ts';
import type { LuaTable } from './lua-table.ts';
import { LuaError, type LuaValue } from './lua-value.ts';
import { textOf, toNumber, type Machine } from './machine.ts';
import { REPLICATE_ALL, type ScriptRun } from './script-run.ts';
import { sha1Hex } from './sha1-hex.ts';

/** What the library needs of whoever runs scripts. */
export interface ScriptCalls {
  /** What is being executed; nothing while a library is loaded. */
  readonly current: ScriptRun | undefined;
  /** Executes a command. */
  call(args: readonly LuaValue[]): { readonly value: LuaValue; readonly isError: boolean };
  /** Whether the user who runs the script may call a command. */
  permits(args: readonly LuaValue[]): boolean | { readonly error: Bytes };
}

const LOG_LEVELS: Readonly<Record<string, number>> = { LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3 };
const REPLICATION: Readonly<Record<string, number>> = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 };

/** What a command costs of a script's budget: about as much time as so many turns of a loop. */
const CALL_STEPS = 40;

/** An error table from a text that may begin with `-CODE`; without a code it gets `ERR`. */
function errorOf(text: Bytes): LuaTable {
  const trimmed = text.replace(/[\r\n]+$/, '');
  if (!trimmed.startsWith('-')) return errorTable(`ERR ${trimmed}`);
  return errorTable(trimmed.includes(' ') ? trimmed.slice(1) : `ERR ${trimmed.slice(1)}`);
}

function raise(text: Bytes): never {
  throw new LuaError(errorOf(text));
}

/** `redis.log` writes nowhere: there is no log. */
function log(args: Arguments): LuaValue[] {
  if (args.count < 2) raise('redis.log() requires two arguments or more.');
  const level = toNumber(args.at(1));
  if (level === undefined) return raise('First argument must be a number (log level).');
  if (level <= -1 || level >= 4) raise('Invalid debug level.');
  return [];
}

function addConstants(table: LuaTable, constants: Readonly<Record<string, LuaValue>>): void {
  for (const [name, value] of Object.entries(constants)) table.set(name, value);
}

const VERSION: Readonly<Record<string, LuaValue>> = { REDIS_VERSION_NUM: 0x07_000f, REDIS_VERSION: '7.0.15' };

/** `redis` while a library is loaded. */
export function loadingLibrary(machine: Machine, register: Native): LuaTable {
  const table = library(machine, { register_function: register, log });
  addConstants(table, LOG_LEVELS);
  addConstants(table, VERSION);
  return table;
}

/**
 * Makes `redis`.
 *
 * @param isEval - for `EVAL`, which has the debugger's functions besides
 */
export function redisLibrary(machine: Machine, host: ScriptCalls, isEval: boolean): LuaTable {
  const running = (name: string): ScriptRun => host.current ?? raise(`${name} can only be called inside a script invocation`);
  const table = library(machine, {
    call: (args) => {
      machine.step(CALL_STEPS);
      running('redis.call/pcall');
      const { value, isError } = host.call(args.values);
      if (isError) throw new LuaError(value);
      return [value];
    },
    pcall: (args) => {
      machine.step(CALL_STEPS);
      running('redis.call/pcall');
      return [host.call(args.values).value];
    },
    log,
    setresp: (args) => {
      const run = running('redis.setresp');
      if (args.count !== 1) raise('redis.setresp() requires one argument.');
      const version = Math.trunc(toNumber(args.at(1)) ?? 0);
      if (version !== 2 && version !== 3) return raise('RESP version must be 2 or 3.');
      run.protocol = version;
      return [];
    },
    sha1hex: (args) => {
      if (args.count !== 1) raise('wrong number of arguments');
      const value = args.at(1);
      return [sha1Hex(typeof value === 'string' || typeof value === 'number' ? textOf(value) : '')];
    },
    error_reply: (args) => {
      const text = args.at(1);
      if (args.count !== 1 || typeof text !== 'string') return [errorOf('wrong number or type of arguments')];
      return [errorOf(text.startsWith('-') ? text : `-${text}`)];
    },
    status_reply: (args) => {
      const text = args.at(1);
      if (args.count !== 1 || typeof text !== 'string') return [errorOf('wrong number or type of arguments')];
      return [fieldTable('ok', text)];
    },
    set_repl: (args) => {
      const run = running('redis.set_repl');
      if (args.count !== 1) raise('redis.set_repl() requires two arguments.');
      const flags = Math.trunc(toNumber(args.at(1)) ?? 0);
      if (flags < 0 || flags > REPLICATE_ALL) raise('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
      run.replicates = flags;
      return [];
    },
    acl_check_cmd: (args) => {
      running('redis.acl_check_cmd');
      const permitted = host.permits(args.values);
      if (typeof permitted === 'boolean') return [permitted];
      throw new LuaError(errorTable(permitted.error));
    },
    ...(isEval ? { breakpoint: () => [false], debug: () => [], replicate_commands: () => [true] } : {}),
  });
  addConstants(table, LOG_LEVELS);
  addConstants(table, VERSION);
  addConstants(table, REPLICATION);
  return table;
}
