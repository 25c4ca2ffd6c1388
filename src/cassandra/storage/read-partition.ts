/**
 * Reading one partition out of memtable and sstables: merging, hiding what is deleted, dropping tombstones that may go, counting
 * live rows up to the limit and tombstones up to the threshold (Apache Cassandra 5.0, `SinglePartitionReadCommand` and
 * `ReadCommand.withMetricsRecording`).
 *
 * Tombstones are returned too, since another replica may hold what they delete. Rows that the filter refuses are returned as
 * well, unless the command allows to drop them: another replica may hold an older version of such a row that passes, and only
 * the merged row may decide (CASSANDRA-8272, "replica filtering protection", which asks a second time instead).
 *
 * @module
 */
import type { TableMetadata } from '../schema/metadata.ts';
import type { Bytes } from '../types/data-type.ts';
import { isLive, resolveDeletions, type Cell, type Deletion } from './cell.ts';
import { prefixOfSlice, type Clustering, type Slice } from './clustering.ts';
import { rowPasses } from './filter.ts';
import type { PartitionData, RangeTombstone, RowSource } from './partition.ts';
import { clipRanges, compareBounds, mergeRanges, NO_RANGES, rangeDeletionAt, rangesBeyond } from './ranges.ts';
import type { ReadCommand } from './read-command.ts';
import { applyDeletion, isEmptyRow, mayDie, mergeRows, purgeRow, rowIsLive, type Purger, type Row } from './row.ts';

/** What a read asks of each partition. */
export type RowSelection = Pick<ReadCommand, 'slices' | 'reversed' | 'columns' | 'filter' | 'nowSeconds' | 'dropUnmatched'>;

/** Counts on the way, over all partitions of a read. */
export interface ReadCounts {
  /** Rows still wanted. */
  wanted: number;
  tombstones: number;
  /** `tombstone_failure_threshold`: with more the read stops. */
  readonly mostTombstones: number;
}

/** Everything that a partition is read with but itself. */
export interface ReadContext {
  readonly table: TableMetadata;
  readonly selection: RowSelection;
  readonly perPartition: number;
  readonly counts: ReadCounts;
  readonly purger: Purger;
}

/**
 * Reads a partition.
 *
 * @param context - of the whole read; its counts go on
 * @param key - the serialised key
 * @param sources - where the partition lies, at least one
 * @returns undefined when there is nothing, not even a tombstone, or when there were too many tombstones
 */
export function readPartition(context: ReadContext, key: Bytes, sources: readonly RowSource[]): PartitionData | undefined {
  const { selection, counts, purger } = context;
  const [first] = sources;
  if (first !== undefined && sources.length === 1) {
    const row = simpleRow(context, first);
    if (row !== undefined) return { key, deletion: undefined, ranges: NO_RANGES, staticRow: undefined, rows: [row] };
  }
  let deletion: Deletion | undefined;
  for (const source of sources) if (source.deletion !== undefined) deletion = resolveDeletions(deletion, source.deletion);
  const reading = new PartitionReading(context, key, sources, deletion);
  const ranges = reading.readSlices();
  if (counts.tombstones > counts.mostTombstones) return undefined;
  const { rows } = reading;
  const shown = deletion === undefined || purger.mayGo(deletion.timestamp, deletion.localDeletionTime) ? undefined : deletion;
  if (selection.reversed) rows.reverse();
  if (shown === undefined && ranges.length === 0 && rows.length === 0 && reading.staticRow === undefined) return undefined;
  return { key, deletion: shown, ranges, staticRow: reading.staticRow, rows };
}

/**
 * The row that a read of one row finds where nothing is to be merged, hidden or counted: what most reads are. Undefined when it is
 * not as simple as that.
 */
function simpleRow({ table, selection, counts, perPartition }: ReadContext, source: RowSource): Row | undefined {
  const { slices, filter, columns } = selection;
  const [slice] = slices;
  if (slice === undefined || slices.length !== 1 || filter.length > 0 || columns !== undefined || counts.wanted < 1 || perPartition < 1) return undefined;
  if (source.deletion !== undefined || source.ranges.length > 0 || source.staticRow !== undefined || table.dropped.size > 0) return undefined;
  const point = table.clustering.length === 0 ? NO_CLUSTERING : prefixOfSlice(slice);
  if (point === undefined || point.length !== table.clustering.length) return undefined;
  const row = source.row(point);
  if (row === undefined || mayDie(row) || (row.liveness === undefined && row.cells.length === 0)) return undefined;
  counts.wanted--;
  return row;
}

const NO_CLUSTERING: Clustering = [];

class PartitionReading {
  readonly rows: Row[] = [];
  readonly staticRow: Row | undefined;
  readonly #context: ReadContext;
  readonly #key: Bytes;
  readonly #sources: readonly RowSource[];
  readonly #deletion: Deletion | undefined;
  #live = 0;
  /** Live rows that passed. */
  #counted = 0;
  #most: number;

  constructor(context: ReadContext, key: Bytes, sources: readonly RowSource[], deletion: Deletion | undefined) {
    this.#context = context;
    this.#key = key;
    this.#sources = sources;
    this.#deletion = deletion;
    this.#most = Math.min(context.perPartition, context.counts.wanted);
    let merged: Row | undefined;
    for (const { staticRow } of sources) {
      if (staticRow !== undefined) merged = merged === undefined ? staticRow : mergeRows(context.table, merged, staticRow);
    }
    this.staticRow = merged === undefined ? undefined : this.#finish(merged, deletion);
  }

  /** Reads all slices until enough was found. @returns the range tombstones of what was read */
  readSlices(): readonly RangeTombstone[] {
    const { table, selection, counts } = this.#context;
    const { slices, reversed } = selection;
    let ranges: readonly RangeTombstone[] = NO_RANGES;
    for (let i = 0; i < slices.length && this.#counted < this.#most; i++) {
      const slice = slices[reversed ? slices.length - 1 - i : i];
      if (slice === undefined) continue;
      const inSlice = this.#readSlice(slice);
      if (inSlice.length > 0) ranges = reversed ? mergeRanges(table.compare, inSlice, ranges) : mergeRanges(table.compare, ranges, inSlice);
      if (counts.tombstones > counts.mostTombstones) return ranges;
    }
    const { staticRow } = this;
    if (this.#live === 0 && staticRow !== undefined && this.#most > 0 && rowIsLive(staticRow, selection.nowSeconds)
      && rowPasses(table, this.#key, staticRow, undefined, selection.filter, selection.nowSeconds)) this.#counted = 1;
    counts.wanted -= this.#counted;
    return ranges;
  }

  #readSlice(slice: Slice): readonly RangeTombstone[] {
    const { table, selection } = this.#context;
    const { compare } = table;
    let ranges: readonly RangeTombstone[] = NO_RANGES;
    for (const source of this.#sources) {
      if (source.ranges.length > 0) ranges = mergeRanges(compare, ranges, clipRanges(compare, source.ranges, slice));
    }
    const point = table.clustering.length === 0 ? NO_CLUSTERING : prefixOfSlice(slice);
    if (point !== undefined && point.length === table.clustering.length) {
      const row = rowAt(table, this.#sources, point);
      if (row !== undefined) this.#take(row, ranges);
      return this.#shownRanges(ranges);
    }
    const walks = this.#sources.map((source) => source.rows(slice, selection.reversed));
    const { counts } = this.#context;
    let last: Clustering | undefined;
    for (const row of walks.length === 1 ? walkOf(walks[0]) : mergedRows(table, walks, selection.reversed)) {
      this.#take(row, ranges);
      if (counts.tombstones > counts.mostTombstones) return NO_RANGES;
      if (this.#counted >= this.#most) {
        last = row.clustering;
        break;
      }
    }
    if (last === undefined || ranges.length === 0) return this.#shownRanges(ranges);
    // Nothing is said of what lies behind the last row that was read.
    const read: Slice = selection.reversed ? { start: { prefix: last, side: -1 }, end: slice.end } : { start: slice.start, end: { prefix: last, side: 1 } };
    return this.#shownRanges(clipRanges(compare, ranges, read));
  }

  #shownRanges(ranges: readonly RangeTombstone[]): readonly RangeTombstone[] {
    if (ranges.length === 0) return ranges;
    const { counts, purger, table } = this.#context;
    const shown = rangesBeyond(ranges, this.#deletion).filter(({ deletion }) => !purger.mayGo(deletion.timestamp, deletion.localDeletionTime));
    let before: RangeTombstone | undefined;
    for (const range of shown) {
      // As markers: one opens, one closes; where two ranges touch, one does both.
      counts.tombstones += before !== undefined && compareBounds(table.compare, before.slice.end, range.slice.start) === 0 ? 1 : 2;
      before = range;
    }
    return shown;
  }

  #take(row: Row, ranges: readonly RangeTombstone[]): void {
    const { table, selection } = this.#context;
    const covering = ranges.length === 0 ? this.#deletion : resolveDeletions(this.#deletion, rangeDeletionAt(table.compare, ranges, row.clustering));
    const kept = this.#finish(row, covering);
    if (kept === undefined) return;
    const { nowSeconds, filter } = selection;
    if (rowIsLive(kept, nowSeconds, table.view?.valueInKey !== undefined)) {
      this.#live++;
      if (filter.length === 0 || rowPasses(table, this.#key, this.staticRow, kept, filter, nowSeconds)) this.#counted++;
      else if (selection.dropUnmatched === true) return;
    } else if (selection.dropUnmatched === true && filter.length > 0) {
      return;
    }
    this.rows.push(this.#wanted(kept));
  }

  /** What is left of a merged row, its tombstones counted. */
  #finish(row: Row, covering: Deletion | undefined): Row | undefined {
    const { table, purger, selection, counts } = this.#context;
    let kept = table.dropped.size === 0 ? row : withoutDropped(table, row);
    if (covering !== undefined) kept = kept === undefined ? undefined : applyDeletion(kept, covering);
    if (kept === undefined || !mayDie(kept)) return kept;
    kept = purgeRow(kept, purger, selection.nowSeconds);
    if (kept !== undefined) counts.tombstones += deadIn(kept, selection.nowSeconds);
    return kept;
  }

  /** The row with the columns that were asked for; one more when nothing else would show that the row lives. */
  #wanted(row: Row): Row {
    const { columns, nowSeconds } = this.#context.selection;
    if (columns === undefined || row.cells.every((cell) => columns.has(cell.column))) return row;
    const cells = row.cells.filter((cell) => columns.has(cell.column));
    const shown: Row = {
      clustering: row.clustering, liveness: row.liveness, deletion: row.deletion, cells,
      complexDeletions: row.complexDeletions.filter(({ column }) => columns.has(column)),
    };
    if (rowIsLive(shown, nowSeconds)) return shown;
    const sign = row.cells.find((cell) => isLive(cell, nowSeconds));
    return sign === undefined ? shown : { ...shown, cells: row.cells.filter((cell) => cell === sign || columns.has(cell.column)) };
  }
}

/** Dead cells, or one for a row that is dead as a whole. */
function deadIn(row: Row, nowSeconds: number): number {
  let dead = 0;
  for (const cell of row.cells) if (!isLive(cell, nowSeconds)) dead++;
  if (dead > 0 || row.deletion === undefined || rowIsLive(row, nowSeconds)) return dead;
  return 1;
}

/** A row without cells of columns that were dropped after they were written. */
export function withoutDropped(table: TableMetadata, row: Row): Row | undefined {
  const isGone = (column: string, timestamp: number): boolean => {
    const dropped = table.dropped.get(column);
    return dropped !== undefined && (timestamp <= dropped.droppedTime || !table.columns.has(column));
  };
  const keeps = (cell: Cell): boolean => !isGone(cell.column, cell.timestamp);
  if (row.cells.every(keeps) && row.complexDeletions.length === 0) return row;
  const complexDeletions = row.complexDeletions.filter(({ column, deletion }) => !isGone(column, deletion.timestamp));
  const kept: Row = { clustering: row.clustering, liveness: row.liveness, deletion: row.deletion, cells: row.cells.filter(keeps), complexDeletions };
  return isEmptyRow(kept) ? undefined : kept;
}

/** The row with a clustering, merged from all places. */
function rowAt(table: TableMetadata, sources: readonly RowSource[], clustering: Clustering): Row | undefined {
  let merged: Row | undefined;
  for (const source of sources) {
    const row = source.row(clustering);
    if (row !== undefined) merged = merged === undefined ? row : mergeRows(table, merged, row);
  }
  return merged;
}

function* walkOf(walk: Iterator<Row> | undefined): Generator<Row, undefined> {
  if (walk === undefined) return undefined;
  for (let next = walk.next(); next.done !== true; next = walk.next()) yield next.value;
  return undefined;
}

/**
 * Several ordered walks as one, rows with one clustering merged. Sources are few: the least is found by looking at all.
 *
 * @yields each merged row
 */
export function* mergedRows(table: TableMetadata, walks: readonly Iterator<Row>[], reversed: boolean): Generator<Row, undefined> {
  const heads = walks.map((walk) => take(walk));
  for (;;) {
    let least: Row | undefined;
    for (const row of heads) {
      if (row === undefined) continue;
      const order = least === undefined ? -1 : table.compare(row.clustering, least.clustering);
      if (least === undefined || (reversed ? order > 0 : order < 0)) least = row;
    }
    if (least === undefined) return undefined;
    let merged: Row | undefined;
    for (const [i, row] of heads.entries()) {
      const walk = walks[i];
      if (row === undefined || walk === undefined || table.compare(row.clustering, least.clustering) !== 0) continue;
      merged = merged === undefined ? row : mergeRows(table, merged, row);
      heads[i] = take(walk);
    }
    yield merged ?? least;
  }
}

function take(walk: Iterator<Row>): Row | undefined {
  const next = walk.next();
  return next.done === true ? undefined : next.value;
}
