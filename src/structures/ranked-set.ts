/**
 * A set of (score, member) pairs in ascending order of score, then of member by code unit, with ranks: a B+ tree whose inner
 * nodes count what lies beneath them. Adding, removing, finding a rank and finding the pair at a rank cost logarithmic time;
 * walking on from there costs a constant per pair.
 *
 * A skip list with spans, which Redis uses, does the same but needs chance; a balanced binary tree needs an object per pair.
 * Here a pair is two array slots in a leaf, and the scores of a leaf are a packed array of doubles.
 *
 * Left out: equal pairs (a caller keeps members unique), NaN scores.
 *
 * @module
 */

const CAPACITY = 64;
const MINIMUM = CAPACITY / 4;

interface Leaf {
  readonly kind: 'leaf';
  scores: number[];
  members: string[];
}

interface Inner {
  readonly kind: 'inner';
  children: Node[];
  /** How many pairs lie under each child. */
  counts: number[];
  /** How many pairs lie before each child; undefined since something changed here. Made when a rank is asked for. */
  before: number[] | undefined;
  /**
   * The border below each child but the first: not above its first pair, above the last pair of the child before. It need
   * not be a pair of the set: removing one leaves the border where it was.
   */
  borderScores: number[];
  borderMembers: string[];
}

type Node = Leaf | Inner;

/** Called with each pair of a walk; returning false ends it. */
export type PairVisitor = (member: string, score: number) => boolean | void;

/** The first place in a leaf whose pair is not before the given one. */
function placeIn(leaf: Leaf, score: number, member: string): number {
  const { scores, members } = leaf;
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = scores[middle] as number;
    // Members are looked at only where scores are equal: in a large set each look costs a cache line.
    if (other < score || (other === score && (members[middle] as string) < member)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstLeaf(node: Node): Leaf {
  let at = node;
  while (at.kind === 'inner') at = at.children[0] as Node;
  return at;
}

/** The child in whose borders the given pair lies. */
function childFor(inner: Inner, score: number, member: string): number {
  const { borderScores, borderMembers } = inner;
  let low = 1;
  let high = borderScores.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const border = borderScores[middle] as number;
    if (score < border || (score === border && member < (borderMembers[middle] as string))) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

function countBefore(inner: Inner): number[] {
  let sum = 0;
  return (inner.before = inner.counts.map((count) => (sum += count) - count));
}

function sizeOf(node: Node): number {
  if (node.kind === 'leaf') return node.scores.length;
  let size = 0;
  for (const count of node.counts) size += count;
  return size;
}

function width(node: Node): number {
  return node.kind === 'leaf' ? node.scores.length : node.children.length;
}

/** Inserts into a short array; `splice` allocates an array for what it does not remove. */
function insert<T>(items: T[], at: number, item: T): void {
  items.push(item);
  for (let i = items.length - 1; i > at; i--) items[i] = items[i - 1] as T;
  items[at] = item;
}

/** Removes from a short array. */
function remove<T>(items: T[], at: number): void {
  const last = items.length - 1;
  for (let i = at; i < last; i++) items[i] = items[i + 1] as T;
  items.pop();
}

/** Moves the upper half of a node into a new one to its right. */
function split(node: Node): Node {
  if (node.kind === 'leaf') {
    const half = node.scores.length >>> 1;
    return { kind: 'leaf', scores: node.scores.splice(half), members: node.members.splice(half) };
  }
  const half = node.children.length >>> 1;
  return {
    kind: 'inner', children: node.children.splice(half), counts: node.counts.splice(half), before: undefined,
    borderScores: node.borderScores.splice(half), borderMembers: node.borderMembers.splice(half),
  };
}

/** Appends the right node's content to its left neighbour on the same level, between which a border lay. */
function absorb(left: Node, right: Node, borderScore: number, borderMember: string): void {
  if (left.kind === 'leaf' && right.kind === 'leaf') {
    for (let i = 0; i < right.scores.length; i++) {
      left.scores.push(right.scores[i] as number);
      left.members.push(right.members[i] as string);
    }
  } else if (left.kind === 'inner' && right.kind === 'inner') {
    left.before = undefined;
    left.children.push(...right.children);
    left.counts.push(...right.counts);
    left.borderScores.push(borderScore, ...right.borderScores.slice(1));
    left.borderMembers.push(borderMember, ...right.borderMembers.slice(1));
  }
}

/** The ordered set. */
export class RankedSet {
  #root: Node = { kind: 'leaf', scores: [], members: [] };
  #size = 0;

  /** How many pairs there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a pair that is not there yet. */
  add(score: number, member: string): void {
    this.#size++;
    const sibling = this.#add(this.#root, score, member);
    if (sibling === undefined) return;
    const root = this.#root;
    const { scores, members } = firstLeaf(sibling);
    this.#root = {
      kind: 'inner', children: [root, sibling], counts: [sizeOf(root), sizeOf(sibling)], before: undefined,
      borderScores: [-Infinity, scores[0] as number], borderMembers: ['', members[0] as string],
    };
  }

  /** Removes a pair. @returns whether it was there */
  delete(score: number, member: string): boolean {
    if (!this.#delete(this.#root, score, member)) return false;
    this.#size--;
    while (this.#root.kind === 'inner' && this.#root.children.length === 1) this.#root = this.#root.children[0] as Node;
    return true;
  }

  /** The rank of a pair that is in the set, from 0; otherwise the rank it would have. */
  rankOf(score: number, member: string): number {
    let node = this.#root;
    let rank = 0;
    while (node.kind === 'inner') {
      const child = childFor(node, score, member);
      rank += (node.before ?? countBefore(node))[child] as number;
      node = node.children[child] as Node;
    }
    return rank + placeIn(node, score, member);
  }

  /**
   * The rank of the first pair that does not lie before some border, `size` when all do.
   *
   * @param isBeforeBorder - true for a first part of the set, false for the rest
   */
  firstRank(isBeforeBorder: (score: number, member: string) => boolean): number {
    let node = this.#root;
    let rank = 0;
    while (node.kind === 'inner') {
      let low = 1;
      let high = node.children.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBeforeBorder(node.borderScores[middle] as number, node.borderMembers[middle] as string)) low = middle + 1;
        else high = middle;
      }
      for (let i = 0; i < low - 1; i++) rank += node.counts[i] as number;
      node = node.children[low - 1] as Node;
    }
    let low = 0;
    let high = node.scores.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBeforeBorder(node.scores[middle] as number, node.members[middle] as string)) low = middle + 1;
      else high = middle;
    }
    return rank + low;
  }

  /** The member at a rank, or undefined. */
  memberAt(rank: number): string | undefined {
    let found: string | undefined;
    this.walk(rank, 1, (member) => { found = member; });
    return found;
  }

  /**
   * Visits pairs upwards from a rank. Do not change the set meanwhile.
   *
   * @param from - the first rank
   * @param count - at most so many
   * @param visit - returning false ends the walk
   */
  walk(from: number, count: number, visit: PairVisitor): void {
    if (from < 0 || from >= this.#size || count <= 0) return;
    this.#walk(this.#root, from, count, visit);
  }

  /** Visits pairs downwards from a rank, as {@link walk} does upwards. */
  walkBack(from: number, count: number, visit: PairVisitor): void {
    if (from < 0 || from >= this.#size || count <= 0) return;
    this.#walkBack(this.#root, from, count, visit);
  }

  #add(node: Node, score: number, member: string): Node | undefined {
    if (node.kind === 'leaf') {
      const at = placeIn(node, score, member);
      insert(node.scores, at, score);
      insert(node.members, at, member);
      return node.scores.length > CAPACITY ? split(node) : undefined;
    }
    node.before = undefined;
    const at = childFor(node, score, member);
    const child = node.children[at] as Node;
    const sibling = this.#add(child, score, member);
    if (sibling === undefined) {
      node.counts[at] = (node.counts[at] as number) + 1;
      return undefined;
    }
    node.counts[at] = sizeOf(child);
    node.children.splice(at + 1, 0, sibling);
    node.counts.splice(at + 1, 0, sizeOf(sibling));
    const { scores, members } = firstLeaf(sibling);
    node.borderScores.splice(at + 1, 0, scores[0] as number);
    node.borderMembers.splice(at + 1, 0, members[0] as string);
    return node.children.length > CAPACITY ? split(node) : undefined;
  }

  #delete(node: Node, score: number, member: string): boolean {
    if (node.kind === 'leaf') {
      const at = placeIn(node, score, member);
      if (node.scores[at] !== score || node.members[at] !== member) return false;
      remove(node.scores, at);
      remove(node.members, at);
      return true;
    }
    node.before = undefined;
    const at = childFor(node, score, member);
    if (!this.#delete(node.children[at] as Node, score, member)) return false;
    node.counts[at] = (node.counts[at] as number) - 1;
    if (width(node.children[at] as Node) < MINIMUM) this.#mend(node, at);
    return true;
  }

  /** A child has become too narrow: joins it with a neighbour, and splits the two evenly again when they are too wide. */
  #mend(parent: Inner, at: number): void {
    const left = at > 0 ? at - 1 : at;
    const lower = parent.children[left] as Node;
    const upper = parent.children[left + 1];
    if (upper === undefined) return;
    absorb(lower, upper, parent.borderScores[left + 1] as number, parent.borderMembers[left + 1] as string);
    if (width(lower) > CAPACITY) {
      const again = split(lower);
      parent.children[left + 1] = again;
      parent.counts[left] = sizeOf(lower);
      parent.counts[left + 1] = sizeOf(again);
      const { scores, members } = firstLeaf(again);
      parent.borderScores[left + 1] = scores[0] as number;
      parent.borderMembers[left + 1] = members[0] as string;
    } else {
      parent.children.splice(left + 1, 1);
      parent.counts.splice(left + 1, 1);
      parent.borderScores.splice(left + 1, 1);
      parent.borderMembers.splice(left + 1, 1);
      parent.counts[left] = sizeOf(lower);
    }
  }

  /** @returns how many pairs were visited, or -1 when the visitor ended the walk */
  #walk(node: Node, from: number, count: number, visit: PairVisitor): number {
    if (node.kind === 'leaf') {
      const end = Math.min(node.scores.length, from + count);
      for (let i = from; i < end; i++) {
        if (visit(node.members[i] as string, node.scores[i] as number) === false) return -1;
      }
      return end - from;
    }
    let skip = from;
    let visited = 0;
    for (let i = 0; i < node.children.length && visited < count; i++) {
      const size = node.counts[i] as number;
      if (skip >= size) {
        skip -= size;
        continue;
      }
      const part = this.#walk(node.children[i] as Node, skip, count - visited, visit);
      if (part < 0) return -1;
      visited += part;
      skip = 0;
    }
    return visited;
  }

  #walkBack(node: Node, from: number, count: number, visit: PairVisitor): number {
    if (node.kind === 'leaf') {
      const end = Math.max(-1, from - count);
      for (let i = from; i > end; i--) {
        if (visit(node.members[i] as string, node.scores[i] as number) === false) return -1;
      }
      return from - end;
    }
    let before = 0;
    let at = 0;
    while (from >= before + (node.counts[at] as number)) before += node.counts[at++] as number;
    let visited = 0;
    let start = from - before;
    for (let i = at; i >= 0 && visited < count; i--) {
      const part = this.#walkBack(node.children[i] as Node, start, count - visited, visit);
      if (part < 0) return -1;
      visited += part;
      start = i > 0 ? (node.counts[i - 1] as number) - 1 : 0;
    }
    return visited;
  }
}
