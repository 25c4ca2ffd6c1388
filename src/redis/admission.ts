/**
 * Which commands are not even tried, and what is answered instead: the checks of `processCommand` (Redis 7.0), in its order.
 *
 * @module
 */
import type { Refusal } from './acl/selector.ts';
import { upToNul, type Bytes } from './bytes/bytes.ts';
import { clientLine } from './connections/client-line.ts';
import type { Command, CommandFlag } from './command.ts';
import { COMMANDS } from './commands/table.ts';
import type { Connection } from './connections/connection.ts';
import type { Engine } from './engine.ts';
import { ERROR } from './errors.ts';

/** Where a call is tried, as `ACL LOG` tells it. */
export type CallContext = 'toplevel' | 'multi' | 'lua';

const ALLOWED_WHILE_SUBSCRIBED = new Set(['ping', 'subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe', 'quit', 'reset']);
/** What a client within a transaction may send though memory is out. */
const NOT_REFUSED_IN_MULTI = new Set(['exec', 'discard', 'quit', 'reset']);
/** How much of what was sent is shown to who sent something unknown. */
const SHOWN_MAX = 128;

/** Who is let in with what. */
export class Admission {
  readonly #engine: Engine;

  /** To one engine. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Whether a connection may ask for more than to be let in. */
  isOpen(connection: Connection): boolean {
    return connection.authenticated || !this.#engine.acl.asksForPassword;
  }

  /** Why a command is not even tried, if so. */
  refusal(connection: Connection, command: Command, args: readonly Bytes[]): string | undefined {
    if (command.arity > 0 ? args.length !== command.arity : args.length < -command.arity) return wrongNumberOfArguments(command);
    if (!connection.authenticated && !this.isOpen(connection) && !command.flags.includes('no_auth')) return ERROR.noAuth;
    if (connection.transaction !== undefined && command.flags.includes('no_multi')) return ERROR.notInTransaction;
    const { user } = connection;
    const { eviction, server, scripts } = this.#engine;
    return (user !== undefined && !user.isUnrestricted ? this.#denied(connection, command, args) : undefined)
      ?? (eviction.limit > 0 ? this.#outOfMemory(connection, command, args) : undefined)
      ?? (server !== undefined && connection.role === 'client' && this.#mayWrite(connection, command, args) ? server.refusesWrite(connection) : undefined)
      ?? (connection.protocol === 2 && connection.subscriptions > 0 ? refusedToSubscribers(command) : undefined)
      ?? (server?.isStale === true && connection.role === 'client' && needsData(connection, command) ? ERROR.masterDown : undefined)
      ?? (scripts?.isBusy === true && !this.#isAllowedWhileBusy(command, args) ? scripts.busyError : undefined);
  }

  #denied(connection: Connection, command: Command, args: readonly Bytes[]): string | undefined {
    const denied = this.forbidden(connection, command, args, connection.transaction === undefined ? 'toplevel' : 'multi');
    if (denied === undefined) return undefined;
    return denied === 'command' ? `NOPERM this user has no permissions to run the '${command.fullName}' command`
      : `NOPERM this user has no permissions to access one of the ${denied}s used as arguments`;
  }

  /**
   * What the user of a connection may not do in a call, if anything, and notes it.
   *
   * @param context - where the call was tried
   */
  forbidden(connection: Connection, command: Command, args: readonly Bytes[], context: CallContext): Refusal['kind'] | undefined {
    const { user } = connection;
    if (user === undefined || user.isUnrestricted) return undefined;
    const verdict = user.check(command, args);
    if (verdict.kind === 'allowed') return undefined;
    this.#engine.readClock();
    this.log(connection, verdict.kind, context, verdict.kind === 'command' ? command.fullName : args[verdict.at] ?? '');
    return verdict.kind;
  }

  /** Notes a refusal in the log of `ACL LOG`. @param object - what was refused @param username - the connection's unless given */
  log(connection: Connection, reason: Refusal['kind'] | 'auth', context: CallContext, object: Bytes, username?: Bytes): void {
    const { acl, configuration, now } = this.#engine;
    const entry = { reason, context, object, username: username ?? connection.user?.name ?? '', client: clientLine(connection, this.#engine), at: now };
    acl.log.add(entry, configuration.number('acllog-max-len'));
  }

  /** Makes room; why the command is refused when there is none. */
  #outOfMemory(connection: Connection, command: Command, args: readonly Bytes[]): string | undefined {
    const { eviction } = this.#engine;
    // A replica leaves it to its primary (`replica-ignore-maxmemory yes`).
    if (!this.#engine.removesExpired || this.#engine.isExecuting || this.#engine.scripts?.isBusy === true) return undefined;
    this.#engine.asOneStep(() => { eviction.isOutOfMemory = !eviction.perform(); });
    if (!eviction.isOutOfMemory || connection.role !== 'client') return undefined;
    return this.#needsMemory(connection, command, args) ? ERROR.outOfMemory : undefined;
  }

  #needsMemory({ transaction }: Connection, command: Command, args: readonly Bytes[]): boolean {
    const needs = (asked: Command, words: readonly Bytes[]): boolean => this.#flagsOf(asked, words).includes('denyoom');
    if (needs(command, args)) return true;
    if (transaction === undefined) return false;
    return command.name === 'exec' ? transaction.queue.some((queued) => needs(queued.command, queued.args)) : !NOT_REFUSED_IN_MULTI.has(command.name);
  }

  /** Whether a call may write: `EXEC` may where anything that it executes may. */
  #mayWrite({ transaction }: Connection, command: Command, args: readonly Bytes[]): boolean {
    return this.#writes(command, args) || (command.name === 'exec' && transaction?.queue.some((queued) => this.#writes(queued.command, queued.args)) === true);
  }

  #writes(command: Command, args: readonly Bytes[]): boolean {
    return command.flagsOf === undefined ? command.isWrite : this.#flagsOf(command, args).includes('write');
  }

  #isAllowedWhileBusy(command: Command, args: readonly Bytes[]): boolean {
    if (command.name === 'shutdown') return args.some((arg) => arg.toLowerCase() === 'nosave');
    return this.#flagsOf(command, args).includes('allow_busy');
  }

  #flagsOf(command: Command, args: readonly Bytes[]): readonly CommandFlag[] {
    return command.flagsOf === undefined ? command.flags : command.flagsOf(this.#engine, args);
  }
}

function wrongNumberOfArguments({ fullName }: Command): string {
  return `ERR wrong number of arguments for '${fullName}' command`;
}

function refusedToSubscribers({ name, fullName }: Command): string | undefined {
  if (ALLOWED_WHILE_SUBSCRIBED.has(name)) return undefined;
  return `ERR Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
}

/** Whether a command is none of those that a stale replica answers too. */
function needsData({ transaction }: Connection, command: Command): boolean {
  const needs = ({ flags }: Command): boolean => !flags.includes('stale');
  return needs(command) || (command.name === 'exec' && transaction?.queue.some((queued) => needs(queued.command)) === true);
}

/** What is answered to the name of no command, or of no subcommand. */
export function unknownCommand(args: readonly Bytes[]): string {
  const container = (args[0] ?? '').toUpperCase();
  if (COMMANDS.get(container.toLowerCase())?.children !== undefined) {
    return `ERR unknown subcommand '${upToNul(args[1] ?? '').slice(0, SHOWN_MAX)}'. Try ${container} HELP.`;
  }
  let shown = '';
  for (let i = 1; i < args.length && shown.length < SHOWN_MAX; i++) {
    shown += `'${upToNul(args[i] as Bytes).slice(0, SHOWN_MAX - shown.length)}' `;
  }
  return `ERR unknown command '${upToNul(args[0] ?? '').slice(0, SHOWN_MAX)}', with args beginning with: ${shown}`;
}
