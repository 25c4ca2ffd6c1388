/**
 * placeholder
 * @module
 */
import type { Timer } from './node.ts';
import type { ByteCount } from './units.ts';

/** The outcome of a write: `full` when the disk has no room (ENOSPC) and nothing was written. */
export type WriteOutcome = 'ok' | 'full';

/**
 * A node's disk: named files of bytes, each byte one code unit below 256 of a string. What is written is volatile until a
 * `sync` of that file has finished; at a crash a prefix of the volatile writes survives and the last may be torn.
 */
export interface Disk {
  /** Adds a record at the end of a file, which it creates. One call is one write: the unit that survives, tears or is lost. */
  append(file: string, bytes: string): WriteOutcome;
  /** Replaces a file as a whole, as write-to-temporary-and-rename does: after a crash it is the old or the new, never a mix. */
  replace(file: string, bytes: string): WriteOutcome;
  /** The whole content as this incarnation sees it, or undefined when there is no such file. */
  read(file: string): string | undefined;
  /** Cuts a file to a length in bytes. */
  truncate(file: string, length: ByteCount): void;
  /** Removes a file. */
  remove(file: string): void;
  /** The names of all files, sorted by code unit. */
  list(): readonly string[];
  /** Size of a file in bytes, 0 when absent. */
  size(file: string): ByteCount;
  /**
   * Makes what was written to the file so far durable. It takes time; when it is done the machine gets `timer` through
   * `onTimer`. A disk that lies calls back all the same.
   */
  sync(file: string, timer?: Timer): void;
}
