/**
 * Libraries of functions and the interpreter they share (`functions.c` and `function_lua.c` of Redis 7.0). While a library is
 * loaded it sees little more than `redis.register_function`; its functions, when called, see what scripts see.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { LuaClosure } from './closure.ts';
import { compile } from './chunk.ts';
import { errorTable } from './conversion.ts';
import { Interpreter } from './interpreter.ts';
import type { Arguments } from './library.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, LuaFunction, LuaThread, ScriptKilled, type LuaValue } from './lua-value.ts';
import { Frame, hostLimit, plainText, textOf, USER_FUNCTION } from './machine.ts';
import { loadingLibrary, redisLibrary } from './redis-library.ts';
import { fillGlobals, guardTable } from './sandbox.ts';
import { readLibraryShebang, SCRIPT_FLAGS, type ScriptFlag } from './script-flags.ts';
import type { Runnable, Scripts } from './scripts.ts';

/** What a library says of a function. */
interface Registration {
  readonly name: Bytes;
  readonly description: Bytes | undefined;
  readonly flags: ReadonlySet<ScriptFlag>;
  readonly body: LuaFunction;
}

/** A function. */
export class LibraryFunction implements Runnable {
  readonly kind = 'function' as const;
  readonly interpreter: Interpreter;
  readonly name: Bytes;
  readonly description: Bytes | undefined;
  readonly flags: ReadonlySet<ScriptFlag>;
  readonly body: LuaFunction;
  /** What it does may hang on what was called before: variables of its library can change. */
  readonly hasMemory: boolean;

  /** Made while its library is loaded. */
  constructor(interpreter: Interpreter, { name, description, flags, body }: Registration) {
    this.interpreter = interpreter;
    this.name = name;
    this.description = description;
    this.flags = flags;
    this.body = body;
    this.hasMemory = hasMemory(body);
  }

  /** Keys and arguments are the function's arguments. */
  prepare(keys: readonly Bytes[], args: readonly Bytes[]): LuaValue[] {
    return [LuaTable.from(keys), LuaTable.from(args)];
  }
}

/** A library. */
export interface FunctionLibrary {
  readonly name: Bytes;
  /** All of it, as it was loaded. */
  readonly code: Bytes;
  readonly functions: ReadonlyMap<Bytes, LibraryFunction>;
}

/** What happens to libraries that are there already when others are restored. */
export type RestorePolicy = 'flush' | 'append' | 'replace';

/** The only engine there is. */
export const ENGINE_NAME = 'LUA';

/** `FUNCTION LOAD` may take half a second. */
const LOAD_STEPS_MAX = 5_000_000;
/** What a restored library may take: nobody waits for it less long than for a script. */
const RESTORE_STEPS_MAX = 50_000_000;
const BAD_NAME = 'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';

function isName(name: Bytes): boolean {
  return /^[a-zA-Z0-9_]+$/.test(name);
}

/** Why something could not be loaded; it never leaves this file. */
class Refused extends LuaError {}

function refuse(message: Bytes): never {
  throw new Refused(message);
}

/** The libraries of one engine. */
export class FunctionLibraries {
  readonly #interpreter = new Interpreter();
  /** The metatable of globals; where it points is what scripts see. */
  readonly #view = new LuaTable();
  readonly #scriptGlobals = new LuaTable();
  readonly #loadGlobals = new LuaTable();
  #libraries = new Map<Bytes, FunctionLibrary>();
  /** By their names in lower case. */
  #functions = new Map<Bytes, LibraryFunction>();
  /** What the library being loaded has registered. */
  #registering: Map<Bytes, LibraryFunction> | undefined = undefined;

  /** None. */
  constructor(host: Scripts) {
    const { machine } = this.#interpreter;
    fillGlobals(this.#interpreter, this.#scriptGlobals, redisLibrary(machine, host, false));
    const redis = loadingLibrary(machine, (args) => this.#register(args));
    redis.metatable = guardTable(machine);
    redis.isReadOnly = true;
    this.#loadGlobals.set('redis', redis);
    this.#loadGlobals.metatable = guardTable(machine);
    this.#loadGlobals.isReadOnly = true;
    this.#view.set('__index', this.#scriptGlobals);
    this.#view.isReadOnly = true;
    machine.globals.metatable = this.#view;
    machine.globals.isReadOnly = true;
  }

  /** The libraries in the order in which they came. */
  get libraries(): Iterable<FunctionLibrary> {
    return this.#libraries.values();
  }

  /** `number_of_libraries` */
  get libraryCount(): number {
    return this.#libraries.size;
  }

  /** `number_of_functions` */
  get functionCount(): number {
    return this.#functions.size;
  }

  /** A function by its name in any case. */
  get(name: Bytes): LibraryFunction | undefined {
    return this.#functions.get(name.toLowerCase());
  }

  /** `FUNCTION FLUSH` */
  flush(): void {
    this.#libraries = new Map();
    this.#functions = new Map();
  }

  /** `FUNCTION DELETE` @returns whether there was such a library */
  delete(name: Bytes): boolean {
    const library = this.#libraries.get(name);
    if (library !== undefined) this.#unlink(library);
    return library !== undefined;
  }

  /** `FUNCTION LOAD` @returns the library's name, or why it is not loaded, without a code */
  load(code: Bytes, replaces: boolean, isLimited: boolean): { readonly name: Bytes } | { readonly error: Bytes } {
    return this.#allOrNothing(() => this.#load(code, replaces, isLimited ? LOAD_STEPS_MAX : RESTORE_STEPS_MAX));
  }

  /** `FUNCTION RESTORE`: all libraries or none. */
  restore(codes: readonly Bytes[], policy: RestorePolicy): { readonly error: Bytes } | undefined {
    const result = this.#allOrNothing(() => {
      const [libraries, functions] = [this.#libraries, this.#functions];
      this.flush();
      for (const code of codes) this.#load(code, false, RESTORE_STEPS_MAX);
      const restored = this.#libraries;
      if (policy === 'flush') return '';
      [this.#libraries, this.#functions] = [new Map(libraries), new Map(functions)];
      for (const name of restored.keys()) {
        const old = this.#libraries.get(name);
        if (old !== undefined && policy === 'append') refuse(`Library ${name} already exists`);
        if (old !== undefined) this.#unlink(old);
      }
      for (const library of restored.values()) this.#refuseCollisions(library);
      for (const library of restored.values()) this.#link(library);
      return '';
    });
    return 'error' in result ? result : undefined;
  }

  #allOrNothing(change: () => Bytes): { readonly name: Bytes } | { readonly error: Bytes } {
    const [libraries, functions] = [this.#libraries, this.#functions];
    [this.#libraries, this.#functions] = [new Map(libraries), new Map(functions)];
    try {
      return { name: change() };
    } catch (error) {
      [this.#libraries, this.#functions] = [libraries, functions];
      if (!(error instanceof Refused)) throw error;
      return { error: plainText(error.value) };
    }
  }

  #load(code: Bytes, replaces: boolean, stepsMax: number): Bytes {
    const shebang = readLibraryShebang(code);
    if ('error' in shebang) return refuse(shebang.error);
    const { engine, name, body } = shebang;
    if (!isName(name)) refuse(BAD_NAME);
    if (engine.toUpperCase() !== ENGINE_NAME) refuse(`Engine '${engine}' not found`);
    const old = this.#libraries.get(name);
    if (old !== undefined && !replaces) refuse(`Library '${name}' already exists`);
    if (old !== undefined) this.#unlink(old);
    const library: FunctionLibrary = { name, code, functions: this.#functionsOf(body, stepsMax) };
    if (library.functions.size === 0) refuse('No functions registered');
    this.#refuseCollisions(library);
    this.#link(library);
    return name;
  }

  /** Runs a library's code, and gives what it registers. */
  #functionsOf(body: Bytes, stepsMax: number): ReadonlyMap<Bytes, LibraryFunction> {
    const { machine } = this.#interpreter;
    let chunk: LuaFunction;
    try {
      chunk = compile(machine, body, USER_FUNCTION);
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return refuse(`Error compiling function: ${plainText(error.value)}`);
    }
    const registered = new Map<Bytes, LibraryFunction>();
    this.#registering = registered;
    this.#view.set('__index', this.#loadGlobals);
    machine.frame = new Frame(undefined, [], false);
    machine.budget = stepsMax;
    try {
      chunk.call([]);
    } catch (error) {
      if (error instanceof ScriptKilled) refuse('Error registering functions: ERR FUNCTION LOAD timeout');
      if (error instanceof RangeError) refuse(`Error registering functions: ERR ${hostLimit(error)}`);
      if (!(error instanceof LuaError)) throw error;
      const thrown = error.value instanceof LuaTable ? error.value.get('err') : undefined;
      refuse(`Error registering functions: ${typeof thrown === 'string' ? thrown : `ERR ${plainText(error.value)}`}`);
    } finally {
      this.#view.set('__index', this.#scriptGlobals);
      this.#registering = undefined;
    }
    return registered;
  }

  /** `redis.register_function` */
  #register(args: Arguments): LuaValue[] {
    const fail = (message: Bytes): never => { throw new LuaError(errorTable(`ERR ${message}`)); };
    const registering = this.#registering;
    if (registering === undefined) return fail('redis.register_function can only be called on FUNCTION LOAD command');
    if (args.count < 1 || args.count > 2) return fail('wrong number of arguments to redis.register_function');
    const made = args.count === 1 ? namedFunction(args.at(1), fail) : positionalFunction(args, fail);
    if (!isName(made.name)) fail(BAD_NAME);
    if (registering.has(made.name)) fail('Function already exists in the library');
    registering.set(made.name, new LibraryFunction(this.#interpreter, made));
    return [];
  }

  #refuseCollisions(library: FunctionLibrary): void {
    for (const name of library.functions.keys()) if (this.#functions.has(name.toLowerCase())) refuse(`Function ${name} already exists`);
  }

  #link(library: FunctionLibrary): void {
    this.#libraries.set(library.name, library);
    for (const [name, made] of library.functions) this.#functions.set(name.toLowerCase(), made);
  }

  #unlink(library: FunctionLibrary): void {
    this.#libraries.delete(library.name);
    for (const name of library.functions.keys()) this.#functions.delete(name.toLowerCase());
  }
}

/** Whether a function, or one that it can call, keeps what may change: a table of its library's, or a variable that is assigned to. */
function hasMemory(body: LuaValue, seen: Set<LuaValue> = new Set()): boolean {
  if (body instanceof LuaTable) return !body.isReadOnly;
  if (body instanceof LuaThread) return true;
  if (!(body instanceof LuaClosure) || seen.has(body)) return false;
  seen.add(body);
  return body.prototype.assignsUpvalues || body.upvalues.some(({ value }) => hasMemory(value, seen));
}

/** A string, or a number as one. */
function stringOf(value: LuaValue): Bytes | undefined {
  return typeof value === 'string' || typeof value === 'number' ? textOf(value) : undefined;
}

function positionalFunction(args: Arguments, fail: (message: Bytes) => never): Registration {
  const name = stringOf(args.at(1)) ?? fail('first argument to redis.register_function must be a string');
  const body = args.at(2);
  if (!(body instanceof LuaFunction)) return fail('second argument to redis.register_function must be a function');
  return { name, description: undefined, flags: new Set(), body };
}

function namedFunction(given: LuaValue, fail: (message: Bytes) => never): Registration {
  if (!(given instanceof LuaTable)) {
    return fail('calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).');
  }
  let name: Bytes | undefined;
  let description: Bytes | undefined;
  let body: LuaFunction | undefined;
  let flags: ReadonlySet<ScriptFlag> = new Set();
  for (const [key, value] of given.entries()) {
    switch ((stringOf(key) ?? fail('named argument key given to redis.register_function is not a string')).toLowerCase()) {
      case 'function_name':
        name = stringOf(value) ?? fail('function_name argument given to redis.register_function must be a string');
        break;
      case 'description':
        description = stringOf(value) ?? fail('description argument given to redis.register_function must be a string');
        break;
      case 'callback':
        body = value instanceof LuaFunction ? value : fail('callback argument given to redis.register_function must be a function');
        break;
      case 'flags':
        if (!(value instanceof LuaTable)) return fail('flags argument to redis.register_function must be a table representing function flags');
        flags = flagsOf(value, fail);
        break;
      default:
        fail('unknown argument given to redis.register_function');
    }
  }
  if (name === undefined) return fail('redis.register_function must get a function name argument');
  if (body === undefined) return fail('redis.register_function must get a callback argument');
  return { name, description, flags, body };
}

function flagsOf(list: LuaTable, fail: (message: Bytes) => never): ReadonlySet<ScriptFlag> {
  const flags = new Set<ScriptFlag>();
  for (let i = 1; ; i++) {
    const item = list.get(i);
    if (item === undefined) return flags;
    const wanted = stringOf(item)?.toLowerCase();
    flags.add(SCRIPT_FLAGS.find((flag) => flag === wanted) ?? fail('unknown flag given'));
  }
}
