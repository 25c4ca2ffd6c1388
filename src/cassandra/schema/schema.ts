/**
 * All that a cluster knows of its keyspaces and tables, as one value that never changes: a change makes another, and nodes
 * that hold the same changes hold the same version.
 *
 * @module
 */
import { InvalidRequestError } from '../errors.ts';
import type { KeyspaceMetadata, TableMetadata } from './metadata.ts';
import { systemKeyspaces } from './system-keyspaces.ts';
import { byName, uuidOf } from './table-builder.ts';

/** A cluster's schema. */
export class Schema {
  /** Every keyspace by name, the system's own too. */
  readonly keyspaces: ReadonlyMap<string, KeyspaceMetadata>;
  /** A UUID: the same for the same history. */
  readonly version: string;
  /** How many tables of a name there have been, for the ids of those to come. */
  readonly #generations: ReadonlyMap<string, number>;
  readonly #byId = new Map<string, TableMetadata>();

  private constructor(keyspaces: ReadonlyMap<string, KeyspaceMetadata>, version: string, generations: ReadonlyMap<string, number>) {
    this.keyspaces = keyspaces;
    this.version = version;
    this.#generations = generations;
    for (const { tables, views } of keyspaces.values()) {
      for (const table of tables.values()) this.#byId.set(table.id, table);
      for (const view of views.values()) this.#byId.set(view.id, view);
    }
  }

  /** The schema of a cluster that nobody has touched: the system's keyspaces. */
  static initial(): Schema {
    return new Schema(systemKeyspaces(), uuidOf('schema'), new Map());
  }

  /** The keyspaces that users made, by name. */
  get userKeyspaces(): readonly KeyspaceMetadata[] {
    return [...this.keyspaces.values()].filter(({ kind }) => kind === 'user').sort(byName);
  }

  /** A table or view. @throws {@link InvalidRequestError} when it or its keyspace is not there, as statements word it */
  table(keyspace: string, name: string): TableMetadata {
    const owner = this.keyspaces.get(keyspace);
    if (owner === undefined) throw new InvalidRequestError(`keyspace ${keyspace} does not exist`);
    const table = owner.tables.get(name) ?? owner.views.get(name);
    if (table === undefined) throw new InvalidRequestError(`table ${name} does not exist`);
    return table;
  }

  /** A table or view, if it is there. */
  findTable(keyspace: string, name: string): TableMetadata | undefined {
    const owner = this.keyspaces.get(keyspace);
    return owner?.tables.get(name) ?? owner?.views.get(name);
  }

  /** A table or view by its id. */
  tableById(id: string): TableMetadata | undefined {
    return this.#byId.get(id);
  }

  /** Every table and view, the system's too. */
  tables(): IterableIterator<TableMetadata> {
    return this.#byId.values();
  }

  /** The views of a table. */
  viewsOf(table: TableMetadata): readonly TableMetadata[] {
    const views = this.keyspaces.get(table.keyspace)?.views.values() ?? [];
    return [...views].filter(({ view }) => view?.base === table.name);
  }

  /** The id of the next table of a name. */
  nextTableId(keyspace: string, name: string): string {
    const full = `${keyspace}.${name}`;
    const generation = this.#generations.get(full) ?? 0;
    return generation === 0 ? full : `${full}.${generation + 1}`;
  }

  /**
   * The schema with a keyspace in place of the one of its name.
   *
   * @param change - a text that tells this change from others: the version is made of it
   */
  with(keyspace: KeyspaceMetadata, change: string): Schema {
    const keyspaces = new Map(this.keyspaces).set(keyspace.name, keyspace);
    const generations = new Map(this.#generations);
    for (const table of [...keyspace.tables.values(), ...keyspace.views.values()]) {
      if (this.#byId.has(table.id)) continue;
      const full = `${table.keyspace}.${table.name}`;
      generations.set(full, (generations.get(full) ?? 0) + 1);
    }
    return new Schema(keyspaces, uuidOf(`${this.version} ${change}`), generations);
  }

  /** The schema without a keyspace. */
  without(name: string): Schema {
    const keyspaces = new Map(this.keyspaces);
    keyspaces.delete(name);
    return new Schema(keyspaces, uuidOf(`${this.version} DROP KEYSPACE ${name}`), this.#generations);
  }
}
