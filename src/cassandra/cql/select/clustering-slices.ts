/**
 * Restrictions of clustering columns as slices of a partition: each combination of `=` and `IN` values is a prefix, and a last
 * `<` or `>` cuts a piece out behind it. Descending columns turn it around; a tuple over columns of both directions falls into
 * a slice for each column.
 *
 * @module
 */
import type { ColumnMetadata, TableMetadata } from '../../schema/metadata.ts';
import { sliceOf, WHOLE_PARTITION, type Bound, type Clustering, type Slice } from '../../storage/clustering.ts';
import { compareBounds, intersectSlices } from '../../storage/ranges.ts';
import type { BindContext } from '../term/scope.ts';
import type { Restriction, SliceEnd } from './relations.ts';

const WHOLE: readonly Slice[] = Object.freeze([WHOLE_PARTITION]);

/** The slices that restrictions leave, in clustering order and apart. @param restrictions - without a gap, only the last a slice */
export function slicesOf(table: TableMetadata, restrictions: readonly Restriction[], context: BindContext): readonly Slice[] {
  if (restrictions.length === 0) return WHOLE;
  let prefixes: Clustering[] = [[]];
  for (const restriction of restrictions) {
    if (restriction.kind === 'eq') {
      const values = restriction.bind(context);
      prefixes = prefixes.map((prefix) => [...prefix, ...values]);
    } else if (restriction.kind === 'in') {
      const alternatives = restriction.bind(context);
      prefixes = prefixes.flatMap((prefix) => alternatives.map((values) => [...prefix, ...values]));
    } else if (restriction.kind === 'slice') {
      const { start, end } = restriction;
      const ordered = distinct(table, prefixes);
      return ordered.flatMap((prefix) => cut(table, prefix, bound(start, context), bound(end, context)));
    }
  }
  const [only] = prefixes;
  if (only !== undefined && prefixes.length === 1) return [sliceOf(only)];
  return distinct(table, prefixes).map((prefix) => sliceOf(prefix));
}

interface BoundEnd {
  readonly isNull: boolean;
  readonly columns: readonly ColumnMetadata[];
  readonly values: Clustering;
  readonly inclusive: boolean;
}

function bound(end: SliceEnd | undefined, context: BindContext): BoundEnd | undefined {
  if (end === undefined) return undefined;
  const isNull = end.isNull?.(context) === true;
  return { isNull, columns: end.columns, inclusive: end.inclusive, values: isNull ? [] : end.bind(context) };
}

function distinct(table: TableMetadata, prefixes: readonly Clustering[]): readonly Clustering[] {
  if (prefixes.length < 2) return prefixes;
  const ordered = [...prefixes].sort(table.compare);
  return ordered.filter((prefix, i) => i === 0 || table.compare(ordered[i - 1] ?? [], prefix) !== 0);
}

function cut(table: TableMetadata, prefix: Clustering, start: BoundEnd | undefined, end: BoundEnd | undefined): readonly Slice[] {
  let slices: readonly Slice[] = [sliceOf(prefix)];
  for (const [side, limit] of [['start', start], ['end', end]] as const) {
    if (limit === undefined) continue;
    // A null stands before all rows: behind it are all of them, before it none.
    if (limit.isNull) {
      if ((side === 'start') === (limit.columns[0]?.order === 'desc')) return [];
      continue;
    }
    const pieces = piecesOf(prefix, limit, side);
    slices = pieces.flatMap((piece) => intersectSlices(table.compare, slices, piece));
  }
  return slices
    .filter((slice) => compareBounds(table.compare, slice.start, slice.end) < 0)
    .sort((a, b) => compareBounds(table.compare, a.start, b.start));
}

/** What lies beyond a limit, within a prefix. */
function piecesOf(prefix: Clustering, { columns, values, inclusive }: BoundEnd, side: 'start' | 'end'): readonly Slice[] {
  const isDescending = (column: ColumnMetadata | undefined): boolean => column?.order === 'desc';
  const whole = sliceOf(prefix);
  const first = isDescending(columns[0]);
  if (columns.every((column) => isDescending(column) === first)) {
    return [beyond(whole, [...prefix, ...values], inclusive, (side === 'start') !== first)];
  }
  // (c, d) > (1, 2) is c > 1, or c = 1 and d > 2: each by its own direction.
  return values.map((_, i) => {
    const within = sliceOf([...prefix, ...values.slice(0, i)]);
    const isLast = i === values.length - 1;
    return beyond(within, [...prefix, ...values.slice(0, i + 1)], isLast && inclusive, (side === 'start') !== isDescending(columns[i]));
  });
}

/** The part of a slice on one side of a prefix: behind it when `isStart`, otherwise before it. */
function beyond(within: Slice, prefix: Clustering, inclusive: boolean, isStart: boolean): Slice {
  if (isStart) return { start: { prefix, side: inclusive ? -1 : 1 } satisfies Bound, end: within.end };
  return { start: within.start, end: { prefix, side: inclusive ? 1 : -1 } satisfies Bound };
}
