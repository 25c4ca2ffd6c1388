/**
 * A process of a sweep: loads the scenario once, then runs the seeds it is sent, batch by batch. A process and not a thread:
 * worker threads do not start from `.ts` under tsx on Node 20.
 *
 * @module
 */
import { messageOf, SplitbrainError } from '../kernel/errors.ts';
import { runSeed, type Scenario, type SeedResult } from '../scenarios/index.ts';
import { loadScenario } from './load-scenario.ts';
import { escaping } from './run.ts';
import { tuneEngine } from './tune-engine.ts';

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
