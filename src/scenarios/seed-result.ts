/**
 * What a sweep keeps of one run: plain data, small enough to be sent from process to process for each seed.
 *
 * @module
 */
import { runScenario } from './run.ts';
import { statisticsOf, type RunStatistics } from './run-statistics.ts';
import type { Scenario } from './scenario.ts';

/** One seed's outcome. */
export interface SeedResult {
  readonly configuration: string;
  readonly seed: number;
  readonly verdict: 'ok' | 'violation' | 'unknown';
  /** What was violated: the models of the verdicts, each once. */
  readonly kinds: readonly string[];
  /** The first violation in a sentence. */
  readonly explanation?: string;
  readonly digest: string;
  readonly events: number;
  readonly statistics: RunStatistics;
  /** Which faults met which states. */
  readonly coverage: readonly string[];
}

/** Runs one seed. @throws what the scenario throws */
export async function runSeed(scenario: Scenario, configuration: string, seed: number): Promise<SeedResult> {
  const { verdict, verdicts, digest, events, simulation, coverage } = await runScenario(scenario, { seed, configuration, trace: 'digest' });
  const broken = verdicts.filter((one) => one.verdict === 'violation');
  const [first] = broken;
  return {
    configuration, seed, verdict, kinds: [...new Set(broken.map(({ model }) => model))], ...(first === undefined ? {} : { explanation: first.explanation }),
    digest, events, statistics: statisticsOf(simulation.history), coverage,
  };
}
