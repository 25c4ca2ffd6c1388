/**
 * A register's history as clusters: each write of a value of its own, with the reads that saw it. The initial value counts as
 * written before everything.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import { isWrite, writtenValue } from '../models/register.ts';
import { ValueIndex } from '../value-index.ts';

/** A write and its reads. */
export interface Cluster {
  /** Undefined = the initial value. */
  readonly write: Operation | undefined;
  readonly value: HistoryValue;
  readonly call: number;
  /** When the write was over, or the first of its reads if that was sooner: it must have taken effect by then. */
  return: number;
  readonly reads: Operation[];
}

/** Clusters, or why there are none: a read that tells of no write before it, or values that repeat. */
export type Clusters =
  | { readonly kind: 'clusters'; readonly clusters: readonly Cluster[] }
  | { readonly kind: 'absurd'; readonly read: Operation; readonly write: Operation | undefined }
  | { readonly kind: 'not applicable' };

/**
 * Arranges one key's operations.
 *
 * @param operations - all operations of that key
 * @param initial - its value at the start
 */
export function clustersOf(operations: readonly Operation[], initial: HistoryValue): Clusters {
  const index = new ValueIndex(operations.length);
  index.add(initial);
  const all: Cluster[] = [{ write: undefined, value: initial, call: -2, return: -1, reads: [] }];
  for (const operation of operations) {
    if (isRead(operation.f)) continue;
    const value = writtenValue(operation);
    if (!isWrite(operation.f) || !index.add(value)) return { kind: 'not applicable' };
    all.push({ write: operation, value, call: operation.call, return: operation.return ?? Infinity, reads: [] });
  }
  for (const read of operations) {
    if (!isRead(read.f) || read.return === null) continue;
    const cluster = all[index.get(read.output)];
    if (cluster === undefined || read.return < cluster.call) return { kind: 'absurd', read, write: cluster?.write };
    cluster.reads.push(read);
    cluster.return = Math.min(cluster.return, read.return);
  }
  // One of unknown outcome that nobody saw need never have happened.
  return { kind: 'clusters', clusters: all.filter(({ write, reads }) => write?.return !== null || reads.length > 0) };
}
