/**
 * Clustering keys: the order of rows within a partition, and slices of it.
 *
 * A bound is a place between rows: just before or just after all rows whose clustering begins with a prefix. So one kind of
 * bound serves inclusive and exclusive ends, whole prefixes, and both ends of the partition (the empty prefix).
 *
 * @module
 */
import type { Bytes } from '../types/data-type.ts';

/** The direction of a clustering column. */
export type ClusteringOrder = 'ASC' | 'DESC';

/** The serialised values of a row's clustering columns, in their order; empty in a table without any. */
export type Clustering = readonly Bytes[];

/** A place between rows: before (-1) or after (1) every row that begins with `prefix`. */
export interface Bound {
  readonly prefix: Clustering;
  readonly side: -1 | 1;
}

/** The rows between two bounds, in clustering order. */
export interface Slice {
  readonly start: Bound;
  readonly end: Bound;
}

/** All rows of a partition. */
export const WHOLE_PARTITION: Slice = { start: { prefix: [], side: -1 }, end: { prefix: [], side: 1 } };

/** Exactly the rows that begin with a prefix; one row when it is a whole clustering. */
export function sliceOf(prefix: Clustering): Slice {
  return { start: { prefix, side: -1 }, end: { prefix, side: 1 } };
}

/** The prefix that a slice of {@link sliceOf} is made of, or undefined for a slice of another kind. */
export function prefixOfSlice({ start, end }: Slice): Clustering | undefined {
  return start.prefix === end.prefix && start.side < end.side ? start.prefix : undefined;
}

/** Orders the serialised values of one type. */
export type Comparator = (a: Bytes, b: Bytes) => number;

/** Makes the comparison of clusterings from each column's own; it looks at the shorter length. */
export function compareClusterings(columns: readonly { readonly compare: Comparator; readonly order: ClusteringOrder }[]): (a: Clustering, b: Clustering) => number {
  const comparators = columns.map(({ compare, order }): Comparator => (order === 'ASC' ? compare : (a, b) => compare(b, a)));
  const [only] = comparators;
  if (only !== undefined && comparators.length === 1) {
    return (a, b) => {
      const x = a[0];
      const y = b[0];
      return x === y || x === undefined || y === undefined ? 0 : only(x, y);
    };
  }
  return (a, b) => {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
      const x = a[i];
      const y = b[i];
      if (x === y || x === undefined || y === undefined) continue;
      const order = comparators[i]?.(x, y) ?? 0;
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Whether a row lies after (positive) or before (negative) a bound. The comparison looks at the shorter length, so a prefix equals what it begins. */
export function compareToBound(compare: (a: Clustering, b: Clustering) => number, row: Clustering, bound: Bound): number {
  return compare(row, bound.prefix) || -bound.side;
}

/** Whether a slice covers a row. */
export function sliceCovers(compare: (a: Clustering, b: Clustering) => number, slice: Slice, row: Clustering): boolean {
  return compareToBound(compare, row, slice.start) > 0 && compareToBound(compare, row, slice.end) < 0;
}
