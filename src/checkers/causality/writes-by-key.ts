/**
 * The last write of a key in a prefix of a chain, by binary search.
 *
 * @module
 */
import type { RegisterHistory } from './register-history.ts';

/** Writes by key and chain. */
export class WritesByKey {
  readonly #history: RegisterHistory;
  /** For each key, for each chain that writes it: the chain, and the writes in order. */
  readonly #lists: { readonly chain: number; readonly writes: number[] }[][];

  /** @param isThere - whether an operation happened at all */
  constructor(history: RegisterHistory, isThere: (i: number) => boolean) {
    this.#history = history;
    this.#lists = Array.from({ length: history.keyCount }, () => []);
    history.chains.members.forEach((members, chain) => {
      for (const i of members) {
        if (history.writes[i] !== 1 || !isThere(i)) continue;
        const lists = this.#lists[history.keyOf[i] ?? 0] ?? [];
        const last = lists.at(-1);
        if (last?.chain === chain) last.writes.push(i);
        else lists.push({ chain, writes: [i] });
      }
    });
  }

  /**
   * The last write in each chain of those that come before an operation.
   *
   * @param i - the operation, of whose key writes are looked for; it is not among them itself
   * @param before - how many operations of a chain come before it
   */
  lastBefore(i: number, before: (chain: number) => number): number[] {
    const { keyOf, chains } = this.#history;
    const found: number[] = [];
    for (const { chain, writes } of this.#lists[keyOf[i] ?? 0] ?? []) {
      const limit = chains.chainOf[i] === chain ? (chains.placeOf[i] ?? 0) : before(chain);
      let low = 0;
      let high = writes.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((chains.placeOf[writes[middle] ?? 0] ?? 0) < limit) low = middle + 1;
        else high = middle;
      }
      if (low > 0) found.push(writes[low - 1] ?? 0);
    }
    return found;
  }

  /** Every write of a key. */
  ofKey(key: number): number[] {
    return (this.#lists[key] ?? []).flatMap(({ writes }) => writes);
  }
}
