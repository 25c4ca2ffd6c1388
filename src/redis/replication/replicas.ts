/**
 * A primary's view of its replicas: who is connected, what each has acknowledged, who waits for how many.
 *
 * A cut link loses messages here, while TCP would send them again: a replica whose acknowledged offset has not passed what
 * was sent long enough ago gets the bytes again from the backlog.
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import type { RedisConfig } from '../deployment/options.ts';
import type { StreamChunk } from '../deployment/messages.ts';
import type { ReplicationStream } from './stream.ts';

const SECOND = 1e6;
/** What was sent this long before an acknowledgement should be in it. */
const RETRANSMIT_AFTER = 0.2 * SECOND;

interface ReplicaState {
  ackOffset: number;
  ackAt: number;
  /** The stream stood here at `markedAt`. */
  mark: number;
  markedAt: number;
  /** Of a replica behind a connection of its own: where its bytes go. TCP sends again what is lost. */
  readonly feed?: ReplicaFeed;
}

/** A replica that is no node of the simulation but a client that asked for the stream. */
export interface ReplicaFeed {
  readonly ip: string;
  readonly port: number;
  readonly deliver: (bytes: string) => void;
}

/** Somebody waits for replicas to acknowledge an offset. */
interface Waiter {
  readonly offset: number;
  readonly replicas: number;
  readonly deadline: number;
  readonly done: (reached: number) => void;
}

/** The replicas of one primary. */
export class Replicas {
  readonly #host: Host;
  readonly #config: RedisConfig;
  readonly #stream: ReplicationStream;
  readonly #states = new Map<NodeId, ReplicaState>();
  #waiters: Waiter[] = [];

  /** None. */
  constructor(host: Host, config: RedisConfig, stream: ReplicationStream) {
    this.#host = host;
    this.#config = config;
    this.#stream = stream;
  }

  /** The connected ones, with the offset each has acknowledged and the seconds since. */
  list(): readonly { readonly id: NodeId; readonly ip: string; readonly port: number; readonly offset: number; readonly lag: number }[] {
    const now = this.#host.monotonic();
    return [...this.#states].map(([id, { ackOffset, ackAt, feed }]) => ({ id, ip: feed?.ip ?? id, port: feed?.port ?? 6379, offset: ackOffset, lag: Math.floor((now - ackAt) / SECOND) }));
  }

  /** How many have acknowledged lately enough for `min-replicas-max-lag`. */
  get goodCount(): number {
    return this.list().filter(({ lag }) => lag <= this.#config.minReplicasMaxLag).length;
  }

  /** A replica has been given everything up to the stream's end. */
  connect(id: NodeId, offset: number, feed?: ReplicaFeed): void {
    const now = this.#host.monotonic();
    this.#states.set(id, { ackOffset: offset, ackAt: now, mark: offset, markedAt: now, ...(feed === undefined ? {} : { feed }) });
  }

  /** A replica's connection is closed. */
  disconnect(id: NodeId): void {
    this.#states.delete(id);
  }

  /** Sends bytes of the stream, which begin at an offset, to all. */
  broadcast(offset: number, data: string): void {
    for (const id of this.#states.keys()) this.#send(id, offset, data);
  }

  /**
   * A replica says how far it has come.
   *
   * @returns whether it is known; if not it must synchronise anew
   */
  acknowledged(id: NodeId, offset: number): boolean {
    const state = this.#states.get(id);
    if (state === undefined) return false;
    const now = this.#host.monotonic();
    state.ackOffset = Math.max(state.ackOffset, offset);
    state.ackAt = now;
    if (state.feed === undefined && now - state.markedAt >= RETRANSMIT_AFTER) {
      if (offset < state.mark) {
        const missing = this.#stream.since(offset);
        if (missing === undefined) {
          this.#states.delete(id);
          return false;
        }
        this.#send(id, offset, missing);
      }
      state.mark = this.#stream.offset;
      state.markedAt = now;
    }
    this.#wake();
    return true;
  }

  /** How many have acknowledged an offset. */
  countAt(offset: number): number {
    let count = 0;
    for (const state of this.#states.values()) if (state.ackOffset >= offset) count++;
    return count;
  }

  /** Calls back once so many replicas have acknowledged an offset, or when the time is up (0 ms: never). */
  wait(offset: number, replicas: number, timeout: number, done: (reached: number) => void): void {
    const deadline = timeout === 0 ? Infinity : this.#host.monotonic() + timeout * 1000;
    this.#waiters.push({ offset, replicas, deadline, done });
  }

  /** Once in a while: drops the replicas that have been silent for too long. */
  tick(): void {
    const now = this.#host.monotonic();
    for (const [id, { ackAt, feed }] of this.#states) if (feed === undefined && now - ackAt > this.#config.replTimeout * SECOND) this.#states.delete(id);
  }

  /** Ends the waits whose time is up. */
  expireWaits(): void {
    this.#wake();
  }

  /** This node is no primary any more. */
  clear(): void {
    this.#states.clear();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.done(0);
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const now = this.#host.monotonic();
    const ready = this.#waiters.filter((waiter) => this.countAt(waiter.offset) >= waiter.replicas || waiter.deadline <= now);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.done(this.countAt(waiter.offset));
  }

  #send(id: NodeId, offset: number, data: string): void {
    const feed = this.#states.get(id)?.feed;
    if (feed !== undefined) {
      feed.deliver(data);
      return;
    }
    const chunk: StreamChunk = { type: 'redis-stream', offset, data, bytes: data.length };
    this.#host.sendOrdered(id, chunk);
  }
}
