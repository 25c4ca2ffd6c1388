/**
 * Results as programs get them: the shape of the Node.js driver's `ResultSet`, rows as plain objects by column name.
 *
 * @module
 */
import type { NodeId } from '../../kernel/units.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import type { Bytes, DataType } from '../types/data-type.ts';
import { toHex } from '../types/bytes.ts';
import { decode, jsonOf, type CqlValue, type JsonData } from '../types/decode.ts';
import { toCqlLiteral } from '../types/literal-text.ts';
import { typeName } from '../types/type-name.ts';
import type { ResultColumn, StatementResult } from './statement.ts';

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
  readonly columns: readonly ColumnInfo[];
  /** Hand it back as `pageState` for the next page; undefined when this was the last. Hexadecimal digits. */
  readonly pageState: string | undefined;
  readonly info: ExecutionInfo;
  readonly #result: StatementResult;
  #rows: readonly ResultRow[] | undefined;

  /** @internal */
  constructor(result: StatementResult, info: ExecutionInfo) {
    this.info = info;
    this.#result = result;
    if (result.kind === 'rows') {
      this.columns = columnsOf(result.columns);
      this.pageState = result.pagingState === undefined ? undefined : toHex(result.pagingState);
    } else {
      this.columns = NO_COLUMNS;
      this.pageState = undefined;
    }
  }

  /** The rows of this page; none for statements that give none. */
  get rows(): readonly ResultRow[] {
    return (this.#rows ??= this.#result.kind === 'rows' ? rowsOf(this.#result) : []);
  }

  /** How many rows there are on this page. */
  get rowLength(): number {
    return this.#result.kind === 'rows' ? this.#result.rows.length : 0;
  }

  /** The first row, null when there is none. */
  first(): ResultRow | null {
    return this.rows[0] ?? null;
  }

  /** Whether a lightweight transaction was applied; true for every other statement. */
  wasApplied(): boolean {
    const result = this.#result;
    return result.kind !== 'rows' || result.columns[0]?.name !== '[applied]' || result.rows[0]?.[0] === '\x01';
  }

  /** Whether the statement gives rows at all: a SELECT does, an INSERT does not. */
  get hasRows(): boolean {
    return this.#result.kind === 'rows';
  }

  /** The rows as plain JSON data: bigint, varint and decimal as text, blobs as `0x…`, timestamps as ISO text. */
  toJsonRows(): readonly (readonly JsonData[])[] {
    const result = this.#result;
    if (result.kind !== 'rows') return [];
    return result.rows.map((row) => result.columns.map(({ type }, i) => jsonOf(type, row[i] ?? null)));
  }

  /** The rows as `cqlsh` prints them. */
  toTextRows(): readonly (readonly string[])[] {
    const result = this.#result;
    if (result.kind !== 'rows') return [];
    return result.rows.map((row) => result.columns.map(({ type }, i) => shown(type, row[i] ?? null)));
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

const NO_COLUMNS: readonly ColumnInfo[] = [];
const known = new WeakMap<readonly ResultColumn[], readonly ColumnInfo[]>();

function columnsOf(columns: readonly ResultColumn[]): readonly ColumnInfo[] {
  let infos = known.get(columns);
  if (infos === undefined) known.set(columns, (infos = columns.map(({ name, type, keyspace, table }) => ({ name, type: typeName(type), keyspace, table }))));
  return infos;
}

/** A value for people: text without quotes, all else as a literal. */
function shown(type: DataType, value: Bytes | null): string {
  if (value === null) return 'null';
  const json = jsonOf(type, value);
  return typeof json === 'string' && (type.kind === 'native') ? json : toCqlLiteral(type, value);
}
