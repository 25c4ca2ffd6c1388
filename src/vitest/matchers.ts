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

/** The matchers, for `expect.extend`. Importing `splitbrain/vitest` does that. */
export const matchers: {
  toBeLinearizable: (received: Subject, options?: LinearizabilityOptions) => MatcherResult;
  toBeSequential: (received: Subject, options?: LinearizabilityOptions) => MatcherResult;
  toBeCausal: (received: Subject, options?: CausalOptions) => MatcherResult;
  toSatisfySession: (received: Subject, guarantees?: SessionGuarantee | readonly SessionGuarantee[]) => MatcherResult;
  toConverge: (received: Iterable<ReplicaState>) => MatcherResult;
  toBeStaleBy: (received: Subject, options: StalenessOptions) => MatcherResult;
  toLoseNoWrites: (received: Subject, replicas?: Iterable<ReplicaState>) => MatcherResult;
} = {
  toBeLinearizable: (received, options) => resultOf(expectLinearizable(received, options)),
  toBeSequential: (received, options) => resultOf(expectSequential(received, options)),
  toBeCausal: (received, options) => resultOf(expectCausal(received, options)),
  toSatisfySession: (received, guarantees) => resultOf(expectSession(received, guarantees)),
  toConverge: (received) => resultOf(expectConverged(received)),
  toBeStaleBy: (received, options) => resultOf(expectStaleBy(received, options)),
  toLoseNoWrites: (received, replicas) => resultOf(expectNoLostWrites(received, replicas)),
};

function resultOf({ pass, message }: Outcome): MatcherResult {
  return { pass, message: () => message };
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
