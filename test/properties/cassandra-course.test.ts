/**
 * What a course on Cassandra does, as text: a schema and a workload of CQL, pasted and run on six nodes in two datacentres, and
 * then a datacentre is cut off. (Music, time series by day and counters are the examples that courses and the documentation use.)
 */
import { describe, expect, it } from 'vitest';
import { createCassandra, type Cassandra, type CassandraClient, type ConsistencyLevel } from '../../src/cassandra/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

const SCHEMA = `
  CREATE KEYSPACE weather WITH replication = {'class': 'NetworkTopologyStrategy', 'madrid': 3, 'lisbon': 3};
  CREATE TYPE weather.place (name text, altitude int);
  -- one partition a station and day, the newest reading first
  CREATE TABLE weather.readings (
    station text, day date, at timestamp, place frozen<place> static, celsius double, tags set<text>,
    PRIMARY KEY ((station, day), at)
  ) WITH CLUSTERING ORDER BY (at DESC) AND default_time_to_live = 864000;
  CREATE TABLE weather.visits (station text PRIMARY KEY, seen counter);
  CREATE TABLE weather.accounts (name text PRIMARY KEY, mail text);
  CREATE INDEX ON weather.accounts (mail);
`;

const WORKLOAD = `
  INSERT INTO readings (station, day, at, place, celsius, tags) VALUES ('retiro', '2026-01-01', '2026-01-01T08:00:00Z', {name: 'Retiro', altitude: 667}, 3.5, {'cold', 'dry'});
  INSERT INTO readings (station, day, at, celsius) VALUES ('retiro', '2026-01-01', '2026-01-01T09:00:00Z', 4.25);
  INSERT INTO readings (station, day, at, celsius) VALUES ('retiro', '2026-01-01', '2026-01-01T10:00:00Z', 6.0);
  UPDATE readings SET tags = tags + {'sunny'} WHERE station = 'retiro' AND day = '2026-01-01' AND at = '2026-01-01T10:00:00Z';
  UPDATE visits SET seen = seen + 1 WHERE station = 'retiro';
  UPDATE visits SET seen = seen + 2 WHERE station = 'retiro';
  INSERT INTO accounts (name, mail) VALUES ('ana', 'ana@example.org') IF NOT EXISTS;
  INSERT INTO accounts (name, mail) VALUES ('ana', 'other@example.org') IF NOT EXISTS;
  BEGIN BATCH
    INSERT INTO accounts (name, mail) VALUES ('rui', 'rui@example.org');
    INSERT INTO accounts (name, mail) VALUES ('eva', 'eva@example.org');
  APPLY BATCH;
`;

/** Statements of a pasted text; a batch is one. */
const statements = (text: string): readonly string[] => text.split(/;\s*\n(?!\s*(?:INSERT INTO accounts \(name, mail\) VALUES \('eva'|APPLY))/).map((one) => one.trim()).filter((one) => one !== '');

interface Rig {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly madrid: CassandraClient;
  readonly lisbon: CassandraClient;
}

function course(): Rig {
  const sim = new Simulation({ seed: 7 });
  const cassandra = createCassandra(sim, { datacenters: { madrid: 3, lisbon: 3 } });
  cassandra.schema(SCHEMA);
  const client = (datacenter: string): CassandraClient => cassandra.client({ name: `student-in-${datacenter}`, datacenter, keyspace: 'weather', consistency: 'LOCAL_QUORUM' });
  return { sim, cassandra, madrid: client('madrid'), lisbon: client('lisbon') };
}

const outcome = (client: CassandraClient, cql: string, consistency: ConsistencyLevel): Promise<unknown> =>
  client.execute(cql, [], { consistency }).then(({ rows }) => rows.map((row) => Object.values(row).map(String)), (error: unknown) => (error as Error).message);

describe('a Cassandra course', () => {
  it('runs as pasted, and is seen in both datacentres', async () => {
    const { sim, madrid, lisbon } = course();
    await sim.run(async () => {
      const applied: boolean[] = [];
      for (const statement of statements(WORKLOAD)) applied.push((await madrid.execute(statement)).wasApplied());
      expect(applied).toEqual([true, true, true, true, true, true, true, false, true]);
      await sim.sleep('1s');
      const read = (cql: string): Promise<unknown> => outcome(lisbon, cql, 'LOCAL_QUORUM');
      expect(await read("SELECT at, celsius FROM readings WHERE station = 'retiro' AND day = '2026-01-01' LIMIT 2")).toEqual([[expect.stringContaining('10:00'), '6'], [expect.stringContaining('09:00'), '4.25']]);
      expect(await read("SELECT place.altitude FROM readings WHERE station = 'retiro' AND day = '2026-01-01' LIMIT 1")).toEqual([['667']]);
      expect(await read("SELECT min(celsius), max(celsius), count(*) FROM readings WHERE station = 'retiro' AND day = '2026-01-01' AND at >= '2026-01-01T09:00:00Z'")).toEqual([['4.25', '6', '2']]);
      expect(await read("SELECT seen FROM visits WHERE station = 'retiro'")).toEqual([['3']]);
      expect(await read("SELECT name FROM accounts WHERE mail = 'ana@example.org'")).toEqual([['ana']]);
      expect(await read("SELECT * FROM readings WHERE celsius > 5")).toBe('Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING');
      expect(await read("SELEC * FROM readings")).toBe("line 1:0 no viable alternative at input 'SELEC' ([SELEC]...)");
    });
  });

  it('goes on locally when a datacentre is cut off, refuses what needs both, and agrees again when it is back', async () => {
    const { sim, cassandra, madrid, lisbon } = course();
    await sim.run(async () => {
      for (const statement of statements(WORKLOAD)) await madrid.execute(statement);
      await sim.sleep('1s');
      const sides = [['n1', 'n2', 'n3', 'student-in-madrid'], ['n4', 'n5', 'n6', 'student-in-lisbon']] as const;
      const cut = sim.faults.partition([...sides[0]], [...sides[1]]);
      // Nobody has noticed: what needs the other side waits for it.
      expect(await outcome(madrid, "INSERT INTO accounts (name, mail) VALUES ('x', 'x')", 'EACH_QUORUM')).toMatch(/^Operation timed out/);
      await sim.sleep('60s');
      // `nodetool status` on both sides.
      expect(cassandra.node('n1').nodetoolStatus('weather').map(({ node, state }) => `${node} ${state}`).sort()).toEqual(['n1 UN', 'n2 UN', 'n3 UN', 'n4 DN', 'n5 DN', 'n6 DN']);
      expect(cassandra.node('n4').nodetoolStatus('weather').map(({ node, state }) => `${node} ${state}`).sort()).toEqual(['n1 DN', 'n2 DN', 'n3 DN', 'n4 UN', 'n5 UN', 'n6 UN']);
      const insert = "INSERT INTO accounts (name, mail) VALUES ('joe', 'joe@example.org')";
      expect(await outcome(madrid, insert, 'LOCAL_QUORUM')).toEqual([]);
      expect(await outcome(madrid, insert, 'QUORUM')).toBe('Cannot achieve consistency level QUORUM');
      expect(await outcome(madrid, insert, 'EACH_QUORUM')).toBe('Cannot achieve consistency level EACH_QUORUM in DC lisbon');
      expect(await outcome(madrid, `${insert} IF NOT EXISTS`, 'LOCAL_QUORUM')).toMatch(/^Cannot achieve consistency level SERIAL$/);
      // Both sides write the same row; neither sees the other.
      const mail = "SELECT mail FROM accounts WHERE name = 'ana'";
      await madrid.execute("UPDATE accounts SET mail = 'from-madrid' WHERE name = 'ana'");
      await sim.sleep('1s');
      await lisbon.execute("UPDATE accounts SET mail = 'from-lisbon' WHERE name = 'ana'");
      await madrid.execute("UPDATE visits SET seen = seen + 10 WHERE station = 'retiro'");
      await lisbon.execute("UPDATE visits SET seen = seen + 100 WHERE station = 'retiro'");
      expect([await outcome(madrid, mail, 'LOCAL_QUORUM'), await outcome(lisbon, mail, 'LOCAL_QUORUM')]).toEqual([[['from-madrid']], [['from-lisbon']]]);
      const seen = "SELECT seen FROM visits WHERE station = 'retiro'";
      expect([await outcome(madrid, seen, 'LOCAL_QUORUM'), await outcome(lisbon, seen, 'LOCAL_QUORUM')]).toEqual([[['13']], [['103']]]);
      cut.heal();
      await sim.sleep('2m');
      // The hints have come: the later write won, and the counter has both additions.
      for (const client of [madrid, lisbon]) {
        expect([await outcome(client, mail, 'LOCAL_QUORUM'), await outcome(client, seen, 'LOCAL_QUORUM')]).toEqual([[['from-lisbon']], [['113']]]);
        expect(await outcome(client, "SELECT mail FROM accounts WHERE name = 'joe'", 'ONE')).toEqual([['joe@example.org']]);
      }
      expect(await outcome(madrid, insert, 'EACH_QUORUM')).toEqual([]);
    });
  });
});
