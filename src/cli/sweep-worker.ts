/**
 * A process of a sweep: loads the scenario once, then runs the seeds it is sent, batch by batch. A process and not a thread:
 * worker threads do not start from `.ts` under tsx on Node 20.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { messageOf, SplitbrainError } from '../kernel/errors.ts';
import { runSeed, type Scenario, type SeedResult } from '../scenarios/index.ts';
import { loadScenario } from './load-scenario.ts';
import { escaping } from './run.ts';

/** What a process is asked. */
export interface Batch {
  readonly id: number;
  readonly configuration: string;
  readonly seeds: readonly number[];
}

/** Why a seed has no result. */
export interface Failed {
  readonly configuration: string;
  readonly seed: number;
  readonly error: string;
}

/** What it answers: a result for each seed, in order; a failed one is the last. */
export interface Answer {
  readonly id: number;
  readonly results: readonly (SeedResult | Failed)[];
}

/**
 * What V8 is told where seeds are run. To build larger functions from smaller ones than it would, since what a run consists of is thousands of
 * calls of a few dozen lines each: some 8 % of a long sweep, for half a second more of compiling at its beginning. And to put everything that is
 * made among what is young: V8 learns from the first seeds, when all of a run outlives a small nursery, that most of a run is to be put among
 * what is old, and from then on dead runs keep each other alive until the next full collection. That is a quarter of a long sweep under tsx.
 */
export const RUN_FLAGS: readonly string[] = [
  '--max-inlined-bytecode-size-cumulative=4000', '--max-inlined-bytecode-size-small=60', '--min-inlining-frequency=0.05',
  '--no-allocation-site-pretenuring',
];

/** Tells it. Not on the command line, where a V8 that has dropped one of these would refuse to start. */
export function tuneEngine(): void {
  for (const flag of RUN_FLAGS) setFlagsFromString(flag);
}

/** Runs a batch. What the scenario throws becomes the answer for that seed. */
export async function runBatch(scenario: Scenario, { id, configuration, seeds }: Batch): Promise<Answer> {
  const results: (SeedResult | Failed)[] = [];
  for (const seed of seeds) {
    try {
      results.push(await escaping(runSeed(scenario, configuration, seed)));
    } catch (error) {
      const code = error instanceof SplitbrainError ? `${error.code}: ` : '';
      results.push({ configuration, seed, error: `seed ${seed} (${configuration}): the scenario threw: ${code}${messageOf(error)}` });
      break;
    }
  }
  return { id, results };
}

/** Serves the process that forked this one until it goes away. */
async function serveBatches(file: string): Promise<void> {
  tuneEngine();
  const loaded = loadScenario(file);
  let turn: Promise<void> = Promise.resolve();
  process.on('message', (batch: Batch) => {
    // One batch after the other: what escapes from a run must be laid at its own door.
    turn = turn.then(async () => { process.send?.(await runBatch(await loaded, batch)); });
  });
  process.on('disconnect', () => process.exit());
  // A terminal and a batch system signal all processes at once; the one that forked this one says when it is over.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  await loaded;
}

const WORKER = 'splitbrain-sweep-worker';
if (process.argv[2] === WORKER && process.send !== undefined) await serveBatches(process.argv[3] ?? '');
