/**
 * CREATE, ALTER and DROP TYPE (Apache Cassandra 5.0: `CreateTypeStatement`, `AlterTypeStatement`, `DropTypeStatement`). A type
 * stands in the types and columns that use it as a whole, so a change of it is made in each of them.
 *
 * @module
 */
import type { RawType, SchemaStatement, TypeAlteration } from '../cql/ast.ts';
import { resolveType } from '../cql/term/resolve-type.ts';
import { InvalidRequestError } from '../errors.ts';
import type { DataType } from '../types/data-type.ts';
import { frozen, typeName } from '../types/type-name.ts';
import { authorize, changed, keyspaceNameOf, requireKeyspace, unchanged, type SchemaChange, type SchemaContext } from './change.ts';
import { isCounter } from './create-table.ts';
import type { KeyspaceMetadata, TableMetadata, UserType } from './metadata.ts';
import type { Schema } from './schema.ts';
import { changeTable } from './table-builder.ts';

type CreateType = SchemaStatement & { readonly kind: 'createType' };
type AlterType = SchemaStatement & { readonly kind: 'alterType' };
type DropType = SchemaStatement & { readonly kind: 'dropType' };

/** CREATE TYPE. */
export function createType(schema: Schema, { name: qualified, ifNotExists, fields }: CreateType, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  const { name } = qualified;
  authorize(schema, keyspaceName, 'CREATE', `keyspace ${keyspaceName}`);
  const keyspace = requireKeyspace(schema, keyspaceName);
  if (keyspace.types.has(name)) {
    if (ifNotExists) return unchanged(schema);
    throw new InvalidRequestError(`A user type with name '${name}' already exists`);
  }
  const names = fields.map(([field]) => field);
  const twice = names.find((field, i) => names.indexOf(field) !== i);
  if (twice !== undefined) throw new InvalidRequestError(`Duplicate field name '${twice}' in type '${name}'`);
  for (const [, raw] of fields) checkFieldType(raw);
  const type: UserType = {
    kind: 'user', keyspace: keyspaceName, name, frozen: false, fields: fields.map(([field, raw]) => ({ name: field, type: resolve(raw, keyspace) })),
  };
  return changed(schema, withType(keyspace, type), { change: 'CREATED', target: 'TYPE', keyspace: keyspaceName, name });
}

function resolve(raw: RawType, keyspace: KeyspaceMetadata): DataType {
  return resolveType(raw, keyspace.name, (_, name) => keyspace.types.get(name));
}

function checkFieldType(raw: RawType): void {
  if (raw.kind === 'native' && raw.name === 'counter') throw new InvalidRequestError('A user type cannot contain counters');
  if (raw.kind === 'user') throw new InvalidRequestError('A user type cannot contain non-frozen UDTs');
}

function withType(keyspace: KeyspaceMetadata, type: UserType): KeyspaceMetadata {
  return { ...keyspace, types: new Map(keyspace.types).set(type.name, type) };
}

/** ALTER TYPE. */
export function alterType(schema: Schema, { name: qualified, ifExists, alteration }: AlterType, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  authorize(schema, keyspaceName, 'ALTER', `keyspace ${keyspaceName}`);
  const keyspace = schema.keyspaces.get(keyspaceName);
  const type = keyspace?.types.get(qualified.name);
  if (keyspace === undefined || type === undefined) {
    if (ifExists) return unchanged(schema);
    throw new InvalidRequestError(`Type ${keyspaceName}.${qualified.name} doesn't exist`);
  }
  const altered = alteredType(keyspace, type, alteration);
  if (altered === type) return unchanged(schema);
  return changed(schema, replaceType(keyspace, altered), { change: 'UPDATED', target: 'TYPE', keyspace: keyspaceName, name: type.name });
}

function alteredType(keyspace: KeyspaceMetadata, type: UserType, alteration: TypeAlteration): UserType {
  const full = `${type.keyspace}.${type.name}`;
  switch (alteration.kind) {
    case 'type': throw new InvalidRequestError('Altering field types is no longer supported');
    case 'add': {
      const { field, type: raw } = alteration;
      if (type.fields.some(({ name }) => name === field)) {
        if (alteration.ifNotExists) return type;
        throw new InvalidRequestError(`Cannot add field ${field} to type ${full}: a field with name ${field} already exists`);
      }
      checkFieldType(raw);
      const added = resolve(raw, keyspace);
      if (isCounter(added)) throw new InvalidRequestError('A user type cannot contain counters');
      const named = added.kind === 'user' ? `frozen<${added.keyspace}.${added.name}>` : typeName(added);
      if (uses(added, type.name)) {
        throw new InvalidRequestError(`Cannot add new field ${field} of type ${named} to user type ${full} as it would create a circular reference`);
      }
      // The keys that exist would be other bytes, at other places on the ring.
      const keyed = [...keyspace.tables.values()].filter(({ partitionKey }) => partitionKey.some((column) => uses(column.type, type.name)));
      if (keyed.length > 0) {
        const tables = keyed.map(({ name }) => `${type.keyspace}.${name}`).join(', ');
        throw new InvalidRequestError(`Cannot add new field ${field} of type ${named} to user type ${full} as the type is being used in partition key by the following tables: ${tables}`);
      }
      return { ...type, fields: [...type.fields, { name: field, type: added }] };
    }
    case 'rename': return renameFields(type, alteration);
  }
}

/** All names are looked up among the old ones. */
function renameFields(type: UserType, { fields, ifExists }: TypeAlteration & { readonly kind: 'rename' }): UserType {
  const names = type.fields.map(({ name }) => name);
  for (const [from, to] of fields) {
    const at = type.fields.findIndex(({ name }) => name === from);
    if (at >= 0) names[at] = to;
    else if (!ifExists) throw new InvalidRequestError(`Unkown field ${from} in user type ${type.keyspace}.${type.name}`);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  // The server names the keyspace where it means the type.
  if (twice !== undefined) throw new InvalidRequestError(`Duplicate field name ${twice} in type ${type.keyspace}`);
  return { ...type, fields: type.fields.map((field, i) => ({ ...field, name: names[i] ?? field.name })) };
}

/** Whether a type is, or has within it, the user type of that name. */
export function uses(type: DataType, name: string): boolean {
  switch (type.kind) {
    case 'native': return false;
    case 'list':
    case 'set':
    case 'vector': return uses(type.element, name);
    case 'map': return uses(type.key, name) || uses(type.value, name);
    case 'tuple': return type.elements.some((element) => uses(element, name));
    case 'user': return type.name === name || type.fields.some((field) => uses(field.type, name));
  }
}

function replaceIn(type: DataType, by: UserType): DataType {
  switch (type.kind) {
    case 'native': return type;
    case 'list':
    case 'set':
    case 'vector': return { ...type, element: replaceIn(type.element, by) };
    case 'map': return { ...type, key: replaceIn(type.key, by), value: replaceIn(type.value, by) };
    case 'tuple': return { ...type, elements: type.elements.map((element) => replaceIn(element, by)) };
    case 'user': {
      if (type.name === by.name) return type.frozen ? frozen(by) : by;
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: replaceIn(field.type, by) })) };
    }
  }
}

function replaceType(keyspace: KeyspaceMetadata, by: UserType): KeyspaceMetadata {
  const types = new Map([...keyspace.types].map(([name, type]): [string, UserType] => [name, replaceIn(type, by) as UserType]));
  const tables = (all: ReadonlyMap<string, TableMetadata>) => new Map([...all].map(([name, table]): [string, TableMetadata] => [name, inTable(table, by)]));
  return { ...keyspace, types, tables: tables(keyspace.tables), views: tables(keyspace.views) };
}

function inTable(table: TableMetadata, by: UserType): TableMetadata {
  const columns = [...table.columns.values()];
  if (!columns.some(({ type }) => uses(type, by.name))) return table;
  return changeTable(table, { columns: columns.map((column) => ({ ...column, type: replaceIn(column.type, by) })) });
}

/** DROP TYPE. */
export function dropType(schema: Schema, { name: qualified, ifExists }: DropType, context: SchemaContext): SchemaChange {
  const keyspaceName = keyspaceNameOf(qualified, context);
  const { name } = qualified;
  authorize(schema, keyspaceName, 'DROP', `keyspace ${keyspaceName}`);
  const keyspace = schema.keyspaces.get(keyspaceName);
  if (keyspace === undefined || !keyspace.types.has(name)) {
    if (ifExists) return unchanged(schema);
    throw new InvalidRequestError(`Type '${keyspaceName}.${name}' doesn't exist`);
  }
  const refuse = (kind: string, users: readonly string[]) => {
    if (users.length > 0) throw new InvalidRequestError(`Cannot drop user type '${keyspaceName}.${name}' as it is still used by ${kind} ${[...users].sort().join(', ')}`);
  };
  refuse('user types', [...keyspace.types.values()].filter((type) => type.name !== name && uses(type, name)).map((type) => type.name));
  refuse('tables', [...keyspace.tables.values()].filter(({ columns }) => [...columns.values()].some(({ type }) => uses(type, name))).map((table) => table.name));
  const types = new Map(keyspace.types);
  types.delete(name);
  return changed(schema, { ...keyspace, types }, { change: 'DROPPED', target: 'TYPE', keyspace: keyspaceName, name });
}
