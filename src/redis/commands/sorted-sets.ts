/**
 * Sorted-set commands on single members, and those that take members off an end; those that wait are in
 * `blocking-pops.ts`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { formatDouble } from '../bytes/floats.ts';
import { array, bulk, bulks, bulkOrNil, EMPTY_ARRAY, errorReply, integer, NIL, NIL_ARRAY, type Reply } from '../reply.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { doubleArgument, keyword, positionArgument } from './arguments.ts';
import { multiplePop, type MultiplePop } from './multiple-pops.ts';
import { randomCount, randomPlaces } from './hashes.ts';

/** A score as a reply. */
export function double(score: number): Reply {
  return { kind: 'double', text: formatDouble(score) };
}

/** Stores a result under a key, or removes the key when the result is empty. @returns the result's size, as the reply */
export function storeSortedSet(call: Call, key: Bytes, result: SortedSetValue, event: string = call.command.name): Reply {
  if (result.size > 0) {
    call.overwrite(key, result);
    call.event('zset', event, key);
  } else if (call.database.get(key) !== undefined) {
    call.database.delete(key);
    call.modified(key);
    call.event('generic', 'del', key);
  }
  return integer(result.size);
}

/** Removes members and, with the last one, the key. @param event - what listeners are told */
export function removeMembers(call: Call, key: Bytes, sortedSet: SortedSetValue, members: readonly Bytes[], event: string): number {
  let removed = 0;
  for (const member of members) if (sortedSet.delete(member)) removed++;
  if (removed === 0) return 0;
  call.event('zset', event, key);
  if (sortedSet.size === 0) {
    call.database.delete(key);
    call.event('generic', 'del', key);
  }
  call.modified(key, removed);
  return removed;
}

type AddOption = 'nx' | 'xx' | 'gt' | 'lt' | 'ch' | 'incr';
const ADD_OPTIONS: ReadonlySet<string> = new Set<AddOption>(['nx', 'xx', 'gt', 'lt', 'ch', 'incr']);

/** `ZADD` and `ZINCRBY`; `GEOADD` hands its points on to it. */
export function addScores(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  const options = new Set<string>(call.command.name === 'zincrby' ? ['incr'] : []);
  let first = 2;
  while (ADD_OPTIONS.has(keyword(args[first]))) options.add(keyword(args[first++]));
  const has = (option: AddOption): boolean => options.has(option);
  const count = args.length - first;
  if (count === 0 || count % 2 !== 0) return errorReply(ERROR.syntax);
  if (has('nx') && has('xx')) return errorReply('ERR XX and NX options at the same time are not compatible');
  if ((has('gt') && has('nx')) || (has('lt') && has('nx')) || (has('gt') && has('lt'))) {
    return errorReply('ERR GT, LT, and/or NX options at the same time are not compatible');
  }
  if (has('incr') && count > 2) return errorReply('ERR INCR option supports a single increment-element pair');
  const scores: number[] = [];
  for (let i = first; i < args.length; i += 2) scores.push(doubleArgument(args[i]));
  let sortedSet = call.sortedSet(key);
  if (sortedSet === undefined && has('xx')) return has('incr') ? NIL : integer(0);
  const isNewKey = sortedSet === undefined;
  sortedSet ??= new SortedSetValue(call.limits);
  let added = 0;
  let updated = 0;
  let latest: number | undefined;
  for (let i = 0; i < scores.length; i++) {
    const member = args[first + 2 * i + 1] as Bytes;
    let score = scores[i] as number;
    const before = sortedSet.score(member);
    if (before === undefined ? has('xx') : has('nx')) continue;
    if (before !== undefined) {
      if (has('incr')) score += before;
      if (Number.isNaN(score)) return errorReply(ERROR.scoreNaN);
      if ((has('lt') && score >= before) || (has('gt') && score <= before)) continue;
      if (score !== before) updated++;
    } else {
      added++;
    }
    sortedSet.set(member, score);
    latest = score;
  }
  if (isNewKey && sortedSet.size > 0) call.database.put(key, sortedSet);
  if (added + updated > 0) {
    call.modified(key, added + updated);
    call.event('zset', has('incr') ? 'zincr' : 'zadd', key);
  }
  if (has('incr')) return latest === undefined ? NIL : double(latest);
  return integer(has('ch') ? added + updated : added);
}

function zscore(call: Call, args: readonly Bytes[]): Reply {
  const score = call.sortedSet(args[1] as Bytes)?.score(args[2] as Bytes);
  return score === undefined ? NIL : double(score);
}

function zmscore(call: Call, args: readonly Bytes[]): Reply {
  const sortedSet = call.sortedSet(args[1] as Bytes);
  return array(args.slice(2).map((member) => {
    const score = sortedSet?.score(member);
    return score === undefined ? NIL : double(score);
  }));
}

function zrank(call: Call, args: readonly Bytes[]): Reply {
  const sortedSet = call.sortedSet(args[1] as Bytes);
  const rank = sortedSet?.rank(args[2] as Bytes);
  if (sortedSet === undefined || rank === undefined) return NIL;
  return integer(call.command.name === 'zrank' ? rank : sortedSet.size - 1 - rank);
}

function zrem(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', ...members] = args;
  const sortedSet = call.sortedSet(key);
  return integer(sortedSet === undefined ? 0 : removeMembers(call, key, sortedSet, members, 'zrem'));
}

/** An end of a sorted set. */
export type SortedSetEnd = 'min' | 'max';

/** Takes members off an end. @returns members and scores in turn */
export function takeScored(call: Call, key: Bytes, sortedSet: SortedSetValue, end: SortedSetEnd, count: number): Reply[] {
  const members: Bytes[] = [];
  const replies: Reply[] = [];
  const visit = (member: Bytes, score: number): void => {
    members.push(member);
    replies.push(bulk(member), double(score));
  };
  if (end === 'min') sortedSet.walk(0, count, visit);
  else sortedSet.walkBack(sortedSet.size - 1, count, visit);
  removeMembers(call, key, sortedSet, members, end === 'min' ? 'zpopmin' : 'zpopmax');
  return replies;
}

function zpop(end: SortedSetEnd): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const [, key = ''] = args;
    if (args.length > 3) return errorReply(ERROR.syntax);
    const count = args.length === 3 ? positionArgument(args[2], ERROR.mustBePositive) : 1;
    if (count < 0) return errorReply(ERROR.mustBePositive);
    const sortedSet = call.sortedSet(key);
    if (sortedSet === undefined || count === 0) return EMPTY_ARRAY;
    const items = takeScored(call, key, sortedSet, end, count);
    return args.length === 2 ? array(items) : { kind: 'pairs', items };
  };
}

function endArgument(word: Bytes | undefined): SortedSetEnd {
  const end = keyword(word);
  return end === 'min' || end === 'max' ? end : refuse(ERROR.syntax);
}

/** The arguments of `ZMPOP` and, behind a timeout, of `BZMPOP`. */
export function scoredPopArguments(args: readonly Bytes[], at: number): MultiplePop<SortedSetEnd> {
  return multiplePop(args, at, endArgument);
}

function zmpop(call: Call, args: readonly Bytes[]): Reply {
  const { keys, end, count } = scoredPopArguments(args, 1);
  for (const key of keys) {
    const sortedSet = call.sortedSet(key);
    if (sortedSet === undefined) continue;
    const items = takeScored(call, key, sortedSet, end, count);
    const nested: Reply[] = [];
    for (let i = 0; i < items.length; i += 2) nested.push(array(items.slice(i, i + 2)));
    call.propagateAs([end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', key, String(items.length / 2)]);
    return array([bulk(key), array(nested)]);
  }
  return NIL_ARRAY;
}

function zrandmember(call: Call, args: readonly Bytes[]): Reply {
  const [, key = ''] = args;
  if (args.length === 2) {
    const sortedSet = call.sortedSet(key);
    return sortedSet === undefined ? NIL : bulkOrNil(sortedSet.memberAt(call.random.below(sortedSet.size)));
  }
  const { count, paired } = randomCount(args, 'withscores');
  const sortedSet = call.sortedSet(key);
  if (sortedSet === undefined || count === 0) return EMPTY_ARRAY;
  const members = randomPlaces(call, sortedSet.size, count).map((place) => sortedSet.memberAt(place) as Bytes);
  if (!paired) return bulks(members);
  return { kind: 'pairs', items: members.flatMap((member) => [bulk(member), double(sortedSet.score(member) ?? refuse(ERROR.noSuchKey))]) };
}

const SORTED_SET = ['sortedset'] as const;
const FAST_READ = ['readonly', 'fast'] as const;
const FAST_WRITE = ['write', 'denyoom', 'fast'] as const;

/** The rows of the commands on single members. */
export const SORTED_SET_COMMANDS: CommandGroup = {
  zadd: { arity: -4, flags: FAST_WRITE, keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: ['integer', 'double', 'nil'], run: addScores },
  zincrby: { arity: 4, flags: FAST_WRITE, keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: ['double'], run: addScores },
  zscore: { arity: 3, flags: FAST_READ, keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: ['double', 'nil'], run: zscore },
  zmscore: { arity: -3, flags: FAST_READ, keys: FIRST_KEY, categories: SORTED_SET, since: '6.2.0', reply: ['array'], run: zmscore },
  zcard: { arity: 2, flags: FAST_READ, keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: ['integer'], run: (call, [, key = '']) => integer(call.sortedSet(key)?.size ?? 0) },
  zrank: { arity: 3, flags: FAST_READ, keys: FIRST_KEY, categories: SORTED_SET, since: '2.0.0', reply: ['integer', 'nil'], run: zrank },
  zrevrank: { arity: 3, flags: FAST_READ, keys: FIRST_KEY, categories: SORTED_SET, since: '2.0.0', reply: ['integer', 'nil'], run: zrank },
  zrem: { arity: -3, flags: ['write', 'fast'], keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: ['integer'], run: zrem },
  zpopmin: { arity: -2, flags: ['write', 'fast'], keys: FIRST_KEY, categories: SORTED_SET, since: '5.0.0', reply: ['array', 'pairs'], run: zpop('min') },
  zpopmax: { arity: -2, flags: ['write', 'fast'], keys: FIRST_KEY, categories: SORTED_SET, since: '5.0.0', reply: ['array', 'pairs'], run: zpop('max') },
  zmpop: { arity: -4, flags: ['write', 'movablekeys'], keys: { kind: 'counted', count: 1 }, categories: SORTED_SET, since: '7.0.0', reply: ['array', 'nil-array'], run: zmpop },
  zrandmember: { arity: -2, flags: ['readonly', 'random'], keys: FIRST_KEY, categories: SORTED_SET, since: '6.2.0', reply: ['bulk', 'nil', 'array', 'pairs'], run: zrandmember },
};
