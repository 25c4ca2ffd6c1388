/**
 * A replica's link to its primary (Redis documentation, "Redis replication", 7.0): it asks for the stream from where it stands,
 * takes the whole dataset where that is not to be had, applies what comes, and acknowledges it.
 *
 * @module
 */
import type { Host, Message } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Connection } from '../connections/connection.ts';
import type { Engine } from '../engine.ts';
import type { FullResync, PartialResync, PsyncRequest, ReplicaAck, StreamChunk } from '../deployment/messages.ts';
import type { AppendOnlyFile } from '../persistence/append-only-file.ts';
import { parseCommand } from '../resp/command-parser.ts';
import type { ChangeLog } from './change-log.ts';
import type { ReplicationStream } from './stream.ts';

/** What of its node a replica works on. */
export interface ReplicaNode {
  readonly host: Host;
  readonly engine: Engine;
  readonly stream: ReplicationStream;
  readonly changes: ChangeLog;
  readonly file: AppendOnlyFile | undefined;
  /** Seconds of silence after which it asks anew (`repl-timeout`). */
  readonly timeout: number;
  send(to: NodeId, message: Message): void;
  /** Does something whose changes are nobody's news. */
  load(task: () => void): void;
}

/** The link, from `REPLICAOF` to the next. */
export class PrimaryLink {
  readonly primary: NodeId;
  readonly #node: ReplicaNode;
  #isConnected = false;
  #connection: Connection;
  #heardAt: number;

  /** Not connected; {@link synchronise} begins. */
  constructor(primary: NodeId, node: ReplicaNode) {
    this.primary = primary;
    this.#node = node;
    this.#connection = node.engine.connect(undefined, 'primary');
    this.#heardAt = node.host.monotonic();
  }

  /** Whether the stream flows. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Ends. */
  close(): void {
    this.#node.engine.disconnect(this.#connection);
  }

  /** Asks for the stream from where the replica stands. */
  synchronise(): void {
    const { host, stream } = this.#node;
    this.#isConnected = false;
    this.#heardAt = host.monotonic();
    const request: PsyncRequest = { type: 'redis-psync', replicationId: stream.id, offset: stream.offset };
    this.#node.send(this.primary, request);
  }

  /** Once a second: acknowledges, or asks anew where nothing was heard for too long. */
  tick(): void {
    const { host, timeout } = this.#node;
    if (!this.#isConnected || host.monotonic() - this.#heardAt > timeout * 1e6) this.synchronise();
    else this.#acknowledge();
  }

  /** Notes that a node was heard. @returns whether it is the primary; what others say does not count */
  hears(from: NodeId): boolean {
    if (this.primary !== from) return false;
    this.#heardAt = this.#node.host.monotonic();
    return true;
  }

  /** The whole dataset comes. */
  onFullResync(resync: FullResync): void {
    const { host, engine, stream, changes, file } = this.#node;
    engine.disconnect(this.#connection);
    this.#connection = engine.connect(undefined, 'primary');
    this.#isConnected = true;
    this.#node.load(() => {
      for (const database of engine.databases) database.clear();
      engine.scripts?.functions.flush();
      this.#apply(resync.dataset, false);
      this.#connection.database = 0;
    });
    changes.adopt(resync.logOffset, resync.versions);
    stream.adopt(resync.replicationId, resync.offset);
    file?.replace(resync.logOffset, resync.dataset);
    host.trace('resynchronised', { keys: engine.databases.reduce((sum, database) => sum + database.size, 0) });
    this.#acknowledge();
  }

  /** The stream goes on where the replica stands. */
  onContinue({ replicationId }: PartialResync): void {
    const { stream } = this.#node;
    stream.adopt(replicationId, stream.offset);
    this.#isConnected = true;
  }

  /** A piece of the stream comes. A piece behind a gap is of no use. */
  onStream(chunk: StreamChunk): void {
    const { stream } = this.#node;
    const { offset } = stream;
    if (!this.#isConnected || chunk.offset > offset) return;
    const data = chunk.data.slice(offset - chunk.offset);
    if (data === '') return;
    stream.append(data);
    this.#apply(data, true);
  }

  #acknowledge(): void {
    const ack: ReplicaAck = { type: 'redis-ack', offset: this.#node.stream.offset };
    this.#node.send(this.primary, ack);
  }

  #apply(data: Bytes, isStream: boolean): void {
    const { engine, changes } = this.#node;
    const connection = this.#connection;
    let at = 0;
    while (at < data.length) {
      const parsed = parseCommand(data, at);
      if (parsed.kind !== 'command') return;
      const length = parsed.end - at;
      at = parsed.end;
      const name = (parsed.args[0] ?? '').toUpperCase();
      if (name === 'REPLCONF') {
        if (isStream) this.#acknowledge();
      } else if (name !== 'PING') {
        engine.execute(connection, parsed.args);
        if (isStream) changes.noteReceived(connection.database, parsed.args, length);
      }
    }
  }
}
