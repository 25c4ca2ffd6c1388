/**
 * What a test may expect of a run, as plain functions: each asks a checker and says how it ends in words that are fit for a failing
 * test. `splitbrain/vitest` makes matchers of them; with Jest or node:test call the `assert…` functions, which throw. What no function
 * here asks, `assertVerdict` takes from its checker.
 *
 * @module
 */
import {
  checkCausalConsistency, checkConvergence, checkLinearizability, checkLostWrites, checkSequentialConsistency, checkSessionGuarantees, checkStaleness, formatVerdict,
  type CausalOptions, type LinearizabilityOptions, type ReplicaState, type SessionGuarantee, type SessionOptions, type StalenessOptions, type Verdict,
} from '../checkers/index.ts';
import type { Operation } from '../history/operation.ts';
import { SplitbrainError, UsageError } from '../kernel/errors.ts';
import type { HistoryEntry } from '../kernel/history.ts';
import { Simulation } from '../kernel/simulation.ts';
import { renderTimeline } from '../report/timeline.ts';
import { wrap } from '../report/wrap.ts';

/** A run, or what its clients did. */
export type Subject = Simulation | Iterable<HistoryEntry> | readonly Operation[];

/** How an expectation ends. */
export interface Outcome {
  readonly verdict: Verdict;
  /** `unknown` is no pass: a test must not be green because a budget ran out. */
  readonly pass: boolean;
  /** For people: the explanation, the witness and, of a run, the picture. */
  readonly message: string;
}

/** A promise was not kept. */
export class ExpectationError extends SplitbrainError {
  readonly verdict: Verdict;

  /** @param outcome - how it ended */
  constructor({ verdict, message }: Outcome) {
    super('EXPECTATION', message, { definite: true });
    this.verdict = verdict;
  }
}

/** Every operation takes effect at one instant between its call and its return. */
export function expectLinearizable(subject: Subject, options: LinearizabilityOptions = {}): Outcome {
  return outcome(subject, checkLinearizability(historyOf(subject), options));
}

/** There is one order of all operations that keeps each client's own. */
export function expectSequential(subject: Subject, options: LinearizabilityOptions = {}): Outcome {
  return outcome(subject, checkSequentialConsistency(historyOf(subject), options));
}

/** Nobody sees an effect before its cause. */
export function expectCausal(subject: Subject, options: CausalOptions = {}): Outcome {
  return outcome(subject, checkCausalConsistency(historyOf(subject), options));
}

/** Each client sees its own past. @param guarantees - one, several, or with nothing given all four */
export function expectSession(subject: Subject, guarantees?: SessionGuarantee | readonly SessionGuarantee[]): Outcome {
  const options: SessionOptions = guarantees === undefined ? {} : { guarantees: typeof guarantees === 'string' ? [guarantees] : guarantees };
  return outcome(subject, checkSessionGuarantees(historyOf(subject), options));
}

/** All replicas of a key hold the same. @param replicas - what each holds; a run for its picture */
export function expectConverged(replicas: Iterable<ReplicaState>, run?: Simulation): Outcome {
  return outcome(run ?? [], checkConvergence(replicas));
}

/** Reads are stale by at most so many versions (`k` = 1: not at all) or so long (`delta`). */
export function expectStaleBy(subject: Subject, options: StalenessOptions): Outcome {
  return outcome(subject, checkStaleness(historyOf(subject), options));
}

/** No acknowledged write is gone in the end. @param replicas - what they hold then; default: what was read last */
export function expectNoLostWrites(subject: Subject, replicas?: Iterable<ReplicaState>): Outcome {
  return outcome(subject, checkLostWrites(historyOf(subject), replicas === undefined ? {} : { replicas }));
}

/** @throws {@link ExpectationError} as {@link expectLinearizable} says */
export function assertLinearizable(subject: Subject, options: LinearizabilityOptions = {}): void {
  demand(expectLinearizable(subject, options));
}

/** @throws {@link ExpectationError} as {@link expectSequential} says */
export function assertSequential(subject: Subject, options: LinearizabilityOptions = {}): void {
  demand(expectSequential(subject, options));
}

/** @throws {@link ExpectationError} as {@link expectCausal} says */
export function assertCausal(subject: Subject, options: CausalOptions = {}): void {
  demand(expectCausal(subject, options));
}

/** @throws {@link ExpectationError} as {@link expectSession} says */
export function assertSession(subject: Subject, guarantees?: SessionGuarantee | readonly SessionGuarantee[]): void {
  demand(expectSession(subject, guarantees));
}

/** @throws {@link ExpectationError} as {@link expectConverged} says */
export function assertConverged(replicas: Iterable<ReplicaState>, run?: Simulation): void {
  demand(expectConverged(replicas, run));
}

/** @throws {@link ExpectationError} as {@link expectStaleBy} says */
export function assertStaleBy(subject: Subject, options: StalenessOptions): void {
  demand(expectStaleBy(subject, options));
}

/** @throws {@link ExpectationError} as {@link expectNoLostWrites} says */
export function assertNoLostWrites(subject: Subject, replicas?: Iterable<ReplicaState>): void {
  demand(expectNoLostWrites(subject, replicas));
}

/**
 * Requires that any checker's verdict is ok: `assertVerdict(checkBank(sim.history, { total: 100 }), sim)`.
 *
 * @param verdicts - one, or several
 * @param run - for the picture
 * @throws {@link ExpectationError} for the first that is not; `unknown` is not ok
 */
export function assertVerdict(verdicts: Verdict | readonly Verdict[], run?: Simulation): void {
  for (const verdict of Array.isArray(verdicts) ? verdicts as readonly Verdict[] : [verdicts as Verdict]) demand(outcome(run ?? [], verdict));
}

function demand(ended: Outcome): void {
  if (!ended.pass) throw new ExpectationError(ended);
}

function historyOf(subject: Subject): Iterable<HistoryEntry> | readonly Operation[] {
  if (!(subject instanceof Simulation)) return subject;
  // Everything holds of nothing: a test whose clients were never asked would be green.
  if (subject.history.length === 0) throw new UsageError('EMPTY_HISTORY', 'the run has recorded no operation, so nothing can be expected of it (was no client asked, or each with record: false?)');
  return subject.history;
}

function outcome(subject: Subject, verdict: Verdict): Outcome {
  const [sentence = '', ...witness] = formatVerdict(verdict).split('\n');
  const isDrawn = subject instanceof Simulation && verdict.verdict === 'violation';
  const picture = isDrawn ? ['', ...renderTimeline({ history: subject.history.entries, trace: subject.trace, nodes: subject.nodes, witness: verdict.witness })] : [];
  const message = [sentence, ...picture, ...witness.flatMap((line) => wrap(line, 100)), ...(isDrawn ? ['', `seed ${subject.seed}`] : [])];
  return { verdict, pass: verdict.verdict === 'ok', message: message.join('\n') };
}
