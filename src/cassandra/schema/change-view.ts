/**
 * CREATE, ALTER and DROP MATERIALIZED VIEW (Apache Cassandra 5.0: `CreateViewStatement` and its like). Views are experimental and
 * off unless the configuration says otherwise.
 *
 * @module
 */
import type { CreateViewStatement, SchemaStatement } from '../cql/ast.ts';
import { Variables, type TermScope } from '../cql/term/scope.ts';
import { AlreadyExistsError, ConfigError, InvalidRequestError } from '../errors.ts';
import { murmur3Partitioner } from '../partitioner.ts';
import { withViews } from './alter-table.ts';
import { authorize, changed, keyspaceNameOf, requireKeyspace, unchanged, withoutTable, type SchemaChange, type SchemaContext } from './change.ts';
import { checkTableName, descendingColumns, holdsDuration } from './create-table.ts';
import type { ColumnMetadata, KeyspaceMetadata, TableMetadata } from './metadata.ts';
import { refuseUnknown } from './properties.ts';
import type { Schema } from './schema.ts';
import { changeTable, makeTable } from './table-builder.ts';
import { checkTableOptions, DEFAULT_TABLE_OPTIONS, readTableOptions, TABLE_PROPERTIES } from './table-options.ts';
import { restrictedColumns, viewCondition, whereText } from './view-condition.ts';
import { tableText } from '../types/type-name.ts';

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
  if (keyspace.tables.has(name) || keyspace.views.has(name)) {
    if (statement.ifNotExists) return unchanged(schema);
    throw new AlreadyExistsError(keyspaceName, name);
  }
  const base = baseOf(keyspace, statement);
  const columns = columnsOf(statement, base);
  checkTableName(keyspaceName, name);
  const options = readTableOptions(statement.properties, DEFAULT_TABLE_OPTIONS);
  checkTableOptions(options);
  if (options.defaultTimeToLive > 0) refuseTimeToLive();
  const scope: TermScope = { keyspace: keyspaceName, table: base, partitioner: murmur3Partitioner, userType: (_, type) => keyspace.types.get(type), variables: new Variables([]) };
  const notNull = statement.where.flatMap((relation) => (relation.kind === 'isNotNull' ? [relation.column] : []));
  const view = makeTable({
    id: schema.nextTableId(keyspaceName, name), keyspace: keyspaceName, name, columns, options, valueTieBreak: base.valueTieBreak,
    view: {
      base: base.name, baseId: base.id, includeAllColumns: statement.selectors.length === 0, whereClause: whereText(statement.where), notNull,
      valueInKey: columns.find(({ name: column, kind }) => kind !== 'regular' && base.columns.get(column)?.kind === 'regular')?.name,
      matches: viewCondition(statement.where, base, scope),
    },
  });
  return changed(schema, withViews(keyspace, [view]), { change: 'CREATED', target: 'TABLE', keyspace: keyspaceName, name }, [
    'Materialized views are experimental and are not recommended for production use.',
  ]);
}

function refuseTimeToLive(): never {
  throw new ConfigError(
    'Cannot set default_time_to_live for a materialized view. Data in a materialized view always expire at the same time than the corresponding data in the parent table.',
  );
}

function baseOf(keyspace: KeyspaceMetadata, { name, base }: CreateViewStatement): TableMetadata {
  if (keyspace.views.has(base.name)) throw new InvalidRequestError('Materialized views cannot be created against other materialized views');
  const table = keyspace.tables.get(base.name);
  if (table === undefined) throw new InvalidRequestError(`Base table '${base.name}' doesn't exist`);
  if (table.isCounter) throw new InvalidRequestError('Materialized views are not supported on counter tables');
  if (table.options.gcGraceSeconds === 0) {
    throw new InvalidRequestError(
      `Cannot create materialized view '${name.name}' for base table '${base.name}' with gc_grace_seconds of 0, since this value is used to TTL undelivered updates. Setting gc_grace_seconds `
      + 'too low might cause undelivered updates to expire before being replayed.',
    );
  }
  return table;
}

function columnsOf(statement: CreateViewStatement, base: TableMetadata): ColumnMetadata[] {
  const selected = selectedColumns(statement, base);
  const { partitionKey, clustering } = statement.primaryKey;
  const key = [...partitionKey, ...clustering];
  checkKey(statement, base, key);
  const descending = descendingColumns(statement.clusteringOrder, clustering, statement.name.name);
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

function selectedColumns({ selectors }: CreateViewStatement, base: TableMetadata): ReadonlySet<string> {
  const selected = new Set<string>();
  for (const { selectable, alias } of selectors) {
    if (alias !== undefined) throw new InvalidRequestError('Cannot use aliases when defining a materialized view (got alias)');
    if (selectable.kind !== 'column') throw new InvalidRequestError('Can only select columns by name when defining a materialized view');
    selected.add(existing(selectable.name, base).name);
  }
  const names = selectors.length === 0 ? [...base.columns.keys()] : [...selected];
  const isStatic = names.find((name) => base.columns.get(name)?.kind === 'static');
  if (isStatic !== undefined) {
    throw new InvalidRequestError(selectors.length === 0
      ? `Unable to include static column '${isStatic}' which would be included by Materialized View SELECT * statement`
      : `Cannot include static column '${isStatic}' in materialized view`);
  }
  return new Set(names);
}

function existing(name: string, base: TableMetadata): ColumnMetadata {
  const column = base.columns.get(name);
  if (column === undefined) throw new InvalidRequestError(`Undefined column name ${name} in table ${tableText(base)}`);
  return column;
}

function checkKey(statement: CreateViewStatement, base: TableMetadata, key: readonly string[]): void {
  const view = statement.name.name;
  key.forEach((name, i) => {
    const column = existing(name, base);
    if (key.indexOf(name) !== i) throw new InvalidRequestError(`Duplicate column '${name}' in PRIMARY KEY clause for materialized view '${view}'`);
    if (column.kind === 'static') throw new InvalidRequestError(`Cannot use Static column '${name}' in PRIMARY KEY of materialized view`);
    if (holdsDuration(column.type)) throw new InvalidRequestError(`duration type is not supported for PRIMARY KEY column '${name}'`);
  });
  const extra = key.filter((name) => base.columns.get(name)?.kind === 'regular');
  if (extra.length > 1) {
    throw new InvalidRequestError(`Cannot include more than one non-primary key column in materialized view primary key (got ${extra.join(', ')})`);
  }
  const missing = [...base.partitionKey, ...base.clustering].map(({ name }) => name).filter((name) => !key.includes(name));
  if (missing.length > 0) throw new InvalidRequestError(`Cannot create materialized view '${view}' without primary key columns ${missing.join(', ')} from base table '${base.name}'`);
  const restricted = new Set(restrictedColumns(statement.where));
  const free = key.filter((name) => !restricted.has(name)).sort();
  if (free.length > 0) throw new InvalidRequestError(`Primary key columns ${free.join(', ')} must be restricted with 'IS NOT NULL' or otherwise`);
  const others = statement.where.filter(({ kind }) => kind !== 'isNotNull').flatMap((relation) => restrictedColumns([relation])).filter((name) => !key.includes(name));
  if (others.length > 0) throw new InvalidRequestError(`Non-primary key columns can only be restricted with 'IS NOT NULL' (got: ${others.join(', ')} restricted illegally)`);
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
  if (properties.has('id')) throw new ConfigError('Cannot alter table id.');
  const options = readTableOptions(properties, view.options);
  checkTableOptions(options);
  if (options.gcGraceSeconds === 0) {
    throw new InvalidRequestError(
      'Cannot alter gc_grace_seconds of a materialized view to 0, since this value is used to TTL undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to expire '
      + 'before being replayed.',
    );
  }
  if (options.defaultTimeToLive > 0) refuseTimeToLive();
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
