/**
 * `redis-server` as a simulated machine: the engine, clients' sessions, the append-only file, and replication in either role
 * (Redis documentation, "Redis replication" and "Redis persistence", 7.0).
 *
 * Replication is asynchronous: a command is answered before any replica has it. A replica acknowledges its offset each second
 * and when asked (`WAIT`), refuses writes, and hides expired keys until the primary's `DEL` comes. Roles change only by
 * `REPLICAOF`; the role is kept in the node's `redis.conf`, so a node that restarts comes back as what it last was, and a
 * former primary stays one until it is told otherwise.
 *
 * Must survive: any crash of a replica; with `appendfsync always` on an honest disk, any crash of the primary. May lose
 * acknowledged writes by design: everything else (R1, R3, R6, R9, R10 of the project's catalogue of anomalies).
 *
 * Left out: chains of replicas, diskless options, passwords between nodes (`masterauth`), primaries that are no node of the deployment.
 *
 * @module
 */
import { assertNever, UsageError } from '../../kernel/errors.ts';
import type { Host, Machine, Message, Timer } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { decodeUtf8, toBytes, type Bytes } from '../bytes/bytes.ts';
import type { CommandFaults } from '../command-faults.ts';
import { SimulatedPeers } from './simulated-peers.ts';
import { ClientSessions } from './client-sessions.ts';
import { loadLibraries } from '../commands/scripting.ts';
import type { Connection } from '../connections/connection.ts';
import type { Effect } from '../effects.ts';
import { Engine } from '../engine.ts';
import { ERROR, refuse } from '../errors.ts';
import type { FullResync, PsyncRequest, RedisMessage, StreamChunk } from './messages.ts';
import type { RedisConfig } from './options.ts';
import { AOF_SYNCED, AppendOnlyFile } from '../persistence/append-only-file.ts';
import { readRdb, writeRdb } from '../persistence/rdb-file.ts';
import { datasetCommands } from '../persistence/dataset.ts';
import { array, bulk, EMPTY_ARRAY, errorReply, integer, type Reply } from '../reply.ts';
import { ChangeLog } from '../replication/change-log.ts';
import { PrimaryLink } from '../replication/primary-link.ts';
import { Replicas } from '../replication/replicas.ts';
import { ReplicationStream } from '../replication/stream.ts';
import { encodeCommand } from '../resp/encode.ts';
import type { ServerView } from '../server-view.ts';

const CONFIG_FILE = 'redis.conf';
const RDB_FILE = 'dump.rdb';
const CRON = 'redis-cron';
/** The type of the timer at which somebody's wait for a key may end. */
const BLOCKED = 'redis-blocked';
/** No timer is set further ahead than this: a wait may be as long as 2^63 milliseconds. */
const BLOCKED_TIMER_MAX = 3_600_000;
/** What the waiting hear when their server becomes a replica. */
const ROLE_CHANGED = 'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)';
/** `hz 10` */
const CRON_PERIOD = 100_000 as Micros;
const CRONS_PER_SECOND = 10;
/** How a replica behind a connection is called among the others. */
function replicaName(connection: Connection): NodeId {
  return `connection ${connection.id}` as NodeId;
}

/** The machine. */
export class RedisServer implements Machine, ServerView {
  readonly engine: Engine;
  /** Told that a client has asked the server to stop. */
  onShutdown: (() => void) | undefined = undefined;
  readonly #host: Host;
  readonly #config: RedisConfig;
  readonly #aof: AppendOnlyFile | undefined;
  readonly #stream: ReplicationStream;
  readonly #replicas: Replicas;
  readonly #changes = new ChangeLog();
  readonly #sessions: ClientSessions;
  /** Where the stream stood after the last write of each connection. */
  readonly #writtenTo = new WeakMap<Connection, number>();
  #link: PrimaryLink | undefined = undefined;
  #loading = true;
  #refusedToStart = false;
  #crons = 0;
  /** `min-replicas-to-write` */
  #minReplicasToWrite = 0;
  /** `replica-serve-stale-data` and `replica-read-only` */
  #servesStale = true;
  #isReadOnly = true;
  /** When the next {@link BLOCKED} timer fires, on the engine's clock. */
  #blockedTimer: number | undefined = undefined;
  #inbox: { readonly from: NodeId; readonly message: RedisMessage }[] = [];
  #outbox: (() => void)[] = [];

  /**
   * @param host - the node
   * @param config - shared by the deployment
   * @param initialPrimary - whom to follow when the node has no `redis.conf` yet
   * @param options - `faults` of commands, shared by the deployment; `tracksChanges: false` where nobody follows the changes: no
   *   replica, no append-only file, no simulated client that asks for versions; `isNode` tells the names of nodes that `MIGRATE` may reach
   */
  constructor(host: Host, config: RedisConfig, initialPrimary: NodeId | undefined, options: { readonly faults?: CommandFaults; readonly tracksChanges?: boolean; readonly isNode?: (name: string) => boolean } = {}) {
    this.#host = host;
    this.#config = config;
    this.engine = new Engine({
      snapshots: {
        write: (bytes) => {
          if (host.disk.replace(RDB_FILE, bytes) === 'full') return false;
          host.disk.sync(RDB_FILE);
          return true;
        },
        read: () => host.disk.read(RDB_FILE),
      },
      clock: () => Math.floor(host.now() / 1000), random: host.random.fork('engine'), databases: config.databases,
      requirepass: toBytes(config.requirepass), server: this,
      ...(options.tracksChanges === false ? {} : { onEffects: (effects: readonly Effect[]) => this.#onEffects(effects) }),
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      onFault: ({ kind }, args) => { host.trace('command fault', { kind, command: args.map(decodeUtf8).join(' ') }); },
    });
    this.peers = new SimulatedPeers(host, options.isNode ?? ((): boolean => false));
    this.engine.peers = this.peers;
    const { configuration } = this.engine;
    configuration.onChange('min-replicas-to-write', (value) => { this.#minReplicasToWrite = Number(value); });
    configuration.onChange('replica-serve-stale-data', (value) => { this.#servesStale = value === 'yes'; });
    configuration.onChange('replica-read-only', (value) => { this.#isReadOnly = value === 'yes'; });
    configuration.preset('min-replicas-to-write', String(config.minReplicasToWrite));
    this.#stream = new ReplicationStream(host.random.fork('replication'), config.replBacklogSize);
    this.#replicas = new Replicas(host, config, this.#stream);
    this.#aof = config.appendonly ? new AppendOnlyFile(host, config.appendfsync) : undefined;
    this.#sessions = new ClientSessions({
      engine: this.engine, changes: this.#changes, execute: (connection, args) => this.execute(connection, args),
      answer: (client, reply) => { this.release(() => host.send(client, reply)); }, send: (client, message) => { this.#send(client, message); },
    });
    const saved = host.disk.read(CONFIG_FILE);
    const primary = saved === undefined ? initialPrimary : saved === '' ? undefined : saved as NodeId;
    if (primary !== undefined) this.#follow(primary);
  }

  /** Its way to other nodes of the simulation. */
  readonly peers: SimulatedPeers;

  /** Whether it takes commands: its append-only file could be read. */
  get isServing(): boolean {
    return !this.#refusedToStart;
  }

  /** Whom this node follows, or undefined when it is a primary. */
  get primary(): NodeId | undefined {
    return this.#link?.primary;
  }

  /** `master_repl_offset` */
  get offset(): number {
    return this.#stream.offset;
  }

  onStart(): void {
    this.#load();
    this.#host.setTimer(CRON_PERIOD, { type: CRON });
    this.#link?.synchronise();
  }

  states(): readonly string[] {
    const states = [this.#link === undefined ? 'primary' : this.#link.isConnected ? 'replica' : 'replica without its primary'];
    if (this.#loading) states.push('loading');
    if (this.#aof?.isUnsynced === true) states.push('log unsynced');
    const behind = this.#replicas.list().length - this.#replicas.countAt(this.#stream.offset);
    if (behind > 0) states.push('replicas behind');
    return states;
  }

  onMessage(from: NodeId, message: Message): void {
    if (this.#refusedToStart) return;
    // `appendfsync always` syncs in the main thread: nothing else happens meanwhile.
    if (this.#aof?.holdsReplies === true) this.#inbox.push({ from, message: message as RedisMessage });
    else {
      this.#handle(from, message as RedisMessage);
      this.endTurn();
    }
  }

  onTimer(timer: Timer): void {
    if (this.#refusedToStart) return;
    if (timer.type === AOF_SYNCED) this.#aof?.onSynced();
    else if (timer.type === CRON) this.#cron();
    else if (timer.type === BLOCKED) this.#expireBlocked();
    else if (this.peers.onTimer(timer)) this.#watchDeadline();
    else this.#replicas.expireWaits();
    this.endTurn();
  }

  /** Makes this node a primary and tells others, over the network, to follow it. What does not arrive is not repeated. */
  promote(others: readonly NodeId[]): void {
    this.replicaOf(undefined);
    for (const other of others) this.#host.send(other, { type: 'redis-replicaof', primary: this.#host.id } as Message);
  }

  replicaOf(primary: Bytes | undefined): void {
    this.#host.disk.replace(CONFIG_FILE, primary ?? '');
    this.#host.disk.sync(CONFIG_FILE);
    if (primary === this.primary) return;
    this.#host.trace(primary === undefined ? 'promoted' : 'replicaof', primary);
    if (primary === undefined) {
      this.#link?.close();
      this.#link = undefined;
      this.engine.removesExpired = true;
      this.#stream.promote();
    } else {
      this.#replicas.clear();
      for (const { connection } of this.engine.blocked.all()) this.engine.waiting.unblock(connection, errorReply(ROLE_CHANGED));
      this.#follow(primary as NodeId).synchronise();
    }
  }

  info(section: 'server' | 'persistence' | 'replication'): readonly string[] {
    switch (section) {
      case 'server':
        return [`run_id:${this.#stream.id}`, `uptime_in_seconds:${Math.floor(this.#host.monotonic() / 1e6)}`];
      case 'persistence':
        return [`loading:${this.#loading ? 1 : 0}`, `aof_enabled:${this.#aof === undefined ? 0 : 1}`,
          `aof_last_write_status:${this.#aof?.writeFailed === true ? 'err' : 'ok'}`];
      case 'replication': {
        const link = this.#link;
        const replicas = this.#replicas.list();
        return [
          `role:${link === undefined ? 'master' : 'slave'}`,
          ...(link === undefined ? [] : [`master_host:${link.primary}`, `master_link_status:${link.isConnected ? 'up' : 'down'}`,
            `slave_repl_offset:${this.#stream.offset}`, 'slave_read_only:1']),
          `connected_slaves:${replicas.length}`,
          ...(this.#minReplicasToWrite > 0 ? [`min_slaves_good_slaves:${this.#replicas.goodCount}`] : []),
          ...replicas.map(({ ip, port, offset, lag }, i) => `slave${i}:ip=${ip},port=${port},state=online,offset=${offset},lag=${lag}`),
          'master_failover_state:no-failover', ...this.#stream.info(),
        ];
      }
      default:
        return assertNever(section);
    }
  }

  role(): Reply {
    const link = this.#link;
    if (link !== undefined) {
      return array([bulk('slave'), bulk(link.primary), integer(6379), bulk(link.isConnected ? 'connected' : 'connect'), integer(this.#stream.offset)]);
    }
    const replicas = this.#replicas.list().map(({ ip, port, offset }) => array([bulk(ip), bulk(String(port)), bulk(String(offset))]));
    return array([bulk('master'), integer(this.#stream.offset), replicas.length === 0 ? EMPTY_ARRAY : array(replicas)]);
  }

  wait(connection: Connection, replicas: number, timeout: number): number | undefined {
    if (this.#link !== undefined) refuse(ERROR.waitOnReplica);
    const offset = this.#writtenTo.get(connection) ?? 0;
    const reached = this.#replicas.countAt(offset);
    // Inside a transaction nothing waits.
    if (reached >= replicas || connection.role !== 'client' || connection.isExecuting) return reached;
    this.#replicas.wait(offset, replicas, timeout, (count) => { if (this.engine.connections.has(connection)) connection.deliver(integer(count)); });
    if (timeout > 0) this.#host.setTimer((timeout * 1000) as Micros, { type: 'redis-wait' });
    this.#heartbeat(['REPLCONF', 'GETACK', '*']);
    return undefined;
  }

  feedReplica(connection: Connection, from: { readonly id: Bytes; readonly offset: number } | undefined): Reply {
    if (this.#link !== undefined) refuse("NOMASTERLINK Can't SYNC while not connected with my master");
    // Nobody may have wanted to know of changes until now.
    this.engine.effects.listen((effects) => { this.#onEffects(effects); });
    const id = replicaName(connection);
    const ip = connection.address.slice(0, connection.address.lastIndexOf(':'));
    const feed = { ip, port: connection.listeningPort, deliver: (bytes: Bytes): void => { connection.deliver({ kind: 'raw', bytes }); } };
    const missing = from === undefined ? undefined : this.#stream.continuation(from.id, from.offset - 1);
    if (missing !== undefined) {
      this.#replicas.connect(id, this.#stream.offset, feed);
      return { kind: 'raw', bytes: `+CONTINUE ${this.#stream.id}\r\n${missing}` };
    }
    this.#stream.selectAgain();
    const { offset } = this.#stream;
    const { functions, keys: withKeys } = connection.snapshotParts;
    const file = writeRdb(this.engine, { functions: functions ? this.engine.functionSources() : [], withKeys }, { id: this.#stream.id, offset });
    this.#replicas.connect(id, offset, feed);
    this.#host.trace('full resync', id);
    return { kind: 'raw', bytes: `${from === undefined ? '' : `+FULLRESYNC ${this.#stream.id} ${offset}\r\n`}$${file.length}\r\n${file}` };
  }

  replicaAcknowledged(connection: Connection, offset: number): void {
    this.#replicas.acknowledged(replicaName(connection), offset);
  }

  disconnected(connection: Connection): void {
    this.#replicas.disconnect(replicaName(connection));
  }

  rewriteFile(): void {
    this.#aof?.replace(this.#changes.offset, datasetCommands(this.engine));
  }

  shutdown(): void {
    this.#host.trace('shutdown');
    this.onShutdown?.();
  }

  get isStale(): boolean {
    return !this.#servesStale && this.#link?.isConnected === false;
  }

  refusesWrite(): string | undefined {
    if (this.#aof?.writeFailed === true) return ERROR.misconfiguredAof;
    if (this.#link !== undefined && this.#isReadOnly) return ERROR.readOnly;
    return this.#minReplicasToWrite > 0 && this.#replicas.goodCount < this.#minReplicasToWrite ? ERROR.noReplicas : undefined;
  }

  /**
   * Executes a command for a connection that was opened on the engine. Whoever carries its bytes lets replies out through
   * {@link release}, and calls {@link endTurn} when a turn of the event loop is over.
   */
  execute(connection: Connection, args: readonly Bytes[]): Reply {
    const before = this.#stream.offset;
    const reply = this.engine.execute(connection, args);
    if (this.#stream.offset > before) this.#writtenTo.set(connection, this.#stream.offset);
    return reply;
  }

  #handle(from: NodeId, message: RedisMessage): void {
    switch (message.type) {
      case 'redis-command':
        this.#sessions.onCommand(from, message);
        return;
      case 'redis-reply':
        this.peers.onReply(message);
        return;
      case 'redis-psync':
        this.#onPsync(from, message);
        return;
      case 'redis-ack':
        if (this.#link !== undefined || !this.#replicas.acknowledged(from, message.offset)) this.#send(from, { type: 'redis-reset' });
        return;
      case 'redis-full-resync':
        if (this.#link?.hears(from) === true) this.#link.onFullResync(message);
        return;
      case 'redis-continue':
        if (this.#link?.hears(from) === true) this.#link.onContinue(message);
        return;
      case 'redis-stream':
        if (this.#link?.hears(from) === true) this.#link.onStream(message);
        return;
      case 'redis-reset':
        if (this.#link?.hears(from) === true) this.#link.synchronise();
        return;
      case 'redis-replicaof':
        this.replicaOf(message.primary);
        return;
      default:
        assertNever(message);
    }
  }

  /** The end of a turn of the event loop: writes the file, then lets out what may go; then what waited has its turn. */
  endTurn(): void {
    this.#watchDeadline();
    for (;;) {
      this.#aof?.flush();
      if (this.#aof?.holdsReplies === true) return;
      const outbox = this.#outbox;
      this.#outbox = [];
      for (const send of outbox) send();
      if (this.#inbox.length === 0) return;
      const inbox = this.#inbox;
      this.#inbox = [];
      // One turn for all that came meanwhile, as an event loop handles every readable socket before it syncs.
      for (const { from, message } of inbox) this.#handle(from, message);
    }
  }

  /** Sends at once, or when the file is as safe as `appendfsync` asks. */
  release(send: () => void): void {
    if (this.#aof?.holdsReplies === true) this.#outbox.push(send);
    else send();
  }

  #send(to: NodeId, message: Message): void {
    this.release(() => {
      try {
        this.#host.sendOrdered(to, message);
      } catch (error) {
        // `REPLICAOF` may name whom it wants: where no node is, nobody hears.
        if (!(error instanceof UsageError) || error.code !== 'UNKNOWN_NODE') throw error;
      }
    });
  }

  /** Sees to it that a timer fires when the next wait for a key ends. */
  #watchDeadline(): void {
    const next = this.engine.waiting.nextDeadline;
    if (next === undefined || (this.#blockedTimer !== undefined && this.#blockedTimer <= next)) return;
    const now = Math.floor(this.#host.now() / 1000);
    const delay = Math.min(Math.max(1, next - now), BLOCKED_TIMER_MAX);
    this.#blockedTimer = now + delay;
    this.#host.setTimer((delay * 1000) as Micros, { type: BLOCKED });
  }

  #expireBlocked(): void {
    this.#blockedTimer = undefined;
    this.engine.waiting.expire();
    this.#watchDeadline();
  }

  #onEffects(effects: readonly Effect[]): void {
    if (this.#loading) return;
    const changes = effects.filter((effect) => !effect.replicasOnly);
    if (changes.length > 0) this.#aof?.appendChanges(changes);
    // A replica passes on the bytes it received, not its own effects.
    if (this.#link !== undefined) return;
    for (const { database, args } of changes) this.#changes.note(database, args, encodeCommand(args).length);
    const offset = this.#stream.offset;
    const data = this.#stream.feed(effects.filter((effect) => !effect.fileOnly));
    if (data === '') return;
    this.release(() => this.#replicas.broadcast(offset, data));
  }

  /** Adds a command to the stream that changes nothing. */
  #heartbeat(args: readonly Bytes[]): void {
    const offset = this.#stream.offset;
    const data = encodeCommand(args);
    this.#stream.append(data);
    this.release(() => this.#replicas.broadcast(offset, data));
  }

  #load(): void {
    if (this.#aof !== undefined) {
      const connection = this.engine.connect(undefined, 'primary');
      const before = this.engine.removesExpired;
      this.engine.removesExpired = false;
      const result = this.#aof.load(this.#config.aofLoadTruncated, (base) => { this.#changes.offset = base; }, (args, length) => {
        this.engine.execute(connection, args);
        this.#changes.noteReceived(connection.database, args, length);
      });
      this.engine.removesExpired = before;
      this.engine.disconnect(connection);
      if (result.kind === 'refused') {
        this.#refusedToStart = true;
        this.#host.trace('refuses to start', result.reason);
      } else if (result.commands > 0 || result.cut > 0) {
        this.#host.trace('loaded', { commands: result.commands, cut: result.cut });
      }
    } else {
      this.#loadSnapshot();
    }
    this.#loading = false;
  }

  /** Without an append-only file the last snapshot is what there is. */
  #loadSnapshot(): void {
    const bytes = this.#host.disk.read(RDB_FILE);
    if (bytes === undefined) return;
    const result = readRdb(this.engine, bytes, { expiredBy: this.engine.removesExpired ? Math.floor(this.#host.now() / 1000) : undefined, merges: false });
    if (result.kind === 'refused') {
      this.#refusedToStart = true;
      this.#host.trace('refuses to start', result.reason);
    } else {
      loadLibraries(this.engine, result.functions);
      this.#host.trace('loaded', { keys: result.keys });
    }
  }

  #cron(): void {
    this.#crons++;
    this.#host.setTimer(CRON_PERIOD, { type: CRON });
    // While a sync holds the main thread nothing else happens.
    if (this.#aof?.holdsReplies !== true) {
      this.engine.cron();
      this.engine.snapshots.saveIfDue(Math.floor(this.#host.now() / 1000));
    }
    if (this.#crons % CRONS_PER_SECOND === 0) this.#replicationCron(this.#crons / CRONS_PER_SECOND);
  }

  #replicationCron(second: number): void {
    const link = this.#link;
    if (link === undefined) {
      this.#replicas.tick();
      if (second % this.#config.replPingReplicaPeriod === 0) this.#heartbeat(['PING']);
    } else {
      link.tick();
    }
  }

  #follow(primary: NodeId): PrimaryLink {
    this.#link?.close();
    const link = new PrimaryLink(primary, {
      host: this.#host, engine: this.engine, stream: this.#stream, changes: this.#changes, file: this.#aof, timeout: this.#config.replTimeout,
      send: (to, message) => { this.#send(to, message); },
      load: (task) => {
        this.#loading = true;
        task();
        this.#loading = false;
      },
    });
    this.#link = link;
    this.engine.removesExpired = false;
    return link;
  }

  #onPsync(replica: NodeId, request: PsyncRequest): void {
    // Chains of replicas are left out: a replica gives no stream, and is asked again later.
    if (this.#link !== undefined) return;
    const { id, offset } = this.#stream;
    const missing = this.#stream.continuation(request.replicationId, request.offset);
    if (missing !== undefined) {
      this.#send(replica, { type: 'redis-continue', replicationId: id } as Message);
      this.release(() => {
        this.#replicas.connect(replica, request.offset);
        if (missing !== '') {
          const chunk: StreamChunk = { type: 'redis-stream', offset: request.offset, data: missing, bytes: missing.length };
          this.#host.sendOrdered(replica, chunk);
        }
      });
      this.#host.trace('partial resync', replica);
      return;
    }
    // A change that is waiting for its sync is part of the dataset, and not of the stream behind it.
    this.#stream.selectAgain();
    const dataset = datasetCommands(this.engine);
    const resync: FullResync = {
      type: 'redis-full-resync', replicationId: id, offset, dataset, logOffset: this.#changes.offset,
      versions: this.#changes.versions, bytes: dataset.length,
    };
    this.release(() => {
      this.#host.sendOrdered(replica, resync);
      this.#replicas.connect(replica, offset);
    });
    this.#host.trace('full resync', replica);
  }
}
