/**
 * A set. One of nothing but integers keeps them in ascending order while it is small, as Redis's intset does; any other is in
 * no particular order.
 *
 * @module
 */
import { IndexedMap } from '../../structures/indexed-map.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { DEFAULT_LIMITS, type EncodingLimits } from './encoding-limits.ts';
import { parseInt64 } from '../bytes/int64.ts';

/** More than this no intset holds, whatever is configured. */
const INTSET_MAX = 2 ** 30;

/** Members. */
export class SetValue {
  readonly type = 'set';
  readonly #members = new IndexedMap<true>();
  readonly #limits: Readonly<EncodingLimits>;
  #isIntegers = true;

  /** Empty. @param limits - the thresholds, which may change later */
  constructor(limits: Readonly<EncodingLimits> = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Whether Redis would keep it as an intset. */
  get isIntset(): boolean {
    return this.#isIntegers;
  }

  /** Turns to the hash table for good. */
  outgrow(): void {
    this.#isIntegers = false;
  }

  /** Whether it is a member. */
  has(member: Bytes): boolean {
    return this.#members.has(member);
  }

  /** Adds a member. @returns whether it is new */
  add(member: Bytes): boolean {
    const isNew = this.#members.set(member, true);
    if (this.#isIntegers && isNew && (this.#members.size > Math.min(this.#limits.setMaxIntsetEntries, INTSET_MAX) || parseInt64(member) === undefined)) this.#isIntegers = false;
    return isNew;
  }

  /** Removes a member. @returns whether it was there */
  delete(member: Bytes): boolean {
    return this.#members.delete(member);
  }

  /** The members, in order where they are few integers. */
  members(): readonly Bytes[] {
    if (!this.#isIntegers) return this.#members.keys();
    return this.#members.keys().map((member) => ({ member, value: parseInt64(member) ?? 0 }))
      .sort((a, b) => (a.value < b.value ? -1 : 1)).map(({ member }) => member);
  }

  /** The member at a place of no particular order, from 0 to `size - 1`. */
  memberAt(place: number): Bytes | undefined {
    return this.#members.keyAt(place);
  }

  /** One step of a walk; see {@link IndexedMap.scan}. A few integers are walked in one step, as in Redis. */
  scan(cursor: number, count: number, visit: (member: Bytes) => void): number {
    if (!this.#isIntegers) return this.#members.scan(cursor, count, visit);
    for (const member of this.members()) visit(member);
    return 0;
  }

  /** Every member's score where a sorted set is expected. */
  score(member: Bytes): number | undefined {
    return this.#members.has(member) ? 1 : undefined;
  }

  /** Visits members with the score 1, as a sorted set does. */
  walk(from: number, count: number, visit: (member: Bytes, score: number) => boolean | void): void {
    for (const member of this.members().slice(from, from + count)) if (visit(member, 1) === false) return;
  }

  /** A copy that shares nothing. */
  clone(): SetValue {
    const copy = new SetValue(this.#limits);
    for (const member of this.#members.keys()) copy.add(member);
    copy.#isIntegers = this.#isIntegers;
    return copy;
  }
}
