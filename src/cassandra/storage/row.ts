/**
 * Rows: a marker, a deletion, and any number of cells sorted by column name. A row never changes: merging makes another.
 * So rows may be shared by memtables, messages and replicas of one simulated process.
 *
 * What deletes and what is deleted never stand in one row together: merging drops what the row's own deletion or the deletion
 * of a whole collection hides. So two rows with the same content are the same, field by field, in whatever order they grew.
 *
 * Rules: Apache Cassandra 5.0's `Rows.merge` and `BTreeRow`. Left out: shadowable deletions of materialized views.
 *
 * @module
 */
import type { TableMetadata } from '../schema/metadata.ts';
import { pathComparatorOf, type ValueComparator } from '../types/compare.ts';
import { deletes, isLive, NEVER, resolveCells, resolveDeletions, resolveLiveness, type Cell, type Deletion, type Liveness } from './cell.ts';
import type { Clustering } from './clustering.ts';
import { resolveCounterCells } from './counter.ts';

/** A row of a partition, or what is known of one here. */
export interface Row {
  readonly clustering: Clustering;
  readonly liveness: Liveness | undefined;
  readonly deletion: Deletion | undefined;
  /** Sorted by column name by code unit, and within a column by path in the order of the column's type. */
  readonly cells: readonly Cell[];
  /** Deletions of all that a column keeps in cells of its own (`SET l = […]` deletes before it writes), sorted by column name. */
  readonly complexDeletions: readonly ComplexDeletion[];
}

/** The deletion of all of a column's cells. */
export interface ComplexDeletion {
  readonly column: string;
  readonly deletion: Deletion;
}

/** What most rows have of complex deletions. */
export const NO_COMPLEX_DELETIONS: readonly ComplexDeletion[] = Object.freeze([]);

/** Both rows' contents as one row. */
export function mergeRows(table: TableMetadata, a: Row, b: Row): Row {
  if (a === b || isSuperseded(table, a, b)) return b;
  const deletion = resolveDeletions(a.deletion, b.deletion);
  const complexDeletions = mergeComplexDeletions(a.complexDeletions, b.complexDeletions);
  let cells = mergeCells(table, a.cells, b.cells);
  if (complexDeletions.length > 0) cells = hideByComplexDeletions(cells, complexDeletions);
  const merged: Row = { clustering: a.clustering, liveness: resolveLiveness(a.liveness, b.liveness), deletion, cells, complexDeletions };
  return deletion === undefined ? merged : hideDeleted(merged, deletion, deletion);
}

/** Whether nothing of a row shows beside a newer one of the same columns: the common case, an upsert over an upsert. */
function isSuperseded(table: TableMetadata, old: Row, by: Row): boolean {
  const { cells } = old;
  const { cells: newer, liveness } = by;
  if (cells.length !== newer.length || table.isCounter || old.deletion !== undefined || by.deletion !== undefined) return false;
  if (old.complexDeletions.length > 0 || by.complexDeletions.length > 0) return false;
  if (old.liveness !== undefined && (liveness === undefined || liveness.timestamp <= old.liveness.timestamp)) return false;
  // Equal keys may be of other bytes (a decimal's 1.0 and 1.00): the first ones stay.
  for (let i = 0; i < old.clustering.length; i++) if (old.clustering[i] !== by.clustering[i]) return false;
  for (let i = 0; i < cells.length; i++) {
    const x = cells[i];
    const y = newer[i];
    if (x === undefined || y === undefined || x.column !== y.column || x.path !== y.path || y.timestamp <= x.timestamp) return false;
  }
  return true;
}

/** A row in the form that merging leaves it in: needed of one that somebody put together by hand. */
export function normaliseRow(row: Row): Row {
  const { deletion, complexDeletions } = row;
  let clean = row;
  if (complexDeletions.length > 0) {
    const cells = hideByComplexDeletions(row.cells, complexDeletions);
    if (cells !== row.cells) clean = { ...row, cells };
  }
  return deletion === undefined ? clean : hideDeleted(clean, deletion, deletion);
}

/** The row without what a deletion from outside (of the partition, of a range) hides; undefined when nothing is left. */
export function applyDeletion(row: Row, deletion: Deletion | undefined): Row | undefined {
  if (deletion === undefined) return row;
  const own = row.deletion !== undefined && row.deletion.timestamp > deletion.timestamp ? row.deletion : undefined;
  const kept = hideDeleted(row, deletion, own);
  return isEmptyRow(kept) ? undefined : kept;
}

/** Whether a row says nothing at all. */
export function isEmptyRow(row: Row): boolean {
  return row.liveness === undefined && row.deletion === undefined && row.cells.length === 0 && row.complexDeletions.length === 0;
}

function hideDeleted(row: Row, by: Deletion, own: Deletion | undefined): Row {
  const { timestamp } = by;
  const liveness = row.liveness !== undefined && row.liveness.timestamp <= timestamp ? undefined : row.liveness;
  const cells = filtered(row.cells, (cell) => cell.timestamp > timestamp);
  const complexDeletions = filtered(row.complexDeletions, (complex) => complex.deletion.timestamp > timestamp);
  if (liveness === row.liveness && own === row.deletion && cells === row.cells && complexDeletions === row.complexDeletions) return row;
  return { clustering: row.clustering, liveness, deletion: own, cells, complexDeletions };
}

/** Like `filter`, but the same array when everything passes. */
function filtered<T>(items: readonly T[], keeps: (item: T) => boolean): readonly T[] {
  for (const item of items) if (!keeps(item)) return items.filter(keeps);
  return items;
}

function hideByComplexDeletions(cells: readonly Cell[], complexDeletions: readonly ComplexDeletion[]): readonly Cell[] {
  return filtered(cells, (cell) => !complexDeletions.some(({ column, deletion }) => column === cell.column && deletes(deletion, cell.timestamp)));
}

function mergeComplexDeletions(a: readonly ComplexDeletion[], b: readonly ComplexDeletion[]): readonly ComplexDeletion[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const strongest = new Map(a.map((complex) => [complex.column, complex]));
  for (const complex of b) {
    const present = strongest.get(complex.column);
    if (present === undefined || resolveDeletions(present.deletion, complex.deletion) === complex.deletion) strongest.set(complex.column, complex);
  }
  return [...strongest.values()].sort((x, y) => (x.column < y.column ? -1 : x.column > y.column ? 1 : 0));
}

function mergeCells(table: TableMetadata, a: readonly Cell[], b: readonly Cell[]): readonly Cell[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: Cell[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined) {
      for (; j < b.length; j++) push(merged, b[j]);
      return merged;
    }
    if (y === undefined) {
      for (; i < a.length; i++) push(merged, a[i]);
      return merged;
    }
    const order = compareCells(table, x, y);
    if (order < 0) {
      merged.push(x);
      i++;
    } else if (order > 0) {
      merged.push(y);
      j++;
    } else {
      merged.push(table.isCounter ? resolveCounterCells(x, y) : resolveCells(x, y, table.valueTieBreak === 'signed'));
      i++;
      j++;
    }
  }
}

function push<T>(list: T[], item: T | undefined): void {
  if (item !== undefined) list.push(item);
}

/** The order of cells within a row. */
export function compareCells(table: TableMetadata, a: Cell, b: Cell): number {
  if (a.column !== b.column) return a.column < b.column ? -1 : 1;
  if (a.path === b.path || a.path === undefined || b.path === undefined) return 0;
  return pathComparator(table, a.column)(a.path, b.path);
}

const pathComparators = new WeakMap<TableMetadata, Map<string, ValueComparator>>();

function pathComparator(table: TableMetadata, column: string): ValueComparator {
  let known = pathComparators.get(table);
  if (known === undefined) pathComparators.set(table, (known = new Map()));
  let compare = known.get(column);
  if (compare === undefined) {
    const { type } = table.columns.get(column) ?? table.dropped.get(column)?.column ?? { type: { kind: 'native', name: 'blob' } as const };
    known.set(column, (compare = pathComparatorOf(type)));
  }
  return compare;
}

/**
 * Whether the row shows at a second: its marker lives, or one of its cells.
 *
 * @param isStrict - whether only the marker counts, as in a materialized view
 */
export function rowIsLive(row: Row, nowSeconds: number, isStrict = false): boolean {
  if (row.liveness !== undefined && isLive(row.liveness, nowSeconds)) return true;
  if (isStrict) return false;
  for (const cell of row.cells) if (isLive(cell, nowSeconds)) return true;
  return false;
}

/** Whether a row holds a deletion or anything that will expire. */
export function mayDie(row: Row): boolean {
  if (row.deletion !== undefined || row.complexDeletions.length > 0 || (row.liveness !== undefined && row.liveness.ttl > 0)) return true;
  for (const cell of row.cells) if (cell.localDeletionTime !== NEVER) return true;
  return false;
}

/** Decides which tombstones may go for good. */
export interface Purger {
  /** Whether what was written at a timestamp and died at a second may go. */
  mayGo(timestamp: number, localDeletionTime: number): boolean;
}

/** Lets go what died before a second. */
export class PurgeBefore implements Purger {
  readonly #second: number;

  constructor(second: number) {
    this.#second = second;
  }

  mayGo(_timestamp: number, localDeletionTime: number): boolean {
    return localDeletionTime < this.#second;
  }
}

/** Lets nothing go. */
export const PURGE_NOTHING: Purger = new PurgeBefore(-Infinity);

/**
 * What a compaction keeps of a row: expired cells turn into tombstones that were written when they were, and tombstones that
 * may go are dropped for good. Undefined when nothing is left.
 */
export function purgeRow(row: Row, purger: Purger, nowSeconds: number): Row | undefined {
  if (!mayDie(row)) return row;
  const gone = (deletion: Deletion): boolean => purger.mayGo(deletion.timestamp, deletion.localDeletionTime);
  const deletion = row.deletion !== undefined && gone(row.deletion) ? undefined : row.deletion;
  const { liveness } = row;
  const marker = liveness !== undefined && !isLive(liveness, nowSeconds) && gone(liveness) ? undefined : liveness;
  const cells: Cell[] = [];
  for (const cell of row.cells) {
    const kept = isLive(cell, nowSeconds) ? cell : purgeDeadCell(cell, purger);
    if (kept !== undefined) cells.push(kept);
  }
  const complexDeletions = filtered(row.complexDeletions, (complex) => !gone(complex.deletion));
  const purged: Row = { clustering: row.clustering, liveness: marker, deletion, cells, complexDeletions };
  return isEmptyRow(purged) ? undefined : purged;
}

function purgeDeadCell(cell: Cell, purger: Purger): Cell | undefined {
  if (purger.mayGo(cell.timestamp, cell.localDeletionTime)) return undefined;
  if (cell.value === null) return cell;
  const { column, path, timestamp } = cell;
  const localDeletionTime = cell.localDeletionTime - cell.ttl;
  return purger.mayGo(timestamp, localDeletionTime) ? undefined : { column, path, timestamp, value: null, ttl: 0, localDeletionTime };
}
