/**
 * What the server tells of its commands, users and past: `COMMAND`, `ACL`, `SLOWLOG`, `LATENCY`, and the refusals of cluster
 * commands, as cluster mode is off. One user exists, `default`.
 *
 * Commands take no time here, so the slow log and the latency monitor are always empty. Missing: tips, key specifications,
 * documentation and subcommands in `COMMAND`; the subcommands of `ACL` that change users.
 *
 * @module
 */
import type { Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { keysOf, NO_KEYS, type Command, type CommandGroup, type KeyPositions } from '../command.ts';
import { ERROR } from '../errors.ts';
import { globMatches } from '../glob.ts';
import { parseInt64 } from '../int64.ts';
import { array, bulk, bulks, EMPTY_ARRAY, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';

/** ACL categories in Redis's order. */
const CATEGORIES: readonly string[] = [
  'keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo', 'stream', 'pubsub', 'admin', 'fast',
  'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting',
];
/** Flags in Redis's order; `may_replicate` and `no_multi` are not shown. */
const FLAGS: readonly string[] = [
  'write', 'readonly', 'denyoom', 'admin', 'pubsub', 'noscript', 'blocking', 'loading', 'stale', 'skip_monitor', 'skip_slowlog', 'asking', 'fast',
  'no_auth', 'no_mandatory_keys', 'no_async_loading', 'allow_busy', 'movablekeys',
];

/** The categories of a command, those that its flags imply among them. */
function categoriesOf({ flags, categories, isWrite }: Command): string[] {
  const of = new Set<string>(categories);
  if (isWrite) of.add('write');
  // A script may do anything: of these the flags say nothing.
  if (flags.includes('readonly') && !of.has('scripting')) of.add('read');
  if (flags.includes('pubsub')) of.add('pubsub');
  if (flags.includes('blocking')) of.add('blocking');
  if (flags.includes('admin')) of.add('admin').add('dangerous');
  of.add(flags.includes('fast') ? 'fast' : 'slow');
  return CATEGORIES.filter((category) => of.has(category));
}

function firstLastStep(keys: KeyPositions): readonly [number, number, number] {
  switch (keys.kind) {
    case 'none':
      return [0, 0, 0];
    case 'range':
      return [keys.first, keys.last, keys.step];
    case 'counted':
      return keys.destination === undefined ? [0, 0, 0] : [keys.destination, keys.destination, 1];
    case 'store':
      return [1, 1, 1];
    case 'streams':
      return [0, 0, 0];
    default:
      return [0, 0, 0];
  }
}

/** A command as an entry of `COMMAND`. */
function entryOf(row: Command): Reply {
  // What has subcommands has flags, keys and categories in those, and none itself; `COMMAND` is the exception.
  const command: Command = row.subcommands === undefined || row.name === 'command' ? row : { ...row, flags: [], keys: NO_KEYS, categories: [], isWrite: false };
  const movable = command.keys.kind === 'none' || command.keys.kind === 'range' ? [] : ['movablekeys'];
  const flags = new Set<string>([...command.flags, ...movable]);
  const texts = (names: readonly string[]): Reply => ({ kind: 'set', items: names.map((text): Reply => ({ kind: 'simple', text })) });
  return array([
    bulk(command.name), integer(command.arity), texts(FLAGS.filter((flag) => flags.has(flag))),
    ...firstLastStep(command.keys).map((position) => integer(position)), texts(categoriesOf(command).map((category) => `@${category}`)),
    EMPTY_ARRAY, EMPTY_ARRAY, EMPTY_ARRAY,
  ]);
}

function list(commands: ReadonlyMap<string, Command>, args: readonly Bytes[]): Reply {
  const all = [...commands.values()];
  if (args.length === 2) return bulks(all.map(({ name }) => name));
  if (args.length !== 5 || keyword(args[2]) !== 'filterby') return errorReply(ERROR.syntax);
  const filter = args[4] ?? '';
  switch (keyword(args[3])) {
    case 'module':
      return EMPTY_ARRAY;
    case 'aclcat':
      return bulks(all.filter((command) => categoriesOf(command).includes(filter.toLowerCase())).map(({ name }) => name));
    case 'pattern':
      return bulks(all.map(({ name }) => name).filter((name) => globMatches(filter.toLowerCase(), name)));
    default:
      return errorReply(ERROR.syntax);
  }
}

function getKeys(commands: ReadonlyMap<string, Command>, args: readonly Bytes[]): Reply {
  const asked = args.slice(2);
  const command = commands.get(keyword(asked[0]));
  if (command === undefined) return errorReply('ERR Invalid command specified');
  if (command.keys.kind === 'none') return errorReply('ERR The command has no key arguments');
  if (command.arity > 0 ? asked.length !== command.arity : asked.length < -command.arity) return errorReply('ERR Invalid number of arguments specified for command');
  const keys = keysOf(command, asked);
  return keys.length === 0 ? errorReply('ERR Invalid arguments specified for command') : bulks(keys);
}

const COMMAND_HELP: readonly string[] = [
  'COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:',
  '(no subcommand)', '    Return details about all Redis commands.',
  'COUNT', '    Return the total number of commands in this Redis server.',
  'LIST', '    Return a list of all commands in this Redis server.',
  'INFO [<command-name> ...]', '    Return details about multiple Redis commands.',
  '    If no command names are given, documentation details for all', '    commands are returned.',
  'GETKEYS <full-command>', '    Return the keys from a full Redis command.',
  'HELP', '    Print this help.',
];

function command({ engine }: Call, args: readonly Bytes[]): Reply {
  const { commands } = engine;
  switch (keyword(args[1])) {
    case '':
      return array([...commands.values()].map(entryOf));
    case 'count':
      return integer(commands.size);
    case 'info': {
      const names = args.length > 2 ? args.slice(2) : [...commands.keys()];
      return array(names.map((name) => {
        const known = commands.get(name.toLowerCase());
        return known === undefined ? NIL : entryOf(known);
      }));
    }
    case 'docs':
      return { kind: 'map', items: [] };
    case 'list':
      return list(commands, args);
    case 'getkeys':
      return getKeys(commands, args);
    default:
      return bulks(COMMAND_HELP);
  }
}

const PASSWORD_BITS_MAX = 4096;

function acl(call: Call, args: readonly Bytes[]): Reply {
  switch (keyword(args[1])) {
    case 'whoami':
      return bulk('default');
    case 'users':
      return bulks(['default']);
    case 'list':
      return bulks(['user default on nopass ~* &* +@all']);
    case 'log':
      return keyword(args[2]) === 'reset' ? OK : EMPTY_ARRAY;
    case 'genpass': {
      const bits = args[2] === undefined ? 256n : BigInt(parseInt64(args[2]) ?? 0);
      if (bits <= 0n || bits > BigInt(PASSWORD_BITS_MAX)) {
        return errorReply('ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096');
      }
      return bulk(Array.from({ length: Math.ceil(Number(bits) / 4) }, () => call.random.below(16).toString(16)).join(''));
    }
    default: {
      if (args[2] === undefined) return bulks(CATEGORIES);
      const category = keyword(args[2]);
      if (!CATEGORIES.includes(category)) return errorReply(`ERR Unknown category '${args[2]}'`);
      return bulks([...call.engine.commands.values()].filter((known) => categoriesOf(known).includes(category)).map(({ name }) => name));
    }
  }
}

function slowlog(_: Call, args: readonly Bytes[]): Reply {
  switch (keyword(args[1])) {
    case 'get': {
      const count = args[2] === undefined ? 10 : parseInt64(args[2]);
      return count === undefined || count < -1 ? errorReply('ERR count should be greater than or equal to -1') : EMPTY_ARRAY;
    }
    case 'len':
      return integer(0);
    default:
      return OK;
  }
}

function latency(_: Call, args: readonly Bytes[]): Reply {
  return keyword(args[1]) === 'reset' ? integer(0) : EMPTY_ARRAY;
}

const noCluster = (): Reply => errorReply('ERR This instance has cluster support disabled');

const ADMIN = ['admin', 'noscript', 'loading', 'stale'] as const;

/** The rows of these commands. */
export const INTROSPECTION_COMMANDS: CommandGroup = {
  command: {
    arity: -1, flags: ['loading', 'stale'], keys: NO_KEYS, categories: ['connection'], since: '2.8.13', reply: ['array', 'integer', 'map'],
    subcommands: { '': 1, 'count': 2, 'info': -2, 'docs': -2, 'list': -2, 'getkeys': -4, 'help': 2 }, run: command,
  },
  acl: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '6.0.0', reply: ['bulk', 'array', 'simple'],
    subcommands: { whoami: 2, users: 2, list: 2, log: -2, genpass: -2, cat: -2 }, run: acl,
  },
  slowlog: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.2.12', reply: ['array', 'integer', 'simple'],
    subcommands: { get: -2, len: 2, reset: 2 }, run: slowlog,
  },
  latency: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '2.8.13', reply: ['array', 'integer'],
    subcommands: { latest: 2, history: 3, reset: -2 }, run: latency,
  },
  cluster: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '3.0.0', reply: [],
    subcommands: { info: 2, nodes: 2, slots: 2, shards: 2, myid: 2, keyslot: 3, reset: -2, help: 2 }, run: noCluster,
  },
  asking: { arity: 1, flags: ['fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
  readonly: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
  readwrite: { arity: 1, flags: ['loading', 'stale', 'fast'], keys: NO_KEYS, categories: ['connection'], since: '3.0.0', reply: [], run: noCluster },
  failover: {
    arity: -1, flags: ADMIN.filter((flag) => flag !== 'loading'), keys: NO_KEYS, categories: [], since: '6.2.0', reply: [],
    run: () => errorReply('ERR FAILOVER requires connected replicas.'),
  },
};
