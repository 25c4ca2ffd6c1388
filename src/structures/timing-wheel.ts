/**
 * A hierarchical timing wheel: a priority queue of whole-number instants with exact first-in-first-out order inside an
 * instant. Adding and cancelling cost a constant; taking the next costs a constant plus, now and then, moving a bucket one
 * level down, so that the price of an event hardly grows with the number pending (a binary heap's triples from a thousand
 * to a million).
 *
 * Seven levels of 256 buckets hold every instant below 2^53. An entry lies on the level of the highest base-256 digit in
 * which its instant differs from the wheel's position: placing it by *remaining distance* instead, as many wheels do,
 * lets a later entry overtake an earlier one of the same instant.
 *
 * @module
 */

const LEVELS = 7;
const BUCKETS = 256;
const WORDS = BUCKETS / 32;
const TWO_32 = 0x1_0000_0000;
const NONE = -1;

/** The queue. Entries are small integers (slots) that a caller may use as indexes into columns of its own. */
export class TimingWheel {
  #time: Float64Array;
  #next: Int32Array;
  #previous: Int32Array;
  /** The bucket a slot lies in, or NONE when it is free. */
  #bucket: Int32Array;
  readonly #head = new Int32Array(LEVELS * BUCKETS).fill(NONE);
  readonly #tail = new Int32Array(LEVELS * BUCKETS).fill(NONE);
  readonly #occupied = new Int32Array(LEVELS * WORDS);
  #baseHigh = 0;
  #baseLow = 0;
  #firstFree = NONE;
  #used = 0;
  #size = 0;

  /** @param capacity - slots to begin with; doubled when they run out */
  constructor(capacity = 1024) {
    this.#time = new Float64Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#bucket = new Int32Array(capacity).fill(NONE);
  }

  /** How many entries are pending. */
  get size(): number {
    return this.#size;
  }

  /** How many slots exist; a caller's columns need that many places. */
  get capacity(): number {
    return this.#time.length;
  }

  /** The instant of a slot that is pending or was just taken. */
  timeOf(slot: number): number {
    return this.#time[slot] as number;
  }

  /** Whether the slot holds a pending entry. */
  isPending(slot: number): boolean {
    return (this.#bucket[slot] as number) !== NONE;
  }

  /**
   * Adds an entry.
   *
   * @param time - a whole number, not below the last instant taken nor the last limit given to {@link take}
   * @returns its slot, valid until it is taken or cancelled
   */
  add(time: number): number {
    let slot = this.#firstFree;
    if (slot === NONE) {
      if (this.#used === this.#time.length) this.#grow();
      slot = this.#used++;
    } else {
      this.#firstFree = this.#next[slot] as number;
    }
    this.#time[slot] = time;
    this.#size++;
    this.#place(slot, time);
    return slot;
  }

  /** Removes a pending entry and frees its slot. */
  cancel(slot: number): void {
    const bucket = this.#bucket[slot] as number;
    if (bucket === NONE) return;
    const next = this.#next[slot] as number;
    const previous = this.#previous[slot] as number;
    if (previous === NONE) this.#head[bucket] = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#tail[bucket] = previous;
    else this.#previous[next] = previous;
    if (this.#head[bucket] === NONE) this.#clearBit(bucket);
    this.#free(slot);
  }

  /**
   * Takes the earliest entry that is not after `limit`; among equals the one added first. Its slot is free again, so read
   * what belongs to it before adding.
   *
   * @param limit - the latest instant to consider, `Infinity` for any
   * @returns the slot, or -1 when there is none
   */
  take(limit: number): number {
    if (this.#size === 0) return NONE;
    for (;;) {
      const digit = this.#nextOccupied(0, this.#baseLow & 0xff);
      if (digit !== NONE) {
        const low = ((this.#baseLow & ~0xff) | digit) >>> 0;
        if (this.#baseHigh * TWO_32 + low > limit) return NONE;
        this.#baseLow = low;
        return this.#shift(digit);
      }
      if (!this.#descend(limit)) return NONE;
    }
  }

  /** Moves the earliest bucket above level 0 one or more levels down. False when it begins after the limit. */
  #descend(limit: number): boolean {
    for (let level = 1; level < LEVELS; level++) {
      const digit = this.#nextOccupied(level, this.#digit(level, this.#baseHigh, this.#baseLow) + 1);
      if (digit === NONE) continue;
      let high = this.#baseHigh;
      let low = 0;
      if (level < 4) {
        const shift = level * 8;
        const above = shift === 24 ? 0 : (this.#baseLow >>> (shift + 8)) << (shift + 8);
        low = (above | (digit << shift)) >>> 0;
      } else {
        const shift = (level - 4) * 8;
        high = ((high >>> (shift + 8)) << (shift + 8)) | (digit << shift);
      }
      if (high * TWO_32 + low > limit) return false;
      this.#baseHigh = high;
      this.#baseLow = low;
      const bucket = level * BUCKETS + digit;
      let slot = this.#head[bucket] as number;
      this.#head[bucket] = NONE;
      this.#tail[bucket] = NONE;
      this.#clearBit(bucket);
      while (slot !== NONE) {
        const next = this.#next[slot] as number;
        this.#place(slot, this.#time[slot] as number);
        slot = next;
      }
      return true;
    }
    return false;
  }

  #digit(level: number, high: number, low: number): number {
    return level < 4 ? (low >>> (level * 8)) & 0xff : (high >>> ((level - 4) * 8)) & 0xff;
  }

  #place(slot: number, time: number): void {
    const high = (time / TWO_32) | 0;
    const low = time | 0;
    let level: number;
    if (high === this.#baseHigh) {
      const differing = (low ^ this.#baseLow) >>> 0;
      level = differing < 0x100 ? 0 : differing < 0x1_0000 ? 1 : differing < 0x100_0000 ? 2 : 3;
    } else {
      const differing = (high ^ this.#baseHigh) >>> 0;
      level = differing < 0x100 ? 4 : differing < 0x1_0000 ? 5 : 6;
    }
    const bucket = level * BUCKETS + this.#digit(level, high, low);
    const tail = this.#tail[bucket] as number;
    this.#bucket[slot] = bucket;
    this.#next[slot] = NONE;
    this.#previous[slot] = tail;
    this.#tail[bucket] = slot;
    if (tail === NONE) {
      this.#head[bucket] = slot;
      const word = bucket >>> 5;
      this.#occupied[word] = (this.#occupied[word] as number) | (1 << (bucket & 31));
    } else {
      this.#next[tail] = slot;
    }
  }

  #shift(bucket: number): number {
    const slot = this.#head[bucket] as number;
    const next = this.#next[slot] as number;
    this.#head[bucket] = next;
    if (next === NONE) {
      this.#tail[bucket] = NONE;
      this.#clearBit(bucket);
    } else {
      this.#previous[next] = NONE;
    }
    this.#free(slot);
    return slot;
  }

  #free(slot: number): void {
    this.#bucket[slot] = NONE;
    this.#next[slot] = this.#firstFree;
    this.#firstFree = slot;
    this.#size--;
  }

  #clearBit(bucket: number): void {
    const word = bucket >>> 5;
    this.#occupied[word] = (this.#occupied[word] as number) & ~(1 << (bucket & 31));
  }

  /** The first occupied bucket of a level at or after a digit, or -1. */
  #nextOccupied(level: number, from: number): number {
    if (from >= BUCKETS) return NONE;
    const first = level * WORDS;
    let word = from >>> 5;
    let bits = (this.#occupied[first + word] as number) & (-1 << (from & 31));
    for (;;) {
      if (bits !== 0) return word * 32 + (31 - Math.clz32(bits & -bits));
      if (++word === WORDS) return NONE;
      bits = this.#occupied[first + word] as number;
    }
  }

  #grow(): void {
    const size = this.#time.length * 2;
    const widen = (column: Int32Array): Int32Array => {
      const wider = new Int32Array(size).fill(NONE);
      wider.set(column);
      return wider;
    };
    const time = new Float64Array(size);
    time.set(this.#time);
    this.#time = time;
    this.#next = widen(this.#next);
    this.#previous = widen(this.#previous);
    this.#bucket = widen(this.#bucket);
  }
}
