/**
 * Scripts: `EVAL` and its kin, and `SCRIPT`. A script replicates its effects, never itself. `SCRIPT DEBUG` has no debugger
 * behind it.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandFlag, type CommandGroup, type KeyPositions } from '../command.ts';
import type { Engine } from '../engine.ts';
import { ERROR } from '../errors.ts';
import { parseInt64 } from '../bytes/int64.ts';
import { array, bulk, errorReply, integer, OK, type Reply } from '../reply.ts';
import { commandFlags, readEvalShebang } from '../scripting/script-flags.ts';
import { Scripts } from '../scripting/scripts.ts';
import { keyword } from './arguments.ts';

/** The engine's scripts and functions. */
export function scriptsOf(engine: Engine): Scripts {
  return engine.scripts ??= new Scripts(engine);
}

/** Puts the libraries of a snapshot in the place of those that are there. */
export function loadLibraries(engine: Engine, codes: readonly Bytes[]): void {
  if (codes.length > 0 || engine.scripts !== undefined) scriptsOf(engine).functions.restore(codes, 'flush');
}

function evaluate(call: Call, args: readonly Bytes[], isDigest: boolean, isReadOnly: boolean): Reply {
  call.propagateAs();
  const count = parseInt64(args[2] ?? '');
  if (count === undefined) return errorReply(ERROR.notInteger);
  if (count > args.length - 3) return errorReply("ERR Number of keys can't be greater than number of args");
  if (count < 0) return errorReply("ERR Number of keys can't be negative");
  const scripts = scriptsOf(call.engine);
  const { evals } = scripts;
  const script = isDigest ? evals.get(args[1] as Bytes) : evals.load(args[1] as Bytes);
  if (script === undefined) return errorReply('NOSCRIPT No matching script. Please use EVAL.');
  if ('error' in script) return errorReply(script.error);
  const keysEnd = 3 + Number(count);
  return scripts.run({ runnable: script, caller: call.connection, command: args, isReadOnly, keys: args.slice(3, keysEnd), args: args.slice(keysEnd) });
}

const HELP: readonly string[] = [
  'SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'DEBUG (YES|SYNC|NO)', '    Set the debug mode for subsequent scripts executed.',
  'EXISTS <sha1> [<sha1> ...]', '    Return information about the existence of the scripts in the script cache.',
  'FLUSH [ASYNC|SYNC]', '    Flush the Lua scripts cache. Very dangerous on replicas.',
  '    When called without the optional mode argument, the behavior is determined by the', '    lazyfree-lazy-user-flush configuration directive. Valid modes are:',
  '    * ASYNC: Asynchronously flush the scripts cache.', '    * SYNC: Synchronously flush the scripts cache.',
  'KILL', '    Kill the currently executing Lua script.',
  'LOAD <script>', '    Load a script into the scripts cache without executing it.',
  'HELP', '    Prints this help.',
];

function script({ engine }: Call, args: readonly Bytes[]): Reply {
  const { evals } = scriptsOf(engine);
  switch (keyword(args[1])) {
    case 'load': {
      const loaded = evals.load(args[2] as Bytes);
      return 'error' in loaded ? errorReply(loaded.error) : bulk(loaded.name);
    }
    case 'exists':
      return array(args.slice(2).map((digest) => integer(evals.get(digest) === undefined ? 0 : 1)));
    case 'flush': {
      const mode = keyword(args[2] ?? 'sync');
      if (args.length > 3 || (mode !== 'sync' && mode !== 'async')) return errorReply('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
      evals.flush();
      return OK;
    }
    case 'kill':
      return scriptsOf(engine).kill('eval');
    case 'debug':
      return ['yes', 'no', 'sync'].includes(keyword(args[2])) ? OK : errorReply('ERR Use SCRIPT DEBUG YES/SYNC/NO');
    default:
      return array(HELP.map((text): Reply => ({ kind: 'simple', text })));
  }
}

const EVAL_FLAGS: readonly CommandFlag[] = ['noscript', 'stale', 'movablekeys', 'may_replicate', 'skip_monitor', 'no_mandatory_keys'];
const EVAL_RO_FLAGS: readonly CommandFlag[] = ['noscript', 'stale', 'readonly', 'movablekeys', 'skip_monitor', 'no_mandatory_keys'];
const KEYS: KeyPositions = { kind: 'counted', count: 2 };
const CATEGORIES = ['scripting'] as const;
const ANYTHING = ['simple', 'integer', 'bulk', 'nil', 'array', 'map', 'set', 'double', 'boolean', 'big-number', 'verbatim', 'waiting'] as const;

/** What a script's shebang makes of the flags of the command that runs it. */
function flagsOf(isDigest: boolean, flags: readonly CommandFlag[]): (engine: Engine, args: readonly Bytes[]) => readonly CommandFlag[] {
  return (engine, args) => {
    const text = args[1] ?? '';
    const known = isDigest ? engine.scripts?.evals.get(text) : engine.scripts?.evals.find(text);
    const shebang = known ?? (isDigest ? undefined : readEvalShebang(text));
    return shebang === undefined || 'error' in shebang || shebang.flags === undefined ? flags : commandFlags(flags, shebang.flags);
  };
}

/** The rows of scripts. */
export const SCRIPTING_COMMANDS: CommandGroup = {
  eval: {
    arity: -3, flags: EVAL_FLAGS, keys: KEYS, categories: CATEGORIES, since: '2.6.0', reply: ANYTHING, flagsOf: flagsOf(false, EVAL_FLAGS),
    run: (call, args) => evaluate(call, args, false, false),
  },
  evalsha: {
    arity: -3, flags: EVAL_FLAGS, keys: KEYS, categories: CATEGORIES, since: '2.6.0', reply: ANYTHING, flagsOf: flagsOf(true, EVAL_FLAGS),
    run: (call, args) => evaluate(call, args, true, false),
  },
  eval_ro: {
    arity: -3, flags: EVAL_RO_FLAGS, keys: KEYS, categories: CATEGORIES, since: '7.0.0', reply: ANYTHING, flagsOf: flagsOf(false, EVAL_RO_FLAGS),
    run: (call, args) => evaluate(call, args, false, true),
  },
  evalsha_ro: {
    arity: -3, flags: EVAL_RO_FLAGS, keys: KEYS, categories: CATEGORIES, since: '7.0.0', reply: ANYTHING, flagsOf: flagsOf(true, EVAL_RO_FLAGS),
    run: (call, args) => evaluate(call, args, true, true),
  },
  script: {
    arity: -2, flags: ['noscript'], keys: NO_KEYS, categories: CATEGORIES, since: '2.6.0', reply: ['simple', 'bulk', 'array'],
    subcommands: { load: 3, exists: -3, flush: -2, kill: 2, debug: 3, help: 2 }, run: script,
  },
};
