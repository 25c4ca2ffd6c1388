/**
 * The typed API's requests as CQL: the same few texts again and again, so that each is prepared once.
 *
 * @module
 */
import { InvalidRequestError } from './errors.ts';
import { columnOf, type ColumnMetadata, type TableMetadata } from './schema/metadata.ts';
import type { BoundValue, StatementResult } from './cql/statement.ts';
import { isMultiCell, type Bytes } from './types/data-type.ts';
import { decode, type CqlValue } from './types/decode.ts';
import { encode } from './types/encode.ts';
import { joinKey } from './cql/select/keys.ts';
import { quoteName } from './types/type-name.ts';

/** A value of a column: what the Node.js driver takes, and what it gives. */
export type ColumnInput = unknown;

/** A partition: the value of its one key column, the values of all in order, or by name. */
export type PartitionInput = ColumnInput;

/**
 * Rows of a partition: those that begin with the values of `clustering`, and of these such that the next clustering column
 * lies within the bounds given. Bounds are by value, whatever the column's direction: `from` the least.
 */
export interface RowQuery {
  readonly partition: PartitionInput;
  /** Values of the first clustering columns; all of them name one row. A single value may stand without a list. */
  readonly clustering?: ColumnInput;
  /** At least this. */
  readonly from?: ColumnInput;
  /** At most this. */
  readonly to?: ColumnInput;
  /** More than this. */
  readonly after?: ColumnInput;
  /** Less than this. */
  readonly before?: ColumnInput;
}

/** What to read. */
export interface SelectQuery extends RowQuery {
  /** Rows at most. */
  readonly limit?: number;
  /** From the end of the clustering order. */
  readonly reverse?: boolean;
  /** The columns wanted, besides the key's. Default: all. */
  readonly columns?: readonly string[];
}

/** What to delete: single columns when `columns` is given, otherwise a row, a slice or the whole partition. */
export interface DeleteQuery extends RowQuery {
  readonly columns?: readonly string[];
}

/** Column values by name; null deletes a column. Key columns are named like the others. */
export type RowValues = Readonly<Record<string, ColumnInput>>;

/** A text with its values. */
export interface Shaped {
  readonly text: string;
  readonly values: readonly BoundValue[];
  /** Of a SELECT: how many of its columns are values; the rest are the write timestamps of the last of them. */
  readonly valueColumns: number;
}

/** INSERT of what is given. */
export function insertText(table: TableMetadata, values: RowValues, ttl: number | undefined): Shaped {
  const columns = Object.entries(values).filter(([, value]) => value !== undefined).map(([name, value]) => [columnOf(table, name), value] as const);
  requireKey(table, values);
  const names = columns.map(([{ name }]) => quoteName(name)).join(', ');
  const markers = columns.map(() => '?').join(', ');
  return {
    text: `INSERT INTO ${nameOf(table)} (${names}) VALUES (${markers})${ttl === undefined ? '' : ` USING TTL ${ttl}`}`,
    values: columns.map(([column, value]) => bound(column, value)),
    valueColumns: 0,
  };
}

/** UPDATE of what is given. */
export function updateText(table: TableMetadata, values: RowValues, ttl: number | undefined): Shaped {
  requireKey(table, values);
  const columns = Object.entries(values).filter(([, value]) => value !== undefined).map(([name, value]) => [columnOf(table, name), value] as const);
  const isKey = ({ kind }: ColumnMetadata): boolean => kind === 'partition_key' || kind === 'clustering';
  const set = columns.filter(([column]) => !isKey(column));
  const key = columns.filter(([column]) => isKey(column));
  if (set.length === 0) throw new InvalidRequestError('No columns to update');
  return {
    text: `UPDATE ${nameOf(table)}${ttl === undefined ? '' : ` USING TTL ${ttl}`} SET ${set.map(([{ name }]) => `${quoteName(name)} = ?`).join(', ')} WHERE ${key.map(([{ name }]) => `${quoteName(name)} = ?`).join(' AND ')}`,
    values: [...set, ...key].map(([column, value]) => bound(column, value)),
    valueColumns: 0,
  };
}

/** DELETE of columns, a row, a slice or a partition. */
export function deleteText(table: TableMetadata, query: DeleteQuery): Shaped {
  const { text, values } = whereOf(table, query);
  const columns = (query.columns ?? []).map((name) => quoteName(columnOf(table, name).name)).join(', ');
  return { text: `DELETE ${columns === '' ? '' : `${columns} `}FROM ${nameOf(table)} WHERE ${text}`, values, valueColumns: 0 };
}

/** SELECT of rows, with the write timestamps of their simple columns. */
export function selectText(table: TableMetadata, query: SelectQuery): Shaped {
  const { limit, reverse = false } = query;
  if (limit !== undefined && limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 1)) throw new InvalidRequestError('LIMIT must be strictly positive');
  const { text, values } = whereOf(table, query);
  const chosen = query.columns === undefined ? [...table.statics, ...table.regulars] : query.columns.map((name) => columnOf(table, name));
  const wanted = chosen.filter(({ kind }) => kind === 'static' || kind === 'regular');
  const shown = [...table.partitionKey, ...table.clustering, ...wanted];
  const timed = wanted.filter(({ type }) => !isMultiCell(type) && !table.isCounter);
  const names = [...shown.map(({ name }) => quoteName(name)), ...timed.map(({ name }) => `writetime(${quoteName(name)})`)];
  const [first] = table.clustering;
  const order = reverse && first !== undefined ? ` ORDER BY ${table.clustering.map(({ name, order: direction }) => `${quoteName(name)} ${direction === 'desc' ? 'ASC' : 'DESC'}`).join(', ')}` : '';
  return {
    text: `SELECT ${names.join(', ')} FROM ${nameOf(table)} WHERE ${text}${order}${limit === undefined || limit === Infinity ? '' : ` LIMIT ${limit}`}`,
    values,
    valueColumns: shown.length,
  };
}

/** The rows of {@link selectText}: columns without a value are left out, the write timestamps stand beside. */
export function rowsWithoutNulls({ valueColumns }: Shaped, result: StatementResult): {
  readonly rows: readonly Readonly<Record<string, CqlValue>>[];
  readonly writetimes: readonly Readonly<Record<string, number>>[];
} {
  if (result.kind !== 'rows') return { rows: [], writetimes: [] };
  const rows: Record<string, CqlValue>[] = [];
  const writetimes: Record<string, number>[] = [];
  for (const values of result.rows) {
    const row: Record<string, CqlValue> = {};
    const times: Record<string, number> = {};
    result.columns.forEach(({ name, type }, i) => {
      const value = values[i] ?? null;
      if (value === null) return;
      if (i < valueColumns) row[name] = decode(type, value);
      else times[name.slice('writetime('.length, -1).replaceAll('"', '')] = Number(decode(type, value));
    });
    rows.push(row);
    writetimes.push(times);
  }
  return { rows, writetimes };
}

/** The serialised key of a partition. @throws {@link InvalidRequestError} when a part is missing or does not fit */
export function keyBytesOf(table: TableMetadata, input: PartitionInput): Bytes {
  return joinKey(partsOf(table, input).map(([column, value]) => bound(column, value) ?? ''));
}

function whereOf(table: TableMetadata, query: RowQuery): { readonly text: string; readonly values: readonly BoundValue[] } {
  const relations: string[] = [];
  const values: BoundValue[] = [];
  const add = (column: ColumnMetadata, operator: string, value: ColumnInput): void => {
    relations.push(`${quoteName(column.name)} ${operator} ?`);
    values.push(bound(column, value));
  };
  for (const [column, value] of partsOf(table, query.partition)) add(column, '=', value);
  const { clustering = [] } = query;
  const prefix = Array.isArray(clustering) ? (clustering as readonly ColumnInput[]) : [clustering];
  if (prefix.length > table.clustering.length) throw new InvalidRequestError(`Table ${table.keyspace}.${table.name} has only ${table.clustering.length} clustering columns`);
  prefix.forEach((value, i) => add(table.clustering[i] as ColumnMetadata, '=', value));
  const next = table.clustering[prefix.length];
  for (const [name, operator] of [['from', '>='], ['after', '>'], ['to', '<='], ['before', '<']] as const) {
    const value = query[name];
    if (value === undefined) continue;
    if (next === undefined) throw new InvalidRequestError(`Table ${table.keyspace}.${table.name} has no clustering column for '${name}' to bound`);
    add(next, operator, value);
  }
  return { text: relations.join(' AND '), values };
}

function partsOf(table: TableMetadata, input: PartitionInput): readonly (readonly [ColumnMetadata, ColumnInput])[] {
  const { partitionKey } = table;
  if (Array.isArray(input) && input.length > partitionKey.length && partitionKey.length > 1) throw new InvalidRequestError(`Too many partition key values for table ${table.keyspace}.${table.name}`);
  const parts = partitionKey.map((column, i) => [column, partOf(input, column.name, i, partitionKey.length)] as const);
  const missing = parts.filter(([, value]) => value === undefined || value === null).map(([{ name }]) => name);
  if (missing.length > 0) throw new InvalidRequestError(`Some partition key parts are missing: ${missing.join(', ')}`);
  return parts;
}

function partOf(input: PartitionInput, column: string, index: number, count: number): ColumnInput {
  if (Array.isArray(input)) return (input as readonly ColumnInput[])[index];
  if (typeof input === 'object' && input !== null && Object.hasOwn(input, column)) return (input as Readonly<Record<string, ColumnInput>>)[column];
  return index === 0 && count === 1 ? input : undefined;
}

function requireKey(table: TableMetadata, values: RowValues): void {
  const absent = (columns: readonly ColumnMetadata[]): readonly string[] => columns.filter(({ name }) => (values[name] ?? null) === null).map(({ name }) => name);
  const partition = absent(table.partitionKey);
  if (partition.length > 0) throw new InvalidRequestError(`Some partition key parts are missing: ${partition.join(', ')}`);
  const clustering = absent(table.clustering);
  const isStatic = clustering.length === table.clustering.length && Object.keys(values).every((name) => !table.regulars.some((column) => column.name === name));
  if (clustering.length > 0 && !isStatic) throw new InvalidRequestError(`Some clustering keys are missing: ${clustering.join(', ')}`);
}


function bound({ name, type }: ColumnMetadata, value: ColumnInput): BoundValue {
  return value === null ? null : encode(type, value, name);
}

function nameOf({ keyspace, name }: TableMetadata): string {
  return `${quoteName(keyspace)}.${quoteName(name)}`;
}
