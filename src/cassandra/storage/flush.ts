/**
 * Writes a memtable to sstables: one, or one for each shard.
 *
 * @module
 */
import type { Token } from '../token.ts';
import type { Memtable } from './memtable.ts';
import type { SSTableWriter } from './sstable-writer.ts';
import type { SSTable } from './sstable.ts';

/** Begins an sstable. @param base - no timestamp in it is less @param expectedPartitions - about how many there will be */
export type WriterMaker = (base: number, expectedPartitions: number) => SSTableWriter;

/**
 * Writes all partitions of a memtable, in token order.
 *
 * @param memtable - it stays as it is
 * @param boundaries - tokens that begin a shard
 * @param makeWriter - begins each sstable
 * @returns what was written, or undefined when the disk is full
 */
export function writeMemtable(memtable: Memtable, boundaries: readonly Token[], makeWriter: WriterMaker): readonly SSTable[] | undefined {
  const base = memtable.minTimestamp === Infinity ? 0 : memtable.minTimestamp;
  const writers: SSTableWriter[] = [];
  const made: SSTable[] = [];
  let writer: SSTableWriter | undefined;
  let shard = 0;
  let isFull = false;
  const close = (): void => {
    const sstable = writer?.finish();
    if (sstable !== undefined) made.push(sstable);
    else if (writer !== undefined) isFull = true;
    writer = undefined;
  };
  for (const { token, partition } of memtable.sorted()) {
    let isBehind = false;
    for (let next = boundaries[shard]; next !== undefined && token >= next; next = boundaries[++shard]) isBehind = true;
    if (isBehind) close();
    if (isFull) break;
    if (writer === undefined) {
      writer = makeWriter(base, boundaries.length === 0 ? memtable.size : 64);
      writers.push(writer);
    }
    const data = partition.toData();
    writer.add(token, data, data.rows);
  }
  close();
  if (!isFull) return made;
  for (const begun of writers) begun.abort();
  return undefined;
}
