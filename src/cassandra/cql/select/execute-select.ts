/**
 * SELECT as a statement: one row by its whole key goes the short way here, all else by `execution.ts`; and what histories say of it.
 *
 * @module
 */
import { isSerial } from '../../consistency.ts';
import { CassandraError } from '../../errors.ts';
import { sliceOf, WHOLE_PARTITION, type Slice } from '../../storage/clustering.ts';
import { splitKey } from '../../storage/filter.ts';
import { deletionAt, type PartitionData } from '../../storage/partition.ts';
import type { FilterExpression } from '../../storage/read-command.ts';
import { rowIsLive, type Row } from '../../storage/row.ts';
import { keyText, valueText } from '../modify/execute.ts';
import type { BindVariable, BoundValue, ExecuteOptions, HistoryOperation, PreparedStatement, StatementResult } from '../statement.ts';
import type { Callback, StorageProxy } from '../storage-proxy.ts';
import { BEFOREHAND, type BindContext } from '../term/scope.ts';
import { NOTHING_GATHERED } from './consumers.ts';
import { checkedKey } from './keys.ts';
import { Execution, resultColumns } from './execution.ts';
import type { PreparedSelect } from './prepare-select.ts';
import type { RowView } from './row-view.ts';

/** A SELECT as a statement. */
export function selectStatement(text: string, keyspace: string | undefined, select: PreparedSelect, variables: readonly BindVariable[]): PreparedStatement {
  const columns = resultColumns(select);
  return {
    text, keyspace, variables, columns,
    table: select.table,
    routing: select.restrictions.routing,
    isIdempotent: true,
    isWrite: false,
    operation: (values) => operationOf(select, values),
    execute: (options, proxy, done) => executeSelect(select, options, proxy, done),
  };
}

/** Executes a SELECT. Errors are given to the callback. */
export function executeSelect(select: PreparedSelect, options: ExecuteOptions, proxy: StorageProxy, done: Callback<StatementResult>): void {
  try {
    if (select.register !== undefined || (select.restrictions.isOneRow && isPlain(select))) executeRow(select, options, proxy, done);
    else new Execution(select, options, proxy, done).start();
  } catch (error) {
    if (!(error instanceof CassandraError)) throw error;
    done(error);
  }
}

function isPlain({ isAggregate, isJson, isDistinct, limit, perPartitionLimit }: PreparedSelect): boolean {
  return !isAggregate && !isJson && !isDistinct && limit === undefined && perPartitionLimit === undefined;
}

const NO_FILTER: readonly FilterExpression[] = Object.freeze([]);
const ONE_ROW = Object.freeze({ rows: 1, perPartition: Infinity });

/** One row by its whole key: the way of most reads, without any of the machinery below. */
function executeRow(select: PreparedSelect, options: ExecuteOptions, proxy: StorageProxy, done: Callback<StatementResult>): void {
  const { table, restrictions } = select;
  const context: BindContext = { values: options.values, proxy };
  const nowSeconds = proxy.nowSeconds();
  const [key = ''] = restrictions.keys(context);
  const slices = restrictions.slices(context);
  checkedKey(key);
  const { consistency } = options;
  proxy.read(
    [{ kind: 'partition', table: table.id, key, slices, reversed: false, columns: undefined, filter: NO_FILTER, limits: ONE_ROW, nowSeconds }],
    consistency, isSerial(consistency),
    (error, answers) => {
      if (error !== undefined) {
        done(error);
        return;
      }
      const data = answers?.[0];
      const row = data?.rows[0];
      const isShown = row !== undefined && rowIsLive(row, nowSeconds, table.view?.valueInKey !== undefined);
      const showsStatics = !isShown && table.clustering.length === 0 && data?.staticRow !== undefined && rowIsLive(data.staticRow, nowSeconds);
      const rows = data !== undefined && (isShown || showsStatics)
        ? [select.selectors.map((selector) => selector.get({ view: viewOf(select, data, isShown ? row : undefined, nowSeconds), context, gathered: NOTHING_GATHERED }))]
        : [];
      const version = select.register === undefined ? undefined : versionOf(select, select.register.name, data, slices[0] ?? WHOLE_PARTITION);
      done(undefined, { kind: 'rows', columns: select.columns, rows, pagingState: undefined, ...(version === undefined ? {} : { version }) });
    },
  );
}

/** The timestamp of the cell that is shown, or of the deletion that hides it; null when nothing was ever written. */
function versionOf({ table }: PreparedSelect, column: string, data: PartitionData | undefined, slice: Slice): number | null {
  if (data === undefined) return null;
  let version: number | null = null;
  const see = (timestamp: number | undefined): void => {
    if (timestamp !== undefined && (version === null || timestamp > version)) version = timestamp;
  };
  const [row] = data.rows;
  if (row !== undefined) {
    for (const cell of row.cells) if (cell.column === column) see(cell.timestamp);
    see(row.deletion?.timestamp);
  }
  if (data.deletion !== undefined || data.ranges.length > 0) see(deletionAt(table, data.deletion, data.ranges, slice.start.prefix)?.timestamp);
  return version;
}

function viewOf({ table }: PreparedSelect, { key, staticRow }: PartitionData, row: Row | undefined, nowSeconds: number): RowView {
  return { key, keyParts: splitKey(table, key), staticRow, row, nowSeconds };
}

/** What a history says of a SELECT. */
function operationOf(select: PreparedSelect, values: readonly BoundValue[]): HistoryOperation {
  const { table, restrictions, register } = select;
  const name = `${table.keyspace}.${table.name}`;
  if (register === undefined) {
    const key = oneKey(select, values);
    return { f: 'select', key: key === undefined ? name : `${name}/${key}`, value: null };
  }
  try {
    const context: BindContext = { values, proxy: BEFOREHAND };
    const [key = ''] = restrictions.keys(context);
    const [slice = sliceOf([])] = restrictions.slices(context);
    const rest = slice.start.prefix.map((value, i) => valueText(table.clustering[i]?.type, value));
    return {
      f: 'read', key: [`${name}/${keyText(table.partitionKey.map(({ type }) => type), splitKey(table, key))}`, ...rest, register.name].join('/'), value: null,
      column: select.columns[select.selectors.findIndex((selector) => selector.column === register)]?.name ?? register.name,
    };
  } catch (error) {
    // Whatever is wrong with the values the coordinator will say.
    if (error instanceof CassandraError) return { f: 'select', key: name, value: null };
    throw error;
  }
}

/** The partition key of a SELECT that names one, as histories write it. */
function oneKey({ table, restrictions }: PreparedSelect, values: readonly BoundValue[]): string | undefined {
  try {
    const keys = restrictions.keys({ values, proxy: BEFOREHAND });
    const [key] = keys;
    return key === undefined || keys.length > 1 ? undefined : keyText(table.partitionKey.map(({ type }) => type), splitKey(table, key));
  } catch (error) {
    if (error instanceof CassandraError) return undefined;
    throw error;
  }
}
