/**
 * The users of a server and what they may do (`acl.c` of Redis 7.0). `default` is who has not said a name; `requirepass` is its
 * password. Without an ACL file `LOAD` and `SAVE` are refused.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Connection } from '../connections/connection.ts';
import { AclLog } from './acl-log.ts';
import type { CommandCatalogue } from './command-catalogue.ts';
import { allowsChannel, type RuleProblem } from './selector.ts';
import { RULE_PROBLEMS, User } from './user.ts';

/** What the users need of their engine. */
export interface AclHost {
  readonly connections: ReadonlySet<Connection>;
  /** `acl-pubsub-default allchannels` */
  readonly newUsersHaveChannels: () => boolean;
  /** Ends a connection, after its reply if it is its own command that does it. */
  kill(connection: Connection): void;
}

/** Selectors may be spread over several arguments: puts them together. @returns the argument whose bracket stays open, if so */
function mergeSelectors(rules: readonly Bytes[]): readonly Bytes[] | { readonly open: Bytes } {
  const merged: Bytes[] = [];
  let open: { readonly first: Bytes; text: Bytes } | undefined;
  for (const rule of rules) {
    if (rule.startsWith('(') && !rule.endsWith(')')) {
      open = { first: rule, text: rule };
    } else if (open !== undefined) {
      open.text += ` ${rule}`;
      if (rule.endsWith(')')) {
        merged.push(open.text);
        open = undefined;
      }
    } else {
      merged.push(rule);
    }
  }
  return open === undefined ? merged : { open: open.first };
}

/** The users. */
export class Acl {
  readonly log: AclLog = new AclLog();
  readonly #catalogue: CommandCatalogue;
  readonly #host: AclHost;
  readonly #users = new Map<Bytes, User>();
  /** The user of who has not said a name. */
  readonly defaultUser: User;

  /** With the user `default`, who may do everything without a password. */
  constructor(catalogue: CommandCatalogue, host: AclHost) {
    this.#catalogue = catalogue;
    this.#host = host;
    this.defaultUser = this.#create('default');
    for (const rule of ['+@all', '~*', '&*', 'on', 'nopass']) this.defaultUser.apply(rule);
    this.#users.set('default', this.defaultUser);
  }

  /** Whether who connects must first say a password. */
  get asksForPassword(): boolean {
    return !this.defaultUser.hasNoPassword || !this.defaultUser.isEnabled;
  }

  /** The users, by name in the order of bytes. */
  users(): readonly User[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A user. */
  find(name: Bytes): User | undefined {
    return this.#users.get(name);
  }

  /** `requirepass`: the default user's only password, or none. */
  requirePassword(password: Bytes): void {
    this.defaultUser.apply('resetpass');
    this.defaultUser.apply(password === '' ? 'nopass' : `>${password}`);
  }

  /** Applies rules to a user, who is made if need be: all of them or none. @returns the error, if any */
  set(name: Bytes, rules: readonly Bytes[]): Bytes | undefined {
    const merged = mergeSelectors(rules);
    if ('open' in merged) return `Unmatched parenthesis in acl selector starting at '${merged.open}'.`;
    const old = this.#users.get(name);
    const staged = this.#create(name);
    if (old !== undefined) staged.become(old);
    for (const rule of merged) {
      const problem: RuleProblem | undefined = staged.apply(rule);
      if (problem !== undefined) return `Error in ACL SETUSER modifier '${rule}': ${RULE_PROBLEMS[problem]}`;
    }
    if (old === undefined) {
      this.#users.set(name, staged);
    } else {
      this.#endLostSubscriptions(staged, old);
      old.become(staged);
    }
    return undefined;
  }

  /** Removes a user, and ends its connections. @returns whether there was one */
  remove(name: Bytes): boolean {
    const user = this.#users.get(name);
    if (user === undefined) return false;
    this.#users.delete(name);
    for (const connection of this.#host.connections) {
      if (connection.user !== user) continue;
      connection.user = this.defaultUser;
      connection.authenticated = false;
      this.#host.kill(connection);
    }
    return true;
  }

  #create(name: Bytes): User {
    return new User(name, this.#catalogue, this.#host.newUsersHaveChannels);
  }

  /** Ends the connections that are subscribed to what their user may not hear any more. */
  #endLostSubscriptions(coming: User, old: User): void {
    if (coming.selectors.some(({ allowsAllChannels }) => allowsAllChannels)) return;
    const patterns = coming.selectors.flatMap(({ channels }) => channels);
    if (old.selectors.every(({ allowsAllChannels, channels }) => !allowsAllChannels && channels.every((channel) => patterns.includes(channel)))) return;
    for (const connection of this.#host.connections) {
      if (connection.user !== old) continue;
      const { channel, pattern, shard } = connection.subscribed;
      const isLost = [...pattern].some((name) => !allowsChannel(patterns, name, true))
        || [...channel, ...shard].some((name) => !allowsChannel(patterns, name, false));
      if (isLost) this.#host.kill(connection);
    }
  }
}
