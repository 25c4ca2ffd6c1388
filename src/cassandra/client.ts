/**
 * A client of the simulated cluster: a node of its own on the network, like a program with a driver. It takes its
 * coordinators in turn (or always the one it was told), stamps writes with its own clock as drivers do, microseconds and
 * never the same twice, and writes its operations to the history.
 *
 * In the history an operation on one simple column of one row by its whole key is a register: `write` (a deletion writes null),
 * `read`, and `cas` for a condition on that column, with the key `keyspace.table/partition/clustering/column` and the cell's write
 * timestamp as version. So the linearizability and session checkers apply: the version order is the order in which last write wins.
 * Anything wider is recorded under its own name (`insert`, `update`, `delete`, `select`, `batch`) with the key `keyspace.table/partition`.
 *
 * Statements with parameters are prepared, as `{ prepare: true }` of the driver does, so each value is of its column's type.
 *
 * Left out: retries, speculative execution, and learning which nodes are down.
 *
 * @module
 */
import type { Client } from '../kernel/client.ts';
import { UsageError, type SplitbrainError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import { CONSISTENCY_LEVELS, type ConsistencyLevel } from './consistency.ts';
import type { QueryRequest, ResultMessage } from './coordinator/messages.ts';
import type { Catalog } from './cql/prepare.ts';
import { prepareStatement } from './cql/prepare.ts';
import { ResultSet } from './cql/result-set.ts';
import type { BoundValue, ExecuteOptions, ExecuteRequest, HistoryOperation, PreparedStatement, StatementResult } from './cql/statement.ts';
import { CassandraError, errorFromReply, InvalidRequestError } from './errors.ts';
import { deleteText, insertText, rowsWithoutNulls, selectText, updateText, type DeleteQuery, type RowValues, type SelectQuery, type Shaped } from './table-queries.ts';
import type { Table } from './table.ts';
import { bindParameters, type Parameters } from './cql/bind.ts';
import type { TableMetadata } from './schema/metadata.ts';
import { jsonOf, type CqlValue } from './types/decode.ts';
import { fromHex } from './types/bytes.ts';

/** Settings of one request. */
export interface RequestOptions {
  /** Default: the client's. */
  readonly consistency?: ConsistencyLevel;
  /** Of a lightweight transaction: `SERIAL` (the default) or `LOCAL_SERIAL`. */
  readonly serialConsistency?: ConsistencyLevel;
  /** The coordinator. Default: the client's, or the next in turn. */
  readonly coordinator?: string | { readonly id: string };
  /** False leaves the operation out of the history. */
  readonly record?: boolean;
}

/** Settings of an execution of CQL. */
export interface ExecutionOptions extends RequestOptions {
  /** The write timestamp in microseconds since the Unix epoch, instead of a clock's; `USING TIMESTAMP` in the text goes before it. */
  readonly timestamp?: number;
  /** Rows of a page. Default: all at once. */
  readonly pageSize?: number;
  /** The `pageState` of the page before. */
  readonly pageState?: string;
  /** The keyspace of names without one, for this request only. */
  readonly keyspace?: string;
}

/** A statement of a batch. */
export type BatchQuery = string | { readonly query: string; readonly params?: Parameters };

/** Settings of a batch. */
export interface BatchOptions extends RequestOptions {
  readonly timestamp?: number;
  readonly keyspace?: string;
  /** Whether it goes by way of the batchlog. Default true. */
  readonly logged?: boolean;
  /** Whether it adds to counters. */
  readonly counter?: boolean;
}

/** Settings of a write. */
export interface WriteOptions extends RequestOptions {
  /** Microseconds since the Unix epoch, instead of a clock's (`USING TIMESTAMP`). */
  readonly timestamp?: number;
}

/** Settings of an insert or update. */
export interface UpsertOptions extends WriteOptions {
  /** Seconds to live (`USING TTL`); 0 = for ever. */
  readonly ttl?: number;
}

/** A row as read: key columns and live columns by name. */
export type SelectedRow = Readonly<Record<string, CqlValue>>;

/** The answer to a read. */
export interface SelectResult {
  readonly rows: readonly SelectedRow[];
  /** For each row the write timestamps of its columns (`WRITETIME`). */
  readonly writetimes: readonly Readonly<Record<string, number>>[];
  /** The first row. */
  readonly first: SelectedRow | undefined;
  readonly coordinator: NodeId;
}

/** The answer to a write. */
export interface WriteResult {
  /** What it was stamped with. */
  readonly timestamp: number;
  readonly coordinator: NodeId;
}

/** How a client is made. @internal */
export interface ClientSettings {
  readonly nodes: () => readonly NodeId[];
  readonly coordinator: NodeId | undefined;
  readonly consistency: ConsistencyLevel;
  readonly keyspace: string | undefined;
  readonly stampsWrites: boolean;
  readonly requestTimeout: Micros;
  readonly catalog: Catalog;
  readonly findNode: (node: string | { readonly id: string }) => NodeId;
}

/** What the coordinator answered, and which. */
interface Answer {
  readonly result: StatementResult;
  readonly coordinator: NodeId;
}

/** A program with a driver. */
export class CassandraClient {
  readonly id: NodeId;
  readonly #client: Client;
  readonly #settings: ClientSettings;
  #keyspace: string | undefined;
  #turn: number;
  #lastTimestamp = 0;

  /** @internal Made by the cluster. */
  constructor(client: Client, settings: ClientSettings) {
    this.id = client.id;
    this.#client = client;
    this.#settings = settings;
    this.#keyspace = settings.keyspace;
    this.#turn = client.random.below(Math.max(1, settings.nodes().length));
  }

  /** The keyspace in use, after `USE`. */
  get keyspace(): string | undefined {
    return this.#keyspace;
  }

  /**
   * Executes a statement of CQL.
   *
   * @param query - the text, with `?` or `:name` where values go
   * @param params - the values: a list, or an object by name
   * @param options - level, coordinator, paging
   * @throws {@link CassandraError} what the coordinator answers, or `RequestTimeoutError` when it is silent
   */
  execute(query: string, params: Parameters = [], options: ExecutionOptions = {}): Promise<ResultSet> {
    return this.#attempt(() => {
      const consistency = this.#consistency(options.consistency);
      const keyspace = options.keyspace ?? this.#keyspace;
      const prepared = this.#prepare(query, keyspace);
      const values = prepared === undefined ? [] : bindParameters(prepared.variables, params);
      const request: ExecuteRequest = { text: query, keyspace, options: this.#executeOptions(options, consistency, values, prepared?.isWrite !== false) };
      return this.#operation(options.record === false || prepared === undefined ? UNRECORDED : prepared.operation(values), request, options, ({ result, coordinator }) => {
        if (result.kind === 'set-keyspace') this.#keyspace = result.keyspace;
        return new ResultSet(result, { queriedHost: coordinator, achievedConsistency: consistency, warnings: result.warnings ?? [] });
      });
    });
  }

  /**
   * Executes several modifications as one batch. Throws as {@link execute}.
   *
   * @param queries - texts, or texts with their values
   * @param options - logged unless told otherwise
   */
  batch(queries: readonly BatchQuery[], options: BatchOptions = {}): Promise<ResultSet> {
    return this.#attempt(() => {
      if (options.counter === true && options.logged === true) throw new UsageError('INVALID_OPTION', 'a batch of counters is not logged');
      const consistency = this.#consistency(options.consistency);
      const keyspace = options.keyspace ?? this.#keyspace;
      const statements = queries.map((query) => {
        const { query: text, params = [] } = typeof query === 'string' ? { query } : query;
        const prepared = this.#prepare(text, keyspace);
        return { text, values: prepared === undefined ? [] : bindParameters(prepared.variables, params) };
      });
      const kind = options.counter === true ? 'COUNTER' : options.logged === false ? 'UNLOGGED' : 'LOGGED';
      const request: ExecuteRequest = { text: 'BATCH', keyspace, options: this.#executeOptions(options, consistency, [], true), batch: { kind, statements } };
      return this.#operation({ f: 'batch', key: undefined, value: null }, request, options, ({ result, coordinator }) =>
        new ResultSet(result, { queriedHost: coordinator, achievedConsistency: consistency, warnings: result.warnings ?? [] }));
    });
  }

  /**
   * Reads a statement's rows page by page.
   *
   * @yields each row
   */
  async *stream(query: string, params: Parameters = [], options: ExecutionOptions = {}): AsyncGenerator<ResultSet['rows'][number], undefined> {
    let { pageState } = options;
    do {
      const page: ResultSet = await this.execute(query, params, { pageSize: 5000, ...options, ...(pageState === undefined ? {} : { pageState }) });
      yield* page.rows;
      ({ pageState } = page);
    } while (pageState !== undefined);
    return undefined;
  }

  /**
   * Writes a row (or parts of one) and marks it as existing, as INSERT does.
   *
   * @throws {@link UnavailableError}, {@link WriteTimeoutError}, {@link InvalidRequestError}, or `RequestTimeoutError` when the coordinator is silent
   */
  insert(table: Table | string, values: RowValues, options: UpsertOptions = {}): Promise<WriteResult> {
    return this.#attempt(() => this.#write(insertText(this.#table(table), values, ttlOf(options)), options));
  }

  /** Writes columns of a row, as UPDATE does: a row without any live column does not exist. Throws as {@link insert}. */
  update(table: Table | string, values: RowValues, options: UpsertOptions = {}): Promise<WriteResult> {
    return this.#attempt(() => this.#write(updateText(this.#table(table), values, ttlOf(options)), options));
  }

  /** Deletes columns, a row, a slice of rows, or a partition. Throws as {@link insert}. */
  delete(table: Table | string, query: DeleteQuery, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#attempt(() => this.#write(deleteText(this.#table(table), query), options));
  }

  /**
   * Reads rows of one partition.
   *
   * @throws {@link UnavailableError}, {@link ReadTimeoutError}, {@link InvalidRequestError}, or `RequestTimeoutError` when the coordinator is silent
   */
  select(table: Table | string, query: SelectQuery, options: RequestOptions = {}): Promise<SelectResult> {
    return this.#attempt(() => {
      const consistency = this.#consistency(options.consistency);
      const shaped = selectText(this.#table(table), query);
      const { request, prepared } = this.#shaped(shaped, this.#executeOptions(options, consistency, shaped.values, false));
      return this.#operation(options.record === false ? UNRECORDED : prepared.operation(request.options.values), request, options, ({ result, coordinator }) => {
        const { rows, writetimes } = rowsWithoutNulls(shaped, result);
        return { rows, writetimes, first: rows[0], coordinator };
      }, ({ result }) => shownRows(shaped, result));
    });
  }

  #write(shaped: Shaped, options: WriteOptions): Promise<WriteResult> {
    const consistency = this.#consistency(options.consistency);
    const { timestamp } = options;
    if (timestamp !== undefined && !Number.isSafeInteger(timestamp)) throw new InvalidRequestError(`A timestamp is a whole number of microseconds, got ${String(timestamp)}`);
    const { request, prepared } = this.#shaped(shaped, this.#executeOptions(options, consistency, shaped.values, true));
    return this.#operation(options.record === false ? UNRECORDED : prepared.operation(request.options.values), request, options, ({ result, coordinator }) => (
      { timestamp: ('version' in result ? result.version : undefined) ?? request.options.timestamp ?? 0, coordinator }));
  }

  #shaped({ text }: Shaped, options: ExecuteOptions): { readonly request: ExecuteRequest; readonly prepared: PreparedStatement } {
    return { request: { text, keyspace: undefined, options }, prepared: prepareStatement(this.#settings.catalog, text, undefined) };
  }

  #operation<T>(
    operation: HistoryOperation, request: ExecuteRequest, options: RequestOptions, make: (answer: Answer) => T,
    show?: (answer: Answer) => HistoryValue,
  ): Promise<T> {
    const { record } = options;
    if (record === false) {
      return this.#client.operation<T>(SILENT, (settle) => this.#request(request, options, settle, (answer) => settle.ok(make(answer))));
    }
    const { f, key, value } = operation;
    return this.#client.operation<T>(key === undefined ? { f, value } : { f, value, key }, (settle) => {
      this.#request(request, options, settle, (answer) => {
        const { result, coordinator } = answer;
        const version = 'version' in result ? result.version : undefined;
        const read = f === 'select' && show !== undefined ? show(answer) : historyValue(operation, result);
        settle.ok(make(answer), { node: coordinator, ...(read === undefined ? {} : { value: read }), ...(version === undefined ? {} : { version }) });
      });
    });
  }

  #request(request: ExecuteRequest, options: RequestOptions, settle: { fail(error: SplitbrainError): void }, ok: (answer: Answer) => void): void {
    const coordinator = this.#coordinator(options);
    const bytes = sizeOf(request);
    const message: QueryRequest = { type: request.batch === undefined ? 'QUERY' : 'BATCH', requestId: 0, execute: request, bytes };
    this.#client.request<ResultMessage>(coordinator, message, this.#settings.requestTimeout, (error, reply) => {
      if (error !== undefined) settle.fail(error);
      else if (reply?.error !== undefined) settle.fail(errorFromReply(reply.error));
      else if (reply?.result !== undefined) ok({ result: reply.result, coordinator });
    });
  }

  /** The statement, as far as it can be prepared here; what is wrong with it the coordinator says. */
  #prepare(query: string, keyspace: string | undefined): PreparedStatement | undefined {
    try {
      return prepareStatement(this.#settings.catalog, query, keyspace);
    } catch (error) {
      if (error instanceof CassandraError) return undefined;
      throw error;
    }
  }

  #executeOptions(options: ExecutionOptions, consistency: ConsistencyLevel, values: readonly BoundValue[], isWrite: boolean): ExecuteOptions {
    const { pageSize, pageState } = options;
    const timestamp = options.timestamp ?? (isWrite && this.#settings.stampsWrites ? this.#timestamp() : undefined);
    if (pageSize !== undefined && (!Number.isSafeInteger(pageSize) || pageSize < 1)) throw new UsageError('INVALID_OPTION', `pageSize must be a whole number from 1, got ${String(pageSize)}`);
    const pagingState = pageState === undefined ? undefined : fromHex(pageState);
    if (pageState !== undefined && pagingState === undefined) throw new UsageError('INVALID_OPTION', 'pageState must be what a page before gave');
    return {
      values, consistency, pageSize, pagingState, timestamp,
      serialConsistency: options.serialConsistency === undefined ? undefined : this.#consistency(options.serialConsistency),
    };
  }

  #table(table: Table | string): TableMetadata {
    return this.#settings.catalog.metadataOf(table);
  }

  #coordinator(options: RequestOptions): NodeId {
    const { nodes, coordinator } = this.#settings;
    if (options.coordinator !== undefined) return this.#settings.findNode(options.coordinator);
    if (coordinator !== undefined) return coordinator;
    const all = nodes();
    return all[this.#turn++ % all.length] as NodeId;
  }

  #consistency(level: ConsistencyLevel = this.#settings.consistency): ConsistencyLevel {
    if (!CONSISTENCY_LEVELS.includes(level)) throw new InvalidRequestError(`Unknown consistency level ${String(level)}`);
    return level;
  }

  /** The client's clock in microseconds, rising: two writes in one microsecond differ, as with drivers' generators. */
  #timestamp(): number {
    this.#lastTimestamp = Math.max(this.#lastTimestamp + 1, this.#client.now());
    return this.#lastTimestamp;
  }

  /** What a caller did wrong comes back as a rejection, like every other error. */
  #attempt<T>(start: () => Promise<T>): Promise<T> {
    try {
      return start();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
}

/** An operation that is in no history. */
const SILENT = { f: 'request', record: false } as const;

/** What a request weighs on the network. */
function sizeOf({ text, options, batch }: ExecuteRequest): number {
  let bytes = text.length;
  for (const value of options.values) bytes += (value?.length ?? 0) + 4;
  for (const statement of batch?.statements ?? []) {
    bytes += statement.text.length;
    for (const value of statement.values) bytes += (value?.length ?? 0) + 4;
  }
  return bytes;
}

/** What histories would say is not worked out where nobody writes it down. */
const UNRECORDED: HistoryOperation = { f: 'query', key: undefined, value: null };

function ttlOf({ ttl }: UpsertOptions): number | undefined {
  if (ttl !== undefined && (!Number.isSafeInteger(ttl) || ttl < 0)) throw new InvalidRequestError(`A TTL must be greater or equal to 0, but was ${String(ttl)}`);
  return ttl;
}

/** The rows of a typed select, without columns that have no value. */
function shownRows({ valueColumns }: Shaped, result: StatementResult): HistoryValue {
  if (result.kind !== 'rows') return null;
  const columns = result.columns.slice(0, valueColumns);
  return result.rows.map((row) => Object.fromEntries(columns.flatMap(({ name, type }, i) => ((row[i] ?? null) === null ? [] : [[name, jsonOf(type, row[i] ?? null) as HistoryValue]]))));
}

/** What the completion of an operation says: the value read, or whether a transaction was applied. */
function historyValue({ f, column: register }: HistoryOperation, result: StatementResult): HistoryValue | undefined {
  if (result.kind !== 'rows') return undefined;
  if (f === 'cas') return result.rows[0]?.[0] === '\x01';
  if (f === 'read') {
    const index = result.columns.findIndex(({ name }) => name === register);
    const column = result.columns[index];
    return column === undefined ? null : (jsonOf(column.type, result.rows[0]?.[index] ?? null) as HistoryValue);
  }
  if (f !== 'select') return undefined;
  return result.rows.map((row) => Object.fromEntries(result.columns.map(({ name, type }, i) => [name, jsonOf(type, row[i] ?? null) as HistoryValue])));
}
