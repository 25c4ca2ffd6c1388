/**
 * What an sstable says of itself (Cassandra's `Statistics.db`): times, tombstones, level and repair marks. Compaction strategies
 * decide by these alone.
 *
 * @module
 */
import type { Bytes } from '../types/data-type.ts';
import { packBytes, packNumber, packSigned, type ByteReader } from './byte-reader.ts';
import { NEVER, type Deletion } from './cell.ts';
import { packName, readName } from './row-codec.ts';
import type { PartitionData } from './partition.ts';
import type { RangeTombstone } from './ranges.ts';
import type { Row } from './row.ts';

/** Positions in the commit log from `from` (not included) to `to`: what an sstable holds of it. */
export interface LogInterval {
  readonly from: number;
  readonly to: number;
}

/** Marks that change while an sstable lives. */
export interface SSTableMarks {
  /** Its level in leveled compaction; 0 otherwise. */
  readonly level: number;
  /** Microseconds at which the repair that it took part in was done; 0 = unrepaired. */
  readonly repairedAt: number;
  /** The incremental repair under way that it belongs to. */
  readonly pendingRepair: string | undefined;
}

/** Figures of an sstable that never change. */
export interface SSTableFigures {
  /** Of cells, markers and deletions, microseconds; Infinity and -Infinity when there are none. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  /** Seconds; {@link NEVER} as the greatest when something in it stays for ever. */
  readonly minLocalDeletionTime: number;
  readonly maxLocalDeletionTime: number;
  /** Cells, markers and deletions. */
  readonly cells: number;
  readonly rows: number;
  readonly partitions: number;
  /** Tombstones (and what will expire) by the second at which they may begin to be dropped, rounded up. */
  readonly droppable: ReadonlyMap<number, number>;
  /** Second at which it was written. */
  readonly createdAt: number;
  readonly logIntervals: readonly LogInterval[];
}

/** Most of the histogram's bins, and the seconds they begin with (`tombstone_histogram_…` in Cassandra: 100 and 60). */
const MAX_BINS = 100;
const FIRST_BIN = 60;

/** Gathers an sstable's figures as it is written. */
export class FiguresCollector {
  minTimestamp: number = Infinity;
  maxTimestamp: number = -Infinity;
  minLocalDeletionTime: number = NEVER;
  maxLocalDeletionTime = 0;
  cells = 0;
  rows = 0;
  partitions = 0;
  #bin = FIRST_BIN;
  #droppable = new Map<number, number>();

  /** Counts a partition's head. */
  addHead({ deletion, ranges, staticRow }: Pick<PartitionData, 'deletion' | 'ranges' | 'staticRow'>): void {
    this.partitions++;
    if (deletion !== undefined) this.#addDeletion(deletion);
    for (const range of ranges) this.#addRange(range);
    if (staticRow !== undefined) this.#addContent(staticRow);
  }

  /** Counts a row. */
  addRow(row: Row): void {
    this.rows++;
    this.#addContent(row);
  }

  /** What was gathered. */
  figures(createdAt: number, logIntervals: readonly LogInterval[]): SSTableFigures {
    const { minTimestamp, maxTimestamp, minLocalDeletionTime, cells, rows, partitions } = this;
    const maxLocalDeletionTime = cells === 0 ? NEVER : this.maxLocalDeletionTime;
    return { minTimestamp, maxTimestamp, minLocalDeletionTime, maxLocalDeletionTime, cells, rows, partitions, droppable: this.#droppable, createdAt, logIntervals };
  }

  #addContent({ liveness, deletion, cells, complexDeletions }: Row): void {
    if (liveness !== undefined) this.#add(liveness.timestamp, liveness.localDeletionTime);
    if (deletion !== undefined) this.#addDeletion(deletion);
    for (const cell of cells) this.#add(cell.timestamp, cell.localDeletionTime);
    for (const complex of complexDeletions) this.#addDeletion(complex.deletion);
  }

  #addRange({ deletion }: RangeTombstone): void {
    this.#addDeletion(deletion);
  }

  #addDeletion(deletion: Deletion): void {
    this.#add(deletion.timestamp, deletion.localDeletionTime);
  }

  #add(timestamp: number, localDeletionTime: number): void {
    this.cells++;
    if (timestamp < this.minTimestamp) this.minTimestamp = timestamp;
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    if (localDeletionTime > this.maxLocalDeletionTime) this.maxLocalDeletionTime = localDeletionTime;
    if (localDeletionTime === NEVER) return;
    if (localDeletionTime < this.minLocalDeletionTime) this.minLocalDeletionTime = localDeletionTime;
    const bin = Math.ceil(localDeletionTime / this.#bin) * this.#bin;
    this.#droppable.set(bin, (this.#droppable.get(bin) ?? 0) + 1);
    if (this.#droppable.size > MAX_BINS) this.#coarsen();
  }

  #coarsen(): void {
    this.#bin *= 2;
    const coarser = new Map<number, number>();
    for (const [second, count] of this.#droppable) {
      const bin = Math.ceil(second / this.#bin) * this.#bin;
      coarser.set(bin, (coarser.get(bin) ?? 0) + count);
    }
    this.#droppable = coarser;
  }
}

/** Figures and marks as bytes. */
export function packFigures(figures: SSTableFigures, marks: SSTableMarks): Bytes {
  const { droppable, logIntervals } = figures;
  const isEmpty = figures.cells === 0;
  let bytes = packSigned(isEmpty ? 0 : figures.minTimestamp) + packSigned(isEmpty ? 0 : figures.maxTimestamp)
    + packNumber(figures.minLocalDeletionTime) + packNumber(figures.maxLocalDeletionTime)
    + packNumber(figures.cells) + packNumber(figures.rows) + packNumber(figures.partitions) + packNumber(figures.createdAt) + packNumber(droppable.size);
  for (const [second, count] of droppable) bytes += packNumber(second) + packNumber(count);
  bytes += packNumber(logIntervals.length);
  for (const { from, to } of logIntervals) bytes += packNumber(from) + packNumber(to);
  return bytes + packNumber(marks.level) + packNumber(marks.repairedAt) + packBytes(marks.pendingRepair === undefined ? '' : packName(marks.pendingRepair));
}

/** What {@link packFigures} wrote. */
export function readFigures(reader: ByteReader): { readonly figures: SSTableFigures; readonly marks: SSTableMarks } {
  const minTimestamp = reader.signed();
  const maxTimestamp = reader.signed();
  const minLocalDeletionTime = reader.number();
  const maxLocalDeletionTime = reader.number();
  const cells = reader.number();
  const rows = reader.number();
  const partitions = reader.number();
  const createdAt = reader.number();
  const droppable = new Map<number, number>();
  for (let i = reader.number(); i > 0; i--) droppable.set(reader.number(), reader.number());
  const logIntervals: LogInterval[] = [];
  for (let i = reader.number(); i > 0; i--) logIntervals.push({ from: reader.number(), to: reader.number() });
  const level = reader.number();
  const repairedAt = reader.number();
  const pendingRepair = reader.number() === 0 ? undefined : readName(reader);
  const times = cells === 0 ? { minTimestamp: Infinity, maxTimestamp: -Infinity } : { minTimestamp, maxTimestamp };
  return {
    figures: { ...times, minLocalDeletionTime, maxLocalDeletionTime, cells, rows, partitions, droppable, createdAt, logIntervals },
    marks: { level, repairedAt, pendingRepair },
  };
}

/** The share of an sstable's cells that are tombstones old enough to go (`getEstimatedDroppableTombstoneRatio`). */
export function droppableRatio({ droppable, cells }: SSTableFigures, gcBefore: number): number {
  if (cells === 0) return 0;
  let count = 0;
  for (const [second, tombstones] of droppable) if (second < gcBefore) count += tombstones;
  return count / cells;
}

/** Intervals in order, those that touch as one. */
export function joinIntervals(intervals: readonly LogInterval[]): readonly LogInterval[] {
  const joined: LogInterval[] = [];
  for (const interval of [...intervals].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = joined.at(-1);
    if (last === undefined || interval.from > last.to) joined.push(interval);
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, interval.to) };
  }
  return joined;
}

/** Whether a position lies in an interval. */
export function covers(intervals: readonly LogInterval[], position: number): boolean {
  return intervals.some(({ from, to }) => from < position && position <= to);
}
