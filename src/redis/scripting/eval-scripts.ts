/**
 * `EVAL`'s scripts: the cache by SHA1, and the interpreter they share (`eval.c` of Redis 7.0).
 *
 * Left out: the debugger. `redis.breakpoint` and `redis.debug` do what they do without one.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { compile } from './chunk.ts';
import { errorTable } from './conversion.ts';
import { Interpreter } from './interpreter.ts';
import { native } from './library.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, type LuaFunction, type LuaValue } from './lua-value.ts';
import { plainText, USER_SCRIPT } from './machine.ts';
import { redisLibrary } from './redis-library.ts';
import { fillGlobals } from './sandbox.ts';
import { readEvalShebang, type ScriptFlag } from './script-flags.ts';
import type { Runnable, Scripts } from './scripts.ts';
import { sha1Hex } from './sha1-hex.ts';

/** A script that was compiled. */
export class EvalScript implements Runnable {
  readonly kind = 'eval' as const;
  /** Its SHA1. */
  readonly name: Bytes;
  readonly interpreter: Interpreter;
  readonly body: LuaFunction;
  /** Undefined without a shebang. */
  readonly flags: ReadonlySet<ScriptFlag> | undefined;
  /** It finds nothing that another run has left. */
  readonly hasMemory = false as const;

  /** Made by the cache. */
  constructor(name: Bytes, interpreter: Interpreter, body: LuaFunction, flags: ReadonlySet<ScriptFlag> | undefined) {
    this.name = name;
    this.interpreter = interpreter;
    this.body = body;
    this.flags = flags;
  }

  /** Keys and arguments are globals. */
  prepare(keys: readonly Bytes[], args: readonly Bytes[]): LuaValue[] {
    const { globals } = this.interpreter.machine;
    globals.set('KEYS', LuaTable.from(keys));
    globals.set('ARGV', LuaTable.from(args));
    return [];
  }
}

/** The cache. */
export class EvalScripts {
  readonly #host: Scripts;
  #interpreter: Interpreter;
  readonly #scripts = new Map<Bytes, EvalScript>();
  /** By their text, as `EVAL` asks for them: a look-up costs less than a SHA1. */
  readonly #byText = new Map<Bytes, EvalScript>();

  /** Empty. */
  constructor(host: Scripts) {
    this.#host = host;
    this.#interpreter = this.#anew();
  }

  /** `number_of_cached_scripts` */
  get size(): number {
    return this.#scripts.size;
  }

  /** How long their texts are together. */
  get textBytes(): number {
    let bytes = 0;
    for (const text of this.#byText.keys()) bytes += text.length;
    return bytes;
  }

  /** A script by its SHA1. */
  get(digest: Bytes): EvalScript | undefined {
    return this.#scripts.get(digest) ?? this.#scripts.get(digest.toLowerCase());
  }

  /** A script by its text, when it is in the cache. */
  find(text: Bytes): EvalScript | undefined {
    return this.#byText.get(text);
  }

  /** `SCRIPT FLUSH`: the interpreter begins anew, with what scripts had set in its libraries. */
  flush(): void {
    this.#scripts.clear();
    this.#byText.clear();
    this.#interpreter = this.#anew();
  }

  /** Compiles a script into the cache. @returns it, or the error it does not compile for */
  load(source: Bytes): EvalScript | { readonly error: Bytes } {
    const known = this.#byText.get(source);
    if (known !== undefined) return known;
    const shebang = readEvalShebang(source);
    if ('error' in shebang) return { error: `ERR ${shebang.error}` };
    try {
      const script = new EvalScript(sha1Hex(source), this.#interpreter, compile(this.#interpreter.machine, shebang.body, USER_SCRIPT), shebang.flags);
      this.#scripts.set(script.name, script);
      this.#byText.set(source, script);
      return script;
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return { error: `ERR Error compiling script (new function): ${plainText(error.value)}` };
    }
  }

  #anew(): Interpreter {
    const interpreter = new Interpreter();
    const { machine } = interpreter;
    // Scripts can see the real one's handler of errors, and it does this when they call it.
    machine.globals.set('__redis__err__handler', native(machine, (args) => {
      const error = args.at(1);
      return [error instanceof LuaTable ? error : errorTable(`ERR ${plainText(machine.toText(error))}`)];
    }));
    fillGlobals(interpreter, machine.globals, redisLibrary(machine, this.#host, true));
    return interpreter;
  }
}
