/**
 * A Redis in process: one engine, a clock that stands still until it is told to move, answers at once.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../kernel/errors.ts';
import { DATABASES_MAX } from './options.ts';
import { Random } from '../kernel/random.ts';
import { duration, type DurationInput } from '../kernel/units.ts';
import { decodeUtf8, toBytes, type BytesInput } from './bytes.ts';
import type { Connection } from './connection.ts';
import { decodeReply, orThrow, type RedisValue } from './decode.ts';
import { Engine } from './engine.ts';
import { RedisMethods } from './methods.ts';
import type { Reply } from './reply.ts';

/** What an in-process Redis may be told. */
export interface StandaloneOptions {
  /** The clock's first instant in milliseconds since the Unix epoch; 2026-01-01 unless given. */
  readonly now?: number;
  /** `databases`, 16 unless given. */
  readonly databases?: number;
  /** For `RANDOMKEY`, `ZRANDMEMBER`, … */
  readonly seed?: number;
}

/** Receives a published message; `pattern` is set where a pattern matched. */
export type MessageListener = (message: string, channel: string, pattern?: string) => void;

const DEFAULT_NOW = 1_767_225_600_000;

/** One connection to an in-process Redis, with its own database, transaction, watches and subscriptions. */
export class RedisConnection extends RedisMethods<'sync'> {
  readonly #engine: Engine;
  readonly #connection: Connection;
  readonly #listeners = new Map<string, MessageListener>();
  #awaited: ((reply: Reply) => void) | undefined = undefined;
  /** What listeners threw. */
  readonly listenerErrors: unknown[] = [];

  /** @internal Made by {@link RedisStandalone}. */
  constructor(engine: Engine) {
    super();
    this.#engine = engine;
    this.#connection = engine.connect((reply) => this.#deliver(reply));
    // A connection of this kind may go on commanding while subscribed, as a RESP3 one may.
    this.#connection.protocol = 3;
  }

  /**
   * Any command, its reply as a typed value; an error is a value too.
   *
   * @throws {@link UsageError} `CONNECTION_BLOCKED` while an earlier command of this connection waits
   */
  reply(...args: readonly BytesInput[]): Reply {
    if (this.#engine.isBlocked(this.#connection)) {
      throw new UsageError('CONNECTION_BLOCKED', 'this connection waits for the reply to a blocking command; use another one');
    }
    return this.#engine.execute(this.#connection, args.map(toBytes));
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
  async wait(...args: readonly BytesInput[]): Promise<RedisValue> {
    const reply = this.reply(...args);
    if (reply.kind !== 'waiting') return decodeReply(orThrow(reply));
    const late = await new Promise<Reply>((resolve) => { this.#awaited = resolve; });
    return decodeReply(orThrow(late));
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

  /** Closes the connection: its watches and subscriptions end. */
  close(): void {
    this.#engine.disconnect(this.#connection);
  }

  protected override send<T>(args: readonly BytesInput[], decode: (reply: Reply) => T): T {
    return decode(orThrow(this.reply(...args)));
  }

  #deliver(reply: Reply): void {
    if (reply.kind !== 'push') {
      const resolve = this.#awaited;
      this.#awaited = undefined;
      resolve?.(reply);
      return;
    }
    const parts = 'items' in reply ? reply.items.map((item) => (item.kind === 'bulk' ? decodeUtf8(item.bytes) : '')) : [];
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

class ManualClock {
  now: number;

  constructor(now: number) {
    this.now = now;
  }
}

/** A Redis in process. It is its own first connection; `connect()` opens more. */
export class RedisStandalone extends RedisConnection {
  /** The engine beneath. */
  readonly engine: Engine;
  readonly #clock: ManualClock;

  /** @internal Made by `createRedis()`. */
  constructor(options: StandaloneOptions = {}) {
    refuseUnknownOptions('a Redis on its own', options, ['now', 'databases', 'seed']);
    const { now = DEFAULT_NOW, databases = 16, seed = 0 } = options;
    if (!Number.isSafeInteger(now)) throw new UsageError('INVALID_CLOCK', `now must be whole milliseconds since the Unix epoch, got ${String(now)}`);
    if (!Number.isSafeInteger(databases) || databases < 1 || databases > DATABASES_MAX) throw new UsageError('INVALID_DATABASES', `databases must be 1 to ${DATABASES_MAX}, got ${String(databases)}`);
    const clock = new ManualClock(now);
    const engine = new Engine({ clock: () => Math.floor(clock.now), random: Random.fromSeed(seed).fork('redis'), databases });
    super(engine);
    this.engine = engine;
    this.#clock = clock;
  }

  /** Another connection to the same data. */
  connect(): RedisConnection {
    return new RedisConnection(this.engine);
  }

  /** Moves the clock; keys expire and waits end as their time comes. */
  advance(span: DurationInput): void {
    const target = this.#clock.now + duration(span) / 1000;
    for (let next = this.engine.nextDeadline; next !== undefined && next <= target; next = this.engine.nextDeadline) {
      this.#clock.now = Math.max(this.#clock.now, next);
      this.engine.expireBlocked();
    }
    this.#clock.now = target;
    this.engine.expireSome();
  }

  /** The clock, in milliseconds since the Unix epoch. */
  get now(): number {
    return this.#clock.now;
  }
}
