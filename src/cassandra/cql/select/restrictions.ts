/**
 * A SELECT's WHERE as a whole (`StatementRestrictions` of Apache Cassandra 5.0): which partitions, which slices of rows, which
 * conditions are left to be checked row by row, and whether that is allowed.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { ColumnMetadata, IndexMetadata, TableMetadata } from '../../schema/metadata.ts';
import type { Slice } from '../../storage/clustering.ts';
import type { FilterExpression } from '../../storage/read-command.ts';
import { comparatorOf } from '../../types/compare.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import type { Relation } from '../ast.ts';
import type { BindContext, TermScope } from '../term/scope.ts';
import { slicesOf } from './clustering-slices.ts';
import { joinKey } from './keys.ts';
import { RelationReader, type Restriction, type TokenRestriction } from './relations.ts';

/** What is said when rows would have to be looked at that are not shown. */
export const REQUIRES_ALLOW_FILTERING: string = 'Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. '
  + 'If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING';

/**
 * Reads a WHERE.
 *
 * @param selectsOnlyStatics - whether nothing but static columns and the partition key is selected
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function readRestrictions(table: TableMetadata, where: readonly Relation[], scope: TermScope, allowFiltering: boolean, selectsOnlyStatics: boolean): Restrictions {
  const { key, clustering, others, tokens } = groupRelations(table, where, scope, allowFiltering, undefined);
  return new Restrictions(table, key, clustering, others, tokens, allowFiltering, selectsOnlyStatics);
}

/** The name of a modification in messages. */
export type StatementName = 'UPDATE' | 'DELETE';

/** A WHERE's relations by what they are about, those of one column merged. */
export interface GroupedRelations {
  readonly key: ReadonlyMap<ColumnMetadata, Restriction>;
  /** In the table's order. */
  readonly clustering: readonly Restriction[];
  readonly others: ReadonlyMap<ColumnMetadata, Restriction>;
  readonly tokens: readonly TokenRestriction[];
}

/**
 * Reads the relations of a WHERE, one after the other.
 *
 * @param modification - the statement's name when it is no SELECT
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function groupRelations(table: TableMetadata, where: readonly Relation[], scope: TermScope, allowFiltering: boolean, modification: StatementName | undefined): GroupedRelations {
  const reader = new RelationReader(table, scope, modification === undefined);
  const key = new Map<ColumnMetadata, Restriction>();
  const others = new Map<ColumnMetadata, Restriction>();
  const clustering: Restriction[] = [];
  const tokens: TokenRestriction[] = [];
  for (const relation of where) {
    if (modification !== undefined && relation.kind === 'column' && (relation.operator === 'CONTAINS' || relation.operator === 'CONTAINS KEY')) {
      throw new InvalidRequestError(`Cannot use ${modification} with ${relation.operator}`);
    }
    const restriction = reader.read(relation);
    if (restriction.kind === 'like') refuseLike(table, restriction);
    if (restriction.kind === 'token') {
      addToken(tokens, restriction, table);
      continue;
    }
    const [column] = restriction.columns;
    if (column === undefined) continue;
    if (column.kind === 'clustering') addClustering(table, clustering, restriction, allowFiltering);
    else {
      const group = column.kind === 'partition_key' ? key : others;
      const present = group.get(column);
      group.set(column, present === undefined ? restriction : merge(present, restriction));
    }
  }
  clustering.sort((a, b) => positionOf(a) - positionOf(b));
  return { key, clustering, others, tokens };
}

function positionOf(restriction: Restriction): number {
  return restriction.columns[0]?.position ?? 0;
}

/** LIKE needs an index that knows patterns, of which there is none here. */
function refuseLike(table: TableMetadata, restriction: Restriction & { readonly kind: 'like' }): void {
  if ([...table.indexes.values()].some((index) => serves(index, restriction))) return;
  throw new InvalidRequestError(`LIKE restriction is only supported on properly indexed columns. ${restriction.text} is not valid.`);
}

function addToken(tokens: TokenRestriction[], added: TokenRestriction, table: TableMetadata): void {
  const name = table.partitionKey.map((column) => column.name).join(', ');
  for (const present of tokens) {
    if (present.operator === '=') throw new InvalidRequestError(`${name} cannot be restricted by more than one relation if it includes an Equal`);
    if (added.operator === '=') throw new InvalidRequestError(`Column "${name}" cannot be restricted by both an equality and an inequality relation`);
    if (present.operator[0] === added.operator[0]) {
      throw new InvalidRequestError(`More than one restriction was found for the ${added.operator.startsWith('>') ? 'start' : 'end'} bound on ${name}`);
    }
  }
  tokens.push(added);
}

function addClustering(table: TableMetadata, present: Restriction[], added: Restriction, allowFiltering: boolean): void {
  const overlapping = present.findIndex((restriction) => restriction.columns.some((column) => added.columns.includes(column)));
  const last = [...present].sort((a, b) => positionOf(a) - positionOf(b)).at(-1);
  if (last !== undefined) {
    const [lastColumn] = last.columns;
    const [column] = added.columns;
    if (lastColumn !== undefined && column !== undefined && overlapping < 0) {
      if (last.kind === 'slice' && column.position > lastColumn.position && !allowFiltering) {
        throw new InvalidRequestError(`Clustering column "${column.name}" cannot be restricted (preceding column "${lastColumn.name}" is restricted by a non-EQ relation)`);
      }
      if (added.kind === 'slice' && column.position < lastColumn.position && !allowFiltering) {
        const next = table.clustering.find((candidate) => candidate.position > column.position && present.some((restriction) => restriction.columns.includes(candidate)));
        throw new InvalidRequestError(`PRIMARY KEY column "${next?.name ?? ''}" cannot be restricted (preceding column "${column.name}" is restricted by a non-EQ relation)`);
      }
    }
  }
  const before = present[overlapping];
  if (before === undefined) present.push(added);
  else present[overlapping] = merge(before, added);
}

/** Two restrictions of one column, or of columns in common, as one. */
function merge(present: Restriction, added: Restriction): Restriction {
  const common = present.columns.filter((column) => added.columns.includes(column)).map((column) => column.name).join(', ');
  switch (present.kind) {
    case 'eq': throw new InvalidRequestError(`${common} cannot be restricted by more than one relation if it includes an Equal`);
    case 'in': throw new InvalidRequestError(`${common} cannot be restricted by more than one relation if it includes a IN`);
    case 'like': throw new InvalidRequestError(`${common} cannot be restricted by more than one relation if it includes a LIKE`);
    case 'contains':
      if (added.kind !== 'contains') throw new InvalidRequestError(`Collection column ${common} can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality`);
      return { ...present, parts: [...present.parts, ...added.parts] };
    case 'slice': {
      if (added.kind !== 'slice') throw new InvalidRequestError(`Column "${common}" cannot be restricted by both an equality and an inequality relation`);
      if (present.start !== undefined && added.start !== undefined) throw new InvalidRequestError(`More than one restriction was found for the start bound on ${common}`);
      if (present.end !== undefined && added.end !== undefined) throw new InvalidRequestError(`More than one restriction was found for the end bound on ${common}`);
      const columns = present.columns.length >= added.columns.length ? present.columns : added.columns;
      return { kind: 'slice', columns, isMulti: present.isMulti || added.isMulti, start: present.start ?? added.start, end: present.end ?? added.end };
    }
  }
}

/** Whether an index finds what a restriction asks for. */
function serves(index: IndexMetadata, restriction: Restriction): boolean {
  const [column] = restriction.columns;
  if (column?.name !== index.column || restriction.isMulti) return false;
  const isStorageAttached = index.kind === 'CUSTOM';
  switch (restriction.kind) {
    case 'eq': return index.target === 'simple' || index.target === 'full' || (index.target === 'values' && !('element' in column.type) && column.type.kind !== 'map');
    case 'contains': return restriction.parts.some(({ operator }) => servesPart(index, operator));
    case 'slice': return isStorageAttached && index.target === 'simple' && !isLiteral(column.type);
    case 'in':
    case 'like': return false;
  }
}

/** What a storage-attached index keeps as text, in no order that a range could use (`IndexTermType.isLiteral`), and UUIDs. */
function isLiteral(type: DataType): boolean {
  return type.kind !== 'native' || type.name === 'text' || type.name === 'ascii' || type.name === 'boolean' || type.name === 'uuid';
}

function servesPart({ target }: IndexMetadata, operator: 'CONTAINS' | 'CONTAINS KEY' | 'ENTRY'): boolean {
  switch (operator) {
    case 'CONTAINS': return target === 'values' || target === 'simple';
    case 'CONTAINS KEY': return target === 'keys';
    case 'ENTRY': return target === 'entries';
  }
}

/** A WHERE, ready. */
export class Restrictions {
  /** Whether partitions are found by tokens and not by their keys. */
  readonly isKeyRange: boolean;
  /** Whether the partition key is given by more than one alternative. */
  readonly keyIsIn: boolean;
  readonly hasKeyRestrictions: boolean;
  readonly hasClusteringRestrictions: boolean;
  readonly hasRegularRestrictions: boolean;
  readonly tokens: readonly TokenRestriction[];
  /** The index that replicas use. */
  readonly index: IndexMetadata | undefined;
  readonly usesIndex: boolean;
  /** Restrictions of clustering columns that are slices of the partition, in order. */
  readonly sliced: readonly Restriction[];
  /** The markers that make up the partition key, when nothing else does. */
  readonly routing: readonly number[] | undefined;
  /** Whether the whole primary key is given by `=`. */
  readonly isOneRow: boolean;
  readonly #table: TableMetadata;
  readonly #keyParts: readonly Restriction[];
  /** Restrictions that are checked row by row. */
  readonly #filtered: readonly Restriction[];
  readonly #eq = new Set<ColumnMetadata>();
  readonly #checkFiltering: () => void;

  constructor(
    table: TableMetadata, key: ReadonlyMap<ColumnMetadata, Restriction>, clustering: readonly Restriction[], others: ReadonlyMap<ColumnMetadata, Restriction>,
    tokens: readonly TokenRestriction[], allowFiltering: boolean, selectsOnlyStatics: boolean,
  ) {
    this.#table = table;
    this.tokens = tokens;
    this.#keyParts = table.partitionKey.map((column) => key.get(column)).filter((restriction) => restriction !== undefined);
    for (const restriction of [...this.#keyParts, ...clustering]) if (restriction.kind === 'eq') for (const column of restriction.columns) this.#eq.add(column);
    const hasWholeKey = this.#keyParts.length === table.partitionKey.length && this.#keyParts.every(({ kind }) => kind === 'eq' || kind === 'in');
    const filtersKey = !hasWholeKey && this.#keyParts.length > 0;
    this.isKeyRange = !hasWholeKey;
    if ([...others.keys()].some((column) => column.type.kind === 'vector' && [...table.indexes.values()].some((index) => index.kind === 'CUSTOM' && index.column === column.name))) {
      throw new InvalidRequestError('Vector indexes only support ANN queries');
    }
    this.keyIsIn = this.#keyParts.some(({ kind }) => kind === 'in');
    this.hasKeyRestrictions = this.#keyParts.length > 0 || tokens.length > 0;
    this.hasClusteringRestrictions = clustering.length > 0;
    this.hasRegularRestrictions = [...others.keys()].some((column) => column.kind === 'regular');
    const all = [...this.#keyParts, ...clustering, ...others.values()];
    const indexes = [...table.indexes.values()].filter((index) => all.some((restriction) => serves(index, restriction)));
    if (filtersKey && indexes.length === 0 && !allowFiltering) throw new InvalidRequestError(REQUIRES_ALLOW_FILTERING);
    this.sliced = slicedPrefix(clustering);
    const leftOver = clustering.filter((restriction) => !this.sliced.includes(restriction));
    const hasContains = clustering.some(({ kind }) => kind === 'contains');
    if (hasContains && indexes.length === 0 && !allowFiltering) {
      throw new InvalidRequestError('Clustering columns can only be restricted with CONTAINS with a secondary index or filtering');
    }
    if (selectsOnlyStatics && clustering.length > 0 && indexes.length === 0) throw new InvalidRequestError('Cannot restrict clustering columns when selecting only static columns');
    if (leftOver.length > 0 && indexes.length === 0 && !allowFiltering) refuseGap(table, clustering);
    const clusteringIndex = indexes.some((index) => clustering.some((restriction) => serves(index, restriction)));
    const needsIndex = indexes.length > 0 && (filtersKey || leftOver.length > 0 || others.size > 0 || (this.isKeyRange && clusteringIndex));
    if (others.size > 0 && indexes.length === 0 && !allowFiltering) throw new InvalidRequestError(REQUIRES_ALLOW_FILTERING);
    this.usesIndex = needsIndex;
    if (needsIndex && this.keyIsIn) throw new InvalidRequestError('Select on indexed columns and with IN clause for the PRIMARY KEY are not supported');
    if (needsIndex && selectsOnlyStatics && table.statics.length > 0 && clustering.length > 0) {
      throw new InvalidRequestError('Queries using 2ndary indexes don\'t support selecting only static columns');
    }
    const filtersClustering = needsIndex || leftOver.length > 0;
    this.#filtered = [...(filtersKey ? this.#keyParts : []), ...(filtersClustering ? clustering.filter(({ isMulti, kind }) => needsIndex ? !isMulti : kind !== 'slice' || !isMulti) : []), ...others.values()];
    if (leftOver.some(({ kind, isMulti }) => kind === 'slice' && isMulti)) throw new InvalidRequestError('Multi-column slice restrictions cannot be used for filtering.');
    const checkFiltering = (): void => {
      if (!allowFiltering && (this.isKeyRange || needsIndex)) this.#refuseFiltering(filtersKey, filtersClustering, clustering, [...others.values()], indexes);
    };
    this.#checkFiltering = checkFiltering;
    this.index = needsIndex ? indexes.find(({ kind }) => kind === 'CUSTOM') ?? indexes[0] : undefined;
    this.routing = routingOf(this.#keyParts, hasWholeKey);
    this.isOneRow = hasWholeKey && !this.keyIsIn && others.size === 0 && tokens.length === 0 && table.clustering.every((column) => this.#eq.has(column));
  }

  #refuseFiltering(filtersKey: boolean, filtersClustering: boolean, clustering: readonly Restriction[], others: readonly Restriction[], indexes: readonly IndexMetadata[]): void {
    const checked = [...(filtersKey ? this.#keyParts : []), ...(filtersClustering ? clustering : []), ...others];
    const servesAll = (group: readonly IndexMetadata[]): boolean => checked.every((restriction) => (restriction.kind === 'contains'
      ? restriction.parts.every(({ operator }) => group.some((index) => index.column === restriction.columns[0]?.name && servesPart(index, operator)))
      : group.some((index) => serves(index, restriction))));
    // Storage-attached indexes answer together; any other answers one condition, alone.
    const attached = indexes.filter(({ kind }) => kind === 'CUSTOM');
    const isSingle = checked.reduce((sum, restriction) => sum + (restriction.kind === 'contains' ? restriction.parts.length : restriction.columns.length), 0) === 1;
    const isServed = (attached.length > 0 && servesAll(attached)) || (isSingle && indexes.some((index) => servesAll([index])));
    if ((checked.length > 0 && !isServed) || (checked.length === 0 && clustering.length > 0)) throw new InvalidRequestError(REQUIRES_ALLOW_FILTERING);
  }

  /** The last check of all. @throws {@link InvalidRequestError} when rows would be looked at that are not shown, and nobody allowed it */
  checkFiltering(): void {
    this.#checkFiltering();
  }

  isRestrictedByEq(column: ColumnMetadata): boolean {
    return this.#eq.has(column);
  }

  /** The partition keys, in the order of their values, each once; whether they may be keys is looked at when they are read. */
  keys(context: BindContext): readonly Bytes[] {
    const [only] = this.#keyParts;
    if (only?.kind === 'eq' && this.#keyParts.length === 1) return [joinKey(only.bind(context))];
    let combinations: (readonly Bytes[])[] = [[]];
    for (const restriction of this.#keyParts) {
      const values = restriction.kind === 'eq' ? [restriction.bind(context)[0] ?? ''] : restriction.kind === 'in' ? sorted(restriction, context) : [];
      combinations = combinations.flatMap((parts) => values.map((value) => [...parts, value]));
    }
    return combinations.map((parts) => joinKey(parts));
  }

  slices(context: BindContext): readonly Slice[] {
    return slicesOf(this.#table, this.sliced, context);
  }

  filter(context: BindContext): readonly FilterExpression[] {
    if (this.#filtered.length === 0) return NO_FILTER;
    const expressions = this.#filtered.flatMap((restriction) => expressionsOf(restriction, context));
    const { index } = this;
    if (index === undefined) return expressions;
    // The replica searches its index by the first condition on the index's column.
    const found = expressions.findIndex((expression) => expression.column === index.column && isSearched(index, expression));
    const first = expressions[found];
    return first === undefined ? expressions : [first, ...expressions.filter((_, i) => i !== found)];
  }
}

const NO_FILTER: readonly FilterExpression[] = Object.freeze([]);

function isSearched(index: IndexMetadata, { operator }: FilterExpression): boolean {
  return operator === 'CONTAINS' || operator === 'CONTAINS KEY' || operator === 'ENTRY' ? servesPart(index, operator) : true;
}

function sorted(restriction: Restriction & { readonly kind: 'in' }, context: BindContext): readonly Bytes[] {
  const [column] = restriction.columns;
  const values = restriction.bind(context).map(([value = '']) => value);
  if (column === undefined) return values;
  const compare = comparatorOf(column.type);
  return [...values].sort(compare).filter((value, i, all) => i === 0 || compare(all[i - 1] ?? '', value) !== 0);
}

/** Restrictions from the first clustering column on, without a gap, up to and with the first slice. */
function slicedPrefix(clustering: readonly Restriction[]): readonly Restriction[] {
  const prefix: Restriction[] = [];
  let position = 0;
  for (const restriction of clustering) {
    if (positionOf(restriction) !== position || restriction.kind === 'contains' || restriction.kind === 'like') break;
    prefix.push(restriction);
    position += restriction.columns.length;
    if (restriction.kind === 'slice') break;
  }
  return prefix;
}

function refuseGap(table: TableMetadata, clustering: readonly Restriction[]): void {
  const restricted = clustering.flatMap(({ columns }) => columns);
  for (const [i, column] of restricted.entries()) {
    const expected = table.clustering[i];
    if (expected !== undefined && expected !== column) {
      throw new InvalidRequestError(`PRIMARY KEY column "${column.name}" cannot be restricted as preceding column "${expected.name}" is not restricted`);
    }
  }
}

function routingOf(parts: readonly Restriction[], hasWholeKey: boolean): readonly number[] | undefined {
  if (!hasWholeKey) return undefined;
  const markers: number[] = [];
  for (const part of parts) {
    if (part.kind !== 'eq' || part.marker === undefined) return undefined;
    markers.push(part.marker);
  }
  return markers;
}

function expressionsOf(restriction: Restriction, context: BindContext): readonly FilterExpression[] {
  const { columns } = restriction;
  const column = columns[0]?.name ?? '';
  switch (restriction.kind) {
    case 'eq': {
      const values = restriction.bind(context);
      return columns.map(({ name }, i) => ({ column: name, operator: '=' as const, value: values[i] ?? '' }));
    }
    case 'in': {
      const tuples = restriction.bind(context);
      return columns.map(({ name }, i) => ({ column: name, operator: 'IN' as const, value: '', values: tuples.map((tuple) => tuple[i] ?? '') }));
    }
    case 'slice': {
      const { start, end } = restriction;
      if (start?.isNull?.(context) === true || end?.isNull?.(context) === true) throw new InvalidRequestError(`Unsupported null value for column ${column}`);
      return [
        ...(start === undefined ? [] : [{ column, operator: start.inclusive ? '>=' as const : '>' as const, value: start.bind(context)[0] ?? '' }]),
        ...(end === undefined ? [] : [{ column, operator: end.inclusive ? '<=' as const : '<' as const, value: end.bind(context)[0] ?? '' }]),
      ];
    }
    case 'contains': return restriction.parts.map(({ operator, value, mapKey }) => ({
      column, operator, value: value(context), ...(mapKey === undefined ? {} : { mapKey: mapKey(context) }),
    }));
    case 'like': return [{ column, operator: 'LIKE', value: restriction.bind(context) }];
  }
}
