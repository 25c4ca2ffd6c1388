/**
 * Clients of a workload, whose operations stand in the history as the checkers read them: recorded as a whole, whatever requests they take,
 * or by the store's own client.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import type { Completion, HistoryValue } from '../../kernel/history.ts';
import type { Simulation } from '../../kernel/simulation.ts';
import type { WorkloadClient } from './run-workload.ts';
import type { WorkloadKind } from './workload-kinds.ts';
import type { WorkloadOperation } from './workload.ts';

/** What came of an operation: a completion; `failed`: it was asked and not done; `unknown`: some of it may have been. */
export type Outcome = Completion | 'failed' | 'unknown';

/** Does an operation. An error that it throws decides by itself whether the outcome is known. */
export type Reply = (operation: WorkloadOperation) => Promise<Outcome>;

/** What stands in the history as the argument, where it is not the workload's value as it is. */
export type Asked = (operation: WorkloadOperation) => HistoryValue;

/** A client that records each operation by itself. */
export function recorded(sim: Simulation, name: string, reply: Reply, asked: Asked = ({ f, value }) => (f === 'read' || value === undefined ? null : value)): WorkloadClient {
  return {
    id: name, style: 'promises',
    perform(operation, done) {
      const { f, key } = operation;
      // A transaction's keys are those of its steps.
      const call = sim.history.invoke(name, f, f === 'txn' ? undefined : key, asked(operation));
      void concluded(async () => {
        try {
          const outcome = await reply(operation);
          if (outcome === 'failed') sim.history.fail(call, { error: 'NOT_EQUAL' });
          else if (outcome === 'unknown') sim.history.info(call, { error: 'DONE_IN_PART' });
          else sim.history.ok(call, outcome);
        } catch (error) {
          sim.history.failed(call, error);
        }
      }, done);
    },
  };
}

/** A client whose store records. */
export function recording(name: string, reply: (operation: WorkloadOperation) => Promise<unknown>): WorkloadClient {
  return { id: name, style: 'promises', perform: (operation, done) => void concluded(() => reply(operation), done) };
}

/** Calls back when it is over, whatever became of it: that stands in the history. */
async function concluded(work: () => Promise<unknown>, done: () => void): Promise<void> {
  try {
    await work();
  } catch {
    // The store's client has recorded it.
  }
  done();
}

/** The error about a kind of workload that a store has no operations for. */
export function unsupported(store: string, kind: WorkloadKind): UsageError {
  return new UsageError('INVALID_ARGUMENT', `the clients of ${store} know no workload '${kind}'`);
}
