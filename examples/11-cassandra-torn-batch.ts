/**
 * C15: a batch is no transaction, and without its log not even atomic.
 *
 * A message is written into the sender's and the receiver's box in one batch. The coordinator dies between the two. An unlogged
 * batch stays half for ever. A logged one was stored on two other nodes first, which see it through: after some seconds both
 * boxes have the message. (Until then a reader sees half of it here as well: a batch is not isolated.)
 */
import { createCassandra } from 'splitbrain/cassandra';
import { checkLinearizability } from 'splitbrain/checkers';
import { scenario } from 'splitbrain/scenarios';

export const tornBatch = scenario({
  name: 'torn-batch',
  title: 'Cassandra: half a batch for ever (C15)',
  source: 'Apache Cassandra documentation, BATCH; Kingsbury, Jepsen: Cassandra, 2013',
  watch: [
    'Four nodes, three replicas. The batch writes one row for ann and one for bob; its coordinator is cut off after the first, and dies.',
    'Watch the last read: are both there?',
  ],
  seeds: 50,
  configurations: {
    unlogged: { expect: 'violation', title: 'BEGIN UNLOGGED BATCH', settings: false },
    logged: { expect: 'ok', title: 'BEGIN BATCH: the batchlog sees it through', settings: true },
  },
  setup(sim) {
    const cassandra = createCassandra(sim, { nodes: 4, commitlogSync: 'batch' });
    cassandra.schema(`
      CREATE KEYSPACE mail WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3};
      CREATE TABLE mail.boxes (owner text PRIMARY KEY, message text);
    `);
    const [reader = ''] = cassandra.getEndpoints('mail.boxes', 'ann');
    const coordinator = cassandra.nodes.find(({ id }) => !cassandra.getEndpoints('mail.boxes', 'ann').includes(id))?.id ?? '';
    return {
      coordinator,
      others: cassandra.nodes.map(({ id }) => id).filter((id) => id !== coordinator),
      ann: cassandra.client({ name: 'ann-driver', coordinator, consistency: 'QUORUM', keyspace: 'mail' }),
      bob: cassandra.client({ name: 'bob-driver', coordinator: reader, consistency: 'QUORUM', keyspace: 'mail' }),
      // The history is about the pair of boxes, so the clients' own entries are left out.
      story: sim.addClient({ name: 'story' }),
    };
  },
  async workload(sim, { coordinator, ann, bob, story }, logged) {
    let sent = 0;
    using _half = sim.network.rule(({ from, message }) => (from === coordinator && message.type === 'MUTATION_REQ' && ++sent > 3 ? 'drop' : 'pass'));
    const write = story.operation<void>({ f: 'write', key: 'message', value: ['hello', 'hello'] }, (settle) => {
      const queries = ['ann', 'bob'].map((owner) => ({ query: "INSERT INTO boxes (owner, message) VALUES (?, 'hello')", params: [owner] }));
      ann.batch(queries, { logged, record: false }).then(() => { settle.ok(undefined); }, settle.fail);
    }).catch(() => undefined);
    await sim.sleep('50ms');
    sim.faults.wipe(coordinator);
    await write;
    await sim.sleep('15s');
    await story.operation<void>({ f: 'read', key: 'message' }, (settle) => {
      const boxOf = async (owner: string): Promise<string | null> => {
        const { rows } = await bob.execute('SELECT message FROM boxes WHERE owner = ?', [owner], { record: false });
        return (rows[0]?.['message'] ?? null) as string | null;
      };
      Promise.all(['ann', 'bob'].map(boxOf)).then((value) => { settle.ok(undefined, { value }); }, settle.fail);
    });
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
