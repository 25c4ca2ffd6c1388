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
import { conditionRow, type PreparedModification } from './modification.ts';

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
  const found: { readonly row: Row; readonly values: readonly (Bytes | null)[] }[] = [];
  const keyValues = splitKey(table, current.key);
  const seen = new Set<Row>();
  // Static columns are looked at only where a statement writes or tests one.
  const readsStatics = modifications.some(({ existence, conditions, fixed }) => (existence !== undefined || conditions.length > 0)
    && (conditions.some(({ column }) => column.kind === 'static') || fixed.some(({ column }) => column.kind === 'static')));
  const staticRow = readsStatics ? current.staticRow : undefined;
  const hasStatic = staticRow !== undefined && rowIsLive(staticRow, nowSeconds);
  modifications.forEach((modification, i) => {
    const context = contexts[i];
    if (context === undefined || (modification.existence === undefined && modification.conditions.length === 0)) return;
    const row = conditionRow(modification, current, nowSeconds, context);
    if (row !== undefined && !seen.has(row)) {
      seen.add(row);
      found.push({ row, values: [FALSE, ...shown.map((column) => valueOf(column, keyValues, staticRow, row, nowSeconds))] });
    }
  });
  // In the order of the table, whatever that of the statements.
  const rows = found.sort((a, b) => table.compare(a.row.clustering, b.row.clustering)).map(({ values }) => values);
  if (rows.length === 0 && hasStatic && modifications.some(({ isStaticOnly, conditions }) => isStaticOnly || conditions.some(({ column }) => column.kind === 'static'))) {
    const first = current.rows.find((row) => rowIsLive(row, nowSeconds));
    const place = first === undefined ? undefined : { ...first, cells: [] };
    rows.push([FALSE, ...shown.map((column) => valueOf(column, keyValues, staticRow, place, nowSeconds))]);
  }
  if (rows.length === 0) return { kind: 'rows', columns: [appliedColumn], rows: [[FALSE]], pagingState: undefined };
  const columns = [appliedColumn, ...shown.map(({ name, type }): ResultColumn => ({ keyspace: table.keyspace, table: table.name, name, type }))];
  return { kind: 'rows', columns, rows, pagingState: undefined };
}

/** All columns for a condition on existence, else those that conditions name: regular ones first. */
function shownColumns(table: TableMetadata, modifications: readonly PreparedModification[], isBatch: boolean): readonly ColumnMetadata[] {
  if (modifications.some(({ existence }) => existence !== undefined)) return [...table.columns.values()];
  const named = new Set(modifications.flatMap(({ conditions }) => conditions.map(({ column }) => column.name)));
  const shown = [...table.regulars, ...table.statics].filter(({ name }) => named.has(name));
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
