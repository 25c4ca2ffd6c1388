/**
 * Lets the clock of a simulation follow real time: what falls due happens when its time has come. Whoever moves the
 * simulation's clock by hand (`advance`, `run`) moves it ahead for good.
 *
 * @module
 */
import type { Simulation } from '../kernel/simulation.ts';

/** It looks at the clock at least so often, in milliseconds: what a test does by hand begins at most so much too early. */
const TICK = 10;

/** Keeps one simulation in step. */
export class RealTime {
  readonly #sim: Simulation;
  readonly #started: number;
  /** Microseconds by which the simulation is ahead of what passed since the start. */
  #ahead = 0;
  #timer: NodeJS.Timeout | undefined;
  #armedFor: number | undefined;
  #isStopped = false;

  /**
   * Begins. The simulation must not have run before.
   *
   * @param started - what `performance.now()` was when the simulation's clock stood at its beginning
   */
  constructor(sim: Simulation, started: number = performance.now()) {
    this.#sim = sim;
    this.#started = started;
    this.arm();
  }

  /** Lets everything happen that is due by now. While the simulation is being run by hand it is left alone. */
  catchUp(): void {
    const sim = this.#sim;
    if (sim.isRunning || this.#isStopped) return;
    const elapsed = Math.floor((performance.now() - this.#started) * 1000);
    const target = elapsed + this.#ahead;
    if (sim.now > target) this.#ahead = sim.now - elapsed;
    else if (sim.now < target) sim.drain(target / 1000);
  }

  /** Sees to it that it wakes up for the next event. Called when something may have been scheduled. */
  arm(): void {
    const next = this.#isStopped ? undefined : this.#sim.nextEvent ?? Infinity;
    if (next === this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = next;
    if (next === undefined) return;
    const elapsed = (performance.now() - this.#started) * 1000;
    const delay = Math.min(Math.max(0, Math.ceil((next - this.#ahead - elapsed) / 1000)), TICK);
    this.#timer = setTimeout(() => {
      this.#armedFor = undefined;
      this.catchUp();
      this.arm();
    }, delay);
    // A program that has nothing else to do may end.
    this.#timer.unref();
  }

  /** Ends it: the simulation stands still. */
  stop(): void {
    this.#isStopped = true;
    this.arm();
  }
}
