/**
 * Strategies 1 and 2 of section 6.2: each machine draws T random tokens.
 *
 * In strategy 1 the tokens also divide the keys: a range lies between two neighbouring tokens, and belongs to the one that ends it.
 * Ranges differ in size, and a newcomer cuts ranges in two. In strategy 2 the ranges are Q equal ones, and the tokens only say which
 * machines hold them: those met clockwise from the range's end.
 *
 * Tokens are a function of the seed and the machine's name alone, whoever else is there: a machine that comes back takes its old
 * places.
 *
 * @module
 */
import { Random } from '../../kernel/random.ts';
import { POSITIONS } from '../position.ts';
import { equalPartitionAt, equalPartitionFrom } from './equal-partitions.ts';
import { MEMBER_BYTES, TOKEN_BYTES, type Member, type Partitioning } from './partitioning.ts';

/** Which tokens machines draw. */
export interface TokenDraw {
  /** Tokens of a machine of capacity 1. */
  readonly tokens: number;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
}

/** Tokens in ring order; equal ones, which 52 bits make next to impossible, in the order of their members. */
interface Circle {
  readonly positions: Float64Array;
  readonly owners: Int32Array;
}

function draw(member: Member, { tokens, seed }: TokenDraw): Float64Array {
  const random = Random.fromSeed(seed).fork(`token of ${member.node}`);
  const count = Math.max(1, Math.round(tokens * member.capacity));
  const positions = new Float64Array(count);
  for (let i = 0; i < count; i++) positions[i] = (random.uint32() >>> 6) * 0x400_0000 + (random.uint32() >>> 6);
  return positions.sort();
}

function circleOf(members: readonly Member[], tokens: TokenDraw): Circle {
  const drawn = members.map((member) => draw(member, tokens));
  const all = new Float64Array(drawn.reduce((sum, { length }) => sum + length, 0));
  const ownerOf = new Int32Array(all.length);
  let end = 0;
  drawn.forEach((positions, i) => {
    all.set(positions, end);
    ownerOf.fill(i, end, end += positions.length);
  });
  const order = new Uint32Array(all.length).map((_, i) => i).sort((a, b) => (all[a] ?? 0) - (all[b] ?? 0) || a - b);
  const circle: Circle = { positions: new Float64Array(all.length), owners: new Int32Array(all.length) };
  order.forEach((from, to) => {
    circle.positions[to] = all[from] ?? 0;
    circle.owners[to] = ownerOf[from] ?? 0;
  });
  return circle;
}

/** The circle and the tokens of one more member, whose index is the highest. */
function insert({ positions, owners }: Circle, added: Float64Array, owner: number): Circle {
  const merged = { positions: new Float64Array(positions.length + added.length), owners: new Int32Array(positions.length + added.length) };
  let old = 0;
  let fresh = 0;
  for (let i = 0; i < merged.owners.length; i++) {
    const takeOld = fresh === added.length || (old < positions.length && (positions[old] ?? 0) <= (added[fresh] ?? 0));
    merged.positions[i] = (takeOld ? positions[old] : added[fresh]) ?? 0;
    merged.owners[i] = takeOld ? owners[old] ?? 0 : owner;
    if (takeOld) old++;
    else fresh++;
  }
  return merged;
}

function remove({ positions, owners }: Circle, leaver: number): Circle {
  return {
    positions: positions.filter((_, i) => owners[i] !== leaver),
    owners: owners.filter((owner) => owner !== leaver).map((owner) => (owner > leaver ? owner - 1 : owner)),
  };
}

/** The first token past a position; the number of tokens when there is none before the circle's end. */
function firstPast({ positions }: Circle, leadingBits: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((positions[middle] ?? 0) <= leadingBits) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Strategy 1. */
export class RandomTokens implements Partitioning {
  readonly #circle: Circle;
  readonly #tokens: TokenDraw;

  private constructor(circle: Circle, tokens: TokenDraw) {
    this.#circle = circle;
    this.#tokens = tokens;
  }

  static of(members: readonly Member[], tokens: TokenDraw): RandomTokens {
    return new RandomTokens(circleOf(members, tokens), tokens);
  }

  get owners(): Int32Array {
    return this.#circle.owners;
  }

  get partitionCount(): number {
    return this.owners.length;
  }

  get bytes(): number {
    return this.owners.length * (TOKEN_BYTES + MEMBER_BYTES);
  }

  partitionAt(leadingBits: number): number {
    const token = firstPast(this.#circle, leadingBits);
    return token === this.owners.length ? 0 : token;
  }

  from(partition: number): number {
    return this.#circle.positions.at(partition - 1) ?? 0;
  }

  start(partition: number): number {
    return partition;
  }

  join(members: readonly Member[]): RandomTokens {
    return new RandomTokens(joined(this.#circle, members, this.#tokens), this.#tokens);
  }

  leave(_members: readonly Member[], leaver: number): RandomTokens {
    return new RandomTokens(remove(this.#circle, leaver), this.#tokens);
  }
}

/** Strategy 2. */
export class RandomTokensEqualPartitions implements Partitioning {
  readonly partitionCount: number;
  readonly #circle: Circle;
  readonly #tokens: TokenDraw;

  private constructor(circle: Circle, tokens: TokenDraw, partitions: number) {
    this.#circle = circle;
    this.#tokens = tokens;
    this.partitionCount = partitions;
  }

  static of(members: readonly Member[], tokens: TokenDraw, partitions: number): RandomTokensEqualPartitions {
    return new RandomTokensEqualPartitions(circleOf(members, tokens), tokens, partitions);
  }

  get owners(): Int32Array {
    return this.#circle.owners;
  }

  get bytes(): number {
    // The tokens, and for each range the token at which its list begins: without it every look-up is a search.
    return this.owners.length * (TOKEN_BYTES + MEMBER_BYTES) + this.partitionCount * MEMBER_BYTES;
  }

  partitionAt(leadingBits: number): number {
    return equalPartitionAt(leadingBits, this.partitionCount);
  }

  from(partition: number): number {
    return equalPartitionFrom(partition, this.partitionCount);
  }

  start(partition: number): number {
    const end = partition + 1 === this.partitionCount ? POSITIONS : this.from(partition + 1);
    return firstPast(this.#circle, end - 1) % this.owners.length;
  }

  join(members: readonly Member[]): RandomTokensEqualPartitions {
    return new RandomTokensEqualPartitions(joined(this.#circle, members, this.#tokens), this.#tokens, this.partitionCount);
  }

  leave(_members: readonly Member[], leaver: number): RandomTokensEqualPartitions {
    return new RandomTokensEqualPartitions(remove(this.#circle, leaver), this.#tokens, this.partitionCount);
  }
}

function joined(circle: Circle, members: readonly Member[], tokens: TokenDraw): Circle {
  const newcomer = members.at(-1);
  return newcomer === undefined ? circle : insert(circle, draw(newcomer, tokens), members.length - 1);
}
