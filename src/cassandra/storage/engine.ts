/**
 * The storage engine of one node: a log-structured merge tree on the simulated disk. A mutation is logged, then added to its
 * table's memtable; a large memtable is flushed to a sorted run; a read merges memtable and runs; a compaction merges runs
 * and drops tombstones older than `gc_grace_seconds`. A restart reads the runs and replays the log.
 *
 * Survives: any crash at any instant, as far as the log's sync mode promises. Does not survive: a lying disk, bit rot (what
 * is unreadable is skipped, and other replicas must make up for it), a lost disk.
 *
 * For now there is one compaction strategy: all runs of a table into one, when it is asked for.
 *
 * @module
 */
import type { Host, Timer } from '../../kernel/node.ts';
import { byteCount, type ByteCount, type Micros } from '../../kernel/units.ts';
import type { Table } from '../schema.ts';
import { parseMutation, type Mutation } from './codec.ts';
import { CommitLog, type CommitLogOptions } from './commit-log.ts';
import { Partition, hasTombstones, purgePartition, readPartition, type PartitionData, type ReadSpan } from './partition.ts';
import { partitionOf, SortedRun } from './sstable.ts';
import { WHOLE_PARTITION } from './clustering.ts';

/** Settings of the engine. */
export interface StorageOptions extends CommitLogOptions {
  /** Bytes of mutations in a memtable that make it flush. */
  readonly memtableSize: number;
}

/** Figures of a table on a node, in the words of `nodetool tablestats`. */
export interface TableStats {
  readonly sstableCount: number;
  readonly spaceUsed: ByteCount;
  readonly memtablePartitions: number;
  readonly memtableDataSize: ByteCount;
}

interface Store {
  readonly table: Table;
  memtable: Map<string, Partition>;
  memtableBytes: number;
  runs: readonly SortedRun[];
}

interface FlushTimer extends Timer {
  readonly flush: number;
}

interface Flush {
  readonly table: string;
  /** The last log segment whose writes the run holds; undefined for a compaction. */
  readonly segment: number | undefined;
  readonly replaced: readonly SortedRun[];
}

/** A node's tables and its log. */
export class StorageEngine {
  readonly #host: Host;
  readonly #schema: ReadonlyMap<string, Table>;
  readonly #options: StorageOptions;
  readonly #log: CommitLog;
  readonly #stores = new Map<string, Store>();
  readonly #flushes = new Map<number, Flush>();
  #nextGeneration = 1;

  /**
   * @param host - the node
   * @param schema - the cluster's tables by id; may grow
   * @param options - sizes and sync mode
   */
  constructor(host: Host, schema: ReadonlyMap<string, Table>, options: StorageOptions) {
    this.#host = host;
    this.#schema = schema;
    this.#options = options;
    this.#log = new CommitLog(host, options);
  }

  /** Reads the disk: runs first, then the log. */
  start(): void {
    for (const { table: id, generation } of SortedRun.list(this.#host.disk)) {
      this.#nextGeneration = Math.max(this.#nextGeneration, generation + 1);
      const store = this.#store(id);
      if (store === undefined) continue;
      const { run, damaged } = SortedRun.read(this.#host.disk, store.table, generation);
      if (damaged) this.#host.trace('sstable damaged', { table: id, generation });
      store.runs = [...store.runs, run];
    }
    let replayed = 0;
    this.#log.replay((record) => {
      const mutation = parseMutation(record);
      const store = this.#store(mutation.table);
      if (store === undefined) return undefined;
      replayed++;
      this.#remember(store, mutation.data, record.length);
      return mutation.table;
    });
    if (replayed > 0) this.#host.trace('commit log replayed', { mutations: replayed });
  }

  /**
   * Logs and applies a mutation.
   *
   * @param mutation - of a table that exists
   * @param done - called when the sync mode lets the write be acknowledged, perhaps at once
   * @returns false when the disk is full: nothing happened
   */
  apply(mutation: Mutation, done: () => void): boolean {
    const store = this.#store(mutation.table);
    if (store === undefined) return false;
    if (!this.#log.append(mutation.table, mutation.record, done)) return false;
    this.#remember(store, mutation.data, mutation.record.length);
    if (store.memtableBytes >= this.#options.memtableSize) this.#flush(store);
    return true;
  }

  /**
   * Reads a slice of a partition as this node has it, with the tombstones that a compaction would keep: what is past
   * `gc_grace_seconds` is not shown to other nodes, whether it was compacted yet or not.
   */
  read(tableId: string, key: string, span: ReadSpan): PartitionData {
    const store = this.#store(tableId);
    const sources: Partition[] = [];
    if (store !== undefined) {
      const recent = store.memtable.get(key);
      if (recent !== undefined) sources.push(recent);
      for (const run of store.runs) {
        const older = run.get(key);
        if (older !== undefined) sources.push(older);
      }
    }
    if (store === undefined || sources.length === 0) return { key, deletion: undefined, ranges: [], rows: [] };
    const now = this.nowSeconds();
    const data = readPartition(store.table, key, sources, span, now);
    if (!hasTombstones(data)) return data;
    return purgePartition(store.table, data, now - store.table.gcGraceSeconds, now) ?? { key, deletion: undefined, ranges: [], rows: [] };
  }

  /** Writes memtables to sorted runs; all tables, or one. */
  flush(tableId?: string): void {
    for (const store of this.#chosen(tableId)) this.#flush(store);
  }

  /**
   * Flushes, merges all runs of a table into one, and drops for good what was deleted or expired more than
   * `gc_grace_seconds` ago by this node's clock; all tables, or one.
   */
  compact(tableId?: string): void {
    for (const store of this.#chosen(tableId)) {
      this.#flush(store);
      this.#compact(store);
    }
  }

  /** The second this node's wall clock shows. */
  nowSeconds(): number {
    return Math.floor(this.#host.now() / 1_000_000);
  }

  /** Figures of a table. */
  stats(tableId: string): TableStats {
    const store = this.#store(tableId);
    return {
      sstableCount: store?.runs.length ?? 0,
      spaceUsed: byteCount(store?.runs.reduce((sum, run) => sum + run.bytes, 0) ?? 0),
      memtablePartitions: store?.memtable.size ?? 0,
      memtableDataSize: byteCount(store?.memtableBytes ?? 0),
    };
  }

  /** Every key of a table that this node has anything of, tombstones included, in no promised order. */
  keys(tableId: string): ReadonlySet<string> {
    const store = this.#store(tableId);
    if (store === undefined) return new Set();
    return new Set([...store.memtable.keys(), ...store.runs.flatMap((run) => Array.from(run.partitions, ({ key }) => key))]);
  }

  /** How many log segments wait for a flush. */
  get segmentCount(): number {
    return this.#log.segmentCount;
  }

  /** @returns whether the timer was the engine's */
  onTimer(timer: Timer): boolean {
    if (timer.type !== 'sstable-synced') return this.#log.onTimer(timer);
    const { flush } = timer as FlushTimer;
    const finished = this.#flushes.get(flush);
    this.#flushes.delete(flush);
    if (finished === undefined) return true;
    this.#finish(finished);
    return true;
  }

  /**
   * A run is durable: what it replaces may go. A run that was flushed and compacted before its own sync had ended goes with
   * its log segments in the same instant: a replay of a log whose tombstones were purged would bring back what they deleted.
   */
  #finish({ table, segment, replaced }: Flush): void {
    for (const run of replaced) {
      this.#host.disk.remove(run.file);
      const pending = this.#flushes.get(run.generation);
      this.#flushes.delete(run.generation);
      if (pending !== undefined) this.#finish(pending);
    }
    if (segment !== undefined) this.#log.flushed(table, segment);
  }

  #remember(store: Store, data: PartitionData, bytes: number): void {
    let partition = store.memtable.get(data.key);
    if (partition === undefined) store.memtable.set(data.key, (partition = new Partition(store.table, data.key)));
    partition.add(data);
    store.memtableBytes += bytes;
  }

  #flush(store: Store): void {
    if (store.memtable.size === 0) return;
    const run = SortedRun.write(this.#host.disk, store.table, this.#nextGeneration, store.memtable.values());
    if (run === undefined) return;
    this.#nextGeneration++;
    this.#finishLater(run, { table: store.table.id, segment: this.#log.rotate(), replaced: [] });
    store.runs = [...store.runs, run];
    store.memtable = new Map();
    store.memtableBytes = 0;
  }

  #compact(store: Store): void {
    const { table, runs } = store;
    if (runs.length === 0) return;
    const now = this.nowSeconds();
    const kept: Partition[] = [];
    for (const key of new Set(runs.flatMap((run) => Array.from(run.partitions, (partition) => partition.key)))) {
      const sources = runs.map((run) => run.get(key)).filter((partition) => partition !== undefined);
      const merged = readPartition(table, key, sources, { slice: WHOLE_PARTITION, limit: Infinity, reverse: false }, now);
      const purged = purgePartition(table, merged, now - table.gcGraceSeconds, now);
      if (purged !== undefined) kept.push(partitionOf(table, purged));
    }
    const run = SortedRun.write(this.#host.disk, table, this.#nextGeneration, kept);
    if (run === undefined) return;
    this.#nextGeneration++;
    this.#finishLater(run, { table: table.id, segment: undefined, replaced: runs });
    store.runs = [run];
  }

  #finishLater(run: SortedRun, flush: Flush): void {
    this.#flushes.set(run.generation, flush);
    const timer: FlushTimer = { type: 'sstable-synced', flush: run.generation };
    this.#host.disk.sync(run.file, timer);
  }

  #chosen(tableId: string | undefined): readonly Store[] {
    if (tableId === undefined) return [...this.#stores.values()];
    const store = this.#store(tableId);
    return store === undefined ? [] : [store];
  }

  #store(tableId: string): Store | undefined {
    let store = this.#stores.get(tableId);
    if (store !== undefined) return store;
    const table = this.#schema.get(tableId);
    if (table === undefined) return undefined;
    store = { table, memtable: new Map(), memtableBytes: 0, runs: [] };
    this.#stores.set(tableId, store);
    return store;
  }
}

/** The default sizes and periods, as cassandra.yaml of 4.1 has them. */
export const STORAGE_DEFAULTS: StorageOptions = {
  sync: 'periodic',
  period: 10_000_000 as Micros,
  groupWindow: 1_000_000 as Micros,
  segmentSize: 32 * 1024 * 1024,
  memtableSize: 16 * 1024 * 1024,
};
