/**
 * `EVAL`'s scripts: the cache by SHA1, and the interpreter they share (`eval.c` of Redis 7.0).
 *
 * Left out: the debugger. `redis.breakpoint` and `redis.debug` do what they do without one.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Reply } from '../reply.ts';
import { compile } from './chunk.ts';
import { Interpreter } from './interpreter.ts';
import { LuaTable } from './lua-table.ts';
import { LuaError, type LuaFunction, type LuaValue } from './lua-value.ts';
import { plainText, USER_SCRIPT } from './machine.ts';
import { redisLibrary } from './redis-library.ts';
import { fillGlobals } from './sandbox.ts';
import { readEvalShebang, type ScriptFlag } from './script-flags.ts';
import type { ScriptRequest } from './script-run.ts';
import type { Scripts } from './scripts.ts';
import { sha1Hex } from './sha1-hex.ts';

/** A script that was compiled. */
export interface EvalScript {
  readonly digest: Bytes;
  readonly body: LuaFunction;
  /** Undefined without a shebang. */
  readonly flags: ReadonlySet<ScriptFlag> | undefined;
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
      const script = { digest: sha1Hex(source), body: compile(this.#interpreter.machine, shebang.body, USER_SCRIPT), flags: shebang.flags };
      this.#scripts.set(script.digest, script);
      this.#byText.set(source, script);
      return script;
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      return { error: `ERR Error compiling script (new function): ${plainText(error.value)}` };
    }
  }

  /** Runs a script. */
  run(script: EvalScript, request: Omit<ScriptRequest, 'kind' | 'name' | 'flags'>, keys: readonly Bytes[], args: readonly Bytes[]): Reply {
    const { globals } = this.#interpreter.machine;
    const prepare = (): LuaValue[] => {
      globals.set('KEYS', LuaTable.from(keys));
      globals.set('ARGV', LuaTable.from(args));
      return [];
    };
    return this.#host.run({ ...request, kind: 'eval', name: script.digest, flags: script.flags }, { interpreter: this.#interpreter, body: script.body, prepare, hasMemory: false });
  }

  #anew(): Interpreter {
    const interpreter = new Interpreter();
    fillGlobals(interpreter, interpreter.machine.globals, redisLibrary(interpreter.machine, this.#host, true));
    return interpreter;
  }
}
