/**
 * Admission control of background work (section 6.5): hinted handoff, anti-entropy and transfers of key ranges take slices of a
 * shared budget, which shrinks while the foreground suffers. What is watched is the latency of the local disk over the last
 * 60 seconds: when its 99th percentile nears the limit (50 ms in the paper) there are fewer slices, else more.
 *
 * Left out: lock contention and queueing, the paper's other signals: a simulated node has neither.
 *
 * @module
 */
import type { Host } from '../kernel/node.ts';
import type { Micros } from '../kernel/units.ts';
import type { DynamoConfig } from './options.ts';

const WINDOW = 60_000_000;
const SAMPLES = 1024;
/** Objects that one round of background work may move when nothing hurts. */
const SLICES_MOST = 100;

/** The budget of one incarnation's background work. */
export class AdmissionControl {
  readonly #host: Host;
  readonly #config: DynamoConfig;
  readonly #latencies: number[] = [];
  readonly #instants: number[] = [];
  #next = 0;
  #slices = SLICES_MOST;

  /** @param host - this incarnation */
  constructor(host: Host, config: DynamoConfig) {
    this.#host = host;
    this.#config = config;
  }

  /** A foreground access to the disk took so long. */
  note(latency: Micros): void {
    this.#latencies[this.#next] = latency;
    this.#instants[this.#next] = this.#host.monotonic();
    this.#next = (this.#next + 1) % SAMPLES;
  }

  /** The 99th percentile of the last minute's latencies, in microseconds; 0 without any. */
  get percentile99(): number {
    const since = this.#host.monotonic() - WINDOW;
    const recent = this.#latencies.filter((_, i) => (this.#instants[i] ?? 0) >= since).sort((a, b) => a - b);
    return recent[Math.ceil(recent.length * 0.99) - 1] ?? 0;
  }

  /** How many objects this round of background work may move, at least one: it never stops for good. */
  round(): number {
    this.#slices = this.percentile99 > this.#config.backgroundLatencyLimit ? Math.max(1, this.#slices >> 1) : Math.min(SLICES_MOST, this.#slices * 2);
    return this.#slices;
  }
}
