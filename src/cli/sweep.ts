/**
 * `splitbrain sweep FILE --seeds 1..100000`: runs a scenario over many seeds on every core, counts what is violated, and names
 * the first seed to look at. With `--shard` (or a batch system's environment) it is one part of a sweep over many machines;
 * `merge-reports` joins the parts. With `--seeds -` it answers a JSON line for each seed that it reads.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { InputError, messageOf, UsageError } from '../kernel/errors.ts';
import {
  configurationOf, countSeeds, describeSweep, formatSweepReport, parseSeeds, parseShard, seedsOf, shardFrom, summaryOf, SweepTally, WHOLE,
  type Scenario, type SeedSpan, type Shard, type SweepReport,
} from '../scenarios/index.ts';
import { Digest } from '../structures/digest.ts';
import { readArguments, type Given } from './arguments.ts';
import { EXIT, type Command, type Terminal } from './command.ts';
import { Interruption } from './interruption.ts';
import { loadScenario } from './load-scenario.ts';
import { ownVersion } from './own-version.ts';
import { replayCommand } from './run.ts';
import { runPool } from './sweep-pool.ts';
import { Progress } from './sweep-progress.ts';
import type { Batch } from './sweep-worker.ts';

const FLAGS = {
  'seeds': { type: 'string' }, 'configuration': { type: 'string', multiple: true }, 'jobs': { type: 'string' }, 'shard': { type: 'string' },
  'json': { type: 'boolean' }, 'max-failures': { type: 'string' }, 'out': { type: 'string' },
} as const;

const SEEDS = '1..1000';
/** Seeds that are sent to a process at a time, at most. */
const BATCH = 16;
/** Below so many runs for each, another process costs more to start than it saves. */
const RUNS_PER_JOB = 8;

/** The `sweep` command. */
export const sweepCommand: Command = {
  name: 'sweep',
  usage: 'FILE [--seeds 1..1000|-] [--configuration NAME]… [--jobs N] [--shard i/n] [--max-failures K] [--out FILE|DIR] [--json]',
  summary: 'run a scenario over many seeds on every core; count what is violated, name the first seed that does',
  async run(args, terminal) {
    const given = readArguments('sweep', args, FLAGS, 1);
    const [file] = given.positionals;
    if (file === undefined) throw new UsageError('INVALID_ARGUMENT', "sweep: which scenario file? (try 'splitbrain --help')");
    const jobs = atLeastOne(given, 'jobs');
    const maxFailures = atLeastOne(given, 'max-failures') ?? null;
    const shard = shardOf(given, terminal);
    const seeds = given.text('seeds') ?? SEEDS;
    const spans = seeds === '-' ? [] : parseSeeds(seeds);
    const out = outputOf(given.text('out'), shard);
    const scenario = await loadScenario(file);
    const named = given.texts('configuration');
    const configurations = named.length === 0 ? Object.keys(scenario.configurations) : [...new Set(named)];
    for (const name of configurations) configurationOf(scenario, name);
    if (seeds === '-') {
      if (out !== undefined || maxFailures !== null) throw new UsageError('INVALID_ARGUMENT', 'sweep: --out and --max-failures do not go with --seeds -, which answers a line for each seed');
      return answerSeeds(scenario, file, configurations, jobs ?? availableParallelism(), terminal);
    }
    const { report, seconds, interrupted } = await sweep({ scenario, file, configurations, jobs, maxFailures, shard, seeds, spans, terminal });
    if (interrupted !== undefined) {
      const { of, by } = interrupted;
      if (typeof by !== 'number') {
        // Without the rate: what went wrong is all that standard error has.
        if (report.tallies.some((tally) => tally.seeds > 0)) tell(report, undefined, given.on('json'), scenario, terminal, of);
        throw by;
      }
      tell(report, seconds, given.on('json'), scenario, terminal, of);
      if (out !== undefined) terminal.err(`${out}: not written: merge-reports would take a part for the whole`);
      return by;
    }
    if (out !== undefined) save(out, report, terminal);
    return tell(report, seconds, given.on('json'), scenario, terminal);
  },
};

interface Wanted {
  readonly scenario: Scenario;
  readonly file: string;
  readonly configurations: readonly string[];
  /** As asked for. */
  readonly jobs: number | undefined;
  readonly maxFailures: number | null;
  readonly shard: Shard;
  /** As given. */
  readonly seeds: string;
  readonly spans: readonly SeedSpan[];
  readonly terminal: Terminal;
}

interface Swept {
  readonly report: SweepReport;
  readonly seconds: number;
  /** How many runs there were to be, where it ended before that: told to, and what the process then ends with, or by an error. */
  readonly interrupted?: { readonly of: number; readonly by: number | Error };
}

async function sweep({ scenario, file, configurations, jobs: asked, maxFailures, shard, seeds, spans, terminal }: Wanted): Promise<Swept> {
  const tallies = new Map(configurations.map((name) => [name, new SweepTally(name)]));
  const runs = countSeeds(spans, shard) * configurations.length;
  const jobs = asked ?? availableParallelism();
  const size = Math.max(1, Math.min(BATCH, Math.floor(runs / (4 * jobs))));
  const progress = new Progress(terminal, runs);
  const full = new Set<string>();
  const start = performance.now();
  let isInFull = false;
  let failure: Error | undefined;
  // In this process where that is asked for, for a debugger, or not worth another. Then nobody could listen while a seed is run: a signal ends it as it ends any process.
  const isHere = asked === 1 || runs < 2 * RUNS_PER_JOB;
  const interruption = isHere ? undefined : new Interruption();
  try {
    await runPool({
      scenario, file, jobs: Math.min(jobs, Math.max(1, Math.floor(runs / RUNS_PER_JOB))), isHere, batches: batchesOf(configurations, spans, shard, size, full),
      ...(interruption === undefined ? {} : { signal: interruption.signal }),
      take(results) {
        for (const result of results) {
          if ('error' in result) throw new InputError(`${file}: ${result.error}`);
          if (full.has(result.configuration)) continue;
          const tally = tallies.get(result.configuration);
          tally?.add(result);
          progress.ran(result.verdict === 'violation');
          if (maxFailures !== null && (tally?.violations ?? 0) >= maxFailures) {
            full.add(result.configuration);
            isInFull = true;
          }
        }
        return full.size < configurations.length;
      },
    });
  } catch (error) {
    // At the thousandth seed it would be a pity about those before.
    failure = error as Error;
  } finally {
    interruption?.end();
    progress.end();
  }
  const report: SweepReport = {
    format: 'splitbrain-sweep', version: 1, splitbrain: ownVersion(), scenario: scenario.name, file: relative(process.cwd(), resolve(file)).split(sep).join('/'),
    code: codeDigest(file), seeds, configurations: [...configurations], maxFailures, shard: { index: shard.index, count: shard.count }, stopped: isInFull,
    tallies: configurations.map((name) => (tallies.get(name) ?? new SweepTally(name)).toJSON()),
  };
  // Whoever stops all of it at once may stop a process before it could turn deaf: that is no failure.
  const by = interruption?.exitCode ?? failure;
  return { report, seconds: (performance.now() - start) / 1000, ...(by === undefined ? {} : { interrupted: { of: runs, by } }) };
}

/**
 * One configuration after the other, seeds in order.
 *
 * @param full - the configurations that have failed often enough
 * @yields batches
 */
function* batchesOf(configurations: readonly string[], spans: readonly SeedSpan[], shard: Shard, size: number, full: ReadonlySet<string>): Generator<Omit<Batch, 'id'>, void> {
  for (const configuration of configurations) {
    let seeds: number[] = [];
    for (const seed of seedsOf(spans, shard)) {
      if (full.has(configuration)) break;
      seeds.push(seed);
      if (seeds.length < size) continue;
      yield { configuration, seeds };
      seeds = [];
    }
    if (seeds.length > 0) yield { configuration, seeds };
  }
}

/** A line for each seed, in the order in which they come, as soon as it is known: all that a queue of tasks needs. */
async function answerSeeds(scenario: Scenario, file: string, configurations: readonly string[], jobs: number, terminal: Terminal): Promise<number> {
  let violations = 0;
  await runPool({
    scenario, file, jobs, isHere: jobs === 1, batches: askedFor(configurations),
    take(results) {
      for (const result of results) {
        if ('error' in result) throw new InputError(`${file}: ${result.error}`);
        if (result.verdict === 'violation') violations++;
        const { seed, configuration, verdict, kinds, explanation, digest, events, statistics: { ok, fail, info, open } } = result;
        terminal.out(JSON.stringify({ seed, configuration, verdict, kinds, ...(explanation === undefined ? {} : { explanation }), digest, events, ok, fail, info, open }));
      }
      return true;
    },
  });
  return violations > 0 ? EXIT.violation : EXIT.ok;
}

/**
 * The seeds on standard input, a line each.
 *
 * @yields a batch for each configuration
 */
async function* askedFor(configurations: readonly string[]): AsyncGenerator<Omit<Batch, 'id'>, void> {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const text = line.trim();
    if (text === '') continue;
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw new InputError(`sweep: a line of standard input is no seed: '${text.slice(0, 80)}'`);
    for (const configuration of configurations) yield { configuration, seeds: [Number(text)] };
  }
}

/** Prints what came of a sweep. @param interruptedOf - how many runs there were to be, where it was told to stop @returns the exit code */
export function tell(report: SweepReport, seconds: number | undefined, json: boolean, scenario: Scenario | undefined, terminal: Terminal, interruptedOf?: number): number {
  const summary = summaryOf(report);
  const failing = report.tallies.find(({ firstFailure }) => firstFailure !== null && firstFailure === summary.firstFailure);
  const several = scenario === undefined || Object.keys(scenario.configurations).length > 1;
  const replay = failing === undefined ? undefined : replayCommand(report.file, { seed: failing.firstFailure ?? 0, configuration: failing.configuration }, several);
  const runs = report.tallies.reduce((total, { seeds }) => total + seeds, 0);
  const rate = seconds === undefined ? null : Math.round((10 * runs) / Math.max(seconds, 1e-6)) / 10;
  if (json) {
    terminal.out(JSON.stringify({ ...summary, ...(interruptedOf === undefined ? {} : { interrupted: { runs, of: interruptedOf } }), seedsPerSecond: rate, replay: replay ?? null }));
  } else {
    for (const line of describeSweep(report)) terminal.out(line);
    if (interruptedOf !== undefined) terminal.out(`interrupted: ${runs} of ${interruptedOf} runs`);
    if (replay !== undefined) terminal.out(`again: ${replay}`);
    if (rate !== null) terminal.err(`${runs} runs in ${(seconds ?? 0).toFixed(1)} s, ${Math.round(rate)} a second`);
  }
  if (summary.violations > 0) return EXIT.violation;
  return summary.unknown > 0 ? EXIT.unknown : EXIT.ok;
}

function shardOf(given: Given, terminal: Terminal): Shard {
  const asked = given.text('shard');
  if (asked !== undefined) return parseShard(asked);
  const found = shardFrom(process.env);
  if (found === undefined) return WHOLE;
  if (found.count > 1) terminal.err(`sweep: shard ${found.index} of ${found.count}, as ${found.source} tells (--shard 0/1 for all)`);
  return found;
}

function atLeastOne(given: Given, flag: string): number | undefined {
  const value = given.whole(flag, undefined);
  if (value === 0) throw new UsageError('INVALID_ARGUMENT', `sweep: --${flag} takes a whole number from 1`);
  return value;
}

/** Where the result goes: the file named, or one named for the shard in the folder named. */
function outputOf(out: string | undefined, { index, count }: Shard): string | undefined {
  if (out === undefined) return undefined;
  const isFolder = existsSync(out) ? statSync(out).isDirectory() : !out.endsWith('.json');
  try {
    mkdirSync(isFolder ? out : dirname(out), { recursive: true });
  } catch (cause) {
    throw new InputError(`${out}: cannot be written: ${messageOf(cause)}`, { cause });
  }
  return isFolder ? join(out, `shard-${String(index).padStart(String(count - 1).length, '0')}-of-${count}.json`) : out;
}

function save(path: string, report: SweepReport, terminal: Terminal): void {
  try {
    writeFileSync(path, formatSweepReport(report));
  } catch (cause) {
    throw new InputError(`${path}: cannot be written: ${messageOf(cause)}`, { cause });
  }
  terminal.err(`saved as ${path}`);
}

/** Tells scenarios of one name apart. What the file imports is not looked at. */
function codeDigest(file: string): string {
  const digest = new Digest();
  digest.foldText(readFileSync(file, 'utf8'));
  return digest.toString();
}
