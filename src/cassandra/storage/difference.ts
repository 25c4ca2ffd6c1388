/**
 * What one replica lacks of merged data: the content of a repair.
 *
 * @module
 */
import type { Table } from '../schema.ts';
import type { Cell, Deletion, Liveness } from './cell.ts';
import type { PartitionData } from './partition.ts';
import type { Row } from './row.ts';

/**
 * The least that must be written to a replica for it to hold what was merged.
 *
 * @param table - the partition's table
 * @param merged - what all replicas that were asked have together
 * @param own - what this one has
 * @returns undefined when it lacks nothing
 */
export function missingFrom(table: Table, merged: PartitionData, own: PartitionData): PartitionData | undefined {
  if (merged === own) return undefined;
  const deletion = sameDeletion(merged.deletion, own.deletion) ? undefined : merged.deletion;
  const ranges = merged.ranges.filter((range) => !own.ranges.some((other) => JSON.stringify(other) === JSON.stringify(range)));
  const rows: Row[] = [];
  let at = 0;
  for (const row of merged.rows) {
    let present = own.rows[at];
    while (present !== undefined && table.compare(present.clustering, row.clustering) < 0) present = own.rows[++at];
    const found = present !== undefined && table.compare(present.clustering, row.clustering) === 0 ? present : undefined;
    const missing = missingFromRow(row, found);
    if (missing !== undefined) rows.push(missing);
  }
  return deletion === undefined && ranges.length === 0 && rows.length === 0 ? undefined : { key: merged.key, deletion, ranges, rows };
}

/** Whether two replicas hold the same: then there is nothing to merge. */
export function sameData(a: PartitionData, b: PartitionData): boolean {
  if (a === b) return true;
  if (a.rows.length !== b.rows.length || a.ranges.length + b.ranges.length > 0 || !sameDeletion(a.deletion, b.deletion)) return false;
  return a.rows.every((row, i) => sameRow(row, b.rows[i]));
}

function sameRow(a: Row, b: Row | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.cells.length !== b.cells.length || !sameLiveness(a.liveness, b.liveness) || !sameDeletion(a.deletion, b.deletion)) return false;
  return a.clustering.every((value, i) => value === b.clustering[i]) && a.cells.every((cell, i) => {
    const other = b.cells[i];
    return other !== undefined && sameCell(cell, other);
  });
}

function missingFromRow(row: Row, own: Row | undefined): Row | undefined {
  if (own === undefined || row === own) return row === own ? undefined : row;
  const liveness = sameLiveness(row.liveness, own.liveness) ? undefined : row.liveness;
  const deletion = sameDeletion(row.deletion, own.deletion) ? undefined : row.deletion;
  const cells = row.cells.filter((cell) => !own.cells.some((other) => sameCell(cell, other)));
  return liveness === undefined && deletion === undefined && cells.length === 0 ? undefined : { clustering: row.clustering, liveness, deletion, cells };
}

function sameDeletion(a: Deletion | undefined, b: Deletion | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.timestamp === b.timestamp && a.localDeletionTime === b.localDeletionTime);
}

function sameLiveness(a: Liveness | undefined, b: Liveness | undefined): boolean {
  return a === b || (a !== undefined && sameDeletion(a, b) && a.ttl === b?.ttl);
}

function sameCell(a: Cell, b: Cell): boolean {
  return a === b || (a.column === b.column && a.value === b.value && a.ttl === b.ttl && sameDeletion(a, b));
}
