/**
 * `CONFIG`. Missing: `REWRITE`, as there is no file.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { bulk, errorReply, OK, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';
import { helpReply, subcommandsOf } from './help.ts';

const HELP: readonly string[] = [
  'GET <pattern>', '    Return parameters matching the glob-like <pattern> and their values.',
  'SET <directive> <value>', '    Set the configuration <directive> to <value>.',
  'RESETSTAT', '    Reset statistics reported by the INFO command.',
  'REWRITE', '    Rewrite the configuration file.',
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
      return helpReply('CONFIG', HELP);
  }
}

/** The row of `CONFIG`. */
export const CONFIG_COMMANDS: CommandGroup = {
  config: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.0.0',
    reply: ['map', 'simple', 'array'], subcommands: subcommandsOf('config'), run: config,
  },
};
