/**
 * What tests need, whatever runs them.
 *
 * @module
 */
export {
  assertCausal, assertConverged, assertLinearizable, assertNoLostWrites, assertSequential, assertSession, assertStaleBy, assertVerdict,
  expectCausal, expectConverged, ExpectationError, expectLinearizable, expectNoLostWrites, expectSequential, expectSession, expectStaleBy,
  type Outcome, type Subject,
} from './expectations.ts';
export { rerunLine, SEED_VARIABLE, seedOf } from './seed.ts';
