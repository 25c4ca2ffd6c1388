/**
 * The statements that would make a keyspace, type, table, index or view: what DESCRIBE answers (Apache Cassandra 5.0,
 * `TableMetadata.appendCqlTo` and its like), to the space.
 *
 * @module
 */
import { javaDouble } from '../types/java-number.ts';
import { isMultiCell } from '../types/data-type.ts';
import { quoteName, typeName } from '../types/type-name.ts';
import type { ColumnMetadata, IndexMetadata, KeyspaceMetadata, TableMetadata, UserType } from './metadata.ts';
import { compactionMap, replicationMap, sorted } from './system-schema-rows.ts';

const INDENT = '    ';

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function map(entries: ReadonlyMap<string, string>): string {
  return `{${[...entries].map(([key, value]) => `${text(key)}: ${text(value)}`).join(', ')}}`;
}

function qualified(keyspace: string, name: string): string {
  return `${quoteName(keyspace)}.${quoteName(name)}`;
}

/** CREATE KEYSPACE. */
export function keyspaceText(keyspace: KeyspaceMetadata): string {
  const replication = new Map(replicationMap(keyspace));
  replication.set('class', (replication.get('class') ?? '').replace(/^.*\./, ''));
  // Two spaces before AND: so the server has it.
  return `CREATE KEYSPACE ${quoteName(keyspace.name)} WITH replication = ${map(replication)}  AND durable_writes = ${keyspace.durableWrites};`;
}

/** CREATE TYPE. */
export function typeText(type: UserType): string {
  const fields = type.fields.map((field) => `${INDENT}${quoteName(field.name)} ${typeName(field.type)}`);
  return `CREATE TYPE ${qualified(type.keyspace, type.name)} (\n${fields.join(',\n')}\n);`;
}

/** CREATE INDEX. */
export function indexText(table: TableMetadata, index: IndexMetadata): string {
  const start = `${quoteName(index.name)} ON ${qualified(table.keyspace, table.name)} (${index.options['target'] ?? ''})`;
  if (index.kind !== 'CUSTOM') return `CREATE INDEX ${start};`;
  const options = Object.entries(index.options).filter(([name]) => name !== 'target' && name !== 'class_name');
  const with_ = options.length === 0 ? '' : ` WITH OPTIONS = ${map(new Map(options))}`;
  return `CREATE CUSTOM INDEX ${start} USING ${text(index.options['class_name'] ?? '')}${with_};`;
}

/** Columns as Cassandra keeps them: those with a cell for each element come last. */
function inStorageOrder(columns: readonly ColumnMetadata[]): readonly ColumnMetadata[] {
  return [...columns.filter(({ type }) => !isMultiCell(type)), ...columns.filter(({ type }) => isMultiCell(type))];
}

function primaryKey({ partitionKey, clustering }: TableMetadata): string {
  const names = (columns: readonly ColumnMetadata[]) => columns.map(({ name }) => quoteName(name)).join(', ');
  const partition = partitionKey.length > 1 ? `(${names(partitionKey)})` : names(partitionKey);
  return `PRIMARY KEY (${[partition, ...clustering.map(({ name }) => quoteName(name))].join(', ')})`;
}

/**
 * CREATE TABLE.
 *
 * @param withInternals - with its id, and the columns it once had
 */
export function tableText(table: TableMetadata, withInternals: boolean, isVirtual = false): string {
  const single = table.partitionKey.length === 1 && table.clustering.length === 0;
  const restored = withInternals ? [...table.dropped.values()].filter(({ column }) => !table.columns.has(column.name)).map(({ column }) => column) : [];
  const again = withInternals ? [...table.dropped.keys()].filter((name) => table.columns.has(name)) : [];
  const values = [...inStorageOrder(table.statics), ...inStorageOrder(table.regulars)].filter(({ name }) => !again.includes(name));
  const old = [...restored, ...again.flatMap((name) => table.dropped.get(name)?.column ?? [])];
  const columns = [...table.partitionKey, ...table.clustering, ...values, ...old].map(({ name, type, kind }) => {
    const suffix = kind === 'static' ? ' static' : single && kind === 'partition_key' ? ' PRIMARY KEY' : '';
    return `${INDENT}${quoteName(name)} ${typeName(type)}${suffix}`;
  });
  if (!single) columns.push(`${INDENT}${primaryKey(table)}`);
  const head = `${isVirtual ? 'VIRTUAL' : 'CREATE'} TABLE ${qualified(table.keyspace, table.name)} (\n${columns.join(',\n')}\n) WITH `;
  if (isVirtual) {
    return `/*\nWarning: Table ${qualified(table.keyspace, table.name)} is a virtual table and cannot be recreated with CQL.\nStructure, for reference:\n`
      + `${head}${[...clusteringOrder(table), `comment = ${text(table.options.comment)}`].join(`\n${INDENT}AND `)};\n*/`;
  }
  return [`${head}${properties(table, withInternals)};`, ...(withInternals ? droppedTexts(table) : [])].join('\n');
}

function droppedTexts(table: TableMetadata): string[] {
  const name = qualified(table.keyspace, table.name);
  return [...table.dropped.values()].sort((a, b) => (a.column.name < b.column.name ? -1 : 1)).flatMap(({ column, droppedTime }) => {
    const present = table.columns.get(column.name);
    const drop = `ALTER TABLE ${name} DROP ${quoteName(column.name)} USING TIMESTAMP ${droppedTime};`;
    if (present === undefined) return [drop];
    return [drop, `ALTER TABLE ${name} ADD ${quoteName(column.name)} ${typeName(present.type)}${present.kind === 'static' ? ' static' : ''};`];
  });
}

/** CREATE MATERIALIZED VIEW. */
export function viewText(view: TableMetadata, withInternals: boolean): string {
  const columns = view.view?.includeAllColumns === true ? '*' : [...view.columns.keys()].map((name) => quoteName(name)).join(', ');
  return `CREATE MATERIALIZED VIEW ${qualified(view.keyspace, view.name)} AS\n${INDENT}SELECT ${columns}\n${INDENT}FROM ${qualified(view.keyspace, view.view?.base ?? '')}\n`
    + `${INDENT}WHERE ${view.view?.whereClause ?? ''}\n${INDENT}${primaryKey(view)}\n WITH ${properties(view, withInternals)};`;
}

function clusteringOrder({ clustering }: TableMetadata): string[] {
  if (clustering.length === 0) return [];
  return [`CLUSTERING ORDER BY (${clustering.map(({ name, order }) => `${quoteName(name)} ${order.toUpperCase()}`).join(', ')})`];
}

function properties(table: TableMetadata, withInternals: boolean): string {
  const { options } = table;
  return [
    ...(withInternals ? [`ID = ${table.uuid}`] : []),
    ...clusteringOrder(table),
    `additional_write_policy = ${text(options.additionalWritePolicy)}`,
    `allow_auto_snapshot = ${options.allowAutoSnapshot}`,
    `bloom_filter_fp_chance = ${javaDouble(options.bloomFilterFpChance)}`,
    `caching = ${map(sorted(options.caching))}`,
    `cdc = ${options.cdc}`,
    `comment = ${text(options.comment)}`,
    `compaction = ${map(compactionMap(options))}`,
    `compression = ${map(sorted(options.compression))}`,
    "memtable = 'default'",
    `crc_check_chance = ${javaDouble(options.crcCheckChance)}`,
    // A view has no time to live of its own.
    ...(table.view === undefined ? [`default_time_to_live = ${options.defaultTimeToLive}`] : []),
    'extensions = {}',
    `gc_grace_seconds = ${options.gcGraceSeconds}`,
    `incremental_backups = ${options.incrementalBackups}`,
    `max_index_interval = ${options.maxIndexInterval}`,
    `memtable_flush_period_in_ms = ${options.memtableFlushPeriodInMs}`,
    `min_index_interval = ${options.minIndexInterval}`,
    `read_repair = ${text(options.readRepair)}`,
    `speculative_retry = ${text(options.speculativeRetry)}`,
  ].join(`\n${INDENT}AND `);
}
