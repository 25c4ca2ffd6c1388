/**
 * The log of refusals that `ACL LOG` shows, like ones within a minute as one (`addACLLogEntry` of Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';

/** One refusal, or several alike. */
export interface AclLogEntry {
  readonly reason: 'command' | 'key' | 'channel' | 'auth';
  readonly context: 'toplevel' | 'multi' | 'lua';
  /** The command, key or channel. */
  readonly object: Bytes;
  readonly username: Bytes;
  /** The client as a line of `CLIENT LIST`. */
  readonly client: Bytes;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Refusals further apart are two. */
const GROUPED_WITHIN = 60_000;
/** How many entries are compared with a new one. */
const COMPARED = 10;

/** The log. */
export class AclLog {
  #entries: { readonly entry: AclLogEntry; readonly count: number }[] = [];

  /** The newest first. */
  get entries(): readonly { readonly entry: AclLogEntry; readonly count: number }[] {
    return this.#entries;
  }

  /** Notes a refusal. @param maxLength - `acllog-max-len` */
  add(entry: AclLogEntry, maxLength: number): void {
    const at = this.#entries.slice(0, COMPARED).findIndex(({ entry: old }) => old.reason === entry.reason && old.context === entry.context
      && Math.abs(old.at - entry.at) <= GROUPED_WITHIN && old.object === entry.object && old.username === entry.username);
    const [old] = at < 0 ? [] : this.#entries.splice(at, 1);
    this.#entries.unshift({ entry, count: (old?.count ?? 0) + 1 });
    if (at < 0) this.#entries.length = Math.min(this.#entries.length, maxLength);
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries = [];
  }
}
