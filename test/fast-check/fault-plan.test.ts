import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { faultPlan, topology, workload } from '../../src/fast-check/index.ts';
import { duration, readPlan, Simulation } from '../../src/index.ts';
import { beginWorkload, countOperations, dynamoClients, readWorkload } from '../../src/scenarios/index.ts';

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
