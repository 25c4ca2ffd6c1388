import { expect, test } from 'vitest';
import { checkLinearizability, type Verdict } from '../../src/checkers/index.ts';
import { createDynamo, type Dynamo } from '../../src/dynamo/index.ts';
import { drop, nemesis, pass, type Simulation } from '../../src/index.ts';
import {
  caseOf, countOperations, divergenceOf, drawWorkload, dynamoClients, formatCase, parseCase, runScenario, scenario, shrinkCase, sweepScenario, type Scenario, type Workload,
} from '../../src/scenarios/index.ts';
import { slowDiskRegister } from '../support/slow-disk-register.ts';

/** W of a key's home nodes hold its latest acknowledged write, when all is healed: hints bring it to those that missed it. */
function reachedHome(sim: Simulation, dynamo: Dynamo): Verdict {
  const latest = new Map<string, number>();
  for (const { type, f, key, version } of sim.history) {
    if (type === 'ok' && f === 'write' && typeof version === 'number') latest.set(String(key), Math.max(version, latest.get(String(key)) ?? 0));
  }
  const missing = [...latest].filter(([key, acknowledged]) => (
    dynamo.homeNodes(key).filter((node) => dynamo.versions(node, key).some(({ timestamp }) => timestamp >= acknowledged)).length < dynamo.config.w
  ));
  const explanation = missing.length === 0 ? 'every acknowledged write reached W home nodes' : `acknowledged writes of ${missing.map(([key]) => key).join(', ')} did not reach W home nodes`;
  return { verdict: missing.length === 0 ? 'ok' : 'violation', model: 'hinted handoff', witness: [], explanation, cost: { operations: latest.size, steps: 0 } };
}

const hints = scenario({
  name: 'hints-dropped',
  configurations: { planted: { expect: 'violation', settings: true }, healthy: { expect: 'ok', settings: false } },
  setup: (sim) => createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2, sloppy: true, conflict: 'lww', antiEntropy: false, readRepair: 'none' }),
  plan: (sim, dynamo) => nemesis({ seed: sim.seed, nodes: dynamo.nodes.map(({ id }) => id), until: '3s', every: '400ms', length: '800ms', kinds: ['isolate', 'pause', 'partition', 'loss', 'delay'], swarm: false }),
  workload: {
    draw: (sim) => drawWorkload({ kind: 'register', seed: sim.seed, clients: 4, operations: 80, keys: 4, thinkTime: '100ms' }),
    clients(sim, dynamo, workload, isPlanted) {
      if (isPlanted) sim.network.rule(({ message }) => (message.type === 'handoff' ? drop : pass));
      return dynamoClients(sim, dynamo, workload, { timeout: '200ms' });
    },
    async after(sim) {
      sim.heal();
      await sim.sleep('60s');
    },
  },
  check: reachedHome,
}) as unknown as Scenario;

test('a planted bug, hints that are dropped, is found by a sweep and shrunk to what a person can read', async () => {
  const sweep = await sweepScenario(hints, { from: 1, count: 60, configuration: 'planted' });
  expect(sweep.violations).toBeGreaterThan(3);
  expect((await sweepScenario(hints, { from: 1, count: 60, configuration: 'healthy' })).violations).toBe(0);
  const { result, original, isMinimal } = await shrinkCase(hints, { seed: sweep.firstFailure ?? 0, configuration: 'planted' });
  expect(countOperations(original.workload ?? { kind: 'register', clients: [] })).toBe(80);
  expect({ isMinimal, verdict: result.verdict }).toEqual({ isMinimal: true, verdict: 'violation' });
  expect(result.plan.length).toBeLessThanOrEqual(2);
  expect(countOperations(result.workload ?? original.workload ?? { kind: 'register', clients: [] })).toBeLessThanOrEqual(4);
});

test('what was shrunk is saved, and the case replays to the same digest', async () => {
  const { firstFailure: seed = 0 } = await sweepScenario(slowDiskRegister, { from: 1, count: 20 });
  const { result } = await shrinkCase(slowDiskRegister, { seed });
  // A write, the read that saw it and the read that did not are the least; a run in which timing matters may need one or two more.
  expect(countOperations(result.workload ?? { kind: 'register', clients: [] })).toBeLessThanOrEqual(5);
  const text = formatCase(caseOf(result, 'register.ts', true));
  expect(text.length).toBeLessThan(1000);
  const { workload, plan, digest } = parseCase(text);
  const again = await runScenario(slowDiskRegister, { seed, plan, ...(workload === undefined ? {} : { workload }) });
  expect([again.digest, again.digest]).toEqual([digest, result.digest]);
});

test('shrinking is a function of the case, ends with its budget, and refuses a run that violates nothing', async () => {
  const { firstFailure: seed = 0 } = await sweepScenario(slowDiskRegister, { from: 1, count: 20 });
  const [one, other] = [await shrinkCase(slowDiskRegister, { seed }), await shrinkCase(slowDiskRegister, { seed })];
  expect([one.result.digest, one.runs]).toEqual([other.result.digest, other.runs]);
  expect(await shrinkCase(slowDiskRegister, { seed, budget: 5 })).toMatchObject({ runs: 5, isMinimal: false, result: { verdict: 'violation' } });
  await expect(shrinkCase(hints, { seed: 1, configuration: 'healthy' })).rejects.toThrow("seed 1 of 'hints-dropped' (healthy) violates nothing");
});

test('two runs part where the first event differs', async () => {
  const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => runScenario(hints, { seed, trace: 'events' }))) as [Awaited<ReturnType<typeof runScenario>>, Awaited<ReturnType<typeof runScenario>>, Awaited<ReturnType<typeof runScenario>>];
  expect(divergenceOf(one.simulation, same.simulation)).toBeUndefined();
  const parted = divergenceOf(one.simulation, other.simulation);
  expect(parted?.left).not.toEqual(parted?.right);
  const before = await runScenario(hints, { seed: 1, trace: 'events', plan: [...one.plan, { at: '2s', fault: { kind: 'delay', by: '1ms' } }] });
  expect(divergenceOf(one.simulation, before.simulation)).toMatchObject({ time: 2_000_000, in: 'trace' });
});

/** One answer is enough, on more nodes than it takes to see what comes of that. */
const large = scenario({
  name: 'large',
  configurations: { default: { expect: 'violation', settings: { nodes: 6 } } },
  smaller: ({ nodes }) => [2, 3, 4, 5].filter((fewer) => fewer < nodes).map((fewer) => ({ nodes: fewer })),
  setup: (sim, settings) => createDynamo(sim, { nodes: settings.nodes, n: settings.nodes, r: 1, w: 1, sloppy: false, conflict: 'lww', readRepair: 'none' }),
  plan: (sim, { nodes }) => nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: ['partition', 'isolate'], swarm: false, until: '2s', every: '200ms', length: '500ms' }),
  async workload(sim, dynamo) {
    const [a, b] = [dynamo.client({ name: 'a', coordinator: 'd1' }), dynamo.client({ name: 'b', coordinator: 'd2' })];
    for (let i = 0; i < 20; i++) {
      await a.put('k', `v${i}`).catch(() => undefined);
      await sim.sleep('50ms');
      await b.get('k').catch(() => undefined);
    }
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
}) as unknown as Scenario;

test('where a scenario says what a smaller system is, the system shrinks with the plan, of a workload that is a function too', async () => {
  const { firstFailure: seed = 0 } = await sweepScenario(large, { from: 1, count: 20 });
  const { result, original } = await shrinkCase(large, { seed });
  expect([original.settings, result.settings]).toEqual([undefined, { nodes: 2 }]);
  expect(original.plan.length).toBeGreaterThan(1);
  expect(result.plan).toHaveLength(1);
  const { settings, plan, digest } = parseCase(formatCase(caseOf(result, 'large.ts')));
  expect(settings).toEqual({ nodes: 2 });
  expect((await runScenario(large, { seed, plan, settings })).digest).toBe(digest);
});

/** Clients in loops; `redo` says who can do again what they did. */
const loops = scenario({
  name: 'loops',
  setup: (sim) => createDynamo(sim, { nodes: 3, r: 1, w: 1, sloppy: false, conflict: 'lww' }),
  plan: (sim, { nodes }) => nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: ['isolate', 'delay'], swarm: false, until: '1s', every: '200ms', length: '300ms' }),
  async workload(sim, dynamo) {
    await Promise.all(['a', 'b', 'c'].map(async (name) => {
      const client = dynamo.client({ name });
      const random = sim.random.fork(name);
      for (let i = 0; i < 25; i++) {
        await sim.sleep(random.below(60));
        await (random.chance(0.5) ? client.get('k') : client.put('k', `${name}${i}`)).catch(() => undefined);
      }
    }));
    await sim.sleep('1s');
  },
  redo: { kind: 'register', clients: (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload) },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
}) as unknown as Scenario;

test('what a workload that is a function did is done again as data, and shrinks operation by operation', async () => {
  const { firstFailure: seed = 0, violations } = await sweepScenario(loops, { from: 1, count: 20 });
  expect(violations).toBeGreaterThan(3);
  const { redo, ...without } = loops;
  const { result, original, isMinimal } = await shrinkCase(loops, { seed });
  expect([original.workload, isMinimal, result.verdict]).toEqual([undefined, true, 'violation']);
  expect(countOperations(result.workload ?? { kind: 'register', clients: [] })).toBeLessThanOrEqual(6);
  expect(result.plan.length).toBeLessThanOrEqual(1);
  const { workload, plan, digest } = parseCase(formatCase(caseOf(result, 'loops.ts', true)));
  expect((await runScenario(loops, { seed, plan, ...(workload === undefined ? {} : { workload }) })).digest).toBe(digest);
  // A store's usual clients need not be named.
  expect((await shrinkCase(scenario(without), { seed })).result.digest).toBe(result.digest);
  const inside = scenario({
    ...without,
    setup: (sim: Simulation) => ({ store: loops.setup(sim, undefined) as Dynamo }),
    workload: (sim: Simulation, { store }: { readonly store: Dynamo }) => (loops.workload as (sim: Simulation, store: Dynamo) => Promise<void>)(sim, store),
    plan,
  } as never) as Scenario;
  expect((await shrinkCase(inside, { seed, plan: original.plan })).result.workload).toBe(undefined);
  await expect(runScenario(inside, { seed, ...(workload === undefined ? {} : { workload }) })).rejects.toThrow("scenario 'loops': its workload is a function, no data can replace it (it says no `redo`)");
  const named = scenario({ ...inside, redo: { ...redo, clients: (sim: Simulation, { store }: { readonly store: Dynamo }, again: Workload) => dynamoClients(sim, store, again) } } as never) as Scenario;
  expect((await shrinkCase(named, { seed, plan: original.plan })).result.workload).toEqual(result.workload);
});

test('what cannot be done again is said by name', async () => {
  const { firstFailure: seed = 0 } = await sweepScenario(loops, { from: 1, count: 20 });
  const queue = scenario({ ...loops, redo: { ...loops.redo, kind: 'queue' } } as never) as Scenario;
  await expect(shrinkCase(queue, { seed })).rejects.toThrow(/scenario 'loops': what its clients did: 'clients\.0\.operations\.0\.f': a queue has dequeue, enqueue, got '(read|write)'/);
  expect(() => scenario({ ...loops, redo: { kind: 'heap' } } as never)).toThrow("redo needs a kind of workload (register, cas,");
  expect(() => scenario({ ...loops, redo: { kind: 'register' } } as never)).toThrow("redo needs a function 'clients'");
  expect(() => scenario({ ...loops, workload: { draw: () => undefined, clients: () => [] } } as never)).toThrow('redo is for a workload that is a function');
});

test('a history that the usual clients cannot do again leaves it at the plan', async () => {
  const deleting = scenario({
    ...loops,
    redo: undefined as never,
    async workload(sim: Simulation, dynamo: Dynamo) {
      const client = dynamo.client({ name: 'a', coordinator: 'd1' });
      await client.put('k', 'v');
      await sim.sleep('10ms');
      await client.delete('k');
      await client.put('k', 'w');
      await dynamo.client({ name: 'b', coordinator: 'd2' }).get('k');
    },
    plan: [{ at: 0, for: '1s', fault: { kind: 'isolate', node: 'd2' } }],
  } as never) as Scenario;
  const { result } = await shrinkCase(deleting, { seed: 1 });
  expect([result.verdict, result.workload, result.plan.length]).toEqual(['violation', undefined, 1]);
});
