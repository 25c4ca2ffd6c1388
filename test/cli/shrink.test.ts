import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { diffCommand, replayCaseCommand } from '../../src/cli/replay.ts';
import { shrinkCommand } from '../../src/cli/shrink.ts';
import { parseCase } from '../../src/scenarios/index.ts';
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
  expect(ran.out.at(-1)).toMatch(/^shrunk in \d+ runs from 2 faults, 60 operations of 4 clients to \d faults, \d operations of \d clients$/);
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
