/**
 * How two replicas' data differ: the content of a read repair, and the digests that tell whether one is needed. All data here
 * is in normal form (see `partition.ts`), so the same content is the same structure.
 *
 * @module
 */
import { Digest } from '../../structures/digest.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Cell, Deletion, Liveness } from './cell.ts';
import { encodeData } from './codec.ts';
import { isEmptyData, type PartitionData } from './partition.ts';
import { compareBounds, NO_RANGES, type RangeTombstone } from './ranges.ts';
import { compareCells, isEmptyRow, type ComplexDeletion, type Row } from './row.ts';

/**
 * The least that must be written to a replica for it to hold what was merged.
 *
 * @param table - the partition's table
 * @param merged - what all replicas that were asked have together
 * @param own - what this one has
 * @returns undefined when it lacks nothing
 */
export function missingFrom(table: TableMetadata, merged: PartitionData, own: PartitionData): PartitionData | undefined {
  if (merged === own) return undefined;
  const deletion = sameDeletion(merged.deletion, own.deletion) ? undefined : merged.deletion;
  const rows: Row[] = [];
  let at = 0;
  for (const row of merged.rows) {
    let present = own.rows[at];
    while (present !== undefined && table.compare(present.clustering, row.clustering) < 0) present = own.rows[++at];
    const missing = missingFromRow(table, row, present !== undefined && table.compare(present.clustering, row.clustering) === 0 ? present : undefined);
    if (missing !== undefined) rows.push(missing);
  }
  const staticRow = merged.staticRow === undefined ? undefined : missingFromRow(table, merged.staticRow, own.staticRow);
  const missing: PartitionData = { key: merged.key, deletion, ranges: missingRanges(table, merged.ranges, own.ranges), staticRow, rows };
  return isEmptyData(missing) ? undefined : missing;
}

function missingRanges(table: TableMetadata, merged: readonly RangeTombstone[], own: readonly RangeTombstone[]): readonly RangeTombstone[] {
  if (merged.length === 0) return NO_RANGES;
  const missing: RangeTombstone[] = [];
  let at = 0;
  for (const range of merged) {
    let present = own[at];
    while (present !== undefined && compareBounds(table.compare, present.slice.end, range.slice.start) <= 0) present = own[++at];
    if (present === undefined || !sameRange(table, range, present)) missing.push(range);
  }
  return missing;
}

function missingFromRow(table: TableMetadata, row: Row, own: Row | undefined): Row | undefined {
  if (own === undefined || row === own) return row === own ? undefined : row;
  const liveness = sameLiveness(row.liveness, own.liveness) ? undefined : row.liveness;
  const deletion = sameDeletion(row.deletion, own.deletion) ? undefined : row.deletion;
  const cells: Cell[] = [];
  let at = 0;
  for (const cell of row.cells) {
    let present = own.cells[at];
    while (present !== undefined && compareCells(table, present, cell) < 0) present = own.cells[++at];
    if (present === undefined || !sameCell(cell, present)) cells.push(cell);
  }
  const complexDeletions = row.complexDeletions.filter((complex) => !own.complexDeletions.some((other) => sameComplexDeletion(complex, other)));
  const missing: Row = { clustering: row.clustering, liveness, deletion, cells, complexDeletions };
  return isEmptyRow(missing) ? undefined : missing;
}

/** Whether two replicas hold the same: then there is nothing to merge. */
export function sameData(table: TableMetadata, a: PartitionData, b: PartitionData): boolean {
  if (a === b) return true;
  return a.key === b.key && a.rows.length === b.rows.length && a.ranges.length === b.ranges.length && sameDeletion(a.deletion, b.deletion)
    && (a.staticRow === b.staticRow || (a.staticRow !== undefined && sameRow(a.staticRow, b.staticRow)))
    && a.ranges.every((range, i) => sameRange(table, range, b.ranges[i]))
    && a.rows.every((row, i) => sameRow(row, b.rows[i]));
}

/**
 * A short digest of what a replica answers, equal when the contents are.
 *
 * @returns a whole number; -1 for no content at all, so that replicas without a partition agree at once
 */
export function digestOf(partitions: readonly PartitionData[]): number {
  if (partitions.length === 0) return -1;
  const digest = new Digest();
  for (const data of partitions) if (!isEmptyData(data)) digest.foldText(encodeData(data));
  return digest.toNumber();
}

function sameRow(a: Row, b: Row | undefined): boolean {
  if (a === b) return true;
  return b !== undefined && a.cells.length === b.cells.length && a.complexDeletions.length === b.complexDeletions.length
    && sameLiveness(a.liveness, b.liveness) && sameDeletion(a.deletion, b.deletion)
    && a.clustering.every((value, i) => value === b.clustering[i])
    && a.cells.every((cell, i) => sameCell(cell, b.cells[i]))
    && a.complexDeletions.every((complex, i) => sameComplexDeletion(complex, b.complexDeletions[i]));
}

function sameRange(table: TableMetadata, a: RangeTombstone, b: RangeTombstone | undefined): boolean {
  return a === b || (b !== undefined && sameDeletion(a.deletion, b.deletion)
    && compareBounds(table.compare, a.slice.start, b.slice.start) === 0 && compareBounds(table.compare, a.slice.end, b.slice.end) === 0);
}

function sameDeletion(a: Deletion | undefined, b: Deletion | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.timestamp === b.timestamp && a.localDeletionTime === b.localDeletionTime);
}

function sameLiveness(a: Liveness | undefined, b: Liveness | undefined): boolean {
  return a === b || (a !== undefined && sameDeletion(a, b) && a.ttl === b?.ttl);
}

function sameCell(a: Cell, b: Cell | undefined): boolean {
  return a === b || (b !== undefined && a.column === b.column && a.path === b.path && a.value === b.value && a.ttl === b.ttl && sameDeletion(a, b));
}

function sameComplexDeletion(a: ComplexDeletion, b: ComplexDeletion | undefined): boolean {
  return b !== undefined && a.column === b.column && sameDeletion(a.deletion, b.deletion);
}
