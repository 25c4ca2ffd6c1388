/**
 * The result of a sweep, or of one shard of it, as a file; the joining of such files; and what people read. What is printed
 * depends on the runs alone: not on the number of processes, machines or shards, nor on how fast they were.
 *
 * @module
 */
import * as v from 'valibot';
import { InputError, messageOf } from '../kernel/errors.ts';
import { formatDuration, type Micros } from '../kernel/units.ts';
import type { Histogram } from '../structures/histogram.ts';
import { WHOLE, type Shard } from './shard.ts';
import { SweepTally, type TallyData } from './sweep-tally.ts';

/** What a result file holds: whose sweep it is part of, which part, and a tally for each configuration. */
export interface SweepReport {
  readonly format: 'splitbrain-sweep';
  readonly version: 1;
  /** The version of this library. */
  readonly splitbrain: string;
  readonly scenario: string;
  /** Where the scenario is, from where the sweep was started. */
  readonly file: string;
  /** A digest of that file's text. */
  readonly code: string;
  /** As given on the command line. */
  readonly seeds: string;
  readonly configurations: readonly string[];
  readonly maxFailures: number | null;
  readonly shard: Shard;
  /** Whether it ended before its last seed, with as many failures as were asked for. */
  readonly stopped: boolean;
  readonly tallies: readonly TallyData[];
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const histogram = v.array(count);
const tally = v.object({
  configuration: v.string(), seeds: count, violations: count, unknown: count, firstFailure: v.nullable(count), failures: v.array(count),
  kinds: v.record(v.string(), count), explanation: v.nullable(v.string()), operations: v.object({ ok: count, fail: count, info: count, open: count }),
  events: count, digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)), latency: histogram, versioned: count, staleness: histogram,
  coverage: v.record(v.string(), v.object({ seeds: v.pipe(count, v.minValue(1)), first: count })),
});
const schema: v.GenericSchema<unknown, SweepReport> = v.object({
  format: v.literal('splitbrain-sweep'),
  version: v.literal(1),
  splitbrain: v.string(),
  scenario: v.string(),
  file: v.string(),
  code: v.string(),
  seeds: v.string(),
  configurations: v.array(v.string()),
  maxFailures: v.nullable(count),
  shard: v.object({ index: count, count: v.pipe(count, v.minValue(1)) }),
  stopped: v.boolean(),
  tallies: v.array(tally),
});

/** Prints a result file. */
export function formatSweepReport(report: SweepReport): string {
  return `${JSON.stringify(report)}\n`;
}

/**
 * Reads a result file.
 *
 * @returns the report, or undefined when the file is JSON but no sweep's
 * @throws {@link InputError} when it is damaged
 */
export function parseSweepReport(text: string, source: string): SweepReport | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${source}: not JSON: ${messageOf(cause)}`, { cause });
  }
  if ((data as { format?: unknown } | null)?.format !== 'splitbrain-sweep') return undefined;
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new InputError(`${source}: '${issue.path?.map((item) => String(item.key)).join('.') ?? ''}': ${issue.message}`);
}

/** What all parts of one sweep have in common, and what it is called when they do not. */
const SAME = { scenario: 'scenario', code: "scenario's code", splitbrain: 'version of splitbrain', seeds: 'seeds', configurations: 'configurations', maxFailures: '--max-failures' } as const;

/**
 * Joins the shards of a sweep.
 *
 * @param parts - the reports with the names of their files, in any order
 * @returns the report that one process would have made
 * @throws {@link InputError} when they are not all the shards of one sweep, each once: one line that names what is wrong
 */
export function mergeSweepReports(parts: readonly { readonly source: string; readonly report: SweepReport }[]): SweepReport {
  const [first] = parts;
  if (first === undefined) throw new InputError('merge-reports: no result files of a sweep');
  const bySource = new Map<number, string>();
  for (const { source, report } of parts) {
    for (const [field, name] of Object.entries(SAME)) {
      const [here, there] = [report, first.report].map((one) => JSON.stringify(one[field as keyof typeof SAME]));
      if (here !== there) throw new InputError(`${source}: another ${name} than ${first.source}: ${here ?? ''} against ${there ?? ''}`);
    }
    const { index, count: shards } = report.shard;
    if (shards !== first.report.shard.count) throw new InputError(`${source}: one of ${shards} shards, ${first.source} is one of ${first.report.shard.count}`);
    const other = bySource.get(index);
    if (other !== undefined) throw new InputError(`${source}: shard ${index} of ${shards} again, as ${other}`);
    bySource.set(index, source);
  }
  const shards = first.report.shard.count;
  const missing = Array.from({ length: shards }, (_, index) => index).filter((index) => !bySource.has(index));
  if (missing.length > 0) {
    const named = `${missing.slice(0, 20).join(', ')}${missing.length > 20 ? ', …' : ''}`;
    throw new InputError(`merge-reports: ${missing.length} of ${shards} shards ${missing.length === 1 ? 'is' : 'are'} missing: ${named}`);
  }
  const ordered = [...parts].sort((a, b) => a.report.shard.index - b.report.shard.index);
  const tallies = first.report.configurations.map((configuration) => {
    const whole = new SweepTally(configuration);
    for (const { report } of ordered) {
      for (const part of report.tallies) if (part.configuration === configuration) whole.merge(part);
    }
    return whole.toJSON();
  });
  return { ...(ordered[0] ?? first).report, shard: { ...WHOLE }, stopped: ordered.some(({ report }) => report.stopped), tallies };
}

/** The sweep as one record: what `--json` prints. */
export function summaryOf({ scenario, seeds: range, tallies, stopped, shard }: SweepReport): {
  readonly seeds: number; readonly violations: number; readonly firstFailure: number | null; readonly unknown: number; readonly [field: string]: unknown;
} {
  const failures = tallies.flatMap(({ firstFailure }) => (firstFailure === null ? [] : [firstFailure]));
  const sum = (of: 'violations' | 'unknown'): number => tallies.reduce((total, one) => total + one[of], 0);
  return {
    scenario, range, ...(shard.count === 1 ? {} : { shard: `${shard.index}/${shard.count}` }), stopped,
    // A seed counts once, however many configurations it ran in.
    seeds: Math.max(0, ...tallies.map((one) => one.seeds)), violations: sum('violations'), unknown: sum('unknown'),
    firstFailure: failures.length === 0 ? null : Math.min(...failures),
    configurations: tallies.map((data) => {
      const { configuration, seeds, violations, unknown, firstFailure, kinds, failures: failing, digest, explanation } = data;
      const { latency, staleness, availability } = figuresOf(data);
      const coverage = { pairs: data.coverage, seeds: seedsThatAdded(data) };
      return { configuration, seeds, violations, unknown, firstFailure, failures: failing, kinds, explanation, availability, latency, staleness, coverage, digest };
    }),
  };
}

/** Seeds that are kept for what their faults met. */
const SEEDS_KEPT = 50;

/** The seeds, in their order, that met something that none before them had: to run them again is to meet all of it. */
function seedsThatAdded({ coverage }: TallyData): readonly number[] {
  return [...new Set(Object.values(coverage).map(({ first }) => first))].sort((a, b) => a - b).slice(0, SEEDS_KEPT);
}

interface Percentiles { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }

function percentilesOf(data: Histogram): Percentiles | null {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => data.percentile(share));
  return p50 === undefined || p95 === undefined || p99 === undefined || max === undefined ? null : { p50, p95, p99, max };
}

/** Times in microseconds. */
function figuresOf(data: SweepReport['tallies'][number]): {
  readonly availability: number | null; readonly latency: Percentiles | null; readonly staleness: (Percentiles & { readonly share: number }) | null;
} {
  const whole = new SweepTally(data.configuration);
  whole.merge(data);
  const stale = percentilesOf(whole.staleness);
  return {
    availability: whole.availability === undefined ? null : rounded(whole.availability),
    latency: percentilesOf(whole.latency),
    staleness: data.versioned === 0 ? null : { share: rounded(whole.staleness.total / data.versioned), ...(stale ?? { p50: 0, p95: 0, p99: 0, max: 0 }) },
  };
}

/** To six places: what follows says nothing. */
function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}

/** A sweep for people: a row for each configuration, then what was violated how often. */
export function describeSweep(report: SweepReport): string[] {
  const { tallies, scenario, seeds, shard } = report;
  const time = (micros: number | undefined): string => (micros === undefined ? '–' : formatDuration((micros < 10_000 ? micros : Math.round(micros / 1000) * 1000) as Micros));
  const share = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(2)}%`);
  const rows = tallies.map((one) => {
    const { availability, latency, staleness } = figuresOf(one);
    return [
      one.configuration, String(one.seeds), String(one.violations), String(one.unknown), one.firstFailure === null ? '–' : String(one.firstFailure), share(availability),
      time(latency?.p50), time(latency?.p99), staleness === null ? '–' : share(staleness.share), staleness === null ? '–' : time(staleness.p99),
    ];
  });
  const head = ['configuration', 'seeds', 'violations', 'unknown', 'first', 'available', 'latency p50', 'p99', 'stale reads', 'p99'];
  const lines = [`${scenario}, seeds ${seeds}${shard.count === 1 ? '' : `, shard ${shard.index} of ${shard.count}`}`, ...table([head, ...rows])];
  for (const { configuration, kinds, failures, explanation, violations } of tallies) {
    if (violations === 0) continue;
    lines.push(`${configuration}: ${Object.entries(kinds).map(([kind, times]) => `${kind} ×${times}`).join(', ')}; seeds ${failures.slice(0, 8).join(', ')}${violations > 8 ? ', …' : ''}`);
    if (explanation !== null) lines.push(`  seed ${failures[0] ?? ''}: ${explanation}`);
  }
  for (const one of tallies) lines.push(...describeCoverage(one));
  if (report.stopped) lines.push(`stopped: as many failures as --max-failures asks for (${report.maxFailures ?? 0})`);
  return lines;
}

/** What faults have met: how much, which of it least often, and the seeds to keep for it. */
function describeCoverage(tally: TallyData): string[] {
  const pairs = Object.entries(tally.coverage);
  if (pairs.length === 0) return [];
  const kept = seedsThatAdded(tally);
  const rare = [...pairs].sort(([a, { seeds: inA }], [b, { seeds: inB }]) => inA - inB || (a < b ? -1 : 1)).slice(0, 3);
  return [
    `${tally.configuration}: ${pairs.length} pairs of fault × state met; new ones in ${kept.length === 1 ? 'seed' : 'seeds'} ${kept.slice(0, 12).join(', ')}${kept.length > 12 ? `, … ${kept.at(-1) ?? ''}` : ''}`,
    `  met least: ${rare.map(([pair, { seeds, first }]) => `${pair} (${seeds} of ${tally.seeds}, seed ${first})`).join('; ')}`,
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd());
}
