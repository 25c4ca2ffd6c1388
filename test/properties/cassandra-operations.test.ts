/**
 * What an operator's day shows besides the catalogue's anomalies (CASSANDRA-8272, CASSANDRA-2434, documentation of `ALLOW FILTERING`, `nodetool decommission`
 * and of queues): replicas that filter what they know, nodes that join while others write, hints of a node that leaves, buckets.
 */
import { describe, expect, it } from 'vitest';
import { drop, pass } from '../../src/kernel/network.ts';
import { begin } from '../support/cassandra-story.ts';

interface Failure {
  readonly code: string;
  readonly blockFor?: number;
  readonly received?: number;
  readonly message: string;
}

const failureOf = (promise: Promise<unknown>): Promise<Failure | undefined> => promise.then(() => undefined, (error: unknown) => error as Failure);

describe('a condition that replicas check, where one of them is behind (CASSANDRA-8272: replica filtering protection)', () => {
  it.each([
    ['ALLOW FILTERING', ''],
    ['an index', 'CREATE INDEX ON ks.t (v);'],
    ['a storage-attached index', "CREATE INDEX ON ks.t (v) USING 'sai';"],
  ])('shows no row that has changed since, with %s', async (_, index) => {
    const { sim, client } = begin(`CREATE TABLE ks.t (k int PRIMARY KEY, v int); ${index}`, { hintedHandoffEnabled: false });
    await sim.run(async () => {
      const writer = client('writer', 'n2');
      await writer.execute('INSERT INTO t (k, v) VALUES (1, 1)', [], { consistency: 'ALL' });
      const away = sim.faults.isolate('n1');
      await writer.execute('UPDATE t SET v = 2 WHERE k = 1');
      away.heal();
      sim.faults.crash('n3');
      await sim.sleep('60s');
      const select = (v: number) => client(`reader-${v}`, 'n1').execute(`SELECT k FROM t WHERE v = ${v} ALLOW FILTERING`);
      // n1 still holds v = 1; n2 has nothing of the kind to answer with.
      expect((await select(1)).rows).toEqual([]);
      expect((await select(2)).rows).toEqual([{ k: 1 }]);
    });
  });
});

describe('a node that joins while clients write', () => {
  it('is one more that a write waits for: at QUORUM of three copies three answers are blocked for, not two', async () => {
    const { sim, cassandra, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int)', { nodes: 3, ringDelay: '5s' });
    await sim.run(async () => {
      const writer = client('writer', 'n1');
      const joining = cassandra.addNode();
      await sim.sleep('7s');
      using _silent = sim.network.rule(({ to, message }) => (to !== 'n1' && message.type === 'MUTATION_REQ' ? drop : pass));
      const failures = await Promise.all(Array.from({ length: 20 }, (_, k) => failureOf(writer.execute('INSERT INTO t (k, v) VALUES (?, 1)', [k]))));
      const blockFor = new Set(failures.map((failure) => failure?.blockFor));
      // Keys of ranges that stay where they are wait for two as ever.
      expect(blockFor).toEqual(new Set([2, 3]));
      expect(failures.every((failure) => failure?.code === 'WRITE_TIMEOUT' && failure.received === 1)).toBe(true);
      await joining;
    });
  });
});

describe('the hints of a node that leaves', () => {
  /** One copy of each row, each node with one range: n1 and its neighbour n2 have nothing to do with n3's. */
  const run = async (leave: 'decommission' | 'crash'): Promise<number> => {
    const initialTokens = Object.fromEntries(['n1', 'n2', 'n3', 'n4'].map((node, i) => [node, [String(BigInt(i - 2) * 2n ** 62n)]]));
    const { sim, cassandra, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int)', { nodes: 4, initialTokens }, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    return sim.run(async () => {
      const k = Array.from({ length: 100 }, (_, i) => i).find((i) => cassandra.getEndpoints('ks.t', i)[0] === 'n3') ?? -1;
      sim.faults.crash('n3');
      await sim.sleep('60s');
      await client('writer', 'n1').execute('INSERT INTO t (k, v) VALUES (?, 1)', [k], { consistency: 'ANY' });
      expect(cassandra.node('n1').hintCount('n3')).toBe(1);
      if (leave === 'decommission') await cassandra.node('n1').decommission();
      else sim.node('n1').crash();
      sim.node('n3').restart();
      await sim.sleep('120s');
      return cassandra.node('n3').peek('ks.t', k).length;
    });
  };

  it('go to another node when it is decommissioned, and reach the one that was away', async () => {
    expect(await run('decommission')).toBe(1);
  });

  it('are out of reach when it dies instead', async () => {
    expect(await run('crash')).toBe(0);
  });
});

describe('a queue in buckets', () => {
  it('is read without a word where one partition of as many tombstones warns', async () => {
    const { sim, client } = begin('CREATE TABLE ks.queue (k text, bucket int, c int, v text, PRIMARY KEY ((k, bucket), c))', { nodes: 1 }, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    await sim.run(async () => {
      const worker = client('worker', undefined, { consistency: 'ONE' });
      const warnings = async (bucketOf: (c: number) => number, name: string): Promise<number> => {
        const deletes = Array.from({ length: 3000 }, (_, c) => ({ query: 'DELETE FROM queue WHERE k = ? AND bucket = ? AND c = ?', params: [name, bucketOf(c), c] }));
        await worker.execute("INSERT INTO queue (k, bucket, c, v) VALUES (?, ?, 3000, 'next')", [name, bucketOf(3000)]);
        for (let at = 0; at < deletes.length; at += 500) await worker.batch(deletes.slice(at, at + 500), { logged: false, record: false });
        const { info, rows } = await worker.execute('SELECT c FROM queue WHERE k = ? AND bucket = ? LIMIT 1', [name, bucketOf(3000)]);
        expect(rows).toEqual([{ c: 3000 }]);
        return info.warnings.length;
      };
      expect([await warnings(() => 0, 'one'), await warnings((c) => Math.floor(c / 500), 'six')]).toEqual([1, 0]);
    });
  });
});
