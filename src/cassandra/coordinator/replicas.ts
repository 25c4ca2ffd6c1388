/**
 * A node's doors to the replicas of a partition: itself without the network, the others by message, each request with a
 * number by which its answer is known.
 *
 * @module
 */
import type { Host, Timer } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import type { Mutation } from '../storage/codec.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { PartitionData, ReadSpan } from '../storage/partition.ts';
import type { ApplyRequest, ReadRequest } from './messages.ts';

/** A timer of a request that a coordinator is working on. */
export interface RequestTimer extends Timer {
  readonly id: number;
}

/** Sends mutations and reads to replicas. */
export class Replicas {
  readonly #host: Host;
  readonly #engine: StorageEngine;

  constructor(host: Host, engine: StorageEngine) {
    this.#host = host;
    this.#engine = engine;
  }

  /**
   * Has a replica apply a mutation.
   *
   * @param self - called when the replica is this node and has applied it; others answer by message
   */
  apply(replica: NodeId, type: ApplyRequest['type'], id: number, mutation: Mutation, self: () => void): void {
    if (replica === this.#host.id) {
      this.#engine.apply(mutation, self);
    } else {
      const request: ApplyRequest = { type, id, mutation, bytes: mutation.record.length };
      this.#host.send(replica, request);
    }
  }

  /** Has a replica read; as {@link apply}. */
  read(replica: NodeId, id: number, table: string, key: string, span: ReadSpan, self: (data: PartitionData) => void): void {
    if (replica === this.#host.id) {
      self(this.#engine.read(table, key, span));
    } else {
      const request: ReadRequest = { type: 'READ_REQ', id, table, key, span };
      this.#host.send(replica, request);
    }
  }
}
