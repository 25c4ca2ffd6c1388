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

/**
 * What a record holds: bytes, or something that is made into bytes when somebody reads them. A store that writes for each request saves
 * most of that work: few records are ever read.
 */
export type RecordBytes = string | LazyBytes;

/** Bytes to be; the same each time. */
export interface LazyBytes {
  /** How many there are. */
  readonly length: number;
  /** The bytes. */
  toString(): string;
}

/** The outcome of a write: `full` when the disk has no room (ENOSPC) and nothing was written. */
export type WriteOutcome = 'ok' | 'full';

/**
 * A node's disk as its machine sees it: named files of bytes, each byte one code unit below 256 of a string.
 */
export interface Disk {
  /** Adds a record at the end of a file, which it creates. One call is one write: the unit that survives, tears or is lost. */
  append(file: string, bytes: RecordBytes): WriteOutcome;
  /** Replaces a file as a whole, as write-to-temporary-and-rename does: after a crash it is the old or the new, never a mix. */
  replace(file: string, bytes: RecordBytes): WriteOutcome;
  /** The whole content as this incarnation sees it, or undefined when there is no such file. */
  read(file: string): string | undefined;
  /**
   * The content as it was written, record by record; none when there is no such file. What a crash or a fault has touched is text; any other
   * record is the very thing that was handed in, and a reader that knows it need not read its bytes. Valid until the next write.
   */
  records(file: string): readonly RecordBytes[];
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
  records: RecordBytes[];
  /** How many leading records are durable. */
  durable: number;
  /** To how many records it was cut, each time it was: a sync that began earlier vouches for no more. */
  cuts: number[] | undefined;
  /** Where each record begins, for as many as {@link SimulatedDisk.readAt} has had to look at. */
  starts: number[];
  /** The size of the first records, and how many those are: the rest is added up when somebody asks. */
  bytes: number;
  sized: number;
}

interface File {
  content: Content;
  /** The content a crash may fall back to, while the replacement is not durable yet. */
  replaced: Content | undefined;
}

function contentOf(generation: number, records: RecordBytes[], durable: number): Content {
  return { generation, records, durable, cuts: undefined, starts: [], bytes: 0, sized: 0 };
}

function sizeOf(content: Content): number {
  const { records } = content;
  for (let i = content.sized; i < records.length; i++) content.bytes += (records[i] as RecordBytes).length;
  content.sized = records.length;
  return content.bytes;
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

/** A sync under way, and what it vouches for: never for what is written later. A class: stores sync for each write. @internal */
export class PendingSync {
  readonly file: string;
  readonly open: File | undefined;
  readonly content: Content | undefined;
  /** How many leading records. */
  readonly upTo: number;
  /** How often the content had been cut. */
  readonly cuts: number;
  /** What the program is told when it is done. */
  readonly timer: Timer | undefined;

  /** It begins. */
  constructor(file: string, open: File | undefined, timer: Timer | undefined) {
    const content = open?.content;
    this.file = file;
    this.open = open;
    this.content = content;
    this.upTo = content === undefined ? 0 : content.records.length;
    this.cuts = content?.cuts === undefined ? 0 : content.cuts.length;
    this.timer = timer;
  }
}

/** What the kernel gives a disk: a way to have {@link SimulatedDisk.synced} called later, on behalf of the current incarnation. */
export type DiskScheduler = (delay: Micros, sync: PendingSync) => void;

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
  /** The file that was looked for last: a store writes to one, and syncs it, again and again. */
  #lastName: string | undefined = undefined;
  #lastFile: File | undefined = undefined;
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

  append(file: string, bytes: RecordBytes): WriteOutcome {
    if (this.#has('full')) return 'full';
    const open = this.#open(file);
    open.content.records.push(bytes);
    return 'ok';
  }

  replace(file: string, bytes: RecordBytes): WriteOutcome {
    if (this.#has('full')) return 'full';
    const open = this.#open(file);
    open.replaced ??= open.content;
    open.content = contentOf(open.content.generation + 1, [bytes], 0);
    return 'ok';
  }

  read(file: string): string | undefined {
    return this.#find(file)?.content.records.join('');
  }

  records(file: string): readonly RecordBytes[] {
    return this.#find(file)?.content.records ?? [];
  }

  readAt(file: string, offset: number, length: number): string | undefined {
    const content = this.#find(file)?.content;
    if (content === undefined) return undefined;
    const { records } = content;
    let at = recordAt(content, offset);
    let from = offset - (content.starts[at] ?? 0);
    const first = String(records[at] ?? '');
    if (from === 0 && first.length === length) return first;
    if (from + length <= first.length) return first.slice(from, from + length);
    const parts: string[] = [];
    let left = length;
    for (; left > 0 && at < records.length; at++) {
      const part = String(records[at] ?? '').slice(from, from + left);
      parts.push(part);
      left -= part.length;
      from = 0;
    }
    return parts.join('');
  }

  truncate(file: string, length: ByteCount): void {
    const open = this.#find(file);
    if (open === undefined) return;
    const { content } = open;
    const kept: RecordBytes[] = [];
    let left: number = length;
    for (const record of content.records) {
      if (left <= 0) break;
      kept.push(record.length <= left ? record : String(record).slice(0, left));
      left -= record.length;
    }
    content.durable = Math.min(content.durable, kept.length);
    content.cuts ??= [];
    content.cuts.push(kept.length);
    if (kept.length === 0) {
      // Nothing is left to lose, and the file is there all the same.
      kept.push('');
      content.durable = 1;
    }
    content.records = kept;
    content.starts = [];
    content.bytes = 0;
    content.sized = 0;
  }

  remove(file: string): void {
    this.#delete(file);
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  size(file: string): ByteCount {
    const content = this.#find(file)?.content;
    return (content === undefined ? 0 : sizeOf(content)) as ByteCount;
  }

  sync(file: string, timer?: Timer): void {
    this.#latency ??= sampler(this.#latencyInput);
    let delay: number = this.#latency(this.#random);
    for (const disturbance of this.#disturbances) if (disturbance.kind === 'slow') delay += disturbance.by;
    this.#later(delay as Micros, new PendingSync(file, this.#find(file), timer));
  }

  /** @internal A sync is through, unless the disk lies. What a power loss has taken in the meantime lies in another content. */
  synced({ file, open, content, upTo: asked, cuts }: PendingSync): void {
    if (open === undefined || content === undefined || this.#has('lying-sync') || this.#find(file) !== open) return;
    let upTo = asked;
    if (content.cuts !== undefined) for (let i = cuts; i < content.cuts.length; i++) upTo = Math.min(upTo, content.cuts[i] as number);
    if (content === open.content) {
      if (upTo > content.durable) content.durable = upTo;
      if (upTo > 0) open.replaced = undefined;
    } else if (open.replaced !== undefined && content.generation >= open.replaced.generation) {
      // Replaced since, and that is not durable: this is what a crash may fall back to, up to what was written by then.
      if (upTo > content.durable) content.durable = upTo;
      if (upTo > 0) open.replaced = content;
    }
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
        const torn = records[kept]?.toString();
        records = records.slice(0, kept);
        if (torn !== undefined && torn.length > 1 && this.#random.chance(0.5)) {
          records.push(torn.slice(0, this.#random.between(1, torn.length - 1)));
        }
      }
      file.replaced = undefined;
      file.content = contentOf(content.generation + 1, records, records.length);
      if (records.length === 0) this.#delete(name);
    }
  }

  /** @internal The machine is replaced, or the cloud lost the volume: nothing is left. */
  erase(): void {
    this.#files = new Map();
    this.#lastFile = undefined;
  }

  /** @internal Bit rot: flips one bit of one file, durable or not. Does nothing on an empty disk. */
  corrupt(file?: string): void {
    const names = file === undefined ? this.list() : [file];
    const rotten = names.filter((name) => this.size(name) > 0);
    if (rotten.length === 0) return;
    const open = this.#files.get(this.#faultRandom.pick(rotten));
    if (open === undefined) return;
    const { records } = open.content;
    let byte = this.#faultRandom.below(sizeOf(open.content));
    const at = records.findIndex((record) => {
      if (byte < record.length) return true;
      byte -= record.length;
      return false;
    });
    const record = String(records[at] ?? '');
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
    return this.#disturbances.length > 0 && this.#disturbances.some((disturbance) => disturbance.kind === kind);
  }

  #open(name: string): File {
    let file = this.#find(name);
    if (file === undefined) {
      file = { content: contentOf(0, [], 0), replaced: undefined };
      this.#files.set(name, file);
    }
    return file;
  }

  #find(name: string): File | undefined {
    if (name === this.#lastName && this.#lastFile !== undefined) return this.#lastFile;
    this.#lastName = name;
    this.#lastFile = this.#files.get(name);
    return this.#lastFile;
  }

  #delete(name: string): void {
    this.#files.delete(name);
    this.#lastFile = undefined;
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

  append(file: string, bytes: RecordBytes): WriteOutcome {
    return this.#isAlive() ? this.#disk.append(file, bytes) : 'ok';
  }

  replace(file: string, bytes: RecordBytes): WriteOutcome {
    return this.#isAlive() ? this.#disk.replace(file, bytes) : 'ok';
  }

  read(file: string): string | undefined {
    return this.#disk.read(file);
  }

  records(file: string): readonly RecordBytes[] {
    return this.#disk.records(file);
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
