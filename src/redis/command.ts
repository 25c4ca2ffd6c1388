/**
 * What a command is: a row of a table. Arity checks, key extraction, ACL categories, `COMMAND` and the support table are all
 * made from these rows (source: redis.io command reference, 7.0).
 *
 * @module
 */
import type { Bytes } from './bytes/bytes.ts';
import type { Call } from './call.ts';
import type { Engine } from './engine.ts';
import type { KeySpec } from './commands/key-specs.ts';
import type { Reply, ReplyKind } from './reply.ts';

/** What a command does to the server, as `COMMAND` names it. */
export type CommandFlag =
  | 'write' | 'readonly' | 'denyoom' | 'admin' | 'pubsub' | 'noscript' | 'random' | 'blocking' | 'loading' | 'stale'
  | 'asking' | 'allow_busy' | 'skip_slowlog' | 'skip_monitor' | 'no_mandatory_keys' | 'no_async_loading' | 'fast' | 'no_auth' | 'no_multi' | 'movablekeys' | 'may_replicate'
  | 'protected' | 'touches_arbitrary_keys';

/** An ACL category that flags do not imply. */
export type AclCategory =
  | 'keyspace' | 'string' | 'hash' | 'list' | 'set' | 'sortedset' | 'geo' | 'pubsub' | 'connection' | 'transaction' | 'dangerous' | 'blocking' | 'admin'
  | 'bitmap' | 'hyperloglog' | 'stream' | 'scripting';

/** Where a command's keys are among its arguments. */
export type KeyPositions =
  | { readonly kind: 'none' }
  /** From `first` to `last` (negative: counted from the end) in steps; argument 0 is the command's name. */
  | { readonly kind: 'range'; readonly first: number; readonly last: number; readonly step: number }
  /** A count at `count`, and so many keys behind it; `destination` is a further key before it. */
  | { readonly kind: 'counted'; readonly count: number; readonly destination?: number }
  /** The key at 1, and the argument behind `STORE` or `STOREDIST`. */
  | { readonly kind: 'store' }
  /** The first half of what stands behind `STREAMS`. */
  | { readonly kind: 'streams' };

/** Executes a command. `args[0]` is its name as it was sent. An error may be returned or thrown by `refuse`. */
export type CommandHandler = (call: Call, args: readonly Bytes[]) => Reply;

/** One row of the table. */
export interface CommandSpec {
  /** Count of arguments with the name; negative: at least so many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly keys: KeyPositions;
  readonly categories: readonly AclCategory[];
  /** The Redis version that brought it. */
  readonly since: string;
  /** Every kind of reply it gives, errors and `QUEUED` apart. */
  readonly reply: readonly ReplyKind[];
  /** Subcommands and their arities, both names counted. */
  readonly subcommands?: Readonly<Record<string, number>>;
  /** The flags of one call, where they hang on its arguments: on the subcommand, on what a script declares of itself. */
  readonly flagsOf?: (engine: Engine, args: readonly Bytes[]) => readonly CommandFlag[];
  readonly run: CommandHandler;
}

/** Rows by lower-case name. */
export type CommandGroup = Readonly<Record<string, CommandSpec>>;

/** A row and its name; a subcommand is one too. */
export interface Command extends CommandSpec {
  /** What the first argument says, in lower case. */
  readonly name: string;
  /** The name, and behind `|` that of the subcommand: `config|get`. */
  readonly fullName: string;
  /** Its place among all commands and subcommands, from 0. */
  readonly id: number;
  /** Whether the flags have `write`. */
  readonly isWrite: boolean;
  /** What must be looked up at each call, whether the flags have it. */
  readonly isReadOnly: boolean;
  /** Its subcommands by their second argument in lower case. */
  readonly children: ReadonlyMap<string, Command> | undefined;
  readonly keySpecs: readonly KeySpec[];
  /** Whether what it looks for counts as a hit or a miss. */
  readonly countsLookups: boolean;
}

/** No keys. */
export const NO_KEYS: KeyPositions = { kind: 'none' };
/** One key, the first argument. */
export const FIRST_KEY: KeyPositions = { kind: 'range', first: 1, last: 1, step: 1 };
/** The first two arguments. */
export const TWO_KEYS: KeyPositions = { kind: 'range', first: 1, last: 2, step: 1 };
/** Every argument. */
export const ALL_KEYS: KeyPositions = { kind: 'range', first: 1, last: -1, step: 1 };
/** Every second argument, from the first. */
export const ALTERNATE_KEYS: KeyPositions = { kind: 'range', first: 1, last: -1, step: 2 };

/** The keys of a call, in the order of its arguments. Empty where the arguments are not well formed. */
export function keysOf(spec: CommandSpec, args: readonly Bytes[]): Bytes[] {
  const { keys } = spec;
  switch (keys.kind) {
    case 'none':
      return [];
    case 'range': {
      const last = keys.last < 0 ? args.length + keys.last : Math.min(keys.last, args.length - 1);
      const found: Bytes[] = [];
      for (let i = keys.first; i <= last; i += keys.step) found.push(args[i] as Bytes);
      return found;
    }
    case 'counted': {
      const count = Number(args[keys.count]);
      const counted = Number.isInteger(count) && count > 0 ? args.slice(keys.count + 1, keys.count + 1 + count) : [];
      return keys.destination === undefined ? counted : [args[keys.destination] ?? '', ...counted];
    }
    case 'streams': {
      const at = args.findIndex((arg, i) => i > 0 && /^streams$/i.test(arg));
      return at < 0 ? [] : args.slice(at + 1, at + 1 + Math.floor((args.length - at - 1) / 2));
    }
    case 'store': {
      const at = args.findLastIndex((arg, i) => i > 1 && i < args.length - 1 && /^store(dist)?$/i.test(arg));
      return [args[1] ?? '', ...(at < 0 ? [] : [args[at + 1] as Bytes])];
    }
  }
}
