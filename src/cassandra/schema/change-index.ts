/**
 * CREATE and DROP INDEX (Apache Cassandra 5.0: `CreateIndexStatement`, `IndexAttributes`, `DropIndexStatement`). Indexes on a
 * table's own node (`COMPOSITES`) and storage-attached ones (`sai`) are known; SASI is refused as by a server with the defaults.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { IndexTargetDefinition, SchemaStatement } from '../cql/ast.ts';
import { ConfigError, InvalidRequestError } from '../errors.ts';
import { isMultiCell } from '../types/data-type.ts';
import { quoteName } from '../types/type-name.ts';
import { authorize, changed, keyspaceNameOf, requireKeyspace, unchanged, withTable, type SchemaChange, type SchemaContext } from './change.ts';
import { holdsDuration } from './create-table.ts';
import { columnOf, type ColumnMetadata, type IndexMetadata, type IndexTarget, type KeyspaceMetadata, type TableMetadata } from './metadata.ts';
import { PropertyReader, refuseUnknown } from './properties.ts';
import { checkAttachedOptions } from './attached-options.ts';
import type { Schema } from './schema.ts';
import { changeTable } from './table-builder.ts';

type CreateIndex = SchemaStatement & { readonly kind: 'createIndex' };
type DropIndex = SchemaStatement & { readonly kind: 'dropIndex' };

const STORAGE_ATTACHED: ReadonlySet<string> = new Set(['sai', 'storageattachedindex', 'org.apache.cassandra.index.sai.storageattachedindex']);
const SASI = 'org.apache.cassandra.index.sasi.SASIIndex';
const LEGACY = 'legacy_local_table';

/** CREATE INDEX. */
export function createIndex(schema: Schema, statement: CreateIndex, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(statement.table, context);
  authorize(schema, keyspaceName, 'ALTER', `table ${keyspaceName}.${statement.table.name}`);
  const options = optionsOf(statement);
  if (statement.custom && statement.using === SASI) throw new InvalidRequestError('SASI indexes are disabled. Enable in cassandra.yaml to use.');
  if (statement.targets.length === 0 && !statement.custom) throw new InvalidRequestError('Only CUSTOM indexes can be created without specifying a target column');
  if (statement.targets.length > 1 && !statement.custom) throw new InvalidRequestError('Only CUSTOM indexes support multiple columns');
  const keyspace = requireKeyspace(schema, keyspaceName);
  const { name: tableName } = statement.table;
  const table = keyspace.tables.get(tableName) ?? keyspace.views.get(tableName);
  if (table === undefined) throw new InvalidRequestError(`Table '${tableName}' doesn't exist`);
  if (statement.name !== undefined && findIndex(keyspace, statement.name) !== undefined) {
    if (statement.ifNotExists) return unchanged(schema);
    throw new InvalidRequestError(`Index '${statement.name}' already exists`);
  }
  if (table.isCounter) throw new InvalidRequestError("Secondary indexes on counter tables aren't supported");
  if (table.view !== undefined) throw new InvalidRequestError("Secondary indexes on materialized views aren't supported");
  const using = statement.using ?? LEGACY;
  const isAttached = STORAGE_ATTACHED.has(using.toLowerCase());
  const targets = statement.targets.map((definition) => targetOf(definition, table));
  const [only] = targets;
  if (only === undefined) throw isAttached ? new InvalidRequestError('Failed to retrieve target column for: ') : new ConfigError(`Unable to find custom indexer class '${using}'`);
  if (isAttached && targets.length > 1) throw new InvalidRequestError(`A storage-attached index cannot be created over multiple columns: ${targets.map((target) => targetText(target)).join(', ')}`);
  const { column, target } = only;
  const name = statement.name ?? availableName(keyspace, `${tableName}_${column}`.replaceAll(/\W/g, ''));
  if (!/^\w+$/.test(name)) throw new ConfigError(`Illegal index name ${name}`);
  if (!isAttached && (statement.custom || using.toLowerCase() !== LEGACY)) throw new ConfigError(`Unable to find custom indexer class '${using}'`);
  const text = targetText(only);
  const index: IndexMetadata = {
    name, column, target, kind: isAttached ? 'CUSTOM' : 'COMPOSITES', options: isAttached ? { ...options, class_name: using, target: text } : { target: text },
  };
  const twins = [...table.indexes.values()].filter((other) => other.kind === index.kind && other.options['target'] === text);
  const twin = twins.find((other) => sameOptions(other.options, index.options));
  if (twin !== undefined) {
    if (statement.ifNotExists) return unchanged(schema);
    throw new InvalidRequestError(`Index ${name} is a duplicate of existing index ${twin.name}`);
  }
  if (twins.length > 0) throw new InvalidRequestError(`Cannot create more than one storage-attached index on the same column: ${column}`);
  if (isAttached) checkAttachedOptions(options, table.columns.get(column)?.type);
  const indexed = changeTable(table, { indexes: new Map(table.indexes).set(name, index) });
  return changed(schema, withTable(keyspace, indexed), { change: 'UPDATED', target: 'TABLE', keyspace: keyspaceName, name: tableName }, hasVectorIndex(indexed) ? [VECTOR_WARNING] : []);
}

function targetText({ column, target }: { readonly column: string; readonly target: IndexTarget }): string {
  return target === 'simple' ? quoteName(column) : `${target}(${quoteName(column)})`;
}

function sameOptions(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

const VECTOR_WARNING = `SAI ANN indexes on vector columns are experimental and are not recommended for production use.
They don't yet support SELECT queries with:
 * Consistency level higher than ONE/LOCAL_ONE.
 * Paging.
 * No LIMIT clauses.
 * PER PARTITION LIMIT clauses.
 * GROUP BY clauses.
 * Aggregation functions.
 * Filters on columns without a SAI index.`;

/** All indexes of a table are looked at when one is made. */
function hasVectorIndex({ columns, indexes }: TableMetadata): boolean {
  return [...indexes.values()].some(({ kind, column }) => kind === 'CUSTOM' && columns.get(column)?.type.kind === 'vector');
}

function optionsOf({ custom, using, properties }: CreateIndex): Readonly<Record<string, string>> {
  refuseUnknown(properties, new Set(['options']));
  const options = new PropertyReader(properties).map('options') ?? new Map<string, string>();
  if (!custom && using === undefined && options.size > 0) throw new InvalidRequestError('Cannot specify options for a non-CUSTOM index');
  for (const reserved of ['class_name', 'target']) {
    if (options.has(reserved)) throw new InvalidRequestError(`Cannot specify ${reserved} as a CUSTOM option`);
  }
  return Object.fromEntries(options);
}

function findIndex(keyspace: KeyspaceMetadata, name: string): TableMetadata | undefined {
  return [...keyspace.tables.values()].find(({ indexes }) => indexes.has(name));
}

function availableName(keyspace: KeyspaceMetadata, base: string): string {
  for (let i = 0; ; i++) {
    const name = i === 0 ? `${base}_idx` : `${base}_idx_${i}`;
    if (findIndex(keyspace, name) === undefined) return name;
  }
}

/** What the index is on, the way it is shown: `values` for an unfrozen collection. */
function targetOf({ column: name, target }: IndexTargetDefinition, table: TableMetadata): { column: string; target: IndexTarget } {
  const column = columnOf(table, name);
  refuseDurations(column);
  const { type } = column;
  if (column.kind === 'partition_key' && table.partitionKey.length === 1) {
    throw new InvalidRequestError(`Cannot create secondary index on the only partition key column ${name}`);
  }
  const isCollection = type.kind === 'list' || type.kind === 'set' || type.kind === 'map';
  const isFrozenCollection = isCollection && type.frozen;
  if (target === 'full') {
    if (!isFrozenCollection) throw new InvalidRequestError('full() indexes can only be created on frozen collections');
    return { column: name, target };
  }
  const meant = target === 'simple' && isCollection ? 'values' : target;
  if (isFrozenCollection) {
    throw new InvalidRequestError(
      `Cannot create ${meant}() index on frozen column ${name}. Frozen collections are immutable and must be fully indexed by using the 'full(${name})' modifier`,
    );
  }
  if (!isCollection && meant !== 'simple') {
    throw new InvalidRequestError(`Cannot create ${meant}() index on ${name}. Non-collection columns only support simple indexes`);
  }
  if (type.kind === 'user' && isMultiCell(type)) throw new InvalidRequestError(`Cannot create index on non-frozen UDT column ${name}`);
  if ((meant === 'keys' || meant === 'entries') && type.kind !== 'map') throw new InvalidRequestError(`Cannot create index on ${meant} of column ${name} with non-map type`);
  return { column: name, target: meant };
}

function refuseDurations({ type }: ColumnMetadata): void {
  if (!holdsDuration(type)) return;
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map': throw new InvalidRequestError('Secondary indexes are not supported on collections containing durations');
    case 'tuple': throw new InvalidRequestError('Secondary indexes are not supported on tuples containing durations');
    case 'user': throw new InvalidRequestError('Secondary indexes are not supported on UDTs containing durations');
    case 'native':
    case 'vector': throw new InvalidRequestError('Secondary indexes are not supported on duration columns');
    default: assertNever(type);
  }
}

/** DROP INDEX. */
export function dropIndex(schema: Schema, { name: qualified, ifExists }: DropIndex, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  const { name } = qualified;
  authorize(schema, keyspaceName, 'ALTER', `keyspace ${keyspaceName}`);
  const keyspace = schema.keyspaces.get(keyspaceName);
  const table = keyspace === undefined ? undefined : findIndex(keyspace, name);
  if (keyspace === undefined || table === undefined) {
    if (ifExists) return unchanged(schema);
    // The last quote is the server's.
    throw new InvalidRequestError(`Index '${keyspaceName}.${name}' doesn't exist'`);
  }
  const indexes = new Map(table.indexes);
  indexes.delete(name);
  return changed(schema, withTable(keyspace, changeTable(table, { indexes })), { change: 'UPDATED', target: 'TABLE', keyspace: keyspaceName, name: table.name });
}
