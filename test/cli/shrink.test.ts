import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { exploreCommand } from '../../src/cli/explore.ts';
import { diffCommand, replayCaseCommand } from '../../src/cli/replay.ts';
import { runCommand } from '../../src/cli/run.ts';
import { shrinkCommand } from '../../src/cli/shrink.ts';
import { sweepCommand } from '../../src/cli/sweep.ts';
import { parseCase, type Workload } from '../../src/scenarios/index.ts';
import { runCommandLine } from '../support/terminal.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbrain-shrink-'));
  writeFileSync(join(folder, 'stale.ts'), `
    import { checkLinearizability } from 'splitbrain/checkers';
    import { createDynamo } from 'splitbrain/dynamo';
    import { drawWorkload, dynamoClients, scenario } from 'splitbrain/scenarios';
    export const stale = scenario({
      name: 'stale',
      setup: (sim) => createDynamo(sim, { nodes: 3, r: 1, w: 1, conflict: 'lww' }),
      plan: [
        { at: '113ms', for: '2137ms', fault: { kind: 'isolate', node: 'd2' } },
        { at: '1500ms', for: '1s', fault: { kind: 'delay', by: '3ms' } },
      ],
      workload: { draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 4, operations: 60 }), clients: (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload) },
      check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
    });`);
});
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });

test('shrink makes a case, replay repeats it, diff names the instant at which two part', async () => {
  const [file, one, other] = [join(folder, 'stale.ts'), join(folder, 'one.json'), join(folder, 'other.json')];
  const ran = await runCommandLine(shrinkCommand, file, '--seed', '1', '--out', one);
  expect(ran.code).toBe(1);
  expect(ran.out.at(-1)).toMatch(/^shrunk in \d+ runs from 2 faults, 60 operations of 4 clients to \d faults?, \d operations? of (?:1 client|[2-9] clients)$/);
  const { workload, scenario } = parseCase(readFileSync(one, 'utf8'));
  expect(scenario).toBe('stale.ts');
  expect(workload?.clients.flatMap(({ operations }) => operations).length).toBeLessThan(6);
  const replayed = await runCommandLine(replayCaseCommand, one);
  expect(replayed).toMatchObject({ code: 1, err: [expect.stringMatching(/^the same run: digest/)] });

  expect(await runCommandLine(diffCommand, one, one)).toMatchObject({ code: 0, out: [expect.stringContaining('the same run')] });
  const plan = '"plan": [{"at": "1ms", "for": "1s", "fault": {"kind": "delay", "by": "1ms"}}]';
  writeFileSync(other, readFileSync(one, 'utf8').replace(/"plan": \[[^]*?\](?=,\n "workload")/, plan));
  expect(readFileSync(other, 'utf8')).toContain(plan);
  const { code, out } = await runCommandLine(diffCommand, one, other, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ same: false, in: 'trace', time: 1000, right: { kind: 'fault' } });
});

test.each([
  [['FILE'], 'shrink: --seed N is missing: which seed fails?'],
  [['FILE', '--seed', '1', '--budget', '0'], 'shrink: --budget takes a whole number from 1'],
  [['nowhere.ts', '--seed', '1'], 'nowhere.ts: no such file'],
])('%j is one line and exit code 2', async (args, message) => {
  expect(await runCommandLine(shrinkCommand, ...args.map((arg) => (arg === 'FILE' ? join(folder, 'stale.ts') : arg)))).toEqual({ code: 2, out: [], err: [message] });
});

test('the example of a sweep: seed 17 shrinks to a write and a read under one fault', async () => {
  const { code, out } = await runCommandLine(shrinkCommand, 'examples/sweep/stale-read.ts', '--seed', '17', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out.at(-1) ?? '')).toMatchObject({ configuration: 'one', isMinimal: true, from: { clients: 4, operations: 100 }, to: { faults: 1, clients: 1, operations: 2, witness: 2 } });
});

test('the example of transactions: seed 2 shrinks to two of them, of four steps together', async () => {
  const { code, out } = await runCommandLine(shrinkCommand, 'examples/sweep/isolation.ts', '--seed', '2', '--configuration', 'commands', '--json');
  expect(code).toBe(1);
  const { workload, ...shrunk } = JSON.parse(out.at(-1) ?? '') as { workload: Workload };
  expect(shrunk).toMatchObject({ isMinimal: true, from: { clients: 4, operations: 60 }, to: { faults: 0, clients: 2, operations: 2 } });
  const steps = workload.clients.flatMap(({ operations }) => operations.map(({ value }) => (value as readonly unknown[]).length));
  expect(steps.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4);
  expect((await runCommandLine(sweepCommand, 'examples/sweep/isolation.ts', '--seeds', '1..40', '--configuration', 'multi', '--jobs', '1')).code).toBe(0);
});

test('explore shows the first plan that fails, and a command line that repeats it with nothing saved', async () => {
  const file = join(folder, 'stale.ts');
  const explored = await runCommandLine(exploreCommand, file, '--kinds', 'isolate', '--instants', '2', '--seed', '1');
  expect(explored.code).toBe(1);
  const again = explored.out.find((line) => line.startsWith('again: ')) ?? '';
  const [, seed = '', plan = ''] = /--seed (\d+) --plan '(.*)'$/.exec(again) ?? [];
  const repeated = await runCommandLine(runCommand, file, '--seed', seed, '--plan', plan);
  expect(repeated.code).toBe(1);
  expect(explored.out.slice(0, repeated.out.length)).toEqual(repeated.out);
});

test('told to stop, shrink saves the smallest case so far, and explore says how many plans were run', async () => {
  const file = join(folder, 'long.ts');
  // What the twentieth run writes to standard error tells when to stop it: there are thousands.
  writeFileSync(file, `
    import { createDynamo } from 'splitbrain/dynamo';
    import { drawWorkload, dynamoClients, scenario } from 'splitbrain/scenarios';
    let runs = 0;
    export const long = scenario({
      name: 'long',
      setup: (sim) => { if (++runs === 20) console.error('run 20'); return createDynamo(sim, { nodes: 3 }); },
      plan: [],
      workload: { draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 4, operations: 400 }), clients: (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload) },
      check: (sim) => ({ verdict: sim.history.length >= 600 ? 'violation' : 'ok', model: 'long', witness: [], explanation: 'it is long', cost: { operations: 0, steps: 0 } }),
    });`);
  const saved = join(folder, 'so-far.json');
  const stopped = async (signal: 'SIGINT' | 'SIGTERM', args: readonly string[]): Promise<{ code: unknown; stdout: string }> => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args]);
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => { stdout += data.toString(); });
    child.stderr.on('data', (data: Buffer) => { if (data.toString().includes('run 20')) child.kill(signal); });
    return { code: await new Promise((resolve) => { child.on('close', resolve); }), stdout };
  };
  const shrunk = await stopped('SIGTERM', ['shrink', file, '--seed', '1', '--budget', '100000', '--out', saved]);
  expect(shrunk).toEqual({ code: 143, stdout: expect.stringMatching(/shrunk in \d+ runs from 0 faults, 400 operations .* \(interrupted: --case goes on from what --out saved\)/) as string });
  expect(await runCommandLine(shrinkCommand, '--case', saved, '--budget', '1', '--json')).toMatchObject({ code: 1 });
  const explored = await stopped('SIGINT', ['explore', file, '--faults', '2', '--instants', '30', '--kinds', 'isolate', '--json']);
  expect(explored.code).toBe(130);
  const { interrupted, plans, runs } = JSON.parse(explored.stdout) as { interrupted: boolean; plans: number; runs: number };
  expect([interrupted, plans, runs >= 19 && runs < plans]).toEqual([true, 4096, true]);
}, 60_000);
