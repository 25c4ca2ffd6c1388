/**
 * Process order: what one client did, one after another, is a chain. An operation whose outcome is unknown may take effect
 * after its client has gone on, or never; it is then a chain of its own that begins behind what its client did before it.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';

/** Operations by chain. Numbers are positions in the list of operations handed over. */
export interface Chains {
  /** Each chain's operations, in order. */
  readonly members: readonly (readonly number[])[];
  /** For each chain the operation behind which it begins, or -1. */
  readonly after: readonly number[];
  readonly chainOf: Int32Array;
  /** Each operation's place in its chain. */
  readonly placeOf: Int32Array;
}

/**
 * Arranges operations in chains.
 *
 * @param operations - in order of call
 */
export function chainsOf(operations: readonly Operation[]): Chains {
  const members: number[][] = [];
  const after: number[] = [];
  const chainOf = new Int32Array(operations.length);
  const placeOf = new Int32Array(operations.length);
  const current = new Map<string | number, number>();
  const last = lastOfEach(operations);
  operations.forEach(({ process, return: returned }, i) => {
    let chain = current.get(process);
    if (chain === undefined) {
      chain = members.push([]) - 1;
      after.push(-1);
      current.set(process, chain);
    }
    if (returned === null && last.get(process) !== i) {
      const previous = members[chain]?.at(-1) ?? -1;
      chain = members.push([]) - 1;
      after.push(previous);
    }
    chainOf[i] = chain;
    placeOf[i] = (members[chain]?.push(i) ?? 1) - 1;
  });
  return { members, after, chainOf, placeOf };
}

function lastOfEach(operations: readonly Operation[]): ReadonlyMap<string | number, number> {
  return new Map(operations.map(({ process }, i) => [process, i]));
}

/** Operations in order of call. */
export function byCall(operations: readonly Operation[]): readonly Operation[] {
  const sorted = operations.every((operation, i) => i === 0 || operation.call >= (operations[i - 1]?.call ?? 0));
  return sorted ? operations : [...operations].sort((a, b) => a.call - b.call);
}
