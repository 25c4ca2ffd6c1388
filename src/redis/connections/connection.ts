/**
 * A client's connection as the server knows it: the selected database, a transaction being collected, the keys watched, the
 * channels subscribed to.
 *
 * @module
 */
import type { User } from '../acl/user.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { ClientBuffers } from './client-buffers.ts';
import type { Command } from '../command.ts';
import type { Reply } from '../reply.ts';
import type { TrackingState } from './tracking.ts';

/** Which parts of the dataset a snapshot holds. */
export interface SnapshotParts {
  readonly keys: boolean;
  readonly functions: boolean;
}

const WHOLE_SNAPSHOT: SnapshotParts = { keys: true, functions: true };

/** A command kept for `EXEC`. */
export interface QueuedCommand {
  readonly command: Command;
  readonly args: readonly Bytes[];
}

/** A transaction being collected. */
export interface Transaction {
  readonly queue: QueuedCommand[];
  /** A command was refused, so `EXEC` will be. */
  refused: boolean;
}

/** A key under `WATCH`. */
export interface WatchedKey {
  readonly database: number;
  readonly key: Bytes;
  /** It had expired, but was still stored, when the watch began. */
  wasExpired: boolean;
  /** It was stored, expired or not. */
  wasStored: boolean;
}

/** The bytes of a connection that are on their way. */
export interface ConnectionBuffers {
  /** Received, and not yet understood. */
  readonly input: number;
  /** The arguments of a command that is not all there. */
  readonly pending: number;
  /** Replies that the peer has not taken. */
  readonly output: number;
}

const NO_BUFFERS: ConnectionBuffers = { input: 0, pending: 0, output: 0 };

/** What the server expects of a connection: a client, a replica's stream from its primary, the append-only file at start. */
export type ConnectionRole = 'client' | 'primary';

/** The connection. */
export class Connection {
  readonly id: number;
  readonly role: ConnectionRole;
  /** Sends what no command asked for: published messages (of kind `push`), and replies that had to wait (any other kind). */
  readonly deliver: (reply: Reply) => void;
  database = 0;
  protocol: 2 | 3 = 2;
  name: Bytes = '';
  transaction: Transaction | undefined = undefined;
  readonly watched: WatchedKey[] = [];
  /** A watched key has changed. */
  watchBroken = false;
  /** What it is subscribed to. */
  readonly subscribed: Readonly<Record<'channel' | 'pattern' | 'shard', Set<Bytes>>> = { channel: new Set(), pattern: new Set(), shard: new Set() };
  /** `EXEC` or a script is running its commands: nothing waits then. */
  isExecuting = false;
  /** It is no client's, but a script's. */
  isScript = false;
  /** As whom it acts; undefined: it may do everything. */
  user: User | undefined = undefined;
  /** It has given the password. Without `requirepass` nobody has to. */
  authenticated = false;
  /** `CLIENT TRACKING`: what it wants to hear of changed keys. */
  tracking: TrackingState | undefined = undefined;
  /** `CLIENT NO-EVICT ON` */
  isProtected = false;
  /** `CLIENT REPLY`. */
  replies: 'on' | 'off' | 'skip-next' | 'skip' = 'on';
  /** The peer's address as `CLIENT LIST` shows it. */
  address = '127.0.0.1:0';
  /** The server's own address, as the peer sees it. */
  localAddress = '127.0.0.1:0';
  /** What its bytes take up at present; whoever carries them sets it. */
  buffers: () => ConnectionBuffers = () => NO_BUFFERS;
  /** How large its buffers have become. */
  readonly room: ClientBuffers = new ClientBuffers();
  /** When it was opened, and when it last asked something, in milliseconds since the Unix epoch. */
  openedAt = 0;
  activeAt = 0;
  /** It has sent something. */
  isEverUsed = false;
  /** The arguments of the command that waits, or is being executed. */
  args: readonly Bytes[] = [];
  /** The last command, as `CLIENT LIST` shows it. */
  lastCommand = 'NULL';
  /** Ends the connection from the server's side; whoever carries its bytes sets it. */
  close: () => void = () => undefined;
  closing = false;
  /**
   * Does something in a later turn of the host's event loop, so that other connections have theirs. Whoever carries the bytes sets
   * it; without it a long script cannot pause.
   */
  defer: ((task: () => void) => void) | undefined = undefined;
  /** The port on which a replica behind this connection listens (`REPLCONF listening-port`). */
  listeningPort = 0;
  /** What a snapshot for it would hold (`REPLCONF rdb-filter-only`). */
  snapshotParts: SnapshotParts = WHOLE_SNAPSHOT;
  /** A fault keeps from it whatever it would be sent. */
  isMute = false;

  /** Made by the engine; see `Engine.connect`. */
  constructor(id: number, role: ConnectionRole, deliver: (reply: Reply) => void) {
    this.id = id;
    this.role = role;
    this.deliver = deliver;
  }

  /** It executes another command than before. @param name - the command's full name */
  used(name: string): void {
    this.lastCommand = name;
    this.isEverUsed = true;
  }

  /** How many channels and patterns it is subscribed to. */
  get subscriptions(): number {
    return this.subscribed.channel.size + this.subscribed.pattern.size + this.subscribed.shard.size;
  }
}
