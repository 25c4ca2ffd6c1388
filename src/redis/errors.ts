/**
 * Redis's error texts, each in one place, byte-equal to 7.0.
 *
 * @module
 */
import { SplitbrainError } from '../kernel/errors.ts';
import { isTooLong } from './bytes/bytes.ts';

/** The name of an error text. */
export type ErrorName =
  | 'wrongType' | 'syntax' | 'notInteger' | 'notFloat' | 'outOfRange' | 'mustBePositive' | 'noSuchKey' | 'sameObject'
  | 'invalidCursor' | 'overflow' | 'nanOrInfinity' | 'notFiniteNumber' | 'stringTooLong' | 'offsetOutOfRange' | 'indexOutOfRange' | 'databaseOutOfRange'
  | 'invalidDatabase' | 'minOrMaxNotFloat' | 'minOrMaxNotString' | 'weightNotFloat' | 'scoreNaN' | 'timeoutNegative' | 'timeoutNotInteger' | 'execAbort'
  | 'execWithoutMulti' | 'discardWithoutMulti' | 'nestedMulti' | 'watchInsideMulti' | 'notInTransaction' | 'noReplicas' | 'readOnly' | 'masterDown'
  | 'misconfiguredAof' | 'waitOnReplica' | 'loading' | 'noAuth' | 'outOfMemory' | 'busyScript';

/** The error replies that more than one command gives. */
export const ERROR: Readonly<Record<ErrorName, string>> = {
  wrongType: 'WRONGTYPE Operation against a key holding the wrong kind of value',
  syntax: 'ERR syntax error',
  notInteger: 'ERR value is not an integer or out of range',
  notFloat: 'ERR value is not a valid float',
  outOfRange: 'ERR value is out of range',
  mustBePositive: 'ERR value is out of range, must be positive',
  noSuchKey: 'ERR no such key',
  sameObject: 'ERR source and destination objects are the same',
  invalidCursor: 'ERR invalid cursor',
  overflow: 'ERR increment or decrement would overflow',
  nanOrInfinity: 'ERR increment would produce NaN or Infinity',
  notFiniteNumber: 'ERR value is NaN or Infinity',
  stringTooLong: 'ERR string exceeds maximum allowed size (proto-max-bulk-len)',
  offsetOutOfRange: 'ERR offset is out of range',
  indexOutOfRange: 'ERR index out of range',
  databaseOutOfRange: 'ERR DB index is out of range',
  invalidDatabase: 'ERR invalid DB index',
  minOrMaxNotFloat: 'ERR min or max is not a float',
  minOrMaxNotString: 'ERR min or max not valid string range item',
  weightNotFloat: 'ERR weight value is not a float',
  scoreNaN: 'ERR resulting score is not a number (NaN)',
  timeoutNegative: 'ERR timeout is negative',
  timeoutNotInteger: 'ERR timeout is not an integer or out of range',
  execAbort: 'EXECABORT Transaction discarded because of previous errors.',
  execWithoutMulti: 'ERR EXEC without MULTI',
  discardWithoutMulti: 'ERR DISCARD without MULTI',
  nestedMulti: 'ERR MULTI calls can not be nested',
  watchInsideMulti: 'ERR WATCH inside MULTI is not allowed',
  notInTransaction: 'ERR Command not allowed inside a transaction',
  noReplicas: 'NOREPLICAS Not enough good replicas to write.',
  readOnly: "READONLY You can't write against a read only replica.",
  masterDown: "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  misconfiguredAof: 'MISCONF Errors writing to the AOF file: No space left on device',
  waitOnReplica: 'ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated.',
  loading: 'LOADING Redis is loading the dataset in memory',
  noAuth: 'NOAUTH Authentication required.',
  outOfMemory: "OOM command not allowed when used memory > 'maxmemory'.",
  busyScript: 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
};

/**
 * Redis refused a command: the reply was an error, and the command had no effect. Its message is the reply's exact text,
 * its `code` the first word of it (`ERR`, `WRONGTYPE`, `READONLY`, `NOREPLICAS`, …).
 */
export class RedisReplyError extends SplitbrainError {
  /** @param text - the whole reply without its leading `-` */
  constructor(text: string) {
    super(/^[A-Z][A-Z0-9_]*(?= |$)/.exec(text)?.[0] ?? 'ERR', text);
  }
}

/** Ends a command with an error reply. Inside the engine only: at its edge it is a reply value again. */
export function refuse(text: string): never {
  throw new RedisReplyError(text);
}

/** The text that a command ends with which threw this. @throws what is no refusal, as it is */
export function refusalOf(error: unknown): string {
  if (error instanceof RedisReplyError) return error.message;
  if (isTooLong(error)) return ERROR.stringTooLong;
  throw error;
}
