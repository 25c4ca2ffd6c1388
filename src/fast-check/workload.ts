/**
 * Arbitrary workloads of any kind. They shrink to fewer clients, keys, operations and steps of transactions, and to shorter waits; so does
 * any workload given as an example.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import { UsageError } from '../kernel/errors.ts';
import { simplerWorkload } from '../scenarios/simpler.ts';
import { drawWorkload, readWorkload, type Workload, type WorkloadDescription } from '../scenarios/workloads/workload.ts';
import { descending } from './descending.ts';

/** What to generate. */
export interface WorkloadConstraints extends Pick<WorkloadDescription, 'skew' | 'reads' | 'mix' | 'transactions'> {
  /** Default `register`. */
  readonly kind?: WorkloadDescription['kind'];
  /** Default 4. */
  readonly maxClients?: number;
  /** Of each client; default 8. */
  readonly maxOperations?: number;
  /** Default 2. */
  readonly keys?: number;
  /** Milliseconds before an operation, at most; default 50. */
  readonly maxWait?: number;
}

/** Workloads whose written values are all different. @throws {@link UsageError} `INVALID_OPTION` naming the constraint */
export function workload(constraints: WorkloadConstraints = {}): Arbitrary<Workload> {
  const { kind = 'register', maxClients = 4, maxOperations = 8, keys = 2, maxWait = 50, ...others } = constraints;
  for (const [name, value, least] of [['maxClients', maxClients, 1], ['maxOperations', maxOperations, 1], ['maxWait', maxWait, 0]] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw new UsageError('INVALID_OPTION', `${name} must be a whole number from ${least}, got ${String(value)}`);
  }
  const draw = (seed: number, clients: number): Workload => (
    drawWorkload({ kind, seed, clients, operations: clients * maxOperations, keys, thinkTime: maxWait / 2, ...others })
  );
  // What is wrong with the rest is said now, not when the first is generated.
  draw(0, 1);
  const sizes = fc.array(fc.integer({ min: 1, max: maxOperations }), { minLength: 1, maxLength: maxClients });
  const generated = fc.tuple(fc.nat(), sizes).map(([seed, counts]): Workload => {
    const { clients } = draw(seed, counts.length);
    return { kind, clients: clients.map((client, index) => ({ ...client, operations: client.operations.slice(0, counts[index]) })) };
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
