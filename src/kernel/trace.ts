/**
 * The trace: what the simulated world did, written down once, in order. Every entry is folded into a digest, which two runs
 * of one seed must share; the most recent entries are kept in typed columns for pictures and people. Clients' operations
 * stand in the history instead, and are folded into the same digest.
 *
 * @module
 */
import { Digest } from '../structures/digest.ts';
import { hashString } from '../structures/hash.ts';
import { NameTable } from '../structures/name-table.ts';
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

const NONE = -1;

/** Integers an entry: its node and kind, sender, text and message's type. */
const WORDS = 4;
const KIND_BITS = 4;

/** Writes the trace and reads it back. */
export class Trace {
  readonly level: TraceLevel;
  readonly #limit: number;
  readonly #digest = new Digest();
  readonly #names: (index: number) => NodeId | undefined;
  readonly #textIds = new Map<string, number>();
  readonly #texts: string[] = [];
  /** The small integers of types of messages and timers. */
  readonly #typeIds = new NameTable<number>();
  #textHashes = new Int32Array(64);
  #capacity = 0;
  /** Two numbers an entry, its instant and when its message was sent, and four integers: an entry touches two lines of the cache, not seven. */
  #instants = new Float64Array(0);
  #words = new Int32Array(0);
  /** A note's text: it may be unique, and an interned text is never let go. */
  readonly #notes = new Map<number, string>();
  readonly #details = new Map<number, unknown>();
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
    if (!(limit >= 0 && (Number.isSafeInteger(limit) || limit === Infinity))) {
      throw new UsageError('INVALID_OPTION', `traceLimit is a whole number, got ${String(limit)}`);
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

  /** @internal The same for the type of a message or a timer: one for each event. */
  internType(type: string): number {
    const known = this.#typeIds.get(type);
    if (known !== undefined) return known;
    const id = this.intern(type);
    this.#typeIds.set(type, id);
    return id;
  }

  /** @internal Writes an entry; `from`, `message` and `sentAt` are -1 where they make no sense. */
  record(kind: number, time: number, node: number, what: number, from: number = NONE, sentAt: number = -1, message: number = NONE, detail?: unknown): void {
    const hash = this.#textHashes[what] as number;
    this.#fold(kind, time, node, message < 0 ? hash : hash ^ Math.imul(this.#textHashes[message] as number, 0x2c1b3c6d), from, sentAt);
    // A message's content is kept or not; the digest must not depend on it.
    if (detail !== undefined && sentAt < 0) this.#digest.foldData(detail);
    const index = this.#count++;
    if (this.level === 'digest') return;
    this.#keep(index, kind, time, node, what, from, sentAt, message);
    if (detail !== undefined) this.#details.set(index, detail);
  }

  /** @internal Writes a node's note. */
  note(time: number, node: number, text: string, detail: unknown): void {
    this.#fold(TRACE.note, time, node, hashString(text), NONE, -1);
    if (detail !== undefined) this.#digest.foldData(detail);
    const index = this.#count++;
    if (this.level === 'digest') return;
    this.#keep(index, TRACE.note, time, node, NONE, NONE, -1, NONE);
    if (this.#limit === 0) return;
    this.#notes.set(index, text);
    if (detail !== undefined) this.#details.set(index, detail);
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
    digest.foldData(entry.version);
    digest.foldData(entry.node);
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

  #fold(kind: number, time: number, node: number, text: number, from: number, sentAt: number): void {
    const digest = this.#digest;
    digest.fold(time | 0);
    // The odd factors keep one part of an entry from being taken for another.
    digest.fold(((time / 0x1_0000_0000) | 0) ^ Math.imul(node, 0x9e3779b1) ^ Math.imul(from, 0x85ebca77));
    digest.fold(text ^ Math.imul(sentAt | 0, 0xc2b2ae3d) ^ Math.imul(kind, 0x27d4eb2f));
  }

  #keep(index: number, kind: number, time: number, node: number, what: number, from: number, sentAt: number, message: number): void {
    const limit = this.#limit;
    if (limit === 0) return;
    const at = index < limit ? index : index % limit;
    if (at >= this.#capacity) this.#grow();
    const instants = this.#instants;
    instants[at * 2] = time;
    instants[at * 2 + 1] = sentAt;
    const words = this.#words;
    const base = at * WORDS;
    words[base] = (node << KIND_BITS) | kind;
    words[base + 1] = from;
    words[base + 2] = what;
    words[base + 3] = message;
    if (index < limit) return;
    if (this.#details.size > 0) this.#details.delete(index - limit);
    if (this.#notes.size > 0) this.#notes.delete(index - limit);
  }

  #entry(index: number): TraceEntry {
    const at = index % this.#limit;
    const word = (offset: number): number => this.#words[at * WORDS + offset] as number;
    const node = this.#names(word(0) >> KIND_BITS);
    const from = this.#names(word(1));
    const what = this.#notes.get(index) ?? this.#texts[word(2)];
    const message = this.#texts[word(3)];
    const sentAt = this.#instants[at * 2 + 1] as number;
    const detail = this.#details.get(index);
    return {
      index,
      time: this.#instants[at * 2] as Micros,
      kind: KINDS[word(0) & ((1 << KIND_BITS) - 1)] as TraceKind,
      ...(node === undefined ? {} : { node }),
      ...(from === undefined ? {} : { from }),
      ...(what === undefined || what === '' ? {} : { what }),
      ...(sentAt < 0 ? {} : { sentAt: sentAt as Micros }),
      ...(message === undefined ? {} : { message }),
      ...(detail === undefined ? {} : { detail }),
    };
  }

  #grow(): void {
    this.#capacity = Math.min(this.#limit, Math.max(1024, this.#capacity * 2));
    const instants = new Float64Array(this.#capacity * 2);
    instants.set(this.#instants);
    this.#instants = instants;
    const words = new Int32Array(this.#capacity * WORDS);
    words.set(this.#words);
    this.#words = words;
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
