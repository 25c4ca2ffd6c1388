/**
 * DESCRIBE (Apache Cassandra 5.0, `DescribeStatement`): the server's own answer, of which shells show the last column.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { DescribeStatement, DescribeTarget, QualifiedName } from '../cql/ast.ts';
import { InvalidRequestError } from '../errors.ts';
import { quoteName } from '../types/type-name.ts';
import { indexText, keyspaceText, tableText, typeText, viewText } from './create-text.ts';
import type { KeyspaceMetadata, TableMetadata } from './metadata.ts';
import type { Schema } from './schema.ts';
import { byName } from './table-builder.ts';

/** Names of columns and rows, all of text. */
export interface Description {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What DESCRIBE needs to know beside the schema. */
export interface DescribeContext {
  /** The keyspace in use. */
  readonly keyspace: string | undefined;
  readonly clusterName: string;
  /** Without its package. */
  readonly partitioner: string;
  /** Without its package; `DynamicEndpointSnitch` unless that is switched off. */
  readonly snitch: string;
}

const LIST = ['keyspace_name', 'type', 'name'] as const;
const DETAIL = ['keyspace_name', 'type', 'name', 'create_statement'] as const;

type Row = readonly [keyspace: string, type: string, name: string, create: string];

/** Answers. @throws {@link InvalidRequestError} for what is not there */
export function describe(schema: Schema, { target, withInternals }: DescribeStatement, context: DescribeContext): Description {
  switch (target.kind) {
    case 'cluster': return { columns: ['cluster', 'partitioner', 'snitch'], rows: [[context.clusterName, context.partitioner, context.snitch]] };
    case 'keyspaces': return { columns: LIST, rows: sortedKeyspaces(schema).map(({ name }) => [quoteName(name), 'keyspace', quoteName(name)]) };
    case 'tables': return listOf(schema, context, 'table', ({ tables }) => [...tables.values()]);
    case 'types': return listOf(schema, context, 'type', ({ types }) => [...types.values()]);
    case 'functions':
    case 'aggregates': return listOf(schema, context, target.kind, () => []);
    case 'schema':
    case 'keyspace':
    case 'any':
    case 'table':
    case 'view':
    case 'index':
    case 'type':
    case 'function':
    case 'aggregate': return { columns: DETAIL, rows: detailsOf(schema, target, withInternals, context) };
    default: return assertNever(target);
  }
}

function sortedKeyspaces(schema: Schema): KeyspaceMetadata[] {
  return [...schema.keyspaces.values()].sort(byName);
}

/** Of the keyspace in use, or of all. */
function listOf(schema: Schema, { keyspace }: DescribeContext, type: string, of: (keyspace: KeyspaceMetadata) => readonly { readonly name: string }[]): Description {
  const keyspaces = keyspace === undefined ? sortedKeyspaces(schema) : [requireKeyspace(schema, keyspace)];
  return { columns: LIST, rows: keyspaces.flatMap((owner) => [...of(owner)].sort(byName).map(({ name }) => [quoteName(owner.name), type, quoteName(name)])) };
}

function requireKeyspace(schema: Schema, name: string): KeyspaceMetadata {
  const keyspace = schema.keyspaces.get(name);
  if (keyspace === undefined) throw new InvalidRequestError(`'${name}' not found in keyspaces`);
  return keyspace;
}

function ownerOf(schema: Schema, name: QualifiedName, context: DescribeContext): KeyspaceMetadata {
  const keyspace = name.keyspace ?? context.keyspace;
  if (keyspace === undefined) throw new InvalidRequestError('No keyspace specified and no current keyspace');
  return requireKeyspace(schema, keyspace);
}

type DetailTarget = Exclude<DescribeTarget, { readonly kind: 'cluster' | 'keyspaces' | 'tables' | 'types' | 'functions' | 'aggregates' }>;

function detailsOf(schema: Schema, target: DetailTarget, withInternals: boolean, context: DescribeContext): readonly Row[] {
  switch (target.kind) {
    case 'schema': {
      const keyspaces = sortedKeyspaces(schema).filter(({ kind }) => target.full || kind === 'user');
      return keyspaces.flatMap((keyspace) => keyspaceRows(keyspace, false, withInternals));
    }
    case 'keyspace': return keyspaceRows(requireKeyspace(schema, keyspaceInUse(target.name, context)), target.only, withInternals);
    case 'any': return anyRows(schema, target.name, withInternals, context);
    case 'table': return tableRowsOrRefuse(ownerOf(schema, target.name, context), target.name.name, withInternals);
    case 'view': {
      const owner = ownerOf(schema, target.name, context);
      const view = owner.views.get(target.name.name);
      if (view === undefined) throw new InvalidRequestError(`Materialized view '${target.name.name}' not found in '${owner.name}'`);
      return [viewRow(view, withInternals)];
    }
    case 'index': {
      const owner = ownerOf(schema, target.name, context);
      const rows = indexRows(owner, target.name.name);
      if (rows.length === 0) throw new InvalidRequestError(`Table for existing index '${target.name.name}' not found in '${owner.name}'`);
      return rows;
    }
    case 'type': {
      const owner = ownerOf(schema, target.name, context);
      const type = owner.types.get(target.name.name);
      if (type === undefined) throw new InvalidRequestError(`User defined type '${target.name.name}' not found in '${owner.name}'`);
      return [[quoteName(owner.name), 'type', quoteName(type.name), typeText(type)]];
    }
    case 'function':
    case 'aggregate': throw new InvalidRequestError(`User defined ${target.kind} '${target.name.name}' not found in '${ownerOf(schema, target.name, context).name}'`);
    default: return assertNever(target);
  }
}

function keyspaceInUse(name: string | undefined, context: DescribeContext): string {
  const keyspace = name ?? context.keyspace;
  if (keyspace === undefined) throw new InvalidRequestError('No keyspace specified and no current keyspace');
  return keyspace;
}

function tableRowsOrRefuse(owner: KeyspaceMetadata, name: string, withInternals: boolean): readonly Row[] {
  const table = owner.tables.get(name);
  if (table === undefined) throw new InvalidRequestError(`Table '${name}' not found in keyspace '${owner.name}'`);
  return tableRows(owner, table, withInternals);
}

/** A keyspace's name, or a table's, view's or index's. */
function anyRows(schema: Schema, name: QualifiedName, withInternals: boolean, context: DescribeContext): readonly Row[] {
  const asKeyspace = name.keyspace === undefined ? schema.keyspaces.get(name.name) : undefined;
  if (asKeyspace !== undefined) return keyspaceRows(asKeyspace, false, withInternals);
  const keyspaceName = name.keyspace ?? context.keyspace;
  if (keyspaceName === undefined) throw new InvalidRequestError(`'${name.name}' not found in keyspaces`);
  const owner = requireKeyspace(schema, keyspaceName);
  const table = owner.tables.get(name.name);
  if (table !== undefined) return tableRows(owner, table, withInternals);
  const view = owner.views.get(name.name);
  if (view !== undefined) return [viewRow(view, withInternals)];
  const rows = indexRows(owner, name.name);
  if (rows.length === 0) throw new InvalidRequestError(`'${name.name}' not found in keyspace '${owner.name}'`);
  return rows;
}

function keyspaceRows(keyspace: KeyspaceMetadata, only: boolean, withInternals: boolean): readonly Row[] {
  const name = quoteName(keyspace.name);
  const create = keyspace.kind === 'virtual'
    ? `/*\nWarning: Keyspace ${name} is a virtual keyspace and cannot be recreated with CQL.\nStructure, for reference:\nVIRTUAL KEYSPACE ${name};\n*/`
    : keyspaceText(keyspace);
  const head: Row = [name, 'keyspace', name, create];
  if (only) return [head];
  return [
    head,
    ...typesInOrder(keyspace).map((type): Row => [name, 'type', quoteName(type.name), typeText(type)]),
    ...[...keyspace.tables.values()].sort(byName).flatMap((table) => [...tableRows(keyspace, table, withInternals), ...viewRows(keyspace, table, withInternals)]),
  ];
}

/** A type comes after those it is made of, else by name. */
function typesInOrder({ types }: KeyspaceMetadata): readonly (typeof types extends ReadonlyMap<string, infer Type> ? Type : never)[] {
  const left = [...types.values()].sort(byName);
  const ordered: typeof left = [];
  const placed = new Set<string>();
  const mentions = (value: unknown): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    const inner = Object.values(value).flatMap(mentions);
    return 'kind' in value && value.kind === 'user' && 'name' in value ? [String(value.name), ...inner] : inner;
  };
  while (left.length > 0) {
    const at = left.findIndex((type) => type.fields.every((field) => mentions(field.type).every((name) => placed.has(name))));
    const [next] = left.splice(Math.max(0, at), 1);
    if (next === undefined) break;
    ordered.push(next);
    placed.add(next.name);
  }
  return ordered;
}

/** A table with its indexes; its views are shown with their keyspace only. */
function tableRows(owner: KeyspaceMetadata, table: TableMetadata, withInternals: boolean): Row[] {
  return [
    [quoteName(owner.name), 'table', quoteName(table.name), tableText(table, withInternals, owner.kind === 'virtual')],
    ...[...table.indexes.values()].sort(byName).map((index): Row => [quoteName(owner.name), 'index', quoteName(index.name), indexText(table, index)]),
  ];
}

function viewRows({ views }: KeyspaceMetadata, table: TableMetadata, withInternals: boolean): Row[] {
  return [...views.values()].filter(({ view }) => view?.base === table.name).sort(byName).map((view) => [...viewRow(view, withInternals)]);
}

function viewRow(view: TableMetadata, withInternals: boolean): Row {
  return [quoteName(view.keyspace), 'materialized_view', quoteName(view.name), viewText(view, withInternals)];
}

function indexRows(owner: KeyspaceMetadata, name: string): Row[] {
  return [...owner.tables.values()].flatMap((table) => {
    const index = table.indexes.get(name);
    return index === undefined ? [] : [[quoteName(owner.name), 'index', quoteName(name), indexText(table, index)] as const];
  });
}
