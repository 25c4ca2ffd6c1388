/**
 * List commands; those that wait are in `blocking-pops.ts`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, TWO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { ListValue } from '../values/list-value.ts';
import { array, bulk, bulkOrNil, bulks, EMPTY_ARRAY, errorReply, integer, NIL, NIL_ARRAY, OK, type Reply } from '../reply.ts';
import { keyword, positionArgument } from './arguments.ts';
import { multiplePop, type MultiplePop } from './multiple-pops.ts';

/** An end of a list. */
export type ListEnd = 'left' | 'right';

/** The events of adding at an end and of taking off it. */
const PUSHED: Readonly<Record<ListEnd, string>> = { left: 'lpush', right: 'rpush' };
const POPPED: Readonly<Record<ListEnd, string>> = { left: 'lpop', right: 'rpop' };

/** `LEFT` or `RIGHT`. */
export function endArgument(bytes: Bytes | undefined): ListEnd {
  const word = keyword(bytes);
  return word === 'left' || word === 'right' ? word : refuse(ERROR.syntax);
}

function add(list: ListValue, end: ListEnd, element: Bytes): void {
  if (end === 'left') list.items.unshift(element);
  else list.items.push(element);
}

function take(list: ListValue, end: ListEnd): Bytes | undefined {
  return end === 'left' ? list.items.shift() : list.items.pop();
}

/** A list was changed: removes the key with its last element. */
function changed(call: Call, key: Bytes, list: ListValue, event: string, changes = 1): void {
  call.event('list', event, key);
  if (list.size === 0) {
    call.database.delete(key);
    call.event('generic', 'del', key);
  }
  call.modified(key, changes);
}

function push(end: ListEnd, onlyExisting: boolean): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const [, key = ''] = args;
    let list = call.list(key);
    if (list === undefined) {
      if (onlyExisting) return integer(0);
      list = new ListValue();
      call.database.put(key, list);
    }
    for (let i = 2; i < args.length; i++) add(list, end, args[i] as Bytes);
    call.modified(key, args.length - 2);
    call.event('list', PUSHED[end], key);
    return integer(list.size);
  };
}

/** Takes so many elements off an end, and with the last one the key. */
export function takeSeveral(call: Call, key: Bytes, list: ListValue, end: ListEnd, count: number): Bytes[] {
  const taken: Bytes[] = [];
  while (taken.length < count && list.size > 0) taken.push(take(list, end) as Bytes);
  changed(call, key, list, POPPED[end], taken.length);
  return taken;
}

function pop(end: ListEnd): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const [, key = ''] = args;
    if (args.length > 3) return errorReply(`ERR wrong number of arguments for '${call.command.name}' command`);
    const count = args.length === 3 ? positionArgument(args[2], ERROR.mustBePositive) : undefined;
    if (count !== undefined && count < 0) return errorReply(ERROR.mustBePositive);
    const list = call.list(key);
    if (list === undefined) return count === undefined ? NIL : NIL_ARRAY;
    if (count === 0) return EMPTY_ARRAY;
    const taken = takeSeveral(call, key, list, end, count ?? 1);
    return count === undefined ? bulkOrNil(taken[0]) : bulks(taken);
  };
}

function lindex(call: Call, [, key = '', index]: readonly Bytes[]): Reply {
  const list = call.list(key);
  if (list === undefined) return NIL;
  const place = positionArgument(index);
  return bulkOrNil(list.items.at(place < 0 ? place + list.size : place));
}

function lset(call: Call, [, key = '', index, element = '']: readonly Bytes[]): Reply {
  const list = call.list(key) ?? refuse(ERROR.noSuchKey);
  const given = positionArgument(index);
  const place = given < 0 ? given + list.size : given;
  if (place < 0 || place >= list.size) return errorReply(ERROR.indexOutOfRange);
  list.items.set(place, element);
  call.modified(key);
  call.event('list', 'lset', key);
  return OK;
}

/** A range of places as `LRANGE` and `LTRIM` take it: from `start` up to, not including, `end`. */
function rangeOf(list: ListValue, from: number, to: number): { readonly start: number; readonly end: number } {
  const start = Math.max(0, from < 0 ? from + list.size : from);
  const end = Math.min(list.size, (to < 0 ? to + list.size : to) + 1);
  return { start, end: Math.max(start, end) };
}

function lrange(call: Call, [, key = '', first, last]: readonly Bytes[]): Reply {
  const [from, to] = [positionArgument(first), positionArgument(last)];
  const list = call.list(key);
  if (list === undefined) return EMPTY_ARRAY;
  const { start, end } = rangeOf(list, from, to);
  return bulks(list.items.slice(start, end));
}

function ltrim(call: Call, [, key = '', first, last]: readonly Bytes[]): Reply {
  const [from, to] = [positionArgument(first), positionArgument(last)];
  const list = call.list(key);
  if (list === undefined) return OK;
  const { start, end } = rangeOf(list, from, to);
  list.items.assign(list.items.slice(start, end));
  changed(call, key, list, 'ltrim');
  return OK;
}

function lrem(call: Call, [, key = '', wanted, element]: readonly Bytes[]): Reply {
  const count = positionArgument(wanted);
  const list = call.list(key);
  if (list === undefined) return integer(0);
  const items = count < 0 ? list.items.slice().toReversed() : list.items.slice();
  let removed = 0;
  const kept = items.filter((item) => {
    if (item !== element || (count !== 0 && removed >= Math.abs(count))) return true;
    removed++;
    return false;
  });
  if (removed === 0) return integer(0);
  list.items.assign(count < 0 ? kept.toReversed() : kept);
  changed(call, key, list, 'lrem', removed);
  return integer(removed);
}

function linsert(call: Call, [, key = '', where, pivot, element = '']: readonly Bytes[]): Reply {
  const word = keyword(where);
  if (word !== 'before' && word !== 'after') return errorReply(ERROR.syntax);
  const list = call.list(key);
  if (list === undefined) return integer(0);
  const items = list.items.slice();
  const at = items.findIndex((item) => item === pivot);
  if (at < 0) return integer(-1);
  items.splice(word === 'before' ? at : at + 1, 0, element);
  list.items.assign(items);
  call.modified(key);
  call.event('list', 'linsert', key);
  return integer(list.size);
}

/** Moves one element from a list to another, or to the same. Nil when there is none. */
export function moveElement(call: Call, from: Bytes, to: Bytes, fromEnd: ListEnd, toEnd: ListEnd): Reply {
  const source = call.list(from);
  if (source === undefined) return NIL;
  const existing = call.list(to);
  const element = take(source, fromEnd) as Bytes;
  const target = existing ?? new ListValue();
  if (existing === undefined) call.database.put(to, target);
  add(target, toEnd, element);
  call.modified(to);
  call.event('list', PUSHED[toEnd], to);
  changed(call, from, source, POPPED[fromEnd]);
  return bulk(element);
}

function lmove(call: Call, [, from = '', to = '', fromEnd, toEnd]: readonly Bytes[]): Reply {
  return moveElement(call, from, to, endArgument(fromEnd), endArgument(toEnd));
}

function lpos(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', element] = args;
  let rank = 1;
  let count: number | undefined;
  let maxLength = 0;
  for (let i = 3; i < args.length; i += 2) {
    const word = keyword(args[i]);
    const value = args[i + 1];
    if (value === undefined) return errorReply(ERROR.syntax);
    if (word === 'rank') {
      rank = positionArgument(value);
      if (rank === 0) {
        return errorReply("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list");
      }
    } else if (word === 'count') {
      count = positionArgument(value, "ERR COUNT can't be negative");
      if (count < 0) return errorReply("ERR COUNT can't be negative");
    } else if (word === 'maxlen') {
      maxLength = positionArgument(value, "ERR MAXLEN can't be negative");
      if (maxLength < 0) return errorReply("ERR MAXLEN can't be negative");
    } else {
      return errorReply(ERROR.syntax);
    }
  }
  const list = call.list(key);
  if (list === undefined) return count === undefined ? NIL : EMPTY_ARRAY;
  const found: number[] = [];
  const looks = maxLength === 0 ? list.size : Math.min(list.size, maxLength);
  let matches = 0;
  for (let step = 0; step < looks && (count === 0 || found.length < (count ?? 1)); step++) {
    const place = rank > 0 ? step : list.size - 1 - step;
    if (list.items.at(place) === element && ++matches >= Math.abs(rank)) found.push(place);
  }
  if (count !== undefined) return array(found.map(integer));
  return found[0] === undefined ? NIL : integer(found[0]);
}

/** The arguments of `LMPOP` and, behind a timeout, of `BLMPOP`. */
export function poppedArguments(args: readonly Bytes[], at: number): MultiplePop<ListEnd> {
  return multiplePop(args, at, endArgument);
}

function lmpop(call: Call, args: readonly Bytes[]): Reply {
  const { keys, end, count } = poppedArguments(args, 1);
  for (const key of keys) {
    const list = call.list(key);
    if (list === undefined) continue;
    const taken = takeSeveral(call, key, list, end, count);
    call.propagateAs([end === 'left' ? 'LPOP' : 'RPOP', key, String(taken.length)]);
    return array([bulk(key), bulks(taken)]);
  }
  return NIL_ARRAY;
}

const LIST = ['list'] as const;
const PUSHES = ['write', 'denyoom', 'fast'] as const;
const CHANGES = ['write', 'denyoom'] as const;

/** The rows of the list commands. */
export const LIST_COMMANDS: CommandGroup = {
  lpush: { arity: -3, flags: PUSHES, keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['integer'], run: push('left', false) },
  rpush: { arity: -3, flags: PUSHES, keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['integer'], run: push('right', false) },
  lpushx: { arity: -3, flags: PUSHES, keys: FIRST_KEY, categories: LIST, since: '2.2.0', reply: ['integer'], run: push('left', true) },
  rpushx: { arity: -3, flags: PUSHES, keys: FIRST_KEY, categories: LIST, since: '2.2.0', reply: ['integer'], run: push('right', true) },
  lpop: { arity: -2, flags: ['write', 'fast'], keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['bulk', 'nil', 'array', 'nil-array'], run: pop('left') },
  rpop: { arity: -2, flags: ['write', 'fast'], keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['bulk', 'nil', 'array', 'nil-array'], run: pop('right') },
  llen: { arity: 2, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['integer'], run: (call, [, key = '']) => integer(call.list(key)?.size ?? 0) },
  lindex: { arity: 3, flags: ['readonly'], keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['bulk', 'nil'], run: lindex },
  lset: { arity: 4, flags: CHANGES, keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['simple'], run: lset },
  lrange: { arity: 4, flags: ['readonly'], keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['array'], run: lrange },
  ltrim: { arity: 4, flags: ['write'], keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['simple'], run: ltrim },
  lrem: { arity: 4, flags: ['write'], keys: FIRST_KEY, categories: LIST, since: '1.0.0', reply: ['integer'], run: lrem },
  linsert: { arity: 5, flags: CHANGES, keys: FIRST_KEY, categories: LIST, since: '2.2.0', reply: ['integer'], run: linsert },
  lmove: { arity: 5, flags: CHANGES, keys: TWO_KEYS, categories: LIST, since: '6.2.0', reply: ['bulk', 'nil'], run: lmove },
  rpoplpush: { arity: 3, flags: CHANGES, keys: TWO_KEYS, categories: LIST, since: '1.2.0', reply: ['bulk', 'nil'], run: (call, [, from = '', to = '']) => moveElement(call, from, to, 'right', 'left') },
  lpos: { arity: -3, flags: ['readonly'], keys: FIRST_KEY, categories: LIST, since: '6.0.6', reply: ['integer', 'nil', 'array'], run: lpos },
  lmpop: { arity: -4, flags: ['write', 'movablekeys'], keys: { kind: 'counted', count: 1 }, categories: LIST, since: '7.0.0', reply: ['array', 'nil-array'], run: lmpop },
};
