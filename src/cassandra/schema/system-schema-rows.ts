/**
 * The rows of `system_schema.*` and `system_virtual_schema.*`: the schema as clients read it (Apache Cassandra 5.0,
 * `SchemaKeyspace`). Options at their default that came after 4.0 (`cdc`, `memtable`, `allow_auto_snapshot`, `incremental_backups`)
 * are null there too.
 *
 * @module
 */
import { encode } from '../types/encode.ts';
import { utf8 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';
import { typeName } from '../types/type-name.ts';
import type { KeyspaceMetadata, TableMetadata } from './metadata.ts';
import type { Schema } from './schema.ts';
import { byName } from './table-builder.ts';
import type { TableOptions } from './table-options.ts';

/** A row: each column's value as it is stored. */
export type SchemaRow = ReadonlyMap<string, Bytes | null>;

type Values = Readonly<Record<string, unknown>>;

const COMPACTION_PACKAGE = 'org.apache.cassandra.db.compaction.';
const LOCATOR_PACKAGE = 'org.apache.cassandra.locator.';

/**
 * The rows of one of the schema's own tables, in the order of their keys within each keyspace.
 *
 * @param name - of a table of `system_schema`
 * @returns none for a table of another name
 */
export function rowsOfSystemSchema(schema: Schema, name: string): readonly SchemaRow[] {
  const table = schema.findTable('system_schema', name);
  if (table === undefined) return [];
  const keyspaces = [...schema.keyspaces.values()].filter(({ kind }) => kind !== 'virtual').sort(byName);
  return keyspaces.flatMap((keyspace) => valuesOf(keyspace, name)).map((values) => rowOf(table, values));
}

/** The rows of one of the tables of `system_virtual_schema`. */
export function rowsOfVirtualSchema(schema: Schema, name: string): readonly SchemaRow[] {
  const table = schema.findTable('system_virtual_schema', name);
  if (table === undefined) return [];
  const keyspaces = [...schema.keyspaces.values()].filter(({ kind }) => kind === 'virtual').sort(byName);
  return keyspaces.flatMap((keyspace) => {
    if (name === 'keyspaces') return [{ keyspace_name: keyspace.name }];
    return valuesOf(keyspace, name).map((values) => (name === 'tables' ? { keyspace_name: values['keyspace_name'], table_name: values['table_name'], comment: values['comment'] } : values));
  }).map((values) => rowOf(table, values));
}

function rowOf(table: TableMetadata, values: Values): SchemaRow {
  return new Map([...table.columns.values()].map(({ name, type }): [string, Bytes | null] => {
    const value = values[name];
    return [name, value === undefined || value === null ? null : encode(type, value, name)];
  }));
}

function valuesOf(keyspace: KeyspaceMetadata, name: string): readonly Values[] {
  const tables = [...keyspace.tables.values()].sort(byName);
  const views = [...keyspace.views.values()].sort(byName);
  switch (name) {
    case 'keyspaces': return [{ keyspace_name: keyspace.name, durable_writes: keyspace.durableWrites, replication: replicationMap(keyspace) }];
    case 'tables': return tables.map((table) => ({ keyspace_name: keyspace.name, table_name: table.name, ...tableValues(table), flags: new Set(flagsOf(table)) }));
    case 'views': return views.map((view) => ({
      keyspace_name: keyspace.name, view_name: view.name, ...tableValues(view), base_table_id: keyspace.tables.get(view.view?.base ?? '')?.uuid, base_table_name: view.view?.base,
      include_all_columns: view.view?.includeAllColumns, where_clause: view.view?.whereClause,
    }));
    case 'columns': return [...tables, ...views].sort(byName).flatMap((table) => [...table.columns.values()].sort(byName).map((column) => ({
      keyspace_name: keyspace.name, table_name: table.name, column_name: column.name, clustering_order: column.order, column_name_bytes: bytesOf(column.name), kind: column.kind,
      position: column.position, type: typeName(column.type),
    })));
    case 'dropped_columns': return tables.flatMap((table) => [...table.dropped.values()].map(({ column, droppedTime }) => ({
      keyspace_name: keyspace.name, table_name: table.name, column_name: column.name, dropped_time: Math.floor(droppedTime / 1000), kind: column.kind, type: typeName(column.type),
    })));
    case 'types': return [...keyspace.types.values()].sort(byName).map((type) => ({
      keyspace_name: keyspace.name, type_name: type.name, field_names: type.fields.map((field) => field.name), field_types: type.fields.map((field) => typeName(field.type)),
    }));
    case 'indexes': return tables.flatMap((table) => [...table.indexes.values()].sort(byName).map((index) => ({
      keyspace_name: keyspace.name, table_name: table.name, index_name: index.name, kind: index.kind, options: new Map(Object.entries(index.options)),
    })));
    // functions, aggregates, triggers, column_masks: there are none.
    default: return [];
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(utf8(text), (character) => character.charCodeAt(0));
}

/** A keyspace's replication as the schema's tables show it: sorted, with the strategy's whole name. */
export function replicationMap({ kind, replication }: KeyspaceMetadata): ReadonlyMap<string, string> {
  if (kind === 'local') return new Map([['class', `${LOCATOR_PACKAGE}LocalStrategy`]]);
  const factors = replication.class === 'SimpleStrategy' ? { replication_factor: replication.replicationFactor } : replication.datacenters;
  return new Map([['class', `${LOCATOR_PACKAGE}${replication.class}`], ...Object.entries(factors).map(([name, factor]): [string, string] => [name, String(factor)])]);
}

function flagsOf(table: TableMetadata): string[] {
  return table.isCounter ? ['compound', 'counter'] : ['compound'];
}

/** The compaction options with the strategy's whole name. */
export function compactionMap({ compaction }: TableOptions): ReadonlyMap<string, string> {
  return sorted({ ...compaction, class: `${COMPACTION_PACKAGE}${compaction.class}` });
}

/** Options in the order of their names. */
export function sorted(options: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function tableValues({ uuid, options }: TableMetadata): Values {
  return {
    id: uuid,
    additional_write_policy: options.additionalWritePolicy,
    allow_auto_snapshot: options.allowAutoSnapshot ? null : false,
    bloom_filter_fp_chance: options.bloomFilterFpChance,
    caching: sorted(options.caching),
    // Written only where change data capture is switched on for the node.
    cdc: null,
    comment: options.comment,
    compaction: compactionMap(options),
    compression: sorted(options.compression),
    crc_check_chance: options.crcCheckChance,
    dclocal_read_repair_chance: 0,
    default_time_to_live: options.defaultTimeToLive,
    extensions: new Map(),
    gc_grace_seconds: options.gcGraceSeconds,
    incremental_backups: options.incrementalBackups ? null : false,
    max_index_interval: options.maxIndexInterval,
    memtable: null,
    memtable_flush_period_in_ms: options.memtableFlushPeriodInMs,
    min_index_interval: options.minIndexInterval,
    read_repair: options.readRepair,
    read_repair_chance: 0,
    speculative_retry: options.speculativeRetry,
  };
}
