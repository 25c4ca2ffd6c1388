/**
 * Sorted-set commands on ranges: by rank, by score, by member. One parser and one range for all of them, as in Redis 7.0.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, TWO_KEYS, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { parseBorder } from '../bytes/floats.ts';
import { bulk, EMPTY_ARRAY, errorReply, integer, type Reply } from '../reply.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { keyword, positionArgument } from './arguments.ts';
import { double, removeMembers, storeSortedSet } from './sorted-sets.ts';

/** How a range is given. */
type RangeBy = 'rank' | 'score' | 'lex';

/** Ranks from `start` up to, not including, `end`. */
interface RankRange {
  readonly start: number;
  readonly end: number;
}

/** Finds a range in a sorted set. Its borders were parsed before, so that errors come before the key is looked at. */
type RangeFinder = (sortedSet: SortedSetValue) => RankRange;

interface Border<T> {
  readonly value: T;
  readonly exclusive: boolean;
}

function scoreBorder(bytes: Bytes | undefined): Border<number> {
  const text = upToNul(bytes ?? '');
  const exclusive = text.startsWith('(');
  const number = (exclusive ? text.slice(1) : text).replace(/^[ \t\n\v\f\r]+/, '');
  // `strtod` makes nothing of nothing, and Redis does not look.
  return { value: number === '' ? 0 : parseBorder(number) ?? refuse(ERROR.minOrMaxNotFloat), exclusive };
}

function byScore(minimum: Bytes | undefined, maximum: Bytes | undefined): RangeFinder {
  const min = scoreBorder(minimum);
  const max = scoreBorder(maximum);
  return (sortedSet) => ({
    start: sortedSet.firstRank((score) => score < min.value || (min.exclusive && score === min.value)),
    end: sortedSet.firstRank((score) => score < max.value || (!max.exclusive && score === max.value)),
  });
}

/** `undefined` stands for the ends of the world, `-` and `+`. */
function lexBorder(bytes: Bytes): { readonly at: 'lowest' | 'highest' } | (Border<Bytes> & { readonly at: 'member' }) {
  if (bytes === '-') return { at: 'lowest' };
  if (bytes === '+') return { at: 'highest' };
  if (bytes.startsWith('(') || bytes.startsWith('[')) return { at: 'member', value: bytes.slice(1), exclusive: bytes.startsWith('(') };
  return refuse(ERROR.minOrMaxNotString);
}

function byLex(minimum: Bytes | undefined, maximum: Bytes | undefined): RangeFinder {
  const min = lexBorder(minimum ?? '');
  const max = lexBorder(maximum ?? '');
  return (sortedSet) => ({
    start: min.at !== 'member' ? (min.at === 'lowest' ? 0 : sortedSet.size)
      : sortedSet.firstRank((_, member) => member < min.value || (min.exclusive && member === min.value)),
    end: max.at !== 'member' ? (max.at === 'lowest' ? 0 : sortedSet.size)
      : sortedSet.firstRank((_, member) => member < max.value || (!max.exclusive && member === max.value)),
  });
}

function byRank(first: Bytes | undefined, last: Bytes | undefined, isReverse: boolean): RangeFinder {
  const from = positionArgument(first);
  const to = positionArgument(last);
  return (sortedSet) => {
    const { size } = sortedSet;
    const start = Math.max(0, from < 0 ? from + size : from);
    const end = Math.min(size, (to < 0 ? to + size : to) + 1);
    return isReverse ? { start: size - end, end: size - start } : { start, end };
  };
}

function find(by: RangeBy, minimum: Bytes | undefined, maximum: Bytes | undefined, isReverse: boolean): RangeFinder {
  if (by === 'rank') return byRank(minimum, maximum, isReverse);
  // In reverse the larger border is written first.
  const [low, high] = isReverse ? [maximum, minimum] : [minimum, maximum];
  return by === 'score' ? byScore(low, high) : byLex(low, high);
}

interface RangeForm {
  /** Fixed by the command's name, or undefined where options say. */
  readonly by?: RangeBy;
  readonly reverse?: boolean;
  readonly store?: boolean;
}

function zrange(form: RangeForm): (call: Call, args: readonly Bytes[]) => Reply {
  const first = form.store === true ? 2 : 1;
  return (call, args) => {
    let { by, reverse } = form;
    let withScores = false;
    let offset = 0;
    let limit = -1;
    for (let i = first + 3; i < args.length; i++) {
      const word = keyword(args[i]);
      if (form.store !== true && word === 'withscores') {
        withScores = true;
      } else if (word === 'limit' && i + 2 < args.length) {
        offset = positionArgument(args[i + 1]);
        limit = positionArgument(args[i + 2]);
        i += 2;
      } else if (form.reverse === undefined && word === 'rev') {
        reverse = true;
      } else if (form.by === undefined && (word === 'bylex' || word === 'byscore')) {
        by = word === 'bylex' ? 'lex' : 'score';
      } else {
        return errorReply(ERROR.syntax);
      }
    }
    by ??= 'rank';
    if (limit !== -1 && by === 'rank') {
      return errorReply('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX');
    }
    if (withScores && by === 'lex') return errorReply('ERR syntax error, WITHSCORES not supported in combination with BYLEX');
    const finder = find(by, args[first + 1], args[first + 2], reverse === true);
    const sortedSet = call.sortedSet(args[first] as Bytes);
    const replies: Reply[] = [];
    const result = form.store === true ? new SortedSetValue(call.limits) : undefined;
    if (sortedSet !== undefined) {
      const { start, end } = finder(sortedSet);
      const size = Math.max(0, end - start);
      const skipped = by === 'rank' ? 0 : offset < 0 ? size : offset;
      const count = limit < 0 || by === 'rank' ? size - skipped : Math.min(limit, size - skipped);
      // A range of ranks is known to be large before it is copied; a large one keeps what a listpack cannot, the sign of zero.
      if (by === 'rank' && count > call.limits.zsetMaxListpackEntries) result?.outgrow();
      const visit = (member: Bytes, score: number): void => {
        if (result !== undefined) result.set(member, score);
        else replies.push(bulk(member));
        if (withScores) replies.push(double(score));
      };
      if (count > 0 && reverse === true) sortedSet.walkBack(end - 1 - skipped, count, visit);
      else if (count > 0) sortedSet.walk(start + skipped, count, visit);
    }
    if (result !== undefined) return storeSortedSet(call, args[1] as Bytes, result);
    if (replies.length === 0) return EMPTY_ARRAY;
    return { kind: withScores ? 'pairs' : 'array', items: replies };
  };
}

function zcount(by: RangeBy): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, [, key = '', minimum, maximum]) => {
    const finder = find(by, minimum, maximum, false);
    const sortedSet = call.sortedSet(key);
    if (sortedSet === undefined) return integer(0);
    const { start, end } = finder(sortedSet);
    return integer(Math.max(0, end - start));
  };
}

function zremrange(by: RangeBy): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, [, key = '', minimum, maximum]) => {
    const finder = find(by, minimum, maximum, false);
    const sortedSet = call.sortedSet(key);
    if (sortedSet === undefined) return integer(0);
    const { start, end } = finder(sortedSet);
    const members: Bytes[] = [];
    sortedSet.walk(start, end - start, (member) => { members.push(member); });
    return integer(removeMembers(call, key, sortedSet, members, call.command.name));
  };
}

const SORTED_SET = ['sortedset'] as const;
const READ = ['readonly'] as const;
const LIST = ['array', 'pairs'] as const;

/** The rows of the commands on ranges. */
export const SORTED_SET_RANGE_COMMANDS: CommandGroup = {
  zrange: { arity: -4, flags: READ, keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: LIST, run: zrange({}) },
  zrevrange: { arity: -4, flags: READ, keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: LIST, run: zrange({ by: 'rank', reverse: true }) },
  zrangebyscore: { arity: -4, flags: READ, keys: FIRST_KEY, categories: SORTED_SET, since: '1.0.5', reply: LIST, run: zrange({ by: 'score', reverse: false }) },
  zrevrangebyscore: { arity: -4, flags: READ, keys: FIRST_KEY, categories: SORTED_SET, since: '2.2.0', reply: LIST, run: zrange({ by: 'score', reverse: true }) },
  zrangebylex: { arity: -4, flags: READ, keys: FIRST_KEY, categories: SORTED_SET, since: '2.8.9', reply: LIST, run: zrange({ by: 'lex', reverse: false }) },
  zrevrangebylex: { arity: -4, flags: READ, keys: FIRST_KEY, categories: SORTED_SET, since: '2.8.9', reply: LIST, run: zrange({ by: 'lex', reverse: true }) },
  zrangestore: { arity: -5, flags: ['write', 'denyoom'], keys: TWO_KEYS, categories: SORTED_SET, since: '6.2.0', reply: ['integer'], run: zrange({ store: true }) },
  zcount: { arity: 4, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: SORTED_SET, since: '2.0.0', reply: ['integer'], run: zcount('score') },
  zlexcount: { arity: 4, flags: ['readonly', 'fast'], keys: FIRST_KEY, categories: SORTED_SET, since: '2.8.9', reply: ['integer'], run: zcount('lex') },
  zremrangebyrank: { arity: 4, flags: ['write'], keys: FIRST_KEY, categories: SORTED_SET, since: '2.0.0', reply: ['integer'], run: zremrange('rank') },
  zremrangebyscore: { arity: 4, flags: ['write'], keys: FIRST_KEY, categories: SORTED_SET, since: '1.2.0', reply: ['integer'], run: zremrange('score') },
  zremrangebylex: { arity: 4, flags: ['write'], keys: FIRST_KEY, categories: SORTED_SET, since: '2.8.9', reply: ['integer'], run: zremrange('lex') },
};
