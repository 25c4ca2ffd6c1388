/**
 * Logged batches (Apache Cassandra 5.0, `StorageProxy.mutateAtomically` and `BatchlogManager`): before its mutations are
 * written, a batch is stored on two other nodes of the coordinator's datacentre, of other racks where there are any; when all
 * mutations are acknowledged the two forget it. A batch that is still there after twice the write timeout was left behind by
 * its coordinator, and whoever holds it writes what it holds, with hints for whom it cannot reach. So a batch happens as a whole
 * in the end, but not at one instant: readers may see a part of it meanwhile.
 *
 * A stored batch is as durable as a write: at once with the sync modes `batch` and `group`, after up to ten seconds with `periodic`.
 *
 * @module
 */
import type { Host, Timer, TimerId } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { NumberedMap } from '../../structures/numbered-map.ts';
import { frameRecord, jsonBytes, readRecords } from '../../distributed/record-log.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import type { CassandraErrorReply } from '../errors.ts';
import type { Endpoint } from '../replication.ts';
import { decodeMutation } from '../storage/codec.ts';
import type { Mutation } from '../storage/mutation.ts';
import type { Bytes } from '../types/data-type.ts';
import { endpointOf, placementOf, type ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { BatchRemoveRequest, BatchStoreRequest, BatchStoreResponse } from './messages.ts';
import type { Replicas, RequestTimer } from './replicas.ts';
import type { WriteCoordinator, WriteDone, WritePlan } from './write.ts';

const FOLDER = 'system/batches/';

interface PendingStore {
  readonly waiting: Set<NodeId>;
  readonly total: number;
  readonly timer: TimerId;
  readonly done: (error?: CassandraErrorReply) => void;
}

interface SyncTimer extends Timer {
  readonly batch: string;
}

/** The batches that one node coordinates, and those it keeps for others. */
export class Batchlog {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #replicas: Replicas;
  readonly #writes: WriteCoordinator;
  readonly #pending = new NumberedMap<PendingStore>();
  /** What this node keeps: since when by the monotonic clock, and the mutations. */
  readonly #kept = new Map<string, { readonly since: number; readonly mutations: readonly Mutation[]; isReplaying: boolean }>();
  /** Told when a stored batch is durable. */
  readonly #syncing = new Map<string, () => void>();
  #isArmed = false;

  constructor(host: Host, view: ClusterView, membership: Membership, replicas: Replicas, writes: WriteCoordinator) {
    this.#host = host;
    this.#view = view;
    this.#membership = membership;
    this.#replicas = replicas;
    this.#writes = writes;
  }

  /** Goes on with batches that an earlier incarnation kept. */
  start(): void {
    for (const file of this.#host.disk.list()) {
      if (!file.startsWith(FOLDER)) continue;
      const [record] = readRecords(this.#host.disk.read(file) ?? '').records;
      if (record === undefined) continue;
      const mutations = (JSON.parse(record) as Bytes[]).map((bytes) => decodeMutation(bytes));
      this.#kept.set(file.slice(FOLDER.length), { since: this.#host.monotonic(), mutations, isReplaying: false });
    }
    this.#arm();
  }

  /** How many batches this node keeps. */
  get size(): number {
    return this.#kept.size;
  }

  /** Writes a batch as a whole. */
  mutate(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: WriteDone): void {
    const plans: (readonly [Mutation, WritePlan])[] = [];
    for (const mutation of mutations) {
      const plan = this.#writes.plan(mutation, consistency);
      if ('error' in plan) {
        done(plan.error);
        return;
      }
      plans.push([mutation, plan]);
    }
    const holders = this.#holders();
    if (holders.length === 0 && consistency !== 'ANY') {
      done({ kind: 'unavailable', consistency: 'ONE', required: 1, alive: 0 });
      return;
    }
    const batch = `${this.#host.id}-${this.#replicas.nextId()}`;
    this.#store(batch, mutations, holders, (error) => {
      if (error !== undefined) {
        done(error);
        return;
      }
      this.#writeAll(batch, plans, holders, consistency, done);
    });
  }

  /** Keeps a batch for a coordinator. */
  onStore(from: NodeId, { id, batch, mutations }: BatchStoreRequest): void {
    this.#keep(batch, mutations, () => {
      const response: BatchStoreResponse = { type: 'BATCH_STORE_RSP', id };
      this.#host.send(from, response);
    });
  }

  /** A holder keeps a batch of this coordinator's. */
  onStored(holder: NodeId, id: number): void {
    const store = this.#pending.get(id);
    if (store === undefined || !store.waiting.delete(holder) || store.waiting.size > 0) return;
    this.#pending.take(id);
    this.#host.cancelTimer(store.timer);
    store.done();
  }

  /** A batch is done. */
  onRemove({ batch }: BatchRemoveRequest): void {
    this.#kept.delete(batch);
    this.#host.disk.remove(FOLDER + batch);
  }

  /** @returns whether the timer was the batchlog's */
  onTimer(timer: Timer): boolean {
    switch (timer.type) {
      case 'batchlog-round':
        this.#isArmed = false;
        this.#round();
        return true;
      case 'batchlog-synced': {
        const { batch } = timer as SyncTimer;
        this.#syncing.get(batch)?.();
        this.#syncing.delete(batch);
        return true;
      }
      case 'batchlog-timeout': {
        const { id } = timer as RequestTimer;
        const store = this.#pending.get(id);
        this.#pending.take(id);
        const received = (store?.total ?? 0) - (store?.waiting.size ?? 0);
        store?.done({ kind: 'write-timeout', consistency: store.total === 1 ? 'ONE' : 'TWO', received, blockFor: store.total, writeType: 'BATCH_LOG' });
        return true;
      }
      default: return false;
    }
  }

  /** Two live nodes of this datacentre, of other racks where there are enough; this node itself only when it is alone. */
  #holders(): readonly NodeId[] {
    const local = endpointOf(this.#view, this.#host.id);
    const others = this.#membership.topology.ring.nodes.filter((node) =>
      node.datacenter === local.datacenter && node.id !== local.id && this.#membership.isAlive(node.id));
    if (others.length === 0) return [local.id];
    const { random } = this.#host;
    const shuffled = random.shuffle(others);
    const remote = shuffled.filter(({ rack }) => rack !== local.rack);
    const chosen: Endpoint[] = [];
    // One of each of two other racks, else two of the one other rack, else whoever there is.
    for (const node of remote) if (chosen.length < 2 && !chosen.some(({ rack }) => rack === node.rack)) chosen.push(node);
    for (const node of [...remote, ...shuffled]) if (chosen.length < 2 && !chosen.includes(node)) chosen.push(node);
    return chosen.map(({ id }) => id);
  }

  #store(batch: string, mutations: readonly Mutation[], holders: readonly NodeId[], done: (error?: CassandraErrorReply) => void): void {
    const timeout = this.#view.parameters.writeRequestTimeout;
    const id = this.#replicas.nextId();
    const timer: RequestTimer = { type: 'batchlog-timeout', id };
    this.#pending.set(id, { waiting: new Set(holders), total: holders.length, timer: this.#host.setTimer(timeout, timer), done });
    const bytes = sizeOf(mutations);
    for (const holder of holders) {
      if (holder === this.#host.id) {
        this.#keep(batch, mutations, () => this.onStored(holder, id));
      } else {
        const request: BatchStoreRequest = { type: 'BATCH_STORE_REQ', id, batch, mutations, bytes, expiresAt: (this.#host.monotonic() + timeout) as Micros };
        this.#host.send(holder, request);
      }
    }
    if (holders.length === 0) done();
  }

  #writeAll(batch: string, plans: readonly (readonly [Mutation, WritePlan])[], holders: readonly NodeId[], consistency: ConsistencyLevel, done: WriteDone): void {
    let left = plans.length;
    let isAnswered = false;
    for (const [mutation, plan] of plans) {
      this.#writes.write(mutation, plan, consistency, 'BATCH', this.#view.parameters.writeRequestTimeout, (error) => {
        left--;
        if (error !== undefined && !isAnswered) {
          isAnswered = true;
          done(error);
        }
        if (left > 0 || isAnswered) return;
        isAnswered = true;
        this.#remove(batch, holders);
        done();
      });
    }
  }

  #remove(batch: string, holders: readonly NodeId[]): void {
    const request: BatchRemoveRequest = { type: 'BATCH_REMOVE_REQ', batch };
    for (const holder of holders) {
      if (holder === this.#host.id) this.onRemove(request);
      else this.#host.send(holder, request);
    }
  }

  #keep(batch: string, mutations: readonly Mutation[], done: () => void): void {
    this.#kept.set(batch, { since: this.#host.monotonic(), mutations, isReplaying: false });
    const file = FOLDER + batch;
    this.#host.disk.replace(file, frameRecord(jsonBytes(mutations.map(({ bytes }) => bytes))));
    this.#arm();
    if (this.#view.parameters.commitlogSync === 'periodic') {
      this.#host.disk.sync(file);
      done();
      return;
    }
    this.#syncing.set(batch, done);
    const timer: SyncTimer = { type: 'batchlog-synced', batch };
    this.#host.disk.sync(file, timer);
  }

  #arm(): void {
    if (this.#isArmed || this.#kept.size === 0) return;
    this.#isArmed = true;
    this.#host.setTimer(this.#view.parameters.batchlogReplayInterval, { type: 'batchlog-round' });
  }

  /** Writes what was left behind. */
  #round(): void {
    const oldEnough = this.#host.monotonic() - 2 * this.#view.parameters.writeRequestTimeout;
    for (const [batch, kept] of this.#kept) {
      if (kept.since > oldEnough || kept.isReplaying) continue;
      kept.isReplaying = true;
      this.#host.trace('replays a batch', { batch });
      this.#replay(kept.mutations, () => this.onRemove({ type: 'BATCH_REMOVE_REQ', batch }));
    }
    this.#arm();
  }

  /** Sends the mutations to all their replicas that are up; the others, and those that do not answer, get hints. */
  #replay(mutations: readonly Mutation[], done: () => void): void {
    let left = mutations.length;
    const { schema, parameters, partitioner } = this.#view;
    const { topology } = this.#membership;
    if (left === 0) done();
    for (const mutation of mutations) {
      const finish = (): void => {
        if (--left === 0) done();
      };
      if (!mutation.updates.some(({ table }) => schema.tableById(table) !== undefined)) {
        finish();
        continue;
      }
      const { replication } = placementOf(this.#view, mutation.keyspace);
      const token = partitioner.tokenOf(mutation.key);
      const replicas = [...topology.replicas(replication, token), ...topology.pending(replication, token)];
      const alive = replicas.filter(({ id }) => this.#membership.isAlive(id));
      const plan: WritePlan = { replicas, alive: alive.length === replicas.length ? replicas : alive, requirement: { blockFor: alive.length } };
      this.#writes.write(mutation, plan, 'ALL', 'BATCH', parameters.writeRequestTimeout, finish);
    }
  }
}

function sizeOf(mutations: readonly Mutation[]): number {
  return mutations.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
