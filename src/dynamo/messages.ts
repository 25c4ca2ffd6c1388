/**
 * What the nodes and clients of the store say to each other.
 *
 * @module
 */
import type { VectorClock } from '../distributed/vector-clock.ts';
import type { Message } from '../kernel/node.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import type { MembershipChange } from './membership/change.ts';
import type { TreeHash } from '../distributed/merkle-tree.ts';
import type { ReadRepair } from './options.ts';
import type { ObjectRecord } from './storage/object-record.ts';
import type { TreeMessage as TreeTurn } from './tree-exchange.ts';
import type { Versions } from './version.ts';

/** A client reads. */
export interface GetRequest extends Message {
  readonly type: 'get';
  requestId: number;
  readonly key: string;
  /** Undefined, here and below: as configured. */
  readonly n: number | undefined;
  readonly r: number | undefined;
  readonly pr: number | undefined;
  readonly sloppy: boolean | undefined;
  readonly readRepair: ReadRepair | undefined;
  /** How long the coordinator may try; undefined: as configured. */
  readonly timeout: Micros | undefined;
}

/** A client writes; null deletes. A node that is no replica of the key passes it on, and then `client` says whom to answer. */
export interface PutRequest extends Message {
  readonly type: 'put';
  requestId: number;
  readonly key: string;
  readonly value: string | null;
  readonly context: VectorClock;
  readonly n: number | undefined;
  readonly w: number | undefined;
  readonly pw: number | undefined;
  readonly dw: number | undefined;
  readonly sloppy: boolean | undefined;
  readonly timeout: Micros | undefined;
  readonly client?: NodeId | undefined;
  /** Who could not coordinate it: no replicas of the key, or without room for it. */
  readonly tried?: readonly NodeId[] | undefined;
}

/** The coordinator's answer. */
export interface ClientReply extends Message {
  readonly type: 'get-ok' | 'put-ok' | 'quorum-failed';
  readonly requestId: number;
  /** What was read, or the version that was written. */
  readonly versions: Versions;
  /** The replicas that answered, the fastest first. */
  readonly replicas: readonly NodeId[];
  /** What was still missing when it failed. */
  readonly missing: Missing | undefined;
}

/** What a request that failed had asked for, and what came of it. */
export interface Missing {
  /** R or W. */
  readonly required: number;
  /** PR or PW, and how many home nodes answered. */
  readonly primariesRequired: number;
  readonly primaries: number;
  /** DW, and how many replicas had it on their disk. */
  readonly durableRequired: number;
  readonly durable: number;
  /** The replicas that were asked. */
  readonly asked: readonly NodeId[];
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
  /** The same as bytes to be, as they are written to disks: one for all who keep them. */
  readonly record: ObjectRecord;
  /** What travels. */
  readonly bytes: ObjectRecord;
  readonly hintFor: NodeId | undefined;
  /** Whether the replica says so again once it is on its disk, when it does not wait for that anyway. */
  readonly durable: boolean;
}

/** A replica has kept what a message of that type brought. */
export interface Acknowledgement extends Message {
  readonly type: 'write-ack' | 'repair-ack' | 'handoff-ack';
  readonly id: number;
  /** Whether it is on the disk. */
  readonly durable: boolean;
}

/** Asks a node that was held for unhealthy whether it is there; and its answer. */
export interface Probe extends Message {
  readonly type: 'probe' | 'probe-ack';
}

/** Tells what a node knows of joins and leaves: a digest of it all, and the changes when the other may not know them. */
export interface Gossip extends Message {
  readonly type: 'gossip' | 'gossip-ack';
  readonly digest: string;
  /** Undefined: only the digest, to be compared. */
  readonly changes: readonly MembershipChange[] | undefined;
}

/** A node that joins asks another for the keys it is due. */
export interface Pull extends Message {
  readonly type: 'pull';
  readonly id: number;
  /** Nodes that did not answer: others stand in for them. */
  readonly without: readonly NodeId[];
  /** What the newcomer knows of joins and leaves, so that the other knows it too. */
  readonly changes: readonly MembershipChange[];
}

/** Some of the keys that a node is due. */
export interface Transfer extends Message {
  readonly type: 'transfer';
  readonly id: number;
  readonly objects: readonly { readonly key: string; readonly versions: Versions; readonly record: ObjectRecord }[];
  /** Whether these are the last. */
  readonly last: boolean;
  /** Whether the receiver asked for them. */
  readonly isPull: boolean;
  readonly bytes: number;
}

/** What a transfer brought is kept. */
export interface TransferAck extends Message {
  readonly type: 'transfer-ack';
  readonly id: number;
}

/** Two replicas compare the Merkle trees of the key ranges that they have in common: at first one hash over all of them. */
export interface TreeSummary extends Message {
  readonly type: 'tree-summary' | 'tree-roots-wanted';
  /** The digest of the membership history that the sender goes by: with another, ranges are not the same. */
  readonly ring: string;
  readonly root: TreeHash;
  readonly bytes: number;
}

/** Then turns of the exchange, for each range that may differ, and the keys that the sender wants to have. */
export interface TreeTurns extends Message {
  readonly type: 'tree-turns';
  readonly ring: string;
  readonly turns: readonly { readonly partition: number; readonly turn: TreeTurn }[];
  /** Whether these are the first turns, and name every range that the sender has something in. */
  readonly opens: boolean;
  readonly wanted: readonly string[];
  readonly bytes: number;
}

/** Forgets a deleted key, if what is held is that tombstone; or asks whether it is held. */
export interface Reap extends Message {
  readonly type: 'reap' | 'reap-query' | 'reap-answer';
  readonly id: number;
  readonly key: string;
  readonly clock: VectorClock;
  /** Whether exactly that tombstone is held, in an answer. */
  readonly held: boolean;
}

/** Everything a node may receive. */
export type DynamoMessage =
  | GetRequest | PutRequest | ReadReplica | ReplicaVersions | WriteReplica | Acknowledgement | Probe
  | Gossip | Pull | Transfer | TransferAck | TreeSummary | TreeTurns | Reap;
