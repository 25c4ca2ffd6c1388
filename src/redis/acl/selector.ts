/**
 * What a user may do: commands, keys and channels, as one list of rules tells it (`aclSelector` of Redis 7.0). A user has one
 * of its own, the root, and may have more; a command is allowed when any of them allows all of it.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';
import type { KeyFlag } from '../commands/key-specs.ts';
import { globMatches } from '../bytes/glob.ts';
import { hasKeys, keyReferences, type KeyReference } from '../key-references.ts';
import { CATEGORIES, categoriesOf } from './categories.ts';
import type { CommandCatalogue } from './command-catalogue.ts';

/** Why a rule is not understood; the texts are in `user.ts`. */
export type RuleProblem = 'unknown' | 'syntax' | 'all-keys' | 'all-channels' | 'no-such-password' | 'bad-hash' | 'first-argument';

/** What is not allowed of a call; `at` is the argument that was the reason. */
export interface Refusal {
  readonly kind: 'command' | 'key' | 'channel';
  readonly at: number;
}

/** What a selector says of a call. */
export type Verdict = { readonly kind: 'allowed' } | Refusal;

/** Allowed. */
export const ALLOWED: Verdict = { kind: 'allowed' };

interface KeyPattern {
  readonly pattern: Bytes;
  read: boolean;
  write: boolean;
}

/** How the commands on channels use them. */
const CHANNEL_COMMANDS: Readonly<Record<string, { readonly isPattern: boolean; readonly last: number }>> = {
  subscribe: { isPattern: false, last: Infinity }, ssubscribe: { isPattern: false, last: Infinity }, psubscribe: { isPattern: true, last: Infinity },
  publish: { isPattern: false, last: 1 }, spublish: { isPattern: false, last: 1 },
};

/** Whether bytes hold blanks or a NUL, which rules and names may not. */
export function hasBlanks(bytes: Bytes): boolean {
  return /[\0\t\n\v\f\r ]/.test(bytes);
}

const reads = (flags: readonly KeyFlag[]): boolean => flags.includes('access');
const writes = (flags: readonly KeyFlag[]): boolean => flags.includes('insert') || flags.includes('delete') || flags.includes('update');

function shown({ pattern, read, write }: KeyPattern): Bytes {
  return `${read && write ? '~' : read ? '%R~' : '%W~'}${pattern}`;
}

/** The selector. */
export class Selector {
  readonly #catalogue: CommandCatalogue;
  #allKeys = false;
  #allChannels: boolean;
  #keys: KeyPattern[] = [];
  #channels: Bytes[] = [];
  /** By {@link Command.id}. */
  #allowed: Uint8Array;
  /** `+@all` came last before any other rule: what later versions bring is allowed too. */
  #allowsFuture = false;
  #allCommands = false;
  /** First arguments with which a command is allowed that otherwise is not. */
  #firstArguments = new Map<Command, Bytes[]>();

  /** Allows nothing, but perhaps all channels. */
  constructor(catalogue: CommandCatalogue, allChannels: boolean) {
    this.#catalogue = catalogue;
    this.#allChannels = allChannels;
    this.#allowed = new Uint8Array(catalogue.all.length);
  }

  /** Whether it allows everything, so that nothing has to be looked at. */
  get isUnrestricted(): boolean {
    return this.#allCommands && this.#allKeys && this.#allChannels;
  }

  /** Whether it allows all channels. */
  get allowsAllChannels(): boolean {
    return this.#allChannels;
  }

  /** The patterns of channels it allows. */
  get channels(): readonly Bytes[] {
    return this.#channels;
  }

  /** The same rules, once more. */
  copy(): Selector {
    const copy = new Selector(this.#catalogue, this.#allChannels);
    copy.#allKeys = this.#allKeys;
    copy.#keys = this.#keys.map((pattern) => ({ ...pattern }));
    copy.#channels = [...this.#channels];
    copy.#allowed = this.#allowed.slice();
    copy.#allowsFuture = this.#allowsFuture;
    copy.#allCommands = this.#allCommands;
    copy.#firstArguments = new Map([...this.#firstArguments].map(([command, args]) => [command, [...args]]));
    return copy;
  }

  /** Applies a rule. @returns why it is not understood, if so */
  apply(rule: Bytes): RuleProblem | undefined {
    switch (rule.toLowerCase()) {
      case 'allkeys': case '~*':
        this.#allKeys = true;
        this.#keys = [];
        return undefined;
      case 'resetkeys':
        this.#allKeys = false;
        this.#keys = [];
        return undefined;
      case 'allchannels': case '&*':
        this.#allChannels = true;
        this.#channels = [];
        return undefined;
      case 'resetchannels':
        this.#allChannels = false;
        this.#channels = [];
        return undefined;
      case 'allcommands': case '+@all':
        this.#allowAll(true);
        return undefined;
      case 'nocommands': case '-@all':
        this.#allowAll(false);
        return undefined;
      default:
    }
    switch (rule.slice(0, 1)) {
      case '~': case '%':
        return this.#addKeys(rule);
      case '&':
        return this.#addChannels(rule.slice(1));
      case '+': case '-':
        return rule[1] === '@' ? this.#changeCategory(rule.slice(2).toLowerCase(), rule[0] === '+') : this.#changeCommand(rule.slice(1), rule[0] === '+');
      default:
        return 'syntax';
    }
  }

  /** The rules that make this selector, as `ACL LIST` shows them. */
  describe(): Bytes {
    const keys = this.#allKeys ? ['~*'] : this.#keys.map(shown);
    const channels = this.#allChannels ? ['&*'] : ['resetchannels', ...this.#channels.map((pattern) => `&${pattern}`)];
    return [...keys, ...channels, this.describeCommands()].join(' ');
  }

  /** The patterns of keys, as `ACL GETUSER` shows them. */
  describeKeys(): Bytes {
    return this.#allKeys ? '~*' : this.#keys.map(shown).join(' ');
  }

  /** The patterns of channels, as `ACL GETUSER` shows them. */
  describeChannels(): Bytes {
    return this.#allChannels ? '&*' : this.#channels.map((pattern) => `&${pattern}`).join(' ');
  }

  /**
   * The rules on commands: categories where they fit better than not, the best fitting first; then single commands for what is
   * still different.
   */
  describeCommands(): Bytes {
    const isAdding = !this.#allowsFuture;
    const made = new Selector(this.#catalogue, false);
    made.#allowAll(!isAdding);
    const left = new Selector(this.#catalogue, false);
    left.#allowed = this.#allowed.slice();
    const rules = [isAdding ? '-@all' : '+@all'];
    const open = new Set(CATEGORIES);
    for (;;) {
      const best = left.#bestCategory(open, isAdding);
      if (best === undefined) break;
      open.delete(best);
      made.#changeCategory(best, isAdding);
      left.#changeCategory(best, !isAdding);
      rules.push(`${isAdding ? '+' : '-'}@${best}`);
    }
    for (const command of this.#catalogue.top) this.#describeSingle(command, made, rules);
    return rules.join(' ');
  }

  /** Whether a call is allowed. */
  check(command: Command, args: readonly Bytes[], keys: KeyCache): Verdict {
    if (!this.#allCommands && !command.flags.includes('no_auth') && this.#allowed[command.id] !== 1) {
      const first = args[command.fullName === command.name ? 1 : 2]?.toLowerCase();
      const allowed = this.#firstArguments.get(command);
      if (args.length < 2 || allowed === undefined || !allowed.some((arg) => arg.toLowerCase() === first)) return { kind: 'command', at: 0 };
    }
    if (!this.#allKeys && hasKeys(command)) {
      for (const { place, flags } of keys.of(command, args)) {
        if (!this.allowsKey(args[place] as Bytes, flags)) return { kind: 'key', at: place };
      }
    }
    const use = this.#allChannels ? undefined : CHANNEL_COMMANDS[command.fullName];
    if (use !== undefined) {
      for (let at = 1; at < args.length && at <= use.last; at++) {
        if (!allowsChannel(this.#channels, args[at] as Bytes, use.isPattern)) return { kind: 'channel', at };
      }
    }
    return ALLOWED;
  }

  /** Whether a key may be used in a way. */
  allowsKey(key: Bytes, flags: readonly KeyFlag[]): boolean {
    if (this.#allKeys) return true;
    const [reading, writing] = [reads(flags), writes(flags)];
    return this.#keys.some(({ pattern, read, write }) => (read || !reading) && (write || !writing) && globMatches(pattern, key));
  }

  /** Whether every key may be read. */
  get readsEveryKey(): boolean {
    return this.#allKeys || this.#keys.some(({ pattern, read }) => read && pattern === '*');
  }

  #allowAll(allowed: boolean): void {
    this.#allowed.fill(allowed ? 1 : 0);
    this.#allowsFuture = allowed;
    this.#allCommands = allowed;
    this.#firstArguments.clear();
  }

  #addKeys(rule: Bytes): RuleProblem | undefined {
    if (this.#allKeys) return 'all-keys';
    let [read, write, at] = [true, true, 1];
    if (rule[0] === '%') {
      [read, write] = [false, false];
      for (; at < rule.length && rule[at] !== '~'; at++) {
        const letter = (rule[at] as string).toUpperCase();
        if (letter === 'R' && !read) read = true;
        else if (letter === 'W' && !write) write = true;
        else return 'syntax';
      }
      at++;
    }
    const pattern = rule.slice(at);
    // The real one takes a pattern without any letter, and cannot show it any more.
    if (hasBlanks(pattern) || (!read && !write)) return 'syntax';
    const old = this.#keys.find((other) => other.pattern === pattern);
    if (old === undefined) {
      this.#keys.push({ pattern, read, write });
    } else {
      old.read ||= read;
      old.write ||= write;
    }
    return undefined;
  }

  #addChannels(pattern: Bytes): RuleProblem | undefined {
    if (this.#allChannels) return 'all-channels';
    if (hasBlanks(pattern)) return 'syntax';
    if (!this.#channels.includes(pattern)) this.#channels.push(pattern);
    return undefined;
  }

  #changeCommand(name: Bytes, allowed: boolean): RuleProblem | undefined {
    const bar = name.lastIndexOf('|');
    const command = this.#catalogue.find(name);
    if (!allowed || bar < 0) {
      if (command === undefined) return 'unknown';
      this.#change(command, allowed);
      return undefined;
    }
    const outer = this.#catalogue.find(name.slice(0, bar));
    if (outer === undefined) return 'unknown';
    if (outer.fullName !== outer.name) return 'first-argument';
    if (bar === name.length - 1) return 'syntax';
    if (outer.children !== undefined) {
      if (command === undefined) return 'unknown';
      this.#change(command, true);
      return undefined;
    }
    const first = name.slice(bar + 1);
    const known = this.#firstArguments.get(outer) ?? [];
    if (!known.some((arg) => arg.toLowerCase() === first.toLowerCase())) this.#firstArguments.set(outer, [...known, first]);
    return undefined;
  }

  #changeCategory(category: string, allowed: boolean): RuleProblem | undefined {
    if (!CATEGORIES.includes(category)) return 'unknown';
    for (const command of this.#catalogue.all) if (categoriesOf(command).includes(category)) this.#change(command, allowed);
    return undefined;
  }

  /** Allows a command or not, and all its subcommands with it. */
  #change(command: Command, allowed: boolean): void {
    this.#allowed[command.id] = allowed ? 1 : 0;
    if (!allowed) this.#allCommands = false;
    this.#firstArguments.delete(command);
    for (const child of command.children?.values() ?? []) this.#allowed[child.id] = allowed ? 1 : 0;
  }

  #bestCategory(open: ReadonlySet<string>, isAdding: boolean): string | undefined {
    let best: string | undefined;
    let [leastDifferent, mostSame] = [Infinity, 0];
    for (const category of open) {
      let [on, off] = [0, 0];
      for (const command of this.#catalogue.all) {
        if (!categoriesOf(command).includes(category)) continue;
        if (this.#allowed[command.id] === 1) on++;
        else off++;
      }
      const [different, same] = isAdding ? [off, on] : [on, off];
      if (same > different && (different < leastDifferent || (different === leastDifferent && same > mostSame))) {
        best = category;
        leastDifferent = different;
        mostSame = same;
      }
    }
    return best;
  }

  #describeSingle(command: Command, made: Selector, rules: Bytes[]): void {
    const allowed = this.#allowed[command.id] === 1;
    if (allowed !== (made.#allowed[command.id] === 1)) {
      rules.push(`${allowed ? '+' : '-'}${command.fullName}`);
      made.#change(command, allowed);
    }
    for (const child of command.children?.values() ?? []) this.#describeSingle(child, made, rules);
    if (!allowed) for (const first of this.#firstArguments.get(command) ?? []) rules.push(`+${command.fullName}|${first}`);
  }
}

/** The keys of one call, looked for once however many selectors ask. */
export class KeyCache {
  #found: readonly KeyReference[] | undefined = undefined;

  /** The keys. */
  of(command: Command, args: readonly Bytes[]): readonly KeyReference[] {
    this.#found ??= keyReferences(command, args);
    return this.#found;
  }
}

/** Whether patterns allow a channel; a pattern that is subscribed to must be among them literally. */
export function allowsChannel(patterns: readonly Bytes[], channel: Bytes, isPattern: boolean): boolean {
  return isPattern ? patterns.includes(channel) : patterns.some((pattern) => globMatches(pattern, channel));
}
