/**
 * The search for a linearization, for any model: Wing and Gong (Testing and Verifying Concurrent Objects, 1993) with Lowe's
 * cache of configurations (Testing for Linearizability, 2017). It may be run a number of steps at a time.
 *
 * - **Configuration.** Only operations called before the next return (the first return of an operation not yet placed) can
 *   have been placed, and all that returned before it have. So that return, one bit for each operation open at it, and the
 *   state are exact. Operations that complete and are never open together share a bit ("slot"): which of them was placed last follows
 *   from the next return, hence the bit may simply flip at each placement.
 * - **States** are interned to small integers; the outcome of (state, kind of operation) is computed once.
 * - **An operation that only looks** (a read, a failed compare) is placed as soon as it is possible and never reconsidered: in
 *   any order that places it later, it may be moved to here, because it was already called and nothing else sees it. (A write
 *   that happens to leave the state as it is may not: later it might be needed to change the state.)
 * - **A pending operation** (of unknown outcome) need not be placed at all, and is tried after all others. It is not placed where it would
 *   leave the state as it is; nor is anything placed behind it that would lead to the same state without it. Of two configurations that
 *   differ in nothing else, the one with fewer of them placed can do all that the other can: see `configuration-cache.ts`. Of pending
 *   operations of one kind the one called first is placed first, as exchanging them changes nothing.
 * - **What replaces a value that was put in place only once** is placed behind everybody who found that value: see `values-in-place.ts`.
 * - **A state from which the next operation that only looks cannot be reached any more** (a text that is no beginning of what the
 *   next get saw, and no put can come between) is left at once, where the model can tell.
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import { ConfigurationCache } from './configuration-cache.ts';
import { IMPOSSIBLE, type Transitions } from './transitions.ts';
import { ValuesInPlace } from './values-in-place.ts';

/** How a search stands. */
export type SearchResult = 'ok' | 'violation' | 'unfinished';

const NOT_CALLED = -1;

/** After so many steps it pays to know who found what. */
const LONG = 1_000;

/** A search over operations that share one object. */
export class LinearizationSearch<State> {
  /** Steps taken so far: attempts to place an operation. */
  steps = 0;
  /** Those that completed, in order of call, and then those that did not, likewise: the latter are placed only where nothing else helps. */
  readonly #operations: readonly Operation[];
  /** How many of them completed. */
  readonly #completed: number;
  readonly #transitions: Transitions<State>;
  readonly #kinds: Int32Array;
  /** Operations, pending ones too, after which nothing earlier can be seen. */
  readonly #resets: Uint8Array;
  /** For each return the first from there on of an operation that only looks; their count where there is none. */
  readonly #nextLook: Int32Array;
  readonly #looksAhead: boolean;
  /** Known once the search turns out to be a long one. */
  #inPlace: ValuesInPlace<State> | undefined;
  readonly #valuesAfter: number;
  /** Operations that completed and only look. */
  readonly #observer: Uint8Array;
  /** For a pending operation the pending one of its kind called before it, else -1. */
  readonly #twin: Int32Array;
  readonly #slot: Int32Array;
  readonly #placed: Uint8Array;
  /** Operations that completed, in order of return; `#rank` is its inverse. */
  readonly #returns: Int32Array;
  readonly #rank: Int32Array;
  /** For each return, where those end that were called before it, of those that completed and of those that did not; one more at the end for "no return left". */
  readonly #completedBefore: Int32Array;
  readonly #pendingBefore: Int32Array;
  readonly #rowWidth: number;
  /** Where in a row the bits of the operations begin that did not complete. */
  readonly #firstPendingWord: number;
  readonly #row: Int32Array;
  readonly #cache: ConfigurationCache;
  /**
   * Operations not placed yet, in order of call, as two linked lists: `#next[i + 1]` follows operation i; `#next[0]` is the first that completed,
   * `#next[#firstPending]` the first that did not.
   */
  readonly #next: Int32Array;
  readonly #firstPending: number;
  readonly #previous: Int32Array;
  #state: number;
  /** The next return: an index into `#returns`. */
  #frontier = 0;
  /** Placements: operation, state before, frontier before, whether it was forced. */
  readonly #stack: Int32Array;
  #depth = 0;
  /** What is tried next, in one list or the other. */
  #candidate = 0;
  #isAtPending = false;
  #result: SearchResult = 'unfinished';
  #deepest = 0;
  readonly #deepestStates = new Set<number>();

  /**
   * @param transitions - the object's steps; searches over parts of one history may share them
   * @param given - in order of call
   * @param options - `lookAhead: false` visits also states from which somebody who looks cannot be placed any more; `valuesAfter`: after so
   * many steps it is found out who found what (default 1,000)
   */
  constructor(transitions: Transitions<State>, given: readonly Operation[], options: { lookAhead?: boolean; valuesAfter?: number } = {}) {
    const count = given.length;
    const pending = given.filter((operation) => operation.return === null);
    const operations = pending.length === 0 ? given : [...given.filter((operation) => operation.return !== null), ...pending];
    const completed = count - pending.length;
    this.#completed = completed;
    const { model } = transitions;
    this.#looksAhead = model.mayStillSee !== undefined && options.lookAhead !== false;
    this.#resets = Uint8Array.from(operations, (operation) => Number(model.resets?.({ ...operation, status: 'ok' }) === true));
    this.#operations = operations;
    this.#transitions = transitions;
    this.#kinds = Int32Array.from(operations, (operation) => transitions.kindOf(operation));
    this.#observer = new Uint8Array(count);
    this.#twin = new Int32Array(count).fill(-1);
    this.#slot = new Int32Array(count);
    this.#placed = new Uint8Array(count);
    this.#firstPending = count + 1;
    this.#next = Int32Array.from({ length: count + 2 }, (_, place) => place);
    this.#next[completed] = NOT_CALLED;
    this.#next[count] = NOT_CALLED;
    this.#next[this.#firstPending] = completed < count ? completed : NOT_CALLED;
    this.#previous = Int32Array.from({ length: count + 1 }, (_, i) => (i === completed ? count : i - 1));
    this.#stack = new Int32Array(count * 4);
    const returned: number[] = [];
    const lastOfKind = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      const operation = operations[i] as Operation;
      if (operation.return !== null) {
        returned.push(i);
        if (model.observes?.(operation) === true) this.#observer[i] = 1;
        continue;
      }
      const kind = this.#kinds[i] ?? 0;
      this.#twin[i] = lastOfKind.get(kind) ?? -1;
      lastOfKind.set(kind, i);
    }
    const returnOf = (i: number): number => operations[i]?.return ?? Infinity;
    returned.sort((a, b) => returnOf(a) - returnOf(b));
    this.#returns = Int32Array.from(returned);
    this.#rank = new Int32Array(count);
    for (const [r, i] of returned.entries()) this.#rank[i] = r;
    this.#valuesAfter = options.lookAhead === false ? Infinity : options.valuesAfter ?? LONG;
    this.#nextLook = new Int32Array(returned.length + 1).fill(returned.length);
    const isTelling = (i: number): boolean => this.#observer[i] === 1 && model.showsState?.(operations[i] as Operation) !== false;
    for (let r = returned.length - 1; r >= 0; r--) this.#nextLook[r] = isTelling(returned[r] ?? 0) ? r : (this.#nextLook[r + 1] ?? r);
    this.#completedBefore = new Int32Array(returned.length + 1).fill(completed);
    this.#pendingBefore = new Int32Array(returned.length + 1).fill(count);
    const slots = this.#assignSlots(returnOf);
    this.#firstPendingWord = 2 + Math.ceil(slots / 32);
    this.#rowWidth = this.#firstPendingWord + Math.ceil(pending.length / 32);
    this.#row = new Int32Array(this.#rowWidth);
    this.#cache = new ConfigurationCache(this.#firstPendingWord, this.#rowWidth - this.#firstPendingWord);
    this.#state = 0;
    this.#placeForced();
    this.#noteDepth();
    this.#restart();
    if (this.#frontier === this.#returns.length) this.#result = 'ok';
  }

  /** Walks calls and returns in order; operations open at one time get different slots. */
  #assignSlots(returnOf: (i: number) => number): number {
    const free: number[] = [];
    const operations = this.#operations;
    const callOf = (i: number): number => operations[i]?.call ?? Infinity;
    let slots = 0;
    let [completed, pending] = [0, this.#completed];
    for (let r = 0; r <= this.#returns.length; r++) {
      const returning = this.#returns[r] ?? -1;
      const until = returning < 0 ? Infinity : returnOf(returning);
      // A call at the very instant of a return counts as concurrent with it.
      for (; completed < this.#completed && callOf(completed) <= until; completed++) this.#slot[completed] = free.pop() ?? slots++;
      for (; pending < operations.length && callOf(pending) <= until; pending++) this.#slot[pending] = pending - this.#completed;
      this.#completedBefore[r] = completed;
      this.#pendingBefore[r] = pending;
      if (returning >= 0) free.push(this.#slot[returning] ?? 0);
    }
    return slots;
  }

  /** The order in which the operations took effect, once the result is `ok`; pending ones that were not needed are left out. */
  order(): Operation[] {
    const order: Operation[] = [];
    for (let i = 0; i < this.#depth; i++) {
      const operation = this.#operations[this.#stack[i * 4] ?? 0];
      if (operation !== undefined) order.push(operation);
    }
    return order;
  }

  /**
   * The operation that no order got past, once the result is `violation`: whatever was called before it returned is a
   * violation already.
   */
  get blocked(): Operation | undefined {
    return this.#operations[this.#returns[this.#deepest] ?? -1];
  }

  /** The states in which the orders that came furthest met {@link blocked}. */
  blockedStates(): State[] {
    return [...this.#deepestStates].map((state) => this.#transitions.stateOf(state));
  }

  /**
   * Searches on.
   *
   * @param steps - how many more steps may be taken
   */
  run(steps: number): SearchResult {
    const limit = this.steps + steps;
    while (this.#result === 'unfinished' && this.steps < limit) this.#tryCandidate();
    return this.#result;
  }

  #tryCandidate(): void {
    const i = this.#candidate;
    if (i === NOT_CALLED || i >= this.#end(this.#isAtPending)) {
      if (this.#isAtPending) {
        this.#backtrack();
      } else {
        this.#candidate = this.#next[this.#firstPending] ?? NOT_CALLED;
        this.#isAtPending = true;
      }
      return;
    }
    if (++this.steps === this.#valuesAfter) this.#knowValues();
    this.#candidate = this.#next[i + 1] ?? NOT_CALLED;
    const twin = this.#twin[i] ?? -1;
    if (twin >= 0 && this.#placed[twin] === 0) return;
    const next = this.#transitions.after(this.#state, this.#kinds[i] ?? 0);
    if (next === IMPOSSIBLE || (next === this.#state && this.#operations[i]?.return === null)) return;
    if (this.#isWasted(i, next) || this.#leavesOrphan(i)) return;
    this.#place(i, next, 0);
    this.#placeForced();
    if (this.#frontier === this.#returns.length) {
      this.#result = 'ok';
    } else if (!this.#isHopeless() && this.#enter()) {
      this.#restart();
    } else {
      this.#backtrack();
    }
  }

  /** Whether what was placed last did not complete, and need not have been placed: this one leads to where it would lead without it. */
  #isWasted(i: number, next: number): boolean {
    if (this.#depth === 0) return false;
    const base = (this.#depth - 1) * 4;
    return (this.#stack[base] ?? 0) >= this.#completed && this.#transitions.after(this.#stack[base + 1] ?? 0, this.#kinds[i] ?? 0) === next;
  }

  #knowValues(): void {
    this.#inPlace = ValuesInPlace.of(this.#transitions, this.#operations);
    for (let i = 0; i < this.#placed.length; i++) if (this.#placed[i] === 1) this.#inPlace?.place(i);
  }

  /** Whether somebody could never be placed any more. */
  #leavesOrphan(i: number): boolean {
    const orphan = this.#inPlace?.orphanOf(i, this.#state, this.#placed) ?? NOT_CALLED;
    if (orphan === NOT_CALLED) return false;
    this.#noteProof(this.#rank[orphan] ?? 0);
    return true;
  }

  #restart(): void {
    this.#candidate = this.#next[0] ?? NOT_CALLED;
    this.#isAtPending = false;
  }

  /** Where those end that may be placed next. */
  #end(isPending: boolean): number {
    return (isPending ? this.#pendingBefore : this.#completedBefore)[this.#frontier] ?? 0;
  }

  /** Places every operation that only looks and is possible here. */
  #placeForced(): void {
    let i = this.#next[0] ?? NOT_CALLED;
    while (i !== NOT_CALLED && i < this.#end(false) && this.#frontier < this.#returns.length) {
      const following = this.#next[i + 1] ?? NOT_CALLED;
      if (this.#observer[i] === 1 && this.#transitions.after(this.#state, this.#kinds[i] ?? 0) === this.#state) this.#place(i, this.#state, 1);
      i = following;
    }
  }

  #place(i: number, next: number, forced: 0 | 1): void {
    const base = this.#depth++ * 4;
    this.#stack[base] = i;
    this.#stack[base + 1] = this.#state;
    this.#stack[base + 2] = this.#frontier;
    this.#stack[base + 3] = forced;
    const before = this.#previous[i] ?? -1;
    const after = this.#next[i + 1] ?? NOT_CALLED;
    this.#next[before + 1] = after;
    if (after !== NOT_CALLED) this.#previous[after] = before;
    this.#flip(i);
    this.#placed[i] = 1;
    this.#inPlace?.place(i);
    this.#state = next;
    while (this.#frontier < this.#returns.length && this.#placed[this.#returns[this.#frontier] ?? 0] === 1) this.#frontier++;
  }

  /** Takes back placements up to the last one that was a choice, and goes on behind it. */
  #backtrack(): void {
    for (;;) {
      if (this.#depth === 0) {
        this.#result = 'violation';
        this.#noteDepth();
        return;
      }
      const base = --this.#depth * 4;
      const i = this.#stack[base] ?? 0;
      const before = this.#previous[i] ?? -1;
      const after = this.#next[i + 1] ?? NOT_CALLED;
      this.#next[before + 1] = i;
      if (after !== NOT_CALLED) this.#previous[after] = i;
      this.#flip(i);
      this.#placed[i] = 0;
      this.#inPlace?.takeBack(i);
      this.#state = this.#stack[base + 1] ?? 0;
      this.#frontier = this.#stack[base + 2] ?? 0;
      if (this.#stack[base + 3] === 1) continue;
      this.#candidate = after;
      this.#isAtPending = i >= this.#completed;
      return;
    }
  }

  #flip(i: number): void {
    const slot = this.#slot[i] ?? 0;
    const word = (i < this.#completed ? 2 : this.#firstPendingWord) + (slot >>> 5);
    this.#row[word] = (this.#row[word] ?? 0) ^ (1 << (slot & 31));
  }

  /** Whether this configuration is new. */
  #enter(): boolean {
    this.#row[0] = this.#frontier;
    this.#row[1] = this.#state;
    this.#noteDepth();
    return this.#cache.add(this.#row);
  }

  /** Whether no order from here can make the next operation that only looks possible. */
  #isHopeless(): boolean {
    if (!this.#looksAhead) return false;
    let r = this.#nextLook[this.#frontier] ?? 0;
    while (r < this.#returns.length && this.#placed[this.#returns[r] ?? 0] === 1) r = this.#nextLook[r + 1] ?? 0;
    if (r >= this.#returns.length) return false;
    const look = this.#operations[this.#returns[r] ?? 0] as Operation;
    if (this.#transitions.mayStillSee(this.#state, look)) return false;
    if (this.#mayReset(0, this.#completedBefore[r] ?? 0) || this.#mayReset(this.#firstPending, this.#pendingBefore[r] ?? 0)) return false;
    this.#noteProof(r);
    return true;
  }

  /** A way was left because of one that has not returned yet: what proves that it leads nowhere was called before that return. */
  #noteProof(r: number): void {
    if (r <= this.#deepest) return;
    this.#deepest = r;
    this.#deepestStates.clear();
  }

  /** Whether one that is not placed yet, before an end, resets the state. */
  #mayReset(first: number, end: number): boolean {
    for (let i = this.#next[first] ?? NOT_CALLED; i !== NOT_CALLED && i < end; i = this.#next[i + 1] ?? NOT_CALLED) {
      if (this.#resets[i] === 1) return true;
    }
    return false;
  }

  #noteDepth(): void {
    if (this.#frontier < this.#deepest) return;
    if (this.#frontier > this.#deepest) {
      this.#deepest = this.#frontier;
      this.#deepestStates.clear();
    }
    this.#deepestStates.add(this.#state);
  }
}
