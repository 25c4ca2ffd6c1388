/**
 * Liveness after the last fault: once everything is healed and the backlog has had its time to drain, the store must answer again, each
 * request within a stated time, and its replicas must agree. (A safety checker is content with a store that answers nothing.)
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import { UsageError } from '../kernel/errors.ts';
import type { HistoryEntry } from '../kernel/history.ts';
import { duration, formatDuration, micros, type DurationInput } from '../kernel/units.ts';
import { historyOf, inWords, requireOptions } from './checker-input.ts';
import { checkConvergence, type ReplicaState } from './convergence.ts';
import { conclude, type Verdict } from './verdict.ts';
import { counted, nameOf } from './wording.ts';

/** What is promised, and when. */
export interface LivenessOptions {
  /** The instant at which the last fault was healed. */
  readonly healedAt: DurationInput;
  /** How long the store may take to recover (default 0). */
  readonly settleWithin?: DurationInput;
  /** How long a request may then take (default 1 s). */
  readonly answerWithin?: DurationInput;
  /** What each replica holds in the end; they must agree. Default: not asked. */
  readonly replicas?: Iterable<ReplicaState>;
}

/**
 * Checks that a store came back.
 *
 * @param history - with instants; requests asked for after the store had its time to recover are judged
 * @param options - when it was healed, and what is promised
 * @returns `unknown` when nobody asked for anything by then
 * @throws {@link UsageError} `INVALID_ARGUMENT`, `INVALID_HISTORY`, `INVALID_DURATION`
 */
export function checkLiveness(history: Iterable<HistoryEntry> | readonly Operation[], options: LivenessOptions): Verdict {
  requireOptions(options);
  if ((options.healedAt as unknown) === undefined) throw new UsageError('INVALID_ARGUMENT', `healedAt must be an instant, got ${inWords(options.healedAt)}`);
  const from = duration(options.healedAt, 'healedAt') + duration(options.settleWithin ?? 0, 'settleWithin');
  const limit = duration(options.answerWithin ?? '1s', 'answerWithin');
  const { operations, failed } = historyOf(history);
  const asked = [...operations, ...failed].filter(({ calledAt }) => calledAt !== undefined && calledAt >= from);
  const since = `${formatDuration(micros(from))}, when the store had had its time to recover`;
  const refused = new Set(failed);
  for (const operation of asked) {
    const { process, f, key, status, calledAt = 0, returnedAt } = operation;
    const what = `${nameOf(process)}'s ${f}${key === undefined ? '' : ` of ${key}`} at ${formatDuration(micros(calledAt))}`;
    const took = typeof returnedAt === 'number' ? returnedAt - calledAt : undefined;
    const wrong = refused.has(operation) || status === 'info' || took === undefined
      ? `${refused.has(operation) ? 'was refused' : 'was never answered'}`
      : took > limit ? `was answered after ${formatDuration(micros(took))}, later than ${formatDuration(limit)}` : undefined;
    if (wrong === undefined) continue;
    return conclude('liveness', 'violation', operations.length, { key, witness: [operation], explanation: `${what} ${wrong}, behind ${since}` });
  }
  if (options.replicas !== undefined) {
    const agreement = checkConvergence(options.replicas);
    if (agreement.verdict === 'violation') return conclude('liveness', 'violation', operations.length, { key: agreement.key, explanation: agreement.explanation });
  }
  if (asked.length === 0) return conclude('liveness', 'unknown', operations.length, { explanation: `nobody asked for anything after ${since}` });
  return conclude('liveness', 'ok', operations.length, { explanation: `${counted(asked.length, 'request')} after ${since} answered within ${formatDuration(limit)}` });
}
