/**
 * The loops of `cassandra.ts`: prepared statements in process, a cluster at QUORUM, memory, slices of a large partition, parsing. Beside
 * them an in-process Redis SET, so that the figures of two machines can be held together.
 *
 * @module
 */
import { createCassandra, createSession, murmur3Partitioner, type CassandraClient } from '../../src/cassandra/index.ts';
import { parseStatement } from '../../src/cassandra/cql/parser.ts';
import { createRedis } from '../../src/redis/index.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

const print = (line: string): void => console.log(`cassandra: ${line}`);
const shown = (perSecond: number): string => `${Math.round(perSecond).toLocaleString('en')}/s`;
const rateOf = (count: number, run: () => void): number => {
  const start = performance.now();
  run();
  return (count / (performance.now() - start)) * 1000;
};
const heap = (): number => {
  (globalThis as { gc?: () => void }).gc?.();
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
};
const SCHEMA = `CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE ks;
  CREATE TABLE t (k int PRIMARY KEY, v text); CREATE TABLE wide (k int, c int, v text, PRIMARY KEY (k, c));`;

/** The best of a few rounds: the first ones are the compiler's. */
function best(rounds: number, count: number, run: (round: number) => void): number {
  let most = 0;
  for (let round = 0; round < rounds; round++) most = Math.max(most, rateOf(count, () => run(round)));
  return most;
}

function prepared(): void {
  const redis = createRedis();
  const peer = best(5, 200_000, () => { for (let i = 0; i < 200_000; i++) redis.set(`key:${i % 50_000}`, 'somebody'); });
  const session = createSession();
  session.run(SCHEMA);
  const insert = session.prepare('INSERT INTO t (k, v) VALUES (?, ?)');
  const inserts = best(8, 200_000, () => { for (let i = 0; i < 200_000; i++) insert.execute([i % 50_000, 'somebody']); });
  const reader = createSession();
  reader.run(SCHEMA);
  const fill = reader.prepare('INSERT INTO t (k, v) VALUES (?, ?)');
  for (let i = 0; i < 50_000; i++) fill.execute([i, 'somebody']);
  const select = reader.prepare('SELECT * FROM t WHERE k = ?');
  let found = 0;
  const read = (): void => { for (let i = 0; i < 200_000; i++) found += select.execute([i % 50_000]).rows.length; };
  const selects = best(8, 200_000, read);
  reader.flush();
  reader.advance('1m');
  const fromDisk = best(4, 200_000, read);
  print(`one node in process, prepared: INSERT ${shown(inserts)}, SELECT by primary key ${shown(selects)}, from an sstable ${shown(fromDisk)} (${found.toLocaleString('en')} rows read); `
    + `an in-process Redis SET in the same run: ${shown(peer)} (INSERT ${(inserts / peer).toFixed(2)}, SELECT ${(selects / peer).toFixed(2)} of it)`);
}

async function cluster(): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const cassandra = createCassandra(sim, { nodes: 6 });
  cassandra.createTable({ name: 't', partitionKey: ['k'], columns: { k: 'int', v: 'text' } });
  const clients = Array.from({ length: 64 }, (_, i) => cassandra.client({ name: `c${i}`, consistency: 'QUORUM' }));
  const run = async (operations: number): Promise<number> => {
    const start = performance.now();
    await sim.run(() => Promise.all(clients.map(async (client: CassandraClient, c) => {
      for (let i = 0; i < operations / clients.length; i++) {
        const k = (i * clients.length + c) % 5000;
        if (i % 2 === 0) await client.execute('INSERT INTO ks.t (k, v) VALUES (?, ?)', [k, 'somebody'], { record: false });
        else await client.execute('SELECT * FROM ks.t WHERE k = ?', [k], { record: false });
      }
    })));
    return (operations / (performance.now() - start)) * 1000;
  };
  await run(50_000);
  print(`6 nodes, RF 3, QUORUM, 64 clients with promises, half INSERT and half SELECT: ${shown(await run(300_000))}`);
}

function memory(): void {
  const rows = 1_000_000;
  const value = 'abcdefghij'.repeat(10);
  const before = heap();
  const session = createSession();
  session.run(SCHEMA);
  const insert = session.prepare('INSERT INTO t (k, v) VALUES (?, ?)');
  const start = performance.now();
  for (let i = 0; i < rows; i++) {
    insert.execute([i, value.slice(0, 92) + String(i).padStart(8, '0')]);
    // Time goes on as in a program that writes 10,000 rows a second: the log is synced, memtables are flushed, sstables compacted.
    if (i % 10_000 === 0) session.advance('1s');
  }
  const seconds = (performance.now() - start) / 1000;
  const payload = rows * 104;
  const ratio = (heap() - before) / payload;
  session.flush();
  session.advance('10m');
  print(`memory of 1 million rows of 4 + 100 bytes: ${ratio.toFixed(2)} times the payload, after a flush and compactions ${((heap() - before) / payload).toFixed(2)}; written at ${shown(rows / seconds)} with flushes`);
}

function slices(): void {
  const session = createSession();
  session.run(SCHEMA);
  const insert = session.prepare('INSERT INTO wide (k, c, v) VALUES (?, ?, ?)');
  const sizes = [1000, 1_000_000];
  sizes.forEach((size, k) => {
    for (let c = 0; c < size; c++) insert.execute([k, c, 'v']);
  });
  const select = session.prepare('SELECT c FROM wide WHERE k = ? AND c >= ? LIMIT 10');
  const measure = (): number[] => sizes.map((size, k) => best(5, 2000, (round) => { for (let i = 0; i < 2000; i++) select.execute([k, (i * 7919 + round) % size]); }));
  const inMemory = measure();
  session.flush();
  session.advance('10m');
  const onDisk = measure();
  const cost = (rates: readonly number[]): string => rates.map((rate) => `${(1e6 / rate).toFixed(1)} us`).join(' and ');
  print(`10 rows from anywhere in a partition of 1,000 and of 1,000,000 rows: ${cost(inMemory)} (${((inMemory[0] ?? 0) / (inMemory[1] ?? 1)).toFixed(2)} times) as written, `
    + `${cost(onDisk)} (${((onDisk[0] ?? 0) / (onDisk[1] ?? 1)).toFixed(2)} times) from sstables`);
}

function parsing(): void {
  const statements = [
    'SELECT * FROM users WHERE id = ?', "INSERT INTO users (id, name, email) VALUES (1, 'ann', 'ann@example.org') USING TTL 86400",
    'UPDATE readings SET celsius = 20.5, note = ? WHERE sensor = ? AND day = ? AND at = ?',
    "SELECT sensor, avg(celsius) AS mean FROM readings WHERE sensor IN ('a', 'b') AND day = '2026-01-01' AND at > ? GROUP BY sensor LIMIT 10",
  ];
  const micros = statements.map((text) => 1e6 / best(5, 20_000, () => { for (let i = 0; i < 20_000; i++) parseStatement(text); }));
  print(`parsing ${statements.map((text, i) => `${text.split(' ', 1)[0] ?? ''} of ${text.length} characters ${(micros[i] ?? 0).toFixed(1)} us`).join(', ')}`);
}

function tokens(): void {
  const keys = Array.from({ length: 1000 }, (_, i) => `user:${String(i).padStart(13, '0')}`);
  let least = '\xff';
  const rate = best(5, 300_000, () => { for (let round = 0; round < 300; round++) for (const key of keys) if (murmur3Partitioner.tokenOf(key) < least) least = murmur3Partitioner.tokenOf(key); });
  print(`${shown(rate)} tokens of 18-byte keys (least ${murmur3Partitioner.format(least)})`);
}

tokens();
prepared();
await cluster();
parsing();
slices();
memory();
