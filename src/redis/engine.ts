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
 * something it looks at `nextDeadline`, and calls `expireBlocked` when its clock has reached it.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';
import type { Random } from '../kernel/random.ts';
import { Acl } from './acl/acl.ts';
import { CommandCatalogue } from './acl/command-catalogue.ts';
import type { Refusal } from './acl/selector.ts';
import { AccessClock } from './access.ts';
import { isTooLong, upToNul, type Bytes } from './bytes.ts';
import { BlockedConnections, type Wait } from './blocked.ts';
import { Call } from './call.ts';
import { ClientLimits } from './client-limits.ts';
import { CommandFaults, errorTextOf, type CommandFault } from './command-faults.ts';
import type { Command, CommandFlag } from './command.ts';
import { COMMANDS, COMMANDS_AS_SPELT, EVERY_COMMAND } from './commands/table.ts';
import { clientLine } from './client-line.ts';
import { CommandLog } from './command-log.ts';
import { Configuration } from './configuration.ts';
import { Connection, type ConnectionRole } from './connection.ts';
import { duration } from '../kernel/units.ts';
import { ERROR, RedisReplyError } from './errors.ts';
import { HeldCommands } from './held-commands.ts';
import { Database, type KeyspaceHost } from './keyspace.ts';
import { Eviction } from './eviction.ts';
import { NOTIFY, Notifications, parseNotifyClasses } from './notifications.ts';
import { memorySnapshotStore, Snapshots, type SnapshotStore } from './persistence/snapshots.ts';
import { keyReferences } from './key-references.ts';
import { mayReplicate, Pause, type PauseKind } from './pause.ts';
import { PubSub } from './pub-sub.ts';
import type { Scripts } from './scripting/scripts.ts';
import { errorReply, OK, QUEUED, WAITING, type Reply } from './reply.ts';
import type { Counters } from './statistics.ts';
import { Tracking } from './tracking.ts';
import { Watches } from './watches.ts';

/** A command for replicas and, unless it is a published message, for the append-only file. */
export interface Effect {
  readonly database: number;
  readonly args: readonly Bytes[];
  readonly replicasOnly: boolean;
  /** A script kept it from replicas. */
  readonly fileOnly: boolean;
}

/** What a command may ask of the server around the engine. */
export interface ServerView {
  /** `INFO replication`, line by line, and whatever other sections the server knows. */
  info(section: 'server' | 'persistence' | 'replication'): readonly string[];
  /** `ROLE` */
  role(): Reply;
  /** `SYNC` and `PSYNC`: what makes a connection a replica's, to be sent as it is. */
  feedReplica(connection: Connection, from: { readonly id: Bytes; readonly offset: number } | undefined): Reply;
  /** `REPLCONF ACK` of such a connection. */
  replicaAcknowledged(connection: Connection, offset: number): void;
  /** A connection is closed. */
  disconnected(connection: Connection): void;
  /** `BGREWRITEAOF` */
  rewriteFile(): void;
  /** `SHUTDOWN`: stops, when the reply to others is out. */
  shutdown(): void;
  /** `WAIT`: the count at once, or undefined when the connection gets it later. */
  wait(connection: Connection, replicas: number, timeout: number): number | undefined;
  /** Whether it may not read either: its data are out of date, and `replica-serve-stale-data` is `no`. */
  readonly isStale: boolean;
  /** Why a write command is refused at present, if it is. */
  refusesWrite(connection: Connection): string | undefined;
  /** `REPLICAOF`: follows a primary, or none. */
  replicaOf(primary: Bytes | undefined): void;
}

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
  readonly onEffects?: (effects: readonly Effect[]) => void;
  readonly server?: ServerView;
  /** Where `SAVE` puts its file; in memory unless given. */
  readonly snapshots?: SnapshotStore;
}

const ALLOWED_WHILE_SUBSCRIBED = new Set(['ping', 'subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe', 'quit', 'reset']);
const CATALOGUE = new CommandCatalogue(EVERY_COMMAND);
const NOTHING: Reply = { kind: 'replies', items: [] };
const NOT_QUEUED = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);

/** What a client within a transaction may send though memory is out. */
const NOT_REFUSED_IN_MULTI = new Set(['exec', 'discard', 'quit', 'reset']);

/** How many keys one step of the active expiry looks at (`ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP`). */
const EXPIRE_SAMPLE = 20;
/** The active expiry goes on while more than this share of the sample had expired. */
const EXPIRE_ACCEPTABLE_STALE = 0.1;
/** The steps of one round at most: in place of the real one's limit in time. */
const EXPIRE_STEPS_MAX = 64;

/** The engine. */
export class Engine implements KeyspaceHost {
  readonly random: Random;
  readonly server: ServerView | undefined;
  readonly databases: readonly Database[];
  readonly pubSub: PubSub = new PubSub();
  readonly watches: Watches;
  /** Keyspace notifications. */
  readonly notifications: Notifications = new Notifications((channel, message) => { this.pubSub.publish(channel, message); });
  /** When keys were used. */
  readonly access: AccessClock;
  /** `maxmemory` */
  readonly eviction: Eviction;
  /** `SAVE` and the save points. */
  readonly snapshots: Snapshots;
  /** Who waits for which key. */
  readonly blocked: BlockedConnections = new BlockedConnections();
  /** What befalls commands on their way in. */
  readonly faults: CommandFaults;
  /** Whose commands a fault makes late. */
  readonly held: HeldCommands = new HeldCommands();
  /** `CLIENT PAUSE` */
  readonly pause: Pause = new Pause();
  /** `CLIENT TRACKING` */
  readonly tracking: Tracking = new Tracking(this);
  /** Counts, the slow log, monitors. */
  readonly log: CommandLog;
  /** What connections may take up. */
  readonly limits: ClientLimits;
  #serving = false;
  /** The table of commands. */
  readonly commands: ReadonlyMap<string, Command> = COMMANDS;
  /** Its scripts and functions; made when the first is asked for, since most engines never see one. */
  scripts: Scripts | undefined = undefined;
  /** `DEBUG SET-DISABLE-DENY-SCRIPTS`: scripts may call commands that are not for them. */
  scriptsMayDoAnything = false;
  /** Where the effects of a command go: to the file (1), to replicas (2). Scripts may choose. */
  replicates = 3;
  /** All commands and subcommands, by their ids. */
  readonly everyCommand: readonly Command[] = EVERY_COMMAND;
  /** The users and what they may do. */
  readonly acl: Acl;
  /** `CONFIG` */
  readonly configuration: Configuration = new Configuration();
  readonly #clock: () => number;
  readonly #onFault: EngineOptions['onFault'];
  #onEffects: ((effects: readonly Effect[]) => void) | undefined;
  #now = 0;
  #depth = 0;
  #slept = 0;
  /** Whose command is being executed. */
  #caller: Connection | undefined = undefined;
  #effects: Effect[] = [];
  #nextConnection = 1;
  readonly #connections = new Set<Connection>();
  #removesExpired = true;
  honoursDeadlines = true;
  /** `DEBUG SET-ACTIVE-EXPIRE` */
  activeExpire = true;
  /** `INFO stats`. */
  readonly stats: Counters;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Microseconds since any instant, to tell how long commands take. The embedder sets it; without it they take no time. */
  stopwatch: (() => number) | undefined = undefined;
  /** What goes out behind the reply to the present command. */
  #late: (() => void)[] = [];
  /** The command of the caller that is being executed, and its arguments: that of a script while the script runs. */
  #current: { readonly command: Command; readonly args: readonly Bytes[] } | undefined = undefined;

  /** Empty. */
  constructor(options: EngineOptions) {
    this.#clock = options.clock;
    this.random = options.random;
    this.server = options.server;
    this.#onEffects = options.onEffects;
    this.#onFault = options.onFault;
    this.faults = options.faults ?? new CommandFaults(options.clock, options.random.fork('command faults'));
    this.access = new AccessClock(options.random.fork('access'));
    this.eviction = new Eviction(this);
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
      get newUsersHaveChannels(): boolean { return configuration.value('acl-pubsub-default') === 'allchannels'; },
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

  /** Lets time pass within a transaction (`DEBUG SLEEP`): who is served after it finds that much gone. */
  sleep(milliseconds: number): void {
    this.#slept += milliseconds;
  }

  /** The sources of the function libraries. */
  functionSources(): readonly Bytes[] {
    return this.scripts === undefined ? [] : Array.from(this.scripts.functions.libraries, ({ code }) => code);
  }

  /** The instant of the command being executed, or of the last one. */
  get now(): number {
    return this.#now;
  }

  /** The open connections. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** A database by its number, which must exist. */
  database(number: number): Database {
    return this.databases[number] as Database;
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
    connection.openedAt = this.#clock();
    connection.activeAt = connection.openedAt;
    // Who is there before a password is asked for need not give it.
    connection.authenticated = !this.acl.asksForPassword || role === 'primary';
    connection.user = role === 'client' ? this.acl.defaultUser : undefined;
    this.#connections.add(connection);
    return connection;
  }

  /** Whether a connection may ask for more than to be let in. */
  isOpen(connection: Connection): boolean {
    return connection.authenticated || !this.acl.asksForPassword;
  }

  /** `CONFIG RESETSTAT` */
  resetStatistics(): void {
    this.log.statistics.reset();
    Object.assign(this.eviction, { evicted: 0, lazyFreed: 0 });
  }

  /** Ends a connection from the server's side; who asked for it by a command of its own still gets the reply. */
  kill(connection: Connection): void {
    connection.closing = true;
    if (connection === this.#caller) return;
    this.disconnect(connection);
    connection.close();
  }

  /** Notes a refusal in the log of `ACL LOG`. @param object - unless given, what the verdict speaks of */
  logRefusal(connection: Connection, verdict: Refusal['kind'] | 'auth', context: 'toplevel' | 'multi' | 'lua', object: Bytes, username?: Bytes): void {
    const entry = { reason: verdict, context, object, username: username ?? connection.user?.name ?? '', client: clientLine(connection, this), at: this.#now };
    this.acl.log.add(entry, this.configuration.number('acllog-max-len'));
  }

  /**
   * What the user of a connection may not do in a call, if anything, and notes it.
   *
   * @param context - where the call was tried
   */
  forbidden(connection: Connection, command: Command, args: readonly Bytes[], context: 'toplevel' | 'multi' | 'lua'): Refusal['kind'] | undefined {
    const { user } = connection;
    if (user === undefined || user.isUnrestricted) return undefined;
    const verdict = user.check(command, args);
    if (verdict.kind === 'allowed') return undefined;
    this.#now = this.#depth === 0 ? this.#clock() : this.#now;
    this.logRefusal(connection, verdict.kind, context, verdict.kind === 'command' ? command.fullName : args[verdict.at] ?? '');
    return verdict.kind;
  }

  /** Closes a connection: its watches and subscriptions end. */
  disconnect(connection: Connection): void {
    connection.transaction = undefined;
    this.blocked.remove(connection);
    this.held.forget(connection);
    this.pause.forget(connection);
    this.tracking.disable(connection);
    this.log.monitors.remove(connection);
    this.watches.forget(connection);
    this.pubSub.forget(connection);
    this.#connections.delete(connection);
    this.server?.disconnected(connection);
  }

  /**
   * Executes one command.
   *
   * @param connection - who asks
   * @param args - the command's name in any case, and its arguments
   * @returns the reply; `waiting` when it comes later
   */
  execute(connection: Connection, args: readonly Bytes[]): Reply {
    if (!this.faults.isEmpty && connection.role === 'client') {
      const command = this.lookup(args[0] ?? '');
      const fault = command === undefined ? undefined : this.faults.take(connection, command, args);
      if (fault !== undefined) return this.#befall(connection, args, fault);
    }
    return this.#execute(connection, args);
  }

  #execute(connection: Connection, args: readonly Bytes[], fault?: Bytes): Reply {
    if (this.#late.length > 0) this.settle();
    const command = this.resolve(args);
    const refusal = command === undefined ? unknownCommand(args) : fault ?? this.#refusal(connection, command, args);
    if (command === undefined && /^(post|host:)$/i.test(args[0] ?? '')) {
      // A browser was made to talk to the server.
      this.kill(connection);
      return NOTHING;
    }
    if (command === undefined || refusal !== undefined) {
      this.log.statistics.failed(command, 'rejected', command?.name === 'exec' ? 'EXECABORT ' : refusal ?? '');
      if (command?.name === 'exec') {
        // The transaction ends all the same.
        connection.transaction = undefined;
        this.watches.forget(connection);
        return errorReply(`EXECABORT Transaction discarded because of: ${(refusal ?? '').replace(/^ERR /, '')}`);
      }
      if (connection.transaction !== undefined) connection.transaction.refused = true;
      return errorReply(refusal ?? '');
    }
    if (this.limits.hasMemoryLimit) {
      this.limits.evict();
      if (connection.closing) return NOTHING;
    }
    if (this.tracking.isActive) this.tracking.limit(this.configuration.number('tracking-table-max-keys'));
    if (this.pause.kind !== undefined && this.#isPutOff(connection, command, args)) {
      this.pause.postpone({ connection, args });
      return WAITING;
    }
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
      if (connection.tracking?.caching === true && connection.transaction === undefined && command.name !== 'client') connection.tracking.caching = false;
      this.honoursDeadlines = true;
    }
  }

  /** A fault happens to a command. */
  #befall(connection: Connection, args: readonly Bytes[], fault: CommandFault): Reply {
    this.#onFault?.(fault, args);
    switch (fault.kind) {
      case 'error':
        return this.#execute(connection, args, errorTextOf(fault.error));
      case 'delay': {
        const reply = fault.when === 'after' ? this.#execute(connection, args) : undefined;
        // What waits anyway is late enough.
        if (reply?.kind === 'waiting') return reply;
        this.held.hold({ connection, args, reply, until: Math.ceil(this.#clock() + duration(fault.by) / 1000) });
        return WAITING;
      }
      case 'drop-reply':
        this.#execute(connection, args);
        connection.isMute = true;
        return WAITING;
      case 'disconnect':
        if (fault.when === 'after') this.#execute(connection, args);
        connection.close();
        return WAITING;
      default:
        return assertNever(fault);
    }
  }

  /** The command that the arguments name, a subcommand where they name one; undefined where there is none. */
  resolve(args: readonly Bytes[]): Command | undefined {
    const command = this.lookup(args[0] ?? '');
    if (command?.children === undefined || args.length === 1) return command;
    return command.children.get((args[1] as Bytes).toLowerCase());
  }

  /** A command by its name in any case. */
  lookup(name: Bytes): Command | undefined {
    return COMMANDS_AS_SPELT.get(name) ?? COMMANDS.get(name.toLowerCase());
  }

  /** Runs a command that has been admitted. Only `execute`, `EXEC` and scripts call it. */
  call(connection: Connection, command: Command, args: readonly Bytes[]): Reply {
    const call = new Call(this, connection, command);
    const { stopwatch } = this;
    const started = stopwatch === undefined ? 0 : stopwatch();
    const sleptBefore = this.#slept;
    const isTracking = this.tracking.isActive;
    if (isTracking && connection === this.#caller) this.#current = { command, args };
    connection.activeAt = this.#now;
    connection.lastCommand = command.fullName;
    connection.isEverUsed = true;
    // What scripts call is shown behind the script itself.
    if (this.log.monitors.size > 0 && command.flags.includes('skip_monitor')) this.log.show(connection, command, args);
    let reply: Reply;
    try {
      reply = command.run(call, args);
    } catch (error) {
      if (error instanceof RedisReplyError) reply = errorReply(error.message);
      else if (isTooLong(error)) reply = errorReply(ERROR.stringTooLong);
      else throw error;
    }
    this.snapshots.dirty += call.dirty;
    if (this.#onEffects !== undefined && this.replicates !== 0) {
      if (call.rewritten !== undefined) {
        for (const rewritten of call.rewritten) this.propagate(call.database.number, rewritten);
      } else if (call.dirty > 0) {
        this.propagate(call.database.number, args);
      }
    }
    if (reply.kind === 'waiting') connection.args = args;
    this.log.executed(connection, command, args, (stopwatch === undefined ? 0 : stopwatch() - started) + (this.#slept - sleptBefore) * 1000, reply);
    if (isTracking && command.isReadOnly && !command.categories.includes('scripting')) this.#rememberKeys();
    return reply;
  }

  /** False on a replica, and in a pause: expired keys are hidden, and wait for the primary's `DEL` or for the end. */
  get removesExpired(): boolean {
    return this.#removesExpired && this.pause.kind === undefined;
  }

  set removesExpired(removes: boolean) {
    this.#removesExpired = removes;
  }

  /** Who executes a command at present. */
  get caller(): Connection | undefined {
    return this.#caller;
  }

  /** An open connection by its id. */
  find(id: number): Connection | undefined {
    for (const connection of this.#connections) if (connection.id === id) return connection;
    return undefined;
  }

  /** Delivers what no command asked for; to who executes a command at present only behind its reply. */
  tell(connection: Connection, message: Reply, cause: Connection = connection): void {
    if (cause === this.#caller) this.#late.push(() => { connection.deliver(message); });
    else connection.deliver(message);
  }

  /** Sends what had to wait until the reply to the last command was on its way. Embedders call it once it is. */
  settle(): void {
    if (this.#late.length === 0) return;
    const late = this.#late;
    this.#late = [];
    for (const send of late) send();
  }

  /** `CLIENT PAUSE`. A pause that holds less than before lets go what it does not hold. */
  pauseClients(kind: PauseKind, until: number): void {
    const isLess = this.pause.kind === 'all' && kind === 'write';
    this.pause.begin(kind, until);
    if (isLess) this.#resume(this.pause.takePostponed());
  }

  /** `CLIENT UNPAUSE`: what was put off is executed now. */
  unpause(): void {
    this.#resume(this.pause.end());
  }

  #resume(postponed: readonly { readonly connection: Connection; readonly args: readonly Bytes[] }[]): void {
    for (const { connection, args } of postponed) {
      this.#late.push(() => {
        if (!this.#connections.has(connection)) return;
        const reply = this.#execute(connection, args);
        if (reply.kind !== 'waiting') connection.deliver(reply);
      });
    }
    if (this.#depth === 0) this.settle();
  }

  #isPutOff(connection: Connection, command: Command, args: readonly Bytes[]): boolean {
    const { kind, deadline = 0 } = this.pause;
    if (this.#clock() >= deadline) {
      this.unpause();
      return false;
    }
    if (connection.role !== 'client') return false;
    const changes = (asked: Command, words: readonly Bytes[]): boolean => mayReplicate(asked.flagsOf?.(this, words) ?? asked.flags);
    return kind === 'all' || changes(command, args)
      || (command.name === 'exec' && connection.transaction?.queue.some((queued) => changes(queued.command, queued.args)) === true);
  }

  /** Notes for the caller the keys that its command reads. */
  #rememberKeys(): void {
    const [connection, current] = [this.#caller, this.#current];
    if (connection?.tracking === undefined || current === undefined || current.command.flags.includes('pubsub')) return;
    this.tracking.remember(connection, keyReferences(current.command, current.args).map(({ place }) => current.args[place] as Bytes));
  }

  /** How many connections wait for a reply. */
  get blockedCount(): number {
    return this.blocked.size + this.held.size + this.pause.size;
  }

  /** Whether a connection waits for its reply. */
  isBlocked(connection: Connection): boolean {
    if (this.scripts?.busy?.request.caller === connection) return true;
    return (this.blocked.size > 0 && this.blocked.waitOf(connection) !== undefined) || (this.held.size > 0 && this.held.of(connection) !== undefined)
      || (this.pause.size > 0 && this.pause.has(connection));
  }

  /**
   * Lets the connection of a command wait. Handlers call it when they cannot answer yet.
   *
   * @param call - the command's execution
   * @param wait - the timeout in milliseconds, 0 for none
   * @returns `waiting`; undefined where nothing may wait: inside a transaction or a script, and in the stream of a primary
   */
  block(call: Call, wait: Pick<Wait, 'keys' | 'serve' | 'timedOut'> & { readonly timeout: number }): Reply | undefined {
    const { connection, command, database } = call;
    if (connection.isExecuting || connection.role !== 'client') return undefined;
    const { keys, serve, timedOut, timeout } = wait;
    this.blocked.add({ connection, command, database: database.number, keys, serve, timedOut, deadline: timeout === 0 ? undefined : this.#now + timeout });
    return WAITING;
  }

  /** The instant at which somebody's wait ends, on the engine's clock, or undefined when nobody waits for a limited time. */
  get nextDeadline(): number | undefined {
    const next = this.blocked.nextDeadline;
    if (this.held.size === 0 && this.pause.size === 0) return next;
    const deadlines = [next, this.held.nextDeadline, this.pause.size > 0 ? this.pause.deadline : undefined].filter((deadline) => deadline !== undefined);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** Ends the waits whose time is up: each gets its reply. */
  expireBlocked(): void {
    if (this.pause.deadline !== undefined && this.#clock() >= this.pause.deadline) this.unpause();
    if (this.held.size > 0) {
      for (const { connection, args, reply, since } of this.held.takeDue(this.#clock())) {
        const asked = since === undefined ? undefined : this.resolve(args);
        if (asked !== undefined && since !== undefined) this.log.unblocked(connection, asked, OK, (this.#clock() - since) * 1000);
        const late = reply ?? this.#execute(connection, args);
        if (late.kind !== 'waiting') connection.deliver(late);
      }
    }
    if (this.blocked.size === 0 || this.scripts?.isBusy === true) return;
    for (const { connection } of this.blocked.due(this.#clock())) this.unblock(connection);
  }

  /**
   * Ends one wait.
   *
   * @param reply - what the connection gets; unless given, what it gets when its time is up
   * @returns whether it was waiting
   */
  unblock(connection: Connection, reply?: Reply): boolean {
    const wait = this.blocked.remove(connection);
    if (wait === undefined) return false;
    this.log.unblocked(connection, wait.command, reply ?? wait.timedOut, 0);
    connection.deliver(reply ?? wait.timedOut);
    return true;
  }

  /** Adds an effect of the command being executed. */
  propagate(database: number, args: readonly Bytes[], replicasOnly = false): void {
    if (this.#onEffects === undefined) return;
    this.#effects.push({ database, args, replicasOnly: replicasOnly || this.replicates === 2, fileOnly: this.replicates === 1 });
  }

  /** Takes the effects of the command being executed: it goes on later. */
  holdEffects(): readonly Effect[] {
    const held = this.#effects;
    this.#effects = [];
    return held;
  }

  /**
   * Goes on with a command.
   *
   * @param now - the instant at which it began
   * @param held - its effects so far
   */
  resume(now: number, held: readonly Effect[], task: () => void): void {
    this.#enter();
    this.#now = now;
    this.#effects = [...held];
    try {
      task();
    } finally {
      this.#leave();
    }
  }

  /** Removes some of the keys whose deadline has passed, by sampling, as the real one does ten times a second. */
  expireSome(): void {
    if (this.pause.deadline !== undefined && this.#clock() >= this.pause.deadline) this.unpause();
    this.limits.endIdle(this.#clock());
    if (this.tracking.isActive) this.tracking.limit(this.configuration.number('tracking-table-max-keys'));
    if (!this.removesExpired || !this.activeExpire || this.scripts?.isBusy === true) return;
    for (const database of this.databases) {
      for (let step = 0; step < EXPIRE_STEPS_MAX && database.volatileSize > 0; step++) {
        this.#enter();
        const sample = Math.min(EXPIRE_SAMPLE, database.volatileSize);
        const all = database.volatileSize <= EXPIRE_SAMPLE;
        let expired = 0;
        for (let i = 0; i < sample; i++) {
          // A small set is met as a whole, from its end: what is removed moves the last key into its place.
          const place = all ? sample - 1 - i : this.random.below(database.volatileSize);
          const key = database.volatileKeyAt(place);
          if (key === undefined || !database.expireIfDue(key)) continue;
          expired++;
          // Each is a change of its own.
          this.flushEffects();
        }
        this.#leave();
        if (expired / sample <= EXPIRE_ACCEPTABLE_STALE || all) break;
      }
    }
  }

  onAdded(database: Database, key: Bytes): void {
    if ((this.notifications.flags & NOTIFY.new) !== 0) this.notifications.notify('new', 'new', key, database.number);
  }

  onExpired(database: Database, key: Bytes): void {
    this.stats.expired++;
    if (this.notifications.flags !== 0) this.notifications.notify('expired', 'expired', key, database.number);
    database.touched(key);
    this.propagate(database.number, ['DEL', key]);
  }

  onTouched(database: Database, key: Bytes): void {
    if (this.tracking.isActive) this.tracking.touched(key);
    this.onExchanged(database, key);
  }

  onExchanged(database: Database, key: Bytes): void {
    this.watches.touched(database.number, key);
    this.blocked.touched(database.number, key);
  }

  #enter(): void {
    if (this.#depth++ === 0) this.#now = this.#clock();
  }

  #leave(): void {
    if (--this.#depth > 0) return;
    this.flushEffects();
    if (this.blocked.hasReady && !this.#serving && this.scripts?.isBusy !== true) {
      this.#now += this.#slept;
      this.#serveBlocked();
    }
    // Behind what the waiting changed: one broadcast tells of both.
    if (this.tracking.isActive && !this.#serving) this.tracking.broadcast();
    this.#slept = 0;
  }

  /** Hands effects over from now on, though nobody wanted them at first. */
  tellEffects(onEffects: (effects: readonly Effect[]) => void): void {
    this.#onEffects = onEffects;
  }

  /** Hands over what has been propagated so far, as a change of its own. */
  flushEffects(): void {
    if (this.#effects.length === 0) return;
    const effects = this.#effects;
    this.#effects = [];
    this.#onEffects?.(effects);
  }

  /** Serves those who wait for keys that became ready; what they change may make others ready. */
  #serveBlocked(): void {
    const served: { readonly connection: Connection; readonly reply: Reply }[] = [];
    this.#serving = true;
    this.#depth++;
    while (this.blocked.hasReady) {
      for (const { database, key } of this.blocked.takeReady()) {
        for (const wait of this.blocked.waitingFor(database, key)) {
          const reply = this.#serve(wait, key);
          if (reply === undefined) continue;
          this.blocked.remove(wait.connection);
          this.log.unblocked(wait.connection, wait.command, reply, 0);
          served.push({ connection: wait.connection, reply });
        }
      }
    }
    this.#depth--;
    this.#serving = false;
    for (const { connection, reply } of served) connection.deliver(reply);
  }

  #serve(wait: Wait, key: Bytes): Reply | undefined {
    const call = new Call(this, wait.connection, wait.command, true);
    let reply: Reply | undefined;
    const caller = this.#caller;
    this.#caller = wait.connection;
    try {
      reply = wait.serve(call, key);
    } catch (error) {
      if (!(error instanceof RedisReplyError)) throw error;
      reply = errorReply(error.message);
    } finally {
      this.#caller = caller;
    }
    if (reply?.kind !== 'error') for (const rewritten of call.rewritten ?? []) this.propagate(call.database.number, rewritten);
    // Each who is served is a change of its own to replicas.
    this.flushEffects();
    return reply;
  }

  #isAllowedWhileBusy(command: Command, args: readonly Bytes[]): boolean {
    if (command.name === 'shutdown') return args.some((arg) => arg.toLowerCase() === 'nosave');
    return this.#flagsOf(command, args).includes('allow_busy');
  }

  #flagsOf(command: Command, args: readonly Bytes[]): readonly CommandFlag[] {
    return command.flagsOf === undefined ? command.flags : command.flagsOf(this, args);
  }

  /** Whether this call may write. */
  #writes(command: Command, args: readonly Bytes[]): boolean {
    return command.flagsOf === undefined ? command.isWrite : this.#flagsOf(command, args).includes('write');
  }

  /** Makes room; why the command is refused when there is none. */
  #outOfMemory(connection: Connection, command: Command, args: readonly Bytes[]): string | undefined {
    // A replica leaves it to its primary (`replica-ignore-maxmemory yes`).
    if (!this.removesExpired || this.#depth > 0 || this.scripts?.isBusy === true) return undefined;
    this.#enter();
    this.eviction.isOutOfMemory = !this.eviction.perform();
    this.#leave();
    if (!this.eviction.isOutOfMemory || connection.role !== 'client') return undefined;
    const { transaction } = connection;
    const needs = this.#flagsOf(command, args).includes('denyoom')
      || (transaction !== undefined && (command.name === 'exec' ? transaction.queue.some((queued) => this.#flagsOf(queued.command, queued.args).includes('denyoom')) : !NOT_REFUSED_IN_MULTI.has(command.name)));
    return needs ? ERROR.outOfMemory : undefined;
  }

  /** Why the command is not even tried, if so; the order of the checks is the real one's. */
  #refusal(connection: Connection, command: Command, args: readonly Bytes[]): string | undefined {
    if (command.arity > 0 ? args.length !== command.arity : args.length < -command.arity) {
      return `ERR wrong number of arguments for '${command.fullName}' command`;
    }
    if (!connection.authenticated && !this.isOpen(connection) && !command.flags.includes('no_auth')) return ERROR.noAuth;
    if (connection.transaction !== undefined && command.flags.includes('no_multi')) return ERROR.notInTransaction;
    const { user } = connection;
    if (user !== undefined && !user.isUnrestricted) {
      const denied = this.forbidden(connection, command, args, connection.transaction === undefined ? 'toplevel' : 'multi');
      if (denied === 'command') return `NOPERM this user has no permissions to run the '${command.fullName}' command`;
      if (denied !== undefined) return `NOPERM this user has no permissions to access one of the ${denied}s used as arguments`;
    }
    if (this.eviction.limit > 0) {
      const refusal = this.#outOfMemory(connection, command, args);
      if (refusal !== undefined) return refusal;
    }
    if (connection.role === 'client' && this.server !== undefined) {
      const queued = connection.transaction?.queue;
      const writes = this.#writes(command, args) || (command.name === 'exec' && queued?.some((other) => this.#writes(other.command, other.args)) === true);
      const refusal = writes ? this.server.refusesWrite(connection) : undefined;
      if (refusal !== undefined) return refusal;
    }
    if (connection.protocol === 2 && connection.subscriptions > 0 && !ALLOWED_WHILE_SUBSCRIBED.has(command.name)) {
      return `ERR Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
    }
    if (this.server?.isStale === true && connection.role === 'client') {
      const needsData = (asked: Command): boolean => !asked.flags.includes('stale');
      if (needsData(command) || (command.name === 'exec' && connection.transaction?.queue.some((queued) => needsData(queued.command)) === true)) return ERROR.masterDown;
    }
    if (this.scripts?.isBusy === true && !this.#isAllowedWhileBusy(command, args)) return this.scripts.busyError;
    return undefined;
  }
}

function unknownCommand(args: readonly Bytes[]): string {
  const container = (args[0] ?? '').toUpperCase();
  if (COMMANDS.get(container.toLowerCase())?.children !== undefined) {
    return `ERR unknown subcommand '${upToNul(args[1] ?? '').slice(0, 128)}'. Try ${container} HELP.`;
  }
  let shown = '';
  for (let i = 1; i < args.length && shown.length < 128; i++) {
    shown += `'${upToNul(args[i] as Bytes).slice(0, 128 - shown.length)}' `;
  }
  return `ERR unknown command '${upToNul(args[0] ?? '').slice(0, 128)}', with args beginning with: ${shown}`;
}
