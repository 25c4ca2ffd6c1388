/**
 * A set whose items can be removed, in which an add wins over a remove that has not seen it: the optimised OR-set without tombstones
 * (Bieniusa, Zawirski, Preguica, Shapiro, Baquero, Balegas, Duarte, "An optimized conflict-free replicated set", INRIA RR-8083, 2012).
 *
 * Each add is an event with a name of its own, a dot: the actor, and how many events that has made. A state remembers for each actor
 * how many of its events it has seen, and for each item the adds that put it there. Whoever has seen an add and does not have it
 * any more has seen it removed; so a remove needs to keep nothing.
 *
 * @module
 */
import { countOf, encodeCounts, joinCounts, parseCounts, sortedCounts, withCount, type Counts } from './counts.ts';
import { byCodeUnit, dataType, parseAll, quote, untag, type DataType } from './merger.ts';

/** An item, and the adds that hold it in the set: of each actor the last. */
export interface OrSetEntry {
  readonly item: string;
  readonly dots: Counts;
}

/** The items by code unit, each once, and the events seen. */
export interface OrSetState {
  readonly seen: Counts;
  readonly entries: readonly OrSetEntry[];
}

/** The set as a type. */
export interface OrSet extends DataType<OrSetState> {
  /** Adds an item, or adds it again: a remove that has not seen this does not undo it. */
  add(state: OrSetState, actor: string, item: string): OrSetState;
  /** Removes an item: undoes the adds that this state has seen. */
  remove(state: OrSetState, item: string): OrSetState;
  has(state: OrSetState, item: string): boolean;
  /** The items, by code unit. */
  value(state: OrSetState): readonly string[];
}

/** `'or-set'`. */
export const orSet: OrSet = {
  ...dataType<OrSetState>({
    name: 'or-set',
    empty: { seen: [], entries: [] },
    join,
    encode: ({ seen, entries }) => `["or-set",${encodeCounts(seen)},[${entries.map(({ item, dots }) => `[${quote(item)},${encodeCounts(dots)}]`).join(',')}]]`,
    parse,
  }),
  add: ({ seen, entries }, actor, item) => {
    const count = countOf(seen, actor) + 1;
    return { seen: withCount(seen, actor, count), entries: sorted([...entries.filter((entry) => entry.item !== item), { item, dots: [[actor, count]] }]) };
  },
  remove: ({ seen, entries }, item) => ({ seen, entries: entries.filter((entry) => entry.item !== item) }),
  has: ({ entries }, item) => entries.some((entry) => entry.item === item),
  value: ({ entries }) => entries.map(({ item }) => item),
};

function join(left: OrSetState, right: OrSetState): OrSetState {
  const theirs = new Map(right.entries.map(({ item, dots }) => [item, dots]));
  const items = new Set([...left.entries.map(({ item }) => item), ...theirs.keys()]);
  const ours = new Map(left.entries.map(({ item, dots }) => [item, dots]));
  const entries: OrSetEntry[] = [];
  for (const item of items) {
    const dots = joinDots({ dots: ours.get(item) ?? [], seen: left.seen }, { dots: theirs.get(item) ?? [], seen: right.seen });
    if (dots.length > 0) entries.push({ item, dots });
  }
  return { seen: joinCounts(left.seen, right.seen), entries: sorted(entries) };
}

/** The adds that both have, and those that one has and the other has not seen. */
function joinDots(left: { readonly dots: Counts; readonly seen: Counts }, right: { readonly dots: Counts; readonly seen: Counts }): Counts {
  const kept = new Map<string, number>();
  for (const [one, other] of [[left, right], [right, left]] as const) {
    for (const [actor, count] of one.dots) {
      if (countOf(other.dots, actor) === count || count > countOf(other.seen, actor)) kept.set(actor, count);
    }
  }
  return sortedCounts(kept);
}

function parse(data: unknown): OrSetState | undefined {
  const parts = untag('or-set', 2, data);
  const seen = parseCounts(parts?.[0]);
  const entries = parseAll(parts?.[1], (pair): OrSetEntry | undefined => {
    if (!Array.isArray(pair) || pair.length !== 2 || seen === undefined) return undefined;
    const [item, rest] = pair as readonly unknown[];
    const dots = parseCounts(rest);
    // An item without an add, or an add that was not seen, is no state that changes and merges lead to.
    if (typeof item !== 'string' || dots === undefined || dots.length === 0) return undefined;
    return dots.every(([actor, count]) => count <= countOf(seen, actor)) ? { item, dots } : undefined;
  });
  if (seen === undefined || entries === undefined || new Set(entries.map(({ item }) => item)).size < entries.length) return undefined;
  return { seen, entries: sorted(entries) };
}

function sorted(entries: readonly OrSetEntry[]): readonly OrSetEntry[] {
  return entries.toSorted((a, b) => byCodeUnit(a.item, b.item));
}
