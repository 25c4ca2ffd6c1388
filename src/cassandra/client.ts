/**
 * A client of the simulated cluster: a node of its own on the network, like a program with a driver. It takes its
 * coordinators in turn (or always the one it was told), stamps writes with its own clock as drivers do, microseconds and
 * never the same twice, and writes its operations to the history.
 *
 * In the history an operation on one column of one row is a register: `write` (a deletion writes null) and `read`, with the
 * key `keyspace.table/partition/clustering/column` and the cell's write timestamp as version. So the linearizability and
 * session checkers apply: the version order is the order in which last write wins. Anything wider is recorded under its own
 * name (`insert`, `update`, `delete`, `select`) with the key `keyspace.table/partition`.
 *
 * A table with exactly one declared column outside its key needs no column named: reading or deleting a row of it is
 * reading or deleting that column's register.
 *
 * Left out: retries, speculative execution, token awareness, and learning which nodes are down.
 *
 * @module
 */
import type { SplitbrainError } from '../kernel/errors.ts';
import type { Client } from '../kernel/client.ts';
import type { HistoryValue } from '../kernel/history.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import { CONSISTENCY_LEVELS, type ConsistencyLevel } from './consistency.ts';
import type { QueryRequest, ResultMessage, ResultRow } from './coordinator/messages.ts';
import type { Change, Statement } from './coordinator/statement.ts';
import { errorFromReply, InvalidRequestError } from './errors.ts';
import { clusteringOf, columnsOf, keyOf, sliceOfQuery, type PartitionInput, type RowQuery } from './query.ts';
import type { Table } from './schema.ts';
import type { CqlValue } from './value.ts';

/** Settings of one request. */
export interface RequestOptions {
  /** Default: the client's. */
  readonly consistency?: ConsistencyLevel;
  /** The coordinator. Default: the client's, or the next in turn. */
  readonly coordinator?: string | { readonly id: string };
  /** False leaves the operation out of the history. */
  readonly record?: boolean;
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

/** Column values by name; null deletes a column. Key columns are named like the others. */
export type RowValues = Readonly<Record<string, CqlValue | null>>;

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
  readonly nodes: readonly NodeId[];
  readonly coordinator: NodeId | undefined;
  readonly consistency: ConsistencyLevel;
  readonly stampsWrites: boolean;
  readonly requestTimeout: Micros;
  readonly findTable: (table: Table | string) => Table;
  readonly findNode: (node: string | { readonly id: string }) => NodeId;
}

/** A program with a driver. */
export class CassandraClient {
  readonly id: NodeId;
  readonly #client: Client;
  readonly #settings: ClientSettings;
  #turn: number;
  #lastTimestamp = 0;

  /** @internal Made by the cluster. */
  constructor(client: Client, settings: ClientSettings) {
    this.id = client.id;
    this.#client = client;
    this.#settings = settings;
    this.#turn = client.random.below(settings.nodes.length);
  }

  /**
   * Writes a row (or parts of one) and marks it as existing, as INSERT does.
   *
   * @throws {@link UnavailableError}, {@link WriteTimeoutError}, {@link InvalidRequestError}, or `RequestTimeoutError` when the coordinator is silent
   */
  insert(table: Table | string, values: RowValues, options: UpsertOptions = {}): Promise<WriteResult> {
    return this.#upsert('insert', table, values, options);
  }

  /** Writes columns of a row, as UPDATE does: a row without any live column does not exist. Throws as {@link insert}. */
  update(table: Table | string, values: RowValues, options: UpsertOptions = {}): Promise<WriteResult> {
    return this.#upsert('update', table, values, options);
  }

  /** Deletes columns, a row, a slice of rows, or a partition. Throws as {@link insert}. */
  delete(table: Table | string, query: DeleteQuery, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#attempt(() => {
      const found = this.#settings.findTable(table);
      const key = keyOf(found, query.partition);
      const slice = sliceOfQuery(found, query);
      const clustering = clusteringOf(found, query);
      const change = deletion(query, slice, clustering);
      const column = registerColumn(found, query.columns);
      const isRegister = clustering !== undefined && column !== undefined;
      return this.#write(found, key.bytes, change, options, 0, isRegister
        ? { f: 'write', key: [found.id, key.text, ...clustering.map(String), column].join('/'), value: null }
        : { f: 'delete', key: `${found.id}/${key.text}`, value: null });
    });
  }

  /**
   * Reads rows of one partition.
   *
   * @throws {@link UnavailableError}, {@link ReadTimeoutError}, {@link InvalidRequestError}, or `RequestTimeoutError` when the coordinator is silent
   */
  select(table: Table | string, query: SelectQuery, options: RequestOptions = {}): Promise<SelectResult> {
    return this.#attempt(() => {
      const found = this.#settings.findTable(table);
      const key = keyOf(found, query.partition);
      const clustering = clusteringOf(found, query);
      const column = registerColumn(found, query.columns);
      const { limit = Infinity, reverse = false } = query;
      if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 1)) throw new InvalidRequestError('LIMIT must be strictly positive');
      const isRegister = clustering !== undefined && column !== undefined;
      const columns = isRegister ? [column] : query.columns;
      const statement: Statement = { kind: 'read', table: found.id, key: key.bytes, span: { slice: sliceOfQuery(found, query), limit, reverse }, columns };
      const consistency = this.#consistency(options);
      const record = options.record === undefined ? {} : { record: options.record };
      const operation = isRegister
        ? { f: 'read', key: [found.id, key.text, ...clustering.map(String), column].join('/'), ...record }
        : { f: 'select', key: `${found.id}/${key.text}`, ...record };
      return this.#client.operation<SelectResult>(operation, (settle) => {
        this.#request(statement, consistency, options, settle, (reply, coordinator) => {
          const result = selectResult(found, key.values, reply.rows ?? [], coordinator);
          const value: HistoryValue = isRegister ? (result.first?.[column] ?? null) : result.rows;
          settle.ok(result, { value, node: coordinator, ...(reply.version === undefined ? {} : { version: reply.version }) });
        });
      });
    });
  }

  #upsert(f: 'insert' | 'update', tableOrName: Table | string, values: RowValues, options: UpsertOptions): Promise<WriteResult> {
    return this.#attempt(() => {
      const table = this.#settings.findTable(tableOrName);
      const { ttl = 0 } = options;
      if (!Number.isSafeInteger(ttl) || ttl < 0) throw new InvalidRequestError('A TTL must be greater or equal to 0');
      const key = keyOf(table, values as PartitionInput);
      const clustering = table.clusteringKey.length === 0 ? [] : clusteringOf(table, { partition: [], clustering: table.clusteringKey.map(({ column }) => values[column] as CqlValue) });
      if (clustering === undefined) throw new InvalidRequestError('Some clustering keys are missing');
      const cells = columnsOf(table, values);
      const [only] = cells;
      const change: Change = { kind: 'row', clustering, marker: f === 'insert', cells };
      return this.#write(table, key.bytes, change, options, ttl, only !== undefined && cells.length === 1
        ? { f: 'write', key: [table.id, key.text, ...clustering.map(String), only[0]].join('/'), value: only[1] }
        : { f, key: `${table.id}/${key.text}`, value: values });
    });
  }

  #write(
    table: Table, key: string, change: Change, options: WriteOptions, ttl: number,
    operation: { readonly f: string; readonly key: string; readonly value: HistoryValue },
  ): Promise<WriteResult> {
    const consistency = this.#consistency(options);
    if (options.timestamp !== undefined && !Number.isSafeInteger(options.timestamp)) {
      throw new InvalidRequestError(`A timestamp is a whole number of microseconds, got ${String(options.timestamp)}`);
    }
    const record = options.record === undefined ? {} : { record: options.record };
    return this.#client.operation<WriteResult>({ ...operation, ...record }, (settle) => {
      const timestamp = options.timestamp ?? (this.#settings.stampsWrites ? this.#timestamp() : undefined);
      const statement: Statement = { kind: 'write', table: table.id, key, change, timestamp, ttl };
      this.#request(statement, consistency, options, settle, (reply, coordinator) => {
        const version = reply.version ?? timestamp ?? 0;
        settle.ok({ timestamp: version, coordinator }, { version, node: coordinator });
      });
    });
  }

  #request(
    statement: Statement, consistency: ConsistencyLevel, options: RequestOptions,
    settle: { fail(error: SplitbrainError): void }, ok: (reply: ResultMessage, coordinator: NodeId) => void,
  ): void {
    const coordinator = this.#coordinator(options);
    const request: QueryRequest = { type: 'QUERY', requestId: 0, statement, consistency };
    this.#client.request<ResultMessage>(coordinator, request, this.#settings.requestTimeout, (error, reply) => {
      if (error !== undefined) settle.fail(error);
      else if (reply?.error !== undefined) settle.fail(errorFromReply(reply.error));
      else if (reply !== undefined) ok(reply, coordinator);
    });
  }

  #coordinator(options: RequestOptions): NodeId {
    const { nodes, coordinator } = this.#settings;
    if (options.coordinator !== undefined) return this.#settings.findNode(options.coordinator);
    return coordinator ?? (nodes[this.#turn++ % nodes.length] as NodeId);
  }

  #consistency(options: RequestOptions): ConsistencyLevel {
    const level = options.consistency ?? this.#settings.consistency;
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

function deletion(query: DeleteQuery, slice: ReturnType<typeof sliceOfQuery>, clustering: ReturnType<typeof clusteringOf>): Change {
  if (query.columns !== undefined && query.columns.length > 0) {
    if (clustering === undefined) throw new InvalidRequestError('Some clustering keys are missing: columns are deleted of one row');
    return { kind: 'row', clustering, marker: false, cells: query.columns.map((column) => [column, null] as const) };
  }
  if (slice.start.prefix.length === 0 && slice.end.prefix.length === 0) return { kind: 'delete-partition' };
  return clustering === undefined ? { kind: 'delete-range', slice } : { kind: 'delete-row', clustering };
}

/** The one column a request concerns: the one it names, or the only one the table declares outside its key. */
function registerColumn(table: Table, columns: readonly string[] | undefined): string | undefined {
  const candidates = columns ?? [...table.types.keys()].filter((column) => !table.keyColumns.has(column));
  return candidates.length === 1 ? candidates[0] : undefined;
}

function selectResult(table: Table, key: readonly CqlValue[], rows: readonly ResultRow[], coordinator: NodeId): SelectResult {
  const selected: SelectedRow[] = [];
  const writetimes: Record<string, number>[] = [];
  for (const { clustering, cells } of rows) {
    const row: Record<string, CqlValue> = {};
    const times: Record<string, number> = {};
    // Names of columns begin with a letter, so no property of the prototype can be hit.
    table.partitionKey.forEach((column, i) => { row[column] = key[i] ?? ''; });
    table.clusteringKey.forEach(({ column }, i) => { row[column] = clustering[i] ?? ''; });
    for (const [column, value, timestamp] of cells) {
      row[column] = value;
      times[column] = timestamp;
    }
    selected.push(row);
    writetimes.push(times);
  }
  return { rows: selected, writetimes, first: selected[0], coordinator };
}
