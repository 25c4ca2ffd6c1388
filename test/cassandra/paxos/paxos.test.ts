import { describe, expect, it } from 'vitest';
import { createCassandra, type CassandraClient } from '../../../src/cassandra/index.ts';
import { drop, pass } from '../../../src/kernel/network.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

interface Rig {
  readonly sim: Simulation;
  readonly client: CassandraClient;
}

function rig(paxosVariant: 'v1' | 'v2'): Rig {
  const sim = new Simulation({ topology: { sameZone: '0.5ms' } });
  const cassandra = createCassandra(sim, { nodes: 3, paxosVariant });
  cassandra.schema("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3}; CREATE TABLE ks.t (k int PRIMARY KEY, v int);");
  return { sim, client: cassandra.client({ name: 'c', keyspace: 'ks', coordinator: 'n1', consistency: 'QUORUM' }) };
}

describe('the round trips of a transaction among replicas a millisecond away from each other (CEP-14)', () => {
  it.each([['v1', 4, 3, 3], ['v2', 3, 1, 1]] as const)('with %s: %i to apply, %i for a condition that fails, %i for a serial read', async (variant, applies, fails, reads) => {
    const { sim, client } = rig(variant);
    await sim.run(async () => {
      // Besides them one from the client to its coordinator and back.
      const trips = async (cql: string, serial = false): Promise<number> => {
        const begin = sim.now;
        await client.execute(cql, [], serial ? { consistency: 'SERIAL' } : {});
        await sim.sleep('1s');
        return (sim.now - begin) / 1000 - 1000 - 1;
      };
      expect(await trips('INSERT INTO t (k, v) VALUES (1, 1) IF NOT EXISTS')).toBe(applies);
      expect(await trips('SELECT v FROM t WHERE k = 1', true)).toBe(reads);
      expect(await trips('UPDATE t SET v = 2 WHERE k = 1 IF v = 7')).toBe(fails);
    });
  });
});

describe('a transaction', () => {
  it('times out after cas_contention_timeout when no majority answers, and says that it does not know', async () => {
    const { sim, client } = rig('v1');
    await sim.run(async () => {
      sim.faults.partition(['n1'], ['n2', 'n3']);
      const begin = sim.now;
      const error = await client.execute('INSERT INTO t (k, v) VALUES (1, 1) IF NOT EXISTS').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'WRITE_TIMEOUT', writeType: 'CAS', consistency: 'SERIAL', received: 1, blockFor: 2, definite: false });
      expect(sim.now - begin).toBe(1_801_000);
    });
  });

  it('is not made again while somebody may have accepted it: its first try cannot be applied behind its back', async () => {
    const { sim, client } = rig('v1');
    await sim.run(async () => {
      // n1 accepts its own proposal; the others have promised a later ballot by then, and refuse.
      const late = sim.network.rule(({ from, message }) => (from === 'n1' && message.type === 'PAXOS_PROPOSE_REQ' ? drop : pass));
      const first = client.execute('INSERT INTO t (k, v) VALUES (1, 1) IF NOT EXISTS').then((result) => result.wasApplied(), (error: unknown) => (error as { code: string }).code);
      await sim.sleep('500ms');
      late[Symbol.dispose]();
      await client.execute('INSERT INTO t (k, v) VALUES (1, 2) IF NOT EXISTS', [], { coordinator: 'n2' });
      expect(await first).toBe('WRITE_TIMEOUT');
    });
  });
});
