/**
 * What a node does as a replica: applies mutations to its engine, with what follows for the materialized views of the table,
 * and reads.
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import { digestOf } from '../storage/difference.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { Mutation } from '../storage/mutation.ts';
import type { ReadCommand } from '../storage/read-command.ts';
import type { ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { LocalReplica, ReplicaAnswer } from './replicas.ts';
import type { WriteCoordinator } from './write.ts';

/** One node as a replica. */
export class Replica implements LocalReplica {
  readonly #engine: StorageEngine;

  constructor(_host: Host, _view: ClusterView, engine: StorageEngine, _membership: Membership) {
    this.#engine = engine;
  }

  /** Views are written through the node's own coordinator, which is made after its replica. */
  writeViewsWith(_writes: WriteCoordinator): void {
    // No views yet.
  }

  apply(mutation: Mutation, done: () => void): void {
    this.#engine.apply(mutation, done);
  }

  read(command: ReadCommand, digest: boolean): ReplicaAnswer {
    const answer = this.#engine.read(command);
    if (!digest || answer.failure !== undefined) return { answer, digest: undefined };
    return { answer: undefined, digest: digestOf(answer.partitions) };
  }
}
