/**
 * Distributions of spans of time, as data. Each is sampled by inverting its distribution function at one uniform draw, so
 * that a sample costs the same amount of chance whatever its shape, and with portable arithmetic only.
 *
 * The presets are the fits of Bailis et al., "Probabilistically Bounded Staleness for Practical Partial Quorums" (VLDB
 * 2012), table 3: Pareto bodies with exponential tails.
 *
 * @module
 */
import { UsageError } from './errors.ts';
import { exp, ln, normalQuantile } from './portable-math.ts';
import type { Random } from './random.ts';
import { duration, type DurationInput, type Micros } from './units.ts';

/** A distribution of spans. Durations are text such as `'1.5ms'` or numbers of milliseconds. */
export type Distribution =
  | { readonly kind: 'constant'; readonly value: DurationInput }
  | { readonly kind: 'uniform'; readonly low: DurationInput; readonly high: DurationInput }
  | { readonly kind: 'exponential'; readonly mean: DurationInput; readonly low?: DurationInput }
  | { readonly kind: 'log-normal'; readonly median: DurationInput; readonly sigma: number }
  | { readonly kind: 'pareto'; readonly scale: DurationInput; readonly shape: number }
  | { readonly kind: 'mixture'; readonly parts: readonly { readonly weight: number; readonly of: Distribution }[] }
  | { readonly kind: 'shifted'; readonly by: DurationInput; readonly of: Distribution }
  /** Observed samples: a sample is one of them, or between two neighbours, by linear interpolation of the quantiles. */
  | { readonly kind: 'empirical'; readonly samples: readonly DurationInput[] };

/** What users may write where a distribution is wanted: a distribution, a {@link DistributionPreset}'s name, or a constant span. */
export type DistributionInput = Distribution | DurationInput;

/** Draws one span: whole microseconds, not negative, and not above {@link LONGEST}. */
export type Sampler = (random: Random) => Micros;

const LNKD_SSD: Distribution = {
  kind: 'mixture',
  parts: [
    { weight: 0.9122, of: { kind: 'pareto', scale: 0.235, shape: 10 } },
    { weight: 0.0878, of: { kind: 'exponential', mean: 1 / 1.66 } },
  ],
};
const LNKD_DISK: Distribution = {
  kind: 'mixture',
  parts: [
    { weight: 0.38, of: { kind: 'pareto', scale: 1.05, shape: 1.51 } },
    { weight: 0.62, of: { kind: 'exponential', mean: 1 / 0.183 } },
  ],
};
const YMMR_WRITE: Distribution = {
  kind: 'mixture',
  parts: [
    { weight: 0.939, of: { kind: 'pareto', scale: 3, shape: 3.5 } },
    { weight: 0.061, of: { kind: 'exponential', mean: 1 / 0.0028 } },
  ],
};
const YMMR_REST: Distribution = {
  kind: 'mixture',
  parts: [
    { weight: 0.982, of: { kind: 'pareto', scale: 1.5, shape: 3.8 } },
    { weight: 0.018, of: { kind: 'exponential', mean: 1 / 0.0217 } },
  ],
};

/**
 * Named one-way latencies. `LNKD-*` and `YMMR-*` are the PBS paper's fits (YMMR's Pareto shape is 3.5, as the authors' own
 * simulator has it, not 3.35 as printed); the others are this project's defaults for links by distance.
 */
export const DISTRIBUTION_PRESETS: Readonly<Record<DistributionPreset, Distribution>> = {
  'LNKD-SSD': LNKD_SSD,
  'LNKD-DISK-WRITE': LNKD_DISK,
  'YMMR-WRITE': YMMR_WRITE,
  'YMMR': YMMR_REST,
  'same-rack': { kind: 'log-normal', median: 0.15, sigma: 0.3 },
  'same-zone': { kind: 'log-normal', median: 0.25, sigma: 0.35 },
  'same-region': { kind: 'log-normal', median: 0.7, sigma: 0.25 },
  'between-regions': { kind: 'log-normal', median: 40, sigma: 0.08 },
};

/** The name of a built-in distribution. */
export type DistributionPreset =
  | 'LNKD-SSD' | 'LNKD-DISK-WRITE' | 'YMMR-WRITE' | 'YMMR' | 'same-rack' | 'same-zone' | 'same-region' | 'between-regions';

/** Turns what a user wrote into a distribution. @throws {@link UsageError} `INVALID_DISTRIBUTION` on an unknown name */
export function distribution(input: DistributionInput): Distribution {
  if (typeof input === 'object' && input !== null) return input;
  if (typeof input === 'string' && Object.hasOwn(DISTRIBUTION_PRESETS, input)) return DISTRIBUTION_PRESETS[input as DistributionPreset];
  if (typeof input === 'string' && /^[A-Za-z]/.test(input)) {
    throw invalid(`unknown distribution '${input}'; known are ${Object.keys(DISTRIBUTION_PRESETS).join(', ')}`);
  }
  return { kind: 'constant', value: input };
}

/** Three years: a tail heavier than any network's, which would otherwise reach beyond the end of time. */
const LONGEST = 1e14;

function whole(span: number): Micros {
  return Math.min(Math.round(span), LONGEST) as Micros;
}

type Quantile = (u: number) => number;

/** The inverse distribution function, in microseconds, not yet rounded. */
function quantile(of: Distribution): Quantile {
  switch (of.kind) {
    case 'constant': {
      const value = duration(of.value);
      return () => value;
    }
    case 'uniform': {
      const low = duration(of.low);
      const width = duration(of.high) - low;
      if (width < 0) throw invalid('a uniform distribution needs low <= high');
      return (u) => low + u * width;
    }
    case 'exponential': {
      const mean = span(of.mean);
      const low = of.low === undefined ? 0 : duration(of.low);
      return (u) => low - mean * ln(1 - u);
    }
    case 'log-normal': {
      const median = span(of.median);
      const sigma = positive(of.sigma, 'sigma');
      return (u) => median * exp(sigma * normalQuantile(u));
    }
    case 'pareto': {
      const scale = span(of.scale);
      const shape = positive(of.shape, 'shape');
      return (u) => scale * exp(-ln(1 - u) / shape);
    }
    case 'mixture': {
      const total = of.parts.reduce((sum, part) => sum + positive(part.weight, 'weight'), 0);
      if (of.parts.length === 0) throw invalid('a mixture needs parts');
      let below = 0;
      const parts = of.parts.map((part) => {
        const from = below;
        below += part.weight / total;
        return { from, width: part.weight / total, draw: quantile(part.of) };
      });
      // Not the mixture's own quantile (that has no closed form): the draw's position inside its part is uniform again.
      return (u) => {
        let part = parts[0];
        for (const next of parts) if (u >= next.from) part = next;
        if (part === undefined) return 0;
        return part.draw(Math.min(Math.max((u - part.from) / part.width, 1e-16), 1 - 1e-16));
      };
    }
    case 'shifted': {
      const by = duration(of.by);
      const inner = quantile(of.of);
      return (u) => by + inner(u);
    }
    case 'empirical': {
      const sorted = of.samples.map((sample) => duration(sample)).sort((a, b) => a - b);
      if (sorted.length === 0) throw invalid('an empirical distribution needs samples');
      return (u) => {
        const at = u * (sorted.length - 1);
        const low = Math.floor(at);
        const from = sorted[low] ?? 0;
        return from + (at - low) * ((sorted[low + 1] ?? from) - from);
      };
    }
    default:
      of satisfies never;
      throw invalid(`unknown distribution ${JSON.stringify(of)}`);
  }
}

/** A span kept unrounded, so that a mean of 1/1.66 ms stays what the paper printed. */
function span(input: DurationInput): number {
  return typeof input === 'number' ? positive(input, 'a mean, median or scale') * 1000 : positive(duration(input), 'a span');
}

function positive(value: number, what: string): number {
  if (!(value > 0 && Number.isFinite(value))) throw invalid(`${what} must be a positive number, got ${value}`);
  return value;
}

function invalid(message: string): UsageError {
  return new UsageError('INVALID_DISTRIBUTION', message);
}

const STEPS = 1024;
/** Half an hour, below which a span in microseconds is a 32-bit number. */
const LONGEST_SHORT = 1.8e9;
const BODY_LOW = 4 / STEPS;
const BODY_HIGH = 1 - 16 / STEPS;

/** Tables of log-normals: each simulation of a sweep has the same few, and a table costs as much as a hundred operations of a store. */
const tables = new Map<string, Float64Array>();
const TABLES_KEPT = 64;

function tableOf(median: DurationInput, sigma: number, exact: Quantile): Float64Array {
  const name = `${typeof median} ${median} ${sigma}`;
  let table = tables.get(name);
  if (table === undefined) {
    table = new Float64Array(STEPS + 1);
    for (let i = 1; i < STEPS; i++) table[i] = exact(i / STEPS);
    if (tables.size >= TABLES_KEPT) tables.clear();
    tables.set(name, table);
  }
  return table;
}

/**
 * Makes a sampler. A log-normal's body is tabulated at 1,024 quantiles and interpolated, at a twentieth of the price; its
 * tails, where interpolation would err, are computed each time, as all the others are.
 *
 * @throws {@link UsageError} on parameters that are not a distribution
 */
export function sampler(input: DistributionInput): Sampler {
  const of = distribution(input);
  if (of.kind === 'constant') {
    const value = duration(of.value);
    return () => value;
  }
  if (of.kind === 'uniform') {
    const low = duration(of.low);
    const width = duration(of.high) - low + 1;
    if (width < 1) throw invalid('a uniform distribution needs low <= high');
    return (random) => (low + Math.floor(random.float() * width)) as Micros;
  }
  const exact = quantile(of);
  if (of.kind !== 'log-normal') return (random) => whole(exact(random.openFloat()));
  const table = tableOf(of.median, of.sigma, exact);
  const isShort = (table[STEPS - 1] as number) < LONGEST_SHORT;
  return (random) => {
    // 32 bits are enough for a quantile of a latency; the halves keep it off 0 and 1.
    const u = (random.uint32() + 0.5) / 0x1_0000_0000;
    if (u < BODY_LOW || u > BODY_HIGH) return whole(exact(u));
    const at = u * STEPS;
    const low = at | 0;
    const from = table[low] as number;
    const span = from + (at - low) * ((table[low + 1] as number) - from);
    // As `whole` has it, without leaving the engine's whole numbers.
    return isShort ? ((span + 0.5) | 0) as Micros : whole(span);
  };
}
