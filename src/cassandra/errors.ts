/**
 * Cassandra's errors as clients get them: the exceptions of the native protocol (specification v4, section 9) with their
 * numbers and the server's texts. An unavailable or invalid request certainly had no effect; a write that timed out may have
 * happened on some replicas and may happen yet on the others.
 *
 * Left out for now: read and write failures, overloaded, function and truncation errors.
 *
 * @module
 */
import { assertNever, SplitbrainError } from '../kernel/errors.ts';
import type { ConsistencyLevel } from './consistency.ts';

/** What a coordinator answers instead of a result: a value that travels in a message. */
export type CassandraErrorReply =
  | { readonly kind: 'unavailable'; readonly consistency: ConsistencyLevel; readonly required: number; readonly alive: number }
  | { readonly kind: 'write-timeout'; readonly consistency: ConsistencyLevel; readonly received: number; readonly blockFor: number; readonly writeType: WriteType }
  | { readonly kind: 'read-timeout'; readonly consistency: ConsistencyLevel; readonly received: number; readonly blockFor: number; readonly dataPresent: boolean }
  | { readonly kind: 'invalid'; readonly message: string };

/** What kind of write timed out. */
export type WriteType = 'SIMPLE';

/** Too few replicas are alive, as far as the coordinator knows; nothing was sent. Protocol code 0x1000. */
export class UnavailableError extends SplitbrainError {
  readonly consistency: ConsistencyLevel;
  /** Replicas the level needs. */
  readonly required: number;
  /** Replicas the coordinator believed alive. */
  readonly alive: number;

  constructor(reply: CassandraErrorReply & { kind: 'unavailable' }) {
    super('UNAVAILABLE', `Cannot achieve consistency level ${reply.consistency} (${reply.required} required, ${reply.alive} alive)`);
    this.consistency = reply.consistency;
    this.required = reply.required;
    this.alive = reply.alive;
  }
}

/** Too few replicas acknowledged in time. The write may have happened on some, and may yet on the others. Protocol code 0x1100. */
export class WriteTimeoutError extends SplitbrainError {
  readonly consistency: ConsistencyLevel;
  /** Acknowledgements that came. */
  readonly received: number;
  /** Acknowledgements the level needs. */
  readonly blockFor: number;
  readonly writeType: WriteType;

  constructor(reply: CassandraErrorReply & { kind: 'write-timeout' }) {
    super(
      'WRITE_TIMEOUT',
      `Operation timed out - received only ${reply.received} responses (${reply.writeType} write at ${reply.consistency}, ${reply.blockFor} required)`,
      { definite: false },
    );
    this.consistency = reply.consistency;
    this.received = reply.received;
    this.blockFor = reply.blockFor;
    this.writeType = reply.writeType;
  }
}

/** Too few replicas answered a read in time. A read changes nothing a client could tell, so this is definite. Protocol code 0x1200. */
export class ReadTimeoutError extends SplitbrainError {
  readonly consistency: ConsistencyLevel;
  /** Answers that came. */
  readonly received: number;
  /** Answers the level needs. */
  readonly blockFor: number;
  /** Whether a replica had sent the data itself. */
  readonly dataPresent: boolean;

  constructor(reply: CassandraErrorReply & { kind: 'read-timeout' }) {
    super(
      'READ_TIMEOUT',
      `Operation timed out - received only ${reply.received} responses (read at ${reply.consistency}, ${reply.blockFor} required)`,
    );
    this.consistency = reply.consistency;
    this.received = reply.received;
    this.blockFor = reply.blockFor;
    this.dataPresent = reply.dataPresent;
  }
}

/** The request makes no sense for this table or level. Nothing was done. Protocol code 0x2200. */
export class InvalidRequestError extends SplitbrainError {
  /** @param message - as the server words it */
  constructor(message: string) {
    super('INVALID', message);
  }
}

/** The error a client throws for what the coordinator answered. */
export function errorFromReply(reply: CassandraErrorReply): SplitbrainError {
  switch (reply.kind) {
    case 'unavailable': return new UnavailableError(reply);
    case 'write-timeout': return new WriteTimeoutError(reply);
    case 'read-timeout': return new ReadTimeoutError(reply);
    case 'invalid': return new InvalidRequestError(reply.message);
    default: return assertNever(reply);
  }
}
