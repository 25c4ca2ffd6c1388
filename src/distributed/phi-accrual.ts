/**
 * The phi accrual failure detector (Hayashibara et al., SRDS 2004) as Apache Cassandra runs it (`FailureDetector` and its
 * `ArrivalWindow`): heartbeats are taken to be exponentially distributed, so that
 *
 *     phi = (time since the last heartbeat / mean interval) / ln 10
 *
 * and a node is convicted when phi exceeds a threshold of 8, that is after 18.42 mean intervals. The window holds the last
 * 1,000 intervals; the first heartbeat counts as an interval of two gossip rounds, and longer ones are not counted at all.
 * After the observer itself stood still for 5 s nobody is convicted for another 5 s: its own pause must not look like
 * everyone else's death.
 *
 * No logarithm is taken here: ln 10 is a constant.
 *
 * @module
 */
import type { Micros } from '../kernel/units.ts';

/** The natural logarithm of 10, as the detector divides by it. */
const LN_10 = 2.302585092994046;

/** Settings of the detector, with Cassandra's names and defaults. */
export interface PhiAccrualOptions {
  /** `phi_convict_threshold`, default 8. */
  readonly convictThreshold?: number;
  /** Intervals kept, default 1,000. */
  readonly windowLength?: number;
  /** The time between gossip rounds, default 1 s. Twice this is the first interval and the longest that counts. */
  readonly round?: Micros;
  /** A gap between two of the observer's own rounds that counts as its own pause, default 5 s. */
  readonly localPause?: Micros;
}

interface Arrivals {
  readonly intervals: number[];
  next: number;
  sum: number;
  last: number;
}

/** Watches the heartbeats of any number of peers, on the observer's monotonic clock. */
export class PhiAccrualDetector {
  readonly #threshold: number;
  readonly #length: number;
  readonly #longest: number;
  readonly #localPause: number;
  readonly #peers = new Map<string, Arrivals>();
  #lastRound: number | undefined;
  #pausedAt = -Infinity;

  constructor(options: PhiAccrualOptions = {}) {
    this.#threshold = options.convictThreshold ?? 8;
    this.#length = options.windowLength ?? 1000;
    this.#longest = 2 * (options.round ?? 1_000_000);
    this.#localPause = options.localPause ?? Math.max(5_000_000, 2.5 * this.#longest);
  }

  /** A heartbeat of a peer was seen. */
  report(peer: string, now: Micros): void {
    const arrivals = this.#peers.get(peer);
    if (arrivals === undefined) {
      this.#peers.set(peer, { intervals: [this.#longest], next: 1, sum: this.#longest, last: now });
      return;
    }
    const interval = now - arrivals.last;
    arrivals.last = now;
    if (interval > this.#longest) return;
    const slot = arrivals.next % this.#length;
    arrivals.sum += interval - (arrivals.intervals[slot] ?? 0);
    arrivals.intervals[slot] = interval;
    arrivals.next = slot + 1;
  }

  /** The suspicion level of a peer; 0 for one that was never heard of. */
  phi(peer: string, now: Micros): number {
    const arrivals = this.#peers.get(peer);
    if (arrivals === undefined || arrivals.sum === 0) return 0;
    return (now - arrivals.last) / (arrivals.sum / arrivals.intervals.length) / LN_10;
  }

  /** Whether a peer is to be taken for dead. Call {@link round} before asking. */
  convicts(peer: string, now: Micros): boolean {
    return now - this.#pausedAt >= this.#localPause && this.phi(peer, now) > this.#threshold;
  }

  /** The observer begins one of its regular rounds: notices its own pauses. */
  round(now: Micros): void {
    if (this.#lastRound !== undefined && now - this.#lastRound > this.#localPause) this.#pausedAt = now;
    this.#lastRound = now;
  }

  /** Forgets a peer's past, as after its restart. */
  forget(peer: string): void {
    this.#peers.delete(peer);
  }
}
