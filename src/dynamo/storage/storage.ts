/**
 * What one node keeps: its objects in memory, each change handed to an engine on its disk; a buffer of changes in front of that,
 * when writes are buffered (section 6.1); and, apart from them (section 4.6), the versions it holds for nodes that could not be
 * reached. Nothing in the buffer survives a crash of any kind: it is the process's memory.
 *
 * @module
 */
import { HintStore, type Hint } from '../../distributed/hinted-handoff.ts';
import type { Disk } from '../../kernel/disk.ts';
import type { Timer } from '../../kernel/node.ts';
import type { Micros } from '../../kernel/units.ts';
import type { DynamoConfig } from '../options.ts';
import { NO_VERSIONS, reconcile, sameVersions, type Versions } from '../version.ts';
import type { StorageEngine } from './engine.ts';
import { decodeObject, ObjectRecord } from './object-record.ts';

/** A write kept for another node. */
export interface HintedWrite {
  readonly key: string;
  readonly versions: Versions;
}

/** An object in memory. */
interface StoredObject {
  versions: Versions;
  /** Its record, when it was written as it is: a compaction need not make it again. */
  record: ObjectRecord | undefined;
  /** Whether it is among the keys that have changed. */
  isChanged: boolean;
}

/** The objects of one node. */
export class Storage {
  readonly #config: DynamoConfig;
  readonly #engine: StorageEngine;
  readonly #objects = new Map<string, StoredObject>();
  /** Keys that have changed since they were last asked for, each once. */
  #changed: string[] = [];
  /** Keys that hold a tombstone and nothing else. */
  readonly tombstones: Set<string> = new Set<string>();
  #buffer: ObjectRecord[] = [];
  readonly #hints: HintStore<HintedWrite>;
  /** The versions held for others, by key: a read that reaches a stand-in sees them. */
  readonly #hinted = new Map<string, Versions[]>();

  /** Reads what the disk holds. */
  constructor(disk: Disk, config: DynamoConfig) {
    this.#config = config;
    this.#engine = config.engine(disk, () => this.#records());
    this.#engine.load((record) => {
      const { key, versions } = record instanceof ObjectRecord ? record : decodeObject(String(record));
      const object = this.#objects.get(key);
      if (versions.length === 0) this.#forget(key);
      else this.#set(key, object, reconcile(object?.versions ?? NO_VERSIONS, versions, config.conflict), undefined);
    });
    this.#hints = new HintStore<HintedWrite>(disk, { encode: (write) => write, decode: (data) => data as HintedWrite });
    for (const target of this.#hints.targets) {
      for (const hint of this.#hints.take(target, Infinity)) {
        this.#remember(hint.write);
        this.#hints.failed(hint.id);
      }
    }
  }

  /** How many objects the node holds, tombstones included. */
  get size(): number {
    return this.#objects.size;
  }

  /** What the node holds of a key as one of its replicas. */
  versions(key: string): Versions {
    return this.#objects.get(key)?.versions ?? NO_VERSIONS;
  }

  /** What the node knows of a key, with what it holds for others. */
  known(key: string): Versions {
    let known = this.versions(key);
    if (this.#hinted.size === 0) return known;
    for (const write of this.#hinted.get(key) ?? []) known = reconcile(known, write, this.#config.conflict);
    return known;
  }

  /**
   * Every key and what the node holds of it as a replica.
   *
   * @yields them in the order in which they came
   */
  *entries(): Generator<[string, Versions], undefined> {
    for (const [key, { versions }] of this.#objects) yield [key, versions];
    return undefined;
  }

  /** The keys that have changed, or gone, since the last call; at first, all there are. */
  takeChanged(): readonly string[] {
    const changed = this.#changed;
    this.#changed = [];
    for (const key of changed) {
      const object = this.#objects.get(key);
      if (object !== undefined) object.isChanged = false;
    }
    return changed;
  }

  /**
   * Takes versions in. False when the disk is full and nothing was kept; true when they are in memory and in the log or the
   * buffer, or were known already.
   *
   * @param record - them and the key, as bytes to be
   */
  merge(key: string, versions: Versions, record: ObjectRecord): boolean {
    const object = this.#objects.get(key);
    const before = object?.versions ?? NO_VERSIONS;
    const after = reconcile(before, versions, this.#config.conflict);
    if (sameVersions(before, after)) return true;
    if (this.#config.writes === 'synced') {
      if (!this.#engine.append(record)) return false;
    } else {
      this.#buffer.push(record);
    }
    this.#set(key, object, after, after === versions ? record : undefined);
    return true;
  }

  /** Forgets a key. */
  remove(key: string): void {
    if (!this.#objects.has(key)) return;
    this.#buffer.push(new ObjectRecord(key, NO_VERSIONS));
    this.flush();
    this.#forget(key);
  }

  /** How many changes are in the buffer alone. */
  get buffered(): number {
    return this.#buffer.length;
  }

  /** Hands what is in the buffer to the disk, not yet synced. What does not fit stays. */
  flush(): void {
    const buffer = this.#buffer;
    if (buffer.length === 0) return;
    let done = 0;
    while (done < buffer.length && this.#engine.append(buffer[done] as ObjectRecord)) done++;
    this.#buffer = done === buffer.length ? [] : buffer.slice(done);
  }

  /** Makes durable what was merged so far, or what was kept so far for another node; the timer comes back when it is. */
  sync(timer?: Timer, target?: string): void {
    if (target !== undefined && timer !== undefined) {
      this.#hints.syncTarget(target, timer);
      return;
    }
    this.flush();
    this.#engine.sync(timer);
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

  #set(key: string, object: StoredObject | undefined, after: Versions, record: ObjectRecord | undefined): void {
    if (object === undefined) {
      this.#objects.set(key, { versions: after, record, isChanged: true });
      this.#changed.push(key);
    } else {
      object.versions = after;
      object.record = record;
      if (!object.isChanged) {
        object.isChanged = true;
        this.#changed.push(key);
      }
    }
    if (after.length === 1 && after[0]?.value === null) this.tombstones.add(key);
    else if (this.tombstones.size > 0) this.tombstones.delete(key);
  }

  #forget(key: string): void {
    this.#objects.delete(key);
    this.tombstones.delete(key);
    this.#changed.push(key);
  }

  *#records(): Generator<ObjectRecord, undefined> {
    for (const [key, { versions, record }] of this.#objects) yield record ?? new ObjectRecord(key, versions);
    return undefined;
  }

  #remember({ key, versions }: HintedWrite): void {
    this.#hinted.set(key, [...(this.#hinted.get(key) ?? []), versions]);
  }
}
