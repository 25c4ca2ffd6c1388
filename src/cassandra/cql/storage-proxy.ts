/**
 * What executing a statement needs of the cluster: the door between CQL and the coordinator (`StorageProxy` of Apache
 * Cassandra). A node's coordinator implements it over the network, and a standalone store over its own engine.
 *
 * Callbacks are called once, at once or later, never both with an error and a value.
 *
 * @module
 */
import type { ConsistencyLevel } from '../consistency.ts';
import type { CassandraError } from '../errors.ts';
import type { Schema } from '../schema/schema.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { PartitionData } from '../storage/partition.ts';
import type { Mutation } from '../storage/mutation.ts';
import type { PartitionRead, RangeRead } from '../storage/read-command.ts';
import type { Bytes } from '../types/data-type.ts';
import type { Random } from '../../kernel/random.ts';

/** Gets an error or a value. */
export type Callback<T> = (error: CassandraError | undefined, value?: T) => void;

/** Gets an error, or what was read with warnings for the client. */
export type ReadCallback = (error: CassandraError | undefined, value?: readonly PartitionData[], warnings?: readonly string[]) => void;

/** A conditional update: what to read, and what to write after having seen it. */
export interface CasRequest {
  readonly table: TableMetadata;
  readonly key: Bytes;
  readonly read: PartitionRead;
  /** What to write, or undefined when the conditions do not hold. Called with the merged content that was read. @param timestamp - the ballot's, which the cells get */
  readonly evaluate: (current: PartitionData, timestamp: number) => Mutation | undefined;
}

/** What became of it. */
export interface CasResult {
  readonly applied: boolean;
  /** What was read. */
  readonly current: PartitionData;
}

/** The cluster as a statement sees it. */
export interface StorageProxy {
  readonly schema: Schema;
  /** For `uuid()` and `now()`. */
  readonly random: Random;
  /** This node's clock in microseconds, each value once and rising. */
  timestamp(): number;
  /** This node's clock in seconds. */
  nowSeconds(): number;
  /** Writes, as SIMPLE or UNLOGGED_BATCH by their number. */
  mutate(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: Callback<void>): void;
  /** Writes by way of the batchlog. */
  mutateAtomically(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: Callback<void>): void;
  /** Adds to counters. Cells of a counter's mutation hold the amount as a bigint's bytes. */
  mutateCounters(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: Callback<void>): void;
  /** Reads partitions, each by itself, merged from replicas; answers stand in the order of the commands (no content: empty data). */
  read(commands: readonly PartitionRead[], consistency: ConsistencyLevel, serial: boolean, done: ReadCallback): void;
  /** Reads a range of tokens, merged from replicas, in token order, up to the limits. */
  readRange(command: RangeRead, consistency: ConsistencyLevel, done: Callback<readonly PartitionData[]>): void;
  /** A lightweight transaction. */
  compareAndSet(request: CasRequest, serialConsistency: ConsistencyLevel, consistency: ConsistencyLevel, done: Callback<CasResult>): void;
  /** Empties a table everywhere. */
  truncate(table: TableMetadata, done: Callback<void>): void;
  /** Makes a schema the cluster's. */
  changeSchema(schema: Schema, done: Callback<void>): void;
}
