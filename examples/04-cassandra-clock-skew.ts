/**
 * C1: the last write wins, by the clock of whoever wrote it.
 *
 * A client whose clock is ahead stamps its write with the future. Every later write from a correct clock is acknowledged by a
 * quorum and invisible. When the coordinators stamp the writes, the client's clock no longer matters.
 */
import { createCassandra } from 'splitbrain/cassandra';
import { checkLinearizability } from 'splitbrain/checkers';
import { scenario } from 'splitbrain/scenarios';

export const clockSkew = scenario({
  name: 'clock-skew',
  title: 'Cassandra: an acknowledged write that nobody can see (C1)',
  source: 'Kingsbury, The trouble with timestamps, 2013; Jepsen: Cassandra, 2013',
  watch: [
    'Three replicas, everything at QUORUM. The clock of the client ahead is 10 s fast.',
    'Watch bob write 2 after ahead wrote 1, get his acknowledgement, and read 1.',
  ],
  seeds: 100,
  configurations: {
    'client-timestamps': { expect: 'violation', title: 'clients stamp their writes (the drivers\' default)', settings: 'client' },
    'coordinator-timestamps': { expect: 'ok', title: 'coordinators stamp them, and their clocks are right', settings: 'coordinator' },
  },
  setup(sim, timestamps) {
    const cassandra = createCassandra(sim, { nodes: 3, timestamps });
    const table = cassandra.createTable({ name: 'registers', partitionKey: ['k'], columns: { k: 'text', v: 'int' } });
    const client = (name: string) => cassandra.client({ name, consistency: 'QUORUM' });
    return { table, ahead: client('ahead'), bob: client('bob') };
  },
  plan: [{ at: 0, fault: { kind: 'clock-skew', node: 'ahead', by: '10s' } }],
  async workload(sim, { table, ahead, bob }) {
    await ahead.insert(table, { k: 'x', v: 1 });
    await sim.sleep('1s');
    await bob.insert(table, { k: 'x', v: 2 });
    await bob.select(table, { partition: 'x', columns: ['v'] });
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
