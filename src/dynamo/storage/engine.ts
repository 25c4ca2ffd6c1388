/**
 * The seam between a node's objects and its disk (the paper's "pluggable persistence engine", section 5): an engine keeps records
 * in order and gives them back at a start; what they say is not its business. Applied in the order in which they were
 * appended, the records must come to the same objects.
 *
 * @module
 */
import type { Disk, RecordBytes } from '../../kernel/disk.ts';
import type { Timer } from '../../kernel/node.ts';

/** What an engine does for one incarnation of a node. */
export interface StorageEngine {
  /**
   * Reads what survived, in order; what a crash has torn is left out. Called once, before anything else.
   *
   * @param each - is given each record: as it was appended, where the disk still has it as that, else its payload as text
   */
  load(each: (record: RecordBytes) => void): void;
  /** Keeps a framed record, volatile until the next {@link sync}. False when the disk is full, and then nothing was kept. */
  append(record: RecordBytes): boolean;
  /** Makes durable what was appended so far; the timer comes back when it is. */
  sync(timer?: Timer): void;
}

/** Makes the engine of an incarnation. @param live - the framed records of all objects as they are now, for a compaction */
export type EngineFactory = (disk: Disk, live: () => Iterable<RecordBytes>) => StorageEngine;
