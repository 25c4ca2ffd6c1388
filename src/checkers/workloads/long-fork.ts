/**
 * Long fork (Jepsen's workload of that name; the anomaly of parallel snapshot isolation): two writes to different keys, and two
 * readers who see them in opposite orders. Each key is written once at most, so that a key either has its value or none yet; of
 * any two reads of the same keys one must then have seen all that the other saw.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import type { HistoryEntry, HistoryValue } from '../../kernel/history.ts';
import { operationsOf } from '../checker-input.ts';
import { isReadStep, Transactions, type Step, type Transaction } from '../transactions/transaction.ts';
import { canonical, sameValue, valueKey, type ValueKey } from '../value.ts';
import { conclude, type Verdict } from '../verdict.ts';
import { counted, nameOf, showValue } from '../wording.ts';

interface Reading {
  readonly operation: Operation;
  /** The keys that had their value. */
  readonly present: ReadonlySet<string>;
}

/**
 * Looks for two reads that saw writes in opposite orders.
 *
 * @param history - transactions: lists of `[r|w, key, value]`
 * @returns `unknown` when a key has more than one value, or nobody read two keys together
 * @throws {@link UsageError} `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on anything but transactions
 */
export function checkLongFork(history: Iterable<HistoryEntry> | readonly Operation[]): Verdict {
  const operations = operationsOf(history);
  const done = (kind: Verdict['verdict'], explanation: string, witness: readonly Operation[] = []): Verdict => (
    conclude('long-fork', kind, operations.length, { witness, explanation })
  );
  const values = new Map<ValueKey, HistoryValue>();
  const groups = new Map<string, Reading[]>();
  for (const transaction of new Transactions(operations, [])) {
    for (const [, key, value] of transaction.steps) {
      if ((value ?? null) === null) continue;
      const known = values.get(valueKey(key));
      if (known !== undefined && !sameValue(known, value)) {
        return done('unknown', `key ${showValue(key)} has the values ${showValue(known)} and ${showValue(value)}: this look is for keys that are written once`);
      }
      values.set(valueKey(key), value);
    }
    addReading(transaction, groups);
  }
  let reads = 0;
  for (const readings of groups.values()) {
    reads += readings.length;
    // If all are beginnings of one order, then each is one of the next larger.
    readings.sort((a, b) => a.present.size - b.present.size);
    for (const [i, { operation, present }] of readings.entries()) {
      const next = readings[i + 1];
      const missing = next === undefined ? undefined : [...present].find((key) => !next.present.has(key));
      if (next === undefined || missing === undefined) continue;
      const other = [...next.present].find((key) => !present.has(key)) ?? '?';
      const [a, b] = [nameOf(operation.process), nameOf(next.operation.process)];
      const explanation = `${a} saw the write of ${missing} but not that of ${other}, ${b} that of ${other} but not that of ${missing}`;
      return done('violation', explanation, [operation, next.operation].sort((x, y) => x.call - y.call));
    }
  }
  if (reads === 0) return done('unknown', 'nobody read two keys together');
  return done('ok', `${counted(reads, 'read')} saw the writes in one order`);
}

function addReading({ operation, status, steps }: Transaction, groups: Map<string, Reading[]>): void {
  if (status !== 'ok') return;
  const reads: readonly Step[] = steps.filter(isReadStep);
  if (reads.length < 2) return;
  const group = reads.map(([, key]) => canonical(key)).sort((a, b) => (a < b ? -1 : 1)).join(',');
  const present = new Set(reads.filter(([, , value]) => (value ?? null) !== null).map(([, key]) => canonical(key)));
  const readings = groups.get(group);
  if (readings === undefined) groups.set(group, [{ operation, present }]);
  else readings.push({ operation, present });
}
