/**
 * Writes an sstable, partition by partition in token order. Rows of a large partition go to chunks of their own as they come, so
 * that a partition of any size passes through.
 *
 * @module
 */
import type { Token } from '../token.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Bytes } from '../types/data-type.ts';
import { BloomFilter } from './bloom-filter.ts';
import { packBytes, packNumber } from './byte-reader.ts';
import { checksum } from './codec.ts';
import type { PartitionData } from './partition.ts';
import { packClustering, packDeletion, packRange, packRowBody, type RowFormat } from './row-codec.ts';
import type { Row } from './row.ts';
import { HEAD } from './sstable-partition.ts';
import { CHUNK, IndexBuilder, SSTable, sstableFiles, type SSTableContext } from './sstable.ts';
import { FiguresCollector, type LogInterval, type SSTableMarks } from './sstable-stats.ts';

/** Bytes of small partitions that go into one chunk: `chunk_length_in_kb` of 16. An offset within a chunk must fit 16 bits. */
const CHUNK_LENGTH = 16 * 1024;

/** What a new sstable is to be. */
export interface SSTablePlan {
  readonly generation: number;
  /** No timestamp in it is less. */
  readonly base: number;
  /** Bytes of rows between two entries of a partition's index (`column_index_size`). */
  readonly columnIndexSize: number;
  readonly expectedPartitions: number;
  readonly createdAt: number;
  readonly logIntervals: readonly LogInterval[];
  readonly marks: SSTableMarks;
}

/** A partition without its rows. */
export type PartitionHead = Pick<PartitionData, 'key' | 'deletion' | 'ranges' | 'staticRow'>;

/** An sstable that is being written. */
export class SSTableWriter {
  readonly #context: SSTableContext;
  readonly #plan: SSTablePlan;
  readonly #table: TableMetadata;
  readonly #file: string;
  readonly #figures = new FiguresCollector();
  readonly #index: IndexBuilder;
  readonly #keys: Bytes[] = [];
  readonly #columns: string[] = [];
  readonly #columnNumbers = new Map<string, Bytes>();
  readonly #format: RowFormat;
  readonly #starts: number[] = [0];
  readonly #checksums: number[] = [];
  #pieces: Bytes[] = [];
  #length = 0;
  /** Of the partition that is being added: rows that are in no chunk yet, how many came, and its first chunk if it is a large one. */
  #rows: Bytes[] = [];
  #rowsLength = 0;
  #rowCount = 0;
  #wideFrom = -1;
  #isFull = false;

  constructor(context: SSTableContext, table: TableMetadata, plan: SSTablePlan) {
    this.#context = context;
    this.#plan = plan;
    this.#table = table;
    this.#file = sstableFiles(table.id, plan.generation).data;
    this.#index = new IndexBuilder(plan.expectedPartitions);
    const number = (column: string): Bytes => {
      let bytes = this.#columnNumbers.get(column);
      if (bytes === undefined) {
        this.#columnNumbers.set(column, (bytes = packNumber(this.#columns.length)));
        this.#columns.push(column);
      }
      return bytes;
    };
    this.#format = { base: plan.base, columnToBytes: number, columnFrom: () => '' };
    // What an earlier attempt that was not finished may have left.
    context.disk.remove(this.#file);
  }

  /** Bytes so far. */
  get bytes(): number {
    return (this.#starts.at(-1) ?? 0) + this.#length;
  }

  /** Whether the disk had no room: nothing more is written then. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * Adds a partition behind all others.
   *
   * @param token - its token
   * @param head - its key and all that is no row
   * @param rows - in clustering order
   */
  add(token: Token, head: PartitionHead, rows: Iterable<Row>): void {
    this.#wideFrom = -1;
    this.#rowCount = 0;
    if (Array.isArray(rows)) for (let i = 0; i < rows.length; i++) this.#addRow((rows as readonly Row[])[i]);
    else for (const row of rows) this.#addRow(row);
    if (this.#wideFrom >= 0) this.#flushRows();
    this.#figures.addHead(head);
    const content = this.#packHead(head, this.#rowCount, this.#wideFrom) + (this.#rows.length === 1 ? this.#rows[0] ?? '' : this.#rows.join(''));
    this.#rows = [];
    this.#rowsLength = 0;
    this.#addToChunk(token, head.key, packNumber(content.length) + content);
  }

  #addRow(row: Row | undefined): void {
    if (row === undefined) return;
    const packed = packClustering(row.clustering) + packBytes(packRowBody(row, this.#format));
    if (this.#rowsLength > 0 && this.#rowsLength + packed.length > this.#plan.columnIndexSize) this.#flushRows();
    this.#rows.push(packed);
    this.#rowsLength += packed.length;
    this.#rowCount++;
    this.#figures.addRow(row);
  }

  /** The partition is a large one: its rows so far become a chunk. */
  #flushRows(): void {
    if (this.#wideFrom < 0) {
      this.#closeChunk();
      this.#wideFrom = this.#checksums.length;
    }
    this.#rows.unshift(String.fromCharCode(CHUNK.rows));
    this.#append(this.#rows.join(''));
    this.#rows = [];
    this.#rowsLength = 0;
  }

  /** Ends the file and makes the sstable, which may be read at once and is durable after a sync of both files. @returns undefined when the disk is full */
  finish(): SSTable | undefined {
    this.#closeChunk();
    const { disk } = this.#context;
    const files = sstableFiles(this.#table.id, this.#plan.generation);
    if (!this.#isFull) {
      this.#index.trim();
      const filter = new BloomFilter(Math.max(1, this.#keys.length), this.#table.options.bloomFilterFpChance);
      for (const key of this.#keys) filter.add(key);
      const { generation, base, createdAt, logIntervals, marks } = this.#plan;
      const sstable = new SSTable(this.#context, {
        table: this.#table.id, generation, base, columns: this.#columns, starts: Uint32Array.from(this.#starts), checksums: Uint32Array.from(this.#checksums),
        index: this.#index, filter, figures: this.#figures.figures(createdAt, logIntervals), marks,
      });
      // A file with nothing in it does not come to be by appending.
      if (this.#checksums.length === 0) disk.append(files.data, '');
      if (disk.replace(files.statistics, sstable.statistics()) === 'ok') return sstable;
    }
    this.abort();
    return undefined;
  }

  /** Leaves nothing behind. */
  abort(): void {
    const files = sstableFiles(this.#table.id, this.#plan.generation);
    this.#context.disk.remove(files.data);
    this.#context.disk.remove(files.statistics);
  }

  #packHead({ key, deletion, ranges, staticRow }: PartitionHead, rowCount: number, wideFrom: number): Bytes {
    const flags = (deletion === undefined ? 0 : HEAD.deletion) | (ranges.length === 0 ? 0 : HEAD.ranges)
      | (staticRow === undefined ? 0 : HEAD.staticRow) | (wideFrom < 0 ? 0 : HEAD.wide);
    let bytes = packBytes(key) + String.fromCharCode(flags);
    if (deletion !== undefined) bytes += packDeletion(deletion, this.#format);
    if (ranges.length > 0) bytes += packNumber(ranges.length) + ranges.map((range) => packRange(range, this.#format)).join('');
    if (staticRow !== undefined) bytes += packRowBody(staticRow, this.#format);
    bytes += packNumber(rowCount);
    return wideFrom < 0 ? bytes : bytes + packNumber(wideFrom) + packNumber(this.#checksums.length - wideFrom);
  }

  #addToChunk(token: Token, key: Bytes, bytes: Bytes): void {
    if (this.#length === 0) {
      this.#pieces.push(String.fromCharCode(CHUNK.partitions));
      this.#length = 1;
    }
    this.#index.add(token, this.#checksums.length, this.#length);
    this.#keys.push(key);
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length >= CHUNK_LENGTH) this.#closeChunk();
  }

  #closeChunk(): void {
    if (this.#length === 0) return;
    // Joined, not added up: a sum of strings is a tree that is slow to read.
    const chunk = this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    this.#append(chunk);
  }

  #append(chunk: Bytes): void {
    if (this.#isFull || this.#context.disk.append(this.#file, chunk) === 'full') {
      this.#isFull = true;
      return;
    }
    this.#checksums.push(checksum(chunk, 0, chunk.length));
    this.#starts.push((this.#starts.at(-1) ?? 0) + chunk.length);
  }
}
