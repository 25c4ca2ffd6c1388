/**
 * A secondary index of one replica: for each value of a column (or element, key, entry of a collection) the rows that were
 * written with it. As with Apache Cassandra's own (`CassandraIndex`), what is found is a candidate: the row is read and checked
 * again, so an entry that a later write made stale does no harm, and is dropped when a read finds it so.
 *
 * It lives in memory and is made anew from the table at a restart. Left out: the index as a table with compactions of its own;
 * the inner workings of SASI and SAI, whose ranges are answered by looking at every indexed value.
 *
 * @module
 */
import type { IndexMetadata, TableMetadata } from '../schema/metadata.ts';
import { comparatorOf } from '../types/compare.ts';
import { isMultiCell, type Bytes, type DataType } from '../types/data-type.ts';
import { listElements, mapEntries } from '../types/structure.ts';
import { packBytes } from './byte-reader.ts';
import type { Cell } from './cell.ts';
import type { Clustering } from './clustering.ts';
import { splitKey } from './filter.ts';
import type { PartitionData } from './partition.ts';
import type { FilterExpression } from './read-command.ts';
import { packClustering } from './row-codec.ts';
import type { Row } from './row.ts';

/** A row that an index points to; without clustering, a whole partition. */
export interface IndexEntry {
  readonly key: Bytes;
  readonly clustering: Clustering | undefined;
}

/** One index of one table. */
export class SecondaryIndex {
  readonly metadata: IndexMetadata;
  readonly #entries = new Map<Bytes, Map<Bytes, IndexEntry>>();

  constructor(metadata: IndexMetadata) {
    this.metadata = metadata;
  }

  /** How many entries there are, stale ones too. */
  get size(): number {
    let size = 0;
    for (const entries of this.#entries.values()) size += entries.size;
    return size;
  }

  /** Enters what was written. */
  add(table: TableMetadata, data: PartitionData): void {
    const column = table.columns.get(this.metadata.column);
    if (column === undefined) return;
    switch (column.kind) {
      case 'partition_key': {
        const value = splitKey(table, data.key)[column.position] ?? '';
        for (const row of data.rows) if (showsRow(row)) this.#enter(value, data.key, row.clustering);
        if (data.staticRow !== undefined) this.#enter(value, data.key, undefined);
        return;
      }
      case 'clustering':
        for (const row of data.rows) if (showsRow(row)) this.#enter(row.clustering[column.position] ?? '', data.key, row.clustering);
        return;
      case 'static':
        if (data.staticRow !== undefined) this.#addCells(column.type, data.staticRow, data.key, undefined);
        return;
      case 'regular':
        for (const row of data.rows) this.#addCells(column.type, row, data.key, row.clustering);
    }
  }

  /** Whether the index answers a condition. */
  serves({ column, operator }: FilterExpression): boolean {
    if (column !== this.metadata.column) return false;
    switch (this.metadata.target) {
      case 'keys': return operator === 'CONTAINS KEY';
      case 'entries': return operator === 'ENTRY';
      case 'values':
      case 'simple':
      case 'full': return operator !== 'CONTAINS KEY' && operator !== 'ENTRY';
    }
  }

  /** Rows that may meet a condition. */
  search(table: TableMetadata, expression: FilterExpression): readonly IndexEntry[] {
    const { operator, value, values, mapKey } = expression;
    if (operator === '=' || operator === 'CONTAINS' || operator === 'CONTAINS KEY') return [...(this.#entries.get(value)?.values() ?? [])];
    if (operator === 'ENTRY') return [...(this.#entries.get(entryValue(mapKey ?? '', value))?.values() ?? [])];
    if (operator === 'IN') return (values ?? []).flatMap((alternative) => [...(this.#entries.get(alternative)?.values() ?? [])]);
    const type = table.columns.get(this.metadata.column)?.type;
    const compare = type === undefined || isMultiCell(type) ? undefined : comparatorOf(type);
    const found = new Map<Bytes, IndexEntry>();
    for (const [indexed, entries] of this.#entries) {
      const order = compare?.(indexed, value) ?? 0;
      if ((operator === '<' && order >= 0) || (operator === '<=' && order > 0) || (operator === '>' && order <= 0) || (operator === '>=' && order < 0)) continue;
      for (const [id, entry] of entries) found.set(id, entry);
    }
    return [...found.values()];
  }

  /** Drops an entry that a read found stale. @param data - all that the row is now */
  dropIfStale(table: TableMetadata, expression: FilterExpression, entry: IndexEntry, data: PartitionData): void {
    const { operator, value, mapKey } = expression;
    if (operator !== '=' && operator !== 'CONTAINS' && operator !== 'CONTAINS KEY' && operator !== 'ENTRY') return;
    const now = new SecondaryIndex(this.metadata);
    now.add(table, data);
    const indexed = operator === 'ENTRY' ? entryValue(mapKey ?? '', value) : value;
    if (now.#entries.get(indexed)?.has(idOf(entry.key, entry.clustering)) === true) return;
    const entries = this.#entries.get(indexed);
    entries?.delete(idOf(entry.key, entry.clustering));
    if (entries?.size === 0) this.#entries.delete(indexed);
  }

  /** Forgets all. */
  clear(): void {
    this.#entries.clear();
  }

  #addCells(type: DataType, row: Row, key: Bytes, clustering: Clustering | undefined): void {
    for (const cell of row.cells) {
      if (cell.column !== this.metadata.column || cell.value === null) continue;
      for (const value of isMultiCell(type) ? this.#elementOf(type, cell, cell.value) : this.#valuesOf(type, cell.value)) this.#enter(value, key, clustering);
    }
  }

  /** What a cell of a collection that keeps its elements apart is found by. */
  #elementOf(type: DataType, cell: Cell, value: Bytes): readonly Bytes[] {
    const path = cell.path ?? '';
    switch (this.metadata.target) {
      case 'keys': return [path];
      case 'entries': return [entryValue(path, value)];
      case 'values':
      case 'simple':
      case 'full': return [type.kind === 'set' ? path : value];
    }
  }

  /** What a value in one cell is found by; a frozen collection as a whole, or by what SAI makes of its elements. */
  #valuesOf(type: DataType, value: Bytes): readonly Bytes[] {
    const { target } = this.metadata;
    if (target === 'full' || target === 'simple') return [value];
    if (type.kind === 'map') {
      const entries = mapEntries(value);
      return entries.map(([key, element]) => (target === 'keys' ? key : target === 'entries' ? entryValue(key, element) : element));
    }
    return type.kind === 'list' || type.kind === 'set' ? listElements(value) : [value];
  }

  #enter(value: Bytes, key: Bytes, clustering: Clustering | undefined): void {
    let entries = this.#entries.get(value);
    if (entries === undefined) this.#entries.set(value, (entries = new Map()));
    const id = idOf(key, clustering);
    if (!entries.has(id)) entries.set(id, { key, clustering });
  }
}

/** Whether a written row can show, so that its key is worth an entry. */
function showsRow(row: Row): boolean {
  return row.liveness !== undefined || row.cells.length > 0;
}

function idOf(key: Bytes, clustering: Clustering | undefined): Bytes {
  return packBytes(key) + (clustering === undefined ? '' : packClustering(clustering));
}

function entryValue(mapKey: Bytes, value: Bytes): Bytes {
  return packBytes(mapKey) + value;
}
