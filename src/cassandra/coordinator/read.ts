/**
 * Coordinating reads (Apache Cassandra 4.1, `StorageProxy.read` and `BlockingReadRepair`): ask as many replicas as the level
 * needs, nearest first; merge what they have; with `read_repair = BLOCKING` write what a replica lacked and wait until it has
 * it before answering. That order is what makes quorum reads monotonic: whoever reads after this answer cannot see less.
 *
 * A replica stops at the limit, so what it has beyond its last row is unknown: rows past that point are not trusted, and when
 * too few are left the read is done again with a larger limit (short read protection, CASSANDRA-12872).
 *
 * Every replica sends data, none a digest: the same outcome with fewer rounds and larger messages. Left out: speculative
 * retry, range reads over many partitions, the dynamic snitch.
 *
 * @module
 */
import type { Host, TimerId } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import { AnswerCount, requirementOf, shortage, type ConsistencyLevel, type Requirement } from '../consistency.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { Endpoint } from '../replication.ts';
import type { Table } from '../schema.ts';
import type { Clustering } from '../storage/clustering.ts';
import { makeMutation } from '../storage/codec.ts';
import { missingFrom, sameData } from '../storage/difference.ts';
import { mergeData, type PartitionData, type ReadSpan } from '../storage/partition.ts';
import { rowIsLive } from '../storage/row.ts';
import { endpointOf, type ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { ApplyRequest } from './messages.ts';
import type { Replicas, RequestTimer } from './replicas.ts';
import type { ReadStatement } from './statement.ts';

/** What a read ends with. */
export type ReadOutcome = { readonly data: PartitionData } | { readonly error: CassandraErrorReply };

interface PendingRead {
  readonly id: number;
  readonly table: Table;
  readonly statement: ReadStatement;
  readonly consistency: ConsistencyLevel;
  readonly requirement: Requirement;
  readonly contacts: readonly Endpoint[];
  readonly timer: TimerId;
  readonly answer: (outcome: ReadOutcome) => void;
  count: AnswerCount;
  /** What is asked of the replicas now: the statement's span, with a larger limit after a short read. */
  span: ReadSpan;
  readonly answers: Map<NodeId, PartitionData>;
  /** Replicas being repaired and what to answer then; undefined while reading. */
  repairing: { readonly waiting: Set<NodeId>; readonly data: PartitionData } | undefined;
  /** Rounds of a read differ by this, so that a late answer to an earlier one is known. */
  round: number;
}

/** Requests of one read are numbered apart by round. */
const ROUNDS = 64;

/** The reads one node coordinates. */
export class ReadCoordinator {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #replicas: Replicas;
  readonly #pending = new Map<number, PendingRead>();
  /** Replicas by nearness, for each list of them that the ring gives out. */
  readonly #nearest = new Map<readonly Endpoint[], readonly Endpoint[]>();
  /** Not from 1 in each incarnation: the answers to an earlier one's requests still come. */
  #nextId: number;

  constructor(host: Host, view: ClusterView, membership: Membership, replicas: Replicas) {
    this.#host = host;
    this.#nextId = host.monotonic() + 1;
    this.#view = view;
    this.#membership = membership;
    this.#replicas = replicas;
  }

  /**
   * Reads a slice of a partition.
   *
   * @param table - its table
   * @param statement - what to read
   * @param consistency - the level, any but ANY
   * @param answer - called once, with merged data (tombstones included) or an error
   */
  begin(table: Table, statement: ReadStatement, consistency: ConsistencyLevel, answer: (outcome: ReadOutcome) => void): void {
    if (consistency === 'ANY') {
      answer({ error: { kind: 'text', error: 'INVALID', message: 'ANY ConsistencyLevel is only supported for writes' } });
      return;
    }
    const local = endpointOf(this.#view, this.#host.id);
    const replicas = this.#nearestFirst(this.#view.ring.endpointsFor(table.replication, statement.key), local);
    const requirement = requirementOf(consistency, { factors: table.factors, local: local.datacenter });
    const alive = replicas.filter(({ id }) => this.#membership.isAlive(id));
    const short = shortage(requirement, alive);
    if (short !== undefined) {
      answer({ error: { kind: 'unavailable', consistency, ...short } });
      return;
    }
    const id = this.#nextId++;
    const timer: RequestTimer = { type: 'read-timeout', id };
    const read: PendingRead = {
      id, table, statement, consistency, requirement, answer,
      contacts: contactsOf(requirement, alive),
      timer: this.#host.setTimer(this.#view.parameters.readRequestTimeout, timer),
      count: new AnswerCount(requirement),
      span: statement.span,
      answers: new Map(),
      repairing: undefined,
      round: 0,
    };
    this.#pending.set(id, read);
    this.#ask(read);
  }

  /** A replica has sent its data. */
  onData(replica: NodeId, request: number, data: PartitionData): void {
    const read = this.#pending.get(Math.floor(request / ROUNDS));
    if (read === undefined || request % ROUNDS !== read.round || read.repairing !== undefined || read.answers.has(replica)) return;
    read.answers.set(replica, data);
    read.count.add(endpointOf(this.#view, replica).datacenter);
    if (read.answers.size === read.contacts.length) this.#resolve(read);
  }

  /** A replica has been repaired. */
  onRepaired(replica: NodeId, request: number): void {
    const read = this.#pending.get(Math.floor(request / ROUNDS));
    if (read?.repairing === undefined) return;
    read.repairing.waiting.delete(replica);
    if (read.repairing.waiting.size === 0) this.#finish(read, { data: read.repairing.data });
  }

  /** The time of a read is over. */
  onTimeout(id: number): void {
    const read = this.#pending.get(id);
    if (read === undefined) return;
    const { blockFor } = read.requirement;
    const received = read.repairing === undefined ? read.count.received : blockFor - 1;
    this.#finish(read, { error: { kind: 'read-timeout', consistency: read.consistency, received, blockFor, dataPresent: read.answers.size > 0 } });
  }

  #nearestFirst(replicas: readonly Endpoint[], local: Endpoint): readonly Endpoint[] {
    let nearest = this.#nearest.get(replicas);
    if (nearest === undefined) this.#nearest.set(replicas, (nearest = nearestFirst(replicas, local)));
    return nearest;
  }

  #ask(read: PendingRead): void {
    const { statement, span } = read;
    const request = read.id * ROUNDS + read.round;
    for (const { id } of read.contacts) {
      this.#replicas.read(id, request, statement.table, statement.key, span, (data) => this.onData(id, request, data));
    }
  }

  #resolve(read: PendingRead): void {
    const { table, statement } = read;
    const all = [...read.answers.values()];
    const [first] = all;
    if (first !== undefined && all.every((data) => sameData(first, data))) {
      this.#finish(read, { data: first });
      return;
    }
    const now = Math.floor(this.#host.now() / 1_000_000);
    const merged = mergeData(table, statement.key, all);
    const { known, isCut } = knownPart(table, merged, all, read.span, now);
    if (isCut && liveRows(known, now) < statement.span.limit && read.round < ROUNDS - 1) {
      read.round++;
      read.span = { ...read.span, limit: read.span.limit * 2 };
      read.answers.clear();
      read.count = new AnswerCount(read.requirement);
      this.#ask(read);
      return;
    }
    this.#repair(read, known);
  }

  #repair(read: PendingRead, data: PartitionData): void {
    const { table, statement } = read;
    const stale: { replica: NodeId; missing: PartitionData }[] = [];
    if (table.readRepair === 'BLOCKING') {
      for (const [replica, own] of read.answers) {
        const missing = missingFrom(table, data, own);
        if (missing !== undefined) stale.push({ replica, missing });
      }
    }
    if (stale.length === 0) {
      this.#finish(read, { data });
      return;
    }
    read.repairing = { waiting: new Set(stale.map(({ replica }) => replica)), data };
    this.#host.trace('read repair', { stale: stale.map(({ replica }) => replica) });
    const request = read.id * ROUNDS + read.round;
    const type: ApplyRequest['type'] = 'READ_REPAIR_REQ';
    for (const { replica, missing } of stale) {
      this.#replicas.apply(replica, type, request, makeMutation(statement.table, missing), () => this.onRepaired(replica, request));
    }
  }

  #finish(read: PendingRead, outcome: ReadOutcome): void {
    this.#pending.delete(read.id);
    this.#host.cancelTimer(read.timer);
    read.answer(outcome);
  }
}

/** This node, then its rack, then its datacentre, then the rest; in ring order within each. */
function nearestFirst(replicas: readonly Endpoint[], local: Endpoint): readonly Endpoint[] {
  const distance = (replica: Endpoint): number => {
    if (replica.id === local.id) return 0;
    if (replica.datacenter !== local.datacenter) return 3;
    return replica.rack === local.rack ? 1 : 2;
  };
  return replicas.map((replica, i) => ({ replica, i })).sort((a, b) => distance(a.replica) - distance(b.replica) || a.i - b.i).map(({ replica }) => replica);
}

/** The replicas a read asks: just as many as its level needs. */
function contactsOf(requirement: Requirement, nearest: readonly Endpoint[]): readonly Endpoint[] {
  const { only, each, blockFor } = requirement;
  if (each !== undefined) {
    return [...each].flatMap(([datacenter, quorum]) => nearest.filter((replica) => replica.datacenter === datacenter).slice(0, quorum));
  }
  return (only === undefined ? nearest : nearest.filter((replica) => replica.datacenter === only)).slice(0, blockFor);
}

/** The part of a merged answer that no replica has cut off: up to the least of the last rows of those that reached the limit. */
function knownPart(
  table: Table, merged: PartitionData, all: readonly PartitionData[], span: ReadSpan, now: number,
): { readonly known: PartitionData; readonly isCut: boolean } {
  if (span.limit === Infinity) return { known: merged, isCut: false };
  let end: Clustering | undefined;
  for (const data of all) {
    const last = data.rows.at(span.reverse ? 0 : -1);
    if (last === undefined || liveRows(data, now) < span.limit) continue;
    const order = end === undefined ? -1 : table.compare(last.clustering, end);
    if (end === undefined || (span.reverse ? order > 0 : order < 0)) end = last.clustering;
  }
  if (end === undefined) return { known: merged, isCut: false };
  const limit = end;
  const rows = merged.rows.filter((row) => {
    const order = table.compare(row.clustering, limit);
    return span.reverse ? order >= 0 : order <= 0;
  });
  return { known: { ...merged, rows }, isCut: true };
}

function liveRows(data: PartitionData, now: number): number {
  return data.rows.reduce((count, row) => (rowIsLive(row, now) ? count + 1 : count), 0);
}
