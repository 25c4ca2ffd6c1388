/**
 * Vitest: a `sim` fixture that can be run again, and matchers that say why.
 *
 * @module
 */
export { matchers, type SplitbrainMatchers } from './matchers.ts';
export { test, TestSimulation, seedOf } from './simulation-fixture.ts';
