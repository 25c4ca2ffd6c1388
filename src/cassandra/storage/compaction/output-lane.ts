/**
 * What a compaction writes: sstables one after another, cut at a size or at the boundaries of shards.
 *
 * @module
 */
import type { Token } from '../../token.ts';
import type { Row } from '../row.ts';
import { SSTableWriter, type PartitionHead } from '../sstable-writer.ts';
import { sstableFiles, type SSTable, type SSTableContext } from '../sstable.ts';
import type { LogInterval, SSTableMarks } from '../sstable-stats.ts';
import type { StorageOptions } from '../storage-options.ts';
import type { TableStore } from '../table-store.ts';
import type { CompactionTask } from './strategy.ts';

/** What writing needs of the engine. */
export interface LaneSurroundings {
  readonly options: StorageOptions;
  readonly context: SSTableContext;
  nextGeneration(): number;
  nowSeconds(): number;
}

/** Sstables that are written one after another. */
export class OutputLane {
  readonly #around: LaneSurroundings;
  readonly #store: TableStore;
  readonly #task: CompactionTask;
  readonly #marks: SSTableMarks;
  readonly #intervals: readonly LogInterval[];
  readonly #base: number;
  readonly #expected: number;
  readonly #made: SSTable[] = [];
  #writer: SSTableWriter | undefined;
  #isFull = false;
  /** How many boundaries lie behind. */
  #shard = 0;

  constructor(
    around: LaneSurroundings, store: TableStore, inputs: readonly SSTable[], task: CompactionTask, marks: SSTableMarks, intervals: readonly LogInterval[],
  ) {
    this.#around = around;
    this.#store = store;
    this.#task = task;
    this.#marks = marks;
    this.#intervals = intervals;
    const least = inputs.reduce((base, { figures }) => Math.min(base, figures.minTimestamp), Infinity);
    this.#base = least === Infinity ? 0 : least;
    this.#expected = task.maxBytes === Infinity && task.boundaries.length === 0 ? Math.max(...inputs.map(({ length }) => length)) : 64;
  }

  /** Adds a partition behind all others, unless nothing is left of it. */
  add(token: Token, head: PartitionHead, rows: Iterable<Row>): void {
    const isHeadEmpty = head.deletion === undefined && head.ranges.length === 0 && head.staticRow === undefined;
    let shown = rows;
    if (!Array.isArray(rows) && isHeadEmpty) {
      const walk = rows[Symbol.iterator]();
      const first = walk.next();
      shown = first.done === true ? [] : chain(first.value, walk);
    }
    if (isHeadEmpty && Array.isArray(shown) && shown.length === 0) return;
    this.#cut(token);
    if (this.#isFull) return;
    this.#writer ??= new SSTableWriter(this.#around.context, this.#store.table, {
      generation: this.#around.nextGeneration(), base: this.#base, columnIndexSize: this.#around.options.columnIndexSize, expectedPartitions: this.#expected,
      createdAt: this.#around.nowSeconds(), logIntervals: this.#intervals, marks: this.#marks,
    });
    this.#writer.add(token, head, shown);
  }

  /** @returns what was written, or undefined when the disk is full: nothing is left then */
  finish(): readonly SSTable[] | undefined {
    this.#close();
    if (!this.#isFull) return this.#made;
    for (const sstable of this.#made) {
      const files = sstableFiles(sstable.table, sstable.generation);
      this.#around.context.disk.remove(files.data);
      this.#around.context.disk.remove(files.statistics);
    }
    return undefined;
  }

  #cut(token: Token): void {
    const { boundaries, maxBytes } = this.#task;
    let isBehind = false;
    for (let next = boundaries[this.#shard]; next !== undefined && token >= next; next = boundaries[++this.#shard]) isBehind = true;
    if (isBehind || (this.#writer !== undefined && this.#writer.bytes >= maxBytes)) this.#close();
  }

  #close(): void {
    if (this.#writer === undefined) return;
    const made = this.#writer.finish();
    if (made === undefined) this.#isFull = true;
    else this.#made.push(made);
    this.#writer = undefined;
  }
}

function* chain(first: Row, rest: Iterator<Row>): Generator<Row, undefined> {
  yield first;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
  return undefined;
}
