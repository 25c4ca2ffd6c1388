/**
 * Whoever waits for a reply: for a key, for the end of a pause, for a delay that a fault asked for, for the script that it sent.
 * When each wait ends, and how those are served whose key became ready (`blocked.c` of Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Wait } from './blocked.ts';
import { Call } from '../call.ts';
import type { Command } from '../command.ts';
import type { Connection } from './connection.ts';
import type { Engine } from '../engine.ts';
import { refusalOf } from '../errors.ts';
import { mayReplicate, type PauseKind, type PostponedCommand } from './pause.ts';
import { errorReply, OK, WAITING, type Reply } from '../reply.ts';

/** A connection whose wait is over, and what it gets. */
export interface ServedConnection {
  readonly connection: Connection;
  readonly reply: Reply;
}

/** The waiting of one engine. */
export class Waiting {
  readonly #engine: Engine;

  /** Nobody yet. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** How many connections wait for a reply. */
  get size(): number {
    const { blocked, held, pause } = this.#engine;
    return blocked.size + held.size + pause.size;
  }

  /** Whether a connection waits for its reply. */
  has(connection: Connection): boolean {
    const { blocked, held, pause, scripts } = this.#engine;
    if (scripts?.busy?.request.caller === connection) return true;
    return (blocked.size > 0 && blocked.waitOf(connection) !== undefined) || (held.size > 0 && held.of(connection) !== undefined)
      || (pause.size > 0 && pause.has(connection));
  }

  /** A connection is gone. */
  forget(connection: Connection): void {
    const { blocked, held, pause } = this.#engine;
    blocked.remove(connection);
    held.forget(connection);
    pause.forget(connection);
  }

  /**
   * Lets the connection of a command wait. Handlers call it when they cannot answer yet.
   *
   * @param call - the command's execution
   * @param wait - the timeout in milliseconds, 0 for none
   * @returns `waiting`; undefined where nothing may wait: inside a transaction or a script, and in the stream of a primary
   */
  block(call: Call, wait: Pick<Wait, 'keys' | 'serve' | 'timedOut'> & { readonly timeout: number }): Reply | undefined {
    const { connection, command, database } = call;
    if (connection.isExecuting || connection.role !== 'client') return undefined;
    const { keys, serve, timedOut, timeout } = wait;
    const deadline = timeout === 0 ? undefined : call.now + timeout;
    this.#engine.blocked.add({ connection, command, database: database.number, keys, serve, timedOut, deadline });
    return WAITING;
  }

  /** The instant at which somebody's wait ends, on the engine's clock, or undefined when nobody waits for a limited time. */
  get nextDeadline(): number | undefined {
    const { blocked, held, pause } = this.#engine;
    const next = blocked.nextDeadline;
    if (held.size === 0 && pause.size === 0) return next;
    const deadlines = [next, held.nextDeadline, pause.size > 0 ? pause.deadline : undefined].filter((deadline) => deadline !== undefined);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** Ends the waits whose time is up: each gets its reply. */
  expire(): void {
    const { blocked, held, scripts } = this.#engine;
    this.endPauseIfDue();
    if (held.size > 0) this.#letGoHeld();
    if (blocked.size === 0 || scripts?.isBusy === true) return;
    for (const { connection } of blocked.due(this.#engine.clock())) this.unblock(connection);
  }

  #letGoHeld(): void {
    const { held, log } = this.#engine;
    const now = this.#engine.clock();
    for (const { connection, args, reply, since } of held.takeDue(now)) {
      const command = since === undefined ? undefined : this.#engine.resolve(args);
      if (command !== undefined && since !== undefined) log.unblocked(connection, command, OK, (this.#engine.clock() - since) * 1000);
      const late = reply ?? this.#engine.process(connection, args);
      if (late.kind !== 'waiting') connection.deliver(late);
    }
  }

  /**
   * Ends one wait for keys.
   *
   * @param reply - what the connection gets; unless given, what it gets when its time is up
   * @returns whether it was waiting
   */
  unblock(connection: Connection, reply?: Reply): boolean {
    const wait = this.#engine.blocked.remove(connection);
    if (wait === undefined) return false;
    this.#engine.log.unblocked(connection, wait.command, reply ?? wait.timedOut, 0);
    connection.deliver(reply ?? wait.timedOut);
    return true;
  }

  /** Serves those who wait for keys that became ready; what they change may make others ready. @returns what is to be delivered */
  serve(): readonly ServedConnection[] {
    const { blocked, log } = this.#engine;
    const served: ServedConnection[] = [];
    while (blocked.hasReady) {
      for (const { database, key } of blocked.takeReady()) {
        for (const wait of blocked.waitingFor(database, key)) {
          const reply = this.#serveOne(wait, key);
          if (reply === undefined) continue;
          blocked.remove(wait.connection);
          log.unblocked(wait.connection, wait.command, reply, 0);
          served.push({ connection: wait.connection, reply });
        }
      }
    }
    return served;
  }

  #serveOne(wait: Wait, key: Bytes): Reply | undefined {
    const { effects } = this.#engine;
    const call = new Call(this.#engine, wait.connection, wait.command, true);
    let reply: Reply | undefined;
    try {
      reply = this.#engine.actAs(wait.connection, () => wait.serve(call, key));
    } catch (error) {
      reply = errorReply(refusalOf(error));
    }
    if (reply?.kind !== 'error') effects.addRewritten(call);
    // Each who is served is a change of its own to replicas.
    effects.flush();
    return reply;
  }

  /** `CLIENT PAUSE`. A pause that holds less than before lets go what it does not hold. */
  pause(kind: PauseKind, until: number): void {
    const { pause } = this.#engine;
    const isLess = pause.kind === 'all' && kind === 'write';
    pause.begin(kind, until);
    if (isLess) this.#resume(pause.takePostponed());
  }

  /** `CLIENT UNPAUSE`: what was put off is executed now. */
  unpause(): void {
    this.#resume(this.#engine.pause.end());
  }

  /** Ends a pause whose time is up. */
  endPauseIfDue(): void {
    const { deadline } = this.#engine.pause;
    if (deadline !== undefined && this.#engine.clock() >= deadline) this.unpause();
  }

  /** Puts a command off if there is a pause that holds it. @returns whether it did */
  postpone(connection: Connection, command: Command, args: readonly Bytes[]): boolean {
    const { pause } = this.#engine;
    this.endPauseIfDue();
    if (pause.kind === undefined || connection.role !== 'client') return false;
    const changes = (asked: Command, words: readonly Bytes[]): boolean => mayReplicate(asked.flagsOf?.(this.#engine, words) ?? asked.flags);
    const isHeld = pause.kind === 'all' || changes(command, args)
      || (command.name === 'exec' && connection.transaction?.queue.some((queued) => changes(queued.command, queued.args)) === true);
    if (isHeld) pause.postpone({ connection, args });
    return isHeld;
  }

  #resume(postponed: readonly PostponedCommand[]): void {
    for (const { connection, args } of postponed) {
      this.#engine.afterReply(() => {
        if (!this.#engine.connections.has(connection)) return;
        const reply = this.#engine.process(connection, args);
        if (reply.kind !== 'waiting') connection.deliver(reply);
      });
    }
    if (!this.#engine.isExecuting) this.#engine.settle();
  }
}
