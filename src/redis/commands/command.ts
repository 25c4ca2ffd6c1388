/**
 * `COMMAND`: what the server tells of its commands. Everything comes from the table and its key specifications.
 *
 * Left out of `DOCS`: summaries, complexities, histories and arguments, which are prose and syntax for people.
 *
 * @module
 */
import { categoriesOf } from '../acl/categories.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type Command, type CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { globMatches } from '../bytes/glob.ts';
import { hasKeys, keyReferences } from '../key-references.ts';
import { array, bulk, bulks, EMPTY_ARRAY, errorReply, integer, NIL, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';
import { COMMAND_GROUPS, COMMAND_TIPS } from './command-tips.ts';
import { helpReply, subcommandsOf } from './help.ts';
import type { KeyFlag, KeySpec } from './key-specs.ts';

/** Flags in Redis's order; `may_replicate`, `protected` and `touches_arbitrary_keys` are not shown. */
const FLAGS: readonly string[] = [
  'write', 'readonly', 'denyoom', 'admin', 'pubsub', 'noscript', 'blocking', 'loading', 'stale', 'skip_monitor', 'skip_slowlog', 'asking', 'fast',
  'no_auth', 'no_mandatory_keys', 'no_async_loading', 'no_multi', 'movablekeys', 'allow_busy',
];

const KEY_FLAGS: readonly KeyFlag[] = ['RO', 'RW', 'OW', 'RM', 'access', 'update', 'insert', 'delete', 'not_key', 'incomplete', 'variable_flags'];

/** A set of simple strings. */
function words(names: readonly string[]): Reply {
  return { kind: 'set', items: names.map((text): Reply => ({ kind: 'simple', text })) };
}

const keyFlags = (flags: readonly KeyFlag[]): Reply => words(KEY_FLAGS.filter((flag) => flags.includes(flag)));

function map(entries: Readonly<Record<string, Reply>>): Reply {
  return { kind: 'map', items: Object.entries(entries).flatMap(([name, value]) => [bulk(name), value]) };
}

/** The first key, the last and the step, as far as one range can tell them, and whether it cannot tell all. */
function legacyRange({ keySpecs }: Command): { readonly range: readonly [number, number, number]; readonly isMovable: boolean } {
  const [only] = keySpecs;
  if (keySpecs.length === 1 && only?.begin.kind === 'index' && only.find.kind === 'range') {
    const { begin, find } = only;
    return { range: [begin.index, find.last < 0 ? find.last : begin.index + find.last, find.step], isMovable: only.flags.includes('incomplete') };
  }
  let [first, last, isMovable] = [Infinity, 0, false];
  for (const { begin, find, flags } of keySpecs) {
    if (begin.kind !== 'index' || find.kind !== 'range' || find.step !== 1 || (last !== 0 && last !== begin.index - 1)) {
      isMovable = true;
      continue;
    }
    if (flags.includes('incomplete')) isMovable = true;
    first = Math.min(first, begin.index);
    const end = find.last < 0 ? find.last : begin.index + find.last;
    // Counted from the end is further than any place.
    last = last < 0 || end < 0 ? Math.min(last, end) : Math.max(last, end);
  }
  return first === Infinity ? { range: [0, 0, 0], isMovable: keySpecs.length > 0 } : { range: [first, last, 1], isMovable };
}

function specOf({ notes, flags, begin, find }: KeySpec): Reply {
  const beginSpec = begin.kind === 'index' ? map({ index: integer(begin.index) })
    : begin.kind === 'keyword' ? map({ keyword: bulk(begin.keyword), startfrom: integer(begin.startFrom) }) : map({});
  const findSpec = find.kind === 'range' ? map({ lastkey: integer(find.last), keystep: integer(find.step), limit: integer(find.limit) })
    : find.kind === 'keynum' ? map({ keynumidx: integer(find.countAt), firstkey: integer(find.first), keystep: integer(find.step) }) : map({});
  return map({
    ...(notes === undefined ? {} : { notes: bulk(notes) }),
    flags: keyFlags(flags),
    begin_search: map({ type: bulk(begin.kind), spec: beginSpec }),
    find_keys: map({ type: bulk(find.kind), spec: findSpec }),
  });
}

/** A command as an entry of `COMMAND`. */
function entryOf(command: Command): Reply {
  const { range, isMovable } = legacyRange(command);
  const isContainer = command.children !== undefined && command.name !== 'command';
  // A container has no flags of its own; whether keys move follows from the specifications alone.
  const flags = new Set<string>(isContainer ? [] : command.flags.filter((flag) => flag !== 'movablekeys'));
  if (isMovable) flags.add('movablekeys');
  const children = [...command.children?.values() ?? []].map(entryOf);
  return array([
    bulk(command.fullName), integer(command.arity), words(FLAGS.filter((flag) => flags.has(flag))), ...range.map((place) => integer(place)),
    words(categoriesOf(command).map((category) => `@${category}`)), { kind: 'set', items: (COMMAND_TIPS.get(command.fullName) ?? []).map(bulk) },
    { kind: 'set', items: command.keySpecs.map(specOf) }, command.children === undefined ? { kind: 'set', items: [] } : array(children),
  ]);
}

function documentationOf(command: Command): Reply {
  const children = [...command.children?.values() ?? []].flatMap((child) => [bulk(child.fullName), documentationOf(child)]);
  return map({
    since: bulk(command.since), group: bulk(COMMAND_GROUPS.get(command.name) ?? 'generic'),
    ...(children.length === 0 ? {} : { subcommands: { kind: 'map', items: children } as const }),
  });
}

/** A command by its full name. */
function named(commands: ReadonlyMap<string, Command>, name: Bytes): Command | undefined {
  const [first = '', second, ...more] = name.toLowerCase().split('|');
  const command = commands.get(first);
  return second === undefined ? command : more.length > 0 ? undefined : command?.children?.get(second);
}

function list(commands: ReadonlyMap<string, Command>, args: readonly Bytes[]): Reply {
  const all = [...commands.values()].flatMap((command) => [command, ...command.children?.values() ?? []]);
  if (args.length === 2) return bulks(all.map(({ fullName }) => fullName));
  if (args.length !== 5 || keyword(args[2]) !== 'filterby') return errorReply(ERROR.syntax);
  const filter = (args[4] ?? '').toLowerCase();
  switch (keyword(args[3])) {
    case 'module':
      return EMPTY_ARRAY;
    case 'aclcat':
      return bulks(all.filter((command) => categoriesOf(command).includes(filter)).map(({ fullName }) => fullName));
    case 'pattern':
      return bulks(all.map(({ fullName }) => fullName).filter((name) => globMatches(filter, name)));
    default:
      return errorReply(ERROR.syntax);
  }
}

function getKeys({ engine }: Call, args: readonly Bytes[], withFlags: boolean): Reply {
  const asked = args.slice(2);
  const command = engine.resolve(asked);
  if (command === undefined) return errorReply('ERR Invalid command specified');
  if (!hasKeys(command)) return errorReply('ERR The command has no key arguments');
  if (command.arity > 0 ? asked.length !== command.arity : asked.length < -command.arity) return errorReply('ERR Invalid number of arguments specified for command');
  const keys = keyReferences(command, asked);
  if (keys.length === 0) {
    return command.flags.includes('no_mandatory_keys') ? EMPTY_ARRAY : errorReply('ERR Invalid arguments specified for command');
  }
  return array(keys.map(({ place, flags }) => {
    const key = bulk(asked[place] as Bytes);
    return withFlags ? array([key, keyFlags(flags)]) : key;
  }));
}

const HELP: readonly string[] = [
  '(no subcommand)', '    Return details about all Redis commands.',
  'COUNT', '    Return the total number of commands in this Redis server.',
  'LIST', '    Return a list of all commands in this Redis server.',
  'INFO [<command-name> ...]', '    Return details about multiple Redis commands.',
  '    If no command names are given, documentation details for all', '    commands are returned.',
  'DOCS [<command-name> ...]', '    Return documentation details about multiple Redis commands.',
  '    If no command names are given, documentation details for all', '    commands are returned.',
  'GETKEYS <full-command>', '    Return the keys from a full Redis command.',
  'GETKEYSANDFLAGS <full-command>', '    Return the keys and the access flags from a full Redis command.',
];

function command(call: Call, args: readonly Bytes[]): Reply {
  const { commands } = call.engine;
  const asked = args.length > 2 ? args.slice(2).map((name) => named(commands, name)) : [...commands.values()];
  switch (keyword(args[1])) {
    case '':
      return array([...commands.values()].map(entryOf));
    case 'count':
      return integer(commands.size);
    case 'info':
      return array(asked.map((found) => (found === undefined ? NIL : entryOf(found))));
    case 'docs':
      return { kind: 'map', items: asked.flatMap((found) => (found === undefined ? [] : [bulk(found.fullName), documentationOf(found)])) };
    case 'list':
      return list(commands, args);
    case 'getkeys':
      return getKeys(call, args, false);
    case 'getkeysandflags':
      return getKeys(call, args, true);
    default:
      return helpReply('COMMAND', HELP);
  }
}

/** The row of `COMMAND`. */
export const COMMAND_COMMANDS: CommandGroup = {
  command: {
    arity: -1, flags: ['loading', 'stale'], keys: NO_KEYS, categories: ['connection'], since: '2.8.13', reply: ['array', 'integer', 'map'],
    subcommands: { '': 1, ...subcommandsOf('command') }, run: command,
  },
};
