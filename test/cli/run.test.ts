import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { replayCommand, runCommand } from '../../src/cli/run.ts';
import { parseTrace } from '../../src/index.ts';
import { runCommandLine, type Ran } from '../support/terminal.ts';

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'splitbrain-cli-')); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });
// The command line is host code: esbuild, which loads scenarios, may use real timers.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

const run = (...args: string[]): Promise<Ran> => runCommandLine(runCommand, ...args);
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const SCENARIO = `
  import { checkLinearizability } from 'splitbrain/checkers';
  import { createDynamo } from 'splitbrain/dynamo';
  import { scenario } from 'splitbrain/scenarios';
  import { suffix } from './part.ts';
  export const mine = scenario({
    name: 'mine',
    configurations: { sloppy: { expect: 'violation', settings: true }, strict: { expect: 'ok', settings: false } },
    setup: (sim, sloppy: boolean) => createDynamo(sim, { nodes: 3, r: 1, w: 1, sloppy }),
    plan: [{ at: '1ms', for: '5ms', fault: { kind: 'pause', node: 'd2' } }],
    async workload(sim, dynamo): Promise<void> {
      const alice = dynamo.client({ name: 'alice' });
      await alice.put('x', 'one' + suffix);
      await alice.get('x');
    },
    check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
  });`;
const mine = (): string => {
  file('part.ts', "export const suffix: string = '!';");
  return file('mine.ts', SCENARIO);
};

test('--json ends with one line that has seed, digest, events and verdicts; the same seed, the same line', async () => {
  const first = await run(mine(), '--seed', '5', '--json');
  expect(first).toMatchObject({ code: 0, err: [] });
  const [line = ''] = first.out.slice(-1);
  expect(JSON.parse(line)).toMatchObject({ scenario: 'mine', configuration: 'sloppy', seed: 5, digest: expect.stringMatching(/^[0-9a-f]{16}$/) as string, verdicts: [{ verdict: 'ok', model: 'register' }] });
  expect((JSON.parse(line) as { events: number }).events).toBeGreaterThan(10);
  expect((await run(mine(), '--seed', '5', '--json')).out).toEqual(first.out);
  expect((await run(mine(), '--seed', '6', '--json')).out).not.toEqual(first.out);
});

test('for people: the picture, the verdict, and how to do it again', async () => {
  const { out } = await run(mine(), '--configuration', 'strict');
  const text = out.join('\n');
  expect(text).toContain('mine (strict), seed 0');
  expect(text).toContain('at 1ms for 5ms: pause d2');
  expect(text).toMatch(/^alice +├w one!/m);
  expect(text).toContain('ok (register)');
  expect(text).toContain('--seed 0 --configuration strict');
});

test('a saved case is small and replays to the same digest; a changed one does not', async () => {
  const path = join(folder, 'case.json');
  const saved = await run(mine(), '--seed', '8', '--save', path, '--json');
  expect(readFileSync(path, 'utf8').length).toBeLessThan(2000);
  const replayed = await run('--replay', path, '--json');
  expect(replayed).toMatchObject({ code: 0, out: saved.out });
  const other = file('other.json', readFileSync(path, 'utf8').replace('"seed": 8', '"seed": 9'));
  expect(await run('--replay', other)).toMatchObject({ code: 2, err: [expect.stringContaining('not the same run')] });
});

test('the history and the trace go out as JSON lines, and come back in', async () => {
  const [history, trace] = [join(folder, 'history.jsonl'), join(folder, 'trace.jsonl')];
  const { code } = await run(mine(), '--seed', '5', '--history', history, '--trace', trace, '--json');
  expect(code).toBe(0);
  expect(readFileSync(history, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['invoke', 'ok', 'invoke', 'ok']);
  expect(parseTrace(readFileSync(trace, 'utf8')).some(({ kind }) => kind === 'deliver')).toBe(true);
  expect((await runCommandLine(checkCommand, history)).out[0]).toMatch(/ok \(register\)/);
});

test('a plan from a file replaces the scenario\'s own', async () => {
  const plan = file('plan.json', JSON.stringify([{ at: '1ms', for: '1s', fault: { kind: 'delay', by: '2ms' } }]));
  const { out } = await run(mine(), '--plan', plan);
  expect(out.join('\n')).toContain('at 1ms for 1s: delay by 2ms on every link');
});

test('a plan with an apostrophe in it is quoted so that a shell reads it back', () => {
  const plan = '[{"at":0,"fault":"it\'s"}]';
  const command = replayCommand('mine.ts', { seed: 0, configuration: 'sloppy' }, false, plan).replace(/^.* --plan/, 'printf %s');
  expect(spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout).toBe(plan);
});

test('a plan on the command line itself does too, and is quoted in how to do it again', async () => {
  const plan = JSON.stringify([{ at: '1ms', for: '1s', fault: { kind: 'delay', by: '2ms' } }]);
  const { out } = await run(mine(), '--plan', plan);
  expect(out.join('\n')).toContain('at 1ms for 1s: delay by 2ms on every link');
  expect(out.at(-1)).toMatch(/^again: .* --plan '\[\{"at":"1ms","for":"1s","fault":\{"kind":"delay","by":"2ms"\}\}\]'$/);
});

const bad = (name: string, args: () => string[], message: RegExp): [string, () => string[], RegExp] => [name, args, message];
test.each([
  bad('no file', () => [], /^run: which scenario file\?/),
  bad('a file that is not there', () => ['nowhere.ts'], /^nowhere\.ts: no such file$/),
  bad('a syntax error, with its place', () => [file('syntax.ts', 'export const = 1;')], /syntax\.ts:1:14: Expected identifier/),
  bad('a missing import', () => [file('import.ts', "import './nothing.ts';")], /import\.ts:1:8: Could not resolve/),
  bad('an unknown part of splitbrain', () => [file('part2.ts', "import 'splitbrain/mongo';")], /part2\.ts:1:8: there is no module 'splitbrain\/mongo'/),
  bad('a file that throws', () => [file('throws.ts', "throw new Error('at load');")], /throws\.ts: throws as it loads: at load$/),
  bad('no scenario', () => [file('none.ts', 'export const x = 1;')], /none\.ts: exports no scenario/),
  bad('two scenarios', () => [file('two.ts', `import { scenario } from 'splitbrain'; const p = { setup: () => 1, workload: async () => {}, check: () => [] };
    export const a = scenario({ name: 'a', ...p }); export const b = scenario({ name: 'b', ...p });`)], /two\.ts: exports 2 scenarios \(a, b\)/),
  bad('a scenario that throws', () => [file('boom.ts', `import { scenario } from 'splitbrain';
    export const a = scenario({ name: 'a', setup: () => 1, workload: async () => { throw new Error('boom\\nsecond line'); }, check: () => [] });`)], /boom\.ts:2:\d+: the scenario threw: boom$/),
  bad('a workload that hangs', () => [file('hang.ts', `import { scenario } from 'splitbrain';
    export const a = scenario({ name: 'a', setup: () => 1, workload: () => new Promise(() => {}), check: () => [] });`)], /hang\.ts: the scenario threw: WORKLOAD_HANGS: the workload waits/),
  bad('a rejection that nobody caught', () => [file('loose.ts', `import { scenario } from 'splitbrain';
    export const a = scenario({ name: 'a', setup: () => 1, workload: async (sim) => { Promise.reject(new Error('loose')); await sim.sleep('1s'); await sim.sleep('1s'); }, check: () => [] });`)], /loose\.ts:2:\d+: the scenario threw: loose$/),
  bad('throwing nothing at all', () => [file('nothing.ts', `import { scenario } from 'splitbrain';
    export const a = scenario({ name: 'a', setup: () => 1, workload: async () => { throw undefined; }, check: () => [] });`)], /nothing\.ts: the scenario threw: undefined$/),
  bad('an output over the scenario', () => [mine(), '--save', mine()], /^run: --save .*mine\.ts would overwrite what is read$/),
  bad('two outputs in one file', () => [mine(), '--history', join(folder, 'o'), '--trace', join(folder, 'o')], /would overwrite another output$/),
  bad('an output that cannot be written', () => [mine(), '--history', join(folder, 'h.jsonl'), '--save', '/nonexistent/case.json'], /^\/nonexistent\/case\.json: cannot be written: /),
  bad('an unknown flag', () => [mine(), '--sede', '3'], /^run: Unknown option '--sede' \(try/),
  bad('a bad seed', () => [mine(), '--seed', '-3'], /^run: .*--seed/),
  bad('a seed that is no number', () => [mine(), '--seed', 'x'], /^run: --seed takes a whole number, got 'x'/),
  bad('an unknown configuration', () => [mine(), '--configuration', 'x'], /has no configuration 'x'; it has sloppy, strict/),
  bad('two files', () => [mine(), 'other.ts'], /^run: unexpected argument 'other\.ts'/),
  bad('a plan that is not there', () => [mine(), '--plan', 'no.json'], /^no\.json: no such file$/),
  bad('a plan that is not JSON', () => [mine(), '--plan', file('bad.json', '[{')], /bad\.json: not JSON/),
  bad('a plan on the command line that is not JSON', () => [mine(), '--plan', '[{"at":'], /^--plan: not JSON: /),
  bad('a plan on the command line without a fault', () => [mine(), '--plan', '[{"at":1}]'], /^--plan: entry 1: 'fault': /),
  bad('a plan with an unknown node', () => [mine(), '--plan', file('node.json', '[{"at":0,"fault":{"kind":"pause","node":"x9"}}]')], /there is no node 'x9'/),
  bad('a plan with a negative duration', () => [mine(), '--plan', file('neg.json', '[{"at":"-1s","fault":{"kind":"pause","node":"d1"}}]')], /neg\.json: entry 1: 'at': must be a duration/),
  bad('a case that is not one', () => ['--replay', file('c.json', '{}')], /c\.json: 'version'/),
  bad('a case and a seed', () => ['--replay', 'c.json', '--seed', '3'], /--seed and --replay exclude each other/),
])('refuses %s: one clear line, exit code 2, nothing on standard output', async (_, args, message) => {
  const { code, out, err } = await run(...args());
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(message);
  expect(err[0]).not.toContain('\n');
});
