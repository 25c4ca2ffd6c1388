/**
 * Prepared statements: what parsing and preparing make of a text, and what executing one takes and gives. Every kind of
 * statement is prepared to the same small interface; `prepare.ts` finds the one that is in charge.
 *
 * @module
 */
import type { ConsistencyLevel } from '../consistency.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import type { Bytes, DataType } from '../types/data-type.ts';
import type { Callback, StorageProxy } from './storage-proxy.ts';

/** A value for a bind marker: serialised, null, or left as it is (`unset`). */
export type BoundValue = Bytes | null | undefined;

/** A bind marker of a prepared statement. */
export interface BindVariable {
  /** The name of `:name`, of the column it stands for, or what messages call it (`[limit]`, `in(k)`). */
  readonly name: string;
  readonly type: DataType;
  /** The table that it is for, where a statement has several. */
  readonly table?: { readonly keyspace: string; readonly name: string };
}

/** A column of a result. */
export interface ResultColumn {
  readonly keyspace: string;
  readonly table: string;
  readonly name: string;
  readonly type: DataType;
}

/** How one execution is to be done. */
export interface ExecuteOptions {
  /** In the order of the bind variables. */
  readonly values: readonly BoundValue[];
  readonly consistency: ConsistencyLevel;
  readonly serialConsistency: ConsistencyLevel | undefined;
  /** The client's write timestamp, microseconds since the Unix epoch; undefined leaves it to the coordinator. */
  readonly timestamp: number | undefined;
  /** Rows of a page; undefined = all at once. */
  readonly pageSize: number | undefined;
  readonly pagingState: Bytes | undefined;
}

/** Rows as an execution gives them. */
export interface RowsResult {
  readonly kind: 'rows';
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (Bytes | null)[])[];
  /** Where to go on; undefined when this was all. */
  readonly pagingState: Bytes | undefined;
  /** For histories: the write timestamp of the one cell that was read (also of its tombstone), null when nothing was ever written; absent when more was read. */
  readonly version?: number | null;
}

/** What an execution gives. */
export type StatementResult =
  | (RowsResult & { readonly warnings?: readonly string[] })
  | {
    readonly kind: 'void';
    readonly warnings?: readonly string[];
    /** The timestamp that a write was stamped with. */
    readonly version?: number;
  }
  | { readonly kind: 'set-keyspace'; readonly keyspace: string; readonly warnings?: readonly string[] }
  | {
    readonly kind: 'schema-change';
    readonly change: 'CREATED' | 'UPDATED' | 'DROPPED';
    readonly target: 'KEYSPACE' | 'TABLE' | 'TYPE' | 'FUNCTION' | 'AGGREGATE';
    readonly keyspace: string;
    readonly name: string | undefined;
    readonly warnings?: readonly string[];
  };

/**
 * What a statement does, as a history says it. A statement that reads or writes one simple column of one row by its whole key
 * is a register: `read`, `write`, or with a condition on that column `cas`. All others bear their own names.
 */
export interface HistoryOperation {
  readonly f: string;
  readonly key: string | undefined;
  /** The argument. */
  readonly value: HistoryValue;
  /** Of a `read`: the result's column that shows the register. */
  readonly column?: string;
}

/** A statement that is ready to be executed any number of times. Valid for one version of the schema. */
export interface PreparedStatement {
  readonly text: string;
  readonly keyspace: string | undefined;
  readonly variables: readonly BindVariable[];
  /** The bind variables that make up the partition key, by index, when they all are variables: for routing. */
  readonly routing: readonly number[] | undefined;
  /** The table that it reads or writes; undefined where there is none, or several. */
  readonly table?: { readonly keyspace: string; readonly name: string };
  /** Whether it may be applied twice without harm: what drivers go by before they retry. */
  readonly isIdempotent: boolean;
  /** Whether it changes data or the schema. */
  readonly isWrite: boolean;
  /** The columns of its result, where they are known beforehand. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** How a history shows it. */
  operation(values: readonly BoundValue[]): HistoryOperation;
  /** Executes it. Errors are given to the callback. */
  execute(options: ExecuteOptions, proxy: StorageProxy, done: Callback<StatementResult>): void;
}

/** What a client sends: a prepared statement, or a text to be prepared, and the options. */
export interface ExecuteRequest {
  readonly text: string;
  /** The connection's keyspace. */
  readonly keyspace: string | undefined;
  readonly options: ExecuteOptions;
  /** Statements of a batch that is no text, each with its values. */
  readonly batch?: {
    readonly kind: 'LOGGED' | 'UNLOGGED' | 'COUNTER';
    readonly statements: readonly { readonly text: string; readonly values: readonly BoundValue[] }[];
  };
}
