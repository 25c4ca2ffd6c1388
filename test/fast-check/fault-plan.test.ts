import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLinearizability, checkTransactions } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { faultPlan, topology, workload } from '../../src/fast-check/index.ts';
import { duration, FAULT_KINDS, readPlan, Simulation, type FaultPlan } from '../../src/index.ts';
import { createRedis } from '../../src/redis/index.ts';
import { beginWorkload, countOperations, drawWorkload, dynamoClients, readWorkload, redisClients, runWorkload, type Workload } from '../../src/scenarios/index.ts';

const nodes = ['d1', 'd2', 'd3'];

test('plans are plans, over by the time that was asked for; workloads are workloads, with values that are all different', () => {
  fc.assert(fc.property(faultPlan({ nodes, until: '2s' }), workload(), (plan, work) => {
    expect(readPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    for (const { at, for: length = 0 } of plan) expect(duration(at) + duration(length)).toBeLessThanOrEqual(2_000_000);
    expect(readWorkload(JSON.parse(JSON.stringify(work)))).toEqual(work);
    const values = work.clients.flatMap(({ operations }) => operations.flatMap(({ value }) => (value === undefined ? [] : [value])));
    expect(new Set(values).size).toBe(values.length);
  }));
  expect(() => faultPlan({ nodes: [] })).toThrow('a fault plan needs nodes');
});

test('every kind of fault is generated, an operator\'s doings too where the store offers some, and a system takes them as they are', () => {
  const seen = new Set<string>();
  const everything = faultPlan({ nodes, kinds: FAULT_KINDS, operations: ['join', 'leave'], until: '500ms', maxFaults: 8 });
  fc.assert(fc.property(everything, (plan) => {
    const sim = new Simulation({ trace: 'digest' });
    createDynamo(sim, { nodes: 3 });
    sim.faults.add(plan);
    sim.drain('1s');
    for (const { fault } of plan) seen.add(fault.kind === 'operate' ? `operate ${fault.operation}` : fault.kind);
  }), { seed: 5, numRuns: 150 });
  expect([...seen].sort()).toEqual([...FAULT_KINDS.filter((kind) => kind !== 'operate'), 'operate join', 'operate leave'].sort());
  const usual = fc.sample(faultPlan({ nodes, maxFaults: 10 }), { seed: 5, numRuns: 300 }).flat().map(({ fault }) => fault.kind);
  expect(new Set(usual)).toEqual(new Set(FAULT_KINDS.filter((kind) => !['wipe', 'disk-lost', 'disk-corrupt', 'hold', 'operate'].includes(kind))));
  expect(new Set(fc.sample(faultPlan({ nodes, operations: ['join'] }), { seed: 5, numRuns: 300 }).flat().map(({ fault }) => fault.kind))).toContain('operate');
  expect(new Set(fc.sample(faultPlan({ nodes: ['alone'] }), { seed: 5, numRuns: 300 }).flat().map(({ fault }) => fault.kind))).not.toContain('cut');
  expect(() => faultPlan({ nodes, kinds: ['operate'] })).toThrow("the kind 'operate' needs operations");
  expect(() => faultPlan({ nodes, kinds: ['flood' as never] })).toThrow("cannot generate the fault 'flood'");
});

test('a topology names a place for each node', () => {
  fc.assert(fc.property(topology({ minNodes: 2, maxNodes: 4 }), ({ nodes: count, placements }) => {
    expect(placements).toHaveLength(count);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(4);
  }));
});

test('a property that a store does not keep is found and shrunk to a few operations', () => {
  const holds = fc.property(faultPlan({ nodes, kinds: ['isolate', 'delay'], until: '300ms' }), workload({ keys: 1 }), (plan, work) => {
    const sim = new Simulation({ seed: 1, trace: 'digest' });
    const dynamo = createDynamo(sim, { nodes: 3, r: 1, w: 1, conflict: 'lww' });
    sim.faults.add(plan);
    const clients = dynamoClients(sim, dynamo, work);
    sim.runSync<void>((_, done) => { beginWorkload(sim, clients, work, done); });
    return checkLinearizability(sim.history, { model: 'register' }).verdict !== 'violation';
  });
  const { failed, counterexample } = fc.check(holds, { seed: 7, numRuns: 300 });
  expect(failed).toBe(true);
  expect(countOperations(counterexample?.[1] ?? { kind: 'register', clients: [] })).toBeLessThanOrEqual(6);
});

test('workloads are of any kind, within what was asked for', () => {
  for (const kind of ['list-append', 'lock', 'hash', 'siblings'] as const) {
    const sizes = new Set<number>();
    fc.assert(fc.property(workload({ kind, maxClients: 3, maxOperations: 4, keys: 2, maxWait: 5, transactions: { steps: 2 } }), (work) => {
      expect(readWorkload(JSON.parse(JSON.stringify(work)))).toEqual(work);
      expect([work.kind, work.clients.length >= 1 && work.clients.length <= 3]).toEqual([kind, true]);
      for (const { operations } of work.clients) {
        sizes.add(operations.length);
        for (const { wait = 0, value } of operations) expect([wait <= 5, kind !== 'list-append' || (value as readonly unknown[]).length <= 2]).toEqual([true, true]);
      }
    }), { numRuns: 60 });
    expect([...sizes].sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  }
  expect(() => workload({ maxClients: 0 })).toThrow('maxClients must be a whole number from 1, got 0');
  expect(() => workload({ kind: 'hash', mix: { enqueue: 1 } })).toThrow("the mix of a hash has hgetall, hget, hdel, hsetnx, hset, got 'enqueue'");
});

test('transactions that are not isolated are found, and shrunk to a few steps', async () => {
  const holds = fc.asyncProperty(workload({ kind: 'list-append', keys: 2 }), async (work) => {
    const sim = new Simulation({ seed: 1, trace: 'digest' });
    const clients = redisClients(sim, createRedis(sim), work, { isolated: false });
    await sim.run(() => runWorkload(sim, clients, work));
    return checkTransactions(sim.history).verdict !== 'violation';
  });
  const { failed, counterexample } = await fc.check(holds, { seed: 7, numRuns: 100 });
  expect(failed).toBe(true);
  const least = counterexample?.[0].clients.flatMap(({ operations }) => operations) ?? [];
  expect(least.length).toBeLessThanOrEqual(3);
  expect(least.flatMap(({ value }) => value as readonly unknown[]).length).toBeLessThanOrEqual(5);
});

/** The smallest plan and workload that a property does not keep, from ones given as an example. */
function shrunk(plan: FaultPlan, work: Workload, holds: (plan: FaultPlan, work: Workload) => boolean): readonly [FaultPlan, Workload] {
  const property = fc.property(faultPlan({ nodes }), workload(), holds);
  const { failed, counterexample } = fc.check<[FaultPlan, Workload]>(property, { examples: [[plan, work]], numRuns: 1 });
  expect(failed).toBe(true);
  return [counterexample?.[0] ?? plan, counterexample?.[1] ?? work];
}

test('a plan and a workload given as an example shrink as those do that were generated', () => {
  const plan: FaultPlan = [
    { at: '1.2345s', for: '3.217s', fault: { kind: 'pause', node: 'd1' } },
    { at: '2.7183s', for: '800ms', fault: { kind: 'isolate', node: 'd2' } },
    { at: 40, fault: { kind: 'clock-jump', node: 'd3', by: '1s' } },
  ];
  const work = drawWorkload({ kind: 'register', seed: 3, clients: 4, operations: 60, keys: 4 });
  const [least, few] = shrunk(plan, work, (some, one) => !(
    some.some(({ fault }) => fault.kind === 'isolate') && one.clients.some(({ operations }) => operations.filter(({ key }) => key === 'k2').length > 1)
  ));
  expect(least).toEqual([{ at: '3s', for: '1ms', fault: { kind: 'isolate', node: 'd2' } }]);
  expect(few.clients).toHaveLength(1);
  expect(few.clients[0]?.operations.map(({ key, wait }) => [key, wait])).toEqual([['k2', undefined], ['k2', undefined]]);
});

test('a topology given as an example shrinks to few nodes in one place', () => {
  const given = { nodes: 6, placements: [3, 1, 2, 2, 3, 1].map((zone) => ({ region: 'region-1', zone: `zone-${zone}` })) };
  const { counterexample } = fc.check(fc.property(topology(), ({ placements }) => new Set(placements.map(({ zone }) => zone)).size < 2), { examples: [[given]], numRuns: 1 });
  const [smallest] = counterexample ?? [given];
  expect(smallest.nodes).toBe(3);
  expect([...new Set(smallest.placements.map(({ zone }) => zone))].sort()).toEqual(['zone-1', 'zone-2']);
});
