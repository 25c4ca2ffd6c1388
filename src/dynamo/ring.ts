/**
 * The ring (sections 4.2, 4.3, 4.6 and 6.2 of the paper): the machines, how the keys are divided into ranges, and for each range the
 * preference list, in which each *machine* stands once however many tokens it has, and one of each zone before the second of any.
 *
 * A ring never changes. A join or a leave makes another, a function of the ring and the member alone: all who apply one history of
 * changes to one initial ring come to the same one. Rings made by one change from one ring are even one object, so that a thousand
 * nodes in one process share their tables.
 *
 * Left out: the time a transfer takes. Rings before and after a change stand side by side, and who compares them knows what moves.
 *
 * @module
 */
import { assertNever, UsageError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/units.ts';
import { EqualPartitions } from './partitioning/equal-partitions.ts';
import type { Member, Partitioning } from './partitioning/partitioning.ts';
import { RandomTokens, RandomTokensEqualPartitions } from './partitioning/random-tokens.ts';
import { Walk } from './partitioning/walk.ts';
import { formatPosition, leadingBitsOf } from './position.ts';

export type { Member } from './partitioning/partitioning.ts';

/** The strategies of section 6.2, in the paper's order. */
export const PARTITIONING_STRATEGIES = ['random-tokens', 'equal-partitions-random-tokens', 'equal-partitions'] as const;

/** How keys are divided and handed out: strategy 1, 2 or 3. */
export type PartitioningStrategy = (typeof PARTITIONING_STRATEGIES)[number];

/** What a ring can be told. */
export interface RingOptions {
  readonly strategy: PartitioningStrategy;
  /** T, the tokens of a machine of capacity 1, from 1 to 10,000. In strategy 3 they follow from Q. */
  readonly tokens: number;
  /** Q, the number of key ranges, from the number of machines to 1,048,576. In strategy 1 they follow from the tokens. */
  readonly partitions: number;
  /** Draws other tokens: a whole number from 0. Default 0. */
  readonly seed?: number;
  /** N, the home nodes of a key range: joins and leaves of strategy 3 choose tokens so that few of them change. Default 3. */
  readonly n?: number;
}

/** A key range: from the first position up to, but without, the second; both 32 hexadecimal digits. Equal ones are the whole ring. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

/** A list is made so long at first; the few who need more of a larger ring ask for the whole. */
const LISTED = 32;
const CACHED_KEYS = 262_144;

/** Members and the division of the keys among them. */
export class Ring {
  /** In the order of their coming. */
  readonly members: readonly Member[];
  readonly options: RingOptions;
  readonly #partitioning: Partitioning;
  readonly #walk: Walk;
  readonly #lists: (readonly NodeId[] | undefined)[] = [];
  /** The beginnings of those that were asked for, by their length. */
  readonly #beginnings: (readonly NodeId[] | undefined)[][] = [];
  readonly #partitions = new Map<string, number>();
  readonly #changed = new Map<string, Ring>();

  private constructor(members: readonly Member[], options: RingOptions, partitioning: Partitioning) {
    this.members = members;
    this.options = options;
    this.#partitioning = partitioning;
    this.#walk = new Walk(members);
  }

  /**
   * A first ring. The order of the members makes no difference to who holds what.
   *
   * @throws {@link UsageError} `INVALID_OPTION` naming the field, `DUPLICATE_MEMBER`
   */
  static of(members: readonly Member[], options: RingOptions): Ring {
    if (members.length === 0) throw new UsageError('INVALID_OPTION', 'a ring needs at least one member');
    requireSound(members, options);
    const sorted = members.toSorted((a, b) => (a.node < b.node ? -1 : 1));
    return new Ring(sorted, options, partitioningOf(sorted, options));
  }

  /** The number of key ranges. */
  get partitionCount(): number {
    return this.#partitioning.partitionCount;
  }

  /** The bytes of membership and partition information that each node keeps: figure 8's horizontal axis. */
  get metadataBytes(): number {
    return this.members.reduce((sum, { node, zone }) => sum + node.length + zone.length + 4, this.#partitioning.bytes);
  }

  /** The index of the key range that a key falls in. */
  partitionOf(key: string): number {
    let partition = this.#partitions.get(key);
    if (partition === undefined) {
      partition = this.#partitioning.partitionAt(leadingBitsOf(key));
      if (this.#partitions.size >= CACHED_KEYS) this.#partitions.clear();
      this.#partitions.set(key, partition);
    }
    return partition;
  }

  /** From which position to which a key range reaches. */
  rangeOf(partition: number): KeyRange {
    const next = (partition + 1) % this.partitionCount;
    return { from: formatPosition(this.#partitioning.from(partition)), to: formatPosition(this.#partitioning.from(next)) };
  }

  /**
   * The machines in the order in which they are asked to hold a key range: the first N are its home nodes, the others stand in
   * for them. All of them up to 32; of more, the first 32 ({@link wholePreferenceList} has all). The same array each time.
   */
  preferenceList(partition: number): readonly NodeId[] {
    return this.#lists[partition] ??= this.#list(partition, LISTED);
  }

  /** The first so many of {@link preferenceList}: with N, the home nodes of a key range. The same array each time. */
  homeNodes(partition: number, n: number): readonly NodeId[] {
    const homes = this.#beginnings[n] ??= [];
    return homes[partition] ??= this.preferenceList(partition).slice(0, n);
  }

  /** {@link preferenceList} of the range that a key falls in. */
  preferenceListOf(key: string): readonly NodeId[] {
    return this.preferenceList(this.partitionOf(key));
  }

  /** Every machine, in the order of {@link preferenceList}, computed anew where there are more than 32. */
  wholePreferenceList(partition: number): readonly NodeId[] {
    const list = this.preferenceList(partition);
    return list.length === this.members.length ? list : this.#list(partition, this.members.length);
  }

  /**
   * This ring and one more member. In strategies 1 and 2 it comes with tokens of its own, in strategy 3 it steals them.
   *
   * @throws {@link UsageError} `DUPLICATE_MEMBER`, or `INVALID_OPTION` when it is not sound or there are too few key ranges
   */
  join(member: Member): Ring {
    return this.#once(`+ ${member.node} ${member.capacity} ${member.zone}`, () => {
      const members = [...this.members, member];
      requireSound(members, this.options);
      return new Ring(members, this.options, this.#partitioning.join(members));
    });
  }

  /** This ring without a member. @throws {@link UsageError} `UNKNOWN_NODE`, or `LAST_MEMBER` when nobody would be left */
  leave(node: NodeId): Ring {
    return this.#once(`- ${node}`, () => {
      const leaver = this.members.findIndex((member) => member.node === node);
      if (leaver === -1) throw new UsageError('UNKNOWN_NODE', `${node} is no member of the ring`);
      if (this.members.length === 1) throw new UsageError('LAST_MEMBER', `${node} is the last member of the ring and cannot leave it`);
      return new Ring(this.members.filter((_, i) => i !== leaver), this.options, this.#partitioning.leave(this.members, leaver));
    });
  }

  /** For people: a line for each key range, with its borders and the first machines of its list. @param listed - how many of them */
  describe(listed = 3): string {
    return Array.from({ length: this.partitionCount }, (_, partition) => {
      const { from, to } = this.rangeOf(partition);
      return `${partition}: [${from}, ${to}) ${this.preferenceList(partition).slice(0, listed).join(' ')}`;
    }).join('\n');
  }

  #once(change: string, make: () => Ring): Ring {
    let ring = this.#changed.get(change);
    if (ring === undefined) {
      ring = make();
      this.#changed.set(change, ring);
    }
    return ring;
  }

  #list(partition: number, wanted: number): readonly NodeId[] {
    return this.#walk.from(this.#partitioning.owners, this.#partitioning.start(partition), wanted).map((member) => this.members[member]?.node ?? ('' as NodeId));
  }
}

function partitioningOf(members: readonly Member[], { strategy, tokens, partitions, seed = 0, n = 3 }: RingOptions): Partitioning {
  switch (strategy) {
    case 'random-tokens': return RandomTokens.of(members, { tokens, seed });
    case 'equal-partitions-random-tokens': return RandomTokensEqualPartitions.of(members, { tokens, seed }, partitions);
    case 'equal-partitions': return EqualPartitions.of(members, { partitions, seed, n });
    default: return assertNever(strategy);
  }
}

function requireSound(members: readonly Member[], { strategy, tokens, partitions }: RingOptions): void {
  if (!PARTITIONING_STRATEGIES.includes(strategy)) {
    throw new UsageError('INVALID_OPTION', `strategy must be one of ${PARTITIONING_STRATEGIES.join(', ')}, got '${String(strategy)}'`);
  }
  const seen = new Set<string>();
  for (const { node, capacity } of members) {
    if (seen.has(node)) throw new UsageError('DUPLICATE_MEMBER', `${node} is a member of the ring already`);
    seen.add(node);
    if (!(capacity >= 0.01 && capacity <= 100)) throw new UsageError('INVALID_OPTION', `capacity of ${node} must be a number from 0.01 to 100, got ${String(capacity)}`);
  }
  if (strategy !== 'equal-partitions') requireWhole('tokens', tokens, 1, 10_000, '');
  if (strategy !== 'random-tokens') requireWhole('partitions', partitions, strategy === 'equal-partitions' ? members.length : 1, 1_048_576, strategy === 'equal-partitions' ? ' (at least one for each member)' : '');
}

function requireWhole(name: string, value: number, low: number, high: number, why: string): void {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new UsageError('INVALID_OPTION', `${name} must be a whole number from ${low} to ${high}${why}, got ${String(value)}`);
  }
}
