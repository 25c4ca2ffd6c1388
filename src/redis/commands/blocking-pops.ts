/**
 * The blocking commands on lists and sorted sets. They answer at once when they can; else the connection waits, and inside a
 * transaction or a script the answer is nil.
 *
 * Replicas see what was done, not that somebody waited: `LPOP`, `LMOVE`, `ZPOPMIN` and so on.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { TWO_KEYS, type CommandGroup } from '../command.ts';
import { ListValue } from '../values/list-value.ts';
import { array, bulk, bulks, NIL, NIL_ARRAY, type Reply } from '../reply.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { timeoutArgument } from './arguments.ts';
import { endArgument, moveElement, poppedArguments, takeSeveral, type ListEnd } from './lists.ts';
import { scoredPopArguments, takeScored, type SortedSetEnd } from './sorted-sets.ts';

/** Answers from the first key that can, or waits for one. */
function popOrWait(call: Call, keys: readonly Bytes[], timeout: number, wanted: (call: Call, key: Bytes) => Reply | undefined): Reply {
  for (const key of keys) {
    const reply = wanted(call, key);
    if (reply !== undefined) return reply;
  }
  return call.engine.waiting.block(call, { keys, timeout, serve: wanted, timedOut: NIL_ARRAY }) ?? NIL_ARRAY;
}

/** While it waits, a value of another type is none; at first it is an error. */
function ignoringType(call: Call, key: Bytes, type: typeof ListValue | typeof SortedSetValue): boolean {
  const value = call.database.get(key);
  return value !== undefined && !(value instanceof type) && call.isServing;
}

function popList(end: ListEnd, count: number | undefined): (call: Call, key: Bytes) => Reply | undefined {
  return (call, key) => {
    if (ignoringType(call, key, ListValue)) return undefined;
    const list = call.list(key);
    if (list === undefined) return undefined;
    const taken = takeSeveral(call, key, list, end, count ?? 1);
    const name = end === 'left' ? 'LPOP' : 'RPOP';
    call.propagateAs(count === undefined ? [name, key] : [name, key, String(taken.length)]);
    return array([bulk(key), count === undefined ? bulk(taken[0] ?? '') : bulks(taken)]);
  };
}

function blpop(end: ListEnd): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => popOrWait(call, args.slice(1, -1), timeoutArgument(args.at(-1)), popList(end, undefined));
}

function blmpop(call: Call, args: readonly Bytes[]): Reply {
  const { keys, end, count } = poppedArguments(args, 2);
  return popOrWait(call, keys, timeoutArgument(args[1]), popList(end, count));
}

function moveOrWait(call: Call, [, from = '', to = '']: readonly Bytes[], fromEnd: ListEnd, toEnd: ListEnd, timeout: number, effect: readonly Bytes[]): Reply {
  const move = (moving: Call): Reply | undefined => {
    if (ignoringType(moving, from, ListValue) || moving.list(from) === undefined) return undefined;
    const reply = moveElement(moving, from, to, fromEnd, toEnd);
    moving.propagateAs(effect);
    return reply;
  };
  return move(call) ?? call.engine.waiting.block(call, { keys: [from], timeout, serve: move, timedOut: NIL_ARRAY }) ?? NIL;
}

function blmove(call: Call, args: readonly Bytes[]): Reply {
  const [, from = '', to = '', fromWord = '', toWord = '', span] = args;
  const [fromEnd, toEnd] = [endArgument(fromWord), endArgument(toWord)];
  return moveOrWait(call, args, fromEnd, toEnd, timeoutArgument(span), ['LMOVE', from, to, fromWord, toWord]);
}

function brpoplpush(call: Call, args: readonly Bytes[]): Reply {
  const [, from = '', to = '', span] = args;
  return moveOrWait(call, args, 'right', 'left', timeoutArgument(span), ['RPOPLPUSH', from, to]);
}

function popSortedSet(end: SortedSetEnd, count: number | undefined): (call: Call, key: Bytes) => Reply | undefined {
  return (call, key) => {
    if (ignoringType(call, key, SortedSetValue)) return undefined;
    const sortedSet = call.sortedSet(key);
    if (sortedSet === undefined) return undefined;
    const items = takeScored(call, key, sortedSet, end, count ?? 1);
    const name = end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX';
    call.propagateAs(count === undefined ? [name, key] : [name, key, String(items.length / 2)]);
    if (count === undefined) return array([bulk(key), ...items]);
    return array([bulk(key), array(Array.from({ length: items.length / 2 }, (_, i) => array(items.slice(2 * i, 2 * i + 2))))]);
  };
}

function bzpop(end: SortedSetEnd): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => popOrWait(call, args.slice(1, -1), timeoutArgument(args.at(-1)), popSortedSet(end, undefined));
}

function bzmpop(call: Call, args: readonly Bytes[]): Reply {
  const { keys, end, count } = scoredPopArguments(args, 2);
  return popOrWait(call, keys, timeoutArgument(args[1]), popSortedSet(end, count));
}

const BUT_LAST = { kind: 'range', first: 1, last: -2, step: 1 } as const;
const LIST = ['list', 'blocking'] as const;
const SORTED_SET = ['sortedset', 'blocking'] as const;
const POPS = ['array', 'nil-array', 'waiting'] as const;
const MOVES = ['bulk', 'nil', 'nil-array', 'waiting'] as const;

/** The rows of the blocking commands. */
export const BLOCKING_POP_COMMANDS: CommandGroup = {
  blpop: { arity: -3, flags: ['write', 'noscript', 'blocking'], keys: BUT_LAST, categories: LIST, since: '2.0.0', reply: POPS, run: blpop('left') },
  brpop: { arity: -3, flags: ['write', 'noscript', 'blocking'], keys: BUT_LAST, categories: LIST, since: '2.0.0', reply: POPS, run: blpop('right') },
  blmpop: { arity: -5, flags: ['write', 'blocking', 'movablekeys'], keys: { kind: 'counted', count: 2 }, categories: LIST, since: '7.0.0', reply: POPS, run: blmpop },
  blmove: { arity: 6, flags: ['write', 'denyoom', 'noscript', 'blocking'], keys: TWO_KEYS, categories: LIST, since: '6.2.0', reply: MOVES, run: blmove },
  brpoplpush: { arity: 4, flags: ['write', 'denyoom', 'noscript', 'blocking'], keys: TWO_KEYS, categories: LIST, since: '2.2.0', reply: MOVES, run: brpoplpush },
  bzpopmin: { arity: -3, flags: ['write', 'noscript', 'blocking', 'fast'], keys: BUT_LAST, categories: SORTED_SET, since: '5.0.0', reply: POPS, run: bzpop('min') },
  bzpopmax: { arity: -3, flags: ['write', 'noscript', 'blocking', 'fast'], keys: BUT_LAST, categories: SORTED_SET, since: '5.0.0', reply: POPS, run: bzpop('max') },
  bzmpop: { arity: -5, flags: ['write', 'blocking', 'movablekeys'], keys: { kind: 'counted', count: 2 }, categories: SORTED_SET, since: '7.0.0', reply: POPS, run: bzmpop },
};
