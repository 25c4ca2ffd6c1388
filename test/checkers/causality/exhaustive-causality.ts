/** The definitions of sequential and causal consistency tried out on every order: the oracle for small histories. */
import { isRead, type Operation } from '../../../src/history/operation.ts';
import type { HistoryValue } from '../../../src/kernel/history.ts';
import type { Model } from '../../../src/checkers/model.ts';

/** Whether some order of all completed and any pending operations respects each client's order and is legal for every key. */
export function isSequential(model: Model, operations: readonly Operation[]): boolean {
  const place = (states: ReadonlyMap<unknown, unknown>, rest: readonly Operation[]): boolean => {
    if (rest.every((operation) => operation.return === null)) return true;
    return rest.some((operation) => {
      // One of unknown outcome may happen after its client has gone on; what its client does next need not wait for it.
      if (rest.some((other) => other.process === operation.process && other.call < operation.call && other.return !== null)) return false;
      const key = model.perKey === false ? undefined : operation.key;
      const next = model.step(states.has(key) ? states.get(key) : model.init, operation);
      return next !== undefined && place(new Map(states).set(key, next), rest.filter((other) => other !== operation));
    });
  };
  return place(new Map(), operations);
}

function closure(count: number, edges: readonly (readonly [number, number])[]): boolean[][] {
  const before = Array.from({ length: count }, () => Array.from({ length: count }, () => false));
  for (const [a, b] of edges) (before[a] as boolean[])[b] = true;
  for (let k = 0; k < count; k++) for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) if (before[i]?.[k] === true && before[k]?.[j] === true) (before[i] as boolean[])[j] = true;
  return before;
}

/** Whether an order of `members` exists that extends `before` and in which each of `judged` reads the last write of its key, or the initial null. */
function hasOrder(operations: readonly Operation[], members: readonly number[], before: readonly (readonly boolean[])[], judged: ReadonlySet<number>): boolean {
  const place = (values: ReadonlyMap<unknown, HistoryValue>, rest: readonly number[]): boolean => rest.length === 0 || rest.some((i) => {
    if (rest.some((j) => j !== i && before[j]?.[i] === true)) return false;
    const { f, key, input, output } = operations[i] as Operation;
    if (isRead(f)) return (!judged.has(i) || (values.get(key) ?? null) === output) && place(values, rest.filter((j) => j !== i));
    return place(new Map(values).set(key, input), rest.filter((j) => j !== i));
  });
  return place(new Map(), members);
}

/** The verdicts of all four models, of completed reads and writes with unique values. */
export function causalVerdicts(operations: readonly Operation[]): Record<'weak-causal' | 'causal-memory' | 'causal-convergence' | 'pram', boolean> {
  const all = [...operations.keys()];
  const process = all.flatMap((b) => all.filter((a) => a < b && operations[a]?.process === operations[b]?.process).map((a) => [a, b] as const));
  const writes = all.filter((i) => !isRead(operations[i]?.f ?? ''));
  const sourceOf = (i: number): number | undefined => writes.find((w) => operations[w]?.key === operations[i]?.key && operations[w]?.input === operations[i]?.output);
  const reads = all.filter((i) => isRead(operations[i]?.f ?? ''));
  const none = { 'weak-causal': false, 'causal-memory': false, 'causal-convergence': false, pram: false };
  if (reads.some((r) => operations[r]?.output !== null && sourceOf(r) === undefined)) return none;
  const readsFrom = reads.flatMap((r) => {
    const w = sourceOf(r);
    return w === undefined ? [] : [[w, r] as const];
  });
  const co = closure(all.length, [...process, ...readsFrom]);
  const po = closure(all.length, process);
  const clients = [...new Set(operations.map((operation) => operation.process))];
  const views = (before: readonly (readonly boolean[])[]): boolean => clients.every((client) => {
    const own = reads.filter((r) => operations[r]?.process === client);
    return hasOrder(operations, [...writes, ...own], before, new Set(own));
  });
  const pram = views(po);
  if (all.some((i) => co[i]?.[i] === true)) return { ...none, pram };
  const past = (r: number): number[] => [...all.filter((i) => co[i]?.[r] === true), r];
  return {
    pram,
    'weak-causal': reads.every((r) => hasOrder(operations, past(r), co, new Set([r]))),
    'causal-memory': views(co),
    'causal-convergence': permutations(writes, co).some((order) => reads.every((r) => {
      const last = order.findLast((w) => operations[w]?.key === operations[r]?.key && co[w]?.[r] === true);
      return (last === undefined ? null : operations[last]?.input) === operations[r]?.output;
    })),
  };
}

function permutations(rest: readonly number[], before: readonly (readonly boolean[])[]): number[][] {
  if (rest.length === 0) return [[]];
  return rest.filter((i) => !rest.some((j) => before[j]?.[i] === true)).flatMap((i) => (
    permutations(rest.filter((j) => j !== i), before).map((tail) => [i, ...tail])
  ));
}
