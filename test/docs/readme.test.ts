import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, expect, test, vi } from 'vitest';
import { Cassandra, CassandraClient, CassandraNode, CONSISTENCY_LEVELS, createSession, PARAMETERS } from '../../src/cassandra/index.ts';
import { dynamoConfig } from '../../src/dynamo/options.ts';
import { PARTLY } from '../../src/redis/commands/partly.ts';
import { COMMANDS } from '../../src/redis/index.ts';
import { currentDocument, DOCUMENTS } from '../support/readme.ts';

const README = readFileSync('README.md', 'utf8');

beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test.each(DOCUMENTS)('every program in %s prints what it says, and its lists and tables are the code\'s (npm run docs)', (path) => {
  const text = readFileSync(path, 'utf8');
  expect([...text.matchAll(/```(?:ts|sh\nnpm run cli -- (?:cql|tradeoff) )/g)].length).toBe([...text.matchAll(/```text/g)].length);
  expect(currentDocument(path)).toBe(text);
}, 240_000);

test('docs/cassandra.md tells every parameter and every level, and the calls it names exist', () => {
  const text = readFileSync('docs/cassandra.md', 'utf8');
  for (const name of [...Object.keys(PARAMETERS), ...CONSISTENCY_LEVELS]) expect(text).toContain(`| \`${name}\` |`);
  const kinds: Readonly<Record<string, object>> = {
    cassandra: Cassandra.prototype, node: CassandraNode.prototype, client: CassandraClient.prototype, session: createSession(),
  };
  const calls = [...text.matchAll(/`(?:await )?(cassandra|node|client|session)\.([a-zA-Z]+)\(/g)].map(([, kind = '', name = '']) => [kind, name] as const);
  expect(calls.length).toBeGreaterThan(15);
  for (const [kind, name] of calls) expect([kind, name, name in (kinds[kind] ?? {})]).toEqual([kind, name, true]);
});

test('docs/dynamo.md tells every option and its default', () => {
  const text = readFileSync('docs/dynamo.md', 'utf8');
  const defaults = dynamoConfig();
  const said = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en') : `\`'${String(value)}'\``);
  for (const [name, value] of Object.entries(defaults)) {
    if (name === 'machines') continue;
    const isPlain = ['number', 'string'].includes(typeof value) && !/Timeout$|Interval$|Limit$|^antiEntropy$/.test(name);
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` | ${isPlain ? `${said(value)} |` : ''}`));
    expect([name, row !== undefined]).toEqual([name, true]);
  }
});

test('what is done in part is a command', () => {
  for (const name of Object.keys(PARTLY)) expect([name, COMMANDS.has(name)]).toEqual([name, true]);
});

test('the first program has ten lines, and what it prints stands in the first screen', () => {
  const [, imports = '', program = ''] = /```ts\n((?:import .*\n)+)\n([\s\S]*?)```/.exec(README) ?? [];
  expect(imports.trim().split('\n').length).toBeLessThan(6);
  expect(program.trim().split('\n')).toHaveLength(10);
  expect(README.slice(0, README.indexOf('```text')).split('\n').length).toBeLessThan(35);
});

test('every story is listed', () => {
  for (const file of readdirSync('examples').filter((name) => /^\d\d-/.test(name))) expect(README).toContain(`examples/${file}`);
});
