/**
 * A Merkle tree over the keys of one key range (section 4.7): two replicas that hold a range in common compare their roots and go
 * down only where they differ, so that what they exchange is in proportion to the difference, not to the data.
 *
 * The tree is a trie of 16 ways over a hash of the keys, and a node's hash is the exclusive or of those of all (key, version) pairs
 * under it. A node with at most 16 keys is a leaf, one with more is not: the tree grows and shrinks with its keys, its shape is a
 * function of what it holds and not of how that came about, and trees of different size can be compared node by node. (The tree of
 * `distributed/merkle-tree.ts` hashes hashes: trees of two depths have nothing in common, and one that grows is hashed anew.)
 *
 * The exchange is a pure function from a tree and a message to an answer, see {@link answerTree}. Left out: defence against somebody
 * who looks for pairs whose hashes cancel each other.
 *
 * @module
 */
import type { TreeHash } from '../distributed/merkle-tree.ts';
import { hashString, mix32 } from '../structures/hash.ts';

/** Children of a node. */
const WAYS = 16;
/** Most keys of a leaf. */
const LEAF_KEYS = 16;
/** Leaves of this level take any number of keys: their prefixes are 28 bits. */
const DEEPEST = 7;
const POSITION_BASIS = 0x050c5d1f;

/** A key and the hash of what is held of it. */
export interface TreeEntry extends TreeHash {
  readonly key: string;
}

/** What a node shows of itself. At level 0 there is one, the root; node i has the children 16 i to 16 i + 15 of the next level. */
export interface TreeNode extends TreeHash {
  readonly level: number;
  readonly index: number;
  /** Keys under it. */
  readonly count: number;
  /** It has no children: it has at most 16 keys, or is as deep as the tree goes. */
  readonly leaf: boolean;
}

interface Place {
  count: number;
  high: number;
  low: number;
  /** A leaf's. */
  entries: TreeEntry[] | null;
  /** An inner node's. */
  children: Place[] | null;
}

/** The hash of a text, such as the encoded versions of a key. */
export function hashOfText(text: string): TreeHash {
  return { high: hashString(text), low: hashString(text, POSITION_BASIS) };
}

/** The tree. */
export class KeyTree {
  readonly #root: Place = emptyPlace();
  readonly #path: Place[] = [];

  /** How many keys there are. */
  get size(): number {
    return this.#root.count;
  }

  /** The root: equal roots, equal trees, but for one chance in 2^64. */
  get root(): TreeNode {
    return shown(this.#root, 0, 0);
  }

  /**
   * Sets what is held of a key, or that it is held no more. A step for each level, of which there are log16 n.
   *
   * @param hash - of its versions; undefined when the key is gone
   * @returns whether that is news
   */
  update(key: string, hash: TreeHash | undefined): boolean {
    const position = positionIn(key);
    let place = this.#root;
    this.#path.length = 0;
    this.#path.push(place);
    for (let level = 0; place.children !== null; level++) {
      place = place.children[wayAt(position, level)] ?? emptyPlace();
      this.#path.push(place);
    }
    const entries = place.entries ?? [];
    const at = entries.findIndex((entry) => entry.key === key);
    const old = entries[at];
    if (old === undefined ? hash === undefined : old.high === hash?.high && old.low === hash.low) return false;
    const keyHash = hashString(key);
    const high = pairHigh(keyHash, old) ^ pairHigh(keyHash, hash);
    const low = pairLow(keyHash, old) ^ pairLow(keyHash, hash);
    const more = (hash === undefined ? 0 : 1) - (old === undefined ? 0 : 1);
    for (const node of this.#path) {
      node.count += more;
      node.high ^= high;
      node.low ^= low;
    }
    if (hash === undefined) {
      const last = entries.pop();
      if (last !== undefined && last !== old) entries[at] = last;
      for (const node of this.#path) {
        if (node.children === null || node.count > LEAF_KEYS) continue;
        node.entries = entriesOf(node);
        node.children = null;
        break;
      }
    } else {
      const entry = { key, high: hash.high, low: hash.low };
      if (old === undefined) entries.push(entry);
      else entries[at] = entry;
      split(place, this.#path.length - 1);
    }
    return true;
  }

  /** Some nodes of a level; those that are not there, because a node above is a leaf, have no keys. */
  hashesAt(level: number, indices: Iterable<number>): TreeNode[] {
    return Array.from(indices, (index) => shown(this.#find(level, index) ?? emptyPlace(), level, index));
  }

  /** The keys under a node and their hashes, in no order; also where the node is not there but its keys are, in the leaf above. */
  entriesUnder(level: number, index: number): TreeEntry[] {
    let place: Place = this.#root;
    for (let above = 0; above < level; above++) {
      if (place.children === null) return (place.entries ?? []).filter(({ key }) => isUnder(positionIn(key), level, index));
      place = place.children[(index >>> (4 * (level - above - 1))) & 15] ?? emptyPlace();
    }
    return entriesOf(place);
  }

  #find(level: number, index: number): Place | undefined {
    let place: Place | undefined = this.#root;
    for (let above = 0; above < level; above++) place = place?.children?.[(index >>> (4 * (level - above - 1))) & 15];
    return place;
  }
}

function emptyPlace(): Place {
  return { count: 0, high: 0, low: 0, entries: [], children: null };
}

function entriesOf({ entries, children }: Place): TreeEntry[] {
  return entries === null ? (children ?? []).flatMap(entriesOf) : [...entries];
}

function split(place: Place, level: number): void {
  if (place.entries === null || place.count <= LEAF_KEYS || level === DEEPEST) return;
  const children = Array.from({ length: WAYS }, emptyPlace);
  for (const entry of place.entries) {
    const child = children[wayAt(positionIn(entry.key), level)];
    if (child === undefined) continue;
    const keyHash = hashString(entry.key);
    child.count++;
    child.high ^= pairHigh(keyHash, entry);
    child.low ^= pairLow(keyHash, entry);
    child.entries?.push(entry);
  }
  place.entries = null;
  place.children = children;
  for (const child of children) split(child, level + 1);
}

function shown({ count, high, low, children }: Place, level: number, index: number): TreeNode {
  return { level, index, count, high, low, leaf: children === null };
}

/** A key's 28 bits. */
function positionIn(key: string): number {
  return hashString(key, POSITION_BASIS) >>> 4;
}

function wayAt(position: number, level: number): number {
  return (position >>> (4 * (DEEPEST - 1 - level))) & 15;
}

function isUnder(position: number, level: number, index: number): boolean {
  return position >>> (4 * (DEEPEST - level)) === index;
}

/** The upper half of a pair's hash; 0 for none. The key takes part, so that two keys which change places do not cancel out. */
function pairHigh(keyHash: number, hash: TreeHash | undefined): number {
  return hash === undefined ? 0 : mix32(hash.high ^ mix32(keyHash ^ Math.imul(hash.low, 0x9e3779b1)));
}

function pairLow(keyHash: number, hash: TreeHash | undefined): number {
  return hash === undefined ? 0 : mix32(hash.low + mix32(Math.imul(keyHash, 0xc2b2ae35) + hash.high));
}
