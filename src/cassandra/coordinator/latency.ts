/**
 * How fast replicas and tables answer: what speculative retry and the dynamic snitch go by. A reservoir keeps the latest
 * latencies; percentiles are taken of it no more than once in its interval.
 *
 * Cassandra's reservoirs decay by time (`DecayingEstimatedHistogramReservoir`, `DynamicEndpointSnitch`): here the oldest of a fixed
 * number gives way, so that no logarithm decides an event.
 *
 * @module
 */
import type { Micros } from '../../kernel/units.ts';

/** The latest latencies of one kind. */
export class LatencyReservoir {
  readonly #samples: Float64Array;
  #count = 0;
  /** What was found last, and of how many samples: a percentile moves slowly, and is asked for by every read. */
  #known: { readonly share: number; readonly count: number; readonly latency: Micros } | undefined;

  /** @param size - how many are kept */
  constructor(size = 128) {
    this.#samples = new Float64Array(size);
  }

  /** How many there are. */
  get size(): number {
    return Math.min(this.#count, this.#samples.length);
  }

  /** Notes one. */
  add(latency: Micros): void {
    this.#samples[this.#count++ % this.#samples.length] = latency;
  }

  /** The latency that a share of them does not exceed, or undefined when there are none. @param share - 0 to 1 */
  percentile(share: number): Micros | undefined {
    const { size } = this;
    if (size === 0) return undefined;
    const known = this.#known;
    if (known?.share === share && this.#count - known.count < size / 4) return known.latency;
    const sorted = this.#samples.slice(0, size).sort();
    const latency = sorted[Math.min(size - 1, Math.max(0, Math.ceil(share * size) - 1))] as Micros;
    this.#known = { share, count: this.#count, latency };
    return latency;
  }

  /** Forgets all. */
  clear(): void {
    this.#count = 0;
    this.#known = undefined;
  }
}

/** When a read asks one more replica. */
export type SpeculativeRetry =
  | { readonly kind: 'never' }
  | { readonly kind: 'always' }
  | { readonly kind: 'percentile'; readonly share: number }
  | { readonly kind: 'fixed'; readonly after: Micros }
  | { readonly kind: 'min' | 'max'; readonly of: readonly [SpeculativeRetry, SpeculativeRetry] };

const parsed = new Map<string, SpeculativeRetry>();

/** Reads the table option `speculative_retry`: `NEVER`, `ALWAYS`, `99p`, `50ms`, `MIN(99p,50ms)`, `MAX(…)`. It was checked before. */
export function parseSpeculativeRetry(text: string): SpeculativeRetry {
  let policy = parsed.get(text);
  if (policy === undefined) parsed.set(text, (policy = parse(text.trim().toLowerCase())));
  return policy;
}

function parse(text: string): SpeculativeRetry {
  const both = /^(min|max)\(([^,]+),([^,]+)\)$/.exec(text);
  if (both !== null) return { kind: both[1] as 'min' | 'max', of: [parse((both[2] ?? '').trim()), parse((both[3] ?? '').trim())] };
  if (text === 'always') return { kind: 'always' };
  const figure = parseFloat(text);
  if (text.endsWith('ms')) return { kind: 'fixed', after: Math.round(figure * 1000) as Micros };
  return Number.isNaN(figure) ? { kind: 'never' } : { kind: 'percentile', share: figure / 100 };
}

/** How long a read waits before it asks one more replica; Infinity = it does not. */
export function speculationDelay(policy: SpeculativeRetry, latencies: LatencyReservoir, unknown: Micros): number {
  switch (policy.kind) {
    case 'never': return Infinity;
    case 'always': return 0;
    case 'fixed': return policy.after;
    case 'percentile': return latencies.percentile(policy.share) ?? unknown;
    case 'min': return Math.min(...policy.of.map((one) => speculationDelay(one, latencies, unknown)));
    case 'max': return Math.max(...policy.of.map((one) => speculationDelay(one, latencies, unknown)));
    default: return policy satisfies never;
  }
}
