/**
 * The recipes of `examples/sweep`: they parse, and their command lines run as the batch system would run them, with a small sweep in
 * place of the large one.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { mergeReportsCommand } from '../../src/cli/merge-reports.ts';
import { runCommandLine } from '../support/terminal.ts';

const recipe = (name: string): string => readFileSync(join('examples/sweep', name), 'utf8');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbrain-recipes-'));
  // `npx splitbrain sweep scenarios/cart.ts --seeds 1..1000000` of a project that has neither published package nor time.
  writeFileSync(join(folder, 'npx'), `#!/bin/sh
shift
for word do
  shift
  case "$word" in
    scenarios/cart.ts) word=\${SCENARIO:-examples/sweep/stale-read.ts} ;;
    1..1000000) word=15..22 ;;
    results|/results) word=${folder}/$RESULTS ;;
  esac
  set -- "$@" "$word"
done
exec "${process.execPath}" --import tsx src/cli/main.ts "$@"
`);
  chmodSync(join(folder, 'npx'), 0o755);
});
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** @param results - the folder of the results, below the test's own */
function sh(args: readonly string[], results: string, env: Readonly<Record<string, string>>): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync('sh', args, { encoding: 'utf8', env: { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, RESULTS: results, ...env } });
  return { status, stderr };
}

test('Slurm: the tasks of an array are the shards, a violation is no failed task, an unusable scenario is one', async () => {
  const array = (id: number): Record<string, string> => ({ SLURM_ARRAY_TASK_ID: String(id), SLURM_ARRAY_TASK_MIN: '3', SLURM_ARRAY_TASK_STEP: '2', SLURM_ARRAY_TASK_COUNT: '2', SLURM_CPUS_PER_TASK: '1' });
  for (const id of [3, 5]) expect(sh(['examples/sweep/slurm.sh'], 'slurm', array(id)).status).toBe(0);
  expect(readdirSync(join(folder, 'slurm'))).toEqual(['shard-0-of-2.json', 'shard-1-of-2.json']);
  const merged = await runCommandLine(mergeReportsCommand, join(folder, 'slurm'), '--json');
  expect({ code: merged.code, ...JSON.parse(merged.out[0] ?? '') as object }).toMatchObject({ code: 1, seeds: 8, violations: 1, firstFailure: 17 });
  expect(sh(['examples/sweep/slurm.sh'], 'slurm', { ...array(3), SCENARIO: 'missing.ts' }).status).not.toBe(0);
}, 60_000);

interface IndexedJob {
  readonly kind: string;
  readonly spec: {
    readonly completionMode: string; readonly completions: number;
    readonly template: { readonly spec: { readonly restartPolicy: string; readonly containers: readonly [{ readonly command: readonly string[]; readonly env: readonly { readonly name: string; readonly value: string }[] }] } };
  };
}

test('Kubernetes: an Indexed Job tells each pod its index, and as many shards as completions', () => {
  const { kind, spec } = parse(recipe('kubernetes-job.yaml')) as IndexedJob;
  const [{ command: [shell, ...args], env }] = spec.template.spec.containers;
  expect([kind, spec.completionMode, shell, spec.template.spec.restartPolicy]).toEqual(['Job', 'Indexed', 'sh', 'Never']);
  const given = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  expect(given).toEqual({ SPLITBRAIN_SHARDS: String(spec.completions) });
  expect(sh(args, 'kubernetes', { ...given, JOB_COMPLETION_INDEX: '17' })).toMatchObject({ status: 0, stderr: expect.stringContaining('shard 17 of 32, as JOB_COMPLETION_INDEX tells') as string });
  expect(readdirSync(join(folder, 'kubernetes'))).toEqual(['shard-17-of-32.json']);
}, 60_000);

interface Workflow {
  readonly jobs: Readonly<Record<'sweep' | 'merge', {
    readonly needs?: string; readonly strategy?: { readonly matrix: { readonly shard: readonly number[] } };
    readonly steps: readonly { readonly run?: string; readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }[];
  }>>;
}

test('GitHub Actions: a job for each shard of the matrix, and one that merges them', () => {
  const { jobs: { sweep, merge } } = parse(recipe('github-actions.yml')) as Workflow;
  const shards = sweep.strategy?.matrix.shard ?? [];
  const command = sweep.steps.find(({ run }) => run?.includes('splitbrain sweep') === true)?.run ?? '';
  const filled = command.replace('${{ strategy.job-index }}', '1').replace('${{ strategy.job-total }}', String(shards.length));
  expect(filled).not.toContain('${{');
  expect(sh(['-e', '-c', filled], 'github', {}).status).toBe(0);
  expect(readdirSync(join(folder, 'github'))).toEqual([`shard-1-of-${shards.length}.json`]);
  expect(merge.needs).toBe('sweep');
  expect(merge.steps.at(-1)?.run).toBe('npx splitbrain merge-reports results');
}, 60_000);
