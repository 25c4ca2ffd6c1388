/**
 * How fast the storage engine writes and reads, and what memory its data takes: `node --expose-gc --import tsx test/bench/cassandra-storage.ts`.
 *
 * @module
 */
import { makeMutation } from '../../src/cassandra/storage/codec.ts';
import { sliceOf } from '../../src/cassandra/storage/clustering.ts';
import type { PartitionRead, ReadAnswer } from '../../src/cassandra/storage/read-command.ts';
import { int, native, tableOf } from '../support/cassandra-table.ts';
import { between, cell, Rig, row, rows } from '../support/storage-rig.ts';

const heap = (): number => {
  (globalThis as { gc?: () => void }).gc?.();
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const timed = (name: string, count: number, run: () => void): void => {
  const from = performance.now();
  const cpu = process.cpuUsage();
  run();
  const micros = ((performance.now() - from) * 1000) / count;
  console.log(`${name.padEnd(60)} ${micros.toFixed(3)} us, of one core ${(process.cpuUsage(cpu).user / count).toFixed(3)} us`);
};

const text = 'abcdefghij'.repeat(10);
const table = tableOf({ regulars: { v: native('text') } });
const done = (): void => undefined;

function insert(rig: Rig, p: number, c: number, timestamp: number): void {
  const value = String(p % 1000) + text;
  rig.engine.apply(makeMutation('ks', int(p), [{ table: table.id, data: rows(int(p), row([int(c)], timestamp, [cell('v', value.slice(0, 100), timestamp)])) }]), done);
}

function oneRow(p: number, c: number): PartitionRead {
  return {
    kind: 'partition', table: table.id, key: int(p), slices: [sliceOf([int(c)])], reversed: false, columns: undefined, filter: [],
    limits: { rows: Infinity, perPartition: Infinity }, nowSeconds: 1_700_000_000,
  };
}

async function main(): Promise<void> {
  const N = 1_000_000;
  const only = process.argv[2] ?? '';
  for (const [name, keyOf] of [['one row a partition', (i: number): [number, number] => [i, 0]], ['1000 rows a partition', (i: number): [number, number] => [Math.floor(i / 1000), i % 1000]]] as const) {
    if (!'million'.includes(only)) continue;
    const before = heap();
    const rig = new Rig({ tables: [table] });
    const base = 1_700_000_000_000_000;
    const from = performance.now();
    for (let i = 0; i < N; i++) {
      const [p, c] = keyOf(i);
      insert(rig, p, c, base + i);
      if (i % 10_000 === 9999) await rig.sim.advance('50ms');
    }
    console.log(`${name}: insert with mutation, flushes and compactions`.padEnd(60), `${(((performance.now() - from) * 1000) / N).toFixed(3)} us`);
    const used = heap() - before;
    console.log(`${name}: memory / payload`.padEnd(60), (used / (N * 108)).toFixed(2), 'sstables', rig.engine.stats(table.id)?.sstableCount);
    const { engine } = rig;
    const readOne = (p: number, c: number): ReadAnswer => engine.read(oneRow(p, c));
    for (const where of ['sstables', 'sstables again']) {
      timed(`${name}: read of one row, ${where}`, 100_000, () => {
        for (let i = 0; i < 100_000; i++) {
          const [p, c] = keyOf((i * 7919) % N);
          if (readOne(p, c).partitions.length !== 1) throw new TypeError('lost');
        }
      });
    }
    rig.engine.flush();
    await rig.sim.advance('100s');
    console.log(`${name}: memory / payload, flushed and compacted`.padEnd(60), ((heap() - before) / (N * 108)).toFixed(2), 'sstables', rig.engine.stats(table.id)?.sstableCount);
  }
  if ('memtable'.includes(only)) {
    const rig = new Rig({ tables: [table], memtableSize: 1e12, commitlogSegmentSize: 1e12 });
    const { engine } = rig;
    const mutations = Array.from({ length: 200_000 }, (_, i) => makeMutation('ks', int(i % 50_000), [{ table: table.id, data: rows(int(i % 50_000), row([int(0)], i, [cell('v', text, i)])) }]));
    timed('apply, mutation given, memtable', mutations.length, () => { for (const mutation of mutations) engine.apply(mutation, done); });
    timed('makeMutation', 200_000, () => { for (let i = 0; i < 200_000; i++) makeMutation('ks', int(i), [{ table: table.id, data: rows(int(i), row([int(0)], i, [cell('v', text, i)])) }]); });
    for (let round = 0; round < 3; round++) {
      timed('read of one row, memtable', 200_000, () => { for (let i = 0; i < 200_000; i++) engine.read(oneRow(i % 50_000, 0)); });
    }
  }
  if ('wide'.includes(only)) {
    const rig = new Rig({ tables: [table] });
    timed('1 million rows in one partition: insert', N, () => { for (let i = 0; i < N; i++) insert(rig, 1, (i * 7919) % N, i); });
    timed('slice of 10, memtable and sstables', 1000, () => { for (let i = 0; i < 1000; i++) rig.read(int(1), { slices: [between(i * 990, i * 990 + 9)] }); });
    await rig.sim.advance('100s');
    rig.engine.compact();
    await rig.sim.advance('100s');
    timed('slice of 10, one sstable', 1000, () => { for (let i = 0; i < 1000; i++) rig.read(int(1), { slices: [between(i * 990, i * 990 + 9)] }); });
    timed('last 10, one sstable, reversed', 1000, () => { for (let i = 0; i < 1000; i++) rig.read(int(1), { reversed: true, limits: { rows: 10, perPartition: Infinity } }); });
    const { engine } = rig;
    timed('one row, one sstable', 10_000, () => { for (let i = 0; i < 10_000; i++) engine.read(oneRow(1, (i * 7919) % N)); });
  }
}

await main();
