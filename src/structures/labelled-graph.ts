/**
 * A directed graph whose edges bear one of up to eight kinds, made for millions of edges: flat arrays, no objects. Its strongly
 * connected components come from Tarjan's algorithm (Depth-First Search and Linear Graph Algorithms, SIAM J. Comput. 1972)
 * without recursion, so that a path of a million nodes does not overflow the stack.
 *
 * @module
 */

/** Kinds of edges as a set of bits. */
export type KindMask = number;

/** A growing list of edges; {@link LabelledGraph} is made from it. */
export class EdgeList {
  #from: Int32Array;
  #to: Int32Array;
  #kind: Uint8Array;
  #size = 0;

  /** @param expected - about how many edges are to come */
  constructor(expected = 1024) {
    this.#from = new Int32Array(expected);
    this.#to = new Int32Array(expected);
    this.#kind = new Uint8Array(expected);
  }

  /** The number of edges. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an edge.
   *
   * @param kind - a single bit: 1, 2, 4 … 128
   */
  add(from: number, to: number, kind: KindMask): void {
    const at = this.#size++;
    if (at === this.#from.length) {
      this.#from = grown(this.#from);
      this.#to = grown(this.#to);
      const kinds = new Uint8Array(this.#kind.length * 2 + 16);
      kinds.set(this.#kind);
      this.#kind = kinds;
    }
    this.#from[at] = from;
    this.#to[at] = to;
    this.#kind[at] = kind;
  }

  /** The graph of all edges added so far, over nodes 0 to `nodes - 1`. */
  graph(nodes: number): LabelledGraph {
    const offsets = new Int32Array(nodes + 1);
    for (let e = 0; e < this.#size; e++) {
      const slot = (this.#from[e] ?? 0) + 1;
      offsets[slot] = (offsets[slot] ?? 0) + 1;
    }
    for (let v = 0; v < nodes; v++) offsets[v + 1] = (offsets[v + 1] ?? 0) + (offsets[v] ?? 0);
    const next = offsets.slice();
    const targets = new Int32Array(this.#size);
    const kinds = new Uint8Array(this.#size);
    for (let e = 0; e < this.#size; e++) {
      const from = this.#from[e] ?? 0;
      const at = next[from] ?? 0;
      next[from] = at + 1;
      targets[at] = this.#to[e] ?? 0;
      kinds[at] = this.#kind[e] ?? 0;
    }
    return new LabelledGraph(offsets, targets, kinds);
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2 + 16);
  larger.set(array);
  return larger;
}

/** One edge of a path. */
export interface PathEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: KindMask;
}

/** A directed graph in compressed rows. */
export class LabelledGraph {
  /** The number of nodes. */
  readonly size: number;
  /** Node v's edges are those from `offsets[v]` up to `offsets[v + 1]`. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly kinds: Uint8Array;

  /** @param offsets - one more than there are nodes */
  constructor(offsets: Int32Array, targets: Int32Array, kinds: Uint8Array) {
    this.size = offsets.length - 1;
    this.offsets = offsets;
    this.targets = targets;
    this.kinds = kinds;
  }

  /**
   * The component of each node, over edges of some kinds only. Components are numbered in reverse topological order.
   *
   * @param mask - kinds that count
   * @returns component numbers, and how many nodes each component has
   */
  components(mask: KindMask): { readonly of: Int32Array; readonly sizes: Int32Array } {
    const { size, offsets, targets, kinds } = this;
    const of = new Int32Array(size).fill(-1);
    const index = new Int32Array(size);
    const low = new Int32Array(size);
    const cursor = new Int32Array(size);
    const stack = new Int32Array(size);
    const path = new Int32Array(size);
    const sizes: number[] = [];
    let counter = 0;
    let stacked = 0;
    for (let root = 0; root < size; root++) {
      if (index[root] !== 0) continue;
      let depth = 0;
      path[0] = root;
      index[root] = low[root] = ++counter;
      cursor[root] = offsets[root] ?? 0;
      stack[stacked++] = root;
      while (depth >= 0) {
        const v = path[depth] ?? 0;
        const end = offsets[v + 1] ?? 0;
        let at = cursor[v] ?? 0;
        let descended = false;
        for (; at < end; at++) {
          if (((kinds[at] ?? 0) & mask) === 0) continue;
          const w = targets[at] ?? 0;
          const seen = index[w] ?? 0;
          if (seen === 0) {
            cursor[v] = at + 1;
            path[++depth] = w;
            index[w] = low[w] = ++counter;
            cursor[w] = offsets[w] ?? 0;
            stack[stacked++] = w;
            descended = true;
            break;
          }
          if (of[w] === -1 && seen < (low[v] ?? 0)) low[v] = seen;
        }
        if (descended) continue;
        depth--;
        const lowest = low[v] ?? 0;
        if (depth >= 0) {
          const parent = path[depth] ?? 0;
          if (lowest < (low[parent] ?? 0)) low[parent] = lowest;
        }
        if (lowest !== index[v]) continue;
        const component = sizes.length;
        let members = 0;
        for (let w = -1; w !== v; members++) {
          w = stack[--stacked] ?? 0;
          of[w] = component;
        }
        sizes.push(members);
      }
    }
    return { of, sizes: Int32Array.from(sizes) };
  }

  /**
   * A shortest path, breadth first.
   *
   * @param mask - kinds that count
   * @param within - whether a node may be visited (default all)
   * @returns its edges; empty when `from` is `to`; undefined when there is none
   */
  path(from: number, to: number, mask: KindMask, within: (node: number) => boolean = () => true): PathEdge[] | undefined {
    if (from === to) return [];
    const cameBy = new Map<number, PathEdge>();
    const queue = [from];
    for (let head = 0; head < queue.length; head++) {
      const v = queue[head] ?? 0;
      for (let at = this.offsets[v] ?? 0; at < (this.offsets[v + 1] ?? 0); at++) {
        const kind = this.kinds[at] ?? 0;
        const w = this.targets[at] ?? 0;
        if ((kind & mask) === 0 || w === from || cameBy.has(w) || !within(w)) continue;
        cameBy.set(w, { from: v, to: w, kind });
        if (w === to) return walkBack(cameBy, from, to);
        queue.push(w);
      }
    }
    return undefined;
  }
}

function walkBack(cameBy: ReadonlyMap<number, PathEdge>, from: number, to: number): PathEdge[] {
  const edges: PathEdge[] = [];
  for (let v = to; v !== from;) {
    const edge = cameBy.get(v);
    if (edge === undefined) break;
    edges.unshift(edge);
    v = edge.from;
  }
  return edges;
}
