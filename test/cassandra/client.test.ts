import { describe, expect, it } from 'vitest';
import { createCassandra, type Cassandra, type CassandraClient, type Table, type TableDefinition } from '../../src/cassandra/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

interface Rig {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly table: Table;
  readonly client: CassandraClient;
}

function rig(definition: Partial<TableDefinition> = {}): Rig {
  const sim = new Simulation();
  const cassandra = createCassandra(sim);
  const table = cassandra.createTable({ name: 't', partitionKey: ['k'], columns: { v: 'text', a: 'int', b: 'int', short: 'int', long: 'int' }, ...definition });
  return { sim, cassandra, table, client: cassandra.client({ name: 'c', consistency: 'QUORUM' }) };
}

const events: Partial<TableDefinition> = {
  name: 'events', partitionKey: ['user', 'day'], clusteringKey: [{ column: 'hour', order: 'DESC' }, { column: 'id' }],
  columns: { day: 'int', hour: 'int', what: 'text' },
};

describe('the history of a client', () => {
  it('is one of registers where one column of one row is concerned, with write timestamps as versions', async () => {
    const { sim, table, client } = rig({ columns: { k: 'text', v: 'int' } });
    await sim.run(async () => {
      const written = await client.insert(table, { k: 'x', v: 1 });
      await client.select(table, { partition: 'x' });
      const deleted = await client.delete(table, { partition: 'x' });
      await client.select(table, { partition: 'x' });
      await client.select(table, { partition: 'never' });
      expect(sim.history.entries.filter(({ type }) => type === 'ok').map(({ f, key, value, version }) => ({ f, key, value, version }))).toEqual([
        { f: 'write', key: 'ks.t/x/v', value: 1, version: written.timestamp },
        { f: 'read', key: 'ks.t/x/v', value: 1, version: written.timestamp },
        { f: 'write', key: 'ks.t/x/v', value: null, version: deleted.timestamp },
        { f: 'read', key: 'ks.t/x/v', value: null, version: deleted.timestamp },
        { f: 'read', key: 'ks.t/never/v', value: null, version: null },
      ]);
    });
  });

  it('names wider operations for what they are, and leaves out what it is told to', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      await client.insert(table, { k: 'x', a: 1, b: 2 });
      await client.update(table, { k: 'x', a: 3 });
      await client.select(table, { partition: 'x' });
      await client.select(table, { partition: 'x', columns: ['a'] });
      await client.select(table, { partition: 'x' }, { record: false });
    });
    expect(sim.history.entries.filter(({ type }) => type === 'ok').map(({ f, key, value }) => ({ f, key, value }))).toEqual([
      { f: 'insert', key: 'ks.t/x', value: { k: 'x', a: 1, b: 2 } },
      { f: 'write', key: 'ks.t/x/a', value: 3 },
      { f: 'select', key: 'ks.t/x', value: [{ k: 'x', a: 3, b: 2 }] },
      { f: 'read', key: 'ks.t/x/a', value: 3 },
    ]);
  });

  it('names the node that answered', async () => {
    const { sim, table, cassandra } = rig();
    await sim.run(async () => {
      const client = cassandra.client({ name: 'd', coordinator: 'n2' });
      await client.insert(table, { k: 'x', a: 1 });
      expect(sim.history.entries.at(-1)?.node).toBe('n2');
    });
  });
});

describe('timestamps of a client', () => {
  it('rise by a microsecond at least, even when its clock steps back', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      const stamps: number[] = [];
      for (let i = 0; i < 5; i++) {
        stamps.push((await client.insert(table, { k: 'x', a: i })).timestamp);
        if (i === 2) sim.faults.clockJump('c', '-1h');
      }
      expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
      expect(new Set(stamps).size).toBe(5);
    });
  });

  it('can be given, and the highest wins whatever came last', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      await client.insert(table, { k: 'x', v: 'high' }, { timestamp: 10 });
      await client.insert(table, { k: 'x', v: 'low' }, { timestamp: 9 });
      const { first, writetimes } = await client.select(table, { partition: 'x' });
      expect([first, writetimes]).toEqual([{ k: 'x', v: 'high' }, [{ v: 10 }]]);
    });
  });
});

describe('rows', () => {
  const filled = async (run: (rigged: Rig) => Promise<void>): Promise<void> => {
    const rigged = rig(events);
    await rigged.sim.run(async () => {
      for (const hour of [1, 2, 3]) {
        for (const id of ['a', 'b']) await rigged.client.insert(rigged.table, { user: 'u', day: 7, hour, id, what: `${hour}${id}` });
      }
      await run(rigged);
    });
  };
  const what = async ({ client, table }: Rig, query: object): Promise<string> =>
    (await client.select(table, { partition: ['u', 7], ...query })).rows.map((row) => row['what'] as string).join(' ');

  it('come in clustering order, sliced by value whatever the direction', () => filled(async (rigged) => {
    expect(await what(rigged, {})).toBe('3a 3b 2a 2b 1a 1b');
    expect(await what(rigged, { reverse: true })).toBe('1b 1a 2b 2a 3b 3a');
    expect(await what(rigged, { from: 2 })).toBe('3a 3b 2a 2b');
    expect(await what(rigged, { before: 3 })).toBe('2a 2b 1a 1b');
    expect(await what(rigged, { after: 1, to: 2 })).toBe('2a 2b');
    expect(await what(rigged, { clustering: 2, after: 'a' })).toBe('2b');
    expect(await what(rigged, { clustering: [2, 'a'] })).toBe('2a');
    expect(await what(rigged, { limit: 3 })).toBe('3a 3b 2a');
    expect(await what(rigged, { limit: 3, reverse: true })).toBe('1b 1a 2b');
  }));

  it('are deleted by column, row, slice and partition', () => filled(async (rigged) => {
    const { client, table } = rigged;
    const partition = { user: 'u', day: 7 };
    await client.delete(table, { partition, clustering: [3, 'a'], columns: ['what'] });
    expect((await client.select(table, { partition, clustering: [3, 'a'] })).rows).toEqual([{ user: 'u', day: 7, hour: 3, id: 'a' }]);
    await client.delete(table, { partition, clustering: [3, 'a'] });
    expect(await what(rigged, {})).toBe('3b 2a 2b 1a 1b');
    await client.delete(table, { partition, to: 1 });
    expect(await what(rigged, {})).toBe('3b 2a 2b');
    await client.delete(table, { partition, clustering: 2 });
    expect(await what(rigged, {})).toBe('3b');
    await client.delete(table, { partition });
    expect(await what(rigged, {})).toBe('');
  }));

  it('lose what has outlived its time, each cell by itself', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      await client.insert(table, { k: 'x', short: 1 }, { ttl: 10 });
      await client.update(table, { k: 'x', long: 2 });
      expect((await client.select(table, { partition: 'x' })).first).toEqual({ k: 'x', short: 1, long: 2 });
      await sim.sleep('11s');
      expect((await client.select(table, { partition: 'x' })).first).toEqual({ k: 'x', long: 2 });
      await client.update(table, { k: 'x', long: null });
      expect((await client.select(table, { partition: 'x' })).rows).toEqual([]);
    });
  });

  it('want their whole key', async () => {
    const { sim, table, client } = rig(events);
    await sim.run(async () => {
      const attempts = [
        client.insert(table, { user: 'u', hour: 1, id: 'a' }), client.insert(table, { user: 'u', day: 1, hour: 1 }),
        client.select(table, { partition: 'u' }), client.delete(table, { partition: ['u', 1], clustering: 1, columns: ['what'] }),
        client.select(table, { partition: ['u', 1, 2] }), client.select(table, { partition: ['u', 1], clustering: [1, 'a', 3] }),
      ];
      const codes = await Promise.all(attempts.map((attempt) => attempt.then(() => 'ok', (error: { code: string }) => error.code)));
      expect(codes).toEqual(attempts.map(() => 'INVALID'));
    });
  });
});
