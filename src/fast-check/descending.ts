/**
 * An arbitrary whose values shrink by a descent of our own (`scenarios/simpler.ts`) under fast-check's runner. It needs nothing but the
 * value: one given as an example, or read from a case file, shrinks like one that was generated.
 *
 * @module
 */
import fc, { type Arbitrary, type Random, type Stream, type Value } from 'fast-check';
import { stepsOf, type Descent } from '../scenarios/simpler.ts';

/** How values become simpler. */
export interface Descending<T> {
  /** Whether a value, wherever it is from, is one to shrink. */
  readonly accepts: (value: unknown) => value is T;
  readonly descent: (value: T) => Descent<T>;
  /** Whether a simpler value may stand for one: it keeps what was asked for. */
  readonly keeps: (simpler: T, value: T) => boolean;
}

/** Generates as another arbitrary does, and shrinks by a descent. */
export function descending<T>(generated: Arbitrary<T>, how: Descending<T>): Arbitrary<T> {
  return new DescendingArbitrary(generated, how);
}

class DescendingArbitrary<T> extends fc.Arbitrary<T> {
  readonly #generated: Arbitrary<T>;
  readonly #how: Descending<T>;

  constructor(generated: Arbitrary<T>, how: Descending<T>) {
    super();
    this.#generated = generated;
    this.#how = how;
  }

  generate(random: Random, biasFactor: number | undefined): Value<T> {
    return new fc.Value(this.#generated.generate(random, biasFactor).value, undefined);
  }

  canShrinkWithoutContext(value: unknown): value is T {
    return this.#how.accepts(value);
  }

  shrink(value: T): Stream<Value<T>> {
    const { descent, keeps } = this.#how;
    return fc.stream(stepsOf(descent(value))).filter((simpler) => keeps(simpler, value)).map((simpler) => new fc.Value(simpler, undefined));
  }
}
