/**
 * The commit log: every mutation is appended before it is applied, and read again at a restart. When a write is acknowledged
 * against when the disk has it is the sync mode (cassandra.yaml, `commitlog_sync`):
 *
 * - `periodic` (default): acknowledged at once, synced every 10 s. A process that dies loses nothing, since the page cache
 *   lives on; a power failure loses up to 10 s of acknowledged writes.
 * - `batch`: acknowledged after the sync that follows the write. Loses nothing.
 * - `group`: synced every second if something waits, acknowledged then. Loses nothing.
 *
 * A place in the log is one number that rises: the segment's number and the byte in it. Segments of 32 MiB are dropped when all
 * they hold has reached sstables. A log that could not be written is written no more until the node is started again, unless
 * `commit_failure_policy` is `ignore`. Left out: archiving, compression, change data capture, and the back-pressure of a periodic
 * sync that is late.
 *
 * @module
 */
import type { Disk } from '../../kernel/disk.ts';
import type { Host, Timer } from '../../kernel/node.ts';
import type { Micros } from '../../kernel/units.ts';
import type { Bytes } from '../types/data-type.ts';
import { decodeMutationAt, wholeFrameEnd } from './codec.ts';
import type { Mutation } from './mutation.ts';

/** When the log is synced, and thereby when a write is acknowledged. */
export type CommitLogSync = 'periodic' | 'batch' | 'group';

/** Settings of the log. */
export interface CommitLogOptions {
  readonly commitlogSync: CommitLogSync;
  /** For `periodic`. */
  readonly commitlogSyncPeriod: Micros;
  /** For `group`. */
  readonly commitlogSyncGroupWindow: Micros;
  /** In bytes. */
  readonly commitlogSegmentSize: number;
  /** What a disk without room means for the writes to come. */
  readonly commitFailurePolicy: 'stop' | 'stop_commit' | 'ignore';
}

/** What became of a record: refused, acknowledged now, or to be acknowledged at a sync. */
export type AppendOutcome = 'full' | 'now' | 'later';

interface Segment {
  readonly number: number;
  readonly file: string;
  /** Tables with writes in here that no sstable holds yet, and where their last is. */
  readonly dirty: Map<string, { last: number }>;
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
const PLACES = 0x1_0000_0000;

/** The commit log of one incarnation of one node. */
export class CommitLog {
  readonly #host: Host;
  readonly #disk: Disk;
  readonly #options: CommitLogOptions;
  readonly #segments = new Map<number, Segment>();
  #active: Segment;
  /** Whether a write failed and none is tried any more. */
  #isStopped = false;
  /** Whether the next regular sync is set. */
  #isArmed = false;

  constructor(host: Host, options: CommitLogOptions) {
    this.#host = host;
    this.#disk = host.disk;
    this.#options = options;
    const last = [...host.disk.list()].reverse().find((file) => file.startsWith(FOLDER));
    this.#active = this.#open(last === undefined ? 1 : Number(last.slice(FOLDER.length)) + 1);
  }

  /**
   * Goes on behind a place that sstables say they hold. Their segments may all be gone, and places must not be used again: what
   * is logged there would be taken for what the sstables hold.
   */
  startBehind(position: number): void {
    if (this.#active.bytes > 0 || this.#active.number * PLACES > position) return;
    this.#segments.delete(this.#active.number);
    this.#active = this.#open(Math.floor(position / PLACES) + 1);
  }

  /** Where the last record ends. */
  get position(): number {
    return this.#active.number * PLACES + this.#active.bytes;
  }

  /** How many segments there are. */
  get segmentCount(): number {
    return this.#segments.size;
  }

  /**
   * Reads what earlier incarnations logged, oldest first. Each segment is read up to its first torn or corrupt record.
   *
   * @param apply - gets each mutation with its place, and returns the tables it was needed for
   */
  replay(apply: (mutation: Mutation, position: number) => readonly string[]): void {
    for (const file of this.#disk.list()) {
      if (!file.startsWith(FOLDER)) continue;
      const bytes = this.#disk.read(file) ?? '';
      const segment = this.#open(Number(file.slice(FOLDER.length)));
      segment.bytes = bytes.length;
      let at = 0;
      for (let end = wholeFrameEnd(bytes, at); end !== undefined; end = wholeFrameEnd(bytes, at)) {
        const position = segment.number * PLACES + end;
        for (const table of apply(decodeMutationAt(bytes, at), position)) segment.dirty.set(table, { last: position });
        at = end;
      }
      if (at < bytes.length) this.#host.trace('commit log cut', { segment: segment.number, at, bytes: bytes.length });
      // A process that died left it with the operating system: it need not be on the disk.
      if (segment.dirty.size > 0) this.#sync(segment);
    }
    this.#dropClean();
  }

  /**
   * Logs a mutation.
   *
   * @param mutation - its bytes are the record
   * @param done - called at a later sync when the answer is `later`, and not otherwise
   */
  append({ updates, bytes }: Mutation, done: () => void): AppendOutcome {
    if (this.#active.bytes > 0 && this.#active.bytes + bytes.length > this.#options.commitlogSegmentSize) this.rotate();
    const segment = this.#active;
    if (this.#isStopped) return 'full';
    if (this.#write(segment, bytes) === 'full') {
      this.#isStopped = this.#options.commitFailurePolicy !== 'ignore';
      return 'full';
    }
    const position = segment.number * PLACES + segment.bytes;
    for (const { table } of updates) {
      const dirty = segment.dirty.get(table);
      if (dirty === undefined) segment.dirty.set(table, { last: position });
      else dirty.last = position;
    }
    segment.unsynced = true;
    this.#arm();
    if (this.#options.commitlogSync === 'periodic') return 'now';
    segment.waiting.push(done);
    if (this.#options.commitlogSync === 'batch' && segment.syncing === undefined) this.#sync(segment);
    return 'later';
  }

  #write(segment: Segment, bytes: Bytes): 'ok' | 'full' {
    if (this.#disk.append(segment.file, bytes) === 'full') return 'full';
    segment.bytes += bytes.length;
    return 'ok';
  }

  /** Goes on in a new segment. */
  rotate(): void {
    const closed = this.#active;
    if (closed.bytes === 0) return;
    if (closed.unsynced && closed.syncing === undefined) this.#sync(closed);
    this.#active = this.#open(closed.number + 1);
  }

  /** A table's writes up to and with a place are in sstables, durably, or given up: drops segments that nothing needs any more. */
  flushed(table: string, position: number): void {
    for (const { dirty } of this.#segments.values()) {
      const last = dirty.get(table);
      if (last !== undefined && last.last <= position) dirty.delete(table);
    }
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
      if (segment.waiting.length > 0 && (this.#options.commitlogSync === 'batch' || segment !== this.#active)) this.#sync(segment);
      this.#dropClean();
    }
    for (const done of told) done();
    return true;
  }

  /** Sets the next of the regular syncs, which come at whole multiples of the period; an idle log has none. */
  #arm(): void {
    const { commitlogSync, commitlogSyncPeriod, commitlogSyncGroupWindow } = this.#options;
    if (this.#isArmed || commitlogSync === 'batch') return;
    this.#isArmed = true;
    const every = commitlogSync === 'periodic' ? commitlogSyncPeriod : commitlogSyncGroupWindow;
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
      number, file: FOLDER + String(number).padStart(8, '0'), dirty: new Map(), waiting: [], syncing: undefined, unsynced: false, bytes: 0,
    };
    this.#segments.set(number, segment);
    return segment;
  }

  #dropClean(): void {
    for (const segment of this.#segments.values()) {
      if (segment === this.#active || segment.dirty.size > 0) continue;
      if ((segment.syncing?.length ?? 0) > 0 || segment.waiting.length > 0) continue;
      this.#segments.delete(segment.number);
      this.#disk.remove(segment.file);
    }
  }
}
