/**
 * Memtables: what was written to a table and is in no sstable yet. Keys lie in a map, since most writes and reads name theirs;
 * their order by token is made when a scan or a flush asks for it, and then kept up.
 *
 * @module
 */
import type { Partitioner } from '../partitioner.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import type { Token } from '../token.ts';
import type { Bytes } from '../types/data-type.ts';
import { Partition, type PartitionData } from './partition.ts';
import { leastTimestamp } from './row-codec.ts';

/** A partition with its place on the ring. */
export interface PlacedPartition {
  readonly token: Token;
  readonly partition: Partition;
}

/** Orders partitions by token, then key. */
export function comparePlaces(aToken: Token, aKey: Bytes, bToken: Token, bKey: Bytes): number {
  if (aToken !== bToken) return aToken < bToken ? -1 : 1;
  return aKey === bKey ? 0 : aKey < bKey ? -1 : 1;
}

function comparePlaced(a: PlacedPartition, b: PlacedPartition): number {
  return comparePlaces(a.token, a.partition.key, b.token, b.partition.key);
}

/** Fewer are sorted by comparing alone. */
const MANY = 1000;

/** Sorts by the first two bytes of tokens first: they are spread evenly (but for ByteOrderedPartitioner), so that little is left to compare. */
function sortPlaces(places: PlacedPartition[]): PlacedPartition[] {
  if (places.length < MANY) return places.sort(comparePlaced);
  const ends = new Uint32Array(0x1_0001);
  for (const { token } of places) ends[bucketOf(token) + 1] = (ends[bucketOf(token) + 1] ?? 0) + 1;
  for (let i = 1; i < ends.length; i++) ends[i] = (ends[i] ?? 0) + (ends[i - 1] ?? 0);
  const buckets: PlacedPartition[] = places.slice();
  for (const place of places) {
    const bucket = bucketOf(place.token);
    const at = ends[bucket] ?? 0;
    buckets[at] = place;
    ends[bucket] = at + 1;
  }
  for (let from = 0; from < buckets.length;) {
    const first = buckets[from];
    if (first === undefined) break;
    const to = ends[bucketOf(first.token)] ?? buckets.length;
    if (to - from > 1) {
      const sorted = buckets.slice(from, to).sort(comparePlaced);
      for (let i = 0; i < sorted.length; i++) buckets[from + i] = sorted[i] ?? first;
    }
    from = to;
  }
  return buckets;
}

function bucketOf(token: Token): number {
  return token.length < 2 ? (token.length === 0 ? 0 : token.charCodeAt(0) << 8) : (token.charCodeAt(0) << 8) | token.charCodeAt(1);
}

/** Recent content of one table. */
export class Memtable {
  readonly #partitioner: Partitioner;
  readonly #partitions = new Map<Bytes, Partition>();
  #sorted: PlacedPartition[] = [];
  /** Partitions that are not in the sorted list yet. */
  #unsorted: Partition[] = [];
  /** Bytes of the mutations that went into it. */
  bytes = 0;
  /** Mutations that went into it. */
  operations = 0;
  /** A lower bound of the timestamps in it. */
  minTimestamp: number = Infinity;

  constructor(partitioner: Partitioner) {
    this.#partitioner = partitioner;
  }

  /** The number of partitions. */
  get size(): number {
    return this.#partitions.size;
  }

  /** A partition by its key. */
  get(key: Bytes): Partition | undefined {
    return this.#partitions.get(key);
  }

  /** Merges content in. @param bytes - what it counts towards the memtable's size */
  add(table: TableMetadata, data: PartitionData, bytes: number): void {
    let partition = this.#partitions.get(data.key);
    if (partition === undefined) {
      partition = new Partition(table, data.key);
      this.#partitions.set(data.key, partition);
      this.#unsorted.push(partition);
    }
    partition.add(table, data);
    this.bytes += bytes;
    this.operations++;
    const least = leastTimestamp(data.rows, data.staticRow, data.deletion, data.ranges);
    if (least < this.minTimestamp) this.minTimestamp = least;
  }

  /** All partitions by token, as they are now: the next one makes another list. */
  sorted(): readonly PlacedPartition[] {
    const added = this.#unsorted;
    if (added.length === 0) return this.#sorted;
    this.#unsorted = [];
    const placed: PlacedPartition[] = [];
    for (const partition of added) placed.push({ token: this.#partitioner.tokenOf(partition.key), partition });
    const [only] = placed;
    if (only !== undefined && placed.length === 1) {
      this.#sorted = this.#sorted.toSpliced(this.lowerBound(only.token, only.partition.key), 0, only);
    } else {
      // The sort is a merge sort: two lists that are in order cost little.
      const ordered = sortPlaces(placed);
      this.#sorted = this.#sorted.length === 0 ? ordered : [...this.#sorted, ...ordered].sort(comparePlaced);
    }
    return this.#sorted;
  }

  /** The first place in {@link sorted} at or after a token and key; with no key, after the whole token. */
  lowerBound(token: Token, key: Bytes | undefined): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const place = this.#sorted[middle];
      const isBefore = place !== undefined
        && (place.token < token || (place.token === token && (key === undefined || place.partition.key < key)));
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
