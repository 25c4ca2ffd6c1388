/**
 * Rows, deletions and range tombstones as packed bytes, for the commit log and for sstables. As in Cassandra's own format (3.0
 * and later, `UnfilteredSerializer`) timestamps are differences to a least one, columns may be numbers into a header, and what
 * a cell shares with its row or with the cell before it is not written again.
 *
 * @module
 */
import { fromUtf8, utf8 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';
import { packBytes, packNumber, packSigned, type ByteReader } from './byte-reader.ts';
import { NEVER, type Cell, type Deletion, type Liveness } from './cell.ts';
import type { Bound, Clustering } from './clustering.ts';
import type { RangeTombstone } from './ranges.ts';
import { NO_COMPLEX_DELETIONS, type ComplexDeletion, type Row } from './row.ts';

/** What both sides of an encoding know: the least timestamp, and how columns are named in it. */
export interface RowFormat {
  /** Microseconds: timestamps are differences to it, exact as far as they span no more than 2^53 (285 years). */
  readonly base: number;
  columnToBytes(column: string): Bytes;
  columnFrom(reader: ByteReader): string;
}

const ROW = { liveness: 1, expiring: 2, deletion: 4, complex: 8, manyCells: 16 } as const;
const CELL = { tombstone: 1, expiring: 2, newTimestamp: 4, path: 8, sameTimes: 16 } as const;

/** Names of columns, tables and keyspaces as bytes: they are few and come again and again. */
const names = new Map<string, Bytes>();
const namesBack = new Map<Bytes, string>();

/** A name behind its length, in UTF-8. */
export function packName(name: string): Bytes {
  let bytes = names.get(name);
  if (bytes === undefined) {
    if (names.size > 10_000) names.clear();
    names.set(name, (bytes = packBytes(utf8(name))));
  }
  return bytes;
}

/** What {@link packName} wrote, the same string each time. */
export function readName(reader: ByteReader): string {
  const bytes = reader.string();
  let name = namesBack.get(bytes);
  if (name === undefined) {
    if (namesBack.size > 10_000) namesBack.clear();
    name = fromUtf8(bytes) ?? bytes;
    // A copy: a slice would keep the whole log segment alive.
    namesBack.set(Array.from(bytes).join(''), name);
  }
  return name;
}

/** Columns by their names: the log's way. */
export function namedFormat(base: number): RowFormat {
  return { base, columnToBytes: packName, columnFrom: readName };
}

/** The least timestamp in some content, or 0 when there is none. */
export function leastTimestamp(rows: readonly Row[], staticRow: Row | undefined, deletion: Deletion | undefined, ranges: readonly RangeTombstone[]): number {
  let least = deletion?.timestamp ?? Infinity;
  for (const range of ranges) least = Math.min(least, range.deletion.timestamp);
  if (staticRow !== undefined) least = leastOfRow(staticRow, least);
  for (const row of rows) least = leastOfRow(row, least);
  return least === Infinity ? 0 : least;
}

function leastOfRow(row: Row, before: number): number {
  let least = before;
  if (row.liveness !== undefined && row.liveness.timestamp < least) least = row.liveness.timestamp;
  if (row.deletion !== undefined && row.deletion.timestamp < least) least = row.deletion.timestamp;
  for (const cell of row.cells) if (cell.timestamp < least) least = cell.timestamp;
  for (const { deletion } of row.complexDeletions) if (deletion.timestamp < least) least = deletion.timestamp;
  return least;
}

/** A clustering, or a prefix of one. */
export function packClustering(clustering: Clustering): Bytes {
  const { length } = clustering;
  if (length === 1) return `\x01${packBytes(clustering[0] ?? '')}`;
  let bytes = String.fromCharCode(length);
  for (const value of clustering) bytes += packBytes(value);
  return bytes;
}

/** What {@link packClustering} wrote. */
export function readClustering(reader: ByteReader): Clustering {
  const length = reader.byte();
  if (length === 1) return [reader.string()];
  const clustering: Bytes[] = [];
  for (let i = 0; i < length; i++) clustering.push(reader.string());
  return clustering;
}

/** A deletion. */
export function packDeletion({ timestamp, localDeletionTime }: Deletion, { base }: RowFormat): Bytes {
  return packNumber(timestamp - base) + packNumber(localDeletionTime);
}

/** What {@link packDeletion} wrote. */
export function readDeletion(reader: ByteReader, { base }: RowFormat): Deletion {
  return { timestamp: base + reader.number(), localDeletionTime: reader.number() };
}

/** A range tombstone. */
export function packRange({ slice, deletion }: RangeTombstone, format: RowFormat): Bytes {
  return packBound(slice.start) + packBound(slice.end) + packDeletion(deletion, format);
}

/** What {@link packRange} wrote. */
export function readRange(reader: ByteReader, format: RowFormat): RangeTombstone {
  return { slice: { start: readBound(reader), end: readBound(reader) }, deletion: readDeletion(reader, format) };
}

function packBound({ prefix, side }: Bound): Bytes {
  return (side < 0 ? '\x00' : '\x01') + packClustering(prefix);
}

function readBound(reader: ByteReader): Bound {
  const side = reader.byte() === 0 ? -1 : 1;
  return { prefix: readClustering(reader), side };
}

/** All of a row but its clustering. */
export function packRowBody(row: Row, format: RowFormat): Bytes {
  const { liveness, deletion, cells, complexDeletions } = row;
  const { base } = format;
  let flags = 0;
  let head = '';
  let timestamp = NaN;
  let ttl = 0;
  let localDeletionTime = NEVER;
  if (liveness !== undefined) {
    flags |= ROW.liveness;
    ({ timestamp, ttl, localDeletionTime } = liveness);
    head = packNumber(timestamp - base);
    if (localDeletionTime !== NEVER || ttl !== 0) {
      flags |= ROW.expiring;
      head += packNumber(ttl) + packNumber(localDeletionTime);
    }
  }
  if (deletion !== undefined) {
    flags |= ROW.deletion;
    head += packDeletion(deletion, format);
  }
  if (complexDeletions.length > 0) {
    flags |= ROW.complex;
    head += packNumber(complexDeletions.length);
    for (const complex of complexDeletions) head += format.columnToBytes(complex.column) + packDeletion(complex.deletion, format);
  }
  const { length } = cells;
  // Up to seven cells are counted in the flags.
  if (length > 7) {
    flags |= ROW.manyCells;
    head += packNumber(length);
  } else {
    flags |= length << 5;
  }
  let bytes = String.fromCharCode(flags) + head;
  for (const cell of cells) {
    const { value } = cell;
    const dies = cell.localDeletionTime !== NEVER;
    let cellFlags = value === null ? CELL.tombstone : 0;
    let fields = '';
    if (cell.timestamp !== timestamp) {
      cellFlags |= CELL.newTimestamp;
      ({ timestamp } = cell);
      fields = packNumber(timestamp - base);
    }
    if (dies || cell.ttl !== 0) {
      if (cell.ttl === ttl && cell.localDeletionTime === localDeletionTime) {
        cellFlags |= CELL.sameTimes;
      } else {
        ({ ttl, localDeletionTime } = cell);
        cellFlags |= CELL.expiring;
        fields += packNumber(ttl) + packNumber(localDeletionTime);
      }
    }
    if (cell.path !== undefined) {
      cellFlags |= CELL.path;
      fields += packBytes(cell.path);
    }
    bytes += format.columnToBytes(cell.column) + String.fromCharCode(cellFlags) + fields;
    if (value !== null) bytes += packBytes(value);
  }
  return bytes;
}

/** What {@link packRowBody} wrote. */
export function readRowBody(reader: ByteReader, clustering: Clustering, format: RowFormat): Row {
  const flags = reader.byte();
  const { base } = format;
  let timestamp = NaN;
  let ttl = 0;
  let localDeletionTime = NEVER;
  let liveness: Liveness | undefined;
  if ((flags & ROW.liveness) !== 0) {
    timestamp = base + reader.number();
    if ((flags & ROW.expiring) !== 0) {
      ttl = reader.number();
      localDeletionTime = reader.number();
    }
    liveness = { timestamp, ttl, localDeletionTime };
  }
  const deletion = (flags & ROW.deletion) === 0 ? undefined : readDeletion(reader, format);
  const complexDeletions = (flags & ROW.complex) === 0 ? NO_COMPLEX_DELETIONS : readComplexDeletions(reader, format);
  const count = (flags & ROW.manyCells) === 0 ? flags >>> 5 : reader.number();
  const cells: Cell[] = [];
  for (let i = 0; i < count; i++) {
    const column = format.columnFrom(reader);
    const cellFlags = reader.byte();
    if ((cellFlags & CELL.newTimestamp) !== 0) timestamp = base + reader.number();
    if ((cellFlags & CELL.expiring) !== 0) {
      ttl = reader.number();
      localDeletionTime = reader.number();
    }
    const dies = (cellFlags & (CELL.expiring | CELL.sameTimes)) !== 0;
    const path = (cellFlags & CELL.path) === 0 ? undefined : reader.string();
    const value = (cellFlags & CELL.tombstone) === 0 ? reader.string() : null;
    cells.push({ column, path, timestamp, value, ttl: dies ? ttl : 0, localDeletionTime: dies ? localDeletionTime : NEVER });
  }
  return { clustering, liveness, deletion, cells, complexDeletions };
}

function readComplexDeletions(reader: ByteReader, format: RowFormat): readonly ComplexDeletion[] {
  const complexDeletions: ComplexDeletion[] = [];
  for (let i = reader.number(); i > 0; i--) complexDeletions.push({ column: format.columnFrom(reader), deletion: readDeletion(reader, format) });
  return complexDeletions;
}

/** The base of a format. */
export function packBase(base: number): Bytes {
  return packSigned(base);
}
