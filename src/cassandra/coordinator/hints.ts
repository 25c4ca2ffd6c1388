/**
 * Hints on a coordinator (hints.adoc of Apache Cassandra 4.1): mutations for replicas that are down or did not answer within
 * the write timeout, kept on the coordinator's disk with their original timestamps, and delivered when the replica is up
 * again. Nothing is kept for a node that has been down longer than `max_hint_window`, or for which the oldest hint is older
 * than that (`hint_window_persistent_enabled`): such a node needs a repair. A hint older than its table's
 * `gc_grace_seconds` is dropped instead of delivered, since it might bring back what was deleted.
 *
 * Delivery sends a batch, waits for all its answers and for as long as `hinted_handoff_throttle` says, and goes on; a batch
 * that is not answered is tried again at the next round. A node that leaves the ring gives the hints it holds to another.
 *
 * @module
 */
import { HintStore } from '../../distributed/hinted-handoff.ts';
import type { Host, Message, Timer } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { decodeMutation } from '../storage/codec.ts';
import type { Mutation } from '../storage/mutation.ts';
import type { ClusterView } from './cluster.ts';
import type { Membership } from './membership.ts';
import type { ApplyRequest } from './messages.ts';
import type { Bytes } from '../types/data-type.ts';

const BATCH = 128;

/** A hint moves to another holder. */
export interface HintTransfer extends Message {
  readonly type: 'HINT_TRANSFER';
  readonly target: NodeId;
  readonly mutation: Mutation;
  readonly bytes: number;
}

interface HintTimer extends Timer {
  readonly target: NodeId;
  readonly batch: number;
}

/** The hints of one coordinator. */
export class Hints {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #membership: Membership;
  readonly #store: HintStore<Mutation>;
  /** Hints on their way, by target; a target with an entry gets nothing else meanwhile. */
  readonly #sending = new Map<NodeId, { readonly batch: number; readonly ids: Set<number>; readonly mayGoOnAt: number }>();
  /** Added to a hint's id on the wire: an earlier incarnation's acknowledgements must not be taken for those of this one's hints. */
  readonly #firstId: number;
  #nextBatch = 1;
  #batchesDone = 0;
  /** Whether the next round is set. */
  #isArmed = false;

  constructor(host: Host, view: ClusterView, membership: Membership) {
    this.#host = host;
    this.#firstId = host.monotonic();
    this.#view = view;
    this.#membership = membership;
    this.#store = new HintStore<Mutation>(host.disk, {
      encode: ({ bytes }) => bytes,
      decode: (bytes) => decodeMutation(bytes as Bytes),
    });
  }

  /** Goes on with hints that an earlier incarnation kept. */
  start(): void {
    if (this.#store.count() > 0) this.#arm();
  }

  /** How many hints are held, for one node or for all. */
  count(target?: NodeId): number {
    return this.#store.count(target);
  }

  /** The line of `nodetool tpstats`: a task is a batch of hints for one node, one batch for a node at a time. */
  threadPool(): { readonly name: string; readonly active: number; readonly pending: number; readonly completed: number } {
    return { name: 'HintsDispatcher', active: this.#sending.size, pending: 0, completed: this.#batchesDone };
  }

  /**
   * Keeps a mutation for a replica, if the window allows it.
   *
   * @returns whether it was kept
   */
  keep(target: NodeId, mutation: Mutation): boolean {
    const { hintedHandoffEnabled, maxHintWindow, hintWindowPersistentEnabled } = this.#view.parameters;
    if (!hintedHandoffEnabled || this.#membership.downtime(target) > maxHintWindow) return false;
    const oldest = this.#store.oldest(target);
    if (hintWindowPersistentEnabled && oldest !== undefined && this.#host.now() - oldest > maxHintWindow) return false;
    if (!this.#store.add(target, mutation, this.#host.now())) return false;
    this.#host.trace('hint stored', { target });
    this.#arm();
    return true;
  }

  /** A replica has taken a hint. */
  onDelivered(target: NodeId, request: number): void {
    const id = request - this.#firstId;
    this.#store.delivered(target, id);
    const sending = this.#sending.get(target);
    if (sending === undefined || !sending.ids.delete(id) || sending.ids.size > 0) return;
    this.#sending.delete(target);
    this.#batchesDone++;
    if (this.#store.count(target) === 0) this.#host.trace('hints delivered', { target });
    const wait = sending.mayGoOnAt - this.#host.monotonic();
    if (wait <= 0 || this.#store.count(target) === 0) {
      this.#send(target);
      return;
    }
    const timer: HintTimer = { type: 'hints-throttle', target, batch: sending.batch };
    this.#host.setTimer(wait as Micros, timer);
  }

  /** Gives all hints that are held to another node, which keeps them as its own. @returns how many there were */
  handOver(to: NodeId): number {
    let count = 0;
    for (const target of this.#store.targets) {
      for (const hint of this.#store.take(target, Infinity)) {
        this.#store.delivered(target, hint.id);
        if (target === to) continue;
        const message: HintTransfer = { type: 'HINT_TRANSFER', target: target as NodeId, mutation: hint.write, bytes: hint.write.bytes.length };
        this.#host.sendOrdered(to, message);
        count++;
      }
    }
    return count;
  }

  /** Takes a hint that another node held. */
  onTransfer({ target, mutation }: HintTransfer): void {
    if (target === this.#host.id) return;
    if (this.#store.add(target, mutation, this.#host.now())) this.#arm();
  }

  /** @returns whether the timer was the hints' */
  onTimer(timer: Timer): boolean {
    if (timer.type === 'hints-round') {
      this.#isArmed = false;
      this.#round();
      return true;
    }
    if (timer.type === 'hints-throttle') {
      this.#send((timer as HintTimer).target);
      return true;
    }
    if (timer.type !== 'hints-timeout') return false;
    const { target, batch } = timer as HintTimer;
    const sending = this.#sending.get(target);
    if (sending?.batch !== batch) return true;
    for (const id of sending.ids) this.#store.failed(id);
    this.#sending.delete(target);
    this.#batchesDone++;
    return true;
  }

  /** Sets the next round, which come at whole multiples of the period; without hints there is none. */
  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    const period = this.#view.parameters.hintsFlushPeriod;
    this.#host.setTimer((period - (this.#host.monotonic() % period)) as Micros, { type: 'hints-round' });
  }

  /** Syncs what was kept, and sends to whoever is up. */
  #round(): void {
    this.#store.sync();
    for (const target of this.#store.targets) this.#send(target as NodeId);
    this.start();
  }

  #send(target: NodeId): void {
    if (this.#sending.has(target) || !this.#membership.isAlive(target)) return;
    const ids = new Set<number>();
    const { hintedHandoffThrottle, writeRequestTimeout } = this.#view.parameters;
    let size = 0;
    for (const hint of this.#store.take(target, BATCH)) {
      if (this.#isExpired(hint.createdAt, hint.write)) {
        this.#store.delivered(target, hint.id);
        continue;
      }
      ids.add(hint.id);
      const bytes = hint.write.bytes.length;
      size += bytes;
      const expiresAt = (this.#host.monotonic() + writeRequestTimeout) as Micros;
      const request: ApplyRequest = { type: 'HINT_REQ', id: this.#firstId + hint.id, mutation: hint.write, bytes, expiresAt, forwardTo: undefined, respondTo: undefined };
      this.#host.send(target, request);
    }
    if (ids.size === 0) return;
    const batch = this.#nextBatch++;
    const rate = hintedHandoffThrottle / Math.max(1, this.#membership.peers.length);
    const mayGoOnAt = this.#host.monotonic() + (rate > 0 ? Math.round((size / rate) * 1e6) : 0);
    this.#sending.set(target, { batch, ids, mayGoOnAt });
    const timer: HintTimer = { type: 'hints-timeout', target, batch };
    this.#host.setTimer(writeRequestTimeout, timer);
  }

  #isExpired(createdAt: number, mutation: Mutation): boolean {
    const tables = mutation.updates.map(({ table }) => this.#view.schema.tableById(table)).filter((table) => table !== undefined);
    return tables.every((table) => this.#host.now() - createdAt > table.options.gcGraceSeconds * 1_000_000);
  }
}
