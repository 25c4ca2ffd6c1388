/**
 * Nodes that stand for several transactions in a row: one for each stretch that reaches to the end, each leading to the next; and where
 * other long stretches are asked for, those of a segment tree. With an edge for each pair there would be as many as squares.
 *
 * @module
 */
import { EDGE, type DependencySink } from './dependency-graph.ts';

/** Stretches of so many are led to one by one. */
const SHORT = 8;

/** Leads to any stretch of some transactions that stand in a row. */
export class Stretches {
  readonly #graph: DependencySink;
  readonly #transactions: readonly number[];
  readonly #tails: number[] = [];
  #tree: number[] | undefined;

  /**
   * @param graph - where nodes and edges are added
   * @param transactions - in their order
   */
  constructor(graph: DependencySink, transactions: readonly number[]) {
    this.#graph = graph;
    this.#transactions = transactions;
    for (let i = transactions.length - 1; i >= 0; i--) {
      const node = graph.addNode();
      graph.add(node, transactions[i] ?? 0, EDGE.via);
      if (i + 1 < transactions.length) graph.add(node, this.#tails[i + 1] ?? 0, EDGE.via);
      this.#tails[i] = node;
    }
  }

  /** Leads from a node to the transactions from the `start`-th to before the `end`-th. */
  lead(from: number, start: number, end: number): void {
    const count = this.#transactions.length;
    if (end - start <= SHORT) {
      for (let i = start; i < end; i++) this.#graph.add(from, this.#transactions[i] ?? 0, EDGE.via);
    } else if (end === count) {
      this.#graph.add(from, this.#tails[start] ?? 0, EDGE.via);
    } else {
      const nodes = (this.#tree ??= this.#grow());
      for (let [low, high] = [start + count, end + count]; low < high; low >>>= 1, high >>>= 1) {
        if ((low & 1) === 1) this.#graph.add(from, nodes[low++] ?? 0, EDGE.via);
        if ((high & 1) === 1) this.#graph.add(from, nodes[--high] ?? 0, EDGE.via);
      }
    }
  }

  #grow(): number[] {
    const count = this.#transactions.length;
    const nodes: number[] = Array.from({ length: count }, (_, i) => (i === 0 ? -1 : this.#graph.addNode()));
    for (const transaction of this.#transactions) nodes.push(transaction);
    for (let i = 1; i < count; i++) for (const child of [2 * i, 2 * i + 1]) this.#graph.add(nodes[i] ?? 0, nodes[child] ?? 0, EDGE.via);
    return nodes;
  }
}
