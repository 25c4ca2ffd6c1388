/**
 * What preparing a statement needs to know around its terms, and what binding them needs of an execution.
 *
 * @module
 */
import type { TableMetadata } from '../../schema/metadata.ts';
import type { Partitioner } from '../../partitioner.ts';
import { validate } from '../../types/validate.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import { InvalidRequestError } from '../../errors.ts';
import type { RawType } from '../ast.ts';
import type { BindVariable, BoundValue } from '../statement.ts';
import type { StorageProxy } from '../storage-proxy.ts';
import { resolveType, type UserTypeLookup } from './resolve-type.ts';

/** What a term is for: its name and type are in messages. */
export interface Receiver {
  readonly name: string;
  readonly type: DataType;
}

/** Collects the bind variables of a statement while its terms are prepared. */
export class Variables {
  readonly #names: readonly (string | undefined)[];
  readonly #found: (BindVariable | undefined)[] = [];
  /** The table that markers are for from now on, in a batch. */
  table: TableMetadata | undefined = undefined;

  /** @param names - of the markers in the order of the text; undefined for `?` */
  constructor(names: readonly (string | undefined)[]) {
    this.#names = names;
  }

  /** Says what a marker stands for. */
  add(index: number, receiver: Receiver): void {
    const name = this.#names[index] ?? receiver.name;
    this.#found[index] = this.table === undefined ? { name, type: receiver.type } : { name, type: receiver.type, table: this.table };
  }

  /** All of them, in order. */
  list(): readonly BindVariable[] {
    return this.#names.map((name, i) => this.#found[i] ?? { name: name ?? '?', type: { kind: 'native', name: 'blob' } });
  }
}

/** What is known where a statement's terms are prepared. */
export interface TermScope {
  /** The statement's keyspace: where user types are looked up. */
  readonly keyspace: string;
  /** For `token()`; undefined where there is none. */
  readonly table: TableMetadata | undefined;
  readonly partitioner: Partitioner;
  readonly userType: UserTypeLookup;
  readonly variables: Variables;
}

/** A type that was written in a statement. */
export function typeIn(scope: TermScope, raw: RawType): DataType {
  return resolveType(raw, scope.keyspace, scope.userType);
}

/** What binding needs. */
export interface BindContext {
  /** In the order of the markers. */
  readonly values: readonly BoundValue[];
  /** Chance and clock for `uuid()` and `now()`. */
  readonly proxy: Pick<StorageProxy, 'random' | 'timestamp' | 'nowSeconds'>;
}

/** A term that is ready to be given values. */
export interface PreparedTerm {
  readonly type: DataType;
  /** Whether it is the same whatever is bound. */
  readonly isConstant: boolean;
  /** Its marker's number, when it is just that. */
  readonly marker: number | undefined;
  /** Its value; undefined when a value was left unset. */
  bind(context: BindContext): BoundValue;
}

/** A term that never changes. */
export function constantTerm(type: DataType, value: Bytes | null): PreparedTerm {
  return { type, isConstant: true, marker: undefined, bind: () => value };
}

/** A marker as a term. What a client sent is held against its type. */
export function markerTerm(index: number, receiver: Receiver): PreparedTerm {
  const { type } = receiver;
  return {
    type,
    isConstant: false,
    marker: index,
    bind({ values }) {
      const value = values[index];
      if (value !== null && value !== undefined) validate(type, value);
      else if (value === undefined && index >= values.length) throw new InvalidRequestError('Invalid amount of bind variables');
      return value;
    },
  };
}

/** For values that are looked at before an execution: what depends on a clock or on chance is not known then. */
export const BEFOREHAND: BindContext['proxy'] = {
  get random(): never {
    throw new InvalidRequestError('not known beforehand');
  },
  timestamp() {
    throw new InvalidRequestError('not known beforehand');
  },
  nowSeconds() {
    throw new InvalidRequestError('not known beforehand');
  },
};
