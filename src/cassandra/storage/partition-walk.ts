/**
 * Walks over the partitions of a memtable or an sstable in token order: what scans and compactions merge.
 *
 * @module
 */
import type { Partitioner } from '../partitioner.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Token } from '../token.ts';
import type { Bytes } from '../types/data-type.ts';
import { comparePlaces, type Memtable } from './memtable.ts';
import type { RowSource } from './partition.ts';
import type { SSTable } from './sstable.ts';

/** A walk over the partitions of one place, in token order. */
export interface PartitionWalk {
  readonly token: Token;
  /** Undefined at the end. */
  readonly key: Bytes | undefined;
  /** Goes to the first partition at or after a token and key; with no key behind the token; with neither to the first of all. */
  begin(token: Token | undefined, key: Bytes | undefined): void;
  next(): void;
  source(): RowSource | undefined;
}

/** Over a memtable as it is now. */
export class MemtableWalk implements PartitionWalk {
  token: Token = '';
  key: Bytes | undefined;
  readonly #memtable: Memtable;
  readonly #sorted: ReturnType<Memtable['sorted']>;
  #at = -1;

  constructor(memtable: Memtable) {
    this.#memtable = memtable;
    this.#sorted = memtable.sorted();
  }

  begin(token: Token | undefined, key: Bytes | undefined): void {
    this.#at = token === undefined ? 0 : this.#memtable.lowerBound(token, key);
    this.#look();
  }

  next(): void {
    this.#at++;
    this.#look();
  }

  source(): RowSource | undefined {
    return this.#sorted[this.#at]?.partition;
  }

  #look(): void {
    const place = this.#sorted[this.#at];
    this.key = place?.partition.key;
    this.token = place?.token ?? '';
  }
}

/** Over an sstable; partitions in damaged chunks are passed over. */
export class SSTableWalk implements PartitionWalk {
  token: Token = '';
  key: Bytes | undefined;
  readonly #table: TableMetadata;
  readonly #sstable: SSTable;
  readonly #partitioner: Partitioner;
  #at = -1;

  constructor(table: TableMetadata, sstable: SSTable, partitioner: Partitioner) {
    this.#table = table;
    this.#sstable = sstable;
    this.#partitioner = partitioner;
  }

  begin(token: Token | undefined, key: Bytes | undefined): void {
    this.#at = token === undefined ? 0 : this.#sstable.lowerBound(token, key);
    this.#look();
  }

  next(): void {
    this.#at++;
    this.#look();
  }

  source(): RowSource | undefined {
    return this.#sstable.partitionAt(this.#table, this.#at);
  }

  #look(): void {
    this.key = undefined;
    for (; this.#at < this.#sstable.length; this.#at++) {
      this.key = this.#sstable.keyAt(this.#at);
      if (this.key !== undefined) break;
    }
    this.token = this.key === undefined ? '' : this.#partitioner.tokenOf(this.key);
  }
}

/** Of several walks the one whose partition comes first; undefined when all are at their ends. */
export function leastOf<T extends PartitionWalk>(walks: readonly T[]): (T & { readonly key: Bytes }) | undefined {
  let least: T | undefined;
  for (const walk of walks) {
    if (walk.key === undefined) continue;
    if (least?.key === undefined || comparePlaces(walk.token, walk.key, least.token, least.key) < 0) least = walk;
  }
  return least as (T & { readonly key: Bytes }) | undefined;
}

/** All places where the partition of that key lies, from walks that stand at it; moves those on. */
export function takeSources(walks: readonly PartitionWalk[], token: Token, key: Bytes): readonly RowSource[] {
  const sources: RowSource[] = [];
  for (const walk of walks) {
    if (walk.key !== key || walk.token !== token) continue;
    const source = walk.source();
    if (source !== undefined) sources.push(source);
    walk.next();
  }
  return sources;
}
