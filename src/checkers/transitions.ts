/**
 * A model's states and steps as small integers, each step computed once.
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import { mix32 } from '../structures/hash.ts';
import type { Model } from './model.ts';

/** What {@link Transitions.after} answers when an operation cannot happen in a state. */
export const IMPOSSIBLE = -1;

/** A model's states and steps as small integers. State 0 is the initial one. */
export class Transitions<State> {
  /** The object. */
  readonly model: Model<State>;
  readonly #states: State[] = [];
  readonly #byHash = new Map<string | number | boolean | null, number>();
  /** Of each state the one before it with the same hash; -1 = none. */
  readonly #sameHash: number[] = [];
  readonly #kinds = new Map<string, number>();
  readonly #kindOf = new Map<Operation, number>();
  readonly #examples: Operation[] = [];
  /** Open addressing: state, kind, outcome + 2 (0 = empty slot). */
  #memo = new Int32Array(64 * 3);
  #mask = 63;
  #entries = 0;

  /** @param model - the object */
  constructor(model: Model<State>) {
    this.model = model;
    this.#intern(model.init);
  }

  /** The kind of an operation: operations of one kind step alike. */
  kindOf(operation: Operation): number {
    const known = this.#kindOf.get(operation);
    if (known !== undefined) return known;
    const name = this.model.kind?.(operation);
    let kind = name === undefined ? undefined : this.#kinds.get(name);
    if (kind === undefined) {
      kind = this.#examples.push(operation) - 1;
      if (name !== undefined) this.#kinds.set(name, kind);
    }
    this.#kindOf.set(operation, kind);
    return kind;
  }

  /** The state behind its number. */
  stateOf(state: number): State {
    return this.#states[state] as State;
  }

  /** The state after an operation of a kind, or {@link IMPOSSIBLE}. */
  after(state: number, kind: number): number {
    let slot = this.#slotOf(state, kind);
    while (this.#memo[slot + 2] !== 0) {
      if (this.#memo[slot] === state && this.#memo[slot + 1] === kind) return (this.#memo[slot + 2] ?? 0) - 2;
      slot = slot + 3 > this.#mask * 3 ? 0 : slot + 3;
    }
    const next = this.model.step(this.#states[state] as State, this.#examples[kind] as Operation);
    const outcome = next === undefined ? IMPOSSIBLE : this.#intern(next);
    this.#memo[slot] = state;
    this.#memo[slot + 1] = kind;
    this.#memo[slot + 2] = outcome + 2;
    if (++this.#entries * 2 > this.#mask) this.#grow();
    return outcome;
  }

  /** Whether an operation that only looks may still become possible: see {@link Model.mayStillSee}. */
  mayStillSee(state: number, look: Operation): boolean {
    return this.model.mayStillSee?.(this.#states[state] as State, look) ?? true;
  }

  #slotOf(state: number, kind: number): number {
    return (mix32(Math.imul(state, 0x9e3779b1) ^ kind) & this.#mask) * 3;
  }

  #grow(): void {
    const old = this.#memo;
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#memo = new Int32Array(capacity * 3);
    for (let from = 0; from < old.length; from += 3) {
      if (old[from + 2] === 0) continue;
      let slot = this.#slotOf(old[from] ?? 0, old[from + 1] ?? 0);
      while (this.#memo[slot + 2] !== 0) slot = slot + 3 > this.#mask * 3 ? 0 : slot + 3;
      for (let k = 0; k < 3; k++) this.#memo[slot + k] = old[from + k] ?? 0;
    }
  }

  #intern(state: State): number {
    const key = this.model.hash?.(state) ?? null;
    const last = this.#byHash.get(key) ?? -1;
    for (let known = last; known >= 0; known = this.#sameHash[known] ?? -1) {
      if (this.model.equal(this.#states[known] as State, state)) return known;
    }
    const id = this.#states.push(state) - 1;
    this.#sameHash.push(last);
    this.#byHash.set(key, id);
    return id;
  }
}
