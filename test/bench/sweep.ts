/**
 * Seeds a second of one core: the loops of `sweep-loops.ts`, bundled.
 *
 * @module
 */
import { runBundled } from './bundled.ts';

/** Prints seeds per second. */
export function benchSweep(print: (line: string) => void): Promise<void> {
  return runBundled('sweep-loops', print);
}
