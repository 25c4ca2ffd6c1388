/**
 * Counters (Apache Cassandra 2.1 and later, `StorageProxy.mutateCounter` and `CounterMutation`): the coordinator finds a
 * leader among the replicas, itself if it is one; the leader reads its own shard of each counter, adds, applies, and sends the
 * sum to the other replicas as a write of the client's level.
 *
 * An addition is not idempotent: when the coordinator hears nothing from the leader, or the leader too little from the others, the
 * client gets a timeout of a COUNTER write, and the addition may have happened. Whoever repeats it may have added twice.
 *
 * @module
 */
import type { Host, TimerId } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { NumberedMap } from '../../structures/numbered-map.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { Cell } from '../storage/cell.ts';
import { sliceOf, WHOLE_PARTITION, type Clustering } from '../storage/clustering.ts';
import { makeMutation } from '../storage/codec.ts';
import { decodeShards, encodeShards, raisedShard } from '../storage/counter.ts';
import type { StorageEngine } from '../storage/engine.ts';
import type { Mutation, PartitionUpdate } from '../storage/mutation.ts';
import type { PartitionData } from '../storage/partition.ts';
import type { Row } from '../storage/row.ts';
import { int32, readBigint64 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';
import { endpointOf, type ClusterView } from './cluster.ts';
import { hostIdOf } from './host-id.ts';
import type { CounterRequest, CounterResponse } from './messages.ts';
import type { LocalReplica, Replicas, RequestTimer } from './replicas.ts';
import { STAGE } from './thread-pools.ts';
import type { WriteCoordinator, WriteDone } from './write.ts';

interface Forwarded {
  readonly consistency: ConsistencyLevel;
  readonly blockFor: number;
  readonly timer: TimerId;
  readonly done: WriteDone;
}

/** The additions that one node coordinates or leads. */
export class Counters {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #replicas: Replicas;
  readonly #writes: WriteCoordinator;
  readonly #engine: StorageEngine;
  readonly #local: LocalReplica;
  readonly #forwarded = new NumberedMap<Forwarded>();

  constructor(host: Host, view: ClusterView, replicas: Replicas, writes: WriteCoordinator, engine: StorageEngine, local: LocalReplica) {
    this.#host = host;
    this.#view = view;
    this.#replicas = replicas;
    this.#writes = writes;
    this.#engine = engine;
    this.#local = local;
  }

  /** Coordinates additions. The first error is the answer. */
  mutate(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: WriteDone): void {
    let left = mutations.length;
    for (const mutation of mutations) {
      this.#one(mutation, consistency, (error) => {
        if (left <= 0) return;
        left = error === undefined ? left - 1 : 0;
        if (left === 0) done(error);
      });
    }
  }

  /** Leads an addition for a coordinator. */
  onRequest(from: NodeId, { id, mutation, consistency }: CounterRequest): void {
    this.#lead(mutation, consistency, (error) => {
      const response: CounterResponse = { type: 'COUNTER_MUTATION_RSP', id, ...(error === undefined ? {} : { error }) };
      this.#host.send(from, response);
    });
  }

  /** A leader has answered. */
  onResponse({ id, error }: CounterResponse): void {
    const forwarded = this.#forwarded.get(id);
    if (forwarded === undefined) return;
    this.#forwarded.take(id);
    this.#host.cancelTimer(forwarded.timer);
    forwarded.done(error);
  }

  /** A leader's time is over. */
  onTimeout(id: number): void {
    const forwarded = this.#forwarded.get(id);
    if (forwarded === undefined) return;
    this.#forwarded.take(id);
    const { consistency, blockFor } = forwarded;
    forwarded.done({ kind: 'write-timeout', consistency, received: 0, blockFor, writeType: 'COUNTER' });
  }

  #one(mutation: Mutation, consistency: ConsistencyLevel, done: WriteDone): void {
    const plan = this.#writes.plan(mutation, consistency);
    if ('error' in plan) {
      done(plan.error);
      return;
    }
    const local = endpointOf(this.#view, this.#host.id);
    if (plan.alive.includes(local)) {
      this.#replicas.pools.complete(STAGE.counterMutation);
      this.#lead(mutation, consistency, done);
      return;
    }
    // A live replica of this datacentre by chance, or the first one elsewhere.
    const near = plan.alive.filter(({ datacenter }) => datacenter === local.datacenter);
    const leader = near.length > 0 ? this.#host.random.pick(near) : plan.alive[0];
    if (leader === undefined) {
      done({ kind: 'unavailable', consistency, required: plan.requirement.blockFor, alive: 0 });
      return;
    }
    const id = this.#await(consistency, plan.requirement.blockFor, done);
    const expiresAt = (this.#host.monotonic() + this.#view.parameters.counterWriteRequestTimeout) as Micros;
    const request: CounterRequest = { type: 'COUNTER_MUTATION_REQ', id, mutation, consistency, bytes: mutation.bytes.length, expiresAt };
    this.#host.send(leader.id, request);
  }

  /** Waits for a leader. @returns the number of what is waited for */
  #await(consistency: ConsistencyLevel, blockFor: number, done: WriteDone): number {
    const id = this.#replicas.nextId();
    const timer: RequestTimer = { type: 'counter-timeout', id };
    this.#forwarded.set(id, { consistency, blockFor, timer: this.#host.setTimer(this.#view.parameters.counterWriteRequestTimeout, timer), done });
    return id;
  }

  #lead(mutation: Mutation, consistency: ConsistencyLevel, done: (error?: CassandraErrorReply) => void): void {
    const plan = this.#writes.plan(mutation, consistency);
    if ('error' in plan) {
      done(plan.error);
      return;
    }
    const summed = makeMutation(mutation.keyspace, mutation.key, mutation.updates.map((update) => this.#sum(update)));
    const timeout = this.#view.parameters.counterWriteRequestTimeout;
    if (this.#local.apply(summed, () => this.#writes.writeRest(summed, plan, this.#host.id, consistency, 'COUNTER', timeout, done))) return;
    // A leader whose disk is full says nothing, as the real one.
    this.#await(consistency, plan.requirement.blockFor, done);
  }

  /** The amounts of an update as what this node's shards come to. */
  #sum({ table, data }: PartitionUpdate): PartitionUpdate {
    const rows = data.rows.map((row) => this.#sumRow(table, data, row, false));
    const staticRow = data.staticRow === undefined ? undefined : this.#sumRow(table, data, data.staticRow, true);
    return { table, data: { ...data, rows, staticRow } };
  }

  #sumRow(table: string, { key }: PartitionData, row: Row, isStatic: boolean): Row {
    if (!row.cells.some(({ value }) => value !== null)) return row;
    const cache = this.#engine.counterCache(table);
    const id = hostIdOf(this.#host.id);
    let current: Row | undefined | 'unread' = 'unread';
    const cells = row.cells.map((cell): Cell => {
      if (cell.value === null) return cell;
      const place = placeOf(key, isStatic ? undefined : row.clustering, cell.column);
      let own = cache?.get(place);
      if (own === undefined) {
        if (current === 'unread') current = this.#rowOf(table, key, row, isStatic);
        const present = current?.cells.find(({ column }) => column === cell.column)?.value;
        own = decodeShards(present ?? '').find((shard) => shard.id === id);
      }
      const raised = raisedShard(own, id, readBigint64(cell.value, 0));
      cache?.set(place, raised, place.length + SHARD_COST);
      return { ...cell, value: encodeShards([raised]) };
    });
    return { ...row, cells };
  }

  #rowOf(table: string, key: Bytes, { clustering }: Row, isStatic: boolean): Row | undefined {
    const { partitions } = this.#engine.read({
      kind: 'partition', table, key,
      slices: [isStatic ? WHOLE_PARTITION : sliceOf(clustering)],
      reversed: false, columns: undefined, filter: [],
      limits: { rows: isStatic ? 1 : Infinity, perPartition: Infinity },
      nowSeconds: this.#engine.nowSeconds(),
    });
    return isStatic ? partitions[0]?.staticRow : partitions[0]?.rows[0];
  }
}

/** What a shard costs in the cache beyond its place. */
const SHARD_COST = 64;

/** Where a counter is within its table, in one text. */
function placeOf(key: Bytes, clustering: Clustering | undefined, column: string): Bytes {
  return [key, ...(clustering ?? ['static']), column].map((part) => `${int32(part.length)}${part}`).join('');
}
