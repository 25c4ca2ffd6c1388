/**
 * Statements as a coordinator gets them: what to change or read, without times. The coordinator stamps them: the write
 * timestamp comes from the client or from the coordinator's clock, times of death always from the coordinator's.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { NEVER, type Cell, type Deletion } from '../storage/cell.ts';
import type { Clustering, Slice } from '../storage/clustering.ts';
import { makeMutation, type Mutation } from '../storage/codec.ts';
import type { PartitionData, ReadSpan } from '../storage/partition.ts';
import type { Row } from '../storage/row.ts';
import type { CqlValue } from '../value.ts';

/** What a write does to one partition. */
export type Change =
  /** Sets columns of a row (null deletes the column); an INSERT marks the row as well, an UPDATE does not. */
  | { readonly kind: 'row'; readonly clustering: Clustering; readonly marker: boolean; readonly cells: readonly (readonly [column: string, value: CqlValue | null])[] }
  | { readonly kind: 'delete-row'; readonly clustering: Clustering }
  | { readonly kind: 'delete-range'; readonly slice: Slice }
  | { readonly kind: 'delete-partition' };

/** A write of one partition. */
export interface WriteStatement {
  readonly kind: 'write';
  /** `keyspace.table` */
  readonly table: string;
  /** The serialised partition key. */
  readonly key: string;
  readonly change: Change;
  /** Microseconds since the Unix epoch; undefined leaves it to the coordinator. */
  readonly timestamp: number | undefined;
  /** Seconds to live; 0 = for ever. */
  readonly ttl: number;
}

/** A read of one partition. */
export interface ReadStatement {
  readonly kind: 'read';
  readonly table: string;
  readonly key: string;
  readonly span: ReadSpan;
  /** The columns wanted; undefined = all. */
  readonly columns: readonly string[] | undefined;
}

/** A statement. */
export type Statement = WriteStatement | ReadStatement;

/**
 * The mutation a write sends to the replicas.
 *
 * @param statement - the write
 * @param timestamp - microseconds since the Unix epoch
 * @param nowSeconds - the coordinator's clock
 */
export function mutationOf(statement: WriteStatement, timestamp: number, nowSeconds: number): Mutation {
  return makeMutation(statement.table, contentOf(statement, timestamp, nowSeconds));
}

function contentOf({ key, change, ttl }: WriteStatement, timestamp: number, nowSeconds: number): PartitionData {
  const tombstone: Deletion = { timestamp, localDeletionTime: nowSeconds };
  const empty: PartitionData = { key, deletion: undefined, ranges: [], rows: [] };
  switch (change.kind) {
    case 'row': return { ...empty, rows: [rowOf(change, timestamp, ttl, nowSeconds)] };
    case 'delete-row': return { ...empty, rows: [{ clustering: change.clustering, liveness: undefined, deletion: tombstone, cells: [] }] };
    case 'delete-range': return { ...empty, ranges: [{ slice: change.slice, deletion: tombstone }] };
    case 'delete-partition': return { ...empty, deletion: tombstone };
    default: return assertNever(change);
  }
}

function rowOf(change: Change & { kind: 'row' }, timestamp: number, ttl: number, nowSeconds: number): Row {
  const localDeletionTime = ttl > 0 ? nowSeconds + ttl : NEVER;
  const cells = change.cells.map(([column, value]): Cell =>
    value === null ? { column, value, timestamp, ttl: 0, localDeletionTime: nowSeconds } : { column, value, timestamp, ttl, localDeletionTime });
  if (cells.length > 1) cells.sort((a, b) => (a.column < b.column ? -1 : 1));
  return { clustering: change.clustering, liveness: change.marker ? { timestamp, ttl, localDeletionTime } : undefined, deletion: undefined, cells };
}
