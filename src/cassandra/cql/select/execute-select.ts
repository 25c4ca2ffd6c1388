/**
 * Executing SELECT: commands for the partitions or the range that it reads, and rows of what comes back, page by page
 * (`SelectStatement.execute`, `QueryPagers` of Apache Cassandra 5.0).
 *
 * A read may show fewer rows than it was allowed to count, where replicas differ or where a partition shows its static columns
 * only: then it goes on behind the last row it got, until the page is full or there is nothing more.
 *
 * Left out: pages of a GROUP BY, which comes as one.
 *
 * @module
 */
import { isSerial } from '../../consistency.ts';
import { CassandraError, InvalidRequestError } from '../../errors.ts';
import { sliceOf, WHOLE_PARTITION, type Slice } from '../../storage/clustering.ts';
import { liveRowCount, rowPasses, splitKey } from '../../storage/filter.ts';
import { deletionAt, type PartitionData } from '../../storage/partition.ts';
import { intersectSlices } from '../../storage/ranges.ts';
import type { FilterExpression, Position, TokenRange } from '../../storage/read-command.ts';
import { rowIsLive, type Row } from '../../storage/row.ts';
import { readInt32, utf8 } from '../../types/bytes.ts';
import type { Bytes } from '../../types/data-type.ts';
import { jsonName, toJsonText } from '../../types/json.ts';
import { native } from '../../types/type-name.ts';
import { keyText, valueText } from '../modify/execute.ts';
import type { BindVariable, BoundValue, ExecuteOptions, HistoryOperation, PreparedStatement, ResultColumn, StatementResult } from '../statement.ts';
import type { Callback, StorageProxy } from '../storage-proxy.ts';
import type { BindContext, PreparedTerm } from '../term/scope.ts';
import { decodePagingState, encodePagingState } from './paging-state.ts';
import type { PreparedSelect } from './prepare-select.ts';
import type { RowView } from './row-view.ts';
import { Gathering, type SelectionInput } from './selectable.ts';
import { covers, tokenRange } from './token-range.ts';

const NOTHING_GATHERED: readonly (Bytes | null)[] = Object.freeze([]);

/** A SELECT as a statement. */
export function selectStatement(text: string, keyspace: string | undefined, select: PreparedSelect, variables: readonly BindVariable[]): PreparedStatement {
  const columns = resultColumns(select);
  return {
    text, keyspace, variables, columns,
    routing: select.restrictions.routing,
    isIdempotent: true,
    isWrite: false,
    operation: (values) => operationOf(select, values),
    execute: (options, proxy, done) => executeSelect(select, options, proxy, done),
  };
}

function resultColumns({ isJson, table, columns }: PreparedSelect): readonly ResultColumn[] {
  return isJson ? [{ keyspace: table.keyspace, table: table.name, name: '[json]', type: native('text') }] : columns;
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
      const isShown = row !== undefined && rowIsLive(row, nowSeconds);
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

function limitOf(term: PreparedTerm | undefined, context: BindContext): number {
  const value = term?.bind(context);
  if (value === undefined) return Infinity;
  if (value === null) throw new InvalidRequestError('Invalid null value of LIMIT');
  const limit = readInt32(value);
  if (limit <= 0) throw new InvalidRequestError('LIMIT must be strictly positive');
  return limit;
}

/** One execution of a SELECT that may need several reads. */
class Execution {
  readonly #select: PreparedSelect;
  readonly #options: ExecuteOptions;
  readonly #proxy: StorageProxy;
  readonly #done: Callback<StatementResult>;
  readonly #nowSeconds: number;
  readonly #filter: readonly FilterExpression[];
  readonly #slices: readonly Slice[];
  readonly #perPartition: number;
  readonly #consumer: Consumer;
  /** Undefined: by tokens. */
  readonly #keys: readonly Bytes[] | undefined;
  readonly #range: TokenRange | undefined;
  #position: Position | undefined;
  #givenOfPartition = 0;

  constructor(select: PreparedSelect, options: ExecuteOptions, proxy: StorageProxy, done: Callback<StatementResult>) {
    this.#select = select;
    this.#options = options;
    this.#proxy = proxy;
    this.#done = done;
    const context: BindContext = { values: options.values, proxy };
    const limit = limitOf(select.limit, context);
    this.#perPartition = select.isDistinct ? 1 : limitOf(select.perPartitionLimit, context);
    const { restrictions } = select;
    const pages = options.pageSize !== undefined && options.pageSize > 0;
    if (select.ordersPartitions && pages && !select.isAggregate) {
      throw new InvalidRequestError(
        'Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove the ORDER BY or the IN and sort client side, or disable paging for this query',
      );
    }
    this.#nowSeconds = proxy.nowSeconds();
    const { partitioner } = select.scope;
    this.#range = tokenRange(partitioner, restrictions.tokens, context);
    const range = this.#range;
    const keys = restrictions.isKeyRange ? undefined : restrictions.keys(context);
    this.#keys = keys === undefined || restrictions.tokens.length === 0 ? keys : keys.filter((key) => range !== undefined && covers(range, partitioner.tokenOf(key)));
    this.#slices = restrictions.slices(context);
    this.#filter = restrictions.filter(context);
    let remaining = limit;
    if (options.pagingState !== undefined && !select.isAggregate) {
      const state = decodePagingState(options.pagingState);
      this.#position = state.position;
      this.#givenOfPartition = state.givenOfPartition;
      remaining = Math.min(limit, state.remaining);
    }
    this.#consumer = select.isAggregate
      ? new GroupConsumer(select, context, limit, this.#perPartition)
      : new RowConsumer(select, context, remaining, pages && !select.ordersPartitions ? options.pageSize : Infinity);
  }

  start(): void {
    if (this.#keys === undefined) {
      if (this.#range === undefined) this.#finish();
      else this.#readRange(this.#range, this.#position);
    } else if (this.#slices.length === 0 && !this.#mayShowStatics()) this.#finish();
    else this.#resumeKeys(this.#keys, this.#position);
  }

  #mayShowStatics(): boolean {
    const { restrictions } = this.#select;
    return !restrictions.hasClusteringRestrictions && !restrictions.hasRegularRestrictions;
  }

  /** Rows that one read may count. */
  #limits(given: number): { readonly rows: number; readonly perPartition: number } {
    if (this.#select.isAggregate) return { rows: Infinity, perPartition: this.#select.isDistinct ? 1 : Infinity };
    return { rows: this.#consumer.wanted, perPartition: Math.max(1, this.#perPartition - given) };
  }

  #behind({ clustering }: Position): readonly Slice[] {
    if (clustering === undefined) return [];
    const rest: Slice = this.#select.isReversed
      ? { start: WHOLE_PARTITION.start, end: { prefix: clustering, side: -1 } }
      : { start: { prefix: clustering, side: 1 }, end: WHOLE_PARTITION.end };
    return intersectSlices(this.#select.table.compare, this.#slices, rest);
  }

  #resumeKeys(keys: readonly Bytes[], after: Position | undefined): void {
    if (after === undefined) {
      this.#readKeys(keys, undefined);
      return;
    }
    const left = keys.slice(Math.max(0, keys.indexOf(after.key)));
    const isDone = after.clustering === undefined || this.#givenOfPartition >= this.#perPartition || this.#behind(after).length === 0;
    if (isDone) this.#readKeys(left.slice(1), undefined);
    else this.#readKeys(left, after);
  }

  /** Reads partitions by key; the first one behind a position. */
  #readKeys(keys: readonly Bytes[], after: Position | undefined): void {
    if (keys.length === 0 || this.#consumer.wanted <= 0) {
      this.#finish();
      return;
    }
    const { table, isReversed } = this.#select;
    const commands = keys.map((key, i) => ({
      kind: 'partition' as const, table: table.id, key,
      slices: i === 0 && after !== undefined ? this.#behind(after) : this.#slices,
      reversed: isReversed, columns: undefined, filter: this.#filter,
      limits: this.#limits(i === 0 ? this.#givenOfPartition : 0), nowSeconds: this.#nowSeconds,
    }));
    const { consistency } = this.#options;
    this.#proxy.read(commands, consistency, isSerial(consistency), (error, answers = []) => {
      this.#guard(error, () => {
        for (const [i, data] of answers.entries()) {
          const asked = commands[i]?.limits;
          const isFull = this.#take(data, i === 0 && after !== undefined);
          if (isFull) break;
          const counted = asked === undefined || asked.rows === Infinity ? 0 : liveRowCount(table, data, this.#filter, this.#nowSeconds);
          const last = this.#lastOf(data);
          if (asked !== undefined && counted >= asked.rows && last?.clustering !== undefined && this.#givenOfPartition < this.#perPartition) {
            this.#resumeKeys(keys.slice(i), last);
            return;
          }
          this.#givenOfPartition = 0;
        }
        this.#finish();
      });
    });
  }

  #readRange(range: TokenRange, after: Position | undefined): void {
    if (this.#consumer.wanted <= 0) {
      this.#finish();
      return;
    }
    const { table, isReversed, restrictions } = this.#select;
    const limits = this.#limits(0);
    const command = {
      kind: 'range' as const, table: table.id, range, after, slices: this.#slices, reversed: isReversed, columns: undefined, filter: this.#filter, limits,
      nowSeconds: this.#nowSeconds, index: restrictions.index?.name,
    };
    this.#proxy.readRange(command, this.#options.consistency, (error, answers = []) => {
      this.#guard(error, () => {
        let counted = 0;
        for (const data of answers) {
          counted += limits.rows === Infinity ? 0 : Math.min(limits.perPartition, liveRowCount(table, data, this.#filter, this.#nowSeconds));
          if (data.key !== after?.key) this.#givenOfPartition = 0;
          if (this.#take(data, data.key === after?.key)) {
            this.#finish();
            return;
          }
        }
        const last = answers.at(-1);
        const position = last === undefined ? undefined : this.#lastOf(last);
        if (counted >= limits.rows && position !== undefined) this.#readRange(range, position);
        else this.#finish();
      });
    });
  }

  /** Errors of reading and of selecting go the same way. */
  #guard(error: CassandraError | undefined, act: () => void): void {
    if (error !== undefined) {
      this.#done(error);
      return;
    }
    try {
      act();
    } catch (thrown) {
      if (!(thrown instanceof CassandraError)) throw thrown;
      this.#done(thrown);
    }
  }

  #lastOf(data: PartitionData): Position | undefined {
    const row = this.#select.isReversed ? data.rows[0] : data.rows.at(-1);
    return { key: data.key, clustering: row?.clustering };
  }

  /** Shows a partition's rows. @returns whether the page is full */
  #take(data: PartitionData, isRest: boolean): boolean {
    const { table, isReversed } = this.#select;
    const now = this.#nowSeconds;
    const keyParts = splitKey(table, data.key);
    const { staticRow, key } = data;
    let live = 0;
    const show = (row: Row | undefined): boolean => {
      this.#consumer.take({ key, keyParts, staticRow, row, nowSeconds: now });
      this.#givenOfPartition++;
      this.#position = { key, clustering: row?.clustering };
      return this.#consumer.wanted <= 0;
    };
    const perPartition = this.#select.isAggregate && !this.#select.isDistinct ? Infinity : this.#perPartition;
    const { rows } = data;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[isReversed ? rows.length - 1 - i : i];
      if (row === undefined || !rowIsLive(row, now)) continue;
      live++;
      if (this.#filter.length > 0 && !rowPasses(table, key, staticRow, row, this.#filter, now)) continue;
      if (this.#givenOfPartition >= perPartition) return false;
      if (show(row)) return true;
    }
    if (live > 0 || isRest || staticRow === undefined || !this.#mayShowStatics() || !rowIsLive(staticRow, now)) return false;
    if (this.#filter.length > 0 && !rowPasses(table, key, staticRow, undefined, this.#filter, now)) return false;
    return show(undefined);
  }

  #finish(): void {
    const { rows, remaining } = this.#consumer.result();
    const isPageFull = !this.#select.isAggregate && this.#consumer.wanted <= 0 && remaining > 0;
    const pagingState = isPageFull && this.#position !== undefined
      ? encodePagingState({ position: this.#position, remaining, givenOfPartition: this.#givenOfPartition })
      : undefined;
    const warnings = this.#warnings();
    this.#done(undefined, {
      kind: 'rows', columns: resultColumns(this.#select), rows: this.#select.isJson ? jsonRows(this.#select, rows) : rows, pagingState,
      ...(warnings === undefined ? {} : { warnings }),
    });
  }

  #warnings(): readonly string[] | undefined {
    const { isAggregate, restrictions } = this.#select;
    if (!isAggregate) return undefined;
    if (!restrictions.hasKeyRestrictions) return ['Aggregation query used without partition key'];
    return restrictions.keyIsIn ? ['Aggregation query used on multiple partition keys (IN restriction)'] : undefined;
  }
}

function jsonRows({ columns }: PreparedSelect, rows: readonly (readonly (Bytes | null)[])[]): readonly (readonly (Bytes | null)[])[] {
  return rows.map((row) => [utf8(`{${columns.map(({ name, type }, i) => `${jsonName(name)}: ${toJsonText(type, row[i] ?? null)}`).join(', ')}}`)]);
}

/** What becomes of rows. */
interface Consumer {
  /** How many rows may still come. */
  readonly wanted: number;
  take(view: RowView): void;
  /** The rows to show, and how many LIMIT would still allow. */
  result(): { readonly rows: readonly (readonly (Bytes | null)[])[]; readonly remaining: number };
}

/** Shows each row. */
class RowConsumer implements Consumer {
  readonly #select: PreparedSelect;
  readonly #context: BindContext;
  readonly #limit: number;
  readonly #most: number;
  readonly #rows: (readonly (Bytes | null)[])[] = [];
  /** Kept where all partitions' rows are to be brought into one order. */
  readonly #views: RowView[] = [];

  constructor(select: PreparedSelect, context: BindContext, limit: number, pageSize = Infinity) {
    this.#select = select;
    this.#context = context;
    this.#limit = limit;
    this.#most = select.ordersPartitions ? Infinity : Math.min(limit, pageSize);
  }

  get wanted(): number {
    return this.#most - this.#rows.length;
  }

  take(view: RowView): void {
    if (this.#select.ordersPartitions) this.#views.push(view);
    else this.#rows.push(this.#show(view));
  }

  #show(view: RowView): readonly (Bytes | null)[] {
    const input: SelectionInput = { view, context: this.#context, gathered: NOTHING_GATHERED };
    return this.#select.selectors.map((selector) => selector.get(input));
  }

  result(): ReturnType<Consumer['result']> {
    if (this.#select.ordersPartitions) {
      const { table, isReversed } = this.#select;
      const ordered = this.#views.sort((a, b) => {
        const order = table.compare(a.row?.clustering ?? [], b.row?.clustering ?? []);
        return isReversed ? -order : order;
      });
      return { rows: (ordered.length > this.#limit ? ordered.slice(0, this.#limit) : ordered).map((view) => this.#show(view)), remaining: 0 };
    }
    return { rows: this.#rows, remaining: this.#limit - this.#rows.length };
  }
}

/** Gathers rows into groups, or into one. */
class GroupConsumer implements Consumer {
  readonly #select: PreparedSelect;
  readonly #context: BindContext;
  readonly #limit: number;
  readonly #perPartition: number;
  readonly #rows: (readonly (Bytes | null)[])[] = [];
  #gathering: Gathering;
  #first: RowView | undefined;
  #by: Bytes | null = null;
  #groupsOfPartition = 0;

  constructor(select: PreparedSelect, context: BindContext, limit: number, perPartition: number) {
    this.#select = select;
    this.#context = context;
    this.#limit = limit;
    this.#perPartition = perPartition;
    this.#gathering = new Gathering(select.aggregates);
  }

  get wanted(): number {
    return this.#rows.length >= this.#limit ? 0 : Infinity;
  }

  take(view: RowView): void {
    const { grouping } = this.#select;
    if (grouping !== undefined) {
      const by = grouping.by?.get({ view, context: this.#context, gathered: NOTHING_GATHERED }) ?? null;
      if (this.#first !== undefined && !this.#isSameGroup(this.#first, view, by, grouping.clusteringPrefix)) this.#close();
      this.#by = by;
    }
    if (this.#first?.key !== view.key && this.#first === undefined && this.#lastKey !== view.key) this.#groupsOfPartition = 0;
    this.#lastKey = view.key;
    this.#first ??= view;
    this.#gathering.add(view, this.#context);
  }

  #lastKey: Bytes | undefined;

  #isSameGroup(first: RowView, view: RowView, by: Bytes | null, prefix: number): boolean {
    if (first.key !== view.key || this.#by !== by) return false;
    const { compare } = this.#select.table;
    return compare(first.row?.clustering.slice(0, prefix) ?? [], view.row?.clustering.slice(0, prefix) ?? []) === 0;
  }

  #close(): void {
    const view = this.#first ?? EMPTY_VIEW;
    const input: SelectionInput = { view, context: this.#context, gathered: this.#gathering.results() };
    if (this.#select.grouping === undefined || this.#groupsOfPartition < this.#perPartition || this.#select.isDistinct) {
      this.#rows.push(this.#select.selectors.map((selector) => selector.get(input)));
    }
    this.#groupsOfPartition++;
    this.#first = undefined;
    this.#gathering = new Gathering(this.#select.aggregates);
  }

  result(): ReturnType<Consumer['result']> {
    if (this.#first !== undefined || this.#select.grouping === undefined) this.#close();
    return { rows: this.#rows.length > this.#limit ? this.#rows.slice(0, this.#limit) : this.#rows, remaining: 0 };
  }
}

const EMPTY_VIEW: RowView = { key: '', keyParts: [], staticRow: undefined, row: undefined, nowSeconds: 0 };

/** What a history says of a SELECT. */
function operationOf(select: PreparedSelect, values: readonly BoundValue[]): HistoryOperation {
  const { table, restrictions, register } = select;
  const name = `${table.keyspace}.${table.name}`;
  if (register === undefined) return { f: 'select', key: name, value: null };
  try {
    const context: BindContext = { values, proxy: SILENT };
    const [key = ''] = restrictions.keys(context);
    const [slice = sliceOf([])] = restrictions.slices(context);
    const rest = slice.start.prefix.map((value, i) => valueText(table.clustering[i]?.type, value));
    return {
      f: 'read', key: [`${name}/${keyText(table.partitionKey.map(({ type }) => type), splitKey(table, key))}`, ...rest, register.name].join('/'), value: null,
      column: select.columns[0]?.name ?? register.name,
    };
  } catch (error) {
    // Whatever is wrong with the values the coordinator will say.
    if (error instanceof CassandraError) return { f: 'select', key: name, value: null };
    throw error;
  }
}

/** For looking at values beforehand: what depends on a clock or on chance is not looked at. */
const SILENT: BindContext['proxy'] = {
  get random(): never {
    throw new InvalidRequestError('not known beforehand');
  },
  timestamp() {
    throw new InvalidRequestError('not known beforehand');
  },
  nowSeconds() {
    throw new InvalidRequestError('not known beforehand');
  },
};
