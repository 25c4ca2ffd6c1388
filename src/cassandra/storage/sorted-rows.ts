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
  /** Where the last {@link insert} looked. */
  #block = 0;
  #index = 0;

  /** @param compare - the table's clustering order */
  constructor(compare: (a: Clustering, b: Clustering) => number) {
    this.#compare = compare;
  }

  /** The number of rows. */
  get size(): number {
    return this.#size;
  }

  /**
   * Puts a row in its place, unless its clustering is there.
   *
   * @returns the row that is there; {@link replace} puts another in its stead
   */
  insert(row: Row): Row | undefined {
    const { clustering } = row;
    const blocks = this.#blocks;
    const b = Math.min(this.#firstBlockFrom(clustering), Math.max(0, blocks.length - 1));
    const block = blocks[b];
    if (block === undefined) {
      blocks.push([row]);
      this.#size = 1;
      return undefined;
    }
    const i = this.#firstFrom(block, clustering);
    const present = block[i];
    if (present !== undefined && this.#compare(present.clustering, clustering) === 0) {
      this.#block = b;
      this.#index = i;
      return present;
    }
    if (i === block.length) block.push(row);
    else block.splice(i, 0, row);
    this.#size++;
    // A block that overflows at its end was filled in order: leave it full instead of halving it.
    if (block.length > BLOCK_LENGTH) blocks.splice(b + 1, 0, block.splice(i === block.length - 1 ? BLOCK_LENGTH : BLOCK_LENGTH / 2));
    return undefined;
  }

  /** Replaces the row that the last {@link insert} found. */
  replace(row: Row): void {
    const block = this.#blocks[this.#block];
    if (block !== undefined) block[this.#index] = row;
  }

  /** The row with exactly this clustering. */
  get(clustering: Clustering): Row | undefined {
    const block = this.#blocks[this.#firstBlockFrom(clustering)];
    const row = block?.[this.#firstFrom(block, clustering)];
    return row !== undefined && this.#compare(row.clustering, clustering) === 0 ? row : undefined;
  }

  /**
   * Walks a slice.
   *
   * @param slice - in clustering order, also when walked in reverse
   * @param reversed - from the end to the start
   * @yields each row of the slice
   */
  *slice(slice: Slice, reversed = false): Generator<Row, undefined> {
    let { b, i } = reversed ? this.#before(slice.end) : this.#after(slice.start);
    const step = reversed ? -1 : 1;
    for (;;) {
      const row = this.#blocks[b]?.[i];
      if (row === undefined) {
        b += step;
        const block = this.#blocks[b];
        if (block === undefined) return undefined;
        i = reversed ? block.length - 1 : 0;
        continue;
      }
      const beyond = reversed ? compareToBound(this.#compare, row.clustering, slice.start) < 0 : compareToBound(this.#compare, row.clustering, slice.end) > 0;
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
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#blocks[middle]?.at(-1);
      if (last !== undefined && compareToBound(this.#compare, last.clustering, bound) > 0) high = middle;
      else low = middle + 1;
    }
    const b = low;
    const block = this.#blocks[b] ?? [];
    low = 0;
    high = block.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = block[middle];
      if (row !== undefined && compareToBound(this.#compare, row.clustering, bound) > 0) high = middle;
      else low = middle + 1;
    }
    return { b, i: low };
  }

  /** Where the last row before a bound stands; index -1 sends the walk to the block before. */
  #before(bound: Bound): { b: number; i: number } {
    const { b, i } = this.#after(bound);
    return { b, i: i - 1 };
  }

  /** The first block whose last row is not before a clustering. Most rows of a time series come in order: the end is looked at first. */
  #firstBlockFrom(clustering: Clustering): number {
    const blocks = this.#blocks;
    let high = blocks.length;
    const end = blocks[high - 1];
    if (end !== undefined && this.#compare(lastOf(end), clustering) < 0) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const block = blocks[middle];
      if (block !== undefined && this.#compare(lastOf(block), clustering) >= 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The first row of a block that is not before a clustering. */
  #firstFrom(block: readonly Row[], clustering: Clustering): number {
    let high = block.length;
    if (high > 0 && this.#compare(lastOf(block), clustering) < 0) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = block[middle];
      if (row !== undefined && this.#compare(row.clustering, clustering) >= 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const NOTHING: Clustering = [];

function lastOf(block: readonly Row[]): Clustering {
  return block[block.length - 1]?.clustering ?? NOTHING;
}
