/**
 * Who depends on whom: write-write, write-read and read-write edges found in the data, and beside them the order of each client's
 * transactions and real time. Real time would have quadratically many edges; as in Elle it goes through a chain of instants:
 * a transaction leads to the instant of its completion, each instant to the next, and to what was invoked after it.
 *
 * @module
 */
import { EdgeList, type KindMask, type LabelledGraph } from '../../structures/labelled-graph.ts';
import type { Transaction } from './transaction.ts';

interface EdgeKinds {
  readonly ww: 1;
  readonly wr: 2;
  readonly rw: 4;
  readonly process: 8;
  readonly realtime: 16;
  readonly via: 32;
  readonly rwByTime: 64;
}

/** Kinds of edges. */
export const EDGE: EdgeKinds = {
  /** The target overwrote what the source wrote. */
  ww: 1,
  /** The target read what the source wrote. */
  wr: 2,
  /** The target overwrote what the source read. */
  rw: 4,
  /** The same client did one after the other. */
  process: 8,
  /** One was over before the other began. */
  realtime: 16,
  /** From a node that stands for several transactions to one of them: part of the edge before it. */
  via: 32,
  /** Read-write, where the version order is known from real time only. */
  rwByTime: 64,
};

/** Edges between transactions (numbered as in the list) and nodes that stand for several (numbered behind them). */
export class DependencyGraph {
  readonly #edges: EdgeList;
  #nodes: number;
  /** The number of transactions. */
  readonly transactions: number;

  /** @param transactions - the transactions */
  constructor(transactions: readonly Transaction[]) {
    this.transactions = transactions.length;
    this.#edges = new EdgeList(transactions.length * 9);
    this.#nodes = transactions.length;
    this.#addProcessOrder(transactions);
    this.#addRealTime(transactions);
  }

  /** A new node that stands for several transactions. */
  addNode(): number {
    return this.#nodes++;
  }

  /** Adds an edge between different nodes; one from a node to itself says nothing. */
  add(from: number, to: number, kind: KindMask): void {
    if (from !== to) this.#edges.add(from, to, kind);
  }

  /** The finished graph. */
  build(): LabelledGraph {
    return this.#edges.graph(this.#nodes);
  }

  #addProcessOrder(transactions: readonly Transaction[]): void {
    const last = new Map<string | number, number>();
    for (let i = 0; i < transactions.length; i++) {
      const { operation: { process }, status } = transactions[i] as Transaction;
      if (status === 'fail') continue;
      const before = last.get(process);
      if (before !== undefined) this.add(before, i, EDGE.process);
      // One of unknown outcome may happen after its client has gone on.
      if (status === 'ok') last.set(process, i);
    }
  }

  #addRealTime(transactions: readonly Transaction[]): void {
    const callOf = (i: number): number => transactions[i]?.operation.call ?? 0;
    const returnOf = (i: number): number => transactions[i]?.operation.return ?? Infinity;
    const calls: number[] = [];
    const completed: number[] = [];
    for (let i = 0; i < transactions.length; i++) {
      const { status } = transactions[i] as Transaction;
      if (status !== 'fail') calls.push(i);
      if (status === 'ok' && returnOf(i) < Infinity) completed.push(i);
    }
    calls.sort((a, b) => callOf(a) - callOf(b));
    const returns = sortedBy(completed, returnOf);
    let instant = -1;
    let open = -1;
    let next = 0;
    for (const i of calls) {
      // A return at the very instant of a call is concurrent with it.
      for (; next < returns.length && returnOf(returns[next] ?? 0) < callOf(i); next++) {
        if (open < 0) open = this.addNode();
        this.add(returns[next] ?? 0, open, EDGE.realtime);
      }
      if (open >= 0) {
        if (instant >= 0) this.add(instant, open, EDGE.realtime);
        instant = open;
        open = -1;
      }
      if (instant >= 0) this.add(instant, i, EDGE.realtime);
    }
  }
}

/** Numbers in order of an instant each has. Positions in a history are whole numbers, which sort fast packed into doubles. */
function sortedBy(numbers: readonly number[], instantOf: (i: number) => number): ArrayLike<number> {
  const size = (numbers.at(-1) ?? 0) + 1;
  const packed = new Float64Array(numbers.length);
  for (let at = 0; at < packed.length; at++) {
    const i = numbers[at] ?? 0;
    const instant = instantOf(i);
    const value = instant * size + i;
    if (!Number.isInteger(instant) || instant < 0 || value > Number.MAX_SAFE_INTEGER) return numbers.toSorted((a, b) => instantOf(a) - instantOf(b));
    packed[at] = value;
  }
  packed.sort();
  for (let at = 0; at < packed.length; at++) packed[at] = (packed[at] ?? 0) % size;
  return packed;
}
