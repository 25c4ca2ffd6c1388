/**
 * The search for one order of all operations that respects each client's own order, for any sequential model: depth first over
 * "how far is each client", with a cache of configurations (positions and states, compared exactly). What only looks is
 * placed as soon as it is possible and never reconsidered, as in `search.ts`. Where it is known which read saw which write,
 * a write must wait while somebody is still to read the value it would overwrite, and for all that the forced order puts before it.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import { ConfigurationCache } from '../configuration-cache.ts';
import type { SearchResult } from '../search.ts';
import { IMPOSSIBLE, Transitions } from '../transitions.ts';
import type { Model } from '../model.ts';
import type { Chains } from './chains.ts';

/** What is known beforehand. Numbers are positions in the list of operations. */
export interface KnownOrder {
  /** How many operations of a chain must come before an operation. */
  before(i: number, chain: number): number;
  /** The write that each read certainly saw: -1 the initial value; less where it is not known. */
  readonly sources: Int32Array;
}

/** Integers that the cache may hold. */
const CACHE_MAX = 150_000_000;

/** A search over all objects of a history at once. */
export class SequentialSearch<State> {
  /** Steps taken so far: attempts to place an operation. */
  steps = 0;
  /** The operations that the order that came furthest could not get past, one for each client. */
  stuck: readonly number[] = [];
  readonly #chains: Chains;
  readonly #transitions: Transitions<State>;
  readonly #kinds: Int32Array;
  readonly #observer: Uint8Array;
  readonly #keys: Int32Array;
  readonly #known: KnownOrder | undefined;
  /** For each write, how many of those that certainly saw it are still to come; and for each key, of its initial value. */
  readonly #readersLeft: Int32Array;
  readonly #initialLeft: Int32Array;
  readonly #row: Int32Array;
  readonly #cache: ConfigurationCache;
  readonly #positions: Int32Array;
  readonly #states: Int32Array;
  /** For each key the write whose value it holds, -1 = none yet. */
  readonly #holder: Int32Array;
  readonly #pending: Uint8Array;
  #left: number;
  #least = Infinity;
  readonly #stack: { i: number; chain: number; state: number; holder: number; forced: boolean }[] = [];
  #candidate = 0;

  /**
   * @param model - one object
   * @param operations - in order of call
   * @param known - what must come before what, where the values tell
   */
  constructor(model: Model<State>, operations: readonly Operation[], chains: Chains, known?: KnownOrder) {
    const count = operations.length;
    this.#chains = chains;
    this.#known = known;
    this.#transitions = new Transitions(model);
    this.#kinds = Int32Array.from(operations, (operation) => this.#transitions.kindOf(operation));
    this.#observer = Uint8Array.from(operations, (operation) => Number(operation.return !== null && model.observes?.(operation) === true));
    this.#pending = Uint8Array.from(operations, ({ return: returned }) => Number(returned === null));
    const keys = new Map<string | number | undefined, number>();
    this.#keys = Int32Array.from(operations, ({ key }) => {
      const name = model.perKey === false ? undefined : key;
      const number = keys.get(name) ?? keys.size;
      keys.set(name, number);
      return number;
    });
    this.#readersLeft = new Int32Array(count);
    this.#initialLeft = new Int32Array(keys.size);
    for (let i = 0; known !== undefined && i < count; i++) this.#countReader(i, 1);
    this.#positions = new Int32Array(chains.members.length);
    this.#states = new Int32Array(keys.size);
    this.#holder = new Int32Array(keys.size).fill(-1);
    this.#row = new Int32Array(chains.members.length + keys.size);
    this.#cache = new ConfigurationCache(this.#row.length, 0);
    this.#left = operations.filter(({ return: returned }) => returned !== null).length;
    this.#placeForced();
  }

  /** The order found, once the result is `ok`. */
  order(): number[] {
    return this.#stack.map(({ i }) => i);
  }

  /**
   * Searches.
   *
   * @param steps - how many steps may be taken
   */
  run(steps: number): SearchResult {
    const chains = this.#chains.members.length;
    while (this.#left > 0) {
      if (this.steps >= steps || this.#cache.size * this.#row.length > CACHE_MAX) return 'unfinished';
      if (this.#candidate === chains) {
        if (!this.#backtrack()) return 'violation';
        continue;
      }
      const chain = this.#candidate++;
      const next = this.#outcome(chain);
      if (next === IMPOSSIBLE) continue;
      this.#place(chain, next, false);
      this.#placeForced();
      if (this.#isNew()) this.#candidate = 0;
      else if (!this.#backtrack()) return 'violation';
    }
    return 'ok';
  }

  /** The state after the next operation of a chain, if it may be placed now. */
  #outcome(chain: number): number {
    this.steps++;
    const place = this.#positions[chain] ?? 0;
    const i = this.#chains.members[chain]?.[place] ?? -1;
    if (i < 0) return IMPOSSIBLE;
    const after = this.#chains.after[chain] ?? -1;
    if (place === 0 && after >= 0 && (this.#positions[this.#chains.chainOf[after] ?? 0] ?? 0) <= (this.#chains.placeOf[after] ?? 0)) return IMPOSSIBLE;
    const key = this.#keys[i] ?? 0;
    const state = this.#states[key] ?? 0;
    const next = this.#transitions.after(state, this.#kinds[i] ?? 0);
    if (next === IMPOSSIBLE || (next === state && this.#pending[i] === 1)) return IMPOSSIBLE;
    if (this.#known === undefined) return next;
    if (this.#observer[i] === 0) {
      const holder = this.#holder[key] ?? -1;
      const waiting = holder < 0 ? (this.#initialLeft[key] ?? 0) : (this.#readersLeft[holder] ?? 0);
      const own = this.#known.sources[i] === holder ? 1 : 0;
      if (waiting > own) return IMPOSSIBLE;
    }
    for (let other = 0; other < this.#positions.length; other++) {
      if (other !== chain && this.#known.before(i, other) > (this.#positions[other] ?? 0)) return IMPOSSIBLE;
    }
    return next;
  }

  #placeForced(): void {
    for (let again = true; again;) {
      again = false;
      for (let chain = 0; chain < this.#positions.length; chain++) {
        const i = this.#chains.members[chain]?.[this.#positions[chain] ?? 0] ?? -1;
        if (i < 0 || this.#observer[i] === 0) continue;
        const next = this.#outcome(chain);
        if (next === IMPOSSIBLE) continue;
        this.#place(chain, next, true);
        again = true;
      }
    }
  }

  #place(chain: number, next: number, forced: boolean): void {
    const place = this.#positions[chain] ?? 0;
    const i = this.#chains.members[chain]?.[place] ?? 0;
    const key = this.#keys[i] ?? 0;
    this.#stack.push({ i, chain, state: this.#states[key] ?? 0, holder: this.#holder[key] ?? -1, forced });
    this.#positions[chain] = place + 1;
    if (this.#known !== undefined) this.#countReader(i, -1);
    this.#states[key] = next;
    if (this.#observer[i] === 0) this.#holder[key] = i;
    if (this.#pending[i] === 0) this.#left--;
    if (this.#left >= this.#least) return;
    this.#least = this.#left;
    this.stuck = this.#chains.members.flatMap((members, other) => members[this.#positions[other] ?? 0] ?? []);
  }

  #countReader(i: number, by: number): void {
    const source = this.#known?.sources[i] ?? -3;
    const key = this.#keys[i] ?? 0;
    if (source >= 0) this.#readersLeft[source] = (this.#readersLeft[source] ?? 0) + by;
    else if (source === -1) this.#initialLeft[key] = (this.#initialLeft[key] ?? 0) + by;
  }

  /** Takes back placements up to the last one that was a choice. False when there is none. */
  #backtrack(): boolean {
    for (;;) {
      const last = this.#stack.pop();
      if (last === undefined) return false;
      const { i, chain, state, holder, forced } = last;
      const key = this.#keys[i] ?? 0;
      this.#positions[chain] = (this.#positions[chain] ?? 0) - 1;
      if (this.#known !== undefined) this.#countReader(i, 1);
      this.#states[key] = state;
      this.#holder[key] = holder;
      if (this.#pending[i] === 0) this.#left++;
      if (forced) continue;
      this.#candidate = chain + 1;
      return true;
    }
  }

  #isNew(): boolean {
    this.#row.set(this.#positions, 0);
    this.#row.set(this.#states, this.#positions.length);
    return this.#cache.add(this.#row);
  }
}
