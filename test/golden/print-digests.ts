/**
 * Prints the digest of every story and configuration with seed 7. After a change that moves them on purpose, and with a line
 * in the changelog: `npx tsx test/golden/print-digests.ts --write`.
 *
 * @module
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { loadScenario } from '../../src/cli/load-scenario.ts';
import { runScenario } from '../../src/scenarios/index.ts';

const digests: Record<string, string> = {};
for (const file of readdirSync('examples').filter((name) => /^\d\d-.*\.ts$/.test(name)).sort()) {
  const scenario = await loadScenario(`examples/${file}`);
  for (const configuration of Object.keys(scenario.configurations)) {
    digests[`${file} ${configuration}`] = (await runScenario(scenario, { seed: 7, configuration })).digest;
  }
}
for (const [name, digest] of Object.entries(digests)) console.log(`${name} ${digest}`);
if (process.argv.includes('--write')) writeFileSync('test/golden/digests.json', `${JSON.stringify(digests, null, 1)}\n`);
