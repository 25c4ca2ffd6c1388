/**
 * What a node does as a replica: applies mutations to its engine, with what follows for the materialized views of the table,
 * and reads.
 *
 * @module
 */
import type { ClusterView } from './cluster.ts';
import { digestOf } from '../storage/difference.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { Mutation } from '../storage/mutation.ts';
import type { ReadCommand } from '../storage/read-command.ts';
import type { LocalReplica, ReplicaAnswer } from './replicas.ts';
import type { ViewUpdates } from './views.ts';

/** One node as a replica. */
export class Replica implements LocalReplica {
  readonly #view: ClusterView;
  readonly #engine: StorageEngine;
  #views: ViewUpdates | undefined;

  constructor(view: ClusterView, engine: StorageEngine) {
    this.#view = view;
    this.#engine = engine;
  }

  /** Views are written through the node's own coordinator, which is made after its replica. */
  updateViews(views: ViewUpdates): void {
    this.#views = views;
  }

  apply(mutation: Mutation, done: () => void): boolean {
    const views = this.#views;
    if (views === undefined || !views.concerns(mutation)) return this.#engine.apply(mutation, done);
    const updates = views.before(mutation);
    const base = this.#view.schema.tableById(mutation.updates[0]?.table ?? '');
    const isApplied = this.#engine.apply(mutation, done);
    if (isApplied && base !== undefined) views.send(updates, base, mutation.key);
    return isApplied;
  }

  read(command: ReadCommand, digest: boolean): ReplicaAnswer {
    const answer = this.#engine.read(command);
    if (!digest || answer.failure !== undefined) return { answer, digest: undefined };
    return { answer: undefined, digest: digestOf(answer.partitions) };
  }
}
