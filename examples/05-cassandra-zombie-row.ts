/**
 * C9: a deleted row comes back from the dead.
 *
 * A delete is a write of a tombstone. A replica that was away for longer than hints are kept never hears of it; after
 * gc_grace_seconds the others throw their tombstones away, and then the replica that slept has the only word on the row.
 */
import { createCassandra } from 'splitbrain/cassandra';
import { checkLinearizability } from 'splitbrain/checkers';
import { scenario } from 'splitbrain/scenarios';

export const zombieRow = scenario({
  name: 'zombie-row',
  title: 'Cassandra: a deleted row comes back (C9)',
  source: 'Apache Cassandra documentation, tombstones and gc_grace_seconds; CASSANDRA-FACTS 4.5, scenario 1',
  watch: [
    'Three replicas, all reads and writes at QUORUM. n3 is down for longer than the hint window of 3 h; meanwhile the row is deleted.',
    'Watch the last read: ten days after the delete the tombstones are purged, n3 returns, and so does the row.',
  ],
  seeds: 100,
  configurations: {
    'no-repair': { expect: 'violation', title: 'nobody repairs before gc_grace_seconds are over', settings: { repaired: false } },
    'repaired-in-time': { expect: 'ok', title: 'n3 returns and is repaired by a read at ALL within gc_grace_seconds', settings: { repaired: true } },
  },
  setup(sim) {
    const cassandra = createCassandra(sim, { nodes: 3, gossipInterval: '5m' });
    const table = cassandra.createTable({ name: 'users', partitionKey: ['k'], columns: { k: 'text', v: 'int' }, gcGraceSeconds: 864_000 });
    const client = (name: string, coordinator: string) => cassandra.client({ name, coordinator, consistency: 'QUORUM' });
    return { cassandra, table, alice: client('alice', 'n1'), bob: client('bob', 'n3') };
  },
  async workload(sim, { cassandra, table, alice, bob }, { repaired }) {
    const row = { partition: 'x', columns: ['v'] };
    await alice.insert(table, { k: 'x', v: 1 }, { consistency: 'ALL' });
    // Long enough for the commit log to be synced: n3 must not forget the row as it crashes.
    await sim.sleep('1m');
    const down = sim.faults.crash('n3');
    await sim.sleep('8h');
    await alice.delete(table, row);
    await alice.select(table, row);
    if (repaired) {
      down.heal();
      await sim.sleep('3h');
      await alice.select(table, row, { consistency: 'ALL' });
    }
    await sim.sleep('11d');
    for (const node of cassandra.nodes) if (node.isUp) node.compact();
    down.heal();
    await sim.sleep('3h');
    await bob.select(table, row);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
