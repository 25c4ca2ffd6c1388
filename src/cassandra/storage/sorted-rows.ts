/**
 * The rows of a partition in clustering order. A list of short sorted blocks: search is logarithmic, insertion moves at most
 * a block, and a walk in either direction runs over plain arrays. A balanced tree would promise no more and cost an object
 * for each row.
 *
 * @module
 */
import { compareToBound, type Bound, type Clustering, type Slice } from './clustering.ts';
import type { Row } from './row.ts';

const BLOCK_LENGTH = 256;

/** An ordered collection of rows, each clustering at most once. */
export class SortedRows {
  readonly #compare: (a: Clustering, b: Clustering) => number;
  readonly #blocks: Row[][] = [];
  #size = 0;

  /** @param compare - the table's clustering order */
  constructor(compare: (a: Clustering, b: Clustering) => number) {
    this.#compare = compare;
  }

  /** The number of rows. */
  get size(): number {
    return this.#size;
  }

  /** Puts a row in its place; one that is there already is replaced by what `merge` makes of both. */
  upsert(row: Row, merge: (present: Row, added: Row) => Row): void {
    const { clustering } = row;
    const b = Math.min(this.#firstBlock((last) => this.#compare(last, clustering) >= 0), Math.max(0, this.#blocks.length - 1));
    const block = this.#blocks[b];
    if (block === undefined) {
      this.#blocks.push([row]);
      this.#size = 1;
      return;
    }
    const i = firstIndex(block, (other) => this.#compare(other, clustering) >= 0);
    const present = block[i];
    if (present !== undefined && this.#compare(present.clustering, clustering) === 0) {
      block[i] = merge(present, row);
      return;
    }
    if (i === block.length) block.push(row);
    else block.splice(i, 0, row);
    this.#size++;
    // A block that overflows at its end was filled in order: leave it full instead of halving it.
    if (block.length > BLOCK_LENGTH) this.#blocks.splice(b + 1, 0, block.splice(i === block.length - 1 ? BLOCK_LENGTH : BLOCK_LENGTH / 2));
  }

  /** The row with exactly this clustering. */
  get(clustering: Clustering): Row | undefined {
    const block = this.#blocks[this.#firstBlock((last) => this.#compare(last, clustering) >= 0)];
    const row = block?.[firstIndex(block, (other) => this.#compare(other, clustering) >= 0)];
    return row !== undefined && this.#compare(row.clustering, clustering) === 0 ? row : undefined;
  }

  /**
   * Walks a slice.
   *
   * @param slice - in clustering order, also when walked in reverse
   * @param reverse - from the end to the start
   * @yields each row of the slice
   */
  *slice(slice: Slice, reverse = false): Generator<Row, undefined> {
    let { b, i } = reverse ? this.#before(slice.end) : this.#after(slice.start);
    const step = reverse ? -1 : 1;
    for (;;) {
      const row = this.#blocks[b]?.[i];
      if (row === undefined) {
        b += step;
        const block = this.#blocks[b];
        if (block === undefined) return undefined;
        i = reverse ? block.length - 1 : 0;
        continue;
      }
      const beyond = reverse ? compareToBound(this.#compare, row.clustering, slice.start) < 0 : compareToBound(this.#compare, row.clustering, slice.end) > 0;
      if (beyond) return undefined;
      yield row;
      i += step;
    }
  }

  /**
   * All rows in order.
   *
   * @yields each row
   */
  *[Symbol.iterator](): Generator<Row, undefined> {
    for (const block of this.#blocks) yield* block;
    return undefined;
  }

  /** Where the first row after a bound stands. */
  #after(bound: Bound): { b: number; i: number } {
    const b = this.#firstBlock((last) => compareToBound(this.#compare, last, bound) > 0);
    const block = this.#blocks[b] ?? [];
    return { b, i: firstIndex(block, (clustering) => compareToBound(this.#compare, clustering, bound) > 0) };
  }

  /** Where the last row before a bound stands; index -1 sends the walk to the block before. */
  #before(bound: Bound): { b: number; i: number } {
    const { b, i } = this.#after(bound);
    return { b, i: i - 1 };
  }

  #firstBlock(test: (last: Clustering) => boolean): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#blocks[middle]?.at(-1);
      if (last !== undefined && test(last.clustering)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function firstIndex(block: readonly Row[], test: (clustering: Clustering) => boolean): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = block[middle];
    if (row !== undefined && test(row.clustering)) high = middle;
    else low = middle + 1;
  }
  return low;
}
