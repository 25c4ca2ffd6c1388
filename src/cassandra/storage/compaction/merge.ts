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
import { mergeRowLists, type RowSource } from '../partition.ts';
import { mergeRanges, NO_RANGES, rangeDeletionAt, rangesBeyond, type RangeTombstone } from '../ranges.ts';
import { mergedRows, withoutDropped } from '../read-partition.ts';
import { applyDeletion, mergeRows, purgeRow, type Purger, type Row } from '../row.ts';
import type { PartitionHead } from '../sstable-writer.ts';

/** A merged partition: its head, and its rows as they are asked for. */
export interface MergedPartition {
  readonly head: PartitionHead;
  /** An array where there are few. */
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
  return new PartitionMerge(table, sources, purger, nowSeconds).result(key);
}

class PartitionMerge {
  readonly #table: TableMetadata;
  readonly #sources: readonly RowSource[];
  readonly #purger: Purger;
  readonly #nowSeconds: number;
  #deletion: Deletion | undefined;
  #ranges: readonly RangeTombstone[] = NO_RANGES;

  constructor(table: TableMetadata, sources: readonly RowSource[], purger: Purger, nowSeconds: number) {
    this.#table = table;
    this.#sources = sources;
    this.#purger = purger;
    this.#nowSeconds = nowSeconds;
    for (const { deletion, ranges } of sources) {
      if (deletion !== undefined) this.#deletion = resolveDeletions(this.#deletion, deletion);
      if (ranges.length > 0) this.#ranges = mergeRanges(table.compare, this.#ranges, ranges);
    }
    this.#ranges = rangesBeyond(this.#ranges, this.#deletion);
  }

  result(key: Bytes): MergedPartition {
    let merged: Row | undefined;
    for (const { staticRow } of this.#sources) {
      if (staticRow !== undefined) merged = merged === undefined ? staticRow : mergeRows(this.#table, merged, staticRow);
    }
    const deletion = this.#deletion;
    const ranges = this.#ranges;
    const head: PartitionHead = {
      key,
      deletion: deletion !== undefined && this.#stays(deletion) ? deletion : undefined,
      ranges: ranges.length === 0 ? ranges : ranges.filter((range) => this.#stays(range.deletion)),
      staticRow: merged === undefined ? undefined : this.#keep(merged, deletion),
    };
    return { head, rows: this.#few() ?? this.#many() };
  }

  #stays({ timestamp, localDeletionTime }: Deletion): boolean {
    return !this.#purger.mayGo(timestamp, localDeletionTime);
  }

  #keep(row: Row, covering: Deletion | undefined): Row | undefined {
    const known = this.#table.dropped.size === 0 ? row : withoutDropped(this.#table, row);
    const kept = known === undefined ? undefined : applyDeletion(known, covering);
    return kept === undefined ? undefined : purgeRow(kept, this.#purger, this.#nowSeconds);
  }

  #keepRow(row: Row): Row | undefined {
    const ranges = this.#ranges;
    return this.#keep(row, ranges.length === 0 ? this.#deletion : resolveDeletions(this.#deletion, rangeDeletionAt(this.#table.compare, ranges, row.clustering)));
  }

  #few(): readonly Row[] | undefined {
    let all: readonly Row[] = [];
    for (const source of this.#sources) {
      const rows = source.fewRows();
      if (rows === undefined) return undefined;
      all = mergeRowLists(this.#table, all, rows);
    }
    const kept: Row[] = [];
    for (const row of all) {
      const one = this.#keepRow(row);
      if (one !== undefined) kept.push(one);
    }
    return kept;
  }

  *#many(): Generator<Row, undefined> {
    for (const row of mergedRows(this.#table, this.#sources.map((source) => source.rows(WHOLE_PARTITION, false)), false)) {
      const kept = this.#keepRow(row);
      if (kept !== undefined) yield kept;
    }
    return undefined;
  }
}
