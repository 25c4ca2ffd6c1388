/**
 * Commands on keys of any type: existence, deadlines, names. `OBJECT`, `SORT`, `DUMP` and `RESTORE`
 * have files of their own and so has `MIGRATE`.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { ALL_KEYS, FIRST_KEY, NO_KEYS, TWO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { globMatches } from '../bytes/glob.ts';
import { addInt64, multiplyInt64, type Int64 } from '../bytes/int64.ts';
import { typeOf, type Database, type Value } from '../keyspace/keyspace.ts';
import { bulk, bulks, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { integerArgument, keyword, smallIntegerArgument } from './arguments.ts';

/** What costs more to free than this the real server frees in the background. */
const LAZY_EFFORT = 64;

/** In how many pieces a value lies. */
function freeEffort(value: Value): number {
  if (typeof value === 'string') return 1;
  switch (value.type) {
    case 'list':
      return Math.ceil(value.size / 128);
    case 'set':
      return value.isIntset ? 1 : value.size;
    case 'hash': case 'zset':
      return value.isSmall ? 1 : value.size;
    case 'stream': {
      const [first] = value.groups.values();
      return value.radixNodeCount + (first === undefined ? 0 : value.groups.size * (1 + first.pending.size));
    }
  }
}

function remove(call: Call, args: readonly Bytes[]): Reply {
  const isLazy = call.command.name === 'unlink' || call.engine.configuration.value('lazyfree-lazy-user-del') === 'yes';
  let removed = 0;
  for (let i = 1; i < args.length; i++) {
    const key = args[i] as Bytes;
    const value = call.database.get(key);
    if (value === undefined) continue;
    if (isLazy && freeEffort(value) > LAZY_EFFORT) call.engine.eviction.lazyFreed++;
    call.database.delete(key);
    call.modified(key);
    call.event('generic', 'del', key);
    removed++;
  }
  return integer(removed);
}

function exists(call: Call, args: readonly Bytes[]): Reply {
  let found = 0;
  for (let i = 1; i < args.length; i++) if (call.peek(args[i] as Bytes) !== undefined) found++;
  return integer(found);
}

function touch(call: Call, args: readonly Bytes[]): Reply {
  let found = 0;
  for (let i = 1; i < args.length; i++) if (call.lookup(args[i] as Bytes) !== undefined) found++;
  return integer(found);
}

interface ExpireConditions {
  readonly nx: boolean;
  readonly xx: boolean;
  readonly gt: boolean;
  readonly lt: boolean;
}

function parseConditions(args: readonly Bytes[]): ExpireConditions {
  const words = args.slice(3).map((arg) => {
    const word = keyword(arg);
    return ['nx', 'xx', 'gt', 'lt'].includes(word) ? word : refuse(`ERR Unsupported option ${upToNul(arg)}`);
  });
  const conditions = { nx: words.includes('nx'), xx: words.includes('xx'), gt: words.includes('gt'), lt: words.includes('lt') };
  if (conditions.nx && (conditions.xx || conditions.gt || conditions.lt)) {
    refuse('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (conditions.gt && conditions.lt) refuse('ERR GT and LT options at the same time are not compatible');
  return conditions;
}

function admits(conditions: ExpireConditions, before: Int64 | undefined, deadline: Int64): boolean {
  if (conditions.nx && before !== undefined) return false;
  if (conditions.xx && before === undefined) return false;
  if (conditions.gt && (before === undefined || deadline <= before)) return false;
  return !(conditions.lt && before !== undefined && deadline >= before);
}

function expire(unit: 'seconds' | 'milliseconds', basis: 'relative' | 'absolute'): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const [, key = '', span] = args;
    const conditions = parseConditions(args);
    const given = integerArgument(span);
    const invalid = `ERR invalid expire time in '${call.command.name}' command`;
    const scaled = unit === 'seconds' ? multiplyInt64(given, 1000) : given;
    if (scaled === undefined) return errorReply(invalid);
    const deadline = basis === 'absolute' ? scaled : addInt64(scaled, call.now) ?? refuse(invalid);
    if (call.database.get(key) === undefined) return integer(0);
    if (!admits(conditions, call.database.deadline(key), deadline)) return integer(0);
    call.expireAt(key, deadline);
    call.modified(key);
    return integer(1);
  };
}

/** Milliseconds to whole seconds, half up, as Redis rounds them. */
function seconds(milliseconds: Int64): Int64 {
  return typeof milliseconds === 'number' ? Math.floor((milliseconds + 500) / 1000) : Number((milliseconds + 500n) / 1000n);
}

function timeLeft(unit: 'seconds' | 'milliseconds', basis: 'relative' | 'absolute'): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, [, key = '']) => {
    if (call.peek(key) === undefined) return integer(-2);
    const deadline = call.database.deadline(key);
    if (deadline === undefined) return integer(-1);
    let value: Int64 = deadline;
    if (basis === 'relative') {
      const left = addInt64(deadline, -call.now) ?? 0;
      value = left < 0 ? 0 : left;
    }
    return integer(unit === 'seconds' ? seconds(value) : value);
  };
}

function persist(call: Call, [, key = '']: readonly Bytes[]): Reply {
  if (call.database.get(key) === undefined || !call.database.setDeadline(key, undefined)) return integer(0);
  call.modified(key);
  call.event('generic', 'persist', key);
  return integer(1);
}

function type(call: Call, [, key = '']: readonly Bytes[]): Reply {
  const value = call.peek(key);
  return { kind: 'simple', text: value === undefined ? 'none' : typeOf(value) };
}

function keys(call: Call, [, pattern = '']: readonly Bytes[]): Reply {
  const found = call.database.keys().filter((key) => (pattern === '*' || globMatches(pattern, key)) && !call.database.isExpired(key));
  return bulks(found);
}

/** Moves a value and its deadline to another name. */
function rename(call: Call, [, from = '', to = '']: readonly Bytes[]): Reply {
  const { database } = call;
  const onlyNew = call.command.name === 'renamenx';
  const value = database.get(from);
  if (value === undefined) return errorReply(ERROR.noSuchKey);
  if (from === to) return onlyNew ? integer(0) : OK;
  if (onlyNew && database.get(to) !== undefined) return integer(0);
  const deadline = database.deadline(from);
  const form = database.keptAs(from);
  const stamp = database.stampOf(from);
  // The target goes first, and so is new.
  database.delete(to);
  database.replace(to, value);
  database.stamp(to, stamp);
  database.delete(from);
  database.keepAs(to, form);
  if (deadline !== undefined) database.setDeadline(to, deadline);
  call.modified(from);
  call.modified(to);
  call.event('generic', 'rename_from', from);
  call.event('generic', 'rename_to', to);
  return onlyNew ? integer(1) : OK;
}

/** A number of an existing database. */
function databaseArgument(call: Call, bytes: Bytes | undefined): Database {
  return call.engine.databases[smallIntegerArgument(bytes)] ?? refuse(ERROR.databaseOutOfRange);
}

function copy(call: Call, args: readonly Bytes[]): Reply {
  const [, from = '', to = ''] = args;
  let target = call.database;
  let mayReplace = false;
  for (let i = 3; i < args.length; i++) {
    const word = keyword(args[i]);
    if (word === 'replace') mayReplace = true;
    else if (word === 'db' && i + 1 < args.length) target = databaseArgument(call, args[++i]);
    else return errorReply(ERROR.syntax);
  }
  if (target === call.database && from === to) return errorReply(ERROR.sameObject);
  const value = call.lookup(from);
  if (value === undefined) return integer(0);
  if (target.get(to) !== undefined && !mayReplace) return integer(0);
  target.delete(to);
  target.replace(to, typeof value === 'string' ? value : value.clone());
  target.keepAs(to, call.database.keptAs(from));
  const deadline = call.database.deadline(from);
  if (deadline !== undefined) target.setDeadline(to, deadline);
  target.touched(to);
  call.event('generic', 'copy_to', to, target);
  call.dirty++;
  return integer(1);
}

function move(call: Call, [, key = '', number]: readonly Bytes[]): Reply {
  const target = databaseArgument(call, number);
  if (target === call.database) return errorReply(ERROR.sameObject);
  const value = call.database.get(key);
  if (value === undefined || target.get(key) !== undefined) return integer(0);
  const deadline = call.database.deadline(key);
  target.replace(key, value);
  target.keepAs(key, call.database.keptAs(key));
  if (deadline !== undefined) target.setDeadline(key, deadline);
  call.database.delete(key);
  target.touched(key);
  call.modified(key);
  call.event('generic', 'move_from', key);
  call.event('generic', 'move_to', key, target);
  return integer(1);
}

function randomkey(call: Call): Reply {
  const { database } = call;
  // On a replica expired keys stay; the real one gives up after a hundred of them when nothing else is there.
  for (let tries = 0; database.size > 0; tries++) {
    const key = database.keyAt(call.random.below(database.size)) as Bytes;
    if (!database.isExpired(key) || (!call.engine.removesExpired && tries >= 100)) return bulk(key);
    if (database.expireIfDue(key)) call.flushByTheWay();
  }
  return NIL;
}

function flush(call: Call, args: readonly Bytes[]): Reply {
  if (args.length > 2 || (args.length === 2 && !['async', 'sync'].includes(keyword(args[1])))) return errorReply(ERROR.syntax);
  const databases = call.command.name === 'flushall' ? call.engine.databases : [call.database];
  const mode = keyword(args[1] ?? (call.engine.configuration.value('lazyfree-lazy-user-flush') === 'yes' ? 'async' : 'sync'));
  if (mode === 'async') for (const database of databases) call.engine.eviction.lazyFreed += database.size;
  call.engine.tracking.flush(() => { for (const database of databases) database.clear(); });
  // Replicated even when there was nothing to remove.
  call.dirty++;
  return OK;
}

const KEYSPACE = ['keyspace'] as const;
const FAST_READ = ['readonly', 'fast'] as const;
const FAST_WRITE = ['write', 'fast'] as const;

/** The rows of the commands on keys. */
export const GENERIC_COMMANDS: CommandGroup = {
  del: { arity: -2, flags: ['write'], keys: ALL_KEYS, categories: KEYSPACE, since: '1.0.0', reply: ['integer'], run: remove },
  unlink: { arity: -2, flags: FAST_WRITE, keys: ALL_KEYS, categories: KEYSPACE, since: '4.0.0', reply: ['integer'], run: remove },
  exists: { arity: -2, flags: FAST_READ, keys: ALL_KEYS, categories: KEYSPACE, since: '1.0.0', reply: ['integer'], run: exists },
  touch: { arity: -2, flags: FAST_READ, keys: ALL_KEYS, categories: KEYSPACE, since: '3.2.1', reply: ['integer'], run: touch },
  expire: { arity: -3, flags: FAST_WRITE, keys: FIRST_KEY, categories: KEYSPACE, since: '1.0.0', reply: ['integer'], run: expire('seconds', 'relative') },
  pexpire: { arity: -3, flags: FAST_WRITE, keys: FIRST_KEY, categories: KEYSPACE, since: '2.6.0', reply: ['integer'], run: expire('milliseconds', 'relative') },
  expireat: { arity: -3, flags: FAST_WRITE, keys: FIRST_KEY, categories: KEYSPACE, since: '1.2.0', reply: ['integer'], run: expire('seconds', 'absolute') },
  pexpireat: { arity: -3, flags: FAST_WRITE, keys: FIRST_KEY, categories: KEYSPACE, since: '2.6.0', reply: ['integer'], run: expire('milliseconds', 'absolute') },
  ttl: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: KEYSPACE, since: '1.0.0', reply: ['integer'], run: timeLeft('seconds', 'relative') },
  pttl: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: KEYSPACE, since: '2.6.0', reply: ['integer'], run: timeLeft('milliseconds', 'relative') },
  expiretime: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: KEYSPACE, since: '7.0.0', reply: ['integer'], run: timeLeft('seconds', 'absolute') },
  pexpiretime: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: KEYSPACE, since: '7.0.0', reply: ['integer'], run: timeLeft('milliseconds', 'absolute') },
  persist: { arity: 2, flags: FAST_WRITE, keys: FIRST_KEY, categories: KEYSPACE, since: '2.2.0', reply: ['integer'], run: persist },
  type: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: KEYSPACE, since: '1.0.0', reply: ['simple'], run: type },
  keys: { arity: 2, flags: ['readonly'], keys: NO_KEYS, categories: ['keyspace', 'dangerous'], since: '1.0.0', reply: ['array'], run: keys },
  rename: { arity: 3, flags: ['write'], keys: TWO_KEYS, categories: KEYSPACE, since: '1.0.0', reply: ['simple'], run: rename },
  renamenx: { arity: 3, flags: FAST_WRITE, keys: TWO_KEYS, categories: KEYSPACE, since: '1.0.0', reply: ['integer'], run: rename },
  copy: { arity: -3, flags: ['write', 'denyoom'], keys: TWO_KEYS, categories: KEYSPACE, since: '6.2.0', reply: ['integer'], run: copy },
  move: { arity: 3, flags: FAST_WRITE, keys: FIRST_KEY, categories: KEYSPACE, since: '1.0.0', reply: ['integer'], run: move },
  randomkey: { arity: 1, flags: ['readonly', 'random'], keys: NO_KEYS, categories: KEYSPACE, since: '1.0.0', reply: ['bulk', 'nil'], run: randomkey },
  dbsize: { arity: 1, flags: FAST_READ, keys: NO_KEYS, categories: KEYSPACE, since: '1.0.0', reply: ['integer'], run: (call) => integer(call.database.size) },
  flushdb: { arity: -1, flags: ['write'], keys: NO_KEYS, categories: ['keyspace', 'dangerous'], since: '1.0.0', reply: ['simple'], run: flush },
  flushall: { arity: -1, flags: ['write'], keys: NO_KEYS, categories: ['keyspace', 'dangerous'], since: '1.0.0', reply: ['simple'], run: flush },
};
