/**
 * A Redis in process: one engine, a clock that stands still until it is told to move, answers at once.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../../kernel/errors.ts';
import { Random } from '../../kernel/random.ts';
import { duration, type DurationInput } from '../../kernel/units.ts';
import type { CommandFaults } from '../command-faults.ts';
import { Engine } from '../engine.ts';
import { contentsOf, type KeyContents } from '../keyspace/contents.ts';
import { DATABASES_MAX } from '../deployment/options.ts';
import { RedisConnection, type InProcess } from './redis-connection.ts';

/** What an in-process Redis may be told. */
export interface StandaloneOptions {
  /** The clock's first instant in milliseconds since the Unix epoch; 2026-01-01 unless given. */
  readonly now?: number;
  /** `databases`, 16 unless given. */
  readonly databases?: number;
  /** For `RANDOMKEY`, `ZRANDMEMBER`, …, and for faults by chance. */
  readonly seed?: number;
}

/** `hz 10`, in milliseconds. */
const CRON_PERIOD = 100;
const DEFAULT_NOW = 1_767_225_600_000;

class ManualWorld implements InProcess {
  readonly engine: Engine;
  now: number;

  constructor(now: number, databases: number, seed: number) {
    this.now = now;
    this.engine = new Engine({ clock: () => Math.floor(this.now), random: Random.fromSeed(seed).fork('redis'), databases });
  }

  advanceTo(instant: number): void {
    const rounds = Math.max(1, Math.floor((instant - this.now) / CRON_PERIOD));
    for (let next = this.engine.waiting.nextDeadline; next !== undefined && next <= instant; next = this.engine.waiting.nextDeadline) {
      this.now = Math.max(this.now, next);
      this.engine.waiting.expire();
    }
    this.now = Math.max(this.now, instant);
    this.engine.cron(rounds);
  }
}

/** A Redis in process. It is its own first connection; `connect()` opens more. */
export class RedisStandalone extends RedisConnection {
  /** The engine beneath. */
  readonly engine: Engine;
  readonly #world: ManualWorld;

  /** @internal Made by `createRedis()`. */
  constructor(options: StandaloneOptions = {}) {
    refuseUnknownOptions('a Redis on its own', options, ['now', 'databases', 'seed']);
    const { now = DEFAULT_NOW, databases = 16, seed = 0 } = options;
    if (!Number.isSafeInteger(now)) throw new UsageError('INVALID_CLOCK', `now must be whole milliseconds since the Unix epoch, got ${String(now)}`);
    if (!Number.isSafeInteger(databases) || databases < 1 || databases > DATABASES_MAX) throw new UsageError('INVALID_DATABASES', `databases must be 1 to ${DATABASES_MAX}, got ${String(databases)}`);
    const world = new ManualWorld(now, databases, seed);
    super(world);
    this.#world = world;
    this.engine = world.engine;
  }

  /** Faults that befall commands: `redis.faults.add({ command: 'SET', times: 1, fault: { kind: 'error', error: 'READONLY' } })`. */
  get faults(): CommandFaults {
    return this.engine.faults;
  }

  /** Another connection to the same data. */
  connect(): RedisConnection {
    return new RedisConnection(this.#world);
  }

  /** Moves the clock; keys expire and waits end as their time comes. */
  advance(span: DurationInput): void {
    this.#world.advanceTo(this.#world.now + duration(span) / 1000);
  }

  /** The clock, in milliseconds since the Unix epoch. */
  get now(): number {
    return this.#world.now;
  }

  /** Removes every key of every database, every script and every function: what a test does before the next. */
  flush(): void {
    const connection = this.connect();
    for (const args of [['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']]) connection.reply(...args);
    connection.close();
  }

  /**
   * What is stored, as plain values that can be compared or kept as a snapshot: keys sorted, sets sorted, sorted sets in order.
   *
   * @param database - the number; 0 unless given
   */
  dump(database: number = 0): Record<string, KeyContents> {
    if (this.engine.databases[database] === undefined) throw new UsageError('INVALID_DATABASES', `there is no database ${database}`);
    return contentsOf(this.engine.database(database), this.now);
  }
}
