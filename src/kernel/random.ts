/**
 * Chance. One generator, sfc32 (Chris Doty-Humphrey, PractRand: 128 bits of state, passes to 32 TB), drawn in 32-bit
 * integers, with named forks: `random.fork('network')` depends on the seed and the names only, never on how much was drawn,
 * so a new draw in one place leaves every other stream alone. Not for secrets.
 *
 * @module
 */
import { hashString, mix32 } from '../structures/hash.ts';
import { UsageError } from './errors.ts';

const LARGEST_BELOW_ONE = 1 - 1 / 0x20_0000_0000_0000;

/** A stream of pseudo-random numbers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  readonly #key0: number;
  readonly #key1: number;

  private constructor(key0: number, key1: number) {
    this.#key0 = key0;
    this.#key1 = key1;
    this.#a = key0;
    this.#b = key1;
    this.#c = 0x9e3779b9 ^ key0;
    for (let i = 0; i < 15; i++) this.uint32();
  }

  /**
   * @param seed - a whole number from 0 to 2^53 - 1
   * @throws {@link UsageError} `INVALID_SEED` when it is anything else
   */
  static fromSeed(seed: number): Random {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new UsageError('INVALID_SEED', `a seed is a whole number from 0 to 2^53-1, got ${String(seed)}`);
    }
    return new Random(mix32(seed | 0), mix32(Math.floor(seed / 0x1_0000_0000) ^ 0x5bd1e995 ^ (seed | 0)));
  }

  /** An independent stream, the same for the same name however much this one was drawn from. */
  fork(name: string): Random {
    // Two hashes: among the million links of a thousand nodes, one of 32 bits would give a hundred pairs the same stream.
    return new Random(mix32(this.#key0 ^ hashString(name)), mix32(this.#key1 ^ hashString(name, 0x050c5d1f)));
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t | 0;
    return t >>> 0;
  }

  /** A number in [0, 1) with 32 bits of resolution. */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A number in (0, 1) with 53 bits of resolution: never 0, so its logarithm is finite. */
  openFloat(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    // The largest draw would round up to 1.
    return Math.min((high * 0x400_0000 + low + 0.5) / 0x20_0000_0000_0000, LARGEST_BELOW_ONE);
  }

  /** A whole number from 0 to `bound - 1`, each equally likely. `bound` a whole number from 1 to 2^32. */
  below(bound: number): number {
    const whole = bound >>> 0;
    if (whole !== bound || whole === 0) return this.#belowAny(bound);
    let draw = this.uint32();
    let rest = draw % whole;
    // The last numbers, too few to be all of the remainders, would make some of these likelier than others.
    while (draw - rest > 0x1_0000_0000 - whole) {
      draw = this.uint32();
      rest = draw % whole;
    }
    return rest;
  }

  #belowAny(bound: number): number {
    if (bound !== 0x1_0000_0000) throw new UsageError('INVALID_BOUND', `a bound is a whole number from 1 to 2^32, got ${bound}`);
    return this.uint32();
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the given probability (0 never, 1 always). Draws once either way. */
  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** One of the items, each equally likely. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new UsageError('EMPTY_CHOICE', 'nothing to pick from');
    return items[this.below(items.length)] as T;
  }

  /** A new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}
