/**
 * The active expiry: keys whose deadline has passed go by themselves, though nobody asks for them (`activeExpireCycle` of
 * Redis 7.0). A sample of each database is looked at, again and again while more than a tenth of it had expired.
 *
 * Left out: the limit of a round in time and its effort. A number of steps stands in their place.
 *
 * @module
 */
import type { Engine } from '../engine.ts';
import type { Database } from './keyspace.ts';

/** How many keys one step looks at (`ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP`). */
const SAMPLE = 20;
/** It goes on while more than this share of the sample had expired. */
const ACCEPTABLE_STALE = 0.1;
/** The steps of one round at most. */
const STEPS_MAX = 32;

/** The active expiry of one engine. */
export class ActiveExpiry {
  /** `DEBUG SET-ACTIVE-EXPIRE` */
  isOn = true;
  readonly #engine: Engine;

  /** On. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** One round. @returns whether another would find much */
  run(): boolean {
    if (!this.isOn) return false;
    let goesOn = false;
    for (const database of this.#engine.databases) {
      let step = 0;
      while (step < STEPS_MAX && database.volatileSize > 0 && this.#engine.asOneStep(() => this.#step(database))) step++;
      goesOn ||= step === STEPS_MAX;
    }
    return goesOn;
  }

  /** @returns whether it is worth another step */
  #step(database: Database): boolean {
    const { random, effects } = this.#engine;
    const sample = Math.min(SAMPLE, database.volatileSize);
    const all = database.volatileSize <= SAMPLE;
    let expired = 0;
    for (let i = 0; i < sample; i++) {
      // A small set is met as a whole, from its end: what is removed moves the last key into its place.
      const place = all ? sample - 1 - i : random.below(database.volatileSize);
      const key = database.volatileKeyAt(place);
      if (key === undefined || !database.expireIfDue(key)) continue;
      expired++;
      // Each is a change of its own.
      effects.flush();
    }
    return !all && expired / sample > ACCEPTABLE_STALE;
  }
}
