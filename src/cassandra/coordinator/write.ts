/**
 * Coordinating writes (Apache Cassandra 4.1, `StorageProxy.mutate`): decide whether enough replicas are up, send to all that
 * are, keep hints for the others, answer the client when the level is met or the time is over, and keep hints for those that
 * have not answered by then. A write is never taken back: one that timed out may be on some replicas and may reach the rest.
 *
 * Left out: forwarding to one node of a remote datacentre (each replica is sent to directly), write failures, batches.
 *
 * @module
 */
import type { Host, TimerId } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import { AnswerCount, requirementOf, shortage, type ConsistencyLevel } from '../consistency.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { Table } from '../schema.ts';
import type { Mutation } from '../storage/codec.ts';
import { endpointOf, type ClusterView } from './cluster.ts';
import type { Hints } from './hints.ts';
import type { Membership } from './membership.ts';
import type { Replicas, RequestTimer } from './replicas.ts';

interface PendingWrite {
  readonly mutation: Mutation;
  readonly consistency: ConsistencyLevel;
  readonly count: AnswerCount;
  /** Replicas that were sent to and have not answered. */
  readonly outstanding: Set<NodeId>;
  readonly timer: TimerId;
  /** Undefined once the client has its answer. */
  answer: ((error?: CassandraErrorReply) => void) | undefined;
}

/** The writes one node coordinates. */
export class WriteCoordinator {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #replicas: Replicas;
  readonly #hints: Hints;
  readonly #pending = new Map<number, PendingWrite>();
  /** Not from 1 in each incarnation: the answers to an earlier one's requests still come. */
  #nextId: number;

  constructor(host: Host, view: ClusterView, membership: Membership, replicas: Replicas, hints: Hints) {
    this.#host = host;
    this.#nextId = host.monotonic() + 1;
    this.#view = view;
    this.#membership = membership;
    this.#replicas = replicas;
    this.#hints = hints;
  }

  /**
   * Writes a mutation to its replicas.
   *
   * @param table - its table
   * @param mutation - stamped already
   * @param consistency - the level
   * @param answer - called once, without an error when the level is met
   */
  begin(table: Table, mutation: Mutation, consistency: ConsistencyLevel, answer: (error?: CassandraErrorReply) => void): void {
    const replicas = this.#view.ring.endpointsFor(table.replication, mutation.data.key);
    const local = endpointOf(this.#view, this.#host.id);
    const requirement = requirementOf(consistency, { factors: table.factors, local: local.datacenter });
    const alive = replicas.filter(({ id }) => this.#membership.isAlive(id));
    const short = consistency === 'ANY' ? undefined : shortage(requirement, alive);
    if (short !== undefined) {
      answer({ kind: 'unavailable', consistency, ...short });
      return;
    }
    const id = this.#nextId++;
    const timer: RequestTimer = { type: 'write-timeout', id };
    const write: PendingWrite = {
      mutation, consistency, answer,
      count: new AnswerCount(requirement),
      outstanding: new Set(alive.map((replica) => replica.id)),
      timer: this.#host.setTimer(this.#view.parameters.writeRequestTimeout, timer),
    };
    this.#pending.set(id, write);
    for (const replica of replicas) {
      if (this.#membership.isAlive(replica.id)) continue;
      // A hint counts for ANY and for nothing else.
      if (this.#hints.keep(replica.id, mutation) && consistency === 'ANY') write.count.add(replica.datacenter);
    }
    for (const replica of alive) this.#replicas.apply(replica.id, 'MUTATION_REQ', id, mutation, () => this.onAcknowledged(replica.id, id));
    this.#progress(id, write);
  }

  /** A replica has applied a mutation. */
  onAcknowledged(replica: NodeId, id: number): void {
    const write = this.#pending.get(id);
    if (write === undefined || !write.outstanding.delete(replica)) return;
    write.count.add(endpointOf(this.#view, replica).datacenter);
    this.#progress(id, write);
  }

  /** The time of a write is over. */
  onTimeout(id: number): void {
    const write = this.#pending.get(id);
    if (write === undefined) return;
    this.#pending.delete(id);
    for (const replica of write.outstanding) {
      if (replica !== this.#host.id) this.#hints.keep(replica, write.mutation);
    }
    const { consistency, count } = write;
    write.answer?.({ kind: 'write-timeout', consistency, received: count.received, blockFor: count.requirement.blockFor, writeType: 'SIMPLE' });
  }

  #progress(id: number, write: PendingWrite): void {
    if (write.count.isMet && write.answer !== undefined) {
      const { answer } = write;
      write.answer = undefined;
      answer();
    }
    if (write.outstanding.size > 0 || write.answer !== undefined) return;
    this.#pending.delete(id);
    this.#host.cancelTimer(write.timer);
  }
}
