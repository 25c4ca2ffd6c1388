/**
 * Range tombstones of one partition as a list of deletions of ranges that lie apart, in clustering order: what Apache Cassandra
 * keeps in a memtable as a `RangeTombstoneList` and in an sstable as open and close markers. Where ranges overlap, the stronger
 * deletion stands; what touches and is deleted alike is one range. So the list is the same in whatever order it grew, the one
 * that covers a row is found by bisection, and a walk over rows meets the ranges in step.
 *
 * @module
 */
import { resolveDeletions, type Deletion } from './cell.ts';
import { compareToBound, type Bound, type Clustering, type Slice } from './clustering.ts';

/** Deletes the rows of a slice. */
export interface RangeTombstone {
  readonly slice: Slice;
  readonly deletion: Deletion;
}

/** Compares clusterings up to the shorter length. */
export type ClusteringOrderOf = (a: Clustering, b: Clustering) => number;

/** What most partitions have. */
export const NO_RANGES: readonly RangeTombstone[] = Object.freeze([]);

/** Orders two places between rows. Of prefixes of which one begins the other, the shorter encloses the longer. */
export function compareBounds(compare: ClusteringOrderOf, a: Bound, b: Bound): number {
  const order = compare(a.prefix, b.prefix);
  if (order !== 0) return order;
  if (a.prefix.length === b.prefix.length) return a.side - b.side;
  return a.prefix.length < b.prefix.length ? a.side : -b.side;
}

/** Two lists as one. */
export function mergeRanges(compare: ClusteringOrderOf, a: readonly RangeTombstone[], b: readonly RangeTombstone[]): readonly RangeTombstone[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  if (b.length === 1 && a.length > 8) return addRange(compare, a, b[0]);
  if (a.length === 1 && b.length > 8) return addRange(compare, b, a[0]);
  return sweep(compare, a, b);
}

/** Any ranges, overlapping and in any order, as a list that is as it should be. */
export function normaliseRanges(compare: ClusteringOrderOf, ranges: readonly RangeTombstone[]): readonly RangeTombstone[] {
  if (ranges.length === 0) return NO_RANGES;
  // Halves, halves of halves …: as merge sort, so that thousands of ranges take n log n and not n squared.
  if (ranges.length === 1) return compareBounds(compare, ranges[0]?.slice.start ?? EVERYTHING, ranges[0]?.slice.end ?? EVERYTHING) < 0 ? ranges : NO_RANGES;
  if (isNormal(compare, ranges)) return ranges;
  const middle = ranges.length >>> 1;
  return sweep(compare, normaliseRanges(compare, ranges.slice(0, middle)), normaliseRanges(compare, ranges.slice(middle)));
}

const EVERYTHING: Bound = { prefix: [], side: 1 };

function isNormal(compare: ClusteringOrderOf, ranges: readonly RangeTombstone[]): boolean {
  let before: RangeTombstone | undefined;
  for (const range of ranges) {
    if (compareBounds(compare, range.slice.start, range.slice.end) >= 0) return false;
    if (before !== undefined) {
      const order = compareBounds(compare, before.slice.end, range.slice.start);
      if (order > 0 || (order === 0 && isSame(before.deletion, range.deletion))) return false;
    }
    before = range;
  }
  return true;
}

/** One range more in a long list: only its neighbourhood is made anew. */
function addRange(compare: ClusteringOrderOf, list: readonly RangeTombstone[], added: RangeTombstone | undefined): readonly RangeTombstone[] {
  if (added === undefined) return list;
  const from = firstEndingFrom(compare, list, added.slice.start);
  let to = from;
  while (to < list.length && compareBounds(compare, list[to]?.slice.start ?? EVERYTHING, added.slice.end) <= 0) to++;
  const copy = [...list];
  copy.splice(from, to - from, ...sweep(compare, list.slice(from, to), [added]));
  return copy;
}

/** The first range that ends at a bound or after it. */
function firstEndingFrom(compare: ClusteringOrderOf, list: readonly RangeTombstone[], bound: Bound): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = list[middle];
    if (range !== undefined && compareBounds(compare, range.slice.end, bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Walks both lists from bound to bound; between two bounds each deletes with at most one deletion. */
function sweep(compare: ClusteringOrderOf, a: readonly RangeTombstone[], b: readonly RangeTombstone[]): readonly RangeTombstone[] {
  const result: RangeTombstone[] = [];
  let i = 0;
  let j = 0;
  let x = a[0];
  let y = b[0];
  const emit = (start: Bound, end: Bound, deletion: Deletion): void => {
    const last = result.at(-1);
    if (last !== undefined && isSame(last.deletion, deletion) && compareBounds(compare, last.slice.end, start) === 0) {
      result[result.length - 1] = { slice: { start: last.slice.start, end }, deletion };
    } else {
      result.push({ slice: { start, end }, deletion });
    }
  };
  const rest = (range: RangeTombstone, from: Bound): RangeTombstone => ({ slice: { start: from, end: range.slice.end }, deletion: range.deletion });
  for (;;) {
    if (x === undefined || y === undefined) {
      const [left, list, at] = x === undefined ? [y, b, j] : [x, a, i];
      if (left !== undefined) emit(left.slice.start, left.slice.end, left.deletion);
      for (const range of list.slice(at + 1)) emit(range.slice.start, range.slice.end, range.deletion);
      return result;
    }
    const starts = compareBounds(compare, x.slice.start, y.slice.start);
    if (starts !== 0) {
      // The part of the earlier before the later begins is its own.
      const [earlier, later] = starts < 0 ? [x, y] : [y, x];
      if (compareBounds(compare, earlier.slice.end, later.slice.start) <= 0) {
        emit(earlier.slice.start, earlier.slice.end, earlier.deletion);
        if (starts < 0) x = a[++i];
        else y = b[++j];
        continue;
      }
      emit(earlier.slice.start, later.slice.start, earlier.deletion);
      if (starts < 0) x = rest(x, later.slice.start);
      else y = rest(y, later.slice.start);
      continue;
    }
    const ends = compareBounds(compare, x.slice.end, y.slice.end);
    const end = ends <= 0 ? x.slice.end : y.slice.end;
    emit(x.slice.start, end, resolveDeletions(x.deletion, y.deletion) ?? x.deletion);
    const [oldX, oldY]: [RangeTombstone, RangeTombstone] = [x, y];
    x = ends <= 0 ? a[++i] : rest(oldX, end);
    y = ends >= 0 ? b[++j] : rest(oldY, end);
  }
}

function isSame(a: Deletion, b: Deletion): boolean {
  return a === b || (a.timestamp === b.timestamp && a.localDeletionTime === b.localDeletionTime);
}

/** The deletion of the range that covers a row. */
export function rangeDeletionAt(compare: ClusteringOrderOf, ranges: readonly RangeTombstone[], row: Clustering): Deletion | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle];
    if (range !== undefined && compareToBound(compare, row, range.slice.end) > 0) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && compareToBound(compare, row, range.slice.start) > 0 ? range.deletion : undefined;
}

/** The parts of the ranges that lie in a slice. */
export function clipRanges(compare: ClusteringOrderOf, ranges: readonly RangeTombstone[], slice: Slice): readonly RangeTombstone[] {
  if (ranges.length === 0) return ranges;
  const clipped: RangeTombstone[] = [];
  for (let i = firstEndingFrom(compare, ranges, slice.start); i < ranges.length; i++) {
    const range = ranges[i];
    if (range === undefined || compareBounds(compare, range.slice.start, slice.end) >= 0) break;
    const start = compareBounds(compare, range.slice.start, slice.start) < 0 ? slice.start : range.slice.start;
    const end = compareBounds(compare, range.slice.end, slice.end) > 0 ? slice.end : range.slice.end;
    if (compareBounds(compare, start, end) >= 0) continue;
    clipped.push(start === range.slice.start && end === range.slice.end ? range : { slice: { start, end }, deletion: range.deletion });
  }
  return clipped;
}

/** The ranges without those that a deletion of the whole partition makes needless. */
export function rangesBeyond(ranges: readonly RangeTombstone[], deletion: Deletion | undefined): readonly RangeTombstone[] {
  if (deletion === undefined || ranges.length === 0) return ranges;
  return ranges.filter((range) => range.deletion.timestamp > deletion.timestamp);
}

/** The parts of slices that lie in another. */
export function intersectSlices(compare: ClusteringOrderOf, slices: readonly Slice[], other: Slice): readonly Slice[] {
  const parts: Slice[] = [];
  for (const slice of slices) {
    const startsLater = compareBounds(compare, slice.start, other.start) >= 0;
    const endsEarlier = compareBounds(compare, slice.end, other.end) <= 0;
    // A slice that lies within the other stays as it is; so does the other within a slice: reads know a single row by its slice.
    if (startsLater && endsEarlier) {
      parts.push(slice);
      continue;
    }
    const part: Slice = !startsLater && !endsEarlier ? other : { start: startsLater ? slice.start : other.start, end: endsEarlier ? slice.end : other.end };
    if (compareBounds(compare, part.start, part.end) < 0) parts.push(part);
  }
  return parts;
}
