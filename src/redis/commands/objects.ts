/**
 * What a value is kept as and how it is used: `OBJECT`; and `SWAPDB`, `LOLWUT`.
 *
 * Encodings are those Redis would use with the configured thresholds; the structures beneath are ours.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { parseInt64 } from '../bytes/int64.ts';
import type { StringForm, Value } from '../keyspace/keyspace.ts';
import { array, bulk, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { integerArgument, keyword } from './arguments.ts';

/** The longest string that is kept within its object. */
const EMBEDDED_MAX = 44;
/** Whole numbers below are shared by all keys that hold them. */
const SHARED_INTEGERS = 10_000;
const SHARED_COUNT = 2_147_483_647;

/** How Redis would keep a value. @param form - of a string that was not stored by `SET` */
export function encodingOf(value: Value, form: StringForm | undefined): string {
  if (typeof value === 'string') {
    if (form === 'raw') return 'raw';
    return form === undefined && value.length <= 20 && parseInt64(value) !== undefined ? 'int' : value.length <= EMBEDDED_MAX ? 'embstr' : 'raw';
  }
  switch (value.type) {
    case 'list':
      return 'quicklist';
    case 'set':
      return value.isIntset ? 'intset' : 'hashtable';
    case 'hash':
      return value.isSmall ? 'listpack' : 'hashtable';
    case 'zset':
      return value.isSmall ? 'listpack' : 'skiplist';
    case 'stream':
      return 'stream';
  }
}

const OBJECT_HELP = [
  'OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:', 'ENCODING <key>', '    Return the kind of internal representation used in order to store the value',
  '    associated with a <key>.', 'FREQ <key>', '    Return the access frequency index of the <key>. The returned integer is', '    proportional to the logarithm of the recent access frequency of the key.',
  'IDLETIME <key>', '    Return the idle time of the <key>, that is the approximated number of', '    seconds elapsed since the last access to the key.',
  'REFCOUNT <key>', '    Return the number of references of the value associated with the specified', '    <key>.', 'HELP', '    Prints this help.',
];
/** The lines of a `HELP` subcommand. */
export const helpReply = (lines: readonly string[]): Reply => array(lines.map((text) => ({ kind: 'simple', text })));

function object(call: Call, args: readonly Bytes[]): Reply {
  const [, subcommand, key = ''] = args;
  const word = keyword(subcommand);
  if (word === 'help') return helpReply(OBJECT_HELP);
  const value = call.peek(key, false);
  if (value === undefined) return NIL;
  const { access, eviction } = call.engine;
  if (word === 'encoding') return bulk(encodingOf(value, call.database.keptAs(key)));
  if (word === 'freq') {
    return access.isLfu ? integer(access.frequency(call.database.stampOf(key), call.now)) : errorReply('ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.');
  }
  if (word === 'idletime') {
    return access.isLfu ? errorReply('ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.')
      : integer(access.idleSeconds(call.database.stampOf(key), call.now));
  }
  // Under a limit that looks at uses every key must have an object of its own.
  if (eviction.limit > 0 && /l[rf]u$/.test(call.engine.configuration.value('maxmemory-policy'))) return integer(1);
  const number = typeof value === 'string' && call.database.keptAs(key) === undefined ? parseInt64(value) : undefined;
  return integer(number !== undefined && number >= 0 && number < SHARED_INTEGERS ? SHARED_COUNT : 1);
}

function swapdb(call: Call, [, first, second]: readonly Bytes[]): Reply {
  const number = (bytes: Bytes | undefined, which: string): number => {
    const value = integerArgument(bytes, `ERR invalid ${which} DB index`);
    return value >= -0x8000_0000 && value <= 0x7fff_ffff ? Number(value) : refuse(`ERR invalid ${which} DB index`);
  };
  const [one, two] = [number(first, 'first'), number(second, 'second')].map((at) => call.engine.databases[at]);
  if (one === undefined || two === undefined) return errorReply(ERROR.databaseOutOfRange);
  if (one !== two) one.swap(two);
  call.engine.blocked.touchedAll(one.number);
  call.engine.blocked.touchedAll(two.number);
  call.dirty++;
  return OK;
}

const KEYSPACE = ['keyspace'] as const;
const SECOND_ARGUMENT = { kind: 'range', first: 2, last: 2, step: 1 } as const;

/** The rows. */
export const OBJECT_COMMANDS: CommandGroup = {
  object: { arity: -2, flags: ['readonly'], keys: SECOND_ARGUMENT, categories: KEYSPACE, since: '2.2.3', reply: ['bulk', 'integer', 'nil', 'array'], subcommands: { encoding: 3, freq: 3, help: 2, idletime: 3, refcount: 3 }, run: object },
  swapdb: { arity: 3, flags: ['write', 'fast'], keys: NO_KEYS, categories: ['keyspace', 'dangerous'], since: '4.0.0', reply: ['simple'], run: swapdb },
  lolwut: { arity: -1, flags: ['readonly', 'fast'], keys: NO_KEYS, categories: [], since: '5.0.0', reply: ['bulk'], run: () => bulk('Redis ver. 7.0.15\n') },
};
