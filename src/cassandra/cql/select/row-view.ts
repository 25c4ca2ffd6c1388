/**
 * One row of a result as selectors see it: the partition key, the row, the static row, and the second that decides what lives.
 *
 * @module
 */
import type { ColumnMetadata } from '../../schema/metadata.ts';
import { isLive, type Cell } from '../../storage/cell.ts';
import { columnValue } from '../../storage/column-value.ts';
import type { Row } from '../../storage/row.ts';
import type { Bytes } from '../../types/data-type.ts';

/** A row of a result before anything is selected of it. */
export interface RowView {
  readonly key: Bytes;
  /** The values of the partition key's columns. */
  readonly keyParts: readonly Bytes[];
  readonly staticRow: Row | undefined;
  /** Undefined when the partition shows its static columns only. */
  readonly row: Row | undefined;
  readonly nowSeconds: number;
}

/** A column's value. */
export function valueOf(view: RowView, column: ColumnMetadata): Bytes | null {
  switch (column.kind) {
    case 'partition_key': return view.keyParts[column.position] ?? null;
    case 'clustering': return view.row?.clustering[column.position] ?? null;
    case 'static': return columnValue(view.staticRow, column, view.nowSeconds);
    case 'regular': return columnValue(view.row, column, view.nowSeconds);
  }
}

/** A column's live cells, in the order of their paths; none of key columns. */
export function cellsIn(view: RowView, column: ColumnMetadata): readonly Cell[] {
  const row = column.kind === 'static' ? view.staticRow : view.row;
  if (row === undefined) return [];
  return row.cells.filter((cell) => cell.column === column.name && cell.value !== null && isLive(cell, view.nowSeconds));
}
