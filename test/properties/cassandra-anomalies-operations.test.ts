/**
 * The rows C17 to C20 of the catalogue of anomalies, and what a table's users meet besides: tombstones, indexes and views that
 * lag, changes of the ring, rows that nobody wrote, rows and cells that expire, opinions of gossip that differ.
 */
import { describe, expect, it } from 'vitest';
import type { CassandraClient, CassandraOptions } from '../../src/cassandra/index.ts';
import { delay, drop, pass } from '../../src/kernel/network.ts';
import { begin, type Story } from '../support/cassandra-story.ts';

interface Failure {
  readonly code: string;
}

const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'ok', (error: unknown) => (error as Failure).code);
type Rows = readonly Readonly<Record<string, unknown>>[];
const rowsOf = async (result: Promise<{ readonly rows: Rows }>): Promise<Rows> => (await result).rows;

describe('C17: a queue of tombstones (documentation: tombstone_warn_threshold 1000, tombstone_failure_threshold 100000)', () => {
  const QUEUE = 'CREATE TABLE ks.queue (k text, c int, v text, PRIMARY KEY (k, c))';

  /** Takes so many entries from the head of a queue, and asks for the next one. */
  const run = async (taken: number, from: number): Promise<{ readonly code: string; readonly warnings: readonly string[]; readonly rows: Rows }> => {
    const { sim, client } = begin(QUEUE, { nodes: 1 }, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    return sim.run(async () => {
      const worker = client('worker', undefined, { consistency: 'ONE' });
      const deletes = Array.from({ length: taken }, (_, c) => ({ query: "DELETE FROM queue WHERE k = 'q' AND c = ?", params: [c] }));
      await worker.execute("INSERT INTO queue (k, c, v) VALUES ('q', ?, 'next')", [taken]);
      for (let at = 0; at < deletes.length; at += 500) await worker.batch(deletes.slice(at, at + 500), { logged: false, record: false });
      return worker.execute("SELECT * FROM queue WHERE k = 'q' AND c >= ? LIMIT 1", [from])
        .then(({ info, rows }) => ({ code: 'ok', warnings: info.warnings, rows }), (error: unknown) => ({ code: (error as Failure).code, warnings: [], rows: [] }));
    });
  };

  it('is read without a word with 1,000 of them, and with a warning with 1,001', async () => {
    expect((await run(1000, 0)).warnings).toEqual([]);
    const { code, warnings, rows } = await run(1001, 0);
    expect([code, rows.length]).toEqual(['ok', 1]);
    expect(warnings.join()).toMatch(/^Read 1 live rows and 1001 tombstone cells for query SELECT \* FROM ks\.queue WHERE k = 'q' .*; token -4882450986412430415 \(see tombstone_warn_threshold\)$/);
  });

  it('cannot be read any more with 100,001, though it holds one entry', async () => {
    expect((await run(100_001, 0)).code).toBe('READ_FAILURE');
  }, 60_000);

  it('can be read from where the reader had got to: tombstones that a slice leaves out do not count', async () => {
    expect(await run(100_001, 100_001)).toMatchObject({ code: 'ok', warnings: [], rows: [{ c: 100_001, v: 'next' }] });
  }, 60_000);
});

describe('C18: views and indexes beside their table (documentation: materialized views are experimental)', () => {
  const SCHEMA = `CREATE TABLE ks.users (id int PRIMARY KEY, email text);
    CREATE MATERIALIZED VIEW ks.by_email AS SELECT * FROM ks.users WHERE email IS NOT NULL AND id IS NOT NULL PRIMARY KEY (email, id);`;

  /** One copy of each, so that the row, its old and its new entry in the view can each be on a machine of their own. */
  const single = (options: CassandraOptions): Story & { readonly old: () => Promise<number>; readonly base: () => Promise<Rows>; readonly toView: (from: string, to: string) => boolean } => {
    const story = begin(SCHEMA, { nodes: 4, materializedViewsEnabled: true, ...options }, "{'class': 'SimpleStrategy', 'replication_factor': 1}");
    const writer = story.client('writer', undefined, { consistency: 'ONE' });
    const holder = story.cassandra.getEndpoints('ks.users', 1)[0];
    return {
      ...story,
      client: () => writer,
      old: async () => (await rowsOf(writer.execute("SELECT id FROM by_email WHERE email = 'old'"))).length,
      base: () => rowsOf(writer.execute('SELECT email FROM users WHERE id = 1')),
      toView: (from, to) => from === holder && to !== holder,
    };
  };

  it('the base has the new row, the view still the old one, until it catches up', async () => {
    const { sim, client, old, base, toView } = single({});
    await sim.run(async () => {
      await client('writer').execute("INSERT INTO users (id, email) VALUES (1, 'old')");
      await sim.sleep('1s');
      expect(await old()).toBe(1);
      using _slow = sim.network.rule(({ from, to, message }) => (message.type === 'MUTATION_REQ' && toView(from, to) ? delay('300ms') : pass));
      await client('writer').execute("INSERT INTO users (id, email) VALUES (1, 'new')");
      expect([await base(), await old()]).toEqual([[{ email: 'new' }], 1]);
      await sim.sleep('1s');
      expect([await base(), await old()]).toEqual([[{ email: 'new' }], 0]);
    });
  });

  it('the view stays behind for ever when its update was lost, until it is built again', async () => {
    const { sim, client, old, base, toView } = single({ hintedHandoffEnabled: false });
    await sim.run(async () => {
      const writer = client('writer');
      await writer.execute("INSERT INTO users (id, email) VALUES (1, 'old')");
      await sim.sleep('1s');
      const lost = sim.network.rule(({ from, to, message }) => (message.type === 'MUTATION_REQ' && toView(from, to) ? drop : pass));
      await writer.execute("INSERT INTO users (id, email) VALUES (1, 'new')");
      lost[Symbol.dispose]();
      await sim.sleep('1d');
      expect([await base(), await old()]).toEqual([[{ email: 'new' }], 1]);
      await writer.execute('DROP MATERIALIZED VIEW by_email');
      await writer.execute('CREATE MATERIALIZED VIEW by_email AS SELECT * FROM users WHERE email IS NOT NULL AND id IS NOT NULL PRIMARY KEY (email, id)');
      await sim.sleep('10s');
      expect([await base(), await old(), (await rowsOf(writer.execute("SELECT id FROM by_email WHERE email = 'new'"))).length]).toEqual([[{ email: 'new' }], 0, 1]);
    });
  });

  it('replicas of a view that differ are made equal by a repair of the view, as of any table', async () => {
    const { sim, cassandra, client } = begin(SCHEMA, { nodes: 3, materializedViewsEnabled: true, hintedHandoffEnabled: false });
    await sim.run(async () => {
      const cut = sim.faults.isolate('n3');
      await client('writer', 'n1').execute("INSERT INTO users (id, email) VALUES (1, 'a')");
      cut.heal();
      await sim.sleep('60s');
      const copies = (): readonly number[] => cassandra.nodes.map((node) => node.peek('ks.by_email', 'a').length);
      expect(copies()).toEqual([1, 1, 0]);
      await cassandra.node('n1').repair({ full: true });
      expect(copies()).toEqual([1, 1, 1]);
    });
  });

  it('a view updated while nothing fails is what its base says, after changes, deletes and expiry', async () => {
    const { sim, client } = begin(SCHEMA, { materializedViewsEnabled: true });
    await sim.run(async () => {
      const writer = client('writer', 'n1');
      const random = sim.random.fork('test');
      for (let i = 0; i < 150; i++) {
        const id = random.below(8);
        const email = `m${random.below(5)}`;
        switch (random.below(5)) {
          case 0: await writer.execute('DELETE FROM users WHERE id = ?', [id]); break;
          case 1: await writer.execute('DELETE email FROM users WHERE id = ?', [id]); break;
          case 2: await writer.execute('INSERT INTO users (id, email) VALUES (?, ?) USING TTL 3', [id, email]); break;
          default: await writer.execute('UPDATE users SET email = ? WHERE id = ?', [email, id]);
        }
        if (random.chance(0.1)) await sim.sleep('2s');
      }
      await sim.sleep('10s');
      const pairs = (rows: Rows): readonly string[] => rows.filter(({ email }) => email !== null).map(({ id, email }) => `${String(id)} ${String(email)}`).sort((a, b) => (a < b ? -1 : 1));
      const base = pairs(await rowsOf(writer.execute('SELECT id, email FROM users')));
      expect(base.length).toBeGreaterThan(0);
      expect(pairs(await rowsOf(writer.execute('SELECT id, email FROM by_email')))).toEqual(base);
    });
  });

  it('an index of a replica that missed a write does not know it at ONE, and QUORUM does', async () => {
    const { sim, client } = begin('CREATE TABLE ks.users (id int PRIMARY KEY, email text); CREATE INDEX ON ks.users (email);', { hintedHandoffEnabled: false });
    await sim.run(async () => {
      const writer = client('writer', 'n1');
      const cut = sim.faults.isolate('n3');
      await writer.execute("INSERT INTO users (id, email) VALUES (1, 'a')");
      cut.heal();
      const find = (consistency: 'ONE' | 'QUORUM'): Promise<Rows> => rowsOf(client(`reader-${consistency}`, 'n3').execute("SELECT id FROM users WHERE email = 'a'", [], { consistency }));
      expect(await find('ONE')).toEqual([]);
      expect(await find('QUORUM')).toEqual([{ id: 1 }]);
    });
  });
});

describe('C19: two nodes join at once (documentation: one at a time, two minutes apart; CASSANDRA-2434, 7069)', () => {
  const KEYS = 120;

  /** Writes at QUORUM while one replica of three is away; then two nodes join. @returns keys that fewer than two of their three replicas have by then */
  const run = async (together: boolean): Promise<number> => {
    const { sim, cassandra, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int)', { nodes: 3, ringDelay: '5s', hintedHandoffEnabled: false, allocateTokensForLocalReplicationFactor: false });
    return sim.run(async () => {
      const writer = client('writer', 'n1');
      const away = sim.faults.isolate('n3');
      for (let k = 0; k < KEYS; k++) await writer.execute('INSERT INTO t (k, v) VALUES (?, 1)', [k]);
      away.heal();
      await sim.sleep('60s');
      if (together) {
        await Promise.all([cassandra.addNode(), cassandra.addNode()]);
      } else {
        await cassandra.addNode();
        await cassandra.addNode();
      }
      await sim.sleep('30s');
      return Array.from({ length: KEYS }, (_, k) => cassandra.getEndpoints('ks.t', k).filter((id) => cassandra.node(id).peek('ks.t', k).length > 0).length).filter((copies) => copies < 2).length;
    });
  };

  it('both take a range from the replica that each would put out, the same one, and an acknowledged write is down to one copy', async () => {
    expect(await run(true)).toBeGreaterThan(0);
  });

  it('every write has its two copies when the second waits for the first', async () => {
    expect(await run(false)).toBe(0);
  });

  it('is refused to a node that has heard of the other', async () => {
    const { sim, cassandra } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int)');
    await sim.run(async () => {
      const first = cassandra.addNode();
      await sim.sleep('10s');
      const second = await cassandra.addNode().then(() => 'joined', (error: unknown) => (error as Error).message);
      expect(second).toBe('Other bootstrapping/leaving/moving nodes detected, cannot bootstrap while cassandra.consistent.rangemovement is true. Nodes detected, bootstrapping: n4; leaving: ; moving: ;');
      expect((await first).status).toBe('NORMAL');
    });
  });

  it('gives no token to two of them, even where both chose the same', async () => {
    const { sim, cassandra } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int)');
    await sim.run(async () => {
      await Promise.all([cassandra.addNode({ tokens: [5, 100, 200].map(BigInt) }), cassandra.addNode({ tokens: [5, 300].map(BigInt) })]);
      await sim.sleep('5s');
      const holders = cassandra.node('n1').ring().filter(({ token }) => ['5', '100', '200', '300'].includes(token)).map(({ token, node }) => `${token} ${node}`);
      expect(holders).toEqual(['5 n4', '100 n4', '200 n4', '300 n5']);
    });
  });
});

describe('C20: a row made of two writes that nobody wrote (Jepsen: Cassandra, 2013)', () => {
  /** Two clients write the whole row, each reaching a different replica first; cells are compared one by one. */
  const run = async (type: 'columns' | 'frozen'): Promise<unknown> => {
    const { sim, client } = begin('CREATE TABLE ks.columns (k text PRIMARY KEY, a int, b int); CREATE TYPE ks.pair (a int, b int); CREATE TABLE ks.frozen (k text PRIMARY KEY, p frozen<pair>)');
    return sim.run(async () => {
      const [first, second] = [client('first', 'n1'), client('second', 'n3')];
      const text = (a: number, b: number): string => (type === 'columns' ? `INSERT INTO columns (k, a, b) VALUES ('x', ${a}, ${b})` : `INSERT INTO frozen (k, p) VALUES ('x', {a: ${a}, b: ${b}})`);
      // The clocks of the two are equal to the microsecond.
      await Promise.all([first.execute(text(1, -1), [], { timestamp: 1_000 }), second.execute(text(4, -4), [], { timestamp: 1_000 })]);
      const row = (await first.execute(`SELECT ${type === 'columns' ? 'a, b' : 'p'} FROM ${type} WHERE k = 'x'`)).first();
      return type === 'columns' ? row : row?.['p'];
    });
  };

  it('takes the larger value of each column', async () => {
    expect(await run('columns')).toEqual({ a: 4, b: -1 });
  });

  it('is one of the two when it is one frozen value', async () => {
    expect(await run('frozen')).toEqual({ a: 4, b: -4 });
  });

  it('is mended from halves on different replicas by a read, which is what read repair is for', async () => {
    const { sim, cassandra, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, a int, b int)', { hintedHandoffEnabled: false });
    await sim.run(async () => {
      const writer = client('writer');
      for (const [column, seen] of [['a', 'n1'], ['b', 'n2']] as const) {
        const cuts = ['n1', 'n2', 'n3'].filter((node) => node !== seen).map((node) => sim.faults.isolate(node));
        await writer.execute(`INSERT INTO t (k, ${column}) VALUES ('x', 1)`, [], { coordinator: seen, consistency: 'ONE' });
        for (const cut of cuts) cut.heal();
      }
      expect((await writer.execute("SELECT a, b FROM t WHERE k = 'x'", [], { consistency: 'ALL' })).first()).toEqual({ a: 1, b: 1 });
      expect(cassandra.nodes.map((node) => node.peek('ks.t', 'x'))).toEqual(Array.from({ length: 3 }, () => [{ k: 'x', a: 1, b: 1 }]));
    });
  });
});

describe('two writes with one timestamp (Cells.resolveRegular, CASSANDRA-14592)', () => {
  const run = async (texts: readonly string[], options: CassandraOptions = {}): Promise<unknown> => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)', options);
    return sim.run(async () => {
      const writer = client('writer');
      for (const text of texts) await writer.execute(text, [], { timestamp: 7 });
      await sim.sleep('1ms');
      return (await writer.execute("SELECT v FROM t WHERE k = 'x'")).first()?.['v'] ?? null;
    });
  };
  const either = async (a: string, b: string, options: CassandraOptions = {}): Promise<unknown> => [await run([a, b], options), await run([b, a], options)];
  const set = (v: number, ttl = 0): string => `UPDATE t USING TTL ${ttl} SET v = ${v} WHERE k = 'x'`;

  it('a tombstone beats a value, whichever came first', async () => {
    expect(await either(set(1), "DELETE v FROM t WHERE k = 'x'")).toEqual([null, null]);
    expect(await either(set(1), "DELETE FROM t WHERE k = 'x'")).toEqual([null, null]);
  });

  it('the larger serialised value wins: unsigned since 4.0, signed bytes in 2.1', async () => {
    expect(await either(set(200), set(100))).toEqual([200, 200]);
    expect(await either(set(-1), set(3))).toEqual([-1, -1]);
    expect(await either(set(200), set(100), { valueTieBreak: 'signed' })).toEqual([100, 100]);
    expect(await either(set(-1), set(3), { valueTieBreak: 'signed' })).toEqual([3, 3]);
    expect(await either(set(256), set(255), { valueTieBreak: 'signed' })).toEqual([256, 256]);
  });

  it('a value that expires beats one that does not, a later expiry an earlier one', async () => {
    expect(await either(set(1, 100), set(2))).toEqual([1, 1]);
    expect(await either(set(1, 200), set(2, 100))).toEqual([1, 1]);
    expect(await either(set(1, 100), set(2, 100))).toEqual([2, 2]);
  });
});

describe('what expires and what stays (documentation: TTL)', () => {
  it('cells die one by one; an inserted row stays, an updated row goes with its last cell', async () => {
    const { sim, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v text, w text)');
    await sim.run(async () => {
      const writer = client('writer');
      await writer.execute("INSERT INTO t (k, w) VALUES (1, 'y')");
      await writer.execute("UPDATE t USING TTL 10 SET v = 'x' WHERE k = 1");
      await writer.execute("INSERT INTO t (k) VALUES (2)");
      await writer.execute("UPDATE t USING TTL 10 SET v = 'x' WHERE k = 2");
      await writer.execute("UPDATE t USING TTL 10 SET v = 'x' WHERE k = 3");
      await writer.execute("INSERT INTO t (k, v) VALUES (4, 'x') USING TTL 10");
      const all = async (): Promise<unknown> => [...(await rowsOf(writer.execute('SELECT k, v, w FROM t WHERE k IN (1, 2, 3, 4)')))].map(({ k, v, w }) => [k, v, w]);
      expect(await all()).toEqual([[1, 'x', 'y'], [2, 'x', null], [3, 'x', null], [4, 'x', null]]);
      await sim.sleep('11s');
      expect(await all()).toEqual([[1, null, 'y'], [2, null, null]]);
    });
  });

  it('a list is appended to twice by a repeated request, a set is not', async () => {
    const { sim, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, l list<int>, s set<int>)');
    await sim.run(async () => {
      const writer = client('writer', 'n1', { consistency: 'ALL' });
      const away = sim.faults.isolate('n3');
      const add = (): Promise<string> => codeOf(writer.execute('UPDATE t SET l = l + [7], s = s + {7} WHERE k = 1'));
      expect(await add()).toBe('WRITE_TIMEOUT');
      away.heal();
      expect(await add()).toBe('ok');
      expect((await writer.execute('SELECT l, s FROM t WHERE k = 1')).first()).toEqual({ l: [7, 7], s: [7] });
    });
  });
});

describe('updates that are lost', () => {
  const run = async (add: (one: string, read: readonly string[]) => string): Promise<unknown> => {
    const { sim, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, s set<text>)');
    return sim.run(async () => {
      const clients = [client('b'), client('c')] as const;
      const read = async (one: CassandraClient): Promise<readonly string[]> => ((await one.execute('SELECT s FROM t WHERE k = 1')).first()?.['s'] ?? []) as readonly string[];
      await clients[0].execute("INSERT INTO t (k, s) VALUES (1, {'a'})");
      const reads = await Promise.all(clients.map(read));
      for (const [i, one] of clients.entries()) await one.execute(add(one.id, reads[i] ?? []));
      return (await read(clients[0])).length;
    });
  };

  it('two clients write back the set they read with one more: one addition is gone, both were acknowledged (Jepsen, 2013)', async () => {
    expect(await run((one, read) => `UPDATE t SET s = {${[...read, one].map((item) => `'${item}'`).join(', ')}} WHERE k = 1`)).toBe(2);
  });

  it('two clients add to the set: both are there', async () => {
    expect(await run((one) => `UPDATE t SET s = s + {'${one}'} WHERE k = 1`)).toBe(3);
  });

  it('a write at ONE is gone with the one machine that had it, and at QUORUM it is not', async () => {
    const lost = async (consistency: 'ONE' | 'QUORUM'): Promise<unknown> => {
      const { sim, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int)');
      return sim.run(async () => {
        const writer = client('writer', 'n1');
        const cut = sim.faults.partition(['n1'], consistency === 'ONE' ? ['n2', 'n3'] : ['n3']);
        await writer.execute('INSERT INTO t (k, v) VALUES (1, 1)', [], { consistency });
        sim.faults.wipe('n1').for('10s');
        cut.heal();
        await sim.sleep('60s');
        return (await client('reader', 'n2').execute('SELECT v FROM t WHERE k = 1')).first()?.['v'] ?? null;
      });
    };
    expect([await lost('ONE'), await lost('QUORUM')]).toEqual([null, 1]);
  });
});

describe('opinions of gossip that differ', () => {
  it('one coordinator refuses at once what another one does', async () => {
    const { sim, cassandra, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int)');
    await sim.run(async () => {
      await sim.sleep('60s');
      // n1 hears nothing of n3 itself nor of n2 about it; n2 hears everything.
      using _deaf = sim.network.rule(({ to, message }) => (to === 'n1' && message.type.startsWith('GOSSIP_DIGEST') ? drop : pass));
      await sim.sleep('60s');
      expect([cassandra.node('n1').considersAlive('n3'), cassandra.node('n2').considersAlive('n3')]).toEqual([false, true]);
      const insert = (coordinator: string): Promise<string> => codeOf(client(`by-${coordinator}`, coordinator).execute('INSERT INTO t (k, v) VALUES (1, 1)'));
      expect([await insert('n1'), await insert('n2')]).toEqual(['UNAVAILABLE', 'ok']);
    });
  });
});
