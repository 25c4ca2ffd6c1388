/**
 * A Cassandra node: replica of some partitions and coordinator for any client that asks. Every node is alike.
 *
 * Fault budget: with replication factor 3 and QUORUM for reads and writes, no acknowledged write is lost while at most one
 * replica of a partition at a time is down, cut off, slow, wrong about its disk or without one; clocks must agree to within
 * the time between two writes that are meant to be ordered. Everything beyond that is what the scenarios show.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { Host, Machine, Message, Timer } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { executeQueries, prepareStatement } from '../cql/prepare.ts';
import type { StatementResult } from '../cql/statement.ts';
import type { Callback } from '../cql/storage-proxy.ts';
import { CassandraError, ServerError } from '../errors.ts';
import { PaxosCoordinator } from '../paxos/paxos.ts';
import { PaxosStates } from '../paxos/paxos-state.ts';
import { Repairs } from '../repair/repair.ts';
import type { Schema } from '../schema/schema.ts';
import { StorageEngine } from '../storage/engine.ts';
import { Batchlog } from './batchlog.ts';
import type { ClusterView } from './cluster.ts';
import { Counters } from './counters.ts';
import { Hints } from './hints.ts';
import { Membership, type MembershipOptions } from './membership.ts';
import type {
  ApplyRequest, ApplyResponse, CassandraMessage, Expiring, FailureResponse, PaxosCommitRequest, PaxosPrepareRequest, PaxosProposeRequest, QueryRequest, ReadRequest, ReadResponse, ResultMessage,
} from './messages.ts';
import { Proximity } from './proximity.ts';
import { Coordinator } from './proxy.ts';
import { RangeReads } from './range-read.ts';
import { ReadCoordinator } from './read.ts';
import { Replica } from './replica.ts';
import { Replicas, type RequestTimer } from './replicas.ts';
import { RingChanges, type JoinOptions } from './ring-changes.ts';
import { Streams } from './streams.ts';
import { SystemTables } from './system-tables.ts';
import { STAGE, ThreadPools, type ThreadPoolStats } from './thread-pools.ts';
import { Truncation } from './truncation.ts';
import { ViewUpdates } from './views.ts';
import { WriteCoordinator } from './write.ts';

const ANSWER = { MUTATION_REQ: 'MUTATION_RSP', READ_REPAIR_REQ: 'READ_REPAIR_RSP', HINT_REQ: 'HINT_RSP' } as const;

/** The messages that keep a node busy, where `requestServiceTime` says for how long. */
const WORK: ReadonlySet<string> = new Set([
  'QUERY', 'EXECUTE', 'BATCH', 'MUTATION_REQ', 'READ_REPAIR_REQ', 'HINT_REQ', 'READ_REQ', 'RANGE_REQ', 'COUNTER_MUTATION_REQ', 'BATCH_STORE_REQ', 'PAXOS_PREPARE_REQ',
  'PAXOS_PROPOSE_REQ', 'PAXOS_COMMIT_REQ',
]);

interface WorkTimer extends Timer {
  readonly from: NodeId;
  readonly message: Message;
}

/** What a node knows when it starts. */
export interface MachineOptions extends MembershipOptions {
  /** How it joins, when it was not a founder. */
  readonly join: JoinOptions | undefined;
}

/** The program of one incarnation of one node. */
export class CassandraMachine implements Machine {
  readonly engine: StorageEngine;
  readonly membership: Membership;
  readonly hints: Hints;
  readonly batchlog: Batchlog;
  readonly coordinator: Coordinator;
  readonly ringChanges: RingChanges;
  readonly streams: Streams;
  readonly repairs: Repairs;
  readonly proximity: Proximity;
  readonly replica: Replica;
  readonly views: ViewUpdates;
  readonly pools: ThreadPools = new ThreadPools();
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #writes: WriteCoordinator;
  readonly #reads: ReadCoordinator;
  readonly #counters: Counters;
  readonly #truncation: Truncation;
  readonly #paxos: PaxosCoordinator;
  readonly #paxosStates: PaxosStates;
  #busyUntil = 0;
  #isStopped = false;

  /**
   * @param host - the node
   * @param view - the cluster
   * @param options - what it knows of the cluster
   */
  constructor(host: Host, view: ClusterView, options: MachineOptions) {
    const { parameters } = view;
    this.#host = host;
    this.#view = view;
    this.engine = new StorageEngine(host, {
      tableById: (id) => view.schema.tableById(id),
      tables: () => view.schema.tables(),
      partitioner: view.partitioner,
      storage: parameters,
      durableWrites: (keyspace) => view.schema.keyspaces.get(keyspace)?.durableWrites ?? true,
      commitFailed: () => { this.#onCommitFailure(); },
    });
    this.membership = new Membership(host, view, options);
    this.proximity = new Proximity(host, view);
    this.hints = new Hints(host, view, this.membership);
    this.replica = new Replica(view, this.engine);
    const replicas = new Replicas(host, this.replica, this.pools);
    this.#writes = new WriteCoordinator(host, view, this.membership, replicas, this.hints);
    this.views = new ViewUpdates(host, view, this.engine, this.membership, this.#writes);
    this.replica.updateViews(this.views);
    this.#reads = new ReadCoordinator(host, view, replicas, this.proximity);
    this.#counters = new Counters(host, view, replicas, this.#writes, this.engine, this.replica);
    this.batchlog = new Batchlog(host, view, this.membership, replicas, this.#writes);
    this.#truncation = new Truncation(host, view, this.membership, replicas, this.engine);
    this.#paxosStates = new PaxosStates(host, parameters.commitlogSync !== 'periodic');
    this.#paxos = new PaxosCoordinator(host, view, this.membership, {
      replicas,
      writes: this.#writes,
      timestamp: () => this.coordinator.timestamp(),
      read: (command, table, consistency, done) => this.coordinator.readPartition(command, table, consistency, done),
      send: (to, request) => {
        if (to === host.id) this.#onPaxos(to, request);
        else host.send(to, request);
      },
    });
    this.coordinator = new Coordinator(host, view, {
      writes: this.#writes,
      reads: this.#reads,
      ranges: new RangeReads(host, view, this.membership, this.proximity, this.#reads),
      counters: this.#counters,
      batchlog: this.batchlog,
      paxos: this.#paxos,
      truncation: this.#truncation,
      proximity: this.proximity,
      membership: this.membership,
      system: new SystemTables(host, view, this.membership),
    });
    this.streams = new Streams(host, view, this.engine, this.membership);
    this.repairs = new Repairs(host, view, this.engine, this.membership, this.streams);
    this.ringChanges = new RingChanges(host, view, this.membership, this.streams, this.hints, options.join);
  }

  /** The schema has become another: tables that are gone go from the disk, new indexes and views are filled. */
  onSchemaChange(before: Schema, after: Schema): void {
    for (const table of before.tables()) if (after.tableById(table.id) === undefined) this.engine.drop(table.id);
    for (const table of after.tables()) {
      const old = before.tableById(table.id);
      if (old === table) continue;
      for (const index of table.indexes.keys()) if (old !== undefined && !old.indexes.has(index)) this.engine.buildIndex(table.id, index);
      if (old === undefined && table.view !== undefined) this.views.build(table);
    }
  }

  /** Whether it serves clients: it has joined, and its commit log did not stop it. */
  get takesClients(): boolean {
    return this.ringChanges.takesClients && !this.#isStopped;
  }

  /** `commit_failure_policy: stop`: gossip and the clients' connections end; what other nodes still ask is answered. */
  #onCommitFailure(): void {
    if (this.#isStopped || this.#view.parameters.commitFailurePolicy !== 'stop') return;
    this.#isStopped = true;
    this.#host.trace('stops gossip and clients: the commit log cannot be written');
    this.membership.stop();
  }

  /** What `nodetool tpstats` tells. */
  tpstats(): ThreadPoolStats {
    return { pools: [...this.pools.lines(), ...this.engine.threadPools(), this.hints.threadPool()], dropped: this.pools.dropped };
  }

  onStart(): void {
    this.engine.start();
    this.#paxosStates.start();
    this.hints.start();
    this.batchlog.start();
    this.membership.start();
    this.ringChanges.start();
  }

  states(): readonly string[] {
    const status = this.membership.state?.status;
    const states: string[] = status === undefined || status === 'NORMAL' ? [] : [status.toLowerCase()];
    if (this.hints.count() > 0) states.push('hints pending');
    if (this.#writes.size > 0) states.push('coordinating a write');
    if (this.#reads.size > 0) states.push('coordinating a read');
    if (this.#paxos.size > 0) states.push('coordinating a transaction');
    if (this.streams.size > 0) states.push('streaming');
    for (const { name, active } of this.engine.threadPools()) if (active > 0) states.push(name === 'MemtableFlushWriter' ? 'flushing a memtable' : 'compacting');
    return states;
  }

  onMessage(from: NodeId, message: Message): void {
    const { requestServiceTime } = this.#view.parameters;
    if (requestServiceTime === 0 || !WORK.has(message.type)) {
      this.#handle(from, message);
      return;
    }
    // One request after the other: whoever comes while the node is busy waits his turn.
    const now = this.#host.monotonic();
    this.#busyUntil = Math.max(now, this.#busyUntil) + requestServiceTime;
    this.pools.enqueue((message as CassandraMessage).type);
    const timer: WorkTimer = { type: 'request-served', from, message };
    this.#host.setTimer((this.#busyUntil - now) as Micros, timer);
  }

  #handle(from: NodeId, message: Message): void {
    const known = message as CassandraMessage;
    this.pools.handle(known.type);
    switch (known.type) {
      case 'QUERY':
      case 'EXECUTE':
      case 'BATCH': return this.#query(from, known);
      case 'MUTATION_REQ':
      case 'READ_REPAIR_REQ':
      case 'HINT_REQ': return this.#isLate(known) ? undefined : this.#apply(from, known);
      case 'READ_REQ':
      case 'RANGE_REQ': return this.#isLate(known) ? undefined : this.#read(from, known);
      case 'MUTATION_RSP': return this.#writes.onAcknowledged(from, known.id);
      case 'FAILURE_RSP': return this.#writes.onFailed(from, known.id);
      case 'READ_REPAIR_RSP': return this.#reads.onRepairApplied(known.id);
      case 'HINT_RSP': return this.hints.onDelivered(from, known.id);
      case 'HINT_TRANSFER': return this.hints.onTransfer(known);
      case 'READ_RSP':
      case 'RANGE_RSP': return this.#reads.onAnswer(from, known.id, known);
      case 'COUNTER_MUTATION_REQ': return this.#isLate(known) ? undefined : this.#counters.onRequest(from, known);
      case 'COUNTER_MUTATION_RSP': return this.#counters.onResponse(known);
      case 'BATCH_STORE_REQ': return this.#isLate(known) ? undefined : this.batchlog.onStore(from, known);
      case 'BATCH_STORE_RSP': return this.batchlog.onStored(from, known.id);
      case 'BATCH_REMOVE_REQ': return this.batchlog.onRemove(known);
      case 'TRUNCATE_REQ': return this.#truncation.onRequest(from, known);
      case 'TRUNCATE_RSP': return this.#truncation.onResponse(from, known.id);
      case 'PAXOS_PREPARE_REQ':
      case 'PAXOS_PROPOSE_REQ':
      case 'PAXOS_COMMIT_REQ': return this.#isLate(known) ? undefined : this.#onPaxos(from, known);
      case 'PAXOS_PREPARE_RSP': return this.#paxos.onPrepared(from, known);
      case 'PAXOS_PROPOSE_RSP': return this.#paxos.onProposed(from, known.id, known.accepted);
      case 'PAXOS_COMMIT_RSP': return this.#paxos.onCommitted(from, known.id);
      case 'GOSSIP_DIGEST_SYN':
      case 'GOSSIP_DIGEST_ACK': return this.membership.onGossip(from, known);
      case 'GOSSIP_SHUTDOWN': return this.membership.onShutdown(from);
      case 'ECHO_REQ':
      case 'ECHO_RSP': return this.membership.onEcho(from, known);
      case 'STREAM_REQ':
      case 'STREAM_DATA':
      case 'STREAM_RECEIVED': return this.streams.onMessage(from, known);
      case 'VALIDATION_REQ':
      case 'VALIDATION_RSP':
      case 'SYNC_REQ':
      case 'SYNC_RSP': return this.repairs.onMessage(from, known);
      case 'REPLICATION_DONE_REQ':
      case 'REPLICATION_DONE_RSP': return this.ringChanges.onRestore(from, known);
      case 'RESULT':
      case 'ERROR': return undefined;
      default: return assertNever(known);
    }
  }

  /** A node that stood still comes to what nobody waits for any more: that is dropped. */
  #isLate({ type, expiresAt }: Expiring): boolean {
    if (expiresAt >= this.#host.monotonic()) return false;
    this.pools.drop(type);
    this.#host.trace('drops a message that came too late', { type });
    return true;
  }

  onTimer(timer: Timer): void {
    switch (timer.type) {
      case 'request-served':
        this.pools.dequeue();
        return this.#handle((timer as WorkTimer).from, (timer as WorkTimer).message);
      case 'gossip-round': return this.membership.round();
      case 'write-timeout': return this.#writes.onTimeout((timer as RequestTimer).id);
      case 'read-timeout': return this.#reads.onTimeout((timer as RequestTimer).id);
      case 'read-speculation': return this.#reads.onSpeculation((timer as RequestTimer).id);
      case 'counter-timeout': return this.#counters.onTimeout((timer as RequestTimer).id);
      case 'truncate-timeout': return this.#truncation.onTimeout((timer as RequestTimer).id);
      default: {
        const isTaken = this.hints.onTimer(timer) || this.batchlog.onTimer(timer) || this.#paxos.onTimer(timer) || this.#paxosStates.onTimer(timer)
          || this.streams.onTimer(timer) || this.ringChanges.onTimer(timer) || this.repairs.onTimer(timer);
        if (!isTaken) this.engine.onTimer(timer);
      }
    }
  }

  #query(client: NodeId, { requestId, execute }: QueryRequest): void {
    // Its connections are closed.
    if (this.#isStopped) return;
    if (!this.ringChanges.takesClients) {
      this.#refuse(client, requestId, new ServerError('Cannot coordinate requests while joining the ring', 'IS_BOOTSTRAPPING'));
      return;
    }
    try {
      const done: Callback<StatementResult> = (error, result) => {
        if (error !== undefined || result === undefined) this.#refuse(client, requestId, error ?? new ServerError('no result'));
        else this.#host.send(client, { type: 'RESULT', requestId, result } as ResultMessage);
      };
      if (execute.batch === undefined) prepareStatement(this.#view.catalog, execute.text, execute.keyspace).execute(execute.options, this.coordinator, done);
      else executeQueries(this.#view.catalog, execute, this.coordinator, done);
    } catch (error) {
      // The text or a value was wrong: nothing was done.
      if (!(error instanceof CassandraError)) throw error;
      this.#refuse(client, requestId, error);
    }
  }

  #refuse(client: NodeId, requestId: number, error: CassandraError): void {
    const message: ResultMessage = { type: 'ERROR', requestId, error: error.toReply() };
    this.#host.send(client, message);
  }

  #apply(from: NodeId, request: ApplyRequest): void {
    const { type, id, mutation, forwardTo, respondTo = from } = request;
    // First the others: what this node is about to do does not keep them waiting.
    if (forwardTo !== undefined) {
      const forwarded: ApplyRequest = { ...request, forwardTo: undefined, respondTo };
      for (const other of forwardTo) this.#host.send(other, forwarded);
    }
    const isApplied = this.replica.apply(mutation, () => {
      const response: ApplyResponse = { type: ANSWER[type], id };
      this.#host.send(respondTo, response);
    });
    // A hint is sent again after a while, and a read repair is not finished: neither needs to hear of it.
    if (isApplied || type !== 'MUTATION_REQ') return;
    const failure: FailureResponse = { type: 'FAILURE_RSP', id };
    this.#host.send(respondTo, failure);
  }

  #read(from: NodeId, { type, id, command, digest }: ReadRequest): void {
    const answer = this.replica.read(command, digest);
    const response: ReadResponse = { type: type === 'READ_REQ' ? 'READ_RSP' : 'RANGE_RSP', id, ...answer, bytes: 0 };
    this.#host.send(from, response);
  }

  /** First the data, then the note that they were decided: a crash between the two leaves a transaction to be finished, not one that is lost. */
  #commit({ table, key, proposal }: PaxosCommitRequest, done: () => void): void {
    const note = (): void => this.#paxosStates.commit(table, key, proposal, done);
    if (proposal.mutation === undefined) note();
    else this.replica.apply(proposal.mutation, note);
  }

  #onPaxos(from: NodeId, request: PaxosPrepareRequest | PaxosProposeRequest | PaxosCommitRequest): void {
    const { id, table, key } = request;
    const isOwn = from === this.#host.id;
    if (isOwn) this.pools.complete(STAGE.mutation);
    switch (request.type) {
      case 'PAXOS_PREPARE_REQ':
        this.#paxosStates.prepare(table, key, request.ballot, request.isWrite, (promised) => {
          const answer = request.read === undefined || !promised.promised ? undefined : this.engine.read(request.read);
          const response = { type: 'PAXOS_PREPARE_RSP', id, ...promised, answer } as const;
          if (isOwn) this.#paxos.onPrepared(from, response);
          else this.#host.send(from, response);
        });
        return;
      case 'PAXOS_PROPOSE_REQ':
        this.#paxosStates.propose(table, key, request.proposal, (accepted) => {
          if (isOwn) this.#paxos.onProposed(from, id, accepted);
          else this.#host.send(from, { type: 'PAXOS_PROPOSE_RSP', id, accepted } as Message);
        });
        return;
      case 'PAXOS_COMMIT_REQ':
        this.#commit(request, () => {
          if (isOwn) this.#paxos.onCommitted(from, id);
          else this.#host.send(from, { type: 'PAXOS_COMMIT_RSP', id } as Message);
        });
        return;
      default: assertNever(request);
    }
  }
}
