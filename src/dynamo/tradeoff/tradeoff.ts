/**
 * The trade-off table: for each R and W, what the store costs and what it promises. Every figure comes from requests of the real store,
 * with its messages, on a network whose latencies are those of the PBS paper (see message-latencies.ts and trials.ts).
 *
 * Left out: load. No request waits for another, so latency does not grow with traffic.
 *
 * @module
 */
import { refuseUnknownOptions, UsageError } from '../../kernel/errors.ts';
import { whole } from '../options.ts';
import { messageLatencies, type LatencyModelName, type MessageLatencies } from './message-latencies.ts';
import { runTrials, type QuorumSettings, type TrialResults } from './trials.ts';
import { loseZone } from './zone-loss.ts';

/** What a trade-off table is to be made for. */
export interface TradeoffOptions {
  /** One of the PBS paper's deployments, or latencies of your own. Default `'LNKD-DISK'`. */
  readonly latency?: LatencyModelName | MessageLatencies;
  /** Replicas. Default 3. */
  readonly n?: number;
  /** Writes, each followed by a read, for each R and W. Default 100,000. */
  readonly operations?: number;
  /** The same seed gives the same table. Default 0. */
  readonly seed?: number;
  /** Delays from a commit to a read, in milliseconds, to tell the probability of a fresh read for. Default 0, 1, 5, 10, 50, 100 and 1,000. */
  readonly delays?: readonly number[];
  /** Only these, in place of every R and W from 1 to N. */
  readonly quorums?: readonly { readonly r: number; readonly w: number }[];
  /** Told now and then how far it has come. */
  readonly onProgress?: (progress: TradeoffProgress) => void;
}

/** How far a table has come. */
export interface TradeoffProgress {
  readonly r: number;
  readonly w: number;
  /** Trials done of this R and W. */
  readonly done: number;
  readonly operations: number;
  /** Quorums done before this one, of how many. */
  readonly quorumsDone: number;
  readonly quorums: number;
}

/** Latencies in milliseconds, by percentile. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
}

/** One line of the table. Times are in milliseconds, probabilities and shares from 0 to 1. */
export interface TradeoffRow {
  readonly r: number;
  readonly w: number;
  readonly n: number;
  /** 99.9th percentile. */
  readonly readMs999: number;
  readonly writeMs999: number;
  /** How long after a commit a read must wait to be fresh with a probability of 99.9 %; 0 when it need not. */
  readonly tVisibilityMs999: number;
  /** The probability that a read so many milliseconds after a commit is fresh. */
  readonly pFreshAt: Readonly<Record<string, number>>;
  /** The share of requests, half of them reads, that are answered while one zone of three is down, with the home nodes alone. */
  readonly availability: number;
  /** Messages between client and replicas for a request, on average. */
  readonly messages: number;
  /** Bytes, likewise; what has no size of its own counts for 128. */
  readonly bytes: number;
  readonly read: Percentiles;
  readonly write: Percentiles;
  readonly readAvailability: number;
  readonly writeAvailability: number;
  /** As `availability`, with stand-ins (sloppy quorum). */
  readonly sloppyAvailability: number;
  /** The probability that a write is still there when so many of the N replicas lose their disks as it is acknowledged. */
  readonly durability: Readonly<Record<string, number>>;
  /** Reads that were stale, each at one of the delays, of how many. */
  readonly staleReads: number;
  readonly operations: number;
}

const DELAYS = [0, 1, 5, 10, 50, 100, 1000] as const;

/** More replicas of one key nobody has, and a table of them would have more lines than a screen. */
const N_MOST = 16;

/**
 * Makes a trade-off table.
 *
 * @returns a row for each R and W, W within R
 * @throws {@link UsageError} `INVALID_OPTION` naming the field
 */
export function tradeoff(options: TradeoffOptions = {}): readonly TradeoffRow[] {
  refuseUnknownOptions('a trade-off table', options, ['latency', 'n', 'operations', 'seed', 'delays', 'quorums', 'onProgress']);
  const latencies = messageLatencies(options.latency ?? 'LNKD-DISK');
  const n = whole('n', options.n ?? 3, 1, N_MOST, '');
  const operations = whole('operations', options.operations ?? 100_000, 1, 10_000_000, '');
  const seed = whole('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER, '');
  const delays = delaysOf(options.delays ?? DELAYS);
  const quorums = (options.quorums ?? everyQuorum(n)).map(({ r, w }) => ({ r: whole('r', r, 1, n, ' (n)'), w: whole('w', w, 1, n, ' (n)') }));
  return quorums.map(({ r, w }, quorumsDone) => {
    const settings: QuorumSettings = { n, r, w, latencies, seed };
    const tell = (done: number): void => { options.onProgress?.({ r, w, done, operations, quorumsDone, quorums: quorums.length }); };
    tell(0);
    const results = runTrials({ ...settings, operations, delays, onProgress: tell });
    return rowOf(settings, delays, results);
  });
}

function everyQuorum(n: number): readonly { readonly r: number; readonly w: number }[] {
  const counts = Array.from({ length: n }, (_, i) => i + 1);
  return counts.flatMap((r) => counts.map((w) => ({ r, w })));
}

function delaysOf(delays: readonly number[]): readonly number[] {
  if (!Array.isArray(delays) || delays.length === 0 || !delays.every((delay) => Number.isFinite(delay) && delay >= 0 && delay <= 60_000)) {
    throw new UsageError('INVALID_OPTION', 'delays must be a list of milliseconds from 0 to 60000, at least one');
  }
  return delays;
}

function rowOf(settings: QuorumSettings, delays: readonly number[], results: TrialResults): TradeoffRow {
  const { n, r, w } = settings;
  const freshFrom = results.freshFrom.toSorted();
  const read = percentiles(results.readLatencies);
  const write = percentiles(results.writeLatencies);
  const strict = loseZone(settings, false);
  const sloppy = loseZone(settings, true);
  return {
    r, w, n,
    readMs999: read.p999, writeMs999: write.p999,
    tVisibilityMs999: Math.max(0, quantile(freshFrom, 0.999)) / 1000,
    pFreshAt: Object.fromEntries(delays.map((delay) => [String(delay), shareUpTo(freshFrom, delay * 1000)])),
    availability: (strict.reads + strict.writes) / 2,
    messages: results.messages, bytes: results.bytes,
    read, write,
    readAvailability: strict.reads, writeAvailability: strict.writes,
    sloppyAvailability: (sloppy.reads + sloppy.writes) / 2,
    durability: Object.fromEntries(Array.from({ length: n }, (_, i) => [String(i + 1), survival(results.holders, n, i + 1)])),
    staleReads: results.stale, operations: freshFrom.length,
  };
}

function percentiles(spans: Float64Array): Percentiles {
  const sorted = spans.toSorted();
  const at = (share: number): number => quantile(sorted, share) / 1000;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999) };
}

/** The least sample that so large a share of the samples does not exceed. */
function quantile(sorted: Float64Array, share: number): number {
  // Whole per milles times the count: 0.999 itself is no binary fraction, and its rounding must not cost a sample.
  const rank = Math.ceil(Math.round(share * 1000) * sorted.length / 1000);
  return sorted[Math.max(0, rank - 1)] ?? 0;
}

function shareUpTo(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}

/**
 * How probably one of the replicas that hold a write is not among `lost` that are drawn: counted over the writes by how many replicas
 * each had reached as it was acknowledged.
 */
function survival(holders: readonly number[], n: number, lost: number): number {
  let writes = 0;
  let survivors = 0;
  holders.forEach((count, held) => {
    let allLost = 1;
    for (let i = 0; i < held; i++) allLost *= Math.max(0, lost - i) / (n - i);
    writes += count;
    survivors += count * (1 - allLost);
  });
  return survivors / writes;
}
