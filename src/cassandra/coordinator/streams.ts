/**
 * Streaming: whole ranges of tables on their way from one node to another, for joining, leaving, replacing and repair
 * (`org.apache.cassandra.streaming`). Pieces go one after the other, each when the one before has arrived, and no faster than
 * `stream_throughput_outbound`. What arrives is written as if it were new: its timestamps decide, so nothing is lost when
 * a stream is begun again.
 *
 * A stream fails when the other side is convicted or has been silent for long. Left out: sending files as they are.
 *
 * @module
 */
import type { Host, Timer } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { TokenRange } from '../storage/read-command.ts';
import { encodeData, makeMutation } from '../storage/codec.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { PartitionData } from '../storage/partition.ts';
import type { ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { StreamData, StreamReceived, StreamRequest } from './messages.ts';

/** What is streamed. */
export interface StreamPlan {
  readonly keyspace: string;
  /** The table's id. */
  readonly table: string;
  readonly ranges: readonly TokenRange[];
}

/** Called once; with a reason when the stream failed. */
export type StreamDone = (failure?: string) => void;

interface Stream {
  readonly name: string;
  readonly peer: NodeId;
  readonly done: StreamDone;
  /** When it last moved, on the monotonic clock. */
  lastSeen: number;
}

interface Outgoing extends Stream {
  readonly plan: StreamPlan;
  readonly partitions: Iterator<PartitionData>;
  sequence: number;
  isLast: boolean;
  mayGoOnAt: number;
}

interface StreamTimer extends Timer {
  readonly stream: string;
}

const PIECE_BYTES = 256 * 1024;
const SILENCE = 60_000_000;

/** The streams of one node. */
export class Streams {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #engine: StorageEngine;
  readonly #incoming = new Map<string, Stream>();
  readonly #outgoing = new Map<string, Outgoing>();
  #next = 1;
  #isArmed = false;
  /** Bytes sent and received since the start, as `nodetool netstats` tells. */
  sentBytes = 0;
  receivedBytes = 0;

  constructor(host: Host, view: ClusterView, engine: StorageEngine, membership: Membership) {
    this.#host = host;
    this.#view = view;
    this.#engine = engine;
    membership.onChange((node, what) => {
      if (what === 'down') this.#failAll(({ peer }) => peer === node, `${node} went down`);
    });
  }

  /** How many streams go on. */
  get size(): number {
    return this.#incoming.size + this.#outgoing.size;
  }

  /** Has another node send what it has. */
  fetch(from: NodeId, plan: StreamPlan, done: StreamDone): void {
    const name = this.#name();
    this.#incoming.set(name, { name, peer: from, done, lastSeen: this.#host.monotonic() });
    const request: StreamRequest = { type: 'STREAM_REQ', stream: name, ...plan };
    this.#host.sendOrdered(from, request);
    this.#arm();
  }

  /** Sends another node what this one has. */
  push(to: NodeId, plan: StreamPlan, done: StreamDone): void {
    this.#begin(this.#name(), to, plan, done);
  }

  onMessage(from: NodeId, message: StreamRequest | StreamData | StreamReceived): void {
    switch (message.type) {
      case 'STREAM_REQ':
        this.#begin(message.stream, from, message, () => undefined);
        return;
      case 'STREAM_DATA':
        this.#receive(from, message);
        return;
      case 'STREAM_RECEIVED': {
        const stream = this.#outgoing.get(message.stream);
        if (stream === undefined || message.sequence !== stream.sequence) return;
        stream.lastSeen = this.#host.monotonic();
        if (stream.isLast) {
          this.#outgoing.delete(stream.name);
          stream.done();
          return;
        }
        const wait = stream.mayGoOnAt - this.#host.monotonic();
        const timer: StreamTimer = { type: 'stream-throttle', stream: stream.name };
        if (wait > 0) this.#host.setTimer(wait as Micros, timer);
        else this.#send(stream);
        return;
      }
      default: message satisfies never;
    }
  }

  /** @returns whether the timer was one of these */
  onTimer(timer: Timer): boolean {
    if (timer.type === 'stream-throttle') {
      const stream = this.#outgoing.get((timer as StreamTimer).stream);
      if (stream !== undefined) this.#send(stream);
      return true;
    }
    if (timer.type !== 'stream-round') return false;
    this.#isArmed = false;
    const limit = this.#host.monotonic() - SILENCE;
    this.#failAll(({ lastSeen }) => lastSeen < limit, 'it was silent for a minute');
    this.#arm();
    return true;
  }

  #name(): string {
    return `${this.#host.id}-${this.#host.monotonic()}-${this.#next++}`;
  }

  #begin(name: string, peer: NodeId, plan: StreamPlan, done: StreamDone): void {
    const stream: Outgoing = {
      name, peer, plan, done,
      partitions: partitionsOf(this.#engine, plan),
      sequence: 0, isLast: false, lastSeen: this.#host.monotonic(), mayGoOnAt: 0,
    };
    this.#outgoing.set(name, stream);
    this.#arm();
    this.#send(stream);
  }

  #send(stream: Outgoing): void {
    const partitions: PartitionData[] = [];
    let bytes = 0;
    while (bytes < PIECE_BYTES) {
      const next = stream.partitions.next();
      if (next.done === true) {
        stream.isLast = true;
        break;
      }
      partitions.push(next.value);
      bytes += encodeData(next.value).length;
    }
    stream.sequence++;
    const rate = this.#view.parameters.streamThroughputOutbound;
    stream.mayGoOnAt = this.#host.monotonic() + (rate > 0 ? Math.round((bytes / rate) * 1e6) : 0);
    this.sentBytes += bytes;
    const { keyspace, table } = stream.plan;
    const message: StreamData = { type: 'STREAM_DATA', stream: stream.name, keyspace, table, sequence: stream.sequence, partitions, last: stream.isLast, bytes };
    this.#host.sendOrdered(stream.peer, message);
  }

  #receive(from: NodeId, { stream: name, keyspace, table, sequence, partitions, last, bytes }: StreamData): void {
    const stream = this.#incoming.get(name);
    if (stream !== undefined) stream.lastSeen = this.#host.monotonic();
    this.receivedBytes += bytes;
    let left = partitions.length + 1;
    const applied = (): void => {
      if (--left > 0) return;
      const message: StreamReceived = { type: 'STREAM_RECEIVED', stream: name, sequence };
      this.#host.sendOrdered(from, message);
      if (!last || stream === undefined) return;
      this.#incoming.delete(name);
      stream.done();
    };
    for (const data of partitions) this.#engine.apply(makeMutation(keyspace, data.key, [{ table, data }]), applied);
    applied();
  }

  #failAll(which: (stream: Stream) => boolean, why: string): void {
    for (const streams of [this.#incoming, this.#outgoing] as readonly Map<string, Stream>[]) {
      for (const stream of [...streams.values()].filter(which)) {
        streams.delete(stream.name);
        stream.done(`streaming with ${stream.peer} failed: ${why}`);
      }
    }
  }

  #arm(): void {
    if (this.#isArmed || this.size === 0) return;
    this.#isArmed = true;
    this.#host.setTimer((SILENCE / 4) as Micros, { type: 'stream-round' });
  }
}

/**
 * What an engine has of a plan's ranges. Each range is read as it stands when its turn comes: a walk over time would lose its footing
 * when a compaction replaces what it walks on.
 *
 * @yields each partition
 */
function* partitionsOf(engine: StorageEngine, { table, ranges }: StreamPlan): Generator<PartitionData, undefined> {
  for (const range of ranges) yield* Array.from(engine.partitionsIn(table, range));
  return undefined;
}
