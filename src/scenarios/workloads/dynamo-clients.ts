/**
 * Clients of the Dynamo-like store that do what a workload says: registers, sets (read, added to and written back, siblings united) and
 * siblings as they are. They call back, so that a run needs no turn of the host's event loop.
 *
 * Left out: everything that needs a condition or several keys at once, which this store has not.
 *
 * @module
 */
import type { Dynamo, DynamoCallbacks, DynamoClientOptions, GetResult } from '../../dynamo/index.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import type { Simulation } from '../../kernel/simulation.ts';
import { unsupported } from './recorded-client.ts';
import type { WorkloadClient } from './run-workload.ts';
import type { Workload, WorkloadOperation } from './workload.ts';

/** Clients of a Dynamo deployment. @param options - for each of them, but the name */
export function dynamoClients(sim: Simulation, dynamo: Dynamo, workload: Workload, options: Omit<DynamoClientOptions, 'name'> = {}): readonly WorkloadClient[] {
  const { kind } = workload;
  const perform = kind === 'register' ? register : kind === 'set' ? set : kind === 'siblings' ? siblings : undefined;
  if (perform === undefined) throw unsupported('Dynamo', kind);
  return workload.clients.map(({ name, zone }): WorkloadClient => {
    const { callbacks } = dynamo.client({ ...(zone === undefined ? {} : { zone }), ...options, name });
    return { id: name, style: 'callbacks', perform: perform(sim, name, callbacks) };
  });
}

type Performing = (sim: Simulation, name: string, client: DynamoCallbacks) => (operation: WorkloadOperation, done: () => void) => void;

const register: Performing = (_, __, client) => ({ f, key, value }, done) => {
  if (f === 'read') client.get(key, done);
  else client.put(key, typeof value === 'string' ? value : String(value), done);
};

const set: Performing = (sim, name, client) => ({ f, key, value = null }, done) => {
  const call = sim.history.invoke(name, f, key, f === 'read' ? null : value as HistoryValue);
  client.get(key, (error, result) => {
    if (error !== undefined || result === undefined) {
      // Nothing was written yet.
      sim.history.fail(call, { error: error?.code ?? 'UNKNOWN' });
      done();
      return;
    }
    const elements = [...new Set(result.values.flatMap((sibling) => JSON.parse(sibling) as number[]))].sort((a, b) => a - b);
    if (f === 'read') {
      sim.history.ok(call, { value: elements });
      done();
      return;
    }
    client.put(key, JSON.stringify([...elements, value]), (refused) => {
      if (refused === undefined) sim.history.ok(call);
      else sim.history.failed(call, refused);
      done();
    }, { context: result.context, record: false });
  }, { record: false });
};

/** A client writes with the context of its last read of the key: what it saw is replaced, what it has not seen stays beside it. A message that arrives twice is a put done twice, beside itself. */
const siblings: Performing = (sim, name, client) => {
  const seen = new Map<string, GetResult>();
  return ({ f, key, value }, done) => {
    if (f === 'read') {
      const call = sim.history.invoke(name, f, key, null);
      client.get(key, (error, result) => {
        if (error !== undefined || result === undefined) {
          sim.history.fail(call, { error: error?.code ?? 'UNKNOWN' });
        } else {
          seen.set(key, result);
          sim.history.ok(call, { value: [...new Set(result.values)] });
        }
        done();
      }, { record: false });
      return;
    }
    const last = seen.get(key);
    const call = sim.history.invoke(name, f, key, [String(value), [...new Set(last?.values)]]);
    client.put(key, String(value), (refused) => {
      if (refused === undefined) sim.history.ok(call);
      else sim.history.failed(call, refused);
      done();
    }, { context: last?.context ?? null, record: false });
  };
};
