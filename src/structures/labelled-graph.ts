/**
 * A directed graph whose edges bear one of up to eight kinds, made for millions of edges: flat arrays, no objects. Its strongly
 * connected components come from Tarjan's algorithm (Depth-First Search and Linear Graph Algorithms, SIAM J. Comput. 1972) in the
 * form that needs least memory (Pearce, A space-efficient algorithm for finding strongly connected components, Inf. Process. Lett.
 * 2016), without recursion, so that a path of a million nodes does not overflow the stack.
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
    return buildGraph(nodes, (sink) => {
      for (let e = 0; e < this.#size; e++) sink.add(this.#from[e] ?? 0, this.#to[e] ?? 0, this.#kind[e] ?? 0);
    });
  }
}

/** Takes the edges of a graph that is told twice. */
export class EdgeSink {
  /** How many nodes there are by now. */
  nodes: number;
  #edges = 0;
  #offsets: Int32Array;
  #targets: Int32Array | undefined;
  #kinds = new Uint8Array(0);

  /** @param nodes - how many nodes there are at first */
  constructor(nodes: number) {
    this.nodes = nodes;
    this.#offsets = new Int32Array(nodes + 2);
  }

  /** Makes one more node. @returns its number */
  addNode(): number {
    return this.nodes++;
  }

  /** Adds an edge. @param kind - a single bit: 1, 2, 4 … 128 */
  add(from: number, to: number, kind: KindMask): void {
    if (this.#targets === undefined) {
      // Two places on, so that what is counted now says in the second telling where the next edge goes, and then where they begin.
      if (from + 2 >= this.#offsets.length) this.#offsets = grown(this.#offsets, this.nodes + 2);
      this.#offsets[from + 2] = (this.#offsets[from + 2] ?? 0) + 1;
      this.#edges++;
      return;
    }
    const at = this.#offsets[from + 1] ?? 0;
    this.#offsets[from + 1] = at + 1;
    this.#targets[at] = to;
    this.#kinds[at] = kind;
  }

  /** Ends the first telling. */
  rewind(nodes: number): void {
    if (this.#offsets.length < this.nodes + 2) this.#offsets = grown(this.#offsets, this.nodes + 2);
    for (let v = 1; v < this.nodes + 2; v++) this.#offsets[v] = (this.#offsets[v] ?? 0) + (this.#offsets[v - 1] ?? 0);
    this.nodes = nodes;
    this.#targets = new Int32Array(this.#edges);
    this.#kinds = new Uint8Array(this.#edges);
  }

  /** Ends the second telling. */
  graph(): LabelledGraph {
    return new LabelledGraph(this.#offsets.subarray(0, this.nodes + 1), this.#targets ?? new Int32Array(0), this.#kinds);
  }
}

/**
 * Builds a graph without a list of its edges, which for millions of them takes more room than the graph.
 *
 * @param nodes - how many nodes there are at first
 * @param tell - adds the edges, and more nodes; called twice, and says the same both times
 */
export function buildGraph(nodes: number, tell: (sink: EdgeSink) => void): LabelledGraph {
  const sink = new EdgeSink(nodes);
  tell(sink);
  sink.rewind(nodes);
  tell(sink);
  return sink.graph();
}

function grown(array: Int32Array, least = 0): Int32Array {
  const larger = new Int32Array(Math.max(least, array.length * 2 + 16));
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
    /** Of a node being visited, the earliest that it is known to reach; of one whose component is known, that, from `size` down. */
    const reaches = new Int32Array(size);
    const isRoot = new Uint8Array(size).fill(1);
    const cursor = new Int32Array(size);
    /** From the front the path being walked, from the back what was left and is yet in no component. */
    const stack = new Int32Array(size);
    let back = size;
    let counter = 1;
    let component = size;
    for (let root = 0; root < size; root++) {
      if (reaches[root] !== 0) continue;
      let depth = 0;
      stack[0] = root;
      reaches[root] = counter++;
      cursor[root] = offsets[root] ?? 0;
      while (depth >= 0) {
        const v = stack[depth] ?? 0;
        const end = offsets[v + 1] ?? 0;
        let earliest = reaches[v] ?? 0;
        let child = -1;
        let at = cursor[v] ?? 0;
        for (; at < end; at++) {
          if (((kinds[at] ?? 0) & mask) === 0) continue;
          const w = targets[at] ?? 0;
          const seen = reaches[w] ?? 0;
          if (seen === 0) {
            child = w;
            break;
          }
          if (seen < earliest) {
            earliest = seen;
            isRoot[v] = 0;
          }
        }
        reaches[v] = earliest;
        // A child's edge is looked at again when it is left: by then it says what the child reaches.
        cursor[v] = at;
        if (child >= 0) {
          stack[++depth] = child;
          reaches[child] = counter++;
          cursor[child] = offsets[child] ?? 0;
          continue;
        }
        depth--;
        if (isRoot[v] === 0) {
          stack[--back] = v;
          continue;
        }
        counter--;
        while (back < size && earliest <= (reaches[stack[back] ?? 0] ?? 0)) {
          reaches[stack[back++] ?? 0] = component;
          counter--;
        }
        reaches[v] = component--;
      }
    }
    const sizes = new Int32Array(size - component);
    for (let v = 0; v < size; v++) {
      const number = size - (reaches[v] ?? 0);
      reaches[v] = number;
      sizes[number] = (sizes[number] ?? 0) + 1;
    }
    return { of: reaches, sizes };
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
