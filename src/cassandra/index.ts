/**
 * `splitbrain/cassandra`: a Cassandra-like store on the simulated clock.
 *
 * @module
 */
export { Cassandra, createCassandra, type CassandraClientOptions, type NewNodeOptions } from './cassandra.ts';
export {
  CassandraClient, type BatchOptions, type BatchQuery, type ExecutionOptions, type RequestOptions, type SelectedRow, type SelectResult, type UpsertOptions,
  type WriteOptions, type WriteResult,
} from './client.ts';
export { CONSISTENCY_LEVELS, type ConsistencyLevel } from './consistency.ts';
export type { Parameters as CqlParameters } from './cql/bind.ts';
export { ResultSet, type ColumnInfo, type ExecutionInfo, type ResultRow } from './cql/result-set.ts';
export { splitStatements } from './cql/lexer.ts';
export {
  AlreadyExistsError, CassandraError, CasWriteUnknownError, ConfigError, CqlSyntaxError, FunctionFailureError, InvalidRequestError, PROTOCOL_ERRORS,
  ReadFailureError, ReadTimeoutError, type ReplicaFailure, ServerError, UnauthorizedError, UnavailableError, WriteFailureError, WriteTimeoutError, type WriteType,
} from './errors.ts';
export { CassandraNode, type NodeReference, type RingLine, type StatusLine } from './node.ts';
export type { ThreadPoolLine, ThreadPoolStats } from './coordinator/thread-pools.ts';
export type { CassandraOptions } from './options.ts';
export { PARAMETERS, type ParameterName, type ParameterOptions, type ParameterRow } from './parameters.ts';
export { murmur3Partitioner, partitionerOf, PARTITIONERS, type Partitioner, type PartitionerName } from './partitioner.ts';
export type { Replication } from './replication.ts';
export { createSession, Session, type SessionOptions } from './session.ts';
export type { TableStats } from './storage/table-stats.ts';
export type { ClusteringOrder, ReadRepair, Table, TableDefinition } from './table.ts';
export type { DeleteQuery, PartitionInput, RowQuery, RowValues, SelectQuery } from './table-queries.ts';
export { compareTokens, type Token } from './token.ts';
export type { CqlValue } from './types/decode.ts';
