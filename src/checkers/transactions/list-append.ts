/**
 * Dependencies of transactions over lists that are only appended to, as Elle infers them (Kingsbury and Alvaro, VLDB 2020,
 * section 4): every element is appended once, so that a read of a list shows the whole order of the versions it went through. The
 * longest read of a key is its version order; every other read must be a beginning of it.
 *
 * Beyond Elle: a committed append that the longest read does not show comes after all that was read, since no version that was
 * read has it; an append lost for good is thereby found as a circle with real time. Left out: appends of one value twice.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import type { KindMask } from '../../structures/labelled-graph.ts';
import { sameValue, valueKey, type ValueKey } from '../value.ts';
import { showValue } from '../wording.ts';
import { shown, type AnomalyReport } from './anomaly.ts';
import { EDGE, type DependencyGraph } from './dependency-graph.ts';
import { isAppend, isReadStep, KeyNumbers, type Step, type Transaction } from './transaction.ts';

/** Edges added one by one where the shared node would not do. */
const STRAIGHT_MAX = 64;

type List = readonly HistoryValue[];

interface ListKey {
  readonly name: HistoryValue;
  /** Which transaction appended each value. */
  readonly writers: Map<ValueKey, number>;
  longest: List;
  longestBy: number;
  /** Reads before the transaction's own appends: transaction, what it saw, and how long a beginning that is. */
  readonly readers: number[];
  lists: List[];
  readonly lengths: number[];
}

/** What a history of list appends shows. */
export class ListAppendAnalysis {
  /** Values that were appended to one key more than once: nothing can be said of a history that has them. */
  repeated: string | undefined;
  readonly #transactions: readonly Transaction[];
  readonly #report: AnomalyReport;
  readonly #numbers = new KeyNumbers();
  readonly #keys: ListKey[] = [];

  /**
   * @param transactions - committed, unknown and aborted ones
   * @param report - where local anomalies go
   */
  constructor(transactions: readonly Transaction[], report: AnomalyReport) {
    this.#transactions = transactions;
    this.#report = report;
    transactions.forEach((transaction, n) => {
      for (const step of transaction.steps) if (isAppend(step)) this.#noteAppend(n, step[1], step[2]);
    });
    transactions.forEach((transaction, n) => {
      if (transaction.status === 'ok') this.#readTransaction(n, transaction);
    });
    for (const key of this.#keys) this.#checkOrder(key);
    this.#findLostUpdates();
  }

  /** Adds what the data says to a graph. */
  addEdges(graph: DependencyGraph): void {
    for (const { writers, longest, readers, lengths } of this.#keys) {
      const order = longest.map((value) => writers.get(valueKey(value)) ?? -1);
      for (let i = 0; i + 1 < order.length; i++) this.#edge(graph, order[i] ?? -1, order[i + 1] ?? -1, EDGE.ww);
      const toUnseen = this.#linkUnseen(graph, longest, writers);
      const last = order.at(-1) ?? -1;
      if (last >= 0 && !this.#aborted(last)) toUnseen(last, EDGE.ww);
      for (let r = 0; r < readers.length; r++) {
        const reader = readers[r] ?? 0;
        const length = lengths[r] ?? 0;
        if (length > 0) this.#edge(graph, order[length - 1] ?? -1, reader, EDGE.wr);
        // The next version by another: its own append may be the next one.
        if (length < order.length) this.#edge(graph, reader, order[length] ?? -1, EDGE.rw);
        else toUnseen(reader, EDGE.rw);
      }
    }
  }

  /** Why one transaction comes before another. */
  explain(from: number, to: number, kind: KindMask, names: (n: number) => string): string {
    const [a, b] = [names(from), names(to)];
    for (const key of this.#keys) {
      const { name, writers, longest } = key;
      const writerAt = (i: number): number => writers.get(valueKey(longest[i] ?? null)) ?? -1;
      if (kind === EDGE.ww) {
        const i = longest.findIndex((_, at) => writerAt(at) === from && writerAt(at + 1) === to && at + 1 < longest.length);
        if (i >= 0) return `${b} appended ${showValue(longest[i + 1] ?? null)} to ${showValue(name)} after ${a} appended ${showValue(longest[i] ?? null)}`;
        const last = longest.length - 1;
        const lost = last >= 0 && writerAt(last) === from ? this.#unseenBy(key, to) : undefined;
        if (lost !== undefined) return `${b} appended ${showValue(lost)} to ${showValue(name)}, which no read shows, so after ${a} appended ${showValue(longest[last] ?? null)}`;
        continue;
      }
      const reader = kind === EDGE.wr ? to : from;
      for (let r = 0; r < key.readers.length; r++) {
        if (key.readers[r] !== reader) continue;
        const length = key.lengths[r] ?? 0;
        if (kind === EDGE.wr) {
          if (length > 0 && writerAt(length - 1) === from) return `${b} saw ${a}'s append of ${showValue(longest[length - 1] ?? null)} to ${showValue(name)}`;
          continue;
        }
        const missing = length < longest.length ? (writerAt(length) === to ? longest[length] : undefined) : this.#unseenBy(key, to);
        if (missing !== undefined) return `${a} read ${shown(name, longest.slice(0, length))} without ${b}'s append of ${showValue(missing)}`;
      }
    }
    return `${a} came before ${b}`;
  }

  #key(name: HistoryValue): ListKey {
    const n = this.#numbers.of(name);
    return (this.#keys[n] ??= { name, writers: new Map(), longest: [], longestBy: -1, readers: [], lists: [], lengths: [] });
  }

  #noteAppend(n: number, name: HistoryValue, value: HistoryValue): void {
    const { writers } = this.#key(name);
    const before = writers.size;
    writers.set(valueKey(value), n);
    if (writers.size === before) this.repeated ??= `${showValue(value)} was appended to ${showValue(name)} more than once`;
  }

  /** Notes what a transaction read, and whether it agrees with what it did itself. */
  #readTransaction(n: number, { steps }: Transaction): void {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as Step;
      if (!isReadStep(step)) continue;
      const key = this.#key(step[1]);
      const list: List = Array.isArray(step[2]) ? (step[2] as List) : [];
      if (list.length > key.longest.length) {
        key.longest = list;
        key.longestBy = n;
      }
      // Millions of transactions: no list of earlier steps is made for those that have none.
      let isFirst = true;
      for (let j = 0; j < i && isFirst; j++) isFirst = !sameValue(steps[j]?.[1] ?? null, step[1]);
      if (isFirst) this.#noteRead(n, key, list);
      else this.#checkInternal(n, key, list, ownBefore(steps, i));
    }
  }

  #checkInternal(n: number, key: ListKey, list: List, { list: before, own }: { list: List | undefined; own: readonly HistoryValue[] }): void {
    const start = list.length - own.length;
    const endsWithOwn = start >= 0 && own.every((value, i) => sameValue(value, list[start + i] ?? null));
    const beginsWithOld = before === undefined || (start === before.length && before.every((value, i) => sameValue(value, list[i] ?? null)));
    if (endsWithOwn && beginsWithOld) return;
    const expected = before === undefined ? `[…, ${own.map(showValue).join(', ')}]` : showValue([...before, ...own]);
    this.#report.add('internal', key.name, [n], () => (
      `${this.#report.who(n)} read ${shown(key.name, list)} where its own steps before it leave ${expected}`
    ));
  }

  #noteRead(n: number, key: ListKey, list: List): void {
    key.readers.push(n);
    key.lists.push(list);
    key.lengths.push(list.length);
  }

  /**
   * Every read must be a beginning of the longest; those that are none order nothing. What is wrong with an element of the longest is
   * found once, and so is wrong with every read long enough to show it.
   */
  #checkOrder(key: ListKey): void {
    const { name, longest, longestBy, readers, lists, lengths } = key;
    const firstWrong = this.#firstWrong(key, longest);
    let kept = 0;
    for (let r = 0; r < readers.length; r++) {
      const n = readers[r] ?? 0;
      const list = lists[r] ?? [];
      if (!isBeginning(list, longest)) {
        this.#report.add('incompatible-order', name, [n, longestBy], () => (
          `${this.#report.who(n)} read ${shown(name, list)} and ${this.#report.who(longestBy)} read ${shown(name, longest)}: neither list grew into the other`
        ));
        this.#checkElements(n, key, list);
        continue;
      }
      if (list.length > firstWrong) this.#checkElements(n, key, list);
      this.#checkVersion(n, key, list);
      readers[kept] = n;
      lengths[kept++] = list.length;
    }
    readers.length = kept;
    lengths.length = kept;
    key.lists = [];
  }

  /** The place of the first element that nobody appended, that was aborted, or that stands there already. */
  #firstWrong({ writers }: ListKey, list: List): number {
    const seen = new Set<ValueKey>();
    const at = list.findIndex((value) => {
      const name = valueKey(value);
      const writer = writers.get(name);
      const before = seen.size;
      seen.add(name);
      return writer === undefined || this.#aborted(writer) || seen.size === before;
    });
    return at < 0 ? Infinity : at;
  }

  #checkElements(n: number, { writers, name }: ListKey, list: List): void {
    for (const value of list) {
      const writer = writers.get(valueKey(value));
      if (writer === undefined) {
        this.#report.add('unwritten-read', name, [n], () => `${this.#report.who(n)} read ${shown(name, list)}, but nobody ever appended ${showValue(value)}`);
      } else if (this.#aborted(writer)) {
        this.#report.add('G1a', name, [writer, n], () => (
          `${this.#report.who(n)} read ${shown(name, list)}, but the transaction that appended ${showValue(value)} aborted`
        ));
      }
    }
    if (new Set(list.map(valueKey)).size < list.length) {
      this.#report.add('duplicate-elements', name, [n], () => `${this.#report.who(n)} read ${shown(name, list)}, in which an element stands twice`);
    }
  }

  /** Whether the last element read was the last that its transaction appended. */
  #checkVersion(n: number, { writers, name }: ListKey, list: List): void {
    const last = list.at(-1);
    if (last === undefined) return;
    const writer = writers.get(valueKey(last)) ?? -1;
    if (writer < 0 || writer === n) return;
    const final = this.#transactions[writer]?.steps.findLast((step) => isAppend(step) && sameValue(step[1], name))?.[2];
    if (final === undefined || sameValue(final, last)) return;
    this.#report.add('G1b', name, [writer, n], () => (
      `${this.#report.who(n)} read ${shown(name, list)}, a version in the middle of a transaction that went on to append ${showValue(final)}`
    ));
  }

  /** Two committed transactions that read one version and both appended to it. */
  #findLostUpdates(): void {
    for (const { name, readers, lengths } of this.#keys) {
      const firstOf = new Map<number, number>();
      for (let r = 0; r < readers.length; r++) {
        const n = readers[r] ?? 0;
        const length = lengths[r] ?? 0;
        if (!appendsTo(this.#transactions[n]?.steps ?? [], name)) continue;
        const other = firstOf.get(length);
        if (other === undefined) {
          firstOf.set(length, n);
        } else {
          this.#report.add('lost-update', name, [other, n], () => (
            `${this.#report.who(other)} and ${this.#report.who(n)} both read ${showValue(name)} with ${length} elements and both appended to it`
          ));
        }
      }
    }
  }

  #edge(graph: DependencyGraph, from: number, to: number, kind: KindMask): void {
    if (from < 0 || to < 0 || this.#aborted(from) || this.#aborted(to)) return;
    graph.add(from, to, kind);
  }

  #aborted(n: number): boolean {
    return this.#transactions[n]?.status === 'fail';
  }

  /** Adds edges to the appends that no read shows, all through one node; from one of them, straight to some of the others. */
  #linkUnseen(graph: DependencyGraph, longest: List, writers: ReadonlyMap<ValueKey, number>): (from: number, kind: KindMask) => void {
    const unseen = this.#unseen(longest, writers);
    if (unseen.length === 0) return () => undefined;
    const members = new Set(unseen);
    const all = graph.addNode();
    for (const n of unseen) graph.add(all, n, EDGE.via);
    return (from, kind) => {
      if (!members.has(from)) graph.add(from, all, kind);
      // Through the shared node it would come before itself.
      else for (const n of unseen.slice(0, STRAIGHT_MAX)) graph.add(from, n, kind);
    };
  }

  /** Committed transactions with an append that no read shows. */
  #unseen(longest: List, writers: ReadonlyMap<ValueKey, number>): number[] {
    if (writers.size === longest.length) return [];
    const read = new Set(longest.map(valueKey));
    const found = new Set<number>();
    for (const [value, n] of writers) if (!read.has(value) && this.#transactions[n]?.status === 'ok') found.add(n);
    return [...found];
  }

  #unseenBy({ name, longest }: ListKey, n: number): HistoryValue | undefined {
    const step = this.#transactions[n]?.steps.find((one) => (
      isAppend(one) && sameValue(one[1], name) && !longest.some((value) => sameValue(value, one[2]))
    ));
    return step?.[2];
  }
}

/** What a transaction's own steps say of a key before one of them: the list read last, if any, and what was appended since. */
function ownBefore(steps: readonly Step[], at: number): { list: List | undefined; own: HistoryValue[] } {
  let list: List | undefined;
  let own: HistoryValue[] = [];
  for (const step of steps.slice(0, at)) {
    if (!sameValue(step[1], steps[at]?.[1] ?? null)) continue;
    if (isAppend(step)) own.push(step[2]);
    else [list, own] = [Array.isArray(step[2]) ? (step[2] as List) : [], []];
  }
  return { list, own };
}

function appendsTo(steps: readonly Step[], name: HistoryValue): boolean {
  for (const step of steps) if (isAppend(step) && sameValue(step[1], name)) return true;
  return false;
}

function isBeginning(list: List, longest: List): boolean {
  if (list.length > longest.length) return false;
  for (let i = 0; i < list.length; i++) {
    if (list[i] !== longest[i] && !sameValue(list[i] ?? null, longest[i] ?? null)) return false;
  }
  return true;
}
