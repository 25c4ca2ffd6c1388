/**
 * Lightweight transactions: single-decree Paxos for each partition (Apache Cassandra 5.0, `StorageProxy.cas` for `paxos_variant: v1`,
 * `service.paxos.Paxos` for v2, CEP-14).
 *
 * v1 takes four round trips: prepare (a promise of a majority, which finishes what an earlier round left undecided), read at
 * QUORUM, propose, commit. v2 reads while it prepares and saves one; a read, or a condition that fails, is done after that unless
 * a replica has promised a writer whose proposal it has not seen.
 *
 * What v1 is known for: a proposal that only a minority accepted may be seen by one serial read and missed by the next
 * (CASSANDRA-12126). Since 4.0 a read, and a condition that fails, proposes an empty update, which settles that;
 * `unsafeDisableSerialReadsLinearizability` brings the old behaviour back. A timeout leaves the outcome unknown; a plain write beside
 * transactions is ordered by its own timestamp and may lose to one, or win.
 *
 * @module
 */
import type { Host, Timer, TimerId } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { NumberedMap } from '../../structures/numbered-map.ts';
import { quorumOf, type ConsistencyLevel } from '../consistency.ts';
import { endpointOf, placementOf, type ClusterView } from '../coordinator/cluster.ts';
import type { Membership } from '../coordinator/membership.ts';
import type {
  Ballot, PaxosCommitRequest, PaxosPrepareRequest, PaxosPrepareResponse, PaxosProposeRequest, Proposal,
} from '../coordinator/messages.ts';
import { reconcile } from '../coordinator/reconcile.ts';
import type { ReadOutcome } from '../coordinator/read.ts';
import type { Replicas, RequestTimer } from '../coordinator/replicas.ts';
import type { WriteCoordinator } from '../coordinator/write.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { Endpoint } from '../replication.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Mutation } from '../storage/mutation.ts';
import { emptyData, type PartitionData } from '../storage/partition.ts';
import type { PartitionRead } from '../storage/read-command.ts';
import type { Bytes } from '../types/data-type.ts';
import { compareBallots, laterProposal, NO_BALLOT } from './ballot.ts';

/** What a transaction is. */
export interface Transaction {
  readonly table: TableMetadata;
  readonly key: Bytes;
  readonly read: PartitionRead;
  readonly serialConsistency: ConsistencyLevel;
  /** At which what was decided is committed. */
  readonly consistency: ConsistencyLevel;
  /** What to write, undefined when the condition fails; a serial read always gives undefined. */
  readonly evaluate: (current: PartitionData, timestamp: number) => Mutation | undefined;
  readonly done: (outcome: { readonly error: CassandraErrorReply } | { readonly applied: boolean; readonly current: PartitionData }) => void;
}

interface Running extends Transaction {
  readonly id: number;
  readonly isRead: boolean;
  readonly participants: readonly Endpoint[];
  readonly alive: readonly Endpoint[];
  /** Answers that decide. */
  readonly required: number;
  readonly deadline: TimerId;
  /** The number of the present step's requests. */
  step: number;
  phase: Phase | undefined;
  ballot: Ballot;
  /** No ballot of this transaction may be older. */
  floor: number;
  contentions: number;
}

type Phase =
  | { readonly kind: 'prepare'; readonly answers: Map<NodeId, PaxosPrepareResponse> }
  | { readonly kind: 'propose'; readonly proposal: Proposal; readonly accepted: Set<NodeId>; readonly refused: Set<NodeId>; readonly next: () => void; readonly isOwn: boolean }
  | { readonly kind: 'commit'; readonly waiting: Set<NodeId>; left: number; readonly next: () => void }
  | { readonly kind: 'read' }
  | { readonly kind: 'decided' }
  | { readonly kind: 'backoff' };

/** What Paxos needs of its node. */
export interface PaxosSupport {
  readonly replicas: Replicas;
  readonly writes: WriteCoordinator;
  /** The node's clock in microseconds, each value once: ballots and plain writes of one coordinator never share a timestamp. */
  readonly timestamp: () => number;
  /** A read of the ordinary kind. */
  readonly read: (command: PartitionRead, table: TableMetadata, consistency: ConsistencyLevel, done: (outcome: ReadOutcome) => void) => void;
  /** Delivers a request to a replica, itself included. */
  readonly send: (to: NodeId, request: PaxosPrepareRequest | PaxosProposeRequest | PaxosCommitRequest) => void;
}

/** The transactions one node proposes. */
export class PaxosCoordinator {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #support: PaxosSupport;
  readonly #running = new NumberedMap<Running>();
  readonly #steps = new NumberedMap<Running>();
  #lastBallot = 0;

  constructor(host: Host, view: ClusterView, membership: Membership, support: PaxosSupport) {
    this.#host = host;
    this.#view = view;
    this.#membership = membership;
    this.#support = support;
  }

  /** Transactions under way. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins a transaction. @param isRead - a serial read: it only finishes what is under way, and reads */
  begin(transaction: Transaction, isRead = false): void {
    const { topology } = this.#membership;
    const { table, key, serialConsistency, done } = transaction;
    const { replication } = placementOf(this.#view, table.keyspace);
    const token = this.#view.partitioner.tokenOf(key);
    const local = endpointOf(this.#view, this.#host.id);
    const isHere = (endpoint: Endpoint): boolean => serialConsistency === 'SERIAL' || endpoint.datacenter === local.datacenter;
    const natural = topology.replicas(replication, token).filter(isHere);
    const pending = topology.pending(replication, token).filter(isHere);
    const participants = [...natural, ...pending];
    const alive = participants.filter(({ id }) => this.#membership.isAlive(id));
    const required = quorumOf(participants.length);
    // With two nodes joining at once a majority before and one after need not meet (CASSANDRA-8346).
    if (alive.length < required || pending.length > 1) {
      done({ error: { kind: 'unavailable', consistency: serialConsistency, required: pending.length > 1 ? participants.length + 1 : required, alive: alive.length } });
      return;
    }
    const id = this.#support.replicas.nextId();
    const timer: RequestTimer = { type: 'paxos-timeout', id };
    const { casContentionTimeout, readRequestTimeout } = this.#view.parameters;
    const running: Running = {
      ...transaction, id, isRead, participants, alive, required,
      deadline: this.#host.setTimer(isRead ? readRequestTimeout : casContentionTimeout, timer),
      step: 0, phase: undefined, ballot: NO_BALLOT, floor: 0, contentions: 0,
    };
    this.#running.set(id, running);
    this.#prepare(running);
  }

  /** A participant has answered a prepare. */
  onPrepared(from: NodeId, response: PaxosPrepareResponse): void {
    const running = this.#steps.get(response.id);
    if (running?.phase?.kind !== 'prepare' || running.step !== response.id) return;
    const { answers } = running.phase;
    if (!response.promised) {
      running.floor = Math.max(running.floor, response.ballot.timestamp);
      this.#contend(running);
      return;
    }
    answers.set(from, response);
    if (answers.size >= running.required) this.#onMajority(running, answers);
  }

  /** A participant has answered a proposal. */
  onProposed(from: NodeId, id: number, accepted: boolean): void {
    const running = this.#steps.get(id);
    if (running?.phase?.kind !== 'propose' || running.step !== id) return;
    const { phase } = running;
    if (accepted) phase.accepted.add(from);
    else phase.refused.add(from);
    if (phase.accepted.size >= running.required) {
      phase.next();
    } else if (!phase.isOwn) {
      if (phase.refused.size > running.alive.length - running.required) this.#contend(running);
    } else if (phase.accepted.size + phase.refused.size === running.alive.length) {
      // Only a proposal that everyone refused may be made again. Where some accepted it another round may take it up, or not; and
      // whoever has not answered may have accepted it: that is waited for.
      if (phase.accepted.size === 0) this.#contend(running);
      else this.#finish(running, { error: { kind: 'cas-unknown', consistency: running.serialConsistency, received: phase.accepted.size, blockFor: running.required } });
    }
  }

  /** A participant has committed. */
  onCommitted(from: NodeId, id: number): void {
    const running = this.#steps.get(id);
    if (running?.phase?.kind !== 'commit' || running.step !== id) return;
    // A network that delivers twice must not make two of one.
    if (running.phase.waiting.delete(from) && --running.phase.left === 0) running.phase.next();
  }

  /** @returns whether the timer was one of these */
  onTimer(timer: Timer): boolean {
    if (timer.type === 'paxos-backoff') {
      const running = this.#running.get((timer as RequestTimer).id);
      if (running?.phase?.kind === 'backoff') this.#prepare(running);
      return true;
    }
    if (timer.type !== 'paxos-timeout') return false;
    const running = this.#running.get((timer as RequestTimer).id);
    if (running !== undefined) this.#onTimeout(running);
    return true;
  }

  #onTimeout(running: Running): void {
    const { phase, serialConsistency, required, isRead } = running;
    const received = phase?.kind === 'prepare' ? phase.answers.size : phase?.kind === 'propose' ? phase.accepted.size : 0;
    if (isRead) {
      this.#finish(running, { error: { kind: 'read-timeout', consistency: serialConsistency, received: Math.min(received, required), blockFor: required, dataPresent: false } });
      return;
    }
    this.#finish(running, {
      error: { kind: 'write-timeout', consistency: serialConsistency, received: Math.min(received, required), blockFor: required, writeType: 'CAS', contentions: running.contentions },
    });
  }

  /** A new step: answers to earlier ones are not its own. */
  #begin(running: Running, phase: Phase): number {
    this.#steps.take(running.step);
    running.step = this.#support.replicas.nextId();
    running.phase = phase;
    this.#steps.set(running.step, running);
    return running.step;
  }

  #prepare(running: Running): void {
    const timestamp = Math.max(this.#support.timestamp(), this.#lastBallot + 1, running.floor + 1);
    this.#lastBallot = timestamp;
    running.ballot = { timestamp, node: this.#host.id };
    const id = this.#begin(running, { kind: 'prepare', answers: new Map() });
    const { table, key, ballot } = running;
    const read = this.#view.parameters.paxosVariant === 'v2' ? running.read : undefined;
    for (const participant of running.alive) {
      this.#support.send(participant.id, { type: 'PAXOS_PREPARE_REQ', id, table: table.id, key, ballot, isWrite: !running.isRead, read, expiresAt: this.#expiry() });
    }
  }

  #onMajority(running: Running, answers: ReadonlyMap<NodeId, PaxosPrepareResponse>): void {
    let accepted: Proposal | undefined;
    let committed: Proposal | undefined;
    for (const answer of answers.values()) {
      accepted = laterProposal(accepted, answer.accepted);
      committed = laterProposal(committed, answer.committed);
    }
    const isUndecided = accepted?.mutation !== undefined && (committed === undefined || compareBallots(accepted.ballot, committed.ballot) > 0);
    if (isUndecided && accepted !== undefined) {
      // What an earlier round may have decided is finished first, under this round's ballot.
      this.#host.trace('finishes an earlier transaction', { table: running.table.id });
      const proposal: Proposal = { ballot: running.ballot, mutation: accepted.mutation };
      this.#propose(running, proposal, false, () => this.#commit(running, proposal, running.alive.map(({ id }) => id), running.required, () => this.#prepare(running)));
      return;
    }
    if (committed !== undefined) {
      const latest = committed;
      const behind = [...answers].filter(([, answer]) => answer.committed === undefined || compareBallots(answer.committed.ballot, latest.ballot) < 0).map(([id]) => id);
      if (behind.length > 0) {
        this.#commit(running, latest, behind, behind.length, () => this.#prepare(running));
        return;
      }
    }
    this.#read(running, answers);
  }

  #read(running: Running, answers: ReadonlyMap<NodeId, PaxosPrepareResponse>): void {
    if (this.#view.parameters.paxosVariant === 'v2') {
      const all = [...answers.values()].map(({ answer }) => answer ?? { partitions: [], tombstones: 0, failure: undefined });
      const { partitions, isShort } = reconcile(this.#view.partitioner, running.table, running.read, all);
      if (!isShort) {
        this.#evaluate(running, partitions[0], [...answers.values()].every(({ isStable }) => isStable));
        return;
      }
    }
    this.#begin(running, { kind: 'read' });
    const { step } = running;
    const level = running.serialConsistency === 'SERIAL' ? 'QUORUM' : 'LOCAL_QUORUM';
    this.#support.read(running.read, running.table, level, (outcome) => {
      if (running.step !== step || running.phase?.kind !== 'read') return;
      if ('error' in outcome) this.#finish(running, outcome);
      else this.#evaluate(running, outcome.partitions[0], false);
    });
  }

  /** @param isStable - whether no proposal can be under way that the promising majority has not seen */
  #evaluate(running: Running, read: PartitionData | undefined, isStable: boolean): void {
    const current = read ?? emptyData(running.key);
    const mutation = running.evaluate(current, running.ballot.timestamp);
    const proposal: Proposal = { ballot: running.ballot, mutation };
    const { unsafeDisableSerialReadsLinearizability } = this.#view.parameters;
    if (mutation === undefined && (isStable || unsafeDisableSerialReadsLinearizability)) {
      this.#finish(running, { applied: false, current });
      return;
    }
    this.#propose(running, proposal, mutation !== undefined, () => {
      if (mutation === undefined) {
        this.#finish(running, { applied: false, current });
        return;
      }
      this.#commitOwn(running, proposal, mutation, current);
    });
  }

  #propose(running: Running, proposal: Proposal, isOwn: boolean, next: () => void): void {
    const id = this.#begin(running, { kind: 'propose', proposal, accepted: new Set(), refused: new Set(), next, isOwn });
    for (const participant of running.alive) {
      this.#support.send(participant.id, { type: 'PAXOS_PROPOSE_REQ', id, table: running.table.id, key: running.key, proposal, expiresAt: this.#expiry() });
    }
  }

  /** Commits on some participants and waits for so many of them. */
  #commit(running: Running, proposal: Proposal, to: readonly NodeId[], blockFor: number, next: () => void): void {
    const id = this.#begin(running, { kind: 'commit', waiting: new Set(to), left: blockFor, next });
    for (const participant of to) this.#sendCommit(participant, id, running, proposal);
  }

  /** Commits what this transaction decided, at the client's level, with hints for who is down. */
  #commitOwn(running: Running, proposal: Proposal, mutation: Mutation, current: PartitionData): void {
    const { consistency } = running;
    const plan = this.#support.writes.plan(mutation, consistency);
    this.#begin(running, { kind: 'decided' });
    this.#host.cancelTimer(running.deadline);
    this.#running.take(running.id);
    // Decided: from here on it is a write like any other, which the participants note as committed too.
    const id = this.#support.replicas.nextId();
    for (const participant of running.alive) this.#sendCommit(participant.id, id, running, proposal);
    if ('error' in plan) {
      // Too few are up for the commit, yet it is decided: "unavailable" would say that nothing happened.
      this.#settle(running, { error: { kind: 'write-timeout', consistency, received: 0, blockFor: running.required, writeType: 'CAS', contentions: running.contentions } });
      return;
    }
    const done = (error?: CassandraErrorReply): void => this.#settle(running, error === undefined ? { applied: true, current } : { error });
    if (consistency === 'ANY') done();
    this.#support.writes.write(mutation, plan, consistency, 'CAS', this.#view.parameters.writeRequestTimeout, consistency === 'ANY' ? () => undefined : done);
  }

  #sendCommit(to: NodeId, id: number, { table, key }: Running, proposal: Proposal): void {
    const bytes = proposal.mutation?.bytes.length ?? 0;
    this.#support.send(to, { type: 'PAXOS_COMMIT_REQ', id, table: table.id, key, proposal, bytes, expiresAt: this.#expiry() });
  }

  /** Another proposer was faster: waits a little and begins again. */
  #contend(running: Running): void {
    running.contentions++;
    this.#begin(running, { kind: 'backoff' });
    const timer: RequestTimer = { type: 'paxos-backoff', id: running.id };
    this.#host.setTimer((1 + this.#host.random.below(100_000)) as Micros, timer);
  }

  #finish(running: Running, outcome: Parameters<Transaction['done']>[0]): void {
    this.#host.cancelTimer(running.deadline);
    this.#running.take(running.id);
    this.#settle(running, outcome);
  }

  #settle(running: Running, outcome: Parameters<Transaction['done']>[0]): void {
    this.#steps.take(running.step);
    running.phase = undefined;
    running.done(outcome);
  }

  #expiry(): Micros {
    return (this.#host.monotonic() + this.#view.parameters.writeRequestTimeout) as Micros;
  }
}
