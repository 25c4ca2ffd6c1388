/**
 * A fixture: `test('…', async ({ sim }) => …)` has a simulation of its own, whose seed is that of the environment or follows from the
 * test's name. When the test fails, the error says how to run it again with the same seed, and shows the run.
 *
 * @module
 */
import { test as base, type TestAPI } from 'vitest';
import { Simulation } from '../kernel/simulation.ts';
import { timelineOf } from '../report/timeline.ts';
import { rerunLine, seedOf } from '../testing/seed.ts';
import { followTimers } from './follow-timers.ts';

/** A simulation that can follow Vitest's fake timers. */
export class TestSimulation extends Simulation {
  /** Has `await vi.advanceTimersByTimeAsync(…)` drive this simulation. @returns ends it. @throws as {@link followTimers} */
  followTimers(): () => void {
    return followTimers(this);
  }
}

/** What the fixture gives to a test. */
export interface SimulationFixture {
  sim: TestSimulation;
}

/** Vitest's `test` with a simulation. */
export const test: TestAPI<SimulationFixture> = base.extend<SimulationFixture>({
  // Vitest reads the names of what a fixture needs from its first parameter.
  sim: async ({ task, onTestFailed }, use) => {
    const names: string[] = [task.name];
    for (let { suite } = task; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
    const name = names.filter((part) => part !== '').join(' ');
    const seed = seedOf(name);
    const sim = new TestSimulation({ seed });
    onTestFailed(() => {
      const again = rerunLine('npx vitest run', task.file.name, name, seed);
      for (const error of task.result?.errors ?? []) {
        const picture = sim.history.length === 0 || error.message.includes(`seed ${seed}`) ? '' : `\n\n${timelineOf(sim)}`;
        const more = `${picture}\n\nagain: ${again}`;
        error.message += more;
        // The stack begins with the message, and is what reporters print.
        if (error.stack !== undefined) error.stack = error.stack.replace(/(\n\s+at )/, `${more.replaceAll('$', '$$$$')}$1`);
      }
    });
    await use(sim);
  },
});
