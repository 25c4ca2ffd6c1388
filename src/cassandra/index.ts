/**
 * `splitbrain/cassandra`: a Cassandra-like store on the simulated clock.
 *
 * @module
 */
export { Cassandra, CassandraNode, createCassandra, type CassandraClientOptions } from './cassandra.ts';
export {
  CassandraClient, type DeleteQuery, type RequestOptions, type RowValues, type SelectedRow, type SelectQuery, type SelectResult,
  type UpsertOptions, type WriteOptions, type WriteResult,
} from './client.ts';
export { CONSISTENCY_LEVELS, type ConsistencyLevel } from './consistency.ts';
export { InvalidRequestError, ReadTimeoutError, UnavailableError, WriteTimeoutError, type WriteType } from './errors.ts';
export type { CassandraOptions } from './options.ts';
export type { PartitionInput, RowQuery } from './query.ts';
export type { Replication } from './replication.ts';
export type { ReadRepair, Table, TableDefinition } from './schema.ts';
export type { ClusteringOrder } from './storage/clustering.ts';
export type { CommitLogSync } from './storage/commit-log.ts';
export type { TableStats } from './storage/engine.ts';
export { compareTokens, formatToken, murmur3Token, tokenFromBigInt, tokenToBigInt, type Token } from './token.ts';
export type { CqlType, CqlValue } from './value.ts';
