import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, expect, test, vi } from 'vitest';
import { currentReadme } from '../support/readme.ts';

const README = readFileSync('README.md', 'utf8');

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test('every program in it prints what it says, and its list of Redis commands is the table (npm run docs)', () => {
  expect([...README.matchAll(/```ts/g)].length).toBe([...README.matchAll(/```text/g)].length);
  expect(currentReadme()).toBe(README);
}, 60_000);

test('the first program has ten lines, and what it prints stands in the first screen', () => {
  const [, imports = '', program = ''] = /```ts\n((?:import .*\n)+)\n([\s\S]*?)```/.exec(README) ?? [];
  expect(imports.trim().split('\n').length).toBeLessThan(6);
  expect(program.trim().split('\n')).toHaveLength(10);
  expect(README.slice(0, README.indexOf('```text')).split('\n').length).toBeLessThan(35);
});

test('every story is listed', () => {
  for (const file of readdirSync('examples').filter((name) => /^\d\d-/.test(name))) expect(README).toContain(`examples/${file}`);
});
