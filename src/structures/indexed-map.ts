/**
 * A map from text to values whose entries also lie densely in an array, so that any entry can be picked by number in
 * constant time and a walk can be interrupted and resumed by nothing but a number.
 *
 * Removal moves the last entry into the gap. A walk from the end towards the start therefore meets every entry that stays
 * in the map all along: what moves to a lower place was either met already or still lies ahead. (A walk from the start
 * would miss it.) New entries go to the end, behind the walk.
 *
 * @module
 */

/** The map. */
export class IndexedMap<V> {
  readonly #index = new Map<string, number>();
  readonly #keys: string[] = [];
  readonly #values: V[] = [];

  /** How many entries there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** Whether the key is present. */
  has(key: string): boolean {
    return this.#index.has(key);
  }

  /** The key's value, or undefined. */
  get(key: string): V | undefined {
    const at = this.#index.get(key);
    return at === undefined ? undefined : this.#values[at];
  }

  /** Sets the key's value. @returns whether the key is new */
  set(key: string, value: V): boolean {
    const at = this.#index.get(key);
    if (at !== undefined) {
      this.#values[at] = value;
      return false;
    }
    this.#index.set(key, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
    return true;
  }

  /** Removes a key in constant time; the last entry takes its place. @returns whether it was there */
  delete(key: string): boolean {
    const at = this.#index.get(key);
    if (at === undefined) return false;
    this.#index.delete(key);
    const lastKey = this.#keys.pop() as string;
    const lastValue = this.#values.pop() as V;
    if (at < this.#keys.length) {
      this.#keys[at] = lastKey;
      this.#values[at] = lastValue;
      this.#index.set(lastKey, at);
    }
    return true;
  }

  /** Removes a key and closes the gap, so that the others keep their order: linear time. @returns whether it was there */
  deleteInOrder(key: string): boolean {
    const at = this.#index.get(key);
    if (at === undefined) return false;
    this.#index.delete(key);
    this.#keys.splice(at, 1);
    this.#values.splice(at, 1);
    for (let i = at; i < this.#keys.length; i++) this.#index.set(this.#keys[i] as string, i);
    return true;
  }

  /** The key at a place from 0 to `size - 1`. */
  keyAt(place: number): string | undefined {
    return this.#keys[place];
  }

  /** The value at a place from 0 to `size - 1`. */
  valueAt(place: number): V | undefined {
    return this.#values[place];
  }

  /** All keys in the order of their places. Do not change the map meanwhile. */
  keys(): readonly string[] {
    return this.#keys;
  }

  /** All values in the order of their places. Do not change the map meanwhile. */
  values(): readonly V[] {
    return this.#values;
  }

  /**
   * One step of a walk that meets every entry that stays in the map from its beginning to its end, some of them twice
   * when others are removed meanwhile.
   *
   * @param cursor - 0 to begin, then what the last step returned
   * @param count - how many entries to meet
   * @param visit - called with each
   * @returns the next cursor, 0 when the walk is over
   */
  scan(cursor: number, count: number, visit: (key: string, value: V) => void): number {
    const size = this.#keys.length;
    let at = cursor === 0 || cursor > size ? size : cursor;
    const stop = Math.max(0, at - count);
    while (at > stop) {
      at--;
      visit(this.#keys[at] as string, this.#values[at] as V);
    }
    return at;
  }

  /** A copy that shares nothing but the values. */
  clone(): IndexedMap<V> {
    const copy = new IndexedMap<V>();
    for (let i = 0; i < this.#keys.length; i++) copy.set(this.#keys[i] as string, this.#values[i] as V);
    return copy;
  }
}
