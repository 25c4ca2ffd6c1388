/**
 * The configurations a search has been in: rows of 32-bit integers in one open-addressing table, compared exactly.
 *
 * Lowe's cache (Testing for Linearizability, 2017) keeps a bit set of all linearized operations. A fingerprint of it would be
 * smaller, but a collision could hide the only legal order, and a checker must not cry wolf. An exact row is as small: see
 * `search.ts` for why the next return, a bit for each operation open at it, and the state are the whole configuration.
 *
 * @module
 */
import { mix32 } from '../structures/hash.ts';

/** A set of rows of equal width. */
export class ConfigurationCache {
  readonly #width: number;
  #rows: Int32Array;
  #used: Uint8Array;
  #mask: number;
  #size = 0;

  /** @param width - integers in a row */
  constructor(width: number) {
    this.#width = width;
    this.#rows = new Int32Array(64 * width);
    this.#used = new Uint8Array(64);
    this.#mask = 63;
  }

  /** The number of rows. */
  get size(): number {
    return this.#size;
  }

  /** Adds a row. False when it was there already. The row is copied. */
  add(row: Int32Array): boolean {
    const width = this.#width;
    const rows = this.#rows;
    let slot = this.#hash(row, 0) & this.#mask;
    while (this.#used[slot] === 1) {
      const base = slot * width;
      let i = 0;
      while (i < width && rows[base + i] === row[i]) i++;
      if (i === width) return false;
      slot = (slot + 1) & this.#mask;
    }
    this.#used[slot] = 1;
    rows.set(row, slot * width);
    if (++this.#size * 2 > this.#mask) this.#grow();
    return true;
  }

  #hash(row: Int32Array, base: number): number {
    let h = 0;
    for (let i = 0; i < this.#width; i++) h = Math.imul(h ^ (row[base + i] ?? 0), 0x9e3779b1) ^ (h >>> 15);
    return mix32(h);
  }

  #grow(): void {
    const width = this.#width;
    const rows = this.#rows;
    const used = this.#used;
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#rows = new Int32Array(capacity * width);
    this.#used = new Uint8Array(capacity);
    for (let from = 0; from < used.length; from++) {
      if (used[from] !== 1) continue;
      let slot = this.#hash(rows, from * width) & this.#mask;
      while (this.#used[slot] === 1) slot = (slot + 1) & this.#mask;
      this.#used[slot] = 1;
      this.#rows.set(rows.subarray(from * width, (from + 1) * width), slot * width);
    }
  }
}
