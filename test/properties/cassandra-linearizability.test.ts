/**
 * When Cassandra's registers are linearizable and when not, by the checker. QUORUM writes stamped by clocks that agree, and
 * QUORUM reads that repair before they answer, are the algorithm of Attiya, Bar-Noy and Dolev (1995) with time for versions:
 * linearizable under any crashes, partitions and pauses. Take one part away and it breaks.
 */
import { describe, expect, it } from 'vitest';
import { createCassandra, type CassandraClient, type CassandraOptions, type ConsistencyLevel, type ReadRepair } from '../../src/cassandra/index.ts';
import { checkLinearizability, checkSessionGuarantees } from '../../src/checkers/index.ts';
import type { Random } from '../../src/kernel/random.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

interface Setting {
  readonly consistency?: ConsistencyLevel;
  readonly readRepair?: ReadRepair;
  readonly skew?: string;
  readonly options?: CassandraOptions;
}

const NODES = ['n1', 'n2', 'n3'];

/** Faults of every kind that a majority system must bear, any number at a time. */
function trouble(sim: Simulation, random: Random): void {
  for (let i = 0; i < 6; i++) {
    const node = random.pick(NODES);
    const faults = sim.faults.at(`${random.between(0, 20_000)}ms`);
    const length = `${random.between(100, 6000)}ms`;
    switch (random.below(5)) {
      case 0: faults.crash(node).for(length); break;
      case 1: faults.isolate(node).for(length); break;
      case 2: faults.pause(node).for(length); break;
      case 3: faults.oneWay(node, NODES.filter((other) => other !== node)).for(length); break;
      default: faults.loss({ probability: 0.2 }).for(length);
    }
  }
}

async function run(seed: number, { consistency = 'QUORUM', readRepair = 'BLOCKING', skew, options = {} }: Setting): Promise<Simulation> {
  const sim = new Simulation({ seed });
  const cassandra = createCassandra(sim, { commitlogSync: 'batch', requestTimeout: '6s', ...options });
  const table = cassandra.createTable({ name: 'registers', partitionKey: ['k'], columns: { k: 'text', v: 'int' }, readRepair });
  const random = sim.random.fork('test');
  const clients = ['a', 'b', 'c', 'd'].map((name) => cassandra.client({ name, consistency }));
  if (skew !== undefined) sim.faults.clockSkew('a', skew);
  trouble(sim, random.fork('faults'));
  let value = 0;
  await sim.run(async () => {
    await Promise.all(clients.map(async (client: CassandraClient) => {
      const own = random.fork(client.id);
      for (let i = 0; i < 40; i++) {
        const k = own.pick(['x', 'y']);
        const request: Promise<unknown> = own.chance(0.4) ? client.insert(table, { k, v: ++value }) : client.select(table, { partition: k });
        await request.catch(() => undefined);
        await sim.sleep(`${own.between(1, 800)}ms`);
      }
    }));
  });
  return sim;
}

/** In how many of so many seeds the histories are not linearizable, and in how many a session guarantee is broken. */
async function violations(seeds: number, setting: Setting): Promise<{ linearizability: number; sessions: number }> {
  let [linearizability, sessions] = [0, 0];
  for (let seed = 0; seed < seeds; seed++) {
    const { history } = await run(seed, setting);
    if (checkLinearizability(history.entries).verdict !== 'ok') linearizability++;
    if (checkSessionGuarantees(history.entries).verdict !== 'ok') sessions++;
  }
  return { linearizability, sessions };
}

describe('a register at QUORUM', () => {
  it('is linearizable with clocks that agree and blocking read repair, whatever crashes, stands still or is cut off', async () => {
    expect(await violations(60, {})).toEqual({ linearizability: 0, sessions: 0 });
  }, 60_000);

  it('is not with a client whose clock is two seconds ahead', async () => {
    const found = await violations(10, { skew: '2s' });
    expect(found.linearizability).toBeGreaterThan(5);
  }, 60_000);

  it('is not without read repair: a write that failed comes and goes', async () => {
    const found = await violations(60, { readRepair: 'NONE', options: { hintedHandoffEnabled: false } });
    expect(found.linearizability).toBeGreaterThan(0);
  }, 60_000);

  it('is not at ONE, where clients do not even see their own past', async () => {
    const found = await violations(10, { consistency: 'ONE' });
    expect(found.linearizability).toBeGreaterThan(5);
    expect(found.sessions).toBeGreaterThan(2);
  }, 60_000);
});
