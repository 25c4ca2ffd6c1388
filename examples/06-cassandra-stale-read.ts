/**
 * C4: consistency level ONE for writes and reads may answer from a replica that has not heard yet.
 *
 * A client does not even see its own writes: the write was acknowledged by one replica, the read asked another. With QUORUM
 * on both sides the two sets of replicas overlap.
 */
import { createCassandra } from 'splitbrain/cassandra';
import { checkSessionGuarantees } from 'splitbrain/checkers';
import { scenario } from 'splitbrain/scenarios';

export const staleRead = scenario({
  name: 'stale-read',
  title: 'Cassandra: a client does not see its own write at ONE (C4)',
  source: 'Bailis et al., Probabilistically Bounded Staleness, VLDB 2012; Terry et al., session guarantees, 1994',
  watch: [
    'Three replicas, no faults. A client writes and reads the same cell, through one coordinator after the other.',
    'Watch for a read that returns less than the client itself has just written.',
  ],
  configurations: {
    one: { expect: 'violation', title: 'ONE / ONE', settings: 'ONE' },
    quorum: { expect: 'ok', title: 'QUORUM / QUORUM', settings: 'QUORUM' },
  },
  simulation: { topology: { sameZone: 'LNKD-SSD' } },
  setup(sim, consistency) {
    const cassandra = createCassandra(sim, { nodes: 3 });
    const table = cassandra.createTable({ name: 'carts', partitionKey: ['k'], columns: { k: 'text', v: 'int' } });
    return { table, alice: cassandra.client({ name: 'alice', consistency }) };
  },
  async workload(_, { table, alice }) {
    for (let v = 1; v <= 6; v++) {
      await alice.insert(table, { k: 'cart', v });
      await alice.select(table, { partition: 'cart', columns: ['v'] });
    }
  },
  check: (sim) => checkSessionGuarantees(sim.history),
});
