/**
 * What travels in a Cassandra cluster. Types between nodes bear the names of Cassandra's verbs, which packet rules and
 * traces show; client messages those of the native protocol.
 *
 * @module
 */
import type { Heartbeat } from '../../distributed/gossip.ts';
import type { Request } from '../../kernel/client.ts';
import type { Message } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import type { ExecuteRequest, StatementResult } from '../cql/statement.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { Mutation } from '../storage/mutation.ts';
import type { PartitionData } from '../storage/partition.ts';
import type { ReadAnswer, ReadCommand } from '../storage/read-command.ts';
import type { Bytes } from '../types/data-type.ts';
import type { RepairMessage } from '../repair/repair.ts';
import type { HintTransfer } from './hints.ts';
import type { NodeState } from './topology.ts';

/** A client asks its coordinator. */
export interface QueryRequest extends Request {
  readonly type: 'QUERY' | 'EXECUTE' | 'BATCH';
  readonly execute: ExecuteRequest;
  /** Its size, which a narrow link goes by. */
  readonly bytes: number;
}

/** What a coordinator answers. */
export interface ResultMessage extends Message {
  readonly type: 'RESULT' | 'ERROR';
  readonly requestId: number;
  readonly error?: CassandraErrorReply;
  readonly result?: StatementResult;
}

/** A message that waits for an answer with the same number. */
interface Numbered extends Message {
  readonly id: number;
}

/** A message that a node drops instead of handling when it comes to it too late: nobody waits for the answer any more. */
export interface Expiring extends Numbered {
  /** On the simulation's monotonic clock. */
  readonly expiresAt: Micros;
}

/** A replica is to apply a mutation: for a write, for a read repair, or as a hint. */
export interface ApplyRequest extends Expiring {
  readonly type: 'MUTATION_REQ' | 'READ_REPAIR_REQ' | 'HINT_REQ';
  readonly mutation: Mutation;
  readonly bytes: number;
  /** Other replicas of the receiver's datacentre, to which it is to pass the mutation on. */
  readonly forwardTo: readonly NodeId[] | undefined;
  /** Who waits for the answer, where that is not the sender. */
  readonly respondTo: NodeId | undefined;
}

/** It has. */
export interface ApplyResponse extends Numbered {
  readonly type: 'MUTATION_RSP' | 'READ_REPAIR_RSP' | 'HINT_RSP';
}

/** It cannot: its disk is full. */
export interface FailureResponse extends Numbered {
  readonly type: 'FAILURE_RSP';
}

/** A replica is to lead an addition to counters, and see to it that so many others have it. */
export interface CounterRequest extends Expiring {
  readonly type: 'COUNTER_MUTATION_REQ';
  readonly mutation: Mutation;
  readonly consistency: ConsistencyLevel;
  readonly bytes: number;
}

/** What became of it. */
export interface CounterResponse extends Numbered {
  readonly type: 'COUNTER_MUTATION_RSP';
  readonly error?: CassandraErrorReply;
}

/** A node is to keep a batch until it is told to forget it, and to see it through if it is not. */
export interface BatchStoreRequest extends Expiring {
  readonly type: 'BATCH_STORE_REQ';
  readonly batch: string;
  readonly mutations: readonly Mutation[];
  readonly bytes: number;
}

/** It keeps it. */
export interface BatchStoreResponse extends Numbered {
  readonly type: 'BATCH_STORE_RSP';
}

/** A batch is done. */
export interface BatchRemoveRequest extends Message {
  readonly type: 'BATCH_REMOVE_REQ';
  readonly batch: string;
}

/** A replica is to read: for the data, or for their digest only. */
export interface ReadRequest extends Expiring {
  readonly type: 'READ_REQ' | 'RANGE_REQ';
  readonly command: ReadCommand;
  readonly digest: boolean;
}

/** What it has. */
export interface ReadResponse extends Numbered {
  readonly type: 'READ_RSP' | 'RANGE_RSP';
  readonly answer: ReadAnswer | undefined;
  /** Instead of the answer where only a digest was asked for. */
  readonly digest: number | undefined;
  readonly bytes: number;
}

/** A replica is to empty a table. */
export interface TruncateRequest extends Numbered {
  readonly type: 'TRUNCATE_REQ';
  readonly table: string;
}

/** It has. */
export interface TruncateResponse extends Numbered {
  readonly type: 'TRUNCATE_RSP';
}

/** The number of a round of Paxos: by time, then by the node that began it. */
export interface Ballot {
  /** Microseconds since the Unix epoch by the proposer's clock; the cells that are decided get it as their timestamp. */
  readonly timestamp: number;
  readonly node: string;
}

/** What a round decides: the mutation, empty when only the past is to be finished. */
export interface Proposal {
  readonly ballot: Ballot;
  readonly mutation: Mutation | undefined;
}

/** A replica is asked to promise that no older round goes on. */
export interface PaxosPrepareRequest extends Expiring {
  readonly type: 'PAXOS_PREPARE_REQ';
  readonly table: string;
  readonly key: Bytes;
  readonly ballot: Ballot;
  /** Whether a proposal may follow; a serial read promises nothing of the kind. */
  readonly isWrite: boolean;
  /** Paxos v2: what to read while at it. */
  readonly read: ReadCommand | undefined;
}

/** What it says: whether it promised, what it has accepted and seen committed. */
export interface PaxosPrepareResponse extends Numbered {
  readonly type: 'PAXOS_PREPARE_RSP';
  readonly promised: boolean;
  /** The ballot it has promised by now. */
  readonly ballot: Ballot;
  readonly accepted: Proposal | undefined;
  readonly committed: Proposal | undefined;
  /** Whether the last transaction promised before has reached this replica as a proposal too: none can be under way that it has not seen. */
  readonly isStable: boolean;
  readonly answer: ReadAnswer | undefined;
}

/** A replica is to accept a proposal. */
export interface PaxosProposeRequest extends Expiring {
  readonly type: 'PAXOS_PROPOSE_REQ';
  readonly table: string;
  readonly key: Bytes;
  readonly proposal: Proposal;
}

/** Whether it did. */
export interface PaxosProposeResponse extends Numbered {
  readonly type: 'PAXOS_PROPOSE_RSP';
  readonly accepted: boolean;
}

/** What was decided is to be applied. */
export interface PaxosCommitRequest extends Expiring {
  readonly type: 'PAXOS_COMMIT_REQ';
  readonly table: string;
  readonly key: Bytes;
  readonly proposal: Proposal;
  readonly bytes: number;
}

/** It has been. */
export interface PaxosCommitResponse extends Numbered {
  readonly type: 'PAXOS_COMMIT_RSP';
}

/** Gossip: all heartbeats known, or those the other side did not know. */
export interface GossipMessage extends Message {
  readonly type: 'GOSSIP_DIGEST_SYN' | 'GOSSIP_DIGEST_ACK';
  readonly heartbeats: readonly Heartbeat<NodeState | undefined>[];
}

/** A node says that it leaves gossip: those who hear it hold it for dead at once. */
export interface ShutdownMessage extends Message {
  readonly type: 'GOSSIP_SHUTDOWN';
}

/** Asks a node that was heard of to speak for itself before it is held alive. */
export interface EchoMessage extends Message {
  readonly type: 'ECHO_REQ' | 'ECHO_RSP';
}

/** Asks a node to send what it has of some ranges of a table. */
export interface StreamRequest extends Message {
  readonly type: 'STREAM_REQ';
  /** Names the stream: unique for its receiver. */
  readonly stream: string;
  readonly keyspace: string;
  readonly table: string;
  readonly ranges: readonly { readonly start: Bytes | undefined; readonly end: Bytes | undefined }[];
}

/** A piece of a table on its way to another node. */
export interface StreamData extends Message {
  readonly type: 'STREAM_DATA';
  readonly stream: string;
  readonly keyspace: string;
  readonly table: string;
  readonly sequence: number;
  readonly partitions: readonly PartitionData[];
  readonly last: boolean;
  readonly bytes: number;
}

/** It has arrived: the next may come. */
export interface StreamReceived extends Message {
  readonly type: 'STREAM_RECEIVED';
  readonly stream: string;
  readonly sequence: number;
}

/** Another node is being removed, and this one is to fetch what it must hold from now on; and the answer. */
export interface RestoreMessage extends Numbered {
  readonly type: 'REPLICATION_DONE_REQ' | 'REPLICATION_DONE_RSP';
  readonly node: string;
}

/** Everything that travels. */
export type CassandraMessage =
  | QueryRequest | ResultMessage | ApplyRequest | ApplyResponse | FailureResponse | CounterRequest | CounterResponse | BatchStoreRequest | BatchStoreResponse | BatchRemoveRequest
  | ReadRequest | ReadResponse | TruncateRequest | TruncateResponse | PaxosPrepareRequest | PaxosPrepareResponse | PaxosProposeRequest | PaxosProposeResponse
  | PaxosCommitRequest | PaxosCommitResponse | GossipMessage | EchoMessage | ShutdownMessage | StreamRequest | StreamData | StreamReceived | RestoreMessage | HintTransfer | RepairMessage;
