/**
 * What a conditional statement answers: `[applied]`, and when it was not, what stood in the way (`CQL3CasRequest` and
 * `ModificationStatement.buildCasResultSet` of Apache Cassandra 5.0).
 *
 * @module
 */
import type { ColumnMetadata, TableMetadata } from '../../schema/metadata.ts';
import { columnValue } from '../../storage/column-value.ts';
import { splitKey } from '../../storage/filter.ts';
import type { PartitionData } from '../../storage/partition.ts';
import { rowIsLive, type Row } from '../../storage/row.ts';
import type { Bytes } from '../../types/data-type.ts';
import { native } from '../../types/type-name.ts';
import type { ResultColumn, StatementResult } from '../statement.ts';
import type { BindContext } from '../term/scope.ts';
import { conditionRow, looksAtRows, type PreparedModification } from './modification.ts';

const TRUE: Bytes = '\x01';
const FALSE: Bytes = '\0';

/** The answer. @param isBatch - then rows are told apart by their keys */
export function casResult(
  modifications: readonly PreparedModification[], applied: boolean, current: PartitionData, nowSeconds: number, contexts: readonly BindContext[], isBatch: boolean,
): StatementResult {
  const table = modifications[0]?.table;
  const appliedColumn: ResultColumn = { keyspace: table?.keyspace ?? '', table: table?.name ?? '', name: '[applied]', type: native('boolean') };
  if (applied || table === undefined) return { kind: 'rows', columns: [appliedColumn], rows: [[TRUE]], pagingState: undefined };
  const shown = shownColumns(table, modifications, isBatch);
  const keyValues = splitKey(table, current.key);
  // Static columns are looked at only where a statement writes or tests one; regular ones too, where existence is tested.
  const reads = (kind: 'static' | 'regular'): boolean => modifications.some(({ existence, conditions, fixed, isStaticOnly }) => (existence === undefined
    ? conditions.some(({ column }) => column.kind === kind)
    : kind === 'static' ? fixed.some(({ column }) => column.kind === 'static') : !isStaticOnly));
  const staticRow = reads('static') ? current.staticRow : undefined;
  const readsRegulars = reads('regular');
  const found = rowsRead(table, modifications, current, nowSeconds, contexts);
  const rows = found.map((row): readonly (Bytes | null)[] => [FALSE, ...shown.map((column) => valueOf(column, keyValues, staticRow, readsRegulars ? row : { ...row, cells: [] }, nowSeconds))]);
  if (rows.length === 0 && staticRow !== undefined && rowIsLive(staticRow, nowSeconds)) rows.push([FALSE, ...shown.map((column) => valueOf(column, keyValues, staticRow, undefined, nowSeconds))]);
  if (rows.length === 0) return { kind: 'rows', columns: [appliedColumn], rows: [[FALSE]], pagingState: undefined };
  const columns = [appliedColumn, ...shown.map(({ name, type }): ResultColumn => ({ keyspace: table.keyspace, table: table.name, name, type }))];
  return { kind: 'rows', columns, rows, pagingState: undefined };
}

/** The rows that the conditions are about; where they are about no row, the first of the partition shows that there is one. */
function rowsRead(table: TableMetadata, modifications: readonly PreparedModification[], current: PartitionData, nowSeconds: number, contexts: readonly BindContext[]): readonly Row[] {
  if (!modifications.some(looksAtRows)) return current.rows.filter((row) => rowIsLive(row, nowSeconds)).slice(0, 1);
  const found = new Set<Row>();
  modifications.forEach((modification, i) => {
    const context = contexts[i];
    const row = context === undefined || !looksAtRows(modification) ? undefined : conditionRow(modification, current, nowSeconds, context);
    if (row !== undefined) found.add(row);
  });
  return [...found].sort((a, b) => table.compare(a.clustering, b.clustering));
}

/** All columns for a condition on existence, else those that conditions name, in their order: of each statement regular ones first. */
function shownColumns(table: TableMetadata, modifications: readonly PreparedModification[], isBatch: boolean): readonly ColumnMetadata[] {
  if (modifications.some(({ existence }) => existence !== undefined)) return [...table.columns.values()];
  const named = modifications.flatMap(({ conditions }) => [...conditions.filter(({ column }) => column.kind === 'regular'), ...conditions.filter(({ column }) => column.kind === 'static')]);
  const shown = [...new Set(named.map(({ column }) => column))];
  return isBatch ? [...table.partitionKey, ...table.clustering, ...shown] : shown;
}

function valueOf(column: ColumnMetadata, key: readonly Bytes[], staticRow: Row | undefined, row: Row | undefined, nowSeconds: number): Bytes | null {
  switch (column.kind) {
    case 'partition_key': return key[column.position] ?? null;
    case 'clustering': return row?.clustering[column.position] ?? null;
    case 'static': return columnValue(staticRow, column, nowSeconds);
    case 'regular': return columnValue(row, column, nowSeconds);
    default: return column.kind satisfies never;
  }
}
