import { describe, expect, it } from 'vitest';
import { createCassandra, UnavailableError, WriteFailureError, WriteTimeoutError, type Cassandra, type CassandraClient, type CassandraOptions, type Table } from '../../../src/cassandra/index.ts';
import { delay, drop, pass } from '../../../src/kernel/network.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

interface Rig {
  readonly sim: Simulation;
  readonly cassandra: Cassandra;
  readonly table: Table;
  readonly client: CassandraClient;
}

function rig(options: CassandraOptions = {}): Rig {
  const sim = new Simulation({ topology: { sameZone: '0.5ms' } });
  const cassandra = createCassandra(sim, { nodes: 3, ...options });
  const table = cassandra.createTable({ name: 't', partitionKey: ['k'], columns: { k: 'text', v: 'int' } });
  return { sim, cassandra, table, client: cassandra.client({ name: 'c', coordinator: 'n1', consistency: 'QUORUM' }) };
}

const errorOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error: unknown) => error);

describe('coordinated writes', () => {
  it('time out at exactly 2,000 ms with two of three replicas silent, and say how many answered', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      sim.faults.partition(['n1'], ['n2', 'n3']);
      const before = sim.now;
      const error = await errorOf(client.insert(table, { k: 'x', v: 1 }));
      expect(error).toBeInstanceOf(WriteTimeoutError);
      expect(error).toMatchObject({ code: 'WRITE_TIMEOUT', definite: false, consistency: 'QUORUM', received: 1, blockFor: 2, writeType: 'SIMPLE' });
      // Half a millisecond there and back between client and coordinator.
      expect(sim.now - before).toBe(2_001_000);
    });
    expect(sim.history.entries.map(({ type }) => type)).toEqual(['invoke', 'info']);
  });

  it('are refused at once, and sent to nobody, when the coordinator knows that two of three replicas are down', async () => {
    const { sim, cassandra, table, client } = rig();
    await sim.run(async () => {
      sim.faults.crash('n2');
      sim.faults.crash('n3');
      await sim.sleep('60s');
      const before = sim.now;
      const error = await errorOf(client.insert(table, { k: 'x', v: 1 }));
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error).toMatchObject({ code: 'UNAVAILABLE', definite: true, consistency: 'QUORUM', required: 2, alive: 1 });
      expect(sim.now - before).toBe(1_000);
      expect(cassandra.node('n1').peek(table, 'x')).toEqual([]);
      expect(cassandra.node('n1').hintCount()).toBe(0);
    });
    expect(sim.history.entries.map(({ type }) => type)).toEqual(['invoke', 'fail']);
  });

  // ReadWriteFailures of the native protocol: required, received and who failed why.
  it('fail at once when the disks of so many replicas are full that the level is out of reach; those get hints', async () => {
    const { sim, cassandra, table, client } = rig({ commitFailurePolicy: 'ignore' });
    await sim.run(async () => {
      const disks = ['n2', 'n3'].map((node) => sim.faults.diskFault(node, 'full'));
      const before = sim.now;
      const error = await errorOf(client.insert(table, { k: 'x', v: 1 }));
      expect(error).toBeInstanceOf(WriteFailureError);
      expect(error).toMatchObject({
        code: 'WRITE_FAILURE', protocolCode: 0x1500, definite: false, consistency: 'QUORUM', received: 1, blockFor: 2, failures: 2, writeType: 'SIMPLE',
        message: 'Operation failed - received 1 responses and 2 failures: UNKNOWN from n2, UNKNOWN from n3',
      });
      expect(sim.now - before).toBe(2_000);
      // One of three may fail, and with LOCAL_ONE two may.
      expect(await errorOf(client.insert(table, { k: 'y', v: 1 }, { consistency: 'LOCAL_ONE' }))).toBeUndefined();
      for (const disk of disks) disk.heal();
      await sim.sleep('60s');
      expect(cassandra.nodes.map((node) => node.peek(table, 'x').length)).toEqual([1, 1, 1]);
    });
  });

  // cassandra.yaml, commit_failure_policy: stop (the default) leaves the node effectively dead.
  it('stop a node whose commit log cannot be written: the others hold it for dead at once, its clients get no answer, until it is started again', async () => {
    const { sim, cassandra, table, client } = rig();
    const stopped = cassandra.client({ name: 'd', coordinator: 'n3' });
    await sim.run(async () => {
      const disk = sim.faults.diskFault('n3', 'full');
      await client.insert(table, { k: 'x', v: 1 });
      await sim.sleep('10ms');
      expect(cassandra.node('n1').considersAlive('n3')).toBe(false);
      expect(cassandra.node('n3')).toMatchObject({ isUp: true, takesClients: false });
      expect(await errorOf(client.insert(table, { k: 'x', v: 2 }, { consistency: 'ALL' }))).toMatchObject({ code: 'UNAVAILABLE', required: 3, alive: 2 });
      expect(await errorOf(stopped.select(table, { partition: 'x' }))).toMatchObject({ definite: false });
      disk.heal();
      await sim.sleep('60s');
      // Room on the disk alone does not bring it back.
      expect(cassandra.node('n1').considersAlive('n3')).toBe(false);
      expect(cassandra.node('n3').peek(table, 'x')).toEqual([]);
      sim.node('n3').crash();
      sim.node('n3').restart();
      await sim.sleep('60s');
      expect(cassandra.node('n3').peek(table, 'x')).toHaveLength(1);
      expect(await errorOf(stopped.select(table, { partition: 'x' }))).toBeUndefined();
    });
  });

  it('with commit_failure_policy stop_commit are refused by such a node, which still serves reads', async () => {
    const { sim, cassandra, table, client } = rig({ commitFailurePolicy: 'stop_commit' });
    await sim.run(async () => {
      await client.insert(table, { k: 'x', v: 1 }, { consistency: 'ALL' });
      const disk = sim.faults.diskFault('n3', 'full');
      expect(await errorOf(client.insert(table, { k: 'x', v: 2 }, { consistency: 'ALL' }))).toMatchObject({ code: 'WRITE_FAILURE', received: 2, failures: 1 });
      disk.heal();
      expect(await errorOf(client.insert(table, { k: 'x', v: 3 }, { consistency: 'ALL' }))).toMatchObject({ code: 'WRITE_FAILURE' });
      expect(cassandra.node('n1').considersAlive('n3')).toBe(true);
      expect((await client.select(table, { partition: 'x' }, { coordinator: 'n3', consistency: 'ONE' })).first).toMatchObject({ v: 1 });
    });
  });

  it('time out, and do not hang, when a counter leader cannot write', async () => {
    const { sim, cassandra, client } = rig();
    cassandra.schema('CREATE TABLE ks.c (k text PRIMARY KEY, n counter)');
    await sim.run(async () => {
      for (const node of ['n1', 'n2', 'n3']) sim.faults.diskFault(node, 'full');
      expect(await errorOf(client.execute("UPDATE ks.c SET n = n + 1 WHERE k = 'x'"))).toMatchObject({ code: 'WRITE_TIMEOUT', received: 0, blockFor: 2, writeType: 'COUNTER' });
    });
  });

  it('go to every replica, whatever the level', async () => {
    const { sim, cassandra, table, client } = rig();
    await sim.run(async () => {
      await client.insert(table, { k: 'x', v: 1 }, { consistency: 'ONE' });
      await sim.sleep('10ms');
      expect(cassandra.nodes.map((node) => node.peek(table, 'x'))).toEqual([[{ k: 'x', v: 1 }], [{ k: 'x', v: 1 }], [{ k: 'x', v: 1 }]]);
    });
  });

  it('leave a hint after the timeout for a replica that did not answer, and deliver it with its old timestamp', async () => {
    const { sim, cassandra, table, client } = rig();
    await sim.run(async () => {
      const cut = sim.faults.isolate('n3');
      const { timestamp } = await client.insert(table, { k: 'x', v: 1 });
      expect(cassandra.node('n1').hintCount()).toBe(0);
      await sim.sleep('2s');
      expect(cassandra.node('n1').hintCount('n3')).toBe(1);
      cut.heal();
      await sim.sleep('20s');
      expect(cassandra.node('n1').hintCount()).toBe(0);
      const read = await client.select(table, { partition: 'x' }, { consistency: 'ONE', coordinator: 'n3' });
      expect(read.writetimes).toEqual([{ v: timestamp }]);
    });
  });

  it('leave a hint at once for a replica known to be down', async () => {
    const { sim, cassandra, table, client } = rig();
    await sim.run(async () => {
      sim.faults.crash('n3');
      await sim.sleep('60s');
      await client.insert(table, { k: 'x', v: 1 });
      expect(cassandra.node('n1').hintCount('n3')).toBe(1);
    });
  });

  it('keep hints through a crash of the coordinator once they were synced', async () => {
    const { sim, cassandra, table, client } = rig();
    await sim.run(async () => {
      const down = sim.faults.crash('n3');
      await sim.sleep('60s');
      await client.insert(table, { k: 'x', v: 1 });
      await sim.sleep('11s');
      sim.faults.crash('n1').for('1s');
      await sim.sleep('2s');
      expect(cassandra.node('n1').hintCount('n3')).toBe(1);
      down.heal();
      await sim.sleep('30s');
      expect(cassandra.node('n3').peek(table, 'x')).toEqual([{ k: 'x', v: 1 }]);
    });
  });

  it('are refused for a table, a level or a value that makes no sense, before anything is sent', async () => {
    const { sim, table, client } = rig();
    await sim.run(async () => {
      const codes = await Promise.all([
        errorOf(client.insert('nowhere', { k: 'x' })),
        errorOf(client.insert(table, { v: 1 })),
        errorOf(client.insert(table, { k: 'x', v: 'text' })),
        errorOf(client.insert(table, { k: 'x', v: 1 }, { consistency: 'SOME' as 'ONE' })),
        errorOf(client.insert(table, { k: 'x', v: 1 }, { ttl: -1 })),
        errorOf(client.select(table, { partition: 'x' }, { consistency: 'ANY' })),
        errorOf(client.select(table, { partition: 'x', limit: 0 })),
      ]);
      expect(codes.map((error) => (error as { code: string }).code)).toEqual(Array.from({ length: 7 }, () => 'INVALID'));
      expect(await errorOf(client.insert(table, { k: 'x', v: 1 }, { coordinator: 'n9' }))).toMatchObject({ code: 'UNKNOWN_NODE', definite: true });
    });
  });

  it('are not acknowledged by answers to an earlier incarnation of the coordinator', async () => {
    const { sim, cassandra, table, client } = rig();
    await sim.run(async () => {
      await sim.sleep('5s');
      // The first write's messages are late; the second's are lost.
      let sent = 0;
      using _rule = sim.network.rule(({ from, message }) => {
        if (from !== 'n1' || message.type !== 'MUTATION_REQ') return pass;
        return ++sent <= 2 ? delay('1s') : drop;
      });
      const first = errorOf(client.insert(table, { k: 'x', v: 1 }));
      await sim.sleep('5ms');
      sim.node('n1').crash('process');
      sim.node('n1').restart();
      await sim.sleep('500ms');
      // The replicas take the first incarnation's write, and answer the second incarnation, while this one is under way.
      const error = await errorOf(client.insert(table, { k: 'y', v: 2 }, { consistency: 'ALL' }));
      expect(sent).toBe(4);
      expect(cassandra.nodes.map((node) => node.peek(table, 'x').length)).toEqual([1, 1, 1]);
      expect(error).toBeInstanceOf(WriteTimeoutError);
      expect(error).toMatchObject({ received: 1, blockFor: 3 });
      await first;
    });
  });
});

describe('writes to several datacentres', () => {
  /** Two datacentres of three nodes, every partition on all six; messages by verb and the datacentres they go between. */
  const twoDatacenters = (seed = 1): Rig & { readonly messages: () => Record<string, number> } => {
    const sim = new Simulation({ seed, topology: { sameZone: '0.5ms' } });
    const cassandra = createCassandra(sim, { datacenters: { east: 3, west: 3 } });
    const table = cassandra.createTable({ name: 't', partitionKey: ['k'], columns: { k: 'text', v: 'int' } });
    const counts = new Map<string, number>();
    const whereIs = (id: string): string => cassandra.nodes.find((node) => node.id === id)?.datacenter ?? 'client';
    sim.on('message', ({ from, to, message }) => {
      const what = `${message.type} ${whereIs(from)}>${whereIs(to)}`;
      if (message.type.startsWith('MUTATION')) counts.set(what, (counts.get(what) ?? 0) + 1);
    });
    const messages = (): Record<string, number> => {
      const seen = Object.fromEntries(counts);
      counts.clear();
      return seen;
    };
    return { sim, cassandra, table, messages, client: cassandra.client({ name: 'c', coordinator: 'n1', consistency: 'ALL' }) };
  };

  // StorageProxy.sendMessagesToNonlocalDC; MutationVerbHandler.forwardToLocalNodes.
  it('send one message to the other one, where it is passed on; each replica answers the coordinator', async () => {
    const { sim, cassandra, table, client, messages } = twoDatacenters();
    await sim.run(async () => {
      await client.insert(table, { k: 'x', v: 1 });
      expect(messages()).toEqual({
        'MUTATION_REQ east>east': 2, 'MUTATION_RSP east>east': 2, 'MUTATION_REQ east>west': 1, 'MUTATION_REQ west>west': 2, 'MUTATION_RSP west>east': 3,
      });
      expect(cassandra.nodes.map((node) => node.peek(table, 'x').length)).toEqual([1, 1, 1, 1, 1, 1]);
      // Not always the same one passes it on.
      const passing = new Set<string>();
      sim.on('message', ({ from, to, message }) => { if (message.type === 'MUTATION_REQ' && from === 'n1' && Number(to.slice(1)) > 3) passing.add(to); });
      for (let v = 0; v < 30; v++) await client.insert(table, { k: 'x', v });
      expect([...passing].sort()).toEqual(['n4', 'n5', 'n6']);
    });
  });

  it('reach a datacentre of which one replica is up directly', async () => {
    const { sim, table, client, messages } = twoDatacenters();
    await sim.run(async () => {
      for (const node of ['n5', 'n6']) sim.faults.crash(node);
      await sim.sleep('60s');
      await client.insert(table, { k: 'x', v: 1 }, { consistency: 'LOCAL_QUORUM' });
      await sim.sleep('1s');
      expect(messages()).toEqual({ 'MUTATION_REQ east>east': 2, 'MUTATION_RSP east>east': 2, 'MUTATION_REQ east>west': 1, 'MUTATION_RSP west>east': 1 });
    });
  });

  it('are missed by a datacentre whose one message is lost, until hints bring them to all its replicas', async () => {
    const { sim, cassandra, table, client } = twoDatacenters();
    await sim.run(async () => {
      const west = cassandra.nodes.slice(3);
      const rule = sim.network.rule(({ from, to, message }) => (from === 'n1' && Number(to.slice(1)) > 3 && message.type === 'MUTATION_REQ' ? drop : pass));
      await client.insert(table, { k: 'x', v: 1 }, { consistency: 'LOCAL_QUORUM' });
      const error = await errorOf(client.insert(table, { k: 'y', v: 1 }, { consistency: 'EACH_QUORUM' }));
      expect(error).toMatchObject({ code: 'WRITE_TIMEOUT', received: 2, blockFor: 4 });
      expect(west.map((node) => node.peek(table, 'x').length)).toEqual([0, 0, 0]);
      rule[Symbol.dispose]();
      await sim.sleep('30s');
      expect(west.map((node) => node.peek(table, 'x').length)).toEqual([1, 1, 1]);
    });
  });
});
