/**
 * Ballots: the numbers of Paxos rounds, ordered by their proposer's clock and then by the proposer, so that no two are equal.
 *
 * @module
 */
import type { Ballot, Proposal } from '../coordinator/messages.ts';

/** Older than every ballot. */
export const NO_BALLOT: Ballot = { timestamp: 0, node: '' };

/** Orders ballots. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  return a.node < b.node ? -1 : a.node > b.node ? 1 : 0;
}

/** The later of two proposals. */
export function laterProposal(a: Proposal | undefined, b: Proposal | undefined): Proposal | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareBallots(a.ballot, b.ballot) >= 0 ? a : b;
}
