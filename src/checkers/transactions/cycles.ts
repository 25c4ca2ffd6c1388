/**
 * Circles in a dependency graph, by Adya's kinds: **G0** of overwrites alone; **G1c** with reads of what was written; **G-single**
 * with exactly one read that was overwritten; **G-nonadjacent** with several, no two in a row (what snapshot isolation forbids,
 * Cerone and Gotsman 2016); **G2-item** with any. Whether there is any circle at all is decided by strongly connected components
 * in linear time; only inside them are examples looked for, shortest first. Whether a circle without two overwritten reads in a
 * row exists is exact too: components of the graph whose nodes also remember whether they were entered by such a read.
 * Left out: that a component holds no G-single is not certain when the budget of steps ran out.
 *
 * @module
 */
import { EdgeList, type KindMask, type LabelledGraph, type PathEdge } from '../../structures/labelled-graph.ts';
import { EDGE, readWriteEdges } from './dependency-graph.ts';
import type { CycleAnomaly } from './isolation-levels.ts';

/** A circle. */
export interface Cycle {
  readonly kind: CycleAnomaly | 'fractured-read';
  /** From transaction to transaction; the last edge comes back to the first. */
  readonly edges: readonly PathEdge[];
}

const EXAMPLES_MAX = 8;
const VISITS_MAX = 20_000_000;

/** What {@link findCycles} found. */
export interface CycleSearch {
  readonly cycles: readonly Cycle[];
  /** Whether every read-write edge was looked at. */
  readonly complete: boolean;
}

/**
 * Looks for circles.
 *
 * @param extra - kinds of edges that count beside those of the data: process order, real time
 */
export function findCycles(graph: LabelledGraph, extra: KindMask): CycleSearch {
  const rw = readWriteEdges(extra);
  const all = EDGE.ww | EDGE.wr | rw | EDGE.via | extra;
  const { of, sizes } = graph.components(all);
  if (!sizes.some((size) => size > 1)) return { cycles: [], complete: true };
  const finder = new Finder(graph, extra, rw);
  const cycles: Cycle[] = [
    ...finder.closed('G0', EDGE.ww, EDGE.ww),
    ...finder.closed('G1c', EDGE.wr, EDGE.ww | EDGE.wr),
    ...(extra === 0 ? finder.fractured(of) : []),
    ...finder.single(of),
    ...finder.nonadjacent(of, sizes),
    ...finder.any(of, all),
  ];
  return { cycles, complete: finder.complete };
}

class Finder {
  readonly #graph: LabelledGraph;
  readonly #extra: KindMask;
  readonly #rw: KindMask;
  #visits = 0;
  complete = true;

  constructor(graph: LabelledGraph, extra: KindMask, rw: KindMask) {
    this.#graph = graph;
    this.#extra = extra;
    this.#rw = rw;
  }

  /** Circles that lie within edges of some kinds and have one of a certain kind. */
  closed(kind: CycleAnomaly, needed: KindMask, allowed: KindMask): Cycle[] {
    const mask = allowed | EDGE.via | this.#extra;
    const { of, sizes } = this.#graph.components(mask);
    if (!sizes.some((size) => size > 1)) return [];
    return this.#examples(kind, needed, of, mask, false);
  }

  /** Two transactions of which one read some of what the other wrote, and of another key what it had overwritten. */
  fractured(of: Int32Array): Cycle[] {
    const { offsets, targets, kinds, size } = this.#graph;
    for (let v = 0; v < size; v++) {
      for (let at = offsets[v] ?? 0; at < (offsets[v + 1] ?? 0); at++) {
        if (((kinds[at] ?? 0) & this.#rw) === 0 || of[targets[at] ?? 0] !== of[v]) continue;
        const reached = [targets[at] ?? 0];
        for (let head = 0; head < reached.length; head++) {
          const w = reached[head] ?? 0;
          for (let next = offsets[w] ?? 0; next < (offsets[w + 1] ?? 0); next++) {
            const u = targets[next] ?? 0;
            this.#visits++;
            if (((kinds[next] ?? 0) & EDGE.via) !== 0 && of[u] === of[v]) reached.push(u);
            if (((kinds[next] ?? 0) & EDGE.wr) === 0 || u !== v) continue;
            return [{ kind: 'fractured-read', edges: [{ from: v, to: w, kind: EDGE.rw }, { from: w, to: v, kind: EDGE.wr }] }];
          }
        }
      }
    }
    return [];
  }

  /** Circles with exactly one read that was overwritten. */
  single(of: Int32Array): Cycle[] {
    return this.#examples('G-single', this.#rw, of, EDGE.ww | EDGE.wr | EDGE.via | this.#extra, true);
  }

  /** Circles with any number of them, where no better kind is known of the component. */
  any(of: Int32Array, mask: KindMask): Cycle[] {
    return this.#examples('G2-item', this.#rw, of, mask, false);
  }

  /** One example for each component, shortest way back from an edge of the needed kind. */
  #examples(kind: CycleAnomaly, needed: KindMask, of: Int32Array, mask: KindMask, thorough: boolean): Cycle[] {
    const found = new Map<number, Cycle>();
    const tried = new Set<number>();
    const { offsets, targets, kinds, size } = this.#graph;
    for (let v = 0; v < size && found.size < EXAMPLES_MAX; v++) {
      const component = of[v] ?? 0;
      for (let at = offsets[v] ?? 0; at < (offsets[v + 1] ?? 0); at++) {
        const w = targets[at] ?? 0;
        if (((kinds[at] ?? 0) & needed) === 0 || of[w] !== component || found.has(component)) continue;
        if (!thorough && tried.has(component)) continue;
        if (this.#visits > VISITS_MAX) {
          this.complete = false;
          break;
        }
        tried.add(component);
        const back = this.#graph.path(w, v, mask, (node) => {
          this.#visits++;
          return of[node] === component;
        });
        if (back !== undefined) found.set(component, { kind, edges: [{ from: v, to: w, kind: kinds[at] ?? 0 }, ...back] });
      }
    }
    return [...found.values()];
  }

  nonadjacent(of: Int32Array, sizes: Int32Array): Cycle[] {
    const { offsets, targets, kinds, size } = this.#graph;
    const number = new Int32Array(size).fill(-1);
    const members: number[] = [];
    for (let v = 0; v < size; v++) if ((sizes[of[v] ?? 0] ?? 0) > 1) number[v] = members.push(v) - 1;
    const count = members.length;
    const edges = new EdgeList();
    const plain = EDGE.ww | EDGE.wr | this.#extra;
    for (const [n, v] of members.entries()) {
      for (let at = offsets[v] ?? 0; at < (offsets[v + 1] ?? 0); at++) {
        const m = number[targets[at] ?? 0] ?? -1;
        const kind = kinds[at] ?? 0;
        if (m < 0 || of[v] !== of[targets[at] ?? 0]) continue;
        // Nodes from `count` on were entered by a read that was overwritten.
        if ((kind & EDGE.via) !== 0) {
          edges.add(n, m, kind);
          edges.add(count + n, count + m, kind);
        } else if ((kind & this.#rw) !== 0) {
          edges.add(n, count + m, kind);
        } else if ((kind & plain) !== 0) {
          edges.add(n, m, kind);
          edges.add(count + n, m, kind);
        }
      }
    }
    const product = edges.graph(count * 2);
    const all = plain | this.#rw | EDGE.via;
    const { of: component, sizes: productSizes } = product.components(all);
    const found: Cycle[] = [];
    const done = new Set<number>();
    for (let n = 0; n < count && found.length < EXAMPLES_MAX; n++) {
      const c = component[n] ?? 0;
      if ((productSizes[c] ?? 0) < 2 || done.has(c)) continue;
      for (let at = product.offsets[n] ?? 0; at < (product.offsets[n + 1] ?? 0); at++) {
        const m = product.targets[at] ?? 0;
        if (((product.kinds[at] ?? 0) & this.#rw) === 0 || component[m] !== c || done.has(c)) continue;
        const back = product.path(m, n, all, (node) => component[node] === c);
        if (back === undefined) continue;
        done.add(c);
        const cycle = [{ from: n, to: m, kind: product.kinds[at] ?? 0 }, ...back];
        const real = cycle.map(({ from, to, kind }) => ({ from: members[from % count] ?? 0, to: members[to % count] ?? 0, kind }));
        found.push({ kind: 'G-nonadjacent', edges: real });
      }
    }
    // With one such read only it is a G-single, which has its own name.
    return found.filter(({ edges: cycle }) => cycle.filter(({ kind }) => (kind & this.#rw) !== 0).length > 1);
  }
}

/** A circle's edges from transaction to transaction: nodes that stand for several are passed over. */
export function betweenTransactions(edges: readonly PathEdge[], transactions: number): PathEdge[] {
  const start = edges.findIndex(({ from }) => from < transactions);
  const turned = [...edges.slice(start), ...edges.slice(0, start)];
  const result: PathEdge[] = [];
  let open: PathEdge | undefined;
  for (const edge of turned) {
    const joined: PathEdge = open === undefined ? edge : { from: open.from, to: edge.to, kind: open.kind };
    if (edge.to < transactions) {
      result.push(joined);
      open = undefined;
    } else {
      open = joined;
    }
  }
  return result;
}
