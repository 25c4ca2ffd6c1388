/**
 * The proof that a register is not linearizable is short: at most five operations in 95 % of the runs that are not, in each store, under
 * faults, with written values that are all different and with values that repeat, where the proof is found by search.
 */
import { expect, test } from 'vitest';
import { createCassandra } from '../../src/cassandra/index.ts';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { createDynamo } from '../../src/dynamo/index.ts';
import { delay, nemesis, pass, sampler, type FaultPlan, type Simulation } from '../../src/index.ts';
import { createRedis } from '../../src/redis/index.ts';
import {
  cassandraClients, drawWorkload, dynamoClients, redisClients, scenario, sweepScenario, type Scenario, type Workload, type WorkloadClient,
} from '../../src/scenarios/index.ts';

interface Store {
  readonly nodes: readonly { readonly id: string }[];
}

interface Story<System extends Store> {
  readonly setup: (sim: Simulation) => System;
  readonly clients: (sim: Simulation, system: System, workload: Workload) => readonly WorkloadClient[];
  readonly kind?: 'register' | 'cas';
  readonly uniqueValues?: boolean;
  readonly plan?: FaultPlan;
}

function story<System extends Store>(name: string, { setup, clients, kind = 'register', uniqueValues = true, plan }: Story<System>): Scenario {
  return scenario({
    name, setup,
    plan: (sim, { nodes }) => plan ?? nemesis({ seed: sim.seed, nodes: nodes.map(({ id }) => id), kinds: ['isolate', 'partition', 'pause', 'delay', 'loss', 'crash'], until: '3s', every: '300ms', length: '400ms' }),
    workload: { draw: (sim) => drawWorkload({ kind, seed: sim.seed, clients: 5, operations: 120, keys: 2, thinkTime: '60ms', uniqueValues }), clients },
    check: (sim) => checkLinearizability(sim.history, { model: kind === 'cas' ? 'cas-register' : 'register' }),
  }) as unknown as Scenario;
}

const timeout = '200ms';
const oneAnswer: Story<ReturnType<typeof createDynamo>> = {
  setup: (sim) => createDynamo(sim, { nodes: 5, r: 1, w: 1, conflict: 'lww' }),
  clients: (sim, dynamo, workload) => dynamoClients(sim, dynamo, workload, { timeout }),
};
const failover: Story<ReturnType<typeof createRedis>> = {
  setup: (sim) => createRedis(sim, { replicas: 2 }),
  clients(sim, redis, workload) {
    const [, replica] = redis.nodes;
    sim.after('1s', () => { if (replica?.isUp === true) redis.promote(replica); });
    return redisClients(sim, redis, workload, { timeout });
  },
};

const stories: readonly Scenario[] = [
  story('dynamo-one-answer', oneAnswer),
  story('dynamo-one-answer-values-repeat', { ...oneAnswer, uniqueValues: false }),
  story('dynamo-sloppy-quorum', { ...oneAnswer, setup: (sim) => createDynamo(sim, { nodes: 5, r: 2, w: 2, conflict: 'lww' }) }),
  story('dynamo-quorum-slow-disks', {
    ...oneAnswer,
    plan: [],
    setup: (sim) => createDynamo(sim, { nodes: 3, r: 2, w: 2, sloppy: false, conflict: 'lww', readRepair: 'none' }),
    clients(sim, dynamo, workload) {
      const random = sim.random.fork('disks');
      const disk = sampler('LNKD-DISK-WRITE');
      sim.network.rule(({ message }) => (message.type === 'write' ? delay(disk(random)) : pass));
      return dynamoClients(sim, dynamo, workload);
    },
  }),
  story('redis-failover', failover),
  story('redis-failover-compare-and-set', { ...failover, kind: 'cas' }),
  story('cassandra-one', {
    setup: (sim) => createCassandra(sim, { nodes: 3 }),
    clients: (sim, cassandra, workload) => cassandraClients(sim, cassandra, workload, { consistency: 'ONE' }),
  }),
];

test.each(stories.map((one) => [one.name, one] as const))('%s: at most five operations prove it, in nineteen runs of twenty', async (_, one) => {
  const sizes: number[] = [];
  await sweepScenario(one, {
    from: 1, count: 100,
    onSeed: (_seed, { verdicts }) => { for (const { verdict, witness } of verdicts) if (verdict === 'violation') sizes.push(witness.length); },
  });
  expect(sizes.length).toBeGreaterThan(10);
  expect(sizes.filter((size) => size <= 5).length / sizes.length).toBeGreaterThanOrEqual(0.95);
});
