/**
 * Shares of a sweep: seed k belongs to shard k mod n. Batch systems tell each of their tasks its index, and most of them how
 * many there are, in the environment:
 *
 * - Kubernetes Indexed Jobs: JOB_COMPLETION_INDEX, from 0. They do not tell the count: set SPLITBRAIN_SHARDS beside it.
 * - Slurm arrays: SLURM_ARRAY_TASK_ID, SLURM_ARRAY_TASK_COUNT, SLURM_ARRAY_TASK_MIN, SLURM_ARRAY_TASK_STEP (sbatch, "Job Arrays").
 * - AWS Batch array jobs: AWS_BATCH_JOB_ARRAY_INDEX, from 0, and AWS_BATCH_JOB_ARRAY_SIZE.
 * - GitLab `parallel`: CI_NODE_INDEX, from 1, and CI_NODE_TOTAL. CircleCI: CIRCLE_NODE_INDEX, from 0, and CIRCLE_NODE_TOTAL.
 *   Buildkite: BUILDKITE_PARALLEL_JOB, from 0, and BUILDKITE_PARALLEL_JOB_COUNT.
 *
 * GitHub Actions tells neither in the environment: `--shard ${{ strategy.job-index }}/${{ strategy.job-total }}`.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';

/** A share: index from 0, and how many there are. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The whole sweep. */
export const WHOLE: Shard = { index: 0, count: 1 };

type Environment = Readonly<Record<string, string | undefined>>;

interface Source {
  readonly index: string;
  readonly count: string;
  /** The index of the first task: a number, or the variable that has it. */
  readonly first?: number | string;
  /** The variable that has the distance of indices. */
  readonly step?: string;
}

/** Who tells, the innermost first: a Slurm array may well run inside of a CI job. */
const SOURCES: readonly Source[] = [
  { index: 'SLURM_ARRAY_TASK_ID', count: 'SLURM_ARRAY_TASK_COUNT', first: 'SLURM_ARRAY_TASK_MIN', step: 'SLURM_ARRAY_TASK_STEP' },
  { index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  { index: 'JOB_COMPLETION_INDEX', count: 'JOB_COMPLETIONS' },
  { index: 'CI_NODE_INDEX', count: 'CI_NODE_TOTAL', first: 1 },
  { index: 'CIRCLE_NODE_INDEX', count: 'CIRCLE_NODE_TOTAL' },
  { index: 'BUILDKITE_PARALLEL_JOB', count: 'BUILDKITE_PARALLEL_JOB_COUNT' },
];

/** Names the count for whatever does not tell it. */
const COUNT = 'SPLITBRAIN_SHARDS';

/** Reads `i/n`. @throws {@link UsageError} `INVALID_ARGUMENT` */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (index === undefined || shard.count < 1 || shard.index >= shard.count || !Number.isSafeInteger(shard.count)) {
    throw new UsageError('INVALID_ARGUMENT', `sweep: --shard takes i/n with i from 0 to n - 1, got '${text}'`);
  }
  return shard;
}

/**
 * The share that a batch system's environment names.
 *
 * @param environment - the process's variables
 * @returns the shard and the variable that named it; undefined when none does
 * @throws {@link UsageError} `INVALID_ARGUMENT` when an index has no count, or is out of range
 */
export function shardFrom(environment: Environment): (Shard & { readonly source: string }) | undefined {
  for (const { index: name, count: countName, first = 0, step } of SOURCES) {
    if ((environment[name] ?? '') === '') continue;
    const countFrom = (environment[countName] ?? '') === '' ? COUNT : countName;
    const given = environment[countFrom] ?? '';
    if (given === '') throw new UsageError('INVALID_ARGUMENT', `sweep: ${name} tells which shard this is, but nothing how many there are: set ${COUNT}, or give --shard i/n`);
    const count = whole(environment, countFrom);
    const origin = typeof first === 'number' ? first : (environment[first] ?? '') === '' ? 0 : whole(environment, first);
    const distance = step === undefined || (environment[step] ?? '') === '' ? 1 : Math.max(1, whole(environment, step));
    const index = (whole(environment, name) - origin) / distance;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new UsageError('INVALID_ARGUMENT', `sweep: ${name}=${environment[name] ?? ''} is none of the ${count} shards that ${countFrom} tells`);
    }
    return { index, count, source: name };
  }
  return undefined;
}

function whole(environment: Environment, name: string): number {
  const text = environment[name] ?? '';
  if (!/^\d+$/.test(text)) throw new UsageError('INVALID_ARGUMENT', `sweep: ${name} must be a whole number, got '${text}'`);
  return Number(text);
}
