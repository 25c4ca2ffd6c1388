import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCassandra, ReadTimeoutError, type Cassandra, type CassandraClient, type Table, type TableDefinition } from '../../../src/cassandra/index.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

interface Rig {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly table: Table;
  readonly client: CassandraClient;
}

function rig(definition: Partial<TableDefinition> = {}): Rig {
  const sim = new Simulation({ topology: { sameZone: '0.5ms' } });
  const cassandra = createCassandra(sim, { nodes: 3, hintedHandoffEnabled: false });
  const table = cassandra.createTable({ name: 't', partitionKey: ['k'], clusteringKey: [{ column: 'c' }], columns: { k: 'text', c: 'int', v: 'int' }, ...definition });
  return { sim, cassandra, table, client: cassandra.client({ name: 'c', coordinator: 'n1', consistency: 'QUORUM' }) };
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error: unknown) => error);

describe('coordinated reads', () => {
  it('time out at exactly 5,000 ms and say how many answered', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      sim.faults.partition(['n1'], ['n2', 'n3']);
      const before = sim.now;
      const error = await errorOf(client.select(table, { partition: 'x' }));
      expect(error).toBeInstanceOf(ReadTimeoutError);
      expect(error).toMatchObject({ code: 'READ_TIMEOUT', definite: true, received: 1, blockFor: 2, dataPresent: true });
      expect(sim.now - before).toBe(5_001_000);
    });
  });

  it('fail, and say which replicas came upon too many tombstones', async () => {
    const sim = new Simulation({ topology: { sameZone: '0.5ms' } });
    const cassandra = createCassandra(sim, { nodes: 3, tombstoneWarnThreshold: 5, tombstoneFailureThreshold: 10 });
    const table = cassandra.createTable({ name: 't', partitionKey: ['k'], clusteringKey: [{ column: 'c' }], columns: { k: 'text', c: 'int', v: 'int' } });
    const client = cassandra.client({ name: 'c', coordinator: 'n1', consistency: 'QUORUM' });
    await sim.run(async () => {
      for (let c = 0; c < 11; c++) await client.delete(table, { partition: 'x', clustering: c });
      expect(await errorOf(client.select(table, { partition: 'x' }))).toMatchObject({
        code: 'READ_FAILURE', protocolCode: 0x1300, definite: true, received: 0, blockFor: 2, failures: 1, dataPresent: false,
        message: expect.stringMatching(/^Operation failed - received 0 responses and 1 failures: READ_TOO_MANY_TOMBSTONES from n\d$/) as string,
      });
    });
  });

  it('write what the older replica lacks before they answer', async () => {
    const { sim, cassandra, table, client } = rig();
    await sim.run(async () => {
      const cut = sim.faults.partition(['n1'], ['n2', 'n3']);
      await client.insert(table, { k: 'x', c: 1, v: 1 }, { consistency: 'ONE' });
      cut.heal();
      const before = sim.now;
      await client.select(table, { partition: 'x' });
      expect(cassandra.nodes.map((node) => node.peek(table, 'x').length)).toEqual(expect.arrayContaining([1, 1, 0]));
      // To the coordinator and back, the digests, the data and the repair: four round trips of a millisecond.
      expect(sim.now - before).toBe(4_000);
      const again = sim.now;
      await client.select(table, { partition: 'x' });
      expect(sim.now - again).toBe(2_000);
    });
  });

  it('leave replicas as they are with read repair NONE', async () => {
    const { sim, cassandra, table, client } = rig({ readRepair: 'NONE' });
    await sim.run(async () => {
      const cut = sim.faults.partition(['n1'], ['n2', 'n3']);
      await client.insert(table, { k: 'x', c: 1, v: 1 }, { consistency: 'ONE' });
      cut.heal();
      expect((await client.select(table, { partition: 'x' })).rows.length).toBe(1);
      expect(cassandra.nodes.map((node) => node.peek(table, 'x').length)).toEqual([1, 0, 0]);
    });
  });

  it('do not show a row that only the replica cut off by the limit knows to be deleted (short reads)', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      for (let c = 1; c <= 4; c++) await client.insert(table, { k: 'x', c, v: c }, { consistency: 'ALL' });
      // n1 alone learns that 1 is deleted, n2 and n3 alone that 2 and 3 are.
      const cut = sim.faults.partition(['n1'], ['n2', 'n3']);
      await client.delete(table, { partition: 'x', clustering: 1 }, { consistency: 'ONE' });
      const other = sim.faults.isolate('n3');
      for (const c of [2, 3]) await errorOf(client.delete(table, { partition: 'x', clustering: c }, { consistency: 'ONE', coordinator: 'n2' }));
      other.heal();
      cut.heal();
      // The read has no choice but n1 and n2 once they know that n3 is away.
      sim.faults.crash('n3');
      await sim.sleep('60s');
      const { rows } = await client.select(table, { partition: 'x', limit: 1 });
      expect(rows).toEqual([{ k: 'x', c: 4, v: 4 }]);
    });
  });

  it('agree with a plain model over replicas that each have seen a part of the writes', async () => {
    const writes = fc.array(fc.record({
      seenBy: fc.integer({ min: 1, max: 7 }), c: fc.integer({ min: 0, max: 6 }), value: fc.option(fc.integer({ min: 0, max: 9 })), timestamp: fc.integer({ min: 1, max: 40 }),
    }), { maxLength: 25 });
    await fc.assert(fc.asyncProperty(writes, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (script, limit, reverse) => {
      const { sim, table, client } = rig();
      await sim.run(async () => {
        for (const { seenBy, c, value, timestamp } of script) {
          const blind = ['n1', 'n2', 'n3'].filter((_, i) => ((seenBy >> i) & 1) === 0);
          const seeing = ['n1', 'n2', 'n3'].find((name) => !blind.includes(name)) ?? 'n1';
          const cuts = blind.map((name) => sim.faults.isolate(name));
          const options = { consistency: 'ONE', coordinator: seeing, timestamp } as const;
          if (value === null) await client.delete(table, { partition: 'x', clustering: c }, options);
          else await client.update(table, { k: 'x', c, v: value }, options);
          await sim.sleep('1ms');
          for (const cut of cuts) cut.heal();
        }
        const { rows } = await client.select(table, { partition: 'x', limit, reverse }, { consistency: 'ALL' });
        const expected = modelRows(script);
        expect(rows.map(({ c, v }) => [c, v])).toEqual((reverse ? expected.reverse() : expected).slice(0, limit));
        const repaired = await client.select(table, { partition: 'x', limit, reverse }, { consistency: 'ONE', coordinator: 'n2' });
        expect(repaired.rows).toEqual(rows);
      });
    }), { numRuns: 100 });
  });
});

function modelRows(script: readonly { c: number; value: number | null; timestamp: number }[]): (readonly [number, number])[] {
  const rows: (readonly [number, number])[] = [];
  for (let c = 0; c <= 6; c++) {
    const mine = script.filter((write) => write.c === c);
    const deleted = Math.max(0, ...mine.filter(({ value }) => value === null).map(({ timestamp }) => timestamp));
    const best = mine.filter(({ value, timestamp }) => value !== null && timestamp > deleted)
      .sort((a, b) => b.timestamp - a.timestamp || (b.value ?? 0) - (a.value ?? 0))[0];
    if (best !== undefined) rows.push([c, best.value ?? 0]);
  }
  return rows;
}
