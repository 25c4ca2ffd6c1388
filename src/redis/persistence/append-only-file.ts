/**
 * The append-only file: every change as a RESP command, on the simulated disk (Redis documentation, "Redis persistence";
 * `aof.c` of 7.0).
 *
 * - `always`: what a turn of the event loop changed is written and synced before any of its replies leave.
 * - `everysec`: written at once, synced by a background thread about once a second. While a sync is under way the next
 *   write waits, two seconds at most: a power failure may cost two seconds.
 * - `no`: written at once, synced when the operating system likes: here, never.
 *
 * A process that dies loses what it had not written yet; the page cache lives on. A power failure takes what was not synced.
 *
 * Left out: rewriting in the background, the multi-part manifest of 7.0, the RDB preamble.
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import type { ByteCount } from '../../kernel/units.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Effect } from '../effects.ts';
import { parseCommand } from '../resp/command-parser.ts';
import { encodeCommand } from '../resp/encode.ts';

/** When the file is synced. */
export type AppendFsync = 'always' | 'everysec' | 'no';

/** The file's name on a node's disk. */
export const AOF_FILE = 'appendonly.aof';
/** The type of the timer that says a sync is done. */
export const AOF_SYNCED = 'redis-aof-synced';

const SECOND = 1e6;
const POSTPONED_MAX = 2e6;

/** What loading the file gave. */
export type AofLoad =
  | { readonly kind: 'loaded'; readonly commands: number; readonly cut: number }
  /** The server refuses to start. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A position in the log of changes, of which the file is a tail: it begins at `base`. */
const BASE = /^#BASE:([0-9]+)\r\n/;

/** The file of one incarnation. */
export class AppendOnlyFile {
  readonly #host: Host;
  readonly #policy: AppendFsync;
  #buffer: Bytes = '';
  /** The database of the last change; -1: the next one names its own. */
  #selected = -1;
  /** Syncs under way: two when the file was replaced meanwhile. */
  #syncs = 0;
  /** Written since the last sync began. */
  #unsynced = false;
  #lastSync = 0;
  #postponedSince: number | undefined = undefined;
  /** Whether the last write failed because the disk was full. */
  writeFailed = false;

  /** @param policy - `appendfsync` */
  constructor(host: Host, policy: AppendFsync) {
    this.#host = host;
    this.#policy = policy;
  }

  /**
   * Replays the file.
   *
   * @param loadTruncated - `aof-load-truncated`: whether an incomplete tail is cut off, or the start refused
   * @param onBase - told the position in the log of changes at which the file begins
   * @param apply - executes one command of so many bytes
   */
  load(loadTruncated: boolean, onBase: (base: number) => void, apply: (args: readonly Bytes[], length: number) => void): AofLoad {
    const bytes = this.#host.disk.read(AOF_FILE) ?? '';
    const header = BASE.exec(bytes);
    onBase(Number(header?.[1] ?? 0));
    let at = header?.[0].length ?? 0;
    let good = at;
    let commands = 0;
    let inTransaction = false;
    for (;;) {
      const parsed = parseCommand(bytes, at);
      if (parsed.kind === 'malformed') {
        return { kind: 'refused', reason: `Bad file format reading the append only file at offset ${at}` };
      }
      if (parsed.kind === 'incomplete') break;
      const name = (parsed.args[0] ?? '').toUpperCase();
      if (name === 'MULTI') inTransaction = true;
      if (name === 'EXEC') inTransaction = false;
      apply(parsed.args, parsed.end - at);
      at = parsed.end;
      commands++;
      // A transaction that never ends is cut off from its beginning.
      if (!inTransaction) good = at;
    }
    const cut = bytes.length - good;
    if (cut > 0) {
      if (!loadTruncated) return { kind: 'refused', reason: 'Unexpected end of file reading the append only file' };
      this.#host.disk.truncate(AOF_FILE, good as ByteCount);
    }
    return { kind: 'loaded', commands, cut };
  }

  /** Adds changes that belong together; {@link flush} writes them. */
  appendChanges(changes: readonly Effect[]): void {
    let bytes = changes.length > 1 ? encodeCommand(['MULTI']) : '';
    for (const { database, args } of changes) {
      if (database !== this.#selected) {
        bytes += encodeCommand(['SELECT', String(database)]);
        this.#selected = database;
      }
      bytes += encodeCommand(args);
    }
    this.append(changes.length > 1 ? bytes + encodeCommand(['EXEC']) : bytes);
  }

  /** Adds bytes; {@link flush} writes them. */
  append(bytes: Bytes): void {
    this.#buffer += bytes;
  }

  /** Replaces the file by a dataset, as after a full resynchronisation. */
  replace(base: number, bytes: Bytes): void {
    this.#buffer = '';
    this.#selected = -1;
    this.writeFailed = this.#host.disk.replace(AOF_FILE, `#BASE:${base}\r\n${bytes}`) === 'full';
    this.#unsynced = true;
    this.#sync();
  }

  /** Whether replies must wait: a sync of what they report is under way. */
  get holdsReplies(): boolean {
    return this.#policy === 'always' && (this.#syncs > 0 || this.#buffer !== '');
  }

  /** Whether a power failure would cost something. */
  get isUnsynced(): boolean {
    return this.#buffer !== '' || this.#unsynced || this.#syncs > 0;
  }

  /** Whether there is anything to write. */
  get isDirty(): boolean {
    return this.#buffer !== '';
  }

  /** Writes what was added, and syncs by the policy. Called after each turn of the event loop and ten times a second. */
  flush(): void {
    const now = this.#host.monotonic();
    if (this.#buffer !== '') {
      if (this.#policy === 'everysec' && this.#syncs > 0) {
        this.#postponedSince ??= now;
        if (now - this.#postponedSince < POSTPONED_MAX) return;
      }
      this.#postponedSince = undefined;
      this.writeFailed = this.#host.disk.append(AOF_FILE, this.#buffer) === 'full';
      if (this.writeFailed) return;
      this.#buffer = '';
      this.#unsynced = true;
    }
    if (!this.#unsynced || this.#syncs > 0) return;
    if (this.#policy === 'always' || (this.#policy === 'everysec' && now - this.#lastSync >= SECOND)) this.#sync();
  }

  /** A sync has finished. */
  onSynced(): void {
    this.#syncs--;
    this.flush();
  }

  #sync(): void {
    this.#syncs++;
    this.#unsynced = false;
    this.#lastSync = this.#host.monotonic();
    this.#host.disk.sync(AOF_FILE, { type: AOF_SYNCED });
  }
}
