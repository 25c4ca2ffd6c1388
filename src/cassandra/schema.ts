/**
 * Tables. A schema change is known to every node at once here: schema agreement between nodes, its delays and its
 * disagreements, are left out, and so are keyspaces as objects of their own (a table bears its replication), static columns,
 * and altering a table.
 *
 * @module
 */
import { InvalidRequestError } from './errors.ts';
import { replicationFactors, type Replication } from './replication.ts';
import type { Clustering, ClusteringOrder } from './storage/clustering.ts';
import { compareClusterings } from './storage/clustering.ts';
import { CQL_TYPES, type CqlType } from './value.ts';

/** What a read does when the replicas it asked differ (the table option `read_repair` of Cassandra 4.0 and later). */
export type ReadRepair = 'BLOCKING' | 'NONE';

/** A table as a user defines it. */
export interface TableDefinition {
  /** Default `ks`. */
  readonly keyspace?: string;
  readonly name: string;
  /** The columns whose values place a partition, at least one. */
  readonly partitionKey: readonly string[];
  /** The columns that order the rows of a partition. */
  readonly clusteringKey?: readonly { readonly column: string; readonly order?: ClusteringOrder }[];
  /** Types of columns; one that is not named here takes each value's own type. */
  readonly columns?: Readonly<Record<string, CqlType>>;
  /** Default: SimpleStrategy with three replicas, or fewer when the cluster is smaller. */
  readonly replication?: Replication;
  /** Seconds that a tombstone is kept before a compaction may drop it. Default 864,000 (ten days). */
  readonly gcGraceSeconds?: number;
  /** Default `BLOCKING`. */
  readonly readRepair?: ReadRepair;
}

/** A table, checked and complete. */
export interface Table {
  /** `keyspace.name`. */
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
  readonly partitionKey: readonly string[];
  readonly clusteringKey: readonly { readonly column: string; readonly order: ClusteringOrder }[];
  readonly types: ReadonlyMap<string, CqlType>;
  readonly replication: Replication;
  /** Replicas wanted in each datacentre; SimpleStrategy has one entry, `''`. */
  readonly factors: ReadonlyMap<string, number>;
  readonly gcGraceSeconds: number;
  readonly readRepair: ReadRepair;
  /** The names of the key's columns: partition key, then clustering key. */
  readonly keyColumns: ReadonlySet<string>;
  /** Orders rows within a partition. */
  readonly compare: (a: Clustering, b: Clustering) => number;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,47}$/;

/**
 * Checks and completes a definition.
 *
 * @param definition - as the user wrote it
 * @param replication - what to use when it names none
 * @throws {@link InvalidRequestError} when it makes no sense
 */
export function defineTable(definition: TableDefinition, replication: Replication): Table {
  const { keyspace = 'ks', name, partitionKey, clusteringKey = [], columns = {}, gcGraceSeconds = 864_000 } = definition;
  const keyColumns = [...partitionKey, ...clusteringKey.map(({ column }) => column)];
  for (const word of [keyspace, name, ...keyColumns, ...Object.keys(columns)]) {
    if (!NAME.test(word)) throw new InvalidRequestError(`'${word}' is not a valid name: a letter, then letters, digits and _, 48 at most`);
  }
  for (const [column, type] of Object.entries(columns)) {
    if (!CQL_TYPES.includes(type)) throw new InvalidRequestError(`Unknown type ${String(type)} of column ${column}`);
  }
  if (partitionKey.length === 0) throw new InvalidRequestError('No PRIMARY KEY specified (exactly one required)');
  const twice = keyColumns.find((column, i) => keyColumns.indexOf(column) !== i);
  if (twice !== undefined) throw new InvalidRequestError(`Multiple definition of identifier ${twice}`);
  if (!Number.isSafeInteger(gcGraceSeconds) || gcGraceSeconds < 0) throw new InvalidRequestError(`gc_grace_seconds must be a whole number of seconds, got ${String(gcGraceSeconds)}`);
  const clustering = clusteringKey.map(({ column, order = 'ASC' }) => ({ column, order }));
  return {
    id: `${keyspace}.${name}`,
    keyspace,
    name,
    partitionKey: [...partitionKey],
    clusteringKey: clustering,
    types: new Map(Object.entries(columns)),
    replication: definition.replication ?? replication,
    factors: replicationFactors(definition.replication ?? replication),
    gcGraceSeconds,
    readRepair: definition.readRepair ?? 'BLOCKING',
    keyColumns: new Set(keyColumns),
    compare: compareClusterings(clustering.map(({ order }) => order)),
  };
}
