/**
 * What a model may decide of a history without a search.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';

/** A proof that there is no legal order. */
export interface Refutation {
  readonly witness: readonly Operation[];
  readonly explanation: string;
}

/** `ok`: there is a legal order. `not applicable`: the history is not of the kind that is decided so. */
export type Decision = 'ok' | 'not applicable' | Refutation;

/** When an operation was over; never, while it is pending. */
export function returnOf(operation: Operation): number {
  return operation.return ?? Infinity;
}

/** A sweep over operations in the one order that they must have taken effect in. */
export class OrderSweep {
  /** Of those that came before, the one called last. */
  #latest: Operation | undefined;

  /**
   * Puts a group behind all before it. The order within the group is free.
   *
   * @returns a member that was over before one that must come before it was called, and that one
   */
  next(group: readonly Operation[]): readonly [later: Operation, earlier: Operation] | undefined {
    for (const operation of group) {
      if (this.#latest !== undefined && returnOf(operation) < this.#latest.call) return [operation, this.#latest];
    }
    for (const operation of group) if (this.#latest === undefined || operation.call > this.#latest.call) this.#latest = operation;
    return undefined;
  }
}

/** Operations once each, in order of call. */
export function distinct(operations: readonly (Operation | undefined)[]): Operation[] {
  return [...new Set(operations.filter((operation) => operation !== undefined))].sort((a, b) => a.call - b.call);
}
