/**
 * The replication stream of one node: its identity, its offset, its last bytes. A replica feeds it with the bytes it receives,
 * so that it can go on as a primary at the same offset; the identity it had before then still serves those who followed the
 * same primary (`replid2` of Redis, PSYNC2).
 *
 * @module
 */
import type { Random } from '../../kernel/random.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Effect } from '../effects.ts';
import { encodeCommand } from '../resp/encode.ts';
import { Backlog } from './backlog.ts';

const NO_ID = '0'.repeat(40);

/** A fresh replication id: 40 hexadecimal digits. */
function replicationId(random: Random): string {
  return Array.from({ length: 5 }, () => random.uint32().toString(16).padStart(8, '0')).join('');
}

/** The stream. */
export class ReplicationStream {
  readonly #random: Random;
  readonly #backlogSize: number;
  #backlog: Backlog;
  #selected = -1;
  /** Who writes it. */
  id: string;
  /** Who wrote it before this node was promoted, and up to where that is the same stream. */
  #formerId: string | undefined = undefined;
  #formerEnd = 0;

  /** Begins at 0 with a fresh identity. */
  constructor(random: Random, backlogSize: number) {
    this.#random = random;
    this.#backlogSize = backlogSize;
    this.#backlog = new Backlog(backlogSize, 0);
    this.id = replicationId(random);
  }

  /** `master_repl_offset` */
  get offset(): number {
    return this.#backlog.end;
  }

  /** Encodes effects that belong together, all or none, and adds them. @returns their bytes */
  feed(effects: readonly Effect[]): Bytes {
    const isTransaction = effects.length > 1;
    let bytes = '';
    for (const [i, { database, args }] of effects.entries()) {
      if (database !== this.#selected) {
        bytes += encodeCommand(['SELECT', String(database)]);
        this.#selected = database;
      }
      if (isTransaction && i === 0) bytes += encodeCommand(['MULTI']);
      bytes += encodeCommand(args);
    }
    if (isTransaction) bytes += encodeCommand(['EXEC']);
    this.append(bytes);
    return bytes;
  }

  /** Adds bytes as they are: those a replica received, or a heartbeat. */
  append(bytes: Bytes): void {
    this.#backlog.append(bytes);
  }

  /** The bytes from an offset on, when they can be had: the stream is the same one, and they are not forgotten. */
  continuation(id: string, offset: number): Bytes | undefined {
    const isSame = id === this.id || (id === this.#formerId && offset <= this.#formerEnd);
    return isSame ? this.#backlog.since(offset) : undefined;
  }

  /** The bytes from an offset of this very stream on, unless they are forgotten. */
  since(offset: number): Bytes | undefined {
    return this.#backlog.since(offset);
  }

  /** What `INFO replication` tells of it. */
  info(): readonly string[] {
    const { first, end, length } = this.#backlog;
    const isActive = end > 0;
    return [
      `master_replid:${this.id}`, `master_replid2:${this.#formerId ?? NO_ID}`, `master_repl_offset:${end}`,
      `second_repl_offset:${this.#formerId === undefined ? -1 : this.#formerEnd + 1}`,
      `repl_backlog_active:${isActive ? 1 : 0}`, `repl_backlog_size:${this.#backlogSize}`,
      // The first byte of a stream is number 1.
      `repl_backlog_first_byte_offset:${isActive ? first + 1 : 0}`, `repl_backlog_histlen:${length}`,
    ];
  }

  /** This node becomes a primary: a new identity, the same offset. */
  promote(): void {
    this.#formerId = this.id;
    this.#formerEnd = this.offset;
    this.id = replicationId(this.#random);
    this.#selected = -1;
  }

  /** Follows another's stream from an offset on: after a full resynchronisation nothing before it is known. */
  adopt(id: string, offset: number): void {
    if (offset !== this.offset) this.#backlog = new Backlog(this.#backlogSize, offset);
    this.id = id;
    this.#formerId = undefined;
    this.#selected = -1;
  }

  /** A replica starts from the dataset: the next change names its database again. */
  selectAgain(): void {
    this.#selected = -1;
  }
}
