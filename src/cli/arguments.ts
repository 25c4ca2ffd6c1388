/**
 * Reading flags, on top of `node:util`'s parseArgs: every mistake is one line that names the flag and the command.
 *
 * @module
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { messageOf, UsageError } from '../kernel/errors.ts';

/** The flags of a command, as parseArgs takes them. */
export type Flags = NonNullable<ParseArgsConfig['options']>;

/** What was given. */
export interface Given {
  readonly positionals: readonly string[];
  /** A text flag, or undefined. */
  text(flag: string): string | undefined;
  /** A text flag that may be given several times. */
  texts(flag: string): readonly string[];
  /** A switch. */
  on(flag: string): boolean;
  /** A whole number that is not negative, or the value given for its absence. */
  whole<T>(flag: string, absent: T): number | T;
}

/**
 * Reads a command's arguments.
 *
 * @throws {@link UsageError} `INVALID_ARGUMENT` on an unknown flag, a missing value, or too many positionals
 */
export function readArguments(command: string, args: readonly string[], flags: Flags, positionals: number): Given {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: flags, allowPositionals: true, strict: true });
  } catch (error) {
    // parseArgs explains at length how to pass a positional that looks like a flag; its first sentence is enough.
    const first = messageOf(error).split('. ', 1)[0] ?? '';
    // What begins with a dash is taken for a flag: `--seed -1`.
    const flag = /^Option '(--[a-z-]+)' argument is ambiguous/.exec(messageOf(error))?.[1];
    throw refuse(command, flag === undefined ? first : `${flag} needs a value, and one that begins with '-' is none`);
  }
  if (parsed.positionals.length > positionals) {
    throw refuse(command, `unexpected argument '${parsed.positionals[positionals] ?? ''}'`);
  }
  const { values } = parsed;
  return {
    positionals: parsed.positionals,
    text: (flag) => values[flag] as string | undefined,
    texts: (flag) => (values[flag] as readonly string[] | undefined) ?? [],
    on: (flag) => values[flag] === true,
    whole: (flag, absent) => {
      const given = values[flag] as string | undefined;
      if (given === undefined) return absent;
      const number = Number(given);
      if (!/^\d+$/.test(given) || !Number.isSafeInteger(number)) throw refuse(command, `--${flag} takes a whole number, got '${given}'`);
      return number;
    },
  };
}

function refuse(command: string, message: string): UsageError {
  return new UsageError('INVALID_ARGUMENT', `${command}: ${message} (try 'splitbrain --help')`);
}
