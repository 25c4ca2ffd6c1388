/**
 * `CLIENT`: what a connection says and asks about itself and others. Missing: `TRACKING` and `CACHING` (client-side caching),
 * `PAUSE` and `UNPAUSE`, and the figures of sockets and buffers in `LIST`, which are zero.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import type { Connection } from '../connection.ts';
import { ERROR } from '../errors.ts';
import { parseInt64 } from '../int64.ts';
import { bulk, bulks, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';

const HELP: readonly string[] = [
  'CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  'GETNAME', '    Return the name of the current connection.',
  'ID', '    Return the ID of the current connection.',
  'INFO', '    Return information about the current client connection.',
  'KILL <ip:port>', '    Kill connection made from <ip:port>.',
  'KILL <option> <value> [<option> <value> [...]]', '    Kill connections. Options are:', '    * ADDR (<ip:port>|<unixsocket>:0)', '    * ID <client-id>',
  'LIST [options ...]', '    Return information about client connections.',
  'NO-EVICT (ON|OFF)', '    Protect current client connection from eviction.',
  'REPLY (ON|OFF|SKIP)', '    Control the replies sent to the current connection.',
  'UNBLOCK <clientid> [TIMEOUT|ERROR]', '    Unblock the specified blocked client.',
  'SETNAME <name>', '    Assign the name <name> to the current connection.',
  'HELP', '    Print this help.',
];

const NOTHING: Reply = { kind: 'replies', items: [] };

/** Whether a name may be given to a connection: printable ASCII without blanks. */
export function isValidName(name: Bytes): boolean {
  return /^[!-~]*$/.test(name);
}

/** A connection as a line of `CLIENT LIST`. */
function lineOf(connection: Connection, { engine }: Call): string {
  const multi = connection.transaction?.queue.length ?? -1;
  const flags = `${connection.transaction === undefined ? '' : 'x'}${connection.subscriptions > 0 ? 'P' : ''}${connection.watchBroken ? 'd' : ''}`;
  const age = Math.max(0, Math.floor((engine.now - connection.openedAt) / 1000));
  const idle = Math.max(0, Math.floor((engine.now - connection.activeAt) / 1000));
  return [
    `id=${connection.id}`, `addr=${connection.address}`, 'laddr=127.0.0.1:0', 'fd=-1', `name=${connection.name}`, `age=${age}`, `idle=${idle}`,
    `flags=${flags === '' ? 'N' : flags}`, `db=${connection.database}`, `sub=${connection.subscribed.channel.size}`, `psub=${connection.subscribed.pattern.size}`, `ssub=${connection.subscribed.shard.size}`,
    `multi=${multi}`, 'qbuf=0', 'qbuf-free=0', 'argv-mem=0', 'multi-mem=0', 'rbs=0', 'rbp=0', 'obl=0', 'oll=0', 'omem=0', 'tot-mem=0', 'events=r',
    `cmd=${connection.lastCommand}`, 'user=default', 'redir=-1', `resp=${connection.protocol}`,
  ].join(' ');
}

function clients({ engine }: Call): Connection[] {
  return [...engine.connections].filter(({ role }) => role === 'client').sort((a, b) => a.id - b.id);
}

function list(call: Call, args: readonly Bytes[]): Reply {
  let chosen = clients(call);
  if (args.length > 2) {
    const option = keyword(args[2]);
    if (option === 'type' && args.length === 4) {
      const type = keyword(args[3]);
      if (!['normal', 'master', 'replica', 'slave', 'pubsub'].includes(type)) return errorReply(`ERR Unknown client type '${args[3] ?? ''}'`);
      chosen = chosen.filter(({ subscriptions }) => (type === 'pubsub' ? subscriptions > 0 : type === 'normal' && subscriptions === 0));
    } else if (option === 'id' && args.length > 3) {
      const ids = args.slice(3).map((id) => parseInt64(id));
      if (ids.some((id) => id === undefined || id <= 0)) return errorReply('ERR Invalid client ID');
      chosen = ids.flatMap((id) => chosen.filter((connection) => BigInt(connection.id) === BigInt(id ?? 0)));
    } else {
      return errorReply(ERROR.syntax);
    }
  }
  return bulk(chosen.map((connection) => `${lineOf(connection, call)}\n`).join(''));
}

function kill(call: Call, args: readonly Bytes[]): Reply {
  const all = clients(call);
  const end = (connection: Connection): void => {
    connection.closing = true;
    if (connection !== call.connection) connection.close();
  };
  if (args.length === 3) {
    const victim = all.find(({ address }) => address === args[2]);
    if (victim === undefined) return errorReply('ERR No such client');
    end(victim);
    return OK;
  }
  if (args.length % 2 !== 0) return errorReply(ERROR.syntax);
  let victims = all;
  let skipMe = true;
  for (let i = 2; i < args.length; i += 2) {
    const value = args[i + 1] ?? '';
    switch (keyword(args[i])) {
      case 'id': {
        const id = parseInt64(value);
        if (id === undefined || id <= 0) return errorReply('ERR client-id should be greater than 0');
        victims = victims.filter((connection) => BigInt(connection.id) === BigInt(id));
        break;
      }
      case 'addr':
        victims = victims.filter(({ address }) => address === value);
        break;
      case 'skipme':
        if (keyword(value) !== 'yes' && keyword(value) !== 'no') return errorReply(ERROR.syntax);
        skipMe = keyword(value) === 'yes';
        break;
      default:
        return errorReply(ERROR.syntax);
    }
  }
  const ended = victims.filter((connection) => !skipMe || connection !== call.connection);
  for (const connection of ended) end(connection);
  return integer(ended.length);
}

function client(call: Call, args: readonly Bytes[]): Reply {
  const { connection } = call;
  switch (keyword(args[1])) {
    case 'id':
      return integer(connection.id);
    case 'getname':
      return connection.name === '' ? NIL : bulk(connection.name);
    case 'setname':
      if (!isValidName(args[2] ?? '')) return errorReply('ERR Client names cannot contain spaces, newlines or special characters.');
      connection.name = args[2] ?? '';
      return OK;
    case 'info':
      return bulk(`${lineOf(connection, call)}\n`);
    case 'list':
      return list(call, args);
    case 'kill':
      return kill(call, args);
    case 'unblock': {
      const how = keyword(args[3]);
      if (args.length > 4 || (args.length === 4 && how !== 'timeout' && how !== 'error')) {
        return errorReply('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
      }
      const id = parseInt64(args[2] ?? '');
      if (id === undefined) return errorReply(ERROR.notInteger);
      const waiting = clients(call).find((other) => BigInt(other.id) === BigInt(id));
      const reply = how === 'error' ? errorReply('UNBLOCKED client unblocked via CLIENT UNBLOCK') : undefined;
      return integer(waiting !== undefined && call.engine.unblock(waiting, reply) ? 1 : 0);
    }
    case 'no-evict':
      return keyword(args[2]) === 'on' || keyword(args[2]) === 'off' ? OK : errorReply(ERROR.syntax);
    case 'reply':
      switch (keyword(args[2])) {
        case 'on':
          connection.replies = 'on';
          return OK;
        case 'off':
          connection.replies = 'off';
          return NOTHING;
        case 'skip':
          if (connection.replies === 'on') connection.replies = 'skip-next';
          return NOTHING;
        default:
          return errorReply(ERROR.syntax);
      }
    case 'getredir':
      return integer(-1);
    case 'trackinginfo':
      return { kind: 'map', items: [bulk('flags'), { kind: 'set', items: [bulk('off')] }, bulk('redirect'), integer(-1), bulk('prefixes'), bulks([])] };
    default:
      return bulks(HELP);
  }
}

/** The row of `CLIENT`. */
export const CLIENT_COMMANDS: CommandGroup = {
  client: {
    arity: -2, flags: ['noscript', 'loading', 'stale'], keys: NO_KEYS, categories: ['connection'], since: '2.4.0',
    reply: ['integer', 'bulk', 'nil', 'simple', 'array', 'map', 'replies'],
    subcommands: {
      'id': 2, 'getname': 2, 'setname': 3, 'info': 2, 'list': -2, 'kill': -3, 'unblock': -3, 'no-evict': 3, 'reply': 3, 'getredir': 2, 'trackinginfo': 2, 'help': 2,
    },
    run: client,
  },
};
