/**
 * C11: a lightweight transaction beside plain writes.
 *
 * A transaction compares and sets by Paxos, and stamps what it writes with its ballot: the coordinators' time. A plain write has
 * its client's time. When that clock is fast, a transaction that was applied loses to the older plain write, and nobody ever
 * sees what it wrote. With transactions only, the ballots order everything, whatever the clients' clocks say.
 */
import { createCassandra } from 'splitbrain/cassandra';
import { checkLinearizability } from 'splitbrain/checkers';
import { scenario } from 'splitbrain/scenarios';

export const lightweightTransaction = scenario({
  name: 'lightweight-transaction',
  title: 'Cassandra: applied, and never seen (C11)',
  source: 'Apache Cassandra documentation, lightweight transactions; CASSANDRA-13767',
  watch: [
    'Three replicas. The clock of the client fast is 10 s ahead. fast gives the seat to 1; then bob changes it from 1 to 2 by a transaction, which is applied.',
    'Watch the read at SERIAL after that.',
  ],
  seeds: 100,
  configurations: {
    mixed: { expect: 'violation', title: 'a plain write first, then a transaction', settings: false },
    transactions: { expect: 'ok', title: 'transactions only', settings: true },
  },
  setup(sim) {
    const cassandra = createCassandra(sim, { nodes: 3 });
    cassandra.schema(`
      CREATE KEYSPACE hall WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3};
      CREATE TABLE hall.seats (seat text PRIMARY KEY, guest int);
    `);
    const client = (name: string) => cassandra.client({ name, consistency: 'QUORUM', keyspace: 'hall' });
    return { fast: client('fast'), bob: client('bob') };
  },
  plan: [{ at: 0, fault: { kind: 'clock-skew', node: 'fast', by: '10s' } }],
  async workload(sim, { fast, bob }, transactions) {
    await fast.execute(`UPDATE seats SET guest = 1 WHERE seat = 'A1'${transactions ? ' IF guest = null' : ''}`);
    await sim.sleep('1s');
    await bob.execute("UPDATE seats SET guest = 2 WHERE seat = 'A1' IF guest = 1");
    await bob.execute("SELECT guest FROM seats WHERE seat = 'A1'", [], { consistency: 'SERIAL' });
  },
  check: (sim) => checkLinearizability(sim.history),
});
