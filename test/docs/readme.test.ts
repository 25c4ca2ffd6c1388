import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const README = readFileSync('README.md', 'utf8');

/** Each TypeScript block, with the text block that follows as what it prints. */
function programs(): { code: string; printed: string | undefined }[] {
  const blocks = [...README.matchAll(/```(ts|text|sh)\n([\s\S]*?)```/g)].map(([, language, body]) => ({ language, body: body ?? '' }));
  return blocks.flatMap(({ language, body }, i) => {
    if (language !== 'ts') return [];
    const next = blocks[i + 1];
    return [{ code: body, printed: next?.language === 'text' ? next.body : undefined }];
  });
}

function run(code: string): string {
  mkdirSync('.tmp', { recursive: true });
  const folder = mkdtempSync('.tmp/readme-');
  try {
    const file = join(folder, 'program.mts');
    writeFileSync(file, code);
    const { stdout, stderr, status } = spawnSync('node', ['--import', 'tsx', file], { encoding: 'utf8' });
    return status === 0 ? stdout : stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each(programs())('program %# prints what the README says', ({ code, printed }) => {
  expect(printed).toBeDefined();
  const lines = (text: string): string[] => text.trimEnd().split('\n').map((line) => line.trimEnd());
  expect(lines(run(code))).toEqual(lines(printed ?? ''));
}, 30_000);

test('the first program and what it prints stand in the first screen', () => {
  const [first] = programs();
  expect(README.indexOf(first?.printed ?? '?')).toBeGreaterThan(0);
  expect(README.slice(0, README.indexOf(first?.printed ?? '?')).split('\n').length).toBeLessThan(40);
});

test('every story is listed', () => {
  for (const file of readdirSync('examples').filter((name) => /^\d\d-/.test(name))) expect(README).toContain(`examples/${file}`);
});
