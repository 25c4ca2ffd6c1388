/**
 * `CLIENT PAUSE`: for a time commands, or those that may write, are put off. Whoever sent one waits, and in the end it is
 * executed as if it had only then come (`pauseClients` of Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { CommandFlag } from '../command.ts';
import type { Connection } from './connection.ts';

/** What is put off. */
export type PauseKind = 'write' | 'all';

/** A command that was put off. */
export interface PostponedCommand {
  readonly connection: Connection;
  readonly args: readonly Bytes[];
}

/** Whether a command with such flags may change something, at home or elsewhere. */
export function mayReplicate(flags: readonly CommandFlag[]): boolean {
  return flags.includes('write') || flags.includes('may_replicate');
}

/** The pause of one engine. */
export class Pause {
  #kind: PauseKind | undefined = undefined;
  #until = 0;
  readonly #postponed = new Map<Connection, PostponedCommand>();

  /** What is put off at present; undefined: nothing. */
  get kind(): PauseKind | undefined {
    return this.#kind;
  }

  /** How many commands wait for the end. */
  get size(): number {
    return this.#postponed.size;
  }

  /** When it ends, in milliseconds since the Unix epoch; undefined when nothing is paused. */
  get deadline(): number | undefined {
    return this.#kind === undefined ? undefined : this.#until;
  }

  /** Begins, or goes on with another end. */
  begin(kind: PauseKind, until: number): void {
    this.#kind = kind;
    this.#until = until;
  }

  /** Whether a command of a connection was put off. */
  has(connection: Connection): boolean {
    return this.#postponed.has(connection);
  }

  /** Puts a command off. */
  postpone(command: PostponedCommand): void {
    this.#postponed.set(command.connection, command);
  }

  /** Forgets the command of a connection, which is gone. */
  forget(connection: Connection): void {
    this.#postponed.delete(connection);
  }

  /** Ends. @returns the commands to be executed now, in the order in which they came */
  end(): readonly PostponedCommand[] {
    this.#kind = undefined;
    return this.takePostponed();
  }

  /** Takes the commands out, though the pause goes on: some may be put off again. */
  takePostponed(): readonly PostponedCommand[] {
    const postponed = [...this.#postponed.values()];
    this.#postponed.clear();
    return postponed;
  }
}
