/**
 * A Dynamo node (SOSP 2007): a coordinator, a replica, a failure detector, a holder of hints, a member of the ring and whatever works in the
 * background, behind one door.
 *
 * Fault budget: with N = 3 and R = W = 2 the store must stay available with any one replica down, cut off, paused or slow;
 * sloppy, with all but one. An acknowledged write must survive any fault that leaves one of the W disks that acknowledged it; when
 * writes are buffered, any that leaves one of the W processes. Clock faults can lose acknowledged writes in last-write-wins mode, by
 * design. After the faults all replicas of a key become equal.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';
import type { Host, Machine, Message, Timer } from '../kernel/node.ts';
import type { NodeId } from '../kernel/units.ts';
import { AdmissionControl } from './admission-control.ts';
import { AntiEntropy, type AntiEntropyTimer } from './anti-entropy.ts';
import { Coordinator, type CoordinatorTimer } from './coordinator.ts';
import { FailureDetector, type ProbeTimer } from './failure-detector.ts';
import { Handoff, type HandoffTimer } from './handoff.ts';
import type { MembershipChange } from './membership/change.ts';
import { MembershipGossip, type GossipTimer } from './membership/gossip.ts';
import { RingView } from './membership/ring-view.ts';
import { Transfers, type TransferTimer } from './membership/transfers.ts';
import type { DynamoMessage, Probe, WriteReplica } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import { Reaper, type ReapTimer } from './reaper.ts';
import { Replica, type ReplicaTimer } from './replica.ts';
import type { Ring } from './ring.ts';
import { Storage } from './storage/storage.ts';
import { NO_VERSIONS } from './version.ts';

type NodeTimer = CoordinatorTimer | HandoffTimer | ReplicaTimer | ProbeTimer | GossipTimer | TransferTimer | ReapTimer | AntiEntropyTimer;

/** What every node of a deployment is started with. */
export interface Deployment {
  readonly config: DynamoConfig;
  /** The ring as it was at first. */
  readonly ring: Ring;
  readonly seeds: readonly NodeId[];
}

/** One machine's program. */
export class DynamoNode implements Machine {
  /** What this node keeps. */
  readonly storage: Storage;
  /** What this node knows of the ring. */
  readonly view: RingView;
  /** How much background work this node lets itself do. */
  readonly admission: AdmissionControl;
  readonly #host: Host;
  readonly #detector: FailureDetector;
  readonly #replica: Replica;
  readonly #coordinator: Coordinator;
  readonly #handoff: Handoff;
  readonly #gossip: MembershipGossip;
  readonly #transfers: Transfers;
  readonly #reaper: Reaper;
  readonly #antiEntropy: AntiEntropy;

  /** @param host - this incarnation */
  constructor(host: Host, { config, ring, seeds }: Deployment) {
    this.#host = host;
    this.storage = new Storage(host.disk, config);
    this.view = new RingView(ring, config);
    const { storage, view } = this;
    const detector = new FailureDetector(host);
    const admission = new AdmissionControl(host, config);
    this.admission = admission;
    this.#detector = detector;
    this.#replica = new Replica(host, config, storage, admission);
    this.#coordinator = new Coordinator({ host, config, view, detector, local: { storage, replica: this.#replica } });
    this.#handoff = new Handoff(host, config, storage, detector, admission);
    this.#gossip = new MembershipGossip({ host, config, view, seeds, onChange: () => { this.#ringChanged(); } });
    this.#transfers = new Transfers({
      host, config, view, storage, detector, admission, isAcquainted: () => this.#gossip.isAcquainted,
      onForget: (key, versions) => { this.#coordinator.forgets(key, versions); },
      announce: (kind, node, zone, capacity) => { this.#gossip.announce(kind, node, zone, capacity); },
    });
    this.#reaper = new Reaper({ host, config, view, storage, onReap: (key, versions) => { this.#coordinator.forgets(key, versions); } });
    this.#antiEntropy = new AntiEntropy({ host, config, view, storage, detector, admission });
  }

  onStart(): void {
    this.#handoff.start();
    this.#gossip.start();
    this.#reaper.start();
    this.#antiEntropy.start();
    if (this.view.changes.length > 0) this.#ringChanged();
  }

  states(): readonly string[] {
    const states: string[] = [];
    if (this.storage.hintCount > 0) states.push('hints pending');
    if (this.#coordinator.size > 0) states.push('coordinating');
    if (this.#transfers.isBusy) states.push('transferring keys');
    return states;
  }

  /** An operator has this node write a change of membership down (section 4.8.1). */
  announce(kind: MembershipChange['kind'], node: NodeId, zone: string, capacity: number): void {
    this.#gossip.announce(kind, node, zone, capacity);
  }

  #ringChanged(): void {
    this.#antiEntropy.ringChanged();
    this.#transfers.ringChanged();
  }

  onMessage(from: NodeId, received: Message): void {
    const message = received as DynamoMessage;
    // Asked in this order because it is nearly always calm, and to look at the kind of a message is the dearer question.
    if (!this.#detector.isCalm && message.type !== 'get' && message.type !== 'put') this.#detector.heard(from);
    switch (message.type) {
      case 'get':
        this.#coordinator.get(from, message);
        break;
      case 'put':
        this.#coordinator.put(message.client ?? from, message);
        break;
      case 'read':
        this.#replica.read(from, message);
        break;
      case 'versions':
        this.#coordinator.gathered(from, message.id, message.versions, false);
        break;
      case 'write':
      case 'repair':
      case 'handoff':
        this.#replica.write(from, this.#atHome(message));
        break;
      case 'write-ack':
        this.#coordinator.gathered(from, message.id, NO_VERSIONS, message.durable);
        break;
      case 'repair-ack':
        this.#coordinator.repaired(message.id);
        break;
      case 'handoff-ack':
        this.#handoff.acknowledged(message.id);
        break;
      case 'probe': {
        const reply: Probe = { type: 'probe-ack' };
        this.#host.send(from, reply);
        break;
      }
      case 'probe-ack':
        break;
      case 'gossip':
      case 'gossip-ack':
        this.#gossip.heard(from, message);
        break;
      case 'pull':
        this.#gossip.learn(message.changes);
        this.#transfers.pulled(from, message);
        break;
      case 'transfer':
        this.#transfers.received(from, message);
        break;
      case 'transfer-ack':
        this.#transfers.acknowledged(message.id);
        break;
      case 'tree-summary':
      case 'tree-roots-wanted':
        this.#antiEntropy.compared(from, message);
        break;
      case 'tree-turns':
        this.#antiEntropy.turned(from, message);
        break;
      case 'reap':
      case 'reap-query':
      case 'reap-answer':
        this.#reaper.received(from, message);
        break;
      default:
        assertNever(message);
    }
  }

  /** A write for a key that has moved on, from somebody who has not heard of it: kept for the node that has the key now. */
  #atHome(message: WriteReplica): WriteReplica {
    const { view } = this;
    if (view.changes.length === 0 || message.hintFor !== undefined) return message;
    const home = view.homeOf(message.key);
    if (home.includes(this.#host.id) || view.incoming(message.key).includes(this.#host.id)) return message;
    return { ...message, hintFor: home[0] };
  }

  onTimer(received: Timer): void {
    const timer = received as NodeTimer;
    switch (timer.type) {
      case 'replica-timeouts':
      case 'request-timeouts':
      case 'request-timeout':
      case 'written-here':
        this.#coordinator.onTimer(timer);
        break;
      case 'handoff-round':
      case 'handoff-timeout':
        this.#handoff.onTimer(timer);
        break;
      case 'kept':
      case 'flush':
        this.#replica.onTimer(timer);
        break;
      case 'probe-round':
        this.#detector.probeRound();
        break;
      case 'gossip-round':
        this.#gossip.round();
        break;
      case 'transfer-check':
      case 'transfer-kept':
        this.#transfers.onTimer(timer);
        break;
      case 'reap-round':
        this.#reaper.round();
        break;
      case 'anti-entropy-round':
        this.#antiEntropy.round();
        break;
      default:
        assertNever(timer);
    }
  }
}
