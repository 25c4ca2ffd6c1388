/**
 * Dependencies of transactions over registers whose written values are all different (Elle, VLDB 2020, section 5). Who read what
 * from whom is known; the order of a register's versions only in part: the initial value comes first; what a transaction read
 * of a key comes before what it then wrote to it (true of every history without G1c); and, where clients' orders or real time are to be
 * respected, a version that a client wrote after another of its own comes later, and one that was written or still read after another had
 * been written or read: by real time two versions of a register stand as their zones do (see ../zones.ts).
 *
 * Left out: keys to which one value was written twice have no known order (the verdict is then at best `unknown`).
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import type { KindMask } from '../../structures/labelled-graph.ts';
import { countUpTo } from '../../structures/count-below.ts';
import { sameValue, valueKey, type ValueKey } from '../value.ts';
import { showValue } from '../wording.ts';
import { shown, type AnomalyReport } from './anomaly.ts';
import { EDGE, type DependencySink } from './dependency-graph.ts';
import { Stretches } from './stretches.ts';
import { isReadStep, isRegisterWrite, KeyNumbers, type Transaction, type Transactions } from './transaction.ts';

interface Version {
  readonly value: HistoryValue;
  /** The transaction that wrote it; -1 = the initial value. */
  readonly writer: number;
  /** Whether its transaction overwrote it itself. */
  intermediate: boolean;
  readers: number[];
  /** Versions that certainly come later: what those wrote who read it. */
  later: Version[];
}

/** What all versions share that nobody read, or replaced: a list of their own for each would be a sixth of a check. */
const NOBODY: number[] = [];
const NONE: Version[] = [];

interface RegisterKey {
  readonly name: HistoryValue;
  readonly versions: Map<ValueKey, Version>;
  readonly initial: Version;
  /** Values written more than once: who read them says nothing. */
  readonly repeated: Set<ValueKey>;
}

/** When a version was there, as far as real time tells: a version whose `from` is before another's `to` is the earlier of the two. */
interface Span {
  readonly version: Version;
  /** Who was first to have it and be over: its writer or a reader. */
  readonly first: number;
  readonly from: number;
  /** Who was last to begin and have it. */
  readonly last: number;
  readonly to: number;
}

/** What a history of register transactions shows. */
export class RegisterAnalysis {
  /** A value that was written to one key more than once. */
  repeated: string | undefined;
  readonly #transactions: Transactions;
  readonly #report: AnomalyReport;
  readonly #numbers = new KeyNumbers();
  readonly #keys: RegisterKey[] = [];
  /** Those of unknown outcome that somebody read from. */
  readonly #seen = new Set<number>();

  /**
   * @param transactions - committed, unknown and aborted ones
   * @param report - where local anomalies go
   */
  constructor(transactions: Transactions, report: AnomalyReport) {
    this.#transactions = transactions;
    this.#report = report;
    let n = 0;
    for (const transaction of transactions) this.#noteWrites(n++, transaction);
    n = 0;
    for (const transaction of transactions) {
      if (transaction.status === 'ok') this.#readTransaction(n, transaction);
      n++;
    }
    this.#checkVersionOrder();
    this.#findLostUpdates();
  }

  /** Adds what the data says to a graph. */
  addEdges(graph: DependencySink): void {
    for (const { versions, initial } of this.#keys) {
      this.#addInitial(graph, initial, versions);
      for (const { writer, readers, later } of versions.values()) {
        if (writer < 0 || this.#isAborted(writer)) continue;
        for (const reader of readers) graph.add(writer, reader, EDGE.wr);
        for (const next of later) {
          if (next.writer < 0 || this.#isAborted(next.writer)) continue;
          graph.add(writer, next.writer, EDGE.ww);
          for (const reader of readers) graph.add(reader, next.writer, EDGE.rw);
        }
      }
      this.#addProcessOrder(graph, versions);
      this.#addRealTime(graph, versions);
    }
  }

  /** Why one transaction comes before another. */
  explain(from: number, to: number, kind: KindMask, names: (n: number) => string): string {
    const [a, b] = [names(from), names(to)];
    if (kind === EDGE.rwByTime) return this.#explainByTime(from, to, names);
    for (const { name, versions, initial } of this.#keys) {
      for (const version of [initial, ...versions.values()]) {
        if (kind === EDGE.wr) {
          if (version.writer === from && version.readers.includes(to)) return `${b} read ${shown(name, version.value)}, which ${a} wrote`;
          continue;
        }
        if (kind === EDGE.ww ? version.writer !== from : !version.readers.includes(from)) continue;
        const next = this.#overwrites(version, to, kind, initial, versions);
        if (next === undefined) continue;
        if (kind === EDGE.ww) return `${b} wrote ${shown(name, next.value)} over ${showValue(version.value)}, which ${a} wrote`;
        const when = kind === EDGE.rw ? '' : ' later';
        return `${a} read ${shown(name, version.value)}, which ${b} overwrote with ${showValue(next.value)}${when}`;
      }
    }
    return `${a} came before ${b}`;
  }

  #explainByTime(from: number, to: number, nameOf: (n: number) => string): string {
    const [a, b] = [nameOf(from), nameOf(to)];
    const found = this.#byTime(from, to);
    if (found === undefined) return `${a} came before ${b}`;
    const { name, earlier, later } = found;
    const [value, next] = [showValue(earlier.version.value), showValue(later.version.value)];
    const isWriter = earlier.version.writer === from;
    if (!isWriter && earlier.first === earlier.version.writer && later.last === to) return `${a} read ${shown(name, earlier.version.value)}, which ${b} overwrote with ${next} later`;
    const had = earlier.first === earlier.version.writer ? `${value} was written` : `${nameOf(earlier.first)} had read ${value}`;
    const still = later.last === to ? `${next} was written` : `${nameOf(later.last)} read ${next}`;
    return `${a} ${isWriter ? 'wrote' : 'read'} ${shown(name, earlier.version.value)}, which ${b} overwrote with ${next}, since ${had} before ${still}`;
  }

  /** Transactions that are neither of the two, and without which one would not be known to come before the other. */
  evidence(from: number, to: number, kind: KindMask): readonly number[] {
    const found = kind === EDGE.rwByTime ? this.#byTime(from, to) : undefined;
    return found === undefined ? [] : [found.earlier.version.writer, found.earlier.first, found.later.last].filter((n) => n !== from && n !== to);
  }

  /** The versions by whose times one transaction comes before another. */
  #byTime(from: number, to: number): { readonly name: HistoryValue; readonly earlier: Span; readonly later: Span } | undefined {
    for (const { name, versions } of this.#keys) {
      const spans = this.#spans(versions);
      const later = spans.find(({ version }) => version.writer === to);
      if (later === undefined) continue;
      const earlier = spans.find((span) => span !== later && span.from < later.to && (span.version.writer === from || span.version.readers.includes(from)));
      if (earlier !== undefined) return { name, earlier, later };
    }
    return undefined;
  }

  #overwrites(version: Version, to: number, kind: KindMask, initial: Version, versions: ReadonlyMap<ValueKey, Version>): Version | undefined {
    if (version === initial || kind === EDGE.rwByProcess) {
      const over = version === initial ? -1 : (this.#transactions.returns[version.writer] ?? Infinity);
      return [...versions.values()].find(({ writer }) => writer === to && (this.#transactions.calls[writer] ?? 0) > over);
    }
    return version.later.find(({ writer }) => writer === to);
  }

  #key(name: HistoryValue): RegisterKey {
    const n = this.#numbers.of(name);
    return (this.#keys[n] ??= { name, versions: new Map(), initial: { value: null, writer: -1, intermediate: false, readers: NOBODY, later: NONE }, repeated: new Set() });
  }

  #noteWrites(n: number, { steps }: Transaction): void {
    const own = new Map<RegisterKey, Version>();
    for (const step of steps) {
      if (!isRegisterWrite(step)) continue;
      const key = this.#key(step[1]);
      const version: Version = { value: step[2], writer: n, intermediate: false, readers: NOBODY, later: NONE };
      const name = valueKey(step[2]);
      // Null stands for the initial value as well.
      if (key.versions.has(name) || key.repeated.has(name) || step[2] === null) {
        this.repeated ??= `${shown(key.name, step[2])} was written more than once`;
        key.repeated.add(name);
        key.versions.delete(name);
      } else {
        key.versions.set(name, version);
      }
      const before = own.get(key);
      if (before !== undefined) before.intermediate = true;
      own.set(key, version);
    }
  }

  #readTransaction(n: number, { steps }: Transaction): void {
    /** Of each key touched: the value it must have within this transaction, and the version that was read from outside. */
    const mine = new Map<RegisterKey, { value: HistoryValue; from: Version | undefined; wrote: boolean }>();
    for (const step of steps) {
      const key = this.#key(step[1]);
      const known = mine.get(key);
      if (isRegisterWrite(step)) {
        const version = key.versions.get(valueKey(step[2]));
        if (known?.from !== undefined && version !== undefined && version.writer === n && !known.wrote) addLater(known.from, version);
        mine.set(key, { value: step[2], from: known?.from, wrote: true });
        continue;
      }
      if (!isReadStep(step)) continue;
      const value = step[2] ?? null;
      if (known === undefined) mine.set(key, { value, from: this.#noteRead(n, key, value), wrote: false });
      else if (!sameValue(known.value, value)) {
        this.#report.add('internal', key.name, [n], () => (
          `${this.#report.who(n)} read ${shown(key.name, value)} where its own steps before it leave ${showValue(known.value)}`
        ));
      }
    }
  }

  #noteRead(n: number, key: RegisterKey, value: HistoryValue): Version | undefined {
    if (key.repeated.has(valueKey(value))) return undefined;
    const version = value === null ? key.initial : key.versions.get(valueKey(value));
    const said = (): string => `${this.#report.who(n)} read ${shown(key.name, value)}`;
    if (version === undefined) {
      this.#report.add('unwritten-read', key.name, [n], () => `${said()}, which nobody ever wrote`);
      return undefined;
    }
    const { writer } = version;
    if (writer === n) {
      this.#report.add('future-read', key.name, [n], () => `${said()} before it wrote that itself`);
      return undefined;
    }
    if (writer >= 0) {
      if (this.#isAborted(writer)) this.#report.add('G1a', key.name, [writer, n], () => `${said()}, but the transaction that wrote it aborted`);
      else if (version.intermediate) {
        this.#report.add('G1b', key.name, [writer, n], () => `${said()}, which the transaction that wrote it overwrote itself`);
      }
    }
    if (version.readers === NOBODY) version.readers = [n];
    else version.readers.push(n);
    if (writer >= 0) this.#seen.add(writer);
    return version;
  }

  /** A version that comes before itself. */
  #checkVersionOrder(): void {
    for (const { name, versions } of this.#keys) {
      const state = new Map<Version, 'open' | 'done'>();
      for (const root of versions.values()) {
        const path: { version: Version; rest: Iterator<Version> }[] = [];
        const enter = (version: Version): void => {
          state.set(version, 'open');
          path.push({ version, rest: version.later.values() });
        };
        if (!state.has(root)) enter(root);
        for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
          const next = top.rest.next();
          if (next.done === true) {
            state.set(top.version, 'done');
            path.pop();
          } else if (!state.has(next.value)) {
            enter(next.value);
          } else if (state.get(next.value) === 'open') {
            const circle = path.slice(path.findIndex(({ version }) => version === next.value)).map(({ version }) => version);
            this.#report.add('cyclic-versions', name, circle.map(({ writer }) => writer), () => (
              `the values ${circle.map(({ value }) => showValue(value)).join(', ')} of ${showValue(name)} each replaced the one before, and the first replaced the last`
            ));
          }
        }
      }
    }
  }

  /** Two committed transactions that read one version and both replaced it. */
  #findLostUpdates(): void {
    for (const { name, versions, initial } of this.#keys) {
      for (const { value, readers } of [initial, ...versions.values()]) {
        const writers = readers.filter((n) => this.#transactions.steps(n).some((step) => isRegisterWrite(step) && sameValue(step[1], name)));
        const [first, second] = writers;
        if (first === undefined || second === undefined) continue;
        this.#report.add('lost-update', name, [first, second], () => (
          `${this.#report.who(first)} and ${this.#report.who(second)} both read ${shown(name, value)} and both replaced it`
        ));
      }
    }
  }

  #addInitial(graph: DependencySink, initial: Version, versions: ReadonlyMap<ValueKey, Version>): void {
    if (initial.readers.length === 0) return;
    const writers = new Set<number>();
    for (const { writer } of versions.values()) {
      if (this.#hasHappened(writer)) writers.add(writer);
    }
    if (writers.size === 0) return;
    const any = graph.addNode();
    for (const writer of writers) graph.add(any, writer, EDGE.via);
    for (const reader of initial.readers) {
      // Through the shared node its own write would look like another's.
      if (!writers.has(reader)) graph.add(reader, any, EDGE.rw);
      else for (const writer of writers) graph.add(reader, writer, EDGE.rw);
    }
  }

  /** Whoever read a version comes before the next write of the key by the client that wrote it. */
  #addProcessOrder(graph: DependencySink, versions: ReadonlyMap<ValueKey, Version>): void {
    const last = new Map<string | number, Version>();
    const committed = [...versions.values()].filter(({ writer }) => this.#transactions.isCommitted[writer] === 1);
    // Transactions are numbered in the order of invocation.
    for (const version of committed.sort((a, b) => a.writer - b.writer)) {
      const { process } = this.#transactions.operation(version.writer);
      const before = last.get(process);
      if (before !== undefined && before.writer !== version.writer) for (const reader of before.readers) graph.add(reader, version.writer, EDGE.rwByProcess);
      last.set(process, version);
    }
  }

  /** Whoever wrote or read a version comes before whoever wrote a later one. */
  #addRealTime(graph: DependencySink, versions: ReadonlyMap<ValueKey, Version>): void {
    const spans = this.#spans(versions).sort((a, b) => a.to - b.to);
    const count = spans.length;
    if (count < 2) return;
    const writers = spans.map(({ version }) => version.writer);
    const at = new Map(writers.map((writer, i) => [writer, i]));
    const stretches = new Stretches(graph, writers);
    const ends = Float64Array.from(spans, ({ to }) => to);
    for (const [i, { version, from }] of spans.entries()) {
      // A return at the very instant of a call is concurrent with it.
      const start = countUpTo(ends, from);
      if (start === count || (start === count - 1 && start === i)) continue;
      const all = graph.addNode();
      stretches.lead(all, start, i);
      stretches.lead(all, Math.max(start, i + 1), count);
      graph.add(version.writer, all, EDGE.rwByTime);
      for (const reader of version.readers) {
        const own = at.get(reader);
        if (own === undefined) {
          graph.add(reader, all, EDGE.rwByTime);
          continue;
        }
        // One that replaced the version itself must not come before itself.
        const [low, high] = [Math.min(i, own), Math.max(i, own)];
        const others = graph.addNode();
        graph.add(reader, others, EDGE.rwByTime);
        stretches.lead(others, start, low);
        stretches.lead(others, Math.max(start, low + 1), high);
        stretches.lead(others, Math.max(start, high + 1), count);
      }
    }
  }

  /** Of each version that was certainly there at some time; of those that one transaction wrote, the last. */
  #spans(versions: ReadonlyMap<ValueKey, Version>): Span[] {
    const { calls, returns, isCommitted } = this.#transactions;
    const spans: Span[] = [];
    for (const version of versions.values()) {
      const { writer, readers, intermediate } = version;
      if (intermediate || !this.#hasHappened(writer)) continue;
      let [first, from] = [writer, isCommitted[writer] === 1 ? (returns[writer] ?? Infinity) : Infinity];
      let [last, to] = [writer, calls[writer] ?? 0];
      for (const reader of readers) {
        if ((returns[reader] ?? Infinity) < from) [first, from] = [reader, returns[reader] ?? Infinity];
        if ((calls[reader] ?? 0) > to) [last, to] = [reader, calls[reader] ?? 0];
      }
      spans.push({ version, first, from, last, to });
    }
    return spans;
  }

  #hasHappened(n: number): boolean {
    return this.#transactions.isCommitted[n] === 1 || (this.#seen.has(n) && !this.#isAborted(n));
  }

  #isAborted(n: number): boolean {
    return this.#transactions.isAborted(n);
  }
}

function addLater(version: Version, next: Version): void {
  if (version.later === NONE) version.later = [next];
  else version.later.push(next);
}
