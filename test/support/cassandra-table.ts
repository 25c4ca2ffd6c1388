/**
 * Tables for tests of the storage engine, without a schema and without CQL.
 *
 * @module
 */
import { compareClusterings } from '../../src/cassandra/storage/clustering.ts';
import type { ColumnKind, ColumnMetadata, IndexMetadata, TableMetadata } from '../../src/cassandra/schema/metadata.ts';
import { DEFAULT_TABLE_OPTIONS, type TableOptions } from '../../src/cassandra/schema/table-options.ts';
import { int32 } from '../../src/cassandra/types/bytes.ts';
import { comparatorOf } from '../../src/cassandra/types/compare.ts';
import type { Bytes, DataType, NativeTypeName } from '../../src/cassandra/types/data-type.ts';

/** What a table of a test is made of: names and types. */
export interface TableSketch {
  readonly name?: string;
  readonly partitionKey?: Readonly<Record<string, DataType>>;
  readonly clustering?: Readonly<Record<string, DataType>>;
  /** Clustering columns in descending order. */
  readonly descending?: readonly string[];
  readonly statics?: Readonly<Record<string, DataType>>;
  readonly regulars?: Readonly<Record<string, DataType>>;
  readonly options?: Partial<TableOptions>;
  readonly indexes?: readonly IndexMetadata[];
  readonly dropped?: TableMetadata['dropped'];
}

/** A native type. */
export function native(name: NativeTypeName): DataType {
  return { kind: 'native', name };
}

/** A table; by default `(p int, c int, a int, b text, PRIMARY KEY (p, c))`. */
export function tableOf(sketch: TableSketch = {}): TableMetadata {
  const { name = 't', descending = [] } = sketch;
  const columns = (of: Readonly<Record<string, DataType>>, kind: ColumnKind): ColumnMetadata[] => Object.entries(of).map(([column, type], i) => ({
    name: column, kind, type, position: kind === 'partition_key' || kind === 'clustering' ? i : -1,
    order: kind === 'clustering' ? (descending.includes(column) ? 'desc' : 'asc') : 'none',
  }));
  const partitionKey = columns(sketch.partitionKey ?? { p: native('int') }, 'partition_key');
  const clustering = columns(sketch.clustering ?? { c: native('int') }, 'clustering');
  const statics = columns(sketch.statics ?? {}, 'static');
  const regulars = columns(sketch.regulars ?? { a: native('int'), b: native('text') }, 'regular');
  const all = [...partitionKey, ...clustering, ...statics, ...regulars];
  return {
    id: `ks.${name}`, uuid: '\0'.repeat(16), keyspace: 'ks', name, columns: new Map(all.map((column) => [column.name, column])), partitionKey, clustering, statics, regulars,
    dropped: sketch.dropped ?? new Map(), options: { ...DEFAULT_TABLE_OPTIONS, ...sketch.options },
    indexes: new Map((sketch.indexes ?? []).map((index) => [index.name, index])),
    isCounter: regulars.some(({ type }) => type.kind === 'native' && type.name === 'counter'), view: undefined,
    compare: compareClusterings(clustering.map(({ type, order }) => ({ compare: comparatorOf(type), order: order === 'desc' ? 'DESC' : 'ASC' }))),
  };
}

/** An int as bytes. */
export function int(value: number): Bytes {
  return int32(value);
}
