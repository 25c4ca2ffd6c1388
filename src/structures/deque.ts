/**
 * A double-ended queue in a ring: adding and taking at either end cost a constant, and so does reading at any place.
 * Inserting and removing inside cost linear time.
 *
 * @module
 */

/** The queue. */
export class Deque<T> {
  #ring: (T | undefined)[] = Array.from({ length: 8 });
  #head = 0;
  #size = 0;

  /** How many items there are. */
  get size(): number {
    return this.#size;
  }

  /** The item at a place from 0 to `size - 1`, or undefined. */
  at(place: number): T | undefined {
    return place < 0 || place >= this.#size ? undefined : this.#ring[(this.#head + place) & (this.#ring.length - 1)];
  }

  /** Replaces the item at a place that exists. */
  set(place: number, item: T): void {
    this.#ring[(this.#head + place) & (this.#ring.length - 1)] = item;
  }

  /** Adds at the end. */
  push(item: T): void {
    if (this.#size === this.#ring.length) this.#resize(this.#ring.length * 2);
    this.#ring[(this.#head + this.#size++) & (this.#ring.length - 1)] = item;
  }

  /** Adds at the beginning. */
  unshift(item: T): void {
    if (this.#size === this.#ring.length) this.#resize(this.#ring.length * 2);
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#size++;
  }

  /** Takes from the end. */
  pop(): T | undefined {
    if (this.#size === 0) return undefined;
    const at = (this.#head + --this.#size) & (this.#ring.length - 1);
    const item = this.#ring[at];
    this.#ring[at] = undefined;
    this.#shrink();
    return item;
  }

  /** Takes from the beginning. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size--;
    this.#shrink();
    return item;
  }

  /** The items from a place up to, not including, another. */
  slice(from: number = 0, to: number = this.#size): T[] {
    const items: T[] = [];
    for (let place = Math.max(0, from); place < Math.min(this.#size, to); place++) items.push(this.at(place) as T);
    return items;
  }

  /** Replaces everything. */
  assign(items: readonly T[]): void {
    let capacity = 8;
    while (capacity < items.length) capacity *= 2;
    this.#ring = Array.from({ length: capacity }, (_, i) => items[i]);
    this.#head = 0;
    this.#size = items.length;
  }

  #shrink(): void {
    if (this.#ring.length > 8 && this.#size * 4 < this.#ring.length) this.#resize(this.#ring.length / 2);
  }

  #resize(capacity: number): void {
    const items = this.slice();
    this.#ring = Array.from({ length: capacity }, (_, i) => items[i]);
    this.#head = 0;
  }
}
