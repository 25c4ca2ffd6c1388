/**
 * Pages, orders and versions of SELECT (`QueryPagers`, `SelectStatement` of Apache Cassandra 5.0; CQL, "SELECT").
 */
import { describe, expect, it } from 'vitest';
import { encode } from '../../../../src/cassandra/types/encode.ts';
import { MemoryStore } from './memory-store.ts';

function filled(): MemoryStore {
  const store = new MemoryStore();
  store.run('CREATE KEYSPACE ks WITH replication = {\'class\': \'SimpleStrategy\', \'replication_factor\': 1}');
  store.run('USE ks');
  store.run('CREATE TABLE t (k int, c int, s int static, v int, PRIMARY KEY (k, c))');
  for (let k = 0; k < 5; k++) for (let c = 0; c < 4; c++) store.run(`INSERT INTO t (k, c, v) VALUES (${k}, ${c}, ${k * 10 + c})`);
  store.run('INSERT INTO t (k, s) VALUES (7, 70)');
  return store;
}

/** All pages of a statement, one after another. */
function pages(store: MemoryStore, cql: string, pageSize: number): (readonly unknown[])[][] {
  const found: (readonly unknown[])[][] = [];
  let pagingState: string | undefined;
  do {
    const answer = store.run(cql, [], { pageSize, pagingState });
    expect(answer.error).toBeUndefined();
    found.push([...(answer.rows ?? [])]);
    pagingState = answer.pagingState;
  } while (pagingState !== undefined && found.length < 100);
  return found;
}

const STATEMENTS = [
  'SELECT * FROM t',
  'SELECT * FROM t WHERE k = 1',
  'SELECT * FROM t WHERE k = 1 ORDER BY c DESC',
  'SELECT * FROM t WHERE k IN (3, 1, 7)',
  'SELECT * FROM t PER PARTITION LIMIT 2',
  'SELECT * FROM t WHERE k IN (1, 2) PER PARTITION LIMIT 3',
  'SELECT * FROM t LIMIT 7',
  'SELECT * FROM t WHERE k = 2 AND c > 0 LIMIT 2',
  'SELECT * FROM t WHERE v > 11 ALLOW FILTERING',
  'SELECT * FROM t WHERE k = 1 AND v > 11 ALLOW FILTERING',
  'SELECT DISTINCT k, s FROM t',
  'SELECT k, c FROM t WHERE token(k) > token(1)',
  'SELECT JSON k, c FROM t WHERE k IN (1, 2)',
];

describe('pages', () => {
  it.each(STATEMENTS)('of any size hold the same rows in the same order as one: %s', (cql) => {
    const whole = filled().run(cql, [], { pageSize: undefined }).rows ?? [];
    expect(whole.length).toBeGreaterThan(0);
    for (const size of [1, 2, 3, 4, 5, 1000]) {
      const parts = pages(filled(), cql, size);
      expect(parts.flat()).toEqual(whole);
      for (const part of parts) expect(part.length).toBeLessThanOrEqual(size);
    }
  });

  it('go on from a state without the server remembering anything', () => {
    const first = filled().run('SELECT c FROM t WHERE k = 1', [], { pageSize: 3 });
    expect(first.rows).toEqual([[0], [1], [2]]);
    expect(filled().run('SELECT c FROM t WHERE k = 1', [], { pageSize: 3, pagingState: first.pagingState }).rows).toEqual([[3]]);
  });

  it('refuse a state that no server gave', () => {
    expect(filled().run('SELECT c FROM t', [], { pagingState: 'x' }).error).toEqual({ code: 0x000a, message: 'Invalid value for the paging state' });
  });

  it('read no more of a table than they show', () => {
    const store = filled();
    store.reads = 0;
    store.run('SELECT * FROM t', [], { pageSize: 4 });
    expect(store.reads).toBeLessThanOrEqual(2);
  });
});

describe('ORDER BY with IN on the partition key', () => {
  it('brings rows of all partitions into one order when they are not paged', () => {
    const { rows } = filled().run('SELECT c, k FROM t WHERE k IN (1, 2) ORDER BY c DESC LIMIT 3', [], { pageSize: undefined });
    expect(rows).toEqual([[3, 1], [3, 2], [2, 1]]);
  });
});

describe('a table in descending order', () => {
  it('turns slices around, of one column and of tuples over both directions', () => {
    const store = new MemoryStore();
    store.run('CREATE KEYSPACE ks WITH replication = {\'class\': \'SimpleStrategy\', \'replication_factor\': 1}');
    store.run('USE ks');
    store.run('CREATE TABLE t (k int, a int, b int, PRIMARY KEY (k, a, b)) WITH CLUSTERING ORDER BY (a DESC, b ASC)');
    for (const a of [1, 2, 3]) for (const b of [1, 2]) store.run(`INSERT INTO t (k, a, b) VALUES (1, ${a}, ${b})`);
    expect(store.run('SELECT a, b FROM t WHERE k = 1 AND a > 1').rows).toEqual([[3, 1], [3, 2], [2, 1], [2, 2]]);
    expect(store.run('SELECT a, b FROM t WHERE k = 1 AND a <= 2').rows).toEqual([[2, 1], [2, 2], [1, 1], [1, 2]]);
    expect(store.run('SELECT a, b FROM t WHERE k = 1 AND (a, b) > (2, 1)').rows).toEqual([[3, 1], [3, 2], [2, 2]]);
    expect(store.run('SELECT a, b FROM t WHERE k = 1 AND (a, b) <= (2, 1) AND (a, b) > (1, 1)').rows).toEqual([[2, 1], [1, 2]]);
    expect(store.run('SELECT a, b FROM t WHERE k = 1 ORDER BY a ASC').rows).toEqual([[1, 2], [1, 1], [2, 2], [2, 1], [3, 2], [3, 1]]);
  });
});

describe('bound values', () => {
  const int = { kind: 'native', name: 'int' } as const;

  it('stand for what the statement says they do', () => {
    const store = filled();
    const prepared = store.prepare('SELECT v FROM t WHERE k = ? AND c IN ? LIMIT :most');
    expect(prepared.variables.map(({ name }) => name)).toEqual(['k', 'in(c)', 'most']);
    expect(prepared.routing).toEqual([0]);
    const list = { kind: 'list', element: int, frozen: true } as const;
    expect(store.execute(prepared, [encode(int, 3, 'k'), encode(list, [2, 0], 'c'), encode(int, 5, 'most')]).rows).toEqual([[30], [32]]);
  });

  it('are held against their type', () => {
    const store = filled();
    const prepared = store.prepare('SELECT v FROM t WHERE k = ?');
    expect(store.execute(prepared, ['\x01']).error?.message).toBe('Expected 4 or 0 byte int (1)');
    expect(store.execute(prepared, [null]).error?.message).toBe('Invalid null value in condition for column k');
    expect(store.execute(prepared, [undefined]).error?.message).toBe('Invalid unset value for column k');
    expect(store.execute(prepared, []).error?.message).toBe('Invalid amount of bind variables');
  });
});

describe('for histories', () => {
  it('a read of one cell tells the version of what it shows, or of the deletion that hides it', () => {
    const store = filled();
    const read = (c: number): number | null | undefined => store.run(`SELECT v FROM t WHERE k = 1 AND c = ${c}`).version;
    expect(read(9)).toBeNull();
    store.run('INSERT INTO t (k, c, v) VALUES (1, 9, 1) USING TIMESTAMP 1900000000000000');
    expect(read(9)).toBe(1_900_000_000_000_000);
    store.run('DELETE v FROM t USING TIMESTAMP 1900000000000005 WHERE k = 1 AND c = 9');
    expect(read(9)).toBe(1_900_000_000_000_005);
    store.run('DELETE FROM t USING TIMESTAMP 1900000000000009 WHERE k = 1');
    expect(read(9)).toBe(1_900_000_000_000_009);
    expect(store.run('SELECT s, v FROM t WHERE k = 1 AND c = 9').version).toBeUndefined();
  });

  it('is named as the register that writes name', () => {
    const store = filled();
    expect(store.prepare('SELECT v FROM t WHERE k = 1 AND c = 2').operation([])).toEqual({ f: 'read', key: 'ks.t/1/2/v', value: null, column: 'v' });
    expect(store.prepare('UPDATE t SET v = 5 WHERE k = 1 AND c = 2').operation([])).toMatchObject({ f: 'write', key: 'ks.t/1/2/v' });
    expect(store.prepare('SELECT * FROM t WHERE k = 1').operation([]).f).toBe('select');
  });
});

describe('expiring cells', () => {
  it('show how long they still live, and then nothing', () => {
    const store = filled();
    store.run('INSERT INTO t (k, c, v) VALUES (20, 1, 5) USING TTL 100');
    expect(store.run('SELECT ttl(v) FROM t WHERE k = 20').rows).toEqual([[100]]);
    store.micros += 60_000_000;
    expect(store.run('SELECT ttl(v), v FROM t WHERE k = 20').rows).toEqual([[40, 5]]);
    store.micros += 60_000_000;
    expect(store.run('SELECT ttl(v), v FROM t WHERE k = 20').rows).toEqual([]);
  });
});
