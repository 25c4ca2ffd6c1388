/**
 * The smallest part of a history that still proves a violation.
 *
 * Not every part that fails on its own is a proof: without the write of 3, a read of 3 is absurd in any history. An
 * operation may be left out only when no legal order of the whole could need it: when nothing that is kept can have seen its
 * effect. That holds when the model says so (`affects`), when it was called after the other returned, or when a kept write that
 * overwrites everything (`resets`) lies between them in real time. Under that rule a legal order of the whole, restricted to
 * what is kept, is legal; so a part that has none proves that the whole has none. Where the model knows `parts` (an element of a queue, put in and
 * taken out), those are left out as they are. For the reader's sake one write of each
 * value that is read stays even where the rule would let it go.
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import type { Model } from './model.ts';
import { LinearizationSearch } from './search.ts';
import { Transitions } from './transitions.ts';

/** Steps that one attempt may take before it counts as "no violation shown". */
const ATTEMPT_STEPS = 20_000;
/** Steps that finding the states for the words may take: more than a few states say nothing to a reader. */
const FINAL_STEPS = 5_000;
/** Steps and comparisons that the whole search for a witness may take. */
const WORK_MAX = 5_000_000;
/** Above this many operations, only the part before the contradiction is taken. */
const SHRINK_MAX = 1_500;

/** A small history without a legal order. */
export interface Witness<State> {
  readonly operations: readonly Operation[];
  /** Where the search over the witness was stuck, if that was soon found out. */
  readonly blocked: Operation | undefined;
  /** The states that were possible there; none when there are too many to find them all. */
  readonly states: readonly State[];
}

/**
 * Shrinks a violation.
 *
 * @param model - the object
 * @param operations - operations of one object that have no legal order, in order of call
 * @param blocked - the operation that no order got past
 */
export function shrinkViolation<State>(
  model: Model<State>, operations: readonly Operation[], blocked: Operation | undefined,
): Witness<State> {
  const until = blocked?.return ?? Infinity;
  const before = operations.filter(({ call }) => call < until);
  const concerned = before.slice(freshStart(model, before));
  const small = concerned.length <= SHRINK_MAX ? smallerOf(model, concerned, blocked) : concerned;
  const search = new LinearizationSearch(new Transitions(model), small, { lookAhead: false });
  if (search.run(FINAL_STEPS) === 'violation') return { operations: small, blocked: search.blocked, states: search.blockedStates() };
  const quicker = new LinearizationSearch(new Transitions(model), small);
  return { operations: small, blocked: quicker.run(ATTEMPT_STEPS) === 'violation' ? quicker.blocked : undefined, states: [] };
}

function smallerOf<State>(model: Model<State>, operations: readonly Operation[], blocked: Operation | undefined): readonly Operation[] {
  const parts = model.parts?.(operations);
  if (model.affects === undefined && parts === undefined) return operations;
  return new Shrinker(model, operations, parts).shrink(blocked);
}

/** How many operations at the beginning are over and done with: they lead back to the initial state, none overlaps the rest. */
function freshStart<State>(model: Model<State>, operations: readonly Operation[]): number {
  if (model.leadsBack === undefined) return 0;
  let lastReturn = -Infinity;
  let start = 0;
  for (const [i, operation] of operations.entries()) {
    if (lastReturn < operation.call && model.leadsBack(operations.slice(start, i))) start = i;
    lastReturn = Math.max(lastReturn, operation.return ?? Infinity);
  }
  return start;
}

class Shrinker<State> {
  readonly #transitions: Transitions<State>;
  readonly #operations: readonly Operation[];
  readonly #kept: Uint8Array;
  /** Of each operation what goes with it; -1 = it stays. Undefined: what goes with it is what may have seen it. */
  readonly #parts: readonly number[] | undefined;
  readonly #returns: Float64Array;
  /** Operations that overwrite everything, in order of return. */
  readonly #byReturn: readonly number[];
  /** For each operation those that may have affected what it saw, once that was asked. */
  readonly #affecting: (readonly number[] | undefined)[];
  #work = 0;

  constructor(model: Model<State>, operations: readonly Operation[], parts: readonly number[] | undefined) {
    this.#parts = parts;
    this.#transitions = new Transitions(model);
    this.#operations = operations;
    this.#kept = new Uint8Array(operations.length).fill(1);
    this.#returns = Float64Array.from(operations, returnOf);
    this.#byReturn = [...operations.keys()]
      .filter((i) => model.resets?.(operations[i] as Operation) === true)
      .sort((a, b) => (this.#returns[a] ?? 0) - (this.#returns[b] ?? 0));
    this.#affecting = operations.map(() => undefined);
  }

  #affectingOf(later: number): readonly number[] {
    const known = this.#affecting[later];
    if (known !== undefined) return known;
    const { model } = this.#transitions;
    const observer = this.#operations[later] as Operation;
    const found: number[] = [];
    for (const [index, earlier] of this.#operations.entries()) {
      if (earlier !== observer && earlier.call < returnOf(observer) && model.affects?.(earlier, observer) === true) found.push(index);
    }
    this.#affecting[later] = found;
    return found;
  }

  shrink(blocked: Operation | undefined): Operation[] {
    this.#leaveOutHidden(blocked);
    let size = Math.ceil(this.#operations.length / 2);
    for (;;) {
      const removed = this.#pass(size);
      if (this.#work > WORK_MAX || (size === 1 && !removed)) break;
      if (size > 1) size = Math.ceil(size / 2);
    }
    return this.#keptOperations();
  }

  /** At once, what was over before a write that hides it from the answer that no order got to. */
  #leaveOutHidden(blocked: Operation | undefined): void {
    const at = blocked === undefined ? -1 : this.#operations.indexOf(blocked);
    const horizon = this.#horizons()[at] ?? -Infinity;
    const hidden = [...this.#kept.keys()].filter((i) => (this.#returns[i] ?? Infinity) < horizon);
    if (hidden.length > 0) this.#leaveOut(hidden);
  }

  /** Tries to leave out each run of `size` kept operations, the oldest first. */
  #pass(size: number): boolean {
    let any = false;
    const candidates = [...this.#kept.keys()].filter((i) => this.#kept[i] === 1);
    for (let from = 0; from < candidates.length && this.#work <= WORK_MAX; from += size) {
      const run = candidates.slice(from, from + size).filter((i) => this.#kept[i] === 1);
      if (run.length > 0 && this.#leaveOut(run)) any = true;
    }
    return any;
  }

  /** Leaves operations out, with all that could have seen them, if the rest is still a violation. */
  #leaveOut(run: readonly number[]): boolean {
    const before = this.#kept.slice();
    if (this.#parts === undefined) {
      for (const i of run) this.#kept[i] = 0;
      this.#leaveOutDependants();
    } else {
      const gone = new Set(run.map((i) => this.#parts?.[i] ?? -1).filter((part) => part >= 0));
      if (gone.size === 0) return false;
      for (const [i, part] of this.#parts.entries()) if (gone.has(part)) this.#kept[i] = 0;
    }
    const rest = this.#keptOperations();
    const narrower = this.#transitions.model.forHistory?.(rest);
    const search = new LinearizationSearch(narrower === undefined ? this.#transitions : new Transitions(narrower), rest);
    const violation = search.run(ATTEMPT_STEPS) === 'violation';
    this.#work += search.steps + rest.length;
    if (!violation) this.#kept.set(before);
    return violation;
  }

  #leaveOutDependants(): void {
    for (let changed = true; changed;) {
      changed = false;
      const horizons = this.#horizons();
      for (let later = 0; later < this.#kept.length; later++) {
        if (this.#kept[later] === 0) continue;
        const affecting = this.#affectingOf(later);
        this.#work += affecting.length;
        const horizon = horizons[later] ?? -Infinity;
        const orphaned = affecting.length > 0 && affecting.every((earlier) => this.#kept[earlier] === 0);
        const mayHaveSeen = (earlier: number): boolean => this.#kept[earlier] === 0 && (this.#returns[earlier] ?? 0) >= horizon;
        if (!orphaned && !affecting.some(mayHaveSeen)) continue;
        this.#kept[later] = 0;
        changed = true;
      }
    }
  }

  /**
   * For each operation, the latest call among kept resetting operations that returned before it was called: whatever had
   * returned before that instant is hidden from it.
   */
  #horizons(): Float64Array {
    const horizons = new Float64Array(this.#operations.length);
    let horizon = -Infinity;
    let r = 0;
    for (let i = 0; i < this.#operations.length; i++) {
      const call = this.#operations[i]?.call ?? 0;
      for (; r < this.#byReturn.length; r++) {
        const reset = this.#byReturn[r] ?? 0;
        if ((this.#returns[reset] ?? 0) >= call) break;
        if (this.#kept[reset] === 1) horizon = Math.max(horizon, this.#operations[reset]?.call ?? 0);
      }
      horizons[i] = horizon;
    }
    return horizons;
  }

  #keptOperations(): Operation[] {
    return this.#operations.filter((_, i) => this.#kept[i] === 1);
  }
}

function returnOf(operation: Operation): number {
  return operation.return ?? Infinity;
}
