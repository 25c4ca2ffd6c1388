import { expect, test } from 'vitest';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { createRedis } from '../../src/redis/index.ts';
import { caseOf, exploreScenario, formatCase, parseCase, runScenario, scenario, shrinkCase, type Scenario } from '../../src/scenarios/index.ts';

/** A write, then a read through another node, a second later. */
const story = scenario({
  name: 'write-then-read',
  configurations: {
    one: { expect: 'violation', settings: { r: 1, w: 1 } },
    quorum: { expect: 'ok', settings: { r: 2, w: 2 } },
  },
  setup: (sim, settings) => {
    const dynamo = createDynamo(sim, { nodes: 3, sloppy: false, conflict: 'lww', readRepair: 'none', antiEntropy: false, ...settings });
    return [dynamo.client({ name: 'a', coordinator: 'd1' }), dynamo.client({ name: 'b', coordinator: 'd2' })] as const;
  },
  async workload(sim, [a, b]) {
    await sim.sleep('1s');
    await a.put('k', 'v').catch(() => undefined);
    await sim.sleep('1s');
    await b.get('k').catch(() => undefined);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});

test('every plan is run, those of fewer faults first, and the first that violates is kept', async () => {
  const explored = await exploreScenario(story, { configuration: 'one', faults: 2, kinds: ['isolate', 'partition'], instants: 2, length: '2s' });
  // 2 instants, 3 servers and 3 ways to part them: 12 faults, and the pairs of them.
  expect(explored.plans).toBe(1 + 12 + 66);
  expect(explored.runs).toBe(79);
  expect(explored.violations).toBeGreaterThan(0);
  expect(explored.first?.plan).toHaveLength(1);
  expect(explored.first?.verdict).toBe('violation');
});

test('a configuration that is safe under every plan is shown to be', async () => {
  expect(await exploreScenario(story, { configuration: 'quorum', faults: 2, instants: 2, kinds: ['isolate', 'partition'], length: '2s' })).toMatchObject({ violations: 0, unknown: 0, runs: 79 });
});

test('more plans than the limit are not run, and said so; wrong options are refused by name', async () => {
  expect(await exploreScenario(story, { configuration: 'one', faults: 2, limit: 5 })).toMatchObject({ runs: 5, plans: 1 + 24 + 276 });
  await expect(exploreScenario(story, { faults: -1 })).rejects.toThrow('faults must be a whole number from 0, got -1');
  await expect(exploreScenario(story, { kinds: ['flood' as never] })).rejects.toThrow("kinds must be of crash, pause, isolate, partition, operate, order, got 'flood'");
});

/** Writes that the primary answers before a replica has them, and a read at the end. */
const replicated = scenario({
  name: 'set-then-get',
  simulation: { topology: { sameZone: '100ms' } },
  setup: (sim) => {
    const redis = createRedis(sim, { replicas: 1 });
    return { redis, client: redis.client({ name: 'c' }) };
  },
  async workload(sim, { client }) {
    await sim.sleep('1s');
    await client.set('k', 'v').catch(() => undefined);
    await sim.sleep('2s');
    await client.get('k').catch(() => undefined);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});

test('what operators do is explored like any fault: a failover at the wrong moment loses a write', async () => {
  const explored = await exploreScenario(replicated, { kinds: ['operate'], instants: 40 });
  expect(explored.plans).toBe(1 + 40 * 2);
  expect(explored.violations).toBeGreaterThan(0);
  expect(explored.first?.plan).toMatchObject([{ fault: { kind: 'operate', operation: 'failover', node: 'redis-2' } }]);
  expect(explored.first?.plan[0]).not.toHaveProperty('for');
  await expect(exploreScenario(replicated, { kinds: ['operate'], operations: ['decommission'] })).rejects.toThrow("got 'decommission'; the servers offer failover");
  await expect(exploreScenario(replicated, { kinds: ['operate'], operations: [] })).rejects.toThrow('operations must be what an operator can do');
  const some = await exploreScenario(story, { configuration: 'quorum', kinds: ['operate'], operations: ['join'], instants: 2 });
  expect(some.plans).toBe(1 + 2 * 3);
});

test('a workload that a store refuses and that does not expect it proves nothing, and is counted apart', async () => {
  const careless = scenario({ ...story, async workload(sim, [a]) { await sim.sleep('1s'); await a.put('k', 'v'); } });
  expect(await exploreScenario(careless, { configuration: 'quorum', kinds: ['isolate'], instants: 1, length: '5s' })).toMatchObject({ runs: 4, abandoned: 1, violations: 0 });
});

/** A write, and as soon as it is answered a read through another node: no fault, and on a network without chance no stale read. */
const atOnce = scenario({
  ...story,
  name: 'write-then-read-at-once',
  simulation: { topology: { sameZone: '1ms' } },
  async workload(sim, [a, b]) {
    await sim.sleep('1s');
    await a.put('k', 'v');
    await b.get('k');
  },
});

test('one late message is enough for a stale read at R = W = 1, and the case that shows it is data', async () => {
  const explored = await exploreScenario(atOnce, { configuration: 'one', kinds: ['order'], faults: 1 });
  expect(explored.runs).toBe(explored.plans);
  const { first } = explored;
  expect(first?.verdict).toBe('violation');
  // The write to the node that is read from, behind that read.
  expect(first?.plan).toMatchObject([{ for: '1us', fault: { kind: 'delay', between: [['d1'], ['d2']] } }]);
  if (first === undefined) return;
  const { plan, digest } = parseCase(formatCase(caseOf(first, 'at-once.ts')));
  expect((await runScenario(atOnce, { configuration: 'one', plan })).digest).toBe(digest);
  const shrunk = await shrinkCase(atOnce as unknown as Scenario, { seed: 0, configuration: 'one', plan: [...plan, { at: '3s', for: '1s', fault: { kind: 'pause', node: 'd3' } }] });
  expect(shrunk.result.plan).toHaveLength(1);
});

test('no two late messages make a stale read at R = W = 2: all of them are run', async () => {
  const { violations, runs, plans } = await exploreScenario(atOnce, { configuration: 'quorum', kinds: ['order'], faults: 2, reach: 3 });
  expect(violations).toBe(0);
  expect(runs).toBe(plans);
  expect(runs).toBeGreaterThan(100);
});

/** While a write is under way two reads, one after the other, through nodes that have it and have it not. */
const underWay = scenario({
  name: 'read-under-way',
  simulation: { topology: { sameZone: '1ms' } },
  configurations: { plain: { expect: 'violation', settings: 'none' }, settled: { expect: 'ok', settings: 'before-reply' } },
  setup: (sim, readRepair: 'none' | 'before-reply') => {
    sim.network.setLatency('d1', 'd2', '2ms');
    const dynamo = createDynamo(sim, { nodes: 3, r: 2, w: 2, sloppy: false, conflict: 'lww', antiEntropy: false, readRepair });
    return { writer: dynamo.client({ name: 'a', coordinator: 'd1' }), first: dynamo.client({ name: 'b', coordinator: 'd1' }), second: dynamo.client({ name: 'c', coordinator: 'd2' }) };
  },
  async workload(sim, { writer, first, second }) {
    await sim.sleep('1s');
    const reads = async (): Promise<void> => {
      await sim.sleep('1ms');
      await first.get('k');
      await second.get('k');
    };
    await Promise.all([writer.put('k', 'v'), reads()]);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});

test('quorum reads that do not write back: one late message shows nothing, two show that they are not linearizable; written back, none do', async () => {
  const orders = { kinds: ['order'] as const, reach: 2 };
  expect(await exploreScenario(underWay, { ...orders, configuration: 'plain', faults: 1 })).toMatchObject({ violations: 0 });
  const { violations, first } = await exploreScenario(underWay, { ...orders, configuration: 'plain', faults: 2 });
  expect(violations).toBeGreaterThan(0);
  // Both replicas get the write behind the second read.
  expect(first?.plan.map(({ fault }) => fault.kind === 'delay' && fault.between)).toEqual([[['d1'], ['d2']], [['d1'], ['d3']]]);
  const settled = await exploreScenario(underWay, { ...orders, configuration: 'settled', faults: 2 });
  expect([settled.violations, settled.runs]).toEqual([0, settled.plans]);
});

test('faults and late messages make plans together; only messages of the types asked for come late', async () => {
  const both = await exploreScenario(atOnce, { configuration: 'one', kinds: ['isolate', 'order'], faults: 2, instants: 1, length: '1us' });
  const orders = await exploreScenario(atOnce, { configuration: 'one', kinds: ['order'], faults: 2 });
  expect(both.runs).toBeGreaterThan(orders.runs + 3);
  const replies = await exploreScenario(atOnce, { configuration: 'one', kinds: ['order'], messages: ['versions', 'write-ack'] });
  expect(replies.runs).toBeLessThan(orders.runs);
  expect(replies.violations).toBe(0);
  expect(await exploreScenario(atOnce, { configuration: 'one', kinds: ['order'], faults: 2, limit: 7 })).toMatchObject({ runs: 7 });
  await expect(exploreScenario(atOnce, { messages: ['write'] })).rejects.toThrow('messages goes with kind order, and kinds are isolate, crash');
  await expect(exploreScenario(atOnce, { kinds: ['operate'], reach: 2 })).rejects.toThrow('reach goes with kind order, and kinds are operate');
  await expect(exploreScenario(atOnce, { kinds: ['crash', 'order'], operations: ['join'] })).rejects.toThrow('operations goes with kind operate, and kinds are crash, order');
  await expect(exploreScenario(atOnce, { kinds: ['order'], reach: 0 })).rejects.toThrow('reach must be a whole number from 1, got 0');
});
