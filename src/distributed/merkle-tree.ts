/**
 * Merkle trees (Merkle 1987; Dynamo, SOSP 2007, section 4.7; Apache Cassandra's `MerkleTree`): a hash for each of 2^depth leaves, and for
 * each inner node a hash of its two children's. Two replicas compare from the root down and go only where they differ, so what
 * they exchange is in proportion to the difference. Changing a leaf costs one step a level.
 *
 * What a leaf covers (a range of tokens, a bucket of keys) is its owner's business. Hashes are 64 bits, as two halves.
 *
 * @module
 */
import { mix32 } from '../structures/hash.ts';
import { invariant } from '../kernel/errors.ts';

/** A hash of 64 bits. */
export interface TreeHash {
  readonly high: number;
  readonly low: number;
}

/** A complete binary tree of hashes. */
export class MerkleTree {
  /** Levels below the root: it has 2^depth leaves. */
  readonly depth: number;
  /** Node 1 is the root, node n has the children 2n and 2n+1; the leaves are the last 2^depth. */
  readonly #high: Int32Array;
  readonly #low: Int32Array;

  /** @param depth - 0 to 20 */
  constructor(depth: number) {
    invariant(Number.isInteger(depth) && depth >= 0 && depth <= 20, `a tree of depth ${depth}`);
    this.depth = depth;
    this.#high = new Int32Array(2 << depth);
    this.#low = new Int32Array(2 << depth);
  }

  /** A tree of given leaves. @param leaves - their hashes, 2^depth of them */
  static of(leaves: readonly TreeHash[]): MerkleTree {
    const tree = new MerkleTree(31 - Math.clz32(leaves.length));
    const first = 1 << tree.depth;
    leaves.forEach(({ high, low }, i) => {
      tree.#high[first + i] = high;
      tree.#low[first + i] = low;
    });
    for (let node = first - 1; node >= 1; node--) tree.#combine(node);
    return tree;
  }

  /** How many leaves it has. */
  get size(): number {
    return 1 << this.depth;
  }

  /** The root's hash: equal roots, equal trees. */
  get root(): TreeHash {
    return this.#at(1);
  }

  /** A leaf's hash. */
  leaf(index: number): TreeHash {
    return this.#at(this.size + index);
  }

  /** Changes a leaf and all above it. */
  set(index: number, { high, low }: TreeHash): void {
    let node = this.size + index;
    this.#high[node] = high;
    this.#low[node] = low;
    for (node >>= 1; node >= 1; node >>= 1) this.#combine(node);
  }

  /** Adds something to a leaf, or takes it away again: what a leaf covers may be hashed in any order. */
  toggle(index: number, { high, low }: TreeHash): void {
    const present = this.leaf(index);
    this.set(index, { high: present.high ^ high, low: present.low ^ low });
  }

  /** The leaves in which two trees of one depth differ, in order. */
  differences(other: MerkleTree): readonly number[] {
    invariant(other.depth === this.depth, 'trees of one depth are compared');
    const found: number[] = [];
    const visit = (node: number): void => {
      if (this.#high[node] === other.#high[node] && this.#low[node] === other.#low[node]) return;
      if (node >= this.size) {
        found.push(node - this.size);
        return;
      }
      visit(2 * node);
      visit(2 * node + 1);
    };
    visit(1);
    return found;
  }

  #at(node: number): TreeHash {
    return { high: this.#high[node] ?? 0, low: this.#low[node] ?? 0 };
  }

  #combine(node: number): void {
    const left = 2 * node;
    const [a, b] = [this.#high[left] ?? 0, this.#low[left] ?? 0];
    const [c, d] = [this.#high[left + 1] ?? 0, this.#low[left + 1] ?? 0];
    // Empty subtrees stay zero, so that sparse trees need no work.
    if ((a | b | c | d) === 0) {
      this.#high[node] = 0;
      this.#low[node] = 0;
      return;
    }
    this.#high[node] = mix32(mix32(a ^ 0x2545f491) + c + Math.imul(b, 0x9e3779b1));
    this.#low[node] = mix32(mix32(b ^ 0x85ebca6b) + d + Math.imul(c, 0xc2b2ae35));
  }
}
