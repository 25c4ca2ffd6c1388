/**
 * Client-driven coordination (section 6.4): a library in the client's process that knows the ring and asks the replicas itself, which
 * saves the hop to a coordinator. Reads it coordinates always; writes only where versions are timestamps: a vector clock counts
 * what a replica has seen.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';
import type { Host, Machine, Message, Timer } from '../kernel/node.ts';
import type { NodeId } from '../kernel/units.ts';
import { Coordinator, type CoordinatorTimer } from './coordinator.ts';
import { FailureDetector, type ProbeTimer } from './failure-detector.ts';
import type { RingView } from './membership/ring-view.ts';
import type { Acknowledgement, GetRequest, Gossip, Probe, PutRequest, ReplicaVersions } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import { NO_VERSIONS } from './version.ts';

type LibraryTimer = CoordinatorTimer | ProbeTimer;
type LibraryMessage =
  | GetRequest | PutRequest | ReplicaVersions
  | (Acknowledgement & { readonly type: 'write-ack' | 'repair-ack' }) | (Probe & { readonly type: 'probe-ack' }) | (Gossip & { readonly type: 'gossip-ack' });

/** The messages that are for the library and not for whoever waits for a reply. */
export const LIBRARY_MESSAGES: ReadonlySet<string> = new Set(['get', 'put', 'versions', 'write-ack', 'repair-ack', 'probe-ack', 'gossip-ack']);

/** The library, as a program in the client's process. */
export class ClientLibrary implements Machine {
  readonly #view: RingView;
  readonly #detector: FailureDetector;
  readonly #coordinator: Coordinator;

  /** @param host - the client's */
  constructor(host: Host, config: DynamoConfig, view: RingView) {
    this.#view = view;
    this.#detector = new FailureDetector(host);
    this.#coordinator = new Coordinator({ host, config, view, detector: this.#detector, local: undefined });
  }

  onMessage(from: NodeId, received: Message): void {
    const message = received as LibraryMessage;
    this.#detector.heard(from);
    switch (message.type) {
      case 'get':
        this.#coordinator.get(from, message);
        break;
      case 'put':
        this.#coordinator.put(from, message);
        break;
      case 'versions':
        this.#coordinator.gathered(from, message.id, message.versions, false);
        break;
      case 'write-ack':
        this.#coordinator.gathered(from, message.id, NO_VERSIONS, message.durable);
        break;
      case 'repair-ack':
        this.#coordinator.repaired(message.id);
        break;
      case 'gossip-ack':
        this.#view.learn(message.changes ?? []);
        break;
      case 'probe-ack':
        break;
      default:
        assertNever(message);
    }
  }

  onTimer(received: Timer): void {
    const timer = received as LibraryTimer;
    switch (timer.type) {
      case 'probe-round':
        this.#detector.probeRound();
        break;
      case 'replica-timeouts':
      case 'request-timeouts':
      case 'request-timeout':
      case 'written-here':
        this.#coordinator.onTimer(timer);
        break;
      default:
        assertNever(timer);
    }
  }
}
