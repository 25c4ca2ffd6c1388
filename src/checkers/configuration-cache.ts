/**
 * The configurations a search has been in: rows of 32-bit integers, compared exactly, but for the operations of unknown outcome that
 * were placed: there the smaller set stands for the greater.
 *
 * Lowe's cache (Testing for Linearizability, 2017) keeps a bit set of all linearized operations. A fingerprint of it would be
 * smaller, but a collision could hide the only legal order, and a checker must not cry wolf. An exact row is as small: see
 * `search.ts` for why the next return, a bit for each operation open at it, and the state are the whole configuration.
 *
 * @module
 */
import { mix32 } from '../structures/hash.ts';

/** None, in a chain. */
const NONE = -1;

/**
 * Rows of equal width, each a key and a set: one bit for each operation of unknown outcome that was placed. Such an operation need never be
 * placed, so whatever can be done once some of them are placed can be done with fewer placed as well: where a smaller set led nowhere, a
 * greater one does not either. Only the smallest sets are kept.
 */
export class ConfigurationCache {
  readonly #keyWidth: number;
  readonly #setWidth: number;
  /** Keys in an open-addressing table, and for each the first of its sets. */
  #keys: Int32Array;
  #first: Int32Array;
  #mask = 63;
  #size = 0;
  /** Sets, and for each the next with the same key. */
  #sets: Int32Array;
  #next = new Int32Array(64);
  #count = 0;
  /** A set that is not kept any more, and those after it. */
  #free = NONE;

  /** @param keyWidth - integers of a row that must be equal @param setWidth - integers behind them that are the set */
  constructor(keyWidth: number, setWidth: number) {
    this.#keyWidth = keyWidth;
    this.#setWidth = setWidth;
    this.#keys = new Int32Array(64 * keyWidth);
    this.#first = new Int32Array(64).fill(NONE);
    this.#sets = new Int32Array(64 * setWidth);
  }

  /** The number of keys. */
  get size(): number {
    return this.#size;
  }

  /** Adds a row. False when its key was there already with the same set or a smaller one. The row is copied. */
  add(row: Int32Array): boolean {
    const slot = this.#find(row);
    const known = this.#first[slot] as number;
    if (known === NONE) {
      this.#keys.set(row.subarray(0, this.#keyWidth), slot * this.#keyWidth);
      this.#first[slot] = this.#keep(row, NONE);
      if (++this.#size * 2 > this.#mask) this.#grow();
      return true;
    }
    if (this.#setWidth === 0) return false;
    for (let set = known; set !== NONE; set = this.#next[set] as number) if (this.#isWithin(set, row)) return false;
    this.#first[slot] = this.#keep(row, this.#smallest(row, known));
    return true;
  }

  /** The sets of a chain that a new one does not make superfluous. */
  #smallest(row: Int32Array, chain: number): number {
    let first = NONE;
    let last = NONE;
    for (let set = chain; set !== NONE;) {
      const next = this.#next[set] as number;
      if (this.#contains(set, row)) {
        this.#next[set] = this.#free;
        this.#free = set;
      } else {
        if (last === NONE) first = set;
        else this.#next[last] = set;
        last = set;
      }
      set = next;
    }
    if (last !== NONE) this.#next[last] = NONE;
    return first;
  }

  #isWithin(set: number, row: Int32Array): boolean {
    const base = set * this.#setWidth;
    for (let i = 0; i < this.#setWidth; i++) if (((this.#sets[base + i] as number) & ~(row[this.#keyWidth + i] as number)) !== 0) return false;
    return true;
  }

  #contains(set: number, row: Int32Array): boolean {
    const base = set * this.#setWidth;
    for (let i = 0; i < this.#setWidth; i++) if (((row[this.#keyWidth + i] as number) & ~(this.#sets[base + i] as number)) !== 0) return false;
    return true;
  }

  #keep(row: Int32Array, next: number): number {
    let set = this.#free;
    if (set === NONE) {
      set = this.#count++;
      if (set === this.#next.length) this.#growSets();
    } else {
      this.#free = this.#next[set] as number;
    }
    for (let i = 0; i < this.#setWidth; i++) this.#sets[set * this.#setWidth + i] = row[this.#keyWidth + i] as number;
    this.#next[set] = next;
    return set;
  }

  /** Where the key of a row stands, or would. */
  #find(row: Int32Array): number {
    const width = this.#keyWidth;
    const keys = this.#keys;
    let slot = this.#hash(row, 0) & this.#mask;
    while (this.#first[slot] !== NONE) {
      const base = slot * width;
      let i = 0;
      while (i < width && keys[base + i] === row[i]) i++;
      if (i === width) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #hash(row: Int32Array, base: number): number {
    let h = 0;
    for (let i = 0; i < this.#keyWidth; i++) h = Math.imul(h ^ (row[base + i] as number), 0x9e3779b1) ^ (h >>> 15);
    return mix32(h);
  }

  #grow(): void {
    const width = this.#keyWidth;
    const keys = this.#keys;
    const first = this.#first;
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#keys = new Int32Array(capacity * width);
    this.#first = new Int32Array(capacity).fill(NONE);
    for (let from = 0; from < first.length; from++) {
      if (first[from] === NONE) continue;
      let slot = this.#hash(keys, from * width) & this.#mask;
      while (this.#first[slot] !== NONE) slot = (slot + 1) & this.#mask;
      this.#first[slot] = first[from] as number;
      this.#keys.set(keys.subarray(from * width, (from + 1) * width), slot * width);
    }
  }

  #growSets(): void {
    const next = new Int32Array(this.#next.length * 2);
    next.set(this.#next);
    this.#next = next;
    const sets = new Int32Array(next.length * this.#setWidth);
    sets.set(this.#sets);
    this.#sets = sets;
  }
}
