/** The Cassandra-like store's speed. The loops are in `cassandra-loops.ts`. @module */
import { runBundled } from './bundled.ts';

/** Prints the figures. */
export function benchCassandra(print: (line: string) => void): Promise<void> {
  return runBundled('cassandra-loops', print);
}
