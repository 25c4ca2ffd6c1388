/**
 * The storage engine of one node: a log-structured merge tree on the simulated disk. A mutation is logged, then added to its
 * tables' memtables; a large memtable is flushed to an sstable; a read merges memtable and sstables; compactions merge sstables
 * and drop what nobody needs any more. A restart opens the sstables and replays the log.
 *
 * Survives: any crash at any instant, as far as the log's sync mode promises. Does not survive: a lying disk, bit rot (what
 * is unreadable is skipped, and other replicas must make up for it), a lost disk.
 *
 * The tables must be known before {@link StorageEngine.start}: what the log holds for an unknown table is taken for a dropped
 * table's and forgotten.
 *
 * @module
 */
import type { Host, Timer } from '../../kernel/node.ts';
import type { Micros } from '../../kernel/units.ts';
import type { Partitioner } from '../partitioner.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Token } from '../token.ts';
import { KeyCache, RecentCache } from './caches.ts';
import { CommitLog } from './commit-log.ts';
import type { CounterShard } from './counter.ts';
import { Compactor, type CompactionRequest } from './compaction/compactor.ts';
import { strategyOf } from './compaction/strategies.ts';
import { GivenPositions } from './given-positions.ts';
import { writeMemtable } from './flush.ts';
import type { Mutation } from './mutation.ts';
import { isEmptyData, type PartitionData } from './partition.ts';
import type { ReadAnswer, ReadCommand, TokenRange } from './read-command.ts';
import { leastTimestamp } from './row-codec.ts';
import { openSSTable, sstableFiles, type SSTable, type SSTableContext } from './sstable.ts';
import { covers, type LogInterval, type SSTableMarks } from './sstable-stats.ts';
import { SSTableWriter } from './sstable-writer.ts';
import type { StorageOptions } from './storage-options.ts';
import { TableStore, type PendingFlush, type StoreSurroundings } from './table-store.ts';
import type { TableStats } from './table-stats.ts';

/** What an engine needs to know. */
export interface EngineSettings {
  /** A table as it is defined now, by its id. */
  tableById(id: string): TableMetadata | undefined;
  tables(): Iterable<TableMetadata>;
  readonly partitioner: Partitioner;
  readonly storage: StorageOptions;
  /** Whether a keyspace's writes are logged (`durable_writes`). Default: all are. */
  readonly durableWrites?: (keyspace: string) => boolean;
  /** Told each time that the commit log cannot be written. */
  readonly commitFailed?: () => void;
}

/** An sstable as others see it. */
export interface SSTableInfo {
  readonly generation: number;
  readonly bytes: number;
  readonly level: number;
  readonly repairedAt: number;
  readonly pendingRepair: string | undefined;
  readonly first: Token;
  readonly last: Token;
}

interface SyncTimer extends Timer {
  readonly sync: number;
}

const FOLDER = 'data/';
const UNREPAIRED: SSTableMarks = { level: 0, repairedAt: 0, pendingRepair: undefined };

/** A node's tables and its log. */
export class StorageEngine {
  readonly #host: Host;
  readonly #settings: EngineSettings;
  readonly #options: StorageOptions;
  readonly #log: CommitLog;
  readonly #stores = new Map<string, TableStore>();
  readonly #context: SSTableContext;
  readonly #around: StoreSurroundings;
  readonly #compactor: Compactor;
  /** What to do when a sync is done. */
  readonly #syncs = new Map<number, () => void>();
  #flushesDone = 0;
  /** Places in the log that are not to be replayed although no sstable holds them: truncated, or compacted away. */
  readonly #given: GivenPositions;
  #nextGeneration = 1;
  #nextSync = 1;

  /**
   * @param host - the node
   * @param settings - its tables, sizes and sync mode
   */
  constructor(host: Host, settings: EngineSettings) {
    const { partitioner, storage } = settings;
    this.#host = host;
    this.#settings = settings;
    this.#options = storage;
    this.#log = new CommitLog(host, storage);
    this.#given = new GivenPositions(host.disk);
    this.#context = {
      disk: host.disk, partitioner,
      damaged: (table, generation, chunk) => host.trace('sstable damaged', { table, generation, chunk }),
    };
    this.#around = {
      host, partitioner, options: storage,
      keyCache: new KeyCache(storage.keyCacheSize),
      rowCaches: () => new RecentCache(storage.rowCacheSize),
      counterCaches: () => new RecentCache(storage.counterCacheSize),
    };
    this.#compactor = new Compactor({
      host, partitioner, options: storage, context: this.#context, 
      nextGeneration: () => this.#nextGeneration++,
      nowSeconds: () => this.nowSeconds(),
      stores: () => this.#stores.values(),
      keepIntervals: (store, intervals, done) => this.#give(store.table.id, intervals, done),
    });
  }

  /** Reads the disk: sstables first, then the log. */
  start(): void {
    this.#openSSTables();
    this.#log.startBehind(this.#lastHeld());
    let replayed = 0;
    this.#log.replay((mutation, position) => {
      const needed: string[] = [];
      for (const { table, data } of mutation.updates) {
        const store = this.#store(table);
        if (store === undefined || this.#given.covers(table, position) || store.sstables.some(({ figures }) => covers(figures.logIntervals, position))) continue;
        store.apply(data, mutation.bytes.length);
        needed.push(table);
      }
      if (needed.length > 0) replayed++;
      return needed;
    });
    if (replayed > 0) this.#host.trace('commit log replayed', { mutations: replayed });
    for (const store of this.#stores.values()) {
      store.buildIndexes();
      if (store.memtable.bytes >= this.#options.memtableSize) this.#flush(store);
      this.#compactor.check(store);
    }
  }

  /**
   * Logs and applies a mutation.
   *
   * @param mutation - updates of tables that do not exist are passed over
   * @param done - called when the sync mode lets the write be acknowledged, perhaps at once
   * @returns false when the disk is full: nothing happened, and `done` will not be called
   */
  apply(mutation: Mutation, done: () => void): boolean {
    const isLogged = this.#settings.durableWrites?.(mutation.keyspace) !== false;
    const outcome = isLogged ? this.#log.append(mutation, done) : 'now';
    if (outcome === 'full') {
      this.#settings.commitFailed?.();
      return false;
    }
    const { updates } = mutation;
    const bytes = mutation.bytes.length;
    for (const { table, data } of updates) {
      const store = this.#store(table);
      if (store === undefined) {
        this.#log.flushed(table, Infinity);
        continue;
      }
      if (store.memtable.size === 0) this.#armFlush(store);
      store.apply(data, updates.length === 1 ? bytes : Math.ceil(bytes / updates.length));
      if (store.memtable.bytes >= this.#options.memtableSize) this.#flush(store);
    }
    if (outcome === 'now') done();
    return true;
  }

  /** The counters' shards of a table that this node led and remembers. */
  counterCache(table: string): RecentCache<CounterShard> | undefined {
    return this.#store(table)?.counterCache;
  }

  /** Reads: merges memtable and sstables, and leaves out tombstones older than `gc_grace_seconds`, compacted away or not. */
  read(command: ReadCommand): ReadAnswer {
    return this.#store(command.table)?.read(command) ?? { partitions: [], tombstones: 0, failure: undefined };
  }

  /**
   * All content of a range of tokens, old tombstones included, in token order: for streams, the hash trees of repairs, and builds
   * of views and indexes. To be walked at once, not over time.
   *
   * @param only - restricts it to sstables with certain marks; the memtable is left out then
   */
  partitionsIn(tableId: string, range: TokenRange, only?: (marks: SSTableMarks) => boolean): Iterable<PartitionData> {
    const store = this.#store(tableId);
    if (store === undefined) return [];
    if (only === undefined) return store.partitionsIn(range);
    const some = new TableStore(this.#around, store.table);
    some.sstables = store.sstables.filter(({ marks }) => only(marks));
    return some.partitionsIn(range);
  }

  /** Writes memtables to sstables (`nodetool flush`); all tables, or one. @param done - called when they are durable */
  flush(tableId?: string, done?: () => void): void {
    const stores = this.#chosen(tableId);
    let waiting = stores.length + 1;
    const one = (): void => {
      if (--waiting === 0) done?.();
    };
    for (const store of stores) this.#flush(store, one);
    one();
  }

  /** Flushes and merges all sstables of a table as its strategy does it (`nodetool compact`); all tables, or one. @param done - called at the end */
  compact(tableId?: string, done?: () => void): void {
    this.#request(tableId, (store, one) => ({ store, reason: 'major', done: one }), done);
  }

  /** Drops partitions that the node is no replica of any more (`nodetool cleanup`). */
  cleanup(keep: (token: Token) => boolean, tableId?: string, done?: () => void): void {
    this.#request(tableId, (store, one) => ({ store, reason: 'cleanup', keep, done: one }), done);
  }

  /** Drops what is deleted, keeping the tombstones that may not go yet (`nodetool garbagecollect`). */
  garbagecollect(tableId?: string, done?: () => void): void {
    this.#request(tableId, (store, one) => ({ store, reason: 'garbagecollect', done: one }), done);
  }

  /**
   * Sets apart what an incremental repair is about: unrepaired sstables are split, and what lies in its ranges belongs to the
   * session until {@link finishRepair}.
   */
  anticompact(tableId: string, within: (token: Token) => boolean, session: string, done?: () => void): void {
    this.#request(tableId, (store, one) => ({ store, reason: 'anticompaction', split: { within, pendingRepair: session }, done: one }), done);
  }

  /** Ends a repair session. @param repairedAt - microseconds; 0 when it failed: its sstables are unrepaired again */
  finishRepair(tableId: string, session: string, repairedAt: number): void {
    const store = this.#store(tableId);
    for (const sstable of store?.sstables ?? []) {
      if (sstable.marks.pendingRepair === session) this.#mark(sstable, { ...sstable.marks, repairedAt, pendingRepair: undefined });
    }
    if (store !== undefined) this.#compactor.check(store);
  }

  /** Marks sstables repaired or unrepaired (`sstablerepairedset`, and a full repair's end). */
  setRepairedAt(tableId: string, repairedAt: number, generations?: readonly number[]): void {
    for (const sstable of this.#store(tableId)?.sstables ?? []) {
      if (generations === undefined || generations.includes(sstable.generation)) this.#mark(sstable, { ...sstable.marks, repairedAt, pendingRepair: undefined });
    }
  }

  /** A table's sstables, the oldest first. */
  sstables(tableId: string): readonly SSTableInfo[] {
    return [...(this.#store(tableId)?.sstables ?? [])].sort((a, b) => a.generation - b.generation)
      .map(({ generation, bytes, marks, tokens }) => ({ generation, bytes, ...marks, ...tokens }));
  }

  /** Adds an sstable that another node has streamed. @param partitions - in any order, each key once. @param done - called when it is durable @returns false when the disk is full */
  addSSTable(tableId: string, partitions: readonly PartitionData[], marks: Partial<SSTableMarks>, done?: () => void): boolean {
    const store = this.#store(tableId);
    if (store === undefined) return true;
    const { partitioner } = this.#settings;
    const placed = partitions.filter((data) => !isEmptyData(data)).map((data) => ({ token: partitioner.tokenOf(data.key), data }))
      .sort((a, b) => (a.token < b.token ? -1 : a.token > b.token ? 1 : a.data.key < b.data.key ? -1 : 1));
    if (placed.length === 0) {
      done?.();
      return true;
    }
    const base = Math.min(...placed.map(({ data }) => leastTimestamp(data.rows, data.staticRow, data.deletion, data.ranges)));
    const writer = this.#writer(store, base, placed.length, [], { ...UNREPAIRED, ...marks });
    for (const { token, data } of placed) writer.add(token, data, data.rows);
    const sstable = writer.finish();
    if (sstable === undefined) return false;
    store.replace([], [sstable]);
    for (const { data } of placed) store.noteStreamed(data);
    this.#syncSSTables([sstable], () => {
      if (!store.sstables.includes(sstable)) return;
      store.durable.add(sstable.generation);
      this.#compactor.check(store);
      done?.();
    });
    return true;
  }

  /** Empties a table, also of what the log holds of it. @param done - called when it is durable */
  truncate(tableId: string, done?: () => void): void {
    const store = this.#store(tableId);
    if (store === undefined) {
      done?.();
      return;
    }
    const gone = store.sstables;
    const position = this.#log.position;
    this.#compactor.forget(store);
    store.clear();
    store.flushedTo = position;
    this.#give(tableId, [{ from: 0, to: position }], () => {
      for (const sstable of gone) this.#remove(sstable);
      this.#log.flushed(tableId, position);
      done?.();
    });
  }

  /** Removes a table that the schema has no more. */
  drop(tableId: string): void {
    const store = this.#stores.get(tableId);
    this.#stores.delete(tableId);
    this.#given.forget(tableId);
    if (store !== undefined) {
      this.#compactor.forget(store);
      store.clear();
    }
    for (const file of this.#host.disk.list()) if (file.startsWith(`${FOLDER}${tableId}/`)) this.#host.disk.remove(file);
    this.#log.flushed(tableId, Infinity);
  }

  /** Builds an index anew. One that is new in the schema is built by itself when the table is next used. */
  buildIndex(tableId: string, index: string): void {
    this.#store(tableId)?.buildIndex(index);
  }

  /** Whether compactions begin by themselves (`nodetool enableautocompaction`). */
  setAutoCompaction(isAutomatic: boolean): void {
    this.#compactor.isAutomatic = isAutomatic;
    for (const store of this.#stores.values()) this.#compactor.check(store);
  }

  /** The second this node's wall clock shows. */
  nowSeconds(): number {
    return Math.floor(this.#host.now() / 1_000_000);
  }

  /** Its lines of `nodetool tpstats`: compactions, and flushes that the disk has not finished. */
  threadPools(): readonly { readonly name: string; readonly active: number; readonly pending: number; readonly completed: number }[] {
    let flushing = 0;
    for (const { flushes } of this.#stores.values()) flushing += flushes.length;
    return [
      { name: 'CompactionExecutor', ...this.#compactor.tasks() },
      { name: 'MemtableFlushWriter', active: flushing, pending: 0, completed: this.#flushesDone },
    ];
  }

  /** Figures of a table. */
  stats(tableId: string): TableStats | undefined {
    const store = this.#store(tableId);
    return store?.stats(this.#compactor.pending(store), this.nowSeconds());
  }

  /** Space that a table takes for each byte that it would take compacted: reads all of it. */
  spaceAmplification(tableId: string): number {
    const store = this.#store(tableId);
    if (store === undefined) return 1;
    const used = store.sstables.reduce((sum, { bytes }) => sum + bytes, 0);
    const rows = store.sstables.reduce((sum, { figures }) => sum + figures.rows, 0);
    const merged = new TableStore(this.#around, store.table);
    merged.sstables = store.sstables;
    let distinct = 0;
    for (const data of merged.partitionsIn({ start: undefined, end: undefined })) distinct += data.rows.length;
    return used === 0 || distinct === 0 ? 1 : rows / distinct;
  }

  /** How many log segments wait for a flush. */
  get segmentCount(): number {
    return this.#log.segmentCount;
  }

  /** @returns whether the timer was the engine's */
  onTimer(timer: Timer): boolean {
    switch (timer.type) {
      case 'storage-synced': {
        const { sync } = timer as SyncTimer;
        const done = this.#syncs.get(sync);
        this.#syncs.delete(sync);
        done?.();
        return true;
      }
      case 'memtable-flush': {
        const store = this.#stores.get((timer as Timer & { readonly table: string }).table);
        if (store !== undefined) this.#flush(store);
        return true;
      }
      default: return this.#compactor.onTimer(timer) || this.#log.onTimer(timer);
    }
  }

  #openSSTables(): void {
    const files = this.#host.disk.list().filter((file) => file.startsWith(FOLDER));
    const found = new Set<string>();
    for (const file of files) {
      const match = /^data\/(.+)\/(\d+)-(?:Data|Statistics)\.db$/.exec(file);
      if (match?.[1] !== undefined) found.add(`${match[1]}/${match[2] ?? ''}`);
      else this.#given.read(file);
    }
    for (const name of found) {
      const at = name.lastIndexOf('/');
      const [id, generation] = [name.slice(0, at), Number(name.slice(at + 1))];
      this.#nextGeneration = Math.max(this.#nextGeneration, generation + 1);
      const store = this.#store(id);
      if (store === undefined) continue;
      const sstable = openSSTable(this.#context, id, generation, store.table.options.bloomFilterFpChance);
      if (sstable === undefined) {
        const { data, statistics } = sstableFiles(id, generation);
        this.#host.disk.remove(data);
        this.#host.disk.remove(statistics);
        this.#host.trace('sstable incomplete', { table: id, generation });
        continue;
      }
      store.replace([], [sstable]);
      store.durable.add(generation);
    }
  }

  /** The last place of the log that an sstable holds, or that is given up. */
  #lastHeld(): number {
    let last = this.#given.last;
    for (const { sstables } of this.#stores.values()) {
      for (const { figures } of sstables) for (const { to } of figures.logIntervals) last = Math.max(last, to);
    }
    return last;
  }

  /** `memtable_flush_period_in_ms`. */
  #armFlush(store: TableStore): void {
    const period = store.table.options.memtableFlushPeriodInMs;
    if (period > 0) this.#host.setTimer((period * 1000) as Micros, { type: 'memtable-flush', table: store.table.id } as Timer);
  }

  /** @param done - called when it is durable, or at once when there is nothing to do or no room */
  #flush(store: TableStore, done?: () => void): void {
    const { memtable } = store;
    if (memtable.size === 0) {
      if (store.flushes.length === 0) done?.();
      else store.flushes.at(-1)?.waiting.push(done ?? (() => undefined));
      return;
    }
    const position = this.#log.position;
    const { compaction } = store.table.options;
    const boundaries = strategyOf(compaction.class).flushBoundaries(store.memtable.bytes, compaction, this.#compactor.view(store));
    const logIntervals = [{ from: store.flushedTo, to: position }];
    const made = writeMemtable(memtable, boundaries, (base, expected) => this.#writer(store, base, expected, logIntervals, UNREPAIRED));
    if (made === undefined) {
      this.#host.trace('flush failed', { table: store.table.id });
      done?.();
      return;
    }
    const bytes = made.reduce((sum, sstable) => sum + sstable.bytes, 0);
    store.counts.flushes++;
    store.counts.bytesFlushed += bytes;
    store.flushBytes = store.flushBytes === 0 ? bytes : Math.round(store.flushBytes * 0.9 + bytes * 0.1);
    store.flushedTo = position;
    store.newMemtable();
    store.replace([], made);
    this.#log.rotate();
    const flush: PendingFlush = { position, isDurable: false, waiting: done === undefined ? [] : [done] };
    store.flushes.push(flush);
    this.#syncSSTables(made, () => {
      if (!store.flushes.includes(flush)) return;
      for (const { generation } of made) if (store.sstables.some((sstable) => sstable.generation === generation)) store.durable.add(generation);
      flush.isDurable = true;
      this.#finishFlushes(store);
    });
  }

  /** The log may drop a flush's writes once all earlier ones of the table are durable as well. */
  #finishFlushes(store: TableStore): void {
    for (let [first] = store.flushes; first?.isDurable === true; [first] = store.flushes) {
      store.flushes.shift();
      this.#flushesDone++;
      this.#log.flushed(store.table.id, first.position);
      for (const done of first.waiting) done();
    }
    this.#compactor.check(store);
  }

  #writer(store: TableStore, base: number, expectedPartitions: number, logIntervals: readonly LogInterval[], marks: SSTableMarks): SSTableWriter {
    return new SSTableWriter(this.#context, store.table, {
      generation: this.#nextGeneration++, base, columnIndexSize: this.#options.columnIndexSize, expectedPartitions, createdAt: this.nowSeconds(), logIntervals, marks,
    });
  }

  #syncSSTables(made: readonly SSTable[], done: () => void): void {
    let unsynced = made.length * 2;
    const one = (): void => {
      if (--unsynced === 0) done();
    };
    for (const { table, generation } of made) {
      const files = sstableFiles(table, generation);
      this.#sync(files.data, one);
      this.#sync(files.statistics, one);
    }
  }

  #sync(file: string, done: () => void): void {
    const sync = this.#nextSync++;
    this.#syncs.set(sync, done);
    const timer: SyncTimer = { type: 'storage-synced', sync };
    this.#host.disk.sync(file, timer);
  }

  #mark(sstable: SSTable, marks: SSTableMarks): void {
    sstable.marks = marks;
    const { statistics } = sstableFiles(sstable.table, sstable.generation);
    if (this.#host.disk.replace(statistics, sstable.statistics()) === 'ok') this.#host.disk.sync(statistics);
  }

  #remove({ table, generation }: SSTable): void {
    const files = sstableFiles(table, generation);
    this.#host.disk.remove(files.data);
    this.#host.disk.remove(files.statistics);
  }

  #request(tableId: string | undefined, make: (store: TableStore, done: () => void) => CompactionRequest, done?: () => void): void {
    const stores = this.#chosen(tableId);
    let waiting = stores.length + 1;
    const one = (): void => {
      if (--waiting === 0) done?.();
    };
    for (const store of stores) {
      this.#flush(store);
      this.#compactor.request(make(store, one));
    }
    one();
  }

  /** Notes durably that places of the log are done with. */
  #give(tableId: string, intervals: readonly LogInterval[], done: () => void): void {
    this.#sync(this.#given.add(tableId, intervals), done);
  }

  #chosen(tableId: string | undefined): readonly TableStore[] {
    if (tableId === undefined) return [...this.#stores.values()];
    const store = this.#store(tableId);
    return store === undefined ? [] : [store];
  }

  #store(tableId: string): TableStore | undefined {
    const table = this.#settings.tableById(tableId);
    let store = this.#stores.get(tableId);
    if (store === undefined) {
      if (table === undefined) return undefined;
      store = new TableStore(this.#around, table);
      this.#stores.set(tableId, store);
      store.redefine(table);
    } else if (table !== store.table && table !== undefined) {
      store.redefine(table);
    }
    return table === undefined ? undefined : store;
  }
}
