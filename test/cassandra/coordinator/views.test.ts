/**
 * Materialized views follow their base (Apache Cassandra 5.0, `TableViews`, CASSANDRA-9664 and CASSANDRA-11500).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCassandra, createSession, type Session } from '../../../src/cassandra/index.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

const SCHEMA = `CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE ks;
  CREATE TABLE base (k int, c int, v int, w int, PRIMARY KEY (k, c));
  CREATE MATERIALIZED VIEW by_v AS SELECT * FROM base WHERE v IS NOT NULL AND k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (v, k, c);
  CREATE MATERIALIZED VIEW by_c AS SELECT * FROM base WHERE k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (c, k);
  CREATE MATERIALIZED VIEW some_by_c AS SELECT c, k, v FROM base WHERE k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (c, k);`;

function begin(): Session {
  const session = createSession({ parameters: { materializedViewsEnabled: true } });
  session.run(SCHEMA);
  return session;
}

const sorted = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

describe('a view', () => {
  it('moves an entry when the base column in its key changes, and takes it back when it changes back', () => {
    const session = begin();
    session.execute('INSERT INTO base (k, c, v, w) VALUES (1, 1, 5, 50)');
    session.execute('UPDATE base SET v = 6 WHERE k = 1 AND c = 1');
    expect(session.execute('SELECT * FROM by_v').rows).toEqual([{ v: 6, k: 1, c: 1, w: 50 }]);
    session.execute('UPDATE base SET v = 5 WHERE k = 1 AND c = 1');
    expect(session.execute('SELECT * FROM by_v').rows).toEqual([{ v: 5, k: 1, c: 1, w: 50 }]);
    session.execute('DELETE v FROM base WHERE k = 1 AND c = 1');
    expect(session.execute('SELECT * FROM by_v').rows).toEqual([]);
  });

  it('is filled from the rows that are there when it is made', () => {
    const session = begin();
    for (let c = 0; c < 20; c++) session.execute('INSERT INTO base (k, c, v) VALUES (?, ?, ?)', [c % 3, c, c * 10]);
    session.flush();
    session.run('CREATE MATERIALIZED VIEW late AS SELECT k, c, v FROM base WHERE v IS NOT NULL AND k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (v, k, c)');
    expect(session.execute('SELECT * FROM late').rowLength).toBe(20);
  });

  it('shows a row as long as any of it lives, to filters too, when no value of the base is in its key', () => {
    const session = begin();
    session.execute('INSERT INTO base (k, c) VALUES (1, 1) USING TTL 5');
    session.execute('UPDATE base SET w = 7 WHERE k = 1 AND c = 1');
    session.advance('6s');
    const entry = [{ c: 1, k: 1, v: null, w: 7 }];
    expect(session.execute('SELECT * FROM by_c').rows).toEqual(entry);
    expect(session.execute('SELECT * FROM by_c WHERE w = 7 ALLOW FILTERING').rows).toEqual(entry);
  });

  it('shows what its base shows, after any writes, with time and flushes between', () => {
    const write = fc.record({
      k: fc.integer({ min: 0, max: 2 }), c: fc.integer({ min: 0, max: 2 }), v: fc.option(fc.integer({ min: 0, max: 3 })), w: fc.option(fc.integer({ min: 0, max: 3 })),
      what: fc.constantFrom('insert', 'update', 'delete row', 'delete partition', 'delete v', 'delete w', 'update v', 'update w', 'update ttl', 'ttl', 'flush', 'wait'),
    });
    fc.assert(fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
      const session = begin();
      for (const { k, c, v, w, what } of writes) {
        switch (what) {
          case 'insert': session.execute('INSERT INTO base (k, c, v, w) VALUES (?, ?, ?, ?)', [k, c, v, w]); break;
          case 'update': session.execute('UPDATE base SET v = ?, w = ? WHERE k = ? AND c = ?', [v, w, k, c]); break;
          case 'delete row': session.execute('DELETE FROM base WHERE k = ? AND c = ?', [k, c]); break;
          case 'delete partition': session.execute('DELETE FROM base WHERE k = ?', [k]); break;
          case 'delete v': session.execute('DELETE v FROM base WHERE k = ? AND c = ?', [k, c]); break;
          case 'delete w': session.execute('DELETE w FROM base WHERE k = ? AND c = ?', [k, c]); break;
          case 'update v': session.execute('UPDATE base SET v = ? WHERE k = ? AND c = ?', [v, k, c]); break;
          case 'update w': session.execute('UPDATE base SET w = ? WHERE k = ? AND c = ?', [w, k, c]); break;
          case 'update ttl': session.execute('UPDATE base USING TTL 5 SET v = ?, w = ? WHERE k = ? AND c = ?', [v, w, k, c]); break;
          case 'ttl': session.execute('INSERT INTO base (k, c, v, w) VALUES (?, ?, ?, ?) USING TTL 5', [k, c, v, w]); break;
          case 'flush': session.flush(); break;
          case 'wait': session.advance('3s'); break;
        }
        session.advance('1ms');
      }
      const base = session.execute('SELECT k, c, v, w FROM base').rows;
      expect(sorted(session.execute('SELECT k, c, v, w FROM by_v').rows)).toEqual(sorted(base.filter((row) => row['v'] !== null)));
      expect(sorted(session.execute('SELECT k, c, v, w FROM by_c').rows)).toEqual(sorted(base));
      expect(sorted(session.execute('SELECT k, c, v FROM some_by_c').rows)).toEqual(sorted(base.map((row) => ({ k: row['k'], c: row['c'], v: row['v'] }))));
    }), { numRuns: 200 });
  });

  it('lags behind its base, and catches up', async () => {
    const sim = new Simulation({ topology: { sameZone: '1ms' } });
    const cassandra = createCassandra(sim, { nodes: 3, materializedViewsEnabled: true });
    cassandra.schema(SCHEMA.replace("'replication_factor': 1", "'replication_factor': 3"));
    const client = cassandra.client({ name: 'alice', consistency: 'QUORUM', keyspace: 'ks' });
    await sim.run(async () => {
      sim.faults.delay({ by: '50ms', between: ['n1', 'n2'] }).for('1s');
      await client.execute('INSERT INTO base (k, c, v) VALUES (1, 1, 7)');
      await sim.sleep('2s');
      expect((await client.execute('SELECT k FROM by_v WHERE v = 7')).rows).toEqual([{ k: 1 }]);
      expect(cassandra.nodes.map((node) => node.peek('ks.by_v', 7).length)).toEqual([1, 1, 1]);
    });
  });
});
