/**
 * The network: directed links, each with its own latency and its own stream of chance, so that what happens on one link
 * never shifts another. Faults are *impairments*, each a set of links and what happens on them; they overlap freely.
 *
 * The rules, in the order they are applied:
 * 1. A packet rule may drop or delay a message as it is sent (first that does not pass wins).
 * 2. A cut link loses what is sent; what is in flight when the cut begins is lost on arrival, unless the cut says otherwise.
 * 3. A held link keeps what is sent, and what arrives, until the hold is released; then it arrives, by rules 2, 3 and 5.
 * 4. Loss, duplication, reordering, extra delay and bandwidth apply to what is left, from a stream of their own: an added
 *    fault does not change the latencies of other messages.
 * 5. A message is delivered to the incarnation it was sent to; a node that has crashed or restarted since never sees it.
 *
 * Ordered messages are like bytes on one connection: whatever delays one delays those behind it, and none arrives twice. One
 * that is lost is a hole, where a real connection would break: the receiver must count.
 *
 * Left out: connection set-up, congestion, back-pressure.
 *
 * @module
 */
import { sampler, type DistributionInput, type Sampler } from './distributions.ts';
import { UsageError } from './errors.ts';
import type { Message } from './node.ts';
import type { Random } from './random.ts';
import { EVENT, type Scheduler } from './scheduler.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { Topology } from './topology.ts';
import { TRACE, type Trace } from './trace.ts';
import { duration, type DurationInput, type Micros, type NodeId } from './units.ts';

/** What a packet rule may say about a message. */
export type PacketVerdict = 'pass' | 'drop' | { readonly delay: Micros };

/** A message on its way, as packet rules and holds show it. */
export interface Packet {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
  readonly sentAt: Micros;
}

/** Looks at each message as it is sent. The first rule that does not say `pass` decides. */
export type PacketRule = (packet: Packet) => PacketVerdict;

/** Lets the next rule decide. */
export const pass: PacketVerdict = 'pass';

/** Loses the message. */
export const drop: PacketVerdict = 'drop';

/** Delivers the message later than the network would. @param by - how much later */
export function delay(by: DurationInput): PacketVerdict {
  return { delay: duration(by, 'a delay') };
}

/** A message that a hold has caught. */
export interface HeldMessage extends Packet {
  /** Lets this one message go, now, past everything that impairs the link and before those caught earlier. A second call does nothing. */
  deliver(): void;
  /** Loses this one message. */
  drop(): void;
}

/** What a fault does to the links it concerns. All parts apply together. */
export interface Impairment {
  /** Whether it concerns the link. */
  readonly concerns: (from: SimulatedNode, to: SimulatedNode) => boolean;
  readonly cut?: boolean;
  /** What a cut does to messages that are in flight when it begins; `drop` unless said. */
  readonly inFlight?: 'drop' | 'deliver';
  readonly hold?: Hold;
  /** Probability that a message is lost. */
  readonly loss?: number;
  /** Probability that a message arrives a second time. */
  readonly duplicate?: number;
  /** Probability that a message is delayed by `reorderBy`, so that later ones overtake it. */
  readonly reorder?: number;
  readonly reorderBy?: Micros;
  /** Extra latency. */
  readonly delay?: DistributionInput;
  /** Bytes a second. A message without a `bytes` field, a number or something with a length, counts as 128. */
  readonly bandwidth?: number;
}

/** What a hold has caught, oldest first. */
export interface Hold {
  readonly caught: HeldMessage[];
}

const ASSUMED_BYTES = 128;
const NO_IMPAIRMENTS: readonly Impairment[] = [];
const NO_SAMPLERS: readonly Sampler[] = [];

/** What a message says that it weighs: its `bytes`, a number or whatever has a length. Undefined when it says nothing. */
export function bytesOf(message: Message): number | undefined {
  const { bytes } = message as { bytes?: unknown };
  if (typeof bytes === 'number') return bytes >= 0 ? bytes : undefined;
  if (typeof bytes !== 'object' || bytes === null) return undefined;
  const { length } = bytes as { length?: unknown };
  return typeof length === 'number' ? length : undefined;
}

/** One direction between two nodes, with the summary of the impairments that concern it. */
class Link {
  latency: Sampler;
  readonly random: Random;
  #faultRandom: Random | undefined;
  version = -1;
  cut = false;
  cutInFlight = false;
  hold: Impairment['hold'] = undefined;
  loss = 0;
  duplicate = 0;
  reorders: readonly Impairment[] = NO_IMPAIRMENTS;
  delays: readonly Sampler[] = NO_SAMPLERS;
  bandwidth = Infinity;
  /** The impairment that makes the link narrowest. */
  narrowest: Impairment | undefined = undefined;
  impaired = false;
  busyUntil = 0;
  lastOrdered = 0;

  constructor(latency: Sampler, random: Random) {
    this.latency = latency;
    this.random = random;
  }

  /** What faults draw from. Made when the first one does: most links never need it. */
  get faultRandom(): Random {
    this.#faultRandom ??= this.random.fork('faults');
    return this.#faultRandom;
  }

  summarise(impairments: readonly Impairment[], samplers: ReadonlyMap<Impairment, Sampler>, from: SimulatedNode, to: SimulatedNode): void {
    let mine: Impairment[] | undefined;
    if (from !== to) {
      for (const impairment of impairments) {
        if (!impairment.concerns(from, to)) continue;
        mine ??= [];
        mine.push(impairment);
      }
    }
    if (mine === undefined) {
      // By far the most: a fault concerns a few of the links, and each change of faults asks all of them anew.
      this.#clear();
      return;
    }
    let arrives = 1;
    let single = 1;
    this.cut = false;
    this.cutInFlight = false;
    this.hold = undefined;
    this.bandwidth = Infinity;
    const before = this.narrowest;
    this.narrowest = undefined;
    for (const impairment of mine) {
      if (impairment.cut === true) {
        this.cut = true;
        if (impairment.inFlight !== 'deliver') this.cutInFlight = true;
      }
      this.hold ??= impairment.hold;
      arrives *= 1 - (impairment.loss ?? 0);
      single *= 1 - (impairment.duplicate ?? 0);
      if (impairment.bandwidth !== undefined && impairment.bandwidth < this.bandwidth) {
        this.bandwidth = impairment.bandwidth;
        this.narrowest = impairment;
      }
    }
    // The queue before one bottleneck is gone with it.
    if (this.narrowest !== before) this.busyUntil = 0;
    this.loss = 1 - arrives;
    this.duplicate = 1 - single;
    this.reorders = NO_IMPAIRMENTS;
    this.delays = NO_SAMPLERS;
    for (const impairment of mine) {
      if (impairment.reorder !== undefined) this.reorders = [...this.reorders, impairment];
      const sample = impairment.delay === undefined ? undefined : samplers.get(impairment);
      if (sample !== undefined) this.delays = [...this.delays, sample];
    }
    this.impaired = true;
  }

  #clear(): void {
    if (!this.impaired) return;
    this.impaired = false;
    this.cut = false;
    this.cutInFlight = false;
    this.hold = undefined;
    this.loss = 0;
    this.duplicate = 0;
    this.reorders = NO_IMPAIRMENTS;
    this.delays = NO_SAMPLERS;
    this.bandwidth = Infinity;
    if (this.narrowest !== undefined) this.busyUntil = 0;
    this.narrowest = undefined;
  }
}

/** A message that a hold catches: as it is sent or as it arrives. */
interface Flight {
  readonly from: number;
  readonly to: number;
  readonly incarnation: number;
  readonly sentAt: number;
  readonly message: Message;
  /** Whether it is caught as it arrives, not as it is sent. */
  readonly isArriving: boolean;
  /** Whether it was caught as it was sent and must not overtake: one that arrives has found its place already. */
  readonly ordered: boolean;
}

interface Caught extends HeldMessage {
  /** Whether it was under way when the hold caught it. */
  readonly wasInFlight: boolean;
  /** The hold ends. */
  release(): void;
}

/** What was in flight comes before what was sent since, though it is caught later: nothing overtakes because of a hold. */
function keep(caught: HeldMessage[], held: Caught): void {
  let at = caught.length;
  if (held.wasInFlight) {
    while (at > 0 && !(caught[at - 1] as Caught).wasInFlight) at--;
  }
  caught.splice(at, 0, held);
}

/** Carries messages between the nodes of one simulation. */
export class Network {
  readonly #nodes: readonly SimulatedNode[];
  readonly #scheduler: Scheduler;
  readonly #topology: Topology;
  readonly #trace: Trace;
  readonly #random: Random;
  readonly #links: (Link | undefined)[][] = [];
  readonly #overrides: { from: string; to: string; latency: Sampler }[] = [];
  #rules: readonly { readonly rule: PacketRule }[] = [];
  #impairments: readonly Impairment[] = [];
  /** What each impairment that delays draws from. */
  readonly #samplers = new Map<Impairment, Sampler>();
  #version = 0;
  readonly #reasons: Readonly<Record<'cut' | 'loss' | 'rule' | 'down' | 'crashed' | 'unknown', number>>;
  /** @internal Called for each delivered and dropped message while somebody observes. */
  onMessage: ((packet: Packet, dropped: string | undefined) => void) | undefined = undefined;
  /** How many messages were sent, delivered and dropped so far. */
  readonly counts: { sent: number; delivered: number; dropped: number } = { sent: 0, delivered: 0, dropped: 0 };

  /** @internal Made by the simulation. */
  constructor(nodes: readonly SimulatedNode[], scheduler: Scheduler, topology: Topology, trace: Trace, random: Random) {
    this.#nodes = nodes;
    this.#scheduler = scheduler;
    this.#topology = topology;
    this.#trace = trace;
    this.#random = random;
    this.#reasons = {
      cut: trace.intern('cut'), loss: trace.intern('loss'), rule: trace.intern('rule'), down: trace.intern('down'),
      crashed: trace.intern('crashed'), unknown: trace.intern('unknown'),
    };
  }

  /**
   * Adds a packet rule, asked after those added before it.
   *
   * @returns a handle that takes the rule away; works with `using`
   */
  rule(rule: PacketRule): Disposable {
    // An entry of its own: one rule may be added twice.
    const entry = { rule };
    this.#rules = [...this.#rules, entry];
    return { [Symbol.dispose]: () => { this.#rules = this.#rules.filter((other) => other !== entry); } };
  }

  /**
   * Gives one direction between two nodes a latency of its own, for what is sent from now on.
   *
   * @param from - a node's name; it may be added later
   * @param to - likewise
   * @param latency - one way
   */
  setLatency(from: string, to: string, latency: DistributionInput): void {
    const override = { from, to, latency: sampler(latency) };
    this.#overrides.push(override);
    const link = this.#links[this.#nodes.findIndex(({ id }) => id === from)]?.[this.#nodes.findIndex(({ id }) => id === to)];
    if (link !== undefined && from !== to) link.latency = override.latency;
  }

  /** @internal Begins an impairment. @returns ends it; messages a hold still keeps then arrive */
  impair(impairment: Impairment): () => void {
    this.#impairments = [...this.#impairments, impairment];
    if (impairment.delay !== undefined) this.#samplers.set(impairment, sampler(impairment.delay));
    this.#version++;
    return () => {
      this.#impairments = this.#impairments.filter((other) => other !== impairment);
      this.#samplers.delete(impairment);
      this.#version++;
      for (const held of impairment.hold?.caught.splice(0) ?? []) (held as Caught).release();
    };
  }

  /** Whether messages from one node to another are lost at present. */
  isCut(from: SimulatedNode, to: SimulatedNode): boolean {
    return this.#link(from.index, to.index).cut;
  }

  /** @internal Sends a message. */
  send(from: number, to: number, message: Message, ordered: boolean): void {
    const now = this.#scheduler.now;
    const link = this.#link(from, to);
    this.counts.sent++;
    let at: number = now + link.latency(link.random);
    if (this.#rules.length > 0) {
      const extra = this.#ask(from, to, message);
      if (extra === undefined) {
        this.#drop(from, to, message, now, this.#reasons.rule);
        return;
      }
      at += extra;
    }
    if (link.impaired) {
      if (link.cut) {
        this.#drop(from, to, message, now, this.#reasons.cut);
        return;
      }
      if (link.hold !== undefined) {
        this.#hold(link.hold, { from, to, incarnation: (this.#nodes[to] as SimulatedNode).incarnation, sentAt: now, message, ordered, isArriving: false });
        return;
      }
      if (link.loss > 0 && link.faultRandom.chance(link.loss)) {
        this.#drop(from, to, message, now, this.#reasons.loss);
        return;
      }
      at = this.#impairedArrival(link, at, message);
      if (link.duplicate > 0 && link.faultRandom.chance(link.duplicate) && !ordered) {
        this.#schedule(at + link.latency(link.faultRandom), from, to, message);
      }
    }
    if (ordered) {
      at = Math.max(at, link.lastOrdered);
      link.lastOrdered = at;
    }
    this.#schedule(at, from, to, message);
  }

  /** @internal A message reaches its receiver: the event loop calls this. @param isLetPast - whether no cut nor hold stops it */
  arrive(from: number, to: number, incarnation: number, sentAt: number, message: Message, isLetPast: boolean = false): void {
    const node = this.#nodes[to] as SimulatedNode;
    if (this.#impairments.length > 0 && !isLetPast) {
      const link = this.#link(from, to);
      if (link.cutInFlight) {
        this.#drop(from, to, message, sentAt, this.#reasons.cut);
        return;
      }
      if (link.hold !== undefined) {
        this.#hold(link.hold, { from, to, incarnation, sentAt, message, ordered: false, isArriving: true });
        return;
      }
    }
    if (node.incarnation !== incarnation || !node.isUp) {
      this.#drop(from, to, message, sentAt, node.isUp ? this.#reasons.crashed : this.#reasons.down);
      return;
    }
    const sender = this.#nodes[from] as SimulatedNode;
    if (node.isPaused) {
      this.#wait(sender, node, sentAt, message);
      return;
    }
    this.#deliver(sender, node, sentAt, message);
  }

  /** A function of its own: what closures capture would be allocated for every message, paused or not. */
  #wait(sender: SimulatedNode, node: SimulatedNode, sentAt: number, message: Message): void {
    node.inbox.push({
      handle: () => this.#deliver(sender, node, sentAt, message),
      lose: () => this.#drop(sender.index, node.index, message, sentAt, this.#reasons.crashed),
    });
  }

  #deliver(sender: SimulatedNode, node: SimulatedNode, sentAt: number, message: Message): void {
    const trace = this.#trace;
    this.counts.delivered++;
    trace.record(
      TRACE.deliver, this.#scheduler.now, node.index, trace.internType(message.type), sender.index, sentAt, -1,
      trace.level === 'messages' ? message : undefined,
    );
    if (this.onMessage !== undefined) {
      this.onMessage({ from: sender.id, to: node.id, message, sentAt: sentAt as Micros }, undefined);
    }
    node.machine?.onMessage(sender.id, message);
  }

  #schedule(at: number, from: number, to: number, message: Message): void {
    this.#scheduler.add(at, EVENT.deliver, from, to, (this.#nodes[to] as SimulatedNode).incarnation, message);
  }

  #impairedArrival(link: Link, planned: number, message: Message): number {
    let at = planned;
    for (const extra of link.delays) at += extra(link.faultRandom);
    for (const { reorder = 0, reorderBy = 0 } of link.reorders) {
      if (link.faultRandom.chance(reorder)) at += reorderBy;
    }
    if (link.bandwidth < Infinity) {
      const bytes = bytesOf(message) ?? ASSUMED_BYTES;
      const start = Math.max(this.#scheduler.now, link.busyUntil);
      link.busyUntil = start + Math.ceil((bytes / link.bandwidth) * 1e6);
      at += link.busyUntil - this.#scheduler.now;
    }
    return at;
  }

  #ask(from: number, to: number, message: Message): number | undefined {
    const packet = {
      from: (this.#nodes[from] as SimulatedNode).id, to: (this.#nodes[to] as SimulatedNode).id, message, sentAt: this.#scheduler.now,
    };
    for (const { rule } of this.#rules) {
      const verdict = rule(packet);
      if (verdict === 'pass') continue;
      if (verdict === 'drop') return undefined;
      const late = (verdict as { delay: number } | undefined)?.delay;
      if (late === undefined || !Number.isSafeInteger(late) || late < 0) {
        throw new UsageError('INVALID_VERDICT', `a packet rule says pass, drop or delay(…), got ${JSON.stringify(verdict)}`);
      }
      return late;
    }
    return 0;
  }

  #hold(hold: Hold, flight: Flight): void {
    const trace = this.#trace;
    const { from, to, incarnation, sentAt, message } = flight;
    trace.record(TRACE.held, this.#scheduler.now, to, trace.internType(message.type), from, sentAt);
    let keeper = hold;
    let isOpen = true;
    const close = (): boolean => {
      const at = keeper.caught.indexOf(held);
      if (at >= 0) keeper.caught.splice(at, 1);
      const first = isOpen;
      isOpen = false;
      return first;
    };
    const held: Caught = {
      from: (this.#nodes[from] as SimulatedNode).id,
      to: (this.#nodes[to] as SimulatedNode).id,
      message,
      sentAt: sentAt as Micros,
      wasInFlight: flight.isArriving,
      deliver: () => {
        if (!close()) return;
        this.#scheduler.call(this.#scheduler.now, () => this.arrive(from, to, incarnation, sentAt, message, true));
      },
      drop: () => {
        if (close()) this.#drop(from, to, message, sentAt, this.#reasons.rule);
      },
      release: () => {
        const link = this.#link(from, to);
        if (link.hold !== undefined) {
          // Another hold keeps the link.
          keeper = link.hold;
          keep(keeper.caught, held);
          return;
        }
        isOpen = false;
        let at: number = this.#scheduler.now;
        if (flight.ordered) {
          // Others may still be on their way that left before the hold began.
          at = Math.max(at, link.lastOrdered);
          link.lastOrdered = at;
        }
        this.#scheduler.call(at, () => this.arrive(from, to, incarnation, sentAt, message));
      },
    };
    keep(hold.caught, held);
  }

  #drop(from: number, to: number, message: Message, sentAt: number, reason: number): void {
    const trace = this.#trace;
    this.counts.dropped++;
    trace.record(TRACE.drop, this.#scheduler.now, to, reason, from, sentAt, trace.internType(message.type));
    if (this.onMessage !== undefined) {
      const reasons = Object.entries(this.#reasons);
      this.onMessage({
        from: (this.#nodes[from] as SimulatedNode).id, to: (this.#nodes[to] as SimulatedNode).id, message, sentAt: sentAt as Micros,
      }, reasons.find(([, id]) => id === reason)?.[0] ?? 'unknown');
    }
  }

  #link(from: number, to: number): Link {
    const link = this.#links[from]?.[to] ?? this.#connect(from, to);
    if (link.version !== this.#version) {
      link.version = this.#version;
      link.summarise(this.#impairments, this.#samplers, this.#nodes[from] as SimulatedNode, this.#nodes[to] as SimulatedNode);
    }
    return link;
  }

  #connect(from: number, to: number): Link {
    const links = this.#links;
    // One after the other: a list that is written to far beyond its end is no longer a list to the engine.
    while (links.length <= from) links.push([]);
    const row = links[from] as (Link | undefined)[];
    while (row.length <= to) row.push(undefined);
    return row[to] = this.#linkOf(from, to);
  }

  #linkOf(from: number, to: number): Link {
    const sender = this.#nodes[from] as SimulatedNode;
    const receiver = this.#nodes[to] as SimulatedNode;
    // A node's messages to itself cross no wire.
    if (from === to) return new Link(() => 0 as Micros, this.#random);
    const own = this.#overrides.findLast((override) => override.from === sender.id && override.to === receiver.id);
    const latency = own?.latency ?? this.#topology.latency(this.#topology.distance(sender.placement, receiver.placement));
    return new Link(latency, this.#random.fork(`${sender.id}>${receiver.id}`));
  }
}
