/**
 * Transfers of key ranges while serving (section 4.9): a newcomer asks the members for the keys it is due, each of which has one
 * of them to send it; one that leaves sends its keys to those who take over. When all has arrived the change is announced as done,
 * and only then do the others count on it. What was written meanwhile, by coordinators that had not heard of the change, follows
 * as hints; what a node is no home of any more it forgets.
 *
 * @module
 */
import type { Host, Timer } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { AdmissionControl } from '../admission-control.ts';
import type { FailureDetector } from '../failure-detector.ts';
import type { Pull, Transfer, TransferAck } from '../messages.ts';
import type { DynamoConfig } from '../options.ts';
import type { Ring } from '../ring.ts';
import { ObjectRecord } from '../storage/object-record.ts';
import type { Storage } from '../storage/storage.ts';
import type { Versions } from '../version.ts';
import type { MembershipChange } from './change.ts';
import type { RingView } from './ring-view.ts';

/** How long a node waits for a batch, or for its acknowledgement. */
const PATIENCE = 5_000_000 as Micros;

/** Timers of transfers: time to see who is late; what a batch brought is on the disk. */
export type TransferTimer =
  | (Timer & { readonly type: 'transfer-check'; readonly round: number })
  | (Timer & { readonly type: 'transfer-kept'; readonly to: NodeId; readonly id: number; readonly last: boolean });

/** Keys on their way to one node, a batch at a time. */
interface Outgoing {
  readonly id: number;
  readonly to: NodeId;
  /** Asked for by its receiver; otherwise sent by a node that leaves. */
  readonly isPull: boolean;
  readonly keys: readonly string[];
  /** The batch under way: from and up to. */
  from: number;
  until: number;
  batch: Transfer['objects'];
  sentAt: number;
}

/** What a transfer needs of its node. */
export interface TransferParts {
  readonly host: Host;
  readonly config: DynamoConfig;
  readonly view: RingView;
  readonly storage: Storage;
  readonly detector: FailureDetector;
  readonly admission: AdmissionControl;
  /** Whether the node knows any of the others. */
  readonly isAcquainted: () => boolean;
  /** Told of each key before it is forgotten. */
  readonly onForget: (key: string, versions: Versions) => void;
  readonly announce: (kind: MembershipChange['kind'], node: NodeId, zone: string, capacity: number) => void;
}

/** A node's part in transfers. */
export class Transfers {
  readonly #parts: TransferParts;
  readonly #outgoing = new Map<number, Outgoing>();
  /** Members that a newcomer still waits for, and when it last heard of each. */
  readonly #awaited = new Map<NodeId, number>();
  /** Members that a newcomer has given up on. */
  readonly #without = new Set<NodeId>();
  /** What has arrived where it was sent, as it was then. */
  readonly #arrived = new Map<string, Versions>();
  #round = 0;
  #isJoining = false;
  /** The ring to come that the newcomer has asked for its share of. */
  #pulledFor: Ring | undefined = undefined;
  #isLeaving = false;
  /** Whether keys are here that belong elsewhere. */
  #isLeft = false;
  #nextId: number;

  /** @param parts - of the same incarnation */
  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#nextId = parts.host.monotonic() + 1;
  }

  /** Whether keys are on their way from here, or awaited. */
  get isBusy(): boolean {
    return this.#isJoining || this.#outgoing.size > 0 || this.#awaited.size > 0;
  }

  /** What the node knows of the ring has changed, or the node has started. */
  ringChanged(): void {
    const { host, view, isAcquainted } = this.#parts;
    const { joining, leaving, current, target } = view.membership;
    this.#isJoining = joining.includes(host.id) && isAcquainted();
    if (!this.#isJoining) this.#pulledFor = undefined;
    // With another ring to come the share is another, too.
    else if (this.#pulledFor !== target) this.#pullFromAll();
    if (leaving.includes(host.id) && !this.#isLeaving) {
      this.#isLeaving = true;
      this.#pushAll();
    }
    if (current === target && view.changes.length > 0) this.#letGo();
  }

  /** A timer of {@link TransferTimer} fired. */
  onTimer(timer: TransferTimer): void {
    if (timer.type === 'transfer-kept') this.#kept(timer.to, timer.id, timer.last);
    else if (timer.round === this.#round) this.#check();
  }

  #pullFromAll(): void {
    const { host, view } = this.#parts;
    this.#awaited.clear();
    this.#pulledFor = view.membership.target;
    for (const { node } of view.membership.current.members) {
      if (this.#without.has(node)) continue;
      this.#awaited.set(node, host.monotonic());
      this.#pull(node);
    }
    this.#watch();
    this.#joinedWhenDone();
  }

  #pull(from: NodeId): void {
    const message: Pull = { type: 'pull', id: this.#nextId++, without: [...this.#without], changes: this.#parts.view.changes };
    this.#parts.host.send(from, message);
  }

  /**
   * A newcomer asks for the keys it is due from this node. What it is due, and from whom, goes by the history that it asks with:
   * nodes that know more, or less, would not agree on who sends what.
   */
  pulled(from: NodeId, { id, without, changes }: Pull): void {
    const { storage, host, view, config } = this.#parts;
    const { current, target } = view.asOf(changes);
    const keys: string[] = [];
    for (const [key] of storage.entries()) {
      const home = current.preferenceListOf(key).slice(0, config.n);
      const next = target.preferenceListOf(key).slice(0, config.n);
      if (next.includes(from) && !home.includes(from) && senderOf(home, next, without) === host.id) keys.push(key);
    }
    for (const [other, { to, isPull }] of this.#outgoing) if (isPull && to === from) this.#outgoing.delete(other);
    this.#send(id, from, true, keys);
  }

  /** One that leaves sends each of its keys to whoever takes it over. */
  #pushAll(): void {
    const { storage, view } = this.#parts;
    const byTarget = new Map<NodeId, string[]>();
    for (const [key] of storage.entries()) {
      for (const node of view.incoming(key)) {
        const keys = byTarget.get(node);
        if (keys === undefined) byTarget.set(node, [key]);
        else keys.push(key);
      }
    }
    for (const [to, keys] of byTarget) this.#send(this.#nextId++, to, false, keys);
    this.#leftWhenDone();
  }

  #send(id: number, to: NodeId, isPull: boolean, keys: readonly string[]): void {
    const outgoing: Outgoing = { id, to, isPull, keys, batch: [], from: 0, until: 0, sentAt: 0 };
    this.#outgoing.set(id, outgoing);
    this.#sendBatch(outgoing);
    this.#watch();
  }

  #sendBatch(outgoing: Outgoing): void {
    const { storage, admission, host } = this.#parts;
    outgoing.until = Math.min(outgoing.keys.length, outgoing.from + admission.round());
    const objects = outgoing.keys.slice(outgoing.from, outgoing.until).flatMap((key) => {
      const versions = storage.versions(key);
      return versions.length === 0 ? [] : [{ key, versions, record: new ObjectRecord(key, versions) }];
    });
    outgoing.sentAt = host.monotonic();
    outgoing.batch = objects;
    const bytes = objects.reduce((sum, { record }) => sum + record.length, 0);
    const message: Transfer = { type: 'transfer', id: outgoing.id, objects, last: outgoing.until === outgoing.keys.length, bytes, isPull: outgoing.isPull };
    host.send(outgoing.to, message);
  }

  /** Keys arrived. They are acknowledged when they are on the disk; what does not fit is sent again later. */
  received(from: NodeId, { id, objects, last, isPull }: Transfer): void {
    const { storage, host } = this.#parts;
    if (isPull && this.#awaited.has(from)) this.#awaited.set(from, host.monotonic());
    if (!objects.every(({ key, versions, record }) => storage.merge(key, versions, record))) return;
    const timer: TransferTimer = { type: 'transfer-kept', to: from, id, last: last && isPull };
    storage.sync(timer);
  }

  #kept(from: NodeId, id: number, last: boolean): void {
    const ack: TransferAck = { type: 'transfer-ack', id };
    this.#parts.host.send(from, ack);
    if (!last || !this.#isJoining) return;
    this.#awaited.delete(from);
    this.#joinedWhenDone();
  }

  /** A batch has arrived. */
  acknowledged(id: number): void {
    const outgoing = this.#outgoing.get(id);
    if (outgoing === undefined) return;
    for (const { key, versions } of outgoing.batch) this.#arrived.set(key, versions);
    outgoing.from = outgoing.until;
    if (outgoing.from < outgoing.keys.length) {
      this.#sendBatch(outgoing);
      return;
    }
    this.#outgoing.delete(id);
    this.#leftWhenDone();
  }

  #joinedWhenDone(): void {
    if (this.#isJoining && this.#awaited.size === 0) this.#parts.announce('joined', this.#parts.host.id, '', 1);
  }

  #leftWhenDone(): void {
    if (!this.#isLeaving || [...this.#outgoing.values()].some(({ isPull }) => !isPull)) return;
    this.#isLeaving = false;
    this.#parts.announce('left', this.#parts.host.id, '', 1);
  }

  /**
   * Once nobody joins or leaves, what this node is no home of goes. What has not arrived elsewhere as it is now, because it was written
   * meanwhile or somebody else was to send it, follows as hints: better twice than not at all.
   */
  #letGo(): void {
    const { host, storage, view, onForget } = this.#parts;
    let isLeft = false;
    for (const [key, versions] of storage.entries()) {
      const home = view.homeOf(key);
      if (home.includes(host.id)) continue;
      if (this.#arrived.get(key) !== versions && !home.every((node) => storage.hint(node, { key, versions }, host.now()))) {
        // No room for a hint: it stays until there is.
        isLeft = true;
        continue;
      }
      onForget(key, versions);
      storage.remove(key);
    }
    this.#outgoing.clear();
    if (!isLeft) this.#arrived.clear();
    this.#isLeft = isLeft;
    if (isLeft) this.#watch();
  }

  #watch(): void {
    const timer: TransferTimer = { type: 'transfer-check', round: ++this.#round };
    this.#parts.host.setTimer(PATIENCE, timer);
  }

  /** Whoever was silent for too long is asked again, and at the second time done without. */
  #check(): void {
    const { host, detector } = this.#parts;
    if (this.#isLeft) this.ringChanged();
    const before = host.monotonic() - PATIENCE;
    let isLate = false;
    for (const [node, heardAt] of this.#awaited) {
      if (heardAt > before) continue;
      if (detector.isHealthy(node)) {
        detector.suspect(node);
        this.#awaited.set(node, host.monotonic());
        this.#pull(node);
      } else {
        this.#without.add(node);
        isLate = true;
      }
    }
    if (isLate) {
      // Others send what it should have.
      this.#pullFromAll();
      return;
    }
    for (const outgoing of this.#outgoing.values()) if (outgoing.sentAt <= before) this.#sendBatch(outgoing);
    if (this.#awaited.size > 0 || this.#outgoing.size > 0) this.#watch();
  }
}

/** One of the home nodes sends a key: the one that will be none, if it can. */
function senderOf(home: readonly NodeId[], next: readonly NodeId[], without: readonly NodeId[]): NodeId | undefined {
  const able = home.filter((node) => !without.includes(node));
  return able.find((node) => !next.includes(node)) ?? able[0];
}
