/**
 * `SORT` and `SORT_RO` (`sort.c` of 7.0). Text is compared by its bytes, as in the C locale: up to the first NUL, unless the
 * result is stored.
 *
 * Left out: which of equal elements a `LIMIT` with `BY … ALPHA` keeps, which depends on the real one's partial quicksort.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { FIRST_KEY, type CommandGroup } from '../command.ts';
import { ERROR, refuse } from '../errors.ts';
import { parseDouble } from '../bytes/floats.ts';
import { HashValue } from '../values/hash-value.ts';
import { ListValue } from '../values/list-value.ts';
import { array, bulkOrNil, integer, type Reply } from '../reply.ts';
import { SetValue } from '../values/set-value.ts';
import { SortedSetValue } from '../values/sorted-set-value.ts';
import { keyword, positionArgument } from './arguments.ts';

interface SortOptions {
  readonly descending: boolean;
  readonly alpha: boolean;
  readonly limit: { readonly start: number; readonly count: number };
  readonly by: Bytes | undefined;
  readonly get: readonly Bytes[];
  readonly store: Bytes | undefined;
}

function parseSort(call: Call, args: readonly Bytes[], mayStore: boolean): SortOptions {
  const { command, connection: { user } } = call;
  const get: Bytes[] = [];
  let [descending, alpha, limit] = [false, false, { start: 0, count: -1 }];
  let by: Bytes | undefined;
  let store: Bytes | undefined;
  for (let i = 2; i < args.length; i++) {
    const word = keyword(args[i]);
    const left = args.length - i - 1;
    if (word === 'asc') descending = false;
    else if (word === 'desc') descending = true;
    else if (word === 'alpha') alpha = true;
    else if (word === 'limit' && left >= 2) limit = { start: positionArgument(args[++i]), count: positionArgument(args[++i]) };
    else if (word === 'store' && mayStore && left >= 1) store = args[++i];
    else if (word === 'by' && left >= 1) by = args[++i];
    else if (word === 'get' && left >= 1) get.push(args[++i] as Bytes);
    else refuse(ERROR.syntax);
    // What a pattern will look up is not known: only who may read every key may use one.
    if ((word === 'get' || (word === 'by' && by?.includes('*') === true)) && user?.isUnrestricted === false && !user.checkReadingEverything(command, args)) {
      refuse(`ERR ${word.toUpperCase()} option of SORT denied due to insufficient ACL permissions.`);
    }
  }
  return { descending, alpha, limit, by, get, store };
}

/** What a pattern means for an element: the string of a key, or of a hash's field, named after the element. */
function lookUp(call: Call, pattern: Bytes, element: Bytes): Bytes | undefined {
  if (pattern === '#') return element;
  const star = upToNul(pattern).indexOf('*');
  if (star < 0) return undefined;
  const arrow = pattern.indexOf('->', star + 1);
  const isField = arrow >= 0 && arrow + 2 < pattern.length;
  const key = pattern.slice(0, star) + element + pattern.slice(star + 1, isField ? arrow : undefined);
  const value = call.read(key);
  if (isField) return value instanceof HashValue ? value.get(pattern.slice(arrow + 2)) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A weight as C's `strtod` reads it; undefined where it is none. */
function weight(text: Bytes): number | undefined {
  const read = upToNul(text);
  if (read === '') return 0;
  return parseDouble(read.replace(/^[ \t\n\v\f\r]+(?=.)/, ''));
}

const order = (a: Bytes, b: Bytes): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorts elements by the options; an element without a weight weighs nothing, one without a text comes first. */
function sortElements(call: Call, elements: readonly Bytes[], { by, alpha, store, descending }: SortOptions): Bytes[] {
  const sign = descending ? -1 : 1;
  const keyOf = (element: Bytes): Bytes | undefined => (by === undefined ? element : lookUp(call, by, element));
  if (alpha) {
    const shown = (text: Bytes): Bytes => (store === undefined ? upToNul(text) : text);
    const rows = elements.map((element) => ({ element, text: keyOf(element) }));
    rows.sort((a, b) => {
      if (a.text === undefined || b.text === undefined) return sign * (Number(b.text === undefined) - Number(a.text === undefined));
      return sign * order(shown(a.text), shown(b.text));
    });
    return rows.map(({ element }) => element);
  }
  const rows = elements.map((element) => {
    const text = keyOf(element);
    return { element, score: text === undefined ? 0 : weight(text) ?? refuse("ERR One or more scores can't be converted into double") };
  });
  rows.sort((a, b) => sign * (a.score < b.score ? -1 : a.score > b.score ? 1 : order(a.element, b.element)));
  return rows.map(({ element }) => element);
}

function elementsOf(call: Call, key: Bytes): { readonly elements: readonly Bytes[]; readonly isSet: boolean } {
  const value = call.database.get(key);
  if (value === undefined) return { elements: [], isSet: false };
  if (value instanceof ListValue) return { elements: value.items.slice(), isSet: false };
  if (value instanceof SetValue) return { elements: value.members(), isSet: true };
  if (!(value instanceof SortedSetValue)) return refuse(ERROR.wrongType);
  // The real one converts what it is going to read; `OBJECT ENCODING` tells.
  value.outgrow();
  const elements: Bytes[] = [];
  value.walk(0, value.size, (member) => { elements.push(member); });
  return { elements, isSet: false };
}

function sort(call: Call, args: readonly Bytes[]): Reply {
  const options = parseSort(call, args, call.command.name === 'sort');
  const { by, get, store, limit, descending } = options;
  const { elements, isSet } = elementsOf(call, args[1] ?? '');
  const isUnsorted = by !== undefined && !upToNul(by).includes('*');
  // A set has no order of its own that replicas would share.
  const sorted = isUnsorted && isSet && (store !== undefined || call.connection.isScript) ? sortElements(call, elements, { ...options, by: undefined, alpha: true })
    : !isUnsorted ? sortElements(call, elements, options)
    : descending && !isSet ? elements.toReversed() : elements;
  const start = Math.min(Math.max(limit.start, 0), sorted.length);
  const chosen = sorted.slice(start, limit.count < 0 ? undefined : start + limit.count);
  const found = chosen.flatMap((element) => (get.length === 0 ? [element] : get.map((pattern) => lookUp(call, pattern, element))));
  if (store === undefined) return array(found.map(bulkOrNil));
  if (found.length > 0) {
    const list = new ListValue();
    list.items.assign(found.map((text) => text ?? ''));
    call.database.replace(store, list);
    call.modified(store, found.length);
    call.event('list', 'sortstore', store);
  } else if (call.database.get(store) !== undefined) {
    call.database.delete(store);
    call.modified(store);
    call.event('generic', 'del', store);
  }
  return integer(found.length);
}

const CATEGORIES = ['set', 'sortedset', 'list', 'dangerous'] as const;

/** The rows of sorting. */
export const SORT_COMMANDS: CommandGroup = {
  sort: { arity: -2, flags: ['write', 'denyoom', 'movablekeys'], keys: { kind: 'store' }, categories: CATEGORIES, since: '1.0.0', reply: ['array', 'integer'], run: sort },
  sort_ro: { arity: -2, flags: ['readonly', 'movablekeys'], keys: FIRST_KEY, categories: CATEGORIES, since: '7.0.0', reply: ['array'], run: sort },
};
