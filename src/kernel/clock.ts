/**
 * A node's wall clock: true time plus what faults did to it. A skew is a constant offset, a drift grows with time, a jump is
 * a step that stays, a strobe flips the clock back and forth. The monotonic clock, on which timers run, is never touched.
 *
 * @module
 */
import type { Micros } from './units.ts';

/** What disturbs a clock for a while; taken off again when the fault ends. */
export interface ClockDisturbance {
  /** The error it adds at an instant of true time, in microseconds. */
  readonly errorAt: (now: number) => number;
}

/** A wall clock in microseconds since the Unix epoch. */
export class NodeClock {
  readonly #trueNow: () => number;
  readonly #epoch: number;
  #offset = 0;
  #disturbances: readonly ClockDisturbance[] = [];

  /**
   * @param trueNow - true time since the run began
   * @param epoch - microseconds from the Unix epoch to the start of the run
   */
  constructor(trueNow: () => number, epoch: number) {
    this.#trueNow = trueNow;
    this.#epoch = epoch;
  }

  /** What the clock shows: microseconds since the Unix epoch. */
  now(): Micros {
    return (this.#epoch + this.#trueNow() + this.error) as Micros;
  }

  /** How far the clock is ahead of true time (behind when negative), in microseconds. */
  get error(): Micros {
    let error = this.#offset;
    if (this.#disturbances.length > 0) {
      const now = this.#trueNow();
      for (const disturbance of this.#disturbances) error += Math.round(disturbance.errorAt(now));
    }
    return error as Micros;
  }

  /** Steps the clock for good, as an administrator or a bad time server does. */
  jump(by: Micros): void {
    this.#offset += by;
  }

  /** Adds a disturbance. @returns takes it off again */
  disturb(disturbance: ClockDisturbance): () => void {
    this.#disturbances = [...this.#disturbances, disturbance];
    return () => {
      this.#disturbances = this.#disturbances.filter((other) => other !== disturbance);
    };
  }

  /** Puts the clock right: forgets jumps and disturbances. */
  synchronise(): void {
    this.#offset = 0;
    this.#disturbances = [];
  }
}
