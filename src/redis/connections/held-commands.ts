/**
 * Commands that a fault makes late: they wait, and nobody but their own connection waits with them. In the end they are
 * executed, or the reply that they have had since long is let out.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Connection } from './connection.ts';
import type { Reply } from '../reply.ts';

/** One of them. */
export interface HeldCommand {
  readonly connection: Connection;
  /** When it is let go, in milliseconds since the Unix epoch. */
  readonly until: number;
  readonly args: readonly Bytes[];
  /** Its reply, when it has been executed already. */
  readonly reply: Reply | undefined;
  /** Since when it has been at it, when its time is its own: that of `DEBUG SLEEP`. */
  readonly since?: number;
}

/** Those of one engine, at most one for each connection. */
export class HeldCommands {
  readonly #held = new Map<Connection, HeldCommand>();

  /** How many there are. */
  get size(): number {
    return this.#held.size;
  }

  /** Keeps one. */
  hold(command: HeldCommand): void {
    this.#held.set(command.connection, command);
  }

  /** The one of a connection. */
  of(connection: Connection): HeldCommand | undefined {
    return this.#held.get(connection);
  }

  /** Forgets the one of a connection, which is gone. */
  forget(connection: Connection): void {
    this.#held.delete(connection);
  }

  /** When the next one is let go, or undefined. */
  get nextDeadline(): number | undefined {
    let next: number | undefined;
    for (const { until } of this.#held.values()) next = next === undefined || until < next ? until : next;
    return next;
  }

  /** Lets go those whose time has come, in that order. */
  takeDue(now: number): readonly HeldCommand[] {
    const due = [...this.#held.values()].filter(({ until }) => until <= now).sort((a, b) => a.until - b.until);
    for (const { connection } of due) this.#held.delete(connection);
    return due;
  }
}
