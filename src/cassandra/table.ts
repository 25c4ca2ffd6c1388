/**
 * Tables without text: a definition as data, for those who would rather not write CQL. It becomes a CREATE TABLE like any other.
 *
 * @module
 */
import { InvalidRequestError } from './errors.ts';
import type { Replication } from './replication.ts';
import { quoteName } from './types/type-name.ts';

/** The direction of a clustering column. */
export type ClusteringOrder = 'ASC' | 'DESC';

/** What a read does when the replicas it asked differ (the table option `read_repair`). */
export type ReadRepair = 'BLOCKING' | 'NONE';

/** A table as a user defines it. */
export interface TableDefinition {
  /** Default `ks`. It is made when there is none of that name. */
  readonly keyspace?: string;
  readonly name: string;
  /** The columns whose values place a partition, at least one. */
  readonly partitionKey: readonly string[];
  /** The columns that order the rows of a partition. */
  readonly clusteringKey?: readonly (string | { readonly column: string; readonly order?: ClusteringOrder })[];
  /** Each column's type as CQL writes it: `int`, `text`, `list<int>`. A column of the key that is not named here is `text`. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Columns that a partition has once. */
  readonly statics?: readonly string[];
  /** Of the keyspace, where it is made for this table. Default: the cluster's. */
  readonly replication?: Replication;
  /** Seconds that a tombstone is kept before a compaction may drop it. Default 864,000 (ten days). */
  readonly gcGraceSeconds?: number;
  /** Default `BLOCKING`. */
  readonly readRepair?: ReadRepair;
  /** Further options as CQL writes them: `{ speculative_retry: "'NEVER'", compaction: "{'class': 'LeveledCompactionStrategy'}" }`. */
  readonly options?: Readonly<Record<string, string>>;
}

/** A table, by its name. */
export interface Table {
  /** `keyspace.name`. */
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
}

/** The CREATE TABLE that a definition stands for. @throws {@link InvalidRequestError} for what CQL could not even say */
export function createTableText(definition: TableDefinition): string {
  const { keyspace = 'ks', name, partitionKey, clusteringKey = [], columns = {}, statics = [], gcGraceSeconds, readRepair, options = {} } = definition;
  if (partitionKey.length === 0) throw new InvalidRequestError('No PRIMARY KEY specifed for table (exactly one required)');
  const clustering = clusteringKey.map((entry) => (typeof entry === 'string' ? { column: entry, order: 'ASC' as const } : { column: entry.column, order: entry.order ?? 'ASC' }));
  const keys = [...partitionKey, ...clustering.map(({ column }) => column)];
  const named = new Map([...keys.map((column) => [column, 'text'] as const), ...Object.entries(columns)]);
  const declared = [...named].map(([column, type]) => `${quoteName(column)} ${type}${statics.includes(column) ? ' static' : ''}`);
  const partition = `(${partitionKey.map(quoteName).join(', ')})`;
  const primary = [partition, ...clustering.map(({ column }) => quoteName(column))].join(', ');
  const settings = [
    ...(clustering.length > 0 ? [`CLUSTERING ORDER BY (${clustering.map(({ column, order }) => `${quoteName(column)} ${order}`).join(', ')})`] : []),
    ...(gcGraceSeconds === undefined ? [] : [`gc_grace_seconds = ${gcGraceSeconds}`]),
    ...(readRepair === undefined ? [] : [`read_repair = '${readRepair}'`]),
    ...Object.entries(options).map(([option, value]) => `${option} = ${value}`),
  ];
  return `CREATE TABLE ${quoteName(keyspace)}.${quoteName(name)} (${declared.join(', ')}, PRIMARY KEY (${primary}))${settings.length > 0 ? ` WITH ${settings.join(' AND ')}` : ''}`;
}

/** The CREATE KEYSPACE of a replication. */
export function createKeyspaceText(name: string, replication: Replication): string {
  const entries: readonly (readonly [string, string | number])[] = replication.class === 'SimpleStrategy'
    ? [['class', 'SimpleStrategy'], ['replication_factor', replication.replicationFactor]]
    : [['class', 'NetworkTopologyStrategy'], ...Object.entries(replication.datacenters)];
  return `CREATE KEYSPACE ${quoteName(name)} WITH replication = {${entries.map(([key, value]) => `'${key}': '${value}'`).join(', ')}}`;
}
