/**
 * The ring as one node believes it to be: the first one, and the changes of membership that it has heard of.
 *
 * @module
 */
import type { NodeId } from '../../kernel/units.ts';
import { hashString } from '../../structures/hash.ts';
import type { Ring } from '../ring.ts';
import { compareChanges, play, type Membership, type MembershipChange } from './change.ts';

const NOBODY: readonly NodeId[] = [];

/** What one node believes. */
export class RingView {
  readonly #first: Ring;
  readonly #config: { readonly n: number };
  #changes: readonly MembershipChange[] = [];
  #membership: Membership;
  #digest = '';

  /**
   * @param first - the ring that all nodes were started with
   * @param config - has N, which may change
   */
  constructor(first: Ring, config: { readonly n: number }) {
    this.#first = first;
    this.#config = config;
    this.#membership = { current: first, target: first, joining: [], leaving: [] };
  }

  /** Who holds the keys, and who is about to. */
  get membership(): Membership {
    return this.#membership;
  }

  /** All changes heard of, in their order. */
  get changes(): readonly MembershipChange[] {
    return this.#changes;
  }

  /** Equal for equal histories; empty before the first change. */
  get digest(): string {
    return this.#digest;
  }

  /** What a history that another node goes by comes to. */
  asOf(changes: readonly MembershipChange[]): Membership {
    return play(this.#first, changes.toSorted(compareChanges));
  }

  /** Whether a node was there from the beginning. */
  isFounder(node: NodeId): boolean {
    return this.#first.members.some((member) => member.node === node);
  }

  /** Takes in changes. @returns those that were news */
  learn(changes: readonly MembershipChange[]): readonly MembershipChange[] {
    const known = new Set(this.#changes.map(nameOf));
    const news = changes.filter((change) => !known.has(nameOf(change)));
    if (news.length === 0) return news;
    this.#changes = [...this.#changes, ...news].sort(compareChanges);
    this.#membership = play(this.#first, this.#changes);
    const text = this.#changes.map(nameOf).join('\n');
    this.#digest = `${hashString(text) >>> 0}-${hashString(text, 0x5bd1e995) >>> 0}`;
    return news;
  }

  /** The machines in the order in which they are asked to hold a key. */
  preferenceListOf(key: string): readonly NodeId[] {
    return this.#membership.current.preferenceListOf(key);
  }

  /** The nodes that will be home nodes of the key and are not yet. */
  incoming(key: string): readonly NodeId[] {
    const { current, target } = this.#membership;
    if (current === target) return NOBODY;
    const home = this.homeOf(key);
    return target.preferenceListOf(key).slice(0, this.#config.n).filter((node) => !home.includes(node));
  }

  /** The N home nodes of a key. The same array each time. */
  homeOf(key: string): readonly NodeId[] {
    const { current } = this.#membership;
    return current.homeNodes(current.partitionOf(key), this.#config.n);
  }

  /** All who take part, or are about to. */
  get everybody(): readonly NodeId[] {
    const { current, joining } = this.#membership;
    return [...current.members.map(({ node }) => node), ...joining];
  }
}

function nameOf({ kind, node, at, by }: MembershipChange): string {
  return `${at} ${by} ${kind} ${node}`;
}
