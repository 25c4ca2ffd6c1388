/**
 * A node's doors to the replicas of a partition: itself without the network, the others by message, each request with a
 * number by which its answer is known. What comes to a replica too late is dropped, as nobody waits for it any more.
 *
 * @module
 */
import type { Host, Timer } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { Mutation } from '../storage/mutation.ts';
import type { ReadAnswer, ReadCommand } from '../storage/read-command.ts';
import type { ApplyRequest, ReadRequest } from './messages.ts';
import { STAGE, type ThreadPools } from './thread-pools.ts';

/** A timer of a request that a coordinator is working on. */
export interface RequestTimer extends Timer {
  readonly id: number;
}

/** A replica's answer to a read: its data, or where only that was asked for, their digest. */
export interface ReplicaAnswer {
  readonly answer: ReadAnswer | undefined;
  readonly digest: number | undefined;
}

/** What a replica does, on the node itself. */
export interface LocalReplica {
  /** @returns false when the disk is full: then nothing happened, and `done` is never called */
  apply(mutation: Mutation, done: () => void): boolean;
  read(command: ReadCommand, digest: boolean): ReplicaAnswer;
}

/** Sends mutations and reads to replicas. */
export class Replicas {
  readonly #host: Host;
  readonly #local: LocalReplica;
  /** Counts what this node does as a replica without being sent a message. */
  readonly pools: ThreadPools;
  #lastId: number;

  constructor(host: Host, local: LocalReplica, pools: ThreadPools) {
    this.#host = host;
    this.pools = pools;
    this.#local = local;
    // Not from 1 in each incarnation: the answers to an earlier one's requests still come.
    this.#lastId = host.monotonic();
  }

  /** A number that no other request of this node has, nor had one of its earlier incarnations. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Applies a mutation on this node alone. @returns false when the disk is full */
  applyHere(mutation: Mutation, done: () => void): boolean {
    this.pools.complete(STAGE.mutation);
    return this.#local.apply(mutation, done);
  }

  /**
   * Has a replica apply a mutation.
   *
   * @param timeout - after so long the replica need not
   * @param self - called when the replica is this node and has applied it; others answer by message
   * @returns false when the replica is this node and its disk is full
   */
  apply(replica: NodeId, type: ApplyRequest['type'], id: number, mutation: Mutation, timeout: Micros, self: () => void): boolean {
    if (replica === this.#host.id) return this.applyHere(mutation, self);
    this.send(replica, type, id, mutation, timeout);
    return true;
  }

  /** Has another replica apply a mutation; as {@link apply}. @param forwardTo - more replicas of its datacentre, to which it passes the mutation on; all answer to this node */
  send(replica: NodeId, type: ApplyRequest['type'], id: number, mutation: Mutation, timeout: Micros, forwardTo?: readonly NodeId[]): void {
    const expiresAt = (this.#host.monotonic() + timeout) as Micros;
    const request: ApplyRequest = { type, id, mutation, bytes: mutation.bytes.length, expiresAt, forwardTo, respondTo: undefined };
    this.#host.send(replica, request);
  }

  /** Reads on this node alone. */
  readHere(command: ReadCommand, digest: boolean): ReplicaAnswer {
    this.pools.complete(STAGE.read);
    return this.#local.read(command, digest);
  }

  /** Has another replica read. @param timeout - after so long it need not */
  read(replica: NodeId, id: number, command: ReadCommand, digest: boolean, timeout: Micros): void {
    const expiresAt = (this.#host.monotonic() + timeout) as Micros;
    const request: ReadRequest = { type: command.kind === 'partition' ? 'READ_REQ' : 'RANGE_REQ', id, command, digest, expiresAt };
    this.#host.send(replica, request);
  }
}
