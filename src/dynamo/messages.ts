/**
 * What the nodes and clients of the store say to each other.
 *
 * @module
 */
import type { VectorClock } from '../distributed/vector-clock.ts';
import type { Message } from '../kernel/node.ts';
import type { Versions } from './version.ts';
import type { NodeId } from '../kernel/units.ts';

/** A client reads. */
export interface GetRequest extends Message {
  readonly type: 'get';
  requestId: number;
  readonly key: string;
  readonly r: number | undefined;
}

/** A client writes; null deletes. A node that is no replica of the key passes it on, and then `client` says whom to answer. */
export interface PutRequest extends Message {
  readonly type: 'put';
  requestId: number;
  readonly key: string;
  readonly value: string | null;
  readonly context: VectorClock;
  readonly w: number | undefined;
  readonly client?: NodeId;
}

/** The coordinator's answer. */
export interface ClientReply extends Message {
  readonly type: 'get-ok' | 'put-ok' | 'quorum-failed';
  readonly requestId: number;
  /** What was read, or the version that was written. */
  readonly versions: Versions;
  /** The replicas that answered. */
  readonly replicas: readonly string[];
  readonly required: number;
}

/** A coordinator asks a replica for what it holds. */
export interface ReadReplica extends Message {
  readonly type: 'read';
  readonly id: number;
  readonly key: string;
}

/** A replica's answer. */
export interface ReplicaVersions extends Message {
  readonly type: 'versions';
  readonly id: number;
  readonly versions: Versions;
}

/** Versions for a replica to keep. With `hintFor` it keeps them for that node, which could not be reached. */
export interface WriteReplica extends Message {
  readonly type: 'write' | 'repair' | 'handoff';
  readonly id: number;
  readonly key: string;
  readonly versions: Versions;
  readonly hintFor: NodeId | undefined;
}

/** A replica has kept what a message of that type brought. */
export interface Acknowledgement extends Message {
  readonly type: 'write-ack' | 'repair-ack' | 'handoff-ack';
  readonly id: number;
}

/** Asks a node that was held for unhealthy whether it is there; and its answer. */
export interface Probe extends Message {
  readonly type: 'probe' | 'probe-ack';
}

/** Everything a node may receive. */
export type DynamoMessage = GetRequest | PutRequest | ReadReplica | ReplicaVersions | WriteReplica | Acknowledgement | Probe;
