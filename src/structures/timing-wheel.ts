/**
 * A hierarchical timing wheel: a priority queue of whole-number instants with exact first-in-first-out order inside an
 * instant. Adding and cancelling cost a constant; taking the next costs a constant plus, now and then, moving a bucket one
 * level down, so that the price of an event hardly grows with the number pending (a binary heap's triples from a thousand
 * to a million).
 *
 * Five levels of 4,096 buckets hold every instant below 2^53. An entry lies on the level of the highest base-4096 digit in
 * which its instant differs from the wheel's position: placing it by *remaining distance* instead, as many wheels do,
 * lets a later entry overtake an earlier one of the same instant.
 *
 * While few entries are pending, as in most simulations at most times, they lie in a list, the earliest last: what is added is mostly due
 * before nearly all else, so that a few entries move, and the list stays in the innermost cache, where the buckets would not.
 *
 * @module
 */

const LEVELS = 5;
/** Those that a wheel has from the start. */
const LOWER_LEVELS = 3;
/** Wide levels: each level an entry sinks through touches its slot once more, and with a million pending that is a cache miss. */
const BITS = 12;
const BUCKETS = 1 << BITS;
const MASK = BUCKETS - 1;
const WORDS = BUCKETS / 32;
const SUMMARY_WORDS = WORDS / 32;
/** An instant is split into a low half of two digits and a high half of the other three. */
const HALF = 1 << (2 * BITS);
const NONE = -1;
/** What #descend says when it has moved a bucket down. */
const SPREAD = -2;
/** What stands for the bucket of a slot that lies in the list. */
const LISTED = -2;
/** The longest list. */
const LONGEST = 128;
/** How many entries are left when they go back from the buckets to the list: well below, so that they do not go to and fro. */
const FEW = 32;
const NO_BUCKETS = new Int32Array(0);

/** Words of {@link TimingWheel.words} in a slot: three are the wheel's, the others the caller's. */
const WORDS_PER_SLOT = 8;

/** Numbers of {@link TimingWheel.numbers} in a slot: the first is the instant, the second the caller's. */
const NUMBERS_PER_SLOT = 2;

// Where a slot's words and numbers are. Shifts of written numbers and not products with the constants above: the engine does not know that
// those never change, and without that knowledge a place in an array is computed with fractions and turned into a whole number again.

function nextAt(slot: number): number {
  return slot << 3;
}

function previousAt(slot: number): number {
  return (slot << 3) | 1;
}

/** Where the bucket stands that a slot lies in, LISTED, or NONE when it is free. */
function bucketAt(slot: number): number {
  return (slot << 3) | 2;
}

function instantAt(slot: number): number {
  return slot << 1;
}

/** Where in {@link TimingWheel.words} a word of the caller's is. @param word - from 0 to 4 */
export function wordAt(slot: number, word: number): number {
  return (slot << 3) + 3 + word;
}

/** Where in {@link TimingWheel.numbers} the caller's number is. */
export function numberAt(slot: number): number {
  return (slot << 1) | 1;
}

/**
 * The queue. Entries are small integers (slots). A slot has a few words and a number for the caller, beside the wheel's own:
 * with a million entries pending, every column that lies elsewhere in memory is one more cache miss an event.
 */
export class TimingWheel {
  /** {@link WORDS_PER_SLOT} integers a slot. Replaced when the wheel grows. */
  words: Int32Array;
  /** {@link NUMBERS_PER_SLOT} numbers a slot. Replaced when the wheel grows. */
  numbers: Float64Array;
  /**
   * First and last slot of each bucket, side by side and each one higher, so that 0 is none. The uppermost levels, of instants 19 hours away
   * and more, are added when one is needed, and all of it when the list is full: a sweep makes a wheel for each seed.
   */
  #ends = NO_BUCKETS;
  /** A bit a bucket that holds something, and a bit a word of those that is not zero. */
  #occupied = NO_BUCKETS;
  #summary = NO_BUCKETS;
  /** The entries while they are few, from the last to the first: slots, and their instants beside them. */
  readonly #list = new Int32Array(LONGEST);
  readonly #instants = new Float64Array(LONGEST);
  #isListed = true;
  /** The last instant taken from the list: where the wheel stands once it is needed. */
  #taken = 0;
  #baseHigh = 0;
  #baseLow = 0;
  #firstFree = NONE;
  #used = 0;
  #size = 0;

  /** @param capacity - slots to begin with; doubled when they run out */
  constructor(capacity = 256) {
    this.numbers = new Float64Array(capacity * NUMBERS_PER_SLOT);
    this.words = new Int32Array(capacity * WORDS_PER_SLOT);
  }

  /** How many entries are pending. */
  get size(): number {
    return this.#size;
  }

  /** How many slots exist; a caller's columns need that many places. */
  get capacity(): number {
    return this.numbers.length / NUMBERS_PER_SLOT;
  }

  /** The instant of a slot that is pending or was just taken. */
  timeOf(slot: number): number {
    return this.numbers[instantAt(slot)] as number;
  }

  /** Whether the slot holds a pending entry. */
  isPending(slot: number): boolean {
    return slot < this.#used && this.words[bucketAt(slot)] !== NONE;
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
      if (this.#used === this.capacity) this.#grow();
      slot = this.#used++;
    } else {
      this.#firstFree = this.words[nextAt(slot)] as number;
    }
    this.numbers[instantAt(slot)] = time;
    if (this.#isListed && this.#size < LONGEST) {
      this.#insert(slot, time);
    } else {
      if (this.#isListed) this.#spill();
      this.#place(slot, time);
    }
    this.#size++;
    return slot;
  }

  /** Removes a pending entry and frees its slot. */
  cancel(slot: number): void {
    if (!this.isPending(slot)) return;
    const { words } = this;
    const next = words[nextAt(slot)] as number;
    const previous = words[previousAt(slot)] as number;
    const bucket = words[bucketAt(slot)] as number;
    if (bucket === LISTED) {
      this.#remove(slot);
      this.#free(slot);
      return;
    }
    if (previous === NONE) this.#ends[2 * bucket] = next + 1;
    else words[nextAt(previous)] = next;
    if (next === NONE) this.#ends[2 * bucket + 1] = previous + 1;
    else words[previousAt(next)] = previous;
    if (this.#ends[2 * bucket] === 0) this.#clearBit(bucket);
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
    if (!this.#isListed) {
      if (this.#size > FEW) {
        const next = this.#leave(limit);
        if (next !== NONE) this.#free(next);
        return next;
      }
      this.#gather();
    }
    const last = this.#size - 1;
    const time = this.#instants[last] as number;
    if (time > limit) return NONE;
    this.#taken = time;
    const slot = this.#list[last] as number;
    this.#free(slot);
    return slot;
  }

  /** Takes the earliest out of its bucket, if it is not after the limit. */
  #leave(limit: number): number {
    for (;;) {
      const digit = this.#nextOccupied(0, this.#baseLow & MASK);
      if (digit !== NONE) {
        const low = (this.#baseLow & ~MASK) | digit;
        if (this.#baseHigh * HALF + low > limit) return NONE;
        this.#baseLow = low;
        return this.#shift(digit);
      }
      const slot = this.#descend(limit);
      if (slot !== SPREAD) return slot;
    }
  }

  /** The instant of the earliest entry, or undefined when there is none. Looks through one bucket; moves nothing. */
  earliest(): number | undefined {
    if (this.#size === 0) return undefined;
    if (this.#isListed) return this.#instants[this.#size - 1];
    for (let level = 0; level < LEVELS; level++) {
      const from = this.#digit(level, this.#baseHigh, this.#baseLow);
      const digit = this.#nextOccupied(level, level === 0 ? from : from + 1);
      if (digit === NONE) continue;
      let earliest = Infinity;
      for (let slot = (this.#ends[2 * (level * BUCKETS + digit)] as number) - 1; slot !== NONE; slot = this.words[nextAt(slot)] as number) {
        earliest = Math.min(earliest, this.timeOf(slot));
      }
      return earliest;
    }
    return undefined;
  }

  /**
   * Moves the earliest bucket above level 0 one or more levels down. What lies in it alone is taken at once.
   *
   * @returns SPREAD when that was done; the slot that was taken; NONE when the earliest is after the limit
   */
  #descend(limit: number): number {
    for (let level = 1; level < LEVELS; level++) {
      const digit = this.#nextOccupied(level, this.#digit(level, this.#baseHigh, this.#baseLow) + 1);
      if (digit === NONE) continue;
      let high = this.#baseHigh;
      let low = 0;
      if (level === 1) {
        low = digit << BITS;
      } else {
        const shift = (level - 2) * BITS;
        // The digits above stay, this one is the bucket's, those below are zero. 29 bits: no sign to mind.
        high = level === 4 ? digit << shift : ((high >>> (shift + BITS)) << (shift + BITS)) | (digit << shift);
      }
      if (high * HALF + low > limit) return NONE;
      const bucket = level * BUCKETS + digit;
      let slot = (this.#ends[2 * bucket] as number) - 1;
      const isAlone = this.#ends[2 * bucket + 1] === slot + 1;
      const time = this.numbers[instantAt(slot)] as number;
      if (isAlone && time > limit) return NONE;
      this.#baseHigh = isAlone ? (time / HALF) | 0 : high;
      this.#baseLow = isAlone ? time - this.#baseHigh * HALF : low;
      this.#ends[2 * bucket] = 0;
      this.#ends[2 * bucket + 1] = 0;
      this.#clearBit(bucket);
      if (isAlone) return slot;
      while (slot !== NONE) {
        const next = this.words[nextAt(slot)] as number;
        this.#place(slot, this.numbers[instantAt(slot)] as number);
        slot = next;
      }
      return SPREAD;
    }
    return NONE;
  }

  #insert(slot: number, time: number): void {
    const list = this.#list;
    const instants = this.#instants;
    let at = this.#size;
    // What was added earlier for the same instant is taken first, and so lies behind.
    for (; at > 0 && (instants[at - 1] as number) <= time; at--) {
      instants[at] = instants[at - 1] as number;
      list[at] = list[at - 1] as number;
    }
    instants[at] = time;
    list[at] = slot;
    this.words[bucketAt(slot)] = LISTED;
  }

  #remove(slot: number): void {
    const list = this.#list;
    const instants = this.#instants;
    const last = this.#size - 1;
    let at = 0;
    // From the far end: what is cancelled is mostly a deadline.
    while (list[at] !== slot) at++;
    for (; at < last; at++) {
      list[at] = list[at + 1] as number;
      instants[at] = instants[at + 1] as number;
    }
  }

  /** From the list, which is full, into the buckets. */
  #spill(): void {
    if (this.#ends === NO_BUCKETS) {
      this.#ends = new Int32Array(2 * LOWER_LEVELS * BUCKETS);
      this.#occupied = new Int32Array(LEVELS * WORDS);
      this.#summary = new Int32Array(LEVELS * SUMMARY_WORDS);
    }
    this.#isListed = false;
    this.#baseHigh = (this.#taken / HALF) | 0;
    this.#baseLow = this.#taken - this.#baseHigh * HALF;
    for (let i = this.#size - 1; i >= 0; i--) this.#place(this.#list[i] as number, this.#instants[i] as number);
  }

  /** From the buckets into the list. */
  #gather(): void {
    this.#isListed = true;
    for (let i = this.#size - 1; i >= 0; i--) {
      const slot = this.#leave(Infinity);
      this.#list[i] = slot;
      this.#instants[i] = this.timeOf(slot);
      this.words[bucketAt(slot)] = LISTED;
    }
  }

  #digit(level: number, high: number, low: number): number {
    return level < 2 ? (low >>> (level * BITS)) & MASK : (high >>> ((level - 2) * BITS)) & MASK;
  }

  #place(slot: number, time: number): void {
    const high = (time / HALF) | 0;
    const low = time - high * HALF;
    let level: number;
    if (high === this.#baseHigh) {
      level = (low ^ this.#baseLow) < BUCKETS ? 0 : 1;
    } else {
      const differing = high ^ this.#baseHigh;
      level = differing < BUCKETS ? 2 : differing < HALF ? 3 : 4;
    }
    if (level >= LOWER_LEVELS && this.#ends.length < 2 * LEVELS * BUCKETS) this.#addUpperLevels();
    const bucket = level * BUCKETS + this.#digit(level, high, low);
    const ends = this.#ends;
    const tail = (ends[2 * bucket + 1] as number) - 1;
    this.words[nextAt(slot)] = NONE;
    this.words[previousAt(slot)] = tail;
    this.words[bucketAt(slot)] = bucket;
    ends[2 * bucket + 1] = slot + 1;
    if (tail === NONE) {
      ends[2 * bucket] = slot + 1;
      const word = bucket >>> 5;
      this.#occupied[word] = (this.#occupied[word] as number) | (1 << (bucket & 31));
      this.#summary[word >>> 5] = (this.#summary[word >>> 5] as number) | (1 << (word & 31));
    } else {
      this.words[nextAt(tail)] = slot;
    }
  }

  #shift(bucket: number): number {
    const slot = (this.#ends[2 * bucket] as number) - 1;
    const next = this.words[nextAt(slot)] as number;
    this.#ends[2 * bucket] = next + 1;
    if (next === NONE) {
      this.#ends[2 * bucket + 1] = 0;
      this.#clearBit(bucket);
    } else {
      this.words[previousAt(next)] = NONE;
    }
    return slot;
  }

  #free(slot: number): void {
    this.words[bucketAt(slot)] = NONE;
    this.words[nextAt(slot)] = this.#firstFree;
    this.#firstFree = slot;
    this.#size--;
  }

  #clearBit(bucket: number): void {
    const word = bucket >>> 5;
    const left = (this.#occupied[word] as number) & ~(1 << (bucket & 31));
    this.#occupied[word] = left;
    if (left === 0) this.#summary[word >>> 5] = (this.#summary[word >>> 5] as number) & ~(1 << (word & 31));
  }

  /** The first occupied bucket of a level at or after a digit, or -1. */
  #nextOccupied(level: number, from: number): number {
    if (from >= BUCKETS) return NONE;
    const first = level * WORDS;
    const word = from >>> 5;
    const bits = (this.#occupied[first + word] as number) & (-1 << (from & 31));
    if (bits !== 0) return word * 32 + lowestBit(bits);
    const after = word + 1;
    if (after === WORDS) return NONE;
    const firstSummary = level * SUMMARY_WORDS;
    let group = after >>> 5;
    let words = (this.#summary[firstSummary + group] as number) & (-1 << (after & 31));
    while (words === 0) {
      if (++group === SUMMARY_WORDS) return NONE;
      words = this.#summary[firstSummary + group] as number;
    }
    const found = group * 32 + lowestBit(words);
    return found * 32 + lowestBit(this.#occupied[first + found] as number);
  }

  #addUpperLevels(): void {
    const ends = new Int32Array(2 * LEVELS * BUCKETS);
    ends.set(this.#ends);
    this.#ends = ends;
  }

  #grow(): void {
    const numbers = new Float64Array(this.numbers.length * 2);
    numbers.set(this.numbers);
    this.numbers = numbers;
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
