/**
 * Who is up, in one node's opinion: gossip spreads heartbeats, the phi accrual detector convicts those who fall silent. Two
 * nodes may differ, and then one coordinator answers UNAVAILABLE where the other waits for a timeout.
 *
 * After its first start a node holds its peers alive (the cluster was formed together); after a restart it holds them dead
 * until they answer. A node that comes back is held alive when it has answered an echo itself, not on hearsay.
 *
 * Left out: joining and leaving, seeds, quarantine, schema and load in gossip.
 *
 * @module
 */
import { gossipTargets, HeartbeatTable, type Heartbeat } from '../../distributed/gossip.ts';
import { PhiAccrualDetector } from '../../distributed/phi-accrual.ts';
import type { Host } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { EchoMessage, GossipMessage } from './messages.ts';

/** What membership needs to know. */
export interface MembershipOptions {
  readonly peers: readonly NodeId[];
  /** Counts this node's starts, from 1. */
  readonly generation: number;
  readonly gossipInterval: Micros;
  readonly phiConvictThreshold: number;
}

/** One node's view of the cluster. */
export class Membership {
  readonly #host: Host;
  readonly #options: MembershipOptions;
  readonly #table: HeartbeatTable;
  readonly #detector: PhiAccrualDetector;
  readonly #generations = new Map<string, number>();
  /** When each dead peer was marked so, on the monotonic clock. */
  readonly #down = new Map<NodeId, Micros>();

  constructor(host: Host, options: MembershipOptions) {
    this.#host = host;
    this.#options = options;
    this.#table = new HeartbeatTable(host.id, options.generation);
    this.#detector = new PhiAccrualDetector({ convictThreshold: options.phiConvictThreshold, round: options.gossipInterval });
  }

  /** Begins gossiping. Rounds of different nodes are spread over the interval. */
  start(): void {
    const { peers, generation, gossipInterval } = this.#options;
    const now = this.#host.monotonic();
    for (const peer of peers) {
      if (generation === 1) {
        this.#detector.report(peer, now);
      } else {
        this.#down.set(peer, now);
        this.#tell(peer, 'GOSSIP_DIGEST_SYN', this.#table.all());
      }
    }
    this.#host.setTimer(this.#host.random.below(gossipInterval) as Micros, { type: 'gossip-round' });
  }

  /** Whether a node is held alive here. A node holds itself alive. */
  isAlive(node: NodeId): boolean {
    return !this.#down.has(node);
  }

  /** For how long a node has been held dead here, 0 when it is not. */
  downtime(node: NodeId): Micros {
    const since = this.#down.get(node);
    return (since === undefined ? 0 : this.#host.monotonic() - since) as Micros;
  }

  /** One gossip round: tell someone, then look for the silent. */
  round(): void {
    const { peers, gossipInterval } = this.#options;
    const now = this.#host.monotonic();
    this.#host.setTimer(gossipInterval, { type: 'gossip-round' });
    this.#detector.round(now);
    this.#table.beat();
    const live = peers.filter((peer) => this.isAlive(peer));
    const dead = peers.filter((peer) => !this.isAlive(peer));
    for (const peer of gossipTargets(this.#host.random, live, dead)) this.#tell(peer, 'GOSSIP_DIGEST_SYN', this.#table.all());
    for (const peer of live) {
      if (!this.#detector.convicts(peer, now)) continue;
      this.#down.set(peer, now);
      this.#host.trace(`marks ${peer} down`);
    }
  }

  /** Learns from a gossip message and answers it. */
  onGossip(from: NodeId, message: GossipMessage): void {
    const { news, newerHere } = this.#table.merge(message.heartbeats);
    for (const heartbeat of news) this.#heard(heartbeat);
    if (message.type === 'GOSSIP_DIGEST_SYN' && newerHere.length > 0) this.#tell(from, 'GOSSIP_DIGEST_ACK', newerHere);
  }

  /** An echo was asked for, or has come back, and then its sender is alive. */
  onEcho(from: NodeId, message: EchoMessage): void {
    if (message.type === 'ECHO_REQ') {
      const answer: EchoMessage = { type: 'ECHO_RSP' };
      this.#host.send(from, answer);
    } else if (this.#down.delete(from)) {
      this.#host.trace(`marks ${from} up`);
    }
  }

  #heard(heartbeat: Heartbeat): void {
    const peer = heartbeat.node as NodeId;
    const restarted = (this.#generations.get(peer) ?? heartbeat.generation) !== heartbeat.generation;
    this.#generations.set(peer, heartbeat.generation);
    if (restarted && !this.isAlive(peer)) this.#detector.forget(peer);
    this.#detector.report(peer, this.#host.monotonic());
    if (this.isAlive(peer)) return;
    const echo: EchoMessage = { type: 'ECHO_REQ' };
    this.#host.send(peer, echo);
  }

  #tell(peer: NodeId, type: GossipMessage['type'], heartbeats: readonly Heartbeat[]): void {
    const message: GossipMessage = { type, heartbeats };
    this.#host.send(peer, message);
  }
}
