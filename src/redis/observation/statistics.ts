/**
 * What the server counts: `INFO stats`, `commandstats`, `errorstats` and `latencystats` (`server.c` of Redis 7.0).
 *
 * Durations are what the embedder's stopwatch says, in microseconds. They are kept in buckets that double, as `LATENCY
 * HISTOGRAM` shows them; a percentile is the upper end of its bucket, where the real one is exact to two digits.
 *
 * @module
 */
import type { Command } from '../command.ts';

/** What is counted of a command. */
export interface CommandStatistics {
  readonly calls: number;
  readonly micros: number;
  readonly rejected: number;
  readonly failed: number;
}

/** The counters of `INFO stats`. */
export interface Counters {
  connections: number;
  rejectedConnections: number;
  commands: number;
  inputBytes: number;
  outputBytes: number;
  expired: number;
  evicted: number;
  evictedClients: number;
  hits: number;
  misses: number;
  errors: number;
  reads: number;
  writes: number;
}

const zero = (): Counters => ({
  connections: 0, rejectedConnections: 0, commands: 0, inputBytes: 0, outputBytes: 0, expired: 0, evicted: 0, evictedClients: 0, hits: 0, misses: 0,
  errors: 0, reads: 0, writes: 0,
});

/** The fields that are counted of each command. */
const FIELDS = 4;
const [CALLS, MICROS, REJECTED, FAILED] = [0, 1, 2, 3];
/** From a microsecond to about eighteen minutes. */
const BUCKETS = 31;
const NANOS = 1000;

/** The upper end of a bucket in microseconds, as a histogram of two significant digits rounds it. */
export function bucketMicros(bucket: number): number {
  return Math.floor((1032 * 2 ** bucket - 1) / NANOS);
}

/** The counts of one engine. */
export class Statistics {
  /** The counters. */
  readonly counters: Counters = zero();
  readonly #byCommand: Float64Array;
  #histograms = new Map<number, Float64Array>();
  #errors = new Map<string, number>();
  /** `latency-tracking` */
  tracksLatency = true;

  /** @param commands - how many there are */
  constructor(commands: number) {
    this.#byCommand = new Float64Array(commands * FIELDS);
  }

  /** Errors by the first word of their text, with how often each was given. */
  get errors(): ReadonlyMap<string, number> {
    return this.#errors;
  }

  /** A command was executed. @param micros - how long that took */
  called(command: Command, micros: number): void {
    const at = command.id * FIELDS;
    this.counters.commands++;
    (this.#byCommand[at + CALLS] as number)++;
    this.#byCommand[at + MICROS] = (this.#byCommand[at + MICROS] as number) + micros;
  }

  /** A command that was counted when it began took so long. */
  took(command: Command, micros: number): void {
    const at = command.id * FIELDS + MICROS;
    this.#byCommand[at] = (this.#byCommand[at] as number) + micros;
  }

  /** Notes how long a command took, in the histograms. */
  timed(command: Command, micros: number): void {
    if (!this.tracksLatency) return;
    let histogram = this.#histograms.get(command.id);
    if (histogram === undefined) {
      histogram = new Float64Array(BUCKETS);
      this.#histograms.set(command.id, histogram);
    }
    let bucket = 0;
    while (bucket < BUCKETS - 1 && micros > bucketMicros(bucket)) bucket++;
    (histogram[bucket] as number)++;
  }

  /** An error was given. @param how - before the command was tried, by it, or without one */
  failed(command: Command | undefined, how: 'rejected' | 'failed' | undefined, text: string): void {
    if (command !== undefined && how !== undefined) {
      const at = command.id * FIELDS + (how === 'failed' ? FAILED : REJECTED);
      (this.#byCommand[at] as number)++;
    }
    this.counters.errors++;
    const end = text.indexOf(' ');
    const code = end < 0 ? text : text.slice(0, end);
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  /** A command failed with an error that was counted before. */
  failedAgain(command: Command): void {
    (this.#byCommand[command.id * FIELDS + FAILED] as number)++;
  }

  /** What was counted of a command. */
  of({ id }: Command): CommandStatistics {
    const [calls = 0, micros = 0, rejected = 0, failed = 0] = this.#byCommand.subarray(id * FIELDS, id * FIELDS + FIELDS);
    return { calls, micros, rejected, failed };
  }

  /** How often a command took how long: pairs of microseconds and of calls that took at most so many; undefined when never timed. */
  histogram({ id }: Command): readonly (readonly [number, number])[] | undefined {
    const counts = this.#histograms.get(id);
    if (counts === undefined) return undefined;
    const pairs: [number, number][] = [];
    let total = 0;
    counts.forEach((count, bucket) => {
      total += count;
      if (count > 0) pairs.push([bucketMicros(bucket), total]);
    });
    return pairs;
  }

  /** The time in microseconds that a share of a command's calls did not exceed. @param percentile - 0 to 100 */
  percentile(command: Command, percentile: number): number {
    const pairs = this.histogram(command) ?? [];
    const wanted = Math.max(1, (percentile / 100) * (pairs.at(-1)?.[1] ?? 0));
    return pairs.find(([, count]) => count >= wanted)?.[0] ?? 0;
  }

  /** `LATENCY RESET` does not touch these; `CONFIG RESETSTAT` does. */
  reset(): void {
    Object.assign(this.counters, zero());
    this.#byCommand.fill(0);
    this.#histograms = new Map();
    this.#errors = new Map();
  }
}
