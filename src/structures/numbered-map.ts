/**
 * Values by whole numbers that come and go, such as requests under way by their number: open addressing with linear probing
 * and deletion by shifting back (Knuth, The Art of Computer Programming 3, 6.4, algorithm R), in arrays that are used again.
 *
 * A `Map` whose entries come and go makes a new table after every few deletions, and each old one refers to the next: once
 * the garbage collector has moved one to the old generation, all later ones and whatever they held follow it there.
 *
 * Left out: removal while it is walked.
 *
 * @module
 */
const FREE = -1;
const INITIAL = 16;
const FREE_KEYS: readonly number[] = Array.from({ length: INITIAL }, () => FREE);
const NO_VALUES: readonly undefined[] = Array.from<undefined>({ length: INITIAL });

/** Values by non-negative whole numbers. Numbers given out one after the other meet in no place. */
export class NumberedMap<V> {
  // Plain lists: most maps stay small, and a typed array costs as much as all that is ever put into them.
  #keys = FREE_KEYS.slice();
  #values: (V | undefined)[] = NO_VALUES.slice();
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of a number, or undefined. */
  get(key: number): V | undefined {
    return this.#values[this.#placeOf(key)];
  }

  /** Gives a number its value. @param key - a whole number from 0 */
  set(key: number, value: V): void {
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    const at = this.#placeOf(key);
    if (this.#keys[at] === FREE) this.#size++;
    this.#keys[at] = key;
    this.#values[at] = value;
  }

  /** Takes a value away. @returns it, or undefined when there was none */
  take(key: number): V | undefined {
    const keys = this.#keys;
    const values = this.#values;
    const mask = keys.length - 1;
    let hole = this.#placeOf(key);
    const taken = values[hole];
    if (keys[hole] === FREE) return undefined;
    this.#size--;
    // Whatever was put further on because this place was taken moves up.
    for (let at = (hole + 1) & mask; keys[at] !== FREE; at = (at + 1) & mask) {
      const home = (keys[at] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      keys[hole] = keys[at] as number;
      values[hole] = values[at];
      hole = at;
    }
    keys[hole] = FREE;
    values[hole] = undefined;
    return taken;
  }

  /** All of them by their numbers, lowest first. */
  entries(): [number, V][] {
    const entries: [number, V][] = [];
    this.#keys.forEach((key, at) => {
      if (key !== FREE) entries.push([key, this.#values[at] as V]);
    });
    return entries.sort(([a], [b]) => a - b);
  }

  /** Where a number stands, or would. */
  #placeOf(key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let at = key & mask;
    while (keys[at] !== key && keys[at] !== FREE) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const entries = this.entries();
    this.#keys = Array.from({ length: this.#keys.length * 2 }, () => FREE);
    this.#values = Array.from<V | undefined>({ length: this.#keys.length });
    for (const [key, value] of entries) {
      const at = this.#placeOf(key);
      this.#keys[at] = key;
      this.#values[at] = value;
    }
  }
}
