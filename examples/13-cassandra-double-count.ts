/**
 * C10: a counter counts twice when a timeout is answered by a second try.
 *
 * An addition is not idempotent. The leader had added when its acknowledgement was lost; the client cannot tell, tries again,
 * and one visitor was counted as two. A conditional update can be repeated: the second try finds that the first one happened.
 */
import { createCassandra } from 'splitbrain/cassandra';
import { checkLinearizability } from 'splitbrain/checkers';
import { scenario } from 'splitbrain/scenarios';

export const doubleCount = scenario({
  name: 'double-count',
  title: 'Cassandra: one visitor counted twice (C10)',
  source: 'Kingsbury, Jepsen: Cassandra, 2013; Apache Cassandra documentation, counters',
  watch: [
    'Three replicas. One visitor comes while the coordinator is cut off from the other two; the client hears of a timeout and tries again.',
    'Watch the count that is read afterwards.',
  ],
  seeds: 100,
  configurations: {
    counter: { expect: 'violation', title: 'a counter column', settings: false },
    conditional: { expect: 'ok', title: 'a conditional update', settings: true },
  },
  setup(sim) {
    const cassandra = createCassandra(sim, { nodes: 3 });
    cassandra.schema(`
      CREATE KEYSPACE site WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3};
      CREATE TABLE site.counters (page text PRIMARY KEY, visitors counter);
      CREATE TABLE site.numbers (page text PRIMARY KEY, visitors int);
    `);
    const client = cassandra.client({ name: 'site', coordinator: 'n1', consistency: 'QUORUM', keyspace: 'site' });
    // The history is about visitors, whatever the requests that count them.
    return { client, story: sim.addClient({ name: 'story' }) };
  },
  plan: [{ at: '1s', for: '8s', fault: { kind: 'partition', groups: [['n1'], ['n2', 'n3']] } }],
  async workload(sim, { client, story }, conditional) {
    const table = conditional ? 'numbers' : 'counters';
    const options = { record: false };
    const add = conditional
      ? "UPDATE numbers SET visitors = 1 WHERE page = 'home' IF visitors = null"
      : "UPDATE counters SET visitors = visitors + 1 WHERE page = 'home'";
    await sim.sleep('2s');
    await story.operation<void>({ f: 'write', key: 'visitors', value: 1 }, (settle) => {
      const count = async (): Promise<void> => {
        await client.execute(add, [], options).catch(async () => {
          await sim.sleep('8s');
          await client.execute(add, [], options);
        });
      };
      count().then(() => { settle.ok(undefined); }, settle.fail);
    });
    await story.operation<void>({ f: 'read', key: 'visitors' }, (settle) => {
      client.execute(`SELECT visitors FROM ${table} WHERE page = 'home'`, [], options)
        .then(({ rows }) => { settle.ok(undefined, { value: Number(rows[0]?.['visitors'] ?? 0) }); }, settle.fail);
    });
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
