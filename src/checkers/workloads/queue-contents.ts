/**
 * What goes into a queue comes out, and nothing else (Jepsen's total-queue): elements *lost* although somebody looked for more and
 * found none, *duplicated*, or *unexpected*. The order is left to the model `queue` of `checkLinearizability`.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry, HistoryValue } from '../../kernel/history.ts';
import { historyOf, inWords, requireOptions } from '../checker-input.ts';
import { isDequeue, isEnqueue } from '../models/operation-words.ts';
import { canonical } from '../value.ts';
import { conclude, type Verdict } from '../verdict.ts';
import { counted, nameOf, showValue } from '../wording.ts';

/** How often an element may come out of a queue. */
export const DELIVERIES = ['exactly-once', 'at-least-once', 'at-most-once'] as const;

/** What the queue promises. */
export interface QueueOptions {
  /** Default `exactly-once`; an element enqueued twice may come out twice. */
  readonly delivery?: (typeof DELIVERIES)[number];
}

interface Tally {
  readonly value: HistoryValue;
  readonly enqueues: Operation[];
  readonly dequeues: Operation[];
}

/**
 * Checks the contents of a queue.
 *
 * @param history - `enqueue` with an element, `dequeue` that answers one (null: it was empty), `drain` that answers all that were left
 * @param options - what the queue promises
 * @throws {@link UsageError} `INVALID_ARGUMENT`, `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on anything else
 */
export function checkQueue(history: Iterable<HistoryEntry> | readonly Operation[], options: QueueOptions = {}): Verdict {
  requireOptions(options);
  const { delivery = 'exactly-once' } = options;
  if (!DELIVERIES.includes(delivery)) throw new UsageError('INVALID_ARGUMENT', `delivery must be one of ${DELIVERIES.join(', ')}; got ${inWords(delivery)}`);
  const { operations, failed } = historyOf(history);
  const tallies = new Map<string, Tally>();
  const tallyOf = (key: string | number | undefined, value: HistoryValue): Tally => {
    const name = `${typeof key} ${String(key)} ${canonical(value)}`;
    let tally = tallies.get(name);
    if (tally === undefined) tallies.set(name, (tally = { value, enqueues: [], dequeues: [] }));
    return tally;
  };
  /** Of each queue, the latest call of one who found nothing more. */
  const emptied = new Map<string | number | undefined, Operation>();
  for (const operation of operations) {
    const { f, key, input, output, status } = operation;
    if (isEnqueue(f)) tallyOf(key, input).enqueues.push(operation);
    else if (!isDequeue(f) && f !== 'drain') throw new UsageError('UNSUPPORTED_OPERATION', `a queue takes enqueue, dequeue and drain; operation ${operation.id} is ${f}`);
    else if (status === 'ok') {
      const taken: readonly HistoryValue[] = f === 'drain' ? (Array.isArray(output) ? output : []) : output === null ? [] : [output];
      for (const value of taken) tallyOf(key, value).dequeues.push(operation);
      const before = emptied.get(key);
      if ((f === 'drain' || output === null) && (before === undefined || operation.call > before.call)) emptied.set(key, operation);
    }
  }
  const violation = (key: string | number | undefined, witness: readonly Operation[], explanation: string): Verdict => (
    conclude('queue', 'violation', operations.length, { key, witness, explanation })
  );
  let left = 0;
  for (const { value, enqueues, dequeues } of tallies.values()) {
    const [taken] = dequeues;
    const [put] = enqueues;
    if (put === undefined && taken !== undefined) {
      const refused = failed.find(({ f, input }) => isEnqueue(f) && canonical(input) === canonical(value));
      const why = refused === undefined ? 'which nobody enqueued' : `which ${nameOf(refused.process)} failed to enqueue`;
      return violation(taken.key, refused === undefined ? [taken] : [refused, taken], `${nameOf(taken.process)} took ${showValue(value)}, ${why}`);
    }
    if (dequeues.length > enqueues.length && delivery !== 'at-least-once') {
      const times = `${counted(dequeues.length, 'time')} where it was enqueued ${counted(enqueues.length, 'time')}`;
      return violation(taken?.key, [...enqueues, ...dequeues], `${showValue(value)} was taken ${times}`);
    }
    const acknowledged = enqueues.filter(({ return: returned }) => returned !== null);
    if (acknowledged.length <= dequeues.length || put === undefined) continue;
    const empty = emptied.get(put.key);
    const lost = acknowledged.find((enqueue) => empty !== undefined && (enqueue.return ?? Infinity) < empty.call);
    // A dequeue of unknown outcome may have taken it.
    const vanished = operations.some(({ f, key, status }) => status === 'info' && key === put.key && (isDequeue(f) || f === 'drain'));
    if (lost === undefined || empty === undefined || vanished || delivery === 'at-most-once') left++;
    else return violation(put.key, [lost, empty], `${showValue(value)} was acknowledged and never taken, but ${nameOf(empty.process)} found the queue empty after that`);
  }
  const rest = left === 0 ? '' : `, ${left} may be in it still`;
  return conclude('queue', 'ok', operations.length, { explanation: `${counted(tallies.size, 'element')} went through${rest}` });
}
