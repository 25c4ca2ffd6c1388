/**
 * Bloom filters: which partitions an sstable certainly does not hold. As Apache Cassandra's: bits and hashes follow from the
 * wanted share of false positives (`bloom_filter_fp_chance`; 0.01 needs 9.6 bits a key and 7 hashes), and the k places come
 * from the two halves of one 128-bit MurmurHash3 (Kirsch and Mitzenmacher 2006, "Less Hashing, Same Performance").
 *
 * @module
 */
import { ln } from '../../kernel/portable-math.ts';
import { murmur3, type Murmur3Hash } from '../murmur3.ts';
import type { Bytes } from '../types/data-type.ts';

const LN2 = 0.6931471805599453;

/** A set of keys that may answer yes by mistake, and never no. */
export class BloomFilter {
  /** The number of hashes. */
  readonly hashes: number;
  readonly #bits: Uint32Array | undefined;
  readonly #size: number;

  /**
   * @param keys - how many will be added
   * @param falsePositiveChance - more than 0; 1 means no filter
   */
  constructor(keys: number, falsePositiveChance: number) {
    if (falsePositiveChance >= 1) {
      this.hashes = 0;
      this.#size = 0;
      this.#bits = undefined;
      return;
    }
    const bitsPerKey = -ln(falsePositiveChance) / (LN2 * LN2);
    this.hashes = Math.max(1, Math.round(bitsPerKey * LN2));
    this.#size = Math.max(64, Math.ceil(keys * bitsPerKey / 32) * 32);
    this.#bits = new Uint32Array(this.#size / 32);
  }

  /** Memory in bytes. */
  get bytes(): number {
    return this.#size / 8;
  }

  /** Adds a key. */
  add(key: Bytes): void {
    const bits = this.#bits;
    if (bits === undefined) return;
    const { place: first, step: by } = hashKey(key);
    let place = first % this.#size;
    const step = by % this.#size;
    for (let i = 0; i < this.hashes; i++) {
      bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
      place += step;
      if (place >= this.#size) place -= this.#size;
    }
  }

  /** Whether a key may be there. @param hash - of {@link hashKey}: one for all filters that are asked */
  mayContain(hash: KeyHash): boolean {
    const bits = this.#bits;
    if (bits === undefined) return true;
    let place = hash.place % this.#size;
    const step = hash.step % this.#size;
    for (let i = 0; i < this.hashes; i++) {
      if (((bits[place >>> 5] ?? 0) & (1 << (place & 31))) === 0) return false;
      place += step;
      if (place >= this.#size) place -= this.#size;
    }
    return true;
  }
}

/** What filters need to know of a key. */
export interface KeyHash {
  readonly place: number;
  readonly step: number;
}

const halves: Murmur3Hash = { h1High: 0, h1Low: 0, h2High: 0, h2Low: 0 };

/** The hash of a key: 53 bits of each half of its MurmurHash3. */
export function hashKey(key: Bytes): KeyHash {
  murmur3(key, halves);
  return { place: whole(halves.h1High, halves.h1Low), step: whole(halves.h2High, halves.h2Low) };
}

function whole(high: number, low: number): number {
  return (high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0);
}
