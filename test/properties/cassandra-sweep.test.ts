/**
 * Sweeps with random faults. Acknowledged QUORUM writes must survive any faults of the stated budget, on clusters of three to six
 * nodes; registers changed by lightweight transactions must be linearizable whatever happens. Each sweep is shown to find a fault that
 * is planted.
 */
import { describe, expect, it } from 'vitest';
import { createCassandra, type CassandraClient, type CassandraOptions } from '../../src/cassandra/index.ts';
import { checkLinearizability } from '../../src/checkers/index.ts';
import { drop, pass } from '../../src/kernel/network.ts';
import type { Random } from '../../src/kernel/random.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

/** One trouble after the other, each over before the next, on any node: what RF 3 at QUORUM has to bear. */
function troubleOneByOne(sim: Simulation, random: Random, nodes: readonly string[], until: number): void {
  let at = 500;
  while (at < until) {
    const node = random.pick(nodes);
    const length = random.between(200, 6000);
    const faults = sim.faults.at(`${at}ms`);
    const others = nodes.filter((other) => other !== node);
    switch (random.below(7)) {
      case 0: faults.crash(node).for(`${length}ms`); break;
      case 1: faults.crash(node, { how: 'process' }).for(`${length}ms`); break;
      case 2: faults.isolate(node).for(`${length}ms`); break;
      case 3: faults.pause(node).for(`${length}ms`); break;
      case 4: faults.oneWay(node, others).for(`${length}ms`); break;
      case 5: faults.loss({ probability: 0.3 }).for(`${length}ms`); break;
      default: faults.diskFault(node, 'slow', '200ms').for(`${length}ms`);
    }
    at += length + random.between(100, 3000);
  }
}

interface Sweep {
  readonly options?: CassandraOptions;
  /** A fault in the product: the coordinator takes one replica's word for a quorum's. */
  readonly planted?: boolean;
}

/** Writers with keys of their own. @returns keys whose acknowledged value a QUORUM read does not show, during the run or after it */
async function lostWrites(seed: number, { options = {}, planted = false }: Sweep): Promise<readonly string[]> {
  const sim = new Simulation({ seed, trace: 'digest' });
  const random = sim.random.fork('test');
  const nodes = random.between(3, 6);
  const cassandra = createCassandra(sim, { nodes, commitlogSync: 'batch', requestTimeout: '5s', ...options });
  cassandra.schema("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; CREATE TABLE ks.t (k text PRIMARY KEY, v int);");
  troubleOneByOne(sim, random.fork('faults'), cassandra.nodes.map(({ id }) => id), 25_000);
  const level = planted ? 'ONE' : 'QUORUM';
  const lost: string[] = [];
  await sim.run(async () => {
    await Promise.all(['a', 'b', 'c'].map(async (name) => {
      const client = cassandra.client({ name, keyspace: 'ks', consistency: 'QUORUM' });
      const own = random.fork(name);
      const acknowledged = new Map<string, number>();
      const check = async (k: string): Promise<void> => {
        const before = acknowledged.get(k) ?? 0;
        const seen = await client.execute('SELECT v FROM t WHERE k = ?', [k]).then((result) => Number(result.first()?.['v'] ?? 0), () => Infinity);
        if (seen < before) lost.push(`${k}: ${seen} after ${before} at ${sim.now}`);
      };
      for (let v = 1; v <= 40; v++) {
        const k = `${name}${own.below(3)}`;
        await client.execute('INSERT INTO t (k, v) VALUES (?, ?)', [k, v], { consistency: level }).then(() => acknowledged.set(k, v), () => undefined);
        if (own.chance(0.5)) await check(k);
        await sim.sleep(`${own.between(10, 900)}ms`);
      }
      await sim.sleep('60s');
      for (const k of acknowledged.keys()) await check(k);
    }));
  });
  return lost;
}

describe('acknowledged QUORUM writes under one trouble at a time', () => {
  it('are all there, on three to six nodes, over a hundred seeds', async () => {
    for (let seed = 0; seed < 100; seed++) expect([seed, await lostWrites(seed, {})]).toEqual([seed, []]);
  }, 60_000);

  it('would be found missing if a coordinator took one answer for a quorum', async () => {
    let found = 0;
    for (let seed = 0; seed < 15; seed++) if ((await lostWrites(seed, { planted: true })).length > 0) found++;
    expect(found).toBeGreaterThan(3);
  }, 60_000);
});

/** Faults of all kinds, any number at a time, clocks included. */
function anyTrouble(sim: Simulation, random: Random, nodes: readonly string[]): void {
  for (let i = 0; i < 7; i++) {
    const node = random.pick(nodes);
    const faults = sim.faults.at(`${random.between(0, 12_000)}ms`);
    const length = `${random.between(100, 5000)}ms`;
    switch (random.below(7)) {
      case 0: faults.crash(node).for(length); break;
      case 1: faults.isolate(node).for(length); break;
      case 2: faults.pause(node).for(length); break;
      case 3: faults.oneWay(node, nodes.filter((other) => other !== node)).for(length); break;
      case 4: faults.loss({ probability: 0.2 }).for(length); break;
      // Between servers: a client's request that came twice would be two requests, which no connection does.
      case 5: faults.duplicate({ probability: 0.5, between: [[node], nodes.filter((other) => other !== node)] }).for(length); break;
      default: faults.clockSkew(node, `${random.between(-4000, 4000)}ms`).for(length);
    }
  }
}

/** Registers changed by transactions and read at SERIAL. @param plant - what is made worse than the product */
async function transactions(seed: number, options: CassandraOptions, plant: 'nothing' | 'no-commits' | 'plain-reads'): Promise<Simulation> {
  const sim = new Simulation({ seed });
  const cassandra = createCassandra(sim, { nodes: 3, commitlogSync: 'batch', requestTimeout: '6s', ...options });
  cassandra.schema("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; CREATE TABLE ks.t (k text PRIMARY KEY, v int);");
  const random = sim.random.fork('test');
  const nodes = cassandra.nodes.map(({ id }) => id as string);
  anyTrouble(sim, random.fork('faults'), nodes);
  if (plant === 'no-commits') {
    // What was decided is told to nobody, or only as a write to some: the next round must find it among what was accepted.
    sim.network.rule(({ message }) => (message.type === 'PAXOS_COMMIT_REQ' || (message.type === 'MUTATION_REQ' && random.chance(0.5)) ? drop : pass));
  }
  let value = 0;
  await sim.run(async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => {
      const client: CassandraClient = cassandra.client({ name, keyspace: 'ks', consistency: 'QUORUM' });
      const own = random.fork(name);
      let seen: number | null = null;
      const k = own.pick(['x', 'y']);
      const read = plant === 'plain-reads' ? 'ONE' : 'SERIAL';
      for (let i = 0; i < 14; i++) {
        if (own.chance(0.4)) {
          await client.execute('SELECT v FROM t WHERE k = ?', [k], { consistency: read }).then((result) => {
            seen = (result.first()?.['v'] ?? null) as number | null;
          }, () => undefined);
        } else {
          const to = ++value;
          const done = await client.execute('UPDATE t SET v = ? WHERE k = ? IF v = ?', [to, k, seen]).catch(() => undefined);
          if (done?.wasApplied() === true) seen = to;
          else if (done !== undefined) seen = (done.first()?.['v'] ?? null) as number | null;
        }
        await sim.sleep(`${own.between(1, 1200)}ms`);
      }
    }));
  });
  return sim;
}

async function violations(seeds: number, options: CassandraOptions, plant: Parameters<typeof transactions>[2]): Promise<{ readonly bad: readonly number[]; readonly applied: number }> {
  const bad: number[] = [];
  let applied = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const { history } = await transactions(seed, options, plant);
    applied += history.entries.filter(({ f, type, value }) => f === 'cas' && type === 'ok' && value === true).length;
    if (checkLinearizability(history.entries).verdict !== 'ok') bad.push(seed);
  }
  return { bad, applied };
}

describe.each(['v1', 'v2'] as const)('registers changed by lightweight transactions, Paxos %s', (paxosVariant) => {
  it('are linearizable under any faults, clocks included, over 120 seeds', async () => {
    const { bad, applied } = await violations(120, { paxosVariant }, 'nothing');
    expect(bad).toEqual([]);
    expect(applied).toBeGreaterThan(120 * 5);
  }, 60_000);

  it('stay so when no commit arrives: the next round finishes what a majority accepted', async () => {
    expect((await violations(25, { paxosVariant }, 'no-commits')).bad).toEqual([]);
  }, 60_000);
});

describe('the check of transactions', () => {
  it('finds it when they are read at ONE', async () => {
    expect((await violations(25, {}, 'plain-reads')).bad.length).toBeGreaterThan(5);
  }, 60_000);
});
