/**
 * Hinted handoff: writes kept for a node that could not take them (Dynamo, SOSP 2007, section 4.6; Apache Cassandra's
 * hints.adoc). A store of hints by target, on the holder's own disk, and the bookkeeping of their delivery. When to keep a
 * hint, for how long and how fast to deliver is each store's own rule.
 *
 * Delivery is at least once: a hint is forgotten only when its target has acknowledged it, and a file goes only when all of
 * its hints are delivered, so a holder that restarts may deliver some again. What a hint does must bear that.
 *
 * @module
 */
import type { Disk } from '../kernel/disk.ts';
import type { Timer } from '../kernel/node.ts';
import type { Micros } from '../kernel/units.ts';
import { frameRecord, jsonBytes, readRecords } from './record-log.ts';

/** A write kept for another node. */
export interface Hint<Write> {
  /** Names the hint in acknowledgements; unique in its store's incarnation, rising. */
  readonly id: number;
  readonly target: string;
  /** When it was kept, by the holder's clock. */
  readonly createdAt: Micros;
  readonly write: Write;
}

/** How a write is put on a disk. */
export interface HintCodec<Write> {
  /** As plain JSON data. */
  encode(write: Write): unknown;
  decode(data: unknown): Write;
}

/** The hints one node holds for others. */
export class HintStore<Write> {
  readonly #disk: Disk;
  readonly #codec: HintCodec<Write>;
  readonly #queues = new Map<string, Map<number, Hint<Write>>>();
  readonly #inFlight = new Set<number>();
  readonly #unsynced = new Set<string>();
  #nextId = 1;

  /**
   * Reads what the disk holds. Torn records at the end of a file are cut off.
   *
   * @param disk - the holder's disk; files are named `hints/<target>`
   * @param codec - how a write is stored
   */
  constructor(disk: Disk, codec: HintCodec<Write>) {
    this.#disk = disk;
    this.#codec = codec;
    for (const file of disk.list()) {
      if (!file.startsWith(FOLDER)) continue;
      const bytes = disk.read(file) ?? '';
      const { records, intact } = readRecords(bytes);
      if (intact < bytes.length) disk.truncate(file, intact as ReturnType<Disk['size']>);
      for (const record of records) {
        const [createdAt, data] = JSON.parse(record) as [number, unknown];
        this.#enqueue(file.slice(FOLDER.length), createdAt as Micros, codec.decode(data));
      }
    }
  }

  /** The nodes that hints are held for, in the order of their first hint. */
  get targets(): readonly string[] {
    return [...this.#queues.keys()];
  }

  /** How many hints are held, for one node or for all. */
  count(target?: string): number {
    if (target !== undefined) return this.#queues.get(target)?.size ?? 0;
    return [...this.#queues.values()].reduce((sum, queue) => sum + queue.size, 0);
  }

  /** When the oldest hint held for a node was made. */
  oldest(target: string): Micros | undefined {
    const [first] = this.#queues.get(target)?.values() ?? [];
    return first?.createdAt;
  }

  /** Keeps a write for a node. It is on the disk at once and durable after the next {@link sync}. False when the disk is full. */
  add(target: string, write: Write, createdAt: Micros): boolean {
    const record = frameRecord(jsonBytes([createdAt, this.#codec.encode(write)]));
    if (this.#disk.append(FOLDER + target, record) === 'full') return false;
    this.#unsynced.add(target);
    this.#enqueue(target, createdAt, write);
    return true;
  }

  /** Makes the hints kept for one node durable; the timer comes back when they are. */
  syncTarget(target: string, timer: Timer): void {
    this.#unsynced.delete(target);
    this.#disk.sync(FOLDER + target, timer);
  }

  /** Makes all hints kept so far durable. */
  sync(): void {
    for (const target of this.#unsynced) this.#disk.sync(FOLDER + target);
    this.#unsynced.clear();
  }

  /** The oldest hints for a node that are not on their way, which they are from now on. */
  take(target: string, limit: number): readonly Hint<Write>[] {
    const taken: Hint<Write>[] = [];
    for (const hint of this.#queues.get(target)?.values() ?? []) {
      if (taken.length >= limit) break;
      if (this.#inFlight.has(hint.id)) continue;
      this.#inFlight.add(hint.id);
      taken.push(hint);
    }
    return taken;
  }

  /** A hint has arrived, or is not wanted any more: forgets it. False when it was not known. */
  delivered(target: string, id: number): boolean {
    const queue = this.#queues.get(target);
    this.#inFlight.delete(id);
    if (queue === undefined || !queue.delete(id)) return false;
    if (queue.size === 0) {
      this.#queues.delete(target);
      this.#unsynced.delete(target);
      this.#disk.remove(FOLDER + target);
    }
    return true;
  }

  /** A hint did not arrive: it may be taken again. */
  failed(id: number): void {
    this.#inFlight.delete(id);
  }

  #enqueue(target: string, createdAt: Micros, write: Write): void {
    const id = this.#nextId++;
    let queue = this.#queues.get(target);
    if (queue === undefined) this.#queues.set(target, (queue = new Map()));
    queue.set(id, { id, target, createdAt, write });
  }
}

const FOLDER = 'hints/';
