/**
 * What a function of CQL is: a signature and what it does with serialised values.
 *
 * @module
 */
import type { Bytes, DataType } from '../../types/data-type.ts';
import type { BindContext } from '../term/scope.ts';

/** A function of values of one row. */
export interface ScalarFunction {
  readonly kind: 'scalar';
  /** As messages and result columns show it: `system.abs`. */
  readonly name: string;
  readonly args: readonly DataType[];
  readonly returns: DataType;
  /** Whether it gives the same for the same. */
  readonly isPure: boolean;
  execute(args: readonly (Bytes | null)[], context: BindContext): Bytes | null;
}

/** What an aggregate gathers over rows. */
export interface Accumulator {
  add(args: readonly (Bytes | null)[]): void;
  result(): Bytes | null;
}

/** A function of many rows. */
export interface AggregateFunction {
  readonly kind: 'aggregate';
  readonly name: string;
  readonly args: readonly DataType[];
  readonly returns: DataType;
  accumulator(): Accumulator;
}

/** A function of CQL. */
export type CqlFunction = ScalarFunction | AggregateFunction;

/** A function that gives the same for the same, of the system's keyspace. */
export function scalar(name: string, args: readonly DataType[], returns: DataType, execute: (args: readonly (Bytes | null)[]) => Bytes | null): ScalarFunction {
  return { kind: 'scalar', name: `system.${name}`, args, returns, isPure: true, execute };
}

/** Like {@link scalar}, null when any argument is null. */
export function strict(name: string, args: readonly DataType[], returns: DataType, execute: (...args: Bytes[]) => Bytes | null): ScalarFunction {
  return scalar(name, args, returns, (values) => {
    const given: Bytes[] = [];
    for (const value of values) {
      if (value === null || value === '') return null;
      given.push(value);
    }
    return execute(...given);
  });
}
