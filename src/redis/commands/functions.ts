/**
 * Functions: `FUNCTION`, `FCALL` and `FCALL_RO`. A function replicates its effects; libraries replicate as they were loaded.
 * Libraries are listed in the order in which they came; the real server's order is that of a hash table.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandFlag, type CommandGroup, type KeyPositions } from '../command.ts';
import type { Engine } from '../engine.ts';
import { globMatches } from '../bytes/glob.ts';
import { parseInt64 } from '../bytes/int64.ts';
import { isWhole } from '../persistence/rdb-object.ts';
import { dumpFunctions, restoreFunctions } from '../persistence/rdb-functions.ts';
import { array, bulk, bulkOrNil, bulks, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { ENGINE_NAME, type FunctionLibrary, type RestorePolicy } from '../scripting/function-libraries.ts';
import { commandFlags, SCRIPT_FLAGS } from '../scripting/script-flags.ts';
import { keyword } from './arguments.ts';
import { scriptsOf } from './scripting.ts';

function callFunction(call: Call, args: readonly Bytes[], isReadOnly: boolean): Reply {
  call.propagateAs();
  const scripts = scriptsOf(call.engine);
  const called = scripts.functions.get(args[1] as Bytes);
  if (called === undefined) return errorReply('ERR Function not found');
  const count = parseInt64(args[2] ?? '');
  if (count === undefined) return errorReply('ERR Bad number of keys provided');
  if (count > args.length - 3) return errorReply("ERR Number of keys can't be greater than number of args");
  if (count < 0) return errorReply("ERR Number of keys can't be negative");
  const keysEnd = 3 + Number(count);
  return scripts.run({ runnable: called, caller: call.connection, command: args, isReadOnly, keys: args.slice(3, keysEnd), args: args.slice(keysEnd) });
}

const HELP: readonly string[] = [
  'FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'LOAD [REPLACE] <FUNCTION CODE>', '    Create a new library with the given library name and code.',
  'DELETE <LIBRARY NAME>', '    Delete the given library.',
  'LIST [LIBRARYNAME PATTERN] [WITHCODE]', '    Return general information on all the libraries:',
  '    * Library name', '    * The engine used to run the Library', '    * Library description', '    * Functions list', '    * Library code (if WITHCODE is given)',
  '    It also possible to get only function that matches a pattern using LIBRARYNAME argument.',
  'STATS', '    Return information about the current function running:',
  '    * Function name', '    * Command used to run the function', '    * Duration in MS that the function is running',
  '    If no function is running, return nil', '    In addition, returns a list of available engines.',
  'KILL', '    Kill the current running function.',
  'FLUSH [ASYNC|SYNC]', '    Delete all the libraries.',
  '    When called without the optional mode argument, the behavior is determined by the', '    lazyfree-lazy-user-flush configuration directive. Valid modes are:',
  '    * ASYNC: Asynchronously flush the libraries.', '    * SYNC: Synchronously flush the libraries.',
  'DUMP', '    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command',
  'RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]',
  '    Restore the libraries represented by the given payload, it is possible to give a restore policy to', '    control how to handle existing libraries (default APPEND):',
  '    * FLUSH: delete all existing libraries.',
  '    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.',
  '    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old',
  '      libraries with the new libraries (notice that even on this option there is a chance of failure',
  '      in case of functions name collision with another library).',
  'HELP', '    Prints this help.',
];

function subcommandSyntax(args: readonly Bytes[]): Reply {
  return errorReply(`ERR unknown subcommand or wrong number of arguments for '${args[1] ?? ''}'. Try FUNCTION HELP.`);
}

function load(call: Call, args: readonly Bytes[]): Reply {
  const options = args.slice(2, -1);
  const unknown = options.find((option) => keyword(option) !== 'replace');
  if (unknown !== undefined) return errorReply(`ERR Unknown option given: ${unknown}`);
  const { functions } = scriptsOf(call.engine);
  const loaded = functions.load(args.at(-1) ?? '', options.length > 0, call.connection.role === 'client');
  if ('error' in loaded) return errorReply(`ERR ${loaded.error}`);
  call.dirty++;
  return bulk(loaded.name);
}

function describe(library: FunctionLibrary, withCode: boolean): Reply {
  const functions = [...library.functions.values()].map(({ name, description, flags }): Reply => ({
    kind: 'map',
    items: [
      bulk('name'), bulk(name), bulk('description'), bulkOrNil(description),
      bulk('flags'), { kind: 'set', items: SCRIPT_FLAGS.filter((flag) => flags.has(flag)).map((text): Reply => ({ kind: 'simple', text })) },
    ],
  }));
  return {
    kind: 'map',
    items: [
      bulk('library_name'), bulk(library.name), bulk('engine'), bulk(ENGINE_NAME), bulk('functions'), array(functions),
      ...(withCode ? [bulk('library_code'), bulk(library.code)] : []),
    ],
  };
}

function list({ engine }: Call, args: readonly Bytes[]): Reply {
  let withCode = false;
  let pattern: Bytes | undefined;
  for (let i = 2; i < args.length; i++) {
    const word = keyword(args[i]);
    if (!withCode && word === 'withcode') {
      withCode = true;
    } else if (pattern === undefined && word === 'libraryname') {
      pattern = args[++i];
      if (pattern === undefined) return errorReply('ERR library name argument was not given');
    } else {
      return errorReply(`ERR Unknown argument ${args[i] ?? ''}`);
    }
  }
  const wanted = pattern?.toLowerCase();
  const found = [...scriptsOf(engine).functions.libraries].filter(({ name }) => wanted === undefined || globMatches(wanted, name.toLowerCase()));
  return array(found.map((library) => describe(library, withCode)));
}

function stats({ engine }: Call): Reply {
  const { functions, busy, busyDuration, busyError } = scriptsOf(engine);
  if (busy?.request.runnable.kind === 'eval') return errorReply(busyError);
  const running: Reply = busy === undefined ? NIL : {
    kind: 'map',
    items: [bulk('name'), bulk(busy.request.runnable.name), bulk('command'), bulks(busy.request.command), bulk('duration_ms'), integer(busyDuration)],
  };
  const counts: Reply = { kind: 'map', items: [bulk('libraries_count'), integer(functions.libraryCount), bulk('functions_count'), integer(functions.functionCount)] };
  return { kind: 'map', items: [bulk('running_script'), running, bulk('engines'), { kind: 'map', items: [bulk(ENGINE_NAME), counts] }] };
}

const POLICIES: readonly RestorePolicy[] = ['append', 'replace', 'flush'];

function restore(call: Call, args: readonly Bytes[]): Reply {
  if (args.length > 4) return subcommandSyntax(args);
  const policy = args.length === 4 ? POLICIES.find((name) => name === keyword(args[3])) : 'append';
  if (policy === undefined) return errorReply('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.');
  const payload = args[2] ?? '';
  if (!isWhole(payload)) return errorReply('ERR DUMP payload version or checksum are wrong');
  const read = restoreFunctions(payload);
  const refused = 'error' in read ? read : scriptsOf(call.engine).functions.restore(read.codes, policy);
  if (refused !== undefined) return errorReply(`ERR ${refused.error}`);
  call.dirty++;
  return OK;
}

function flush(call: Call, args: readonly Bytes[]): Reply {
  if (args.length > 3) return subcommandSyntax(args);
  if (args.length === 3 && !['sync', 'async'].includes(keyword(args[2]))) return errorReply('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
  call.engine.scripts?.functions.flush();
  call.dirty++;
  return OK;
}

function functionCommand(call: Call, args: readonly Bytes[]): Reply {
  switch (keyword(args[1])) {
    case 'load':
      return load(call, args);
    case 'delete':
      if (!scriptsOf(call.engine).functions.delete(args[2] as Bytes)) return errorReply('ERR Library not found');
      call.dirty++;
      return OK;
    case 'flush':
      return flush(call, args);
    case 'list':
      return list(call, args);
    case 'stats':
      return stats(call);
    case 'dump':
      return bulk(dumpFunctions([...scriptsOf(call.engine).functions.libraries].map(({ code }) => code)));
    case 'restore':
      return restore(call, args);
    case 'kill':
      return scriptsOf(call.engine).kill('function');
    default:
      return array(HELP.map((text): Reply => ({ kind: 'simple', text })));
  }
}

const KEYS: KeyPositions = { kind: 'counted', count: 2 };
const CATEGORIES = ['scripting'] as const;
const ANYTHING = ['simple', 'integer', 'bulk', 'nil', 'array', 'map', 'set', 'double', 'boolean', 'big-number', 'verbatim', 'waiting'] as const;
const FCALL_FLAGS: readonly CommandFlag[] = ['noscript', 'stale', 'movablekeys', 'may_replicate', 'skip_monitor', 'no_mandatory_keys'];
const FCALL_RO_FLAGS: readonly CommandFlag[] = ['noscript', 'stale', 'readonly', 'movablekeys', 'skip_monitor', 'no_mandatory_keys'];

/** What a function's flags make of those of the command that calls it. */
function flagsOf(flags: readonly CommandFlag[]): (engine: Engine, args: readonly Bytes[]) => readonly CommandFlag[] {
  return (engine, args) => {
    const called = engine.scripts?.functions.get(args[1] ?? '');
    return called === undefined ? flags : commandFlags(flags, called.flags);
  };
}

/** The rows of functions. */
export const FUNCTION_COMMANDS: CommandGroup = {
  fcall: {
    arity: -3, flags: FCALL_FLAGS, keys: KEYS, categories: CATEGORIES, since: '7.0.0', reply: ANYTHING, flagsOf: flagsOf(FCALL_FLAGS),
    run: (call, args) => callFunction(call, args, false),
  },
  fcall_ro: {
    arity: -3, flags: FCALL_RO_FLAGS, keys: KEYS, categories: CATEGORIES, since: '7.0.0', reply: ANYTHING, flagsOf: flagsOf(FCALL_RO_FLAGS),
    run: (call, args) => callFunction(call, args, true),
  },
  function: {
    arity: -2, flags: ['noscript'], keys: NO_KEYS, categories: CATEGORIES, since: '7.0.0', reply: ['simple', 'bulk', 'array', 'map'],
    subcommands: { delete: 3, dump: 2, flush: -2, help: 2, kill: 2, list: -2, load: -3, restore: -3, stats: 2 },
    run: functionCommand,
  },
};
