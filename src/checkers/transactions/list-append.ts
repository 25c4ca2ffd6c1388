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
import { EDGE, type DependencySink } from './dependency-graph.ts';
import { ListSteps, type List } from './list-steps.ts';
import { isAppend, type Transactions } from './transaction.ts';

/** Edges added one by one where the shared node would not do. */
const STRAIGHT_MAX = 64;

/** What a history of list appends shows. */
export class ListAppendAnalysis {
  /** Values that were appended to one key more than once: nothing can be said of a history that has them. */
  repeated: string | undefined;
  readonly #transactions: Transactions;
  readonly #report: AnomalyReport;
  readonly #steps: ListSteps;
  /** Of each key the read that shows most; -1 = none shows anything. */
  readonly #longest: Int32Array;
  /** Key k's versions are those from `#versionsFrom[k]`, as many as its longest read has elements. */
  readonly #versionsFrom: Int32Array;
  /** The append that made each version; -1 = nobody's. */
  readonly #versions: Int32Array;
  /** 1 for an append that its key's longest read shows. */
  readonly #isShown: Uint8Array;
  /** How many elements each read saw; -1 = not to be used: not its transaction's first, or no beginning of the longest. */
  readonly #lengths: Int32Array;

  /**
   * @param transactions - committed, unknown and aborted ones
   * @param report - where local anomalies go
   */
  constructor(transactions: Transactions, report: AnomalyReport) {
    this.#transactions = transactions;
    this.#report = report;
    this.#steps = new ListSteps(transactions);
    const keys = this.#steps.names.length;
    this.#longest = new Int32Array(keys).fill(-1);
    this.#versionsFrom = new Int32Array(keys + 1);
    this.#lengths = new Int32Array(this.#steps.readBy.length);
    for (let key = 0; key < keys; key++) this.#versionsFrom[key + 1] = (this.#versionsFrom[key] ?? 0) + this.#findLongest(key);
    this.#versions = new Int32Array(this.#versionsFrom[keys] ?? 0);
    this.#isShown = new Uint8Array(this.#steps.appendedBy.length);
    for (let key = 0; key < keys; key++) this.#checkInternal(key);
    for (let key = 0; key < keys; key++) this.#checkOrder(key);
    this.#checkReadersThatAppend();
  }

  /** Adds what the data says to a graph. */
  addEdges(graph: DependencySink): void {
    const { names, readsFrom, readBy } = this.#steps;
    for (let key = 0; key < names.length; key++) {
      const first = this.#versionsFrom[key] ?? 0;
      const count = this.#countOf(key);
      for (let i = 0; i + 1 < count; i++) this.#edge(graph, this.#writer(first + i), this.#writer(first + i + 1), EDGE.ww);
      const toUnseen = this.#linkUnseen(graph, key);
      const last = count === 0 ? -1 : this.#writer(first + count - 1);
      if (last >= 0 && !this.#aborted(last)) toUnseen(last, EDGE.ww);
      for (let r = readsFrom[key] ?? 0; r < (readsFrom[key + 1] ?? 0); r++) {
        const length = this.#lengths[r] ?? -1;
        if (length < 0) continue;
        const reader = readBy[r] ?? 0;
        if (length > 0) this.#edge(graph, this.#writer(first + length - 1), reader, EDGE.wr);
        // The next version by another: its own append may be the next one.
        if (length < count) this.#edge(graph, reader, this.#writer(first + length), EDGE.rw);
        else toUnseen(reader, EDGE.rw);
      }
    }
  }

  /** Why one transaction comes before another. */
  explain(from: number, to: number, kind: KindMask, names: (n: number) => string): string {
    const [a, b] = [names(from), names(to)];
    const { readsFrom, readBy } = this.#steps;
    for (const [key, name] of this.#steps.names.entries()) {
      const longest = this.#longestOf(key);
      const writerAt = (i: number): number => this.#writer((this.#versionsFrom[key] ?? 0) + i);
      if (kind === EDGE.ww) {
        const i = longest.findIndex((_, at) => at + 1 < longest.length && writerAt(at) === from && writerAt(at + 1) === to);
        if (i >= 0) return `${b} appended ${showValue(longest[i + 1] ?? null)} to ${showValue(name)} after ${a} appended ${showValue(longest[i] ?? null)}`;
        const last = longest.length - 1;
        const lost = last >= 0 && writerAt(last) === from ? this.#unseenBy(key, to) : undefined;
        if (lost !== undefined) return `${b} appended ${showValue(lost)} to ${showValue(name)}, which no read shows, so after ${a} appended ${showValue(longest[last] ?? null)}`;
        continue;
      }
      const reader = kind === EDGE.wr ? to : from;
      for (let r = readsFrom[key] ?? 0; r < (readsFrom[key + 1] ?? 0); r++) {
        const length = this.#lengths[r] ?? -1;
        if (readBy[r] !== reader || length < 0) continue;
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

  /** @returns how many elements the longest read of a key has */
  #findLongest(key: number): number {
    const { readsFrom } = this.#steps;
    let most = 0;
    for (let r = readsFrom[key] ?? 0; r < (readsFrom[key + 1] ?? 0); r++) {
      const length = this.#steps.lists[r]?.length ?? 0;
      this.#lengths[r] = length;
      if (length <= most) continue;
      most = length;
      this.#longest[key] = r;
    }
    return most;
  }

  #longestOf(key: number): List {
    const read = this.#longest[key] ?? -1;
    return read < 0 ? [] : (this.#steps.lists[read] ?? []);
  }

  #countOf(key: number): number {
    return (this.#versionsFrom[key + 1] ?? 0) - (this.#versionsFrom[key] ?? 0);
  }

  /** The transaction that made a version; -1 = nobody. */
  #writer(version: number): number {
    const append = this.#versions[version] ?? -1;
    return append < 0 ? -1 : (this.#steps.appendedBy[append] ?? -1);
  }

  /** A read that is not its transaction's first step on the key must show what the steps before it leave; of others it says nothing. */
  #checkInternal(key: number): void {
    const { readsFrom, readBy, isFirst } = this.#steps;
    let checked = -1;
    for (let r = readsFrom[key] ?? 0; r < (readsFrom[key + 1] ?? 0); r++) {
      if (isFirst[r] === 1) continue;
      this.#lengths[r] = -1;
      const n = readBy[r] ?? 0;
      if (n !== checked) this.#checkOwnSteps(n, this.#steps.names[key] ?? null);
      checked = n;
    }
  }

  #checkOwnSteps(n: number, name: HistoryValue): void {
    /** The list read last, and what was appended since; undefined before the first of these. */
    let before: List | undefined;
    let own: HistoryValue[] | undefined;
    for (const step of this.#transactions.steps(n)) {
      if (!sameValue(step[1], name)) continue;
      if (isAppend(step)) {
        if (before?.some((value) => sameValue(value, step[2])) === true) this.#reportFutureRead(n, name, before, step[2]);
        (own ??= []).push(step[2]);
        continue;
      }
      const list: List = Array.isArray(step[2]) ? (step[2] as List) : [];
      if (own !== undefined && !isContinued(before, own, list)) {
        const expected = before === undefined ? `[…, ${own.map(showValue).join(', ')}]` : showValue([...before, ...own]);
        this.#report.add('internal', name, [n], () => `${this.#report.who(n)} read ${shown(name, list)} where its own steps before it leave ${expected}`);
      }
      [before, own] = [list, []];
    }
  }

  /** The append of each value. */
  #appendsOf(key: number): Map<ValueKey, number> {
    const { names, appendsFrom, appended } = this.#steps;
    const [from, to] = [appendsFrom[key] ?? 0, appendsFrom[key + 1] ?? 0];
    const appendOf = new Map<ValueKey, number>();
    for (let slot = from; slot < to; slot++) {
      const value = appended[slot] ?? null;
      appendOf.set(valueKey(value), slot);
      if (appendOf.size <= slot - from) this.repeated ??= `${showValue(value)} was appended to ${showValue(names[key] ?? null)} more than once`;
    }
    return appendOf;
  }

  /**
   * Finds the append behind each element of a key's longest read.
   *
   * @returns the place of the first element that nobody appended, that was aborted, or that stands there already
   */
  #findVersions(key: number, appendOf: ReadonlyMap<ValueKey, number>): number {
    const { appendedBy } = this.#steps;
    const longest = this.#longestOf(key);
    const first = this.#versionsFrom[key] ?? 0;
    let wrong = Infinity;
    for (let i = 0; i < longest.length; i++) {
      const slot = appendOf.get(valueKey(longest[i] ?? null)) ?? -1;
      this.#versions[first + i] = slot;
      if (wrong === Infinity && (slot < 0 || this.#isShown[slot] === 1 || this.#aborted(appendedBy[slot] ?? -1))) wrong = i;
      if (slot >= 0) this.#isShown[slot] = 1;
    }
    return wrong;
  }

  /**
   * Every read must be a beginning of the longest; those that are none order nothing. What is wrong with an element of the longest is
   * found once, and so is wrong with every read long enough to show it.
   */
  #checkOrder(key: number): void {
    const appendOf = this.#appendsOf(key);
    const firstWrong = this.#findVersions(key, appendOf);
    const { readsFrom, readBy } = this.#steps;
    const name = this.#steps.names[key] ?? null;
    const longest = this.#longestOf(key);
    for (let r = readsFrom[key] ?? 0; r < (readsFrom[key + 1] ?? 0); r++) {
      if ((this.#lengths[r] ?? -1) < 0) continue;
      const n = readBy[r] ?? 0;
      const list = this.#steps.lists[r] ?? [];
      if (isBeginning(list, longest)) {
        if (list.length > firstWrong) this.#checkElements(n, key, list, appendOf);
        this.#checkVersion(n, key, list);
        continue;
      }
      this.#lengths[r] = -1;
      const longestBy = readBy[this.#longest[key] ?? 0] ?? 0;
      this.#report.add('incompatible-order', name, [n, longestBy], () => (
        `${this.#report.who(n)} read ${shown(name, list)} and ${this.#report.who(longestBy)} read ${shown(name, longest)}: neither list grew into the other`
      ));
      this.#checkElements(n, key, list, appendOf);
    }
  }

  #checkElements(n: number, key: number, list: List, appendOf: ReadonlyMap<ValueKey, number>): void {
    const name = this.#steps.names[key] ?? null;
    for (const value of list) {
      const writer = this.#steps.appendedBy[appendOf.get(valueKey(value)) ?? -1];
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

  /** Whether the last element read was the last that its transaction appended: its appends to one key stand side by side. */
  #checkVersion(n: number, key: number, list: List): void {
    const { appendsFrom, appended, appendedBy } = this.#steps;
    const slot = list.length === 0 ? -1 : (this.#versions[(this.#versionsFrom[key] ?? 0) + list.length - 1] ?? -1);
    const writer = appendedBy[slot] ?? -1;
    const end = appendsFrom[key + 1] ?? 0;
    if (slot < 0 || writer === n || slot + 1 === end || appendedBy[slot + 1] !== writer) return;
    let final = slot;
    while (final + 1 < end && appendedBy[final + 1] === writer) final++;
    const name = this.#steps.names[key] ?? null;
    this.#report.add('G1b', name, [writer, n], () => (
      `${this.#report.who(n)} read ${shown(name, list)}, a version in the middle of a transaction that went on to append ${showValue(appended[final] ?? null)}`
    ));
  }

  #reportFutureRead(n: number, name: HistoryValue, list: List, value: HistoryValue): void {
    this.#report.add('future-read', name, [n], () => `${this.#report.who(n)} read ${shown(name, list)} before it appended ${showValue(value)} itself`);
  }

  /** Committed transactions that read a key and then appended to it: what they append they cannot have read, and no two can have read one version. */
  #checkReadersThatAppend(): void {
    const { names, appendsFrom, appended, appendedBy, readsFrom, readBy, lists } = this.#steps;
    /** Of each transaction its last append to the key. */
    const appendsTo = new Int32Array(this.#transactions.size).fill(-1);
    /** Where each append stands among its key's versions. */
    const positions = new Int32Array(appendedBy.length).fill(-1);
    for (const [key, name] of names.entries()) {
      const firstSlot = appendsFrom[key] ?? 0;
      const firstVersion = this.#versionsFrom[key] ?? 0;
      for (let slot = firstSlot; slot < (appendsFrom[key + 1] ?? 0); slot++) appendsTo[appendedBy[slot] ?? 0] = slot;
      for (let i = this.#countOf(key) - 1; i >= 0; i--) if ((this.#versions[firstVersion + i] ?? -1) >= 0) positions[this.#versions[firstVersion + i] ?? 0] = i;
      const firstOf = new Map<number, number>();
      for (let r = readsFrom[key] ?? 0; r < (readsFrom[key + 1] ?? 0); r++) {
        const n = readBy[r] ?? 0;
        const length = this.#lengths[r] ?? -1;
        if (length < 0 || (appendsTo[n] ?? -1) < firstSlot) continue;
        for (let slot = appendsTo[n] ?? -1; slot >= firstSlot && appendedBy[slot] === n; slot--) {
          const position = positions[slot] ?? -1;
          if (position >= 0 && position < length) this.#reportFutureRead(n, name, lists[r] ?? [], appended[slot] ?? null);
        }
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

  #edge(graph: DependencySink, from: number, to: number, kind: KindMask): void {
    if (from < 0 || to < 0 || this.#aborted(from) || this.#aborted(to)) return;
    graph.add(from, to, kind);
  }

  #aborted(n: number): boolean {
    return this.#transactions.isAborted(n);
  }

  /** Adds edges to the appends that no read shows, all through one node; from one of them, straight to some of the others. */
  #linkUnseen(graph: DependencySink, key: number): (from: number, kind: KindMask) => void {
    const unseen = this.#unseen(key);
    if (unseen.length === 0) return nothing;
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
  #unseen(key: number): number[] {
    const { appendsFrom, appendedBy } = this.#steps;
    const found: number[] = [];
    for (let slot = appendsFrom[key] ?? 0; slot < (appendsFrom[key + 1] ?? 0); slot++) {
      const n = appendedBy[slot] ?? -1;
      if (this.#isShown[slot] === 0 && found.at(-1) !== n && this.#transactions.isCommitted[n] === 1) found.push(n);
    }
    return found;
  }

  #unseenBy(key: number, n: number): HistoryValue | undefined {
    const longest = this.#longestOf(key);
    const step = this.#transactions.steps(n).find((one) => (
      isAppend(one) && sameValue(one[1], this.#steps.names[key] ?? null) && !longest.some((value) => sameValue(value, one[2]))
    ));
    return step?.[2];
  }
}

/** Whether a list is another one with some more elements; of one that is not known, whether it ends with those. */
function isContinued(before: List | undefined, own: List, list: List): boolean {
  const start = list.length - own.length;
  if (start < 0 || (before !== undefined && start !== before.length)) return false;
  return own.every((value, i) => sameValue(value, list[start + i] ?? null)) && (before ?? []).every((value, i) => sameValue(value, list[i] ?? null));
}

function nothing(): void {
  // No append went unseen.
}

function isBeginning(list: List, longest: List): boolean {
  if (list.length > longest.length) return false;
  for (let i = 0; i < list.length; i++) {
    if (list[i] !== longest[i] && !sameValue(list[i] ?? null, longest[i] ?? null)) return false;
  }
  return true;
}
