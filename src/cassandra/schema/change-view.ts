/**
 * CREATE, ALTER and DROP MATERIALIZED VIEW (Apache Cassandra 5.0: `CreateViewStatement` and its like). Views are experimental and
 * off unless the configuration says otherwise.
 *
 * @module
 */
import type { CreateViewStatement, SchemaStatement } from '../cql/ast.ts';
import { readRestrictions } from '../cql/select/restrictions.ts';
import { Variables, type TermScope } from '../cql/term/scope.ts';
import { inHashOrder } from '../cql/term-text.ts';
import { AlreadyExistsError, InvalidRequestError } from '../errors.ts';
import { murmur3Partitioner } from '../partitioner.ts';
import { isMultiCell } from '../types/data-type.ts';
import { typeName } from '../types/type-name.ts';
import { refuseId, withViews } from './alter-table.ts';
import { authorize, changed, keyspaceNameOf, requireKeyspace, unchanged, withoutTable, type SchemaChange, type SchemaContext } from './change.ts';
import { checkTableName, holdsDuration } from './create-table.ts';
import { columnOf, type ColumnMetadata, type KeyspaceMetadata, type TableMetadata } from './metadata.ts';
import { refuseUnknown } from './properties.ts';
import type { Schema } from './schema.ts';
import { changeTable, makeTable } from './table-builder.ts';
import { checkTableOptions, DEFAULT_TABLE_OPTIONS, readTableOptions, TABLE_PROPERTIES } from './table-options.ts';
import { restrictedColumns, viewCondition, whereText } from './view-condition.ts';

type AlterView = SchemaStatement & { readonly kind: 'alterView' };
type DropView = SchemaStatement & { readonly kind: 'dropView' };

/** CREATE MATERIALIZED VIEW. */
export function createView(schema: Schema, statement: CreateViewStatement, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(statement.name, context);
  const baseKeyspace = keyspaceNameOf(statement.base, context);
  const { name } = statement.name;
  authorize(schema, keyspaceName, 'CREATE', `all tables in ${keyspaceName}`);
  if (!context.materializedViewsEnabled) throw new InvalidRequestError('Materialized views are disabled. Enable in cassandra.yaml to use.');
  refuseUnknown(statement.properties, TABLE_PROPERTIES);
  if (keyspaceName !== baseKeyspace) throw new InvalidRequestError('Cannot create a materialized view on a table in a separate keyspace');
  const keyspace = requireKeyspace(schema, keyspaceName);
  const base = baseOf(keyspace, statement);
  if (keyspace.tables.has(name)) throw new InvalidRequestError(`Cannot create materialized view '${name}' - a table with the same name already exists`);
  if (keyspace.views.has(name)) {
    if (statement.ifNotExists) return { ...unchanged(schema), warnings: [EXPERIMENTAL] };
    throw new AlreadyExistsError(keyspaceName, name);
  }
  refuseBase(base, name);
  const scope: TermScope = { keyspace: keyspaceName, table: base, partitioner: murmur3Partitioner, userType: (_, type) => keyspace.types.get(type), variables: new Variables([]) };
  const columns = columnsOf(statement, base, scope);
  checkTableName(keyspaceName, name);
  const options = readTableOptions(statement.properties, DEFAULT_TABLE_OPTIONS);
  checkTableOptions(options);
  if (options.defaultTimeToLive > 0) {
    throw new InvalidRequestError(
      'Cannot set default_time_to_live for a materialized view. Data in a materialized view always expire at the same time than the corresponding data in the parent table.',
    );
  }
  const notNull = statement.where.flatMap((relation) => (relation.kind === 'isNotNull' ? [relation.column] : []));
  const view = makeTable({
    id: schema.nextTableId(keyspaceName, name), keyspace: keyspaceName, name, columns, options, valueTieBreak: base.valueTieBreak,
    view: {
      base: base.name, baseId: base.id, includeAllColumns: statement.selectors.length === 0, whereClause: whereText(statement.where), notNull,
      valueInKey: columns.find(({ name: column, kind }) => kind !== 'regular' && base.columns.get(column)?.kind === 'regular')?.name,
      matches: viewCondition(statement.where, base, scope),
    },
  });
  return changed(schema, withViews(keyspace, [view]), { change: 'CREATED', target: 'TABLE', keyspace: keyspaceName, name }, [EXPERIMENTAL]);
}

const EXPERIMENTAL = 'Materialized views are experimental and are not recommended for production use.';

/** A view is no base for another. */
function baseOf(keyspace: KeyspaceMetadata, { base }: CreateViewStatement): TableMetadata {
  const table = keyspace.tables.get(base.name);
  if (table === undefined) throw new InvalidRequestError(`Base table '${base.name}' doesn't exist`);
  return table;
}

function refuseBase({ name, isCounter, options }: TableMetadata, view: string): void {
  if (isCounter) throw new InvalidRequestError('Materialized views are not supported on counter tables');
  if (options.gcGraceSeconds === 0) {
    throw new InvalidRequestError(
      `Cannot create materialized view '${view}' for base table '${name}' with gc_grace_seconds of 0, since this value is used to TTL undelivered updates. Setting gc_grace_seconds `
      + 'too low might cause undelivered updates to expire before being replayed.',
    );
  }
}

function columnsOf(statement: CreateViewStatement, base: TableMetadata, scope: TermScope): ColumnMetadata[] {
  const selected = selectedColumns(statement, base);
  const { partitionKey, clustering } = statement.primaryKey;
  const key = [...partitionKey, ...clustering];
  checkKey(statement, base, key, selected);
  const descending = descendingOf(statement);
  checkWhole(statement, base, key, scope);
  const required = [...base.partitionKey, ...base.clustering];
  return [...base.columns.values()].flatMap((column): ColumnMetadata[] => {
    const { name } = column;
    const at = partitionKey.indexOf(name);
    if (at >= 0) return [{ ...column, kind: 'partition_key', position: at, order: 'none' }];
    const place = clustering.indexOf(name);
    if (place >= 0) return [{ ...column, kind: 'clustering', position: place, order: descending.has(name) ? 'desc' : 'asc' }];
    return selected.has(name) && !required.includes(column) ? [{ ...column, kind: 'regular', position: -1, order: 'none' }] : [];
  });
}

function selectedColumns({ name: { name: view }, selectors }: CreateViewStatement, base: TableMetadata): ReadonlySet<string> {
  const selected = new Set<string>();
  for (const { selectable, alias } of selectors) {
    if (alias !== undefined) throw new InvalidRequestError('Cannot use aliases when defining a materialized view (got alias)');
    if (selectable.kind !== 'column') throw new InvalidRequestError('Can only select columns by name when defining a materialized view');
    selected.add(columnOf(base, selectable.name).name);
  }
  const names = selectors.length === 0 ? [...base.columns.keys()] : [...selected];
  const isStatic = names.find((name) => base.columns.get(name)?.kind === 'static');
  if (isStatic !== undefined) throw new InvalidRequestError(`Cannot include static column '${isStatic}' in materialized view '${view}'`);
  return new Set(names);
}

function checkKey(statement: CreateViewStatement, base: TableMetadata, key: readonly string[], selected: ReadonlySet<string>): void {
  const view = statement.name.name;
  key.forEach((name, i) => {
    const column = base.columns.get(name);
    if (column === undefined || !selected.has(name)) throw new InvalidRequestError(`Unknown column '${name}' referenced in PRIMARY KEY for materialized view '${view}'`);
    if (key.indexOf(name) !== i) throw new InvalidRequestError(`Duplicate column '${name}' in PRIMARY KEY clause for materialized view '${view}'`);
    if (isMultiCell(column.type)) {
      throw new InvalidRequestError(`Invalid non-frozen ${column.type.kind === 'user' ? 'user-defined' : 'collection'} type '${typeName(column.type)}' for PRIMARY KEY column '${name}'`);
    }
    if (holdsDuration(column.type)) throw new InvalidRequestError(`duration type is not supported for PRIMARY KEY column '${name}'`);
  });
}

function checkWhole(statement: CreateViewStatement, base: TableMetadata, key: readonly string[], scope: TermScope): void {
  const view = statement.name.name;
  const missing = [...base.partitionKey, ...base.clustering].map(({ name }) => name).filter((name) => !key.includes(name));
  if (missing.length > 0) throw new InvalidRequestError(`Cannot create materialized view '${view}' without primary key columns ${missing.join(', ')} from base table '${base.name}'`);
  const extra = inHashOrder(key.filter((name) => base.columns.get(name)?.kind === 'regular'), (name) => name);
  if (extra.length > 1) {
    throw new InvalidRequestError(`Cannot include more than one non-primary key column in materialized view primary key (got ${extra.join(', ')})`);
  }
  checkWhere(statement, base, key, scope);
}

function checkWhere({ where }: CreateViewStatement, base: TableMetadata, key: readonly string[], scope: TermScope): void {
  if (where.some(({ kind }) => kind === 'token')) throw new InvalidRequestError('Cannot use token relation when defining a materialized view');
  const restricted = new Set(restrictedColumns(where).map((name) => columnOf(base, name).name));
  const tests = where.filter(({ kind }) => kind !== 'isNotNull');
  readRestrictions(base, tests, scope, true, false);
  const free = inHashOrder(key, (name) => name).filter((name) => !restricted.has(name));
  if (free.length > 0) throw new InvalidRequestError(`Primary key columns ${free.join(', ')} must be restricted with 'IS NOT NULL' or otherwise`);
  // (The real one lists several in an order of its own.) CASSANDRA-13798: a view whose rows come and go with a column that is not in the base's key could keep rows it must lose.
  const others = [...new Set(restrictedColumns(tests))].filter((name) => base.columns.get(name)?.kind === 'regular').sort();
  if (others.length > 0) throw new InvalidRequestError(`Non-primary key columns can only be restricted with 'IS NOT NULL' (got: ${others.join(',')} restricted illegally)`);
}

/** The columns that are in descending order: all clustering columns have to be named, in their order. */
function descendingOf({ clusteringOrder, primaryKey: { clustering }, name: { name } }: CreateViewStatement): ReadonlySet<string> {
  const names = clusteringOrder.map(({ column }) => column);
  const twice = names.find((column, i) => names.indexOf(column) !== i);
  if (twice !== undefined) throw new InvalidRequestError(`Duplicate column '${twice}' in CLUSTERING ORDER BY clause for materialized view '${name}'`);
  if (names.length > 0 && (names.length !== clustering.length || names.some((column, i) => column !== clustering[i]))) {
    throw new InvalidRequestError('Clustering key columns must exactly match columns in CLUSTERING ORDER BY directive');
  }
  return new Set(clusteringOrder.filter(({ ascending }) => !ascending).map(({ column }) => column));
}

/** ALTER MATERIALIZED VIEW. */
export function alterView(schema: Schema, { name: qualified, ifExists, properties }: AlterView, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  const { name } = qualified;
  authorize(schema, keyspaceName, 'ALTER', `table ${keyspaceName}.${name}`);
  refuseUnknown(properties, TABLE_PROPERTIES);
  const keyspace = schema.keyspaces.get(keyspaceName);
  const view = keyspace?.views.get(name);
  if (keyspace === undefined || view === undefined) {
    if (ifExists) return unchanged(schema);
    throw new InvalidRequestError(`Materialized view '${keyspaceName}.${name}' doesn't exist`);
  }
  refuseId(properties);
  const options = readTableOptions(properties, view.options);
  checkTableOptions(options);
  if (options.gcGraceSeconds === 0) {
    throw new InvalidRequestError(
      'Cannot alter gc_grace_seconds of a materialized view to 0, since this value is used to TTL undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to expire '
      + 'before being replayed.',
    );
  }
  if (options.defaultTimeToLive > 0) {
    throw new InvalidRequestError(
      'Forbidden default_time_to_live detected for a materialized view. Data in a materialized view always expire at the same time than the corresponding data in the parent table. '
      + 'default_time_to_live must be set to zero, see CASSANDRA-12868 for more information',
    );
  }
  return changed(schema, withViews(keyspace, [changeTable(view, { options })]), { change: 'UPDATED', target: 'TABLE', keyspace: keyspaceName, name });
}

/** DROP MATERIALIZED VIEW. */
export function dropView(schema: Schema, { name: qualified, ifExists }: DropView, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  const { name } = qualified;
  authorize(schema, keyspaceName, 'DROP', `table ${keyspaceName}.${name}`);
  const keyspace = schema.keyspaces.get(keyspaceName);
  if (keyspace === undefined || !keyspace.views.has(name)) {
    if (ifExists) return unchanged(schema);
    throw new InvalidRequestError(`Materialized view '${keyspaceName}.${name}' doesn't exist`);
  }
  return changed(schema, withoutTable(keyspace, name), { change: 'DROPPED', target: 'TABLE', keyspace: keyspaceName, name });
}
