/**
 * An anomaly found in a history of transactions, and the report in which local ones are gathered.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import { nameOf, showValue } from '../wording.ts';
import type { AnomalyName, LocalAnomaly } from './isolation-levels.ts';
import type { Transactions } from './transaction.ts';

/** One anomaly. */
export interface Anomaly {
  readonly name: AnomalyName;
  /** The transactions that show it, in order of invocation; an aborted one among them has the status `info`. */
  readonly transactions: readonly Operation[];
  readonly key?: string | number;
  /** One sentence; of a circle, why each transaction comes before the next. */
  readonly explanation: string;
}

/** So many of one name are kept. */
const KEPT_MAX = 10;

/** Gathers local anomalies, a few of each. */
export class AnomalyReport {
  readonly found: Anomaly[] = [];
  readonly #counts = new Map<LocalAnomaly, number>();
  readonly #transactions: Transactions;

  /** @param transactions - the transactions, to which numbers refer */
  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Reports an anomaly. The sentence is made only for those that are kept. */
  add(name: LocalAnomaly, key: HistoryValue, numbers: readonly number[], explain: () => string): void {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    if (count > KEPT_MAX) return;
    const transactions = [...new Set(numbers)].map((n) => this.#transactions.operation(n));
    transactions.sort((a, b) => a.call - b.call);
    this.found.push({ name, transactions, key: keyText(key), explanation: explain() });
  }

  /** A transaction in a sentence: by its client. */
  who(n: number): string {
    return nameOf(this.#transactions.operation(n).process);
  }
}

/** A key as verdicts carry it. */
export function keyText(key: HistoryValue): string | number {
  return typeof key === 'string' || typeof key === 'number' ? key : showValue(key);
}

/** `x=1`. */
export function shown(key: HistoryValue, value: HistoryValue | undefined): string {
  return `${String(keyText(key))}=${showValue(value ?? null)}`;
}
