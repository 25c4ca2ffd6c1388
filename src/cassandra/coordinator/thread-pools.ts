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
import { Deque } from '../../structures/deque.ts';
import type { CassandraMessage } from './messages.ts';

/** The pools that messages and local work run on. */
const STAGES = [
  'ReadStage', 'MutationStage', 'CounterMutationStage', 'RequestResponseStage', 'GossipStage', 'AntiEntropyStage', 'MiscStage', 'Native-Transport-Requests',
] as const;

/** One of them. */
export type Stage = (typeof STAGES)[number];

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

const STAGE_OF = new Map<CassandraMessage['type'], Stage>([
  ['QUERY', 'Native-Transport-Requests'], ['EXECUTE', 'Native-Transport-Requests'], ['BATCH', 'Native-Transport-Requests'],
  ['READ_REQ', 'ReadStage'], ['RANGE_REQ', 'ReadStage'],
  ['MUTATION_REQ', 'MutationStage'], ['READ_REPAIR_REQ', 'MutationStage'], ['HINT_REQ', 'MutationStage'], ['BATCH_STORE_REQ', 'MutationStage'],
  ['BATCH_REMOVE_REQ', 'MutationStage'], ['TRUNCATE_REQ', 'MutationStage'],
  ['PAXOS_PREPARE_REQ', 'MutationStage'], ['PAXOS_PROPOSE_REQ', 'MutationStage'], ['PAXOS_COMMIT_REQ', 'MutationStage'],
  ['COUNTER_MUTATION_REQ', 'CounterMutationStage'],
  ['GOSSIP_DIGEST_SYN', 'GossipStage'], ['GOSSIP_DIGEST_ACK', 'GossipStage'], ['ECHO_REQ', 'GossipStage'],
  ['VALIDATION_REQ', 'AntiEntropyStage'], ['VALIDATION_RSP', 'AntiEntropyStage'], ['SYNC_REQ', 'AntiEntropyStage'], ['SYNC_RSP', 'AntiEntropyStage'],
  ['REPLICATION_DONE_REQ', 'MiscStage'],
  ['READ_RSP', 'RequestResponseStage'], ['RANGE_RSP', 'RequestResponseStage'], ['MUTATION_RSP', 'RequestResponseStage'], ['READ_REPAIR_RSP', 'RequestResponseStage'],
  ['HINT_RSP', 'RequestResponseStage'], ['BATCH_STORE_RSP', 'RequestResponseStage'], ['TRUNCATE_RSP', 'RequestResponseStage'], ['FAILURE_RSP', 'RequestResponseStage'],
  ['PAXOS_PREPARE_RSP', 'RequestResponseStage'], ['PAXOS_PROPOSE_RSP', 'RequestResponseStage'], ['PAXOS_COMMIT_RSP', 'RequestResponseStage'],
  ['COUNTER_MUTATION_RSP', 'RequestResponseStage'], ['ECHO_RSP', 'RequestResponseStage'], ['REPLICATION_DONE_RSP', 'RequestResponseStage'],
]);

/** The counts of one incarnation of one node. */
export class ThreadPools {
  readonly #completed: Record<Stage, number> = {
    'ReadStage': 0, 'MutationStage': 0, 'CounterMutationStage': 0, 'RequestResponseStage': 0, 'GossipStage': 0, 'AntiEntropyStage': 0, 'MiscStage': 0, 'Native-Transport-Requests': 0,
  };
  /** What waits for the node to be free, in the order in which it came. */
  readonly #queue = new Deque<Stage | undefined>();
  readonly #dropped = new Map<string, number>();

  /** Messages that came too late, by kind. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  /** A message has to wait for its turn. */
  enqueue(type: CassandraMessage['type']): void {
    this.#queue.push(STAGE_OF.get(type));
  }

  /** The first that waited has its turn. */
  dequeue(): void {
    this.#queue.shift();
  }

  /** A message is handled. */
  handle(type: CassandraMessage['type']): void {
    const stage = STAGE_OF.get(type);
    if (stage !== undefined) this.#completed[stage]++;
  }

  /** A stage has done something that came in no message. */
  complete(stage: Stage): void {
    this.#completed[stage]++;
  }

  /** A message was come to too late. */
  drop(type: string): void {
    this.#dropped.set(type, (this.#dropped.get(type) ?? 0) + 1);
  }

  /** The lines of all stages. */
  lines(): readonly ThreadPoolLine[] {
    const waiting = this.#queue.slice();
    return STAGES.map((name) => {
      const active = waiting[0] === name ? 1 : 0;
      return { name, active, pending: waiting.filter((stage) => stage === name).length - active, completed: this.#completed[name] };
    });
  }
}
