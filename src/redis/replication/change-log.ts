/**
 * The log of changes as a place to stand: how many bytes of changes there have been, and where in them each key was last
 * written. It is the same on every node that has applied the same changes, which is what histories tell versions by.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { keysOf } from '../command.ts';
import { COMMANDS } from '../commands/table.ts';
import type { KeyVersion } from '../deployment/messages.ts';

/** What the stream and the append-only file hold besides changes. */
const NOT_A_CHANGE = new Set(['SELECT', 'MULTI', 'EXEC', 'PING', 'REPLCONF', 'PUBLISH']);

/** The log of one node. */
export class ChangeLog {
  readonly #versions = new Map<string, number>();
  /** The count of bytes of all changes so far. */
  offset = 0;

  /** Counts a change of so many bytes, and stamps its keys with its position. */
  note(database: number, args: readonly Bytes[], length: number): void {
    this.offset += length;
    const command = COMMANDS.get((args[0] ?? '').toLowerCase());
    if (command === undefined) return;
    for (const key of keysOf(command, args)) this.#versions.set(`${database}:${key}`, this.offset);
  }

  /** Counts a command that came from the stream or the file, if it is a change. */
  noteReceived(database: number, args: readonly Bytes[], length: number): void {
    if (!NOT_A_CHANGE.has((args[0] ?? '').toUpperCase())) this.note(database, args, length);
  }

  /** Where a key was last written, or undefined. */
  versionOf(database: number, key: Bytes): number | undefined {
    return this.#versions.get(`${database}:${key}`);
  }

  /** The versions of all keys. */
  get versions(): readonly KeyVersion[] {
    return [...this.#versions];
  }

  /** Becomes that of another node. */
  adopt(offset: number, versions: readonly KeyVersion[]): void {
    this.#versions.clear();
    for (const [id, version] of versions) this.#versions.set(id, version);
    this.offset = offset;
  }
}
