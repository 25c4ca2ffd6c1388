/**
 * Authentication and the protocol's version: `AUTH`, `HELLO`. One user, `default`, whose password is `requirepass`.
 *
 * Missing: other users, which need `ACL`.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { bulk, EMPTY_ARRAY, errorReply, integer, OK, type Reply } from '../reply.ts';
import { parseInt64 } from '../int64.ts';
import { keyword } from './arguments.ts';
import { isValidName } from './client.ts';

const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';
const NO_PASSWORD = 'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';
const HELLO_UNAUTHENTICATED = 'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> '
  + 'option can be used to authenticate the client and select the RESP protocol version at the same time';

/** Whether the pair opens the door. */
function admits({ engine }: Call, user: Bytes, password: Bytes): boolean {
  const required = engine.configuration.value('requirepass');
  return user === 'default' && (required === '' || required === password);
}

function auth(call: Call, args: readonly Bytes[]): Reply {
  if (args.length > 3) return errorReply(ERROR.syntax);
  const [, first = '', second] = args;
  if (second === undefined && call.engine.configuration.value('requirepass') === '') return errorReply(NO_PASSWORD);
  const admitted = second === undefined ? admits(call, 'default', first) : admits(call, first, second);
  if (!admitted) return errorReply(WRONG_PASSWORD);
  call.connection.authenticated = true;
  return OK;
}

function hello(call: Call, args: readonly Bytes[]): Reply {
  const { connection, engine } = call;
  let { protocol } = connection;
  let name: Bytes | undefined;
  if (args.length > 1) {
    const version = parseInt64(args[1] ?? '');
    if (version === undefined) return errorReply('ERR Protocol version is not an integer or out of range');
    if (version !== 2 && version !== 3) return errorReply('NOPROTO unsupported protocol version');
    protocol = version;
  }
  let authenticated = engine.isOpen(connection);
  for (let i = 2; i < args.length; i++) {
    const option = keyword(args[i]);
    if (option === 'auth' && i + 2 < args.length) {
      if (!admits(call, args[i + 1] ?? '', args[i + 2] ?? '')) return errorReply(WRONG_PASSWORD);
      authenticated = true;
      i += 2;
    } else if (option === 'setname' && i + 1 < args.length) {
      name = args[++i] ?? '';
      if (!isValidName(name)) return errorReply('ERR Client names cannot contain spaces, newlines or special characters.');
    } else {
      return errorReply(`ERR Syntax error in HELLO option '${args[i] ?? ''}'`);
    }
  }
  if (!authenticated) return errorReply(HELLO_UNAUTHENTICATED);
  connection.authenticated = true;
  connection.protocol = protocol;
  if (name !== undefined) connection.name = name;
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
