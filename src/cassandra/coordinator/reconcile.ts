/**
 * What several replicas answered to one read, made one (`DataResolver` of Apache Cassandra 5.0): partitions merged, and cut
 * where a replica's answer was cut by the limit, since what it has beyond is unknown. When too little is left after that the
 * read is done again with a larger limit (short read protection, CASSANDRA-12872).
 *
 * @module
 */
import type { Partitioner } from '../partitioner.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Clustering } from '../storage/clustering.ts';
import { missingFrom } from '../storage/difference.ts';
import { liveRowCount } from '../storage/filter.ts';
import { isEmptyData, mergeAnswers, type PartitionData } from '../storage/partition.ts';
import type { ReadAnswer, ReadCommand } from '../storage/read-command.ts';
import type { Bytes } from '../types/data-type.ts';

/** The merged answer. */
export interface Reconciled {
  readonly partitions: readonly PartitionData[];
  /** Whether more should be read: something was cut off and the limit is not reached. */
  readonly isShort: boolean;
  /** What each replica lacks of it, by its place in the list; empty where nothing. */
  readonly missing: readonly (readonly PartitionData[])[];
}

interface Part {
  readonly data: PartitionData;
  /** Whether this replica may have more rows of it behind the last. */
  readonly isCut: boolean;
}

/**
 * Merges answers.
 *
 * @param partitioner - the cluster's
 * @param table - the table read
 * @param command - what all were asked
 * @param answers - one of each replica
 */
export function reconcile(partitioner: Partitioner, table: TableMetadata, command: ReadCommand, answers: readonly ReadAnswer[]): Reconciled {
  const sortKey = (key: Bytes): string => (command.kind === 'partition' ? '' : partitioner.tokenOf(key) + key);
  const { limits, filter, nowSeconds } = command;
  const parts = answers.map((answer) => partsOf(table, command, answer));
  // Past this key some replica's answer had ended already.
  let end: string | undefined;
  parts.forEach(({ isEnded }, i) => {
    const last = answers[i]?.partitions.at(-1);
    if (!isEnded || last === undefined) return;
    const key = sortKey(last.key);
    if (end === undefined || key < end) end = key;
  });
  const byKey = new Map<Bytes, (Part | undefined)[]>();
  parts.forEach(({ list }, i) => {
    for (const part of list) {
      let row = byKey.get(part.data.key);
      if (row === undefined) byKey.set(part.data.key, (row = answers.map(() => undefined)));
      row[i] = part;
    }
  });
  const keys = [...byKey.keys()];
  if (keys.length > 1) keys.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const partitions: PartitionData[] = [];
  const missing: PartitionData[][] = answers.map(() => []);
  let live = 0;
  let isShort = false;
  let isEnded = false;
  for (const key of keys) {
    if (end !== undefined && sortKey(key) > end) {
      isEnded = true;
      break;
    }
    const own = byKey.get(key) ?? [];
    const merged = mergeAnswers(table, own.flatMap((part) => (part === undefined ? [] : [part.data])));
    const { known, isCut } = knownPart(table, command, merged, own);
    own.forEach((part, i) => {
      const lacking = missingFrom(table, known, part?.data ?? emptyOf(key));
      if (lacking !== undefined && !isEmptyData(lacking)) missing[i]?.push(lacking);
    });
    const rows = liveRowCount(table, known, filter, nowSeconds);
    if (isCut && rows < Math.min(limits.perPartition, limits.rows - live)) isShort = true;
    live += Math.min(rows, limits.perPartition);
    partitions.push(known);
    if (live >= limits.rows) break;
  }
  return { partitions, isShort: isShort || ((isEnded || (end !== undefined && keys.length === 0)) && live < limits.rows), missing };
}

function emptyOf(key: Bytes): PartitionData {
  return { key, deletion: undefined, ranges: [], staticRow: undefined, rows: [] };
}

/** Each partition of an answer, and whether the limits may have cut it. */
function partsOf(table: TableMetadata, { limits, filter, nowSeconds }: ReadCommand, { partitions }: ReadAnswer): { readonly list: readonly Part[]; readonly isEnded: boolean } {
  if (limits.rows === Infinity && limits.perPartition === Infinity) return { list: partitions.map((data) => ({ data, isCut: false })), isEnded: false };
  let live = 0;
  const list = partitions.map((data): Part => {
    const rows = liveRowCount(table, data, filter, nowSeconds);
    live += Math.min(rows, limits.perPartition);
    return { data, isCut: rows >= limits.perPartition || live >= limits.rows };
  });
  return { list, isEnded: live >= limits.rows };
}

/** The part of a merged partition that no replica has cut off: up to the least of the last rows of those that were cut. */
function knownPart(
  table: TableMetadata, { reversed }: ReadCommand, merged: PartitionData, own: readonly (Part | undefined)[],
): { readonly known: PartitionData; readonly isCut: boolean } {
  let end: Clustering | undefined;
  for (const part of own) {
    if (part?.isCut !== true) continue;
    const last = part.data.rows.at(reversed ? 0 : -1);
    if (last === undefined) continue;
    const order = end === undefined ? -1 : table.compare(last.clustering, end);
    if (end === undefined || (reversed ? order > 0 : order < 0)) end = last.clustering;
  }
  if (end === undefined) return { known: merged, isCut: false };
  const limit = end;
  const rows = merged.rows.filter((row) => {
    const order = table.compare(row.clustering, limit);
    return reversed ? order >= 0 : order <= 0;
  });
  return { known: { ...merged, rows }, isCut: true };
}
