/**
 * Partitions: rows in clustering order, with deletions of the whole and of ranges. {@link Partition} is the form that can
 * grow, in a memtable; {@link PartitionData} the plain form that travels in messages and that a read returns.
 *
 * Plain data that the engine, {@link mergeAnswers} or {@link normaliseData} made is in normal form: ranges lie apart and in
 * order, and nothing in it is hidden by a deletion in it. Two replicas that know the same then have the same data.
 *
 * @module
 */
import type { TableMetadata } from '../schema/metadata.ts';
import type { Bytes } from '../types/data-type.ts';
import { resolveDeletions, type Deletion } from './cell.ts';
import type { Clustering, Slice } from './clustering.ts';
import { mergeRanges, normaliseRanges, NO_RANGES, rangeDeletionAt, rangesBeyond, type RangeTombstone } from './ranges.ts';
import { applyDeletion, isEmptyRow, mergeRows, normaliseRow, type Row } from './row.ts';
import { SortedRows } from './sorted-rows.ts';

export type { RangeTombstone } from './ranges.ts';

/** Some content of one partition: a mutation, an answer. */
export interface PartitionData {
  /** The serialised partition key. */
  readonly key: Bytes;
  readonly deletion: Deletion | undefined;
  readonly ranges: readonly RangeTombstone[];
  /** The cells of static columns; its clustering is empty and it has no marker. */
  readonly staticRow: Row | undefined;
  /** In clustering order, also when they were read in reverse. */
  readonly rows: readonly Row[];
}

/** A partition of which nothing is known. */
export function emptyData(key: Bytes): PartitionData {
  return { key, deletion: undefined, ranges: NO_RANGES, staticRow: undefined, rows: [] };
}

/** Whether nothing is said, not even by a tombstone. */
export function isEmptyData(data: PartitionData): boolean {
  return data.deletion === undefined && data.ranges.length === 0 && data.staticRow === undefined && data.rows.length === 0;
}

/** A place that rows of one partition can be read from. */
export interface RowSource {
  readonly deletion: Deletion | undefined;
  readonly ranges: readonly RangeTombstone[];
  readonly staticRow: Row | undefined;
  /** The row with exactly this clustering. */
  row(clustering: Clustering): Row | undefined;
  /** The rows of a slice, from its end when reversed. */
  rows(slice: Slice, reversed: boolean): Iterator<Row>;
  /** All rows, where they are so few that they may be had at once. */
  fewRows(): readonly Row[] | undefined;
}

/** So many rows may be had at once. */
const FEW_ROWS = 256;

/** A partition that can be added to. Rows that a deletion hides stay until it is read or written to an sstable. */
export class Partition implements RowSource {
  readonly key: Bytes;
  deletion: Deletion | undefined;
  ranges: readonly RangeTombstone[] = NO_RANGES;
  staticRow: Row | undefined;
  readonly #table: TableMetadata;
  /** The first row stands here: most partitions of many tables have one, and a structure for it would be twice its size. */
  #only: Row | undefined;
  #sorted: SortedRows | undefined;

  constructor(table: TableMetadata, key: Bytes) {
    this.#table = table;
    this.key = key;
    this.deletion = undefined;
    this.staticRow = undefined;
    this.#only = undefined;
    this.#sorted = undefined;
  }

  /** How many rows there are, dead ones too. */
  get rowCount(): number {
    return this.#sorted?.size ?? (this.#only === undefined ? 0 : 1);
  }

  /** Merges content in. @param table - as it is defined now */
  add(table: TableMetadata, data: PartitionData): void {
    if (data.deletion !== undefined) this.deletion = resolveDeletions(this.deletion, data.deletion);
    if (data.ranges.length > 0) this.ranges = mergeRanges(table.compare, this.ranges, normaliseRanges(table.compare, data.ranges));
    if (data.staticRow !== undefined) this.staticRow = this.staticRow === undefined ? normaliseRow(data.staticRow) : mergeRows(table, this.staticRow, data.staticRow);
    for (const row of data.rows) this.#upsert(table, row);
  }

  row(clustering: Clustering): Row | undefined {
    const only = this.#only;
    if (only !== undefined) return this.#table.compare(only.clustering, clustering) === 0 ? only : undefined;
    return this.#sorted?.get(clustering);
  }

  rows(slice: Slice, reversed: boolean): Iterator<Row> {
    return this.#inOrder().slice(slice, reversed);
  }

  fewRows(): readonly Row[] | undefined {
    if (this.#sorted === undefined) return this.#only === undefined ? [] : [this.#only];
    return this.#sorted.size <= FEW_ROWS ? [...this.#sorted] : undefined;
  }

  #inOrder(): SortedRows {
    if (this.#sorted === undefined) {
      this.#sorted = new SortedRows(this.#table.compare);
      if (this.#only !== undefined) this.#sorted.insert(this.#only);
      this.#only = undefined;
    }
    return this.#sorted;
  }

  #upsert(table: TableMetadata, row: Row): void {
    const added = row.deletion === undefined && row.complexDeletions.length === 0 ? row : normaliseRow(row);
    if (this.#sorted === undefined) {
      const only = this.#only;
      if (only === undefined) {
        this.#only = added;
        return;
      }
      if (table.compare(only.clustering, added.clustering) === 0) {
        this.#only = mergeRows(table, only, added);
        return;
      }
    }
    const sorted = this.#inOrder();
    const present = sorted.insert(added);
    if (present !== undefined) sorted.replace(mergeRows(table, present, added));
  }

  /** All of it in normal form. */
  toData(): PartitionData {
    const rows = this.#sorted === undefined ? (this.#only === undefined ? [] : [this.#only]) : [...this.#sorted];
    return hideWithin(this.#table, { key: this.key, deletion: this.deletion, ranges: this.ranges, staticRow: this.staticRow, rows });
  }
}

/** The strongest deletion from outside a row that covers it. */
export function deletionAt(table: TableMetadata, partition: Deletion | undefined, ranges: readonly RangeTombstone[], row: Clustering): Deletion | undefined {
  return ranges.length === 0 ? partition : resolveDeletions(partition, rangeDeletionAt(table.compare, ranges, row));
}

/** Any content in normal form. Its rows must be in order and each clustering there once. */
export function normaliseData(table: TableMetadata, data: PartitionData): PartitionData {
  const staticRow = data.staticRow === undefined ? undefined : normaliseRow(data.staticRow);
  const rows = data.rows.some((row) => row.deletion !== undefined || row.complexDeletions.length > 0) ? data.rows.map(normaliseRow) : data.rows;
  return hideWithin(table, { key: data.key, deletion: data.deletion, ranges: normaliseRanges(table.compare, data.ranges), staticRow, rows });
}

/** Drops what the partition's and the ranges' deletions hide. */
function hideWithin(table: TableMetadata, data: PartitionData): PartitionData {
  const { key, deletion } = data;
  const ranges = rangesBeyond(data.ranges, deletion);
  const staticRow = data.staticRow === undefined ? undefined : applyDeletion(data.staticRow, deletion);
  if (deletion === undefined && ranges.length === 0) return data;
  const rows: Row[] = [];
  for (const row of data.rows) {
    const kept = applyDeletion(row, deletionAt(table, deletion, ranges, row.clustering));
    if (kept !== undefined) rows.push(kept);
  }
  return { key, deletion, ranges, staticRow: staticRow === undefined || isEmptyRow(staticRow) ? undefined : staticRow, rows };
}

/**
 * What several replicas returned for one partition, as one.
 *
 * @param table - the partition's table
 * @param parts - at least one, all of one key
 */
export function mergeAnswers(table: TableMetadata, parts: readonly PartitionData[]): PartitionData {
  const [first, ...others] = parts;
  if (first === undefined) return emptyData('');
  let merged = first;
  for (const part of others) if (part !== merged) merged = mergeTwo(table, merged, part);
  return merged === first ? first : hideWithin(table, merged);
}

function mergeTwo(table: TableMetadata, a: PartitionData, b: PartitionData): PartitionData {
  return {
    key: a.key,
    deletion: resolveDeletions(a.deletion, b.deletion),
    ranges: mergeRanges(table.compare, a.ranges, b.ranges),
    staticRow: a.staticRow === undefined || b.staticRow === undefined ? a.staticRow ?? b.staticRow : mergeRows(table, a.staticRow, b.staticRow),
    rows: mergeRowLists(table, a.rows, b.rows),
  };
}

/** Rows of two places, in order, as one list. */
export function mergeRowLists(table: TableMetadata, a: readonly Row[], b: readonly Row[]): readonly Row[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: Row[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return merged;
    const order = x === undefined ? 1 : y === undefined ? -1 : table.compare(x.clustering, y.clustering);
    if (x !== undefined && y !== undefined && order === 0) merged.push(mergeRows(table, x, y));
    else if (x !== undefined && order < 0) merged.push(x);
    else if (y !== undefined) merged.push(y);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
}
