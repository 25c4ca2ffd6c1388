/**
 * Puts a table together from its columns: their orders, the comparison of rows, and the names by which it is known.
 *
 * @module
 */
import { murmur3 } from '../murmur3.ts';
import { compareClusterings } from '../storage/clustering.ts';
import { comparatorOf } from '../types/compare.ts';
import type { ColumnMetadata, DroppedColumn, IndexMetadata, TableMetadata, ViewDefinition } from './metadata.ts';
import type { TableOptions } from './table-options.ts';

/** What makes a table. */
export interface TableParts {
  readonly id: string;
  /** From the id by default. */
  readonly uuid?: string | undefined;
  readonly keyspace: string;
  readonly name: string;
  /** In any order. */
  readonly columns: readonly ColumnMetadata[];
  readonly options: TableOptions;
  readonly dropped?: ReadonlyMap<string, DroppedColumn>;
  readonly indexes?: ReadonlyMap<string, IndexMetadata>;
  readonly view?: ViewDefinition | undefined;
  readonly valueTieBreak?: TableMetadata['valueTieBreak'] | undefined;
}

/** Makes a table. */
export function makeTable(parts: TableParts): TableMetadata {
  const of = (kind: ColumnMetadata['kind']) => parts.columns.filter((column) => column.kind === kind);
  const byPosition = (a: ColumnMetadata, b: ColumnMetadata) => a.position - b.position;
  const partitionKey = of('partition_key').sort(byPosition);
  const clustering = of('clustering').sort(byPosition);
  const statics = of('static').sort(byName);
  const regulars = of('regular').sort(byName);
  return {
    id: parts.id,
    uuid: parts.uuid ?? uuidOf(parts.id),
    keyspace: parts.keyspace,
    name: parts.name,
    columns: new Map([...partitionKey, ...clustering, ...statics, ...regulars].map((column) => [column.name, column])),
    partitionKey,
    clustering,
    statics,
    regulars,
    dropped: parts.dropped ?? new Map(),
    options: parts.options,
    indexes: parts.indexes ?? new Map(),
    isCounter: [...statics, ...regulars].some(({ type }) => type.kind === 'native' && type.name === 'counter'),
    view: parts.view,
    ...(parts.valueTieBreak === undefined ? {} : { valueTieBreak: parts.valueTieBreak }),
    compare: compareClusterings(clustering.map((column) => ({ compare: comparatorOf(column.type), order: column.order === 'desc' ? 'DESC' : 'ASC' }))),
  };
}

/** Makes a table anew with changes. */
export function changeTable(table: TableMetadata, changes: Partial<TableParts>): TableMetadata {
  return makeTable({ ...table, columns: [...table.columns.values()], ...changes });
}

/** Orders by name. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** A UUID that says no more than which text it was made of. */
export function uuidOf(text: string): string {
  const { h1High, h1Low, h2High, h2Low } = murmur3(text);
  const digits = [h1High, h1Low, h2High, h2Low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  // Version 5 and the usual variant: made of a name.
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}
