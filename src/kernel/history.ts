/**
 * The history of a run: what clients asked and what they were told, in the form Jepsen writes it. Each operation is an
 * `invoke` followed, some time later or never, by one completion:
 *
 * - `ok`: it happened, and this was the answer.
 * - `fail`: it certainly did not happen.
 * - `info`: nobody knows; it may have happened, or may still.
 *
 * Checkers read histories and nothing else.
 *
 * @module
 */
import { NumberedMap } from '../structures/numbered-map.ts';
import { invariant, SplitbrainError } from './errors.ts';
import type { Micros } from './units.ts';

/** A plain JSON value, as operations carry it. */
export type HistoryValue = null | boolean | number | string | readonly HistoryValue[] | { readonly [key: string]: HistoryValue };

/** How an entry of a history stands: asked, happened, certainly did not happen, unknown. */
export type HistoryEntryType = 'invoke' | 'ok' | 'fail' | 'info';

/**
 * The version a store stamped on what it wrote or returned; checkers that know the truth use it. A number orders all
 * versions of a key (a timestamp, an offset); a record is a vector clock, which orders only some. `null` = no version
 * (the key was absent).
 */
export type HistoryVersion = number | { readonly [node: string]: number } | null;

/** One line of a history. */
export interface HistoryEntry {
  /** Position in the history, from 0. */
  readonly index: number;
  /** Instant, in microseconds since the start of the run (or the recorder's own unit, in an imported history). */
  readonly time: number;
  /** The client, a logical process that does one thing at a time. */
  readonly process: string | number;
  readonly type: HistoryEntryType;
  /** What was asked: `read`, `write`, `cas`, `append`, … */
  readonly f: string;
  /** The key it concerns, where the workload has keys. */
  readonly key?: string | number;
  /** On `invoke` the argument; on `ok` the argument or the value read. */
  readonly value: HistoryValue;
  /** On `fail` and `info`: the error's code. */
  readonly error?: string;
  /** The version written or read, where the store tells. */
  readonly version?: HistoryVersion;
  /** The node that answered, where known. */
  readonly node?: string;
}

/** What a completion may add to the invocation. */
export interface Completion {
  readonly value?: HistoryValue;
  readonly error?: string;
  readonly version?: HistoryVersion;
  readonly node?: string;
}

/** An operation under way: hand it back to {@link History.ok}, {@link History.fail} or {@link History.info}. */
export type Invocation = number & { readonly invocation: unique symbol };

/**
 * Whether an entry is what nearly all are, of texts and numbers alone, seen without a call. Of such a one nothing can be wrong; others have to be
 * looked at.
 */
export function isUsualEntry({ process, type, f, key, value, version }: { readonly [Field in keyof HistoryEntry]?: unknown }): boolean {
  return (type === 'invoke' || type === 'ok' || type === 'info' || type === 'fail')
    && typeof process === 'string' && typeof f === 'string'
    && (key === undefined || typeof key === 'string')
    && (value === undefined || value === null || typeof value === 'string')
    && (version === undefined || version === null || typeof version === 'number');
}

/** The recorder. One per simulation; store clients write it, tests may write it too. */
export class History implements Iterable<HistoryEntry> {
  readonly #entries: HistoryEntry[] = [];
  readonly #open = new NumberedMap<HistoryEntry>();
  #isUsual = true;
  readonly #now: () => Micros;
  readonly #onEntry: (entry: HistoryEntry) => void;

  /**
   * @param now - the simulation's true time
   * @param onEntry - called with each entry as it is written
   */
  constructor(now: () => Micros, onEntry: (entry: HistoryEntry) => void = () => undefined) {
    this.#now = now;
    this.#onEntry = onEntry;
  }

  /** All entries so far, oldest first. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  /** @internal Whether {@link isUsualEntry} says so of each entry: asked as they are written, when it costs next to nothing. */
  get isUsual(): boolean {
    return this.#isUsual;
  }

  /** The number of entries so far. */
  get length(): number {
    return this.#entries.length;
  }

  /** Entries whose operation has not completed yet. */
  get pending(): readonly HistoryEntry[] {
    return this.#open.entries().map(([, entry]) => entry);
  }

  [Symbol.iterator](): Iterator<HistoryEntry> {
    return this.#entries[Symbol.iterator]();
  }

  /**
   * Writes an invocation.
   *
   * @param process - the client
   * @param f - what it asks
   * @param key - the key, or undefined where the workload has none
   * @param value - the argument
   * @returns a handle for the completion
   */
  invoke(process: string | number, f: string, key: string | number | undefined, value: HistoryValue = null): Invocation {
    const index = this.#entries.length;
    const time = this.#now();
    const entry: HistoryEntry = key === undefined ? { index, time, process, type: 'invoke', f, value } : { index, time, process, type: 'invoke', f, key, value };
    this.#write(entry);
    this.#open.set(index, entry);
    return index as Invocation;
  }

  /** The operation happened; `value` is what was read (the argument when left out). */
  ok(invocation: Invocation, completion: Completion = {}): void {
    this.#complete(invocation, 'ok', completion);
  }

  /** The operation certainly did not happen. */
  fail(invocation: Invocation, completion: Completion = {}): void {
    this.#complete(invocation, 'fail', completion);
  }

  /** Nobody knows whether it happened. */
  info(invocation: Invocation, completion: Completion = {}): void {
    this.#complete(invocation, 'info', completion);
  }

  /** Completes an operation that threw: `fail` when the error is a definite {@link SplitbrainError}, else `info`. */
  failed(invocation: Invocation, error: unknown): void {
    const known = error instanceof SplitbrainError;
    this.#complete(invocation, known && error.definite ? 'fail' : 'info', { error: known ? error.code : 'UNKNOWN' });
  }

  #complete(invocation: Invocation, type: HistoryEntryType, completion: Completion): void {
    const invoked = this.#open.take(invocation);
    // The text is made for each entry otherwise.
    if (invoked === undefined) invariant(false, `operation ${invocation} completed twice or never invoked`);
    const { process, f, key } = invoked;
    const { value = invoked.value, error, version, node } = completion;
    const index = this.#entries.length;
    const time = this.#now();
    if (error === undefined && key !== undefined && version !== undefined && node !== undefined) {
      // In one piece, as most are: fields that come later are kept apart from the object.
      this.#write({ index, time, process, type, f, key, value, version, node });
      return;
    }
    // Field by field: a sweep writes a thousand entries a seed, and the spread of two objects costs more than all the rest.
    const entry: { -readonly [Field in keyof HistoryEntry]: HistoryEntry[Field] } = key === undefined ? { index, time, process, type, f, value } : { index, time, process, type, f, key, value };
    if (error !== undefined) entry.error = error;
    if (version !== undefined) entry.version = version;
    if (node !== undefined) entry.node = node;
    this.#write(entry);
  }

  #write(entry: HistoryEntry): void {
    this.#entries.push(entry);
    if (!isUsualEntry(entry)) this.#isUsual = false;
    this.#onEntry(entry);
  }
}
