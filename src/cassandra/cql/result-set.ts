/**
 * Results as programs get them: the shape of the Node.js driver's `ResultSet`, rows as plain objects by column name.
 *
 * @module
 */
import type { NodeId } from '../../kernel/units.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import type { Bytes, DataType } from '../types/data-type.ts';
import { decode, type CqlValue } from '../types/decode.ts';
import { typeName } from '../types/type-name.ts';
import type { StatementResult } from './statement.ts';

/** A row: columns by name, in the order selected; null where there is no value. */
export type ResultRow = Readonly<Record<string, CqlValue>>;

/** A column of a result. */
export interface ColumnInfo {
  readonly name: string;
  /** As CQL writes it: `list<int>`. */
  readonly type: string;
  readonly keyspace: string;
  readonly table: string;
}

/** How an execution went. */
export interface ExecutionInfo {
  /** The coordinator. */
  readonly queriedHost: NodeId | undefined;
  readonly achievedConsistency: ConsistencyLevel;
  readonly warnings: readonly string[];
}

/** What an execution gives. */
export class ResultSet implements Iterable<ResultRow> {
  /** The rows of this page; undefined for statements that give none. */
  readonly rows: readonly ResultRow[];
  readonly columns: readonly ColumnInfo[];
  /** Hand it back as `pageState` for the next page; undefined when this was the last. Hexadecimal digits. */
  readonly pageState: string | undefined;
  readonly info: ExecutionInfo;
  readonly #applied: boolean;

  /** @internal */
  constructor(result: StatementResult, info: ExecutionInfo) {
    this.info = info;
    if (result.kind !== 'rows') {
      this.rows = [];
      this.columns = [];
      this.pageState = undefined;
      this.#applied = true;
      return;
    }
    this.columns = result.columns.map(({ name, type, keyspace, table }) => ({ name, type: typeName(type), keyspace, table }));
    this.rows = rowsOf(result);
    this.pageState = result.pagingState === undefined ? undefined : hex(result.pagingState);
    this.#applied = result.columns[0]?.name !== '[applied]' || result.rows[0]?.[0] === '\x01';
  }

  /** How many rows there are on this page. */
  get rowLength(): number {
    return this.rows.length;
  }

  /** The first row, null when there is none. */
  first(): ResultRow | null {
    return this.rows[0] ?? null;
  }

  /** Whether a lightweight transaction was applied; true for every other statement. */
  wasApplied(): boolean {
    return this.#applied;
  }

  [Symbol.iterator](): Iterator<ResultRow> {
    return this.rows[Symbol.iterator]();
  }
}

/** Rows as plain objects. */
export function rowsOf({ columns, rows }: StatementResult & { readonly kind: 'rows' }): readonly ResultRow[] {
  const names = columns.map(({ name }) => name);
  const types = columns.map(({ type }) => type);
  return rows.map((values) => rowOf(names, types, values));
}

function rowOf(names: readonly string[], types: readonly DataType[], values: readonly (Bytes | null)[]): ResultRow {
  const row: Record<string, CqlValue> = {};
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    const type = types[i];
    const value = type === undefined ? null : decode(type, values[i] ?? null);
    // A column may be called `"__proto__"`.
    if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
    else row[name] = value;
  }
  return row;
}

function hex(bytes: Bytes): string {
  return Array.from(bytes, (unit) => unit.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
