import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

const FOLDER = 'planted';

/** Lints one file planted in a floor; gives what the linter said. */
function lint(floor: string, code: string): string {
  const folder = `src/${floor}/${FOLDER}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/violation.ts`, `/** @module */\n${code}\n`);
  try {
    const { stdout, stderr, status } = spawnSync('npx', ['oxlint', '-c', 'oxlint.config.mjs', '--deny-warnings', '-f', 'unix', folder], { encoding: 'utf8' });
    return `${status ?? ''} ${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const clean = (): void => { for (const floor of ['structures', 'kernel', 'redis']) rmSync(`src/${floor}/${FOLDER}`, { recursive: true, force: true }); };
beforeAll(clean);
afterAll(clean);

test('an honest file passes', () => {
  expect(lint('structures', '/** One. */\nexport const one = 1;')).toMatch(/^0 /);
});

test.each([
  ['a floor below importing one above', 'structures', "export { Simulation } from '../../kernel/simulation.ts';", /no-restricted-imports/],
  ['a store importing its sibling', 'redis', "export { createDynamo } from '../../dynamo/index.ts';", /no-restricted-imports/],
  ['the host below wire and cli', 'kernel', "export { readFileSync } from 'node:fs';", /no-restricted-imports/],
  ['hidden time', 'kernel', '/** Now. */\nexport const now: number = Date.now();', /no-restricted-globals/],
  ['hidden chance', 'redis', '/** Draw. */\nexport const draw: number = Math.random();', /no-restricted-properties/],
  ['a real timer', 'kernel', 'setTimeout(() => undefined, 1);', /no-restricted-globals/],
  ['a switch that forgets a case', 'kernel',
    "/** @param k - kind */\nexport function f(k: 'a' | 'b'): number {\n  switch (k) {\n    case 'a': return 1;\n    default: return 0;\n  }\n}", /switch-exhaustiveness-check/],
  ['a promise nobody waits for', 'kernel', '/** Drops it. */\nexport function f(): void {\n  Promise.resolve(1);\n}', /no-floating-promises/],
])('the linter catches %s', (_, floor, code, rule) => {
  const said = lint(floor, code);
  expect(said).toMatch(rule);
  expect(said).not.toMatch(/^0 /);
});
