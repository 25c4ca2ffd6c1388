/**
 * Operators' changes as faults: what each store offers, planned as data.
 */
import { expect, test } from 'vitest';
import { createCassandra } from '../../src/cassandra/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { describePlan, readPlan, Simulation, type FaultPlan } from '../../src/index.ts';
import { createRedis } from '../../src/redis/index.ts';

const operate = (operation: string, node: string, at = '1s'): FaultPlan => [{ at, fault: { kind: 'operate', operation, node } }];

test('a failover of Redis makes the replica named the primary, and changes nothing when it is one already or is down', async () => {
  const sim = new Simulation({ seed: 1 });
  const redis = createRedis(sim, { replicas: 2 });
  sim.faults.add([...operate('failover', 'redis-2'), ...operate('failover', 'redis-2', '2s'), { at: '3s', for: '2s', fault: { kind: 'crash', node: 'redis-3' } }, ...operate('failover', 'redis-3', '4s')]);
  await sim.run(() => sim.sleep('8s'));
  expect(redis.primary.id).toBe('redis-2');
  expect(redis.nodes.map(({ id }) => redis.server(id)?.primary)).toEqual(['redis-2', undefined, 'redis-2']);
});

test('machines join, leave and are struck out of a Dynamo ring, without a promise', () => {
  const sim = new Simulation({ seed: 1 });
  const dynamo = createDynamo(sim, { nodes: 4 });
  sim.faults.add([...operate('join', 'd1'), ...operate('leave', 'd2', '5s'), { at: '20s', fault: { kind: 'crash', node: 'd3' } }, ...operate('remove', 'd3', '25s')]);
  const members: (readonly string[])[] = [];
  sim.runSync<void>((_, done) => {
    for (const at of ['4s', '19s', '60s']) sim.after(at, () => members.push(dynamo.members('d1')));
    sim.after('61s', () => { done(); });
  });
  expect(members).toEqual([['d1', 'd2', 'd3', 'd4', 'd5'], ['d1', 'd3', 'd4', 'd5'], ['d1', 'd4', 'd5']]);
});

test('machines join a Cassandra ring, leave it, and take the place of one that is down', async () => {
  const sim = new Simulation({ seed: 1 });
  const cassandra = createCassandra(sim, { nodes: 3 });
  sim.faults.add([...operate('join', 'n1'), ...operate('decommission', 'n2', '3m'), { at: '6m', fault: { kind: 'crash', node: 'n3' } }, ...operate('replace', 'n3', '8m'), ...operate('replace', 'n1', '9m')]);
  await sim.run(() => sim.sleep('15m'));
  expect(cassandra.nodes.map(({ id }) => `${id} ${cassandra.node('n1').memberStatus(id) ?? 'gone'}`)).toEqual(['n1 NORMAL', 'n2 LEFT', 'n3 gone', 'n4 NORMAL', 'n5 NORMAL']);
});

test('an operation that the node does not offer is refused as the plan is added, with those there are', () => {
  const sim = new Simulation();
  createRedis(sim);
  createDynamo(sim);
  sim.addNode('plain', () => ({ onMessage: () => undefined }));
  expect(() => sim.faults.add(operate('decommission', 'd1'))).toThrow("fault plan: d1 offers no operation 'decommission'; it offers join, leave, remove");
  expect(() => sim.faults.add(operate('failover', 'plain'))).toThrow('it offers none');
  expect(() => readPlan([{ at: 0, for: '1s', fault: { kind: 'operate', operation: 'join', node: 'd1' } }])).toThrow("'for' makes no sense");
  expect(describePlan(operate('join', 'd1'))).toEqual(['at 1s: operator: join d1']);
  expect(sim.faults.at('1s').operate('leave', 'd2').planned).toEqual({ at: '1s', fault: { kind: 'operate', operation: 'leave', node: 'd2' } });
});
