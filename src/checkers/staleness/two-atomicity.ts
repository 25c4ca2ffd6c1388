/**
 * 2-atomicity of a register with unique values: is there an order in which every read returns the latest value or the one before
 * it? Limited backtracking (LBT; Golab, Hurwitz and Li, On the k-Atomicity-Verification Problem, ICDCS 2013): writes are put in
 * order from the last to the first. Once a write is chosen as the last, what follows it in real time must be reads of it, or of a
 * single other write, which is then the one before it, and so on until nothing is forced: that far the choice was right, whatever
 * comes. Only the first write of such a stretch is a matter of choice, among those that no other follows. Quasi-linear where few
 * writes are concurrent.
 *
 * @module
 */
import type { Cluster } from './clusters.ts';

/**
 * Whether some order puts every read at most one write behind.
 *
 * @param clusters - each write with its reads; the initial value's first
 */
export function isTwoAtomic(clusters: readonly Cluster[]): boolean {
  return new Search(clusters).run();
}

/** A read, or a write, that is still to be placed. */
interface Item {
  readonly cluster: number;
  readonly call: number;
  readonly isRead: boolean;
}

class Search {
  readonly #clusters: readonly Cluster[];
  /** Writes and reads, in order of call; and for each cluster the places of its own. */
  readonly #items: readonly Item[];
  readonly #itemsOf: readonly number[][];
  /** Writes not placed yet are the ends of these lists, once what is placed has been taken off. */
  readonly #byCall: number[];
  readonly #byReturn: number[];
  readonly #isPlaced: Uint8Array;
  readonly #isItemPlaced: Uint8Array;
  /** All items from here on are placed. */
  #end: number;

  constructor(clusters: readonly Cluster[]) {
    this.#clusters = clusters;
    const items = clusters.flatMap(({ call, reads }, cluster): Item[] => (
      [{ cluster, call, isRead: false }, ...reads.map((read) => ({ cluster, call: read.call, isRead: true }))]
    ));
    this.#items = items.sort((a, b) => a.call - b.call);
    this.#itemsOf = clusters.map(() => []);
    items.forEach(({ cluster }, i) => this.#itemsOf[cluster]?.push(i));
    const writes = [...clusters.keys()];
    this.#byCall = writes.toSorted((a, b) => this.#callOf(a) - this.#callOf(b));
    this.#byReturn = writes.toSorted((a, b) => this.#returnOf(a) - this.#returnOf(b));
    this.#isPlaced = new Uint8Array(clusters.length);
    this.#isItemPlaced = new Uint8Array(items.length);
    this.#end = items.length;
  }

  run(): boolean {
    for (let left = this.#clusters.length; left > 0;) {
      let placed: readonly number[] | undefined;
      for (const last of this.#candidates()) {
        placed = this.#stretch(last);
        if (placed !== undefined) break;
      }
      if (placed === undefined) return false;
      left -= placed.length;
      this.#place(placed);
    }
    return true;
  }

  /** Writes that no other write follows in real time: those not over before the last of them was called. */
  #candidates(): number[] {
    for (const list of [this.#byCall, this.#byReturn]) while (this.#isPlaced[list.at(-1) ?? -1] === 1) list.pop();
    const latest = this.#callOf(this.#byCall.at(-1) ?? -1);
    const found: number[] = [];
    for (let at = this.#byReturn.length - 1; at >= 0; at--) {
      const write = this.#byReturn[at] ?? 0;
      if (this.#returnOf(write) < latest) break;
      if (this.#isPlaced[write] === 0) found.push(write);
    }
    return found;
  }

  /** The writes, from the last, that are settled once `last` is the last; undefined when it cannot be. */
  #stretch(last: number): readonly number[] | undefined {
    const placed = [last];
    const taken = new Set(placed);
    for (let at = 0; at < placed.length; at++) {
      const over = this.#returnOf(placed[at] ?? 0);
      let before: number | undefined;
      for (let i = this.#end - 1; i >= 0 && (this.#items[i]?.call ?? 0) > over; i--) {
        const { cluster, isRead } = this.#items[i] as Item;
        if (this.#isItemPlaced[i] === 1 || taken.has(cluster)) continue;
        // What follows must be reads, and all of one other write: the one before.
        if (!isRead || (before !== undefined && before !== cluster)) return undefined;
        before = cluster;
      }
      if (before === undefined) continue;
      taken.add(before);
      placed.push(before);
    }
    return placed;
  }

  #place(placed: readonly number[]): void {
    for (const write of placed) {
      this.#isPlaced[write] = 1;
      for (const i of this.#itemsOf[write] ?? []) this.#isItemPlaced[i] = 1;
    }
    while (this.#end > 0 && this.#isItemPlaced[this.#end - 1] === 1) this.#end--;
  }

  #callOf(write: number): number {
    return this.#clusters[write]?.call ?? -Infinity;
  }

  #returnOf(write: number): number {
    return this.#clusters[write]?.return ?? Infinity;
  }
}
