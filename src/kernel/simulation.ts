/**
 * The simulation: one source of time, one of chance, the machines, the network between them, and the loop that lets one
 * event happen after the other.
 *
 * Between two events every promise continuation that the first one released runs to its end (see settling.ts), so that a
 * workload written with `await` sees virtual time stand still while it computes.
 *
 * @module
 */
import { NameTable } from '../structures/name-table.ts';
import { Client, clientName, type ClientOptions } from './client.ts';
import type { PendingSync } from './disk.ts';
import { HangError, refuseUnknownOptions, UsageError } from './errors.ts';
import { Faults, type NodeReference } from './faults/injector.ts';
import { History } from './history.ts';
import { openMacrotasks, type Macrotasks } from './macrotask.ts';
import { Network } from './network.ts';
import type { MachineFactory, Message, Timer } from './node.ts';
import { Observers, type SimulationEventName, type SimulationEvents } from './observers.ts';
import { Random } from './random.ts';
import { EVENT, Scheduler } from './scheduler.ts';
import { PendingWork, RELEASED } from './settling.ts';
import { SimulatedNode, type NodeOptions, type World } from './simulated-node.ts';
import { Topology, type TopologyOptions } from './topology.ts';
import { Trace, type TraceLevel } from './trace.ts';
import { duration, epochMicros, formatDuration, nodeId, type DurationInput, type Micros, type NodeId } from './units.ts';
import { spawn, type GeneratorWorkload } from './workload.ts';

/** Milliseconds from the Unix epoch to the start of a run, unless said otherwise: 2026-01-01T00:00:00Z. */
const DEFAULT_EPOCH = 1_767_225_600_000;

/** How long the workload may wait, with no operation completing and nothing that it asked for bound to happen, before it counts as hung. */
const STALL_LIMIT = duration('1h');

/** What a simulation can be told. */
export interface SimulationOptions {
  /** A whole number from 0 to 2^53 - 1; the same seed gives the same run. Default 0. */
  readonly seed?: number;
  /** One-way latencies by distance. */
  readonly topology?: TopologyOptions;
  /** How much of the trace is kept. Default `'events'`. */
  readonly trace?: TraceLevel;
  /** How many entries of the trace are kept. Default one million, the most recent ones. */
  readonly traceLimit?: number;
  /** What the wall clocks show at the start: milliseconds since the Unix epoch. Default 2026-01-01T00:00:00Z. */
  readonly epoch?: number;
}

/** A callback of the user's. Data and not a function around it: a workload has one for each wait, and each would be made anew. */
interface Later {
  readonly callback: () => void;
  isDue: boolean;
}

/** A simulated world. */
export class Simulation {
  readonly seed: number;
  /** The root of all chance; fork it by name. Drawing from a fork of your own changes nothing else. */
  readonly random: Random;
  /** What clients asked and were told. */
  readonly history: History;
  /** What the world did. */
  readonly trace: Trace;
  readonly network: Network;
  readonly faults: Faults;
  readonly #scheduler = new Scheduler();
  readonly #nodes: SimulatedNode[] = [];
  readonly #byName = new NameTable<SimulatedNode>();
  readonly #world: World;
  readonly #pending = new PendingWork();
  readonly #observers = new Observers(() => this.#pending.stir());
  readonly #clients = new Map<SimulatedNode, Client>();
  #driving = false;
  #handled = 0;
  #lastProgress = 0;
  /** Callbacks of the user's that are still to come. */
  #callbacks = 0;

  /** @param options - see {@link SimulationOptions} */
  constructor(options: SimulationOptions = {}) {
    refuseUnknownOptions('a simulation', options, ['seed', 'topology', 'trace', 'traceLimit', 'epoch']);
    this.seed = options.seed ?? 0;
    this.random = Random.fromSeed(this.seed);
    const scheduler = this.#scheduler;
    this.trace = new Trace((index) => this.#nodes[index]?.id, options.trace, options.traceLimit);
    this.history = new History(() => scheduler.now, (entry) => {
      this.trace.foldHistory(entry);
      if (this.#observers.has('operation')) this.#observers.emit('operation', entry);
    });
    this.network = new Network(this.#nodes, scheduler, new Topology(options.topology), this.trace, this.random.fork('network'));
    this.#world = {
      scheduler,
      network: this.network,
      trace: this.trace,
      random: this.random,
      epoch: epochMicros(options.epoch ?? DEFAULT_EPOCH),
      find: (id) => this.#find(id),
      onLifecycle: (node, what) => {
        if (what === 'crash') this.#clients.get(node)?.end();
        this.#observers.emit('node', { time: this.now, node: node.id, what });
      },
    };
    this.faults = new Faults({
      nodes: this.#nodes,
      find: (name) => this.#find(name),
      scheduler,
      network: this.network,
      trace: this.trace,
      onFault: (planned, what) => this.#observers.emit('fault', { time: this.now, planned, what }),
    });
  }

  /** True time: microseconds since the start of the run. */
  get now(): Micros {
    return this.#scheduler.now;
  }

  /** How many events have happened so far. */
  get events(): number {
    return this.#handled;
  }

  /** When the next event happens, or undefined when none is pending. */
  get nextEvent(): Micros | undefined {
    return this.#scheduler.next;
  }

  /** Whether it is being run, advanced or drained. */
  get isRunning(): boolean {
    return this.#driving;
  }

  /** How many events are pending. */
  get pendingEvents(): number {
    return this.#scheduler.size;
  }

  /** Every node, clients included, in the order in which they were added. */
  get nodes(): readonly SimulatedNode[] {
    return this.#nodes;
  }

  /** What listeners threw so far, the first hundred; a throwing listener does not stop the run. */
  get listenerErrors(): readonly unknown[] {
    return this.#observers.errors;
  }

  /**
   * Adds a machine and starts it.
   *
   * @param name - unique among the nodes: letters, digits, `.`, `_`, `:`, `-`
   * @param machine - makes its program, anew at every start
   * @param options - where it stands
   * @throws {@link UsageError} `DUPLICATE_NAME` or `INVALID_NAME`
   */
  addNode(name: string, machine: MachineFactory, options: NodeOptions = {}): SimulatedNode {
    const [id] = this.#freeNames([name]) as [NodeId];
    const node = new SimulatedNode(this.#world, this.#nodes.length, id, machine, options);
    this.#nodes.push(node);
    this.#byName.set(id, node);
    // Known before it starts, so that a machine may send as it starts.
    node.restart();
    return node;
  }

  /**
   * Refuses names that cannot all be added, before any of them is: whoever adds several nodes asks here first.
   *
   * @throws {@link UsageError} `DUPLICATE_NAME` or `INVALID_NAME`
   */
  requireFreeNames(names: readonly string[]): void {
    this.#freeNames(names);
  }

  #freeNames(names: readonly string[]): NodeId[] {
    const seen = new Set<string>();
    return names.map((name) => {
      const id = nodeId(name);
      if (this.#find(id) !== undefined || seen.has(id)) throw new UsageError('DUPLICATE_NAME', `there is a node '${id}' already`);
      seen.add(id);
      return id;
    });
  }

  /**
   * Adds a client, a node of its own on the network.
   *
   * @throws {@link UsageError} `DUPLICATE_NAME` or `INVALID_NAME`
   */
  addClient(options: ClientOptions): Client {
    const name = clientName(options);
    const { region, zone } = options;
    let client: Client | undefined;
    const node = this.addNode(name, (host) => {
      // The workload holds one client for good: a restarted one goes on with its new incarnation's host.
      client ??= new Client(host, this.history, this.#pending, (at, callback) => this.#scheduler.call(at, callback));
      client.begin(host);
      return client;
    }, { role: 'client', ...(region === undefined ? {} : { region }), ...(zone === undefined ? {} : { zone }) });
    const made = client as unknown as Client;
    this.#clients.set(node, made);
    return made;
  }

  /** What is no text, in a program that is not type-checked, names nobody. */
  #find(name: string): SimulatedNode | undefined {
    return typeof name === 'string' ? this.#byName.get(name) : undefined;
  }

  /** A node by name. @throws {@link UsageError} `UNKNOWN_NODE` */
  node(reference: NodeReference): SimulatedNode {
    const name = typeof reference === 'string' ? reference : reference.id;
    const node = this.#find(name);
    if (node === undefined) throw new UsageError('UNKNOWN_NODE', `there is no node '${name}'`);
    return node;
  }

  /** Whether there is a node of that name. */
  hasNode(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** Watches what happens. @returns stops watching */
  on<E extends SimulationEventName>(event: E, listener: SimulationEvents[E]): () => void {
    const off = this.#observers.on(event, listener);
    const refresh = (): void => {
      const watched = this.#observers.has('message') || this.#observers.has('drop');
      this.network.onMessage = watched
        ? (packet, reason) => {
            if (reason === undefined) this.#observers.emit('message', { ...packet, time: this.now });
            else this.#observers.emit('drop', { ...packet, time: this.now, reason });
          }
        : undefined;
    };
    refresh();
    return () => {
      off();
      refresh();
    };
  }

  /** Resolves after a span of virtual time. */
  sleep(span: DurationInput): Promise<void> {
    const length = duration(span, 'a sleep');
    const promise = new Promise<void>((resolve) => {
      const end = this.now + length;
      const finish = this.#pending.begin(() => `sleep ${formatDuration(length)}`);
      this.#pending.bind(end);
      this.#scheduler.call(end, () => {
        resolve();
        finish();
      });
    });
    this.#pending.own.add(promise);
    return promise;
  }

  /**
   * Runs a function after a span of virtual time; it may settle promises that the workload waits for. What it throws comes
   * out of the `run`, `advance`, `runSync` or `drain` that was under way.
   *
   * @returns forgets it
   */
  after(span: DurationInput, callback: () => void): () => void {
    const later: Later = { callback, isDue: true };
    const handle = this.#scheduler.handle(this.#scheduleLater(duration(span, 'a delay'), later));
    return () => {
      if (!later.isDue) return;
      later.isDue = false;
      this.#callbacks--;
      this.#scheduler.cancel(handle);
    };
  }

  /** @internal The same for what is never forgotten, and so without a function that would: workloads wait before each operation. */
  afterMicros(delay: Micros, callback: () => void): void {
    this.#scheduleLater(delay, { callback, isDue: true });
  }

  #scheduleLater(delay: Micros, later: Later): number {
    const at = this.now + delay;
    const slot = this.#scheduler.add(at, EVENT.later, 0, 0, 0, later);
    this.#callbacks++;
    this.#pending.bind(at);
    return slot;
  }

  #callBack(later: Later): void {
    later.isDue = false;
    this.#callbacks--;
    this.#pending.stir();
    later.callback();
  }

  /**
   * Holds virtual time still until a promise of the outside world (a file, a socket, a real timer) has settled. A run whose
   * workload has finished does not wait for it; the next one does.
   */
  external<T>(promise: PromiseLike<T>): Promise<T> {
    if (this.#pending.own.has(promise)) {
      throw new UsageError('NOT_EXTERNAL', 'sim.external is for promises of the outside world: virtual time stands still for them, and this one waits for virtual time');
    }
    return this.#pending.hold(promise);
  }

  /**
   * A promise for what callbacks do within the simulation, for workloads that await: without it, one that waits for a callback alone
   * would be taken for one that waits for the outside world.
   *
   * @param what - names it, should it never end
   * @param begin - begins it, and is given `done`, to be called with the result
   */
  callback<T>(what: string, begin: (done: (result: T) => void) => void): Promise<T> {
    const promise = new Promise<T>((resolve) => {
      const finish = this.#pending.begin(() => what);
      begin((result) => {
        resolve(result);
        finish();
      });
    });
    this.#pending.own.add(promise);
    return promise;
  }

  /** Ends every fault, and what was done to nodes by hand: nodes are up, links are whole, clocks are right. */
  heal(): void {
    this.faults.heal();
  }

  /**
   * Runs a workload to its end.
   *
   * @param workload - gets the simulation; may await operations, sleeps and `sim.external(…)`
   * @returns what the workload returned
   * @throws what the workload threw, or a machine or a callback did; {@link HangError} at once when nothing is left that
   *   could wake it. Whatever is thrown, the simulation can be run again, and goes on from there
   */
  async run<T>(workload: (sim: Simulation) => Promise<T> | T): Promise<T> {
    return this.#drive(async (macrotasks) => {
      let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
      const begin = (): Promise<T> | T => {
        const started = workload(this);
        if (isGenerator(started)) throw new UsageError('GENERATOR_WORKLOAD', 'run drives promises: a generator workload is for sim.runSync(…)');
        return started;
      };
      void Promise.resolve().then(begin).then(
        (value) => { outcome = { value }; },
        (error: unknown) => { outcome = { error }; },
      ).then(() => this.#pending.wake());
      const isOver = (): boolean => outcome !== undefined;
      this.#pending.released = RELEASED.promise;
      this.#lastProgress = this.now;
      await this.#settle(macrotasks, isOver);
      while (outcome === undefined) {
        this.#refuseToHang();
        while (this.#pending.released === RELEASED.nothing) {
          if (!this.#step(Infinity)) throw this.#hang('nothing is left to happen');
          if (this.now - Math.max(this.#lastProgress, this.#pending.boundTo) > STALL_LIMIT) this.#refuseToStall();
        }
        if (this.#pending.released === RELEASED.promise) this.#lastProgress = this.now;
        await this.#settle(macrotasks, isOver);
      }
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    });
  }

  /**
   * Moves time by hand: everything that falls due within the span happens. Inside a running workload it is a sleep.
   *
   * @param span - how far
   */
  async advance(span: DurationInput): Promise<void> {
    if (this.#driving) return this.sleep(span);
    const end = (this.now + duration(span, 'an advance')) as Micros;
    return this.#drive(async (macrotasks) => {
      this.#pending.released = RELEASED.promise;
      for (;;) {
        await this.#settle(macrotasks);
        while (this.#pending.released === RELEASED.nothing) {
          if (this.#step(end)) continue;
          this.#scheduler.now = end;
          return;
        }
      }
    });
  }

  /**
   * Runs a generator workload, or one made of callbacks, without a single turn of the host's event loop.
   *
   * @param workload - a generator function that waits with `yield* perform(…)`; or a function that begins callbacks and is
   *   given `done`, to be called with the result
   * @throws {@link UsageError} `PROMISE_IN_SYNC_RUN` when it settles a promise; {@link HangError} when nothing is left to happen
   */
  runSync<T>(workload: ((sim: Simulation) => GeneratorWorkload<T>) | ((sim: Simulation, done: (result: T) => void) => void)): T {
    this.#enter();
    try {
      let outcome: { readonly value: T } | undefined;
      const done = (value: T): void => { outcome ??= { value }; };
      this.#pending.released = RELEASED.nothing;
      const started: unknown = workload(this, done);
      if (isGenerator<T>(started)) spawn(started, done);
      else if (isThenable(started)) throw promiseInSyncRun();
      while (outcome === undefined) {
        if (!this.#step(Infinity)) throw this.#hang('nothing is left to happen');
        if (this.#pending.released === RELEASED.promise) throw promiseInSyncRun();
      }
      return outcome.value;
    } finally {
      this.#leave();
    }
  }

  /** Begins another generator workload beside the one that runs. @param done - called with what it returned */
  spawn<T>(workload: () => GeneratorWorkload<T>, done: (result: T) => void = () => undefined): void {
    spawn(workload(), done);
  }

  /**
   * Runs events until none is left or the instant is reached, without a turn of the host's event loop; for callback workloads.
   *
   * @param until - an instant of the run, where time stands afterwards; left out, time stands at the last event
   * @returns how many happened
   */
  drain(until?: DurationInput): number {
    const end = until === undefined ? Infinity : duration(until, 'the end of a drain');
    this.#enter();
    const before = this.#handled;
    try {
      while (this.#step(end));
      // The queue has looked as far as the end: nothing may be scheduled before it any more.
      if (end < Infinity && end > this.now) this.#scheduler.now = end as Micros;
      return this.#handled - before;
    } finally {
      this.#leave();
    }
  }

  async #drive<T>(body: (macrotasks: Macrotasks) => Promise<T>): Promise<T> {
    this.#enter();
    const macrotasks = openMacrotasks();
    try {
      return await body(macrotasks);
    } finally {
      macrotasks.close();
      this.#leave();
    }
  }

  #enter(): void {
    if (this.#driving) throw new UsageError('ALREADY_RUNNING', 'the simulation is running already: inside a workload, await its operations');
    this.#driving = true;
    this.#pending.isWorkloadsTurn = false;
  }

  #leave(): void {
    this.#driving = false;
    this.#pending.isWorkloadsTurn = true;
  }

  /** Lets the workload's code run until it waits, and the outside world be done with what holds time still. */
  async #settle(macrotasks: Macrotasks, isOver: () => boolean = () => false): Promise<void> {
    const pending = this.#pending;
    pending.isWorkloadsTurn = true;
    while (pending.released !== RELEASED.nothing) {
      pending.released = RELEASED.nothing;
      await macrotasks.turn();
      while (pending.external > 0 && !isOver()) {
        await pending.externalSettled();
        await macrotasks.turn();
      }
    }
    pending.isWorkloadsTurn = false;
  }

  #refuseToHang(): void {
    // A callback to come or a listener may settle whatever the workload waits for.
    if (this.#pending.size > 0 || this.#callbacks > 0 || this.#observers.isWatched || this.#pending.hasListener) return;
    throw new HangError(
      `the workload waits at ${formatDuration(this.now)} for something outside the simulation; wrap it in sim.external(…)`,
    );
  }

  #refuseToStall(): void {
    if (this.#pending.released === RELEASED.promise) return;
    throw this.#hang(`no operation has completed for ${formatDuration(STALL_LIMIT)}`);
  }

  #hang(why: string): HangError {
    const waiting = this.#pending.describe();
    const what = waiting.length === 0 ? 'the workload has not finished (what it awaits outside the simulation belongs into sim.external)' : `these never complete: ${waiting.slice(0, 10).join('; ')}`;
    const more = waiting.length > 10 ? ` and ${waiting.length - 10} more` : '';
    return new HangError(`${why} at ${formatDuration(this.now)}, but ${what}${more}`);
  }

  /** Lets the next event happen, if it is not after the limit. */
  #step(limit: number): boolean {
    const scheduler = this.#scheduler;
    const slot = scheduler.take(limit);
    if (slot < 0) return false;
    this.#handled++;
    const payload = scheduler.takePayload(slot);
    switch (scheduler.kindOf(slot)) {
      case EVENT.deliver:
        this.network.arrive(scheduler.aOf(slot), scheduler.bOf(slot), scheduler.cOf(slot), scheduler.scheduledAt(slot), payload as Message);
        break;
      case EVENT.timer:
        {
          const node = this.#nodes[scheduler.aOf(slot)] as SimulatedNode;
          node.fire(scheduler.cOf(slot), payload as Timer, node.isPaused ? scheduler.takenHandle(slot) : undefined);
        }
        break;
      case EVENT.sync:
        (this.#nodes[scheduler.aOf(slot)] as SimulatedNode).synced(scheduler.cOf(slot), payload as PendingSync);
        break;
      case EVENT.later:
        this.#callBack(payload as Later);
        break;
      default:
        (payload as () => void)();
    }
    return true;
  }
}

function promiseInSyncRun(): UsageError {
  return new UsageError('PROMISE_IN_SYNC_RUN', 'runSync drives callbacks and generators: await sim.run(…) for promises');
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function isGenerator<T>(value: unknown): value is GeneratorWorkload<T> {
  return typeof value === 'object' && value !== null && typeof (value as { next?: unknown }).next === 'function';
}
