/**
 * The Cassandra-like store's speed: tokens, a single node's inserts and selects, and a cluster of six at QUORUM.
 *
 * @module
 */
import { createCassandra, type CassandraClient, type Table } from '../../src/cassandra/index.ts';
import type { CassandraMachine } from '../../src/cassandra/coordinator/machine.ts';
import { mutationOf, type Change } from '../../src/cassandra/coordinator/statement.ts';
import { sliceOf } from '../../src/cassandra/storage/clustering.ts';
import { murmur3Token } from '../../src/cassandra/token.ts';
import { serialise } from '../../src/cassandra/value.ts';
import { Simulation } from '../../src/kernel/simulation.ts';

/** Prints tokens a second, single-node operations a second, and simulated operations of a cluster a second of real time. */
export async function benchCassandra(print: (line: string) => void): Promise<void> {
  tokens(print);
  engine(print);
  await singleNode(print);
  await cluster(print);
}

function tokens(print: (line: string) => void): void {
  const keys = Array.from({ length: 1000 }, (_, i) => `user:${String(i).padStart(13, '0')}`);
  const rate = perSecond(1000 * 1000, () => {
    let sum = 0;
    for (let round = 0; round < 1000; round++) for (const key of keys) sum ^= murmur3Token(key).hi;
    return sum;
  });
  print(`cassandra: ${thousands(rate)} tokens/s of 18-byte keys`);
}

/** The storage engine alone, as a coordinator on the same node calls it: no network, no promise. */
function engine(print: (line: string) => void): void {
  const count = 100_000;
  const sim = new Simulation({ trace: 'digest' });
  const cassandra = createCassandra(sim, { nodes: 1 });
  const table = cassandra.createTable({ name: 'users', partitionKey: ['id'], columns: { id: 'int', name: 'text' } });
  const { engine: store } = cassandra.node('n1').simulated.machine as CassandraMachine;
  const keys = Array.from({ length: count }, (_, i) => serialise('int', i));
  const insert = (key: string): void => {
    const change: Change = { kind: 'row', clustering: [], marker: true, cells: [['name', 'somebody']] };
    store.apply(mutationOf({ kind: 'write', table: table.id, key, change, timestamp: 1, ttl: 0 }, 1, 1), () => undefined);
  };
  const span = { slice: sliceOf([]), limit: Infinity, reverse: false };
  const inserts = perSecond(count, () => { keys.forEach(insert); });
  const selects = perSecond(count, () => { for (const key of keys) store.read(table.id, key, span); });
  print(`cassandra: storage engine: ${thousands(inserts)} inserts/s, ${thousands(selects)} selects/s by primary key`);
}

async function singleNode(print: (line: string) => void): Promise<void> {
  const count = 100_000;
  const sim = new Simulation({ trace: 'digest' });
  const cassandra = createCassandra(sim, { nodes: 1 });
  const table = cassandra.createTable({ name: 'users', partitionKey: ['id'], columns: { id: 'int', name: 'text' } });
  const clients = Array.from({ length: 64 }, (_, i) => cassandra.client({ name: `c${i}`, consistency: 'ONE' }));
  const inserts = await timed(() => sim.run(() => share(clients, count, (client, i) => client.insert(table, { id: i, name: 'somebody' }, { record: false }))));
  const selects = await timed(() => sim.run(() => share(clients, count, (client, i) => client.select(table, { partition: i }, { record: false }))));
  print(`cassandra: one node, 64 clients with promises: ${thousands(count / inserts)} inserts/s, ${thousands(count / selects)} selects/s`);
}

async function cluster(print: (line: string) => void): Promise<void> {
  const count = 60_000;
  const sim = new Simulation({ trace: 'digest' });
  const cassandra = createCassandra(sim, { nodes: 6 });
  const table = cassandra.createTable({ name: 'users', partitionKey: ['id'], columns: { id: 'int', name: 'text' } });
  const clients = Array.from({ length: 64 }, (_, i) => cassandra.client({ name: `c${i}`, consistency: 'QUORUM' }));
  const operation = (client: CassandraClient, i: number): Promise<unknown> => mixed(client, table, i);
  const seconds = await timed(() => sim.run(() => share(clients, count, operation)));
  print(`cassandra: six nodes, RF 3, QUORUM, half reads: ${thousands(count / seconds)} simulated operations/s, ${thousands(sim.events / seconds)} events/s`);
}

function mixed(client: CassandraClient, table: Table, i: number): Promise<unknown> {
  return i % 2 === 0
    ? client.insert(table, { id: i % 5000, name: 'somebody' }, { record: false })
    : client.select(table, { partition: (i - 1) % 5000 }, { record: false });
}

/** Deals numbered operations to clients, each of which does one at a time. */
async function share(clients: readonly CassandraClient[], count: number, operation: (client: CassandraClient, i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(clients.map(async (client) => {
    while (next < count) await operation(client, next++);
  }));
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return (performance.now() - start) / 1000;
}

function perSecond(count: number, body: () => unknown): number {
  body();
  const start = performance.now();
  body();
  return count / ((performance.now() - start) / 1000);
}

function thousands(rate: number): string {
  return `${Math.round(rate / 1000).toLocaleString('en')} k`;
}
