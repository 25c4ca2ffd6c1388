/**
 * A Dynamo node (SOSP 2007): a coordinator, a replica, a failure detector and a holder of hints behind one door.
 *
 * Fault budget: with N = 3 and R = W = 2 the store must stay available with any one replica down, cut off, paused or slow;
 * sloppy, with all but one. An acknowledged write must survive any fault that leaves one of the W disks that acknowledged it.
 * Clock faults can lose acknowledged writes in last-write-wins mode, by design.
 *
 * Left out for now: Merkle-tree anti-entropy, gossip of membership.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';
import type { Host, Machine, Message, Timer } from '../kernel/node.ts';
import type { NodeId } from '../kernel/units.ts';
import { Coordinator, type CoordinatorTimer } from './coordinator.ts';
import { FailureDetector, type ProbeTimer } from './failure-detector.ts';
import { Handoff, type HandoffTimer } from './handoff.ts';
import type { DynamoMessage, Probe } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import type { Placement } from './placement.ts';
import { Replica, type KeptTimer } from './replica.ts';
import { Storage } from './storage.ts';
import { NO_VERSIONS } from './version.ts';

type NodeTimer = CoordinatorTimer | HandoffTimer | KeptTimer | ProbeTimer;

/** One machine's program. */
export class DynamoNode implements Machine {
  /** What this node keeps. */
  readonly storage: Storage;
  readonly #host: Host;
  readonly #detector: FailureDetector;
  readonly #replica: Replica;
  readonly #coordinator: Coordinator;
  readonly #handoff: Handoff;

  /** @param host - this incarnation */
  constructor(host: Host, config: DynamoConfig, placement: Placement) {
    this.#host = host;
    this.storage = new Storage(host.disk, config.conflict);
    const { storage } = this;
    this.#detector = new FailureDetector(host);
    this.#replica = new Replica(host, config, storage);
    this.#coordinator = new Coordinator({ host, config, placement, storage, replica: this.#replica, detector: this.#detector });
    this.#handoff = new Handoff(host, config, storage, this.#detector);
  }

  onStart(): void {
    this.#handoff.start();
  }

  onMessage(from: NodeId, received: Message): void {
    const message = received as DynamoMessage;
    if (message.type !== 'get' && message.type !== 'put') this.#detector.heard(from);
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
        this.#coordinator.gathered(from, message.id, message.versions);
        break;
      case 'write':
      case 'repair':
      case 'handoff':
        this.#replica.write(from, message);
        break;
      case 'write-ack':
        this.#coordinator.gathered(from, message.id, NO_VERSIONS);
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
      default:
        assertNever(message);
    }
  }

  onTimer(received: Timer): void {
    const timer = received as NodeTimer;
    switch (timer.type) {
      case 'replica-timeout':
      case 'request-timeout':
      case 'written-here':
        this.#coordinator.onTimer(timer);
        break;
      case 'handoff-round':
      case 'handoff-timeout':
        this.#handoff.onTimer(timer);
        break;
      case 'kept':
        this.#replica.safe(timer);
        break;
      case 'probe-round':
        this.#detector.probeRound();
        break;
      default:
        assertNever(timer);
    }
  }
}
