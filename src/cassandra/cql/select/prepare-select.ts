/**
 * SELECT made ready (`SelectStatement.prepare` of Apache Cassandra 5.0): what is selected, of which rows, in which order and groups,
 * with its refusals in its order.
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import type { Partitioner } from '../../partitioner.ts';
import type { ColumnMetadata, TableMetadata, UserType } from '../../schema/metadata.ts';
import type { DataType } from '../../types/data-type.ts';
import { native } from '../../types/type-name.ts';
import type { Ordering, Selectable, SelectStatement, Term } from '../ast.ts';
import type { PreparedStatement, ResultColumn } from '../statement.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import { Variables, type PreparedTerm, type TermScope } from '../term/scope.ts';
import { columnNames } from './column-names.ts';
import { selectStatement } from './execute-select.ts';
import { readNearest, type Nearest } from './nearest.ts';
import { readRestrictions, type Restrictions } from './restrictions.ts';
import { SelectionBuilder } from './selectable.ts';
import type { AggregateCall, Selector } from './selector.ts';

/** How rows fall into groups: by partition, by a prefix of their clustering, and by a function of a clustering column. */
export interface Grouping {
  readonly clusteringPrefix: number;
  readonly by: Selector | undefined;
}

/** A SELECT, ready. */
export interface PreparedSelect {
  readonly table: TableMetadata;
  readonly restrictions: Restrictions;
  readonly selectors: readonly Selector[];
  readonly aggregates: readonly AggregateCall[];
  /** Whether rows are gathered instead of shown. */
  readonly isAggregate: boolean;
  readonly grouping: Grouping | undefined;
  readonly isDistinct: boolean;
  readonly isJson: boolean;
  readonly isReversed: boolean;
  /** Whether rows of several partitions are to be brought into one order. */
  readonly ordersPartitions: boolean;
  readonly nearest: Nearest | undefined;
  readonly limit: PreparedTerm | undefined;
  readonly perPartitionLimit: PreparedTerm | undefined;
  readonly columns: readonly ResultColumn[];
  readonly scope: TermScope;
  /** The regular column that is all that is selected of one row beside its key, if that is so. */
  readonly register: ColumnMetadata | undefined;
}

/** What a SELECT is prepared against. */
export interface SelectSource {
  readonly schema: {
    readonly keyspaces: ReadonlyMap<string, { readonly types: ReadonlyMap<string, UserType> }>;
    /** @throws {@link InvalidRequestError} when there is none */
    table(keyspace: string, name: string): TableMetadata;
  };
  readonly partitioner: Partitioner;
  /** The connection's keyspace. */
  readonly keyspace: string | undefined;
  readonly text: string;
}

/**
 * Prepares a SELECT as a statement.
 *
 * @param markers - the names of its markers, in order
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function prepareSelect(statement: SelectStatement, markers: readonly (string | undefined)[], { schema, partitioner, keyspace, text }: SelectSource): PreparedStatement {
  const where = statement.table.keyspace ?? keyspace;
  if (where === undefined) throw new InvalidRequestError('No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename');
  const table = schema.table(where, statement.table.name);
  const variables = new Variables(markers);
  const userType = (name: string, type: string): UserType | undefined => schema.keyspaces.get(name)?.types.get(type);
  const select = analyseSelect(statement, table, { keyspace: table.keyspace, table, partitioner, userType, variables });
  return selectStatement(text, keyspace, select, variables.list());
}

/**
 * Analyses a SELECT.
 *
 * @param statement - as parsed
 * @param table - the table or view that it names
 * @param scope - gets the markers
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function analyseSelect(statement: SelectStatement, table: TableMetadata, scope: TermScope): PreparedSelect {
  const builder = new SelectionBuilder(table, scope);
  const wildcard = statement.selectors.length === 0;
  for (const { column } of statement.orderBy) builder.column(column);
  const selectsOnlyStatics = !wildcard && table.statics.length > 0 && selectsStaticsOnly(statement.selectors.map(({ selectable }) => selectable), builder);
  const restrictions = readRestrictions(table, statement.where, scope, statement.allowFiltering, selectsOnlyStatics);
  const selected = wildcard
    ? [...table.columns.values()]
    : [...new Set(statement.selectors.flatMap(({ selectable }) => columnNames(selectable)))].map((name) => builder.column(name));
  if (statement.distinct) {
    if (statement.perPartitionLimit !== undefined) throw new InvalidRequestError('PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries');
    refuseDistinct(table, selected, restrictions);
  }
  const selectors = wildcard
    ? selected.map((column) => builder.build({ kind: 'column', name: column.name }))
    : statement.selectors.map(({ selectable }) => builder.build(selectable));
  const grouping = statement.groupBy.length === 0 ? undefined : readGrouping(statement.groupBy, table, restrictions, builder);
  if (statement.distinct && grouping !== undefined && grouping.clusteringPrefix > 0) {
    throw new InvalidRequestError('Grouping on clustering columns is not allowed for SELECT DISTINCT queries');
  }
  const isAggregate = builder.aggregates.length > 0 || grouping !== undefined;
  if (isAggregate && grouping === undefined && statement.perPartitionLimit !== undefined) throw new InvalidRequestError('PER PARTITION LIMIT is not allowed with aggregate queries.');
  const nearest = readNearest(statement.orderBy, table, scope);
  if (nearest !== undefined) {
    if (isAggregate) throw new InvalidRequestError('Top-K queries can not be run with aggregation');
    if (statement.perPartitionLimit !== undefined) throw new InvalidRequestError('Top-K queries do not support per-partition limits');
  }
  const isReversed = nearest === undefined && statement.orderBy.length > 0 && readOrder(statement.orderBy, table, restrictions);
  restrictions.checkFiltering();
  const columns: ResultColumn[] = selectors.map((selector, i) => {
    const name = statement.selectors[i]?.alias ?? selector.column?.name ?? selector.text;
    return { keyspace: table.keyspace, table: table.name, name, type: selector.type };
  });
  // Beside the key nothing but one simple column, and that as it is: key columns and write times do not make it another thing.
  const [only, ...others] = selected.filter(({ kind }) => kind === 'regular' || kind === 'static');
  const isRegister = only?.kind === 'regular' && others.length === 0 && isSimple(only.type) && restrictions.isOneRow && !isAggregate && !statement.json && statement.limit === undefined && statement.perPartitionLimit === undefined
    && selectors.some(({ column }) => column === only);
  return {
    table, restrictions, selectors, aggregates: builder.aggregates, isAggregate, grouping,
    isDistinct: statement.distinct, isJson: statement.json, isReversed,
    ordersPartitions: nearest === undefined && statement.orderBy.length > 0 && restrictions.keyIsIn,
    nearest,
    limit: limitTerm(statement.limit, '[limit]', scope),
    perPartitionLimit: limitTerm(statement.perPartitionLimit, '[per_partition_limit]', scope),
    columns, scope,
    register: isRegister ? only : undefined,
  };
}

function isSimple(type: DataType): boolean {
  return !('frozen' in type) || type.frozen;
}

function limitTerm(term: Term | undefined, name: string, scope: TermScope): PreparedTerm | undefined {
  return term === undefined ? undefined : prepareTerm(term, { name, type: native('int') }, scope);
}

/**
 * Whether a static column is selected and no other but the partition key's. The real one looks at what is selected one after the
 * other and no further than it must; what is wrong with that comes before anything in the WHERE, the rest after it.
 */
function selectsStaticsOnly(selectables: readonly Selectable[], builder: SelectionBuilder): boolean {
  const some = (test: (column: ColumnMetadata) => boolean): boolean => selectables.some((selectable) => {
    builder.resolve(selectable);
    return looksAt(selectable, (name) => test(builder.column(name)));
  });
  return some(({ kind }) => kind === 'static') && !some(({ kind }) => kind === 'clustering' || kind === 'regular');
}

/** Whether something looks at a column like that. For the values of maps and user types the real one says the contrary. */
function looksAt(selectable: Selectable, test: (name: string) => boolean): boolean {
  if (selectable.kind === 'map') return selectable.entries.some(([key, value]) => (key.kind !== 'column' && looksAt(key, test)) || !looksAt(value, test));
  if (selectable.kind === 'list' || selectable.kind === 'set' || selectable.kind === 'tuple') return selectable.elements.some((element) => looksAt(element, test));
  return columnNames(selectable).some(test);
}

function refuseDistinct(table: TableMetadata, selected: readonly ColumnMetadata[], restrictions: Restrictions): void {
  if (restrictions.hasClusteringRestrictions || restrictions.hasRegularRestrictions) {
    throw new InvalidRequestError('SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.');
  }
  const other = selected.find((column) => column.kind === 'clustering' || column.kind === 'regular');
  if (other !== undefined) {
    throw new InvalidRequestError(`SELECT DISTINCT queries must only request partition key columns and/or static columns (not ${other.name})`);
  }
  // Of one partition nothing else need be shown.
  if (!restrictions.isKeyRange) return;
  const missing = table.partitionKey.find((column) => !selected.includes(column));
  if (missing !== undefined) throw new InvalidRequestError(`SELECT DISTINCT queries must request all the partition key columns (missing ${missing.name})`);
}

const GROUP_ORDER = 'Group by currently only support groups of columns following their declared order in the PRIMARY KEY';

function readGrouping(groupBy: readonly Selectable[], table: TableMetadata, restrictions: Restrictions, builder: SelectionBuilder): Grouping {
  const keys = [...table.partitionKey, ...table.clustering];
  let next = 0;
  let clusteringPrefix = 0;
  let by: Selector | undefined;
  for (const selectable of groupBy) {
    const isColumn = selectable.kind === 'column';
    const [name = ''] = columnNames(selectable);
    const column = builder.column(name);
    if (!isColumn && column.kind !== 'clustering') throw new InvalidRequestError(`Group by functions are only supported on clustering columns, got ${column.name}`);
    if (column.kind !== 'partition_key' && column.kind !== 'clustering') {
      throw new InvalidRequestError(`Group by is currently only supported on the columns of the PRIMARY KEY, got ${column.name}`);
    }
    if (by !== undefined) throw new InvalidRequestError('Functions are only supported on the last element of the GROUP BY clause');
    for (;;) {
      const key = keys[next++];
      if (key === undefined) throw new InvalidRequestError(GROUP_ORDER);
      if (key === column) break;
      if (!restrictions.isRestrictedByEq(key)) throw new InvalidRequestError(GROUP_ORDER);
      if (key.kind === 'clustering') clusteringPrefix++;
    }
    if (column.kind === 'clustering' && isColumn) clusteringPrefix++;
    if (!isColumn) by = builder.build(selectable);
  }
  if (keys[next]?.kind === 'partition_key') throw new InvalidRequestError('Group by is not supported on only a part of the partition key');
  return { clusteringPrefix, by };
}

/** Whether the order asked for is the reverse of the table's. */
function readOrder(orderBy: readonly Ordering[], table: TableMetadata, restrictions: Restrictions): boolean {
  if (restrictions.usesIndex) throw new InvalidRequestError('ORDER BY with 2ndary indexes is not supported, except for ANN queries.');
  if (restrictions.isKeyRange) throw new InvalidRequestError('ORDER BY is only supported when the partition key is restricted by an EQ or an IN.');
  let next = 0;
  let reversed: boolean | undefined;
  // Of two orders of one column the later counts, at the place of the earlier.
  for (const [name, descending] of new Map(orderBy.map((ordering) => [ordering.column, ordering.descending]))) {
    const column = table.columns.get(name);
    if (column?.kind !== 'clustering') throw new InvalidRequestError(`Order by is currently only supported on the clustered columns of the PRIMARY KEY, got ${name}`);
    for (;;) {
      const clustering = table.clustering[next++];
      if (clustering === column) break;
      if (clustering === undefined || !restrictions.isRestrictedByEq(clustering)) {
        throw new InvalidRequestError('Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY');
      }
    }
    const isReverse = descending !== (column.order === 'desc');
    if (reversed !== undefined && reversed !== isReverse) throw new InvalidRequestError('Unsupported order by relation');
    reversed = isReverse;
  }
  return reversed === true;
}
