/**
 * Keyspace notifications: which classes of events are published, and how `notify-keyspace-events` writes them (Redis
 * documentation, "Redis keyspace notifications"; `notify.c` of 7.0).
 *
 * An event is published when it happens, inside its command: who listens on the same connection gets it before the reply.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';

/** The class of an event; each is one bit. */
export const NOTIFY = {
  keyspace: 1, keyevent: 2, generic: 4, string: 8, list: 16, set: 32, hash: 64, zset: 128, expired: 256, evicted: 512, stream: 1024,
  keyMiss: 2048, module: 8192, new: 16_384,
} as const;

/** The name of a class. */
export type NotifyClass = Exclude<keyof typeof NOTIFY, 'keyspace' | 'keyevent'>;

const LETTERS: Readonly<Record<string, number>> = {
  g: NOTIFY.generic, $: NOTIFY.string, l: NOTIFY.list, s: NOTIFY.set, h: NOTIFY.hash, z: NOTIFY.zset, x: NOTIFY.expired, e: NOTIFY.evicted,
  t: NOTIFY.stream, d: NOTIFY.module, n: NOTIFY.new, K: NOTIFY.keyspace, E: NOTIFY.keyevent, m: NOTIFY.keyMiss,
};
const ALL = NOTIFY.generic | NOTIFY.string | NOTIFY.list | NOTIFY.set | NOTIFY.hash | NOTIFY.zset | NOTIFY.expired | NOTIFY.evicted | NOTIFY.stream | NOTIFY.module;

/** Reads what a configuration says, or undefined when it has an unknown letter. */
export function parseNotifyClasses(text: Bytes): number | undefined {
  let flags = 0;
  for (const letter of text) {
    const flag = letter === 'A' ? ALL : LETTERS[letter];
    if (flag === undefined) return undefined;
    flags |= flag;
  }
  return flags;
}

/** The one way Redis writes a choice of classes. With `A` it does not mention `n`. */
export function formatNotifyClasses(flags: number): Bytes {
  const within = (letters: string): string => Array.from(letters).filter((letter) => (flags & (LETTERS[letter] ?? 0)) !== 0).join('');
  return ((flags & ALL) === ALL ? 'A' : within('g$lshzxetdn')) + within('KEm');
}

/** Publishes events. */
export class Notifications {
  /** The classes that are published; 0: none. */
  flags = 0;
  readonly #publish: (channel: Bytes, message: Bytes) => void;

  /** @param publish - sends a message to a channel */
  constructor(publish: (channel: Bytes, message: Bytes) => void) {
    this.#publish = publish;
  }

  /** Publishes an event if its class is asked for. Callers on a hot path look at `flags` first. */
  notify(kind: NotifyClass, event: Bytes, key: Bytes, database: number): void {
    const { flags } = this;
    if ((flags & NOTIFY[kind]) === 0) return;
    if ((flags & NOTIFY.keyspace) !== 0) this.#publish(`__keyspace@${database}__:${key}`, event);
    if ((flags & NOTIFY.keyevent) !== 0) this.#publish(`__keyevent@${database}__:${event}`, key);
  }
}
