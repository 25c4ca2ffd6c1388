/**
 * Mutations: content for one partition key of one keyspace, of one table or of several, which a replica applies as a whole.
 *
 * @module
 */
import type { Bytes } from '../types/data-type.ts';
import type { PartitionData } from './partition.ts';

/** Content for one partition of one table. */
export interface PartitionUpdate {
  /** The table's id. */
  readonly table: string;
  readonly data: PartitionData;
}

/** What a replica applies as a whole: it is logged as one record. */
export interface Mutation {
  readonly keyspace: string;
  readonly key: Bytes;
  /** At most one for each table, all with the same key. */
  readonly updates: readonly PartitionUpdate[];
  /** It as bytes, made once by whoever made the mutation: every replica logs the same, and its length is its size on the wire. */
  readonly bytes: Bytes;
}
