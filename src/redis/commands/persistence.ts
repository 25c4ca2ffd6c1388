/**
 * `SAVE`, `BGSAVE`, `LASTSAVE`, `BGREWRITEAOF`, `SHUTDOWN`, and the errors of `MODULE`, `FAILOVER`.
 *
 * Modules cannot be loaded. `SHUTDOWN` asks the embedder to stop; where nobody listens the connection is closed and no more.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { EMPTY_ARRAY, errorReply, integer, OK, WAITING, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';
import { helpReply } from './objects.ts';

const simple = (text: string): Reply => ({ kind: 'simple', text });

function save({ engine }: Call): Reply {
  return engine.snapshots.save() === undefined ? OK : errorReply('ERR');
}

function bgsave({ engine }: Call, args: readonly Bytes[]): Reply {
  if (args.length > 2 || (args.length === 2 && keyword(args[1]) !== 'schedule')) return errorReply(ERROR.syntax);
  return engine.snapshots.save() === undefined ? simple('Background saving started') : errorReply('ERR');
}

function shutdown(call: Call, args: readonly Bytes[]): Reply {
  const words = new Set(args.slice(1).map(keyword));
  const isKnown = [...words].every((word) => ['save', 'nosave', 'now', 'force', 'abort'].includes(word));
  if (!isKnown || (words.has('abort') && words.size > 1) || (words.has('save') && words.has('nosave'))) return errorReply(ERROR.syntax);
  if (words.has('abort')) return errorReply('ERR No shutdown in progress.');
  const { engine, connection } = call;
  const saves = words.has('save') || (!words.has('nosave') && engine.configuration.value('save') !== '');
  if (saves && engine.snapshots.save() !== undefined && !words.has('force')) return errorReply('ERR Errors trying to SHUTDOWN. Check logs.');
  engine.server?.shutdown();
  connection.close();
  return WAITING;
}

const MODULE_HELP: readonly string[] = [
  'MODULE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:', 'LIST', '    Return a list of loaded modules.', 'LOAD <path> [<arg> ...]',
  '    Load a module library from <path>, passing to it any optional arguments.', 'LOADEX <path> [[CONFIG NAME VALUE]...] [ARGS ...]',
  '    Load a module library from <path>, while passing it module configurations and optional arguments.', 'UNLOAD <name>', '    Unload a module.', 'HELP', '    Prints this help.',
];

function module(_: Call, args: readonly Bytes[]): Reply {
  const word = keyword(args[1]);
  if (word === 'list') return EMPTY_ARRAY;
  if (word === 'help') return helpReply(MODULE_HELP);
  return errorReply('ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.');
}

function failover(_: Call, args: readonly Bytes[]): Reply {
  const words = args.slice(1).map(keyword);
  if (words.includes('abort')) return errorReply(words.length > 1 ? ERROR.syntax : 'ERR No failover in progress.');
  for (let i = 0; i < words.length; i++) {
    const left = words.length - i - 1;
    if (words[i] === 'timeout' && left >= 1) i++;
    else if (words[i] === 'to' && left >= 2) i += 2;
    else if (words[i] !== 'force') return errorReply(ERROR.syntax);
  }
  return errorReply('ERR FAILOVER requires connected replicas.');
}

const ADMIN = ['admin', 'dangerous'] as const;

/** The rows. */
export const PERSISTENCE_COMMANDS: CommandGroup = {
  save: { arity: 1, flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'], keys: NO_KEYS, categories: ADMIN, since: '1.0.0', reply: ['simple'], run: save },
  bgsave: { arity: -1, flags: ['admin', 'noscript', 'no_async_loading'], keys: NO_KEYS, categories: ADMIN, since: '1.0.0', reply: ['simple'], run: bgsave },
  lastsave: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: ADMIN, since: '1.0.0', reply: ['integer'], run: ({ engine }) => integer(Math.floor(engine.snapshots.savedAt / 1000)) },
  bgrewriteaof: {
    arity: 1, flags: ['admin', 'noscript', 'no_async_loading'], keys: NO_KEYS, categories: ADMIN, since: '1.0.0', reply: ['simple'],
    run: ({ engine }) => {
      engine.server?.rewriteFile();
      return simple('Background append only file rewriting started');
    },
  },
  shutdown: { arity: -1, flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'], keys: NO_KEYS, categories: ADMIN, since: '1.0.0', reply: ['waiting'], run: shutdown },
  module: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '4.0.0', reply: ['array', 'simple'],
    subcommands: { list: 2, load: -3, loadex: -3, unload: 3, help: 2 }, run: module,
  },
  failover: { arity: -1, flags: ['admin', 'noscript', 'stale'], keys: NO_KEYS, categories: ADMIN, since: '6.2.0', reply: ['simple'], run: failover },
};
