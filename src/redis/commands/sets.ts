/**
 * Set commands, all of 7.0 (`SSCAN` is in `scan.ts`). What `SPOP` took is replicated as `SREM`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { ALL_KEYS, FIRST_KEY, TWO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { array, bulk, bulks, bulkOrNil, EMPTY_ARRAY, errorReply, integer, NIL, type Reply } from '../reply.ts';
import { SetValue } from '../values/set-value.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';
import { randomPlaces } from './hashes.ts';

function setReply(members: readonly Bytes[]): Reply {
  return { kind: 'set', items: members.map(bulk) };
}

/** Removes members and, with the last one, the key. */
function removeMembers(call: Call, key: Bytes, set: SetValue, members: readonly Bytes[], event = 'srem'): number {
  let removed = 0;
  for (const member of members) if (set.delete(member)) removed++;
  if (removed === 0) return 0;
  call.event('set', event, key);
  if (set.size === 0) {
    call.database.delete(key);
    call.event('generic', 'del', key);
  }
  call.modified(key, removed);
  return removed;
}

function sadd(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', ...members] = args;
  const existing = call.set(key);
  const set = existing ?? new SetValue(call.limits);
  if (existing === undefined) call.database.put(key, set);
  let added = 0;
  for (const member of members) if (set.add(member)) added++;
  if (added > 0) {
    call.modified(key, added);
    call.event('set', 'sadd', key);
  }
  return integer(added);
}

function srem(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', ...members] = args;
  const set = call.set(key);
  return integer(set === undefined ? 0 : removeMembers(call, key, set, members));
}

function smismember(call: Call, args: readonly Bytes[]): Reply {
  const set = call.set(args[1] as Bytes);
  return array(args.slice(2).map((member) => integer(set?.has(member) === true ? 1 : 0)));
}

function smove(call: Call, [, from = '', to = '', member = '']: readonly Bytes[]): Reply {
  if (call.database.get(from) === undefined) return integer(0);
  const source = call.set(from);
  const target = call.set(to);
  if (source === undefined) return integer(0);
  if (source === target) return integer(source.has(member) ? 1 : 0);
  if (removeMembers(call, from, source, [member]) === 0) return integer(0);
  const destination = target ?? new SetValue(call.limits);
  if (target === undefined) call.database.put(to, destination);
  if (destination.add(member)) {
    call.modified(to);
    call.event('set', 'sadd', to);
  }
  return integer(1);
}

function spop(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  if (args.length > 3) return errorReply(ERROR.syntax);
  const count = args.length === 3 ? positionArgument(args[2], ERROR.mustBePositive) : 1;
  if (count < 0) return errorReply(ERROR.mustBePositive);
  const set = call.set(key);
  if (set === undefined) return args.length === 2 ? NIL : setReply([]);
  const members = count >= set.size
    ? [...set.members()]
    : randomPlaces(call, set.size, count).map((place) => set.memberAt(place) as Bytes);
  removeMembers(call, key, set, members, 'spop');
  if (members.length > 0) call.propagateAs(set.size === 0 && args.length === 3 ? ['DEL', key] : ['SREM', key, ...members]);
  return args.length === 2 ? bulkOrNil(members[0]) : setReply(members);
}

function srandmember(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  if (args.length > 3) return errorReply(ERROR.syntax);
  if (args.length === 2) {
    const set = call.set(key);
    return set === undefined ? NIL : bulkOrNil(set.memberAt(call.random.below(set.size)));
  }
  const given = integerArgument(args[2]);
  const limit = 0x7fff_ffff_ffff_ffffn;
  if (given < -limit) return errorReply(`ERR value is out of range, value must between ${-limit} and ${limit}`);
  const set = call.set(key);
  const count = Number(given);
  if (set === undefined || count === 0) return EMPTY_ARRAY;
  return bulks(randomPlaces(call, set.size, count).map((place) => set.memberAt(place) as Bytes));
}

type Operation = 'inter' | 'union' | 'diff';

function combine({ limits }: Call, operation: Operation, sets: readonly (SetValue | undefined)[], limit = 0): SetValue {
  const result = new SetValue(limits);
  const [first, ...others] = operation === 'inter' ? sets.toSorted((a, b) => (a?.size ?? 0) - (b?.size ?? 0)) : sets;
  if (operation === 'union') {
    for (const set of sets) for (const member of set?.members() ?? []) result.add(member);
    return result;
  }
  for (const member of first?.members() ?? []) {
    const keeps = operation === 'inter' ? others.every((set) => set?.has(member) === true) : !others.some((set) => set?.has(member) === true);
    if (keeps) result.add(member);
    if (limit > 0 && result.size >= limit) break;
  }
  return result;
}

function algebra(operation: Operation): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => setReply(combine(call, operation, args.slice(1).map((key) => call.set(key))).members());
}

function algebraStore(operation: Operation): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const [, target = '', ...keys] = args;
    const result = combine(call, operation, keys.map((key) => call.set(key)));
    if (result.size > 0) {
      call.database.replace(target, result);
      call.modified(target);
      call.event('set', `s${operation}store`, target);
    } else if (call.database.get(target) !== undefined) {
      call.database.delete(target);
      call.modified(target);
      call.event('generic', 'del', target);
    }
    return integer(result.size);
  };
}

function sintercard(call: Call, args: readonly Bytes[]): Reply {
  const count = positionArgument(args[1], 'ERR numkeys should be greater than 0');
  if (count < 1) return errorReply('ERR numkeys should be greater than 0');
  if (count > args.length - 2) return errorReply("ERR Number of keys can't be greater than number of args");
  let limit = 0;
  for (let i = 2 + count; i < args.length; i += 2) {
    if (keyword(args[i]) !== 'limit' || i + 1 >= args.length) return errorReply(ERROR.syntax);
    limit = positionArgument(args[i + 1], "ERR LIMIT can't be negative");
    if (limit < 0) refuse("ERR LIMIT can't be negative");
  }
  return integer(combine(call, 'inter', args.slice(2, 2 + count).map((key) => call.set(key)), limit).size);
}

const SET = ['set'] as const;
const FAST_READ = ['readonly', 'fast'] as const;

/** The rows of the set commands. */
export const SET_COMMANDS: CommandGroup = {
  sadd: { arity: -3, flags: ['write', 'denyoom', 'fast'], keys: FIRST_KEY, categories: SET, since: '1.0.0', reply: ['integer'], run: sadd },
  srem: { arity: -3, flags: ['write', 'fast'], keys: FIRST_KEY, categories: SET, since: '1.0.0', reply: ['integer'], run: srem },
  sismember: { arity: 3, flags: FAST_READ, keys: FIRST_KEY, categories: SET, since: '1.0.0', reply: ['integer'], run: (call, [, key = '', member = '']) => integer(call.set(key)?.has(member) === true ? 1 : 0) },
  smismember: { arity: -3, flags: FAST_READ, keys: FIRST_KEY, categories: SET, since: '6.2.0', reply: ['array'], run: smismember },
  scard: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: SET, since: '1.0.0', reply: ['integer'], run: (call, [, key = '']) => integer(call.set(key)?.size ?? 0) },
  smembers: { arity: 2, flags: ['readonly'], keys: FIRST_KEY, categories: SET, since: '1.0.0', reply: ['set'], run: (call, [, key = '']) => setReply(call.set(key)?.members() ?? []) },
  smove: { arity: 4, flags: ['write', 'fast'], keys: TWO_KEYS, categories: SET, since: '1.0.0', reply: ['integer'], run: smove },
  spop: { arity: -2, flags: ['write', 'random', 'fast'], keys: FIRST_KEY, categories: SET, since: '1.0.0', reply: ['bulk', 'nil', 'set'], run: spop },
  srandmember: { arity: -2, flags: ['readonly', 'random'], keys: FIRST_KEY, categories: SET, since: '1.0.0', reply: ['bulk', 'nil', 'array'], run: srandmember },
  sinter: { arity: -2, flags: ['readonly'], keys: ALL_KEYS, categories: SET, since: '1.0.0', reply: ['set'], run: algebra('inter') },
  sunion: { arity: -2, flags: ['readonly'], keys: ALL_KEYS, categories: SET, since: '1.0.0', reply: ['set'], run: algebra('union') },
  sdiff: { arity: -2, flags: ['readonly'], keys: ALL_KEYS, categories: SET, since: '1.0.0', reply: ['set'], run: algebra('diff') },
  sinterstore: { arity: -3, flags: ['write', 'denyoom'], keys: ALL_KEYS, categories: SET, since: '1.0.0', reply: ['integer'], run: algebraStore('inter') },
  sunionstore: { arity: -3, flags: ['write', 'denyoom'], keys: ALL_KEYS, categories: SET, since: '1.0.0', reply: ['integer'], run: algebraStore('union') },
  sdiffstore: { arity: -3, flags: ['write', 'denyoom'], keys: ALL_KEYS, categories: SET, since: '1.0.0', reply: ['integer'], run: algebraStore('diff') },
  sintercard: { arity: -3, flags: ['readonly', 'movablekeys'], keys: { kind: 'counted', count: 1 }, categories: SET, since: '7.0.0', reply: ['integer'], run: sintercard },
};
