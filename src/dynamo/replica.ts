/**
 * A node as a replica: it answers with what it knows of a key, and keeps what it is given, for itself or for another node
 * that could not be reached. It acknowledges when what it keeps is as safe as configured; a full disk keeps nothing and stays
 * silent.
 *
 * @module
 */
import type { Host, Timer } from '../kernel/node.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import type { AdmissionControl } from './admission-control.ts';
import type { Acknowledgement, ReadReplica, ReplicaVersions, WriteReplica } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import type { Storage } from './storage/storage.ts';

/** The timers of a replica: something kept for somebody is safe; the write buffer has waited long enough. */
export type ReplicaTimer =
  | (Timer & { readonly type: 'kept'; readonly to: NodeId; readonly reply: Acknowledgement; readonly since: Micros })
  | (Timer & { readonly type: 'flush' });

type Kept = Pick<WriteReplica, 'key' | 'versions' | 'record' | 'hintFor' | 'durable'>;

/** The replica's part of a node. */
export class Replica {
  readonly #host: Host;
  readonly #config: DynamoConfig;
  readonly #storage: Storage;
  readonly #admission: AdmissionControl;
  #isFlushDue = false;

  /** @param host - this incarnation */
  constructor(host: Host, config: DynamoConfig, storage: Storage, admission: AdmissionControl) {
    this.#host = host;
    this.#config = config;
    this.#storage = storage;
    this.#admission = admission;
  }

  /** Tells a coordinator what this node knows of a key. */
  read(from: NodeId, { id, key }: ReadReplica): void {
    const versions = this.#storage.known(key);
    const reply: ReplicaVersions = { type: 'versions', id, versions };
    this.#host.send(from, reply);
  }

  /** Keeps what another node sent. */
  write(from: NodeId, message: WriteReplica): void {
    const { type, id } = message;
    const ackType = type === 'write' ? 'write-ack' : type === 'repair' ? 'repair-ack' : 'handoff-ack';
    const safe: ReplicaTimer = { type: 'kept', to: from, reply: { type: ackType, id, durable: true }, since: this.#host.monotonic() };
    if (this.keep(message, safe) !== 'kept') return;
    const reply: Acknowledgement = { type: ackType, id, durable: false };
    this.#host.send(from, reply);
  }

  /** A timer of {@link ReplicaTimer} fired. */
  onTimer(timer: ReplicaTimer): void {
    if (timer.type === 'flush') {
      this.#isFlushDue = false;
      this.#storage.sync();
      return;
    }
    this.#admission.note((this.#host.monotonic() - timer.since) as Micros);
    this.#host.send(timer.to, timer.reply);
  }

  /**
   * Keeps versions, for itself or for another node.
   *
   * @returns `kept` when that is enough to acknowledge it; `later` when the timer will come back once it is safe, and only then it
   *   is; `full` when there is no room. With `durable` the timer comes back in the first case too
   */
  keep({ key, versions, record, hintFor, durable }: Kept, whenSafe: Timer): 'kept' | 'later' | 'full' {
    const kept = hintFor === undefined
      ? this.#storage.merge(key, versions, record)
      : this.#storage.hint(hintFor, { key, versions }, this.#host.now());
    if (!kept) return 'full';
    if (hintFor !== undefined) this.#host.trace(`holds ${key} for ${hintFor}`);
    if (this.#config.writes === 'synced') {
      this.#storage.sync(whenSafe, hintFor);
      return 'later';
    }
    if (durable) this.#storage.sync(whenSafe, hintFor);
    else if (hintFor === undefined) this.#buffered();
    return 'kept';
  }

  /** A writer empties the buffer now and then, and when it is full (section 6.1). */
  #buffered(): void {
    if (this.#storage.buffered >= this.#config.bufferedObjects) {
      this.#storage.sync();
    } else if (!this.#isFlushDue && this.#storage.buffered > 0) {
      this.#isFlushDue = true;
      const timer: ReplicaTimer = { type: 'flush' };
      this.#host.setTimer(this.#config.flushInterval, timer);
    }
  }
}
