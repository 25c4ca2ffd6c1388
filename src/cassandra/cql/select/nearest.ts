/**
 * `ORDER BY vector ANN OF …`: the rows whose vectors are most like a given one (Apache Cassandra 5.0, "Vector Search"). A real index
 * finds them approximately; here every row is looked at, and the answer is exact.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { ColumnMetadata, IndexMetadata, TableMetadata } from '../../schema/metadata.ts';
import type { Bytes } from '../../types/data-type.ts';
import type { Ordering } from '../ast.ts';
import { floatsOf, SIMILARITIES, type Similarity } from '../functions/factories.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, PreparedTerm, TermScope } from '../term/scope.ts';
import { valueOf, type RowView } from './row-view.ts';

/** An order by likeness, ready. */
export interface Nearest {
  readonly column: ColumnMetadata;
  readonly wanted: PreparedTerm;
  readonly similarity: Similarity;
}

/** Rows at most. */
const MOST = 1000;

function similarityOf({ options }: IndexMetadata): Similarity {
  const name = options['similarity_function']?.toLowerCase();
  if (name === 'dot_product') return SIMILARITIES.similarity_dot_product;
  return name === 'euclidean' ? SIMILARITIES.similarity_euclidean : SIMILARITIES.similarity_cosine;
}

/** Reads an order by likeness; undefined when the order is another. @throws {@link InvalidRequestError} as Cassandra words it */
export function readNearest(orderBy: readonly Ordering[], table: TableMetadata, scope: TermScope): Nearest | undefined {
  const ordering = orderBy.find(({ annOf }) => annOf !== undefined);
  const column = ordering === undefined ? undefined : table.columns.get(ordering.column);
  if (ordering?.annOf === undefined || column === undefined) return undefined;
  const wanted = prepareTerm(ordering.annOf, { name: column.name, type: column.type }, scope);
  if (orderBy.length > 1) throw new InvalidRequestError('ANN ordering does not support any other ordering');
  if (ordering.descending) throw new InvalidRequestError('Descending ANN ordering is not supported');
  const index = [...table.indexes.values()].find((candidate) => candidate.kind === 'CUSTOM' && candidate.column === column.name);
  if (index === undefined) throw new InvalidRequestError('ANN ordering by vector requires the column to be indexed');
  return { column, wanted, similarity: similarityOf(index) };
}

/** Refuses limits that an order by likeness does not take. @throws {@link InvalidRequestError} as Cassandra words it */
export function checkNearestLimit(limit: number, pageSize: number | undefined): void {
  if (limit === Infinity || (pageSize !== undefined && pageSize > 0 && limit > pageSize)) {
    throw new InvalidRequestError('Top-K queries must have a limit specified and the limit must be less than the query page size');
  }
  if (limit > MOST) throw new InvalidRequestError(`Use of ANN OF in an ORDER BY clause requires a LIMIT that is not greater than ${MOST}. LIMIT was ${limit}`);
}

/** The vector that is wanted. @throws {@link InvalidRequestError} when it is null or unset */
export function wantedVector({ wanted, column }: Nearest, context: BindContext): Bytes {
  const value = wanted.bind(context);
  if (typeof value !== 'string') throw new InvalidRequestError(`Unsupported ${value === null ? 'null' : 'unset'} value for column ${column.name}`);
  return value;
}

/** Rows by likeness, the most alike first; those without a vector are left out. */
export function byLikeness({ column, similarity }: Nearest, wanted: Bytes, views: readonly RowView[]): readonly RowView[] {
  const target = floatsOf(column.type, wanted);
  const ranked: { readonly view: RowView; readonly likeness: number }[] = [];
  for (const view of views) {
    const value = valueOf(view, column);
    if (value !== null) ranked.push({ view, likeness: similarity(floatsOf(column.type, value), target) });
  }
  return ranked.sort((a, b) => b.likeness - a.likeness).map(({ view }) => view);
}
