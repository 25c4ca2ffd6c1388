/**
 * Arbitrary workloads of registers: reads and writes of values that are all different. They shrink to fewer clients, keys and
 * operations, and to shorter waits; so does any workload given as an example.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { simplerWorkload } from '../scenarios/simpler.ts';
import { readWorkload, type Workload, type WorkloadOperation } from '../scenarios/workload.ts';
import { descending } from './descending.ts';

/** What to generate. */
export interface WorkloadConstraints {
  /** Default 4. */
  readonly maxClients?: number;
  /** Of each client; default 8. */
  readonly maxOperations?: number;
  /** Default 2. */
  readonly keys?: number;
  /** Milliseconds before an operation, at most; default 50. */
  readonly maxWait?: number;
}

/** Workloads of kind `register`. */
export function workload(constraints: WorkloadConstraints = {}): Arbitrary<Workload> {
  const { maxClients = 4, maxOperations = 8, keys = 2, maxWait = 50 } = constraints;
  const operation = fc.record({ isWrite: fc.boolean(), key: fc.nat(keys - 1), wait: fc.nat(maxWait) });
  const generated = fc.array(fc.array(operation, { minLength: 1, maxLength: maxOperations }), { minLength: 1, maxLength: maxClients }).map((clients): Workload => {
    let written = 0;
    return {
      kind: 'register',
      clients: clients.map((operations, index) => ({
        name: `c${index + 1}`,
        operations: operations.map(({ isWrite, key, wait }): WorkloadOperation => ({
          f: isWrite ? 'write' : 'read', key: `k${key + 1}`, ...(isWrite ? { value: String(++written) } : {}), ...(wait === 0 ? {} : { wait }),
        })),
      })),
    };
  });
  return descending(generated, {
    accepts: isWorkload,
    descent: simplerWorkload,
    keeps: ({ clients: some }) => some.length > 0 && some.every(({ operations }) => operations.length > 0),
  });
}

function isWorkload(value: unknown): value is Workload {
  try {
    readWorkload(value);
    return true;
  } catch {
    return false;
  }
}
