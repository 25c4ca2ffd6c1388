/**
 * What travels between Redis's nodes and clients. The replication stream's bytes are real RESP; the handshake around it is
 * told in fields instead of `REPLCONF` and `PSYNC` lines.
 *
 * @module
 */
import type { Message } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Reply } from '../reply.ts';

/** A client asks: one command, or a pipeline that travels together. */
export interface CommandRequest extends Message {
  readonly type: 'redis-command';
  requestId: number;
  readonly commands: readonly (readonly Bytes[])[];
}

/** A server answers. */
export interface CommandReply extends Message {
  readonly type: 'redis-reply';
  readonly requestId: number;
  readonly replies: readonly Reply[];
  /** For a single command on a key: the position in the log of changes at which the key was last written there. */
  readonly version: number | null;
}

/** A published message on its way to a subscriber. */
export interface PushMessage extends Message {
  readonly type: 'redis-push';
  readonly reply: Reply;
}

/** A replica wants the stream from an offset on. */
export interface PsyncRequest extends Message {
  readonly type: 'redis-psync';
  readonly replicationId: string;
  readonly offset: number;
}

/** The version of one key. */
export type KeyVersion = readonly [id: string, version: number];

/** The primary sends everything. */
export interface FullResync extends Message {
  readonly type: 'redis-full-resync';
  readonly replicationId: string;
  readonly offset: number;
  readonly dataset: Bytes;
  readonly logOffset: number;
  readonly versions: readonly KeyVersion[];
  readonly bytes: number;
}

/** The primary goes on where the replica stopped. */
export interface PartialResync extends Message {
  readonly type: 'redis-continue';
  readonly replicationId: string;
}

/** The next bytes of the replication stream. */
export interface StreamChunk extends Message {
  readonly type: 'redis-stream';
  readonly offset: number;
  readonly data: Bytes;
  readonly bytes: number;
}

/** `REPLCONF ACK` */
export interface ReplicaAck extends Message {
  readonly type: 'redis-ack';
  readonly offset: number;
}

/** The primary knows nothing of this replica's connection, as after a restart (a TCP reset). */
export interface UnknownReplica extends Message {
  readonly type: 'redis-reset';
}

/** The operator on a promoted node tells another to follow it. */
export interface Repoint extends Message {
  readonly type: 'redis-replicaof';
  readonly primary: NodeId;
}

/** All of them. */
export type RedisMessage =
  | CommandRequest | CommandReply | PsyncRequest | FullResync | PartialResync | StreamChunk | ReplicaAck | UnknownReplica | Repoint;
