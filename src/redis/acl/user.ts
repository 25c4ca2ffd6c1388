/**
 * A user: passwords, and selectors that tell what it may do (`user` of Redis 7.0). Passwords are kept as their SHA-256 only.
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { rawBytes, type Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';
import { splitArguments } from '../resp/split-arguments.ts';
import type { CommandCatalogue } from './command-catalogue.ts';
import { ALLOWED, KeyCache, Selector, type Refusal, type RuleProblem, type Verdict } from './selector.ts';

/** What `ACL SETUSER` says of a rule it does not take. */
export const RULE_PROBLEMS: Readonly<Record<RuleProblem, string>> = {
  'unknown': 'Unknown command or category name in ACL',
  'syntax': 'Syntax error',
  'all-keys': "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. "
    + "Try 'resetkeys' to start with an empty list of patterns",
  'all-channels': "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. "
    + "Try 'resetchannels' to start with an empty list of channels",
  'no-such-password': 'The password you are trying to remove from the user does not exist',
  'bad-hash': 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  'first-argument': 'Allowing first-arg of a subcommand is not supported',
};

/** How much each reason for a refusal weighs against another selector's. */
const WEIGHT: Readonly<Record<Refusal['kind'], number>> = { command: 1, key: 2, channel: 4 };

/** The SHA-256 of a password, in hexadecimal. */
export function hashPassword(password: Bytes): Bytes {
  return Array.from(sha256(rawBytes(password)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The user. */
export class User {
  readonly name: Bytes;
  readonly #catalogue: CommandCatalogue;
  readonly #newAllowsChannels: () => boolean;
  #enabled = false;
  #noPassword = false;
  /** `sanitize-payload` or `skip-sanitize-payload`, once one was said. */
  #sanitize: boolean | undefined = undefined;
  #passwords: Bytes[] = [];
  #selectors: Selector[];
  #isUnrestricted = false;

  /**
   * Disabled, without a password and without rights.
   *
   * @param newAllowsChannels - whether a new selector allows all channels: `acl-pubsub-default`
   */
  constructor(name: Bytes, catalogue: CommandCatalogue, newAllowsChannels: () => boolean) {
    this.name = name;
    this.#catalogue = catalogue;
    this.#newAllowsChannels = newAllowsChannels;
    this.#selectors = [new Selector(catalogue, newAllowsChannels())];
  }

  /** Whether it may do everything, so that nothing has to be looked at. */
  get isUnrestricted(): boolean {
    return this.#isUnrestricted;
  }

  /** Whether any password opens the door. */
  get hasNoPassword(): boolean {
    return this.#noPassword;
  }

  /** Whether one can log in as this user. */
  get isEnabled(): boolean {
    return this.#enabled;
  }

  /** The hashes of its passwords. */
  get passwords(): readonly Bytes[] {
    return this.#passwords;
  }

  /** The root selector first. */
  get selectors(): readonly Selector[] {
    return this.#selectors;
  }

  /** Takes over everything but the name. */
  become(other: User): void {
    this.#enabled = other.#enabled;
    this.#noPassword = other.#noPassword;
    this.#sanitize = other.#sanitize;
    this.#passwords = [...other.#passwords];
    this.#selectors = other.#selectors.map((selector) => selector.copy());
    this.#refresh();
  }

  /** Whether a password opens the door. */
  admits(password: Bytes): boolean {
    return this.#enabled && (this.#noPassword || this.#passwords.includes(hashPassword(password)));
  }

  /** Applies a rule. @returns why it is not understood, if so */
  apply(rule: Bytes): RuleProblem | undefined {
    const problem = this.#apply(rule);
    this.#refresh();
    return problem;
  }

  /** The names of its flags. */
  flags(): string[] {
    return [
      this.#enabled ? 'on' : 'off', ...(this.#noPassword ? ['nopass'] : []),
      ...(this.#sanitize === undefined ? [] : [this.#sanitize ? 'sanitize-payload' : 'skip-sanitize-payload']),
    ];
  }

  /** The rules that make this user, as `ACL LIST` shows them. */
  describe(): Bytes {
    const [root, ...more] = this.#selectors.map((selector) => selector.describe());
    return [...this.flags(), ...this.#passwords.map((hash) => `#${hash}`), root ?? '', ...more.map((rules) => `(${rules})`)].join(' ');
  }

  /** Whether a call is allowed; if not, the reason that matters most, and of equal ones that of the last argument. */
  check(command: Command, args: readonly Bytes[]): Verdict {
    const keys = new KeyCache();
    let worst: Refusal = { kind: 'command', at: 0 };
    for (const selector of this.#selectors) {
      const verdict = selector.check(command, args, keys);
      if (verdict.kind === 'allowed') return ALLOWED;
      const more = WEIGHT[verdict.kind] - WEIGHT[worst.kind];
      if (more > 0 || (more === 0 && verdict.at > worst.at)) worst = verdict;
    }
    return worst;
  }

  /** Whether a call is allowed by a selector that lets read every key, as `SORT` with `BY` and `GET` needs it. */
  checkReadingEverything(command: Command, args: readonly Bytes[]): boolean {
    const keys = new KeyCache();
    return this.#selectors.some((selector) => selector.readsEveryKey && selector.check(command, args, keys).kind === 'allowed');
  }

  #refresh(): void {
    this.#isUnrestricted = this.#selectors[0]?.isUnrestricted === true;
  }

  #apply(rule: Bytes): RuleProblem | undefined {
    const root = this.#selectors[0] as Selector;
    switch (rule.toLowerCase()) {
      case '':
        return undefined;
      case 'on': case 'off':
        this.#enabled = rule.toLowerCase() === 'on';
        return undefined;
      case 'skip-sanitize-payload': case 'sanitize-payload':
        this.#sanitize = rule.toLowerCase() === 'sanitize-payload';
        return undefined;
      case 'nopass': case 'resetpass':
        this.#noPassword = rule.toLowerCase() === 'nopass';
        this.#passwords = [];
        return undefined;
      case 'clearselectors':
        this.#selectors = [root];
        return undefined;
      case 'reset':
        this.#reset();
        return undefined;
      default:
    }
    switch (rule.slice(0, 1)) {
      case '>': case '#': case '<': case '!':
        return this.#changePassword(rule);
      case '(':
        return rule.endsWith(')') ? this.#addSelector(rule) : root.apply(rule);
      default:
        return root.apply(rule);
    }
  }

  #reset(): void {
    this.#enabled = false;
    this.#noPassword = false;
    this.#passwords = [];
    this.#sanitize = true;
    this.#selectors = [new Selector(this.#catalogue, this.#newAllowsChannels())];
  }

  #changePassword(rule: Bytes): RuleProblem | undefined {
    const isPlain = rule[0] === '>' || rule[0] === '<';
    const hash = isPlain ? hashPassword(rule.slice(1)) : rule.slice(1);
    if (!isPlain && !/^[0-9a-f]{64}$/.test(hash)) return 'bad-hash';
    if (rule[0] === '>' || rule[0] === '#') {
      if (!this.#passwords.includes(hash)) this.#passwords.push(hash);
      this.#noPassword = false;
      return undefined;
    }
    if (!this.#passwords.includes(hash)) return 'no-such-password';
    this.#passwords = this.#passwords.filter((other) => other !== hash);
    return undefined;
  }

  #addSelector(rule: Bytes): RuleProblem | undefined {
    const selector = new Selector(this.#catalogue, this.#newAllowsChannels());
    for (const part of splitArguments(rule.slice(1, -1)) ?? []) {
      const problem = selector.apply(part);
      if (problem !== undefined) return problem;
    }
    this.#selectors.push(selector);
    return undefined;
  }
}
