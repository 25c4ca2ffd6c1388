import { existsSync, readdirSync } from 'node:fs';
import { build } from 'esbuild';
import { chromium, type Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/cli/load-scenario.ts';
import { caseOf, formatCase, runScenario } from '../../src/scenarios/index.ts';
import { alias } from '../../vitest.config.ts';

const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find((path) => path !== undefined && existsSync(path));
const stories = readdirSync('examples').filter((name) => /^\d\d-.*\.ts$/.test(name)).sort();

/** All stories and the core in one script that sets `globalThis.replay`. */
async function bundle(): Promise<string> {
  const lines = stories.map((file, i) => `import * as s${i} from './examples/${file}';`);
  const code = `${lines.join('\n')}
    import { isScenario, parseCase, runScenario } from 'splitbrain/scenarios';
    const stories = { ${stories.map((file, i) => `'${file}': s${i}`).join(', ')} };
    globalThis.replay = async (text) => {
      const file = parseCase(text);
      const scenario = Object.values(stories[file.scenario]).find(isScenario);
      const { digest } = await runScenario(scenario, { seed: file.seed, plan: file.plan, configuration: file.configuration });
      return digest;
    };`;
  const result = await build({
    stdin: { contents: code, resolveDir: process.cwd(), loader: 'ts' }, bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022',
    plugins: [{
      name: 'source',
      setup(plugin) {
        plugin.onResolve({ filter: /^splitbrain/ }, ({ path }) => {
          for (const { find, replacement } of alias) if (find.test(path)) return { path: path.replace(find, replacement) };
          return undefined;
        });
      },
    }],
  });
  return result.outputFiles[0]?.text ?? '';
}

test.runIf(executablePath === undefined)('Chromium is not installed: set CHROMIUM or install the package', () => {
  expect.fail('no Chromium found');
});

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let browser: Browser;
  let script = '';
  beforeAll(async () => {
    script = await bundle();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  });
  afterAll(() => browser.close());

  test.each(stories)('%s: a case of every configuration replays to the digest that Node gives', async (file) => {
    const scenario = await loadScenario(`examples/${file}`);
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    for (const configuration of Object.keys(scenario.configurations)) {
      for (const seed of [0, 7]) {
        const result = await runScenario(scenario, { seed, configuration });
        const text = formatCase(caseOf(result, file));
        expect(text.length).toBeLessThan(2000);
        const digest = await page.evaluate((given) => (globalThis as unknown as { replay: (text: string) => Promise<string> }).replay(given), text);
        expect(digest).toBe(result.digest);
      }
    }
    await page.close();
  });
});
