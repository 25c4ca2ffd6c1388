/**
 * A counter by bounds (Jepsen's counter checker): a read can show no less than what was certainly added before it began, and no
 * more than what had been asked for by the time it ended. Linear, and a violation is a proof; it does not find every one, for
 * that there is the model `counter` of `checkLinearizability`. The usual causes: an increment lost (GET and SET in place of INCR),
 * or counted twice (a retry after a timeout).
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry } from '../../kernel/history.ts';
import { inWords, operationsOf, requireOptions } from '../checker-input.ts';
import { amountOf, isIncrement } from '../models/operation-words.ts';
import { conclude, type Verdict } from '../verdict.ts';
import { counted, sentenceOf } from '../wording.ts';

interface Sums {
  /** Certainly there: positive amounts acknowledged, negative ones asked for. */
  low: number;
  /** Possibly there: positive amounts asked for, negative ones acknowledged. */
  high: number;
  /** All negative and all positive amounts asked for so far. */
  negative: number;
  positive: number;
}

/**
 * Checks every read of a counter against what was added.
 *
 * @param history - `add` (or `increment`, `incr`, `decr` …) with an amount, and `read`; keys are counters of their own
 * @param options - the counter's value at the start (default 0)
 * @throws {@link UsageError} `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on anything else
 */
export function checkCounter(history: Iterable<HistoryEntry> | readonly Operation[], options: { readonly initial?: number } = {}): Verdict {
  requireOptions(options);
  const operations = operationsOf(history);
  const events = operations.flatMap((operation) => {
    requireCounting(operation);
    const call = { at: operation.call, operation, returns: false };
    return operation.return === null ? [call] : [call, { at: operation.return, operation, returns: true }];
  });
  events.sort((a, b) => a.at - b.at || Number(a.returns) - Number(b.returns));
  const counters = new Map<string | number | undefined, Sums>();
  const atCall = new Map<Operation, Sums>();
  let reads = 0;
  for (const { operation, returns } of events) {
    let sums = counters.get(operation.key);
    if (sums === undefined) counters.set(operation.key, (sums = { low: options.initial ?? 0, high: options.initial ?? 0, negative: 0, positive: 0 }));
    if (!isRead(operation.f)) {
      const amount = amountOf(operation);
      if (returns === amount > 0) sums.low += amount;
      else sums.high += amount;
      if (!returns) sums[amount < 0 ? 'negative' : 'positive'] += amount;
    } else if (!returns) {
      if (operation.status === 'ok') atCall.set(operation, { ...sums });
    } else {
      const before = atCall.get(operation) ?? sums;
      atCall.delete(operation);
      reads++;
      const low = before.low + sums.negative - before.negative;
      const high = before.high + sums.positive - before.positive;
      const seen = operation.output;
      if (typeof seen === 'number' && seen >= low && seen <= high) continue;
      const bounds = low === high ? `it must be ${low}` : `it must be between ${low} and ${high}`;
      const why = typeof seen === 'number' && seen > high ? 'more than anybody asked to add' : 'less than what was certainly added';
      const explanation = `${sentenceOf(operation)}, where ${bounds}${typeof seen === 'number' ? `: ${why}` : ''}`;
      return conclude('counter', 'violation', operations.length, { key: operation.key, witness: [operation], explanation });
    }
  }
  if (reads === 0) return conclude('counter', 'unknown', operations.length, { explanation: 'nobody read the counter' });
  return conclude('counter', 'ok', operations.length, { explanation: `${counted(reads, 'read')} lay within what was added` });
}

function requireCounting(operation: Operation): void {
  if (isRead(operation.f) || (isIncrement(operation.f) && Number.isFinite(amountOf(operation)))) return;
  const what = `${operation.f} ${inWords(operation.input)}`;
  throw new UsageError('UNSUPPORTED_OPERATION', `a counter takes add with an amount, and read; operation ${operation.id} is ${what}`);
}
