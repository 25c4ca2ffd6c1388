/**
 * What a value is kept as: `OBJECT`, `MEMORY`, the parts of `DEBUG` that test-suites use, and `SWAPDB`, `LOLWUT`.
 *
 * Encodings are those Redis would use with redis.conf's thresholds; the structures beneath are ours. Left out: access times
 * (`OBJECT IDLETIME` is 0) and frequencies; `MEMORY USAGE` is an estimate after the real structures' sizes on 64 bits.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { parseInt64 } from '../int64.ts';
import type { StringForm, Value } from '../keyspace.ts';
import { array, bulk, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';

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
const MEMORY_HELP = [
  'MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:', 'DOCTOR', '    Return memory problems reports.', 'MALLOC-STATS',
  '    Return internal statistics report from the memory allocator.', 'PURGE', '    Attempt to purge dirty pages for reclamation by the allocator.', 'STATS',
  '    Return information about the memory usage of the server.', 'USAGE <key> [SAMPLES <count>]', '    Return memory in bytes used by <key> and its value. Nested values are',
  '    sampled up to <count> times (default: 5, 0 means sample all).', 'HELP', '    Prints this help.',
];
const helpReply = (lines: readonly string[]): Reply => array(lines.map((text) => ({ kind: 'simple', text })));

function object(call: Call, args: readonly Bytes[]): Reply {
  const [, subcommand, key = ''] = args;
  const word = keyword(subcommand);
  if (word === 'help') return helpReply(OBJECT_HELP);
  const value = call.database.get(key);
  if (value === undefined) return NIL;
  if (word === 'encoding') return bulk(encodingOf(value, call.database.keptAs(key)));
  if (word === 'freq') {
    return errorReply('ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.');
  }
  if (word === 'idletime') return integer(0);
  const number = typeof value === 'string' && call.database.keptAs(key) === undefined ? parseInt64(value) : undefined;
  return integer(number !== undefined && number >= 0 && number < SHARED_INTEGERS ? SHARED_COUNT : 1);
}

/** Sizes of the real one's structures on 64 bits: an object, a key's place in the dictionary, a node of a structure. */
const OBJECT_BYTES = 16;
const ENTRY_BYTES = 24;
const STRUCTURE_BYTES = 64;
const NODE_BYTES = 40;

function textBytes(text: Bytes): number {
  return text.length + 9;
}

function memoryOf(value: Value): number {
  if (typeof value === 'string') return OBJECT_BYTES + (parseInt64(value) === undefined ? textBytes(value) : 0);
  let [bytes, count] = [0, 0];
  const count1 = (text: Bytes): void => {
    bytes += textBytes(text);
    count++;
  };
  switch (value.type) {
    case 'list':
      for (const element of value.items.slice()) count1(element);
      break;
    case 'set':
      for (const member of value.members()) count1(member);
      break;
    case 'hash':
      for (const text of [...value.fields(), ...value.values()]) count1(text);
      break;
    case 'zset':
      value.walk(0, value.size, (member) => { count1(member); });
      break;
    case 'stream':
      value.walk(0n, value.lastId, ({ fields }) => { for (const text of fields) count1(text); });
      break;
  }
  const isSmall = value.type === 'list' || value.type === 'stream' || ((value.type === 'hash' || value.type === 'zset') && value.isSmall);
  return OBJECT_BYTES + STRUCTURE_BYTES + bytes + (isSmall ? 0 : count * NODE_BYTES);
}

function memory(call: Call, args: readonly Bytes[]): Reply {
  const [, subcommand, key = ''] = args;
  switch (keyword(subcommand)) {
    case 'help':
      return helpReply(MEMORY_HELP);
    case 'usage': {
      for (let i = 3; i < args.length; i += 2) {
        if (keyword(args[i]) !== 'samples' || i + 1 >= args.length) return errorReply(ERROR.syntax);
        if (positionArgument(args[i + 1]) < 0) return errorReply(ERROR.syntax);
      }
      const value = call.database.get(key);
      return value === undefined ? NIL : integer(memoryOf(value) + ENTRY_BYTES + textBytes(key));
    }
    case 'doctor':
      return bulk("Hi Sam, this instance is empty or is using very little memory, my issue detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n");
    case 'malloc-stats':
      return bulk('Stats not supported for the current allocator');
    default:
      return OK;
  }
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

function debug(call: Call, args: readonly Bytes[]): Reply {
  const [, subcommand = '', argument = ''] = args;
  switch (keyword(subcommand)) {
    case 'object': {
      const value = call.database.get(argument) ?? refuse(ERROR.noSuchKey);
      const text = `Value at:0x7f0000000000 refcount:1 encoding:${encodingOf(value, call.database.keptAs(argument))} serializedlength:${memoryOf(value)} lru:0 lru_seconds_idle:0`;
      return { kind: 'simple', text };
    }
    case 'set-active-expire':
      call.engine.activeExpire = argument !== '0';
      return OK;
    // A simulated server does not sleep: its clock is moved by others.
    case 'sleep': case 'jmap': case 'reload': case 'loadaof': case 'quicklist-packed-threshold': case 'set-disable-deny-scripts': case 'replybuffer': case 'dict-resizing': case 'stringmatch-len': case 'change-repl-id':
      return OK;
    default:
      return errorReply(`ERR unknown subcommand or wrong number of arguments for '${upToNul(subcommand).slice(0, 128)}'. Try DEBUG HELP.`);
  }
}

const KEYSPACE = ['keyspace'] as const;
const SECOND_ARGUMENT = { kind: 'range', first: 2, last: 2, step: 1 } as const;

/** The rows. */
export const OBJECT_COMMANDS: CommandGroup = {
  object: { arity: -2, flags: ['readonly'], keys: SECOND_ARGUMENT, categories: KEYSPACE, since: '2.2.3', reply: ['bulk', 'integer', 'nil', 'array'], subcommands: { encoding: 3, freq: 3, help: 2, idletime: 3, refcount: 3 }, run: object },
  memory: { arity: -2, flags: ['readonly'], keys: SECOND_ARGUMENT, categories: [], since: '4.0.0', reply: ['integer', 'nil', 'bulk', 'simple', 'array'], subcommands: { doctor: 2, help: 2, 'malloc-stats': 2, purge: 2, usage: -3 }, run: memory },
  swapdb: { arity: 3, flags: ['write', 'fast'], keys: NO_KEYS, categories: ['keyspace', 'dangerous'], since: '4.0.0', reply: ['simple'], run: swapdb },
  debug: { arity: -2, flags: ['admin', 'noscript', 'loading', 'stale'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '1.0.0', reply: ['simple'], run: debug },
  lolwut: { arity: -1, flags: ['readonly', 'fast'], keys: NO_KEYS, categories: [], since: '5.0.0', reply: ['bulk'], run: () => bulk('Redis ver. 7.0.15\n') },
};
