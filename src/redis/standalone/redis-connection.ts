/**
 * One client's connection to a Redis in process: commands as methods that answer at once, the same ones with promises, and
 * what the server sends by itself.
 *
 * A command that a fault makes late moves the clock when it is asked at once, as it would hold up a program that waits for
 * it; with promises it waits for the clock to be moved.
 *
 * @module
 */
import { SplitbrainError, UsageError } from '../../kernel/errors.ts';
import { decodeUtf8, toBytes, type BytesInput } from '../bytes/bytes.ts';
import type { Connection } from '../connections/connection.ts';
import { decodeReply, orThrow, type RedisValue } from './decode.ts';
import type { Engine } from '../engine.ts';
import { BlockingMethods } from '../methods/blocking-methods.ts';
import { RedisMethods } from '../methods/redis-methods.ts';
import type { Reply } from '../reply.ts';

/** Receives a published message; `pattern` is set where a pattern matched. */
export type MessageListener = (message: string, channel: string, pattern?: string) => void;

/** The connection broke, or a reply was lost, while a command was under way: whether it was executed is not known. */
export class ConnectionLostError extends SplitbrainError {
  /** @param message - one line that names the command */
  constructor(message: string) {
    super('CONNECTION_LOST', message, { definite: false });
  }
}

/** What a connection needs of the Redis it belongs to. @internal */
export interface InProcess {
  readonly engine: Engine;
  /** Moves the clock to an instant. */
  advanceTo(instant: number): void;
}

/** One connection to an in-process Redis, with its own database, transaction, watches and subscriptions. */
export class RedisConnection extends RedisMethods<'sync'> {
  /** The same commands with promises; those that may wait, such as `BLPOP`, hold up what is asked behind them. */
  readonly promises: RedisPromises;
  /** What listeners threw. */
  readonly listenerErrors: unknown[] = [];
  readonly #world: InProcess;
  readonly #listeners = new Map<string, MessageListener>();
  #connection: Connection;
  #isClosed = false;
  #awaited: ((reply: Reply | undefined) => void) | undefined = undefined;

  /** @internal Made by `RedisStandalone`. */
  constructor(world: InProcess) {
    super();
    this.#world = world;
    this.#connection = this.#open();
    this.promises = new RedisPromises(this);
  }

  /** Whether an earlier command of this connection waits for its reply. */
  get isBlocked(): boolean {
    return this.#world.engine.isBlocked(this.#connection);
  }

  /**
   * Any command, its reply as a typed value; an error is a value too.
   *
   * @throws {@link UsageError} `CONNECTION_BLOCKED` while an earlier command of this connection waits, `CONNECTION_CLOSED` after `close`;
   *   {@link ConnectionLostError} when a fault took its reply
   */
  reply(...args: readonly BytesInput[]): Reply {
    const reply = this.#ask(args);
    if (reply.kind !== 'waiting') return reply;
    const held = this.#world.engine.held.of(this.#connection);
    if (held === undefined) return reply;
    let late: Reply | undefined;
    const arrive = (arrived: Reply | undefined): void => { late = arrived; };
    this.#awaited = arrive;
    this.#world.advanceTo(held.until);
    // It came late, and then began to wait for a key.
    if (late === undefined) this.#awaited = undefined;
    return late ?? reply;
  }

  /** Any command; the reply comes when it is there. @internal For {@link RedisPromises}. */
  request(args: readonly BytesInput[]): Reply | Promise<Reply> {
    const reply = this.#ask(args);
    if (reply.kind !== 'waiting') return reply;
    return new Promise((resolve, reject) => {
      const arrive = (late: Reply | undefined): void => {
        if (late === undefined) reject(new ConnectionLostError(`the connection was closed while ${nameOf(args)} waited`));
        else resolve(late);
      };
      this.#awaited = arrive;
    });
  }

  /**
   * `MULTI`, the commands, `EXEC`: `multi([['INCR', 'a'], ['GET', 'a']])`.
   *
   * @returns the replies, errors among them as values; null when a watched key has changed
   */
  multi(commands: readonly (readonly BytesInput[])[]): readonly RedisValue[] | null {
    orThrow(this.reply('MULTI'));
    for (const args of commands) this.reply(...args);
    const reply = orThrow(this.reply('EXEC'));
    return reply.kind === 'array' ? reply.items.map(decodeReply) : null;
  }

  /**
   * A command that may wait, such as `BLPOP` or `XREAD BLOCK`: settles when another connection makes its key ready, or when
   * `advance` has passed its timeout. Rejects with a `RedisReplyError` where the reply is an error.
   */
  wait(...args: readonly BytesInput[]): Promise<RedisValue> {
    return this.promises.command(...args);
  }

  /** `WATCH` */
  watch(...keys: readonly BytesInput[]): void {
    orThrow(this.reply('WATCH', ...keys));
  }

  /** `SELECT` */
  select(database: number): void {
    orThrow(this.reply('SELECT', database));
  }

  /** `SUBSCRIBE`; the listener hears every message on the channel from now on. */
  subscribe(channel: string, listener: MessageListener): void {
    orThrow(this.reply('SUBSCRIBE', channel));
    this.#listeners.set(`channel:${channel}`, listener);
  }

  /** `PSUBSCRIBE` */
  psubscribe(pattern: string, listener: MessageListener): void {
    orThrow(this.reply('PSUBSCRIBE', pattern));
    this.#listeners.set(`pattern:${pattern}`, listener);
  }

  /** `UNSUBSCRIBE` */
  unsubscribe(channel: string): void {
    orThrow(this.reply('UNSUBSCRIBE', channel));
    this.#listeners.delete(`channel:${channel}`);
  }

  /** `PUNSUBSCRIBE` */
  punsubscribe(pattern: string): void {
    orThrow(this.reply('PUNSUBSCRIBE', pattern));
    this.#listeners.delete(`pattern:${pattern}`);
  }

  /** Closes the connection: its watches and subscriptions end, and it takes no more commands. */
  close(): void {
    this.#isClosed = true;
    this.#world.engine.disconnect(this.#connection);
    this.#awaited?.(undefined);
    this.#awaited = undefined;
  }

  protected override send<T>(args: readonly BytesInput[], decode: (reply: Reply) => T): T {
    return decode(orThrow(this.reply(...args)));
  }

  #open(): Connection {
    const connection = this.#world.engine.connect((reply) => this.#deliver(reply));
    // A connection of this kind may go on commanding while subscribed, as a RESP3 one may.
    connection.protocol = 3;
    const close = (): void => { connection.closing = true; };
    connection.close = close;
    return connection;
  }

  #ask(args: readonly BytesInput[]): Reply {
    const { engine } = this.#world;
    if (this.#isClosed) throw new UsageError('CONNECTION_CLOSED', 'this connection was closed; `connect()` opens another');
    if (engine.isBlocked(this.#connection)) {
      throw new UsageError('CONNECTION_BLOCKED', 'this connection waits for the reply to a blocking command; use another one');
    }
    const reply = engine.execute(this.#connection, args.map(toBytes));
    engine.settle();
    return this.#connection.closing || this.#connection.isMute ? this.#reconnect(args, reply) : reply;
  }

  #reconnect(args: readonly BytesInput[], reply: Reply): Reply {
    // What a client library does: it connects anew, and its subscriptions, watches and transaction are gone.
    const why = this.#connection.isMute ? 'the reply was lost' : 'the connection was closed';
    this.#world.engine.disconnect(this.#connection);
    this.#connection = this.#open();
    if (reply.kind !== 'waiting') return reply;
    throw new ConnectionLostError(`${why}: ${nameOf(args)}`);
  }

  #deliver(reply: Reply): void {
    if (reply.kind !== 'push') {
      const resolve = this.#awaited;
      this.#awaited = undefined;
      resolve?.(reply);
      return;
    }
    const parts = reply.items.map((item) => (item.kind === 'bulk' ? decodeUtf8(item.bytes) : ''));
    const [kind, ...rest] = parts;
    if (kind === 'pmessage') {
      const [pattern = '', channel = '', message = ''] = rest;
      this.#tell(this.#listeners.get(`pattern:${pattern}`), message, channel, pattern);
    } else if (kind === 'message') {
      const [channel = '', message = ''] = rest;
      this.#tell(this.#listeners.get(`channel:${channel}`), message, channel);
    }
  }

  /** Listeners only watch: one that throws stops neither the publisher nor the others. */
  #tell(listener: MessageListener | undefined, ...event: Parameters<MessageListener>): void {
    try {
      listener?.(...event);
    } catch (error) {
      this.listenerErrors.push(error);
    }
  }
}

/** The commands of a connection with promises. They are sent in the order in which they are asked. */
export class RedisPromises extends BlockingMethods {
  readonly #connection: RedisConnection;
  /** Settled when the last command that had to wait has its reply. */
  #behind: Promise<unknown> | undefined = undefined;

  /** @internal */
  constructor(connection: RedisConnection) {
    super();
    this.#connection = connection;
  }

  protected override send<T>(args: readonly BytesInput[], decode: (reply: Reply) => T): Promise<T> {
    if (this.#behind !== undefined) return this.#wait(this.#behind.then(() => this.#connection.request(args)), decode);
    try {
      const reply = this.#connection.request(args);
      return reply instanceof Promise ? this.#wait(reply, decode) : Promise.resolve(decode(orThrow(reply)));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #wait<T>(reply: Promise<Reply>, decode: (reply: Reply) => T): Promise<T> {
    const settled = reply.then(() => undefined, () => undefined);
    this.#behind = settled;
    void settled.then(() => { if (this.#behind === settled) this.#behind = undefined; });
    return reply.then((late) => decode(orThrow(late)));
  }
}

function nameOf(args: readonly BytesInput[]): string {
  return decodeUtf8(toBytes(args[0] ?? ''));
}
