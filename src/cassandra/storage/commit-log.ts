/**
 * The commit log: every mutation is appended before it is applied, and read again at a restart. When a write is acknowledged
 * against when the disk has it is the sync mode (cassandra.yaml of 4.1, `commitlog_sync`):
 *
 * - `periodic` (default): acknowledged at once, synced every 10 s. A process that dies loses nothing, since the page cache
 *   lives on; a power failure loses up to 10 s of acknowledged writes.
 * - `batch`: acknowledged after the sync that follows the write. Loses nothing.
 * - `group`: synced every second if something waits, acknowledged then. Loses nothing.
 *
 * Segments of 32 MiB are dropped when all they hold has reached sorted runs. Left out: archiving, compression, change data
 * capture, and the back-pressure of a periodic sync that is late.
 *
 * @module
 */
import type { Disk } from '../../kernel/disk.ts';
import type { Host, Timer } from '../../kernel/node.ts';
import type { Micros } from '../../kernel/units.ts';
import { readRecords } from '../../distributed/record-log.ts';

/** When the log is synced, and thereby when a write is acknowledged. */
export type CommitLogSync = 'periodic' | 'batch' | 'group';

/** Settings of the log. */
export interface CommitLogOptions {
  readonly sync: CommitLogSync;
  /** `commitlog_sync_period`, for `periodic`. */
  readonly period: Micros;
  /** `commitlog_sync_group_window`, for `group`. */
  readonly groupWindow: Micros;
  /** `commitlog_segment_size`, in bytes. */
  readonly segmentSize: number;
}

interface Segment {
  readonly number: number;
  readonly file: string;
  /** Tables with writes in here that no sorted run holds yet. */
  readonly dirty: Set<string>;
  /** Told when the next sync that begins is done. */
  waiting: (() => void)[];
  /** Told when the sync that runs is done; undefined when none does. */
  syncing: (() => void)[] | undefined;
  unsynced: boolean;
  bytes: number;
}

interface SegmentTimer extends Timer {
  readonly segment: number;
}

const FOLDER = 'commitlog/';

/** The commit log of one incarnation of one node. */
export class CommitLog {
  readonly #host: Host;
  readonly #disk: Disk;
  readonly #options: CommitLogOptions;
  readonly #segments = new Map<number, Segment>();
  #active: Segment;
  /** Whether the next regular sync is set. */
  #isArmed = false;

  constructor(host: Host, options: CommitLogOptions) {
    this.#host = host;
    this.#disk = host.disk;
    this.#options = options;
    const last = [...host.disk.list()].reverse().find((file) => file.startsWith(FOLDER));
    this.#active = this.#open(last === undefined ? 1 : Number(last.slice(FOLDER.length)) + 1);
  }

  /** The number of the segment that is being written. */
  get position(): number {
    return this.#active.number;
  }

  /** How many segments there are. */
  get segmentCount(): number {
    return this.#segments.size;
  }

  /**
   * Reads what earlier incarnations logged, oldest first. Each segment is read up to its first torn or corrupt record.
   *
   * @param apply - gets each record and returns the table it concerns, or undefined when that is gone
   */
  replay(apply: (record: string) => string | undefined): void {
    for (const file of this.#disk.list()) {
      if (!file.startsWith(FOLDER)) continue;
      const bytes = this.#disk.read(file) ?? '';
      const segment = this.#open(Number(file.slice(FOLDER.length)));
      segment.bytes = bytes.length;
      for (const record of readRecords(bytes).records) {
        const table = apply(record);
        if (table !== undefined) segment.dirty.add(table);
      }
    }
    this.#dropClean();
  }

  /**
   * Logs a mutation.
   *
   * @param table - the table it concerns
   * @param record - the mutation's bytes, framed as a record
   * @param done - called when the write may be acknowledged: at once in `periodic` mode
   * @returns false when the disk is full; nothing was logged and `done` will not be called
   */
  append(table: string, record: string, done: () => void): boolean {
    if (this.#active.bytes > 0 && this.#active.bytes + record.length > this.#options.segmentSize) this.rotate();
    const segment = this.#active;
    if (this.#disk.append(segment.file, record) === 'full') return false;
    segment.bytes += record.length;
    segment.dirty.add(table);
    segment.unsynced = true;
    this.#arm();
    if (this.#options.sync === 'periodic') {
      done();
    } else {
      segment.waiting.push(done);
      if (this.#options.sync === 'batch' && segment.syncing === undefined) this.#sync(segment);
    }
    return true;
  }

  /** Goes on in a new segment. @returns the number of the one that was closed */
  rotate(): number {
    const closed = this.#active;
    if (closed.bytes === 0) return closed.number - 1;
    if (closed.unsynced && closed.syncing === undefined) this.#sync(closed);
    this.#active = this.#open(closed.number + 1);
    return closed.number;
  }

  /** A table's writes up to and with a segment are in sorted runs, durably: drops segments that nothing needs any more. */
  flushed(table: string, segment: number): void {
    for (const [number, { dirty }] of this.#segments) if (number <= segment) dirty.delete(table);
    this.#dropClean();
  }

  /** @returns whether the timer was this log's */
  onTimer(timer: Timer): boolean {
    if (timer.type === 'commitlog-tick') {
      this.#isArmed = false;
      for (const segment of this.#segments.values()) {
        if (segment.unsynced && segment.syncing === undefined) this.#sync(segment);
        else if (segment.unsynced) this.#arm();
      }
      return true;
    }
    if (timer.type !== 'commitlog-synced') return false;
    const segment = this.#segments.get((timer as SegmentTimer).segment);
    const told = segment?.syncing ?? [];
    if (segment !== undefined) {
      segment.syncing = undefined;
      if (segment.waiting.length > 0 && (this.#options.sync === 'batch' || segment !== this.#active)) this.#sync(segment);
    }
    for (const done of told) done();
    return true;
  }

  /** Sets the next of the regular syncs, which come at whole multiples of the period; an idle log has none. */
  #arm(): void {
    const { sync, period, groupWindow } = this.#options;
    if (this.#isArmed || sync === 'batch') return;
    this.#isArmed = true;
    const every = sync === 'periodic' ? period : groupWindow;
    this.#host.setTimer((every - (this.#host.monotonic() % every)) as Micros, { type: 'commitlog-tick' });
  }

  #sync(segment: Segment): void {
    segment.syncing = segment.waiting;
    segment.waiting = [];
    segment.unsynced = false;
    const timer: SegmentTimer = { type: 'commitlog-synced', segment: segment.number };
    this.#disk.sync(segment.file, timer);
  }

  #open(number: number): Segment {
    const segment: Segment = {
      number, file: FOLDER + String(number).padStart(8, '0'), dirty: new Set(), waiting: [], syncing: undefined, unsynced: false, bytes: 0,
    };
    this.#segments.set(number, segment);
    return segment;
  }

  #dropClean(): void {
    for (const segment of this.#segments.values()) {
      if (segment === this.#active || segment.dirty.size > 0) continue;
      if (segment.syncing !== undefined || segment.waiting.length > 0) continue;
      this.#segments.delete(segment.number);
      this.#disk.remove(segment.file);
    }
  }
}
