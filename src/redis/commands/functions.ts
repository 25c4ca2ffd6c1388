/**
 * Functions: `FUNCTION`, `FCALL` and `FCALL_RO`.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup, type KeyPositions } from '../command.ts';
import { ERROR } from '../errors.ts';
import { EMPTY_ARRAY, errorReply, OK, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';

function functions(_: Call, args: readonly Bytes[]): Reply {
  switch (keyword(args[1])) {
    case 'flush':
      if (args.length > 2 && !['sync', 'async'].includes(keyword(args[2]))) return errorReply('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
      return OK;
    case 'list':
      return EMPTY_ARRAY;
    case 'kill':
      return errorReply('NOTBUSY No scripts in execution right now.');
    default:
      return errorReply(ERROR.syntax);
  }
}

const KEYS: KeyPositions = { kind: 'counted', count: 2 };
const CATEGORIES = ['scripting'] as const;
const ANYTHING = ['simple', 'integer', 'bulk', 'nil', 'array', 'map', 'set', 'double'] as const;

const call = (): Reply => errorReply('ERR Function not found');

/** The rows of functions. */
export const FUNCTION_COMMANDS: CommandGroup = {
  fcall: {
    arity: -3, flags: ['noscript', 'stale', 'movablekeys', 'may_replicate', 'skip_monitor', 'no_mandatory_keys'], keys: KEYS, categories: CATEGORIES, since: '7.0.0', reply: ANYTHING, run: call,
  },
  fcall_ro: {
    arity: -3, flags: ['noscript', 'stale', 'readonly', 'movablekeys', 'skip_monitor', 'no_mandatory_keys'], keys: KEYS, categories: CATEGORIES, since: '7.0.0', reply: ANYTHING, run: call,
  },
  function: {
    arity: -2, flags: ['noscript'], keys: NO_KEYS, categories: CATEGORIES, since: '7.0.0', reply: ['simple', 'bulk', 'array', 'map'],
    subcommands: { delete: 3, dump: 2, flush: -2, help: 2, kill: 2, list: -2, load: -3, restore: -3, stats: 2 }, run: functions,
  },
};
