/**
 * What `nodetool tpstats` counts: the work of a node by the stage that does it (`Stage` and `Verb` of Apache Cassandra 5.0).
 *
 * Nodes of this model have no threads. Work is done in the instant in which it comes, unless `requestServiceTime` makes a node take
 * its requests one after the other: then the first that waits is active, and the others are pending. Work for another node is
 * counted there; what a coordinator does as a replica itself counts in the stage too.
 *
 * Left out: stages that have nothing to do here (MigrationStage, RequestResponseStage's local answers, InternalResponseStage, caches,
 * PerDiskMemtableFlushWriter, Sampler), limits of queues and so the blocked tasks, and the latency of dropped messages.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { Deque } from '../../structures/deque.ts';
import type { CassandraMessage } from './messages.ts';

/** The pools that messages and local work run on, by their place in {@link NAMES}. */
export const STAGE = { read: 0, mutation: 1, counterMutation: 2, requestResponse: 3, gossip: 4, antiEntropy: 5, misc: 6, clients: 7 } as const;

/** One of {@link STAGE}. */
export type Stage = (typeof STAGE)[keyof typeof STAGE];

const NAMES = [
  'ReadStage', 'MutationStage', 'CounterMutationStage', 'RequestResponseStage', 'GossipStage', 'AntiEntropyStage', 'MiscStage', 'Native-Transport-Requests',
] as const;

/** A line of `nodetool tpstats`. */
export interface ThreadPoolLine {
  /** As Cassandra calls it. */
  readonly name: string;
  /** Tasks that are being done. */
  readonly active: number;
  /** Tasks that wait. */
  readonly pending: number;
  /** Tasks done since the node started. */
  readonly completed: number;
}

/** What `nodetool tpstats` prints. */
export interface ThreadPoolStats {
  readonly pools: readonly ThreadPoolLine[];
  /** Messages that were come to too late and dropped since the node started, by their verb; verbs of which none was are left out. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** The stage of a verb; undefined for what has threads of its own, such as streams. Those that come often come first. */
function stageOf(type: CassandraMessage['type']): Stage | undefined {
  switch (type) {
    case 'MUTATION_RSP':
    case 'READ_RSP': return STAGE.requestResponse;
    case 'MUTATION_REQ': return STAGE.mutation;
    case 'READ_REQ': return STAGE.read;
    case 'QUERY':
    case 'EXECUTE':
    case 'BATCH': return STAGE.clients;
    case 'GOSSIP_DIGEST_SYN':
    case 'GOSSIP_DIGEST_ACK':
    case 'GOSSIP_SHUTDOWN':
    case 'ECHO_REQ': return STAGE.gossip;
    case 'RANGE_REQ': return STAGE.read;
    case 'READ_REPAIR_REQ':
    case 'HINT_REQ':
    case 'BATCH_STORE_REQ':
    case 'BATCH_REMOVE_REQ':
    case 'TRUNCATE_REQ':
    case 'PAXOS_PREPARE_REQ':
    case 'PAXOS_PROPOSE_REQ':
    case 'PAXOS_COMMIT_REQ': return STAGE.mutation;
    case 'COUNTER_MUTATION_REQ': return STAGE.counterMutation;
    case 'VALIDATION_REQ':
    case 'VALIDATION_RSP':
    case 'SYNC_REQ':
    case 'SYNC_RSP': return STAGE.antiEntropy;
    case 'REPLICATION_DONE_REQ': return STAGE.misc;
    case 'RANGE_RSP':
    case 'READ_REPAIR_RSP':
    case 'HINT_RSP':
    case 'BATCH_STORE_RSP':
    case 'TRUNCATE_RSP':
    case 'FAILURE_RSP':
    case 'PAXOS_PREPARE_RSP':
    case 'PAXOS_PROPOSE_RSP':
    case 'PAXOS_COMMIT_RSP':
    case 'COUNTER_MUTATION_RSP':
    case 'ECHO_RSP':
    case 'REPLICATION_DONE_RSP': return STAGE.requestResponse;
    case 'HINT_TRANSFER':
    case 'STREAM_REQ':
    case 'STREAM_DATA':
    case 'STREAM_RECEIVED':
    case 'RESULT':
    case 'ERROR': return undefined;
    default: return assertNever(type);
  }
}

/** The counts of one incarnation of one node. */
export class ThreadPools {
  readonly #completed: number[] = NAMES.map(() => 0);
  /** What waits for the node to be free, in the order in which it came. */
  readonly #queue = new Deque<Stage | undefined>();
  readonly #dropped = new Map<string, number>();

  /** Messages that came too late, by kind. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  /** A message has to wait for its turn. */
  enqueue(type: CassandraMessage['type']): void {
    this.#queue.push(stageOf(type));
  }

  /** The first that waited has its turn. */
  dequeue(): void {
    this.#queue.shift();
  }

  /** A message is handled. */
  handle(type: CassandraMessage['type']): void {
    const stage = stageOf(type);
    if (stage !== undefined) this.complete(stage);
  }

  /** A stage has done something that came in no message. */
  complete(stage: Stage): void {
    this.#completed[stage] = (this.#completed[stage] ?? 0) + 1;
  }

  /** A message was come to too late. */
  drop(type: string): void {
    this.#dropped.set(type, (this.#dropped.get(type) ?? 0) + 1);
  }

  /** The lines of all stages. */
  lines(): readonly ThreadPoolLine[] {
    const waiting = this.#queue.slice();
    return NAMES.map((name, stage) => {
      const active = waiting[0] === stage ? 1 : 0;
      return { name, active, pending: waiting.filter((other) => other === stage).length - active, completed: this.#completed[stage] ?? 0 };
    });
  }
}
