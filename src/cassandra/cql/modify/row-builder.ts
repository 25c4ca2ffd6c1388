/**
 * A row under construction: what the operations of a statement write into it.
 *
 * @module
 */
import type { ColumnMetadata, TableMetadata } from '../../schema/metadata.ts';
import { NEVER, type Cell, type Deletion, type Liveness } from '../../storage/cell.ts';
import type { Clustering } from '../../storage/clustering.ts';
import { compareCells, NO_COMPLEX_DELETIONS, normaliseRow, type ComplexDeletion, type Row } from '../../storage/row.ts';
import type { Bytes } from '../../types/data-type.ts';

/** By what clocks and for how long a statement writes. */
export interface UpdateParameters {
  /** Microseconds since the Unix epoch. */
  readonly timestamp: number;
  /** Seconds to live; 0 = for ever. */
  readonly ttl: number;
  /** The coordinator's second. */
  readonly nowSeconds: number;
  /** The path of a list's next element: a time-UUID, each later than the last; or each earlier, to stand in front. */
  readonly nextListPath: (before: boolean) => Bytes;
}

/** Builds one row. */
export class RowBuilder {
  readonly parameters: UpdateParameters;
  readonly #clustering: Clustering;
  readonly #table: TableMetadata;
  readonly #cells: Cell[] = [];
  #complexDeletions: ComplexDeletion[] | undefined;
  #liveness: Liveness | undefined;
  #deletion: Deletion | undefined;

  constructor(table: TableMetadata, clustering: Clustering, parameters: UpdateParameters) {
    this.#table = table;
    this.#clustering = clustering;
    this.parameters = parameters;
  }

  /** Marks the row as existing, as INSERT does. */
  mark(): void {
    const { timestamp, ttl, nowSeconds } = this.parameters;
    this.#liveness = { timestamp, ttl, localDeletionTime: ttl > 0 ? nowSeconds + ttl : NEVER };
  }

  /** Writes a cell; null deletes it. */
  cell({ name }: ColumnMetadata, path: Bytes | undefined, value: Bytes | null): void {
    const { timestamp, ttl, nowSeconds } = this.parameters;
    if (value === null) this.#cells.push({ column: name, path, timestamp, value, ttl: 0, localDeletionTime: nowSeconds });
    else this.#cells.push({ column: name, path, timestamp, value, ttl, localDeletionTime: ttl > 0 ? nowSeconds + ttl : NEVER });
  }

  /** Adds to a counter. @param amount - a bigint's bytes */
  add({ name }: ColumnMetadata, amount: Bytes): void {
    this.#cells.push({ column: name, path: undefined, timestamp: this.parameters.timestamp, value: amount, ttl: 0, localDeletionTime: NEVER });
  }

  /** Deletes all elements of a column; before it is overwritten by a microsecond less, so that what is written then stays. */
  deleteComplex({ name }: ColumnMetadata, isOverwritten: boolean): void {
    const timestamp = isOverwritten ? this.parameters.timestamp - 1 : this.parameters.timestamp;
    this.#complexDeletions ??= [];
    this.#complexDeletions.push({ column: name, deletion: { timestamp, localDeletionTime: this.parameters.nowSeconds } });
  }

  /** Deletes the row. */
  deleteRow(): void {
    this.#deletion = { timestamp: this.parameters.timestamp, localDeletionTime: this.parameters.nowSeconds };
  }

  /** The row. */
  build(): Row {
    const cells = this.#cells;
    if (cells.length > 1) cells.sort((a, b) => compareCells(this.#table, a, b));
    const complexDeletions = this.#complexDeletions?.sort((a, b) => (a.column < b.column ? -1 : 1)) ?? NO_COMPLEX_DELETIONS;
    const row: Row = { clustering: this.#clustering, liveness: this.#liveness, deletion: this.#deletion, cells, complexDeletions };
    return complexDeletions.length === 0 ? row : normaliseRow(row);
  }
}
