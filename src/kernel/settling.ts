/**
 * Settling: between two events, every promise continuation of the workload that the first one released runs to its end.
 *
 * {@link PendingWork} counts what the workload waits for inside the simulation (operations, sleeps) and notes when one of
 * them was settled; only then does the kernel wait one turn of the host's event loop. When the workload is unfinished after
 * such a turn and waits for nothing in here, it waits for something outside, and nothing here will ever wake it.
 *
 * @module
 */

/** What the workload waits for. */
export class PendingWork {
  readonly #waiting = new Map<number, () => string>();
  #next = 0;
  #external = 0;
  #externalChange: (() => void) | undefined;
  /** Set whenever a promise of the workload was settled since it was last cleared. */
  released = false;

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
    return [...this.#waiting.values()].map((what) => what());
  }

  /**
   * Notes that the workload waits for something.
   *
   * @param what - names it, asked only for an error
   * @returns to be called in the same step that settles the promise
   */
  begin(what: () => string): () => void {
    const id = this.#next++;
    this.#waiting.set(id, what);
    return () => {
      this.#waiting.delete(id);
      this.released = true;
    };
  }

  /** Holds virtual time still until the promise has settled. */
  async hold<T>(promise: PromiseLike<T>): Promise<T> {
    this.#external++;
    try {
      return await promise;
    } finally {
      this.#external--;
      this.released = true;
      this.#externalChange?.();
    }
  }

  /** Resolves when an external promise has settled. */
  externalSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.#externalChange = resolve;
    });
  }
}
