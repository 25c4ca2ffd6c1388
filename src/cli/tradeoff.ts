/**
 * `splitbrain tradeoff`: what R and W cost and promise, measured on the real Dynamo-like store with the latencies of production
 * clusters; as a table for people, or as one JSON array.
 *
 * @module
 */
import { LATENCY_MODELS, tradeoff, type LatencyModelName, type TradeoffRow } from '../dynamo/index.ts';
import { UsageError } from '../kernel/errors.ts';
import { readArguments, type Given } from './arguments.ts';
import { EXIT, type Command, type Terminal } from './command.ts';
import { paint } from './terminal.ts';

const FLAGS = {
  latency: { type: 'string' }, n: { type: 'string' }, operations: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' },
} as const;

const NAMES = Object.keys(LATENCY_MODELS) as readonly LatencyModelName[];

/** Delays that the table shows; JSON has them all. */
const SHOWN = ['0', '10', '100'] as const;

/** The `tradeoff` command. */
export const tradeoffCommand: Command = {
  name: 'tradeoff',
  usage: '[--latency LNKD-DISK] [--n 3] [--operations 100000] [--seed 0] [--json]',
  summary: 'what R and W cost and promise: latency, staleness, availability, durability, messages',
  async run(args, terminal) {
    const given = readArguments('tradeoff', args, FLAGS, 0);
    const latency = latencyOf(given);
    const n = counted(given, 'n', 3, 16);
    const operations = counted(given, 'operations', 100_000, 10_000_000);
    const rows = tradeoff({
      latency, n, operations, seed: given.whole('seed', 0),
      onProgress: ({ r, w, done, quorumsDone, quorums }) => {
        const percent = Math.floor((100 * (quorumsDone + done / operations)) / quorums);
        terminal.progress(`tradeoff: R=${r} W=${w} (${quorumsDone + 1} of ${quorums}), ${done} of ${operations} operations, ${percent} %`);
      },
    });
    terminal.progress('');
    if (given.on('json')) terminal.out(JSON.stringify(rows));
    else show(rows, latency, terminal);
    return EXIT.ok;
  },
};

function latencyOf(given: Given): LatencyModelName {
  const text = given.text('latency') ?? 'LNKD-DISK';
  const name = NAMES.find((known) => known === text.toUpperCase());
  if (name === undefined) throw new UsageError('INVALID_ARGUMENT', `tradeoff: --latency is one of ${NAMES.join(', ')}, got '${text}'`);
  return name;
}

function counted(given: Given, flag: 'n' | 'operations', absent: number, most: number): number {
  const value = given.whole(flag, absent);
  if (value < 1 || value > most) throw new UsageError('INVALID_ARGUMENT', `tradeoff: --${flag} takes a whole number from 1 to ${most}, got ${value}`);
  return value;
}

interface Column {
  readonly head: readonly [string, string];
  readonly cell: (row: TradeoffRow) => string;
}

const COLUMNS: readonly Column[] = [
  { head: ['', 'R'], cell: ({ r }) => String(r) },
  { head: ['', 'W'], cell: ({ w }) => String(w) },
  { head: ['read ms', 'p50'], cell: ({ read }) => span(read.p50) },
  { head: ['', 'p99.9'], cell: ({ readMs999 }) => span(readMs999) },
  { head: ['write ms', 'p50'], cell: ({ write }) => span(write.p50) },
  { head: ['', 'p99.9'], cell: ({ writeMs999 }) => span(writeMs999) },
  { head: ['fresh', '99.9% at'], cell: ({ tVisibilityMs999 }) => span(tVisibilityMs999) },
  ...SHOWN.map((delay): Column => ({ head: [delay === SHOWN[0] ? 'P(fresh)' : '', `t=${delay}`], cell: ({ pFreshAt }) => share(pFreshAt[delay] ?? 0) })),
  { head: ['zone loss', 'answered'], cell: ({ availability }) => percent(availability) },
  { head: ['disk loss', '1'], cell: ({ durability }) => share(durability['1'] ?? 0) },
  { head: ['', '2'], cell: ({ durability }) => share(durability['2'] ?? 0) },
  { head: ['each', 'msgs'], cell: ({ messages }) => messages.toFixed(1) },
];

function show(rows: readonly TradeoffRow[], latency: LatencyModelName, terminal: Terminal): void {
  const n = rows[0]?.n ?? 0;
  const columns = n > 1 ? COLUMNS : COLUMNS.filter(({ head }) => head[1] !== '2');
  const widths = columns.map(({ head, cell }) => Math.max(...head.map(({ length }) => length), ...rows.map((row) => cell(row).length)));
  const line = (cells: readonly string[]): string => ` ${cells.map((text, i) => text.padStart(widths[i] ?? 0)).join('  ')}`.trimEnd();
  terminal.out(`${latency}, N=${n}, ${rows[0]?.operations ?? 0} writes and as many reads for each R and W`);
  terminal.out('');
  for (const part of [0, 1] as const) terminal.out(paint(terminal, 'bold', line(columns.map(({ head }) => head[part]))));
  for (const row of rows) {
    const text = line(columns.map(({ cell }) => cell(row)));
    terminal.out(row.r + row.w > row.n ? paint(terminal, 'green', text) : text);
    if (row.w === row.n && row.r < row.n && n > 1) terminal.out('');
  }
  terminal.out('');
  for (const text of LEGEND) terminal.out(text);
}

const LEGEND = [
  'fresh 99.9% at  milliseconds after a commit from which 999 of 1,000 reads show it (t-visibility)',
  'P(fresh) t=     probability that a read so many ms after a commit shows it; exactly 1 where R + W > N',
  'zone loss       share of requests answered while one zone of three is down (strict quorum)',
  'disk loss       probability that a write survives when so many of the N disks are lost as it is acknowledged',
  'each            messages between client and replicas for a request',
];

/** Milliseconds in at most three significant figures and some. */
function span(ms: number): string {
  return ms === 0 ? '0' : ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}

/** A probability; 1 only when it is. */
function share(value: number): string {
  if (value === 1 || value === 0) return String(value);
  const text = value.toFixed(4);
  return text === '1.0000' ? '>.9999' : text === '0.0000' ? '<.0001' : text.replace(/^0/, '');
}

function percent(value: number): string {
  return `${Math.round(100 * value)}%`;
}
