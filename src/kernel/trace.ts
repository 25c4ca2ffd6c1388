/**
 * The trace: what the simulated world did, written down once, in order. Every entry is folded into a digest, which two runs
 * of one seed must share; the most recent entries are kept in typed columns for pictures and people. Clients' operations
 * stand in the history instead, and are folded into the same digest.
 *
 * @module
 */
import { Digest } from '../structures/digest.ts';
import { hashString } from '../structures/hash.ts';
import { InputError, messageOf, UsageError } from './errors.ts';
import type { HistoryEntry } from './history.ts';
import type { Micros, NodeId } from './units.ts';

/** Everything an entry can tell. */
const KINDS = [
  'deliver', 'drop', 'timer', 'start', 'crash', 'pause', 'resume', 'wipe', 'fault', 'heal', 'note', 'held', 'sync',
] as const;

/** What an entry tells. */
export type TraceKind = (typeof KINDS)[number];

const CODES = new Map<string, number>(KINDS.map((kind, code) => [kind, code]));

/** The code of a kind, for the hot path. */
export const TRACE: Readonly<Record<TraceKind, number>> = Object.fromEntries(CODES) as Record<TraceKind, number>;

/**
 * How much is kept: `digest` nothing, `events` the entries without the messages themselves (the default), `messages` the
 * messages too, which keeps them all alive.
 */
export type TraceLevel = 'digest' | 'events' | 'messages';

/** One entry, as {@link Trace.entries} gives it and as a line of the JSON-lines form. */
export interface TraceEntry {
  /** Position in the whole trace, from 0. */
  readonly index: number;
  /** Microseconds since the start of the run. */
  readonly time: Micros;
  readonly kind: TraceKind;
  /** The node it happened on: the receiver of a message. Absent for faults. */
  readonly node?: NodeId;
  /** The sender of a message. */
  readonly from?: NodeId;
  /** The message's or timer's type, the note, the reason of a drop, the fault in words. */
  readonly what?: string;
  /** When the message was sent. */
  readonly sentAt?: Micros;
  /** The message's type, on a drop. */
  readonly message?: string;
  /** A note's detail, the fault, or (at level `messages`) the message. */
  readonly detail?: unknown;
}

const NO_NODE = -1;

/** Writes the trace and reads it back. */
export class Trace {
  readonly level: TraceLevel;
  readonly #limit: number;
  readonly #digest = new Digest();
  readonly #names: (index: number) => NodeId | undefined;
  readonly #textIds = new Map<string, number>();
  readonly #texts: string[] = [];
  #textHashes = new Int32Array(64);
  #capacity = 0;
  #time = new Float64Array(0);
  #sentAt = new Float64Array(0);
  #kind = new Uint8Array(0);
  #node = new Int32Array(0);
  #from = new Int32Array(0);
  #what = new Int32Array(0);
  #message = new Int32Array(0);
  #details = new Map<number, unknown>();
  #count = 0;

  /**
   * @param names - turns a node's index into its name
   * @param level - how much is kept
   * @param limit - how many entries are kept at most, the most recent ones; the digest covers all
   */
  constructor(names: (index: number) => NodeId | undefined, level: TraceLevel = 'events', limit = 1_000_000) {
    if (level !== 'digest' && level !== 'events' && level !== 'messages') {
      throw new UsageError('INVALID_OPTION', `trace is 'digest', 'events' or 'messages', got '${String(level)}'`);
    }
    this.#names = names;
    this.level = level;
    this.#limit = limit;
  }

  /** Sixteen hexadecimal digits over everything that happened so far. The same seed gives the same digest. */
  get digest(): string {
    return this.#digest.toString();
  }

  /** How many entries were written, kept or not. */
  get length(): number {
    return this.#count;
  }

  /** How many of the oldest entries are no longer kept. */
  get dropped(): number {
    return this.level === 'digest' ? this.#count : Math.max(0, this.#count - this.#limit);
  }

  /** @internal Turns a text into a small integer, once. */
  intern(text: string): number {
    const known = this.#textIds.get(text);
    if (known !== undefined) return known;
    const id = this.#texts.length;
    this.#texts.push(text);
    this.#textIds.set(text, id);
    if (id === this.#textHashes.length) {
      const wider = new Int32Array(id * 2);
      wider.set(this.#textHashes);
      this.#textHashes = wider;
    }
    this.#textHashes[id] = hashString(text);
    return id;
  }

  /** @internal Writes an entry; `from`, `message` and `sentAt` are -1 where they make no sense. */
  record(kind: number, time: number, node: number, what: number, from: number = NO_NODE, sentAt: number = -1, message: number = -1, detail?: unknown): void {
    const digest = this.#digest;
    digest.fold(time | 0);
    digest.fold(((time / 0x1_0000_0000) | 0) ^ (kind << 24) ^ (node << 8) ^ from);
    digest.fold((this.#textHashes[what] as number) ^ message);
    const index = this.#count++;
    if (this.level === 'digest') return;
    const at = index % this.#limit;
    if (at >= this.#capacity) this.#grow();
    this.#time[at] = time;
    this.#sentAt[at] = sentAt;
    this.#kind[at] = kind;
    this.#node[at] = node;
    this.#from[at] = from;
    this.#what[at] = what;
    this.#message[at] = message;
    if (detail !== undefined) this.#details.set(index, detail);
    if (index >= this.#limit && this.#details.size > 0) this.#details.delete(index - this.#limit);
  }

  /** @internal Folds an entry of the history into the digest. */
  foldHistory(entry: HistoryEntry): void {
    const digest = this.#digest;
    digest.foldNumber(entry.time);
    digest.foldText(entry.type);
    digest.foldData(entry.process);
    digest.foldText(entry.f);
    digest.foldData(entry.key);
    digest.foldData(entry.value);
    digest.foldData(entry.error);
  }

  /**
   * The entries that are kept, oldest first.
   *
   * @yields each entry
   */
  *entries(): Generator<TraceEntry, void, undefined> {
    const first = this.dropped;
    for (let index = first; index < this.#count; index++) yield this.#entry(index);
  }

  [Symbol.iterator](): Iterator<TraceEntry> {
    return this.entries();
  }

  /** The entries that are kept, one JSON object a line. */
  toJsonLines(): string {
    let text = '';
    for (const entry of this.entries()) text += `${JSON.stringify(entry)}\n`;
    return text;
  }

  #entry(index: number): TraceEntry {
    const at = index % this.#limit;
    const node = this.#names(this.#node[at] as number);
    const from = this.#names(this.#from[at] as number);
    const what = this.#texts[this.#what[at] as number];
    const message = this.#texts[this.#message[at] as number];
    const sentAt = this.#sentAt[at] as number;
    const detail = this.#details.get(index);
    return {
      index,
      time: this.#time[at] as Micros,
      kind: KINDS[this.#kind[at] as number] as TraceKind,
      ...(node === undefined ? {} : { node }),
      ...(from === undefined ? {} : { from }),
      ...(what === undefined || what === '' ? {} : { what }),
      ...(sentAt < 0 ? {} : { sentAt: sentAt as Micros }),
      ...(message === undefined ? {} : { message }),
      ...(detail === undefined ? {} : { detail }),
    };
  }

  #grow(): void {
    const size = Math.min(this.#limit, Math.max(1024, this.#capacity * 2));
    const widen = <T extends Float64Array | Int32Array | Uint8Array>(wider: T, column: T): T => {
      wider.set(column);
      return wider;
    };
    this.#time = widen(new Float64Array(size), this.#time);
    this.#sentAt = widen(new Float64Array(size), this.#sentAt);
    this.#kind = widen(new Uint8Array(size), this.#kind);
    this.#node = widen(new Int32Array(size), this.#node);
    this.#from = widen(new Int32Array(size), this.#from);
    this.#what = widen(new Int32Array(size), this.#what);
    this.#message = widen(new Int32Array(size), this.#message);
    this.#capacity = size;
  }
}

/**
 * Reads a trace back from its JSON-lines form.
 *
 * @param text - what {@link Trace.toJsonLines} wrote
 * @param source - the file's name, for errors
 * @throws {@link InputError} naming source and line
 */
export function parseTrace(text: string, source = 'trace'): TraceEntry[] {
  const entries: TraceEntry[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw new InputError(`${source}:${index + 1}: not JSON: ${messageOf(cause)}`, { cause });
    }
    const entry = value as Partial<TraceEntry> | null;
    if (entry === null || typeof entry !== 'object' || !Number.isSafeInteger(entry.time) || !CODES.has(String(entry.kind))) {
      throw new InputError(`${source}:${index + 1}: not a trace entry: it needs a whole 'time' and a known 'kind'`);
    }
    entries.push(entry as TraceEntry);
  });
  return entries;
}
