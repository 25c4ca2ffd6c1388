/**
 * Matchers for `expect`: each runs a checker over a simulation, its history, or what replicas hold, and fails with the
 * verdict's witness and, given a simulation, the picture.
 *
 * @module
 */
import { expect } from 'vitest';
import {
  checkConvergence, checkLinearizability, checkSessionGuarantees, formatVerdict, SESSION_GUARANTEES, type LinearizabilityOptions, type ReplicaState, type SessionGuarantee, type Verdict,
} from '../checkers/index.ts';
import { UsageError } from '../kernel/errors.ts';
import type { HistoryEntry } from '../kernel/history.ts';
import { Simulation } from '../kernel/simulation.ts';
import { timelineOf } from '../report/index.ts';

/** What a matcher gives back. */
interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

type Judged = Simulation | Iterable<HistoryEntry>;

function historyOf(received: unknown): Iterable<HistoryEntry> {
  if (received instanceof Simulation) return received.history;
  if (typeof received === 'object' && received !== null && Symbol.iterator in received) return received as Iterable<HistoryEntry>;
  throw new UsageError('INVALID_ARGUMENT', 'expect takes a simulation or its history here');
}

function matched(received: unknown, verdict: Verdict, promise: string): Matched {
  const proof = (): string => (received instanceof Simulation ? timelineOf(received, verdict) : formatVerdict(verdict));
  return {
    pass: verdict.verdict === 'ok',
    message: () => (verdict.verdict === 'ok' ? `expected the history not to be ${promise}, but it is: ${verdict.explanation}` : `expected the history to be ${promise}\n\n${proof()}`),
  };
}

/** The matchers, as `expect.extend` takes them; importing `splitbrain/vitest` has done so already. */
export const matchers: {
  readonly toBeLinearizable: (received: Judged, options?: LinearizabilityOptions) => Matched;
  readonly toSatisfySession: (received: Judged, ...guarantees: readonly SessionGuarantee[]) => Matched;
  readonly toConverge: (received: Iterable<ReplicaState>) => Matched;
} = {
  toBeLinearizable: (received, options = {}) => matched(received, checkLinearizability(historyOf(received), options), 'linearizable'),
  toSatisfySession(received, ...guarantees) {
    const wanted = guarantees.length === 0 ? SESSION_GUARANTEES : guarantees;
    const unknown = wanted.find((guarantee) => !SESSION_GUARANTEES.includes(guarantee));
    if (unknown !== undefined) throw new UsageError('INVALID_ARGUMENT', `no session guarantee '${unknown}'; there are ${SESSION_GUARANTEES.join(', ')}`);
    const verdict = checkSessionGuarantees(historyOf(received), { guarantees: wanted });
    return matched(received, verdict, `faithful to its sessions (${wanted.join(', ')})`);
  },
  toConverge(received) {
    const verdict = checkConvergence(received);
    return { pass: verdict.verdict === 'ok', message: () => (verdict.verdict === 'ok' ? `expected the replicas to differ, but ${verdict.explanation}` : formatVerdict(verdict)) };
  },
};

/** What `expect(…)` can do once this module is imported. */
export interface SplitbrainMatchers<R = unknown> {
  /** Of a simulation or history: some legal order explains it. */
  toBeLinearizable(options?: LinearizabilityOptions): R;
  /** Of a simulation or history: the session guarantees hold, all four or those named. */
  toSatisfySession(...guarantees: readonly SessionGuarantee[]): R;
  /** Of what replicas hold: they agree. */
  toConverge(): R;
}

declare module 'vitest' {
  // The type parameter must be declared as Vitest declares it, `any` and all.
  // oxlint-disable-next-line typescript/no-explicit-any
  interface Matchers<T = any> extends SplitbrainMatchers<T> {}
}

expect.extend(matchers as unknown as Parameters<typeof expect.extend>[0]);
