/**
 * A sorted set: the score of each member, and the members in order with their ranks.
 *
 * @module
 */
import { IndexedMap } from '../../structures/indexed-map.ts';
import { RankedSet, type PairVisitor } from '../../structures/ranked-set.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { DEFAULT_LIMITS, type EncodingLimits } from './encoding-limits.ts';

/** Members with scores. */
export class SortedSetValue {
  readonly type = 'zset';
  readonly #scores = new IndexedMap<number>();
  readonly #order = new RankedSet();
  readonly #limits: Readonly<EncodingLimits>;
  #isSmall: boolean;

  /**
   * Empty.
   *
   * @param limits - the thresholds, which may change later
   * @param isSmall - false for a result that Redis computes in its large form whatever its size
   */
  constructor(limits: Readonly<EncodingLimits> = DEFAULT_LIMITS, isSmall: boolean = true) {
    this.#limits = limits;
    this.#isSmall = isSmall;
  }

  /** How many members there are. */
  get size(): number {
    return this.#scores.size;
  }

  /** Whether Redis would keep it as a listpack. */
  get isSmall(): boolean {
    return this.#isSmall;
  }

  /** Turns to the large form for good, as `SORT` makes it. */
  outgrow(): void {
    this.#isSmall = false;
  }

  /** A member's score, or undefined. */
  score(member: Bytes): number | undefined {
    return this.#scores.get(member);
  }

  /** Adds a member or changes its score. @returns whether it is new */
  set(member: Bytes, score: number): boolean {
    const before = this.#scores.get(member);
    if (before !== undefined) {
      // Equal scores keep the old one: 0 and -0 are equal and print differently.
      if (before === score) return false;
      this.#order.delete(before, member);
    }
    if (this.#isSmall && before === undefined && (member.length > this.#limits.zsetMaxListpackValue || this.#scores.size >= this.#limits.zsetMaxListpackEntries)) {
      this.#isSmall = false;
    }
    // A listpack keeps whole numbers as integers, and integers know no negative zero.
    const kept = this.#isSmall && score === 0 ? 0 : score;
    this.#scores.set(member, kept);
    this.#order.add(kept, member);
    return before === undefined;
  }

  /** Removes a member. @returns whether it was there */
  delete(member: Bytes): boolean {
    const score = this.#scores.get(member);
    if (score === undefined) return false;
    this.#scores.delete(member);
    this.#order.delete(score, member);
    return true;
  }

  /** The member's rank from the lowest score, or undefined. */
  rank(member: Bytes): number | undefined {
    const score = this.#scores.get(member);
    return score === undefined ? undefined : this.#order.rankOf(score, member);
  }

  /** The rank of the first member not before a border, `size` when all are. */
  firstRank(isBeforeBorder: (score: number, member: Bytes) => boolean): number {
    return this.#order.firstRank(isBeforeBorder);
  }

  /** Visits members upwards from a rank. */
  walk(from: number, count: number, visit: PairVisitor): void {
    this.#order.walk(from, count, visit);
  }

  /** Visits members downwards from a rank. */
  walkBack(from: number, count: number, visit: PairVisitor): void {
    this.#order.walkBack(from, count, visit);
  }

  /** The member at a place of no particular order, from 0 to `size - 1`. */
  memberAt(place: number): Bytes | undefined {
    return this.#scores.keyAt(place);
  }

  /** One step of a walk; see {@link IndexedMap.scan}. A small set is walked in one step and in order, as in Redis. */
  scan(cursor: number, count: number, visit: (member: Bytes, score: number) => void): number {
    if (!this.#isSmall) return this.#scores.scan(cursor, count, visit);
    this.#order.walk(0, this.size, (member, score) => visit(member, score));
    return 0;
  }

  /** A copy that shares nothing. */
  clone(): SortedSetValue {
    const copy = new SortedSetValue(this.#limits, this.#isSmall);
    this.walk(0, this.size, (member, score) => { copy.load(member, score); });
    return copy;
  }

  /** Adds a member of a listpack or skiplist that was read, without regard to thresholds. @returns whether it is new */
  load(member: Bytes, score: number): boolean {
    const before = this.#scores.get(member);
    if (before !== undefined) return false;
    this.#scores.set(member, score);
    this.#order.add(score, member);
    return true;
  }

  /** What was read is complete: grows out of the listpack if it has too many members. */
  loaded(): void {
    if (this.size > this.#limits.zsetMaxListpackEntries) this.#isSmall = false;
  }

  /** The same in the small form where it fits, as Redis stores a computed result. */
  compacted(): SortedSetValue {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.#limits;
    if (this.#isSmall || this.size > zsetMaxListpackEntries || this.#scores.keys().some((member) => member.length > zsetMaxListpackValue)) return this;
    const copy = new SortedSetValue(this.#limits);
    this.walk(0, this.size, (member, score) => { copy.set(member, score); });
    return copy;
  }
}
