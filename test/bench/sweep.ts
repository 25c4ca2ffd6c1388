/**
 * Seeds a second of one core: the loops of `sweep-loops.ts`, bundled, in a process as `sweep` starts them.
 *
 * @module
 */
import { WORKER_FLAGS } from '../../src/cli/sweep-pool.ts';
import { RUN_FLAGS } from '../../src/cli/tune-engine.ts';
import { runBundled } from './bundled.ts';

/** Prints seeds per second. */
export function benchSweep(print: (line: string) => void): Promise<void> {
  return runBundled('sweep-loops', print, [...WORKER_FLAGS, ...RUN_FLAGS]);
}
