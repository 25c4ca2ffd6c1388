/**
 * `test` with a `sim`: a simulation of the test's own. Its seed is SPLITBRAIN_SEED from the environment, else it is made from
 * the test's full name, so that each test has another and always the same. When the test fails, the line that runs it again
 * with that seed is printed, and the picture of what happened.
 *
 * @module
 */
import { test as base, vi, type TestAPI } from 'vitest';
import { UsageError } from '../kernel/errors.ts';
import { Simulation, type SimulationOptions } from '../kernel/simulation.ts';
import { timelineOf } from '../report/index.ts';
import { hashString } from '../structures/hash.ts';

/** How far the fake clock goes at a time while fake timers are pending: what they begin in the simulation begins no later than this. */
const STEP = 10;
const MAX_SEED_DIGITS = 15;

type Advance = typeof vi.advanceTimersByTimeAsync;

/** A simulation that can follow Vitest's fake timers. */
export class TestSimulation extends Simulation {
  #stopFollowing: (() => void) | undefined;

  /** @param options - as of a simulation */
  // The parent's constructor, said once more: declarations are made file by file.
  constructor(options: SimulationOptions = {}) {
    super(options);
  }

  /**
   * From now on `await vi.advanceTimersByTimeAsync(ms)` moves the simulation as well: fake timers and simulated events happen in
   * the order of their times, to within 10 ms. Call it after `vi.useFakeTimers()`. Ends with the test.
   *
   * The synchronous forms (`vi.advanceTimersByTime`, `vi.runAllTimers`, …) throw: answers of the simulation are promises, which
   * cannot settle before such a call returns.
   *
   * @throws {@link UsageError} `TIMERS_NOT_FAKED` when timers are not faked
   */
  followTimers(): void {
    if (!vi.isFakeTimers()) throw new UsageError('TIMERS_NOT_FAKED', 'sim.followTimers() follows fake timers: call vi.useFakeTimers() first');
    if (this.#stopFollowing !== undefined) return;
    const advance: Advance = vi.advanceTimersByTimeAsync.bind(vi);
    const restore = SYNCHRONOUS.map((name) => replaced(name, () => {
      throw new UsageError('SYNCHRONOUS_TIMERS', `vi.${name}() cannot drive a simulation, whose answers are promises: use await vi.advanceTimersByTimeAsync(ms)`);
    }));
    restore.push(replaced('advanceTimersByTimeAsync', async (milliseconds: number) => {
      await this.#advanceBoth(milliseconds, advance);
      return vi;
    }));
    this.#stopFollowing = () => { for (const undo of restore) undo(); };
  }

  /** Leaves Vitest's timers alone again. */
  stopFollowing(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = undefined;
  }

  async #advanceBoth(milliseconds: number, advance: Advance): Promise<void> {
    let left = milliseconds;
    do {
      const next = this.nextEvent === undefined ? Infinity : Math.max(1, Math.ceil((this.nextEvent - this.now) / 1000));
      const step = Math.min(left, next, vi.getTimerCount() > 0 ? STEP : Infinity);
      await advance(step);
      await this.advance(step);
      left -= step;
    } while (left > 0);
  }
}

/** The forms that return before any promise can settle. */
const SYNCHRONOUS = ['advanceTimersByTime', 'advanceTimersToNextTimer', 'runAllTimers', 'runOnlyPendingTimers'] as const;

function replaced(name: (typeof SYNCHRONOUS)[number] | 'advanceTimersByTimeAsync', by: (milliseconds: number) => unknown): () => void {
  const tools = vi as unknown as Record<string, unknown>;
  const before = tools[name];
  tools[name] = by;
  return () => { tools[name] = before; };
}

/**
 * A test's seed.
 *
 * @param given - SPLITBRAIN_SEED
 * @param name - the test's full name
 * @throws {@link UsageError} when what is given is no seed
 */
export function seedOf(given: string | undefined, name: string): number {
  if (given === undefined || given === '') return hashString(name) >>> 0;
  if (!/^\d+$/.test(given) || given.length > MAX_SEED_DIGITS) throw new UsageError('INVALID_SEED', `SPLITBRAIN_SEED must be a whole number, got '${given}'`);
  return Number(given);
}

interface Suite {
  readonly name: string;
  readonly suite?: Suite | undefined;
}

function fullName(task: Suite): string {
  const outer = task.suite === undefined ? '' : fullName(task.suite);
  return outer === '' ? task.name : `${outer} ${task.name}`;
}

/** The line that runs a test again. */
function again(file: string, name: string, seed: number): string {
  const pattern = name.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&').replaceAll("'", '.');
  return `SPLITBRAIN_SEED=${seed} npx vitest run ${file} -t '${pattern}'`;
}

/** Vitest's `test`, with a `sim` of the test's own. */
export const test: TestAPI<{ sim: TestSimulation }> = base.extend<{ sim: TestSimulation }>({
  sim: async ({ task, onTestFailed }, use) => {
    const name = fullName(task);
    const sim = new TestSimulation({ seed: seedOf(process.env['SPLITBRAIN_SEED'], name) });
    onTestFailed(() => {
      const file = task.file.name;
      const picture = timelineOf(sim);
      console.error(`${picture === '' ? '' : `${picture}\n`}seed ${sim.seed}; again: ${again(file, name, sim.seed)}`);
    });
    try {
      await use(sim);
    } finally {
      sim.stopFollowing();
    }
  },
});
