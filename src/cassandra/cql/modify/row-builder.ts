/**
 * A row under construction: what the operations of a statement write into it.
 *
 * @module
 */
import type { ColumnMetadata, TableMetadata } from '../../schema/metadata.ts';
import { NEVER, resolveCells, type Cell, type Deletion, type Liveness } from '../../storage/cell.ts';
import type { Clustering } from '../../storage/clustering.ts';
import { compareCells, NO_COMPLEX_DELETIONS, normaliseRow, type ComplexDeletion, type Row } from '../../storage/row.ts';
import type { Bytes } from '../../types/data-type.ts';

/** What new elements of lists are called, by the clock of one execution. */
export interface ListPaths {
  /** The path of a list's next element: a time-UUID, each later than the last; or each earlier, to stand in front. */
  next(before: boolean): Bytes;
}

/** By what clocks and for how long a statement writes. */
export interface UpdateParameters {
  /** Microseconds since the Unix epoch. */
  readonly timestamp: number;
  /** Seconds to live; 0 = for ever. */
  readonly ttl: number;
  /** The coordinator's second. */
  readonly nowSeconds: number;
  readonly listPaths: ListPaths;
}

const NO_CELLS: readonly Cell[] = Object.freeze([]);

/** Builds one row. */
export class RowBuilder {
  readonly parameters: UpdateParameters;
  readonly #clustering: Clustering;
  readonly #table: TableMetadata;
  /** The first two stand by themselves: most rows have no more, and a list that grows is large. */
  #first: Cell | undefined;
  #second: Cell | undefined;
  #more: Cell[] | undefined;
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
    if (value === null) this.#add({ column: name, path, timestamp, value, ttl: 0, localDeletionTime: nowSeconds });
    else this.#add({ column: name, path, timestamp, value, ttl, localDeletionTime: ttl > 0 ? nowSeconds + ttl : NEVER });
  }

  /** Adds to a counter. @param amount - a bigint's bytes */
  add({ name }: ColumnMetadata, amount: Bytes): void {
    this.#add({ column: name, path: undefined, timestamp: this.parameters.timestamp, value: amount, ttl: 0, localDeletionTime: NEVER });
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
    const cells = this.#cells();
    const complexDeletions = this.#complexDeletions?.sort((a, b) => (a.column < b.column ? -1 : 1)) ?? NO_COMPLEX_DELETIONS;
    const row: Row = { clustering: this.#clustering, liveness: this.#liveness, deletion: this.#deletion, cells, complexDeletions };
    return complexDeletions.length === 0 ? row : normaliseRow(row);
  }

  #add(cell: Cell): void {
    if (this.#first === undefined) this.#first = cell;
    else if (this.#second === undefined) this.#second = cell;
    else if (this.#more === undefined) this.#more = [cell];
    else this.#more.push(cell);
  }

  #cells(): readonly Cell[] {
    const first = this.#first;
    const second = this.#second;
    if (first === undefined) return NO_CELLS;
    if (second === undefined) return [first];
    const more = this.#more;
    if (more === undefined) {
      const order = compareCells(this.#table, first, second);
      return order === 0 ? [this.#both(first, second)] : order < 0 ? [first, second] : [second, first];
    }
    const cells: Cell[] = [];
    for (const cell of [first, second, ...more].sort((a, b) => compareCells(this.#table, a, b))) {
      const last = cells.at(-1);
      if (last !== undefined && compareCells(this.#table, last, cell) === 0) cells[cells.length - 1] = this.#both(last, cell);
      else cells.push(cell);
    }
    return cells;
  }

  /** What one statement writes twice: additions to a counter add up. */
  #both(a: Cell, b: Cell): Cell {
    return this.#table.isCounter ? addCells(a, b) : resolveCells(a, b, this.#table.valueTieBreak === 'signed');
  }
}

/** Two additions to one counter as one; a deletion takes the place of both. */
export function addCells(a: Cell, b: Cell): Cell {
  return { ...a, value: a.value === null || b.value === null ? null : sum64(a.value, b.value) };
}

function sum64(a: Bytes, b: Bytes): Bytes {
  let carry = 0;
  let sum = '';
  for (let i = 7; i >= 0; i--) {
    const digit = a.charCodeAt(i) + b.charCodeAt(i) + carry;
    carry = digit >> 8;
    sum = String.fromCharCode(digit & 0xff) + sum;
  }
  return sum;
}
