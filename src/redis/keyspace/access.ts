/**
 * When a key was last used, and how often: the stamp that each key carries (`evict.c` of 7.0; Redis documentation, "Key eviction").
 *
 * Under an LFU policy a stamp is the minute of the last decay times 256 plus a logarithmic counter; else it is the instant of
 * the last use in milliseconds. The real one has 24 bits for it, in whole seconds, and begins again after half a year.
 * When the policy changes between the two the stamps mean nothing until the keys are used again, as in Redis.
 *
 * @module
 */
import type { Random } from '../../kernel/random.ts';
import type { Configuration } from '../configuration/configuration.ts';

const MINUTE = 60_000;
const COUNTER_RANGE = 256;
/** Minutes are counted in 16 bits. */
const MINUTE_RANGE = 65_536;
/** The counter of a new key, so that it is not the first to go. */
const COUNTER_NEW = 5;

/** The stamps of one engine. */
export class AccessClock {
  /** Whether stamps count uses. */
  isLfu = false;
  readonly #random: Random;
  #logFactor = 10;
  #decayTime = 1;

  /** @param random - decides which uses count */
  constructor(random: Random) {
    this.#random = random;
  }

  /** Takes the policy and its parameters from the configuration. */
  configure(configuration: Configuration): void {
    this.isLfu = configuration.value('maxmemory-policy').endsWith('-lfu');
    this.#logFactor = configuration.number('lfu-log-factor');
    this.#decayTime = configuration.number('lfu-decay-time');
  }

  /** The stamp of a new key. */
  fresh(now: number): number {
    return this.isLfu ? this.withCounter(now, COUNTER_NEW) : now;
  }

  /** The stamp of a key with a given counter. */
  withCounter(now: number, counter: number): number {
    return (Math.floor(now / MINUTE) % MINUTE_RANGE) * COUNTER_RANGE + counter;
  }

  /** The stamp of a key that is used now. */
  used(stamp: number, now: number): number {
    return this.isLfu ? this.withCounter(now, this.#increment(this.frequency(stamp, now))) : now;
  }

  /** Whole seconds since the last use. */
  idleSeconds(stamp: number, now: number): number {
    return Math.max(0, Math.floor(now / 1000) - Math.floor(stamp / 1000));
  }

  /** The counter after its decay. */
  frequency(stamp: number, now: number): number {
    const counter = stamp % COUNTER_RANGE;
    const decayed = Math.floor(stamp / COUNTER_RANGE) % MINUTE_RANGE;
    const elapsed = (Math.floor(now / MINUTE) - decayed + MINUTE_RANGE) % MINUTE_RANGE;
    return this.#decayTime === 0 ? counter : Math.max(0, counter - Math.floor(elapsed / this.#decayTime));
  }

  #increment(counter: number): number {
    if (counter === COUNTER_RANGE - 1) return counter;
    const chance = 1 / (Math.max(0, counter - COUNTER_NEW) * this.#logFactor + 1);
    return this.#random.float() < chance ? counter + 1 : counter;
  }
}
