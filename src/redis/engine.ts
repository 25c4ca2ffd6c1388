/**
 * The Redis engine: databases, connections, and the path every command takes (`processCommand` of Redis 7.0). Pure and
 * synchronous: it knows no node, no network and no disk. Whoever embeds it gives it an instant and a stream of chance, and
 * receives the effects that replicas and the append-only file must see.
 *
 * The instant is frozen while a command, or a whole transaction, runs; reading it moves nothing.
 *
 * A command that has to wait answers `waiting`; its reply comes through the connection's `deliver`, as one of any kind but
 * `push`, once another command makes its key ready or its time is up. Until then (`isBlocked`) the embedder must not
 * execute anything for that connection but keep what its client sends. Time is the embedder's: whenever it has executed
 * something it looks at `waiting.nextDeadline`, and calls `waiting.expire` when its clock has reached it.
 *
 * @module
 */
import type { Random } from '../kernel/random.ts';
import { Acl } from './acl/acl.ts';
import { CommandCatalogue } from './acl/command-catalogue.ts';
import { ActiveExpiry } from './keyspace/active-expiry.ts';
import { Admission, unknownCommand } from './admission.ts';
import { AccessClock } from './keyspace/access.ts';
import { BlockedConnections } from './connections/blocked.ts';
import type { Bytes } from './bytes/bytes.ts';
import { Call } from './call.ts';
import { ClientLimits } from './connections/client-limits.ts';
import { CommandFaults, type CommandFault } from './command-faults.ts';
import type { Command } from './command.ts';
import { COMMANDS, COMMANDS_AS_SPELT, EVERY_COMMAND } from './commands/table.ts';
import { CommandLog } from './observation/command-log.ts';
import { Configuration } from './configuration/configuration.ts';
import { Connection, type ConnectionRole } from './connections/connection.ts';
import { Effects, type Effect, type EffectsListener } from './effects.ts';
import { refusalOf } from './errors.ts';
import { executeFaulty } from './faulty-execution.ts';
import { HeldCommands } from './connections/held-commands.ts';
import { Database, type KeyspaceHost } from './keyspace/keyspace.ts';
import { Eviction } from './keyspace/eviction.ts';
import { NOTIFY, Notifications, parseNotifyClasses } from './keyspace/notifications.ts';
import { memorySnapshotStore, Snapshots, type SnapshotStore } from './persistence/snapshots.ts';
import type { Peers } from './peers.ts';
import { Pause } from './connections/pause.ts';
import { PubSub } from './connections/pub-sub.ts';
import type { Scripts } from './scripting/scripts.ts';
import { errorReply, QUEUED, WAITING, type Reply } from './reply.ts';
import type { ServerView } from './server-view.ts';
import type { Counters } from './observation/statistics.ts';
import { Tracking } from './connections/tracking.ts';
import { Waiting } from './connections/waiting.ts';
import { Watches } from './keyspace/watches.ts';

/** What an engine is made of. */
export interface EngineOptions {
  /** The wall clock in milliseconds since the Unix epoch. Read once per command. */
  readonly clock: () => number;
  readonly random: Random;
  /** `databases`, 16 unless given. */
  readonly databases?: number;
  /** `requirepass`: none unless given. */
  readonly requirepass?: string;
  /** Faults that befall commands: of this engine's own unless given. */
  readonly faults?: CommandFaults;
  /** Hears what befell which command. */
  readonly onFault?: (fault: CommandFault, args: readonly Bytes[]) => void;
  /** Receives the effects of each command or transaction that had any; several belong together, all or none. */
  readonly onEffects?: EffectsListener;
  readonly server?: ServerView;
  /** Where `SAVE` puts its file; in memory unless given. */
  readonly snapshots?: SnapshotStore;
}

const CATALOGUE = new CommandCatalogue(EVERY_COMMAND);
const NOTHING: Reply = { kind: 'replies', items: [] };
const NOT_QUEUED = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/** The engine. */
export class Engine implements KeyspaceHost {
  readonly random: Random;
  readonly server: ServerView | undefined;
  /** `CONFIG` */
  readonly configuration: Configuration = new Configuration();
  /** The users and what they may do. */
  readonly acl: Acl;
  readonly databases: readonly Database[];
  /** The table of commands. */
  readonly commands: ReadonlyMap<string, Command> = COMMANDS;
  /** All commands and subcommands, by their ids. */
  readonly everyCommand: readonly Command[] = EVERY_COMMAND;
  /** Its scripts and functions; made when the first is asked for, since most engines never see one. */
  scripts: Scripts | undefined = undefined;
  /** `DEBUG SET-DISABLE-DENY-SCRIPTS`: scripts may call commands that are not for them. */
  scriptsMayDoAnything = false;

  /** The way to other instances, where there is one; whoever carries the bytes sets it. */
  peers: Peers | undefined = undefined;
  /** What befalls commands on their way in. */
  readonly faults: CommandFaults;
  /** Which commands are not even tried. */
  readonly admission: Admission;
  /** Whoever waits for a reply: for a key, for the end of a pause, for the end of a delay. */
  readonly waiting: Waiting = new Waiting(this);
  /** Who waits for which key. */
  readonly blocked: BlockedConnections = new BlockedConnections();
  /** Whose commands a fault makes late. */
  readonly held: HeldCommands = new HeldCommands();
  /** `CLIENT PAUSE` */
  readonly pause: Pause = new Pause();

  /** What replicas and the append-only file must see. */
  readonly effects: Effects;
  readonly pubSub: PubSub = new PubSub();
  readonly watches: Watches;
  /** Keyspace notifications. */
  readonly notifications: Notifications = new Notifications((channel, message) => { this.pubSub.publish(channel, message); });
  /** `CLIENT TRACKING` */
  readonly tracking: Tracking = new Tracking(this);

  /** When keys were used. */
  readonly access: AccessClock;
  /** `maxmemory` */
  readonly eviction: Eviction;
  /** Keys that go by themselves. */
  readonly expiry: ActiveExpiry;
  /** `SAVE` and the save points. */
  readonly snapshots: Snapshots;
  /** What connections may take up. */
  readonly limits: ClientLimits;
  /** Counts, the slow log, monitors. */
  readonly log: CommandLog;
  /** `INFO stats`. */
  readonly stats: Counters;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** The embedder's clock. Only what happens between commands looks at it; within one there is {@link now}. */
  readonly clock: () => number;
  /**
   * Whole microseconds since any instant in 32 bits, so that V8 need not make an object of them, to tell how long commands take. The
   * embedder sets it; without it they take no time.
   */
  stopwatch: (() => number) | undefined = undefined;
  /** Whether what has expired is hidden from the present command: not from the stream of a primary. */
  honoursDeadlines = true;

  readonly #onFault: EngineOptions['onFault'];
  readonly #connections = new Set<Connection>();
  #nextConnection = 1;
  #now = 0;
  /** By the stopwatch, when the last command ended; nothing but commands took time since if `#hasLap`. */
  #lap = 0;
  #hasLap = false;
  /** How deep in commands that execute commands; 0: none is being executed. */
  #depth = 0;
  /** How long the present command has slept (`DEBUG SLEEP` within a transaction), in milliseconds. */
  #slept = 0;
  #removesExpired = true;
  /** Whose command is being executed. */
  #caller: Connection | undefined = undefined;
  /** The command of the caller that is being executed, and its arguments: that of a script while the script runs. */
  #current: { readonly command: Command; readonly args: readonly Bytes[] } | undefined = undefined;
  /** The name by which a command was last looked up, and that command. */
  #lastName: Bytes = '';
  #lastCommand: Command | undefined = undefined;
  /** What goes out behind the reply to the present command. */
  #late: (() => void)[] = [];

  /** Empty. */
  constructor(options: EngineOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.server = options.server;
    this.effects = new Effects(options.onEffects);
    this.#onFault = options.onFault;
    this.faults = options.faults ?? new CommandFaults(options.clock, options.random.fork('command faults'));
    this.admission = new Admission(this);
    this.access = new AccessClock(options.random.fork('access'));
    this.eviction = new Eviction(this);
    this.expiry = new ActiveExpiry(this);
    this.snapshots = new Snapshots(this, options.snapshots ?? memorySnapshotStore(), options.clock());
    this.databases = Array.from({ length: options.databases ?? 16 }, (_, number) => new Database(number, this));
    this.watches = new Watches(this);
    const { configuration } = this;
    this.startedAt = options.clock();
    this.log = new CommandLog(this, configuration, EVERY_COMMAND.length);
    this.stats = this.log.statistics.counters;
    this.limits = new ClientLimits(this, configuration);
    this.acl = new Acl(CATALOGUE, {
      connections: this.#connections, kill: (connection) => { this.kill(connection); },
      newUsersHaveChannels: () => configuration.value('acl-pubsub-default') === 'allchannels',
    });
    configuration.onChange('requirepass', (password) => { this.acl.requirePassword(password); });
    configuration.preset('databases', String(this.databases.length));
    if (options.requirepass !== undefined) configuration.preset('requirepass', options.requirepass);
    this.#heedConfiguration();
  }

  /** What the configuration changes elsewhere when it changes. */
  #heedConfiguration(): void {
    const { configuration } = this;
    const heedAccess = (): void => { this.access.configure(configuration); };
    // What is shown leaves `n` out beside `A`; what was written counts.
    configuration.onChange('notify-keyspace-events', (_, written) => { this.notifications.flags = parseNotifyClasses(written) ?? 0; });
    for (const name of ['maxmemory-policy', 'lfu-log-factor', 'lfu-decay-time']) configuration.onChange(name, heedAccess);
    configuration.onChange('maxmemory', (value) => {
      this.eviction.limit = Number(value);
      if (this.removesExpired) this.eviction.perform();
    });
  }

  /** The instant of the command being executed, or of the last one. */
  get now(): number {
    return this.#now;
  }

  /** Whether a command is being executed. */
  get isExecuting(): boolean {
    return this.#depth > 0;
  }

  /** Who executes a command at present. */
  get caller(): Connection | undefined {
    return this.#caller;
  }

  /** A database by its number, which must exist. */
  database(number: number): Database {
    return this.databases[number] as Database;
  }

  /** The sources of the function libraries. */
  functionSources(): readonly Bytes[] {
    return this.scripts === undefined ? [] : Array.from(this.scripts.functions.libraries, ({ code }) => code);
  }

  /** `CONFIG RESETSTAT` */
  resetStatistics(): void {
    this.log.statistics.reset();
    Object.assign(this.eviction, { evicted: 0, lazyFreed: 0 });
  }

  /** The open connections. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** An open connection by its id. */
  find(id: number): Connection | undefined {
    for (const connection of this.#connections) if (connection.id === id) return connection;
    return undefined;
  }

  /**
   * Opens a connection.
   *
   * @param deliver - receives published messages and late replies
   * @param role - a client's, or the stream of a primary or of the append-only file, which is never refused
   */
  connect(deliver: (reply: Reply) => void = () => undefined, role: ConnectionRole = 'client'): Connection {
    const connection = new Connection(this.#nextConnection++, role, deliver);
    if (role === 'client') this.stats.connections++;
    connection.openedAt = this.clock();
    connection.activeAt = connection.openedAt;
    // Who is there before a password is asked for need not give it.
    connection.authenticated = !this.acl.asksForPassword || role === 'primary';
    connection.user = role === 'client' ? this.acl.defaultUser : undefined;
    this.#connections.add(connection);
    return connection;
  }

  /** Ends a connection from the server's side; who asked for it by a command of its own still gets the reply. */
  kill(connection: Connection): void {
    connection.closing = true;
    if (connection === this.#caller) return;
    this.disconnect(connection);
    connection.close();
  }

  /** Closes a connection: its watches and subscriptions end. */
  disconnect(connection: Connection): void {
    connection.transaction = undefined;
    this.waiting.forget(connection);
    this.tracking.disable(connection);
    this.log.monitors.remove(connection);
    this.watches.forget(connection);
    this.pubSub.forget(connection);
    this.#connections.delete(connection);
    this.server?.disconnected(connection);
  }

  /** Whether a connection waits for its reply. */
  isBlocked(connection: Connection): boolean {
    return (this.blocked.size > 0 || this.held.size > 0 || this.pause.size > 0 || this.scripts !== undefined) && this.waiting.has(connection);
  }

  /**
   * Executes one command, unless a fault has it otherwise.
   *
   * @param connection - who asks
   * @param args - the command's name in any case, and its arguments
   * @returns the reply; `waiting` when it comes later
   */
  execute(connection: Connection, args: readonly Bytes[]): Reply {
    return this.faults.isEmpty ? this.process(connection, args) : this.#executeAmidFaults(connection, args);
  }

  #executeAmidFaults(connection: Connection, args: readonly Bytes[]): Reply {
    const command = connection.role === 'client' ? this.lookup(args[0] ?? '') : undefined;
    const fault = command === undefined ? undefined : this.faults.take(connection, command, args);
    if (fault === undefined) return this.process(connection, args);
    this.#onFault?.(fault, args);
    return executeFaulty(this, connection, args, fault);
  }

  /**
   * The way of a command (`processCommand`): it is found, admitted or refused, put off while clients are paused, queued in a
   * transaction, or called.
   *
   * @param fault - the error that it gets in place of its execution
   */
  process(connection: Connection, args: readonly Bytes[], fault?: Bytes): Reply {
    if (this.#late.length > 0) this.settle();
    const command = this.resolve(args);
    if (command === undefined) return this.#unknown(connection, args);
    const refusal = fault ?? this.admission.refusal(connection, command, args);
    if (refusal !== undefined) return this.#refuse(connection, command, refusal);
    if (this.limits.hasMemoryLimit) {
      this.limits.evict();
      if (connection.closing) return NOTHING;
    }
    if (this.tracking.isActive) this.#limitTracking();
    if (this.pause.kind !== undefined && this.waiting.postpone(connection, command, args)) return WAITING;
    if (connection.transaction !== undefined && !NOT_QUEUED.has(command.name)) {
      connection.transaction.queue.push({ command, args });
      return QUEUED;
    }
    this.honoursDeadlines = connection.role === 'client';
    this.#enter();
    this.#caller = connection;
    try {
      return this.call(connection, command, args);
    } finally {
      this.#leave();
      this.#caller = undefined;
      this.honoursDeadlines = true;
      if (connection.tracking !== undefined) this.tracking.executed(connection, command);
    }
  }

  /** Runs a command that has been admitted (`call`). Only {@link process}, `EXEC` and scripts call it. */
  call(connection: Connection, command: Command, args: readonly Bytes[]): Reply {
    const call = new Call(this, connection, command);
    const { stopwatch } = this;
    const started = stopwatch === undefined ? 0 : this.#begin(stopwatch);
    const sleptBefore = this.#slept;
    const isTracking = this.tracking.isActive;
    if (isTracking && connection === this.#caller) this.#current = { command, args };
    connection.activeAt = this.#now;
    if (connection.lastCommand !== command.fullName) connection.used(command.fullName);
    // What scripts call is shown behind the script itself.
    if (this.log.monitors.size > 0 && command.flags.includes('skip_monitor')) this.log.show(connection, command, args);
    let reply: Reply;
    try {
      reply = command.run(call, args);
    } catch (error) {
      reply = errorReply(refusalOf(error));
    }
    this.snapshots.dirty += call.dirty;
    if (this.effects.areWanted) this.effects.addOf(call, args);
    if (reply.kind === 'waiting') connection.args = args;
    const micros = stopwatch === undefined ? 0 : ((this.#lap = stopwatch()) - started) | 0;
    this.log.executed(connection, command, args, micros + (this.#slept - sleptBefore) * 1000, reply);
    if (isTracking && command.isReadOnly) this.#rememberKeys(command);
    return reply;
  }

  /** When a command begins: when the last one of the same turn ended, so that the clock is read once for each. */
  #begin(stopwatch: () => number): number {
    if (this.#hasLap && this.#depth === 1) return this.#lap;
    this.#hasLap = true;
    return stopwatch();
  }

  /** Something else than a command takes time now: what is timed next begins when it begins. */
  endLap(): void {
    this.#hasLap = false;
  }

  /** Notes for the caller the keys that its command has read. */
  #rememberKeys(command: Command): void {
    if (this.#current === undefined || command.categories.includes('scripting')) return;
    this.tracking.rememberKeysOf(this.#caller, this.#current.command, this.#current.args);
  }

  #limitTracking(): void {
    this.tracking.limit(this.configuration.number('tracking-table-max-keys'));
  }

  /** The command that the arguments name, a subcommand where they name one; undefined where there is none. */
  resolve(args: readonly Bytes[]): Command | undefined {
    const command = this.lookup(args[0] ?? '');
    if (command?.children === undefined || args.length === 1) return command;
    return command.children.get((args[1] as Bytes).toLowerCase());
  }

  /** A command by its name in any case. */
  lookup(name: Bytes): Command | undefined {
    // Clients repeat themselves, and comparing with the last name is cheaper than hashing each.
    if (name === this.#lastName) return this.#lastCommand;
    const command = COMMANDS_AS_SPELT.get(name) ?? COMMANDS.get(name.toLowerCase());
    if (command !== undefined) {
      this.#lastName = name;
      this.#lastCommand = command;
    }
    return command;
  }

  #unknown(connection: Connection, args: readonly Bytes[]): Reply {
    if (/^(post|host:)$/i.test(args[0] ?? '')) {
      // A browser was made to talk to the server.
      this.kill(connection);
      return NOTHING;
    }
    return this.#refuse(connection, undefined, unknownCommand(args));
  }

  /** A command that is not even tried spoils the transaction that it was sent in. */
  #refuse(connection: Connection, command: Command | undefined, refusal: string): Reply {
    const isExec = command?.name === 'exec';
    this.log.statistics.failed(command, 'rejected', isExec ? 'EXECABORT ' : refusal);
    if (isExec) {
      // The transaction ends all the same.
      connection.transaction = undefined;
      this.watches.forget(connection);
      return errorReply(`EXECABORT Transaction discarded because of: ${refusal.replace(/^ERR /, '')}`);
    }
    if (connection.transaction !== undefined) connection.transaction.refused = true;
    return errorReply(refusal);
  }

  #enter(): void {
    if (this.#depth++ === 0) this.#now = this.clock();
  }

  #leave(): void {
    if (--this.#depth > 0) return;
    this.effects.flush();
    if (this.blocked.hasReady) this.#serveWaiting();
    // Behind what the waiting changed: one broadcast tells of both.
    if (this.tracking.isActive) this.tracking.broadcast();
    this.#slept = 0;
  }

  /** Serves those whose keys are ready, at the instant of the command that made them so and a part of it. */
  #serveWaiting(): void {
    if (this.scripts?.isBusy === true) return;
    this.#now += this.#slept;
    this.#depth++;
    const served = this.waiting.serve();
    this.#depth--;
    for (const { connection, reply } of served) connection.deliver(reply);
  }

  /** Does something as a command would: at one instant, and its effects belong together. */
  asOneStep<T>(task: () => T): T {
    this.#enter();
    try {
      return task();
    } finally {
      this.#leave();
    }
  }

  /**
   * Goes on with a command that was left in its midst.
   *
   * @param now - the instant at which it began
   * @param effects - its effects so far
   */
  resume(now: number, effects: readonly Effect[], task: () => void): void {
    this.asOneStep(() => {
      this.#now = now;
      this.effects.putBack(effects);
      task();
    });
  }

  /** Does something in a connection's name. */
  actAs<T>(connection: Connection, task: () => T): T {
    const caller = this.#caller;
    this.#caller = connection;
    try {
      return task();
    } finally {
      this.#caller = caller;
    }
  }

  /** Reads the clock for what happens to a command before its execution. */
  readClock(): void {
    if (this.#depth === 0) this.#now = this.clock();
  }

  /** Lets time pass within a transaction (`DEBUG SLEEP`): who is served after it finds that much gone. */
  sleep(milliseconds: number): void {
    this.#slept += milliseconds;
  }

  /** Delivers what no command asked for; to who executes a command at present only behind its reply. */
  tell(connection: Connection, message: Reply, cause: Connection = connection): void {
    if (cause === this.#caller) this.afterReply(() => { connection.deliver(message); });
    else connection.deliver(message);
  }

  /** Does something once the reply to the present command is on its way. */
  afterReply(task: () => void): void {
    this.#late.push(task);
  }

  /** Does what had to wait until the reply to the last command was on its way. Embedders call it once it is. */
  settle(): void {
    if (this.#late.length === 0) return;
    const late = this.#late;
    this.#late = [];
    for (const task of late) task();
  }

  /**
   * What has to be done ten times a second (`serverCron`): ends pauses and idle connections, and removes some of what has expired.
   *
   * @param rounds - how often it would have been done since
   */
  cron(rounds: number = 1): void {
    this.waiting.endPauseIfDue();
    this.limits.endIdle(this.clock());
    if (this.tracking.isActive) this.#limitTracking();
    if (!this.removesExpired || this.scripts?.isBusy === true) return;
    let left = rounds;
    while (left-- > 0 && this.expiry.run());
  }

  /** False on a replica, and in a pause: expired keys are hidden, and wait for the primary's `DEL` or for the end. */
  get removesExpired(): boolean {
    return this.#removesExpired && this.pause.kind === undefined;
  }

  set removesExpired(removes: boolean) {
    this.#removesExpired = removes;
  }

  onAdded(database: Database, key: Bytes): void {
    if ((this.notifications.flags & NOTIFY.new) !== 0) this.notifications.notify('new', 'new', key, database.number);
  }

  onExpired(database: Database, key: Bytes): void {
    this.stats.expired++;
    if (this.notifications.flags !== 0) this.notifications.notify('expired', 'expired', key, database.number);
    database.touched(key);
    this.effects.add(database.number, ['DEL', key]);
  }

  onTouched(database: Database, key: Bytes): void {
    if (this.tracking.isActive) this.tracking.touched(key);
    this.onExchanged(database, key);
  }

  onExchanged(database: Database, key: Bytes): void {
    this.watches.touched(database.number, key);
    this.blocked.touched(database.number, key);
  }
}
