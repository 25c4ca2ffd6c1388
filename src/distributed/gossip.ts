/**
 * Gossip of heartbeats: every round each node counts up its own heartbeat and tells one peer all heartbeats it knows; the
 * peer answers with those it knows better. News spreads through third parties, so two nodes that cannot reach each other
 * still hold each other alive as long as someone reaches both (Dynamo, SOSP 2007, section 4.8; Apache Cassandra's `Gossiper`).
 *
 * With its heartbeat a node tells a state of its own (Cassandra's application states: what it is, where it stands on the ring).
 *
 * Only this bookkeeping is here: no timer, no message. Left out: seeds, and the third message of Cassandra's exchange (both
 * sides tell their whole table here, which is small).
 *
 * @module
 */
import type { Random } from '../kernel/random.ts';

/** The latest heartbeat known of a node: later generations (restarts) beat earlier ones, then higher versions. */
export interface Heartbeat<State = undefined> {
  readonly node: string;
  readonly generation: number;
  readonly version: number;
  /** What the node says of itself. */
  readonly state: State;
}

/** What one node knows of all nodes' heartbeats. */
export class HeartbeatTable<State = undefined> {
  readonly #self: string;
  readonly #known = new Map<string, Heartbeat<State>>();

  /**
   * @param self - this node
   * @param generation - counts its restarts
   * @param state - what it says of itself at first
   */
  constructor(self: string, generation: number, state: State) {
    this.#self = self;
    this.#known.set(self, { node: self, generation, version: 0, state });
  }

  /** What this node says of itself. */
  get state(): State {
    return (this.#known.get(this.#self) as Heartbeat<State>).state;
  }

  /** Says something else of itself from now on. */
  say(state: State): void {
    const own = this.#known.get(this.#self) as Heartbeat<State>;
    this.#known.set(this.#self, { ...own, version: own.version + 1, state });
  }

  /** What is known of a node. */
  get(node: string): Heartbeat<State> | undefined {
    return this.#known.get(node);
  }

  /** Speaks for another node, which does no more: it is past what it said itself. */
  sayFor(node: string, state: State): void {
    const known = this.#known.get(node);
    this.#known.set(node, { node, generation: known?.generation ?? 0, version: (known?.version ?? 0) + 1, state });
  }

  /** Counts up this node's own heartbeat. */
  beat(): void {
    const own = this.#known.get(this.#self);
    if (own !== undefined) this.#known.set(this.#self, { ...own, version: own.version + 1 });
  }

  /** All that is known, to be sent. */
  all(): readonly Heartbeat<State>[] {
    return [...this.#known.values()];
  }

  /**
   * Learns from another node.
   *
   * @returns the heartbeats that were news, and those that the other side should learn in turn
   */
  merge(told: readonly Heartbeat<State>[]): { news: readonly Heartbeat<State>[]; newerHere: readonly Heartbeat<State>[] } {
    const news: Heartbeat<State>[] = [];
    const newerHere: Heartbeat<State>[] = [];
    const named = new Set<string>();
    for (const heartbeat of told) {
      named.add(heartbeat.node);
      const known = this.#known.get(heartbeat.node);
      const order = known === undefined ? 1 : heartbeat.generation - known.generation || heartbeat.version - known.version;
      if (known !== undefined && order < 0) newerHere.push(known);
      if (order <= 0 || heartbeat.node === this.#self) continue;
      this.#known.set(heartbeat.node, heartbeat);
      news.push(heartbeat);
    }
    for (const known of this.#known.values()) {
      if (!named.has(known.node)) newerHere.push(known);
    }
    return { news, newerHere };
  }
}

/**
 * Whom to gossip with this round: one live peer, and now and then one that is believed dead, the more of them the more
 * likely: that is how two sides of a healed partition find each other again.
 */
export function gossipTargets<Node>(random: Random, live: readonly Node[], dead: readonly Node[]): readonly Node[] {
  const targets: Node[] = [];
  if (live.length > 0) targets.push(random.pick(live));
  if (dead.length > 0 && random.chance(dead.length / (live.length + 1))) targets.push(random.pick(dead));
  return targets;
}
