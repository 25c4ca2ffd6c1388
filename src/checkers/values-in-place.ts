/**
 * What completed operations found in place, where it was put there only once: when it is replaced it is gone for good, so that whoever found
 * it must have been placed by then.
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import type { Transitions } from './transitions.ts';

/** Nobody. */
const NOBODY = -1;

/** Who, of the operations not placed yet, still has to find what. */
export class ValuesInPlace<State> {
  readonly #transitions: Transitions<State>;
  readonly #operations: readonly Operation[];
  /** The values that were put in place once, by the texts of {@link Model.produces}. */
  readonly #numbers: ReadonlyMap<string, number>;
  /** Of each operation the values it found. */
  readonly #found: readonly (readonly number[])[];
  /** Of each value those who found it, in order of return. */
  readonly #finders: readonly (readonly number[])[];
  /** How many of those are not placed. */
  readonly #open: Int32Array;
  /** Of all values together. */
  #openInAll: number;
  /** The values that an operation of a kind replaces in a state, once that was asked; by `state * #kinds + kind`. */
  readonly #replaced = new Map<number, readonly number[]>();
  readonly #kinds: number;

  private constructor(
    transitions: Transitions<State>, operations: readonly Operation[], numbers: ReadonlyMap<string, number>, found: readonly (readonly number[])[],
  ) {
    this.#transitions = transitions;
    this.#operations = operations;
    this.#numbers = numbers;
    this.#found = found;
    const finders: number[][] = Array.from({ length: numbers.size }, () => []);
    const byReturn = [...operations.keys()].sort((a, b) => (operations[a]?.return ?? Infinity) - (operations[b]?.return ?? Infinity));
    for (const i of byReturn) for (const value of found[i] ?? []) finders[value]?.push(i);
    this.#finders = finders;
    this.#open = Int32Array.from(finders, ({ length }) => length);
    this.#openInAll = this.#open.reduce((sum, count) => sum + count, 0);
    this.#kinds = operations.reduce((most, operation) => Math.max(most, transitions.kindOf(operation)), 0) + 1;
  }

  /**
   * @param transitions - the object's steps
   * @param operations - all of its operations
   * @returns undefined where the model does not tell, or most of what was found may come back: then it costs more than it saves
   */
  static of<State>(transitions: Transitions<State>, operations: readonly Operation[]): ValuesInPlace<State> | undefined {
    const { model } = transitions;
    if (model.finds === undefined || model.replaces === undefined) return undefined;
    const made = new Map<string, number>();
    for (const operation of operations) for (const text of model.produces?.(operation) ?? []) made.set(text, (made.get(text) ?? 0) + 1);
    const numbers = new Map<string, number>();
    let [tracked, all] = [0, 0];
    const found = operations.map((operation): readonly number[] => {
      if (operation.return === null) return [];
      const needed = new Set(model.needs?.(operation));
      return (model.finds?.(operation) ?? []).flatMap((text): readonly number[] => {
        all++;
        // What was there from the start and is put back later is not gone for good.
        if ((made.get(text) ?? 0) > (needed.has(text) ? 1 : 0)) return [];
        const number = numbers.get(text) ?? numbers.size;
        numbers.set(text, number);
        tracked++;
        return [number];
      });
    });
    return tracked === 0 || tracked * 2 < all ? undefined : new ValuesInPlace(transitions, operations, numbers, found);
  }

  /** An operation was placed. */
  place(i: number): void {
    const found = this.#found[i] as readonly number[];
    for (const value of found) (this.#open[value] as number)--;
    this.#openInAll -= found.length;
  }

  /** An operation was taken back. */
  takeBack(i: number): void {
    const found = this.#found[i] as readonly number[];
    for (const value of found) (this.#open[value] as number)++;
    this.#openInAll += found.length;
  }

  /**
   * Of the operations that could never be placed once this one is, the first to return; -1 = there is none.
   *
   * @param i - what is to be placed
   * @param state - the state before
   * @param placed - 1 for what is placed already
   */
  orphanOf(i: number, state: number, placed: Uint8Array): number {
    if (this.#openInAll === 0) return NOBODY;
    let orphan = NOBODY;
    for (const value of this.#replacedBy(i, state)) {
      if (this.#open[value] === 0) continue;
      // It may have found itself what it replaces.
      const first = this.#finders[value]?.find((finder) => finder !== i && placed[finder] === 0) ?? NOBODY;
      if (first !== NOBODY && (orphan === NOBODY || this.#returnOf(first) < this.#returnOf(orphan))) orphan = first;
    }
    return orphan;
  }

  #replacedBy(i: number, state: number): readonly number[] {
    const operation = this.#operations[i] as Operation;
    const place = state * this.#kinds + this.#transitions.kindOf(operation);
    const known = this.#replaced.get(place);
    if (known !== undefined) return known;
    const texts = this.#transitions.model.replaces?.(this.#transitions.stateOf(state), operation) ?? [];
    const values = texts.flatMap((text): readonly number[] => {
      const value = this.#numbers.get(text);
      return value === undefined ? [] : [value];
    });
    this.#replaced.set(place, values);
    return values;
  }

  #returnOf(i: number): number {
    return this.#operations[i]?.return ?? Infinity;
  }
}
