/**
 * Figures of a table on a node, in the words of `nodetool tablestats`.
 *
 * @module
 */
import type { ByteCount } from '../../kernel/units.ts';
import type { CacheStats } from './caches.ts';

/** Figures of a table on a node. */
export interface TableStats {
  readonly sstableCount: number;
  /** In each level, for leveled compaction; a level that has none is 0. */
  readonly sstablesInLevel: readonly number[];
  /** Of the sstables' data files. */
  readonly spaceUsed: ByteCount;
  readonly memtablePartitions: number;
  readonly memtableDataSize: ByteCount;
  readonly memtableSwitches: number;
  /** Partitions in memtable and sstables, each counted wherever it lies. */
  readonly estimatedPartitions: number;
  readonly localReads: number;
  readonly localWrites: number;
  readonly pendingFlushes: number;
  /** Compactions that run or wait. */
  readonly pendingCompactions: number;
  readonly compactionsDone: number;
  readonly bloomFilterFalsePositives: number;
  readonly bloomFilterTruePositives: number;
  readonly bloomFilterSpaceUsed: ByteCount;
  readonly keyCache: CacheStats;
  readonly rowCache: CacheStats;
  /** Sstables that held the partition, in the mean of all reads of one partition. */
  readonly sstablesPerRead: number;
  readonly tombstonesPerRead: number;
  readonly mostTombstonesInARead: number;
  readonly bytesFlushed: ByteCount;
  readonly bytesCompacted: ByteCount;
  /** Bytes written by flushes and compactions for each byte flushed. */
  readonly writeAmplification: number;
  /** The share of cells that are tombstones and may go by now. */
  readonly droppableTombstoneRatio: number;
  readonly percentRepaired: number;
}

/** Counts that a table keeps while its node lives. */
export interface TableCounts {
  reads: number;
  /** Reads of one partition. */
  partitionReads: number;
  writes: number;
  flushes: number;
  compactions: number;
  filterTruePositives: number;
  filterFalsePositives: number;
  sstablesRead: number;
  tombstones: number;
  mostTombstones: number;
  bytesFlushed: number;
  bytesCompacted: number;
}

/** All at nothing. */
export function newCounts(): TableCounts {
  return {
    reads: 0, partitionReads: 0, writes: 0, flushes: 0, compactions: 0, filterTruePositives: 0, filterFalsePositives: 0, sstablesRead: 0, tombstones: 0,
    mostTombstones: 0, bytesFlushed: 0, bytesCompacted: 0,
  };
}
