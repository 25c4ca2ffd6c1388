/**
 * Commands on the connection. `AUTH`, `HELLO` and `CLIENT` have files of their own.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { array, bulk, errorReply, OK, type Reply } from '../reply.ts';
import { smallIntegerArgument } from './arguments.ts';

function ping(call: Call, args: readonly Bytes[]): Reply {
  if (args.length > 2) return errorReply("ERR wrong number of arguments for 'ping' command");
  const [, message] = args;
  if (call.connection.protocol === 2 && call.connection.subscriptions > 0) return array([bulk('pong'), bulk(message ?? '')]);
  return message === undefined ? { kind: 'simple', text: 'PONG' } : bulk(message);
}

function select(call: Call, args: readonly Bytes[]): Reply {
  const number = smallIntegerArgument(args[1]);
  if (call.engine.databases[number] === undefined) return errorReply(ERROR.databaseOutOfRange);
  call.connection.database = number;
  return OK;
}

function quit({ connection }: Call): Reply {
  connection.closing = true;
  return OK;
}

function monitor({ connection, engine }: Call): Reply {
  if (connection.isExecuting) return errorReply("ERR MONITOR isn't allowed for DENY BLOCKING client");
  engine.log.monitors.add(connection);
  return OK;
}

function reset({ connection, engine }: Call): Reply {
  connection.transaction = undefined;
  engine.watches.forget(connection);
  engine.pubSub.forget(connection);
  engine.tracking.disable(connection);
  engine.log.monitors.remove(connection);
  connection.user = engine.acl.defaultUser;
  connection.authenticated = !engine.acl.asksForPassword;
  connection.replies = 'on';
  connection.isProtected = false;
  connection.database = 0;
  connection.protocol = 2;
  connection.name = '';
  return { kind: 'simple', text: 'RESET' };
}

const CONNECTION = ['connection'] as const;

/** The rows of the commands on the connection. */
export const CONNECTION_COMMANDS: CommandGroup = {
  ping: { arity: -1, flags: ['fast'], keys: NO_KEYS, categories: CONNECTION, since: '1.0.0', reply: ['simple', 'bulk', 'array'], run: ping },
  echo: { arity: 2, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: CONNECTION, since: '1.0.0', reply: ['bulk'], run: (_, [, message = '']) => bulk(message) },
  select: { arity: 2, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: CONNECTION, since: '1.0.0', reply: ['simple'], run: select },
  quit: { arity: -1, flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'], keys: NO_KEYS, categories: CONNECTION, since: '1.0.0', reply: ['simple'], run: quit },
  monitor: { arity: 1, flags: ['admin', 'noscript', 'loading', 'stale'], keys: NO_KEYS, categories: [], since: '1.0.0', reply: ['simple'], run: monitor },
  reset: { arity: 1, flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'], keys: NO_KEYS, categories: CONNECTION, since: '6.2.0', reply: ['simple'], run: reset },
};
