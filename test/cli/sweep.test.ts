import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { mergeReportsCommand } from '../../src/cli/merge-reports.ts';
import { progressLine } from '../../src/cli/sweep-progress.ts';
import { sweepCommand } from '../../src/cli/sweep.ts';
import { runCommandLine, type Ran } from '../support/terminal.ts';

const STORY = 'examples/07-dynamo-quorum-not-linearizable.ts';
let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'splitbrain-sweep-')); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); vi.unstubAllEnvs(); });

// One process: what is forked from a test would not know TypeScript. The command line's own test below forks.
const sweep = (...args: string[]): Promise<Ran> => runCommandLine(sweepCommand, STORY, '--jobs', '1', ...args);
const merge = (...args: string[]): Promise<Ran> => runCommandLine(mergeReportsCommand, ...args);
const lastLine = ({ out }: Ran): unknown => JSON.parse(out.at(-1) ?? '');

test('--json ends with one line that has seeds, violations, firstFailure, seedsPerSecond, and how to see the first failure', async () => {
  const ran = await sweep('--seeds', '1..40', '--json');
  expect(ran.code).toBe(1);
  expect(lastLine(ran)).toMatchObject({
    seeds: 40, firstFailure: 1, seedsPerSecond: expect.any(Number) as number,
    configurations: [{ configuration: 'no-read-repair', seeds: 40, kinds: { register: expect.any(Number) as number } }, { configuration: 'write-back', seeds: 40, violations: 0, firstFailure: null, availability: 1 }],
    replay: expect.stringContaining(`run ${STORY} --seed 1 --configuration no-read-repair`) as string,
  });
  const { violations, configurations: [first] } = lastLine(ran) as { violations: number; configurations: { violations: number; kinds: { register: number } }[] };
  expect(violations).toBe(first?.kinds.register);
});

test('a clean sweep ends with 0 and no first failure', async () => {
  const ran = await sweep('--seeds', '1..20', '--json', '--configuration', 'write-back');
  expect(ran.code).toBe(0);
  expect(lastLine(ran)).toMatchObject({ seeds: 20, violations: 0, firstFailure: null, replay: null });
});

test('whatever the number of shards, merge-reports prints the bytes that one process prints', async () => {
  const [whole, ...others] = await Promise.all([1, 3, 7].map(async (count) => {
    const results = join(folder, `of-${count}`);
    for (let index = 0; index < count; index++) await sweep('--seeds', '5..44', '--shard', `${index}/${count}`, '--out', results);
    expect(readdirSync(results)).toHaveLength(count);
    const merged = await merge(results);
    expect(merged.code).toBe(1);
    return [merged.out, (await merge(results, '--json')).out];
  }));
  for (const other of others) expect(other).toEqual(whole);
  expect(whole?.[0]).toEqual((await sweep('--seeds', '5..44')).out);
  expect(whole?.[0]?.join('\n')).toContain('quorum-not-linearizable, seeds 5..44');
});

test('what faults have met is counted, with the seeds to keep for it, the same for any number of shards', async () => {
  const file = 'examples/sweep/stale-read.ts';
  const args = ['--jobs', '1', '--seeds', '1..80', '--configuration', 'quorum'];
  const whole = await runCommandLine(sweepCommand, file, ...args);
  expect(whole.out.join('\n')).toMatch(/quorum: \d+ pairs of fault × state met; new ones in seeds \d+, .*\n {2}met least: .+ \(1 of 80, seed \d+\)/);
  const results = join(folder, 'coverage');
  for (const shard of ['0/2', '1/2']) await runCommandLine(sweepCommand, file, ...args, '--shard', shard, '--out', results);
  expect((await merge(results)).out).toEqual(whole.out.filter((line) => !line.startsWith('again')));
  const { configurations: [quorum] } = lastLine(await merge(results, '--json')) as { configurations: { coverage: { pairs: Record<string, { seeds: number; first: number }>; seeds: number[] } }[] };
  const firsts = Object.values(quorum?.coverage.pairs ?? {}).map(({ first }) => first);
  expect(quorum?.coverage.seeds).toEqual([...new Set(firsts)].sort((a, b) => a - b));
  expect(Object.keys(quorum?.coverage.pairs ?? {})).toContain('isolate × write under way');
});

test('merge-reports names missing shards, and refuses mixed scenarios, seeds and doubles', async () => {
  const results = join(folder, 'incomplete');
  await sweep('--seeds', '1..9', '--shard', '1/4', '--out', results);
  expect(await merge(results)).toMatchObject({ code: 2, out: [], err: ['merge-reports: 3 of 4 shards are missing: 0, 2, 3'] });
  const [name = ''] = readdirSync(results);
  const report = readFileSync(join(results, name), 'utf8');
  const other = async (from: string, to: string): Promise<string> => {
    expect(report).toContain(from);
    writeFileSync(join(results, 'z.json'), report.replace(from, to));
    return (await merge(results)).err.join('\n');
  };
  expect(await other('', '')).toMatch(/shard 1 of 4 again/);
  expect(await other('"scenario":"quorum', '"scenario":"another')).toMatch(/z\.json: another scenario than .*"another-not-linearizable" against/);
  expect(await other('"seeds":"1..9"', '"seeds":"1..8"')).toMatch(/another seeds/);
  expect(await other('"splitbrain":"', '"splitbrain":"9')).toMatch(/another version of splitbrain/);
  expect(await other('"configurations":["no-read-repair",', '"configurations":[')).toMatch(/another configurations/);
  expect(await other('"count":4', '"count":5')).toMatch(/one of 5 shards/);
  expect(await other('"events":', '"events":-')).toMatch(/z\.json: 'tallies\.0\.events'/);
});

test('the batch system tells the shard', async () => {
  vi.stubEnv('JOB_COMPLETION_INDEX', '2');
  expect(await sweep('--seeds', '1..9')).toMatchObject({ code: 2, err: [expect.stringContaining('set SPLITBRAIN_SHARDS')] });
  vi.stubEnv('SPLITBRAIN_SHARDS', '4');
  const ran = await sweep('--seeds', '1..9', '--json');
  expect(lastLine(ran)).toMatchObject({ shard: '2/4', seeds: 2 });
  expect(lastLine(await sweep('--seeds', '1..9', '--json', '--shard', '0/1'))).toMatchObject({ seeds: 9 });
});

test('--max-failures stops at the K-th failure in the order of the seeds', async () => {
  const ran = await sweep('--seeds', '1..1000', '--max-failures', '3', '--json', '--configuration', 'no-read-repair');
  expect(lastLine(ran)).toMatchObject({ violations: 3, stopped: true });
  const { seeds, configurations: [tally] } = lastLine(ran) as { seeds: number; configurations: { failures: number[] }[] };
  expect(tally?.failures.at(-1)).toBe(seeds);
});

test.each([
  [['--seeds', '9..1'], /^sweep: --seeds takes FIRST\.\.LAST/],
  [['--seeds', '5..9,1..2'], /^sweep: --seeds must rise/],
  [['--shard', '4/4'], /^sweep: --shard takes i\/n/],
  [['--jobs', '0'], /^sweep: --jobs takes a whole number from 1/],
  [['--configuration', 'nonsense'], /has no configuration 'nonsense'/],
])('%j is one line and exit code 2', async (args, message) => {
  const { code, out, err } = await runCommandLine(sweepCommand, STORY, ...args);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(message);
});

test('a scenario that throws in some seed is one line that names the seed', async () => {
  const path = join(folder, 'throws.ts');
  writeFileSync(path, `
    import { scenario } from 'splitbrain/scenarios';
    export const throwing = scenario({ name: 'throwing', setup: () => undefined, workload: async (sim) => { if (sim.seed === 6) throw new TypeError('six'); },
      check: () => ({ verdict: 'ok', model: 'none', witness: [], explanation: '', cost: { operations: 0, steps: 0 } }) });`);
  const { code, err, out } = await runCommandLine(sweepCommand, path, '--seeds', '1..9', '--jobs', '1');
  expect({ code, err }).toEqual({ code: 2, err: [`${path}: seed 6 (default): the scenario threw: six`] });
  // What was found before it stands all the same, but not where there is nothing.
  expect(out.at(-1)).toBe('interrupted: 5 of 9 runs');
  expect(await runCommandLine(sweepCommand, path, '--seeds', '6..9', '--jobs', '1')).toEqual({ code: 2, out: [], err: [`${path}: seed 6 (default): the scenario threw: six`] });
});

test('the command line itself: two processes print what one prints, and seeds on standard input are answered in order, and what escapes from a run is laid at its door', () => {
  const cli = (args: string[], input = ''): string => {
    try {
      return execFileSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'sweep', STORY, ...args], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  const rejects = join(folder, 'rejects.ts');
  writeFileSync(rejects, `
    import { scenario } from 'splitbrain/scenarios';
    export const rejecting = scenario({ name: 'rejecting', setup: () => undefined, workload: async (sim) => { if (sim.seed === 33) void Promise.reject(new TypeError('nobody waits')); await sim.sleep('1s'); },
      check: () => ({ verdict: 'ok', model: 'none', witness: [], explanation: '', cost: { operations: 0, steps: 0 } }) });`);
  const { stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'sweep', rejects, '--seeds', '1..100', '--jobs', '2'], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: `${rejects}: seed 33 (default): the scenario threw: nobody waits\n`, status: 2 });
  const two = cli(['--seeds', '1..60', '--jobs', '2']);
  expect(two).toContain('no-read-repair     60');
  expect(cli(['--seeds', '1..60', '--jobs', '1'])).toBe(two);
  const lines = cli(['--seeds', '-', '--jobs', '2', '--configuration', 'write-back'], '9\n4\n\n7\n').trim().split('\n').map((line) => JSON.parse(line) as { seed: number; verdict: string });
  expect(lines.map(({ seed, verdict }) => [seed, verdict])).toEqual([[9, 'ok'], [4, 'ok'], [7, 'ok']]);
}, 120_000);

test('told to stop, it says what it knows by then, in the order of the seeds, and writes nothing that would pass for the whole', async () => {
  const endless = join(folder, 'endless.ts');
  // What a seed writes to standard error comes from one of the processes that run them; before one is so far ahead, seeds have been counted.
  writeFileSync(endless, `
    import { scenario } from 'splitbrain/scenarios';
    export const endless = scenario({ name: 'endless', setup: () => undefined, workload: async (sim) => { if (sim.seed === 5000) console.error('seed 5000'); await sim.sleep('1s'); },
      check: (sim) => ({ verdict: sim.seed % 10 === 3 ? 'violation' : 'ok', model: 'three', witness: [], explanation: 'ends in three', cost: { operations: 0, steps: 0 } }) });`);
  const out = join(folder, 'part.json');
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'sweep', endless, '--seeds', '1..1000000000', '--jobs', '2', '--out', out];
  for (const [signal, code, json] of [['SIGINT', 130, false], ['SIGTERM', 143, true]] as const) {
    const child = spawn(process.execPath, json ? [...args, '--json'] : args);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => { stdout += data.toString(); });
    child.stderr.on('data', (data: Buffer) => {
      if (!stderr.includes('seed 5000') && data.toString().includes('seed 5000')) child.kill(signal);
      stderr += data.toString();
    });
    const ended = await new Promise((resolve) => { child.on('close', resolve); });
    expect({ ended, stderr }).toEqual({ ended: code, stderr: expect.stringContaining(`${out}: not written: merge-reports would take a part for the whole`) as string });
    expect(existsSync(out)).toBe(false);
    const line = json ? JSON.parse(stdout) as { seeds: number; violations: number; interrupted: { runs: number; of: number } } : undefined;
    const runs = Number(line?.interrupted.runs ?? /^interrupted: (\d+) of 1000000000 runs$/m.exec(stdout)?.[1]);
    const violations = Number(line?.violations ?? /three ×(\d+)/.exec(stdout)?.[1]);
    // The first seeds, all of them: one in ten ends in three.
    expect({ runs, violations }).toEqual({ runs: expect.any(Number) as number, violations: Math.floor((runs + 7) / 10) });
    expect(runs).toBeGreaterThan(0);
  }
}, 60_000);

test('the line of progress has the share, the rate and the time left', () => {
  expect(progressLine(250, 1000, 3, 5)).toBe('██████░░░░░░░░░░░░░░░░░░ 25%  250/1000  50/s  00:15 left  3 violate');
});
