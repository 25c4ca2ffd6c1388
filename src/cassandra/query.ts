/**
 * The typed API's way to name partitions and rows, turned into keys and slices.
 *
 * @module
 */
import { InvalidRequestError } from './errors.ts';
import type { Table } from './schema.ts';
import { sliceOf, type Bound, type Clustering, type Slice } from './storage/clustering.ts';
import { checkValue, serialise, serialiseKey, type CqlValue } from './value.ts';

/** A partition: the value of its one key column, the values of all in order, or by name. */
export type PartitionInput = CqlValue | readonly CqlValue[] | Readonly<Record<string, CqlValue | null>>;

/**
 * Rows of a partition: those that begin with the values of `clustering`, and of these such that the next clustering column
 * lies within the bounds given. Bounds are by value, whatever the column's direction: `from` the least.
 */
export interface RowQuery {
  readonly partition: PartitionInput;
  /** Values of the first clustering columns; all of them name one row. A single value may stand without a list. */
  readonly clustering?: CqlValue | readonly CqlValue[];
  /** At least this. */
  readonly from?: CqlValue;
  /** At most this. */
  readonly to?: CqlValue;
  /** More than this. */
  readonly after?: CqlValue;
  /** Less than this. */
  readonly before?: CqlValue;
}

/** A partition key: its values, its bytes, and as text for people and histories. */
export interface PartitionKey {
  readonly values: readonly CqlValue[];
  readonly bytes: string;
  readonly text: string;
}

/** The key a partition is named by. @throws {@link InvalidRequestError} when a part is missing or does not fit */
export function keyOf(table: Table, input: PartitionInput): PartitionKey {
  const { partitionKey } = table;
  if (Array.isArray(input) && input.length > partitionKey.length) throw new InvalidRequestError(`Too many partition key values for table ${table.id}`);
  const values: CqlValue[] = [];
  const parts: string[] = [];
  for (const [i, column] of partitionKey.entries()) {
    const value = partOf(input, column, i);
    if (value === undefined || value === null) {
      const missing = partitionKey.filter((name, j) => (partOf(input, name, j) ?? null) === null);
      throw new InvalidRequestError(`Some partition key parts are missing: ${missing.join(', ')}`);
    }
    const checked = check(table, column, value);
    values.push(checked);
    parts.push(serialise(table.types.get(column), checked));
  }
  const bytes = serialiseKey(parts);
  if (bytes === '') throw new InvalidRequestError('Key may not be empty');
  return { values, bytes, text: values.length === 1 ? String(values[0]) : values.map(String).join(':') };
}

function partOf(input: PartitionInput, column: string, index: number): unknown {
  if (Array.isArray(input)) return (input as readonly CqlValue[])[index];
  if (typeof input === 'object') return (input as Readonly<Record<string, CqlValue | null>>)[column];
  return index === 0 ? input : undefined;
}

/** The whole clustering that a query names, or undefined when it names more or less than one row. */
export function clusteringOf(table: Table, query: RowQuery): Clustering | undefined {
  const prefix = prefixOf(table, query);
  return prefix.length === table.clusteringKey.length ? prefix : undefined;
}

/** The slice that a query names. */
export function sliceOfQuery(table: Table, query: RowQuery): Slice {
  const prefix = prefixOf(table, query);
  const whole = sliceOf(prefix);
  const next = table.clusteringKey[prefix.length];
  const bound = (name: 'from' | 'to' | 'after' | 'before', side: Bound['side']): Bound | undefined => {
    const value = query[name];
    if (value === undefined) return undefined;
    if (next === undefined) throw new InvalidRequestError(`Table ${table.id} has no clustering column for '${name}' to bound`);
    return { prefix: [...prefix, check(table, next.column, value)], side };
  };
  // A bound stands before or after the rows with its value; on a descending column what is less by value comes later.
  if (next?.order === 'DESC') {
    return { start: bound('to', -1) ?? bound('before', 1) ?? whole.start, end: bound('from', 1) ?? bound('after', -1) ?? whole.end };
  }
  return { start: bound('from', -1) ?? bound('after', 1) ?? whole.start, end: bound('to', 1) ?? bound('before', -1) ?? whole.end };
}

/** The columns of a row that are not of its key, checked. */
export function columnsOf(table: Table, values: Readonly<Record<string, CqlValue | null>>): readonly (readonly [string, CqlValue | null])[] {
  const columns: (readonly [string, CqlValue | null])[] = [];
  for (const [column, value] of Object.entries(values)) {
    if (table.keyColumns.has(column)) continue;
    if (!COLUMN.test(column)) throw new InvalidRequestError(`'${column}' is not a valid column name`);
    columns.push([column, value === null ? null : check(table, column, value)]);
  }
  return columns;
}

const COLUMN = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

function prefixOf(table: Table, { clustering = [] }: RowQuery): Clustering {
  const prefix = Array.isArray(clustering) ? (clustering as readonly CqlValue[]) : [clustering as CqlValue];
  if (prefix.length > table.clusteringKey.length) throw new InvalidRequestError(`Table ${table.id} has only ${table.clusteringKey.length} clustering columns`);
  return prefix.map((value, i) => check(table, table.clusteringKey[i]?.column ?? '', value));
}

function check(table: Table, column: string, value: unknown): CqlValue {
  checkValue(column, table.types.get(column), value);
  // -0 and 0 are one number to a reader, but differ in their bytes.
  return value === 0 ? 0 : value;
}
