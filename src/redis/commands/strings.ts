/**
 * String commands, all of 7.0.
 *
 * Replicated forms: an expiry becomes `PXAT`, a float increment the resulting `SET … KEEPTTL`, `GETDEL` a `DEL`, as in
 * Redis 7.0.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { ALL_KEYS, ALTERNATE_KEYS, FIRST_KEY, TWO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { addInt64, negateInt64, parseInt64, type Int64 } from '../bytes/int64.ts';
import type { StringForm } from '../keyspace/keyspace.ts';
import { longestCommonSubsequence } from '../values/longest-common-subsequence.ts';
import { addLongDouble, formatLongDouble, parseLongDouble } from '../bytes/long-double.ts';
import { array, bulk, bulkOrNil, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { EXPIRY_OPTIONS, integerArgument, keyword, positiveDeadline, positionArgument, type ExpiryArgument } from './arguments.ts';

interface SetOptions {
  condition: 'nx' | 'xx' | undefined;
  expiry: ExpiryArgument | undefined;
  keepTtl: boolean;
  persist: boolean;
  get: boolean;
}

/** One kind of expiry excludes the others; itself it may repeat, and the last counts. */
function isAlone(before: ExpiryArgument | undefined, expiry: Omit<ExpiryArgument, 'value'>): boolean {
  return before === undefined || (before.unit === expiry.unit && before.basis === expiry.basis);
}

/** Parses what follows the value of `SET`, or the key of `GETEX`. */
function parseOptions(args: readonly Bytes[], from: number, command: 'set' | 'getex'): SetOptions {
  const options: SetOptions = { condition: undefined, expiry: undefined, keepTtl: false, persist: false, get: false };
  for (let i = from; i < args.length; i++) {
    const word = keyword(args[i]);
    const expiry = Object.hasOwn(EXPIRY_OPTIONS, word) ? EXPIRY_OPTIONS[word] : undefined;
    const value = args[i + 1];
    if (command === 'set' && (word === 'nx' || word === 'xx') && (options.condition ?? word) === word) {
      options.condition = word;
    } else if (command === 'set' && word === 'get') {
      options.get = true;
    } else if (command === 'set' && word === 'keepttl' && options.expiry === undefined) {
      options.keepTtl = true;
    } else if (command === 'getex' && word === 'persist' && options.expiry === undefined) {
      options.persist = true;
    } else if (expiry !== undefined && value !== undefined && !options.keepTtl && !options.persist && isAlone(options.expiry, expiry)) {
      options.expiry = { ...expiry, value };
      i++;
    } else {
      refuse(ERROR.syntax);
    }
  }
  return options;
}

/** Stores a string, as `SET`, `SETNX`, `SETEX` and `PSETEX` do. */
function store(call: Call, key: Bytes, value: Bytes, options: SetOptions, rejected: Reply): Reply {
  const { database, now } = call;
  const deadline = options.expiry === undefined ? undefined : positiveDeadline(options.expiry, now, call.command.name);
  const before = options.get ? bulkOrNil(call.readString(key)) : undefined;
  if (options.condition !== undefined && (database.get(key) !== undefined) === (options.condition === 'nx')) return before ?? rejected;
  if (options.keepTtl) {
    // An expired key's deadline must not be inherited.
    database.get(key);
    database.put(key, value);
  } else {
    database.replace(key, value);
  }
  call.modified(key);
  call.event('string', 'set', key);
  if (deadline !== undefined) {
    database.setDeadline(key, deadline);
    call.event('generic', 'expire', key);
    call.propagateAs(['SET', key, value, 'PXAT', String(deadline)]);
  } else if (options.get) {
    call.propagateAs(options.keepTtl ? ['SET', key, value, 'KEEPTTL'] : ['SET', key, value]);
  }
  return before ?? OK;
}

const PLAIN: SetOptions = { condition: undefined, expiry: undefined, keepTtl: false, persist: false, get: false };

function set(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', value = ''] = args;
  if (args.length > 3) return store(call, key, value, parseOptions(args, 3, 'set'), NIL);
  call.database.replace(key, value);
  call.modified(key);
  call.event('string', 'set', key);
  return OK;
}

function setnx(call: Call, [, key = '', value = '']: readonly Bytes[]): Reply {
  const reply = store(call, key, value, { ...PLAIN, condition: 'nx' }, integer(0));
  return reply === OK ? integer(1) : reply;
}

function setWithSpan(unit: ExpiryArgument['unit']): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, [, key = '', span = '', value = '']) =>
    store(call, key, value, { ...PLAIN, expiry: { unit, basis: 'relative', value: span } }, NIL);
}

function get(call: Call, args: readonly Bytes[]): Reply {
  return bulkOrNil(call.string(args[1] as Bytes));
}

function getset(call: Call, [, key = '', value = '']: readonly Bytes[]): Reply {
  const before = call.string(key);
  call.database.replace(key, value);
  call.modified(key);
  call.event('string', 'set', key);
  call.propagateAs(['SET', key, value]);
  return bulkOrNil(before);
}

function getdel(call: Call, [, key = '']: readonly Bytes[]): Reply {
  const before = call.string(key);
  if (before === undefined) return NIL;
  call.database.delete(key);
  call.modified(key);
  call.event('generic', 'del', key);
  call.propagateAs(['DEL', key]);
  return bulk(before);
}

function getex(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  const options = parseOptions(args, 2, 'getex');
  const value = call.string(key);
  if (value === undefined) return NIL;
  if (options.expiry !== undefined) {
    const deadline = positiveDeadline(options.expiry, call.now, call.command.name);
    call.expireAt(key, deadline);
    call.modified(key);
  } else if (options.persist && call.database.setDeadline(key, undefined)) {
    call.modified(key);
    call.propagateAs(['PERSIST', key]);
    call.event('generic', 'persist', key);
  }
  return bulk(value);
}

function mget(call: Call, args: readonly Bytes[]): Reply {
  return array(args.slice(1).map((key) => {
    const value = call.lookup(key);
    return typeof value === 'string' ? bulk(value) : NIL;
  }));
}

function mset(call: Call, args: readonly Bytes[]): Reply {
  if (args.length % 2 === 0) return errorReply(`ERR wrong number of arguments for '${call.command.name}' command`);
  const onlyNew = call.command.name === 'msetnx';
  if (onlyNew) {
    for (let i = 1; i < args.length; i += 2) if (call.database.get(args[i] as Bytes) !== undefined) return integer(0);
  }
  for (let i = 1; i < args.length; i += 2) {
    call.database.replace(args[i] as Bytes, args[i + 1] as Bytes);
    call.modified(args[i] as Bytes);
    call.event('string', 'set', args[i] as Bytes);
  }
  return onlyNew ? integer(1) : OK;
}

/** Stores a changed string under a key that keeps its deadline. */
function change(call: Call, key: Bytes, value: Bytes, event: string, form?: StringForm): void {
  call.database.put(key, value);
  if (form !== undefined) call.database.keepAs(key, form);
  call.modified(key);
  call.event('string', event, key);
}

function append(call: Call, [, key = '', suffix = '']: readonly Bytes[]): Reply {
  const stored = call.string(key);
  const before = stored ?? '';
  if (before.length + suffix.length > call.limits.protoMaxBulkLen) return errorReply(ERROR.stringTooLong);
  change(call, key, before + suffix, 'append', stored === undefined ? undefined : 'raw');
  return integer(before.length + suffix.length);
}

function strlen(call: Call, [, key = '']: readonly Bytes[]): Reply {
  return integer((call.string(key) ?? '').length);
}

function getrange(call: Call, [, key = '', from, to]: readonly Bytes[]): Reply {
  let start = positionArgument(from);
  let end = positionArgument(to);
  const value = call.string(key) ?? '';
  if (start < 0 && end < 0 && start > end) return bulk('');
  if (start < 0) start = Math.max(0, value.length + start);
  if (end < 0) end = Math.max(0, value.length + end);
  return bulk(start > end ? '' : value.slice(start, end + 1));
}

function setrange(call: Call, [, key = '', at, patch = '']: readonly Bytes[]): Reply {
  const offset = positionArgument(at);
  if (offset < 0) return errorReply(ERROR.offsetOutOfRange);
  const before = call.string(key) ?? '';
  if (patch === '') return integer(before.length);
  if (offset + patch.length > call.limits.protoMaxBulkLen) return errorReply(ERROR.stringTooLong);
  const padded = before.length < offset ? before + '\0'.repeat(offset - before.length) : before;
  const value = padded.slice(0, offset) + patch + padded.slice(offset + patch.length);
  change(call, key, value, 'setrange', 'raw');
  return integer(value.length);
}

function increment(call: Call, key: Bytes, by: Int64): Reply {
  const before = call.string(key);
  const value = before === undefined ? 0 : parseInt64(before) ?? refuse(ERROR.notInteger);
  const sum = addInt64(value, by);
  if (sum === undefined) return errorReply(ERROR.overflow);
  change(call, key, String(sum), 'incrby');
  return integer(sum);
}

function decrby(call: Call, [, key = '', by]: readonly Bytes[]): Reply {
  const negative = negateInt64(integerArgument(by));
  return negative === undefined ? errorReply('ERR decrement would overflow') : increment(call, key, negative);
}

function incrbyfloat(call: Call, [, key = '', by = '']: readonly Bytes[]): Reply {
  const value = parseLongDouble(call.string(key) ?? '0') ?? refuse(ERROR.notFloat);
  const sum = addLongDouble(value, parseLongDouble(by) ?? refuse(ERROR.notFloat)) ?? refuse(ERROR.nanOrInfinity);
  const text = formatLongDouble(sum);
  change(call, key, text, 'incrbyfloat', 'text');
  call.propagateAs(['SET', key, text, 'KEEPTTL']);
  return bulk(text);
}

interface CommonOptions {
  readonly asLength: boolean;
  readonly asRanges: boolean;
  readonly withLengths: boolean;
  readonly shortest: number;
}

function commonOptions(args: readonly Bytes[]): CommonOptions {
  const options = { asLength: false, asRanges: false, withLengths: false, shortest: 0 };
  for (let i = 3; i < args.length; i++) {
    const word = keyword(args[i]);
    if (word === 'idx') options.asRanges = true;
    else if (word === 'len') options.asLength = true;
    else if (word === 'withmatchlen') options.withLengths = true;
    else if (word === 'minmatchlen' && i + 1 < args.length) options.shortest = Math.max(0, positionArgument(args[++i]));
    else refuse(ERROR.syntax);
  }
  return options;
}

function lcs(call: Call, args: readonly Bytes[]): Reply {
  const [a, b] = [call.lookup(args[1] ?? ''), call.lookup(args[2] ?? '')].map((value) => {
    if (value === undefined || typeof value === 'string') return value ?? '';
    return refuse('ERR The specified keys must contain string values');
  });
  const { asLength, asRanges, withLengths, shortest } = commonOptions(args);
  if (asLength && asRanges) return errorReply('ERR If you want both the length and indexes, please just use IDX.');
  if (((a ?? '').length + 1) * ((b ?? '').length + 1) * 4 > call.limits.protoMaxBulkLen) {
    return errorReply('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len');
  }
  const { text, ranges } = longestCommonSubsequence(a ?? '', b ?? '');
  if (asLength) return integer(text.length);
  if (!asRanges) return bulk(text);
  const matches = ranges.map((range) => ({ range, length: range.a[1] - range.a[0] + 1 })).filter(({ length }) => length >= shortest)
    .map(({ range, length }) => array([array(range.a.map(integer)), array(range.b.map(integer)), ...(withLengths ? [integer(length)] : [])]));
  return { kind: 'map', items: [bulk('matches'), array(matches), bulk('len'), integer(text.length)] };
}

const STRING = ['string'] as const;
const CHANGES = ['write', 'denyoom', 'fast'] as const;

/** The rows of the string commands. */
export const STRING_COMMANDS: CommandGroup = {
  set: { arity: -3, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['simple', 'nil', 'bulk'], run: set },
  setnx: { arity: 3, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['integer'], run: setnx },
  setex: { arity: 4, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: STRING, since: '2.0.0', reply: ['simple'], run: setWithSpan('seconds') },
  psetex: { arity: 4, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: STRING, since: '2.6.0', reply: ['simple'], run: setWithSpan('milliseconds') },
  get: { arity: 2, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['bulk', 'nil'], run: get },
  getset: { arity: 3, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['bulk', 'nil'], run: getset },
  getdel: { arity: 2, flags: ['write', 'fast'], keys: FIRST_KEY, categories: STRING, since: '6.2.0', reply: ['bulk', 'nil'], run: getdel },
  getex: { arity: -2, flags: ['write', 'fast'], keys: FIRST_KEY, categories: STRING, since: '6.2.0', reply: ['bulk', 'nil'], run: getex },
  mget: { arity: -2, flags: ['readonly', 'fast'], keys: ALL_KEYS, categories: STRING, since: '1.0.0', reply: ['array'], run: mget },
  mset: { arity: -3, flags: ['write', 'denyoom'], keys: ALTERNATE_KEYS, categories: STRING, since: '1.0.1', reply: ['simple'], run: mset },
  msetnx: { arity: -3, flags: ['write', 'denyoom'], keys: ALTERNATE_KEYS, categories: STRING, since: '1.0.1', reply: ['integer'], run: mset },
  append: { arity: 3, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '2.0.0', reply: ['integer'], run: append },
  strlen: { arity: 2, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: STRING, since: '2.2.0', reply: ['integer'], run: strlen },
  getrange: { arity: 4, flags: ['readonly'], keys: FIRST_KEY, categories: STRING, since: '2.4.0', reply: ['bulk'], run: getrange },
  substr: { arity: 4, flags: ['readonly'], keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['bulk'], run: getrange },
  setrange: { arity: 4, flags: ['write', 'denyoom'], keys: FIRST_KEY, categories: STRING, since: '2.2.0', reply: ['integer'], run: setrange },
  incr: { arity: 2, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['integer'], run: (call, [, key = '']) => increment(call, key, 1) },
  decr: { arity: 2, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['integer'], run: (call, [, key = '']) => increment(call, key, -1) },
  incrby: { arity: 3, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['integer'], run: (call, [, key = '', by]) => increment(call, key, integerArgument(by)) },
  decrby: { arity: 3, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '1.0.0', reply: ['integer'], run: decrby },
  lcs: { arity: -3, flags: ['readonly'], keys: TWO_KEYS, categories: STRING, since: '7.0.0', reply: ['bulk', 'integer', 'map'], run: lcs },
  incrbyfloat: { arity: 3, flags: CHANGES, keys: FIRST_KEY, categories: STRING, since: '2.6.0', reply: ['bulk'], run: incrbyfloat },
};
