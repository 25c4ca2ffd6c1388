/**
 * Has clients do what a workload says: each one thing after the other, and all of them at the same time. What fails stands in
 * the history, and the client goes on.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import type { Simulation } from '../../kernel/simulation.ts';
import type { Micros } from '../../kernel/units.ts';
import type { Workload, WorkloadOperation } from './workload.ts';

/** A client of some store, as far as a workload knows it. */
export interface WorkloadClient {
  readonly id: string;
  /**
   * `callbacks`: `done` is called within the very event that ends the operation, and no promise is settled; a whole run then
   * needs no turn of the host's event loop, and is several times as fast. `promises`: a promise stands in between.
   */
  readonly style: 'callbacks' | 'promises';
  /** Asks; the history is written. @param done - called once, whatever became of it */
  perform(operation: WorkloadOperation, done: () => void): void;
}

/**
 * Runs a workload, inside of `sim.run(…)`: `await runWorkload(sim, clients, workload)`.
 *
 * @param clients - one for each of the workload's, in the same order
 */
export function runWorkload(sim: Simulation, clients: readonly WorkloadClient[], workload: Workload): Promise<void> {
  return sim.callback<void>('a workload', (done) => { beginWorkload(sim, clients, workload, done); });
}

/**
 * Begins a workload; for `sim.runSync((sim, done) => beginWorkload(sim, clients, workload, done))`.
 *
 * @param done - called when all clients are through
 * @throws {@link UsageError} when there are not as many clients as the workload has
 */
export function beginWorkload(sim: Simulation, clients: readonly WorkloadClient[], workload: Workload, done: () => void): void {
  if (clients.length !== workload.clients.length) {
    throw new UsageError('INVALID_ARGUMENT', `the workload has ${workload.clients.length} clients, got ${clients.length}`);
  }
  let open = clients.length;
  if (open === 0) done();
  for (const [index, client] of clients.entries()) {
    const operations = workload.clients[index]?.operations ?? [];
    let at = 0;
    const ask = (): void => {
      const operation = operations[at++];
      if (operation !== undefined) client.perform(operation, next);
    };
    const next = (): void => {
      if (at === operations.length) {
        if (--open === 0) done();
        return;
      }
      const wait = waitOf(operations[at] as WorkloadOperation, sim.now);
      if (wait === 0) ask();
      else sim.afterMicros(wait, ask);
    };
    next();
  }
}

/** In microseconds, from an instant. */
function waitOf(operation: WorkloadOperation, now: number): Micros {
  const wait = operation.wait === undefined ? 0 : Math.round(operation.wait * 1000);
  return (operation.at === undefined ? wait : Math.max(wait, Math.round(operation.at * 1000) - now)) as Micros;
}
