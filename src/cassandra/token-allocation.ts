/**
 * Choosing a node's tokens: at random (`allocate_tokens_for_local_replication_factor` unset), or so that the data are spread
 * evenly over the nodes of a datacentre (the default of cassandra.yaml since 4.0, with a factor of 3). Random tokens need 256
 * for each node to be even; chosen ones do with 16 (CASSANDRA-7032, CASSANDRA-15260).
 *
 * The choice is greedy: token by token, among cuts of the ranges that are there, the one that brings the replicated ownership
 * of the nodes nearest to each other. Only the few ranges around a cut change hands, so a candidate costs a few steps whatever
 * the size of the ring. Apache Cassandra's `ReplicationAwareTokenAllocator` pursues the same aim with bookkeeping of its own; its tokens are others.
 *
 * @module
 */
import type { Random } from '../kernel/random.ts';
import type { Partitioner } from './partitioner.ts';
import type { Token } from './token.ts';

/** Draws tokens for a node, none of them taken (and remembers them as taken). */
export function randomTokens(partitioner: Partitioner, random: Random, count: number, taken: Set<Token>): Token[] {
  const tokens: Token[] = [];
  while (tokens.length < count) {
    const token = partitioner.draw(random);
    if (taken.has(token) || token === partitioner.minimum) continue;
    taken.add(token);
    tokens.push(token);
  }
  return tokens;
}

/** A node that has its tokens already. */
export interface TokenHolder {
  readonly id: string;
  readonly rack: string;
  readonly tokens: readonly Token[];
}

/** The node that is to get some. */
export interface TokenSeeker {
  readonly id: string;
  readonly rack: string;
}

interface Placed {
  readonly token: Token;
  /** Its place as a share of the ring, 0 to 1. */
  readonly at: number;
  readonly owner: number;
}

/** Ranges tried for each token. */
const CANDIDATES = 96;

/** Places tried within each range: a cut in the middle is best where one node takes all of it, the others where replicas share. */
const CUTS = [0.5, 0.35, 0.65];

/**
 * Chooses tokens for a node of a datacentre.
 *
 * @param partitioner - the cluster's
 * @param random - decides among equals
 * @param holders - the datacentre's nodes with their tokens
 * @param seeker - the node
 * @param count - `num_tokens`
 * @param factor - the replication factor to be even for
 */
export function allocateTokens(
  partitioner: Partitioner, random: Random, holders: readonly TokenHolder[], seeker: TokenSeeker, count: number, factor: number,
): Token[] {
  const racks = new Set([...holders.map(({ rack }) => rack), seeker.rack]);
  // With as many racks as replicas each rack holds a copy of everything: the node shares with its own rack only.
  const alone = racks.size > 1 && racks.size >= factor;
  const rivals = alone ? holders.filter(({ rack }) => rack === seeker.rack) : holders;
  // With no more nodes than replicas every node holds everything: the first ones are spread for fewer, or chance would decide.
  const replicas = alone ? 1 : Math.max(1, Math.min(factor, rivals.length));
  const zero = partitioner.minimum;
  const place = (token: Token, owner: number): Placed => ({ token, at: partitioner.share(zero, token), owner });
  const taken = new Set(holders.flatMap(({ tokens }) => tokens));
  const ring = rivals.flatMap(({ tokens }, owner) => tokens.map((token) => place(token, owner))).sort((a, b) => a.at - b.at);
  const own = rivals.length;
  const chosen: Token[] = [];
  if (ring.length === 0) {
    // The first node: evenly, from a random start.
    const start = partitioner.draw(random);
    for (let i = 0; i < count; i++) {
      let token = partitioner.between(start, start, (i + 0.001) / count);
      while (taken.has(token) || token === zero) token = partitioner.draw(random);
      taken.add(token);
      chosen.push(token);
    }
    return chosen;
  }
  const owned = ownedShares(ring, own + 1, replicas);
  const mean = replicas / (own + 1);
  // A node with a given number of tokens is to end at the mean: its k-th token is judged by the k-th part of that.
  for (let k = 1; k <= count; k++) {
    let best: { readonly score: number; readonly placed: Placed; readonly index: number } | undefined;
    const target = (mean * k) / count;
    for (const index of widest(ring, random)) {
      const after = ring[index];
      const before = ring[(index + ring.length - 1) % ring.length];
      if (after === undefined || before === undefined) continue;
      const parts = partsBefore(ring, index, own, replicas);
      for (const cut of CUTS) {
        const width = after.at - before.at;
        const at = (before.at + (width > 0 ? width : width + 1) * cut) % 1;
        const score = scoreOf(owned, parts, { own, at, mean, target });
        if (best !== undefined && score >= best.score) continue;
        const token = partitioner.between(before.token, after.token, cut);
        if (!taken.has(token) && token !== zero) best = { score, placed: { token, at, owner: own }, index };
      }
    }
    if (best === undefined) break;
    const { placed } = best;
    eachChange(partsBefore(ring, best.index, own, replicas), own, placed.at, (owner, change) => { owned[owner] = (owned[owner] ?? 0) + change; });
    // The cut of the range that wraps around may come to lie at either end of the list.
    let low = 0;
    while (low < ring.length && (ring[low]?.at ?? 0) < placed.at) low++;
    ring.splice(low, 0, placed);
    taken.add(placed.token);
    chosen.push(placed.token);
  }
  return chosen.length === count ? chosen : [...chosen, ...randomTokens(partitioner, random, count - chosen.length, taken)];
}

/** The ranges that may be cut: all of a small ring, of a large one the widest, where there is something to gain. */
function widest(ring: readonly Placed[], random: Random): readonly number[] {
  const offset = random.below(ring.length);
  const indexes = ring.map((_, i) => (i + offset) % ring.length);
  if (ring.length <= CANDIDATES) return indexes;
  const widths = ring.map(({ at }, i) => {
    const width = at - (ring[(i + ring.length - 1) % ring.length]?.at ?? at);
    return width > 0 ? width : width + 1;
  });
  return indexes.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0)).slice(0, CANDIDATES);
}

/** What each node holds, replicas included, as shares of the ring. */
function ownedShares(ring: readonly Placed[], nodes: number, replicas: number): number[] {
  const owned = Array.from({ length: nodes }, () => 0);
  ring.forEach((placed, i) => {
    const before = ring[(i + ring.length - 1) % ring.length] ?? placed;
    const width = placed.at - before.at;
    for (const owner of ownersFrom(ring, i, replicas)) owned[owner] = (owned[owner] ?? 0) + (width > 0 ? width : width + 1);
  });
  return owned;
}

/** The first distinct owners clockwise from a token. */
function ownersFrom(ring: readonly Placed[], index: number, replicas: number): number[] {
  const owners: number[] = [];
  for (let step = 0; step < ring.length && owners.length < replicas; step++) {
    const owner = ring[(index + step) % ring.length]?.owner;
    if (owner !== undefined && !owners.includes(owner)) owners.push(owner);
  }
  return owners;
}

/** A part of the ring that a cut behind it may change. */
interface Part {
  /** Where it begins. */
  readonly at: number;
  /** Whether the new node comes to hold it. */
  readonly isGained: boolean;
  /** Who then holds it no longer; undefined where there were too few to hold it. */
  readonly loser: number | undefined;
}

/**
 * The parts that a cut of a range changes, going back from it: each is held by the new node too until that many other nodes (or the node
 * itself) stand between. They are the same wherever in the range it is cut.
 *
 * @param index - the range that is cut: the one that ends with this token
 */
function partsBefore(ring: readonly Placed[], index: number, owner: number, replicas: number): readonly Part[] {
  const parts: Part[] = [];
  const between: number[] = [];
  for (let step = 1; step <= ring.length; step++) {
    const before = ring[(index + ring.length - step) % ring.length];
    if (before === undefined) break;
    // The replicas of this part were those from its own end on.
    const owners = ownersFrom(ring, (index + ring.length - step + 1) % ring.length, replicas);
    parts.push({ at: before.at, isGained: !owners.includes(owner), loser: owners.length < replicas ? undefined : owners.at(-1) });
    if (before.owner === owner) break;
    if (!between.includes(before.owner)) between.push(before.owner);
    if (between.length >= replicas) break;
  }
  return parts;
}

/** Tells who gains and loses what by a cut. */
function eachChange(parts: readonly Part[], own: number, at: number, tell: (owner: number, change: number) => void): void {
  let end = at;
  for (const part of parts) {
    const width = end - part.at;
    const share = width > 0 ? width : width + 1;
    if (part.isGained) {
      tell(own, share);
      if (part.loser !== undefined) tell(part.loser, -share);
    }
    end = part.at;
  }
}

/** The sum of squared distances from where each node should be, for those that a cut changes. */
function scoreOf(owned: readonly number[], parts: readonly Part[], { own, at, mean, target }: { readonly own: number; readonly at: number; readonly mean: number; readonly target: number }): number {
  const owners: number[] = [];
  const changes: number[] = [];
  eachChange(parts, own, at, (owner, change) => {
    const known = owners.indexOf(owner);
    if (known < 0) {
      owners.push(owner);
      changes.push(change);
    } else {
      changes[known] = (changes[known] ?? 0) + change;
    }
  });
  let score = 0;
  for (const [index, owner] of owners.entries()) {
    const had = (owned[owner] ?? 0) - (owner === own ? target : mean);
    score += (had + (changes[index] ?? 0)) ** 2 - had ** 2;
  }
  return score;
}
