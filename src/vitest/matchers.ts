/**
 * Matchers for Vitest: `expect(sim).toBeLinearizable()` and its kin, with the witness and the picture of the run in the message.
 *
 * @module
 */
import type { CausalOptions, LinearizabilityOptions, ReplicaState, SessionGuarantee, StalenessOptions } from '../checkers/index.ts';
import {
  expectCausal, expectConverged, expectLinearizable, expectNoLostWrites, expectSequential, expectSession, expectStaleBy, type Outcome, type Subject,
} from '../testing/expectations.ts';

/** What Vitest wants of a matcher. */
interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What Vitest tells a matcher: whether it was asked with `.not`. */
interface Asked {
  readonly isNot?: boolean;
}

/** The matchers, for `expect.extend`. Importing `splitbrain/vitest` does that. */
export const matchers: {
  toBeLinearizable: (this: Asked, received: Subject, options?: LinearizabilityOptions) => MatcherResult;
  toBeSequential: (this: Asked, received: Subject, options?: LinearizabilityOptions) => MatcherResult;
  toBeCausal: (this: Asked, received: Subject, options?: CausalOptions) => MatcherResult;
  toSatisfySession: (this: Asked, received: Subject, guarantees?: SessionGuarantee | readonly SessionGuarantee[]) => MatcherResult;
  toConverge: (this: Asked, received: Iterable<ReplicaState>) => MatcherResult;
  toBeStaleBy: (this: Asked, received: Subject, options: StalenessOptions) => MatcherResult;
  toLoseNoWrites: (this: Asked, received: Subject, replicas?: Iterable<ReplicaState>) => MatcherResult;
} = {
  toBeLinearizable(received, options) { return resultOf(this, expectLinearizable(received, options)); },
  toBeSequential(received, options) { return resultOf(this, expectSequential(received, options)); },
  toBeCausal(received, options) { return resultOf(this, expectCausal(received, options)); },
  toSatisfySession(received, guarantees) { return resultOf(this, expectSession(received, guarantees)); },
  toConverge(received) { return resultOf(this, expectConverged(received)); },
  toBeStaleBy(received, options) { return resultOf(this, expectStaleBy(received, options)); },
  toLoseNoWrites(received, replicas) { return resultOf(this, expectNoLostWrites(received, replicas)); },
};

/** `unknown` is neither: a test is not to be green, with `.not` or without, because a budget ran out. */
function resultOf({ isNot = false }: Asked, { pass, message, verdict: { verdict } }: Outcome): MatcherResult {
  return { pass: verdict === 'unknown' ? isNot : pass, message: () => (isNot ? `expected a violation, got ${message}` : message) };
}

/** What the matchers add to `expect(…)`. */
export interface SplitbrainMatchers<R = unknown> {
  /** Every operation takes effect at one instant between its call and its return. */
  toBeLinearizable(options?: LinearizabilityOptions): R;
  /** There is one order of all operations that keeps each client's own. */
  toBeSequential(options?: LinearizabilityOptions): R;
  /** Nobody sees an effect before its cause. */
  toBeCausal(options?: CausalOptions): R;
  /** Each client sees its own past: one guarantee, several, or all four. */
  toSatisfySession(guarantees?: SessionGuarantee | readonly SessionGuarantee[]): R;
  /** All replicas of a key hold the same. */
  toConverge(): R;
  /** Reads are stale by at most so many versions or so long. */
  toBeStaleBy(options: StalenessOptions): R;
  /** No acknowledged write is gone in the end. */
  toLoseNoWrites(replicas?: Iterable<ReplicaState>): R;
}
