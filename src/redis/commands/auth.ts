/**
 * Authentication and the protocol's version: `AUTH`, `HELLO`.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { bulk, EMPTY_ARRAY, errorReply, integer, OK, type Reply } from '../reply.ts';
import { parseInt64 } from '../bytes/int64.ts';
import { keyword } from './arguments.ts';
import { isValidName } from './client.ts';

const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';
const NO_PASSWORD = 'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';
const HELLO_UNAUTHENTICATED = 'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> '
  + 'option can be used to authenticate the client and select the RESP protocol version at the same time';

/** Logs in, if name and password fit; notes it if they do not. @param command - the command's name as it was sent */
function logIn({ engine, connection }: Call, command: Bytes, name: Bytes, password: Bytes): boolean {
  const user = engine.acl.find(name);
  if (user?.admits(password) !== true) {
    engine.admission.log(connection, 'auth', connection.isExecuting ? 'multi' : 'toplevel', command, name);
    return false;
  }
  connection.user = user;
  connection.authenticated = true;
  return true;
}

function auth(call: Call, args: readonly Bytes[]): Reply {
  if (args.length > 3) return errorReply(ERROR.syntax);
  const [command = '', first = '', second] = args;
  if (second === undefined && call.engine.acl.defaultUser.hasNoPassword) return errorReply(NO_PASSWORD);
  const isIn = second === undefined ? logIn(call, command, 'default', first) : logIn(call, command, first, second);
  return isIn ? OK : errorReply(WRONG_PASSWORD);
}

function hello(call: Call, args: readonly Bytes[]): Reply {
  const { connection, engine } = call;
  let { protocol } = connection;
  if (args.length > 1) {
    const version = parseInt64(args[1] ?? '');
    if (version === undefined) return errorReply('ERR Protocol version is not an integer or out of range');
    if (version !== 2 && version !== 3) return errorReply('NOPROTO unsupported protocol version');
    protocol = version;
  }
  for (let i = 2; i < args.length; i++) {
    const option = keyword(args[i]);
    if (option === 'auth' && i + 2 < args.length) {
      if (!logIn(call, args[0] ?? '', args[i + 1] ?? '', args[i + 2] ?? '')) return errorReply(WRONG_PASSWORD);
      i += 2;
    } else if (option === 'setname' && i + 1 < args.length) {
      const name = args[++i] ?? '';
      if (!isValidName(name)) return errorReply('ERR Client names cannot contain spaces, newlines or special characters.');
      // At once, whatever follows.
      connection.name = name;
    } else {
      return errorReply(`ERR Syntax error in HELLO option '${upToNul(args[i] ?? '')}'`);
    }
  }
  if (!engine.admission.isOpen(connection)) return errorReply(HELLO_UNAUTHENTICATED);
  connection.protocol = protocol;
  const primary = engine.server === undefined || engine.removesExpired;
  return {
    kind: 'map',
    items: [
      bulk('server'), bulk('redis'), bulk('version'), bulk('7.0.15'), bulk('proto'), integer(protocol), bulk('id'), integer(connection.id),
      bulk('mode'), bulk('standalone'), bulk('role'), bulk(primary ? 'master' : 'replica'), bulk('modules'), EMPTY_ARRAY,
    ],
  };
}

const FLAGS = ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'] as const;

/** The rows of `AUTH` and `HELLO`. */
export const AUTH_COMMANDS: CommandGroup = {
  auth: { arity: -2, flags: FLAGS, keys: NO_KEYS, categories: ['connection'], since: '1.0.0', reply: ['simple'], run: auth },
  hello: { arity: -1, flags: FLAGS, keys: NO_KEYS, categories: ['connection'], since: '6.0.0', reply: ['map'], run: hello },
};
