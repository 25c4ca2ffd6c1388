/**
 * TRUNCATE (Apache Cassandra 5.0, `StorageProxy.truncateBlocking`): every node of the cluster must be up and empty the table;
 * one that is down makes it unavailable, one that does not answer in `truncate_request_timeout` makes it fail, and then some
 * nodes have emptied it and some not.
 *
 * @module
 */
import type { Host, TimerId } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { TruncateRequest, TruncateResponse } from './messages.ts';
import type { Replicas, RequestTimer } from './replicas.ts';

interface Pending {
  readonly waiting: Set<NodeId>;
  readonly timer: TimerId;
  readonly done: (error?: CassandraErrorReply) => void;
}

/** The truncations one node coordinates and does. */
export class Truncation {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #replicas: Replicas;
  readonly #engine: StorageEngine;
  readonly #pending = new Map<number, Pending>();

  constructor(host: Host, view: ClusterView, membership: Membership, replicas: Replicas, engine: StorageEngine) {
    this.#host = host;
    this.#view = view;
    this.#membership = membership;
    this.#replicas = replicas;
    this.#engine = engine;
  }

  /** Empties a table on all nodes. */
  begin(table: string, done: (error?: CassandraErrorReply) => void): void {
    const nodes = this.#membership.topology.ring.nodes.map(({ id }) => id);
    const alive = nodes.filter((id) => this.#membership.isAlive(id));
    if (alive.length < nodes.length) {
      done({ kind: 'unavailable', consistency: 'ALL', required: nodes.length, alive: alive.length });
      return;
    }
    const id = this.#replicas.nextId();
    const timer: RequestTimer = { type: 'truncate-timeout', id };
    this.#pending.set(id, { waiting: new Set(nodes), timer: this.#host.setTimer(this.#view.parameters.truncateRequestTimeout, timer), done });
    for (const node of nodes) {
      const request: TruncateRequest = { type: 'TRUNCATE_REQ', id, table };
      if (node !== this.#host.id) this.#host.send(node, request);
    }
    this.#engine.truncate(table);
    this.onResponse(this.#host.id, id);
  }

  /** Empties the table here. */
  onRequest(from: NodeId, { id, table }: TruncateRequest): void {
    this.#engine.truncate(table);
    const response: TruncateResponse = { type: 'TRUNCATE_RSP', id };
    this.#host.send(from, response);
  }

  /** A node has emptied it. */
  onResponse(from: NodeId, id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || !pending.waiting.delete(from) || pending.waiting.size > 0) return;
    this.#pending.delete(id);
    this.#host.cancelTimer(pending.timer);
    pending.done();
  }

  /** The time is over. */
  onTimeout(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    const silent = [...pending.waiting].join(', ');
    pending.done({ kind: 'text', error: 'TRUNCATE_ERROR', message: `Error during truncate: Truncate timed out - received only ${this.#membership.topology.ring.nodes.length - pending.waiting.size} responses; ${silent} did not answer` });
  }
}
