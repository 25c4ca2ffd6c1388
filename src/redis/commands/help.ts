/**
 * What the `HELP` subcommands answer, and the table's subcommands for the rows of containers.
 *
 * @module
 */
import { array, type Reply } from '../reply.ts';
import { SUBCOMMANDS } from './subcommands.ts';

/** The lines of a `HELP`, between the first and the last, which are the same for all. */
export function helpReply(command: string, lines: readonly string[]): Reply {
  const first = `${command.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`;
  return array([first, ...lines, 'HELP', '    Prints this help.'].map((text): Reply => ({ kind: 'simple', text })));
}

/** The arities of all subcommands of a command, for its row. */
export function subcommandsOf(command: string): Readonly<Record<string, number>> {
  const prefix = `${command}|`;
  return Object.fromEntries(Object.entries(SUBCOMMANDS).filter(([name]) => name.startsWith(prefix)).map(([name, { arity }]) => [name.slice(prefix.length), arity]));
}
