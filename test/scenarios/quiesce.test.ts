import { expect, test } from 'vitest';
import type { ReplicaState } from '../../src/checkers/index.ts';
import { createDynamo, type Dynamo } from '../../src/dynamo/index.ts';
import { drop, pass, Simulation } from '../../src/index.ts';
import { quiesce } from '../../src/scenarios/index.ts';

const held = (dynamo: Dynamo) => (): readonly ReplicaState[] =>
  dynamo.homeNodes('x').map((node) => ({ node: node.id, key: 'x', value: dynamo.versions(node, 'x').map(({ value }) => value) }));

/** A write that one of three replicas misses, and then peace. */
async function afterPeace(losesHints: boolean): Promise<Awaited<ReturnType<typeof quiesce>>> {
  const sim = new Simulation({ seed: 1 });
  const dynamo = createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2, antiEntropy: false });
  const [first = '', , away = ''] = dynamo.homeNodes('x').map(({ id }) => id);
  if (losesHints) sim.network.rule(({ message }) => (message.type === 'handoff' ? drop : pass));
  sim.faults.at(0).isolate(away);
  return sim.run(async () => {
    await sim.sleep('5s');
    await dynamo.client({ name: 'alice', coordinator: first }).put('x', 'one');
    await sim.sleep('2s');
    return quiesce(sim, { replicas: held(dynamo), within: '30s' });
  });
}

test('a store that hands its hints over converges, and the verdict says how long it took', async () => {
  const verdict = await afterPeace(false);
  expect(verdict).toMatchObject({ verdict: 'ok', explanation: expect.stringContaining('after healing') as string });
  expect(verdict.after).toBeGreaterThan(0);
  expect(verdict.after).toBeLessThan(30_000_000);
});

test('one that loses them does not, and the verdict says who still holds what', async () => {
  expect(await afterPeace(true)).toMatchObject({ verdict: 'violation', after: undefined, explanation: expect.stringMatching(/^30s after healing, the replicas of x differ: .* holds? \[\]/) as string });
});
