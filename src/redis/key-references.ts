/**
 * The keys in the arguments of a command, each with what the command does to it: what users' key patterns, `COMMAND
 * GETKEYSANDFLAGS` and client-side caching go by (`getKeysFromCommandWithSpecs` of Redis 7.0).
 *
 * The specifications are followed where they tell all; where they cannot (`SORT`, `MIGRATE`, the `GET` of `SET`), a reader of
 * the command's own does.
 *
 * @module
 */
import type { Bytes } from './bytes/bytes.ts';
import type { Command } from './command.ts';
import type { KeyFlag, KeySpec } from './commands/key-specs.ts';
import { parseInt64 } from './bytes/int64.ts';

/** Where a key stands among the arguments, and what is done to it. */
export interface KeyReference {
  readonly place: number;
  readonly flags: readonly KeyFlag[];
}

const READ: readonly KeyFlag[] = ['RO', 'access'];
const CHANGE: readonly KeyFlag[] = ['RW', 'access', 'update'];
const OVERWRITE: readonly KeyFlag[] = ['OW', 'update'];
const TAKE: readonly KeyFlag[] = ['RW', 'access', 'delete'];

const isWord = (arg: Bytes | undefined, word: string): boolean => arg?.toLowerCase() === word;

function setKeys(args: readonly Bytes[]): KeyReference[] {
  return [{ place: 1, flags: args.some((arg, i) => i >= 3 && isWord(arg, 'get')) ? CHANGE : OVERWRITE }];
}

function bitfieldKeys(args: readonly Bytes[]): KeyReference[] {
  for (let i = 2; i < args.length; i++) {
    const left = args.length - i - 1;
    if (isWord(args[i], 'get') && left >= 2) i += 2;
    else if (isWord(args[i], 'overflow') && left >= 1) i += 1;
    else return [{ place: 1, flags: CHANGE }];
  }
  return [{ place: 1, flags: READ }];
}

function sortKeys(args: readonly Bytes[]): KeyReference[] {
  let store: number | undefined;
  for (let i = 2; i < args.length; i++) {
    if (isWord(args[i], 'limit')) i += 2;
    else if (isWord(args[i], 'get') || isWord(args[i], 'by')) i += 1;
    else if (isWord(args[i], 'store') && i + 1 < args.length) store = i + 1;
  }
  const source: KeyReference = { place: 1, flags: READ };
  return store === undefined ? [source] : [source, { place: store, flags: OVERWRITE }];
}

const MIGRATE_WORDS: Readonly<Record<string, number>> = { copy: 0, replace: 0, auth: 1, auth2: 2 };

function migrateKeys(args: readonly Bytes[]): KeyReference[] {
  for (let i = 6; i < args.length && args.length > 6; i++) {
    if (isWord(args[i], 'keys')) {
      // With a key in its usual place that is an error of syntax, and not ours.
      return args[3] === '' ? args.slice(i + 1).map((_, j) => ({ place: i + 1 + j, flags: TAKE })) : [];
    }
    i += MIGRATE_WORDS[(args[i] ?? '').toLowerCase()] ?? 0;
  }
  return [{ place: 3, flags: TAKE }];
}

/** Readers for the commands whose specifications do not tell all. */
const OWN_READERS: Readonly<Record<string, (args: readonly Bytes[]) => KeyReference[]>> = {
  set: setKeys, bitfield: bitfieldKeys, sort: sortKeys, sort_ro: () => [{ place: 1, flags: READ }], migrate: migrateKeys,
};

function firstOf({ begin }: KeySpec, args: readonly Bytes[]): number | undefined {
  if (begin.kind === 'index') return begin.index;
  if (begin.kind === 'unknown') return undefined;
  const word = begin.keyword.toLowerCase();
  const step = begin.startFrom > 0 ? 1 : -1;
  for (let i = begin.startFrom > 0 ? begin.startFrom : args.length + begin.startFrom; i >= 1 && i < args.length; i += step) {
    // Searched forwards, the last argument cannot be the keyword; backwards, the first cannot.
    if (i === (step > 0 ? args.length - 1 : 1)) break;
    if (isWord(args[i], word)) return i + 1;
  }
  return 0;
}

function boundsOf({ find }: KeySpec, first: number, args: readonly Bytes[]): { readonly first: number; readonly last: number; readonly step: number } | undefined {
  switch (find.kind) {
    case 'range': {
      const last = find.last >= 0 ? first + find.last
        : find.limit === 0 ? args.length + find.last : first + Math.trunc((args.length - first) / find.limit) + find.last;
      return { first, last, step: find.step };
    }
    case 'keynum': {
      const count = parseInt64(args[first + find.countAt] ?? '');
      if (count === undefined || count < 0) return undefined;
      return { first: first + find.first, last: first + find.first + Number(count) - 1, step: find.step };
    }
    case 'unknown':
      return undefined;
  }
}

/** Follows the specifications; undefined when they cannot be followed to the end. */
function bySpecs(command: Command, args: readonly Bytes[]): KeyReference[] | undefined {
  const found: KeyReference[] = [];
  for (const spec of command.keySpecs) {
    if (spec.flags.includes('not_key')) continue;
    const first = firstOf(spec, args);
    // A keyword that is not there brings no keys.
    if (first === 0) continue;
    const bounds = first === undefined ? undefined : boundsOf(spec, first, args);
    if (bounds === undefined || bounds.last >= args.length || bounds.last < bounds.first) return undefined;
    for (let i = bounds.first; i <= bounds.last; i += bounds.step) found.push({ place: i, flags: spec.flags });
    if (spec.flags.includes('incomplete')) return undefined;
  }
  return found;
}

/** Whether a command may have keys at all; channels of shards do not count. */
export function hasKeys({ keySpecs }: Command): boolean {
  return keySpecs.some(({ flags }) => !flags.includes('not_key'));
}

/** The keys of a call. Empty where the arguments are not well formed. */
export function keyReferences(command: Command, args: readonly Bytes[]): readonly KeyReference[] {
  if (command.keySpecs.length === 0) return [];
  const isVariable = command.keySpecs.some(({ flags }) => flags.includes('variable_flags'));
  const found = isVariable ? undefined : bySpecs(command, args);
  return found ?? OWN_READERS[command.fullName]?.(args) ?? [];
}
