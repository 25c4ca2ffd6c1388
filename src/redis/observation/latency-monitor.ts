/**
 * The latency monitor: events that took longer than `latency-monitor-threshold` (`latency.c` of Redis 7.0). How long something
 * takes is told by the embedder's stopwatch; without one nothing is ever slow.
 *
 * Left out: events of the operating system (forks, disks), and the advice that `LATENCY DOCTOR` gives on them.
 *
 * @module
 */

/** One sample. */
export interface LatencySample {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  /** Milliseconds. */
  latency: number;
}

/** The samples of one kind of event. */
export interface LatencySeries {
  readonly samples: LatencySample[];
  max: number;
}

const SAMPLES_MAX = 160;

/** The monitor. */
export class LatencyMonitor {
  readonly #events = new Map<string, LatencySeries>();

  /** The events seen. */
  get events(): ReadonlyMap<string, LatencySeries> {
    return this.#events;
  }

  /** Notes an event. Of several in a second the worst is kept. */
  add(event: string, at: number, latency: number): void {
    const series = this.#events.get(event) ?? { samples: [], max: 0 };
    this.#events.set(event, series);
    series.max = Math.max(series.max, latency);
    const last = series.samples.at(-1);
    if (last?.at === at) {
      last.latency = Math.max(last.latency, latency);
      return;
    }
    series.samples.push({ at, latency });
    if (series.samples.length > SAMPLES_MAX) series.samples.shift();
  }

  /** Forgets events. @returns how many */
  reset(events: readonly string[]): number {
    if (events.length > 0) return events.filter((event) => this.#events.delete(event)).length;
    const { size } = this.#events;
    this.#events.clear();
    return size;
  }
}
