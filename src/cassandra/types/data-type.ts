/**
 * The types of CQL as data (CQL 3.4.7, "Data types"): what a column, a field or an argument is declared to be.
 *
 * @module
 */

/** A value as it is stored and sent: serialised by its type, one byte in each code unit. */
export type Bytes = string;

/** The names of the native types; `varchar` is another name of `text`. */
export const NATIVE_TYPES = [
  'ascii', 'bigint', 'blob', 'boolean', 'counter', 'date', 'decimal', 'double', 'duration', 'float', 'inet', 'int', 'smallint', 'text', 'time',
  'timestamp', 'timeuuid', 'tinyint', 'uuid', 'varint',
] as const;

/** The name of a native type. */
export type NativeTypeName = (typeof NATIVE_TYPES)[number];

/** A field of a user-defined type. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
}

/** A type. A collection or user type that is not frozen keeps each element (or field) in a cell of its own. */
export type DataType =
  | { readonly kind: 'native'; readonly name: NativeTypeName }
  | { readonly kind: 'list' | 'set'; readonly element: DataType; readonly frozen: boolean }
  | { readonly kind: 'map'; readonly key: DataType; readonly value: DataType; readonly frozen: boolean }
  | { readonly kind: 'tuple'; readonly elements: readonly DataType[] }
  | { readonly kind: 'user'; readonly keyspace: string; readonly name: string; readonly fields: readonly Field[]; readonly frozen: boolean }
  | { readonly kind: 'vector'; readonly element: DataType; readonly dimension: number };

/** Whether a column of this type keeps its elements in cells of their own. */
export function isMultiCell(type: DataType): boolean {
  return 'frozen' in type && !type.frozen;
}
