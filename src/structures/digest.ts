/**
 * A running 64-bit digest of a stream of integers: two MurmurHash3-like lanes with different constants. It tells two runs
 * apart; it is no defence against someone who wants a collision.
 *
 * @module
 */
import { hashString } from './hash.ts';

/** Folds numbers and texts, in order, into 64 bits. */
export class Digest {
  #high = 0x9747b28c | 0;
  #low = 0x1b873593 | 0;

  /** Folds a 32-bit integer. */
  fold(value: number): void {
    let k = Math.imul(value, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    let h = this.#high ^ Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    this.#high = (Math.imul(h, 5) + 0xe6546b64) | 0;
    let l = this.#low ^ Math.imul(k, 0x85ebca6b);
    l = (l << 11) | (l >>> 21);
    this.#low = (Math.imul(l, 9) + 0x38495ab5) | 0;
  }

  /** Folds any finite number: whole numbers below 2^53 exactly, fractions through their decimal text. */
  foldNumber(value: number): void {
    if (Number.isSafeInteger(value)) {
      this.fold(value | 0);
      // Rounded down, not towards zero: -1 and 2^32 - 1 share their low half.
      this.fold(Math.floor(value / 0x1_0000_0000) | 0);
    } else {
      this.foldText(String(value));
    }
  }

  /** Folds a text. */
  foldText(text: string): void {
    this.fold(hashString(text));
    this.fold(text.length);
  }

  /** Folds plain data: null, booleans, numbers, texts, arrays, and records in their key order. */
  foldData(data: unknown): void {
    if (typeof data === 'string') {
      this.fold(1);
      this.foldText(data);
    } else if (typeof data === 'number') {
      this.fold(2);
      this.foldNumber(data);
    } else if (data === null || data === undefined) {
      this.fold(3);
    } else if (typeof data === 'boolean') {
      this.fold(data ? 5 : 4);
    } else if (Array.isArray(data)) {
      this.fold(6);
      this.fold(data.length);
      for (const item of data) this.foldData(item);
    } else if (typeof data === 'object') {
      const entries = Object.entries(data);
      this.fold(7);
      this.fold(entries.length);
      for (const [key, value] of entries) {
        this.foldText(key);
        this.foldData(value);
      }
    } else {
      // Functions, symbols and big integers are not plain data; their kind is all that is told of them.
      this.foldText(typeof data);
    }
  }

  /** 53 bits of the digest so far: a whole number, for digests that are made and compared often. */
  toNumber(): number {
    return (this.#high >>> 0) * 0x20_0000 + (this.#low >>> 11);
  }

  /** The digest so far, 16 hexadecimal digits. */
  toString(): string {
    const hex = (half: number): string => (half >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }
}
