/**
 * What all schema changes share: what they need to know, what they answer, who may change what.
 *
 * @module
 */
import type { QualifiedName } from '../cql/ast.ts';
import { InvalidRequestError, UnauthorizedError } from '../errors.ts';
import type { KeyspaceMetadata, TableMetadata } from './metadata.ts';
import type { Schema } from './schema.ts';

/** What a change needs to know beside the schema. */
export interface SchemaContext {
  /** The keyspace in use. */
  readonly keyspace: string | undefined;
  /** How many nodes each datacentre has. */
  readonly datacenters: ReadonlyMap<string, number>;
  /** Microseconds since the Unix epoch: the time of dropping. */
  readonly now: number;
  /** `materialized_views_enabled` of cassandra.yaml; false by default. */
  readonly materializedViewsEnabled: boolean;
  /** How new tables tell the larger of two values with one timestamp; `unsigned` when left out. */
  readonly valueTieBreak?: 'unsigned' | 'signed';
}

/** What the protocol tells clients of a change (SCHEMA_CHANGE). */
export interface SchemaEvent {
  readonly change: 'CREATED' | 'UPDATED' | 'DROPPED';
  readonly target: 'KEYSPACE' | 'TABLE' | 'TYPE' | 'FUNCTION' | 'AGGREGATE';
  readonly keyspace: string;
  /** Of the table or type. */
  readonly name: string | undefined;
}

/** What became of a change. */
export interface SchemaChange {
  readonly schema: Schema;
  /** Undefined when there was nothing to do. */
  readonly event: SchemaEvent | undefined;
  readonly warnings: readonly string[];
}

/** Nothing was to be done. */
export function unchanged(schema: Schema): SchemaChange {
  return { schema, event: undefined, warnings: [] };
}

/** A change of a keyspace's content. */
export function changed(schema: Schema, keyspace: KeyspaceMetadata, event: SchemaEvent, warnings: readonly string[] = []): SchemaChange {
  return { schema: schema.with(keyspace, `${event.change} ${event.target} ${event.keyspace}.${event.name ?? ''} ${fingerprint(keyspace)}`), event, warnings };
}

/** Tells versions of a keyspace apart. */
function fingerprint({ replication, durableWrites, tables, views, types }: KeyspaceMetadata): string {
  return JSON.stringify([replication, durableWrites, [...tables.values(), ...views.values()].map(({ id, columns, options, indexes }) => [id, [...columns.values()], options, [...indexes.values()]]), [...types.values()]]);
}

/** The keyspace that a name is in: its own, or the one in use. @throws {@link InvalidRequestError} when there is neither */
export function keyspaceNameOf(name: QualifiedName, context: Pick<SchemaContext, 'keyspace'>): string {
  const keyspace = name.keyspace ?? context.keyspace;
  if (keyspace === undefined) throw new InvalidRequestError('No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename');
  return keyspace;
}

/** A keyspace, if it is there. */
export function requireKeyspace(schema: Schema, name: string): KeyspaceMetadata {
  const keyspace = schema.keyspaces.get(name);
  if (keyspace === undefined) throw new InvalidRequestError(`Keyspace '${name}' doesn't exist`);
  return keyspace;
}

/** Whoever is not logged in may change no keyspace of the system's. @param resource - as the refusal names it */
export function authorize(schema: Schema, keyspace: string, verb: 'CREATE' | 'ALTER' | 'DROP', resource: string): void {
  const kind = schema.keyspaces.get(keyspace)?.kind;
  if (kind === 'local' || kind === 'virtual') throw new UnauthorizedError(`${keyspace} keyspace is not user-modifiable.`);
  if (kind === 'distributed' && verb !== 'ALTER') throw new UnauthorizedError(`Cannot ${verb} <${resource}>`);
}

/** A keyspace with a table in place of the one of its name. */
export function withTable(keyspace: KeyspaceMetadata, table: TableMetadata): KeyspaceMetadata {
  return { ...keyspace, tables: new Map(keyspace.tables).set(table.name, table) };
}

/** A keyspace without some of its tables and views. */
export function withoutTable(keyspace: KeyspaceMetadata, name: string): KeyspaceMetadata {
  const tables = new Map(keyspace.tables);
  const views = new Map(keyspace.views);
  tables.delete(name);
  views.delete(name);
  return { ...keyspace, tables, views };
}
