/**
 * Partitions: rows in clustering order, with deletions of the whole and of ranges. {@link Partition} is the form that can
 * grow; {@link PartitionData} the plain form that travels in messages, is written to disks, and is what a read of one
 * replica returns.
 *
 * Range tombstones are a plain list here, looked through for each row read: right for tens, slow for thousands.
 *
 * @module
 */
import type { Table } from '../schema.ts';
import { NEVER, resolveDeletions, type Deletion } from './cell.ts';
import { prefixOfSlice, sliceCovers, type Clustering, type Slice } from './clustering.ts';
import { applyDeletion, mergeRows, purgeRow, rowIsLive, type Row } from './row.ts';
import { SortedRows } from './sorted-rows.ts';

/** Deletes the rows of a slice. */
export interface RangeTombstone {
  readonly slice: Slice;
  readonly deletion: Deletion;
}

/** Some content of one partition: a mutation, an answer, a record on a disk. */
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

/** What a read asks of a partition. */
export interface ReadSpan {
  readonly slice: Slice;
  /** Live rows at most. */
  readonly limit: number;
  readonly reverse: boolean;
}

/** A partition that can be added to. */
export class Partition {
  readonly key: string;
  readonly rows: SortedRows;
  #deletion: Deletion | undefined;
  #ranges: readonly RangeTombstone[] = [];
  readonly #table: Table;

  constructor(table: Table, key: string) {
    this.#table = table;
    this.key = key;
    this.rows = new SortedRows(table.compare);
  }

  /** The deletion of the whole partition. */
  get deletion(): Deletion | undefined {
    return this.#deletion;
  }

  /** The deletions of ranges, in no order. */
  get ranges(): readonly RangeTombstone[] {
    return this.#ranges;
  }

  /** Whether nothing is known here, not even a tombstone. */
  get isEmpty(): boolean {
    return this.#deletion === undefined && this.#ranges.length === 0 && this.rows.size === 0;
  }

  /** Merges content in. */
  add(data: PartitionData): void {
    const { types } = this.#table;
    this.#deletion = resolveDeletions(this.#deletion, data.deletion);
    if (data.ranges.length > 0) this.#ranges = mergeRanges(this.#ranges, data.ranges);
    for (const row of data.rows) this.rows.upsert(row, (present, added) => mergeRows(present, added, types));
  }

  /** All of it, as plain data. */
  toData(): PartitionData {
    return { key: this.key, deletion: this.#deletion, ranges: this.#ranges, rows: [...this.rows] };
  }
}

/**
 * Reads a slice of a partition that lies in several places. Tombstones are returned too, since another replica may hold
 * what they delete; rows that a deletion leaves nothing of are not.
 *
 * @param table - the partition's table
 * @param key - its serialised key
 * @param sources - memtable and sorted runs, in any order
 * @param span - what to read
 * @param nowSeconds - decides which rows are live and count towards the limit
 */
export function readPartition(table: Table, key: string, sources: readonly Partition[], span: ReadSpan, nowSeconds: number): PartitionData {
  let deletion: Deletion | undefined;
  let ranges: readonly RangeTombstone[] = [];
  for (const source of sources) {
    deletion = resolveDeletions(deletion, source.deletion);
    if (source.ranges.length > 0) ranges = mergeRanges(ranges, source.ranges);
  }
  const point = prefixOfSlice(span.slice);
  if (point?.length === table.clusteringKey.length) {
    const row = rowAt(table, sources, point);
    const kept = row === undefined ? undefined : applyDeletion(row, deletionAt(table, deletion, ranges, point));
    return { key, deletion, ranges, rows: kept === undefined ? [] : [kept] };
  }
  const rows: Row[] = [];
  let live = 0;
  for (const row of mergedRows(table, sources.map((source) => source.rows.slice(span.slice, span.reverse)), span.reverse)) {
    const kept = applyDeletion(row, deletionAt(table, deletion, ranges, row.clustering));
    if (kept === undefined) continue;
    rows.push(kept);
    if (rowIsLive(kept, nowSeconds) && ++live >= span.limit) break;
  }
  return { key, deletion, ranges, rows: span.reverse ? rows.reverse() : rows };
}

function rowAt(table: Table, sources: readonly Partition[], clustering: Clustering): Row | undefined {
  let merged: Row | undefined;
  for (const source of sources) {
    const row = source.rows.get(clustering);
    if (row !== undefined) merged = merged === undefined ? row : mergeRows(merged, row, table.types);
  }
  return merged;
}

/** Merges what several replicas returned for one read. */
export function mergeData(table: Table, key: string, all: readonly PartitionData[]): PartitionData {
  const merged = new Partition(table, key);
  for (const data of all) merged.add(data);
  const { deletion, ranges } = merged;
  const rows: Row[] = [];
  for (const row of merged.rows) {
    const kept = applyDeletion(row, deletionAt(table, deletion, ranges, row.clustering));
    if (kept !== undefined) rows.push(kept);
  }
  return { key, deletion, ranges, rows };
}

/** The strongest deletion from outside a row that covers it. */
export function deletionAt(table: Table, partition: Deletion | undefined, ranges: readonly RangeTombstone[], row: Clustering): Deletion | undefined {
  let strongest = partition;
  for (const { slice, deletion } of ranges) {
    if (sliceCovers(table.compare, slice, row)) strongest = resolveDeletions(strongest, deletion);
  }
  return strongest;
}

/** What a compaction keeps of a partition, or undefined when that is nothing. */
export function purgePartition(table: Table, data: PartitionData, gcBefore: number, nowSeconds: number): PartitionData | undefined {
  const deletion = data.deletion !== undefined && data.deletion.localDeletionTime < gcBefore ? undefined : data.deletion;
  const ranges = data.ranges.filter((range) => range.deletion.localDeletionTime >= gcBefore);
  const rows = data.rows.map((row) => purgeRow(row, gcBefore, nowSeconds)).filter((row) => row !== undefined);
  return deletion === undefined && ranges.length === 0 && rows.length === 0 ? undefined : { key: data.key, deletion, ranges, rows };
}

/** Whether anything in it is deleted or will expire. */
export function hasTombstones(data: PartitionData): boolean {
  return data.deletion !== undefined || data.ranges.length > 0 || data.rows.some(mayDie);
}

function mayDie(row: Row): boolean {
  return row.deletion !== undefined || (row.liveness?.ttl ?? 0) > 0 || row.cells.some((cell) => cell.localDeletionTime !== NEVER);
}

function mergeRanges(a: readonly RangeTombstone[], b: readonly RangeTombstone[]): readonly RangeTombstone[] {
  const strongest = new Map<string, RangeTombstone>();
  for (const range of [...a, ...b]) {
    const name = JSON.stringify(range.slice);
    const present = strongest.get(name);
    if (present === undefined || resolveDeletions(present.deletion, range.deletion) === range.deletion) strongest.set(name, range);
  }
  return [...strongest].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, range]) => range);
}

/**
 * Several ordered walks as one, rows with one clustering merged. Sources are few: the least is found by looking at all.
 *
 * @yields each merged row
 */
function* mergedRows(table: Table, walks: readonly Iterator<Row>[], reverse: boolean): Generator<Row, undefined> {
  const [first] = walks;
  if (walks.length === 1 && first !== undefined) {
    for (let next = first.next(); next.done !== true; next = first.next()) yield next.value;
    return undefined;
  }
  const heads: (Row | undefined)[] = walks.map((walk) => take(walk));
  for (;;) {
    let least: Row | undefined;
    for (const row of heads) {
      if (row === undefined) continue;
      const order = least === undefined ? -1 : table.compare(row.clustering, least.clustering);
      if (least === undefined || (reverse ? order > 0 : order < 0)) least = row;
    }
    if (least === undefined) return undefined;
    let merged: Row | undefined;
    for (const [i, row] of heads.entries()) {
      const walk = walks[i];
      if (row === undefined || walk === undefined || table.compare(row.clustering, least.clustering) !== 0) continue;
      merged = merged === undefined ? row : mergeRows(merged, row, table.types);
      heads[i] = take(walk);
    }
    yield merged ?? least;
  }
}

function take(walk: Iterator<Row>): Row | undefined {
  const next = walk.next();
  return next.done === true ? undefined : next.value;
}
