/**
 * The injector: makes faults happen and ends them. Whatever way a fault comes in (the fluent API, a plan, a nemesis), it
 * becomes the same entry, and {@link Faults.plan} gives all of them back as data.
 *
 * @module
 */
import { assertNever, SplitbrainError, UsageError } from '../errors.ts';
import type { HeldMessage, Impairment, Network } from '../network.ts';
import type { Scheduler } from '../scheduler.ts';
import type { CrashKind, SimulatedNode } from '../simulated-node.ts';
import { TRACE, type Trace } from '../trace.ts';
import { duration, formatDuration, signedDuration, type DurationInput, type Micros } from '../units.ts';
import { describeFault, faultNodes, isInstant, type Between, type Fault } from './fault.ts';
import { readPlan, type FaultPlan, type PlannedFault } from './plan.ts';

/** A node as faults take it: its name, or anything that has one. */
export type NodeReference = string | { readonly id: string };

/** One or several nodes. */
export type NodeReferences = NodeReference | readonly NodeReference[];

/** A fault that was asked for. Works with `using`: it ends with the block. */
export interface FaultHandle extends Disposable {
  /** Ends the fault so long after it began; at once when that is over. One that has ended already is left as it is. */
  for(span: DurationInput): FaultHandle;
  /** Ends it now, or keeps it from beginning. */
  heal(): void;
  /** The same for a `hold`, in its own word: what it caught and still keeps goes on its way. */
  release(): void;
  /** Whether it is in force. */
  readonly isActive: boolean;
  /** What a `hold` has caught and not let go, oldest first. Empty for other faults. */
  readonly messages: readonly HeldMessage[];
  /** It as data. */
  readonly planned: PlannedFault;
}

/** Every kind of fault as a call. */
export interface FaultBuilder {
  /** Cuts the groups off from each other, both ways. */
  partition(...groups: readonly NodeReferences[]): FaultHandle;
  /** Loses messages from the first nodes to the second, and not those coming back. */
  oneWay(from: NodeReferences, to: NodeReferences): FaultHandle;
  /** Cuts a node off from all other servers; with `clients`, from everyone. */
  isolate(node: NodeReference, options?: { clients?: boolean }): FaultHandle;
  /** Splits the servers (or the nodes given) into a larger first and a smaller second half. */
  halves(nodes?: readonly NodeReference[]): FaultHandle;
  /** Each node sees a majority, but no two see the same one. */
  majorityRing(nodes?: readonly NodeReference[]): FaultHandle;
  /** Two halves that only the bridge (the middle node when left out) can reach. */
  bridge(bridge?: NodeReference, nodes?: readonly NodeReference[]): FaultHandle;
  /** Keeps messages between two sets until released. */
  hold(a: NodeReferences, b: NodeReferences): FaultHandle;
  /** Loses messages at random. */
  loss(options: { probability: number; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle;
  /** Delivers messages twice at random. */
  duplicate(options: { probability: number; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle;
  /** Lets later messages overtake at random. */
  reorder(options: { probability: number; by: DurationInput; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle;
  /** Makes messages late. */
  delay(options: { by: DurationInput; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle;
  /** Makes links narrow. */
  bandwidth(options: { bytesPerSecond: number; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle;
  /** Takes a node down; it starts again when the fault ends. */
  crash(node: NodeReference, options?: { how?: CrashKind }): FaultHandle;
  /** Stops a node where it stands. */
  pause(node: NodeReference): FaultHandle;
  /** Replaces a machine by an empty one. */
  wipe(node: NodeReference): FaultHandle;
  /** Sets a wall clock ahead, or behind. */
  clockSkew(node: NodeReference, by: DurationInput): FaultHandle;
  /** Lets a wall clock gain `rate` seconds a second. */
  clockDrift(node: NodeReference, rate: number): FaultHandle;
  /** Steps a wall clock for good. */
  clockJump(node: NodeReference, by: DurationInput): FaultHandle;
  /** Flips a wall clock ahead and back. */
  clockStrobe(node: NodeReference, options: { by: DurationInput; every: DurationInput }): FaultHandle;
  /** Makes a disk misbehave: `lying-sync`, `full`, `corrupt`, `lost`, or `slow` by a span. */
  diskFault(node: NodeReference, kind: 'lying-sync' | 'full' | 'corrupt' | 'lost'): FaultHandle;
  diskFault(node: NodeReference, kind: 'slow', by: DurationInput): FaultHandle;
  /** An operator does what the node's store offers, such as `failover` or `decommission`. */
  operate(operation: string, node: NodeReference): FaultHandle;
  /** Any fault as data. */
  inject(fault: Fault): FaultHandle;
}

/**
 * What operators can do to a store, by name. Whether it can be done at the moment is the store's to know: one that refuses, by throwing or
 * by a promise that fails, stays as it is.
 */
export type Operations = Readonly<Record<string, (node: string) => unknown>>;

/** What the injector needs of its simulation. @internal */
export interface FaultTargets {
  readonly nodes: readonly SimulatedNode[];
  readonly find: (name: string) => SimulatedNode | undefined;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly trace: Trace;
  readonly onFault: (planned: PlannedFault, what: 'begin' | 'end') => void;
}

const name = (reference: NodeReference): string => (typeof reference === 'string' ? reference : reference?.id);
const names = (references: NodeReferences): string[] =>
  (Array.isArray(references) ? (references as readonly NodeReference[]) : [references as NodeReference]).map(name);

class Builder implements FaultBuilder {
  readonly #servers: () => readonly string[];
  readonly #add: (fault: Fault) => FaultHandle;

  constructor(servers: () => readonly string[], add: (fault: Fault) => FaultHandle) {
    this.#servers = servers;
    this.#add = add;
  }

  partition(...groups: readonly NodeReferences[]): FaultHandle {
    return this.#add({ kind: 'partition', groups: groups.map(names) });
  }

  oneWay(from: NodeReferences, to: NodeReferences): FaultHandle {
    return this.#add({ kind: 'partition', groups: [names(from), names(to)], oneWay: true });
  }

  isolate(node: NodeReference, options: { clients?: boolean } = {}): FaultHandle {
    return this.#add({ kind: 'isolate', node: name(node), ...options });
  }

  halves(nodes?: readonly NodeReference[]): FaultHandle {
    return this.#add(halvesOf(nodes?.map(name) ?? this.#servers()));
  }

  majorityRing(nodes?: readonly NodeReference[]): FaultHandle {
    return this.#add(majorityRingOf(nodes?.map(name) ?? this.#servers()));
  }

  bridge(bridge?: NodeReference, nodes?: readonly NodeReference[]): FaultHandle {
    return this.#add(bridgeOf(nodes?.map(name) ?? this.#servers(), bridge === undefined ? undefined : name(bridge)));
  }

  hold(a: NodeReferences, b: NodeReferences): FaultHandle {
    return this.#add({ kind: 'hold', between: [names(a), names(b)] });
  }

  loss(options: { probability: number; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle {
    return this.#add({ kind: 'loss', probability: options.probability, ...betweenOf(options) });
  }

  duplicate(options: { probability: number; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle {
    return this.#add({ kind: 'duplicate', probability: options.probability, ...betweenOf(options) });
  }

  reorder(options: { probability: number; by: DurationInput; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle {
    return this.#add({ kind: 'reorder', probability: options.probability, by: options.by, ...betweenOf(options) });
  }

  delay(options: { by: DurationInput; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle {
    return this.#add({ kind: 'delay', by: options.by, ...betweenOf(options) });
  }

  bandwidth(options: { bytesPerSecond: number; between?: readonly [NodeReferences, NodeReferences] }): FaultHandle {
    return this.#add({ kind: 'bandwidth', bytesPerSecond: options.bytesPerSecond, ...betweenOf(options) });
  }

  crash(node: NodeReference, options: { how?: CrashKind } = {}): FaultHandle {
    return this.#add({ kind: 'crash', node: name(node), ...options });
  }

  pause(node: NodeReference): FaultHandle {
    return this.#add({ kind: 'pause', node: name(node) });
  }

  wipe(node: NodeReference): FaultHandle {
    return this.#add({ kind: 'wipe', node: name(node) });
  }

  clockSkew(node: NodeReference, by: DurationInput): FaultHandle {
    return this.#add({ kind: 'clock-skew', node: name(node), by });
  }

  clockDrift(node: NodeReference, rate: number): FaultHandle {
    return this.#add({ kind: 'clock-drift', node: name(node), rate });
  }

  clockJump(node: NodeReference, by: DurationInput): FaultHandle {
    return this.#add({ kind: 'clock-jump', node: name(node), by });
  }

  clockStrobe(node: NodeReference, options: { by: DurationInput; every: DurationInput }): FaultHandle {
    return this.#add({ kind: 'clock-strobe', node: name(node), ...options });
  }

  diskFault(node: NodeReference, kind: 'lying-sync' | 'full' | 'corrupt' | 'lost' | 'slow', by?: DurationInput): FaultHandle {
    if (kind === 'slow') return this.#add({ kind: 'disk-slow', node: name(node), by: by ?? 100 });
    return this.#add({ kind: `disk-${kind}`, node: name(node) });
  }

  operate(operation: string, node: NodeReference): FaultHandle {
    return this.#add({ kind: 'operate', operation, node: name(node) });
  }

  inject(fault: Fault): FaultHandle {
    return this.#add(fault);
  }
}

/** Faults of one simulation: `sim.faults.at('2s').partition(a, b).for('10s')`, or without `at`, from now on. */
export class Faults extends Builder {
  readonly #targets: FaultTargets;
  readonly #active = new Set<ActiveFault>();
  readonly #all: ActiveFault[] = [];
  readonly #down = new Map<SimulatedNode, number>();
  readonly #offers: { readonly isOf: (node: string) => boolean; readonly operations: Operations }[] = [];
  /** @internal Called as a fault is about to begin, when what it meets can still be seen. It must change nothing. */
  onMeeting: ((fault: Fault) => void) | undefined = undefined;

  /** @internal Made by the simulation. */
  constructor(targets: FaultTargets) {
    super(() => servers(targets), (fault) => this.#schedule(readPlan([{ at: now(targets), fault }], 'fault'))[0] as ActiveFault);
    this.#targets = targets;
  }

  /** The same calls, from an instant of the run on. */
  at(when: DurationInput): FaultBuilder {
    const at = duration(when, 'the instant of a fault');
    return new Builder(() => servers(this.#targets), (fault) =>
      this.#schedule(readPlan([{ at: formatDuration(at), fault }], 'fault'))[0] as ActiveFault);
  }

  /**
   * Adds a whole plan, or nothing of it.
   *
   * @throws {@link UsageError} `INVALID_PLAN` or `UNKNOWN_NODE`, naming the entry
   */
  add(plan: FaultPlan, source: string = 'fault plan'): readonly FaultHandle[] {
    return this.#schedule(readPlan(plan, source), source);
  }

  /**
   * A store says what operators can do to it.
   *
   * @param isOf - whether a node is one of the store's
   */
  offer(isOf: (node: string) => boolean, operations: Operations): void {
    this.#offers.push({ isOf, operations });
  }

  /** What operators can do to a node, by name: the `operation` of an `operate`. */
  operationsOf(node: string): readonly string[] {
    return this.#offers.filter(({ isOf }) => isOf(node)).flatMap(({ operations }) => Object.keys(operations));
  }

  /** All faults asked for so far, as data. */
  get plan(): FaultPlan {
    return this.#all.filter((fault) => !fault.isCancelled).map((fault) => fault.planned);
  }

  /** The faults in force. */
  get active(): readonly FaultHandle[] {
    return [...this.#active];
  }

  /**
   * Ends every fault in force and forgets those to come: nodes are up, links are whole, clocks are right again, also where
   * that was done by hand, as with `node.crash()`.
   */
  heal(): void {
    for (const fault of this.#all) fault.heal();
    for (const node of this.#targets.nodes) {
      node.clock.synchronise();
      while (node.isPaused) node.resume();
      node.restart();
    }
  }

  #schedule(plan: FaultPlan, source = 'fault'): readonly ActiveFault[] {
    const { scheduler, find } = this.#targets;
    plan.forEach((planned, index) => {
      const place = plan.length === 1 ? source : `${source}: entry ${index + 1}`;
      for (const wanted of faultNodes(planned.fault)) {
        if (find(wanted) === undefined) throw new UsageError('UNKNOWN_NODE', `${place}: there is no node '${wanted}'`);
      }
      if (planned.fault.kind === 'operate') this.#operationOf(planned.fault, place);
      if (duration(planned.at) < scheduler.now) {
        throw new UsageError('INVALID_PLAN', `${place}: ${formatDuration(duration(planned.at))} is over, it is ${formatDuration(scheduler.now)}`);
      }
    });
    return plan.map((planned) => {
      const fault = new ActiveFault(planned, this.#targets, this.#active, (begun) => this.#begin(begun));
      this.#all.push(fault);
      fault.schedule();
      return fault;
    });
  }

  /** Makes a fault happen. @returns what ends it */
  #begin(active: ActiveFault): () => void {
    const { network } = this.#targets;
    const { fault } = active.planned;
    this.onMeeting?.(fault);
    const between = (pair: Between | undefined): Impairment['concerns'] => {
      if (pair === undefined) return () => true;
      const [a, b] = [new Set(pair[0]), new Set(pair[1])];
      return (from, to) => (a.has(from.id) && b.has(to.id)) || (b.has(from.id) && a.has(to.id));
    };
    switch (fault.kind) {
      case 'partition': {
        const group = new Map(fault.groups.flatMap((members, index) => members.map((member) => [member, index] as const)));
        const oneWay = fault.oneWay === true;
        return network.impair({
          cut: true,
          ...(fault.inFlight === undefined ? {} : { inFlight: fault.inFlight }),
          concerns: (from, to) => {
            const [a, b] = [group.get(from.id), group.get(to.id)];
            return a !== undefined && b !== undefined && a !== b && (!oneWay || a === 0);
          },
        });
      }
      case 'isolate': {
        const everyone = fault.clients === true;
        return network.impair({
          cut: true,
          concerns: (from, to) => (from.id === fault.node && (everyone || to.role === 'server'))
            || (to.id === fault.node && (everyone || from.role === 'server')),
        });
      }
      case 'cut': {
        const links = new Set(fault.links.map(([from, to]) => `${from}>${to}`));
        return network.impair({ cut: true, concerns: (from, to) => links.has(`${from.id}>${to.id}`) });
      }
      case 'hold':
        return network.impair({ hold: { caught: active.caught }, concerns: between(fault.between) });
      case 'loss':
        return network.impair({ loss: fault.probability, concerns: between(fault.between) });
      case 'duplicate':
        return network.impair({ duplicate: fault.probability, concerns: between(fault.between) });
      case 'reorder':
        return network.impair({ reorder: fault.probability, reorderBy: duration(fault.by), concerns: between(fault.between) });
      case 'delay':
        return network.impair({ delay: { kind: 'constant', value: fault.by }, concerns: between(fault.between) });
      case 'bandwidth':
        return network.impair({ bandwidth: fault.bytesPerSecond, concerns: between(fault.between) });
      case 'crash':
        return this.#takeDown(this.#node(fault.node), (node) => node.crash(fault.how));
      case 'wipe':
        return this.#takeDown(this.#node(fault.node), (node) => node.wipe());
      case 'pause': {
        const node = this.#node(fault.node);
        const { incarnation } = node;
        node.pause();
        return () => { if (node.incarnation === incarnation) node.resume(); };
      }
      case 'clock-skew': {
        const by = signedDuration(fault.by);
        return this.#node(fault.node).clock.disturb({ errorAt: () => by });
      }
      case 'clock-drift': {
        const start = this.#targets.scheduler.now;
        return this.#node(fault.node).clock.disturb({ errorAt: (instant) => (instant - start) * fault.rate });
      }
      case 'clock-jump':
        this.#node(fault.node).clock.jump(signedDuration(fault.by));
        return () => undefined;
      case 'clock-strobe': {
        const [start, by, every] = [this.#targets.scheduler.now, signedDuration(fault.by), duration(fault.every)];
        return this.#node(fault.node).clock.disturb({
          errorAt: (instant) => (Math.floor((instant - start) / every) % 2 === 0 ? by : 0),
        });
      }
      case 'disk-lying-sync':
        return this.#node(fault.node).disk.disturb({ kind: 'lying-sync' });
      case 'disk-slow':
        return this.#node(fault.node).disk.disturb({ kind: 'slow', by: duration(fault.by) });
      case 'disk-full':
        return this.#node(fault.node).disk.disturb({ kind: 'full' });
      case 'disk-corrupt':
        this.#node(fault.node).disk.corrupt(fault.file);
        return () => undefined;
      case 'disk-lost':
        this.#node(fault.node).disk.erase();
        return () => undefined;
      case 'operate': {
        const operation = this.#operationOf(fault, 'fault');
        // What the store refuses is not done, as when an operator's command fails; what is thrown by mistake comes out.
        void Promise.resolve(attempt(() => operation(fault.node))).catch(() => undefined);
        return () => undefined;
      }
      default:
        return assertNever(fault);
    }
  }

  /** Down faults of one node nest: it starts again when the last of them has ended. */
  #takeDown(node: SimulatedNode, act: (node: SimulatedNode) => void): () => void {
    this.#down.set(node, (this.#down.get(node) ?? 0) + 1);
    act(node);
    return () => {
      const left = (this.#down.get(node) ?? 1) - 1;
      this.#down.set(node, left);
      if (left === 0) node.restart();
    };
  }

  #operationOf({ operation, node }: { readonly operation: string; readonly node: string }, place: string): (node: string) => unknown {
    const offered = this.#offers.filter(({ isOf }) => isOf(node)).map(({ operations }) => operations);
    const found = offered.find((operations) => Object.hasOwn(operations, operation))?.[operation];
    if (found !== undefined) return found;
    const known = this.operationsOf(node);
    throw new UsageError('INVALID_PLAN', `${place}: ${node} offers no operation '${operation}'; ${known.length === 0 ? 'it offers none' : `it offers ${known.join(', ')}`}`);
  }

  #node(id: string): SimulatedNode {
    const node = this.#targets.find(id);
    if (node === undefined) throw new UsageError('UNKNOWN_NODE', `there is no node '${id}'`);
    return node;
  }
}

function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof SplitbrainError) return undefined;
    throw error;
  }
}

class ActiveFault implements FaultHandle {
  planned: PlannedFault;
  readonly caught: HeldMessage[] = [];
  readonly #targets: FaultTargets;
  readonly #active: Set<ActiveFault>;
  readonly #begin: (fault: ActiveFault) => () => void;
  #timer: number | undefined;
  #undo: (() => void) | undefined;
  #over = false;

  constructor(planned: PlannedFault, targets: FaultTargets, active: Set<ActiveFault>, begin: (fault: ActiveFault) => () => void) {
    this.planned = planned;
    this.#targets = targets;
    this.#active = active;
    this.#begin = begin;
  }

  get isActive(): boolean {
    return this.#undo !== undefined && !this.#over;
  }

  /** Whether it was healed before it began. */
  get isCancelled(): boolean {
    return this.#over && this.#undo === undefined;
  }

  get messages(): readonly HeldMessage[] {
    return [...this.caught];
  }

  schedule(): void {
    const at = duration(this.planned.at);
    if (at <= this.#targets.scheduler.now) this.#start();
    else this.#timer = this.#targets.scheduler.call(at, () => this.#start());
  }

  for(span: DurationInput): FaultHandle {
    let length: Micros;
    try {
      length = duration(span, "a fault's length");
    } catch (error) {
      // Asked for with a length that is none: nothing of it stays.
      this.heal();
      throw error;
    }
    if (isInstant(this.planned.fault)) {
      throw new UsageError('INVALID_PLAN', `fault: 'for' makes no sense: ${this.planned.fault.kind} happens in an instant`);
    }
    if (this.#over) return this;
    this.planned = { at: this.planned.at, for: formatDuration(length), fault: this.planned.fault };
    if (this.isActive) this.#endLater();
    return this;
  }

  heal(): void {
    if (this.#over) return;
    this.#over = true;
    const { scheduler, trace } = this.#targets;
    if (this.#timer !== undefined) scheduler.cancel(this.#timer);
    const undo = this.#undo;
    // Not begun yet; or a listener ends it as it begins, and `#start` sees to the rest.
    if (undo === undefined) return;
    const length = (scheduler.now - duration(this.planned.at)) as Micros;
    if (!isInstant(this.planned.fault)) this.planned = { at: this.planned.at, for: formatDuration(length), fault: this.planned.fault };
    this.#active.delete(this);
    trace.record(TRACE.heal, scheduler.now, -1, trace.intern(describeFault(this.planned.fault)), -1, -1, -1, this.planned.fault);
    undo();
    this.#targets.onFault(this.planned, 'end');
  }

  release(): void {
    this.heal();
  }

  [Symbol.dispose](): void {
    this.heal();
  }

  #start(): void {
    const { scheduler, trace } = this.#targets;
    trace.record(TRACE.fault, scheduler.now, -1, trace.intern(describeFault(this.planned.fault)), -1, -1, -1, this.planned.fault);
    this.#active.add(this);
    this.#undo = this.#begin(this);
    const isOver = this.#over;
    this.#over = false;
    this.#targets.onFault(this.planned, 'begin');
    if (isInstant(this.planned.fault)) {
      this.#over = true;
      this.#active.delete(this);
    } else if (isOver) {
      this.heal();
    } else if (this.isActive) {
      this.#endLater();
    }
  }

  #endLater(): void {
    const { scheduler } = this.#targets;
    if (this.#timer !== undefined) scheduler.cancel(this.#timer);
    if (this.planned.for === undefined) return;
    const end = duration(this.planned.at) + duration(this.planned.for);
    this.#timer = scheduler.call(Math.max(end, scheduler.now), () => this.heal());
  }
}

function servers(targets: FaultTargets): readonly string[] {
  return targets.nodes.filter((node) => node.role === 'server').map((node) => node.id);
}

function now(targets: FaultTargets): string {
  return formatDuration(targets.scheduler.now);
}

function betweenOf(options: { between?: readonly [NodeReferences, NodeReferences] }): { between?: Between } {
  return options.between === undefined ? {} : { between: [names(options.between[0]), names(options.between[1])] };
}

/** A partition into a larger first and a smaller second half. */
export function halvesOf(nodes: readonly string[]): Fault {
  atLeast(nodes, 2, 'halves');
  const middle = Math.ceil(nodes.length / 2);
  return { kind: 'partition', groups: [nodes.slice(0, middle), nodes.slice(middle)] };
}

/** Jepsen's majority ring: each node keeps its links to its nearest neighbours on a ring, a majority with itself. */
export function majorityRingOf(nodes: readonly string[]): Fault {
  atLeast(nodes, 4, 'a majority ring');
  const majority = Math.floor(nodes.length / 2) + 1;
  const links: [string, string][] = [];
  nodes.forEach((a, i) => {
    nodes.forEach((b, j) => {
      const forward = (j - i + nodes.length) % nodes.length;
      const apart = Math.min(forward, nodes.length - forward);
      if (apart > Math.floor(majority / 2)) links.push([a, b]);
    });
  });
  return { kind: 'cut', links };
}

/** Two halves that see each other only through one node. */
export function bridgeOf(nodes: readonly string[], bridge?: string): Fault {
  atLeast(nodes, 3, 'a bridge');
  const middle = bridge ?? nodes[Math.floor(nodes.length / 2)];
  const others = nodes.filter((node) => node !== middle);
  const half = Math.ceil(others.length / 2);
  return { kind: 'partition', groups: [others.slice(0, half), others.slice(half)] };
}

function atLeast(nodes: readonly string[], count: number, what: string): void {
  if (nodes.length < count) throw new UsageError('INVALID_PLAN', `${what} needs at least ${count} nodes, got ${nodes.length}`);
}
