/**
 * Which rows UPDATE and DELETE are for: their WHERE, with the refusals of Apache Cassandra 5.0 (`StatementRestrictions` for
 * modifications). A partition key's columns are each given by `=` or `IN`; clustering columns by `=`, `IN`, and for DELETE by
 * slices.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { TableMetadata } from '../../schema/metadata.ts';
import type { Clustering, Slice } from '../../storage/clustering.ts';
import type { Bytes } from '../../types/data-type.ts';
import type { Relation } from '../ast.ts';
import { slicesOf } from '../select/clustering-slices.ts';
import { checkedKey, joinKey } from '../select/keys.ts';
import type { Restriction } from '../select/relations.ts';
import { groupRelations, type StatementName } from '../select/restrictions.ts';
import type { BindContext, TermScope } from '../term/scope.ts';

/** The rows of a partition that a statement is for. */
export type RowTargets =
  | { readonly kind: 'rows'; readonly clusterings: readonly Clustering[] }
  | { readonly kind: 'slices'; readonly slices: readonly Slice[] };

/** WHERE, prepared. */
export interface PreparedTargets {
  /** The serialised partition keys. */
  keys(context: BindContext): readonly Bytes[];
  /** Rows by their whole clustering, or slices. */
  targets(context: BindContext): RowTargets;
  /** Whether every clustering column is given by `=` or `IN`. */
  readonly namesRows: boolean;
  /** Whether any clustering column is restricted. */
  readonly restrictsClustering: boolean;
  readonly hasPartitionIn: boolean;
  readonly hasClusteringIn: boolean;
  /** The markers of the partition key, when it is made of nothing else. */
  readonly routing: readonly number[] | undefined;
}

/**
 * Reads a WHERE.
 *
 * @param isStaticOnly - whether nothing but static columns is written and looked at
 * @throws {@link InvalidRequestError} as Cassandra words it, and in its order
 */
export function prepareTargets(table: TableMetadata, where: readonly Relation[], statement: StatementName, scope: TermScope, isStaticOnly: boolean): PreparedTargets {
  if (where.some(({ kind }) => kind === 'expression')) throw new InvalidRequestError(`Custom index expressions cannot be used in WHERE clauses for ${statement} statements`);
  const { key, clustering, others, tokens } = groupRelations(table, where, scope, false, statement);
  if (tokens.length > 0) throw new InvalidRequestError(`The token function cannot be used in WHERE clauses for ${statement} statements`);
  const absent = table.partitionKey.filter((column) => !key.has(column));
  if (absent.length > 0) throw new InvalidRequestError(`Some partition key parts are missing: ${namesOf(absent)}`);
  if ([...key.values()].some(({ kind }) => kind === 'slice')) {
    throw new InvalidRequestError(`Only EQ and IN relation are supported on the partition key (unless you use the token() function) for ${statement} statements`);
  }
  if (isStaticOnly && clustering.length > 0) throw new InvalidRequestError(`Invalid restrictions on clustering columns since the ${statement} statement modifies only static columns`);
  const restricted = clustering.flatMap(({ columns }) => columns);
  if (statement === 'UPDATE') {
    if (clustering.some(({ kind }) => kind === 'slice')) throw new InvalidRequestError('Slice restrictions are not supported on the clustering columns in UPDATE statements');
    const missing = table.clustering.filter((column) => !restricted.includes(column));
    if (!isStaticOnly && missing.length > 0) throw new InvalidRequestError(`Some clustering keys are missing: ${namesOf(missing)}`);
  } else {
    for (const [i, column] of restricted.entries()) {
      const expected = table.clustering[i];
      if (expected !== undefined && expected !== column) throw new InvalidRequestError(`PRIMARY KEY column "${column.name}" cannot be restricted as preceding column "${expected.name}" is not restricted`);
    }
  }
  if (others.size > 0) {
    const names = [...others.keys()].map(({ name }) => name).toSorted((a, b) => (a < b ? -1 : 1));
    throw new InvalidRequestError(`Non PRIMARY KEY columns found in where clause: ${names.join(', ')} `);
  }
  return assemble(table, table.partitionKey.flatMap((column) => key.get(column) ?? []), clustering);
}

function namesOf(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => name).join(', ');
}

function assemble(table: TableMetadata, keyParts: readonly Restriction[], clustering: readonly Restriction[]): PreparedTargets {
  const given = clustering.filter(({ kind }) => kind === 'eq' || kind === 'in').reduce((sum, { columns }) => sum + columns.length, 0);
  const namesRows = given === table.clustering.length;
  const markers = keyParts.map((part) => (part.kind === 'eq' ? part.marker : undefined)).filter((marker) => marker !== undefined);
  return {
    namesRows,
    restrictsClustering: clustering.length > 0,
    hasPartitionIn: keyParts.some(({ kind }) => kind === 'in'),
    hasClusteringIn: clustering.some(({ kind }) => kind === 'in'),
    routing: markers.length === keyParts.length ? markers : undefined,
    keys: (context) => [...new Set(combinations(keyParts, context).map(joinKey))].map(checkedKey),
    targets(context) {
      if (!namesRows) return { kind: 'slices', slices: slicesOf(table, clustering, context) };
      const clusterings = combinations(clustering, context);
      if (clusterings.length < 2) return { kind: 'rows', clusterings };
      const ordered = [...clusterings].sort((a, b) => table.compare(a, b));
      return { kind: 'rows', clusterings: ordered.filter((value, i) => i === 0 || table.compare(value, ordered[i - 1] ?? []) !== 0) };
    },
  };
}

/** Each way to take one alternative of every restriction. */
function combinations(restrictions: readonly Restriction[], context: BindContext): readonly (readonly Bytes[])[] {
  let found: (readonly Bytes[])[] = [[]];
  for (const restriction of restrictions) {
    const alternatives = restriction.kind === 'eq' ? [restriction.bind(context)] : restriction.kind === 'in' ? restriction.bind(context) : [];
    found = found.flatMap((before) => alternatives.map((values) => [...before, ...values]));
  }
  return found;
}
