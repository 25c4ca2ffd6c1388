/**
 * Coordinating reads (Apache Cassandra 5.0, `AbstractReadExecutor`, `DigestResolver`, `BlockingReadRepair`): ask as many
 * replicas as the level needs, nearest first, the first for the data and the others for a digest of theirs. When a replica
 * takes longer than the table's `speculative_retry` one more is asked. When digests differ all that were asked send their data;
 * these are merged, and with `read_repair = BLOCKING` each replica is written what it lacked, and has it, before the client is
 * answered. That order is what makes quorum reads monotonic: whoever reads after this answer cannot see less.
 *
 * A read with a filter: a replica that answers alone leaves out what does not match; of several each sends that too, since another's
 * newer version may, and what is merged is filtered by whoever asked (replica filtering protection, CASSANDRA-8272). An index can
 * only find what matches here and now; so where replicas that went by an index differ, the range is read again without it.
 *
 * Left out: repaired data tracking; speculation among the writes of a read repair.
 *
 * @module
 */
import type { Host, TimerId } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { NumberedMap } from '../../structures/numbered-map.ts';
import { AnswerCount, shortage, type ConsistencyLevel, type Requirement } from '../consistency.ts';
import type { CassandraErrorReply, ReplicaFailure } from '../errors.ts';
import type { Endpoint } from '../replication.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import { makeMutation } from '../storage/codec.ts';
import { digestOf } from '../storage/difference.ts';
import type { PartitionData } from '../storage/partition.ts';
import type { ReadAnswer, ReadCommand } from '../storage/read-command.ts';
import { endpointOf, type ClusterView } from './cluster.ts';
import { LatencyReservoir, parseSpeculativeRetry, speculationDelay } from './latency.ts';
import type { Proximity } from './proximity.ts';
import { reconcile } from './reconcile.ts';
import type { ReplicaAnswer, Replicas, RequestTimer } from './replicas.ts';

/** What a read ends with. */
export type ReadOutcome =
  | {
    readonly partitions: readonly PartitionData[];
    /** What this node itself met as a replica: only then is a client warned of them (the others do no more than log it). */
    readonly tombstones?: number;
  }
  | { readonly error: CassandraErrorReply };

/** One read of one set of replicas. */
export interface ReplicaSetRead {
  readonly table: TableMetadata;
  readonly command: ReadCommand;
  readonly consistency: ConsistencyLevel;
  readonly requirement: Requirement;
  /** The replicas that are up, nearest first. */
  readonly alive: readonly Endpoint[];
  readonly timeout: Micros;
  /** Called once, with merged data (tombstones included) or an error. */
  readonly done: (outcome: ReadOutcome) => void;
}

/** A read under way. A class, since it is made for every read: all of them are of one shape. */
class PendingRead {
  readonly read: ReplicaSetRead;
  /** The number of the first round's requests, which the timers bear. */
  readonly first: number;
  /** The number of the present round's requests. */
  id: number;
  readonly contacts: Endpoint[];
  /** Replicas that may be asked besides. */
  readonly spare: Endpoint[];
  timer: TimerId | undefined = undefined;
  speculation: TimerId | undefined = undefined;
  count: AnswerCount;
  round: 'digests' | 'data' | 'unindexed' | 'repair';
  /** What is asked of the replicas in this round. */
  asked: ReadCommand;
  /** Who has answered in this round, and what: two short lists, side by side. */
  readonly answered: NodeId[] = [];
  readonly answers: ReplicaAnswer[] = [];
  failures: ReplicaFailure[] = [];
  readonly startedAt: Micros;
  /** While read repair goes on: who has not answered, and the client's answer then. */
  repairing: { readonly waiting: Set<NodeId>; readonly partitions: readonly PartitionData[] } | undefined = undefined;
  isFinished = false;

  constructor(read: ReplicaSetRead, id: number, contacts: Endpoint[], spare: Endpoint[], startedAt: Micros) {
    this.read = read;
    this.first = id;
    this.id = id;
    this.contacts = contacts;
    this.spare = spare;
    this.count = new AnswerCount(read.requirement);
    this.round = contacts.length > 1 && read.command.filter.length > 0 ? 'data' : 'digests';
    this.asked = contacts.length === 1 ? alone(read.command) : read.command;
    this.startedAt = startedAt;
  }
}

/** The reads one node coordinates. */
export class ReadCoordinator {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #replicas: Replicas;
  readonly #proximity: Proximity;
  readonly #pending = new NumberedMap<PendingRead>();
  readonly #latencies = new Map<string, LatencyReservoir>();
  /** What is to be done when a write of a read repair is acknowledged. */
  readonly #repairs = new NumberedMap<() => void>();

  constructor(host: Host, view: ClusterView, replicas: Replicas, proximity: Proximity) {
    this.#host = host;
    this.#view = view;
    this.#replicas = replicas;
    this.#proximity = proximity;
  }

  /** Reads under way. */
  get size(): number {
    return this.#pending.size;
  }

  /** Reads from a set of replicas. */
  begin(read: ReplicaSetRead): void {
    const { requirement, alive, consistency, done } = read;
    const short = shortage(requirement, alive);
    if (short !== undefined) {
      done({ error: { kind: 'unavailable', consistency, ...short } });
      return;
    }
    const [nearest] = alive;
    if (nearest?.id === this.#host.id && requirement.blockFor === 1 && requirement.each === undefined && (requirement.only === undefined || requirement.only === nearest.datacenter)) {
      const { answer } = this.#replicas.readHere(alone(read.command), false);
      if (answer !== undefined && answer.failure === undefined) {
        done(answer);
        return;
      }
    }
    const contacts = contactsOf(requirement, alive);
    const id = this.#replicas.nextId();
    const pending = new PendingRead(read, id, contacts, sparesOf(requirement, alive, contacts), this.#host.monotonic());
    this.#pending.set(id, pending);
    const { round } = pending;
    for (let i = 0; i < contacts.length; i++) this.#ask(pending, contacts[i] as Endpoint, round === 'digests' && i > 0);
    // Where this node's own answer is all that is needed, it is done by now.
    if (pending.isFinished) return;
    const timer: RequestTimer = { type: 'read-timeout', id };
    pending.timer = this.#host.setTimer(read.timeout, timer);
    this.#speculateLater(pending);
  }

  /** A replica has sent its data or their digest. */
  onAnswer(replica: NodeId, id: number, answer: ReplicaAnswer): void {
    const read = this.#pending.get(id);
    if (read === undefined || read.id !== id || read.round === 'repair' || read.answered.includes(replica)) return;
    if (read.round !== 'unindexed') this.#proximity.report(replica, (this.#host.monotonic() - read.startedAt) as Micros);
    if (answer.answer?.failure !== undefined) {
      this.#onFailure(read, { replica, reason: answer.answer.failure });
      return;
    }
    read.answered.push(replica);
    read.answers.push(answer);
    read.count.add(endpointOf(this.#view, replica).datacenter);
    if (read.round === 'digests') this.#compareDigests(read);
    else if (read.answers.length + read.failures.length >= read.contacts.length && read.count.isMet) this.#resolve(read);
  }

  /** A replica has been repaired. */
  onRepaired(replica: NodeId, id: number): void {
    const read = this.#pending.get(id);
    if (read?.repairing === undefined || read.id !== id) return;
    read.repairing.waiting.delete(replica);
    if (read.repairing.waiting.size === 0) this.#finish(read, { partitions: read.repairing.partitions });
  }

  /** The time of a read is over. */
  onTimeout(first: number): void {
    const read = this.#pending.get(first);
    if (read === undefined) return;
    const { blockFor } = read.read.requirement;
    const received = read.repairing === undefined ? Math.min(read.count.received, blockFor) : blockFor - 1;
    const dataPresent = hasData(read);
    this.#finish(read, { error: { kind: 'read-timeout', consistency: read.read.consistency, received, blockFor, dataPresent } });
  }

  /** A read has waited long enough to ask one more replica. */
  onSpeculation(first: number): void {
    const read = this.#pending.get(first);
    const next = read?.spare.shift();
    if (read === undefined || next === undefined || read.round !== 'digests') return;
    read.contacts.push(next);
    this.#host.trace('speculative retry', { replica: next.id });
    this.#ask(read, next, hasData(read));
  }

  #speculateLater(read: PendingRead): void {
    if (read.spare.length === 0) return;
    const policy = parseSpeculativeRetry(read.read.table.options.speculativeRetry);
    const unknown = Math.floor(read.read.timeout / 2) as Micros;
    const delay = speculationDelay(policy, this.#latenciesOf(read.read.table.id), unknown);
    if (policy.kind === 'always') {
      this.onSpeculation(read.first);
    } else if (delay < read.read.timeout) {
      const timer: RequestTimer = { type: 'read-speculation', id: read.id };
      read.speculation = this.#host.setTimer(delay as Micros, timer);
    }
  }

  #latenciesOf(table: string): LatencyReservoir {
    let latencies = this.#latencies.get(table);
    if (latencies === undefined) this.#latencies.set(table, (latencies = new LatencyReservoir()));
    return latencies;
  }

  #ask(read: PendingRead, replica: Endpoint, digest: boolean): void {
    const { id, asked } = read;
    if (replica.id === this.#host.id) this.onAnswer(replica.id, id, this.#replicas.readHere(asked, digest));
    else this.#replicas.read(replica.id, id, asked, digest, read.read.timeout);
  }

  #compareDigests(read: PendingRead): void {
    if (!read.count.isMet) return;
    const { answers } = read;
    let data: ReadAnswer | undefined;
    for (let i = 0; data === undefined && i < answers.length; i++) data = answers[i]?.answer;
    if (data === undefined) return;
    if (answers.length === 1) {
      this.#finish(read, data);
      return;
    }
    const digest = digestOf(data.partitions);
    for (const other of answers) {
      if (other.answer === data) continue;
      if ((other.digest ?? digestOf(other.answer?.partitions ?? [])) === digest) continue;
      this.#host.trace('digest mismatch', { table: read.read.table.id });
      read.contacts.splice(0, Infinity, ...read.contacts.filter(({ id }) => read.answered.includes(id)));
      this.#again(read, 'data', read.read.command);
      return;
    }
    this.#finish(read, data);
  }

  /** Asks all contacts once more, for data. */
  #again(read: PendingRead, round: 'data' | 'unindexed', command: ReadCommand): void {
    if (read.id !== read.first) this.#pending.take(read.id);
    read.round = round;
    read.asked = command;
    read.answered.length = 0;
    read.answers.length = 0;
    read.failures = [];
    read.count = new AnswerCount(read.read.requirement);
    // Another number: what is answered to an earlier round is not this one's.
    read.id = this.#replicas.nextId();
    this.#pending.set(read.id, read);
    for (const replica of read.contacts) this.#ask(read, replica, false);
  }

  #resolve(read: PendingRead): void {
    const replicas = [...read.answered];
    const answers = read.answers.map(({ answer }) => answer ?? NOTHING);
    const [first] = answers;
    if (first !== undefined && read.round !== 'unindexed') {
      const digest = digestOf(first.partitions);
      if (answers.every(({ partitions }) => digestOf(partitions) === digest)) {
        this.#finish(read, first);
        return;
      }
    }
    if (read.asked.kind === 'range' && read.asked.index !== undefined) {
      this.#again(read, 'unindexed', { ...read.asked, index: undefined });
      return;
    }
    const { partitions, isShort, missing } = reconcile(this.#view.partitioner, read.read.table, read.asked, answers);
    if (isShort) {
      const { rows, perPartition } = read.asked.limits;
      this.#again(read, 'data', { ...read.asked, limits: { rows: rows * 2, perPartition: perPartition * 2 } });
      return;
    }
    this.#repair(read, partitions, replicas, missing);
  }

  #repair(read: PendingRead, partitions: readonly PartitionData[], replicas: readonly NodeId[], missing: readonly (readonly PartitionData[])[]): void {
    const stale = read.read.table.options.readRepair === 'BLOCKING' ? replicas.filter((_, i) => (missing[i]?.length ?? 0) > 0) : [];
    if (stale.length === 0) {
      this.#finish(read, { partitions });
      return;
    }
    read.round = 'repair';
    read.repairing = { waiting: new Set(), partitions };
    this.#host.trace('read repair', { stale });
    const writes = replicas.flatMap((replica, i) => (stale.includes(replica) ? (missing[i] ?? []).map((data) => ({ replica, data })) : []));
    const { id } = read;
    const { table, timeout } = read.read;
    const left = new Map<NodeId, number>();
    for (const { replica } of writes) left.set(replica, (left.get(replica) ?? 0) + 1);
    for (const replica of left.keys()) read.repairing.waiting.add(replica);
    for (const { replica, data } of writes) {
      const mutation = makeMutation(table.keyspace, data.key, [{ table: table.id, data }]);
      const request = this.#replicas.nextId();
      this.#repairs.set(request, () => {
        const more = (left.get(replica) ?? 1) - 1;
        left.set(replica, more);
        if (more === 0) this.onRepaired(replica, id);
      });
      this.#replicas.apply(replica, 'READ_REPAIR_REQ', request, mutation, timeout, () => this.onRepairApplied(request));
    }
  }

  /** A replica has applied a write of a read repair. */
  onRepairApplied(request: number): void {
    this.#repairs.take(request)?.();
  }

  #onFailure(read: PendingRead, failure: ReplicaFailure): void {
    if (read.failures.some(({ replica }) => replica === failure.replica)) return;
    read.failures.push(failure);
    const { requirement: { blockFor }, consistency } = read.read;
    if (read.contacts.length - read.failures.length >= blockFor) return;
    const dataPresent = hasData(read);
    this.#finish(read, {
      error: { kind: 'read-failure', consistency, received: read.count.received, blockFor, failures: read.failures, dataPresent },
    });
  }

  #finish(read: PendingRead, outcome: ReadOutcome): void {
    read.isFinished = true;
    this.#pending.take(read.first);
    if (read.id !== read.first) this.#pending.take(read.id);
    if (read.timer !== undefined) this.#host.cancelTimer(read.timer);
    if (read.speculation !== undefined) this.#host.cancelTimer(read.speculation);
    if (!('error' in outcome)) this.#latenciesOf(read.read.table.id).add((this.#host.monotonic() - read.startedAt) as Micros);
    const own = read.answers[read.answered.indexOf(this.#host.id)]?.answer;
    read.read.done(own === undefined || own.tombstones <= this.#view.parameters.tombstoneWarnThreshold || 'error' in outcome ? outcome : { ...outcome, tombstones: own.tombstones });
  }
}

/** Whether a replica has sent its data, not only their digest. */
function hasData({ answers }: PendingRead): boolean {
  return answers.some(({ answer }) => answer !== undefined);
}

/** For a replica whose answer is the whole answer. */
function alone(command: ReadCommand): ReadCommand {
  return command.filter.length === 0 ? command : { ...command, dropUnmatched: true };
}

const NOTHING: ReadAnswer = { partitions: [], tombstones: 0, failure: undefined };

/** The replicas a read asks: just as many as its level needs. */
function contactsOf(requirement: Requirement, nearest: readonly Endpoint[]): Endpoint[] {
  const { only, each, blockFor } = requirement;
  if (each === undefined && only === undefined) return nearest.slice(0, blockFor);
  if (each !== undefined) {
    return [...each].flatMap(([datacenter, quorum]) => nearest.filter((replica) => replica.datacenter === datacenter).slice(0, quorum));
  }
  return (only === undefined ? nearest : nearest.filter((replica) => replica.datacenter === only)).slice(0, blockFor);
}

/** Those that a speculative retry may ask: for a local level, of its datacentre only. */
function sparesOf({ only, each }: Requirement, nearest: readonly Endpoint[], contacts: readonly Endpoint[]): Endpoint[] {
  if (each !== undefined || nearest.length === contacts.length) return [];
  if (only === undefined) return nearest.slice(contacts.length);
  return nearest.filter((replica) => !contacts.includes(replica) && (only === undefined || replica.datacenter === only));
}
