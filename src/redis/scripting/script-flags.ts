/**
 * What scripts and functions declare of themselves: the line that begins with `#!`, and its flags (`script.c` of Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { CommandFlag } from '../command.ts';
import { splitArguments } from '../resp/split-arguments.ts';

/** The flags in the order in which `FUNCTION LIST` shows them. */
export const SCRIPT_FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys'] as const;

/** A flag of a script. */
export type ScriptFlag = (typeof SCRIPT_FLAGS)[number];

/** A flag by its name. */
export function scriptFlag(name: Bytes): ScriptFlag | undefined {
  return SCRIPT_FLAGS.find((flag) => flag === name);
}

/** What the flags of a script make of those of the command that runs it. */
export function commandFlags(command: readonly CommandFlag[], flags: ReadonlySet<ScriptFlag>): readonly CommandFlag[] {
  const kept: CommandFlag[] = command.filter((flag) => !['stale', 'denyoom', 'write', 'may_replicate'].includes(flag));
  if (!flags.has('allow-oom') && !flags.has('no-writes')) kept.push('denyoom');
  if (!flags.has('no-writes')) kept.push('write');
  if (flags.has('allow-stale')) kept.push('stale');
  return kept;
}

/** What stands in the first line of a script: nothing, an error, or its flags. */
export type EvalShebang =
  | { readonly error: Bytes }
  /** `flags` is undefined without a shebang: the script may then do whatever the caller may. */
  | { readonly body: Bytes; readonly flags: ReadonlySet<ScriptFlag> | undefined };

/** Reads the first line of a script for `EVAL`. */
export function readEvalShebang(source: Bytes): EvalShebang {
  if (!source.startsWith('#!')) return { body: source, flags: undefined };
  const end = source.indexOf('\n');
  if (end < 0) return { error: 'Invalid script shebang' };
  const [engine, ...options] = splitArguments(source.slice(0, end)) ?? [];
  if (engine === undefined) return { error: 'Invalid engine in script shebang' };
  if (engine !== '#!lua') return { error: `Unexpected engine in script shebang: ${engine}` };
  const flags = new Set<ScriptFlag>();
  for (const option of options) {
    if (!option.startsWith('flags=')) return { error: `Unknown lua shebang option: ${option}` };
    const names = option.slice('flags='.length);
    for (const name of names === '' ? [] : names.split(',')) {
      const flag = scriptFlag(name);
      if (flag === undefined) return { error: `Unexpected flag in script shebang: ${name}` };
      flags.add(flag);
    }
  }
  // The line itself stays, empty, so that lines are counted as written.
  return { body: source.slice(end), flags };
}

/** What stands in the first line of a library. */
export type LibraryShebang = { readonly error: Bytes } | { readonly engine: Bytes; readonly name: Bytes; readonly body: Bytes };

/** Reads the first line of a library. */
export function readLibraryShebang(code: Bytes): LibraryShebang {
  if (!code.startsWith('#!')) return { error: 'Missing library metadata' };
  const end = code.indexOf('\n');
  if (end < 0) return { error: 'Invalid library metadata' };
  const [engine, ...options] = splitArguments(code.slice(0, end)) ?? [];
  if (engine === undefined) return { error: 'Invalid library metadata' };
  let name: Bytes | undefined;
  for (const option of options) {
    if (!/^name=/i.test(option)) return { error: `Invalid metadata value given: ${option}` };
    if (name !== undefined) return { error: 'Invalid metadata value, name argument was given multiple times' };
    name = option.slice('name='.length);
  }
  if (name === undefined) return { error: 'Library name was not given' };
  return { engine: engine.slice(2), name, body: code.slice(end) };
}
