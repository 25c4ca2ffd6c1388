import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SUBPATHS = ['', '/redis', '/cassandra', '/dynamo', '/checkers', '/history', '/scenarios', '/testing', '/report', '/server'];
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbrain-tarball-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder]);
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const home = join(folder, 'node_modules', 'splitbrain');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['xzf', join(folder, tarball ?? ''), '--strip-components=1', '-C', home]);
  // The dependencies a user would get; nothing else of ours.
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  for (const name of [...Object.keys(dependencies), '@esbuild']) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
  }
});
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

function node(file: string, code: string, ...args: string[]): string {
  writeFileSync(join(folder, file), code);
  return execFileSync('node', [file, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

test('every subpath loads as ESM and as CommonJS, with the same names', () => {
  const esm = node('all.mjs', `for (const s of ${JSON.stringify(SUBPATHS)}) console.log(s, Object.keys(await import('splitbrain' + s)).sort().join());`);
  const cjs = node('all.cjs', `for (const s of ${JSON.stringify(SUBPATHS)}) console.log(s, Object.keys(require('splitbrain' + s)).sort().join());`);
  expect(esm.split('\n')).toHaveLength(SUBPATHS.length);
  expect(cjs).toBe(esm);
});

test('the CommonJS modules need nothing that is ESM alone: Jest has no require of that, nor has Node before 20.19', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const flags = major > 20 || (major === 20 && minor >= 19) ? ['--no-experimental-require-module'] : [];
  writeFileSync(join(folder, 'alone.cjs'), `console.log(${JSON.stringify(SUBPATHS)}.every((s) => require('splitbrain' + s) !== undefined));`);
  expect(execFileSync('node', [...flags, 'alone.cjs'], { cwd: folder, encoding: 'utf8' }).trim()).toBe('true');
});

const PROGRAM = (load: (name: string) => string): string => `
  const { Simulation, SplitbrainError } = ${load('splitbrain')};
  const { createDynamo, QuorumError } = ${load('splitbrain/dynamo')};
  (async () => {
    const sim = new Simulation({ seed: 7 });
    const dynamo = createDynamo(sim);
    await sim.run(async () => { await dynamo.client({ name: 'alice' }).put('cart', 'milk'); });
    console.log(sim.trace.digest, new QuorumError('get', 'k', [], { required: 1, primariesRequired: 0, primaries: 0, durableRequired: 0, durable: 0, asked: ['d1'] }) instanceof SplitbrainError);
  })();`;

test('one kernel for all entries, and one digest in both module systems', () => {
  const esm = node('run.mjs', PROGRAM((name) => `await import('${name}')`));
  const cjs = node('run.cjs', PROGRAM((name) => `require('${name}')`));
  expect(esm).toMatch(/^[0-9a-f]{16} true$/);
  expect(cjs).toBe(esm);
});

test('the installed command line runs a TypeScript scenario that imports splitbrain', () => {
  writeFileSync(join(folder, 'mine.ts'), `
    import { scenario } from 'splitbrain/scenarios';
    import { createDynamo } from 'splitbrain/dynamo';
    import { checkLinearizability } from 'splitbrain/checkers';
    export const mine = scenario({
      name: 'mine',
      setup: (sim) => createDynamo(sim),
      workload: async (_, dynamo): Promise<void> => { await dynamo.client({ name: 'alice' }).put('cart', 'milk'); },
      check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
    });`);
  const cli = join(folder, 'node_modules', 'splitbrain', 'dist', 'cli', 'main.js');
  const run = spawnSync('node', [cli, 'run', 'mine.ts', '--seed', '3', '--json'], { cwd: folder, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout.trim())).toMatchObject({ scenario: 'mine', seed: 3, verdicts: [{ verdict: 'ok' }] });
  expect(spawnSync('node', [cli, '--help'], { encoding: 'utf8' }).stdout).toContain('  check ');
});
