/**
 * A node as a replica: it answers with what it knows of a key, and keeps what it is given, for itself or for another node
 * that could not be reached. It acknowledges when what it keeps is as safe as configured; a full disk keeps nothing and stays
 * silent.
 *
 * @module
 */
import type { Host, Timer } from '../kernel/node.ts';
import type { NodeId } from '../kernel/units.ts';
import type { Acknowledgement, ReadReplica, ReplicaVersions, WriteReplica } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import type { Storage } from './storage.ts';
import type { Versions } from './version.ts';

/** The timer that comes back when something kept for somebody is safe. */
export interface KeptTimer extends Timer {
  readonly type: 'kept';
  readonly to: NodeId;
  readonly reply: Acknowledgement;
}

/** The replica's part of a node. */
export class Replica {
  readonly #host: Host;
  readonly #config: DynamoConfig;
  readonly #storage: Storage;

  /** @param host - this incarnation */
  constructor(host: Host, config: DynamoConfig, storage: Storage) {
    this.#host = host;
    this.#config = config;
    this.#storage = storage;
  }

  /** Tells a coordinator what this node knows of a key. */
  read(from: NodeId, { id, key }: ReadReplica): void {
    const reply: ReplicaVersions = { type: 'versions', id, versions: this.#storage.known(key) };
    this.#host.send(from, reply);
  }

  /** Keeps what another node sent. */
  write(from: NodeId, { type, id, key, versions, hintFor }: WriteReplica): void {
    const reply: Acknowledgement = { type: `${type}-ack`, id };
    const timer: KeptTimer = { type: 'kept', to: from, reply };
    if (this.keep(key, versions, hintFor, timer) === 'kept') this.#host.send(from, reply);
  }

  /** What was kept for somebody is safe now. */
  safe({ to, reply }: KeptTimer): void {
    this.#host.send(to, reply);
  }

  /**
   * Keeps versions, for itself or for another node.
   *
   * @returns `kept` when that is all; `later` when the timer will come back once it is safe; `full` when there is no room
   */
  keep(key: string, versions: Versions, hintFor: NodeId | undefined, whenSafe: Timer): 'kept' | 'later' | 'full' {
    const kept = hintFor === undefined
      ? this.#storage.merge(key, versions)
      : this.#storage.hint(hintFor, { key, versions }, this.#host.now());
    if (!kept) return 'full';
    if (hintFor !== undefined) this.#host.trace(`holds ${key} for ${hintFor}`);
    if (this.#config.writes === 'buffered') return 'kept';
    this.#storage.sync(whenSafe, hintFor);
    return 'later';
  }
}
