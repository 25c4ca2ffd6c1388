/**
 * Publish and subscribe, by channel and by pattern. At most once: who is not subscribed at the moment hears nothing.
 *
 * @module
 */
import type { Bytes } from './bytes.ts';
import type { Connection } from './connection.ts';
import { globMatches } from './glob.ts';
import { bulk } from './reply.ts';

/** How a subscription names its channels. */
export type SubscriptionKind = 'channel' | 'pattern';

/** The subscriptions of one engine. */
export class PubSub {
  readonly #channels = new Map<Bytes, Set<Connection>>();
  readonly #patterns = new Map<Bytes, Set<Connection>>();

  /** Subscribes to a channel or pattern. @returns whether that is new */
  subscribe(kind: SubscriptionKind, connection: Connection, name: Bytes): boolean {
    const own = kind === 'channel' ? connection.channels : connection.patterns;
    if (own.has(name)) return false;
    own.add(name);
    const table = kind === 'channel' ? this.#channels : this.#patterns;
    const subscribers = table.get(name);
    if (subscribers === undefined) table.set(name, new Set([connection]));
    else subscribers.add(connection);
    return true;
  }

  /** Ends a subscription. @returns whether there was one */
  unsubscribe(kind: SubscriptionKind, connection: Connection, name: Bytes): boolean {
    const own = kind === 'channel' ? connection.channels : connection.patterns;
    if (!own.delete(name)) return false;
    const table = kind === 'channel' ? this.#channels : this.#patterns;
    const subscribers = table.get(name);
    subscribers?.delete(connection);
    if (subscribers?.size === 0) table.delete(name);
    return true;
  }

  /** Ends all subscriptions of a connection. */
  forget(connection: Connection): void {
    for (const name of connection.channels) this.unsubscribe('channel', connection, name);
    for (const name of connection.patterns) this.unsubscribe('pattern', connection, name);
  }

  /** Publishes. @returns how many subscriptions received it */
  publish(channel: Bytes, message: Bytes): number {
    let receivers = 0;
    for (const connection of this.#channels.get(channel) ?? []) {
      connection.deliver({ kind: 'push', items: [bulk('message'), bulk(channel), bulk(message)] });
      receivers++;
    }
    for (const [pattern, subscribers] of this.#patterns) {
      if (!globMatches(pattern, channel)) continue;
      for (const connection of subscribers) {
        connection.deliver({ kind: 'push', items: [bulk('pmessage'), bulk(pattern), bulk(channel), bulk(message)] });
        receivers++;
      }
    }
    return receivers;
  }

  /** The channels with subscribers that match a pattern, or all. */
  channels(pattern?: Bytes): Bytes[] {
    const names = [...this.#channels.keys()];
    return pattern === undefined ? names : names.filter((name) => globMatches(pattern, name));
  }

  /** How many connections are subscribed to a channel by name. */
  subscribers(channel: Bytes): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  /** How many patterns are subscribed to. */
  get patternCount(): number {
    return this.#patterns.size;
  }
}
