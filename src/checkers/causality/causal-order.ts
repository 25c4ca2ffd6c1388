/**
 * A partial order of operations that contains process order, kept as a vector clock for each operation: how many operations
 * of each chain come before it (itself included). Because it contains process order, these prefixes say everything.
 *
 * @module
 */
import type { RegisterHistory } from './register-history.ts';

/** Why one operation comes before another. */
export type Reason = 'same client' | 'read it' | 'arbitrated';

/** One step of a chain of reasons. */
export interface OrderStep {
  readonly from: number;
  readonly to: number;
  readonly reason: Reason;
  /** The read that makes it so, of an arbitration. */
  readonly reader?: number;
}

interface Edge {
  readonly to: number;
  readonly reason: Reason;
  readonly reader?: number;
}

/** A growing partial order. */
export class CausalOrder {
  readonly #history: RegisterHistory;
  readonly #width: number;
  readonly #clocks: Int32Array;
  readonly #edges: Edge[][];
  /** Steps taken: clocks joined. */
  steps = 0;
  /** An operation that comes before itself, once there is one. */
  cyclic: number | undefined;

  /**
   * @param history - the operations
   * @param sources - the write each read saw
   * @param counts - whether an operation's reading makes its source come before it (default: always)
   */
  constructor(history: RegisterHistory, sources: Int32Array, counts: (reader: number) => boolean = () => true) {
    const { chains, operations } = history;
    this.#history = history;
    this.#width = chains.members.length;
    this.#clocks = new Int32Array(operations.length * this.#width);
    this.#edges = operations.map(() => []);
    chains.members.forEach((members, chain) => {
      members.forEach((i, place) => {
        const before = place > 0 ? (members[place - 1] ?? -1) : (chains.after[chain] ?? -1);
        if (before >= 0) this.#edges[before]?.push({ to: i, reason: 'same client' });
        this.#clocks[i * this.#width + chain] = place + 1;
      });
    });
    for (let i = 0; i < operations.length; i++) {
      const source = sources[i] ?? -1;
      if (source >= 0 && counts(i)) this.#edges[source]?.push({ to: i, reason: 'read it' });
    }
    this.#spread();
  }

  /** How many operations of a chain come before an operation. */
  before(i: number, chain: number): number {
    return this.#clocks[i * this.#width + chain] ?? 0;
  }

  /** Whether `a` comes before `b`, or is it. */
  precedes(a: number, b: number): boolean {
    const { chainOf, placeOf } = this.#history.chains;
    return this.before(b, chainOf[a] ?? 0) > (placeOf[a] ?? 0);
  }

  /**
   * Puts `a` before `b`, because `reader` saw what `b` wrote although `a` came before it.
   *
   * @returns false when it was so already
   */
  add(a: number, b: number, reader: number): boolean {
    if (this.precedes(a, b)) return false;
    this.#edges[a]?.push({ to: b, reason: 'arbitrated', reader });
    if (this.precedes(b, a)) this.cyclic = b;
    this.#push([a]);
    return true;
  }

  /** The shortest chain of reasons from one operation to another, along at least one step. */
  why(from: number, to: number): OrderStep[] {
    const cameBy = new Map<number, OrderStep>();
    const queue = [from];
    for (let head = 0; head < queue.length; head++) {
      const v = queue[head] ?? 0;
      for (const { to: next, ...why } of this.#edges[v] ?? []) {
        if (cameBy.has(next)) continue;
        cameBy.set(next, { from: v, to: next, ...why });
        if (next !== to) {
          queue.push(next);
          continue;
        }
        const steps: OrderStep[] = [];
        for (let at = to; ; ) {
          const step = cameBy.get(at);
          if (step === undefined) return steps;
          steps.unshift(step);
          at = step.from;
          if (at === from) return steps;
        }
      }
    }
    return [];
  }

  /** First in topological order, so that each clock is joined once; what is left over lies on or behind a cycle. */
  #spread(): void {
    const count = this.#edges.length;
    const waiting = new Int32Array(count);
    for (const edges of this.#edges) for (const { to } of edges) waiting[to] = (waiting[to] ?? 0) + 1;
    const ready: number[] = [];
    for (let i = 0; i < count; i++) if (waiting[i] === 0) ready.push(i);
    for (let head = 0; head < ready.length; head++) {
      const v = ready[head] ?? 0;
      for (const { to } of this.#edges[v] ?? []) {
        this.#join(v, to);
        const left = (waiting[to] ?? 0) - 1;
        waiting[to] = left;
        if (left === 0) ready.push(to);
      }
    }
    if (ready.length === count) return;
    // Walking back from an operation that never became ready must come round to a cycle.
    const stuck = new Set([...waiting.keys()].filter((i) => (waiting[i] ?? 0) > 0));
    const predecessor = new Map<number, number>();
    for (const v of stuck) for (const { to } of this.#edges[v] ?? []) predecessor.set(to, v);
    let at = [...stuck][0] ?? 0;
    for (let n = 0; n < stuck.size; n++) at = predecessor.get(at) ?? at;
    this.cyclic = at;
  }

  #push(queue: number[]): void {
    for (let head = 0; head < queue.length && this.cyclic === undefined; head++) {
      const v = queue[head] ?? 0;
      for (const { to } of this.#edges[v] ?? []) if (this.#join(v, to)) queue.push(to);
    }
  }

  #join(from: number, to: number): boolean {
    this.steps++;
    const a = from * this.#width;
    const b = to * this.#width;
    let changed = false;
    for (let chain = 0; chain < this.#width; chain++) {
      const clock = this.#clocks[a + chain] ?? 0;
      if (clock <= (this.#clocks[b + chain] ?? 0)) continue;
      this.#clocks[b + chain] = clock;
      changed = true;
    }
    return changed;
  }
}
