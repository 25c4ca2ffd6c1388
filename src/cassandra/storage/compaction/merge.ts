/**
 * What a compaction does with one partition: merges its versions, hides what is deleted, turns expired cells into tombstones, and
 * drops tombstones for good that are older than `gc_grace_seconds` and hide nothing elsewhere (Apache Cassandra 5.0,
 * `CompactionIterator` and `CompactionController`). Rows pass one by one.
 *
 * @module
 */
import type { TableMetadata } from '../../schema/metadata.ts';
import type { Bytes } from '../../types/data-type.ts';
import { resolveDeletions, type Deletion } from '../cell.ts';
import { WHOLE_PARTITION } from '../clustering.ts';
import type { RowSource } from '../partition.ts';
import { mergeRanges, NO_RANGES, rangeDeletionAt, rangesBeyond, type RangeTombstone } from '../ranges.ts';
import { mergedRows, withoutDropped } from '../read-partition.ts';
import { applyDeletion, mergeRows, purgeRow, type Purger, type Row } from '../row.ts';
import type { PartitionHead } from '../sstable-writer.ts';

/** A merged partition: its head, and its rows as they are asked for. */
export interface MergedPartition {
  readonly head: PartitionHead;
  readonly rows: Iterable<Row>;
}

/**
 * Merges the versions of a partition.
 *
 * @param table - its table
 * @param key - its key
 * @param sources - the versions
 * @param purger - which tombstones may be dropped
 * @param nowSeconds - decides what has expired
 */
export function mergePartition(table: TableMetadata, key: Bytes, sources: readonly RowSource[], purger: Purger, nowSeconds: number): MergedPartition {
  let deletion: Deletion | undefined;
  let ranges: readonly RangeTombstone[] = NO_RANGES;
  let merged: Row | undefined;
  for (const source of sources) {
    deletion = resolveDeletions(deletion, source.deletion);
    ranges = mergeRanges(table.compare, ranges, source.ranges);
    if (source.staticRow !== undefined) merged = merged === undefined ? source.staticRow : mergeRows(table, merged, source.staticRow);
  }
  ranges = rangesBeyond(ranges, deletion);
  const keep = (row: Row, covering: Deletion | undefined): Row | undefined => {
    const known = table.dropped.size === 0 ? row : withoutDropped(table, row);
    const kept = known === undefined ? undefined : applyDeletion(known, covering);
    return kept === undefined ? undefined : purgeRow(kept, purger, nowSeconds);
  };
  const isKept = (item: Deletion): boolean => !purger.mayGo(item.timestamp, item.localDeletionTime);
  const head: PartitionHead = {
    key,
    deletion: deletion !== undefined && isKept(deletion) ? deletion : undefined,
    ranges: ranges.length === 0 ? ranges : ranges.filter((range) => isKept(range.deletion)),
    staticRow: merged === undefined ? undefined : keep(merged, deletion),
  };
  return { head, rows: keptRows() };

  function* keptRows(): Generator<Row, undefined> {
    for (const row of mergedRows(table, sources.map((source) => source.rows(WHOLE_PARTITION, false)), false)) {
      const covering = ranges.length === 0 ? deletion : resolveDeletions(deletion, rangeDeletionAt(table.compare, ranges, row.clustering));
      const kept = keep(row, covering);
      if (kept !== undefined) yield kept;
    }
    return undefined;
  }
}
