/**
 * Strategy 3 of section 6.2: Q key ranges of one size, each the token of one machine, and to each machine its share of them by
 * capacity, to within one. A newcomer steals tokens and a leaver hands its own out so that this stays so.
 *
 * The paper says no more than that tokens are "stolen" and "randomly distributed". Which tokens go decides what else moves: where
 * one machine follows on itself, or zones alternate, a stolen token may bring a third machine into a home set, and the newcomer
 * into more of them than are its share. So tokens are looked at in a random order, and the first is taken that brings in nobody
 * else and leaves the newcomer on the way to its share of the copies; when there is none, the one that comes nearest.
 *
 * @module
 */
import { invariant } from '../../kernel/errors.ts';
import { Random } from '../../kernel/random.ts';
import { POSITIONS } from '../position.ts';
import { Handover, type HandoverPrice } from './handover.ts';
import { MEMBER_BYTES, type Member, type Partitioning } from './partitioning.ts';

const HALF = 0x400_0000;

/** Which of `count` equal ranges a position given by its leading 52 bits falls in, exactly, for up to 2^26 ranges. */
export function equalPartitionAt(leadingBits: number, count: number): number {
  const high = Math.floor(leadingBits / HALF);
  const low = leadingBits - high * HALF;
  return Math.floor((high * count + Math.floor((low * count) / HALF)) / HALF);
}

/** The leading 52 bits of the first position of one of `count` equal ranges: the least for which {@link equalPartitionAt} gives it. */
export function equalPartitionFrom(partition: number, count: number): number {
  return Number((BigInt(partition) * BigInt(POSITIONS) + BigInt(count - 1)) / BigInt(count));
}

/** What tokens are handed out by. */
export interface EqualPartitionsOptions {
  /** Q. */
  readonly partitions: number;
  /** Copies of a key range: what joins and leaves try to move as few as possible of. */
  readonly n: number;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
}

/** Strategy 3. */
export class EqualPartitions implements Partitioning {
  readonly owners: Int32Array;
  readonly #options: EqualPartitionsOptions;

  private constructor(owners: Int32Array, options: EqualPartitionsOptions) {
    this.owners = owners;
    this.#options = options;
  }

  /** @param members - in an order that does not depend on who asks */
  static of(members: readonly Member[], options: EqualPartitionsOptions): EqualPartitions {
    const { partitions, seed } = options;
    const counts = members.map(() => 0);
    const owned: number[] = [];
    const give = (i: number): void => {
      owned.push(i);
      counts[i] = (counts[i] ?? 0) + 1;
    };
    const ideal = idealCounts(members, partitions);
    // However small, each has one: a machine without a token would be on nobody's list.
    ideal.forEach((share, i) => { do give(i); while ((counts[i] ?? 0) + 1 <= share); });
    while (owned.length < partitions) give(greatest(members.length, (i) => (ideal[i] ?? 0) - (counts[i] ?? 0)));
    return new EqualPartitions(Int32Array.from(Random.fromSeed(seed).fork('tokens').shuffle(owned)), options);
  }

  get partitionCount(): number {
    return this.owners.length;
  }

  get bytes(): number {
    return this.owners.length * MEMBER_BYTES;
  }

  partitionAt(leadingBits: number): number {
    return equalPartitionAt(leadingBits, this.owners.length);
  }

  from(partition: number): number {
    return equalPartitionFrom(partition, this.owners.length);
  }

  start(partition: number): number {
    return partition;
  }

  join(members: readonly Member[]): EqualPartitions {
    const owners = this.owners.slice();
    const newcomer = members.length - 1;
    const handover = new Handover(owners, members, this.#options.n);
    const ideal = idealCounts(members, owners.length);
    const counts = countsOf(owners, members.length);
    const order = this.#random(`join ${members[newcomer]?.node ?? ''}`).shuffle([...owners.keys()]);
    // What an earlier theft has not touched is not priced again.
    const prices: (HandoverPrice | undefined)[] = [];
    const wanted = Math.max(1, Math.round(ideal[newcomer] ?? 0));
    let copiesLeft = fairCopies(members, handover.copies(members.length), owners.length, this.#options.n);
    for (let left = wanted; left > 0; left--) {
      const mayGive = chosen(ideal.map((share, i) => (i === newcomer || (counts[i] ?? 0) <= 1 ? -Infinity : (counts[i] ?? 0) - share)));
      const aim = copiesLeft / left;
      const token = first(order, (candidate) => {
        if (mayGive[owners[candidate] ?? 0] !== 1) return Infinity;
        const { gained, added } = prices[candidate] ??= handover.price(candidate, newcomer);
        const off = Math.abs(gained - aim);
        return 2 * (added - gained) + (off < 1 ? 0 : off);
      });
      const victim = owners[token] ?? 0;
      copiesLeft -= prices[token]?.gained ?? 0;
      counts[victim] = (counts[victim] ?? 0) - 1;
      owners[token] = newcomer;
      for (let near = Math.max(-handover.reach, 1 - owners.length); near <= handover.reach; near++) prices[(token + near + owners.length) % owners.length] = undefined;
    }
    return new EqualPartitions(owners, this.#options);
  }

  leave(members: readonly Member[], leaver: number): EqualPartitions {
    const owners = this.owners.slice();
    const handover = new Handover(owners, members, this.#options.n);
    const random = this.#random(`leave ${members[leaver]?.node ?? ''}`);
    const ideal = idealCounts(members.map((member, i) => (i === leaver ? { ...member, capacity: 0 } : member)), owners.length);
    const counts = countsOf(owners, members.length);
    for (const token of random.shuffle([...owners.keys()].filter((candidate) => owners[candidate] === leaver))) {
      const mayTake = chosen(ideal.map((share, i) => (i === leaver ? -Infinity : share - (counts[i] ?? 0))));
      const taker = first(random.shuffle([...members.keys()]), (candidate) => {
        if (mayTake[candidate] !== 1) return Infinity;
        const { added, lost } = handover.price(token, candidate);
        return added - lost;
      });
      counts[taker] = (counts[taker] ?? 0) + 1;
      owners[token] = taker;
    }
    return new EqualPartitions(owners.map((owner) => (owner > leaver ? owner - 1 : owner)), this.#options);
  }

  #random(change: string): Random {
    return Random.fromSeed(this.#options.seed).fork(change);
  }
}

/** How many of the tokens each member should have, as fractions. */
function idealCounts(members: readonly Member[], partitions: number): number[] {
  const whole = members.reduce((sum, { capacity }) => sum + capacity, 0);
  return members.map(({ capacity }) => (partitions * capacity) / whole);
}

function countsOf(owners: Int32Array, members: number): number[] {
  const counts = Array.from({ length: members }, () => 0);
  for (const owner of owners) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

/**
 * How many copies a newcomer, the last of the members, should hold. Its zone keeps the number it has, when there are at most N zones,
 * since each zone then has a copy of everything; else it grows with its capacity.
 */
function fairCopies(members: readonly Member[], copies: readonly number[], partitions: number, n: number): number {
  const newcomer = members.at(-1);
  invariant(newcomer !== undefined, 'a newcomer is a member');
  const zones = new Set(members.map(({ zone }) => zone)).size;
  const capacityOf = (among: readonly Member[]): number => among.reduce((sum, { capacity }) => sum + capacity, 0);
  const zone = members.filter((member) => member.zone === newcomer.zone);
  const held = members.reduce((sum, member, i) => (member.zone === newcomer.zone ? sum + (copies[i] ?? 0) : sum), 0);
  const inZone = capacityOf(zone);
  const before = inZone - newcomer.capacity;
  const whole = capacityOf(members);
  const growth = zones <= n || before === 0 ? 1 : (inZone / whole) / (before / (whole - newcomer.capacity));
  const zoneShare = before === 0 ? n * partitions * (inZone / whole) : held * growth;
  return Math.min(partitions, (zoneShare * newcomer.capacity) / inZone);
}

/** The index with the greatest value; of equals the first. */
function greatest(count: number, valueOf: (index: number) => number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (valueOf(i) > valueOf(best) + 1e-9) best = i;
  return best;
}

/** The first candidate that costs nothing, or else the one that costs least; Infinity is none. */
function first(candidates: readonly number[], priceOf: (candidate: number) => number): number {
  let best: number | undefined;
  let bestPrice = Infinity;
  for (const candidate of candidates) {
    const price = priceOf(candidate);
    if (price >= bestPrice) continue;
    best = candidate;
    bestPrice = price;
    if (price === 0) break;
  }
  invariant(best !== undefined, 'a token finds someone to change hands with');
  return best;
}

/** Marks the members that are a whole token away from their share; when there is none, those that are farthest from it. */
function chosen(distances: readonly number[]): Uint8Array {
  const farthest = distances.reduce((most, distance) => Math.max(most, distance), -Infinity);
  const least = Math.min(1, farthest) - 1e-9;
  return Uint8Array.from(distances, (distance) => (distance >= least ? 1 : 0));
}
