/**
 * `WATCH`: which connections look at which keys.
 *
 * A watched key that expires breaks the watch only if it had not yet expired when the watch began (Redis 6.0.9 and later).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Connection, WatchedKey } from '../connections/connection.ts';
import type { Database } from './keyspace.ts';

/** The watches of one engine. */
export class Watches {
  readonly #engine: { database(number: number): Database };
  readonly #watchers = new Map<string, Set<Connection>>();

  /** None. */
  constructor(engine: { database(number: number): Database }) {
    this.#engine = engine;
  }

  /** Begins to watch a key. */
  add(connection: Connection, database: number, key: Bytes): void {
    if (connection.watched.some((other) => other.database === database && other.key === key)) return;
    connection.watched.push({ database, key, wasExpired: this.#engine.database(database).isExpired(key), wasStored: this.#engine.database(database).isStored(key) });
    const id = `${database}:${key}`;
    const watchers = this.#watchers.get(id);
    if (watchers === undefined) this.#watchers.set(id, new Set([connection]));
    else watchers.add(connection);
  }

  /** Ends all watches of a connection. */
  forget(connection: Connection): void {
    connection.watchBroken = false;
    for (const { database, key } of connection.watched.splice(0)) {
      const id = `${database}:${key}`;
      const watchers = this.#watchers.get(id);
      watchers?.delete(connection);
      if (watchers?.size === 0) this.#watchers.delete(id);
    }
  }

  /** A key was changed. */
  touched(database: number, key: Bytes): void {
    if (this.#watchers.size === 0) return;
    const watchers = this.#watchers.get(`${database}:${key}`);
    if (watchers === undefined) return;
    for (const connection of watchers) {
      const watch = connection.watched.find((other) => other.database === database && other.key === key);
      if (watch !== undefined && this.#isNoChange(watch)) continue;
      connection.watchBroken = true;
    }
  }

  /** The removal of a key that had expired already is no change, nor is its replacement by another such, nor one where none was. */
  #isNoChange(watch: WatchedKey): boolean {
    const database = this.#engine.database(watch.database);
    if (!database.isStored(watch.key)) {
      const { wasExpired } = watch;
      watch.wasExpired = false;
      watch.wasStored = false;
      return wasExpired;
    }
    if (!database.isExpired(watch.key) || (watch.wasStored && !watch.wasExpired)) return false;
    watch.wasExpired = true;
    return true;
  }

  /** Whether a watched key has changed, or expired since. */
  isBroken(connection: Connection): boolean {
    return connection.watchBroken
      || connection.watched.some(({ database, key, wasExpired }) => !wasExpired && this.#engine.database(database).isExpired(key));
  }
}
