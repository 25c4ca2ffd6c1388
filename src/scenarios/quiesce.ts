/**
 * The liveness phase: every fault ends, the store is left in peace, and must then converge within a stated time. Safety is what
 * never goes wrong under faults; this asks whether things come right after them.
 *
 * @module
 */
import { checkConvergence, type ConvergenceVerdict, type ReplicaState } from '../checkers/index.ts';
import { UsageError } from '../kernel/errors.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { duration, formatDuration, type DurationInput, type Micros } from '../kernel/units.ts';

/** How long to wait, and how often to look. */
export interface QuiesceOptions {
  /** What replicas hold now. */
  readonly replicas: () => Iterable<ReplicaState>;
  /** By then they must agree; default 60 s. */
  readonly within?: DurationInput;
  /** Default 1 s. */
  readonly every?: DurationInput;
}

/** Whether the replicas agreed in time. */
export interface QuiesceVerdict extends ConvergenceVerdict {
  /** Microseconds from healing until they were first seen to agree; undefined when they did not. */
  readonly after: Micros | undefined;
}

/**
 * Heals, waits, and looks again and again; to be awaited in a workload, or in its `after`.
 *
 * @returns the verdict of the last look: a violation names who still holds what
 */
export async function quiesce(sim: Simulation, { replicas, within = '60s', every = '1s' }: QuiesceOptions): Promise<QuiesceVerdict> {
  const [limit, step] = [duration(within, 'within'), duration(every, 'every')];
  if (step === 0) throw new UsageError('INVALID_OPTION', "quiesce needs 'every' above 0");
  sim.heal();
  const begin = sim.now;
  for (;;) {
    const verdict = checkConvergence(replicas());
    const waited = (sim.now - begin) as Micros;
    if (verdict.verdict === 'ok') return { ...verdict, after: waited, explanation: `${verdict.explanation}, ${formatDuration(waited)} after healing` };
    if (waited >= limit) return { ...verdict, after: undefined, explanation: `${formatDuration(limit)} after healing, ${verdict.explanation}` };
    await sim.sleep(Math.min(step, limit - waited) / 1000);
  }
}
