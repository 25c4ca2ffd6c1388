/**
 * Client-side caching: the server remembers which connection has read which key, or which prefixes it wants to hear of, and
 * tells it when a key may have changed (`tracking.c` of Redis 7.0).
 *
 * A connection is told in pushes of RESP3, or through another connection that it names (`REDIRECT`), which with RESP2 must be
 * subscribed to `__redis__:invalidate`. What the command of a connection invalidates for the connection itself is sent behind
 * its reply. Broadcasts are gathered for the length of a command here, and of a turn of the event loop there.
 *
 * @module
 */
import type { Random } from '../../kernel/random.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';
import type { Connection } from './connection.ts';
import { keyReferences } from '../key-references.ts';
import { array, bulk, bulks, integer, NIL, type Reply } from '../reply.ts';

/** What a connection has asked for with `CLIENT TRACKING ON`. */
export interface TrackingState {
  /** The id of the connection that is told instead, 0 for none. */
  readonly redirect: number;
  readonly isBroadcast: boolean;
  readonly option: 'optin' | 'optout' | undefined;
  readonly noLoop: boolean;
  /** `CLIENT CACHING` was said for the next command. */
  caching: boolean;
  /** The connection that should be told is gone. */
  isRedirectBroken: boolean;
  readonly prefixes: ReadonlySet<Bytes>;
}

/** The connections that want to hear of a prefix, and the keys under it that were changed, each with who did. */
interface Prefix {
  readonly listeners: Set<Connection>;
  changed: Map<Bytes, Connection | undefined>;
}

/** What the tracking needs of its engine. */
export interface TrackingHost {
  /** Whose command is being executed. */
  readonly caller: Connection | undefined;
  readonly random: Random;
  find(id: number): Connection | undefined;
  /** Delivers a message; what the caller itself gave cause for only behind its reply. */
  tell(connection: Connection, message: Reply, cause?: Connection): void;
}

/** The channel that stands for invalidations in RESP2. */
const CHANNEL = '__redis__:invalidate';
/** How many keys are forgotten at most for each command that finds the table too large. */
const EFFORT = 100;

/** Whether of two prefixes one begins with the other. */
export function overlap(a: Bytes, b: Bytes): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/** The tracking of one engine. */
export class Tracking {
  readonly #host: TrackingHost;
  readonly #clients = new Set<Connection>();
  /** Who has read which key, by connection ids. */
  #readers = new Map<Bytes, Set<number>>();
  readonly #prefixes = new Map<Bytes, Prefix>();
  #readersCount = 0;
  /** Everything is being removed: who tracks is told that once, and not of each key. */
  #isFlushing = false;
  /** How often the table was still too large after the effort. */
  #failures = 0;

  /** Nobody tracks. */
  constructor(host: TrackingHost) {
    this.#host = host;
  }

  /** Whether anything has to be noticed at all. */
  get isActive(): boolean {
    return this.#clients.size > 0 || this.#readers.size > 0;
  }

  /** How many connections track. */
  get clients(): number {
    return this.#clients.size;
  }

  /** How many keys are remembered, how many readers of them, and how many prefixes. */
  get totals(): { readonly keys: number; readonly items: number; readonly prefixes: number } {
    return { keys: this.#readers.size, items: this.#readersCount, prefixes: this.#prefixes.size };
  }

  /** `CLIENT TRACKING ON`. Prefixes add to those the connection has. */
  enable(connection: Connection, state: Omit<TrackingState, 'caching' | 'isRedirectBroken'>): void {
    const known = connection.tracking?.isBroadcast === true ? connection.tracking.prefixes : new Set<Bytes>();
    const added = state.isBroadcast && state.prefixes.size === 0 ? new Set(['']) : state.prefixes;
    // In order: that is how an overlapping one is found.
    const prefixes = state.isBroadcast ? new Set([...known, ...added].sort((a, b) => (a < b ? -1 : 1))) : new Set<Bytes>();
    for (const prefix of prefixes) {
      const entry = this.#prefixes.get(prefix);
      if (entry === undefined) this.#prefixes.set(prefix, { listeners: new Set([connection]), changed: new Map() });
      else entry.listeners.add(connection);
    }
    connection.tracking = { ...state, prefixes, caching: connection.tracking?.caching ?? false, isRedirectBroken: false };
    this.#clients.add(connection);
  }

  /** `CLIENT TRACKING OFF`, and the end of a connection. */
  disable(connection: Connection): void {
    if (connection.tracking === undefined) return;
    for (const prefix of connection.tracking.prefixes) {
      const entry = this.#prefixes.get(prefix);
      entry?.listeners.delete(connection);
      if (entry?.listeners.size === 0) this.#prefixes.delete(prefix);
    }
    connection.tracking = undefined;
    this.#clients.delete(connection);
  }

  /** A connection has read keys. */
  remember(connection: Connection, keys: readonly Bytes[]): void {
    const state = connection.tracking;
    if (state === undefined || state.isBroadcast) return;
    if ((state.option === 'optin' && !state.caching) || (state.option === 'optout' && state.caching)) return;
    for (const key of keys) {
      const readers = this.#readers.get(key);
      if (readers?.has(connection.id) === true) continue;
      if (readers === undefined) this.#readers.set(key, new Set([connection.id]));
      else readers.add(connection.id);
      this.#readersCount++;
    }
  }

  /** A connection has read the keys of its command. */
  rememberKeysOf(connection: Connection | undefined, command: Command, args: readonly Bytes[]): void {
    if (connection?.tracking === undefined || command.flags.includes('pubsub')) return;
    this.remember(connection, keyReferences(command, args).map(({ place }) => args[place] as Bytes));
  }

  /** A command of a connection is over: `CLIENT CACHING` was for that one alone. */
  executed({ tracking, transaction }: Connection, command: Command): void {
    if (tracking !== undefined && transaction === undefined && command.name !== 'client') tracking.caching = false;
  }

  /** A key was changed. */
  touched(key: Bytes): void {
    if (this.#isFlushing) return;
    for (const [prefix, entry] of this.#prefixes) if (key.startsWith(prefix)) entry.changed.set(key, this.#host.caller);
    this.#invalidate(key);
  }

  /** Removes everything from databases: whoever tracks hears once that nothing holds any more. */
  flush(remove: () => void): void {
    if (!this.isActive) {
      remove();
      return;
    }
    this.#readers = new Map();
    this.#readersCount = 0;
    for (const connection of this.#clients) this.#send(connection, undefined);
    this.#isFlushing = true;
    remove();
    this.#isFlushing = false;
  }

  /** Forgets keys at random, and tells their readers, until no more than so many are remembered. @param max - 0: no limit */
  limit(max: number): void {
    if (max === 0 || this.#readers.size <= max) {
      this.#failures = 0;
      return;
    }
    const keys = [...this.#readers.keys()];
    for (let effort = EFFORT * (this.#failures + 1); effort > 0 && this.#readers.size > max; effort--) {
      const at = this.#host.random.below(keys.length);
      this.#invalidate(keys[at] as Bytes);
      keys[at] = keys.at(-1) as Bytes;
      keys.pop();
    }
    this.#failures = this.#readers.size > max ? this.#failures + 1 : 0;
  }

  /** Sends what was gathered for those who hear of prefixes. */
  broadcast(): void {
    // In the order of the prefixes, as the real one's tree has them.
    const inOrder = [...this.#prefixes].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, entry] of inOrder) {
      if (entry.changed.size === 0) continue;
      const { changed } = entry;
      entry.changed = new Map();
      const all = [...changed.keys()].sort((a, b) => (a < b ? -1 : 1));
      for (const listener of entry.listeners) {
        const keys = listener.tracking?.noLoop === true ? all.filter((key) => changed.get(key) !== listener) : all;
        if (keys.length > 0) this.#send(listener, keys);
      }
    }
  }

  #invalidate(key: Bytes): void {
    const readers = this.#readers.get(key);
    if (readers === undefined) return;
    this.#readers.delete(key);
    this.#readersCount -= readers.size;
    for (const id of readers) {
      const target = this.#host.find(id);
      if (target?.tracking === undefined || target.tracking.isBroadcast) continue;
      if (target.tracking.noLoop && target === this.#host.caller) continue;
      this.#send(target, [key]);
    }
  }

  /** @param keys - undefined: all of them */
  #send(connection: Connection, keys: readonly Bytes[] | undefined): void {
    const state = connection.tracking;
    if (state === undefined) return;
    const what = keys === undefined ? NIL : bulks(keys);
    // That everything is gone is said at once, behind a reply only where who removed it tracks keys itself.
    const tell = (to: Connection, message: Reply): void => {
      if (keys === undefined && connection !== this.#host.caller) to.deliver(message);
      else this.#host.tell(to, message, connection);
    };
    const target = state.redirect === 0 ? connection : this.#host.find(state.redirect);
    if (target === undefined) {
      state.isRedirectBroken = true;
      if (connection.protocol === 3) tell(connection, { kind: 'push', items: [bulk('tracking-redir-broken'), integer(state.redirect)] });
    } else if (target.protocol === 3) {
      tell(target, { kind: 'push', items: [bulk('invalidate'), what] });
    } else if (state.redirect !== 0 && target.subscriptions > 0) {
      tell(target, { kind: 'push', items: [bulk('message'), bulk(CHANNEL), what] });
    }
  }
}

/** The reply of `CLIENT TRACKINGINFO`. */
export function trackingInfo(state: TrackingState | undefined): Reply {
  const caching = state?.caching === true;
  const flags = state === undefined ? ['off'] : [
    'on', ...(state.isBroadcast ? ['bcast'] : []), ...(state.option === 'optin' ? ['optin', ...(caching ? ['caching-yes'] : [])] : []),
    ...(state.option === 'optout' ? ['optout', ...(caching ? ['caching-no'] : [])] : []), ...(state.noLoop ? ['noloop'] : []),
    ...(state.isRedirectBroken ? ['broken_redirect'] : []),
  ];
  const prefixes = [...state?.prefixes ?? []].sort((a, b) => (a < b ? -1 : 1));
  return {
    kind: 'map',
    items: [
      bulk('flags'), { kind: 'set', items: flags.map(bulk) }, bulk('redirect'), integer(state?.redirect ?? -1),
      bulk('prefixes'), array(prefixes.map(bulk)),
    ],
  };
}
