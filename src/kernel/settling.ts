/**
 * Settling: between two events, every promise continuation of the workload that the first one released runs to its end.
 *
 * {@link PendingWork} counts what the workload waits for inside the simulation (operations, sleeps) and notes when one of
 * them was settled; only then does the kernel wait one turn of the host's event loop. When the workload is unfinished after
 * such a turn and waits for nothing in here, it waits for something outside, and nothing here will ever wake it.
 *
 * Callbacks and listeners are the user's code too, and may settle promises that the kernel knows nothing of: after each of
 * them it waits a turn as well.
 *
 * @module
 */
import { NumberedMap } from '../structures/numbered-map.ts';

/**
 * What an event may have released. `nothing`: no promise can have been settled. `maybe`: code of the user's ran that may have
 * settled one, such as a callback or a listener. `promise`: an operation, a sleep or an outside promise was settled.
 */
export const RELEASED = { nothing: 0, maybe: 1, promise: 2 } as const;

/** Something that the workload waits for. */
export interface Work {
  /** In words, asked only for an error. */
  describe(): string;
}

/** What the workload waits for. */
export class PendingWork {
  readonly #waiting = new NumberedMap<Work>();
  #next = 0;
  #external = 0;
  /** Promises that only virtual time can settle. */
  readonly own: WeakSet<object> = new WeakSet<object>();
  #externalChange: (() => void) | undefined;
  /** What has happened to the workload's promises since it was last cleared: one of {@link RELEASED}. */
  released: number = RELEASED.nothing;
  /** Whether a listener of the workload's is told of what clients are sent unasked. */
  hasListener = false;
  /** Whether the workload's own code has its turn; false while an event is handled. */
  isWorkloadsTurn = true;
  /** Up to here something that the workload asked for is bound to happen, be it the end of a sleep or of a request's time. */
  boundTo = 0;

  /** How many things inside the simulation the workload waits for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many promises of the outside world hold virtual time still. */
  get external(): number {
    return this.#external;
  }

  /** What is waited for, in words. */
  describe(): string[] {
    return this.#waiting.entries().map(([, work]) => work.describe());
  }

  /**
   * Notes that the workload waits for something.
   *
   * @param what - names it, asked only for an error
   * @returns to be called in the same step that settles the promise
   */
  begin(what: () => string): () => void {
    const id = this.enter({ describe: what });
    return () => this.leave(id);
  }

  /** As {@link begin}, for work that there is a lot of. @returns what {@link leave} is to be told */
  enter(work: Work): number {
    const id = this.#next++;
    this.#waiting.set(id, work);
    return id;
  }

  /** Notes that a piece of work is done: to be called in the same step that settles its promise. */
  leave(id: number): void {
    this.#waiting.take(id);
    this.released = RELEASED.promise;
  }

  /** Notes that something is bound to happen at an instant. What events ask for themselves, again and again, does not count. */
  bind(at: number): void {
    if (this.isWorkloadsTurn && at > this.boundTo) this.boundTo = at;
  }

  /** Notes that code of the user's ran which may have settled any promise. */
  stir(): void {
    if (this.released === RELEASED.nothing) this.released = RELEASED.maybe;
  }

  /** Holds virtual time still until the promise has settled, from this very step on. */
  async hold<T>(promise: PromiseLike<T>): Promise<T> {
    this.#external++;
    this.released = RELEASED.promise;
    try {
      return await promise;
    } finally {
      this.#external--;
      this.released = RELEASED.promise;
      this.wake();
    }
  }

  /** Has whoever waits for {@link externalSettled} look again. */
  wake(): void {
    this.#externalChange?.();
  }

  /** Resolves when an external promise has settled, or {@link wake} was called. */
  externalSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.#externalChange = resolve;
    });
  }
}
