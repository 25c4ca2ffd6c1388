/**
 * The parameters that the storage engine of a node reads, out of all of the cluster's.
 *
 * @module
 */
import { readParameters, type Parameters } from '../parameters.ts';

/** Settings of the engine. */
export type StorageOptions = Pick<
  Parameters,
  | 'commitlogSync' | 'commitlogSyncPeriod' | 'commitlogSyncGroupWindow' | 'commitlogSegmentSize' | 'commitFailurePolicy' | 'memtableSize' | 'columnIndexSize'
  | 'keyCacheSize' | 'counterCacheSize' | 'rowCacheSize' | 'concurrentCompactors' | 'compactionThroughput' | 'autoCompaction' | 'tombstoneWarnThreshold' | 'tombstoneFailureThreshold'
>;

/** Cassandra's defaults. */
export const STORAGE_DEFAULTS: StorageOptions = readParameters({});
