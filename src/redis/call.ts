/**
 * One execution of one command: who asked, in which database, at which instant, and what it changed. Handlers reach the
 * world through it and through nothing else.
 *
 * @module
 */
import type { Random } from '../kernel/random.ts';
import type { Bytes } from './bytes/bytes.ts';
import type { Command } from './command.ts';
import type { Connection } from './connections/connection.ts';
import type { EncodingLimits } from './values/encoding-limits.ts';
import type { Engine } from './engine.ts';
import { ERROR, refuse } from './errors.ts';
import { HashValue } from './values/hash-value.ts';
import type { Database, Value } from './keyspace/keyspace.ts';
import { ListValue } from './values/list-value.ts';
import type { NotifyClass } from './keyspace/notifications.ts';
import { SetValue } from './values/set-value.ts';
import { SortedSetValue } from './values/sorted-set-value.ts';
import { StreamValue } from './values/stream-value.ts';

/** The execution. */
export class Call {
  readonly engine: Engine;
  readonly connection: Connection;
  readonly command: Command;
  readonly database: Database;
  /** How many changes it made; none means there is nothing to propagate. */
  dirty = 0;
  /** What to propagate instead of the command as it was sent. */
  rewritten: readonly (readonly Bytes[])[] | undefined = undefined;
  /** It serves a connection that has waited. */
  readonly isServing: boolean;

  /** Made by the engine, one per command. */
  constructor(engine: Engine, connection: Connection, command: Command, isServing = false) {
    this.engine = engine;
    this.connection = connection;
    this.command = command;
    this.isServing = isServing;
    this.database = engine.database(connection.database);
  }

  /** The instant of the command in milliseconds since the Unix epoch. It stands still while a command or a transaction runs. */
  get now(): number {
    return this.engine.now;
  }

  /** The thresholds of the small forms, which new collections take with them. */
  get limits(): Readonly<EncodingLimits> {
    return this.engine.configuration.limits;
  }

  /** The engine's stream of chance. */
  get random(): Random {
    return this.engine.random;
  }

  /** Publishes a keyspace event, if anybody wants it. */
  event(kind: NotifyClass, event: Bytes, key: Bytes, database: Database = this.database): void {
    if (this.engine.notifications.flags !== 0) this.engine.notifications.notify(kind, event, key, database.number);
  }

  /**
   * The value of a key as the command looks for it: counted as a hit or a miss where the real one does, which is when it reads
   * and not when it is about to write.
   */
  lookup(key: Bytes): Value | undefined {
    const value = this.database.get(key);
    if (this.command.countsLookups) this.#counted(key, value !== undefined, true);
    return value;
  }

  /** The value of a key that a command reads though it is one that writes. */
  read(key: Bytes): Value | undefined {
    const value = this.database.get(key);
    this.#counted(key, value !== undefined, true);
    return value;
  }

  /** A string that a command reads though it is one that writes. Any other type is refused. */
  readString(key: Bytes): Bytes | undefined {
    const value = this.read(key);
    return value === undefined || typeof value === 'string' ? value : refuse(ERROR.wrongType);
  }

  /** The value of a key as commands look for it that tell of the key itself: no use of it. @param notifies - of a miss */
  peek(key: Bytes, notifies = true): Value | undefined {
    const value = this.database.peek(key);
    if (this.command.countsLookups) this.#counted(key, value !== undefined, notifies);
    return value;
  }

  #counted(key: Bytes, isHit: boolean, notifies: boolean): void {
    const { stats } = this.engine;
    if (isHit) {
      stats.hits++;
      return;
    }
    stats.misses++;
    if (notifies) this.event('keyMiss', 'keymiss', key);
  }

  /** What a command that reads has changed by the way, as `SCAN` removes what had expired, is a change of its own to replicas. */
  flushByTheWay(): void {
    if (!this.connection.isExecuting) this.engine.effects.flush();
  }

  /** Says that a key was changed: counts it, and fails the transactions that watch it. */
  modified(key: Bytes, changes = 1): void {
    this.dirty += changes;
    this.database.touched(key);
  }

  /** Stores a value in place of another and says so. Who waits for the key is not woken where it was there: `setKey` of 7.0 wakes for new keys only. */
  overwrite(key: Bytes, value: Value): void {
    const { database } = this;
    const isNew = database.get(key) === undefined;
    database.replace(key, value);
    if (isNew) this.modified(key);
    else this.engine.blocked.overwritten(database.number, key, () => { this.modified(key); });
  }

  /** Gives a key that is there a deadline, and says so to replicas; a deadline that has passed removes it. The caller counts the change. */
  expireAt(key: Bytes, deadline: number | bigint): void {
    if (deadline <= this.now && this.engine.removesExpired) {
      this.database.delete(key);
      this.propagateAs(['DEL', key]);
      this.event('generic', 'del', key);
      return;
    }
    this.database.setDeadline(key, deadline);
    this.propagateAs(['PEXPIREAT', key, String(deadline)]);
    this.event('generic', 'expire', key);
  }

  /**
   * Replicates other commands than the one that was sent: deadlines as absolute instants, chance as its outcome. Given none,
   * nothing is replicated.
   */
  propagateAs(...commands: readonly (readonly Bytes[])[]): void {
    this.rewritten = commands;
  }

  /** A string, or undefined when the key is absent. Any other type is refused. */
  string(key: Bytes): Bytes | undefined {
    const value = this.lookup(key);
    if (value === undefined || typeof value === 'string') return value;
    return refuse(ERROR.wrongType);
  }

  /** A hash, or undefined when the key is absent. Any other type is refused. */
  hash(key: Bytes): HashValue | undefined {
    const value = this.lookup(key);
    if (value === undefined || value instanceof HashValue) return value;
    return refuse(ERROR.wrongType);
  }

  /** A list, or undefined when the key is absent. Any other type is refused. */
  list(key: Bytes): ListValue | undefined {
    const value = this.lookup(key);
    if (value === undefined || value instanceof ListValue) return value;
    return refuse(ERROR.wrongType);
  }

  /** A set, or undefined when the key is absent. Any other type is refused. */
  set(key: Bytes): SetValue | undefined {
    const value = this.lookup(key);
    if (value === undefined || value instanceof SetValue) return value;
    return refuse(ERROR.wrongType);
  }

  /** A sorted set, or a set as one whose scores are all 1, or undefined when the key is absent. Any other type is refused. */
  scored(key: Bytes): SortedSetValue | SetValue | undefined {
    const value = this.lookup(key);
    if (value === undefined || value instanceof SortedSetValue || value instanceof SetValue) return value;
    return refuse(ERROR.wrongType);
  }

  /** A stream, or undefined when the key is absent. Any other type is refused. */
  stream(key: Bytes): StreamValue | undefined {
    const value = this.lookup(key);
    if (value === undefined || value instanceof StreamValue) return value;
    return refuse(ERROR.wrongType);
  }

  /** A sorted set, or undefined when the key is absent. Any other type is refused. */
  sortedSet(key: Bytes): SortedSetValue | undefined {
    const value = this.lookup(key);
    if (value === undefined || value instanceof SortedSetValue) return value;
    return refuse(ERROR.wrongType);
  }
}
