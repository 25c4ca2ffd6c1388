/**
 * The errors splitbrain throws. Three kinds exist in the project: a product's own error *reply* is a value and lives with
 * its store; what a client or user gets is a {@link SplitbrainError} with a stable `code`; a broken invariant of ours is
 * {@link invariant}. Nobody matches on texts.
 *
 * @module
 */

/** What V8 adds to `Error`; to other engines the property means nothing. */
const V8 = Error as ErrorConstructor & { stackTraceLimit: number | undefined };

/** Why an operation failed, and whether that is the end of it. Every error the library throws extends this class. */
export class SplitbrainError extends Error {
  /** Stable, upper-case, for programs. */
  readonly code: string;
  /**
   * True when the operation certainly had no effect. False when it may have happened, or may still happen: a history
   * records the first as `fail` and the second as `info`.
   */
  readonly definite: boolean;

  /**
   * @param code - stable, upper-case name
   * @param message - one line for people
   * @param options - `definite` (default true), the `cause`, and `traced`: false leaves the call stack out (default true)
   */
  constructor(code: string, message: string, options: { definite?: boolean; cause?: unknown; traced?: boolean } = {}) {
    const frames = V8.stackTraceLimit;
    if (options.traced === false) V8.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    if (options.traced === false) V8.stackTraceLimit = frames;
    this.name = new.target.name;
    this.code = code;
    this.definite = options.definite ?? true;
  }
}

/** The caller asked for something that makes no sense: a bad flag, an unknown node, a negative duration. Nothing was changed. */
export class UsageError extends SplitbrainError {}

/** A file or text could not be read: which one, and where. Nothing was changed. */
export class InputError extends SplitbrainError {
  /** @param message - one line that names file and line */
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('INVALID_INPUT', message, options);
  }
}

/**
 * A request got no answer in time. It may have been executed, or may still be. Without a call stack: it is made by the event loop,
 * whose calls say nothing of who asked, and in a run under faults by the thousand.
 */
export class RequestTimeoutError extends SplitbrainError {
  /** @param message - one line that names the request */
  constructor(message: string) {
    super('REQUEST_TIMEOUT', message, { definite: false, traced: false });
  }
}

/** The workload can never finish: nothing in the simulation is left that could wake it. */
export class HangError extends SplitbrainError {
  /** @param message - names what hangs */
  constructor(message: string) {
    super('WORKLOAD_HANGS', message, { definite: false });
  }
}

/** A bug in splitbrain: a condition that must always hold did not. */
export class InvariantError extends SplitbrainError {
  /** @param message - what should have held */
  constructor(message: string) {
    super('INVARIANT', `${message} (this is a bug in splitbrain)`, { definite: false });
  }
}

/**
 * Requires a condition that only a bug of ours can break.
 *
 * @throws {@link InvariantError} when it does not hold
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The default branch of an exhaustive `switch`: the compiler refuses it when a case is missing. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}

/**
 * Refuses an option that does not exist: a misspelt one would otherwise be ignored without a word.
 *
 * @param what - whose options they are
 * @throws {@link UsageError} `INVALID_OPTION` naming it and those that exist
 */
export function refuseUnknownOptions(what: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new UsageError('INVALID_OPTION', `${what} has no option '${name}'; known are ${known.join(', ')}`);
  }
}

/** Anything thrown, as one line of text. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
