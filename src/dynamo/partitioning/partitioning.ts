/**
 * What the three partitioning strategies of section 6.2 have in common: a circle of tokens, each of one machine, and a division of
 * the positions into key ranges. A strategy says where the walk for the machines of a key range begins; the walk itself, which
 * skips machines met before and spreads over the zones, is the ring's.
 *
 * @module
 */
import type { NodeId } from '../../kernel/units.ts';

/** One machine of the ring. */
export interface Member {
  readonly node: NodeId;
  readonly zone: string;
  /** Its size relative to others, more than 0; 1 for an ordinary machine. A machine of twice the size takes twice the tokens (section 4.2). */
  readonly capacity: number;
}

/** A division of the positions among members. It never changes: a join or a leave makes another one. */
export interface Partitioning {
  /** Whom each token belongs to, clockwise: indices into the list of members. */
  readonly owners: Int32Array;
  /** How many key ranges there are. */
  readonly partitionCount: number;
  /** The key range of a position, given by its leading 52 bits. */
  partitionAt(leadingBits: number): number;
  /** The first position of a key range, as its leading 52 bits; the range ends before {@link from} of the next. */
  from(partition: number): number;
  /** Where the walk for a key range begins: an index into {@link owners}. */
  start(partition: number): number;
  /**
   * With one more member.
   *
   * @param members - all of them, the new one last
   */
  join(members: readonly Member[]): Partitioning;
  /**
   * Without a member.
   *
   * @param members - all of them, as before
   * @param leaver - the index of the one who goes; those behind it move up by one
   */
  leave(members: readonly Member[], leaver: number): Partitioning;
  /** The bytes in which a node can write the division down. */
  readonly bytes: number;
}

/** A token's place: 128 bits. */
export const TOKEN_BYTES = 16;
/** Which member: up to 65,536 of them. */
export const MEMBER_BYTES = 2;
