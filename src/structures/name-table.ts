/**
 * A map from names to values for names that are looked up again and again by the very strings they were set under, such as the types of
 * messages: where two strings are one, comparing them reads neither, and that is all a look-up costs. Names whose length, first and last letter
 * point to the same place take turns there; the rest is a `Map`.
 *
 * @module
 */

const PLACES = 128;
const NOTHING: readonly undefined[] = Array.from({ length: PLACES }, () => undefined);

/** Values by name. */
export class NameTable<T> {
  readonly #map = new Map<string, T>();
  /** At each place the name that was looked up there last. */
  readonly #names: (string | undefined)[] = NOTHING.slice();
  readonly #values: (T | undefined)[] = NOTHING.slice();

  /** The value of a name, or undefined. */
  get(name: string): T | undefined {
    const place = placeOf(name);
    return this.#names[place] === name ? this.#values[place] : this.#find(name, place);
  }

  /** Gives a name a value. */
  set(name: string, value: T): void {
    this.#map.set(name, value);
    const place = placeOf(name);
    this.#names[place] = name;
    this.#values[place] = value;
  }

  #find(name: string, place: number): T | undefined {
    const value = this.#map.get(name);
    if (value !== undefined) {
      this.#names[place] = name;
      this.#values[place] = value;
    }
    return value;
  }
}

/** Messages have their answers: the factors tell `get` from `put` and from `get-ok`. */
function placeOf(name: string): number {
  const { length } = name;
  return length === 0 ? 0 : (name.charCodeAt(0) * 19 + name.charCodeAt(length - 1) * 3 + length * 7) & (PLACES - 1);
}
