/**
 * `npm run test:differential [-- --seed random --runs 30000 --forms '^Z' FILE …]`: the comparisons with real products, with how
 * much of them and from which seed. Everything else on the line is vitest's.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const options = { seed: { type: 'string' }, runs: { type: 'string' }, forms: { type: 'string' } } as const;

function fail(message: string): never {
  console.error(`test:differential: ${message}`);
  process.exit(2);
}

function main(): number {
  let given: { values: { seed?: string; runs?: string; forms?: string }; positionals: string[] };
  try {
    given = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return fail((error as Error).message.split('. ', 1)[0] ?? '');
  }
  const { seed, runs, forms } = given.values;
  if (seed !== undefined && seed !== 'random' && !/^\d+$/.test(seed)) return fail(`--seed is a whole number or 'random', got '${seed}'`);
  if (runs !== undefined && !/^[1-9]\d*$/.test(runs)) return fail(`--runs is a whole number from 1, got '${runs}'`);
  const chosen = seed === 'random' ? String(Math.floor(Math.random() * 2 ** 31)) : seed;
  if (seed === 'random') console.log(`seed ${chosen}`);
  const env = {
    ...process.env,
    ...(chosen === undefined ? {} : { SPLITBRAIN_DIFFERENTIAL_SEED: chosen }),
    ...(runs === undefined ? {} : { SPLITBRAIN_DIFFERENTIAL_RUNS: runs }),
    ...(forms === undefined ? {} : { SPLITBRAIN_DIFFERENTIAL_FORMS: forms }),
  };
  return spawnSync('npx', ['vitest', 'run', '--project', 'differential', ...given.positionals], { stdio: 'inherit', env }).status ?? 1;
}

process.exitCode = main();
