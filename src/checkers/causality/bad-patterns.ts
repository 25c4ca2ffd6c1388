/**
 * The bad patterns of Bouajjani, Enea, Guerraoui and Hamza (On Verifying Causal Consistency, POPL 2017): a history in which
 * it is known which read saw which write is causally consistent if and only if it has none of them.
 *
 * | pattern | weak causal (CC) | memory (CM) | convergence (CCv) |
 * |---|---|---|---|
 * | CyclicCO: process order and reads-from make a circle | × | × | × |
 * | WriteCOInitRead: the initial value is read behind a write | × | × | × |
 * | WriteCORead: a value is read behind a write that overwrote it | × | × | × |
 * | CyclicHB, WriteHBInitRead: what one client saw has no order | | × | |
 * | CyclicCF: no one order of all writes explains what all saw | | | × |
 *
 * PRAM (Lipton and Sandberg 1988) is the same question as CM where another client's reads carry no order.
 *
 * @module
 */
import { EdgeList } from '../../structures/labelled-graph.ts';
import { CausalOrder, type OrderStep } from './causal-order.ts';
import { ABSENT, INITIAL, type RegisterHistory } from './register-history.ts';
import { WritesByKey } from './writes-by-key.ts';

/** The consistency models that these patterns decide. */
export type CausalModel = 'weak-causal' | 'causal-memory' | 'causal-convergence' | 'pram';

/** What is wrong. Numbers are positions in the history's operations. */
export type BadPattern =
  | { readonly kind: 'never written'; readonly read: number }
  | { readonly kind: 'cycle'; readonly steps: readonly OrderStep[]; readonly client?: number }
  /** `read` saw the initial value although `write` came before it. */
  | { readonly kind: 'initial read'; readonly read: number; readonly write: number; readonly steps: readonly OrderStep[] }
  /** `read` saw what `write` wrote although `overwrite` came between. */
  | { readonly kind: 'overwritten read'; readonly read: number; readonly write: number; readonly overwrite: number; readonly steps: readonly OrderStep[] };

/** What a look for bad patterns found, and how many steps it took. */
export interface PatternSearch {
  readonly pattern: BadPattern | undefined;
  readonly steps: number;
}

/**
 * Looks for a bad pattern of one model.
 *
 * @param history - the operations
 * @param sources - the write each read saw
 */
export function findBadPattern(history: RegisterHistory, sources: Int32Array, model: CausalModel): PatternSearch {
  const lonely = history.candidates.findIndex((choices) => choices?.length === 0);
  if (lonely >= 0) return { pattern: { kind: 'never written', read: lonely }, steps: history.operations.length };
  if (model === 'pram') return findInViews(history, sources, model);
  const order = new CausalOrder(history, sources);
  const writes = new WritesByKey(history, (i) => sources[i] !== ABSENT);
  const pattern = findOrdinary(history, sources, order, writes);
  if (pattern !== undefined || model === 'weak-causal') return { pattern, steps: order.steps };
  if (model === 'causal-memory') return findInViews(history, sources, model);
  return { pattern: findConflictCycle(history, sources, order, writes), steps: order.steps };
}

/** CyclicCO, WriteCOInitRead, WriteCORead. */
function findOrdinary(history: RegisterHistory, sources: Int32Array, order: CausalOrder, writes: WritesByKey): BadPattern | undefined {
  if (order.cyclic !== undefined) return { kind: 'cycle', steps: order.why(order.cyclic, order.cyclic) };
  for (let read = 0; read < sources.length; read++) {
    const source = sources[read] ?? -3;
    if (source < INITIAL) continue;
    for (const other of writes.lastBefore(read, (chain) => order.before(read, chain))) {
      if (source === INITIAL) return { kind: 'initial read', read, write: other, steps: order.why(other, read) };
      if (other !== source && order.precedes(source, other)) {
        const steps = [...order.why(source, other), ...order.why(other, read)];
        return { kind: 'overwritten read', read, write: source, overwrite: other, steps };
      }
    }
  }
  return undefined;
}

/** CyclicCF: of two writes of one key of which a read saw the second, the one it could have seen comes first. */
function findConflictCycle(history: RegisterHistory, sources: Int32Array, order: CausalOrder, writes: WritesByKey): BadPattern | undefined {
  const { chains, operations } = history;
  const edges = new EdgeList();
  const readers = new Map<string, number>();
  chains.members.forEach((members, chain) => {
    members.forEach((i, place) => {
      const before = place > 0 ? (members[place - 1] ?? -1) : (chains.after[chain] ?? -1);
      if (before >= 0) edges.add(before, i, 1);
    });
  });
  for (let read = 0; read < sources.length; read++) {
    const source = sources[read] ?? -3;
    if (source < 0) continue;
    edges.add(source, read, 2);
    for (const other of writes.lastBefore(read, (chain) => order.before(read, chain))) {
      if (other === source || order.precedes(other, source)) continue;
      edges.add(other, source, 4);
      readers.set(`${other},${source}`, read);
    }
  }
  const graph = edges.graph(operations.length);
  const { of, sizes } = graph.components(7);
  const start = of.findIndex((component) => (sizes[component] ?? 0) > 1);
  if (start < 0) return undefined;
  // A cycle needs an arbitration, else co itself were cyclic: close one.
  for (const [pair, reader] of readers) {
    const [from = 0, to = 0] = pair.split(',').map(Number);
    if (of[from] !== of[to]) continue;
    const back = graph.path(to, from, 7, (node) => of[node] === of[from]);
    if (back === undefined) continue;
    const steps = back.map(({ from: a, to: b, kind }): OrderStep => {
      const because = readers.get(`${a},${b}`);
      if (kind === 4 && because !== undefined) return { from: a, to: b, reason: 'arbitrated', reader: because };
      return { from: a, to: b, reason: kind === 1 ? 'same client' : 'read it' };
    });
    return { kind: 'cycle', steps: [{ from, to, reason: 'arbitrated', reader }, ...steps] };
  }
  return undefined;
}

/** CyclicHB and WriteHBInitRead, for each client: its reads decide the order of writes until nothing new follows. */
function findInViews(history: RegisterHistory, sources: Int32Array, model: 'causal-memory' | 'pram'): PatternSearch {
  const { chains } = history;
  let steps = 0;
  for (const [client, members] of chains.members.entries()) {
    const reads = members.filter((i) => (sources[i] ?? -3) >= INITIAL);
    if (reads.length === 0) continue;
    const mine = new Set(members);
    const order = new CausalOrder(history, sources, model === 'pram' ? (reader) => mine.has(reader) : undefined);
    const writes = new WritesByKey(history, (i) => sources[i] !== ABSENT);
    const pattern = saturate(sources, order, writes, reads, client);
    steps += order.steps;
    if (pattern !== undefined) return { pattern, steps };
  }
  return { pattern: undefined, steps };
}

function saturate(
  sources: Int32Array, order: CausalOrder, writes: WritesByKey, reads: readonly number[], client: number,
): BadPattern | undefined {
  for (let changed = true; changed;) {
    changed = false;
    if (order.cyclic !== undefined) return { kind: 'cycle', steps: order.why(order.cyclic, order.cyclic), client };
    for (const read of reads) {
      const source = sources[read] ?? INITIAL;
      for (const other of writes.lastBefore(read, (chain) => order.before(read, chain))) {
        if (source === INITIAL) return { kind: 'initial read', read, write: other, steps: order.why(other, read) };
        if (other !== source && order.add(other, source, read)) changed = true;
        if (order.cyclic !== undefined) return { kind: 'cycle', steps: order.why(order.cyclic, order.cyclic), client };
      }
    }
  }
  return undefined;
}
