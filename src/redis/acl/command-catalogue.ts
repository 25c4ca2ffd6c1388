/**
 * The commands as users' rules name them. Given to the rules from outside, as the table of commands itself holds `ACL`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';

/** All commands. */
export class CommandCatalogue {
  /** Subcommands among them, by {@link Command.id}. */
  readonly all: readonly Command[];
  /** Without subcommands. */
  readonly top: readonly Command[];
  readonly #byName: ReadonlyMap<string, Command>;

  /** Made from the table. */
  constructor(all: readonly Command[]) {
    this.all = all;
    this.top = all.filter(({ name, fullName }) => name === fullName);
    this.#byName = new Map(all.map((command) => [command.fullName, command]));
  }

  /** A command by its full name, in any case. */
  find(name: Bytes): Command | undefined {
    return this.#byName.get(name.toLowerCase());
  }
}
