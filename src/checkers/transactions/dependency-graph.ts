/**
 * Who depends on whom: write-write, write-read and read-write edges found in the data, and beside them the order of each client's
 * transactions and real time. Real time would have quadratically many edges; as in Elle it goes through a chain of instants:
 * a transaction leads to the instant of its completion, each instant to the next, and to what was invoked after it.
 *
 * @module
 */
import { buildGraph, type EdgeSink, type KindMask, type LabelledGraph } from '../../structures/labelled-graph.ts';
import type { Transactions } from './transaction.ts';

interface EdgeKinds {
  readonly ww: 1;
  readonly wr: 2;
  readonly rw: 4;
  readonly process: 8;
  readonly realtime: 16;
  readonly via: 32;
  readonly rwByTime: 64;
  readonly rwByProcess: 128;
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
  /** The target overwrote what the source read or wrote, which is known from real time only. */
  rwByTime: 64,
  /** Read-write, where the version order is known from one client's order only. */
  rwByProcess: 128,
};

/**
 * The read-write edges that count.
 *
 * @param extra - the orders beside the data's own that count
 */
export function readWriteEdges(extra: KindMask): KindMask {
  return EDGE.rw | ((extra & EDGE.process) === 0 ? 0 : EDGE.rwByProcess) | ((extra & EDGE.realtime) === 0 ? 0 : EDGE.rwByTime);
}

/** Takes edges between transactions (numbered as in the list) and nodes that stand for several (numbered behind them). */
export interface DependencySink {
  /** A new node that stands for several transactions. */
  addNode(): number;
  /** Adds an edge between different nodes; one from a node to itself says nothing. */
  add(from: number, to: number, kind: KindMask): void;
}

/**
 * Builds the graph of dependencies.
 *
 * @param addEdges - adds what the data says; called twice, and says the same both times
 */
export function dependencyGraph(transactions: Transactions, addEdges: (sink: DependencySink) => void): LabelledGraph {
  const before = processOrder(transactions);
  const [calls, returns] = [inOrderOfCall(transactions), inOrderOfReturn(transactions)];
  return buildGraph(transactions.size, (edges) => {
    for (let i = 0; i < before.length; i++) if ((before[i] ?? -1) >= 0) edges.add(before[i] ?? -1, i, EDGE.process);
    addRealTime(edges, transactions, calls, returns);
    addEdges({
      addNode: () => edges.addNode(),
      add: (from, to, kind) => { if (from !== to) edges.add(from, to, kind); },
    });
  });
}

/** Of each transaction the one that its client did before; -1 = none. */
function processOrder(transactions: Transactions): Int32Array {
  const before = new Int32Array(transactions.size).fill(-1);
  const last = new Map<string | number, number>();
  for (let i = 0; i < transactions.size && !transactions.isAborted(i); i++) {
    const { process } = transactions.operation(i);
    before[i] = last.get(process) ?? -1;
    // One of unknown outcome may happen after its client has gone on.
    if (transactions.isCommitted[i] === 1) last.set(process, i);
  }
  return before;
}

function addRealTime(edges: EdgeSink, { calls: callOf, returns: returnOf }: Transactions, calls: Int32Array, returns: Int32Array): void {
  let instant = -1;
  let open = -1;
  let next = 0;
  for (let at = 0; at < calls.length; at++) {
    const i = calls[at] ?? 0;
    const call = callOf[i] ?? 0;
    // A return at the very instant of a call is concurrent with it.
    for (; next < returns.length && (returnOf[returns[next] ?? 0] ?? Infinity) < call; next++) {
      if (open < 0) open = edges.addNode();
      edges.add(returns[next] ?? 0, open, EDGE.realtime);
    }
    if (open >= 0) {
      if (instant >= 0) edges.add(instant, open, EDGE.realtime);
      instant = open;
      open = -1;
    }
    if (instant >= 0) edges.add(instant, i, EDGE.realtime);
  }
}

/** All that did not abort. */
function inOrderOfCall(transactions: Transactions): Int32Array {
  return sortedBy(transactions.calls, selected(transactions, (i) => !transactions.isAborted(i)));
}

/** All that are over. */
function inOrderOfReturn(transactions: Transactions): Int32Array {
  return sortedBy(transactions.returns, selected(transactions, (i) => transactions.isCommitted[i] === 1 && transactions.returns[i] !== Infinity));
}

function selected({ size }: Transactions, isWanted: (i: number) => boolean): Int32Array {
  const numbers = new Int32Array(size);
  let count = 0;
  for (let i = 0; i < size; i++) if (isWanted(i)) numbers[count++] = i;
  return numbers.subarray(0, count);
}

/** Sorts numbers by an instant each has, in place. Positions in a history are whole numbers, which sort fast packed into doubles. */
function sortedBy(instants: Float64Array, numbers: Int32Array): Int32Array {
  let isSorted = true;
  for (let at = 1; at < numbers.length && isSorted; at++) isSorted = (instants[numbers[at - 1] ?? 0] ?? 0) <= (instants[numbers[at] ?? 0] ?? 0);
  if (isSorted) return numbers;
  const packed = new Float64Array(numbers.length);
  for (let at = 0; at < packed.length; at++) {
    const i = numbers[at] ?? 0;
    const instant = instants[i] ?? 0;
    const value = instant * instants.length + i;
    if (!Number.isInteger(instant) || instant < 0 || value > Number.MAX_SAFE_INTEGER) return numbers.sort((a, b) => (instants[a] ?? 0) - (instants[b] ?? 0));
    packed[at] = value;
  }
  packed.sort();
  for (let at = 0; at < packed.length; at++) numbers[at] = (packed[at] ?? 0) % instants.length;
  return numbers;
}
