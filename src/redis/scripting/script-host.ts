/**
 * Where an engine's scripts live and run (`eval.c`, `script.c` and `script_lua.c` of Redis 7.0): the cache by SHA1, the sandbox
 * with its read-only globals, the call from a script into the engine, and the texts of errors.
 *
 * A script has a budget of steps (calls, turns of loops, steps of pattern matching) in place of `lua-time-limit` and a human
 * with `SCRIPT KILL`: one that uses it up ends as if it had been killed, and what it had written stays written. Real Redis
 * answers others with BUSY meanwhile; here nothing else happens while a script runs.
 *
 * Left out: `coroutine`, the debugger, `redis.set_repl` (effects are always replicated), `redis.acl_check_cmd` (everything is
 * allowed), functions (`FUNCTION`, `FCALL`). RESP3's booleans, big numbers and verbatim strings do not exist in our replies.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import { Connection } from '../connection.ts';
import type { Engine } from '../engine.ts';
import { ERROR } from '../errors.ts';
import { formatDouble } from '../floats.ts';
import { errorReply, type Reply } from '../reply.ts';
import { baseFunctions, mathLibrary, ScriptRandom, tableLibrary } from './base-library.ts';
import { bitLibrary } from './bit.ts';
import { cjsonLibrary } from './cjson.ts';
import { compile } from './compile.ts';
import { errorTable, luaOf, replyOf } from './conversion.ts';
import { cmsgpackLibrary } from './cmsgpack.ts';
import { native } from './library.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, type LuaFunction, type LuaValue } from './lua-value.ts';
import { Frame, Machine, plainText, textOf, USER_SCRIPT } from './machine.ts';
import { redisLibrary } from './redis-library.ts';
import { sha1Hex } from './sha1-hex.ts';
import { stringLibrary } from './string-library.ts';
import { structLibrary } from './struct.ts';

/** About what five seconds of a real server execute. */
const STEPS_MAX = 50_000_000;

/** A script that was compiled. */
interface Script {
  readonly run: LuaFunction;
  readonly readOnly: boolean;
}

const FLAGS = new Set(['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys']);

/** The scripts of one engine. */
export class ScriptHost {
  readonly #engine: Engine;
  readonly #machine = new Machine();
  readonly #random = new ScriptRandom();
  readonly #scripts = new Map<Bytes, Script>();
  /** The client scripts act as; `SELECT` in a script moves nobody else. */
  #connection: Connection = new Connection(0, 'client', () => undefined);
  #caller: Connection = this.#connection;
  #readOnly = false;
  /** What `redis.setresp` chose. */
  protocol: 2 | 3 = 2;

  /** Builds the sandbox. */
  constructor(engine: Engine) {
    this.#engine = engine;
    const machine = this.#machine;
    const { globals } = machine;
    for (const [name, run] of Object.entries(baseFunctions(machine))) globals.set(name, native(machine, run));
    const text = stringLibrary(machine);
    const metatable = new LuaTable();
    metatable.set('__index', text);
    machine.stringMetatable = metatable;
    const libraries: Readonly<Record<string, LuaTable>> = {
      string: text,
      table: tableLibrary(machine),
      math: mathLibrary(machine, this.#random),
      bit: bitLibrary(machine),
      cjson: cjsonLibrary(machine),
      cmsgpack: cmsgpackLibrary(machine),
      struct: structLibrary(machine),
      redis: redisLibrary(machine, this),
    };
    for (const [name, table] of Object.entries(libraries)) {
      globals.set(name, table);
      table.isReadOnly = true;
    }
    globals.set('_G', globals);
    globals.set('_VERSION', 'Lua 5.1');
    const guard = new LuaTable();
    guard.set('__index', native(machine, (args) => {
      const name = args.at(2);
      return machine.fail(`Script attempted to access nonexistent global variable '${typeof name === 'string' || typeof name === 'number' ? textOf(name) : ''}'`);
    }));
    guard.isReadOnly = true;
    metatable.isReadOnly = true;
    globals.metatable = guard;
    globals.isReadOnly = true;
  }

  /** Whether a script is in the cache. */
  has(digest: Bytes): boolean {
    return this.#scripts.has(digest.toLowerCase());
  }

  /** `SCRIPT FLUSH` */
  flush(): void {
    this.#scripts.clear();
  }

  /** Compiles a script into the cache. @returns its SHA1, or the error it does not compile for */
  load(source: Bytes): { readonly digest: Bytes } | { readonly error: Bytes } {
    const digest = sha1Hex(source);
    if (this.#scripts.has(digest)) return { digest };
    const shebang = readShebang(source);
    if ('error' in shebang) return { error: shebang.error };
    try {
      const run = compile(this.#machine, shebang.body, USER_SCRIPT);
      this.#scripts.set(digest, { run, readOnly: shebang.readOnly });
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return { error: `ERR Error compiling script (new function): ${plainText(error.value)}` };
    }
    return { digest };
  }

  /**
   * Runs a script from the cache.
   *
   * @param readOnly - it may not write, whatever its own flags say
   */
  run(caller: Connection, digest: Bytes, keys: readonly Bytes[], args: readonly Bytes[], readOnly: boolean): Reply {
    const script = this.#scripts.get(digest);
    if (script === undefined) return errorReply('NOSCRIPT No matching script. Please use EVAL.');
    const machine = this.#machine;
    const connection = new Connection(0, caller.role, () => undefined);
    connection.database = caller.database;
    connection.isExecuting = true;
    connection.authenticated = true;
    this.#connection = connection;
    this.#caller = caller;
    this.#readOnly = readOnly || script.readOnly;
    this.protocol = 2;
    machine.frame = new Frame(undefined, [], false);
    machine.budget = STEPS_MAX;
    machine.globals.set('KEYS', LuaTable.from(keys));
    machine.globals.set('ARGV', LuaTable.from(args));
    try {
      return replyOf(script.run.call([])[0], this.protocol);
    } catch (error) {
      if (error instanceof RangeError) return this.#failure(`user_script:${machine.frame.site?.line ?? 1}: stack overflow`, digest);
      if (!(error instanceof LuaError)) throw error;
      return this.#failure(error.value, digest);
    }
  }

  /** `redis.call` and `redis.pcall`: an error is a table with `err`. */
  call(args: readonly LuaValue[]): { readonly value: LuaValue; readonly isError: boolean } {
    const refuse = (text: Bytes): { readonly value: LuaValue; readonly isError: boolean } => ({ value: errorTable(text), isError: true });
    if (args.length === 0) return refuse('ERR Please specify at least one argument for this redis lib call');
    const words: Bytes[] = [];
    for (const arg of args) {
      if (typeof arg === 'string') words.push(arg);
      else if (typeof arg === 'number') words.push(argumentOf(arg));
      else return refuse('ERR Lua redis lib command arguments must be strings or integers');
    }
    const engine = this.#engine;
    const command = engine.lookup(words[0] as Bytes);
    const subcommand = command?.subcommands?.[(words[1] ?? '').toLowerCase()];
    if (command === undefined || (command.subcommands !== undefined && words.length > 1 && subcommand === undefined)) {
      return refuse('ERR Unknown Redis command called from script');
    }
    const fits = (arity: number): boolean => (arity > 0 ? words.length === arity : words.length >= -arity);
    if (!fits(command.arity) || (subcommand !== undefined && !fits(subcommand))) return refuse('ERR Wrong number of args calling Redis command from script');
    if (command.flags.includes('noscript')) return refuse('ERR This Redis command is not allowed from script');
    const isWrite = command.isWrite || command.flags.includes('may_replicate');
    if (isWrite && this.#readOnly) return refuse('ERR Write commands are not allowed from read-only scripts.');
    if (command.isWrite && this.#caller.role === 'client') {
      const refusal = engine.server?.refusesWrite(this.#caller);
      if (refusal !== undefined) return refuse(refusal === ERROR.readOnly ? 'READONLY You can\'t write against a read only replica.' : refusal);
    }
    this.#connection.protocol = this.protocol;
    const reply = engine.call(this.#connection, command, words);
    const value = luaOf(reply, this.protocol);
    if (reply.kind === 'error' && value instanceof LuaTable) value.set('ignore_error_stats_update', true);
    return { value, isError: reply.kind === 'error' };
  }

  /** What Redis's error handler makes of a thrown value. */
  #failure(thrown: LuaValue, digest: Bytes): Reply {
    const machine = this.#machine;
    let frame: Frame | undefined = machine.frame;
    // One of ours is not where it happened, but who called it.
    while (frame !== undefined && frame.site === undefined) frame = frame.caller;
    const line = frame?.site?.line;
    const text = thrown instanceof LuaTable ? thrown.get('err') : `ERR ${plainText(machine.toText(thrown))}`;
    const message = typeof text === 'string' ? text : typeof text === 'number' ? textOf(text) : 'ERR unknown error';
    return errorReply(line === undefined ? message : `${message} script: ${digest}, on ${frame?.chunk.source ?? ''}:${line}.`);
  }
}

/** A number as an argument of a command: all of its digits. */
function argumentOf(value: number): Bytes {
  return Number.isNaN(value) ? '-nan' : formatDouble(value);
}

function readShebang(source: Bytes): { readonly body: Bytes; readonly readOnly: boolean } | { readonly error: Bytes } {
  if (!source.startsWith('#!')) return { body: source, readOnly: false };
  const end = source.indexOf('\n');
  if (end < 0) return { error: 'ERR Invalid script shebang' };
  const [engine = '', ...options] = source.slice(2, end).split(' ').filter((part) => part !== '');
  if (engine !== 'lua') return { error: `ERR Unexpected engine in script shebang: #!${engine}` };
  let readOnly = false;
  for (const option of options) {
    if (!option.startsWith('flags=')) return { error: `ERR Unknown lua shebang option: ${option}` };
    for (const flag of option.slice('flags='.length).split(',').filter((part) => part !== '')) {
      if (!FLAGS.has(flag)) return { error: `ERR Unexpected flag in script shebang: ${flag}` };
      if (flag === 'no-writes') readOnly = true;
    }
  }
  // The line itself stays, empty, so that lines are counted as written.
  return { body: source.slice(end), readOnly };
}
