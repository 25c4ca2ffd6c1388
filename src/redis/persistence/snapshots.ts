/**
 * `SAVE`, `BGSAVE` and the save points: when a snapshot was made, and how much has changed since (`rdb.c` of 7.0).
 *
 * A snapshot in the background is made at once: the dataset of one instant, as a child process would write it. Where the file goes
 * is the embedder's affair; an engine on its own keeps it in memory.
 *
 * @module
 */
import { isTooLong, type Bytes } from '../bytes/bytes.ts';
import type { Engine } from '../engine.ts';
import { writeRdb } from './rdb-file.ts';

/** Where snapshots go. */
export interface SnapshotStore {
  /** Writes the file. @returns whether that worked */
  write(bytes: Bytes): boolean;
  /** The file, if there is one. */
  read(): Bytes | undefined;
}

/** A store in memory. */
export function memorySnapshotStore(): SnapshotStore {
  let file: Bytes | undefined;
  return {
    write: (bytes) => {
      file = bytes;
      return true;
    },
    read: () => file,
  };
}

/** After a failure, the next automatic attempt is this many seconds later. */
const RETRY_SECONDS = 5;

/** The snapshots of one engine. */
export class Snapshots {
  /** Changes since the last snapshot. */
  dirty = 0;
  /** When the last one was made, in milliseconds since the Unix epoch. */
  savedAt: number;
  /** `rdb_last_bgsave_status` */
  lastFailed = false;
  /** How many there were. */
  count = 0;
  #triedAt: number;
  readonly #engine: Engine;
  readonly #store: SnapshotStore;

  /** @param now - when the server started, which counts as saved */
  constructor(engine: Engine, store: SnapshotStore, now: number) {
    this.#engine = engine;
    this.#store = store;
    this.savedAt = now;
    this.#triedAt = now;
  }

  /** Makes a snapshot. @returns why not, if it failed */
  save(): string | undefined {
    const { engine } = { engine: this.#engine };
    this.#triedAt = engine.now;
    try {
      this.lastFailed = !this.#store.write(writeRdb(engine, { functions: engine.functionSources() }));
    } catch (error) {
      if (!isTooLong(error)) throw error;
      this.lastFailed = true;
      return 'the dataset is too large for one file';
    }
    if (this.lastFailed) return 'the disk is full';
    this.dirty = 0;
    this.savedAt = engine.now;
    this.count++;
    return undefined;
  }

  /** The last snapshot's file. */
  read(): Bytes | undefined {
    return this.#store.read();
  }

  /** Makes a snapshot if one of the save points has been reached. Called some times a second. */
  saveIfDue(now: number): void {
    if (this.dirty === 0) return;
    if (this.lastFailed && now - this.#triedAt <= RETRY_SECONDS * 1000) return;
    const words = this.#engine.configuration.value('save').split(' ').map(Number);
    for (let i = 0; i + 1 < words.length; i += 2) {
      const [seconds = 0, changes = 0] = [words[i], words[i + 1]];
      if (this.dirty >= changes && now - this.savedAt > seconds * 1000) {
        this.save();
        return;
      }
    }
  }

  /** The lines of `INFO persistence`. */
  info(): readonly string[] {
    return [
      `rdb_changes_since_last_save:${this.dirty}`, 'rdb_bgsave_in_progress:0', `rdb_last_save_time:${Math.floor(this.savedAt / 1000)}`,
      `rdb_last_bgsave_status:${this.lastFailed ? 'err' : 'ok'}`, `rdb_last_bgsave_time_sec:${this.count === 0 ? -1 : 0}`, 'rdb_current_bgsave_time_sec:-1',
      `rdb_saves:${this.count}`, 'rdb_last_cow_size:0', 'rdb_last_load_keys_expired:0', 'rdb_last_load_keys_loaded:0',
    ];
  }
}
