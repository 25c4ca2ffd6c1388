/**
 * What a cluster knows of its keyspaces, tables, columns, types, indexes and views (the model behind `system_schema`,
 * Apache Cassandra 5.0). Values never change: a change of the schema makes new ones.
 *
 * @module
 */
import { InvalidRequestError } from '../errors.ts';
import type { Replication } from '../replication.ts';
import type { Clustering } from '../storage/clustering.ts';
import type { DataType } from '../types/data-type.ts';
import { quoteName } from '../types/type-name.ts';
import type { TableOptions } from './table-options.ts';

/** What a column is in its table. */
export type ColumnKind = 'partition_key' | 'clustering' | 'static' | 'regular';

/** A column. */
export interface ColumnMetadata {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Its place among the partition key's or the clustering's columns, from 0; -1 for the others. */
  readonly position: number;
  readonly type: DataType;
  /** The direction of a clustering column; `none` for the others. */
  readonly order: 'none' | 'asc' | 'desc';
}

/** What an index is made on: a column's values, a map's keys or entries, a frozen collection as a whole. */
export type IndexTarget = 'values' | 'keys' | 'entries' | 'full' | 'simple';

/** A secondary index. */
export interface IndexMetadata {
  readonly name: string;
  readonly column: string;
  readonly target: IndexTarget;
  readonly kind: 'COMPOSITES' | 'CUSTOM';
  /** As `system_schema.indexes` shows them. */
  readonly options: Readonly<Record<string, string>>;
}

/** A materialized view's own definition: its base table and which of its rows it shows. */
export interface ViewDefinition {
  /** The base table's name, in the same keyspace. */
  readonly base: string;
  readonly baseId: string;
  /** Whether the view has all of the base's columns, those added later too (`SELECT *`). */
  readonly includeAllColumns: boolean;
  /**
   * The regular column of the base that stands in the view's key; there can be one at most. Where there is one it alone decides
   * whether an entry shows, by the entry's marker, whatever its other columns hold.
   */
  readonly valueInKey: string | undefined;
  /** The text behind WHERE. */
  readonly whereClause: string;
  /** Columns that must not be null (`IS NOT NULL`). */
  readonly notNull: readonly string[];
  /** Whether a row of the base belongs to the view, beyond its not-null columns. Values by column name, null where absent. */
  readonly matches: (values: ReadonlyMap<string, string | null>) => boolean;
}

/** A column that was dropped: what was written before is not shown, even if a column of that name is added again. */
export interface DroppedColumn {
  readonly column: ColumnMetadata;
  /** Microseconds since the Unix epoch. */
  readonly droppedTime: number;
}

/** A table, or a materialized view, which is stored like one. */
export interface TableMetadata {
  /** `keyspace.name`, with a number behind it when there was one of that name before: data of a dropped table never shows in its successor. */
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
  /** By name, in the order of `SELECT *`: partition key, clustering, static by name, regular by name. */
  readonly columns: ReadonlyMap<string, ColumnMetadata>;
  readonly partitionKey: readonly ColumnMetadata[];
  readonly clustering: readonly ColumnMetadata[];
  /** Sorted by name. */
  readonly statics: readonly ColumnMetadata[];
  /** Sorted by name. */
  readonly regulars: readonly ColumnMetadata[];
  readonly dropped: ReadonlyMap<string, DroppedColumn>;
  /** A UUID for `system_schema.tables`, made from the id, or the one of `WITH id = …`. */
  readonly uuid: string;
  readonly options: TableOptions;
  readonly indexes: ReadonlyMap<string, IndexMetadata>;
  /** Whether its columns are counters. */
  readonly isCounter: boolean;
  /** Present for a materialized view. */
  readonly view: ViewDefinition | undefined;
  /** How the larger of two values with one timestamp is found; `unsigned` when left out (the cluster's parameter of that name). */
  readonly valueTieBreak?: 'unsigned' | 'signed';
  /** Orders rows within a partition; looks at the shorter of two clusterings. */
  readonly compare: (a: Clustering, b: Clustering) => number;
}

/** A table's name as errors quote it (`TableMetadata.toString`). */
export function tableText({ keyspace, name }: Pick<TableMetadata, 'keyspace' | 'name'>): string {
  return `${quoteName(keyspace)}.${quoteName(name)}`;
}

/** A column by name. @throws {@link InvalidRequestError} when the table has none of that name */
export function columnOf(table: TableMetadata, name: string): ColumnMetadata {
  const column = table.columns.get(name);
  if (column === undefined) throw new InvalidRequestError(`Undefined column name ${quoteName(name)} in table ${tableText(table)}`);
  return column;
}

/** A user-defined type is a {@link DataType} of kind `user`; its fields may change by ALTER TYPE. */
export type UserType = DataType & { readonly kind: 'user' };

/**
 * Whose a keyspace is: its users', each node's own (`system`, `system_schema`), the cluster's (`system_auth` and others, which are
 * replicated), or one that is made up when it is read.
 */
export type KeyspaceKind = 'user' | 'local' | 'distributed' | 'virtual';

/** A keyspace. */
export interface KeyspaceMetadata {
  readonly name: string;
  readonly kind: KeyspaceKind;
  /** Means nothing for a keyspace that is each node's own. */
  readonly replication: Replication;
  readonly durableWrites: boolean;
  readonly tables: ReadonlyMap<string, TableMetadata>;
  readonly views: ReadonlyMap<string, TableMetadata>;
  readonly types: ReadonlyMap<string, UserType>;
}
