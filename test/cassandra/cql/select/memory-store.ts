/**
 * A store of one node in memory, for what SELECT shows of it: tables are made from CREATE TABLE, CREATE TYPE and CREATE INDEX as far as
 * the statements of `test/cassandra/answers` need it; data go through the real INSERT, UPDATE and DELETE.
 */
import { Random } from '../../../../src/kernel/random.ts';
import { CassandraError, InvalidRequestError } from '../../../../src/cassandra/errors.ts';
import { murmur3Partitioner } from '../../../../src/cassandra/partitioner.ts';
import type { ColumnKind, ColumnMetadata, IndexMetadata, KeyspaceMetadata, TableMetadata, UserType } from '../../../../src/cassandra/schema/metadata.ts';
import { DEFAULT_TABLE_OPTIONS } from '../../../../src/cassandra/schema/table-options.ts';
import type { Statement } from '../../../../src/cassandra/cql/ast.ts';
import { modificationStatement } from '../../../../src/cassandra/cql/modify/execute.ts';
import { prepareModification } from '../../../../src/cassandra/cql/modify/modification.ts';
import { parseStatement } from '../../../../src/cassandra/cql/parser.ts';
import { prepareSelect } from '../../../../src/cassandra/cql/select/prepare-select.ts';
import type { BoundValue, ExecuteOptions, PreparedStatement, StatementResult } from '../../../../src/cassandra/cql/statement.ts';
import type { StorageProxy } from '../../../../src/cassandra/cql/storage-proxy.ts';
import { resolveType } from '../../../../src/cassandra/cql/term/resolve-type.ts';
import { Variables } from '../../../../src/cassandra/cql/term/scope.ts';
import { compareClusterings, type Slice } from '../../../../src/cassandra/storage/clustering.ts';
import { decodeShards, encodeShards, raisedShard } from '../../../../src/cassandra/storage/counter.ts';
import { emptyData, Partition, type PartitionData } from '../../../../src/cassandra/storage/partition.ts';
import { intersectSlices } from '../../../../src/cassandra/storage/ranges.ts';
import type { ReadCommand } from '../../../../src/cassandra/storage/read-command.ts';
import { readPartition } from '../../../../src/cassandra/storage/read-partition.ts';
import { WHOLE_PARTITION } from '../../../../src/cassandra/storage/clustering.ts';
import { PURGE_NOTHING } from '../../../../src/cassandra/storage/row.ts';
import { readBigint64 } from '../../../../src/cassandra/types/bytes.ts';
import { comparatorOf } from '../../../../src/cassandra/types/compare.ts';
import { jsonOf, type JsonData } from '../../../../src/cassandra/types/decode.ts';

/** A statement's outcome as the recorded answers have it. */
export interface Answer {
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly JsonData[])[];
  readonly warnings?: readonly string[];
  readonly error?: { readonly code: number; readonly message: string };
  readonly ok?: boolean;
  readonly pagingState?: string;
  readonly version?: number | null;
}

/** Statements of which the store knows nothing are told apart from those that fail. */
export class NotHere extends Error {}

export class MemoryStore {
  keyspace: string | undefined;
  micros = 1_700_000_000_000_000;
  readonly #keyspaces = new Map<string, { tables: Map<string, TableMetadata>; types: Map<string, UserType> }>();
  readonly #partitions = new Map<string, Map<string, Partition>>();
  readonly #random = Random.fromSeed(7);
  /** Reads so far: how many commands went out. */
  reads = 0;

  /** Runs a statement. */
  run(text: string, values: readonly BoundValue[] = [], options: Partial<ExecuteOptions> = {}): Answer {
    try {
      const parsed = parseStatement(text);
      if (this.#define(parsed.statement)) return { ok: true };
      return this.execute(this.prepare(text), values, options);
    } catch (error) {
      if (error instanceof CassandraError) return { error: { code: error.protocolCode, message: error.message } };
      throw error;
    }
  }

  prepare(text: string): PreparedStatement {
    const { statement, markers } = parseStatement(text);
    if (statement.kind === 'select') {
      return prepareSelect(statement, markers, { schema: this.#schema() as never, partitioner: murmur3Partitioner, keyspace: this.keyspace, text });
    }
    if (statement.kind !== 'insert' && statement.kind !== 'insertJson' && statement.kind !== 'update' && statement.kind !== 'delete') throw new NotHere(statement.kind);
    const table = this.#schema().table(statement.table.keyspace ?? this.keyspace ?? '', statement.table.name);
    const variables = new Variables(markers);
    const modification = prepareModification(statement, table, {
      keyspace: table.keyspace, table, variables, partitioner: murmur3Partitioner, userType: (name, type) => this.#keyspaces.get(name)?.types.get(type),
    });
    return modificationStatement(text, this.keyspace, modification, variables.list());
  }

  execute(prepared: PreparedStatement, values: readonly BoundValue[] = [], options: Partial<ExecuteOptions> = {}): Answer {
    let outcome: StatementResult | undefined;
    let failure: CassandraError | undefined;
    this.micros += 1000;
    prepared.execute(
      { values, consistency: 'ONE', serialConsistency: undefined, timestamp: undefined, pageSize: 5000, pagingState: undefined, ...options },
      this.#proxy(),
      (error, result) => {
        failure = error;
        outcome = result;
      },
    );
    if (failure !== undefined) return { error: { code: failure.protocolCode, message: failure.message } };
    if (outcome?.kind !== 'rows') return { ok: true };
    const { columns, rows, warnings, pagingState, version } = outcome;
    return {
      columns: columns.map(({ name }) => name),
      rows: rows.map((row) => row.map((value, i) => jsonOf(columns[i]?.type ?? { kind: 'native', name: 'blob' }, value))),
      ...(warnings === undefined ? {} : { warnings }),
      ...(pagingState === undefined ? {} : { pagingState }),
      ...(version === undefined ? {} : { version }),
    };
  }

  #schema(): { keyspaces: ReadonlyMap<string, KeyspaceMetadata>; table(keyspace: string, name: string): TableMetadata } {
    return {
      keyspaces: this.#keyspaces as never,
      table: (keyspace, name) => {
        const found = this.#keyspaces.get(keyspace);
        if (found === undefined) throw new InvalidRequestError(`keyspace ${keyspace} does not exist`);
        const table = found.tables.get(name);
        if (table === undefined) throw new InvalidRequestError(`table ${name} does not exist`);
        return table;
      },
    };
  }

  #define(statement: Statement): boolean {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- it knows the few that the answers begin with
    switch (statement.kind) {
      case 'createKeyspace':
        this.#keyspaces.set(statement.name, { tables: new Map(), types: new Map() });
        return true;
      case 'use':
        this.keyspace = statement.keyspace;
        return true;
      case 'createType': {
        const keyspace = statement.name.keyspace ?? this.keyspace ?? '';
        const types = this.#keyspaces.get(keyspace)?.types;
        if (types?.has(statement.name.name) !== false) throw new NotHere('createType');
        types.set(statement.name.name, {
          kind: 'user', keyspace, name: statement.name.name, frozen: false,
          fields: statement.fields.map(([name, raw]) => ({ name, type: resolveType(raw, keyspace, (space, type) => this.#keyspaces.get(space)?.types.get(type)) })),
        });
        return true;
      }
      case 'createTable': {
        const keyspace = statement.name.keyspace ?? this.keyspace ?? '';
        const [primary] = statement.primaryKeys;
        if (primary === undefined) throw new NotHere('primary key');
        const columns = statement.columns.map(({ name, type: raw, isStatic }): ColumnMetadata => {
          const type = resolveType(raw, keyspace, (space, wanted) => this.#keyspaces.get(space)?.types.get(wanted));
          const kind: ColumnKind = primary.partitionKey.includes(name) ? 'partition_key' : primary.clustering.includes(name) ? 'clustering' : isStatic ? 'static' : 'regular';
          const position = kind === 'partition_key' ? primary.partitionKey.indexOf(name) : kind === 'clustering' ? primary.clustering.indexOf(name) : -1;
          const ordering = statement.clusteringOrder.find(({ column }) => column === name);
          return { name, kind, position, type, order: kind !== 'clustering' ? 'none' : ordering?.ascending === false ? 'desc' : 'asc' };
        });
        this.#addTable(keyspace, statement.name.name, columns, new Map());
        return true;
      }
      case 'createIndex': {
        const keyspace = statement.table.keyspace ?? this.keyspace ?? '';
        const table = this.#schema().table(keyspace, statement.table.name);
        const [target] = statement.targets;
        if (target === undefined || statement.custom) throw new NotHere('createIndex');
        const name = statement.name ?? `${table.name}_${target.column}_idx`;
        const index: IndexMetadata = { name, column: target.column, target: target.target, kind: 'COMPOSITES', options: {} };
        this.#addTable(keyspace, table.name, [...table.columns.values()], new Map([...table.indexes, [name, index]]));
        return true;
      }
      default: return false;
    }
  }

  #addTable(keyspace: string, name: string, columns: readonly ColumnMetadata[], indexes: ReadonlyMap<string, IndexMetadata>): void {
    const of = (kind: ColumnKind): ColumnMetadata[] => columns.filter((column) => column.kind === kind);
    const placed = (kind: ColumnKind): ColumnMetadata[] => of(kind).sort((a, b) => a.position - b.position);
    const named = (kind: ColumnKind): ColumnMetadata[] => of(kind).sort((a, b) => (a.name < b.name ? -1 : 1));
    const [partitionKey, clustering, statics, regulars] = [placed('partition_key'), placed('clustering'), named('static'), named('regular')];
    this.#keyspaces.get(keyspace)?.tables.set(name, {
      id: `${keyspace}.${name}`, keyspace, name, partitionKey, clustering, statics, regulars,
      columns: new Map([...partitionKey, ...clustering, ...statics, ...regulars].map((column) => [column.name, column])),
      dropped: new Map(), uuid: '00000000-0000-0000-0000-000000000000', options: DEFAULT_TABLE_OPTIONS, indexes, view: undefined,
      isCounter: columns.some(({ type }) => type.kind === 'native' && type.name === 'counter'),
      compare: compareClusterings(clustering.map(({ type, order }) => ({ compare: comparatorOf(type), order: order === 'desc' ? 'DESC' : 'ASC' }))),
    });
  }

  #tableById(id: string): TableMetadata {
    const [keyspace = '', name = ''] = id.split('.');
    return this.#schema().table(keyspace, name);
  }

  #partition(id: string, key: string): Partition {
    let table = this.#partitions.get(id);
    if (table === undefined) this.#partitions.set(id, (table = new Map()));
    let partition = table.get(key);
    if (partition === undefined) table.set(key, (partition = new Partition(this.#tableById(id), key)));
    return partition;
  }

  #read(command: ReadCommand, key: string, slices: readonly Slice[], counts: { wanted: number }): PartitionData {
    const table = this.#tableById(command.table);
    const partition = this.#partitions.get(command.table)?.get(key);
    if (partition === undefined) return emptyData(key);
    this.reads++;
    const reading = { wanted: counts.wanted, tombstones: 0, mostTombstones: Infinity };
    const data = readPartition(
      { table, selection: { ...command, slices, dropUnmatched: true }, perPartition: command.limits.perPartition, counts: reading, purger: PURGE_NOTHING }, key, [partition],
    );
    counts.wanted = reading.wanted;
    return data ?? emptyData(key);
  }

  #proxy(): StorageProxy {
    return {
      random: this.#random,
      timestamp: () => ++this.micros,
      nowSeconds: () => Math.floor(this.micros / 1_000_000),
      mutate: (mutations, _consistency, done) => {
        for (const { key, updates } of mutations) {
          for (const { table, data } of updates) this.#partition(table, key).add(this.#tableById(table), data);
        }
        done(undefined);
      },
      mutateCounters: (mutations, _consistency, done) => {
        for (const { key, updates } of mutations) {
          for (const { table, data } of updates) {
            const partition = this.#partition(table, key);
            const rows = data.rows.map((row) => ({
              ...row,
              cells: row.cells.map((cell) => {
                const [own] = decodeShards(partition.row(row.clustering)?.cells.find(({ column }) => column === cell.column)?.value ?? '');
                return cell.value === null ? cell : { ...cell, value: encodeShards([raisedShard(own, '\x01'.repeat(16), readBigint64(cell.value))]) };
              }),
            }));
            partition.add(this.#tableById(table), { ...data, rows });
          }
        }
        done(undefined);
      },
      read: (commands, _consistency, _serial, done) => {
        done(undefined, commands.map((command) => this.#read(command, command.key, command.slices, { wanted: command.limits.rows })));
      },
      readRange: (command, _consistency, done) => {
        const table = this.#tableById(command.table);
        const tokenOf = (key: string): string => murmur3Partitioner.tokenOf(key);
        const place = (key: string): string => tokenOf(key) + key;
        const counts = { wanted: command.limits.rows };
        const answers: PartitionData[] = [];
        for (const key of [...(this.#partitions.get(command.table)?.keys() ?? [])].sort((a, b) => (place(a) < place(b) ? -1 : 1))) {
          const { start, end } = command.range;
          if ((start !== undefined && tokenOf(key) <= start) || (end !== undefined && tokenOf(key) > end)) continue;
          const { after } = command;
          if (after !== undefined && place(key) < place(after.key)) continue;
          let { slices } = command;
          if (after?.key === key) {
            if (after.clustering === undefined) continue;
            slices = intersectSlices(table.compare, slices, { start: { prefix: after.clustering, side: 1 }, end: WHOLE_PARTITION.end });
          }
          answers.push(this.#read(command, key, slices, counts));
          if (counts.wanted <= 0) break;
        }
        done(undefined, answers);
      },
    } as Partial<StorageProxy> as StorageProxy;
  }
}
