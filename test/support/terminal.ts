/**
 * A terminal that remembers what a command wrote.
 *
 * @module
 */
import type { Command, Terminal } from '../../src/cli/command.ts';
import { SplitbrainError } from '../../src/kernel/errors.ts';

/** What a command did. */
export interface Ran {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** Runs a command as the command line does: an error of ours is one line on standard error and exit code 2. */
export async function runCommandLine(command: Command, ...args: string[]): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = { colour: false, columns: 100, out: (line) => out.push(line), err: (line) => err.push(line), progress: () => undefined };
  try {
    return { code: await command.run(args, terminal), out, err };
  } catch (error) {
    if (!(error instanceof SplitbrainError)) throw error;
    err.push(error.message);
    return { code: 2, out, err };
  }
}
