import { expect, test } from 'vitest';
import { countSeeds, parseSeeds, parseShard, seedsOf, shardFrom } from '../../src/scenarios/index.ts';

test.each([
  ['Slurm', { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_STEP: '2' }, { index: 3, count: 4, source: 'SLURM_ARRAY_TASK_ID' }],
  ['AWS Batch', { AWS_BATCH_JOB_ARRAY_INDEX: '0', AWS_BATCH_JOB_ARRAY_SIZE: '10' }, { index: 0, count: 10, source: 'AWS_BATCH_JOB_ARRAY_INDEX' }],
  ['Kubernetes', { JOB_COMPLETION_INDEX: '5', SPLITBRAIN_SHARDS: '6' }, { index: 5, count: 6, source: 'JOB_COMPLETION_INDEX' }],
  ['GitLab, which counts from 1', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '3' }, { index: 0, count: 3, source: 'CI_NODE_INDEX' }],
  ['CircleCI', { CIRCLE_NODE_INDEX: '2', CIRCLE_NODE_TOTAL: '3' }, { index: 2, count: 3, source: 'CIRCLE_NODE_INDEX' }],
])('the shard that %s tells', (_, environment, shard) => {
  expect(shardFrom(environment)).toEqual(shard);
});

test('no batch system, no shard; one that contradicts itself is refused', () => {
  expect(shardFrom({ HOME: '/root' })).toBeUndefined();
  expect(() => shardFrom({ CI_NODE_INDEX: '4', CI_NODE_TOTAL: '3' })).toThrow('CI_NODE_INDEX=4 is none of the 3 shards');
  expect(() => shardFrom({ SLURM_ARRAY_TASK_ID: 'x', SLURM_ARRAY_TASK_COUNT: '3' })).toThrow("must be a whole number, got 'x'");
});

test('seed k belongs to shard k mod n, and every seed to one', () => {
  const spans = parseSeeds('3..17,20,31..40');
  const all = [...seedsOf(spans)];
  expect(all).toHaveLength(countSeeds(spans));
  for (const count of [1, 2, 5, 64]) {
    const shards = Array.from({ length: count }, (_, index) => parseShard(`${index}/${count}`));
    for (const shard of shards) {
      const seeds = [...seedsOf(spans, shard)];
      expect(seeds.every((seed) => seed % count === shard.index)).toBe(true);
      expect(countSeeds(spans, shard)).toBe(seeds.length);
    }
    expect(shards.flatMap((shard) => [...seedsOf(spans, shard)]).sort((a, b) => a - b)).toEqual(all);
  }
});
