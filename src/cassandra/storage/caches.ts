/**
 * The key cache (where in an sstable a partition is; `key_cache_size`) and the row cache (partitions merged and ready, for tables
 * that ask for it by `caching = {'rows_per_partition': …}`; `row_cache_size`). Both are bounded in bytes and counted.
 *
 * @module
 */
import type { Bytes } from '../types/data-type.ts';

/** Hits and requests, as `nodetool info` has them. */
export interface CacheStats {
  readonly hits: number;
  readonly requests: number;
  /** Bytes, estimated. */
  readonly size: number;
}

/** What an entry costs beyond its key. */
const KEY_ENTRY = 64;

/** Places of partitions by sstable. What came first goes first. */
export class KeyCache {
  readonly #capacity: number;
  readonly #places = new Map<number, Map<Bytes, number>>();
  #size = 0;
  #hits = 0;
  #requests = 0;

  /** @param capacity - in bytes; 0 = no cache */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The place of a key in an sstable, if it is known. */
  get(generation: number, key: Bytes): number | undefined {
    this.#requests++;
    const place = this.#places.get(generation)?.get(key);
    if (place !== undefined) this.#hits++;
    return place;
  }

  /** Remembers a place. */
  set(generation: number, key: Bytes, place: number): void {
    const cost = key.length + KEY_ENTRY;
    if (cost > this.#capacity) return;
    let places = this.#places.get(generation);
    if (places === undefined) this.#places.set(generation, (places = new Map()));
    places.set(key, place);
    this.#size += cost;
    while (this.#size > this.#capacity) this.#dropOldest();
  }

  /** An sstable is gone. */
  forget(generation: number): void {
    for (const key of this.#places.get(generation)?.keys() ?? []) this.#size -= key.length + KEY_ENTRY;
    this.#places.delete(generation);
  }

  /** Figures. */
  get stats(): CacheStats {
    return { hits: this.#hits, requests: this.#requests, size: this.#size };
  }

  #dropOldest(): void {
    for (const [generation, places] of this.#places) {
      for (const key of places.keys()) {
        places.delete(key);
        this.#size -= key.length + KEY_ENTRY;
        return;
      }
      this.#places.delete(generation);
    }
    this.#size = 0;
  }
}

/** A cache that drops what was not used for longest. */
export class RecentCache<T> {
  readonly #capacity: number;
  readonly #entries = new Map<Bytes, { readonly value: T; readonly cost: number }>();
  #size = 0;
  #hits = 0;
  #requests = 0;

  /** @param capacity - in bytes; 0 = no cache */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** An entry, which counts as used. */
  get(key: Bytes): T | undefined {
    this.#requests++;
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#hits++;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Puts an entry in. @param cost - in bytes */
  set(key: Bytes, value: T, cost: number): void {
    this.delete(key);
    if (cost > this.#capacity) return;
    this.#entries.set(key, { value, cost });
    this.#size += cost;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#capacity) break;
      this.delete(oldest);
    }
  }

  /** Takes an entry out. */
  delete(key: Bytes): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#size -= entry.cost;
  }

  /** Takes all out. */
  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }

  /** Figures. */
  get stats(): CacheStats {
    return { hits: this.#hits, requests: this.#requests, size: this.#size };
  }
}
