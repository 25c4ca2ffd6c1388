/**
 * A consistent-hashing ring with virtual nodes (Karger et al. 1997; Dynamo, SOSP 2007, sections 4.2 and 4.3; Cassandra's
 * token ring). Each node holds any number of tokens; a key belongs to the first token at or past its own position, going
 * clockwise and wrapping at the end: a token owns the range that ends with it.
 *
 * The ring knows neither hash nor number of bits: positions are of the caller's type, ordered by the caller's comparison. It
 * never changes: {@link HashRing.with} and {@link HashRing.without} make another ring, so that the placement before and after
 * a change can be held side by side.
 *
 * Left out: choosing good tokens, which differs from store to store.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';

/** One token: a virtual node's place on the ring. */
export interface RingToken<Position, Node> {
  readonly position: Position;
  readonly node: Node;
}

/** A ring of tokens. */
export class HashRing<Position, Node> {
  /** All tokens in ring order. */
  readonly tokens: readonly RingToken<Position, Node>[];
  /** The nodes that hold a token, in the order of their first token. */
  readonly nodes: readonly Node[];
  readonly #compare: (a: Position, b: Position) => number;

  /**
   * @param compare - orders positions: negative, zero or positive
   * @param tokens - in any order
   * @throws {@link UsageError} `DUPLICATE_TOKEN` when two tokens share a position
   */
  constructor(compare: (a: Position, b: Position) => number, tokens: Iterable<RingToken<Position, Node>> = []) {
    this.#compare = compare;
    this.tokens = [...tokens].sort((a, b) => compare(a.position, b.position));
    this.tokens.forEach((token, i) => {
      const before = this.tokens[i - 1];
      if (before !== undefined && compare(before.position, token.position) === 0) {
        throw new UsageError('DUPLICATE_TOKEN', `${String(before.node)} and ${String(token.node)} hold the same token ${String(token.position)}`);
      }
    });
    this.nodes = [...new Set(this.tokens.map((token) => token.node))];
  }

  /** This ring and one more node (or more tokens for one that is there). */
  with(node: Node, positions: readonly Position[]): HashRing<Position, Node> {
    return new HashRing(this.#compare, [...this.tokens, ...positions.map((position) => ({ position, node }))]);
  }

  /** This ring without any token of a node. */
  without(node: Node): HashRing<Position, Node> {
    return new HashRing(this.#compare, this.tokens.filter((token) => token.node !== node));
  }

  /** The index in {@link tokens} of the token that owns a position; -1 on an empty ring. Logarithmic time. */
  indexOf(position: Position): number {
    let low = 0;
    let high = this.tokens.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const token = this.tokens[middle];
      if (token !== undefined && this.#compare(token.position, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low === this.tokens.length ? (low === 0 ? -1 : 0) : low;
  }

  /** The node that owns a position, or undefined on an empty ring. */
  owner(position: Position): Node | undefined {
    return this.tokens[this.indexOf(position)]?.node;
  }

  /** Every node once, in the order met clockwise from a position. Stop early: it is a generator. */
  clockwise(position: Position): Generator<Node, undefined> {
    return this.clockwiseFrom(this.indexOf(position));
  }

  /**
   * As {@link clockwise}, from the token with an index of {@link tokens}.
   *
   * @yields each node once
   */
  *clockwiseFrom(index: number): Generator<Node, undefined> {
    const seen = new Set<Node>();
    for (let step = 0; step < this.tokens.length && seen.size < this.nodes.length; step++) {
      const token = this.tokens[(index + step) % this.tokens.length];
      if (token === undefined || seen.has(token.node)) continue;
      seen.add(token.node);
      yield token.node;
    }
    return undefined;
  }

  /**
   * The first `count` distinct nodes clockwise from a position: the preference list.
   *
   * @param position - the key's place
   * @param count - how many nodes; fewer come back when the ring has fewer
   * @param accept - leaves nodes out (the unhealthy ones of a sloppy quorum, say); all are taken when it is not given
   */
  preferenceList(position: Position, count: number, accept?: (node: Node) => boolean): Node[] {
    const list: Node[] = [];
    if (count <= 0) return list;
    for (const node of this.clockwise(position)) {
      if (accept !== undefined && !accept(node)) continue;
      list.push(node);
      if (list.length === count) break;
    }
    return list;
  }
}
