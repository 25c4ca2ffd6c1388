/**
 * SSTables: what a memtable becomes when it is flushed, and what a compaction writes. Partitions in token order, packed; the
 * content never changes and lies on the disk only. In memory stay an index (14 bytes a partition: eight of its token and its
 * place), a bloom filter and the figures.
 *
 * The data file is a row of chunks, each with its checksum in the statistics file. A chunk holds small partitions, or rows of
 * one large partition: then a partition's head says which chunks are its own, and a clustering is found by bisection over their
 * first rows. So `column_index_size` is the size of such a chunk. A chunk that was read stays in a page cache, which costs nothing
 * here: it is the very string that the disk holds. So bit rot shows when a chunk is first read after a start. It is reported
 * once and then read as empty, as with `disk_failure_policy: best_effort`: other replicas must make up for it.
 *
 * Model: Apache Cassandra's big format (`SSTableReader`, `Index.db`, `Filter.db`, `Statistics.db`). Left out: compression, index
 * summaries, and index and filter as files: both are made anew from the data when an sstable is opened.
 *
 * @module
 */
import type { Disk } from '../../kernel/disk.ts';
import { codeAt } from '../../structures/code-at.ts';
import type { Partitioner } from '../partitioner.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Token } from '../token.ts';
import type { Bytes } from '../types/data-type.ts';
import { BloomFilter, type KeyHash } from './bloom-filter.ts';
import { ByteReader, packNumber, packUint32, uint32At } from './byte-reader.ts';
import { checksum } from './codec.ts';
import { packBase, packName, readName, type RowFormat } from './row-codec.ts';
import { SSTablePartition } from './sstable-partition.ts';
import { packFigures, readFigures, type SSTableFigures, type SSTableMarks } from './sstable-stats.ts';

/** The first byte of a chunk. */
export const CHUNK = { partitions: 0, rows: 1 } as const;

/** Behind every token: where the chunk that would tell is damaged, an sstable may reach anywhere. */
const UNKNOWN_LAST: Token = '\xff'.repeat(32);

/** Where an sstable's two files are. */
export function sstableFiles(table: string, generation: number): { readonly data: string; readonly statistics: string } {
  const stem = `data/${table}/${String(generation).padStart(8, '0')}`;
  return { data: `${stem}-Data.db`, statistics: `${stem}-Statistics.db` };
}

/** Sorted places of partitions. */
export interface PartitionIndex {
  readonly length: number;
  /** The first eight bytes of tokens, as two numbers each. */
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly chunk: Uint32Array;
  readonly offset: Uint16Array;
}

/** What an sstable is made of. */
export interface SSTableParts {
  readonly table: string;
  readonly generation: number;
  readonly base: number;
  readonly columns: readonly string[];
  /** Where each chunk begins, and at last where the last ends. */
  readonly starts: Uint32Array;
  readonly checksums: Uint32Array;
  readonly index: PartitionIndex;
  readonly filter: BloomFilter;
  readonly figures: SSTableFigures;
  readonly marks: SSTableMarks;
}

/** What an sstable needs of its surroundings. */
export interface SSTableContext {
  readonly disk: Disk;
  readonly partitioner: Partitioner;
  readonly damaged: (table: string, generation: number, chunk: number) => void;
}

/** An immutable run of partitions. */
export class SSTable {
  readonly table: string;
  /** Rises with each sstable of a node. */
  readonly generation: number;
  /** Of the data file. */
  readonly bytes: number;
  readonly figures: SSTableFigures;
  marks: SSTableMarks;
  readonly #parts: SSTableParts;
  readonly #format: RowFormat;
  readonly #context: SSTableContext;
  readonly #file: string;
  readonly #verified: (string | undefined)[];
  readonly #damaged = new Set<number>();
  #tokens: { readonly first: Token; readonly last: Token } | undefined;

  constructor(context: SSTableContext, parts: SSTableParts) {
    this.#context = context;
    this.#parts = parts;
    this.table = parts.table;
    this.generation = parts.generation;
    this.figures = parts.figures;
    this.marks = parts.marks;
    this.bytes = parts.starts[parts.starts.length - 1] ?? 0;
    this.#file = sstableFiles(parts.table, parts.generation).data;
    this.#verified = Array.from({ length: parts.checksums.length }, () => undefined);
    this.#format = formatOf(parts.base, parts.columns);
  }

  /** How many partitions it holds. */
  get length(): number {
    return this.#parts.index.length;
  }

  /** Memory that the bloom filter takes, in bytes. */
  get filterBytes(): number {
    return this.#parts.filter.bytes;
  }

  /** Whether a chunk was found damaged: it is not compacted any more, lest what can still be read of it elsewhere be taken for all. */
  get isDamaged(): boolean {
    return this.#damaged.size > 0;
  }

  /** Whether a partition may be in it. */
  mayContain(hash: KeyHash): boolean {
    return this.#parts.filter.mayContain(hash);
  }

  /** The place of a partition in token order, or -1. */
  find(token: Token, key: Bytes): number {
    const { index } = this.#parts;
    const high = prefixHigh(token);
    const low = prefixLow(token);
    for (let at = lowerBound(index, high, low); at < index.length && index.high[at] === high && index.low[at] === low; at++) {
      if (this.#hasKey(at, key)) return at;
    }
    return -1;
  }

  /** The first place whose partition lies at or after a token and key; with no key, after the whole token. */
  lowerBound(token: Token, key: Bytes | undefined): number {
    const { index } = this.#parts;
    const high = prefixHigh(token);
    const low = prefixLow(token);
    let at = lowerBound(index, high, low);
    for (; at < index.length && index.high[at] === high && index.low[at] === low; at++) {
      const other = this.keyAt(at);
      if (other === undefined) continue;
      const otherToken = this.#context.partitioner.tokenOf(other);
      if (otherToken > token || (otherToken === token && key !== undefined && other >= key)) break;
    }
    return at;
  }

  /** The key at a place; undefined when its chunk is damaged. */
  keyAt(at: number): Bytes | undefined {
    const chunk = this.chunk(this.#parts.index.chunk[at] ?? 0);
    if (chunk === undefined) return undefined;
    const reader = new ByteReader(chunk, this.#parts.index.offset[at] ?? 0);
    reader.number();
    return reader.string();
  }

  /** The partition at a place; undefined when its chunk is damaged. */
  partitionAt(table: TableMetadata, at: number): SSTablePartition | undefined {
    const chunk = this.chunk(this.#parts.index.chunk[at] ?? 0);
    if (chunk === undefined) return undefined;
    return new SSTablePartition(table, this, this.#format, chunk, this.#parts.index.offset[at] ?? 0);
  }

  /** A chunk's bytes, verified; undefined when it is damaged. */
  chunk(number: number): Bytes | undefined {
    const cached = this.#verified[number];
    if (cached !== undefined) return cached;
    const { starts, checksums } = this.#parts;
    const from = starts[number] ?? 0;
    const to = starts[number + 1] ?? from;
    const bytes = this.#context.disk.readAt(this.#file, from, to - from);
    if (bytes !== undefined && bytes.length === to - from && checksum(bytes, 0, bytes.length) === checksums[number]) {
      this.#verified[number] = bytes;
      return bytes;
    }
    // A file that is gone was compacted or truncated while somebody still walked over it.
    if (bytes !== undefined && !this.#damaged.has(number)) {
      this.#damaged.add(number);
      this.#context.damaged(this.table, this.generation, number);
    }
    return undefined;
  }

  /** The tokens of its first and last partitions. */
  get tokens(): { readonly first: Token; readonly last: Token } {
    if (this.#tokens === undefined) {
      const { partitioner } = this.#context;
      const [first, last] = [this.keyAt(0), this.keyAt(this.length - 1)];
      this.#tokens = { first: first === undefined ? partitioner.minimum : partitioner.tokenOf(first), last: last === undefined ? UNKNOWN_LAST : partitioner.tokenOf(last) };
    }
    return this.#tokens;
  }

  /** The statistics file's content. */
  statistics(): Bytes {
    const { starts, checksums, base, columns } = this.#parts;
    const parts: string[] = [packFigures(this.figures, this.marks), packBase(base), packNumber(columns.length), ...columns.map(packName), packNumber(checksums.length)];
    for (const [i, sum] of checksums.entries()) parts.push(packNumber((starts[i + 1] ?? 0) - (starts[i] ?? 0)), packUint32(sum));
    const content = parts.join('');
    return packUint32(checksum(content, 0, content.length)) + content;
  }

  #hasKey(at: number, key: Bytes): boolean {
    const chunk = this.chunk(this.#parts.index.chunk[at] ?? 0);
    if (chunk === undefined) return false;
    const reader = new ByteReader(chunk, this.#parts.index.offset[at] ?? 0);
    reader.number();
    return reader.number() === key.length && chunk.startsWith(key, reader.at);
  }
}

/**
 * Opens an sstable: reads its statistics, and its data once for the index and the filter.
 *
 * @returns undefined when it is not whole: it was not finished before a crash, or its statistics are damaged
 */
export function openSSTable(context: SSTableContext, table: string, generation: number, falsePositiveChance: number): SSTable | undefined {
  const files = sstableFiles(table, generation);
  const statistics = context.disk.read(files.statistics);
  if (statistics === undefined || statistics.length < 4 || uint32At(statistics, 0) !== checksum(statistics, 4, statistics.length)) return undefined;
  const reader = new ByteReader(statistics, 4);
  const { figures, marks } = readFigures(reader);
  const base = reader.signed();
  const columns: string[] = [];
  for (let i = reader.number(); i > 0; i--) columns.push(readName(reader));
  const chunks = reader.number();
  const starts = new Uint32Array(chunks + 1);
  const checksums = new Uint32Array(chunks);
  for (let i = 0; i < chunks; i++) {
    starts[i + 1] = (starts[i] ?? 0) + reader.number();
    checksums[i] = uint32At(statistics, reader.at);
    reader.at += 4;
  }
  if (context.disk.size(files.data) !== starts[chunks]) return undefined;
  const index = new IndexBuilder(figures.partitions);
  const filter = new BloomFilter(Math.max(1, figures.partitions), falsePositiveChance);
  const parts: SSTableParts = { table, generation, base, columns, starts, checksums, index, filter, figures, marks };
  const sstable = new SSTable(context, parts);
  for (let number = 0; number < chunks; number++) {
    const chunk = sstable.chunk(number);
    if (chunk === undefined || codeAt(chunk, 0) !== CHUNK.partitions) continue;
    const keys = new ByteReader(chunk, 1);
    while (!keys.isDone) {
      const offset = keys.at;
      const end = keys.number() + keys.at;
      const key = keys.string();
      index.add(context.partitioner.tokenOf(key), number, offset);
      filter.add(key);
      keys.at = end;
    }
  }
  return sstable;
}

/** An index that grows at its end. */
export class IndexBuilder implements PartitionIndex {
  length = 0;
  high: Uint32Array;
  low: Uint32Array;
  chunk: Uint32Array;
  offset: Uint16Array;

  /** @param expected - how many partitions there will be, as far as known */
  constructor(expected: number) {
    const size = Math.max(1, expected);
    this.high = new Uint32Array(size);
    this.low = new Uint32Array(size);
    this.chunk = new Uint32Array(size);
    this.offset = new Uint16Array(size);
  }

  /** Adds a partition behind all others. */
  add(token: Token, chunk: number, offset: number): void {
    if (this.length === this.high.length) this.#resize(this.length * 2);
    this.high[this.length] = prefixHigh(token);
    this.low[this.length] = prefixLow(token);
    this.chunk[this.length] = chunk;
    this.offset[this.length] = offset;
    this.length++;
  }

  /** Gives back what was kept ready. */
  trim(): void {
    if (this.length < this.high.length) this.#resize(this.length);
  }

  #resize(size: number): void {
    const grow = <T extends Uint32Array | Uint16Array>(from: T, to: T): T => {
      to.set(from.subarray(0, Math.min(size, this.length)));
      return to;
    };
    this.high = grow(this.high, new Uint32Array(size));
    this.low = grow(this.low, new Uint32Array(size));
    this.chunk = grow(this.chunk, new Uint32Array(size));
    this.offset = grow(this.offset, new Uint16Array(size));
  }
}

/** Columns as numbers into a list. */
function formatOf(base: number, columns: readonly string[]): RowFormat {
  const numbers = new Map(columns.map((column, i) => [column, packNumber(i)]));
  return { base, columnToBytes: (column) => numbers.get(column) ?? '', columnFrom: (reader) => columns[reader.number()] ?? '' };
}

function prefixHigh(token: Token): number {
  return ((byteAt(token, 0) << 24) | (byteAt(token, 1) << 16) | (byteAt(token, 2) << 8) | byteAt(token, 3)) >>> 0;
}

function prefixLow(token: Token): number {
  return ((byteAt(token, 4) << 24) | (byteAt(token, 5) << 16) | (byteAt(token, 6) << 8) | byteAt(token, 7)) >>> 0;
}

function byteAt(token: Token, at: number): number {
  return at < token.length ? codeAt(token, at) : 0;
}

function lowerBound({ high, low, length }: PartitionIndex, wantedHigh: number, wantedLow: number): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const h = high[middle] ?? 0;
    if (h < wantedHigh || (h === wantedHigh && (low[middle] ?? 0) < wantedLow)) from = middle + 1;
    else to = middle;
  }
  return from;
}
