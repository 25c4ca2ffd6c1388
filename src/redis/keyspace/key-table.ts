/**
 * The keys of a database, their values and when each was last used. Keys lie densely in an array, so that any can be picked by
 * number and a walk goes from the end towards the start, as in `structures/indexed-map.ts`, whose reasons hold here too. The
 * stamps lie beside the values: reading a key finds its place once.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Value } from './keyspace.ts';

/** The table. */
export class KeyTable {
  readonly #places = new Map<Bytes, number>();
  readonly #keys: Bytes[] = [];
  readonly #values: Value[] = [];
  readonly #stamps: number[] = [];

  /** How many keys there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** Whether the key is present. */
  has(key: Bytes): boolean {
    return this.#places.has(key);
  }

  /** Where a key lies, from 0 to `size - 1`, or undefined. */
  placeOf(key: Bytes): number | undefined {
    return this.#places.get(key);
  }

  /** The value of a key, or undefined. */
  get(key: Bytes): Value | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#values[place];
  }

  /** The value of a key that is used now, or undefined. */
  use(key: Bytes, stamp: number): Value | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    this.#stamps[place] = stamp;
    return this.#values[place];
  }

  /** Sets a key's value and stamp. @returns whether the key is new */
  set(key: Bytes, value: Value, stamp: number): boolean {
    const place = this.#places.get(key);
    if (place !== undefined) {
      this.#values[place] = value;
      this.#stamps[place] = stamp;
      return false;
    }
    this.#places.set(key, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
    this.#stamps.push(stamp);
    return true;
  }

  /** Removes a key in constant time; the last one takes its place. @returns whether it was there */
  delete(key: Bytes): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#places.delete(key);
    const lastKey = this.#keys.pop() as Bytes;
    const lastValue = this.#values.pop() as Value;
    const lastStamp = this.#stamps.pop() as number;
    if (place < this.#keys.length) {
      this.#keys[place] = lastKey;
      this.#values[place] = lastValue;
      this.#stamps[place] = lastStamp;
      this.#places.set(lastKey, place);
    }
    return true;
  }

  /** The key at a place. */
  keyAt(place: number): Bytes | undefined {
    return this.#keys[place];
  }

  /** The value at a place. */
  valueAt(place: number): Value | undefined {
    return this.#values[place];
  }

  /** The stamp at a place. */
  stampAt(place: number): number {
    return this.#stamps[place] ?? 0;
  }

  /** Sets the stamp at a place. */
  stamp(place: number, stamp: number): void {
    this.#stamps[place] = stamp;
  }

  /** All keys in the order of their places. Do not change the table meanwhile. */
  keys(): readonly Bytes[] {
    return this.#keys;
  }

  /** One step of a walk that meets every key that stays; see `IndexedMap.scan`. */
  scan(cursor: number, count: number, visit: (key: Bytes, value: Value) => void): number {
    const size = this.#keys.length;
    let at = cursor === 0 || cursor > size ? size : cursor;
    const stop = Math.max(0, at - count);
    while (at > stop) {
      at--;
      visit(this.#keys[at] as Bytes, this.#values[at] as Value);
    }
    return at;
  }
}
