/**
 * Which rows a read shows: whether a row is live, passes the conditions of the statement, and so counts towards its limit
 * (Apache Cassandra 5.0, `RowFilter` and `DataLimits`). Replicas and coordinators both ask this.
 *
 * A condition on a column that is null never holds, `!=` neither.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { ColumnMetadata, TableMetadata } from '../schema/metadata.ts';
import { readUint16, bigint64 } from '../types/bytes.ts';
import { comparatorOf, type ValueComparator } from '../types/compare.ts';
import { isMultiCell, type Bytes, type DataType } from '../types/data-type.ts';
import { listElements, mapEntries } from '../types/structure.ts';
import { isLive, type Cell } from './cell.ts';
import { counterValue } from './counter.ts';
import type { PartitionData } from './partition.ts';
import type { FilterExpression } from './read-command.ts';
import { rowIsLive, type Row } from './row.ts';

/** The values of a partition key's columns. */
export function splitKey(table: TableMetadata, key: Bytes): readonly Bytes[] {
  if (table.partitionKey.length === 1) return [key];
  const parts: Bytes[] = [];
  for (let at = 0; at + 2 <= key.length;) {
    const length = readUint16(key, at);
    parts.push(key.slice(at + 2, at + 2 + length));
    at += length + 3;
  }
  return parts;
}

/**
 * Whether a row meets all conditions. It need not be live.
 *
 * @param table - its table
 * @param partitionKey - the serialised key
 * @param staticRow - the partition's static row, if any
 * @param row - the row; undefined when the partition shows its static row only
 * @param filter - the conditions
 * @param nowSeconds - decides which cells have expired
 */
export function rowPasses(
  table: TableMetadata, partitionKey: Bytes, staticRow: Row | undefined, row: Row | undefined, filter: readonly FilterExpression[], nowSeconds: number,
): boolean {
  for (const expression of filter) {
    const column = table.columns.get(expression.column);
    if (column === undefined || !passes(table, column, expression, partitionKey, staticRow, row, nowSeconds)) return false;
  }
  return true;
}

/**
 * How many rows of a partition count towards a limit: those that are live and pass; a partition that shows its static row only
 * counts as one.
 */
export function liveRowCount(table: TableMetadata, data: PartitionData, filter: readonly FilterExpression[], nowSeconds: number): number {
  let count = 0;
  let live = 0;
  for (const row of data.rows) {
    if (!rowIsLive(row, nowSeconds, table.view?.valueInKey !== undefined)) continue;
    live++;
    if (filter.length === 0 || rowPasses(table, data.key, data.staticRow, row, filter, nowSeconds)) count++;
  }
  if (live > 0 || data.staticRow === undefined || !rowIsLive(data.staticRow, nowSeconds)) return count;
  return rowPasses(table, data.key, data.staticRow, undefined, filter, nowSeconds) ? 1 : 0;
}

function passes(
  table: TableMetadata, column: ColumnMetadata, expression: FilterExpression, key: Bytes, staticRow: Row | undefined, row: Row | undefined, nowSeconds: number,
): boolean {
  switch (column.kind) {
    case 'partition_key': return valuePasses(column.type, splitKey(table, key)[column.position] ?? null, expression);
    case 'clustering': return valuePasses(column.type, row?.clustering[column.position] ?? null, expression);
    case 'static': return cellsPass(column, liveCells(staticRow, column.name, nowSeconds), expression);
    case 'regular': return cellsPass(column, liveCells(row, column.name, nowSeconds), expression);
    default: return assertNever(column.kind);
  }
}

function liveCells(row: Row | undefined, column: string, nowSeconds: number): readonly Cell[] {
  return row === undefined ? [] : row.cells.filter((cell) => cell.column === column && isLive(cell, nowSeconds));
}

function cellsPass({ type }: ColumnMetadata, cells: readonly Cell[], expression: FilterExpression): boolean {
  const [first] = cells;
  if (first === undefined) return false;
  if (!isMultiCell(type)) {
    const isCounter = type.kind === 'native' && type.name === 'counter';
    return valuePasses(type, isCounter && first.value !== null ? bigint64(counterValue(first.value)) : first.value, expression);
  }
  const { operator, value } = expression;
  switch (operator) {
    case 'CONTAINS': {
      const equals = elementEquality(type, value);
      return cells.some((cell) => equals(type.kind === 'set' ? cell.path ?? '' : cell.value ?? ''));
    }
    case 'CONTAINS KEY': return type.kind === 'map' && cells.some((cell) => comparatorOf(type.key)(cell.path ?? '', value) === 0);
    case 'ENTRY': return type.kind === 'map'
      && cells.some((cell) => comparatorOf(type.key)(cell.path ?? '', expression.mapKey ?? '') === 0 && comparatorOf(type.value)(cell.value ?? '', value) === 0);
    case 'IS NOT': return true;
    case '=':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'IN':
    case 'LIKE': return false;
    default: return assertNever(operator);
  }
}

function elementEquality(type: DataType, value: Bytes): (element: Bytes) => boolean {
  const compare = type.kind === 'map' ? comparatorOf(type.value) : type.kind === 'list' || type.kind === 'set' ? comparatorOf(type.element) : undefined;
  return (element) => compare !== undefined && compare(element, value) === 0;
}

function valuePasses(type: DataType, actual: Bytes | null, expression: FilterExpression): boolean {
  if (actual === null) return false;
  const { operator, value } = expression;
  const order = (): number => (comparatorOf(type) as ValueComparator)(actual, value);
  switch (operator) {
    case '=': return order() === 0;
    case '!=': return order() !== 0;
    case '<': return order() < 0;
    case '<=': return order() <= 0;
    case '>': return order() > 0;
    case '>=': return order() >= 0;
    case 'IN': return (expression.values ?? []).some((alternative) => comparatorOf(type)(actual, alternative) === 0);
    case 'IS NOT': return true;
    case 'LIKE': return isLike(actual, value);
    case 'CONTAINS': {
      const equals = elementEquality(type, value);
      return (type.kind === 'map' ? mapEntries(actual).map(([, element]) => element) : listElements(actual)).some(equals);
    }
    case 'CONTAINS KEY': return type.kind === 'map' && mapEntries(actual).some(([key]) => comparatorOf(type.key)(key, value) === 0);
    case 'ENTRY': return type.kind === 'map'
      && mapEntries(actual).some(([key, element]) => comparatorOf(type.key)(key, expression.mapKey ?? '') === 0 && comparatorOf(type.value)(element, value) === 0);
    default: return assertNever(operator);
  }
}

/** `%` at either end of a pattern stands for anything; elsewhere it is itself. */
function isLike(actual: Bytes, pattern: Bytes): boolean {
  const open = pattern.startsWith('%');
  const close = pattern.endsWith('%') && pattern.length > 1;
  const text = pattern.slice(open ? 1 : 0, close ? -1 : undefined);
  if (open && close) return actual.includes(text);
  if (open) return actual.endsWith(text);
  return close ? actual.startsWith(text) : actual === text;
}
