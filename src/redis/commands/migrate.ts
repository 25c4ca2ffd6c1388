/**
 * `MIGRATE`, partly: its arguments are read and its keys looked for as the real one does, but no other instance can be reached from
 * here: where there is something to send, the answer is that of a real server whose target does not listen.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import type { CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { errorReply, type Reply } from '../reply.ts';
import { integerArgument, keyword } from './arguments.ts';

function migrate(call: Call, args: readonly Bytes[]): Reply {
  const [, , , key = '', database, timeout] = args;
  let keys: readonly Bytes[] = [key];
  for (let i = 6; i < args.length; i++) {
    const word = keyword(args[i]);
    const left = args.length - i - 1;
    if (word === 'copy' || word === 'replace') continue;
    if (word === 'auth' && left >= 1) {
      i++;
    } else if (word === 'auth2' && left >= 2) {
      i += 2;
    } else if (word === 'keys') {
      if (key !== '') return errorReply('ERR When using MIGRATE KEYS option, the key argument must be set to the empty string');
      keys = args.slice(i + 1);
      break;
    } else {
      return errorReply(ERROR.syntax);
    }
  }
  integerArgument(timeout);
  integerArgument(database);
  const isAnyThere = keys.some((name) => call.read(name) !== undefined);
  return isAnyThere ? errorReply('IOERR error or timeout writing to target instance') : { kind: 'simple', text: 'NOKEY' };
}

/** The row of `MIGRATE`. */
export const MIGRATE_COMMANDS: CommandGroup = {
  migrate: {
    arity: -6, flags: ['write', 'movablekeys'], keys: { kind: 'range', first: 3, last: 3, step: 1 }, categories: ['keyspace', 'dangerous'], since: '2.6.0',
    reply: ['simple'], run: migrate,
  },
};
