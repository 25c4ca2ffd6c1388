/**
 * Failure detection, local to a node (section 4.8.3): a peer that does not answer in time is held for unhealthy until anything
 * is heard from it again; the unhealthy ones are probed once a second. Two nodes may disagree about a third.
 *
 * @module
 */
import type { Host, Timer } from '../kernel/node.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import type { Probe } from './messages.ts';

const PROBE_INTERVAL = 1_000_000 as Micros;

/** The timer of the next round of probes. */
export interface ProbeTimer extends Timer {
  readonly type: 'probe-round';
}

/** What one node believes about the others. */
export class FailureDetector {
  readonly #host: Host;
  readonly #suspects = new Set<NodeId>();
  #probing = false;

  /** @param host - the incarnation that believes it */
  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether every node is held for healthy. */
  get isCalm(): boolean {
    return this.#suspects.size === 0;
  }

  /** The nodes held for unhealthy. */
  get suspects(): readonly NodeId[] {
    return [...this.#suspects];
  }

  /** Whether a node is held for healthy. */
  isHealthy(node: NodeId): boolean {
    return !this.#suspects.has(node);
  }

  /** Something was heard from a node. */
  heard(node: NodeId): void {
    if (this.#suspects.size > 0) this.#suspects.delete(node);
  }

  /** A node did not answer in time. A node never doubts itself. */
  suspect(node: NodeId): void {
    if (node === this.#host.id) return;
    this.#suspects.add(node);
    if (!this.#probing) this.#nextRound();
  }

  /** Asks those held for unhealthy whether they are there. */
  probeRound(): void {
    this.#probing = false;
    if (this.#suspects.size === 0) return;
    const probe: Probe = { type: 'probe' };
    for (const node of this.#suspects) this.#host.send(node, probe);
    this.#nextRound();
  }

  #nextRound(): void {
    this.#probing = true;
    const timer: ProbeTimer = { type: 'probe-round' };
    this.#host.setTimer(PROBE_INTERVAL, timer);
  }
}
