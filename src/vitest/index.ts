/**
 * For Vitest: `import { test } from 'splitbrain/vitest'` gives a test its own simulation, and `expect` the matchers.
 *
 * @module
 */
import { expect } from 'vitest';
import { matchers, type SplitbrainMatchers } from './matchers.ts';

export { test, TestSimulation, type SimulationFixture } from './fixture.ts';
export { followTimers } from './follow-timers.ts';
export { matchers, type SplitbrainMatchers } from './matchers.ts';

expect.extend(matchers);

declare module 'vitest' {
  // eslint-disable-next-line
  interface Matchers<T = any> extends SplitbrainMatchers<T> {}
}
