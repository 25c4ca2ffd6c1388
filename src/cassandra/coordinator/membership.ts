/**
 * Who is there and who is up, in one node's opinion: gossip spreads heartbeats and states, the phi accrual detector convicts
 * those who fall silent (`Gossiper` and `FailureDetector` of Apache Cassandra 5.0). Two nodes may differ, and then one
 * coordinator answers UNAVAILABLE where the other waits for a timeout, or two hold different ranges for pending.
 *
 * The members that a cluster is formed of hold each other alive at their first start; after a restart a node holds its peers
 * dead until they answer. A node that is new, or comes back, is held alive when it has answered an echo itself, not on hearsay.
 * What a node knows of the ring is kept on its disk (`system.peers`).
 *
 * Left out: seeds (every member that a new node knows is asked), quarantine, load and schema versions in gossip.
 *
 * @module
 */
import { gossipTargets, HeartbeatTable, type Heartbeat } from '../../distributed/gossip.ts';
import { frameRecord, jsonBytes, readRecords } from '../../distributed/record-log.ts';
import { PhiAccrualDetector } from '../../distributed/phi-accrual.ts';
import type { Host } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { ClusterView } from './cluster.ts';
import type { EchoMessage, GossipMessage, ShutdownMessage } from './messages.ts';
import type { NodeState, Topology } from './topology.ts';

const FILE = 'system/peers';

/** What membership needs to know. */
export interface MembershipOptions {
  /** The states of the members that the cluster was formed of; for a node that joins later, of those it may ask. */
  readonly initial: ReadonlyMap<NodeId, NodeState>;
  /** Counts this node's starts, from 1. */
  readonly generation: number;
}

/** One node's view of the cluster. */
export class Membership {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #generation: number;
  readonly #table: HeartbeatTable<NodeState | undefined>;
  readonly #detector: PhiAccrualDetector;
  readonly #generations = new Map<NodeId, number>();
  readonly #states: Map<NodeId, NodeState>;
  readonly #alive = new Set<NodeId>();
  /** When each dead peer was marked so, on the monotonic clock. */
  readonly #down = new Map<NodeId, Micros>();
  #peers: NodeId[] = [];
  #isStopped = false;
  #topology: Topology;
  /** Told when a node was convicted, came up, or said something new of itself. */
  readonly #listeners: ((node: NodeId, what: 'up' | 'down' | 'state') => void)[] = [];

  constructor(host: Host, view: ClusterView, { initial, generation }: MembershipOptions) {
    this.#host = host;
    this.#view = view;
    this.#generation = generation;
    this.#states = readStates(host) ?? new Map(initial);
    this.#table = new HeartbeatTable<NodeState | undefined>(host.id, generation, this.#states.get(host.id));
    this.#detector = new PhiAccrualDetector({ convictThreshold: view.parameters.phiConvictThreshold, round: view.parameters.gossipInterval });
    this.#topology = view.topologies.of(this.#states);
    this.#peers = [...this.#states.keys()].filter((id) => id !== host.id);
  }

  /** The ring as this node knows it. */
  get topology(): Topology {
    return this.#topology;
  }

  /** What this node says of itself; undefined before it has said anything. */
  get state(): NodeState | undefined {
    return this.#states.get(this.#host.id);
  }

  /** The other nodes that this one knows, those gone left out. */
  get peers(): readonly NodeId[] {
    return this.#peers;
  }

  /** Listens to what is learnt. */
  onChange(listener: (node: NodeId, what: 'up' | 'down' | 'state') => void): void {
    this.#listeners.push(listener);
  }

  /** Begins gossiping. Rounds of different nodes are spread over the interval. */
  start(): void {
    const now = this.#host.monotonic();
    const isFounder = this.#generation === 1 && this.state?.status === 'NORMAL';
    for (const peer of this.#peers) {
      if (isFounder) {
        this.#alive.add(peer);
        this.#detector.report(peer, now);
      } else {
        this.#down.set(peer, now);
        this.#tell(peer, 'GOSSIP_DIGEST_SYN', this.#table.all());
      }
    }
    this.#host.setTimer(this.#host.random.below(this.#view.parameters.gossipInterval) as Micros, { type: 'gossip-round' });
  }

  /** Whether a node is held alive here. A node holds itself alive. */
  isAlive(node: NodeId): boolean {
    return node === this.#host.id || this.#alive.has(node);
  }

  /** Whether all of some nodes are held alive here. */
  areAlive(nodes: readonly { readonly id: NodeId }[]): boolean {
    for (const { id } of nodes) if (!this.isAlive(id)) return false;
    return true;
  }

  /** For how long a node has been held dead here, 0 when it is not. */
  downtime(node: NodeId): Micros {
    const since = this.#down.get(node);
    return (since === undefined ? 0 : this.#host.monotonic() - since) as Micros;
  }

  /** Says something else of this node, at once to everyone in reach. */
  announce(state: NodeState): void {
    this.#table.say(state);
    this.#learn(this.#host.id, state);
    for (const peer of this.#peers) if (this.isAlive(peer)) this.#tell(peer, 'GOSSIP_DIGEST_SYN', this.#table.all());
  }

  /** Says something of a node that is dead. */
  announceFor(node: NodeId, state: NodeState): void {
    this.#table.sayFor(node, state);
    this.#learn(node, state);
    for (const peer of this.#peers) if (this.isAlive(peer)) this.#tell(peer, 'GOSSIP_DIGEST_SYN', this.#table.all());
  }

  /** Leaves gossip and says so: the others hold this node for dead, until it is started again. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    const message: ShutdownMessage = { type: 'GOSSIP_SHUTDOWN' };
    for (const peer of this.#peers) if (this.#alive.has(peer)) this.#host.send(peer, message);
  }

  /** A node has left gossip. */
  onShutdown(from: NodeId): void {
    if (this.#alive.has(from)) this.#convict(from);
  }

  /** One gossip round: tell someone, then look for the silent. */
  round(): void {
    if (this.#isStopped) return;
    const now = this.#host.monotonic();
    this.#host.setTimer(this.#view.parameters.gossipInterval, { type: 'gossip-round' });
    this.#detector.round(now);
    this.#table.beat();
    const live = this.#peers.filter((peer) => this.#alive.has(peer));
    const dead = this.#peers.filter((peer) => !this.#alive.has(peer));
    for (const peer of gossipTargets(this.#host.random, live, dead)) this.#tell(peer, 'GOSSIP_DIGEST_SYN', this.#table.all());
    for (const peer of live) {
      if (this.#detector.convicts(peer, now)) this.#convict(peer);
    }
  }

  /** Learns from a gossip message and answers it. */
  onGossip(from: NodeId, message: GossipMessage): void {
    if (this.#isStopped) return;
    const { news, newerHere } = this.#table.merge(message.heartbeats);
    for (const heartbeat of news) this.#heard(heartbeat);
    if (message.type === 'GOSSIP_DIGEST_SYN' && newerHere.length > 0) this.#tell(from, 'GOSSIP_DIGEST_ACK', newerHere);
  }

  /** An echo was asked for, or has come back, and then its sender is alive. */
  onEcho(from: NodeId, message: EchoMessage): void {
    if (this.#isStopped) return;
    if (message.type === 'ECHO_REQ') {
      const answer: EchoMessage = { type: 'ECHO_RSP' };
      this.#host.send(from, answer);
    } else if (!this.#alive.has(from)) {
      this.#alive.add(from);
      this.#down.delete(from);
      this.#host.trace(`marks ${from} up`);
      this.#notify(from, 'up');
    }
  }

  #convict(peer: NodeId): void {
    this.#alive.delete(peer);
    this.#down.set(peer, this.#host.monotonic());
    this.#host.trace(`marks ${peer} down`);
    this.#notify(peer, 'down');
  }

  #heard(heartbeat: Heartbeat<NodeState | undefined>): void {
    const peer = heartbeat.node as NodeId;
    const restarted = (this.#generations.get(peer) ?? heartbeat.generation) !== heartbeat.generation;
    this.#generations.set(peer, heartbeat.generation);
    if (restarted && !this.#alive.has(peer)) this.#detector.forget(peer);
    this.#detector.report(peer, this.#host.monotonic());
    if (heartbeat.state !== undefined && heartbeat.state !== this.#states.get(peer)) this.#learn(peer, heartbeat.state);
    if (this.#alive.has(peer) || this.#states.get(peer)?.status === 'LEFT' || peer === this.#host.id) return;
    const echo: EchoMessage = { type: 'ECHO_REQ' };
    this.#host.send(peer, echo);
  }

  #learn(node: NodeId, state: NodeState): void {
    const before = this.#states.get(node);
    this.#states.set(node, state);
    if (before?.status === state.status && before.tokens.join('') === state.tokens.join('')) return;
    const { replaces } = state;
    // The dead node is gone for good once another stands in its place.
    if (state.status === 'NORMAL' && replaces !== undefined && this.#states.get(replaces)?.status !== 'LEFT') {
      this.#states.set(replaces, { status: 'LEFT', tokens: [] });
    }
    const gone = [...this.#states].filter(([, { status }]) => status === 'LEFT').map(([id]) => id);
    for (const id of gone) {
      this.#alive.delete(id);
      this.#down.delete(id);
    }
    this.#peers = [...this.#states.keys()].filter((id) => id !== this.#host.id && !gone.includes(id));
    for (const peer of this.#peers) if (!this.#alive.has(peer) && !this.#down.has(peer)) this.#down.set(peer, this.#host.monotonic());
    this.#topology = this.#view.topologies.of(this.#states);
    this.#host.disk.replace(FILE, frameRecord(jsonBytes([...this.#states])));
    this.#host.disk.sync(FILE);
    this.#host.trace(`sees ${node} ${state.status}`);
    this.#notify(node, 'state');
  }

  #notify(node: NodeId, what: 'up' | 'down' | 'state'): void {
    for (const listener of this.#listeners) listener(node, what);
  }

  #tell(peer: NodeId, type: GossipMessage['type'], heartbeats: GossipMessage['heartbeats']): void {
    const message: GossipMessage = { type, heartbeats };
    this.#host.send(peer, message);
  }
}

/** What an earlier incarnation knew, if the disk still has it. */
function readStates(host: Host): Map<NodeId, NodeState> | undefined {
  const [record] = readRecords(host.disk.read(FILE) ?? '').records;
  return record === undefined ? undefined : new Map(JSON.parse(record) as [NodeId, NodeState][]);
}
