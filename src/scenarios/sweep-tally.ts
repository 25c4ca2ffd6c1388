/**
 * What a sweep says of one configuration. Tallies add up: those of the parts of a sweep, in any order, make the tally of the
 * whole, to the byte.
 *
 * @module
 */
import { Histogram, type HistogramData } from '../structures/histogram.ts';
import type { SeedResult } from './seed-result.ts';

/** Failing seeds that are kept by number. */
export const FAILURES_KEPT = 20;

/** A tally as plain data. */
export interface TallyData {
  readonly configuration: string;
  readonly seeds: number;
  readonly violations: number;
  readonly unknown: number;
  readonly firstFailure: number | null;
  /** The first violating seeds, at most {@link FAILURES_KEPT}. */
  readonly failures: readonly number[];
  /** Violating seeds by what they violate. */
  readonly kinds: Readonly<Record<string, number>>;
  /** What the first of them violates, in a sentence. */
  readonly explanation: string | null;
  readonly operations: { readonly ok: number; readonly fail: number; readonly info: number; readonly open: number };
  readonly events: number;
  /** Of all runs' digests: two sweeps that have it in common did the same. */
  readonly digest: string;
  readonly latency: HistogramData;
  readonly versioned: number;
  readonly staleness: HistogramData;
  /** Which faults met which states: in how many seeds, and the first of them. */
  readonly coverage: Readonly<Record<string, Met>>;
}

/** How often a fault met a state. */
export interface Met {
  readonly seeds: number;
  readonly first: number;
}

/** Adds up the runs of one configuration. */
export class SweepTally {
  readonly configuration: string;
  seeds = 0;
  violations = 0;
  unknown = 0;
  readonly kinds: Map<string, number> = new Map();
  readonly latency: Histogram = new Histogram();
  readonly staleness: Histogram = new Histogram();
  readonly operations: { ok: number; fail: number; info: number; open: number } = { ok: 0, fail: 0, info: 0, open: 0 };
  versioned = 0;
  readonly #coverage = new Map<string, Met>();
  #failures: number[] = [];
  #explanation: string | null = null;
  #events = 0;
  /** The runs' digests, added lane by lane: addition does not care for order. */
  readonly #digest = [0, 0];

  constructor(configuration: string) {
    this.configuration = configuration;
  }

  /** The first violating seed. */
  get firstFailure(): number | undefined {
    return this.#failures[0];
  }

  /** Adds a run. */
  add({ seed, verdict, kinds, explanation, digest, events, statistics, coverage }: SeedResult): void {
    const isViolation = verdict === 'violation';
    this.merge({
      configuration: this.configuration, seeds: 1, violations: isViolation ? 1 : 0, unknown: verdict === 'unknown' ? 1 : 0, firstFailure: isViolation ? seed : null,
      failures: isViolation ? [seed] : [], kinds: Object.fromEntries(kinds.map((kind) => [kind, 1])), explanation: explanation ?? null,
      operations: statistics, events, digest, latency: statistics.latency, versioned: statistics.versioned, staleness: statistics.staleness,
      coverage: Object.fromEntries(coverage.map((pair) => [pair, { seeds: 1, first: seed }])),
    });
  }

  /** Adds another part's tally. */
  merge(other: TallyData): void {
    this.seeds += other.seeds;
    this.violations += other.violations;
    this.unknown += other.unknown;
    if (other.firstFailure !== null && other.firstFailure < (this.firstFailure ?? Infinity)) this.#explanation = other.explanation;
    if (other.failures.length > 0) this.#failures = [...this.#failures, ...other.failures].sort((a, b) => a - b).slice(0, FAILURES_KEPT);
    for (const [kind, count] of Object.entries(other.kinds)) this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + count);
    for (const how of ['ok', 'fail', 'info', 'open'] as const) this.operations[how] += other.operations[how];
    this.#events += other.events;
    this.#digest.forEach((lane, at) => { this.#digest[at] = (lane + Number.parseInt(other.digest.slice(8 * at, 8 * at + 8), 16)) >>> 0; });
    this.latency.merge(other.latency);
    this.versioned += other.versioned;
    this.staleness.merge(other.staleness);
    for (const [pair, { seeds, first }] of Object.entries(other.coverage)) {
      const known = this.#coverage.get(pair);
      this.#coverage.set(pair, { seeds: seeds + (known?.seeds ?? 0), first: Math.min(first, known?.first ?? Infinity) });
    }
  }

  /** The share of operations that were answered with ok; undefined when there were none. */
  get availability(): number | undefined {
    const { ok, fail, info, open } = this.operations;
    const all = ok + fail + info + open;
    return all === 0 ? undefined : ok / all;
  }

  /** As plain data. */
  toJSON(): TallyData {
    const kinds = [...this.kinds].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      configuration: this.configuration, seeds: this.seeds, violations: this.violations, unknown: this.unknown, firstFailure: this.firstFailure ?? null,
      failures: this.#failures, kinds: Object.fromEntries(kinds), explanation: this.#explanation, operations: { ...this.operations }, events: this.#events,
      digest: this.#digest.map((lane) => lane.toString(16).padStart(8, '0')).join(''), latency: this.latency.toJSON(), versioned: this.versioned, staleness: this.staleness.toJSON(),
      coverage: Object.fromEntries([...this.#coverage].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}
