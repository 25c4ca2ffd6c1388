/**
 * Gossip of membership (section 4.8): every second each node tells a random other what it knows, and the two reconcile their
 * histories, so that all agree in the end, in a number of rounds that grows with the logarithm of theirs. Most rounds are a
 * comparison of digests. A newcomer knows the seeds and nobody else; they are also what brings two newcomers together that do not
 * know of each other.
 *
 * The history is written to the disk before it is passed on.
 *
 * @module
 */
import { frameRecord, jsonBytes, readRecords } from '../../distributed/record-log.ts';
import type { Host, Timer } from '../../kernel/node.ts';
import type { ByteCount, Micros, NodeId } from '../../kernel/units.ts';
import type { Gossip } from '../messages.ts';
import type { DynamoConfig } from '../options.ts';
import type { MembershipChange } from './change.ts';
import type { RingView } from './ring-view.ts';

const FILE = 'membership.log';

/** The timer of the next round. */
export interface GossipTimer extends Timer {
  readonly type: 'gossip-round';
}

/** What the gossip of a node is made of. */
export interface GossipParts {
  readonly host: Host;
  readonly config: DynamoConfig;
  /** Is kept up to date. */
  readonly view: RingView;
  /** Nodes that everybody knows. */
  readonly seeds: readonly NodeId[];
  /** Called when the view has changed. */
  readonly onChange: () => void;
}

/** The part of a node that knows who belongs to the ring. */
export class MembershipGossip {
  readonly #parts: GossipParts;
  /** Whether the node has ever heard from another: until then a newcomer knows the seeds and itself. */
  #isAcquainted: boolean;

  /** @param parts - of the same incarnation; what its disk knows is learnt at once, without a call */
  constructor(parts: GossipParts) {
    this.#parts = parts;
    const { disk } = parts.host;
    const bytes = disk.read(FILE) ?? '';
    const { records, intact } = readRecords(bytes);
    if (intact < bytes.length) disk.truncate(FILE, intact as ByteCount);
    parts.view.learn(records.flatMap((record) => JSON.parse(record) as MembershipChange[]));
    this.#isAcquainted = parts.view.isFounder(parts.host.id) || parts.view.changes.some(({ by }) => by !== parts.host.id);
  }

  /** Whether the node knows others than the seeds. */
  get isAcquainted(): boolean {
    return this.#isAcquainted;
  }

  /** Begins the rounds. Nodes do not all gossip at the same instant. */
  start(): void {
    const { host, config } = this.#parts;
    this.#later(host.random.below(Math.max(1, config.gossipInterval)) as Micros);
  }

  /** One round. */
  round(): void {
    const { host, config, view, seeds } = this.#parts;
    this.#later(config.gossipInterval);
    const { everybody } = view;
    const isMember = this.#isAcquainted && everybody.includes(host.id);
    const peers = (isMember ? everybody : seeds).filter((node) => node !== host.id);
    if (peers.length > 0) this.#compare(host.random.pick(peers));
    // Everybody meets a seed now and then, whomever else it knows.
    const others = seeds.filter((node) => node !== host.id);
    if (isMember && others.length > 0 && host.random.chance(0.1)) this.#compare(host.random.pick(others));
  }

  /** Somebody told what it knows, or the digest of it. */
  heard(from: NodeId, { type, digest, changes }: Gossip): void {
    const { view, host } = this.#parts;
    const wasAcquainted = this.#isAcquainted;
    this.#isAcquainted = true;
    if (changes !== undefined) this.learn(changes);
    if (!wasAcquainted) this.#parts.onChange();
    // Equal histories are the end of it. An answer is answered only by what it did not have.
    if (digest === view.digest || (type === 'gossip-ack' && changes !== undefined && view.changes.length === changes.length)) return;
    const message: Gossip = { type: 'gossip-ack', digest: view.digest, changes: view.changes };
    host.send(from, message);
  }

  /** Writes a change into the history. */
  announce(kind: MembershipChange['kind'], node: NodeId, zone: string, capacity: number): void {
    const { host, view } = this.#parts;
    const last = view.changes.at(-1)?.at ?? 0;
    const at = Math.max(host.now(), last + 1) as Micros;
    this.learn([{ kind, node, zone, capacity, at, by: host.id }]);
  }

  /** Takes in changes, and writes those that are news to the disk. */
  learn(changes: readonly MembershipChange[]): void {
    const { host, view, onChange } = this.#parts;
    const news = view.learn(changes);
    if (news.length === 0) return;
    host.disk.append(FILE, frameRecord(jsonBytes(news)));
    host.disk.sync(FILE);
    for (const { kind, node } of news) host.trace(`knows ${node} ${kind}`);
    onChange();
  }

  #compare(peer: NodeId): void {
    const message: Gossip = { type: 'gossip', digest: this.#parts.view.digest, changes: undefined };
    this.#parts.host.send(peer, message);
  }

  #later(delay: Micros): void {
    const timer: GossipTimer = { type: 'gossip-round' };
    this.#parts.host.setTimer(delay, timer);
  }
}
