/**
 * The Cassandra rows of the catalogue of anomalies, each as a pair: the configuration that shows it and the one that does not.
 */
import { describe, expect, it } from 'vitest';
import {
  createCassandra, type Cassandra, type CassandraClient, type CassandraOptions, type ConsistencyLevel, type SelectResult, type Table, type TableDefinition,
} from '../../src/cassandra/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

interface Story {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly table: Table;
  readonly client: (name: string, coordinator?: string, consistency?: ConsistencyLevel) => CassandraClient;
}

function begin(options: CassandraOptions = {}, definition: Partial<TableDefinition> = {}, seed = 1): Story {
  const sim = new Simulation({ seed });
  const cassandra = createCassandra(sim, options);
  const table = cassandra.createTable({ name: 'registers', partitionKey: ['k'], columns: { k: 'text', v: 'int' }, ...definition });
  return {
    sim, cassandra, table,
    client: (name, coordinator, consistency = 'QUORUM') => cassandra.client({ name, consistency, ...(coordinator === undefined ? {} : { coordinator }) }),
  };
}

const valueOf = (result: SelectResult): unknown => result.first?.['v'] ?? null;
const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'ok', (error: { code: string }) => error.code);

describe('C1: last write wins under clock skew', () => {
  const run = async (skew: string): Promise<unknown> => {
    const { sim, table, client } = begin();
    return sim.run(async () => {
      const [ahead, right] = [client('ahead', 'n1'), client('right', 'n2')];
      sim.faults.clockSkew('ahead', skew);
      await ahead.insert(table, { k: 'x', v: 1 });
      await sim.sleep('5s');
      await right.insert(table, { k: 'x', v: 2 });
      return valueOf(await right.select(table, { partition: 'x' }, { consistency: 'ALL' }));
    });
  };

  it('hides a later acknowledged write for as long as the first clock was ahead', async () => {
    expect(await run('10s')).toBe(1);
  });

  it('does not when the clocks agree to within the time between the writes', async () => {
    expect(await run('4s')).toBe(2);
  });

  it('hides an insert behind a delete from the future (C2)', async () => {
    const { sim, table, client } = begin();
    await sim.run(async () => {
      const [ahead, right] = [client('ahead'), client('right')];
      using skew = sim.faults.clockSkew('ahead', '60s');
      await ahead.delete(table, { partition: 'x' });
      skew.heal();
      await right.insert(table, { k: 'x', v: 1 });
      expect(valueOf(await right.select(table, { partition: 'x' }))).toBeNull();
      await sim.sleep('61s');
      await right.insert(table, { k: 'x', v: 2 });
      expect(valueOf(await right.select(table, { partition: 'x' }))).toBe(2);
    });
  });

  it('takes the coordinator\'s clock when told to', async () => {
    const { sim, table, client } = begin({ timestamps: 'coordinator' });
    await sim.run(async () => {
      const [first, second] = [client('first', 'n1'), client('second', 'n2')];
      sim.faults.clockSkew('first', '10s');
      await first.insert(table, { k: 'x', v: 1 });
      await second.insert(table, { k: 'x', v: 2 });
      expect(valueOf(await second.select(table, { partition: 'x' }))).toBe(2);
      sim.faults.clockSkew('n1', '10s');
      await first.insert(table, { k: 'x', v: 3 });
      await second.insert(table, { k: 'x', v: 4 });
      expect(valueOf(await second.select(table, { partition: 'x' }))).toBe(3);
    });
  });
});

describe('C3: two writes with one timestamp', () => {
  it('mix a row that nobody wrote, cell by cell', async () => {
    const { sim, cassandra, client } = begin();
    const pairs = cassandra.createTable({ name: 'pairs', partitionKey: ['k'], columns: { k: 'text', a: 'int', b: 'int' } });
    await sim.run(async () => {
      const writer = client('writer');
      await writer.insert(pairs, { k: 'x', a: 1, b: -1 }, { timestamp: 7 });
      await writer.insert(pairs, { k: 'x', a: 4, b: -4 }, { timestamp: 7 });
      expect((await writer.select(pairs, { partition: 'x' })).first).toEqual({ k: 'x', a: 4, b: -1 });
    });
  });
});

describe('C4: a read at ONE of a replica that the write at ONE has not reached', () => {
  const run = async (level: ConsistencyLevel): Promise<unknown> => {
    const { sim, table, client } = begin();
    return sim.run(async () => {
      const [writer, reader] = [client('writer', 'n1', level), client('reader', 'n3', level)];
      await writer.insert(table, { k: 'x', v: 1 }, { consistency: 'ALL' });
      sim.faults.delay({ by: '50ms', between: ['n1', 'n3'] });
      await writer.insert(table, { k: 'x', v: 2 });
      return valueOf(await reader.select(table, { partition: 'x' }));
    });
  };

  it('is stale', async () => {
    expect(await run('ONE')).toBe(1);
  });

  it('is fresh when both are QUORUM', async () => {
    expect(await run('QUORUM')).toBe(2);
  });
});

describe('C5 and C6: a write that failed and shows up', () => {
  /** Writes 1 everywhere, then 2 at QUORUM with only n1 in reach; reads by n2 first, while it cannot see n1, then by n1. */
  const run = async (readRepair: 'BLOCKING' | 'NONE'): Promise<readonly unknown[]> => {
    const { sim, table, client } = begin({ hintedHandoffEnabled: false }, { readRepair });
    return sim.run(async () => {
      const writer = client('writer', 'n1');
      const [near, far] = [client('near', 'n1'), client('far', 'n2')];
      await writer.insert(table, { k: 'x', v: 1 }, { consistency: 'ALL' });
      const cut = sim.faults.partition(['n1'], ['n2', 'n3']);
      const outcome = await codeOf(writer.insert(table, { k: 'x', v: 2 }));
      // By now n2 knows that n1 is out of reach, and asks n3.
      await sim.sleep('60s');
      const first = valueOf(await far.select(table, { partition: 'x' }));
      cut.heal();
      await sim.sleep('60s');
      // n1 asks itself and one more: it sees the value that "failed".
      const second = valueOf(await near.select(table, { partition: 'x' }));
      sim.faults.partition(['n1'], ['n2', 'n3']);
      await sim.sleep('60s');
      return [outcome, first, second, valueOf(await far.select(table, { partition: 'x' }))];
    });
  };

  it('is old, new, and then old again with read repair NONE', async () => {
    expect(await run('NONE')).toEqual(['WRITE_TIMEOUT', 1, 2, 1]);
  });

  it('stays new once it was read with read repair BLOCKING', async () => {
    expect(await run('BLOCKING')).toEqual(['WRITE_TIMEOUT', 1, 2, 2]);
  });
});

describe('C7: the hint window', () => {
  const run = async (down: string): Promise<readonly unknown[]> => {
    const { sim, cassandra, table, client } = begin({ gossipInterval: '10s', requestTimeout: '1s' });
    return sim.run(async () => {
      const writer = client('writer', 'n1');
      const crash = sim.faults.crash('n3');
      while (cassandra.node('n1').considersAlive('n3')) await sim.sleep('1s');
      await writer.insert(table, { k: 'early', v: 1 });
      await sim.sleep(down);
      await writer.insert(table, { k: 'late', v: 1 });
      crash.heal();
      await sim.sleep('5m');
      return ['early', 'late'].map((k) => cassandra.node('n3').peek(table, k).length);
    });
  };

  it('heals a node that was away for 2 h 59 min', async () => {
    expect(await run('179m')).toEqual([1, 1]);
  });

  it('leaves out what was written after 3 h 1 min, until a repair', async () => {
    expect(await run('181m')).toEqual([1, 0]);
  });

  it('does not wait for a hint: a read at QUORUM sees the value all the same, and repairs', async () => {
    const { sim, cassandra, table, client } = begin();
    await sim.run(async () => {
      const crash = sim.faults.crash('n3');
      await client('writer', 'n1').insert(table, { k: 'x', v: 1 });
      crash.heal();
      await sim.sleep('1s');
      expect(cassandra.node('n3').peek(table, 'x')).toEqual([]);
      expect(valueOf(await client('reader', 'n3').select(table, { partition: 'x' }))).toBe(1);
      expect(cassandra.node('n3').peek(table, 'x')).toEqual([{ k: 'x', v: 1 }]);
    });
  });
});

describe('C8: a write at ANY', () => {
  const run = async (coordinatorSurvives: boolean): Promise<readonly unknown[]> => {
    const { sim, cassandra, table, client } = begin({ nodes: 4 }, { replication: { class: 'SimpleStrategy', replicationFactor: 1 } });
    return sim.run(async () => {
      const [owner = ''] = cassandra.getEndpoints(table, 'x');
      const coordinator = cassandra.nodes.find(({ id }) => id !== owner)?.id ?? '';
      const writer = client('writer', coordinator);
      const down = sim.faults.crash(owner);
      await sim.sleep('60s');
      const outcomes = [
        await codeOf(writer.insert(table, { k: 'x', v: 1 }, { consistency: 'ONE' })),
        await codeOf(writer.insert(table, { k: 'x', v: 1 }, { consistency: 'ANY' })),
      ];
      if (!coordinatorSurvives) sim.faults.wipe(coordinator).for('1s');
      await sim.sleep('5s');
      down.heal();
      await sim.sleep('60s');
      return [...outcomes, valueOf(await writer.select(table, { partition: 'x' }, { consistency: 'ONE' }))];
    });
  };

  it('is acknowledged by a hint alone, and lost with the coordinator; ONE refuses it', async () => {
    expect(await run(false)).toEqual(['UNAVAILABLE', 'ok', null]);
  });

  it('arrives when the coordinator lives to deliver the hint', async () => {
    expect(await run(true)).toEqual(['UNAVAILABLE', 'ok', 1]);
  });
});

describe('C9: zombie rows', () => {
  /** Deletes a row while n3 is away longer than the hint window; the others purge the tombstone unless `gcGraceSeconds` forbids. */
  const run = async (gcGraceSeconds: number, repairInTime: boolean): Promise<readonly unknown[]> => {
    const { sim, cassandra, table, client } = begin({ gossipInterval: '60s', maxHintWindow: '3h' }, { gcGraceSeconds });
    return sim.run(async () => {
      const writer = client('writer', 'n1');
      await writer.insert(table, { k: 'x', v: 1 }, { consistency: 'ALL' });
      // The commit log is synced every ten seconds: before that, n3 would forget the row as it crashes.
      await sim.sleep('1m');
      const crash = sim.faults.crash('n3');
      await sim.sleep('4h');
      await writer.delete(table, { partition: 'x' });
      const before = valueOf(await writer.select(table, { partition: 'x' }));
      if (repairInTime) {
        crash.heal();
        await sim.sleep('10m');
        await writer.select(table, { partition: 'x' }, { consistency: 'ALL' });
      }
      await sim.sleep('11d');
      crash.heal();
      for (const name of ['n1', 'n2']) cassandra.node(name).compact();
      await sim.sleep('10m');
      const after = valueOf(await client('reader', 'n3').select(table, { partition: 'x' }));
      const copies = cassandra.nodes.map((node) => node.peek(table, 'x').length);
      return [before, after, copies];
    });
  };

  it('come back when a replica missed the delete for longer than gc_grace_seconds, and read repair spreads them', async () => {
    const [before, after, copies] = await run(864_000, false);
    expect([before, after]).toEqual([null, 1]);
    expect((copies as number[]).filter((count) => count > 0).length).toBeGreaterThan(1);
  });

  it('stay dead when the tombstone is still there', async () => {
    expect((await run(2_000_000, false)).slice(0, 2)).toEqual([null, null]);
  });

  it('stay dead when the replica was repaired before', async () => {
    expect(await run(864_000, true)).toEqual([null, null, [0, 0, 0]]);
  });
});

describe('a datacentre that is cut off', () => {
  const run = (consistency: ConsistencyLevel, after: string): Promise<readonly string[]> => {
    const { sim, cassandra, table } = begin({ datacenters: { dc1: 3, dc2: 3 } });
    return sim.run(async () => {
      const clients = ['dc1', 'dc2'].map((datacenter) => cassandra.client({ name: `in-${datacenter}`, datacenter, consistency }));
      sim.faults.partition(['n1', 'n2', 'n3', 'in-dc1'], ['n4', 'n5', 'n6', 'in-dc2']);
      await sim.sleep(after);
      return Promise.all(clients.map((client, i) => codeOf(client.insert(table, { k: 'x', v: i }))));
    });
  };

  it('goes on at LOCAL_QUORUM on both sides', async () => {
    expect(await run('LOCAL_QUORUM', '0s')).toEqual(['ok', 'ok']);
    expect(await run('LOCAL_QUORUM', '60s')).toEqual(['ok', 'ok']);
  });

  it('stops at EACH_QUORUM and at QUORUM: with a timeout first, and unavailable once it is noticed', async () => {
    expect(await run('EACH_QUORUM', '0s')).toEqual(['WRITE_TIMEOUT', 'WRITE_TIMEOUT']);
    expect(await run('EACH_QUORUM', '60s')).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    expect(await run('QUORUM', '60s')).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  });
});

describe('staleness without propagation (Bailis et al., PBS, VLDB 2012): C(N-W, R) / C(N, R)', () => {
  it.each<[number, number, ConsistencyLevel, ConsistencyLevel, number]>([
    [3, 1, 'ONE', 'ONE', 2 / 3], [3, 1, 'ONE', 'TWO', 1 / 3], [3, 2, 'TWO', 'TWO', 0], [5, 2, 'TWO', 'TWO', 0.3],
  ])('of %i replicas with %i acknowledgements (%s, read at %s): a write is missed as often as chance says', async (replicas, acknowledgements, written, level, expected) => {
    const nodes = Array.from({ length: replicas }, (_, i) => `n${i + 1}`);
    const { sim, table, client } = begin({ nodes: replicas, hintedHandoffEnabled: false }, { readRepair: 'NONE', replication: { class: 'SimpleStrategy', replicationFactor: replicas } });
    await sim.run(async () => {
      const anyone = client('anyone', undefined, level);
      const random = sim.random.fork('test');
      let [stale, reads] = [0, 0];
      for (let i = 0; i < 300; i++) {
        const [first = '', ...others] = random.shuffle(nodes);
        const missed = others.slice(acknowledgements - 1);
        const cuts = missed.map((node) => sim.faults.isolate(node));
        await anyone.insert(table, { k: `k${i}`, v: 1 }, { coordinator: first, consistency: written });
        await sim.sleep('20ms');
        for (const cut of cuts) cut.heal();
        for (const coordinator of nodes) {
          reads++;
          if (valueOf(await anyone.select(table, { partition: `k${i}` }, { coordinator })) === null) stale++;
        }
      }
      const deviation = Math.sqrt((expected * (1 - expected)) / reads);
      expect(Math.abs(stale / reads - expected)).toBeLessThanOrEqual(3 * deviation);
    });
  });
});
