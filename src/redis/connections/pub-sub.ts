/**
 * Publish and subscribe, by channel and by pattern. At most once: who is not subscribed at the moment hears nothing.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Connection } from './connection.ts';
import { globMatches } from '../bytes/glob.ts';
import { bulk } from '../reply.ts';

/** How a subscription names its channels. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard';

/** The subscriptions of one engine. */
export class PubSub {
  readonly #subscribers: Readonly<Record<SubscriptionKind, Map<Bytes, Set<Connection>>>> = { channel: new Map(), pattern: new Map(), shard: new Map() };

  /** Subscribes to a channel or pattern. @returns whether that is new */
  subscribe(kind: SubscriptionKind, connection: Connection, name: Bytes): boolean {
    const own = connection.subscribed[kind];
    if (own.has(name)) return false;
    own.add(name);
    const table = this.#subscribers[kind];
    const subscribers = table.get(name);
    if (subscribers === undefined) table.set(name, new Set([connection]));
    else subscribers.add(connection);
    return true;
  }

  /** Ends a subscription. @returns whether there was one */
  unsubscribe(kind: SubscriptionKind, connection: Connection, name: Bytes): boolean {
    if (!connection.subscribed[kind].delete(name)) return false;
    const table = this.#subscribers[kind];
    const subscribers = table.get(name);
    subscribers?.delete(connection);
    if (subscribers?.size === 0) table.delete(name);
    return true;
  }

  /** Ends all subscriptions of a connection. */
  forget(connection: Connection): void {
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      for (const name of connection.subscribed[kind]) this.unsubscribe(kind, connection, name);
    }
  }

  /** Publishes. @returns how many subscriptions received it */
  publish(channel: Bytes, message: Bytes): number {
    let receivers = 0;
    for (const connection of this.#subscribers.channel.get(channel) ?? []) {
      connection.deliver({ kind: 'push', items: [bulk('message'), bulk(channel), bulk(message)] });
      receivers++;
    }
    for (const [pattern, subscribers] of this.#subscribers.pattern) {
      if (!globMatches(pattern, channel)) continue;
      for (const connection of subscribers) {
        connection.deliver({ kind: 'push', items: [bulk('pmessage'), bulk(pattern), bulk(channel), bulk(message)] });
        receivers++;
      }
    }
    return receivers;
  }

  /** Publishes to a shard channel. @returns how many received it */
  publishToShard(channel: Bytes, message: Bytes): number {
    const subscribers = this.#subscribers.shard.get(channel);
    for (const connection of subscribers ?? []) connection.deliver({ kind: 'push', items: [bulk('smessage'), bulk(channel), bulk(message)] });
    return subscribers?.size ?? 0;
  }

  /** The channels, or shard channels, with subscribers that match a pattern, or all. */
  channels(pattern?: Bytes, kind: 'channel' | 'shard' = 'channel'): Bytes[] {
    const names = [...this.#subscribers[kind].keys()];
    return pattern === undefined ? names : names.filter((name) => globMatches(pattern, name));
  }

  /** How many connections are subscribed to a channel by name. */
  subscribers(channel: Bytes, kind: 'channel' | 'shard' = 'channel'): number {
    return this.#subscribers[kind].get(channel)?.size ?? 0;
  }

  /** How many patterns are subscribed to. */
  get patternCount(): number {
    return this.#subscribers.pattern.size;
  }
}
