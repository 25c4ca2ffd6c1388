/**
 * The log of commands that took long (`slowlog.c` of Redis 7.0). How long a command takes is told by the embedder's stopwatch;
 * without one every command takes no time.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';

/** One command. */
export interface SlowLogEntry {
  readonly id: number;
  /** Seconds since the Unix epoch. */
  readonly at: number;
  /** Microseconds. */
  readonly duration: number;
  readonly args: readonly Bytes[];
  readonly address: string;
  readonly name: Bytes;
}

const ARGS_MAX = 32;
const BYTES_MAX = 128;

/** Arguments as they are kept: not too many, not too long. */
function shortened(args: readonly Bytes[]): Bytes[] {
  const kept = args.length > ARGS_MAX ? args.slice(0, ARGS_MAX - 1) : args;
  const cut = kept.map((arg) => (arg.length > BYTES_MAX ? `${arg.slice(0, BYTES_MAX)}... (${arg.length - BYTES_MAX} more bytes)` : arg));
  return args.length > ARGS_MAX ? [...cut, `... (${args.length - ARGS_MAX + 1} more arguments)`] : cut;
}

/** The log. */
export class SlowLog {
  #entries: SlowLogEntry[] = [];
  #nextId = 0;

  /** The newest first. */
  get entries(): readonly SlowLogEntry[] {
    return this.#entries;
  }

  /** Notes a command. @param maxLength - `slowlog-max-len` */
  add(entry: Omit<SlowLogEntry, 'id'>, maxLength: number): void {
    this.#entries.unshift({ ...entry, args: shortened(entry.args), id: this.#nextId++ });
    this.trim(maxLength);
  }

  /** Forgets the oldest beyond so many. */
  trim(maxLength: number): void {
    if (this.#entries.length > maxLength) this.#entries.length = maxLength;
  }

  /** Forgets everything; ids go on. */
  clear(): void {
    this.#entries = [];
  }
}
