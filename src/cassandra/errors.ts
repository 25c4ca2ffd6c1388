/**
 * Cassandra's errors as clients get them: the exceptions of the native protocol (specification v4 and v5, section 9) with
 * their numbers and the server's texts (Apache Cassandra 5.0). An unavailable or invalid request certainly had no effect; a
 * write that timed out or failed may have happened on some replicas and may happen yet on the others.
 *
 * @module
 */
import { assertNever, SplitbrainError } from '../kernel/errors.ts';
import type { ConsistencyLevel } from './consistency.ts';

/** The error table of the native protocol: numbers and names. */
export const PROTOCOL_ERRORS: {
  readonly [Kind in
    | 'SERVER_ERROR' | 'PROTOCOL_ERROR' | 'BAD_CREDENTIALS' | 'UNAVAILABLE' | 'OVERLOADED' | 'IS_BOOTSTRAPPING' | 'TRUNCATE_ERROR' | 'WRITE_TIMEOUT' | 'READ_TIMEOUT'
    | 'READ_FAILURE' | 'FUNCTION_FAILURE' | 'WRITE_FAILURE' | 'CAS_WRITE_UNKNOWN' | 'SYNTAX_ERROR' | 'UNAUTHORIZED' | 'INVALID' | 'CONFIG_ERROR' | 'ALREADY_EXISTS'
    | 'UNPREPARED']: { readonly code: number; readonly name: string }
} = {
  SERVER_ERROR: { code: 0x0000, name: 'Server error' },
  PROTOCOL_ERROR: { code: 0x000a, name: 'Protocol error' },
  BAD_CREDENTIALS: { code: 0x0100, name: 'Authentication error' },
  UNAVAILABLE: { code: 0x1000, name: 'Unavailable exception' },
  OVERLOADED: { code: 0x1001, name: 'Overloaded' },
  IS_BOOTSTRAPPING: { code: 0x1002, name: 'Is_bootstrapping' },
  TRUNCATE_ERROR: { code: 0x1003, name: 'Truncate_error' },
  WRITE_TIMEOUT: { code: 0x1100, name: 'Write_timeout' },
  READ_TIMEOUT: { code: 0x1200, name: 'Read_timeout' },
  READ_FAILURE: { code: 0x1300, name: 'Read_failure' },
  FUNCTION_FAILURE: { code: 0x1400, name: 'Function_failure' },
  WRITE_FAILURE: { code: 0x1500, name: 'Write_failure' },
  CAS_WRITE_UNKNOWN: { code: 0x1700, name: 'CAS_write_unknown' },
  SYNTAX_ERROR: { code: 0x2000, name: 'Syntax_error' },
  UNAUTHORIZED: { code: 0x2100, name: 'Unauthorized' },
  INVALID: { code: 0x2200, name: 'Invalid' },
  CONFIG_ERROR: { code: 0x2300, name: 'Config_error' },
  ALREADY_EXISTS: { code: 0x2400, name: 'Already_exists' },
  UNPREPARED: { code: 0x2500, name: 'Unprepared' },
};

/** A row of {@link PROTOCOL_ERRORS}: what {@link SplitbrainError.code} says of an error of Cassandra's. */
export type ProtocolErrorName = keyof typeof PROTOCOL_ERRORS;

/** Errors that are no more than a text. */
export type TextErrorKind =
  | 'SERVER_ERROR' | 'PROTOCOL_ERROR' | 'OVERLOADED' | 'IS_BOOTSTRAPPING' | 'TRUNCATE_ERROR' | 'FUNCTION_FAILURE' | 'SYNTAX_ERROR' | 'UNAUTHORIZED'
  | 'INVALID' | 'CONFIG_ERROR';

/** What kind of write timed out or failed. */
export type WriteType = 'SIMPLE' | 'BATCH' | 'UNLOGGED_BATCH' | 'COUNTER' | 'BATCH_LOG' | 'CAS' | 'VIEW';

/** A replica that failed a request, and why, as the server names reasons. */
export interface ReplicaFailure {
  readonly replica: string;
  readonly reason: 'READ_TOO_MANY_TOMBSTONES' | 'UNKNOWN';
}

/** What a coordinator answers instead of a result: a value that travels in a message. */
export type CassandraErrorReply =
  | {
    readonly kind: 'unavailable'; readonly consistency: ConsistencyLevel; readonly required: number; readonly alive: number;
    /** The datacentre that falls short, where each must have enough. */
    readonly datacenter?: string;
  }
  | {
    readonly kind: 'write-timeout'; readonly consistency: ConsistencyLevel; readonly received: number; readonly blockFor: number; readonly writeType: WriteType;
    /** Of a lightweight transaction: how often it began anew because of another. */
    readonly contentions?: number;
  }
  | { readonly kind: 'read-timeout'; readonly consistency: ConsistencyLevel; readonly received: number; readonly blockFor: number; readonly dataPresent: boolean }
  | {
    readonly kind: 'write-failure'; readonly consistency: ConsistencyLevel; readonly received: number; readonly blockFor: number;
    readonly failures: readonly ReplicaFailure[]; readonly writeType: WriteType;
  }
  | {
    readonly kind: 'read-failure'; readonly consistency: ConsistencyLevel; readonly received: number; readonly blockFor: number;
    readonly failures: readonly ReplicaFailure[]; readonly dataPresent: boolean;
  }
  | { readonly kind: 'cas-unknown'; readonly consistency: ConsistencyLevel; readonly received: number; readonly blockFor: number }
  | { readonly kind: 'already-exists'; readonly keyspace: string; readonly table: string }
  | { readonly kind: 'text'; readonly error: TextErrorKind; readonly message: string };

/** An error with its place in the protocol's table. */
export abstract class CassandraError extends SplitbrainError {
  /** The protocol's number. */
  get protocolCode(): number {
    return PROTOCOL_ERRORS[this.code as ProtocolErrorName].code;
  }

  /** The protocol's name. */
  get protocolName(): string {
    return PROTOCOL_ERRORS[this.code as ProtocolErrorName].name;
  }

  /** This error as a message's content. */
  abstract toReply(): CassandraErrorReply;

  /** What the error says besides its message, as `cqlsh` prints it after that; empty when that is all. */
  get info(): Readonly<Record<string, string | number>> {
    return infoOf(this.toReply());
  }
}

/** Too few replicas are alive, as far as the coordinator knows; nothing was sent. Protocol code 0x1000. */
export class UnavailableError extends CassandraError {
  readonly consistency: ConsistencyLevel;
  /** Replicas the level needs. */
  readonly required: number;
  /** Replicas the coordinator believed alive. */
  readonly alive: number;
  readonly #reply: CassandraErrorReply;

  constructor(reply: CassandraErrorReply & { kind: 'unavailable' }) {
    super('UNAVAILABLE', `Cannot achieve consistency level ${reply.consistency}${reply.datacenter === undefined ? '' : ` in DC ${reply.datacenter}`}`);
    this.#reply = reply;
    this.consistency = reply.consistency;
    this.required = reply.required;
    this.alive = reply.alive;
  }

  toReply(): CassandraErrorReply {
    return this.#reply;
  }
}

/** A request that some replicas answered, and too few. */
abstract class AnswersError extends CassandraError {
  readonly consistency: ConsistencyLevel;
  /** Answers or acknowledgements that came. */
  readonly received: number;
  /** Answers or acknowledgements that the level needs. */
  readonly blockFor: number;
  readonly #reply: CountedReply;

  constructor(code: ProtocolErrorName, message: string, reply: CountedReply, definite: boolean) {
    super(code, message, { definite });
    this.#reply = reply;
    this.consistency = reply.consistency;
    this.received = reply.received;
    this.blockFor = reply.blockFor;
  }

  toReply(): CassandraErrorReply {
    return this.#reply;
  }
}

type CountedReply = Extract<CassandraErrorReply, { readonly received: number }>;

/** Too few replicas acknowledged in time. The write may have happened on some, and may yet on the others. Protocol code 0x1100. */
export class WriteTimeoutError extends AnswersError {
  readonly writeType: WriteType;

  constructor(reply: CassandraErrorReply & { kind: 'write-timeout' }) {
    const { received, blockFor, writeType, contentions = 0 } = reply;
    const message = writeType === 'CAS'
      ? `CAS operation timed out: received ${received} of ${blockFor} required responses after ${contentions} contention retries`
      : `Operation timed out - received only ${received} responses.`;
    super('WRITE_TIMEOUT', message, reply, false);
    this.writeType = writeType;
  }
}

/** Too few replicas answered a read in time. A read changes nothing a client could tell, so this is definite. Protocol code 0x1200. */
export class ReadTimeoutError extends AnswersError {
  /** Whether a replica had sent the data itself. */
  readonly dataPresent: boolean;

  constructor(reply: CassandraErrorReply & { kind: 'read-timeout' }) {
    super('READ_TIMEOUT', `Operation timed out - received only ${reply.received} responses.`, reply, true);
    this.dataPresent = reply.dataPresent;
  }
}

/** Replicas failed a write (their disks are full, say), so many that the level cannot be met. It may have happened on some. Protocol code 0x1500. */
export class WriteFailureError extends AnswersError {
  /** How many replicas failed. */
  readonly failures: number;
  /** Which, and why. */
  readonly reasons: readonly ReplicaFailure[];
  readonly writeType: WriteType;

  constructor(reply: CassandraErrorReply & { kind: 'write-failure' }) {
    super('WRITE_FAILURE', failureText(reply), reply, false);
    this.failures = reply.failures.length;
    this.reasons = reply.failures;
    this.writeType = reply.writeType;
  }
}

/** Replicas failed a read (too many tombstones, say). Protocol code 0x1300. */
export class ReadFailureError extends AnswersError {
  /** How many replicas failed. */
  readonly failures: number;
  /** Which, and why. */
  readonly reasons: readonly ReplicaFailure[];
  readonly dataPresent: boolean;

  constructor(reply: CassandraErrorReply & { kind: 'read-failure' }) {
    super('READ_FAILURE', failureText(reply), reply, true);
    this.failures = reply.failures.length;
    this.reasons = reply.failures;
    this.dataPresent = reply.dataPresent;
  }
}

/** A conditional write whose outcome the coordinator does not know: a SERIAL read decides it. Protocol code 0x1700. */
export class CasWriteUnknownError extends AnswersError {
  constructor(reply: CassandraErrorReply & { kind: 'cas-unknown' }) {
    super('CAS_WRITE_UNKNOWN', `CAS operation result is unknown - proposal accepted by ${reply.received} but not a quorum.`, reply, false);
  }
}

/** What is to be created is there. Protocol code 0x2400. */
export class AlreadyExistsError extends CassandraError {
  readonly keyspace: string;
  /** Empty when it is the keyspace that exists. */
  readonly table: string;

  constructor(keyspace: string, table: string) {
    super('ALREADY_EXISTS', table === '' ? `Cannot add existing keyspace "${keyspace}"` : `Cannot add already existing table "${table}" to keyspace "${keyspace}"`);
    this.keyspace = keyspace;
    this.table = table;
  }

  toReply(): CassandraErrorReply {
    return { kind: 'already-exists', keyspace: this.keyspace, table: this.table };
  }
}

/** An error that is no more than its text. */
class TextError extends CassandraError {
  constructor(kind: TextErrorKind, message: string) {
    // Some nodes may have emptied the table before another failed to.
    super(kind, message, { definite: kind !== 'TRUNCATE_ERROR' });
  }

  toReply(): CassandraErrorReply {
    return { kind: 'text', error: this.code as TextErrorKind, message: this.message };
  }
}

/** The request makes no sense for this schema or level. Nothing was done. Protocol code 0x2200. */
export class InvalidRequestError extends TextError {
  /** @param message - as the server words it */
  constructor(message: string) {
    super('INVALID', message);
  }
}

/** The text is no CQL. Protocol code 0x2000. */
export class CqlSyntaxError extends TextError {
  /** @param message - as the server words it */
  constructor(message: string) {
    super('SYNTAX_ERROR', message);
  }
}

/** A schema change that makes no sense in itself. Protocol code 0x2300. */
export class ConfigError extends TextError {
  /** @param message - as the server words it */
  constructor(message: string) {
    super('CONFIG_ERROR', message);
  }
}

/** The server forbids it. Protocol code 0x2100. */
export class UnauthorizedError extends TextError {
  /** @param message - as the server words it */
  constructor(message: string) {
    super('UNAUTHORIZED', message);
  }
}

/** A function of CQL failed while it ran. Protocol code 0x1400. */
export class FunctionFailureError extends TextError {
  /** @param message - as the server words it */
  constructor(message: string) {
    super('FUNCTION_FAILURE', message);
  }
}

/** An error of another kind: of the server, of the protocol, of a truncation. */
export class ServerError extends TextError {
  /**
   * @param message - as the server words it
   * @param kind - which
   */
  constructor(message: string, kind: TextErrorKind = 'SERVER_ERROR') {
    super(kind, message);
  }
}

/** The error a client throws for what the coordinator answered. */
export function errorFromReply(reply: CassandraErrorReply): CassandraError {
  switch (reply.kind) {
    case 'unavailable': return new UnavailableError(reply);
    case 'write-timeout': return new WriteTimeoutError(reply);
    case 'read-timeout': return new ReadTimeoutError(reply);
    case 'write-failure': return new WriteFailureError(reply);
    case 'read-failure': return new ReadFailureError(reply);
    case 'cas-unknown': return new CasWriteUnknownError(reply);
    case 'already-exists': return new AlreadyExistsError(reply.keyspace, reply.table);
    case 'text': return textError(reply.error, reply.message);
    default: return assertNever(reply);
  }
}

function textError(kind: TextErrorKind, message: string): CassandraError {
  switch (kind) {
    case 'INVALID': return new InvalidRequestError(message);
    case 'SYNTAX_ERROR': return new CqlSyntaxError(message);
    case 'CONFIG_ERROR': return new ConfigError(message);
    case 'UNAUTHORIZED': return new UnauthorizedError(message);
    case 'FUNCTION_FAILURE': return new FunctionFailureError(message);
    case 'SERVER_ERROR':
    case 'PROTOCOL_ERROR':
    case 'OVERLOADED':
    case 'IS_BOOTSTRAPPING':
    case 'TRUNCATE_ERROR': return new ServerError(message, kind);
    default: return assertNever(kind);
  }
}

function infoOf(reply: CassandraErrorReply): Readonly<Record<string, string | number>> {
  switch (reply.kind) {
    case 'unavailable': return { consistency: reply.consistency, required_replicas: reply.required, alive_replicas: reply.alive };
    case 'write-timeout': return { consistency: reply.consistency, required_responses: reply.blockFor, received_responses: reply.received, write_type: reply.writeType };
    case 'read-timeout':
    case 'cas-unknown': return { consistency: reply.consistency, required_responses: reply.blockFor, received_responses: reply.received };
    case 'write-failure': return { consistency: reply.consistency, required_responses: reply.blockFor, received_responses: reply.received, failures: reply.failures.length, write_type: reply.writeType };
    case 'read-failure': return { consistency: reply.consistency, required_responses: reply.blockFor, received_responses: reply.received, failures: reply.failures.length };
    case 'already-exists':
    case 'text': return {};
    default: return assertNever(reply);
  }
}

function failureText({ received, failures }: { readonly received: number; readonly failures: readonly ReplicaFailure[] }): string {
  const reasons = failures.map(({ replica, reason }) => `${reason} from ${replica}`).join(', ');
  return `Operation failed - received ${received} responses and ${failures.length} failures: ${reasons}`;
}
