/**
 * `CLIENT`: what a connection says and asks about itself and others. `TRACKING` and its kin have a file of their own.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { clientLine, clientType } from '../connections/client-line.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import type { Connection } from '../connections/connection.ts';
import { ERROR } from '../errors.ts';
import { addInt64, clampToNumber, parseInt64 } from '../bytes/int64.ts';
import { bulk, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { trackingInfo } from '../connections/tracking.ts';
import { integerArgument, keyword } from './arguments.ts';
import { caching, tracking } from './client-tracking.ts';
import { helpReply, subcommandsOf } from './help.ts';

const HELP: readonly string[] = [
  'CACHING (YES|NO)', '    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.',
  'GETREDIR', '    Return the client ID we are redirecting to when tracking is enabled.',
  'GETNAME', '    Return the name of the current connection.',
  'ID', '    Return the ID of the current connection.',
  'INFO', '    Return information about the current client connection.',
  'KILL <ip:port>', '    Kill connection made from <ip:port>.',
  'KILL <option> <value> [<option> <value> [...]]', '    Kill connections. Options are:',
  '    * ADDR (<ip:port>|<unixsocket>:0)', '      Kill connections made from the specified address',
  '    * LADDR (<ip:port>|<unixsocket>:0)', '      Kill connections made to specified local address',
  '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)', '      Kill connections by type.',
  '    * USER <username>', '      Kill connections authenticated by <username>.',
  '    * SKIPME (YES|NO)', '      Skip killing current connection (default: yes).',
  'LIST [options ...]', '    Return information about client connections. Options:',
  '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)', '      Return clients of specified type.',
  'UNPAUSE', '    Stop the current client pause, resuming traffic.',
  'PAUSE <timeout> [WRITE|ALL]', '    Suspend all, or just write, clients for <timeout> milliseconds.',
  'REPLY (ON|OFF|SKIP)', '    Control the replies sent to the current connection.',
  'SETNAME <name>', '    Assign the name <name> to the current connection.',
  'UNBLOCK <clientid> [TIMEOUT|ERROR]', '    Unblock the specified blocked client.',
  'TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]', '         [OPTIN] [OPTOUT] [NOLOOP]',
  '    Control server assisted client side caching.',
  'TRACKINGINFO', '    Report tracking status for the current connection.',
  'NO-EVICT (ON|OFF)', '    Protect current client connection from eviction.',
];

const NOTHING: Reply = { kind: 'replies', items: [] };
const BAD_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';

/** Whether a name may be given to a connection: printable ASCII without blanks. */
export function isValidName(name: Bytes): boolean {
  return /^[!-~]*$/.test(name);
}

const TYPES: Readonly<Record<string, string>> = { normal: 'normal', master: 'master', replica: 'replica', slave: 'replica', pubsub: 'pubsub' };

function typeNamed(name: Bytes | undefined): string | undefined {
  const type = keyword(name);
  return Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
}

function clients({ engine }: Call): Connection[] {
  return [...engine.connections].filter(({ role }) => role === 'client').sort((a, b) => a.id - b.id);
}

const withId = (all: readonly Connection[], id: number | bigint): Connection | undefined => all.find((connection) => BigInt(connection.id) === BigInt(id));

function lines(chosen: readonly Connection[], { engine }: Call): Reply {
  return { kind: 'verbatim', format: 'txt', bytes: chosen.map((connection) => `${clientLine(connection, engine)}\n`).join('') };
}

function list(call: Call, args: readonly Bytes[]): Reply {
  const all = clients(call);
  const option = keyword(args[2]);
  if (option === 'type' && args.length === 4) {
    const type = typeNamed(args[3]);
    if (type === undefined) return errorReply(`ERR Unknown client type '${args[3] ?? ''}'`);
    return lines(all.filter((connection) => clientType(connection) === type), call);
  }
  if (option === 'id' && args.length > 3) {
    const ids = args.slice(3).map((id) => integerArgument(id, 'ERR Invalid client ID'));
    return lines(ids.flatMap((id) => withId(all, id) ?? []), call);
  }
  return args.length === 2 ? lines(all, call) : errorReply(ERROR.syntax);
}

/** The connections that the filters of `CLIENT KILL` let through, or the error for which there are none. */
function victims(call: Call, args: readonly Bytes[]): readonly Connection[] | Reply {
  let chosen: readonly Connection[] = clients(call);
  let skipMe = true;
  for (let i = 2; i < args.length; i += 2) {
    const value = args[i + 1];
    if (value === undefined) return errorReply(ERROR.syntax);
    switch (keyword(args[i])) {
      case 'id': {
        const id = parseInt64(value);
        if (id === undefined || id <= 0) return errorReply('ERR client-id should be greater than 0');
        chosen = chosen.filter((connection) => BigInt(connection.id) === BigInt(id));
        break;
      }
      case 'type': {
        const type = typeNamed(value);
        if (type === undefined) return errorReply(`ERR Unknown client type '${value}'`);
        chosen = chosen.filter((connection) => clientType(connection) === type);
        break;
      }
      case 'addr':
        chosen = chosen.filter(({ address }) => address === value);
        break;
      case 'laddr':
        chosen = chosen.filter(({ localAddress }) => localAddress === value);
        break;
      case 'user': {
        const user = call.engine.acl.find(value);
        if (user === undefined) return errorReply(`ERR No such user '${value}'`);
        chosen = chosen.filter((connection) => connection.user === user);
        break;
      }
      case 'skipme':
        if (keyword(value) !== 'yes' && keyword(value) !== 'no') return errorReply(ERROR.syntax);
        skipMe = keyword(value) === 'yes';
        break;
      default:
        return errorReply(ERROR.syntax);
    }
  }
  return chosen.filter((connection) => !skipMe || connection !== call.connection);
}

function kill(call: Call, args: readonly Bytes[]): Reply {
  const isOld = args.length === 3;
  const chosen = isOld ? clients(call).filter(({ address }) => address === args[2]) : victims(call, args);
  if ('kind' in chosen) return chosen;
  for (const connection of chosen) call.engine.kill(connection);
  if (!isOld) return integer(chosen.length);
  return chosen.length === 0 ? errorReply('ERR No such client') : OK;
}

function unblock(call: Call, args: readonly Bytes[]): Reply {
  const how = keyword(args[3] ?? 'timeout');
  if (args.length > 4) return wrongCount(args);
  if (how !== 'timeout' && how !== 'error') return errorReply('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
  const waiting = withId(clients(call), integerArgument(args[2]));
  const reply = how === 'error' ? errorReply('UNBLOCKED client unblocked via CLIENT UNBLOCK') : undefined;
  return integer(waiting !== undefined && call.engine.waiting.unblock(waiting, reply) ? 1 : 0);
}

function pause({ engine }: Call, args: readonly Bytes[]): Reply {
  const kind = keyword(args[3] ?? 'all');
  if (args.length > 4) return wrongCount(args);
  if (kind !== 'write' && kind !== 'all') return errorReply('ERR CLIENT PAUSE mode must be WRITE or ALL');
  const span = integerArgument(args[2], ERROR.timeoutNotInteger);
  if (span < 0) return errorReply(ERROR.timeoutNegative);
  const until = addInt64(span, engine.now);
  if (until === undefined) return errorReply('ERR timeout is out of range');
  engine.waiting.pause(kind, clampToNumber(until));
  return OK;
}

function wrongCount(args: readonly Bytes[]): Reply {
  return errorReply(`ERR unknown subcommand or wrong number of arguments for '${args[1] ?? ''}'. Try CLIENT HELP.`);
}

function replyMode(connection: Connection, mode: string): Reply {
  switch (mode) {
    case 'on':
      connection.replies = 'on';
      return OK;
    case 'off':
      connection.replies = 'off';
      return NOTHING;
    case 'skip':
      if (connection.replies !== 'off') connection.replies = 'skip-next';
      return NOTHING;
    default:
      return errorReply(ERROR.syntax);
  }
}

function client(call: Call, args: readonly Bytes[]): Reply {
  const { connection, engine } = call;
  switch (keyword(args[1])) {
    case 'id':
      return integer(connection.id);
    case 'getname':
      return connection.name === '' ? NIL : bulk(connection.name);
    case 'setname':
      if (!isValidName(args[2] ?? '')) return errorReply(BAD_NAME);
      connection.name = args[2] ?? '';
      return OK;
    case 'info':
      return lines([connection], call);
    case 'list':
      return list(call, args);
    case 'kill':
      return kill(call, args);
    case 'unblock':
      return unblock(call, args);
    case 'pause':
      return pause(call, args);
    case 'unpause':
      engine.waiting.unpause();
      return OK;
    case 'no-evict': {
      const mode = keyword(args[2]);
      if (mode !== 'on' && mode !== 'off') return errorReply(ERROR.syntax);
      connection.isProtected = mode === 'on';
      return OK;
    }
    case 'reply':
      return replyMode(connection, keyword(args[2]));
    case 'tracking':
      return tracking(call, args);
    case 'caching':
      return caching(connection, keyword(args[2]));
    case 'getredir':
      return integer(connection.tracking?.redirect ?? -1);
    case 'trackinginfo':
      return trackingInfo(connection.tracking);
    default:
      return helpReply('CLIENT', HELP);
  }
}

/** The row of `CLIENT`. */
export const CLIENT_COMMANDS: CommandGroup = {
  client: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.4.0',
    reply: ['integer', 'bulk', 'verbatim', 'nil', 'simple', 'array', 'map', 'replies'], subcommands: subcommandsOf('client'), run: client,
  },
};
