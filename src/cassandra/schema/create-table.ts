/**
 * CREATE TABLE (Apache Cassandra 5.0: `CreateTableStatement`). COMPACT STORAGE is read and then made an ordinary table of, but for
 * the refusal of what could not be compact.
 *
 * @module
 */
import type { ClusteringOrdering, ColumnDefinition, CreateTableStatement, Properties } from '../cql/ast.ts';
import { resolveType } from '../cql/term/resolve-type.ts';
import { AlreadyExistsError, ConfigError, InvalidRequestError } from '../errors.ts';
import { isMultiCell, type DataType } from '../types/data-type.ts';
import { typeName } from '../types/type-name.ts';
import { authorize, changed, keyspaceNameOf, requireKeyspace, unchanged, withTable, type SchemaChange, type SchemaContext } from './change.ts';
import type { ColumnMetadata, KeyspaceMetadata } from './metadata.ts';
import { PropertyReader, refuseUnknown } from './properties.ts';
import type { Schema } from './schema.ts';
import { makeTable } from './table-builder.ts';
import { checkTableOptions, DEFAULT_TABLE_OPTIONS, readTableOptions, TABLE_PROPERTIES } from './table-options.ts';

const NAME_LENGTH_MAX = 222;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** CREATE TABLE. */
export function createTable(schema: Schema, statement: CreateTableStatement, context: SchemaContext): SchemaChange {
  checkDeclaration(statement);
  const keyspaceName = keyspaceNameOf(statement.name, context);
  const { name } = statement.name;
  authorize(schema, keyspaceName, 'CREATE', `all tables in ${keyspaceName}`);
  // Texts that are no number, flag or policy are refused first, what the values mean last.
  const options = readTableOptions(statement.properties, DEFAULT_TABLE_OPTIONS);
  const keyspace = requireKeyspace(schema, keyspaceName);
  if (keyspace.tables.has(name) || keyspace.views.has(name)) {
    if (statement.ifNotExists) return unchanged(schema);
    throw new AlreadyExistsError(keyspaceName, name);
  }
  refuseUnknown(statement.properties, TABLE_PROPERTIES);
  refuseMasks(statement.columns);
  const columns = columnsOf(statement, keyspace);
  checkTableName(keyspaceName, name);
  checkTableOptions(options);
  const table = makeTable({ id: schema.nextTableId(keyspaceName, name), uuid: tableUuid(statement.properties), keyspace: keyspaceName, name, columns, options, valueTieBreak: context.valueTieBreak });
  if (table.isCounter && options.defaultTimeToLive > 0) throw new InvalidRequestError('Cannot set default_time_to_live on a table with counters');
  return changed(schema, withTable(keyspace, table), { change: 'CREATED', target: 'TABLE', keyspace: keyspaceName, name });
}

/** What the declaration says amiss of itself, before any keyspace is looked at. */
function checkDeclaration({ name: { name }, columns, primaryKeys, clusteringOrder }: CreateTableStatement): void {
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column.name)) throw new InvalidRequestError(`Duplicate column '${column.name}' declaration for table '${name}'`);
    seen.add(column.name);
  }
  if (primaryKeys.length > 1) throw new InvalidRequestError(`Multiple PRIMARY KEY specified for table '${name}' (exactly one required)`);
  const ordered = clusteringOrder.map(({ column }) => column);
  const twice = ordered.find((column, i) => ordered.indexOf(column) !== i);
  if (twice !== undefined) throw new InvalidRequestError(`Duplicate column '${twice}' in CLUSTERING ORDER BY clause for table '${name}'`);
}

/** A table's name has to be one of a directory. */
export function checkTableName(keyspace: string, name: string): void {
  if (/^\w+$/.test(name) && name.length <= NAME_LENGTH_MAX) return;
  throw new ConfigError(`${keyspace}.${name}: Table name must not be empty, more than 48 characters long, or contain non-alphanumeric-underscore characters (got "${name}")`);
}

/** Dynamic data masking is off by default. */
export function refuseMasks(columns: readonly ColumnDefinition[]): void {
  if (columns.every(({ mask }) => mask === undefined)) return;
  throw new InvalidRequestError(
    'Cannot mask columns because dynamic data masking is not enabled. You can enable it with the dynamic_data_masking_enabled property on cassandra.yaml',
  );
}

function tableUuid(properties: Properties): string | undefined {
  const id = new PropertyReader(properties).text('id');
  if (id !== undefined && !UUID.test(id)) throw new ConfigError('Invalid table id');
  return id?.toLowerCase();
}

function columnsOf(statement: CreateTableStatement, keyspace: KeyspaceMetadata): ColumnMetadata[] {
  const table = statement.name.name;
  const types = new Map(statement.columns.map(({ name, type }) => [name, resolveType(type, keyspace.name, (_, typeName) => keyspace.types.get(typeName))]));
  const [key] = statement.primaryKeys;
  if (key === undefined) throw new InvalidRequestError(`No PRIMARY KEY specifed for table '${table}' (exactly one required)`);
  if ([...types.values()].some((type) => nestsMultiCell(type))) throw new InvalidRequestError(NESTED);
  const keyNames = [...key.partitionKey, ...key.clustering];
  keyNames.forEach((name, i) => {
    const type = types.get(name);
    if (type === undefined) throw new InvalidRequestError(`Unknown column '${name}' referenced in PRIMARY KEY for table '${table}'`);
    if (keyNames.indexOf(name) !== i) throw new InvalidRequestError(`Duplicate column '${name}' in PRIMARY KEY clause for table '${table}'`);
  });
  for (const { name, isStatic } of statement.columns) {
    if (isStatic && keyNames.includes(name)) throw new InvalidRequestError(`Static column '${name}' cannot be part of the PRIMARY KEY`);
  }
  for (const name of keyNames) checkKeyType(name, types.get(name));
  if (key.clustering.length === 0 && statement.columns.some(({ isStatic }) => isStatic)) {
    throw new InvalidRequestError('Static columns are only useful (and thus allowed) if the table has at least one clustering column');
  }
  const descending = descendingColumns(statement.clusteringOrder, key.clustering);
  const columns = statement.columns.map(({ name, isStatic }): ColumnMetadata => {
    const type = types.get(name) ?? { kind: 'native', name: 'text' };
    const partition = key.partitionKey.indexOf(name);
    if (partition >= 0) return { name, kind: 'partition_key', position: partition, type, order: 'none' };
    const clustering = key.clustering.indexOf(name);
    if (clustering >= 0) return { name, kind: 'clustering', position: clustering, type, order: descending.has(name) ? 'desc' : 'asc' };
    return { name, kind: isStatic ? 'static' : 'regular', position: -1, type, order: 'none' };
  });
  const values = columns.filter(({ kind }) => kind === 'static' || kind === 'regular');
  const counters = values.filter(({ type }) => isCounter(type));
  if (counters.length > 0 && counters.length < values.length) throw new InvalidRequestError('Cannot mix counter and non counter columns in the same table');
  if (statement.compactStorage) checkCompact(values, key.clustering.length);
  return columns;
}

/** What is said of a user type whose cells would hold cells. */
export const NESTED = 'Non-frozen UDTs with nested non-frozen collections are not supported';

/** Whether a column would have a cell for each field of a type, and a field is a collection that has cells of its own. */
export function nestsMultiCell(type: DataType): boolean {
  return type.kind === 'user' && isMultiCell(type) && type.fields.some((field) => isMultiCell(field.type));
}

/** Whether a type is `counter`. */
export function isCounter(type: DataType): boolean {
  return type.kind === 'native' && type.name === 'counter';
}

function checkKeyType(name: string, type: DataType | undefined): void {
  if (type === undefined) return;
  if (isMultiCell(type)) {
    throw new InvalidRequestError(type.kind === 'user'
      ? `Invalid non-frozen user-defined type "${type.keyspace}.${type.name}" for PRIMARY KEY column '${name}'`
      : `Invalid non-frozen collection type ${typeName(type)} for PRIMARY KEY column '${name}'`);
  }
  if (isCounter(type)) throw new InvalidRequestError(`counter type is not supported for PRIMARY KEY column '${name}'`);
  if (holdsDuration(type)) throw new InvalidRequestError(`duration type is not supported for PRIMARY KEY column '${name}'`);
}

/** Durations have no order, so nothing that holds one has. */
export function holdsDuration(type: DataType): boolean {
  switch (type.kind) {
    case 'native': return type.name === 'duration';
    case 'list':
    case 'set':
    case 'vector': return holdsDuration(type.element);
    case 'map': return holdsDuration(type.key) || holdsDuration(type.value);
    case 'tuple': return type.elements.some(holdsDuration);
    case 'user': return type.fields.some((field) => holdsDuration(field.type));
  }
}

/** The columns ordered downwards. The directive may name the first of them only. */
function descendingColumns(order: readonly ClusteringOrdering[], clustering: readonly string[]): ReadonlySet<string> {
  const names = order.map(({ column }) => column);
  const others = names.filter((name) => !clustering.includes(name));
  if (others.length > 0) {
    throw new InvalidRequestError(`Only clustering key columns can be defined in CLUSTERING ORDER directive: [${others.join(', ')}] are not clustering columns`);
  }
  names.forEach((name, i) => {
    const expected = clustering[i];
    if (expected === undefined || name === expected) return;
    if (!names.includes(expected)) throw new InvalidRequestError(`Missing CLUSTERING ORDER for column ${expected}`);
    throw new InvalidRequestError(`The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns (${expected} must appear before ${name})`);
  });
  return new Set(order.filter(({ ascending }) => !ascending).map(({ column }) => column));
}

function checkCompact(values: readonly ColumnMetadata[], clusterings: number): void {
  if (values.some(({ type }) => isMultiCell(type))) throw new InvalidRequestError('Non-frozen collections and UDTs are not supported with COMPACT STORAGE');
  if (values.some(({ kind }) => kind === 'static')) throw new InvalidRequestError('Static columns are not supported in COMPACT STORAGE tables');
  if (clusterings === 0) {
    if (values.length === 0) throw new InvalidRequestError('No definition found that is not part of the PRIMARY KEY');
    return;
  }
  if (values.length > 1) {
    const names = values.map(({ name }) => name).join(', ');
    throw new InvalidRequestError(`COMPACT STORAGE with composite PRIMARY KEY allows no more than one column not part of the PRIMARY KEY (got: ${names})`);
  }
}
