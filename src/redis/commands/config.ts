/**
 * `CONFIG`. Missing: `REWRITE`, as there is no file.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { bulk, bulks, errorReply, OK, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';

const HELP: readonly string[] = [
  'CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'GET <pattern>',
  '    Return parameters matching the glob-like <pattern> and their values.',
  'SET <directive> <value>',
  '    Set the configuration <directive> to <value>.',
  'RESETSTAT',
  '    Reset statistics reported by the INFO command.',
  'REWRITE',
  '    Rewrite the configuration file.',
  'HELP',
  '    Print this help.',
];

function config({ engine }: Call, args: readonly Bytes[]): Reply {
  switch (keyword(args[1])) {
    case 'get':
      return { kind: 'map', items: engine.configuration.matching(args.slice(2)).map(bulk) };
    case 'set': {
      if (args.length % 2 !== 0) return errorReply(ERROR.syntax);
      const refusal = engine.configuration.set(args.slice(2));
      return refusal === undefined ? OK : errorReply(refusal);
    }
    case 'resetstat':
      engine.resetStatistics();
      return OK;
    case 'rewrite':
      return errorReply('ERR The server is running without a config file');
    default:
      return bulks(HELP);
  }
}

/** The row of `CONFIG`. */
export const CONFIG_COMMANDS: CommandGroup = {
  config: {
    arity: -2, flags: ['admin', 'noscript', 'loading', 'stale'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '2.0.0',
    reply: ['map', 'simple', 'array'], subcommands: { get: -3, set: -4, resetstat: 2, rewrite: 2, help: 2 }, run: config,
  },
};
