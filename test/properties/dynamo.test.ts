/** Random faults within the store's stated budget: what it must never do. */
import { describe, expect, test } from 'vitest';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo, type DynamoClient } from '../../src/dynamo/index.ts';
import { nemesis, type FaultKind } from '../../src/index.ts';
import { runScenario, scenario, type Scenario } from '../../src/scenarios/index.ts';

const KINDS: readonly FaultKind[] = ['partition', 'isolate', 'cut', 'loss', 'duplicate', 'reorder', 'delay', 'crash', 'pause', 'disk-slow'];
const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);
const NODES = ['d1', 'd2', 'd3', 'd4', 'd5'];

/** Adds an item to a cart of merged siblings. @returns whether it was acknowledged */
async function add(client: DynamoClient, key: string, item: string): Promise<boolean> {
  try {
    const { values, context } = await client.get(key, { record: false });
    await client.put(key, [...new Set([...values.flatMap((value) => value.split(' ')), item])].join(' '), { context, record: false });
    return true;
  } catch {
    return false;
  }
}

const carts = (sloppy: boolean): Scenario => scenario({
  name: 'carts',
  setup: (sim) => ({ dynamo: createDynamo(sim, { nodes: 5, sloppy, versions: 'dotted' }), lost: [] as string[] }),
  plan: (sim) => nemesis({ seed: sim.random.fork('nemesis'), nodes: NODES, kinds: KINDS, until: '20s', every: '1s' }),
  async workload(sim, { dynamo, lost }) {
    const random = sim.random.fork('workload');
    const acknowledged = new Map<string, Set<string>>();
    await Promise.all(['alice', 'bob', 'carol'].map(async (name) => {
      const client = dynamo.client({ name });
      for (let i = 0; i < 30; i++) {
        const key = `cart${random.below(3)}`;
        if (await add(client, key, `${name}${i}`)) acknowledged.set(key, (acknowledged.get(key) ?? new Set()).add(`${name}${i}`));
        await sim.sleep(random.between(0, 1000));
      }
    }));
    sim.heal();
    await sim.sleep('60s');
    const reader = dynamo.client({ name: 'reader' });
    for (const [key, items] of acknowledged) {
      const { values } = await reader.get(key, { r: 3, record: false });
      const found = new Set(values.flatMap((value) => value.split(' ')));
      lost.push(...[...items].filter((item) => !found.has(item)).map((item) => `seed ${sim.seed}: ${key} lost ${item}`));
    }
  },
  check: (_, { lost }) => ({
    verdict: lost.length === 0 ? 'ok' : 'violation', model: 'no lost put', witness: [], explanation: lost.join(', '), cost: { operations: 0, steps: 0 },
  }),
}) as Scenario;

describe.each([['sloppy', true], ['strict', false]])('%s quorum with siblings', (_, sloppy) => {
  test('loses no acknowledged put that a merge should keep', async () => {
    for (const seed of SEEDS) expect(await runScenario(carts(sloppy), { seed, trace: 'digest' })).toMatchObject({ verdict: 'ok', verdicts: [{ explanation: '' }] });
  }, 60_000);
});

test('a strict quorum that writes back before it answers is linearizable under any of these faults', async () => {
  const registers = scenario({
    name: 'registers',
    setup: (sim) => createDynamo(sim, { nodes: 5, sloppy: false, conflict: 'lww', readRepair: 'before-reply' }),
    plan: (sim) => nemesis({ seed: sim.random.fork('nemesis'), nodes: NODES, kinds: KINDS, until: '10s', every: '1s' }),
    async workload(sim, dynamo) {
      const random = sim.random.fork('workload');
      await Promise.all(['alice', 'bob', 'carol'].map(async (name) => {
        const client = dynamo.client({ name });
        for (let i = 0; i < 25; i++) {
          await (random.chance(0.5) ? client.put('x', `${name}${i}`) : client.get('x')).catch(() => undefined);
          await sim.sleep(random.between(0, 400));
        }
      }));
    },
    check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
  });
  for (const seed of SEEDS) expect(await runScenario(registers, { seed, trace: 'digest' })).toMatchObject({ verdict: 'ok' });
}, 60_000);
