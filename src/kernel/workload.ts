/**
 * Workloads without promises. A generator workload waits by yielding effects; each is resumed inside the very event that
 * completes it, so that no turn of the host's event loop is needed and a run stays synchronous.
 *
 * @module
 */

/** Something that calls back once, at some instant of the simulation. */
export type Effect<T> = (resume: (result: T) => void) => void;

/** A workload as a generator; {@link perform} waits inside it. */
export type GeneratorWorkload<T> = Generator<Effect<unknown>, T, unknown>;

/**
 * Waits for an effect inside a generator workload: `const reply = yield* perform((resume) => …)`.
 *
 * @yields the effect, to whoever runs the workload
 */
export function* perform<T>(effect: Effect<T>): Generator<Effect<unknown>, T, unknown> {
  return (yield effect as Effect<unknown>) as T;
}

/**
 * Runs a generator workload to its first wait and goes on by itself.
 *
 * @param workload - the generator
 * @param done - called with what it returned
 */
export function spawn<T>(workload: GeneratorWorkload<T>, done: (result: T) => void): void {
  // A loop, not recursion: an effect may call back at once, thousands of times in a row.
  let running = false;
  let ready: { readonly value: unknown } | undefined = { value: undefined };
  const go = (): void => {
    if (running) return;
    running = true;
    while (ready !== undefined) {
      const { value } = ready;
      ready = undefined;
      const step = workload.next(value);
      if (step.done === true) {
        done(step.value);
        return;
      }
      step.value((result) => {
        ready = { value: result };
        go();
      });
    }
    running = false;
  };
  go();
}
