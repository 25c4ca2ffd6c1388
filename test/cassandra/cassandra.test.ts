import { describe, expect, it } from 'vitest';
import { createCassandra } from '../../src/cassandra/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

describe('createCassandra', () => {
  it('writes and reads rows of any columns', async () => {
    const sim = new Simulation();
    const cassandra = createCassandra(sim, { nodes: 3 });
    const readings = cassandra.createTable({
      name: 'readings', partitionKey: ['sensor'], clusteringKey: [{ column: 'at', order: 'DESC' }],
    });
    await sim.run(async () => {
      const client = cassandra.client({ name: 'alice', consistency: 'QUORUM' });
      await client.insert(readings, { sensor: 's1', at: 1, celsius: 20.5 });
      await client.insert(readings, { sensor: 's1', at: 3, celsius: 22, note: 'hot' });
      await client.insert(readings, { sensor: 's1', at: 2, humidity: 40 });
      const all = await client.select(readings, { partition: 's1' });
      expect(all.rows).toEqual([
        { sensor: 's1', at: 3, celsius: 22, note: 'hot' },
        { sensor: 's1', at: 2, humidity: 40 },
        { sensor: 's1', at: 1, celsius: 20.5 },
      ]);
      const some = await client.select(readings, { partition: 's1', from: 2, limit: 1, reverse: true, columns: ['humidity'] });
      expect(some.rows).toEqual([{ sensor: 's1', at: 2, humidity: 40 }]);
    });
    expect(sim.history.entries.map(({ f, type }) => `${f} ${type}`)).toContain('select ok');
  });
});
