/**
 * What one node keeps: its versions by key in memory, each change appended to a log on its disk and read back at a start,
 * and, apart from them (section 4.6), the versions it holds for nodes that could not be reached.
 *
 * Left out: compaction of the log, and the paper's pluggable engines.
 *
 * @module
 */
import { HintStore, type Hint } from '../distributed/hinted-handoff.ts';
import { frameRecord, jsonBytes, readRecords } from '../distributed/record-log.ts';
import type { Disk } from '../kernel/disk.ts';
import type { Timer } from '../kernel/node.ts';
import type { ByteCount, Micros } from '../kernel/units.ts';
import type { ConflictMode } from './options.ts';
import { NO_VERSIONS, reconcile, sameVersions, type Versions } from './version.ts';

const LOG = 'objects.log';

/** A write kept for another node. */
export interface HintedWrite {
  readonly key: string;
  readonly versions: Versions;
}

/** The objects of one node. */
export class Storage {
  readonly #disk: Disk;
  readonly #mode: ConflictMode;
  readonly #objects = new Map<string, Versions>();
  readonly #hints: HintStore<HintedWrite>;
  /** The versions held for others, by key: a read that reaches a stand-in sees them. */
  readonly #hinted = new Map<string, Versions[]>();

  /** Reads what the disk holds; a torn record at the end is cut off. */
  constructor(disk: Disk, mode: ConflictMode) {
    this.#disk = disk;
    this.#mode = mode;
    const bytes = disk.read(LOG) ?? '';
    const { records, intact } = readRecords(bytes);
    if (intact < bytes.length) disk.truncate(LOG, intact as ByteCount);
    for (const record of records) {
      const [key, versions] = JSON.parse(record) as [string, Versions];
      this.#objects.set(key, reconcile(this.versions(key), versions, mode));
    }
    this.#hints = new HintStore<HintedWrite>(disk, { encode: (write) => write, decode: (data) => data as HintedWrite });
    for (const target of this.#hints.targets) {
      for (const hint of this.#hints.take(target, Infinity)) {
        this.#remember(hint.write);
        this.#hints.failed(hint.id);
      }
    }
  }

  /** What the node holds of a key as one of its replicas. */
  versions(key: string): Versions {
    return this.#objects.get(key) ?? NO_VERSIONS;
  }

  /** What the node knows of a key, with what it holds for others. */
  known(key: string): Versions {
    let known = this.versions(key);
    for (const write of this.#hinted.get(key) ?? []) known = reconcile(known, write, this.#mode);
    return known;
  }

  /** Every key and what the node holds of it as a replica. */
  entries(): IterableIterator<[string, Versions]> {
    return this.#objects.entries();
  }

  /**
   * Takes versions in. False when the disk is full and nothing was kept; true when they are in memory and in the log, or were
   * known already.
   */
  merge(key: string, versions: Versions): boolean {
    const before = this.versions(key);
    const after = reconcile(before, versions, this.#mode);
    if (sameVersions(before, after)) return true;
    if (this.#disk.append(LOG, frameRecord(jsonBytes([key, versions]))) === 'full') return false;
    this.#objects.set(key, after);
    return true;
  }

  /** Makes durable what was merged so far, or what was kept so far for another node; the timer comes back when it is. */
  sync(timer: Timer, target?: string): void {
    if (target === undefined) this.#disk.sync(LOG, timer);
    else this.#hints.syncTarget(target, timer);
  }

  /** Keeps versions for another node. False when the disk is full. */
  hint(target: string, write: HintedWrite, now: Micros): boolean {
    if (!this.#hints.add(target, write, now)) return false;
    this.#remember(write);
    return true;
  }

  /** The nodes that something is held for. */
  get hintTargets(): readonly string[] {
    return this.#hints.targets;
  }

  /** How many writes are held for others. */
  get hintCount(): number {
    return this.#hints.count();
  }

  /** Up to `limit` writes held for a node and not on their way. */
  takeHints(target: string, limit: number): readonly Hint<HintedWrite>[] {
    return this.#hints.take(target, limit);
  }

  /** A held write has arrived. */
  hintDelivered(target: string, hint: Hint<HintedWrite>): void {
    if (!this.#hints.delivered(target, hint.id)) return;
    const { key, versions } = hint.write;
    const left = (this.#hinted.get(key) ?? []).filter((other) => other !== versions);
    if (left.length === 0) this.#hinted.delete(key);
    else this.#hinted.set(key, left);
  }

  /** A held write did not arrive. */
  hintFailed(hint: Hint<HintedWrite>): void {
    this.#hints.failed(hint.id);
  }

  #remember({ key, versions }: HintedWrite): void {
    this.#hinted.set(key, [...(this.#hinted.get(key) ?? []), versions]);
  }
}
