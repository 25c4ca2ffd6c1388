/**
 * The keyspaces that every cluster has, with the tables of theirs that drivers and shells read (as Apache Cassandra 5.0.2
 * describes them). Left out: tables that show a node's inner life (`system.batches`, `system.paxos`, sizes, repairs and such),
 * and the virtual tables of `system_views`.
 *
 * @module
 */
import { parseStatement } from '../cql/parser.ts';
import { resolveType } from '../cql/term/resolve-type.ts';
import { invariant } from '../../kernel/errors.ts';
import type { CreateTableStatement } from '../cql/ast.ts';
import type { ColumnMetadata, KeyspaceKind, KeyspaceMetadata, TableMetadata } from './metadata.ts';
import { DEFAULT_TABLE_OPTIONS } from './table-options.ts';
import { makeTable } from './table-builder.ts';

interface SystemKeyspace {
  readonly name: string;
  readonly kind: KeyspaceKind;
  readonly replicationFactor: number;
  readonly gcGraceSeconds: number;
  readonly memtableFlushPeriodInMs: number;
  /** Comment and columns of each. */
  readonly tables: Readonly<Record<string, readonly [comment: string, columns: string]>>;
}

const SYSTEM_KEYSPACES: readonly SystemKeyspace[] = [
  {
    name: 'system', kind: 'local', replicationFactor: 1, gcGraceSeconds: 0, memtableFlushPeriodInMs: 3600000,
    tables: {
      local: ['information about the local node', 'key text PRIMARY KEY, bootstrapped text, broadcast_address inet, broadcast_port int, cluster_name text, cql_version text, data_center text, '
      + 'gossip_generation int, host_id uuid, listen_address inet, listen_port int, native_protocol_version text, partitioner text, rack text, '
      + 'release_version text, rpc_address inet, rpc_port int, schema_version uuid, tokens set<text>, truncated_at map<uuid, blob>'],
      peers: ['information about known peers in the cluster', 'peer inet PRIMARY KEY, data_center text, host_id uuid, preferred_ip inet, rack text, release_version text, rpc_address inet, schema_version uuid, '
      + 'tokens set<text>'],
      peers_v2: ['information about known peers in the cluster', 'peer inet, peer_port int, data_center text, host_id uuid, native_address inet, native_port int, preferred_ip inet, preferred_port int, rack text, '
      + 'release_version text, schema_version uuid, tokens set<text>, PRIMARY KEY (peer, peer_port)'],
    },
  },
  {
    name: 'system_schema', kind: 'local', replicationFactor: 1, gcGraceSeconds: 604800, memtableFlushPeriodInMs: 3600000,
    tables: {
      aggregates: ['user defined aggregate definitions', 'keyspace_name text, aggregate_name text, argument_types frozen<list<text>>, final_func text, initcond text, return_type text, state_func text, '
      + 'state_type text, PRIMARY KEY (keyspace_name, aggregate_name, argument_types)'],
      column_masks: ['column dynamic data masks', 'keyspace_name text, table_name text, column_name text, function_argument_nulls frozen<list<boolean>>, function_argument_types frozen<list<text>>, '
      + 'function_argument_values frozen<list<text>>, function_keyspace text, function_name text, PRIMARY KEY (keyspace_name, table_name, column_name)'],
      columns: ['column definitions', 'keyspace_name text, table_name text, column_name text, clustering_order text, column_name_bytes blob, kind text, position int, type text, '
      + 'PRIMARY KEY (keyspace_name, table_name, column_name)'],
      dropped_columns: ['dropped column registry', 'keyspace_name text, table_name text, column_name text, dropped_time timestamp, kind text, type text, '
      + 'PRIMARY KEY (keyspace_name, table_name, column_name)'],
      functions: ['user defined function definitions', 'keyspace_name text, function_name text, argument_types frozen<list<text>>, argument_names frozen<list<text>>, body text, '
      + 'called_on_null_input boolean, language text, return_type text, PRIMARY KEY (keyspace_name, function_name, argument_types)'],
      indexes: ['secondary index definitions', 'keyspace_name text, table_name text, index_name text, kind text, options frozen<map<text, text>>, PRIMARY KEY (keyspace_name, table_name, index_name)'],
      keyspaces: ['keyspace definitions', 'keyspace_name text PRIMARY KEY, durable_writes boolean, replication frozen<map<text, text>>'],
      tables: ['table definitions', 'keyspace_name text, table_name text, additional_write_policy text, allow_auto_snapshot boolean, bloom_filter_fp_chance double, '
      + 'caching frozen<map<text, text>>, cdc boolean, comment text, compaction frozen<map<text, text>>, compression frozen<map<text, text>>, '
      + 'crc_check_chance double, dclocal_read_repair_chance double, default_time_to_live int, extensions frozen<map<text, blob>>, flags frozen<set<text>>, '
      + 'gc_grace_seconds int, id uuid, incremental_backups boolean, max_index_interval int, memtable text, memtable_flush_period_in_ms int, '
      + 'min_index_interval int, read_repair text, read_repair_chance double, speculative_retry text, PRIMARY KEY (keyspace_name, table_name)'],
      triggers: ['trigger definitions', 'keyspace_name text, table_name text, trigger_name text, options frozen<map<text, text>>, PRIMARY KEY (keyspace_name, table_name, trigger_name)'],
      types: ['user defined type definitions', 'keyspace_name text, type_name text, field_names frozen<list<text>>, field_types frozen<list<text>>, PRIMARY KEY (keyspace_name, type_name)'],
      views: ['view definitions', 'keyspace_name text, view_name text, additional_write_policy text, allow_auto_snapshot boolean, base_table_id uuid, base_table_name text, '
      + 'bloom_filter_fp_chance double, caching frozen<map<text, text>>, cdc boolean, comment text, compaction frozen<map<text, text>>, '
      + 'compression frozen<map<text, text>>, crc_check_chance double, dclocal_read_repair_chance double, default_time_to_live int, '
      + 'extensions frozen<map<text, blob>>, gc_grace_seconds int, id uuid, include_all_columns boolean, incremental_backups boolean, max_index_interval int, '
      + 'memtable text, memtable_flush_period_in_ms int, min_index_interval int, read_repair text, read_repair_chance double, speculative_retry text, '
      + 'where_clause text, PRIMARY KEY (keyspace_name, view_name)'],
    },
  },
  {
    name: 'system_traces', kind: 'distributed', replicationFactor: 2, gcGraceSeconds: 0, memtableFlushPeriodInMs: 0,
    tables: {
      events: ['tracing events', 'session_id uuid, event_id timeuuid, activity text, source inet, source_elapsed int, source_port int, thread text, PRIMARY KEY (session_id, event_id)'],
      sessions: ['tracing sessions', 'session_id uuid PRIMARY KEY, client inet, command text, coordinator inet, coordinator_port int, duration int, request text, started_at timestamp, '
      + 'parameters map<text, text>'],
    },
  },
  {
    name: 'system_distributed', kind: 'distributed', replicationFactor: 3, gcGraceSeconds: 864000, memtableFlushPeriodInMs: 0,
    tables: {
      view_build_status: ['Materialized View build status', 'keyspace_name text, view_name text, host_id uuid, status text, PRIMARY KEY ((keyspace_name, view_name), host_id)'],
    },
  },
  {
    name: 'system_auth', kind: 'distributed', replicationFactor: 1, gcGraceSeconds: 7776000, memtableFlushPeriodInMs: 0,
    tables: {
      resource_role_permissons_index: ['index of db roles with permissions granted on a resource', 'resource text, role text, PRIMARY KEY (resource, role)'],
      role_members: ['role memberships lookup table', 'role text, member text, PRIMARY KEY (role, member)'],
      role_permissions: ['permissions granted to db roles', 'role text, resource text, permissions set<text>, PRIMARY KEY (role, resource)'],
      roles: ['role definitions', 'role text PRIMARY KEY, can_login boolean, is_superuser boolean, salted_hash text, member_of set<text>'],
    },
  },
  {
    name: 'system_virtual_schema', kind: 'virtual', replicationFactor: 1, gcGraceSeconds: 0, memtableFlushPeriodInMs: 0,
    tables: {
      columns: ['virtual column definitions', 'keyspace_name text, table_name text, column_name text, clustering_order text, column_name_bytes blob, kind text, position int, type text, '
      + 'PRIMARY KEY (keyspace_name, table_name, column_name)'],
      keyspaces: ['virtual keyspace definitions', 'keyspace_name text PRIMARY KEY'],
      tables: ['virtual table definitions', 'keyspace_name text, table_name text, comment text, PRIMARY KEY (keyspace_name, table_name)'],
    },
  },
  { name: 'system_views', kind: 'virtual', replicationFactor: 1, gcGraceSeconds: 0, memtableFlushPeriodInMs: 0, tables: {} },
];

let made: ReadonlyMap<string, KeyspaceMetadata> | undefined;

/** The system's keyspaces by name; made once. */
export function systemKeyspaces(): ReadonlyMap<string, KeyspaceMetadata> {
  made ??= new Map(SYSTEM_KEYSPACES.map((keyspace) => [keyspace.name, makeKeyspace(keyspace)]));
  return made;
}

function makeKeyspace(keyspace: SystemKeyspace): KeyspaceMetadata {
  const tables = Object.entries(keyspace.tables).map(([name, [comment, columns]]): [string, TableMetadata] => [name, systemTable(keyspace, name, comment, columns)]);
  return {
    name: keyspace.name,
    kind: keyspace.kind,
    replication: { class: 'SimpleStrategy', replicationFactor: keyspace.replicationFactor },
    durableWrites: true,
    tables: new Map(tables),
    views: new Map(),
    types: new Map(),
  };
}

function systemTable(keyspace: SystemKeyspace, name: string, comment: string, text: string): TableMetadata {
  const { statement } = parseStatement(`CREATE TABLE ${name} (${text})`);
  invariant(statement.kind === 'createTable', 'a system table is a table');
  return makeTable({
    id: `${keyspace.name}.${name}`,
    keyspace: keyspace.name,
    name,
    columns: columnsOf(statement),
    options: { ...DEFAULT_TABLE_OPTIONS, comment, gcGraceSeconds: keyspace.gcGraceSeconds, memtableFlushPeriodInMs: keyspace.memtableFlushPeriodInMs },
  });
}

function columnsOf({ columns, primaryKeys: [key] }: CreateTableStatement): ColumnMetadata[] {
  return columns.map(({ name, type: raw }): ColumnMetadata => {
    const type = resolveType(raw, 'system', () => undefined);
    const partition = key?.partitionKey.indexOf(name) ?? -1;
    if (partition >= 0) return { name, kind: 'partition_key', position: partition, type, order: 'none' };
    const clustering = key?.clustering.indexOf(name) ?? -1;
    if (clustering >= 0) return { name, kind: 'clustering', position: clustering, type, order: 'asc' };
    return { name, kind: 'regular', position: -1, type, order: 'none' };
  });
}
