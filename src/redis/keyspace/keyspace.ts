/**
 * One numbered database: keys, their values, their deadlines.
 *
 * A key whose deadline has passed does not exist, whatever is still stored. On a primary the first to look at it removes it
 * and says so to replicas and the append-only file; on a replica it is only hidden, and removed when the primary's `DEL`
 * comes (Redis documentation, "How Redis replication deals with expires on keys"). That is why `DBSIZE` on a replica may
 * count keys that `GET` does not find.
 *
 * @module
 */
import { IndexedMap } from '../../structures/indexed-map.ts';
import type { AccessClock } from './access.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { HashValue } from '../values/hash-value.ts';
import type { Int64 } from '../bytes/int64.ts';
import { KeyTable } from './key-table.ts';
import type { ListValue } from '../values/list-value.ts';
import { entryBytes, tableBytes } from '../values/memory-model.ts';
import type { SetValue } from '../values/set-value.ts';
import type { SortedSetValue } from '../values/sorted-set-value.ts';
import type { StreamValue } from '../values/stream-value.ts';

/** What a key can hold. A string is just its bytes. */
export type Value = Bytes | HashValue | ListValue | SetValue | SortedSetValue | StreamValue;

/** The name of a value's type, as `TYPE` tells it. */
export type ValueType = 'string' | 'hash' | 'list' | 'set' | 'zset' | 'stream';

/** `raw`: changed in place, however short; `text`: the outcome of `INCRBYFLOAT`, which is no integer though it may look like one. */
export type StringForm = 'raw' | 'text';

/** What a deadline takes: an entry of a hash table. */
const DEADLINE_BYTES = 32;

/** Tells a value's type. */
export function typeOf(value: Value): ValueType {
  return typeof value === 'string' ? 'string' : value.type;
}

/** What a database needs from its engine. */
export interface KeyspaceHost {
  /** The instant of the command being executed, in milliseconds since the Unix epoch. */
  readonly now: number;
  /** Whether expired keys are removed here (a primary) or only hidden (a replica). */
  readonly removesExpired: boolean;
  /** False while the stream of a primary or the append-only file is applied: nothing expires by itself then. */
  readonly honoursDeadlines: boolean;
  /** Makes the stamps that say when a key was used. */
  readonly access: AccessClock;
  /** A key was added that was not there. */
  onAdded(database: Database, key: Bytes): void;
  /** A key's deadline passed and it has just been removed. */
  onExpired(database: Database, key: Bytes): void;
  /** A key was changed, added or removed. */
  onTouched(database: Database, key: Bytes): void;
  /** What a key holds may be another's: its database was exchanged. Who tracks keys is not told. */
  onExchanged(database: Database, key: Bytes): void;
}

/** The database. */
export class Database {
  /** Its number, as `SELECT` knows it. */
  readonly number: number;
  readonly #host: KeyspaceHost;
  #values = new KeyTable();
  #deadlines = new IndexedMap<Int64>();
  /** Strings that Redis does not keep as it keeps those that `SET` stores. */
  #kept = new Map<Bytes, StringForm>();
  /** What each key takes by `memory-model.ts`; counted from the first time that anybody asks. */
  #sizes: Map<Bytes, number> | undefined = undefined;
  #bytes = 0;

  /** Empty. */
  constructor(number: number, host: KeyspaceHost) {
    this.number = number;
    this.#host = host;
  }

  /** How many keys are stored, expired ones included. */
  get size(): number {
    return this.#values.size;
  }

  /** How many keys have a deadline. */
  get volatileSize(): number {
    return this.#deadlines.size;
  }

  /** The key's value, or undefined when it is absent or expired. This is a use of the key. */
  get(key: Bytes): Value | undefined {
    if (this.#deadlines.size > 0 && this.isExpired(key)) {
      this.#expire(key);
      return undefined;
    }
    const { access, now } = this.#host;
    return access.isLfu ? this.#use(key, now) : this.#values.use(key, now);
  }

  /** The key's value as {@link get} finds it, without a use of the key. */
  peek(key: Bytes): Value | undefined {
    if (this.#deadlines.size > 0 && this.isExpired(key)) {
      this.#expire(key);
      return undefined;
    }
    return this.#values.get(key);
  }

  /** The stamp of a key that is stored; see {@link AccessClock}. */
  stampOf(key: Bytes): number {
    return this.#values.stampAt(this.#values.placeOf(key) ?? -1);
  }

  /** Sets the stamp of a key that is stored. */
  stamp(key: Bytes, stamp: number): void {
    const place = this.#values.placeOf(key);
    if (place !== undefined) this.#values.stamp(place, stamp);
  }

  /** Whether the key's deadline has passed. */
  isExpired(key: Bytes): boolean {
    const deadline = this.#deadlines.get(key);
    return deadline !== undefined && deadline < this.#host.now && this.#host.honoursDeadlines;
  }

  /** The value that is stored under a key, expired or not. Removes nothing. */
  stored(key: Bytes): Value | undefined {
    return this.#values.get(key);
  }

  /** Whether it is stored, expired or not. Removes nothing. */
  isStored(key: Bytes): boolean {
    return this.#values.has(key);
  }

  /** Stores a value; the key's deadline stays as it is. */
  put(key: Bytes, value: Value): void {
    this.#store(key, value);
    if (this.#kept.size > 0) this.#kept.delete(key);
  }

  /** Stores a string that was changed in place, as {@link put} does. */
  putRaw(key: Bytes, value: Bytes): void {
    this.#store(key, value);
    this.#kept.set(key, 'raw');
  }

  /** Says in which form the string just stored is kept. */
  keepAs(key: Bytes, form: StringForm | undefined): void {
    if (form !== undefined) this.#kept.set(key, form);
  }

  /** The form in which a string is kept, when it is not that of `SET`. */
  keptAs(key: Bytes): StringForm | undefined {
    return this.#kept.get(key);
  }

  /** Stores a value and forgets the key's deadline. */
  replace(key: Bytes, value: Value): void {
    // What had expired is removed first, as for any command that writes.
    if (this.#deadlines.size > 0 && !(this.isExpired(key) && this.#expire(key))) this.#deadlines.delete(key);
    this.#store(key, value);
    if (this.#kept.size > 0) this.#kept.delete(key);
  }

  /** Removes a key. @returns whether it was stored */
  delete(key: Bytes): boolean {
    if (this.#sizes !== undefined) this.#forget(key);
    if (this.#kept.size > 0) this.#kept.delete(key);
    if (this.#deadlines.size > 0) this.#deadlines.delete(key);
    return this.#values.delete(key);
  }

  /** The key's deadline in milliseconds since the Unix epoch, or undefined. */
  deadline(key: Bytes): Int64 | undefined {
    return this.#deadlines.get(key);
  }

  /** Gives the key a deadline, or takes it away. @returns whether it had one */
  setDeadline(key: Bytes, deadline: Int64 | undefined): boolean {
    if (deadline === undefined) return this.#deadlines.delete(key);
    return !this.#deadlines.set(key, deadline);
  }

  /** A key was changed: tells those who watch it. */
  touched(key: Bytes): void {
    if (this.#sizes !== undefined) this.#count(this.#sizes, key);
    this.#host.onTouched(this, key);
  }

  /** What the keys take, by `memory-model.ts`. The first time they are all counted, from then on each as it changes. */
  get bytes(): number {
    if (this.#sizes === undefined) {
      this.#sizes = new Map();
      for (const key of this.#values.keys()) this.#count(this.#sizes, key);
    }
    return this.#bytes + tableBytes(this.size) + tableBytes(this.volatileSize) + this.volatileSize * DEADLINE_BYTES;
  }

  /** All stored keys, expired ones included. Do not change the database meanwhile. */
  keys(): readonly Bytes[] {
    return this.#values.keys();
  }

  /** The key at a place from 0 to `size - 1`. */
  keyAt(place: number): Bytes | undefined {
    return this.#values.keyAt(place);
  }

  /** The key with a deadline at a place from 0 to `volatileSize - 1`. */
  volatileKeyAt(place: number): Bytes | undefined {
    return this.#deadlines.keyAt(place);
  }

  /** One step of a walk over all stored keys; see {@link IndexedMap.scan}. */
  scan(cursor: number, count: number, visit: (key: Bytes, value: Value) => void): number {
    return this.#values.scan(cursor, count, visit);
  }

  /** Removes everything. @returns how many keys that were */
  clear(): number {
    const count = this.#values.size;
    const keys = this.#values.keys();
    this.#values = new KeyTable();
    this.#sizes?.clear();
    this.#bytes = 0;
    this.#deadlines = new IndexedMap();
    this.#kept.clear();
    for (const key of keys) this.touched(key);
    return count;
  }

  /** Exchanges the contents of two databases. */
  swap(other: Database): void {
    [this.#values, other.#values] = [other.#values, this.#values];
    [this.#deadlines, other.#deadlines] = [other.#deadlines, this.#deadlines];
    [this.#kept, other.#kept] = [other.#kept, this.#kept];
    [this.#sizes, other.#sizes] = [other.#sizes, this.#sizes];
    [this.#bytes, other.#bytes] = [other.#bytes, this.#bytes];
    for (const keys of [this.#values.keys(), other.#values.keys()]) {
      for (const key of keys) {
        this.#host.onExchanged(this, key);
        this.#host.onExchanged(other, key);
      }
    }
  }

  /** Removes the key if its deadline has passed and this is a primary. @returns whether it did */
  expireIfDue(key: Bytes): boolean {
    return this.isExpired(key) && this.#expire(key);
  }

  #store(key: Bytes, value: Value): void {
    const { access, now } = this.#host;
    // Under LFU a key that gets another value keeps its count.
    const place = access.isLfu ? this.#values.placeOf(key) : undefined;
    const isNew = this.#values.set(key, value, place === undefined ? access.fresh(now) : this.#values.stampAt(place));
    if (isNew) this.#host.onAdded(this, key);
  }

  #use(key: Bytes, now: number): Value | undefined {
    const place = this.#values.placeOf(key);
    if (place === undefined) return undefined;
    this.#values.stamp(place, this.#host.access.used(this.#values.stampAt(place), now));
    return this.#values.valueAt(place);
  }

  #count(sizes: Map<Bytes, number>, key: Bytes): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    const size = entryBytes(key, value, this.#kept.get(key));
    this.#bytes += size - (sizes.get(key) ?? 0);
    sizes.set(key, size);
  }

  #forget(key: Bytes): void {
    this.#bytes -= this.#sizes?.get(key) ?? 0;
    this.#sizes?.delete(key);
  }

  #expire(key: Bytes): boolean {
    if (!this.#host.removesExpired) return false;
    this.delete(key);
    this.#host.onExpired(this, key);
    return true;
  }
}
