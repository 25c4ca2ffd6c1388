/**
 * Fake timers that drive a simulation: while a test moves Vitest's time, virtual time moves with it, so that a client under test that
 * uses real timers and a store in the simulation share one clock.
 *
 * The simulation follows in steps of a millisecond, Vitest's own unit: what an operation's promise sets off begins at the end of its
 * step. Time has no last timer then: `vi.runAllTimersAsync()` would never end, and Vitest gives up after 10,000.
 *
 * @module
 */
import { vi } from 'vitest';
import { UsageError } from '../kernel/errors.ts';
import type { Simulation } from '../kernel/simulation.ts';

const STEP_MILLIS = 1;

/**
 * Has `await vi.advanceTimersByTimeAsync(…)` drive a simulation.
 *
 * @param sim - one that is not running a workload
 * @returns ends it
 * @throws {@link UsageError} `NO_FAKE_TIMERS` before `vi.useFakeTimers()`; and out of `vi.advanceTimersByTime(…)`, `SYNCHRONOUS_TIMERS`:
 *   it lets no promise run between two timers
 */
export function followTimers(sim: Simulation): () => void {
  if (!vi.isFakeTimers()) throw new UsageError('NO_FAKE_TIMERS', 'followTimers needs fake timers: call vi.useFakeTimers() first');
  let until = sim.now / 1000;
  let hadTurn = true;
  const timer = setInterval(() => {
    if (!hadTurn) {
      throw new UsageError('SYNCHRONOUS_TIMERS', 'the synchronous forms (vi.advanceTimersByTime, vi.runAllTimers …) let no promise run between two timers: await vi.advanceTimersByTimeAsync(…)');
    }
    hadTurn = false;
    void Promise.resolve().then(() => { hadTurn = true; });
    until += STEP_MILLIS;
    sim.drain(until);
  }, STEP_MILLIS);
  return () => { clearInterval(timer); };
}
