/**
 * Commands on the server. `INFO`, `CONFIG`, `COMMAND` and `DEBUG` have files of their own.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { array, bulk, bulks, EMPTY_ARRAY, errorReply, integer, OK, WAITING, type Reply } from '../reply.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';

function time({ now }: Call): Reply {
  return bulks([String(Math.floor(now / 1000)), String(Math.round((now % 1000) * 1000))]);
}

function role(call: Call): Reply {
  return call.engine.server?.role() ?? array([bulk('master'), integer(0), EMPTY_ARRAY]);
}

function wait(call: Call, [, replicas, span]: readonly Bytes[]): Reply {
  const wanted = positionArgument(replicas);
  const timeout = integerArgument(span, ERROR.timeoutNotInteger);
  if (timeout < 0) refuse(ERROR.timeoutNegative);
  const { server } = call.engine;
  // Alone there will never be a replica: the real one would wait out the timeout first.
  if (server === undefined) return integer(0);
  const reached = server.wait(call.connection, wanted, Number(timeout));
  return reached === undefined ? WAITING : integer(reached);
}

function replicaof(call: Call, [, host = '', port = '']: readonly Bytes[]): Reply {
  const { server } = call.engine;
  if (server === undefined) return errorReply('ERR REPLICAOF not allowed without a simulation.');
  server.replicaOf(keyword(host) === 'no' && keyword(port) === 'one' ? undefined : host);
  return OK;
}

/** The rows of the commands on the server. */
export const SERVER_COMMANDS: CommandGroup = {
  time: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: [], since: '2.6.0', reply: ['array'], run: time },
  role: { arity: 1, flags: ['noscript', 'loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '2.8.12', reply: ['array'], run: role },
  wait: { arity: 3, flags: ['noscript'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: ['integer', 'waiting'], run: wait },
  replicaof: { arity: 3, flags: ['admin', 'noscript', 'stale', 'no_async_loading'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '5.0.0', reply: ['simple'], run: replicaof },
  slaveof: { arity: 3, flags: ['admin', 'noscript', 'stale', 'no_async_loading'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '1.0.0', reply: ['simple'], run: replicaof },
};
