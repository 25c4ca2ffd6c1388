/**
 * Unions, intersections and differences of sorted sets. Sums are taken in the order of the sets' sizes, as Redis takes them:
 * with floating point the order shows.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import type { CommandGroup, KeyPositions } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { bulk, EMPTY_ARRAY, errorReply, integer, type Reply } from '../reply.ts';
import type { SetValue } from '../values/set-value.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { doubleArgument, keyword, positionArgument } from './arguments.ts';
import { double, storeSortedSet } from './sorted-sets.ts';

type Operation = 'union' | 'inter' | 'diff';
type Aggregate = 'sum' | 'min' | 'max';

interface Source {
  readonly sortedSet: SortedSetValue | SetValue | undefined;
  weight: number;
}

interface AlgebraForm {
  readonly operation: Operation;
  readonly store?: boolean;
  readonly countOnly?: boolean;
}

interface AlgebraOptions {
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
  readonly limit: number;
}

function notNaN(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function combine(aggregate: Aggregate, a: number, b: number): number {
  if (aggregate === 'sum') return notNaN(a + b);
  // C's ternary keeps the first of two zeros of different sign.
  if (aggregate === 'min') return b < a ? b : a;
  return b > a ? b : a;
}

function parseOptions(form: AlgebraForm, args: readonly Bytes[], from: number, sources: readonly Source[]): AlgebraOptions {
  let aggregate: Aggregate = 'sum';
  let withScores = false;
  let limit = 0;
  const takesWeights = form.operation !== 'diff' && form.countOnly !== true;
  for (let i = from; i < args.length; i++) {
    const word = keyword(args[i]);
    const left = args.length - i;
    if (takesWeights && word === 'weights' && left > sources.length) {
      for (const source of sources) source.weight = doubleArgument(args[++i], ERROR.weightNotFloat);
    } else if (takesWeights && word === 'aggregate' && left >= 2) {
      const name = keyword(args[++i]);
      if (name !== 'sum' && name !== 'min' && name !== 'max') refuse(ERROR.syntax);
      else aggregate = name;
    } else if (form.store !== true && form.countOnly !== true && word === 'withscores') {
      withScores = true;
    } else if (form.countOnly === true && word === 'limit' && left >= 2) {
      limit = positionArgument(args[++i], "ERR LIMIT can't be negative");
      if (limit < 0) refuse("ERR LIMIT can't be negative");
    } else {
      refuse(ERROR.syntax);
    }
  }
  return { aggregate, withScores, limit };
}

function union(sources: readonly Source[], aggregate: Aggregate): Map<Bytes, number> {
  const scores = new Map<Bytes, number>();
  for (const { sortedSet, weight } of sources) {
    sortedSet?.walk(0, sortedSet.size, (member, score) => {
      const before = scores.get(member);
      const weighted = notNaN(weight * score);
      scores.set(member, before === undefined ? weighted : combine(aggregate, before, weighted));
    });
  }
  return scores;
}

function intersection(sources: readonly Source[], aggregate: Aggregate, limit: number): Map<Bytes, number> {
  const scores = new Map<Bytes, number>();
  const [smallest, ...others] = sources;
  if (smallest?.sortedSet === undefined) return scores;
  const { sortedSet, weight } = smallest;
  sortedSet.walk(0, sortedSet.size, (member, score) => {
    let value = notNaN(weight * score);
    for (const other of others) {
      const found = other.sortedSet?.score(member);
      if (found === undefined) return true;
      // Unlike in a union, infinity times zero counts as it is here: a sum becomes 0, a minimum passes it over.
      value = combine(aggregate, value, other.weight * found);
    }
    scores.set(member, value);
    return scores.size !== limit;
  });
  return scores;
}

function difference([first, ...others]: readonly Source[]): Map<Bytes, number> {
  const scores = new Map<Bytes, number>();
  first?.sortedSet?.walk(0, first.sortedSet.size, (member, score) => {
    if (others.every((other) => other.sortedSet?.score(member) === undefined)) scores.set(member, score);
  });
  return scores;
}

function algebra(form: AlgebraForm): (call: Call, args: readonly Bytes[]) => Reply {
  const countAt = form.store === true ? 2 : 1;
  return (call, args) => {
    const count = positionArgument(args[countAt]);
    if (count < 1) return errorReply(`ERR at least 1 input key is needed for '${call.command.name}' command`);
    if (count > args.length - countAt - 1) return errorReply(ERROR.syntax);
    const keys = args.slice(countAt + 1, countAt + 1 + count);
    const sources = keys.map((key): Source => ({ sortedSet: call.scored(key), weight: 1 }));
    const { aggregate, withScores, limit } = parseOptions(form, args, countAt + 1 + count, sources);
    if (form.operation !== 'diff') sources.sort((a, b) => (a.sortedSet?.size ?? 0) - (b.sortedSet?.size ?? 0));
    const scores = form.operation === 'union' ? union(sources, aggregate)
      : form.operation === 'inter' ? intersection(sources, aggregate, limit)
      : difference(sources);
    if (form.countOnly === true) return integer(scores.size);
    const result = new SortedSetValue(call.limits, false);
    for (const [member, score] of scores) result.set(member, score);
    if (form.store === true) return storeSortedSet(call, args[1] as Bytes, result.compacted());
    if (result.size === 0) return EMPTY_ARRAY;
    const items: Reply[] = [];
    result.walk(0, result.size, (member, score) => {
      items.push(bulk(member));
      if (withScores) items.push(double(score));
    });
    return { kind: withScores ? 'pairs' : 'array', items };
  };
}

const SORTED_SET = ['sortedset'] as const;
const READ = ['readonly', 'movablekeys'] as const;
const WRITE = ['write', 'denyoom', 'movablekeys'] as const;
const SOURCES: KeyPositions = { kind: 'counted', count: 1 };
const STORED: KeyPositions = { kind: 'counted', count: 2, destination: 1 };
const LIST = ['array', 'pairs'] as const;

/** The rows of the set algebra. */
export const SORTED_SET_ALGEBRA_COMMANDS: CommandGroup = {
  zunion: { arity: -3, flags: READ, keys: SOURCES, categories: SORTED_SET, since: '6.2.0', reply: LIST, run: algebra({ operation: 'union' }) },
  zinter: { arity: -3, flags: READ, keys: SOURCES, categories: SORTED_SET, since: '6.2.0', reply: LIST, run: algebra({ operation: 'inter' }) },
  zdiff: { arity: -3, flags: READ, keys: SOURCES, categories: SORTED_SET, since: '6.2.0', reply: LIST, run: algebra({ operation: 'diff' }) },
  zintercard: { arity: -3, flags: READ, keys: SOURCES, categories: SORTED_SET, since: '7.0.0', reply: ['integer'], run: algebra({ operation: 'inter', countOnly: true }) },
  zunionstore: { arity: -4, flags: WRITE, keys: STORED, categories: SORTED_SET, since: '2.0.0', reply: ['integer'], run: algebra({ operation: 'union', store: true }) },
  zinterstore: { arity: -4, flags: WRITE, keys: STORED, categories: SORTED_SET, since: '2.0.0', reply: ['integer'], run: algebra({ operation: 'inter', store: true }) },
  zdiffstore: { arity: -4, flags: WRITE, keys: STORED, categories: SORTED_SET, since: '6.2.0', reply: ['integer'], run: algebra({ operation: 'diff', store: true }) },
};
