/**
 * ALTER TABLE and DROP TABLE (Apache Cassandra 5.0: `AlterTableStatement`, `DropTableStatement`). Left out: masks and
 * DROP COMPACT STORAGE, which are refused as by a server with the defaults; a mask behind ADD,
 * which the server takes by oversight, is ignored.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { ColumnDefinition, Properties, SchemaStatement, TableAlteration } from '../cql/ast.ts';
import { resolveType } from '../cql/term/resolve-type.ts';
import { ConfigError, InvalidRequestError } from '../errors.ts';
import { isMultiCell, type DataType } from '../types/data-type.ts';
import { sameType, typeName } from '../types/type-name.ts';
import { authorize, changed, keyspaceNameOf, unchanged, withoutTable, withTable, type SchemaChange, type SchemaContext } from './change.ts';
import { isCounter, NESTED, nestsMultiCell, refuseMasks } from './create-table.ts';
import { columnOf, tableText, type ColumnMetadata, type DroppedColumn, type KeyspaceMetadata, type TableMetadata } from './metadata.ts';
import { refuseUnknown } from './properties.ts';
import type { Schema } from './schema.ts';
import { changeTable } from './table-builder.ts';
import { checkTableOptions, readTableOptions, TABLE_PROPERTIES } from './table-options.ts';

type AlterTable = SchemaStatement & { readonly kind: 'alterTable' };
type DropTable = SchemaStatement & { readonly kind: 'dropTable' };

/** ALTER TABLE. */
export function alterTable(schema: Schema, { name: qualified, ifExists, alteration }: AlterTable, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  const { name } = qualified;
  authorize(schema, keyspaceName, 'ALTER', `table ${keyspaceName}.${name}`);
  if (alteration.kind === 'options') refuseUnknown(alteration.properties, TABLE_PROPERTIES);
  const keyspace = schema.keyspaces.get(keyspaceName);
  const table = keyspace?.tables.get(name);
  if (keyspace?.views.has(name) === true) throw new InvalidRequestError('Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead');
  if (keyspace === undefined || table === undefined) {
    if (ifExists) return unchanged(schema);
    throw new InvalidRequestError(`Table '${keyspaceName}.${name}' doesn't exist`);
  }
  const altered = alter(schema, keyspace, table, alteration, context);
  return changed(schema, altered, { change: 'UPDATED', target: 'TABLE', keyspace: keyspaceName, name });
}

function alter(schema: Schema, keyspace: KeyspaceMetadata, table: TableMetadata, alteration: TableAlteration, context: SchemaContext): KeyspaceMetadata {
  const views = schema.viewsOf(table);
  switch (alteration.kind) {
    case 'type': throw new InvalidRequestError('Altering column types is no longer supported');
    case 'mask':
      refuseMasks([{ name: alteration.column, type: { kind: 'native', name: 'text' }, isStatic: false, mask: alteration.mask ?? { function: { keyspace: undefined, name: '' }, args: [] } }]);
      return keyspace;
    case 'add': {
      const columns = addedColumns(keyspace, table, alteration.columns, alteration.ifNotExists);
      // A view of all columns gets the new ones too.
      const grown = views.filter(({ view }) => view?.includeAllColumns).map((view) => withColumns(view, columns.filter(({ kind }) => kind === 'regular')));
      return withViews(withTable(keyspace, withColumns(table, columns)), grown);
    }
    case 'drop': return withTable(keyspace, dropColumns(table, alteration, views, context));
    case 'rename': return renameColumns(keyspace, table, alteration, views);
    case 'dropCompactStorage': throw new InvalidRequestError('DROP COMPACT STORAGE is disabled. Enable in cassandra.yaml to use.');
    case 'options': return withTable(keyspace, withOptions(table, alteration.properties, views));
    default: return assertNever(alteration);
  }
}

function withColumns(table: TableMetadata, columns: readonly ColumnMetadata[]): TableMetadata {
  return changeTable(table, { columns: [...table.columns.values(), ...columns] });
}

/** A keyspace with views in place of those of their names. */
export function withViews(keyspace: KeyspaceMetadata, views: readonly TableMetadata[]): KeyspaceMetadata {
  return { ...keyspace, views: new Map([...keyspace.views, ...views.map((view): [string, TableMetadata] => [view.name, view])]) };
}

function addedColumns(keyspace: KeyspaceMetadata, table: TableMetadata, definitions: readonly ColumnDefinition[], ifNotExists: boolean): ColumnMetadata[] {
  const added: ColumnMetadata[] = [];
  for (const { name, type: raw, isStatic } of definitions) {
    const type = resolveType(raw, keyspace.name, (_, typeName) => keyspace.types.get(typeName));
    if (table.columns.has(name) || added.some((column) => column.name === name)) {
      if (ifNotExists) continue;
      throw new InvalidRequestError(`Column with name '${name}' already exists`);
    }
    if (nestsMultiCell(type)) throw new InvalidRequestError(`${NESTED} for column ${name}`);
    if (isStatic && table.clustering.length === 0) {
      throw new InvalidRequestError('Static columns are only useful (and thus allowed) if the table has at least one clustering column');
    }
    const column: ColumnMetadata = { name, kind: isStatic ? 'static' : 'regular', position: -1, type, order: 'none' };
    checkReadding(table.dropped.get(name), column);
    added.push(column);
    if (isCounter(type) !== table.isCounter && table.statics.length + table.regulars.length > 0) {
      const [not, table_] = table.isCounter ? ['non ', 'a counter'] : ['', 'a non counter'];
      throw new ConfigError(`${keyspace.name}.${table.name}: Cannot have a ${not}counter column ("${name}") in ${table_} table`);
    }
  }
  return added;
}

/** What was written to the column before must make sense as the new type, should it show. */
function checkReadding(dropped: DroppedColumn | undefined, { name, kind, type }: ColumnMetadata): void {
  if (dropped === undefined) return;
  if (!isReadable(dropped.column.type, type)) {
    throw new InvalidRequestError(
      `Cannot re-add previously dropped column '${name}' of type ${typeName(type)}, incompatible with previous type ${typeName(dropped.column.type)}`,
    );
  }
  if (isCounter(dropped.column.type)) throw new InvalidRequestError(`Cannot re-add previously dropped counter column ${name}`);
  if (dropped.column.kind !== kind) {
    throw new InvalidRequestError(
      `Cannot re-add previously dropped column '${name}' of kind ${kind.toUpperCase()}, incompatible with previous kind ${dropped.column.kind.toUpperCase()}`,
    );
  }
}

function isReadable(before: DataType, after: DataType): boolean {
  if (isMultiCell(before) !== isMultiCell(after)) return false;
  if (sameType(before, after)) return true;
  const [from, to] = [before, after].map((type) => (type.kind === 'native' ? type.name : ''));
  return to === 'blob' ? from !== 'counter' : from === 'ascii' && to === 'text';
}

function dropColumns(table: TableMetadata, { columns, ifExists, timestamp }: TableAlteration & { readonly kind: 'drop' }, views: readonly TableMetadata[], context: SchemaContext): TableMetadata {
  const dropped = new Map(table.dropped);
  const left = new Map(table.columns);
  for (const name of columns) {
    const column = left.get(name);
    if (column === undefined) {
      if (ifExists) continue;
      throw new InvalidRequestError(`Column ${name} was not found in table '${tableText(table)}'`);
    }
    if (column.kind === 'partition_key' || column.kind === 'clustering') throw new InvalidRequestError(`Cannot drop PRIMARY KEY column ${name}`);
    if (column.type.kind === 'user' && !column.type.frozen) throw new InvalidRequestError(`Cannot drop non-frozen column ${name} of user type ${column.type.name}`);
    const indexes = [...table.indexes.values()].filter((index) => index.column === name).map((index) => index.name);
    if (indexes.length > 0) throw new InvalidRequestError(`Cannot drop column ${name} because it has dependent secondary indexes (${indexes.join(', ')})`);
    if (views.length > 0) throw new InvalidRequestError(`Cannot drop column ${name} on base table ${table.name} with materialized views`);
    left.delete(name);
    dropped.set(name, { column, droppedTime: timestamp === undefined ? context.now : Number(timestamp) });
  }
  return changeTable(table, { columns: [...left.values()], dropped });
}

function renameColumns(keyspace: KeyspaceMetadata, table: TableMetadata, { columns }: TableAlteration & { readonly kind: 'rename' }, views: readonly TableMetadata[]): KeyspaceMetadata {
  let renamed = table;
  let renamedViews = views;
  for (const [from, to] of columns) {
    // Whatever IF EXISTS says, as the real one.
    const column = columnOf(renamed, from);
    if (column.kind !== 'partition_key' && column.kind !== 'clustering') throw new InvalidRequestError(`Cannot rename non PRIMARY KEY column ${from}`);
    if (renamed.columns.has(to)) throw new InvalidRequestError(`Cannot rename column ${from} to ${to} in table '${tableText(table)}'; another column with that name already exists`);
    const indexes = [...renamed.indexes.values()].filter((index) => index.column === from).map((index) => index.name);
    if (indexes.length > 0) throw new InvalidRequestError(`Can't rename column ${from} because it has dependent secondary indexes (${indexes.join(', ')})`);
    renamed = renameColumn(renamed, from, to);
    renamedViews = renamedViews.map((view) => (view.columns.has(from) ? renameColumn(view, from, to) : view));
  }
  return withViews(withTable(keyspace, renamed), renamedViews);
}

function renameColumn(table: TableMetadata, from: string, to: string): TableMetadata {
  return changeTable(table, { columns: [...table.columns.values()].map((column) => (column.name === from ? { ...column, name: to } : column)) });
}

/** A table keeps its id. @throws {@link ConfigError} */
export function refuseId(properties: Properties): void {
  const id = properties.get('id');
  if (id === undefined) return;
  throw new ConfigError(typeof id === 'string' && UUID.test(id) ? 'Cannot alter table id.' : 'Invalid table id');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function withOptions(table: TableMetadata, properties: Properties, views: readonly TableMetadata[]): TableMetadata {
  refuseId(properties);
  const options = readTableOptions(properties, table.options);
  checkTableOptions(options);
  if (table.isCounter && options.defaultTimeToLive > 0) throw new InvalidRequestError('Cannot set default_time_to_live on a table with counters');
  if (views.length > 0 && options.gcGraceSeconds === 0) {
    throw new InvalidRequestError(
      'Cannot alter gc_grace_seconds of the base table of a materialized view to 0, since this value is used to TTL undelivered updates. Setting gc_grace_seconds too low might cause '
      + 'undelivered updates to expire before being replayed.',
    );
  }
  return changeTable(table, { options });
}

/** DROP TABLE. */
export function dropTable(schema: Schema, { name: qualified, ifExists }: DropTable, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  const { name } = qualified;
  authorize(schema, keyspaceName, 'DROP', `table ${keyspaceName}.${name}`);
  const keyspace = schema.keyspaces.get(keyspaceName);
  if (keyspace?.views.has(name) === true) throw new InvalidRequestError('Cannot use DROP TABLE on a materialized view. Please use DROP MATERIALIZED VIEW instead.');
  const table = keyspace?.tables.get(name);
  if (keyspace === undefined || table === undefined) {
    if (ifExists) return unchanged(schema);
    throw new InvalidRequestError(`Table '${keyspaceName}.${name}' doesn't exist`);
  }
  const views = schema.viewsOf(table);
  if (views.length > 0) {
    throw new InvalidRequestError(`Cannot drop a table when materialized views still depend on it (${keyspaceName})`);
  }
  return changed(schema, withoutTable(keyspace, name), { change: 'DROPPED', target: 'TABLE', keyspace: keyspaceName, name });
}
