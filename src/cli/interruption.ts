/**
 * Being told to stop (Ctrl-C, or a batch system that takes the machine back) in the middle of something long, so that what is known by
 * then can still be said. The second time, the process ends as any other does.
 *
 * @module
 */
import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Listens from when it is made until its end. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #listeners = SIGNALS.map((name) => ({ name, listener: () => { this.#stop(name); } }));
  #by: (typeof SIGNALS)[number] | undefined = undefined;

  constructor() {
    for (const { name, listener } of this.#listeners) process.once(name, listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the process ends with, as a shell reports a signal; undefined where there was none. */
  get exitCode(): number | undefined {
    return this.#by === undefined ? undefined : 128 + constants.signals[this.#by];
  }

  /** Whether nobody said to stop; lets signals in first, which one run after the other would keep out. */
  readonly mayGoOn = async (): Promise<boolean> => {
    await setImmediate();
    return this.#by === undefined;
  };

  /** Listens no more. */
  end(): void {
    for (const { name, listener } of this.#listeners) process.removeListener(name, listener);
  }

  #stop(by: (typeof SIGNALS)[number]): void {
    this.#by ??= by;
    this.#controller.abort();
  }
}
