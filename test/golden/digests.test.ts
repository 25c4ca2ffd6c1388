import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const stories = readdirSync('examples').filter((name) => /^\d\d-.*\.ts$/.test(name)).sort();
const golden = JSON.parse(readFileSync('test/golden/digests.json', 'utf8')) as Record<string, string>;

/** Every story and configuration in a process of its own: `story configuration digest` lines. */
function digests(): Record<string, string> {
  const lines = execFileSync('node', ['--import', 'tsx', 'test/golden/print-digests.ts'], { encoding: 'utf8' }).trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
}

test('two processes agree, and with the digests of the last release; one that moves needs a line in the changelog', () => {
  const first = digests();
  expect(digests()).toEqual(first);
  expect(first).toEqual(golden);
  for (const story of stories) expect(Object.keys(first).some((name) => name.startsWith(story))).toBe(true);
}, 60_000);
