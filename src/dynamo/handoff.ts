/**
 * Hinted handoff (section 4.6): from time to time a node offers what it holds for others to those of them that it believes
 * healthy, and forgets it when they have it.
 *
 * @module
 */
import type { Hint } from '../distributed/hinted-handoff.ts';
import type { Host, Timer } from '../kernel/node.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import type { AdmissionControl } from './admission-control.ts';
import type { FailureDetector } from './failure-detector.ts';
import type { WriteReplica } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import { ObjectRecord } from './storage/object-record.ts';
import type { HintedWrite, Storage } from './storage/storage.ts';

/** The timer of the next round, or of an offer that was not answered. */
export type HandoffTimer = (Timer & { readonly type: 'handoff-round' }) | (Timer & { readonly type: 'handoff-timeout'; readonly id: number });

/** Hands over what one node holds for others. */
export class Handoff {
  readonly #host: Host;
  readonly #config: DynamoConfig;
  readonly #storage: Storage;
  readonly #detector: FailureDetector;
  readonly #admission: AdmissionControl;
  readonly #offered = new Map<number, { readonly target: NodeId; readonly hint: Hint<HintedWrite> }>();
  /** Never an id of an earlier incarnation: answers to its offers may still be on their way. */
  #nextId: number;

  /** @param host - the incarnation that holds the hints */
  constructor(host: Host, config: DynamoConfig, storage: Storage, detector: FailureDetector, admission: AdmissionControl) {
    this.#host = host;
    this.#config = config;
    this.#storage = storage;
    this.#detector = detector;
    this.#admission = admission;
    this.#nextId = host.monotonic() + 1;
  }

  /** Begins the rounds. Nodes do not all scan at the same instant. */
  start(): void {
    const { handoffInterval } = this.#config;
    this.#later((handoffInterval + this.#host.random.below(Math.max(1, handoffInterval / 10))) as Micros, { type: 'handoff-round' });
  }

  /** A timer of {@link HandoffTimer} fired. */
  onTimer(timer: HandoffTimer): void {
    if (timer.type === 'handoff-round') this.#round();
    else this.#unanswered(timer.id);
  }

  /** The owner has what was offered. */
  acknowledged(id: number): void {
    const offer = this.#offered.get(id);
    if (offer === undefined) return;
    this.#offered.delete(id);
    this.#storage.hintDelivered(offer.target, offer.hint);
    this.#host.trace(`hands ${offer.hint.write.key} to ${offer.target}`);
  }

  #round(): void {
    this.#later(this.#config.handoffInterval, { type: 'handoff-round' });
    let left = this.#storage.hintCount === 0 ? 0 : this.#admission.round();
    for (const target of this.#storage.hintTargets as readonly NodeId[]) {
      if (!this.#detector.isHealthy(target)) continue;
      const hints = this.#storage.takeHints(target, left);
      left -= hints.length;
      for (const hint of hints) {
        const id = this.#nextId++;
        this.#offered.set(id, { target, hint });
        const { key, versions } = hint.write;
        const record = new ObjectRecord(key, versions);
        const message: WriteReplica = { type: 'handoff', id, key, versions, record, bytes: record, hintFor: undefined, durable: false };
        this.#host.send(target, message);
        this.#later(this.#config.requestTimeout, { type: 'handoff-timeout', id });
      }
    }
  }

  #unanswered(id: number): void {
    const offer = this.#offered.get(id);
    if (offer === undefined) return;
    this.#offered.delete(id);
    this.#storage.hintFailed(offer.hint);
    this.#detector.suspect(offer.target);
  }

  #later(delay: Micros, timer: HandoffTimer): void {
    this.#host.setTimer(delay, timer);
  }
}
