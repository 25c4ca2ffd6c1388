import { describe, expect, it } from 'vitest';
import { CassandraError, createCassandra, type CassandraOptions, type TableDefinition } from '../../src/cassandra/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

describe('createCassandra', () => {
  it('writes and reads rows of any columns', async () => {
    const sim = new Simulation();
    const cassandra = createCassandra(sim, { nodes: 3 });
    const readings = cassandra.createTable({
      name: 'readings', partitionKey: ['sensor'], clusteringKey: [{ column: 'at', order: 'DESC' }],
      columns: { sensor: 'text', at: 'int', celsius: 'double', humidity: 'int', note: 'text' },
    });
    await sim.run(async () => {
      const client = cassandra.client({ name: 'alice', consistency: 'QUORUM' });
      await client.insert(readings, { sensor: 's1', at: 1, celsius: 20.5 });
      await client.insert(readings, { sensor: 's1', at: 3, celsius: 22, note: 'hot' });
      await client.insert(readings, { sensor: 's1', at: 2, humidity: 40 });
      const all = await client.select(readings, { partition: 's1' });
      expect(all.rows).toEqual([
        { sensor: 's1', at: 3, celsius: 22, note: 'hot' },
        { sensor: 's1', at: 2, humidity: 40 },
        { sensor: 's1', at: 1, celsius: 20.5 },
      ]);
      const some = await client.select(readings, { partition: 's1', from: 2, limit: 1, reverse: true, columns: ['humidity'] });
      expect(some.rows).toEqual([{ sensor: 's1', at: 2, humidity: 40 }]);
    });
    expect(sim.history.entries.map(({ f, type }) => `${f} ${type}`)).toContain('select ok');
  });

  it('names its nodes across datacentres and deals them to racks', () => {
    const cassandra = createCassandra(new Simulation(), { datacenters: { paris: 2, tokyo: 3 }, racks: 2, prefix: 'c' });
    expect(cassandra.nodes.map(({ id, datacenter, rack }) => `${id} ${datacenter} ${rack}`)).toEqual([
      'c1 paris rack1', 'c2 paris rack2', 'c3 tokyo rack1', 'c4 tokyo rack2', 'c5 tokyo rack1',
    ]);
    expect(cassandra.nodes.every(({ tokens }) => tokens.length === 16)).toBe(true);
  });

  it('calls racks as its snitch does: availability zones of the regions with Ec2Snitch', async () => {
    const sim = new Simulation();
    const cassandra = createCassandra(sim, { datacenters: { 'us-east-1': 3, 'eu-west-2': 1 }, racks: 3, endpointSnitch: 'Ec2Snitch', dynamicSnitch: false, ringDelay: '1s' });
    const places = (): string[] => cassandra.nodes.map(({ datacenter, rack }) => `${datacenter} ${rack}`);
    expect(places()).toEqual(['us-east-1 us-east-1a', 'us-east-1 us-east-1b', 'us-east-1 us-east-1c', 'eu-west-2 eu-west-2a']);
    await sim.run(async () => {
      const client = cassandra.client({ name: 'alice', coordinator: 'n1' });
      expect((await client.execute('SELECT data_center, rack FROM system.local')).first()).toEqual({ data_center: 'us-east-1', rack: 'us-east-1a' });
      expect((await client.execute('DESCRIBE CLUSTER')).first()).toMatchObject({ snitch: 'Ec2Snitch' });
      await cassandra.addNode({ datacenter: 'eu-west-2' });
    });
    expect(places().at(-1)).toBe('eu-west-2 eu-west-2a');
  });

  it.each<[string, CassandraOptions]>([
    ['SimpleSnitch knows one datacentre', { endpointSnitch: 'SimpleSnitch', datacenters: { east: 1, west: 1 } }],
    ['SimpleSnitch knows one rack', { endpointSnitch: 'SimpleSnitch', racks: 2 }],
    ['such as us-east-1, got east', { endpointSnitch: 'Ec2Snitch', datacenters: { 'us-east-1': 1, 'east': 1 } }],
    ['such as us-east-1, got datacenter1', { endpointSnitch: 'Ec2MultiRegionSnitch' }],
    ["got 'racks' 27", { endpointSnitch: 'Ec2Snitch', datacenters: { 'us-east-1': 1 }, racks: 27 }],
    ['endpointSnitch must be one of', { endpointSnitch: 'RackInferringSnitch' as 'Ec2Snitch' }],
  ])('refuses a layout that its snitch has no names for: %s', (text, options) => {
    expect(() => createCassandra(new Simulation(), options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(text) as string }) as Error);
  });

  it('finds the replicas of a key where given tokens put it', () => {
    const cassandra = createCassandra(new Simulation(), { initialTokens: { n1: ['-4069959284402364209'], n2: [-4069959284402364208n], n3: [0n] } });
    const table = cassandra.createTable({ name: 't', partitionKey: ['k'], columns: { k: 'int' }, replication: { class: 'SimpleStrategy', replicationFactor: 2 } });
    expect(cassandra.getEndpoints(table, 1)).toEqual(['n1', 'n2']);
    expect(cassandra.getEndpoints('t', 2)).toEqual(['n3', 'n1']);
  });

  it('stands beside another cluster in one simulation', async () => {
    const sim = new Simulation();
    const [one, two] = [createCassandra(sim, { prefix: 'a' }), createCassandra(sim, { prefix: 'b' })];
    const tables = [one, two].map((cassandra) => cassandra.createTable({ name: 't', partitionKey: ['k'], columns: { v: 'int' } }));
    await sim.run(async () => {
      await one.client({ name: 'c1' }).insert(tables[0] ?? '', { k: 'x', v: 1 });
      expect((await two.client({ name: 'c2' }).select(tables[1] ?? '', { partition: 'x' })).rows).toEqual([]);
    });
  });

  it.each<[string, CassandraOptions]>([
    ['nodes', { nodes: 0 }], ['racks', { racks: 1.5 }], ['datacenters', { nodes: 3, datacenters: { dc1: 3 } }], ['numTokens', { numTokens: 0 }],
    ['timestamps', { timestamps: 'sundial' as 'client' }], ['commitlogSync', { commitlogSync: 'never' as 'batch' }],
    ['writeRequestTimeout', { writeRequestTimeout: '0s' }], ['maxHintWindow', { maxHintWindow: '-1h' }],
  ])('refuses an option that makes no sense, naming it: %s', (name, options) => {
    const sim = new Simulation();
    expect(() => createCassandra(sim, options)).toThrow(name);
    expect(sim.nodes).toEqual([]);
  });

  it.each<[Partial<TableDefinition>]>([
    [{ partitionKey: [] }], [{ partitionKey: ['k', 'k'] }], [{ columns: { v: 'varchar2' as 'text' } }], [{ gcGraceSeconds: -1 }],
    [{ replication: { class: 'NetworkTopologyStrategy', datacenters: { nowhere: 3 } } }], [{ name: 'taken' }],
  ])('refuses a table that makes no sense: %j', (definition) => {
    const cassandra = createCassandra(new Simulation());
    cassandra.createTable({ name: 'taken', partitionKey: ['k'] });
    expect(() => cassandra.createTable({ name: 't', partitionKey: ['k'], ...definition })).toThrow(CassandraError);
  });

  it('leaves no keyspace behind when it refuses the table that would have been its first', () => {
    const cassandra = createCassandra(new Simulation());
    expect(() => cassandra.createTable({ keyspace: 'new', name: 't', partitionKey: [] })).toThrow(CassandraError);
    expect(() => cassandra.schema('CREATE TABLE new.t (k int PRIMARY KEY)')).toThrow("Keyspace 'new' doesn't exist");
  });

  it('refuses names that are not there', () => {
    const cassandra = createCassandra(new Simulation());
    expect(() => cassandra.node('n9')).toThrow(expect.objectContaining({ code: 'UNKNOWN_NODE' }));
    expect(() => cassandra.client({ name: 'c', coordinator: 'n9' })).toThrow(expect.objectContaining({ code: 'UNKNOWN_NODE' }));
    expect(() => cassandra.client({ name: 'c', datacenter: 'dc9' })).toThrow(expect.objectContaining({ code: 'UNKNOWN_DATACENTER' }));
    cassandra.node('n1').simulated.crash();
    expect(() => { cassandra.node('n1').flush(); }).toThrow(expect.objectContaining({ code: 'NODE_DOWN' }));
  });
});
