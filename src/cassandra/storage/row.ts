/**
 * Rows: a marker, a deletion, and any number of cells sorted by column name. A row never changes: merging makes another.
 * So rows may be shared by memtables, sorted runs, messages and replicas of one simulated process.
 *
 * @module
 */
import type { CqlType } from '../value.ts';
import { deletes, isLive, NEVER, resolveCells, resolveDeletions, resolveLiveness, type Cell, type Deletion, type Liveness } from './cell.ts';
import type { Clustering } from './clustering.ts';

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

/** The types of a table's columns, for ties. */
export type ColumnTypes = ReadonlyMap<string, CqlType>;

/** Both rows' contents as one row; what the merged row's own deletion hides is gone. */
export function mergeRows(a: Row, b: Row, types: ColumnTypes): Row {
  const deletion = resolveDeletions(a.deletion, b.deletion);
  const merged = { clustering: a.clustering, liveness: resolveLiveness(a.liveness, b.liveness), deletion, cells: mergeCells(a.cells, b.cells, types) };
  return deletion === undefined ? merged : hideDeleted(merged, deletion);
}

/** The row without what a deletion from outside (of the partition, of a range) hides; undefined when nothing is left. */
export function applyDeletion(row: Row, deletion: Deletion | undefined): Row | undefined {
  if (deletion === undefined) return row;
  const own = row.deletion !== undefined && row.deletion.timestamp > deletion.timestamp ? row.deletion : undefined;
  const kept = hideDeleted({ ...row, deletion: own }, deletion);
  return kept.liveness === undefined && own === undefined && kept.cells.length === 0 ? undefined : kept;
}

function hideDeleted(row: Row, deletion: Deletion): Row {
  const { liveness, cells } = row;
  const dead = (cell: Cell): boolean => deletes(deletion, cell.timestamp);
  const marker = liveness !== undefined && deletes(deletion, liveness.timestamp) ? undefined : liveness;
  if (marker === liveness && !cells.some(dead)) return row;
  return { ...row, liveness: marker, cells: cells.filter((cell) => !dead(cell)) };
}

function mergeCells(a: readonly Cell[], b: readonly Cell[], types: ColumnTypes): readonly Cell[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: Cell[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const x = a[i];
    const y = b[j];
    if (x === undefined && y === undefined) return merged;
    if (y === undefined || (x !== undefined && x.column < y.column)) {
      if (x !== undefined) merged.push(x);
      i++;
    } else if (x === undefined || y.column < x.column) {
      merged.push(y);
      j++;
    } else {
      merged.push(resolveCells(x, y, types.get(x.column)));
      i++;
      j++;
    }
  }
}

/** Whether the row shows at a second: its marker lives, or one of its cells. */
export function rowIsLive(row: Row, nowSeconds: number): boolean {
  if (row.liveness !== undefined && isLive(row.liveness, nowSeconds)) return true;
  return row.cells.some((cell) => isLive(cell, nowSeconds));
}

/** The cell of a column. */
export function cellOf(row: Row, column: string): Cell | undefined {
  return row.cells.find((cell) => cell.column === column);
}

/**
 * What a compaction keeps of a row: expired cells turn into tombstones that died when they did, and tombstones of before
 * `gcBefore` (a second) are dropped for good. Undefined when nothing is left.
 */
export function purgeRow(row: Row, gcBefore: number, nowSeconds: number): Row | undefined {
  const deletion = row.deletion !== undefined && row.deletion.localDeletionTime < gcBefore ? undefined : row.deletion;
  const marked = row.liveness !== undefined && (isLive(row.liveness, nowSeconds) || row.liveness.localDeletionTime >= gcBefore);
  const liveness = marked ? row.liveness : undefined;
  const cells: Cell[] = [];
  for (const cell of row.cells) {
    const kept = isLive(cell, nowSeconds) || cell.value === null ? cell : { ...cell, value: null, ttl: 0, localDeletionTime: cell.localDeletionTime - cell.ttl };
    if (kept.localDeletionTime === NEVER || kept.ttl > 0 || kept.localDeletionTime >= gcBefore) cells.push(kept);
  }
  return liveness === undefined && deletion === undefined && cells.length === 0 ? undefined : { clustering: row.clustering, liveness, deletion, cells };
}
