/**
 * What V8 is told where a scenario is run a thousand times: by sweeps, by `explore` and by `shrink`.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';

/**
 * It is told to build larger functions from smaller ones than it would, since a run is thousands of calls of a few dozen lines
 * each: some 8 % of a long sweep, for half a second more of compiling at its beginning. And to put everything that is
 * made among what is young: V8 learns from the first seeds, when all of a run outlives a small nursery, that most of a run is to be put among
 * what is old, and from then on dead runs keep each other alive until the next full collection. That was a fifth of a sweep under tsx.
 */
export const RUN_FLAGS: readonly string[] = [
  '--max-inlined-bytecode-size-cumulative=4000', '--max-inlined-bytecode-size-small=60', '--min-inlining-frequency=0.05',
  '--no-allocation-site-pretenuring',
];

/** Tells it. Not on the command line, where a V8 that has dropped one of these would refuse to start. */
export function tuneEngine(): void {
  for (const flag of RUN_FLAGS) setFlagsFromString(flag);
}
