/**
 * From merged data to what a client gets: dead cells and rows left out, the limit applied, columns chosen.
 *
 * @module
 */
import type { Table } from '../schema.ts';
import { isLive } from '../storage/cell.ts';
import { prefixOfSlice } from '../storage/clustering.ts';
import { deletionAt, type PartitionData } from '../storage/partition.ts';
import { cellOf, rowIsLive, type Row } from '../storage/row.ts';
import type { ResultRow } from './messages.ts';
import type { ReadStatement } from './statement.ts';

/** The rows that a statement shows at a second, in the order it asks for. */
export function resultRows(statement: ReadStatement, data: PartitionData, nowSeconds: number): readonly ResultRow[] {
  const { limit, reverse } = statement.span;
  const live = data.rows.filter((row) => rowIsLive(row, nowSeconds));
  const chosen = reverse ? live.reverse() : live;
  return (chosen.length > limit ? chosen.slice(0, limit) : chosen).map((row) => ({ clustering: row.clustering, cells: liveCells(row, statement, nowSeconds) }));
}

/**
 * The version of the one cell that a statement reads: the timestamp of the write it shows, of the deletion that hides it, or
 * null when nothing was ever written. Undefined when the statement reads more than one cell.
 */
export function resultVersion(table: Table, statement: ReadStatement, data: PartitionData): number | null | undefined {
  const { columns, span } = statement;
  const [column] = columns ?? [];
  const clustering = prefixOfSlice(span.slice);
  if (column === undefined || columns?.length !== 1 || clustering?.length !== table.clusteringKey.length) return undefined;
  const row = data.rows[0];
  const times = [
    row === undefined ? undefined : cellOf(row, column)?.timestamp,
    row?.deletion?.timestamp,
    deletionAt(table, data.deletion, data.ranges, clustering)?.timestamp,
  ].filter((time) => time !== undefined);
  return times.length === 0 ? null : Math.max(...times);
}

function liveCells(row: Row, { columns }: ReadStatement, nowSeconds: number): ResultRow['cells'] {
  const cells: (readonly [string, string | number | boolean, number])[] = [];
  for (const cell of row.cells) {
    if (cell.value === null || !isLive(cell, nowSeconds)) continue;
    if (columns === undefined || columns.includes(cell.column)) cells.push([cell.column, cell.value, cell.timestamp]);
  }
  return cells;
}
