/**
 * What an engine sees of the server around it, where there is one: replication, the append-only file, the process.
 *
 * @module
 */
import type { Bytes } from './bytes/bytes.ts';
import type { Connection } from './connections/connection.ts';
import type { Reply } from './reply.ts';

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
