/**
 * A simulated machine and its life: it starts, crashes (memory gone, disk by its rules), restarts as a new incarnation with
 * fresh memory, pauses (a long garbage collection, a stopped VM) and resumes believing no time has passed, and is wiped
 * when the machine is replaced by an empty one.
 *
 * @module
 */
import { NodeClock } from './clock.ts';
import type { DistributionInput } from './distributions.ts';
import { IncarnationDisk, SimulatedDisk, type Disk, type PendingSync } from './disk.ts';
import { UsageError } from './errors.ts';
import type { Network } from './network.ts';
import type { Host, Machine, MachineFactory, Message, Timer, TimerId } from './node.ts';
import type { Random } from './random.ts';
import { EVENT, type Scheduler } from './scheduler.ts';
import type { Placement } from './topology.ts';
import { TRACE, type Trace } from './trace.ts';
import type { Micros, NodeId } from './units.ts';

/** Where a node stands and what it is. */
export interface NodeOptions {
  /** Default `'local'`. */
  readonly region?: string;
  /** Availability zone or data-centre hall. Default: one zone per region. */
  readonly zone?: string;
  /** Default: none, which is no rack shared with anyone. */
  readonly rack?: string;
  /** Servers are what faults such as `isolate` and nemeses act on; clients are left alone unless named. Default `'server'`. */
  readonly role?: 'server' | 'client';
  /** How long a disk sync takes. */
  readonly syncLatency?: DistributionInput;
}

/** How a machine dies. After `power` the disk keeps what its rules say; after `process` the page cache lives on. */
export type CrashKind = 'power' | 'process';

/** @internal What arrived while a node stood still. */
export interface Arrival {
  /** Hands it to the program. */
  readonly handle: () => void;
  /** Tells the trace that nobody will ever see it. */
  readonly lose?: () => void;
  /** The timer that fired, which the program may still cancel: it has not heard of it. */
  readonly timer?: number;
}

/** What nodes share. @internal */
export interface World {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly trace: Trace;
  readonly random: Random;
  readonly epoch: number;
  /** A node by name, or undefined. */
  readonly find: (id: NodeId) => SimulatedNode | undefined;
  readonly onLifecycle: (node: SimulatedNode, what: 'start' | 'crash' | 'pause' | 'resume' | 'wipe') => void;
}

/** A machine of the simulation, as tests and faults handle it. */
export class SimulatedNode {
  readonly id: NodeId;
  /** @internal Its place among the simulation's nodes. */
  readonly index: number;
  readonly role: 'server' | 'client';
  readonly placement: Placement;
  readonly clock: NodeClock;
  readonly disk: SimulatedDisk;
  /** Counts starts, from 1. */
  incarnation = 0;
  /** The program running now; undefined while the node is down. */
  machine: Machine | undefined = undefined;
  /** @internal What arrived while paused. */
  inbox: Arrival[] = [];
  readonly #world: World;
  readonly #factory: MachineFactory;
  #pauses = 0;
  #isStarting = false;
  #isCatchingUp = false;

  /** @internal Made by the simulation. */
  constructor(world: World, index: number, id: NodeId, factory: MachineFactory, options: NodeOptions) {
    this.#world = world;
    this.index = index;
    this.id = id;
    this.role = options.role ?? 'server';
    const region = options.region ?? 'local';
    this.placement = { region, zone: options.zone ?? region, rack: options.rack ?? '' };
    this.clock = new NodeClock(() => world.scheduler.now, world.epoch);
    this.disk = new SimulatedDisk(world.random.fork(`disk/${id}`), (delay, sync) => { this.#afterSync(delay, sync); }, options.syncLatency);
    this.#factory = factory;
  }

  /** Whether a program runs here (a paused one does). */
  get isUp(): boolean {
    return this.machine !== undefined;
  }

  /** @internal Whether an incarnation is the present one and lives; its program may be about to be made. */
  isAlive(incarnation: number): boolean {
    return incarnation === this.incarnation && (this.machine !== undefined || this.#isStarting);
  }

  /** Whether the program stands still. */
  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Ends the incarnation: memory, timers and unsent work vanish. Does nothing when the node is down already. */
  crash(kind: CrashKind = 'power'): void {
    if (!this.isAlive(this.incarnation)) return;
    this.machine = undefined;
    this.#isStarting = false;
    this.#pauses = 0;
    for (const arrival of this.inbox.splice(0)) arrival.lose?.();
    if (kind === 'power') this.disk.powerLoss();
    this.#note('crash', kind);
  }

  /** Starts a new incarnation from what is on the disk. Does nothing when the node is up. */
  restart(): void {
    if (!this.isAlive(this.incarnation)) this.#start();
  }

  /** Stops the program where it stands; messages and timers wait. Pauses nest. */
  pause(): void {
    if (this.machine === undefined) return;
    if (this.#pauses++ === 0) this.#note('pause', '');
  }

  /** Lets the program go on; what waited is handled at once, in order. */
  resume(): void {
    if (this.#pauses === 0 || --this.#pauses > 0) return;
    this.#note('resume', '');
    this.#catchUp();
  }

  /** @internal A timer was cancelled that has fired while the program stood still. */
  forget(timer: number): void {
    const at = this.inbox.findIndex((arrival) => arrival.timer === timer);
    if (at >= 0) this.inbox.splice(at, 1);
  }

  /** Handles what waited. A program that is paused and resumed as it does so goes on here, not inside itself. */
  #catchUp(): void {
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    // Taken from the end of the reversed list: taking from the front moves all the rest, and a long pause leaves a lot.
    this.inbox.reverse();
    try {
      while (this.inbox.length > 0 && !this.isPaused) this.inbox.pop()?.handle();
    } finally {
      this.inbox.reverse();
      this.#isCatchingUp = false;
      if (this.inbox.length > 0 && !this.isPaused) {
        // The program threw. Time goes on for it, and the rest must not wait for another pause to end.
        const { scheduler } = this.#world;
        scheduler.call(scheduler.now, () => this.#catchUp());
      }
    }
  }

  /** Replaces the machine: it crashes, and its disk comes back empty. {@link restart} starts the new one. */
  wipe(): void {
    this.crash('power');
    this.disk.erase();
    this.#note('wipe', '');
  }

  toString(): string {
    return this.id;
  }

  /** @internal A timer fires: the event loop calls this. @param id - what the program may cancel it by */
  fire(incarnation: number, timer: Timer, id?: number): void {
    if (incarnation !== this.incarnation || this.machine === undefined) return;
    if (this.isPaused) {
      this.#wait(incarnation, timer, id);
      return;
    }
    const { trace, scheduler } = this.#world;
    trace.record(TRACE.timer, scheduler.now, this.index, trace.internType(timer.type));
    this.machine.onTimer?.(timer);
  }

  /** A function of its own: what the closure captures would be allocated for every timer, paused or not. */
  #wait(incarnation: number, timer: Timer, id: number | undefined): void {
    this.inbox.push({ handle: () => this.fire(incarnation, timer), ...(id === undefined ? {} : { timer: id }) });
  }

  #start(): void {
    const incarnation = ++this.incarnation;
    this.#pauses = 0;
    this.inbox = [];
    this.#isStarting = true;
    try {
      this.#note('start', '');
      const machine = this.#factory(new NodeHost(this, this.#world));
      // A listener or a packet rule may have crashed the node meanwhile.
      if (!this.isAlive(incarnation)) return;
      this.machine = machine;
    } finally {
      if (this.incarnation === incarnation) this.#isStarting = false;
    }
    this.machine.onStart?.();
  }

  /** @internal A sync of the disk is through: the event loop calls this. */
  synced(incarnation: number, sync: PendingSync): void {
    this.disk.synced(sync);
    if (sync.timer !== undefined) this.fire(incarnation, sync.timer);
  }

  #afterSync(delay: Micros, sync: PendingSync): void {
    const { scheduler } = this.#world;
    scheduler.add(scheduler.now + delay, EVENT.sync, this.index, 0, this.incarnation, sync);
  }

  #note(kind: 'start' | 'crash' | 'pause' | 'resume' | 'wipe', what: string): void {
    const { trace, scheduler } = this.#world;
    trace.record(TRACE[kind], scheduler.now, this.index, trace.intern(what));
    this.#world.onLifecycle(this, kind);
  }
}

/** One incarnation's view of the world. What a dead incarnation still tries to do has no effect. */
class NodeHost implements Host {
  readonly id: NodeId;
  readonly random: Random;
  readonly disk: Disk;
  readonly #node: SimulatedNode;
  readonly #world: World;
  readonly #incarnation: number;

  constructor(node: SimulatedNode, world: World) {
    this.id = node.id;
    const { incarnation } = node;
    this.disk = new IncarnationDisk(node.disk, () => node.isAlive(incarnation));
    this.random = world.random.fork(`node/${node.id}/${incarnation}`);
    this.#node = node;
    this.#world = world;
    this.#incarnation = incarnation;
  }

  now(): Micros {
    return this.#node.clock.now();
  }

  monotonic(): Micros {
    return this.#world.scheduler.now;
  }

  send(to: NodeId, message: Message): void {
    this.#transmit(to, message, false);
  }

  sendOrdered(to: NodeId, message: Message): void {
    this.#transmit(to, message, true);
  }

  setTimer(delay: Micros, timer: Timer): TimerId {
    const { scheduler } = this.#world;
    const at = scheduler.now + (delay > 0 ? Math.round(delay) : 0);
    if (!(at <= Number.MAX_SAFE_INTEGER)) throw new UsageError('INVALID_DURATION', `${this.id} sets a timer for ${delay} microseconds`);
    const slot = scheduler.add(at, EVENT.timer, this.#node.index, 0, this.#incarnation, timer);
    return scheduler.handle(slot) as TimerId;
  }

  cancelTimer(timer: TimerId): void {
    if (!this.#world.scheduler.cancel(timer) && this.#node.inbox.length > 0) this.#node.forget(timer);
  }

  trace(note: string, detail?: unknown): void {
    if (!this.#node.isAlive(this.#incarnation)) return;
    this.#world.trace.note(this.#world.scheduler.now, this.#node.index, note, detail);
  }

  #transmit(to: NodeId, message: Message, ordered: boolean): void {
    if (!this.#node.isAlive(this.#incarnation)) return;
    const receiver = this.#world.find(to);
    if (receiver === undefined) throw new UsageError('UNKNOWN_NODE', `${this.id} sends to an unknown node '${to}'`);
    this.#world.network.send(this.#node.index, receiver.index, message, ordered);
  }
}
