/**
 * Which rows UPDATE and DELETE are for: their WHERE, with the refusals of Apache Cassandra 5.0 (`StatementRestrictions` for
 * modifications). A partition key's columns are each given by `=` or `IN`; clustering columns by `=`, `IN`, and for DELETE by
 * slices.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { ColumnMetadata, TableMetadata } from '../../schema/metadata.ts';
import { WHOLE_PARTITION, type Bound, type Clustering, type Slice } from '../../storage/clustering.ts';
import type { Bytes } from '../../types/data-type.ts';
import { listElements, tupleElements } from '../../types/structure.ts';
import type { InValues, Relation, Term } from '../ast.ts';
import { joinKey } from '../select/keys.ts';
import { termText } from '../term-text.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, PreparedTerm, TermScope } from '../term/scope.ts';

/** The name of a statement in messages. */
export type StatementName = 'UPDATE' | 'DELETE';

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
  /** The clustering columns that are not given. */
  readonly missing: readonly string[];
}

interface Alternatives {
  bind(context: BindContext): readonly Bytes[];
  readonly marker: number | undefined;
  readonly isIn: boolean;
}

interface BoundTerm {
  readonly columns: readonly ColumnMetadata[];
  readonly value: PreparedTerm;
  readonly isInclusive: boolean;
}

/** Reads a WHERE. @throws {@link InvalidRequestError} as Cassandra words it */
export function prepareTargets(table: TableMetadata, where: readonly Relation[], statement: StatementName, scope: TermScope): PreparedTargets {
  const partition = new Map<string, Alternatives>();
  const clustering = new Map<string, Alternatives>();
  const tuples: { readonly columns: readonly ColumnMetadata[]; bind(context: BindContext): readonly Clustering[]; readonly isIn: boolean }[] = [];
  const starts: BoundTerm[] = [];
  const ends: BoundTerm[] = [];
  const others: string[] = [];
  const sliced: string[] = [];
  for (const relation of where) {
    switch (relation.kind) {
      case 'token': throw new InvalidRequestError(`The token function cannot be used in WHERE clauses for ${statement} statements`);
      case 'expression': throw new InvalidRequestError(`Custom index expressions cannot be used in WHERE clauses for ${statement} statements`);
      case 'column':
      case 'in':
      case 'isNotNull':
      case 'element': {
        const column = columnOf(table, relation.column);
        if (column.kind === 'partition_key') {
          if (relation.kind === 'in' || (relation.kind === 'column' && relation.operator === '=')) {
            refuseTwice(partition.get(column.name), column.name, relation.kind === 'in');
            partition.set(column.name, alternatives(column, relation, scope));
          } else if (relation.kind === 'column' && isSlice(relation.operator)) {
            sliced.push(column.name);
          } else {
            throw new InvalidRequestError(unsupported(relation, column.name));
          }
        } else if (column.kind === 'clustering') {
          if (relation.kind === 'in' || (relation.kind === 'column' && relation.operator === '=')) {
            refuseTwice(clustering.get(column.name), column.name, relation.kind === 'in');
            clustering.set(column.name, alternatives(column, relation, scope));
          } else if (relation.kind === 'column' && isSlice(relation.operator)) {
            const value = prepareTerm(relation.value, { name: column.name, type: column.type }, scope);
            addBound(starts, ends, relation.operator, [column], value);
          } else {
            throw new InvalidRequestError(unsupported(relation, column.name));
          }
        } else {
          others.push(column.name);
        }
        break;
      }
      case 'tuple':
      case 'tupleIn': {
        const columns = relation.columns.map((name) => columnOf(table, name));
        requireClusteringOrder(table, columns, relation);
        if (relation.kind === 'tuple' && relation.operator !== '=') {
          addBound(starts, ends, relation.operator, columns, tupleTerm(relation.value, columns, scope));
        } else {
          const values = relation.kind === 'tuple' ? [relation.value] : relation.values.kind === 'terms' ? relation.values.terms : undefined;
          const terms = values?.map((value) => tupleTerm(value, columns, scope));
          const marker = relation.kind === 'tupleIn' && relation.values.kind === 'marker'
            ? prepareTerm(relation.values, { name: `in(${columns.map(({ name }) => name).join(',')})`, type: { kind: 'list', element: tupleType(columns), frozen: true } }, scope)
            : undefined;
          tuples.push({
            columns, isIn: relation.kind === 'tupleIn',
            bind: (context) => (marker === undefined
              ? (terms ?? []).map((term) => clusteringOfTuple(columns, required(term.bind(context), columns)))
              : listElements(required(marker.bind(context), columns)).map((tuple) => clusteringOfTuple(columns, tuple))),
          });
        }
        break;
      }
      default: throw new InvalidRequestError(`Unsupported relation ${JSON.stringify(relation satisfies never)}`);
    }
  }
  if (sliced.length > 0) {
    throw new InvalidRequestError(`Only EQ and IN relation are supported on the partition key (unless you use the token() function) for ${statement} statements`);
  }
  const absent = table.partitionKey.filter(({ name }) => !partition.has(name)).map(({ name }) => name);
  if (absent.length > 0) throw new InvalidRequestError(`Some partition key parts are missing: ${absent.join(', ')}`);
  if (others.length > 0) throw new InvalidRequestError(`Non PRIMARY KEY columns found in where clause: ${[...new Set(others)].join(', ')} `);
  return assemble(table, statement, partition, clustering, tuples, starts, ends);
}

function assemble(
  table: TableMetadata, statement: StatementName, partition: ReadonlyMap<string, Alternatives>, clustering: ReadonlyMap<string, Alternatives>,
  tuples: readonly { readonly columns: readonly ColumnMetadata[]; bind(context: BindContext): readonly Clustering[]; readonly isIn: boolean }[],
  starts: readonly BoundTerm[], ends: readonly BoundTerm[],
): PreparedTargets {
  const keyParts = table.partitionKey.map(({ name }) => partition.get(name) as Alternatives);
  // Groups of clustering columns that are given exactly, from the first one on.
  const groups: { readonly width: number; bind(context: BindContext): readonly Clustering[] }[] = [];
  let given = 0;
  for (;;) {
    const column = table.clustering[given];
    if (column === undefined) break;
    const single = clustering.get(column.name);
    const tuple = tuples.find(({ columns }) => columns[0] === column);
    if (single !== undefined) {
      groups.push({ width: 1, bind: (context) => single.bind(context).map((value) => [value]) });
      given++;
    } else if (tuple !== undefined) {
      groups.push({ width: tuple.columns.length, bind: (context) => tuple.bind(context) });
      given += tuple.columns.length;
    } else {
      break;
    }
  }
  const bounded = [...starts, ...ends];
  const restricted = new Set([...clustering.keys(), ...tuples.flatMap(({ columns }) => columns.map(({ name }) => name)), ...bounded.flatMap(({ columns }) => columns.map(({ name }) => name))]);
  const missing = table.clustering.filter(({ name }) => !clustering.has(name) && !tuples.some(({ columns }) => columns.some((column) => column.name === name))).map(({ name }) => name);
  if (statement === 'DELETE' || bounded.length === 0) {
    const nextName = table.clustering[given]?.name;
    const beyond = table.clustering.find(({ name }, i) => i >= given && restricted.has(name) && !(i === given && bounded.some(({ columns }) => columns[0]?.name === name)));
    const isCovered = bounded.some(({ columns }) => columns[0]?.name === nextName && columns.some((column) => column === beyond));
    if (statement === 'DELETE' && beyond !== undefined && !isCovered && nextName !== undefined) {
      throw new InvalidRequestError(bounded.some(({ columns }) => columns[0]?.name === nextName)
        ? `Clustering column "${beyond.name}" cannot be restricted (preceding column "${nextName}" is restricted by a non-EQ relation)`
        : `PRIMARY KEY column "${beyond.name}" cannot be restricted as preceding column "${nextName}" is not restricted`);
    }
  }
  const routing = keyParts.every(({ marker, isIn }) => marker !== undefined && !isIn) ? keyParts.map(({ marker }) => marker ?? 0) : undefined;
  return {
    namesRows: given === table.clustering.length,
    restrictsClustering: restricted.size > 0,
    hasPartitionIn: keyParts.some(({ isIn }) => isIn),
    hasClusteringIn: [...clustering.values(), ...tuples].some(({ isIn }) => isIn),
    missing,
    routing,
    keys(context) {
      let keys: Bytes[][] = [[]];
      for (const part of keyParts) {
        const values = part.bind(context);
        keys = keys.flatMap((key) => values.map((value) => [...key, value]));
      }
      const joined = [...new Set(keys.map(joinKey))];
      if (joined.includes('')) throw new InvalidRequestError('Key may not be empty');
      for (const key of joined) if (key.length > 0xffff) throw new InvalidRequestError(`Key length of ${key.length} is longer than maximum of 65535`);
      return joined;
    },
    targets(context) {
      let clusterings: Clustering[] = [[]];
      for (const group of groups) {
        const values = group.bind(context);
        clusterings = clusterings.flatMap((prefix) => values.map((value) => [...prefix, ...value]));
      }
      if (clusterings.length > 1) {
        clusterings.sort((a, b) => table.compare(a, b));
        clusterings = clusterings.filter((value, i) => i === 0 || table.compare(value, clusterings[i - 1] ?? []) !== 0);
      }
      if (given === table.clustering.length) return { kind: 'rows', clusterings };
      return { kind: 'slices', slices: clusterings.map((prefix) => sliceBehind(table, prefix, given, starts, ends, context)) };
    },
  };
}

/** The slice of what begins with a prefix, between the bounds of the next column. */
function sliceBehind(table: TableMetadata, prefix: Clustering, given: number, starts: readonly BoundTerm[], ends: readonly BoundTerm[], context: BindContext): Slice {
  if (prefix.length === 0 && starts.length === 0 && ends.length === 0) return WHOLE_PARTITION;
  let start: Bound = { prefix, side: -1 };
  let end: Bound = { prefix, side: 1 };
  const isDescending = table.clustering[given]?.order === 'desc';
  for (const [list, isLower] of [[starts, true], [ends, false]] as const) {
    for (const { columns, value, isInclusive } of list) {
      const bytes = required(value.bind(context), columns);
      const values = columns.length === 1 ? [bytes] : clusteringOfTuple(columns, bytes);
      const whole = [...prefix, ...values];
      // On a descending column what is less by value comes later.
      if (isLower !== isDescending) start = { prefix: whole, side: isInclusive ? -1 : 1 };
      else end = { prefix: whole, side: isInclusive ? 1 : -1 };
    }
  }
  return { start, end };
}

function columnOf(table: TableMetadata, name: string): ColumnMetadata {
  const column = table.columns.get(name);
  if (column === undefined) throw new InvalidRequestError(`Undefined column name ${name} in table ${table.keyspace}.${table.name}`);
  return column;
}

function alternatives(column: ColumnMetadata, relation: Relation & { readonly kind: 'column' | 'in' }, scope: TermScope): Alternatives {
  const { name, type } = column;
  if (relation.kind === 'column') {
    const term = prepareTerm(relation.value, { name, type }, scope);
    return { marker: term.marker, isIn: false, bind: (context) => [required(term.bind(context), [column])] };
  }
  const { values } = relation;
  if (values.kind === 'marker') {
    const marker = prepareTerm(values, { name: `in(${name})`, type: { kind: 'list', element: type, frozen: true } }, scope);
    return { marker: undefined, isIn: true, bind: (context) => listElements(required(marker.bind(context), [column])) };
  }
  const terms = termsOf(values).map((term) => prepareTerm(term, { name, type }, scope));
  return { marker: undefined, isIn: true, bind: (context) => terms.map((term) => required(term.bind(context), [column])) };
}

function termsOf(values: InValues): readonly Term[] {
  return values.kind === 'terms' ? values.terms : [];
}

function required(value: Bytes | null | undefined, columns: readonly ColumnMetadata[]): Bytes {
  const name = columns.map((column) => column.name).join(', ');
  if (value === null) throw new InvalidRequestError(`Invalid null value in condition for column ${name}`);
  if (value === undefined) throw new InvalidRequestError(`Invalid unset value for column ${name}`);
  return value;
}

function tupleType(columns: readonly ColumnMetadata[]): PreparedTerm['type'] {
  return { kind: 'tuple', elements: columns.map(({ type }) => type) };
}

function tupleTerm(term: Term, columns: readonly ColumnMetadata[], scope: TermScope): PreparedTerm {
  if (term.kind === 'tuple' && term.elements.length !== columns.length) {
    throw new InvalidRequestError(`Expected ${columns.length} elements in value tuple, but got ${term.elements.length}: ${termText(term)}`);
  }
  const [only] = columns;
  const [element] = term.kind === 'tuple' ? term.elements : [];
  if (columns.length === 1 && only !== undefined && element !== undefined) return prepareTerm(element, { name: only.name, type: only.type }, scope);
  return prepareTerm(term, { name: `(${columns.map(({ name }) => name).join(',')})`, type: tupleType(columns) }, scope);
}

function clusteringOfTuple(columns: readonly ColumnMetadata[], tuple: Bytes): Clustering {
  if (columns.length === 1) return [tuple];
  return tupleElements(tuple, columns.length).map((value, i) => required(value, columns.slice(i, i + 1)));
}

function requireClusteringOrder(table: TableMetadata, columns: readonly ColumnMetadata[], relation: Relation & { readonly kind: 'tuple' | 'tupleIn' }): void {
  columns.forEach((column, i) => {
    if (column.kind !== 'clustering') throw new InvalidRequestError(`Multi-column relations can only be applied to clustering columns but was applied to: ${column.name}`);
    if (columns.indexOf(column) !== i) throw new InvalidRequestError(`Column "${column.name}" appeared twice in a relation: ${relation.columns.join(', ')}`);
    const before = columns[i - 1];
    if (before !== undefined && column.position !== before.position + 1) {
      throw new InvalidRequestError(`Clustering columns must appear in the PRIMARY KEY order in multi-column relations: (${relation.columns.join(', ')})${relation.kind === 'tuple' ? ` ${relation.operator} ${termText(relation.value)}` : ''}`);
    }
  });
}

function isSlice(operator: string): operator is '<' | '<=' | '>' | '>=' {
  return operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
}

function addBound(starts: BoundTerm[], ends: BoundTerm[], operator: string, columns: readonly ColumnMetadata[], value: PreparedTerm): void {
  const list = operator === '>' || operator === '>=' ? starts : ends;
  if (list.length > 0) {
    throw new InvalidRequestError(`More than one restriction was found for the ${list === starts ? 'start' : 'end'} bound on ${columns.map(({ name }) => name).join(', ')}`);
  }
  list.push({ columns, value, isInclusive: operator.endsWith('=') });
}

function refuseTwice(present: Alternatives | undefined, name: string, isIn: boolean): void {
  if (present === undefined) return;
  throw new InvalidRequestError(`${name} cannot be restricted by more than one relation if it includes ${isIn ? 'a IN' : 'an Equal'}`);
}

function unsupported(relation: Relation & { readonly kind: 'column' | 'in' | 'isNotNull' | 'element' }, name: string): string {
  if (relation.kind === 'isNotNull') return `Unsupported restriction: ${name} IS NOT NULL`;
  if (relation.kind === 'element') return `Cannot use map-entry predicates on column ${name}`;
  if (relation.kind === 'column' && relation.operator === '!=') return `Unsupported "!=" relation: ${name} != ${termText(relation.value)}`;
  if (relation.kind === 'column' && relation.operator === 'LIKE') return `LIKE restriction is only supported on properly indexed columns. ${name} LIKE ${termText(relation.value)} is not valid.`;
  return `Cannot use ${relation.kind === 'column' ? relation.operator : 'IN'} on non-collection column ${name}`;
}
