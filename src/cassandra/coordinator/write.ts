/**
 * Coordinating writes (Apache Cassandra 5.0, `StorageProxy.mutate`): decide whether enough replicas are up, send to all that
 * are, keep hints for the others, answer the client when the level is met or the time is over, and keep hints for those that
 * have not answered by then. A write is never taken back: one that timed out may be on some replicas and may reach the rest.
 *
 * Another datacentre is sent one message, however many replicas it has: one of them passes it on to the rest, and all answer the coordinator
 * (`sendMessagesToNonlocalDC`, `MutationVerbHandler`). When that one is lost, so is the write for its datacentre, until hints bring it.
 *
 * A replica whose disk is full fails the write; it gets a hint. What becomes of it then `commit_failure_policy` says.
 *
 * Left out: `commit_failure_policy: die`; that a replica under load is not chosen to pass writes on.
 *
 * @module
 */
import type { Host, TimerId } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { NumberedMap } from '../../structures/numbered-map.ts';
import { AnswerCount, shortage, withPending, type ConsistencyLevel, type Requirement } from '../consistency.ts';
import type { CassandraErrorReply, ReplicaFailure, WriteType } from '../errors.ts';
import type { Endpoint } from '../replication.ts';
import type { Mutation } from '../storage/mutation.ts';
import { demandOf, endpointOf, placementOf, type ClusterView } from './cluster.ts';
import type { Hints } from './hints.ts';
import type { Membership } from './membership.ts';
import type { Replicas, RequestTimer } from './replicas.ts';

/** Called once, without an error when the level is met. */
export type WriteDone = (error?: CassandraErrorReply) => void;

/** Where a mutation goes. */
export interface WritePlan {
  /** The replicas, those to be included. */
  readonly replicas: readonly Endpoint[];
  readonly alive: readonly Endpoint[];
  readonly requirement: Requirement;
}

/** A write under way. A class, since it is made for every write: all of them are of one shape. */
class PendingWrite {
  readonly mutation: Mutation;
  readonly consistency: ConsistencyLevel;
  readonly writeType: WriteType;
  readonly count: AnswerCount;
  /** Replicas that were sent to and have not answered. */
  readonly outstanding: NodeId[];
  /** How many replicas could count, up or down. */
  readonly candidates: number;
  failures: ReplicaFailure[] | undefined = undefined;
  timer: TimerId | undefined = undefined;
  /** Undefined once the client has its answer. */
  answer: WriteDone | undefined;

  constructor(mutation: Mutation, consistency: ConsistencyLevel, writeType: WriteType, { replicas, alive, requirement }: WritePlan, answer: WriteDone) {
    this.mutation = mutation;
    this.consistency = consistency;
    this.writeType = writeType;
    this.count = new AnswerCount(requirement);
    this.outstanding = alive.map(({ id }) => id);
    const { only } = requirement;
    this.candidates = only === undefined ? replicas.length : replicas.filter(({ datacenter }) => datacenter === only).length;
    this.answer = answer;
  }

  /** A replica has answered. @returns false when it was not asked, or has answered before */
  answers(replica: NodeId): boolean {
    const { outstanding } = this;
    const last = outstanding.length - 1;
    let at = outstanding.indexOf(replica);
    if (at < 0) return false;
    for (; at < last; at++) outstanding[at] = outstanding[at + 1] as NodeId;
    outstanding.length = last;
    return true;
  }
}

/** The writes one node coordinates. */
export class WriteCoordinator {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #replicas: Replicas;
  readonly #hints: Hints;
  readonly #datacenter: string;
  /** Whether a write that is applied here is acknowledged in the same instant. */
  readonly #answersAtOnce: boolean;
  readonly #pending = new NumberedMap<PendingWrite>();

  constructor(host: Host, view: ClusterView, membership: Membership, replicas: Replicas, hints: Hints) {
    this.#host = host;
    this.#view = view;
    this.#membership = membership;
    this.#replicas = replicas;
    this.#hints = hints;
    this.#datacenter = endpointOf(view, host.id).datacenter;
    this.#answersAtOnce = view.parameters.commitlogSync === 'periodic';
  }

  /** Writes under way, those included that were answered and of which some replicas are still to be heard. */
  get size(): number {
    return this.#pending.size;
  }

  /** Where a mutation would go at a level, and whether enough replicas are up. */
  plan(mutation: Mutation, consistency: ConsistencyLevel): WritePlan | { readonly error: CassandraErrorReply } {
    const { topology } = this.#membership;
    const placement = placementOf(this.#view, mutation.keyspace);
    const token = this.#view.partitioner.tokenOf(mutation.key);
    const natural = topology.replicas(placement.replication, token);
    const pending = topology.pending(placement.replication, token);
    const requirement = withPending(demandOf(placement, consistency, this.#datacenter), pending);
    const replicas = pending.length === 0 ? natural : [...natural, ...pending];
    const alive = this.#membership.areAlive(replicas) ? replicas : replicas.filter(({ id }) => this.#membership.isAlive(id));
    const short = consistency === 'ANY' ? undefined : shortage(requirement, alive);
    return short === undefined ? { replicas, alive, requirement } : { error: { kind: 'unavailable', consistency, ...short } };
  }

  /**
   * Writes mutations to their replicas, each by itself. The first error is the answer.
   *
   * @param mutations - stamped already
   * @param consistency - the level
   * @param writeType - what a timeout says
   * @param done - called once
   */
  mutate(mutations: readonly Mutation[], consistency: ConsistencyLevel, writeType: WriteType, done: WriteDone): void {
    const [only] = mutations;
    if (mutations.length === 1 && only !== undefined) {
      const plan = this.plan(only, consistency);
      if ('error' in plan) done(plan.error);
      else this.write(only, plan, consistency, writeType, this.#view.parameters.writeRequestTimeout, done);
      return;
    }
    const plans: (readonly [Mutation, WritePlan])[] = [];
    for (const mutation of mutations) {
      // As the real one does, each is planned and sent in turn: what went before a mutation that cannot be written is on its way.
      const plan = this.plan(mutation, consistency);
      if ('error' in plan) {
        for (const [sent, sentPlan] of plans) this.write(sent, sentPlan, consistency, writeType, this.#view.parameters.writeRequestTimeout, () => undefined);
        done(plan.error);
        return;
      }
      plans.push([mutation, plan]);
    }
    let left = plans.length;
    if (left === 0) done();
    for (const [mutation, plan] of plans) {
      this.write(mutation, plan, consistency, writeType, this.#view.parameters.writeRequestTimeout, (error) => {
        if (left <= 0) return;
        left = error === undefined ? left - 1 : 0;
        if (left === 0) done(error);
      });
    }
  }

  /** Writes one mutation where its plan says. */
  write(mutation: Mutation, plan: WritePlan, consistency: ConsistencyLevel, writeType: WriteType, timeout: Micros, done: WriteDone): void {
    const { replicas, alive, requirement } = plan;
    const [only] = replicas;
    if (replicas.length === 1 && alive.length === 1 && only?.id === this.#host.id && requirement.blockFor === 1 && this.#answersAtOnce && this.#replicas.applyHere(mutation, done)) return;
    const id = this.#replicas.nextId();
    const write = new PendingWrite(mutation, consistency, writeType, plan, done);
    this.#pending.set(id, write);
    if (alive !== replicas) {
      for (const replica of replicas) {
        if (alive.includes(replica)) continue;
        // A hint counts for ANY and for nothing else.
        if (this.#hints.keep(replica.id, mutation) && consistency === 'ANY') write.count.add(replica.datacenter);
      }
    }
    let remote: Map<string, NodeId[]> | undefined;
    for (const replica of alive) {
      if (replica.datacenter !== this.#datacenter) {
        remote ??= new Map<string, NodeId[]>();
        const there = remote.get(replica.datacenter);
        if (there === undefined) remote.set(replica.datacenter, [replica.id]);
        else there.push(replica.id);
      } else if (replica.id !== this.#host.id) this.#replicas.send(replica.id, 'MUTATION_REQ', id, mutation, timeout);
      else if (!this.#replicas.applyHere(mutation, () => this.onAcknowledged(replica.id, id))) this.onFailed(replica.id, id);
    }
    if (remote !== undefined) {
      for (const there of remote.values()) this.#sendAway(there, id, mutation, timeout);
    }
    // Where this node is the only replica it is done by now.
    if (write.answer === undefined && write.outstanding.length === 0) return;
    const timer: RequestTimer = { type: 'write-timeout', id };
    write.timer = this.#host.setTimer(timeout, timer);
    this.#progress(id, write);
  }

  /** To another datacentre one message goes: one of the replicas there, by chance, passes it on to the others. */
  #sendAway(there: readonly NodeId[], id: number, mutation: Mutation, timeout: Micros): void {
    const [only] = there;
    const chosen = there.length === 1 && only !== undefined ? only : this.#host.random.pick(there);
    this.#replicas.send(chosen, 'MUTATION_REQ', id, mutation, timeout, there.length === 1 ? undefined : there.filter((other) => other !== chosen));
  }

  /**
   * Counts a write that is done elsewhere: a counter's leader has applied it before it tells the others.
   *
   * @param applied - the replica that has it
   */
  writeRest(mutation: Mutation, plan: WritePlan, applied: NodeId, consistency: ConsistencyLevel, writeType: WriteType, timeout: Micros, done: WriteDone): void {
    const without = (list: readonly Endpoint[]): readonly Endpoint[] => list.filter(({ id }) => id !== applied);
    const alive = without(plan.alive);
    const replicas = without(plan.replicas);
    const { requirement } = plan;
    const leader = endpointOf(this.#view, applied);
    const counted = requirement.only === undefined || requirement.only === leader.datacenter ? 1 : 0;
    const each = requirement.each === undefined ? undefined : new Map(requirement.each);
    each?.set(leader.datacenter, (each.get(leader.datacenter) ?? 1) - 1);
    const rest: Requirement = { ...requirement, blockFor: requirement.blockFor - counted, ...(each === undefined ? {} : { each }) };
    this.write(mutation, { replicas, alive: alive.length === replicas.length ? replicas : alive, requirement: rest }, consistency, writeType, timeout, (error) => {
      // The figures are those of the whole write.
      if (error?.kind === 'write-timeout' || error?.kind === 'write-failure') done({ ...error, received: error.received + counted, blockFor: requirement.blockFor });
      else done(error);
    });
  }

  /** A replica has applied a mutation. */
  onAcknowledged(replica: NodeId, id: number): void {
    const write = this.#pending.get(id);
    if (write?.answers(replica) !== true) return;
    write.count.add(endpointOf(this.#view, replica).datacenter);
    this.#progress(id, write);
  }

  /** A replica could not apply a mutation. The client hears of it when too few are left for its level. */
  onFailed(replica: NodeId, id: number): void {
    const write = this.#pending.get(id);
    if (write?.answers(replica) !== true) return;
    if (replica !== this.#host.id) this.#hints.keep(replica, write.mutation);
    const { consistency, count, writeType } = write;
    const { only, blockFor } = count.requirement;
    if (only === undefined || only === endpointOf(this.#view, replica).datacenter) {
      write.failures ??= [];
      write.failures.push({ replica, reason: 'UNKNOWN' });
      if (blockFor + write.failures.length > write.candidates) {
        write.answer?.({ kind: 'write-failure', consistency, received: count.received, blockFor, failures: write.failures, writeType });
        write.answer = undefined;
      }
    }
    this.#progress(id, write);
  }

  /** The time of a write is over. */
  onTimeout(id: number): void {
    const write = this.#pending.get(id);
    if (write === undefined) return;
    this.#pending.take(id);
    for (const replica of write.outstanding) {
      if (replica !== this.#host.id) this.#hints.keep(replica, write.mutation);
    }
    const { consistency, count, writeType } = write;
    write.answer?.({ kind: 'write-timeout', consistency, received: count.received, blockFor: count.requirement.blockFor, writeType });
  }

  #progress(id: number, write: PendingWrite): void {
    if (write.answer !== undefined && write.count.isMet) {
      const { answer } = write;
      write.answer = undefined;
      answer();
    }
    if (write.outstanding.length > 0 || write.answer !== undefined) return;
    this.#pending.take(id);
    if (write.timer !== undefined) this.#host.cancelTimer(write.timer);
  }
}
