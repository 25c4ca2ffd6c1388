/**
 * The shape of a subcommand of the `splitbrain` command line.
 *
 * @module
 */

/** Where a command writes: answers to `out`, diagnostics and progress to `err`. */
export interface Terminal {
  /** Writes one line to standard output. */
  out(line: string): void;
  /** Writes one line to standard error. */
  err(line: string): void;
  /** Redraws a line of progress on standard error; does nothing where that is not a terminal. */
  progress(line: string): void;
  /** How wide pictures and texts may be: the terminal's width, 100 at most. */
  readonly columns: number;
  /** Whether standard output is a terminal that takes colour. */
  readonly colour: boolean;
}

/** What a process ends with. */
export const EXIT = { ok: 0, violation: 1, unusable: 2, unknown: 3 } as const;

/** One subcommand. */
export interface Command {
  /** As typed. */
  readonly name: string;
  /** The arguments, as `--help` prints them. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /**
   * Does it. A thrown `SplitbrainError` becomes one line on standard error and exit code 2.
   *
   * @param args - what stood behind the command's name
   * @param terminal - where to write
   * @returns the exit code, one of {@link EXIT}
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}
