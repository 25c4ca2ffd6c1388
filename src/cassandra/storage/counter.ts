/**
 * Counters: a counter's cell holds a shard for each node that ever led an update of it. Only that node adds to its shard, and
 * raises the shard's clock each time, so of two versions of one shard the higher clock is the newer and none is ever lost; the
 * counter's value is the sum. Model: Apache Cassandra 2.1 and later (`CounterContext`, global shards only; CASSANDRA-6504).
 *
 * A tombstone beats any shards whatever their timestamps (CASSANDRA-7346): a counter that was deleted should not be used again. If
 * its row was deleted it counts on from where it was for as long as its leader has the shard in the counter cache
 * (`CounterMutation.updateWithCurrentValuesFromCache`), and from nothing later.
 *
 * Left out: the local and remote shards of releases before 2.1.
 *
 * @module
 */
import { bigint64, readBigint64 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';
import { resolveCells, type Cell } from './cell.ts';

/** One node's part of a counter. */
export interface CounterShard {
  /** The node's host id: 16 bytes. */
  readonly id: Bytes;
  /** Rises with each change that the node makes. */
  readonly clock: bigint;
  readonly count: bigint;
}

const ID_LENGTH = 16;
const SHARD_LENGTH = 32;

/** The shards as a cell's value, sorted by id. */
export function encodeShards(shards: readonly CounterShard[]): Bytes {
  return [...shards].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)).map(({ id, clock, count }) => id + bigint64(clock) + bigint64(count)).join('');
}

/** The shards of a cell's value. */
export function decodeShards(value: Bytes): readonly CounterShard[] {
  const shards: CounterShard[] = [];
  for (let at = 0; at + SHARD_LENGTH <= value.length; at += SHARD_LENGTH) {
    shards.push({ id: value.slice(at, at + ID_LENGTH), clock: readBigint64(value, at + ID_LENGTH), count: readBigint64(value, at + ID_LENGTH + 8) });
  }
  return shards;
}

/** What the counter shows: the sum of its shards, as a signed 64-bit integer. */
export function counterValue(value: Bytes): bigint {
  return BigInt.asIntN(64, decodeShards(value).reduce((sum, { count }) => sum + count, 0n));
}

/** For each node the shard with the higher clock; of equal clocks the larger count, so that any two replicas decide alike. */
export function mergeShards(a: Bytes, b: Bytes): Bytes {
  if (a === b) return a;
  const newest = new Map<Bytes, CounterShard>();
  for (const shard of [...decodeShards(a), ...decodeShards(b)]) {
    const present = newest.get(shard.id);
    if (present === undefined || shard.clock > present.clock || (shard.clock === present.clock && shard.count > present.count)) newest.set(shard.id, shard);
  }
  return encodeShards([...newest.values()]);
}

/**
 * What a leader writes for an addition: its own shard, raised. Other nodes' shards stay as they are where they are.
 *
 * @param own - the leader's shard as it was, if there is one
 * @param id - the leader's host id, 16 bytes
 * @param delta - what is added
 */
export function raisedShard(own: CounterShard | undefined, id: Bytes, delta: bigint): CounterShard {
  return { id, clock: (own?.clock ?? 0n) + 1n, count: BigInt.asIntN(64, (own?.count ?? 0n) + delta) };
}

/** The winner of two cells of one counter. */
export function resolveCounterCells(a: Cell, b: Cell): Cell {
  if (a.value === null || b.value === null) return a.value === b.value ? resolveCells(a, b) : a.value === null ? a : b;
  const value = mergeShards(a.value, b.value);
  const newer = a.timestamp >= b.timestamp ? a : b;
  return newer.value === value ? newer : { ...newer, value };
}
