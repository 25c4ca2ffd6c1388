/**
 * Transactions. An error inside `EXEC` undoes nothing; what is all-or-nothing is their way to replicas and to the append-only
 * file.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { ALL_KEYS, NO_KEYS, type Command, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { array, errorReply, NIL_ARRAY, OK, type Reply } from '../reply.ts';

function multi({ connection }: Call): Reply {
  if (connection.transaction !== undefined) return errorReply(ERROR.nestedMulti);
  connection.transaction = { queue: [], refused: false };
  return OK;
}

const REASONS = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments',
} as const;

/** What has become forbidden since it was queued. */
function forbidden({ engine, connection }: Call, command: Command, args: readonly Bytes[]): Reply | undefined {
  const denied = engine.admission.forbidden(connection, command, args, 'multi');
  if (denied === undefined) return undefined;
  return errorReply('NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. '
    + `This command is no longer allowed for the following reason: ${REASONS[denied]}`);
}

function exec(call: Call): Reply {
  const { connection, engine } = call;
  const { transaction } = connection;
  if (transaction === undefined) return errorReply(ERROR.execWithoutMulti);
  const isBroken = engine.watches.isBroken(connection);
  connection.transaction = undefined;
  engine.watches.forget(connection);
  if (transaction.refused) return errorReply(ERROR.execAbort);
  if (isBroken) return NIL_ARRAY;
  connection.isExecuting = true;
  const replies = transaction.queue.map(({ command, args }) => forbidden(call, command, args) ?? engine.call(connection, command, args));
  connection.isExecuting = false;
  return array(replies);
}

function discard({ connection, engine }: Call): Reply {
  if (connection.transaction === undefined) return errorReply(ERROR.discardWithoutMulti);
  connection.transaction = undefined;
  engine.watches.forget(connection);
  return OK;
}

function watch(call: Call, args: readonly Bytes[]): Reply {
  const { connection, engine } = call;
  if (connection.transaction !== undefined) return errorReply(ERROR.watchInsideMulti);
  for (const key of args.slice(1)) engine.watches.add(connection, connection.database, key);
  return OK;
}

function unwatch({ connection, engine }: Call): Reply {
  engine.watches.forget(connection);
  return OK;
}

const FLAGS = ['noscript', 'loading', 'stale', 'fast', 'allow_busy'] as const;
const TRANSACTION = ['transaction'] as const;

/** The rows of transactions. */
export const TRANSACTION_COMMANDS: CommandGroup = {
  multi: { arity: 1, flags: FLAGS, keys: NO_KEYS, categories: TRANSACTION, since: '1.2.0', reply: ['simple'], run: multi },
  exec: { arity: 1, flags: ['noscript', 'loading', 'stale', 'skip_slowlog'], keys: NO_KEYS, categories: TRANSACTION, since: '1.2.0', reply: ['array', 'nil-array'], run: exec },
  discard: { arity: 1, flags: FLAGS, keys: NO_KEYS, categories: TRANSACTION, since: '2.0.0', reply: ['simple'], run: discard },
  watch: { arity: -2, flags: FLAGS, keys: ALL_KEYS, categories: TRANSACTION, since: '2.2.0', reply: ['simple'], run: watch },
  unwatch: { arity: 1, flags: FLAGS, keys: NO_KEYS, categories: TRANSACTION, since: '2.2.0', reply: ['simple'], run: unwatch },
};
