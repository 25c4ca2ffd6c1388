/**
 * Strategy 3 of section 6.2: Q key ranges of one size, each the token of one machine, and to each machine its share of them by
 * capacity, to within one. A newcomer steals tokens and a leaver hands its own out so that this stays so.
 *
 * Which tokens go decides how much else moves. A home set that does not hold the newcomer should not change, and none should
 * change twice. Hence a token is stolen, where there is a choice,
 * - not near one that the newcomer has already: two of one machine in one walk count once, and the machine behind them would
 *   come in as well;
 * - from another zone only where the next token of that zone is the victim's too: else the zone's copy moves to a third machine.
 * A leaver's tokens go by the same two rules. What is still equal goes by a hash, so that the neighbours mix.
 *
 * The paper says no more than that tokens are "stolen" and "randomly distributed"; the two rules are ours.
 *
 * @module
 */
import { invariant } from '../../kernel/errors.ts';
import { Random } from '../../kernel/random.ts';
import { hashString, mix32 } from '../../structures/hash.ts';
import { POSITIONS } from '../position.ts';
import { MEMBER_BYTES, type Member, type Partitioning } from './partitioning.ts';

const HALF = 0x400_0000;
/** Walks of the usual N = 3 see this many tokens; a machine should not have two among them. */
const NEAR = 3;

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

/** Strategy 3. */
export class EqualPartitions implements Partitioning {
  readonly owners: Int32Array;

  private constructor(owners: Int32Array) {
    this.owners = owners;
  }

  /** @param members - in an order that does not depend on who asks */
  static of(members: readonly Member[], partitions: number, seed: number): EqualPartitions {
    const counts = members.map(() => 0);
    const owned: number[] = [];
    const ideal = idealCounts(members, partitions);
    // However small, each has one: a machine without a token would be on nobody's list.
    ideal.forEach((share, i) => { do give(i); while ((counts[i] ?? 0) + 1 <= share); });
    while (owned.length < partitions) give(greatest(members.length, (i) => (ideal[i] ?? 0) - (counts[i] ?? 0)));
    return new EqualPartitions(Int32Array.from(Random.fromSeed(seed).fork('tokens').shuffle(owned)));

    function give(i: number): void {
      owned.push(i);
      counts[i] = (counts[i] ?? 0) + 1;
    }
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
    const ideal = idealCounts(members, owners.length);
    const counts = ideal.map(() => 0);
    for (const owner of owners) counts[owner] = (counts[owner] ?? 0) + 1;
    const salt = hashString(members[newcomer]?.node ?? '');
    const wanted = Math.max(1, Math.round(ideal[newcomer] ?? 0));
    for (let taken = 0; taken < wanted; taken++) {
      const mayGive = chosen(ideal.map((share, i) => (i === newcomer || (counts[i] ?? 0) <= 1 ? -Infinity : (counts[i] ?? 0) - share)));
      let best = -1;
      let bestPrice = Infinity;
      for (let token = 0; token < owners.length; token++) {
        const victim = owners[token] ?? 0;
        if (mayGive[victim] !== 1) continue;
        const price = (costsAThird(owners, members, token, victim, newcomer, victim) ? 2 : 0) + (isNear(owners, token, newcomer) ? 1 : 0) + fraction(token, salt);
        if (price < bestPrice) {
          best = token;
          bestPrice = price;
        }
      }
      const victim = owners[best];
      invariant(victim !== undefined, 'a newcomer finds a token to steal');
      owners[best] = newcomer;
      counts[victim] = (counts[victim] ?? 0) - 1;
    }
    return new EqualPartitions(owners);
  }

  leave(members: readonly Member[], leaver: number): EqualPartitions {
    const owners = this.owners.slice();
    const rest = members.map((member, i) => (i === leaver ? { ...member, capacity: 0 } : member));
    const deficit = idealCounts(rest, owners.length);
    for (const owner of owners) deficit[owner] = (deficit[owner] ?? 0) - 1;
    deficit[leaver] = -Infinity;
    const salt = hashString(members[leaver]?.node ?? '');
    const left = [...owners.keys()].filter((token) => owners[token] === leaver).sort((a, b) => fraction(a, salt) - fraction(b, salt));
    for (const token of left) {
      const mayTake = chosen(deficit);
      let best = -1;
      let bestPrice = Infinity;
      for (let taker = 0; taker < members.length; taker++) {
        if (mayTake[taker] !== 1) continue;
        const sameZone = members[taker]?.zone === members[leaver]?.zone;
        const price = (costsAThird(owners, members, token, taker, leaver, taker) ? 2 : 0) + (isNear(owners, token, taker) ? 1 : 0) + (sameZone ? 0.5 : 0) + fraction(token * 31 + taker, salt) / 2;
        if (price < bestPrice) {
          best = taker;
          bestPrice = price;
        }
      }
      invariant(best !== -1, 'a token that is handed out finds a taker');
      owners[token] = best;
      deficit[best] = (deficit[best] ?? 0) - 1;
    }
    return new EqualPartitions(owners.map((owner) => (owner > leaver ? owner - 1 : owner)));
  }
}

/** How many of the tokens each member should have, as fractions. */
function idealCounts(members: readonly Member[], partitions: number): number[] {
  const whole = members.reduce((sum, { capacity }) => sum + capacity, 0);
  return members.map(({ capacity }) => (partitions * capacity) / whole);
}

/** The index with the greatest value; of equals the first. */
function greatest(count: number, valueOf: (index: number) => number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (valueOf(i) > valueOf(best) + 1e-9) best = i;
  return best;
}

/** Marks the members that are a whole token away from their share; when there is none, those that are farthest from it. */
function chosen(distances: readonly number[]): Uint8Array {
  const farthest = distances.reduce((most, distance) => Math.max(most, distance), -Infinity);
  const least = Math.min(1, farthest) - 1e-9;
  return Uint8Array.from(distances, (distance) => (distance >= least ? 1 : 0));
}

/** Whether a token's change of hands between a member and one of another zone moves the first one's copies to, or from, a third. */
function costsAThird(owners: Int32Array, members: readonly Member[], token: number, one: number, other: number, neighbour: number): boolean {
  const zone = members[one]?.zone;
  if (zone === members[other]?.zone) return false;
  for (let step = 1; step < owners.length; step++) {
    const next = owners[(token + step) % owners.length] ?? 0;
    if (members[next]?.zone === zone) return next !== neighbour;
  }
  return true;
}

function isNear(owners: Int32Array, token: number, member: number): boolean {
  for (let step = 1; step < NEAR; step++) {
    if (owners[(token + step) % owners.length] === member || owners.at(token - step) === member) return true;
  }
  return false;
}

/** A number in [0, 1) that depends on both. */
function fraction(token: number, salt: number): number {
  return (mix32(Math.imul(token, 0x9e3779b1) ^ salt) >>> 0) / 0x1_0000_0000;
}
