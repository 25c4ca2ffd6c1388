/**
 * One execution of a script or function, from the command that asked for it to its reply (`scriptRunCtx` of Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Connection } from '../connections/connection.ts';
import type { Reply } from '../reply.ts';
import type { Runnable } from './scripts.ts';

/** What a script is to be run for, and with which rights. */
export interface ScriptRequest {
  readonly runnable: Runnable;
  readonly caller: Connection;
  /** The command that asked. */
  readonly command: readonly Bytes[];
  /** The command was one that reads only. */
  readonly isReadOnly: boolean;
  readonly keys: readonly Bytes[];
  readonly args: readonly Bytes[];
}

/** `redis.REPL_ALL`: to the append-only file (1) and to replicas (2). */
export const REPLICATE_ALL = 3;

/** The execution. */
export class ScriptRun {
  readonly request: ScriptRequest;
  /** The client it acts as; `SELECT` in a script moves nobody else. */
  readonly connection: Connection;
  /** It may not write. */
  readonly isReadOnly: boolean;
  /** What `redis.setresp` chose. */
  protocol: 2 | 3 = 2;
  /** What `redis.set_repl` chose. */
  replicates: number = REPLICATE_ALL;
  /** It has called a command that writes: from now on it cannot be killed, and is refused nothing for the state of the server. */
  hasWritten = false;
  /** Somebody wants it to end. */
  isKilled = false;
  /** How long `DEBUG SLEEP` has held it up, in milliseconds: its reply comes so much later. */
  sleeps = 0;
  /** Its commands' answers are kept, should it have to begin anew. */
  isRecording = false;
  /** What its commands have answered, in order. */
  readonly replies: Reply[] = [];
  /** How many of those it has had since it began anew. */
  replayed = 0;
  /** The steps it has taken since then. */
  steps = 0;

  /** @param connection - a script's, which no other is using */
  constructor(request: ScriptRequest, connection: Connection) {
    const { caller, runnable, isReadOnly } = request;
    this.request = request;
    this.isReadOnly = isReadOnly || runnable.flags?.has('no-writes') === true;
    this.connection = connection;
    connection.database = caller.database;
  }
  /** Begins anew: what its commands did stays done, and they answer what they answered. */
  replay(): void {
    this.isRecording = false;
    this.replayed = 0;
    this.steps = 0;
    this.protocol = 2;
    this.replicates = REPLICATE_ALL;
  }

  /** What a command answered before the script began anew; undefined for one that was not called then. */
  remembered(): Reply | undefined {
    if (this.isRecording) return undefined;
    return this.replayed < this.replies.length ? this.replies[this.replayed++] : undefined;
  }
}
