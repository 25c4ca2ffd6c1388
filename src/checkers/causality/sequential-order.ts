/**
 * What sequential consistency of unique-value registers forces before any search: if two writes of one key come before a
 * read that saw the second, the first comes before the second; and a read that saw a write comes before whatever overwrites it.
 * Both rules are applied until nothing new follows; a circle is a violation. (The known part of a polygraph, as in Cobra:
 * Tan et al., OSDI 2020.)
 *
 * @module
 */
import { CausalOrder } from './causal-order.ts';
import { ABSENT, INITIAL, type RegisterHistory } from './register-history.ts';
import { WritesByKey } from './writes-by-key.ts';

/** Above this many comparisons the second rule is left to the search. */
const COMPARISONS_MAX = 20_000_000;

/**
 * The order that every explanation shares.
 *
 * @param history - the operations
 * @param sources - the write each read certainly saw; below {@link ABSENT} where it is not known
 * @returns the order; it has a circle when there is no explanation
 */
export function sequentialOrder(history: RegisterHistory, sources: Int32Array): CausalOrder {
  const order = new CausalOrder(history, sources);
  const writes = new WritesByKey(history, (i) => sources[i] !== ABSENT);
  const readers: number[][] = history.operations.map(() => []);
  const initialReaders = new Map<number, number[]>();
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i] ?? -3;
    if (source >= 0) readers[source]?.push(i);
    if (source !== INITIAL) continue;
    const key = history.keyOf[i] ?? 0;
    const known = initialReaders.get(key);
    if (known === undefined) initialReaders.set(key, [i]);
    else known.push(i);
  }
  let comparisons = 0;
  for (let changed = true; changed && order.cyclic === undefined;) {
    changed = false;
    for (let read = 0; read < sources.length && order.cyclic === undefined; read++) {
      const source = sources[read] ?? -3;
      if (source < 0) continue;
      for (const other of writes.lastBefore(read, (chain) => order.before(read, chain))) {
        if (other !== source && order.add(other, source, read)) changed = true;
      }
    }
    for (let key = 0; key < history.keyCount; key++) {
      const all = writes.ofKey(key);
      for (const read of initialReaders.get(key) ?? []) {
        for (const write of all) if (write !== read && order.cyclic === undefined && order.add(read, write, read)) changed = true;
      }
      comparisons += all.length * all.length;
      if (comparisons > COMPARISONS_MAX) continue;
      for (const write of all) {
        for (const later of all) {
          if (order.cyclic !== undefined) return order;
          if (write === later || !order.precedes(write, later)) continue;
          for (const read of readers[write] ?? []) if (read !== later && order.add(read, later, read)) changed = true;
        }
      }
    }
  }
  return order;
}
