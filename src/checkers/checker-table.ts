/**
 * Every checker that judges a history by itself, by the name that `check --checker` and sweeps take.
 *
 * @module
 */
import { pairHistory, type Operation } from '../history/operation.ts';
import type { HistoryEntry, HistoryValue } from '../kernel/history.ts';
import type { DurationInput } from '../kernel/units.ts';
import { checkCausalConsistency, checkPram } from './causality/causal-consistency.ts';
import { checkSequentialConsistency } from './causality/sequential-consistency.ts';
import { checkLinearizability } from './linearizability.ts';
import { checkLiveness } from './liveness.ts';
import type { Model } from './model.ts';
import type { ModelName } from './models/table.ts';
import { checkSessionGuarantees, type SessionGuarantee } from './session-guarantees.ts';
import { checkStaleness } from './staleness/staleness.ts';
import type { IsolationLevel } from './transactions/isolation-levels.ts';
import { checkTransactions } from './transactions/transactions.ts';
import type { Verdict } from './verdict.ts';
import { checkBank } from './workloads/bank.ts';
import { checkCounter } from './workloads/counter.ts';
import { checkLocks } from './workloads/locks.ts';
import { checkLongFork } from './workloads/long-fork.ts';
import { checkDuplicates, checkLostWrites, checkResurrections } from './workloads/lost-writes.ts';
import { checkQueue, type DELIVERIES } from './workloads/queue-contents.ts';
import { checkSet } from './workloads/set-contents.ts';
import { checkUniqueIds } from './workloads/unique-ids.ts';

/** What a checker may be told; each takes what concerns it. */
export interface CheckerOptions {
  /** A sequential model, for `linearizability` and `sequential`. */
  readonly model?: ModelName | Model;
  /** The value at the start. */
  readonly initial?: HistoryValue;
  /** Steps before the verdict is `unknown`. */
  readonly budget?: number;
  /** For `transactions`. */
  readonly level?: IsolationLevel;
  /** For `bank`: the sum of all balances, and whether one may be negative. */
  readonly total?: number;
  readonly negativeBalances?: boolean;
  /** For `queue`. */
  readonly delivery?: (typeof DELIVERIES)[number];
  /** For `staleness`: how many of the last values a read may return, and for how long. */
  readonly k?: number;
  readonly delta?: DurationInput;
  /** For `liveness`: when the last fault was healed (it must be given), and how long recovery and an answer may take. */
  readonly healedAt?: DurationInput;
  readonly settleWithin?: DurationInput;
  readonly answerWithin?: DurationInput;
  /** For `set-full`: whether stale reads are a violation. */
  readonly linearizable?: boolean;
}

/** A history that keeps what failed beside what happened. */
export interface CheckerInput {
  readonly entries?: readonly HistoryEntry[];
  readonly operations: readonly Operation[];
}

/** A checker as the table holds it. */
export type Checker = (input: CheckerInput, options: CheckerOptions) => Verdict;

/** The name of a checker. */
export type CheckerName =
  | 'linearizability' | 'sequential' | 'weak-causal' | 'causal-memory' | 'causal-convergence' | 'pram' | 'session-guarantees'
  | 'read-your-writes' | 'monotonic-reads' | 'monotonic-writes' | 'writes-follow-reads'
  | 'transactions' | 'bank' | 'counter' | 'set' | 'set-full' | 'queue' | 'long-fork' | 'locks' | 'unique-ids'
  | 'staleness' | 'lost-writes' | 'resurrections' | 'duplicates' | 'liveness';

const session = (name: SessionGuarantee): Checker => (
  ({ operations }) => checkSessionGuarantees(operations, { guarantees: [name] })
);

/** The checkers by name. */
export const CHECKERS: Readonly<Record<CheckerName, Checker>> = {
  linearizability: ({ operations }, options) => checkLinearizability(operations, options),
  sequential: ({ operations }, options) => checkSequentialConsistency(operations, options),
  'weak-causal': ({ operations }, options) => checkCausalConsistency(operations, { ...values(options), model: 'weak-causal' }),
  'causal-memory': ({ operations }, options) => checkCausalConsistency(operations, { ...values(options), model: 'causal-memory' }),
  'causal-convergence': ({ operations }, options) => checkCausalConsistency(operations, { ...values(options), model: 'causal-convergence' }),
  pram: ({ operations }, options) => checkPram(operations, values(options)),
  'session-guarantees': ({ operations }) => checkSessionGuarantees(operations),
  'read-your-writes': session('read your writes'),
  'monotonic-reads': session('monotonic reads'),
  'monotonic-writes': session('monotonic writes'),
  'writes-follow-reads': session('writes follow reads'),
  transactions: (input, { level }) => checkTransactions(whole(input), level === undefined ? {} : { level }),
  bank: ({ operations }, options) => checkBank(operations, options),
  counter: ({ operations }, { initial }) => checkCounter(operations, typeof initial === 'number' ? { initial } : {}),
  set: (input) => checkSet(whole(input)),
  'set-full': (input, { linearizable = false }) => checkSet(whole(input), { full: true, linearizable }),
  queue: (input, { delivery }) => checkQueue(whole(input), delivery === undefined ? {} : { delivery }),
  'long-fork': ({ operations }) => checkLongFork(operations),
  locks: ({ operations }) => checkLocks(operations),
  'unique-ids': ({ operations }) => checkUniqueIds(operations),
  staleness: ({ operations }, { k, delta, initial, budget }) => checkStaleness(operations, {
    ...(k === undefined ? {} : { k }), ...(delta === undefined ? {} : { delta }), ...(initial === undefined ? {} : { initial }),
    ...(budget === undefined ? {} : { budget }),
  }),
  'lost-writes': ({ operations }) => checkLostWrites(operations),
  resurrections: ({ operations }) => checkResurrections(operations),
  duplicates: ({ operations }) => checkDuplicates(operations),
  liveness: (input, { healedAt, settleWithin, answerWithin }) => checkLiveness(whole(input), {
    healedAt: healedAt as DurationInput, ...(settleWithin === undefined ? {} : { settleWithin }), ...(answerWithin === undefined ? {} : { answerWithin }),
  }),
};

/** The names of all checkers, in the order in which they are shown. */
export const CHECKER_NAMES: readonly CheckerName[] = Object.keys(CHECKERS) as CheckerName[];

/** Whether a text names a checker. */
export function isCheckerName(name: string): name is CheckerName {
  return Object.hasOwn(CHECKERS, name);
}

function values({ initial, budget }: CheckerOptions): { initial?: HistoryValue; budget?: number } {
  return { ...(initial === undefined ? {} : { initial }), ...(budget === undefined ? {} : { budget }) };
}

/** Entries where there are any: from them it is known what failed. */
function whole({ entries, operations }: CheckerInput): readonly HistoryEntry[] | readonly Operation[] {
  return entries ?? operations;
}

/** Pairs a history's entries once for several checkers. */
export function checkerInput(entries: Iterable<HistoryEntry>): CheckerInput {
  const list = [...entries];
  return { entries: list, operations: pairHistory(list).operations };
}
