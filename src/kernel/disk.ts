/**
 * A node's disk. Files are sequences of records; a record is one write. What is written is volatile (in the page cache)
 * until a `sync` has finished. When the power fails, each file keeps its durable records and a prefix of the volatile ones,
 * and the first record that did not make it may be torn: a prefix of its bytes survives. When only the process dies, the
 * page cache lives on and nothing is lost.
 *
 * Faults: a lying sync reports success and makes nothing durable; a slow disk takes longer to sync; a full one refuses
 * writes; corruption flips a bit of a durable record; a lost disk comes back empty. A replicated store must survive any one
 * of them on a minority of its nodes; each store says beside its model which ones it does.
 *
 * Left out: block sizes, read errors, read latency, directory syncs.
 *
 * @module
 */
import { sampler, type DistributionInput, type Sampler } from './distributions.ts';
import type { Timer } from './node.ts';
import type { Random } from './random.ts';
import type { ByteCount, Micros } from './units.ts';

/** The outcome of a write: `full` when the disk has no room (ENOSPC) and nothing was written. */
export type WriteOutcome = 'ok' | 'full';

/**
 * A node's disk as its machine sees it: named files of bytes, each byte one code unit below 256 of a string.
 */
export interface Disk {
  /** Adds a record at the end of a file, which it creates. One call is one write: the unit that survives, tears or is lost. */
  append(file: string, bytes: string): WriteOutcome;
  /** Replaces a file as a whole, as write-to-temporary-and-rename does: after a crash it is the old or the new, never a mix. */
  replace(file: string, bytes: string): WriteOutcome;
  /** The whole content as this incarnation sees it, or undefined when there is no such file. */
  read(file: string): string | undefined;
  /**
   * A part of the content, as far as there is any; undefined when there is no such file. Asked for exactly what one record
   * holds, it is that record's own string: then nothing is copied, and a reader that knows it need not look at it again.
   */
  readAt(file: string, offset: number, length: number): string | undefined;
  /** Cuts a file to a length in bytes. The cut is durable at once; what is left is as durable as it was. */
  truncate(file: string, length: ByteCount): void;
  /** Removes a file; durable at once. */
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

/** How a disk can misbehave for a while. */
export type DiskDisturbance =
  | { readonly kind: 'lying-sync' }
  | { readonly kind: 'slow'; readonly by: Micros }
  | { readonly kind: 'full' };

/** What a file holds from one replacement, or crash, to the next. */
interface Content {
  /** Rises with each content of a file. */
  readonly generation: number;
  records: string[];
  /** How many leading records are durable. */
  durable: number;
  /** Syncs under way, and the leading records that each vouches for: never for what is written later. */
  readonly syncs: Set<{ upTo: number }>;
  /** Where each record begins, for as many as {@link SimulatedDisk.readAt} has had to look at. */
  starts: number[];
}

interface File {
  content: Content;
  bytes: number;
  /** The content a crash may fall back to, while the replacement is not durable yet. */
  replaced: Content | undefined;
}

function contentOf(generation: number, records: string[], durable: number): Content {
  return { generation, records, durable, syncs: new Set(), starts: [] };
}

/** The record that holds a byte: the last that begins at it or before. */
function recordAt({ records, starts }: Content, offset: number): number {
  for (let i = starts.length; i < records.length; i++) starts.push(i === 0 ? 0 : (starts[i - 1] ?? 0) + (records[i - 1]?.length ?? 0));
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** What the kernel gives a disk: a way to have something happen later, on behalf of the current incarnation. */
export type DiskScheduler = (delay: Micros, done: () => void, timer: Timer | undefined) => void;

/** How long a `sync` takes when nothing is wrong: a data-centre SSD's flush. */
export const DEFAULT_SYNC_LATENCY: DistributionInput = { kind: 'log-normal', median: 0.4, sigma: 0.4 };

/** The disk of one machine. It outlives incarnations. */
export class SimulatedDisk implements Disk {
  readonly #random: Random;
  readonly #faultRandom: Random;
  readonly #later: DiskScheduler;
  #latency: Sampler | undefined;
  readonly #latencyInput: DistributionInput;
  #files = new Map<string, File>();
  #disturbances: readonly DiskDisturbance[] = [];

  /**
   * @param random - this disk's own stream
   * @param later - schedules the end of a sync
   * @param latency - how long a sync takes
   */
  constructor(random: Random, later: DiskScheduler, latency: DistributionInput = DEFAULT_SYNC_LATENCY) {
    this.#random = random;
    this.#faultRandom = random.fork('faults');
    this.#later = later;
    this.#latencyInput = latency;
  }

  append(file: string, bytes: string): WriteOutcome {
    if (this.#has('full')) return 'full';
    const open = this.#open(file);
    open.content.records.push(bytes);
    open.bytes += bytes.length;
    return 'ok';
  }

  replace(file: string, bytes: string): WriteOutcome {
    if (this.#has('full')) return 'full';
    const open = this.#open(file);
    open.replaced ??= open.content;
    open.content = contentOf(open.content.generation + 1, [bytes], 0);
    open.bytes = bytes.length;
    return 'ok';
  }

  read(file: string): string | undefined {
    return this.#files.get(file)?.content.records.join('');
  }

  readAt(file: string, offset: number, length: number): string | undefined {
    const content = this.#files.get(file)?.content;
    if (content === undefined) return undefined;
    const { records } = content;
    let at = recordAt(content, offset);
    let from = offset - (content.starts[at] ?? 0);
    const first = records[at] ?? '';
    if (from === 0 && first.length === length) return first;
    if (from + length <= first.length) return first.slice(from, from + length);
    const parts: string[] = [];
    let left = length;
    for (; left > 0 && at < records.length; at++) {
      const part = (records[at] ?? '').slice(from, from + left);
      parts.push(part);
      left -= part.length;
      from = 0;
    }
    return parts.join('');
  }

  truncate(file: string, length: ByteCount): void {
    const open = this.#files.get(file);
    if (open === undefined) return;
    const { content } = open;
    const kept: string[] = [];
    let left: number = length;
    for (const record of content.records) {
      if (left <= 0) break;
      kept.push(record.slice(0, left));
      left -= record.length;
    }
    content.durable = Math.min(content.durable, kept.length);
    for (const sync of content.syncs) sync.upTo = Math.min(sync.upTo, kept.length);
    if (kept.length === 0) {
      // Nothing is left to lose, and the file is there all the same.
      kept.push('');
      content.durable = 1;
    }
    content.records = kept;
    content.starts = [];
    open.bytes = kept.reduce((sum, record) => sum + record.length, 0);
  }

  remove(file: string): void {
    this.#files.delete(file);
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  size(file: string): ByteCount {
    return (this.#files.get(file)?.bytes ?? 0) as ByteCount;
  }

  sync(file: string, timer?: Timer): void {
    const open = this.#files.get(file);
    const content = open?.content;
    const sync = { upTo: content?.records.length ?? 0 };
    content?.syncs.add(sync);
    this.#latency ??= sampler(this.#latencyInput);
    let delay: number = this.#latency(this.#random);
    for (const disturbance of this.#disturbances) if (disturbance.kind === 'slow') delay += disturbance.by;
    this.#later(delay as Micros, () => {
      content?.syncs.delete(sync);
      if (open === undefined || content === undefined || this.#has('lying-sync') || this.#files.get(file) !== open) return;
      if (content === open.content) {
        content.durable = Math.max(content.durable, sync.upTo);
        if (sync.upTo > 0) open.replaced = undefined;
      } else if (open.replaced !== undefined && content.generation >= open.replaced.generation) {
        // Replaced since, and that is not durable: this is what a crash may fall back to, up to what was written by then.
        content.durable = Math.max(content.durable, sync.upTo);
        if (sync.upTo > 0) open.replaced = content;
      }
    }, timer);
  }

  /** @internal The power fails: volatile writes survive as a prefix, the next may be torn. */
  powerLoss(): void {
    for (const name of this.list()) {
      const file = this.#files.get(name);
      if (file === undefined) continue;
      const { content, replaced } = file;
      let { records } = content;
      if (replaced !== undefined) {
        // An unsynced rename is either on the disk as a whole or not at all.
        records = this.#random.chance(0.5) ? replaced.records.slice(0, replaced.durable) : records.slice(0, 1);
      } else {
        const kept = this.#random.between(content.durable, records.length);
        const torn = records[kept];
        records = records.slice(0, kept);
        if (torn !== undefined && torn.length > 1 && this.#random.chance(0.5)) {
          records.push(torn.slice(0, this.#random.between(1, torn.length - 1)));
        }
      }
      file.replaced = undefined;
      file.content = contentOf(content.generation + 1, records, records.length);
      file.bytes = records.reduce((sum, record) => sum + record.length, 0);
      if (records.length === 0) this.#files.delete(name);
    }
  }

  /** @internal The machine is replaced, or the cloud lost the volume: nothing is left. */
  erase(): void {
    this.#files = new Map();
  }

  /** @internal Bit rot: flips one bit of one file, durable or not. Does nothing on an empty disk. */
  corrupt(file?: string): void {
    const names = file === undefined ? this.list() : [file];
    const rotten = names.filter((name) => this.size(name) > 0);
    if (rotten.length === 0) return;
    const open = this.#files.get(this.#faultRandom.pick(rotten));
    if (open === undefined) return;
    const { records } = open.content;
    let byte = this.#faultRandom.below(open.bytes);
    const at = records.findIndex((record) => {
      if (byte < record.length) return true;
      byte -= record.length;
      return false;
    });
    const record = records[at] ?? '';
    const flipped = String.fromCharCode(record.charCodeAt(byte) ^ (1 << this.#faultRandom.below(8)));
    records[at] = record.slice(0, byte) + flipped + record.slice(byte + 1);
  }

  /** @internal Misbehaves from now on. @returns ends it */
  disturb(disturbance: DiskDisturbance): () => void {
    this.#disturbances = [...this.#disturbances, disturbance];
    return () => {
      this.#disturbances = this.#disturbances.filter((other) => other !== disturbance);
    };
  }

  #has(kind: DiskDisturbance['kind']): boolean {
    return this.#disturbances.some((disturbance) => disturbance.kind === kind);
  }

  #open(name: string): File {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = { content: contentOf(0, [], 0), bytes: 0, replaced: undefined };
      this.#files.set(name, file);
    }
    return file;
  }
}

/** One incarnation's view of its machine's disk: what a dead incarnation still tries to do has no effect. @internal */
export class IncarnationDisk implements Disk {
  readonly #disk: SimulatedDisk;
  readonly #isAlive: () => boolean;

  /**
   * @param disk - the machine's
   * @param isAlive - whether the incarnation lives
   */
  constructor(disk: SimulatedDisk, isAlive: () => boolean) {
    this.#disk = disk;
    this.#isAlive = isAlive;
  }

  append(file: string, bytes: string): WriteOutcome {
    return this.#isAlive() ? this.#disk.append(file, bytes) : 'ok';
  }

  replace(file: string, bytes: string): WriteOutcome {
    return this.#isAlive() ? this.#disk.replace(file, bytes) : 'ok';
  }

  read(file: string): string | undefined {
    return this.#disk.read(file);
  }

  readAt(file: string, offset: number, length: number): string | undefined {
    return this.#disk.readAt(file, offset, length);
  }

  truncate(file: string, length: ByteCount): void {
    if (this.#isAlive()) this.#disk.truncate(file, length);
  }

  remove(file: string): void {
    if (this.#isAlive()) this.#disk.remove(file);
  }

  list(): readonly string[] {
    return this.#disk.list();
  }

  size(file: string): ByteCount {
    return this.#disk.size(file);
  }

  sync(file: string, timer?: Timer): void {
    if (this.#isAlive()) this.#disk.sync(file, timer);
  }
}
