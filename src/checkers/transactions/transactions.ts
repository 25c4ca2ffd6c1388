/**
 * Isolation of transactions from their history alone, in the manner of Elle (Kingsbury and Alvaro, Elle: Inferring Isolation
 * Anomalies from Experimental Observations, VLDB 2020): dependencies between transactions are inferred from what they read, and a
 * circle of them is a proof. Near linear, and incomplete: `ok` says that no anomaly was found that the level forbids.
 *
 * Two data types: lists that are only appended to (`append`, `r`), where reads show the whole order of versions, and registers
 * (`w`, `r`) whose written values are all different.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry } from '../../kernel/history.ts';
import type { KindMask, LabelledGraph } from '../../structures/labelled-graph.ts';
import { historyOf, inWords, requireOptions } from '../checker-input.ts';
import { printable, type Verdict } from '../verdict.ts';
import { counted } from '../wording.ts';
import { AnomalyReport, type Anomaly } from './anomaly.ts';
import { betweenTransactions, findCycles, type Cycle } from './cycles.ts';
import { dependencyGraph, EDGE, readWriteEdges } from './dependency-graph.ts';
import {
  CYCLE_ANOMALIES, forbids, ISOLATION_LEVELS, ISOLATION_RULES, isIsolationLevel, type AnomalyName, type ExtraOrder, type IsolationLevel,
} from './isolation-levels.ts';
import { ListAppendAnalysis } from './list-append.ts';
import { RegisterAnalysis } from './read-write-register.ts';
import { Transactions } from './transaction.ts';

/** How to check. */
export interface TransactionOptions {
  /** What the store promises (default `strict-serializable`). */
  readonly level?: IsolationLevel;
  /** What transactions work on. Default: found out from their steps. */
  readonly model?: 'list-append' | 'rw-register';
}

/** The verdict, with every kind of anomaly found and what that rules out. */
export interface TransactionVerdict extends Verdict {
  /** The level that was asked about. */
  readonly level: IsolationLevel;
  /** Examples of each kind found, those that the level allows too. */
  readonly anomalies: readonly Anomaly[];
  /** The levels that the anomalies rule out; real time was looked at only as far as the level asked about does. */
  readonly violated: readonly IsolationLevel[];
}

/**
 * Checks a history of transactions.
 *
 * @param history - entries (aborted transactions are known from them), or operations; each value a list of `[r|w|append, key, value]`
 * @param options - level and data type
 * @throws {@link UsageError} `INVALID_ARGUMENT`, `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on what is no transaction
 */
export function checkTransactions(history: Iterable<HistoryEntry> | readonly Operation[], options: TransactionOptions = {}): TransactionVerdict {
  requireOptions(options);
  const level = options.level ?? 'strict-serializable';
  if (!isIsolationLevel(level)) {
    throw new UsageError('INVALID_ARGUMENT', `level must be one of ${ISOLATION_LEVELS.join(', ')}; got ${inWords(level)}`);
  }
  const { operations, failed } = historyOf(history);
  const transactions = new Transactions(operations, failed);
  const model = options.model ?? (transactions.firstAppend >= 0 || transactions.areOfLists ? 'list-append' : 'rw-register');
  if (model !== 'list-append' && model !== 'rw-register') {
    throw new UsageError('INVALID_ARGUMENT', `model must be list-append or rw-register, got ${inWords(model)}`);
  }
  const foreign = model === 'list-append' ? transactions.firstWrite : transactions.firstAppend;
  if (foreign >= 0) {
    throw new UsageError('UNSUPPORTED_OPERATION', `${model} cannot take operation ${transactions.operation(foreign).id}: it ${model === 'list-append' ? 'writes a register' : 'appends to a list'}`);
  }
  return new TransactionCheck(transactions, model, level).verdict();
}

type Analysis = ListAppendAnalysis | RegisterAnalysis;

class TransactionCheck {
  readonly #transactions: Transactions;
  readonly #level: IsolationLevel;
  readonly #model: string;
  readonly #report: AnomalyReport;
  readonly #analysis: Analysis;
  #complete = true;
  #steps = 0;

  constructor(transactions: Transactions, model: 'list-append' | 'rw-register', level: IsolationLevel) {
    this.#transactions = transactions;
    this.#level = level;
    this.#model = `${model}, ${level}`;
    this.#report = new AnomalyReport(transactions);
    this.#analysis = model === 'list-append' ? new ListAppendAnalysis(transactions, this.#report) : new RegisterAnalysis(transactions, this.#report);
  }

  verdict(): TransactionVerdict {
    const repeated = this.#analysis.repeated;
    // Of lists with an element twice nothing can be inferred; of registers the other keys still speak.
    const usable = repeated === undefined || this.#analysis instanceof RegisterAnalysis;
    const anomalies = usable ? [...this.#report.found, ...this.#cycles()] : [];
    const violated = ISOLATION_LEVELS.filter((level) => anomalies.some(({ name }) => forbids(level, name)));
    const forbidden = anomalies.filter(({ name }) => forbids(this.#level, name));
    // The weakest anomaly says most.
    const [first] = forbidden.toSorted((a, b) => rankOf(a.name) - rankOf(b.name));
    const common = {
      model: this.#model, level: this.#level, anomalies, violated,
      cost: { operations: this.#transactions.size, steps: this.#steps },
    };
    const details = anomalies.map(({ name, explanation }) => `  ${name}: ${explanation}`);
    if (first !== undefined) {
      const others = [...new Set(forbidden.map(({ name }) => name))].filter((name) => name !== first.name);
      const also = others.length === 0 ? '' : ` (also found: ${others.join(', ')})`;
      const explanation = `${first.name}: ${first.explanation}${also}`;
      const key = first.key === undefined ? {} : { key: first.key };
      return printable({ ...common, verdict: 'violation', ...key, witness: first.transactions, explanation }, details);
    }
    if (repeated !== undefined || !this.#complete) {
      const explanation = repeated === undefined
        ? 'the budget of steps ran out before every read that was overwritten was looked at'
        : `${repeated}: which version was read is not known`;
      return printable({ ...common, verdict: 'unknown', witness: [], explanation }, details);
    }
    const allowed = anomalies.length === 0 ? '' : ` (it allows what was found: ${[...new Set(anomalies.map(({ name }) => name))].join(', ')})`;
    const explanation = `no anomaly that ${this.#level} forbids was found in ${counted(this.#transactions.size, 'transaction')}${allowed}`;
    return printable({ ...common, verdict: 'ok', witness: [], explanation }, details);
  }

  #cycles(): Anomaly[] {
    const rule = ISOLATION_RULES[this.#level];
    const graph = dependencyGraph(this.#transactions, (sink) => { this.#analysis.addEdges(sink); });
    this.#steps = graph.size + graph.targets.length;
    const orders: readonly ExtraOrder[] = rule.order === 'none' ? ['none'] : rule.order === 'process' ? ['none', 'process'] : ['none', 'process', 'realtime'];
    const strongest = EXTRA[rule.order];
    // Where the largest graph has no circle, no smaller one has.
    if (!hasCycle(graph, strongest)) return [];
    const found: Anomaly[] = [];
    const kinds = new Set<string>();
    for (const order of orders) {
      const search = findCycles(graph, EXTRA[order]);
      this.#complete &&= search.complete;
      const fresh = search.cycles.filter(({ kind }) => !kinds.has(kind) && !(kind === 'G2-item' && kinds.size > 0));
      const better = fresh.some(({ kind }) => kind !== 'G2-item');
      for (const cycle of fresh) {
        // Every circle is also one "of any kind": worth a line only where nothing better is known.
        if (cycle.kind === 'G2-item' && better) continue;
        found.push(this.#anomaly(cycle, order));
      }
      for (const { kind } of search.cycles) kinds.add(kind);
    }
    return found;
  }

  #anomaly({ kind, edges: raw }: Cycle, order: ExtraOrder): Anomaly {
    const edges = betweenTransactions(raw, this.#transactions.size);
    const numbers = new Map([...new Set(edges.map(({ from }) => from))].map((n, i) => [n, `T${i + 1}`]));
    // One that is not in the circle goes by its client.
    const nameOf = (n: number): string => numbers.get(n) ?? this.#report.who(n);
    const reasons = edges.map(({ from, to, kind: edge }) => `${nameOf(from)} < ${nameOf(to)}, because ${this.#reason(from, to, edge, nameOf)}`);
    const last = reasons.pop() ?? '';
    const explanation = `${reasons.join('; ')}${reasons.length === 0 ? '' : '; however, '}${last}: a contradiction`;
    const evidence = this.#analysis instanceof RegisterAnalysis ? this.#analysis : undefined;
    const shown = new Set([...numbers.keys(), ...edges.flatMap(({ from, to, kind: edge }) => evidence?.evidence(from, to, edge) ?? [])]);
    const transactions = [...shown].map((n) => this.#transactions.operation(n));
    const isLongFork = kind === 'G-nonadjacent' && edges.length === 4 && edges.filter(({ kind: edge }) => edge === EDGE.wr).length === 2;
    const name: AnomalyName = kind === 'fractured-read' || order === 'none' ? (isLongFork ? 'long-fork' : kind) : `${kind}-${order}`;
    return { name, transactions, explanation };
  }

  #reason(from: number, to: number, edge: KindMask, nameOf: (n: number) => string): string {
    if (edge === EDGE.process) return `one client did ${nameOf(from)} before ${nameOf(to)}`;
    if (edge === EDGE.realtime) return `${nameOf(from)} was over before ${nameOf(to)} began`;
    return this.#analysis.explain(from, to, edge, nameOf);
  }
}

const EXTRA = { none: 0, process: EDGE.process, realtime: EDGE.process | EDGE.realtime } as const satisfies Record<ExtraOrder, KindMask>;

function hasCycle(graph: LabelledGraph, extra: KindMask): boolean {
  const { sizes } = graph.components(EDGE.ww | EDGE.wr | readWriteEdges(extra) | EDGE.via | extra);
  return sizes.some((size) => size > 1);
}

/** What breaks more comes first; among circles, those that need neither process order nor real time. */
function rankOf(name: AnomalyName): number {
  const kind = CYCLE_ANOMALIES.findIndex((cycle) => name.startsWith(cycle));
  if (name === 'fractured-read') return 12;
  if (name === 'long-fork') return 13;
  if (kind < 0) return 5;
  return kind + 10 + (name.endsWith('-realtime') ? 20 : name.endsWith('-process') ? 10 : 0);
}
