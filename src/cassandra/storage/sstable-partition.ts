/**
 * A partition as it lies packed in an sstable, read without unpacking more than is asked for.
 *
 * @module
 */
import type { TableMetadata } from '../schema/metadata.ts';
import type { Bytes, NativeTypeName } from '../types/data-type.ts';
import { ByteReader } from './byte-reader.ts';
import type { Deletion } from './cell.ts';
import { compareToBound, type Bound, type Clustering, type Slice } from './clustering.ts';
import type { RowSource } from './partition.ts';
import { NO_RANGES, type RangeTombstone } from './ranges.ts';
import { packClustering, readClustering, readDeletion, readRange, readRowBody, type RowFormat } from './row-codec.ts';
import type { Row } from './row.ts';

/** Bits of a partition head's first byte. */
export const HEAD = { deletion: 1, ranges: 2, staticRow: 4, wide: 8 } as const;

const NO_CLUSTERING: Clustering = [];

/** Gives out chunks by number; undefined for a damaged one. */
export interface ChunkSource {
  chunk(number: number): Bytes | undefined;
}

/** A partition of an sstable. */
export class SSTablePartition implements RowSource {
  readonly key: Bytes;
  readonly deletion: Deletion | undefined;
  readonly ranges: readonly RangeTombstone[];
  readonly staticRow: Row | undefined;
  readonly rowCount: number;
  readonly #table: TableMetadata;
  readonly #format: RowFormat;
  readonly #source: ChunkSource;
  /** Of a small partition: the chunk with the rows, and where they begin. */
  readonly #chunk: Bytes;
  readonly #rowsAt: number;
  readonly #end: number;
  /** Of a large partition: its chunks. */
  readonly #firstChunk: number;
  readonly #chunkCount: number;

  constructor(table: TableMetadata, source: ChunkSource, format: RowFormat, chunk: Bytes, offset: number) {
    this.#table = table;
    this.#source = source;
    this.#format = format;
    this.#chunk = chunk;
    const reader = new ByteReader(chunk, offset);
    this.#end = reader.number() + reader.at;
    this.key = reader.string();
    const flags = reader.byte();
    this.deletion = (flags & HEAD.deletion) === 0 ? undefined : readDeletion(reader, format);
    this.ranges = (flags & HEAD.ranges) === 0 ? NO_RANGES : readRanges(reader, format);
    this.staticRow = (flags & HEAD.staticRow) === 0 ? undefined : readRowBody(reader, NO_CLUSTERING, format);
    this.rowCount = reader.number();
    const isWide = (flags & HEAD.wide) !== 0;
    this.#firstChunk = isWide ? reader.number() : -1;
    this.#chunkCount = isWide ? reader.number() : 0;
    this.#rowsAt = reader.at;
  }

  row(clustering: Clustering): Row | undefined {
    if (this.#firstChunk < 0) return this.#rowIn(this.#chunk, this.#rowsAt, this.#end, clustering);
    const number = this.#lastChunkBefore((first) => this.#table.compare(first, clustering) <= 0);
    const chunk = number < 0 ? undefined : this.#source.chunk(this.#firstChunk + number);
    return chunk === undefined ? undefined : this.#rowIn(chunk, 1, chunk.length, clustering);
  }

  fewRows(): readonly Row[] | undefined {
    if (this.#firstChunk >= 0) return undefined;
    const rows: Row[] = [];
    const reader = new ByteReader(this.#chunk, this.#rowsAt);
    while (reader.at < this.#end) {
      const clustering = readClustering(reader);
      reader.number();
      rows.push(readRowBody(reader, clustering, this.#format));
    }
    return rows;
  }

  *rows(slice: Slice, reversed: boolean): Generator<Row, undefined> {
    if (this.#firstChunk < 0) {
      yield* this.#rowsIn(this.#chunk, this.#rowsAt, this.#end, slice, reversed);
      return undefined;
    }
    // Forwards it ends where rows lie behind the slice, backwards where they lie before it: only one end is searched for.
    const step = reversed ? -1 : 1;
    for (let i = Math.max(0, this.#chunkOf(reversed ? slice.end : slice.start)); i >= 0 && i < this.#chunkCount; i += step) {
      const chunk = this.#source.chunk(this.#firstChunk + i);
      if (chunk === undefined) continue;
      if (!reversed && !this.#beginsBefore(chunk, slice.end)) return undefined;
      yield* this.#rowsIn(chunk, 1, chunk.length, slice, reversed);
      // Going backwards, the chunk that begins before the slice is the last.
      if (reversed && this.#beginsBefore(chunk, slice.start)) return undefined;
    }
    return undefined;
  }

  #beginsBefore(chunk: Bytes, bound: Bound): boolean {
    return compareToBound(this.#table.compare, readClustering(new ByteReader(chunk, 1)), bound) < 0;
  }

  /** The last chunk that may hold rows just before a bound. */
  #chunkOf(bound: Bound): number {
    return this.#lastChunkBefore((first) => compareToBound(this.#table.compare, first, bound) < 0);
  }

  /** The last chunk whose first row meets a test that holds up to some chunk; -1 when none does. Damaged chunks count as those before them. */
  #lastChunkBefore(test: (first: Clustering) => boolean): number {
    let low = 0;
    let high = this.#chunkCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#firstFrom(middle, low);
      if (first === undefined || test(first)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The clustering that a chunk begins with; of the nearest whole one before it, down to `least`. */
  #firstFrom(number: number, least: number): Clustering | undefined {
    for (let i = number; i >= least; i--) {
      const chunk = this.#source.chunk(this.#firstChunk + i);
      if (chunk !== undefined) return readClustering(new ByteReader(chunk, 1));
    }
    return undefined;
  }

  #rowIn(chunk: Bytes, at: number, end: number, clustering: Clustering): Row | undefined {
    const reader = new ByteReader(chunk, at);
    const wanted = packClustering(clustering);
    while (reader.at < end) {
      if (chunk.startsWith(wanted, reader.at)) {
        reader.at += wanted.length;
        reader.number();
        return readRowBody(reader, clustering, this.#format);
      }
      for (let count = reader.byte(); count > 0; count--) reader.skipString();
      reader.skipString();
    }
    return hasOneForm(this.#table) ? undefined : this.#rowOfOtherForm(new ByteReader(chunk, at), end, clustering);
  }

  /** Values of some types are equal although their bytes are not: 1.0 and 1.00. */
  #rowOfOtherForm(reader: ByteReader, end: number, clustering: Clustering): Row | undefined {
    while (reader.at < end) {
      const found = readClustering(reader);
      const length = reader.number();
      const order = this.#table.compare(found, clustering);
      if (order === 0) return readRowBody(reader, found, this.#format);
      if (order > 0) return undefined;
      reader.at += length;
    }
    return undefined;
  }

  *#rowsIn(chunk: Bytes, at: number, end: number, slice: Slice, reversed: boolean): Generator<Row, undefined> {
    const reader = new ByteReader(chunk, at);
    const backwards: Row[] = [];
    const { compare } = this.#table;
    while (reader.at < end) {
      const clustering = readClustering(reader);
      const length = reader.number();
      if (compareToBound(compare, clustering, slice.end) > 0) break;
      if (compareToBound(compare, clustering, slice.start) < 0) {
        reader.at += length;
        continue;
      }
      const row = readRowBody(reader, clustering, this.#format);
      if (reversed) backwards.push(row);
      else yield row;
    }
    for (let row = backwards.pop(); row !== undefined; row = backwards.pop()) yield row;
    return undefined;
  }
}

/** Types whose equal values have the same bytes. */
const ONE_FORM: ReadonlySet<string> = new Set<NativeTypeName>([
  'ascii', 'bigint', 'blob', 'boolean', 'date', 'double', 'float', 'inet', 'int', 'smallint', 'text', 'time', 'timestamp', 'timeuuid', 'tinyint', 'uuid',
]);

function hasOneForm(table: TableMetadata): boolean {
  return table.clustering.every(({ type }) => type.kind === 'native' && ONE_FORM.has(type.name));
}

function readRanges(reader: ByteReader, format: RowFormat): readonly RangeTombstone[] {
  const ranges: RangeTombstone[] = [];
  for (let i = reader.number(); i > 0; i--) ranges.push(readRange(reader, format));
  return ranges;
}
