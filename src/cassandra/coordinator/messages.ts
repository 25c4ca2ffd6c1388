/**
 * What travels in a Cassandra cluster. Types between nodes bear the names of Cassandra's verbs, which packet rules and
 * traces show; client messages those of the native protocol.
 *
 * @module
 */
import type { Heartbeat } from '../../distributed/gossip.ts';
import type { Request } from '../../kernel/client.ts';
import type { Message } from '../../kernel/node.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { Clustering } from '../storage/clustering.ts';
import type { Mutation } from '../storage/codec.ts';
import type { PartitionData, ReadSpan } from '../storage/partition.ts';
import type { CqlValue } from '../value.ts';
import type { Statement } from './statement.ts';

/** A client asks its coordinator. */
export interface QueryRequest extends Request {
  readonly type: 'QUERY';
  readonly statement: Statement;
  readonly consistency: ConsistencyLevel;
}

/** A row as a client gets it. */
export interface ResultRow {
  readonly clustering: Clustering;
  /** Live columns with their write timestamps. */
  readonly cells: readonly (readonly [column: string, value: CqlValue, timestamp: number])[];
}

/** What a coordinator answers. */
export interface ResultMessage extends Message {
  readonly type: 'RESULT';
  readonly requestId: number;
  readonly error?: CassandraErrorReply;
  readonly rows?: readonly ResultRow[];
  /** The timestamp a write was stamped with, or that of the one cell a read asked for (also of its tombstone). */
  readonly version?: number | null;
}

/** A replica is to apply a mutation: for a write, for a read repair, or as a hint. */
export interface ApplyRequest extends Message {
  readonly type: 'MUTATION_REQ' | 'READ_REPAIR_REQ' | 'HINT_REQ';
  readonly id: number;
  readonly mutation: Mutation;
  /** Its size, which a narrow link goes by. */
  readonly bytes: number;
}

/** It has. */
export interface ApplyResponse extends Message {
  readonly type: 'MUTATION_RSP' | 'READ_REPAIR_RSP' | 'HINT_RSP';
  readonly id: number;
}

/** A replica is to read. */
export interface ReadRequest extends Message {
  readonly type: 'READ_REQ';
  readonly id: number;
  readonly table: string;
  readonly key: string;
  readonly span: ReadSpan;
}

/** What it has. */
export interface ReadResponse extends Message {
  readonly type: 'READ_RSP';
  readonly id: number;
  readonly data: PartitionData;
}

/** Gossip: all heartbeats known, or those the other side did not know. */
export interface GossipMessage extends Message {
  readonly type: 'GOSSIP_DIGEST_SYN' | 'GOSSIP_DIGEST_ACK';
  readonly heartbeats: readonly Heartbeat[];
}

/** Asks a node that was heard of to speak for itself before it is held alive. */
export interface EchoMessage extends Message {
  readonly type: 'ECHO_REQ' | 'ECHO_RSP';
}

/** Everything that travels. */
export type CassandraMessage = QueryRequest | ResultMessage | ApplyRequest | ApplyResponse | ReadRequest | ReadResponse | GossipMessage | EchoMessage;
