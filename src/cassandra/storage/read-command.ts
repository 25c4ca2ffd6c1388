/**
 * What a coordinator asks of a replica: which partitions, which of their rows, how many (Apache Cassandra 5.0, `ReadCommand`,
 * `ClusteringIndexFilter`, `RowFilter`, `DataLimits`).
 *
 * @module
 */
import type { Bytes } from '../types/data-type.ts';
import type { Token } from '../token.ts';
import type { Clustering, Slice } from './clustering.ts';
import type { PartitionData } from './partition.ts';

/** The operators of a filter. */
export type FilterOperator = '=' | '<' | '<=' | '>' | '>=' | '!=' | 'IN' | 'CONTAINS' | 'CONTAINS KEY' | 'ENTRY' | 'IS NOT' | 'LIKE';

/** A condition on a column, decided on a row's live content. */
export interface FilterExpression {
  readonly column: string;
  readonly operator: FilterOperator;
  /** The right side, serialised: by the column's type; for `CONTAINS` by its element's; for `ENTRY` the map's value. */
  readonly value: Bytes;
  /** For `IN`: the alternatives. */
  readonly values?: readonly Bytes[];
  /** For `ENTRY` (`m['k'] = v`): the map's key. */
  readonly mapKey?: Bytes;
}

/** How much is wanted. Rows are counted when they are live and pass the filter; a partition that shows only its static row counts as one. */
export interface DataLimits {
  /** Rows in all; Infinity = no limit. */
  readonly rows: number;
  /** Rows of each partition; Infinity = no limit. */
  readonly perPartition: number;
}

/** Where a page ended: the next one begins behind this row. */
export interface Position {
  readonly key: Bytes;
  /** The last row given; undefined when the partition's static row was all that was given. */
  readonly clustering: Clustering | undefined;
}

/** Tokens from `start` (not included) to `end` (included), which wraps around when `end` is not greater; `undefined` ends are the ring's own. */
export interface TokenRange {
  readonly start: Token | undefined;
  readonly end: Token | undefined;
}

interface Selected {
  /** The table's id. */
  readonly table: string;
  /** The slices wanted, in clustering order and apart. One row by its clustering is a slice too. */
  readonly slices: readonly Slice[];
  readonly reversed: boolean;
  /** Columns whose cells are wanted, besides the key; undefined = all. Markers and deletions always come along. */
  readonly columns: ReadonlySet<string> | undefined;
  readonly filter: readonly FilterExpression[];
  /**
   * Whether the replica may leave out rows that the filter refuses. Right when its answer is the only one; beside others it must
   * send them, since they may overrule what another replica shows.
   */
  readonly dropUnmatched?: boolean;
  readonly limits: DataLimits;
  /** The coordinator's second: decides what has expired. */
  readonly nowSeconds: number;
}

/** A read of one partition. */
export interface PartitionRead extends Selected {
  readonly kind: 'partition';
  readonly key: Bytes;
}

/** A read of all partitions of a range of tokens, in token order. */
export interface RangeRead extends Selected {
  readonly kind: 'range';
  readonly range: TokenRange;
  /** Both ends as partition keys' inclusion where a page or `token()` asks for it: begin behind this position. */
  readonly after: Position | undefined;
  /** The name of an index that the replica is to use; one of the filter's conditions is for it. */
  readonly index: string | undefined;
}

/** A read of one replica. */
export type ReadCommand = PartitionRead | RangeRead;

/** What a replica answers: data, tombstones included, in token order; partitions without any content are left out. */
export interface ReadAnswer {
  readonly partitions: readonly PartitionData[];
  /** Dead cells, rows and markers that were met on the way. */
  readonly tombstones: number;
  /** Set when `tombstone_failure_threshold` was passed: no data then. */
  readonly failure: 'READ_TOO_MANY_TOMBSTONES' | undefined;
}
