/** The Dynamo-like store's speed. The loops are in `dynamo-loops.ts`. @module */
import { runBundled } from './bundled.ts';

/** Prints the figures. */
export function benchDynamo(print: (line: string) => void): Promise<void> {
  return runBundled('dynamo-loops', print);
}
