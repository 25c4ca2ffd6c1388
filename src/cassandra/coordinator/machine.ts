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
import type { NodeId } from '../../kernel/units.ts';
import type { CassandraErrorReply } from '../errors.ts';
import { StorageEngine } from '../storage/engine.ts';
import type { ClusterView } from './cluster.ts';
import { Hints } from './hints.ts';
import { Membership } from './membership.ts';
import type { ApplyRequest, ApplyResponse, CassandraMessage, QueryRequest, ReadRequest, ReadResponse, ResultMessage } from './messages.ts';
import { ReadCoordinator } from './read.ts';
import { Replicas, type RequestTimer } from './replicas.ts';
import { resultRows, resultVersion } from './result.ts';
import { mutationOf } from './statement.ts';
import { WriteCoordinator } from './write.ts';

const ANSWER = { MUTATION_REQ: 'MUTATION_RSP', READ_REPAIR_REQ: 'READ_REPAIR_RSP', HINT_REQ: 'HINT_RSP' } as const;

/** The program of one incarnation of one node. */
export class CassandraMachine implements Machine {
  readonly engine: StorageEngine;
  readonly membership: Membership;
  readonly hints: Hints;
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #writes: WriteCoordinator;
  readonly #reads: ReadCoordinator;
  #lastTimestamp = 0;

  /**
   * @param host - the node
   * @param view - the cluster
   * @param generation - counts this node's starts, from 1
   */
  constructor(host: Host, view: ClusterView, generation: number) {
    const { parameters, endpoints, schema } = view;
    this.#host = host;
    this.#view = view;
    this.engine = new StorageEngine(host, schema, parameters.storage);
    this.membership = new Membership(host, {
      peers: [...endpoints.keys()].filter((id) => id !== host.id),
      generation,
      gossipInterval: parameters.gossipInterval,
      phiConvictThreshold: parameters.phiConvictThreshold,
    });
    this.hints = new Hints(host, view, this.membership);
    const replicas = new Replicas(host, this.engine);
    this.#writes = new WriteCoordinator(host, view, this.membership, replicas, this.hints);
    this.#reads = new ReadCoordinator(host, view, this.membership, replicas);
  }

  onStart(): void {
    this.engine.start();
    this.hints.start();
    this.membership.start();
  }

  onMessage(from: NodeId, message: Message): void {
    const known = message as CassandraMessage;
    switch (known.type) {
      case 'QUERY': return this.#query(from, known);
      case 'MUTATION_REQ':
      case 'READ_REPAIR_REQ':
      case 'HINT_REQ': return this.#apply(from, known);
      case 'READ_REQ': return this.#read(from, known);
      case 'MUTATION_RSP': return this.#writes.onAcknowledged(from, known.id);
      case 'READ_REPAIR_RSP': return this.#reads.onRepaired(from, known.id);
      case 'HINT_RSP': return this.hints.onDelivered(from, known.id);
      case 'READ_RSP': return this.#reads.onData(from, known.id, known.data);
      case 'GOSSIP_DIGEST_SYN':
      case 'GOSSIP_DIGEST_ACK': return this.membership.onGossip(from, known);
      case 'ECHO_REQ':
      case 'ECHO_RSP': return this.membership.onEcho(from, known);
      case 'RESULT': return undefined;
      default: return assertNever(known);
    }
  }

  onTimer(timer: Timer): void {
    switch (timer.type) {
      case 'gossip-round': return this.membership.round();
      case 'write-timeout': return this.#writes.onTimeout((timer as RequestTimer).id);
      case 'read-timeout': return this.#reads.onTimeout((timer as RequestTimer).id);
      default:
        if (!this.hints.onTimer(timer)) this.engine.onTimer(timer);
    }
  }

  #query(client: NodeId, { requestId, statement, consistency }: QueryRequest): void {
    const table = this.#view.schema.get(statement.table);
    const answer = (result: Omit<ResultMessage, 'type' | 'requestId'>): void => {
      const message: ResultMessage = { type: 'RESULT', requestId, ...result };
      this.#host.send(client, message);
    };
    if (table === undefined) {
      const error: CassandraErrorReply = { kind: 'text', error: 'INVALID', message: `unconfigured table ${statement.table}` };
      answer({ error });
    } else if (statement.kind === 'write') {
      const version = statement.timestamp ?? this.#timestamp();
      this.#writes.begin(table, mutationOf(statement, version, this.engine.nowSeconds()), consistency, (error) => {
        answer(error === undefined ? { version } : { error });
      });
    } else {
      this.#reads.begin(table, statement, consistency, (outcome) => {
        if ('error' in outcome) {
          answer({ error: outcome.error });
          return;
        }
        const version = resultVersion(table, statement, outcome.data);
        answer({ rows: resultRows(statement, outcome.data, this.engine.nowSeconds()), ...(version === undefined ? {} : { version }) });
      });
    }
  }

  #apply(from: NodeId, { type, id, mutation }: ApplyRequest): void {
    this.engine.apply(mutation, () => {
      const response: ApplyResponse = { type: ANSWER[type], id };
      this.#host.send(from, response);
    });
  }

  #read(from: NodeId, { id, table, key, span }: ReadRequest): void {
    const response: ReadResponse = { type: 'READ_RSP', id, data: this.engine.read(table, key, span) };
    this.#host.send(from, response);
  }

  /** This node's clock in microseconds, each value once and rising. */
  #timestamp(): number {
    this.#lastTimestamp = Math.max(this.#lastTimestamp + 1, this.#host.now());
    return this.#lastTimestamp;
  }
}
