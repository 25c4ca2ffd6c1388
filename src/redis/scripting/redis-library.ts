/**
 * `redis`, as scripts of Redis 7.0 see it.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import { errorTable, fieldTable } from './conversion.ts';
import { library } from './library.ts';
import type { LuaTable } from './lua-table.ts';
import { LuaError, type LuaValue } from './lua-value.ts';
import { textOf, type Machine } from './machine.ts';
import { sha1Hex } from './sha1-hex.ts';

/** What the library needs of whoever runs scripts. */
export interface ScriptCalls {
  protocol: 2 | 3;
  /** Executes a command. */
  call(args: readonly LuaValue[]): { readonly value: LuaValue; readonly isError: boolean };
}

const LEVELS: Readonly<Record<string, number>> = {
  LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3, REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3,
};

/** What a command costs of a script's budget: about as much time as so many turns of a loop. */
const CALL_STEPS = 20;

/** An error table from a text that may begin with `-CODE`; without a code it gets `ERR`. */
function errorOf(text: Bytes): LuaTable {
  const trimmed = text.replace(/[\r\n]+$/, '');
  if (!trimmed.startsWith('-')) return errorTable(`ERR ${trimmed}`);
  return errorTable(trimmed.includes(' ') ? trimmed.slice(1) : `ERR ${trimmed.slice(1)}`);
}

function raise(text: Bytes): never {
  throw new LuaError(errorOf(text));
}

/** Makes `redis`. */
export function redisLibrary(machine: Machine, host: ScriptCalls): LuaTable {
  const table = library(machine, {
    call: (args) => {
      machine.step(CALL_STEPS);
      const { value, isError } = host.call(args.values);
      if (isError) throw new LuaError(value);
      return [value];
    },
    pcall: (args) => {
      machine.step(CALL_STEPS);
      return [host.call(args.values).value];
    },
    log: (args) => {
      if (args.count < 2) raise('redis.log() requires two arguments or more.');
      const level = args.at(1);
      if (typeof level !== 'number') return raise('First argument must be a number (log level).');
      if (level < 0 || level > 3) raise('Invalid debug level.');
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
    setresp: (args) => {
      if (args.count !== 1) raise('redis.setresp() requires one argument.');
      const version = args.integer(1);
      if (version !== 2 && version !== 3) return raise('RESP version must be 2 or 3.');
      host.protocol = version;
      return [];
    },
    set_repl: (args) => {
      if (args.count !== 1) raise('redis.set_repl() requires two arguments.');
      const flags = args.integer(1);
      if (flags < 0 || flags > 3) raise('Invalid replication flags. Please use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
      return [];
    },
    replicate_commands: () => [true],
    breakpoint: () => [false],
    debug: () => [],
    acl_check_cmd: () => [true],
  });
  for (const [name, value] of Object.entries(LEVELS)) table.set(name, value);
  table.set('REDIS_VERSION', '7.0.15');
  table.set('REDIS_VERSION_NUM', 0x07_000f);
  return table;
}
