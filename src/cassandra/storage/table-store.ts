/**
 * One table on one node: its memtable, its sstables, its indexes and caches, and the reads that merge them (Cassandra's
 * `ColumnFamilyStore`).
 *
 * @module
 */
import type { Host } from '../../kernel/node.ts';
import { byteCount } from '../../kernel/units.ts';
import type { Partitioner } from '../partitioner.ts';
import type { IndexMetadata, TableMetadata } from '../schema/metadata.ts';
import type { Token } from '../token.ts';
import type { Bytes } from '../types/data-type.ts';
import { hashKey } from './bloom-filter.ts';
import type { KeyCache, RecentCache } from './caches.ts';
import type { CounterShard } from './counter.ts';
import { WHOLE_PARTITION, sliceOf, type Slice } from './clustering.ts';
import { encodeData } from './codec.ts';
import { Memtable, comparePlaces } from './memtable.ts';
import { Partition, type PartitionData, type RowSource } from './partition.ts';
import { leastOf, MemtableWalk, SSTableWalk, takeSources, type PartitionWalk } from './partition-walk.ts';
import { intersectSlices } from './ranges.ts';
import type { RangeRead, ReadAnswer, ReadCommand, PartitionRead, TokenRange } from './read-command.ts';
import { readPartition, type ReadContext, type ReadCounts, type RowSelection } from './read-partition.ts';
import { PURGE_NOTHING, PurgeBefore } from './row.ts';
import { SecondaryIndex, type IndexEntry } from './secondary-index.ts';
import type { SSTable } from './sstable.ts';
import { droppableRatio } from './sstable-stats.ts';
import type { StorageOptions } from './storage-options.ts';
import { newCounts, type TableCounts, type TableStats } from './table-stats.ts';

/** What a table's store needs of its engine. */
export interface StoreSurroundings {
  readonly host: Host;
  readonly partitioner: Partitioner;
  readonly options: StorageOptions;
  readonly keyCache: KeyCache;
  readonly rowCaches: () => RecentCache<Partition>;
  readonly counterCaches: () => RecentCache<CounterShard>;
}

/** A flush whose sstables are not durable yet. */
export interface PendingFlush {
  readonly position: number;
  isDurable: boolean;
  /** Told when it and all before it are durable. */
  readonly waiting: (() => void)[];
}

const EVERYTHING: RowSelection = { slices: [WHOLE_PARTITION], reversed: false, columns: undefined, filter: [], nowSeconds: 0 };

/** A table's content on a node. */
export class TableStore {
  table: TableMetadata;
  memtable: Memtable;
  /** What reads merge; the newest timestamps first, so that a deletion is met before what it hides. */
  sstables: readonly SSTable[] = [];
  /** Generations that a crash cannot take any more. */
  readonly durable: Set<number> = new Set();
  /** Generations that a compaction works on. */
  readonly busy: Set<number> = new Set();
  readonly flushes: PendingFlush[] = [];
  /** The place in the commit log up to which memtables were flushed, durably or not. */
  flushedTo = 0;
  /** The mean size of flushes, for strategies. */
  flushBytes = 0;
  readonly counts: TableCounts = newCounts();
  /** The shards that this node wrote as a leader, by the counter's place. */
  readonly counterCache: RecentCache<CounterShard>;
  readonly #around: StoreSurroundings;
  readonly #rowCache: RecentCache<Partition>;
  readonly #indexes = new Map<string, SecondaryIndex>();

  constructor(around: StoreSurroundings, table: TableMetadata) {
    this.#around = around;
    this.table = table;
    this.memtable = new Memtable(around.partitioner);
    this.#rowCache = around.rowCaches();
    this.counterCache = around.counterCaches();
  }

  /** Takes over a changed definition; indexes that are new are built, those that are gone are dropped. */
  redefine(table: TableMetadata): void {
    this.table = table;
    for (const [name, { metadata }] of this.#indexes) if (!sameIndex(metadata, table.indexes.get(name))) this.#indexes.delete(name);
    for (const name of table.indexes.keys()) if (!this.#indexes.has(name)) this.buildIndex(name);
  }

  /** Adds content. @param bytes - what it counts towards the memtable's size */
  apply(data: PartitionData, bytes: number): void {
    this.memtable.add(this.table, data, bytes);
    this.counts.writes++;
    if (this.#around.options.rowCacheSize > 0) this.#rowCache.delete(data.key);
    for (const index of this.#indexes.values()) index.add(this.table, data);
  }

  /** An sstable with content of another node came in. */
  noteStreamed(data: PartitionData): void {
    this.#rowCache.delete(data.key);
    for (const index of this.#indexes.values()) index.add(this.table, data);
  }

  /** Begins a memtable: the present one was written to sstables. */
  newMemtable(): void {
    this.memtable = new Memtable(this.#around.partitioner);
  }

  /** Makes an index anew from all content. */
  buildIndex(name: string): void {
    const metadata = this.table.indexes.get(name);
    if (metadata === undefined) return;
    const index = new SecondaryIndex(metadata);
    for (const data of this.partitionsIn({ start: undefined, end: undefined })) index.add(this.table, data);
    this.#indexes.set(name, index);
  }

  /** Makes all indexes anew. */
  buildIndexes(): void {
    for (const name of this.table.indexes.keys()) this.buildIndex(name);
  }

  /** Puts sstables in the place of others. */
  replace(removed: readonly SSTable[], added: readonly SSTable[]): void {
    this.sstables = [...this.sstables.filter((sstable) => !removed.includes(sstable)), ...added]
      .sort((a, b) => b.figures.maxTimestamp - a.figures.maxTimestamp || b.generation - a.generation);
    for (const { generation } of removed) {
      this.durable.delete(generation);
      this.busy.delete(generation);
      this.#around.keyCache.forget(generation);
    }
  }

  /** Forgets all content in memory. */
  clear(): void {
    this.replace(this.sstables, []);
    this.memtable = new Memtable(this.#around.partitioner);
    for (const { waiting } of this.flushes.splice(0)) for (const done of waiting) done();
    this.#rowCache.clear();
    this.counterCache.clear();
    for (const index of this.#indexes.values()) index.clear();
  }

  /** Answers a read. */
  read(command: ReadCommand): ReadAnswer {
    const { table } = this;
    const { options, host } = this.#around;
    const counts: ReadCounts = { wanted: command.limits.rows, tombstones: 0, mostTombstones: options.tombstoneFailureThreshold };
    const gcBefore = command.nowSeconds - table.options.gcGraceSeconds;
    const context: ReadContext = {
      table, selection: command, perPartition: command.limits.perPartition, counts, purger: new PurgeBefore(gcBefore),
    };
    const partitions: PartitionData[] = [];
    if (command.kind === 'partition') this.#readOne(context, command, partitions);
    else if (command.index === undefined) this.#readRange(context, command, partitions);
    else this.#readIndex(context, command, partitions);
    this.counts.reads++;
    const { tombstones } = counts;
    if (tombstones === 0) return { partitions, tombstones, failure: undefined };
    this.counts.tombstones += tombstones;
    if (tombstones > this.counts.mostTombstones) this.counts.mostTombstones = tombstones;
    if (tombstones > options.tombstoneFailureThreshold) {
      host.trace('tombstone failure', { table: table.id, tombstones });
      return { partitions: [], tombstones, failure: 'READ_TOO_MANY_TOMBSTONES' };
    }
    if (tombstones > options.tombstoneWarnThreshold) host.trace('tombstone warning', { table: table.id, tombstones });
    return { partitions, tombstones, failure: undefined };
  }

  /**
   * All content of a range of tokens, tombstones included, in token order.
   *
   * @yields each partition that has any
   */
  *partitionsIn(range: TokenRange): Generator<PartitionData, undefined> {
    const counts: ReadCounts = { wanted: Infinity, tombstones: 0, mostTombstones: Infinity };
    const context: ReadContext = { table: this.table, selection: EVERYTHING, perPartition: Infinity, counts, purger: PURGE_NOTHING };
    for (const { key, sources } of this.#scan(range)) {
      const data = readPartition(context, key, sources);
      if (data !== undefined) yield data;
    }
    return undefined;
  }

  /** Figures. */
  stats(pendingCompactions: number, nowSeconds: number): TableStats {
    const { counts, sstables, memtable, table } = this;
    const total = (of: (sstable: SSTable) => number): number => sstables.reduce((sum, sstable) => sum + of(sstable), 0);
    const spaceUsed = total(({ bytes }) => bytes);
    const cells = total(({ figures }) => figures.cells);
    const gcBefore = nowSeconds - table.options.gcGraceSeconds;
    const levels = Array.from({ length: Math.max(1, ...sstables.map(({ marks }) => marks.level + 1)) }, (_, level) => sstables.filter(({ marks }) => marks.level === level).length);
    const partitionReads = Math.max(1, counts.partitionReads);
    return {
      sstableCount: sstables.length, sstablesInLevel: levels, spaceUsed: byteCount(spaceUsed),
      memtablePartitions: memtable.size, memtableDataSize: byteCount(memtable.bytes), memtableSwitches: counts.flushes,
      estimatedPartitions: memtable.size + total(({ length }) => length),
      localReads: counts.reads, localWrites: counts.writes, pendingFlushes: this.flushes.length, pendingCompactions, compactionsDone: counts.compactions,
      bloomFilterFalsePositives: counts.filterFalsePositives, bloomFilterTruePositives: counts.filterTruePositives,
      bloomFilterSpaceUsed: byteCount(total(({ filterBytes }) => filterBytes)),
      keyCache: this.#around.keyCache.stats, rowCache: this.#rowCache.stats,
      sstablesPerRead: counts.sstablesRead / partitionReads, tombstonesPerRead: counts.tombstones / Math.max(1, counts.reads), mostTombstonesInARead: counts.mostTombstones,
      bytesFlushed: byteCount(counts.bytesFlushed), bytesCompacted: byteCount(counts.bytesCompacted),
      writeAmplification: counts.bytesFlushed === 0 ? 1 : (counts.bytesFlushed + counts.bytesCompacted) / counts.bytesFlushed,
      droppableTombstoneRatio: cells === 0 ? 0 : total(({ figures }) => droppableRatio(figures, gcBefore) * figures.cells) / cells,
      percentRepaired: spaceUsed === 0 ? 100 : (100 * total(({ marks, bytes }) => (marks.repairedAt > 0 ? bytes : 0))) / spaceUsed,
    };
  }

  #readOne(context: ReadContext, { key }: PartitionRead, partitions: PartitionData[]): void {
    this.counts.partitionReads++;
    const sources = this.#sourcesOf(key, this.#around.options.rowCacheSize > 0);
    if (sources.length === 0) return;
    const data = readPartition(context, key, sources);
    if (data !== undefined) partitions.push(data);
  }

  #readRange(context: ReadContext, command: RangeRead, partitions: PartitionData[]): void {
    const { counts } = context;
    for (const { key, sources } of this.#scan(command.range, command.after)) {
      const selection = this.#selectionBehind(command, key);
      const data = selection === undefined ? undefined : readPartition(selection === command ? context : { ...context, selection }, key, sources);
      if (data !== undefined) partitions.push(data);
      if (counts.wanted <= 0 || counts.tombstones > counts.mostTombstones) return;
    }
  }

  /** What is left to read of a partition where a page begins; undefined when that is nothing. */
  #selectionBehind(command: RangeRead, key: Bytes): RowSelection | undefined {
    const { after } = command;
    if (after === undefined || after.key !== key) return command;
    if (after.clustering === undefined) return undefined;
    const rest: Slice = command.reversed
      ? { start: WHOLE_PARTITION.start, end: { prefix: after.clustering, side: -1 } }
      : { start: { prefix: after.clustering, side: 1 }, end: WHOLE_PARTITION.end };
    return { ...command, slices: intersectSlices(this.table.compare, command.slices, rest) };
  }

  #readIndex(context: ReadContext, command: RangeRead, partitions: PartitionData[]): void {
    const index = this.#indexes.get(command.index ?? '');
    const expression = command.filter.find((one) => index?.serves(one) === true);
    if (index === undefined || expression === undefined) {
      this.#readRange(context, command, partitions);
      return;
    }
    const { table } = this;
    const { counts } = context;
    for (const { key, entries } of this.#placed(index.search(table, expression), command)) {
      const sources = this.#sourcesOf(key, false);
      const behind = this.#selectionBehind(command, key);
      if (sources.length === 0 || behind === undefined) continue;
      const rows = entries.flatMap(({ clustering }) => (clustering === undefined ? [] : [clustering])).sort(table.compare);
      // A static column's entry is for all rows of its partition.
      const slices = rows.length < entries.length
        ? behind.slices
        : rows.flatMap((clustering) => intersectSlices(table.compare, behind.slices, sliceOf(clustering)));
      const data = readPartition({ ...context, selection: { ...behind, slices } }, key, sources);
      if (data !== undefined) partitions.push(data);
      for (const entry of entries) this.#dropIfStale(index, entry, sources, context, expression);
      if (counts.wanted <= 0 || counts.tombstones > counts.mostTombstones) return;
    }
  }

  #dropIfStale(index: SecondaryIndex, entry: IndexEntry, sources: readonly RowSource[], context: ReadContext, expression: RangeRead['filter'][number]): void {
    const counts: ReadCounts = { wanted: Infinity, tombstones: 0, mostTombstones: Infinity };
    const selection: RowSelection = { ...EVERYTHING, slices: entry.clustering === undefined ? [] : [sliceOf(entry.clustering)], nowSeconds: context.selection.nowSeconds };
    const data = readPartition({ ...context, counts, selection, perPartition: Infinity }, entry.key, sources);
    index.dropIfStale(this.table, expression, entry, data ?? { key: entry.key, deletion: undefined, ranges: [], staticRow: undefined, rows: [] });
  }

  /** An index's entries by partition, in token order, those of the range that a page has not shown. */
  #placed(found: readonly IndexEntry[], { range, after }: RangeRead): readonly { readonly key: Bytes; readonly entries: readonly IndexEntry[] }[] {
    const { partitioner } = this.#around;
    const byKey = new Map<Bytes, IndexEntry[]>();
    for (const entry of found) {
      const entries = byKey.get(entry.key);
      if (entries === undefined) byKey.set(entry.key, [entry]);
      else entries.push(entry);
    }
    const afterToken = after === undefined ? undefined : partitioner.tokenOf(after.key);
    const placed: { readonly key: Bytes; readonly token: Token; readonly entries: readonly IndexEntry[] }[] = [];
    for (const [key, entries] of byKey) {
      const token = partitioner.tokenOf(key);
      if (!contains(range, token)) continue;
      if (after !== undefined && afterToken !== undefined && comparePlaces(token, key, afterToken, after.key) < 0) continue;
      placed.push({ key, token, entries });
    }
    return placed.sort((a, b) => comparePlaces(a.token, a.key, b.token, b.key));
  }

  /** All places where a partition lies. */
  #sourcesOf(key: Bytes, cached: boolean): readonly RowSource[] {
    const recent = this.memtable.get(key);
    const { sstables } = this;
    if (sstables.length === 0) return recent === undefined ? [] : [recent];
    if (cached) {
      const all = this.#rowCache.get(key);
      if (all !== undefined) return [all];
    }
    const { partitioner, keyCache } = this.#around;
    const sources: RowSource[] = recent === undefined ? [] : [recent];
    const cachesKeys = this.table.options.caching['keys'] !== 'NONE';
    const hash = hashKey(key);
    let token: Token | undefined;
    let deletedAt = recent?.deletion?.timestamp ?? -Infinity;
    for (const sstable of sstables) {
      if (sstable.figures.maxTimestamp < deletedAt || !sstable.mayContain(hash)) continue;
      let place = cachesKeys ? keyCache.get(sstable.generation, key) : undefined;
      if (place === undefined) {
        token ??= partitioner.tokenOf(key);
        place = sstable.find(token, key);
        if (place < 0) {
          this.counts.filterFalsePositives++;
          continue;
        }
        if (cachesKeys) keyCache.set(sstable.generation, key, place);
      }
      this.counts.filterTruePositives++;
      this.counts.sstablesRead++;
      const partition = sstable.partitionAt(this.table, place);
      if (partition === undefined) continue;
      sources.push(partition);
      if (partition.deletion !== undefined && partition.deletion.timestamp > deletedAt) deletedAt = partition.deletion.timestamp;
    }
    if (cached) this.#cacheRows(key, sources);
    return sources;
  }

  #cacheRows(key: Bytes, sources: readonly RowSource[]): void {
    const rows = this.table.options.caching['rows_per_partition'] ?? 'NONE';
    if (rows === 'NONE' || sources.length === 0) return;
    const counts: ReadCounts = { wanted: Infinity, tombstones: 0, mostTombstones: Infinity };
    const most = rows === 'ALL' ? Infinity : Number(rows);
    const data = readPartition({ table: this.table, selection: EVERYTHING, perPartition: most + 1, counts, purger: PURGE_NOTHING }, key, sources);
    // A partition with more rows is not cached: its head alone would do for few of the reads.
    if (data === undefined || data.rows.length > most) return;
    const partition = new Partition(this.table, key);
    partition.add(this.table, data);
    this.#rowCache.set(key, partition, encodeData(data).length);
  }

  /**
   * Walks a range of tokens.
   *
   * @param after - begins at this partition (not behind it: some of its rows may be wanted yet)
   * @yields each partition with all its places
   */
  *#scan(range: TokenRange, after?: RangeRead['after']): Generator<{ readonly key: Bytes; readonly sources: readonly RowSource[] }, undefined> {
    const { start, end } = range;
    if (start !== undefined && end !== undefined && end <= start) {
      const { partitioner } = this.#around;
      const afterToken = after === undefined ? undefined : partitioner.tokenOf(after.key);
      // It wraps around: first the part up to the ring's end, unless a page is beyond that already.
      if (afterToken === undefined || afterToken > start) yield* this.#scan({ start, end: undefined }, after);
      yield* this.#scan({ start: undefined, end }, afterToken !== undefined && afterToken > start ? undefined : after);
      return undefined;
    }
    const walks = [new MemtableWalk(this.memtable), ...this.sstables.map((sstable) => new SSTableWalk(this.table, sstable, this.#around.partitioner))];
    const afterToken = after === undefined ? undefined : this.#around.partitioner.tokenOf(after.key);
    for (const walk of walks) {
      if (after !== undefined && afterToken !== undefined && (start === undefined || afterToken > start)) walk.begin(afterToken, after.key);
      else walk.begin(start, undefined);
    }
    for (;;) {
      const least = leastOf<PartitionWalk>(walks);
      if (least === undefined || (end !== undefined && least.token > end)) return undefined;
      const { key, token } = least;
      const sources = takeSources(walks, token, key);
      if (sources.length > 0) yield { key, sources };
    }
  }
}

/** Definitions are made anew with each change of the schema: they are the same when they say the same. */
function sameIndex(a: IndexMetadata, b: IndexMetadata | undefined): boolean {
  return a === b || (b !== undefined && a.column === b.column && a.target === b.target && a.kind === b.kind);
}

function contains({ start, end }: TokenRange, token: Token): boolean {
  const behindStart = start === undefined || token > start;
  const beforeEnd = end === undefined || token <= end;
  return start !== undefined && end !== undefined && end <= start ? behindStart || beforeEnd : behindStart && beforeEnd;
}
