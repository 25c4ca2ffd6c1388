/**
 * Connections that wait for a key, in the order of their arrival (`blocked.c` and `timeout.c` of 7.0).
 *
 * A key becomes ready when it is changed while somebody waits for it; the waiting are served once the command, transaction
 * or script that changed it is over. Who is served, and whether the key still holds what is wanted, is decided then.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import type { Command } from '../command.ts';
import type { Connection } from './connection.ts';
import type { Reply } from '../reply.ts';

/** What a connection waits for. */
export interface Wait {
  readonly connection: Connection;
  readonly command: Command;
  readonly database: number;
  readonly keys: readonly Bytes[];
  /** Milliseconds since the Unix epoch; undefined: for ever. */
  readonly deadline: number | undefined;
  /** Tries to answer from one key; undefined when the connection must go on waiting. An error may be thrown by `refuse`. */
  readonly serve: (call: Call, key: Bytes) => Reply | undefined;
  /** The answer when the time is up. */
  readonly timedOut: Reply;
}

/** A key that somebody waits for and that was changed. */
export interface ReadyKey {
  readonly database: number;
  readonly key: Bytes;
}

const idOf = (database: number, key: Bytes): string => `${database}:${key}`;

/** The waiting connections of one engine. */
export class BlockedConnections {
  readonly #byKey = new Map<string, Set<Wait>>();
  readonly #byConnection = new Map<Connection, Wait>();
  #ready = new Map<string, ReadyKey>();
  /** The earliest deadline, when it is known. */
  #earliest: number | undefined = undefined;
  #isEarliestKnown = true;

  /** How many wait. */
  get size(): number {
    return this.#byConnection.size;
  }

  /** What a connection waits for, if it does. */
  waitOf(connection: Connection): Wait | undefined {
    return this.#byConnection.get(connection);
  }

  /** Begins to wait, behind those who wait for the same keys already. */
  add(wait: Wait): void {
    this.#byConnection.set(wait.connection, wait);
    if (wait.deadline !== undefined && (this.#earliest === undefined || wait.deadline < this.#earliest)) this.#earliest = wait.deadline;
    for (const key of wait.keys) {
      const id = idOf(wait.database, key);
      const waits = this.#byKey.get(id);
      if (waits === undefined) this.#byKey.set(id, new Set([wait]));
      else waits.add(wait);
    }
  }

  /** Ends a connection's wait. @returns what it was */
  remove(connection: Connection): Wait | undefined {
    const wait = this.#byConnection.get(connection);
    if (wait === undefined) return undefined;
    this.#byConnection.delete(connection);
    if (wait.deadline !== undefined && wait.deadline === this.#earliest) this.#isEarliestKnown = false;
    for (const key of wait.keys) {
      const id = idOf(wait.database, key);
      const waits = this.#byKey.get(id);
      waits?.delete(wait);
      if (waits?.size === 0) this.#byKey.delete(id);
    }
    return wait;
  }

  /** A key was changed. */
  touched(database: number, key: Bytes): void {
    if (this.#byKey.size === 0) return;
    const id = idOf(database, key);
    if (this.#byKey.has(id)) this.#ready.set(id, { database, key });
  }

  /** A key was changed in a way that wakes nobody: unless it was ready before, it is not. */
  overwritten(database: number, key: Bytes, change: () => void): void {
    const id = idOf(database, key);
    const wasReady = this.#ready.has(id);
    change();
    if (!wasReady) this.#ready.delete(id);
  }

  /** Every key of a database that somebody waits for may have changed. */
  touchedAll(database: number): void {
    for (const wait of this.#byConnection.values()) {
      if (wait.database === database) for (const key of wait.keys) this.touched(database, key);
    }
  }

  /** The keys that became ready, in that order; they are not ready any more. */
  takeReady(): readonly ReadyKey[] {
    if (this.#ready.size === 0) return [];
    const ready = [...this.#ready.values()];
    this.#ready = new Map();
    return ready;
  }

  /** Whether some key is ready. */
  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** Who waits for a key, the longest waiting first. It may be changed while it is walked. */
  waitingFor(database: number, key: Bytes): Iterable<Wait> {
    return this.#byKey.get(idOf(database, key)) ?? [];
  }

  /** The earliest deadline, or undefined when nobody waits for a limited time. */
  get nextDeadline(): number | undefined {
    if (!this.#isEarliestKnown) {
      this.#earliest = undefined;
      for (const { deadline } of this.#byConnection.values()) {
        if (deadline !== undefined && (this.#earliest === undefined || deadline < this.#earliest)) this.#earliest = deadline;
      }
      this.#isEarliestKnown = true;
    }
    return this.#earliest;
  }

  /** Whose time is up, the earliest deadline first. */
  due(now: number): readonly Wait[] {
    const next = this.nextDeadline;
    if (next === undefined || next > now) return [];
    return [...this.#byConnection.values()].filter(({ deadline }) => deadline !== undefined && deadline <= now)
      .sort((a, b) => (a.deadline ?? 0) - (b.deadline ?? 0));
  }

  /** Everyone who waits, in the order of arrival. */
  all(): readonly Wait[] {
    return [...this.#byConnection.values()];
  }
}
