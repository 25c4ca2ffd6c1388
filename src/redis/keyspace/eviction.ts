/**
 * `maxmemory`: keeps the memory that keys take below a limit by removing some, or refuses commands that need more (`evict.c` of
 * 7.0; Redis documentation, "Key eviction").
 *
 * The policies are approximations, as the real ones: `maxmemory-samples` keys of each database are looked at, and the best
 * candidates are kept in a pool of sixteen between rounds. Which keys are looked at is decided by the engine's `Random`.
 *
 * Left out: `maxmemory-eviction-tenacity` (a round ends when enough is free, however long that takes), `lazyfree-lazy-eviction`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Engine } from '../engine.ts';
import type { Database } from './keyspace.ts';

const POOL_SIZE = 16;
const COUNTER_MAX = 255;

/** What the real server takes before it holds any key. */
export const MEMORY_STARTUP = 876_024;

interface Candidate {
  readonly database: Database;
  readonly key: Bytes;
  /** How much it deserves to go. */
  readonly score: number;
}

/** The limit and what follows from it. */
export class Eviction {
  /** `maxmemory`; 0: none. */
  limit = 0;
  /** `INFO`'s `evicted_keys`. */
  evicted = 0;
  /** `lazyfreed_objects`: what the real server would have freed in the background. Here it is gone at once. */
  lazyFreed = 0;
  /** Whether the last command began with too much memory in use. Scripts look at it. */
  isOutOfMemory = false;
  #peak = MEMORY_STARTUP;
  #pool: Candidate[] = [];
  #nextDatabase = 0;
  readonly #engine: Engine;

  /** None. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** `used_memory`: an estimate; see `memory-model.ts`. */
  get used(): number {
    let used = MEMORY_STARTUP;
    for (const database of this.#engine.databases) used += database.bytes;
    if (used > this.#peak) this.#peak = used;
    return used;
  }

  /** The most that was in use when anybody looked. */
  get peak(): number {
    return Math.max(this.#peak, this.used);
  }

  /** Forgets the peak. */
  resetPeak(): void {
    this.#peak = this.used;
  }

  /** Removes keys until the limit is kept, if the policy allows it. @returns whether it is kept */
  perform(): boolean {
    const { configuration, limits } = this.#engine;
    if (this.limit === 0) return true;
    const buffered = limits.buffered(this.#engine.now);
    let used = this.used + buffered;
    if (used <= this.limit) return true;
    const policy = configuration.value('maxmemory-policy');
    if (policy === 'noeviction') return false;
    while (used > this.limit) {
      const victim = policy.endsWith('-random') ? this.#random(policy) : this.#best(policy, configuration.number('maxmemory-samples'));
      if (victim === undefined) return false;
      this.#remove(victim.database, victim.key);
      used = this.used + buffered;
    }
    return true;
  }

  #remove(database: Database, key: Bytes): void {
    database.delete(key);
    this.evicted++;
    database.touched(key);
    this.#engine.notifications.notify('evicted', 'evicted', key, database.number);
    this.#engine.effects.add(database.number, ['DEL', key]);
    this.#engine.effects.flush();
  }

  #random(policy: string): { readonly database: Database; readonly key: Bytes } | undefined {
    const { databases, random } = this.#engine;
    for (let i = 0; i < databases.length; i++) {
      this.#nextDatabase = (this.#nextDatabase + 1) % databases.length;
      const database = databases[this.#nextDatabase];
      if (database === undefined) continue;
      const isVolatile = policy.startsWith('volatile-');
      const size = isVolatile ? database.volatileSize : database.size;
      const place = size === 0 ? -1 : random.below(size);
      const key = isVolatile ? database.volatileKeyAt(place) : database.keyAt(place);
      if (key !== undefined) return { database, key };
    }
    return undefined;
  }

  #best(policy: string, samples: number): Candidate | undefined {
    const isVolatile = policy.startsWith('volatile-');
    for (;;) {
      let total = 0;
      for (const database of this.#engine.databases) {
        const size = isVolatile ? database.volatileSize : database.size;
        total += size;
        if (size > 0) this.#populate(database, policy, samples);
      }
      if (total === 0) return undefined;
      for (let best = this.#pool.pop(); best !== undefined; best = this.#pool.pop()) {
        const isThere = isVolatile ? best.database.deadline(best.key) !== undefined : best.database.isStored(best.key);
        if (isThere) return best;
      }
    }
  }

  #populate(database: Database, policy: string, samples: number): void {
    const { random } = this.#engine;
    const isVolatile = policy.startsWith('volatile-');
    const size = isVolatile ? database.volatileSize : database.size;
    const count = Math.min(samples, size);
    // A run of neighbours, as the real one takes them from its table.
    const first = random.below(size);
    for (let i = 0; i < count; i++) {
      const place = (first + i) % size;
      const key = isVolatile ? database.volatileKeyAt(place) : database.keyAt(place);
      if (key !== undefined) this.#offer({ database, key, score: this.#score(database, key, policy) });
    }
  }

  #score(database: Database, key: Bytes, policy: string): number {
    const { access, now } = this.#engine;
    if (policy === 'volatile-ttl') return -Number(database.deadline(key) ?? 0);
    const stamp = database.stampOf(key);
    return access.isLfu ? COUNTER_MAX - access.frequency(stamp, now) : now - stamp;
  }

  /** Keeps the pool in ascending order; the least deserving falls out. */
  #offer(candidate: Candidate): void {
    const pool = this.#pool;
    let at = 0;
    while (at < pool.length && (pool[at] as Candidate).score < candidate.score) at++;
    if (pool.length < POOL_SIZE) {
      pool.splice(at, 0, candidate);
    } else if (at > 0) {
      pool.splice(at, 0, candidate);
      pool.shift();
    }
  }
}
