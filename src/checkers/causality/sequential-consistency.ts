/**
 * Sequential consistency (Lamport 1979): is there one order of all operations, over all keys together, that respects each
 * client's own order and that sequential objects could have answered? Real time plays no part: a client may see the past.
 * NP-complete even where it is known which read saw which write (Gibbons and Korach 1997), so it is decided by a search under a
 * budget; where values are unique, what they force is worked out first, which leaves little to search.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { HistoryEntry, HistoryValue } from '../../kernel/history.ts';
import { operationsOf } from '../checker-input.ts';
import { chooseModel, requireModelOptions, requireSupported, type ModelOptions } from '../choose-model.ts';
import type { Model } from '../model.ts';
import { findUnfounded } from '../unfounded.ts';
import { printable, type Verdict } from '../verdict.ts';
import { counted, sentenceOf } from '../wording.ts';
import { byCall, chainsOf } from './chains.ts';
import type { OrderStep } from './causal-order.ts';
import { registerHistory, type RegisterHistory } from './register-history.ts';
import { sequentialOrder } from './sequential-order.ts';
import { SequentialSearch } from './sequential-search.ts';

const BUDGET = 5_000_000;
/** Clocks are integers, one for each operation and chain. */
const CLOCKS_MAX = 100_000_000;
const NAMED_MAX = 6;

/**
 * Checks a history for sequential consistency.
 *
 * @param history - entries as a simulation records them, or operations
 * @param options - model, initial value, and the steps the search may take before the verdict is `unknown` (default 5 million)
 * @returns the verdict; when it is `ok`, with the order
 * @throws {@link UsageError} `INVALID_ARGUMENT`, `INVALID_HISTORY`, `NO_MODEL` or `UNSUPPORTED_OPERATION`
 */
export function checkSequentialConsistency<State = unknown>(
  history: Iterable<HistoryEntry> | readonly Operation[], options: ModelOptions<State> = {},
): Verdict {
  requireModelOptions(options);
  const all = operationsOf(history);
  const model = chooseModel(all, options) as Model<State>;
  requireSupported(model, all);
  const done = (kind: Verdict['verdict'], explanation: string, steps: number, rest: Partial<Verdict> = {}): Verdict => printable({
    verdict: kind, model: `sequential ${model.name}`, witness: [], explanation, cost: { operations: all.length, steps }, ...rest,
  });
  for (const operations of model.perKey === false ? [all] : byKey(all)) {
    const unfounded = findUnfounded(model, operations);
    // What began too late in real time may still have come first: only what nobody ever produced is absurd.
    if (unfounded === undefined || unfounded.producer !== undefined) continue;
    const { observer, seen } = unfounded;
    const explanation = `${sentenceOf(observer)}, although nobody ever ${model.isRegister === true ? 'wrote' : 'produced'} ${seen}`;
    return done('violation', explanation, all.length, { witness: [observer], ...(observer.key === undefined ? {} : { key: observer.key }) });
  }
  const registers = model.isRegister === true ? registerHistory(all, model.init as HistoryValue) : undefined;
  const operations = registers?.operations ?? byCall(all);
  const chains = registers?.chains ?? chainsOf(operations);
  const known = registers === undefined ? undefined : knownOrder(registers);
  if (known?.cycle !== undefined) {
    return done('violation', `${inWords(known.cycle, operations)}: a contradiction`, known.steps, { witness: witnessOf(known.cycle, operations) });
  }
  const search = new SequentialSearch(model, operations, chains, known);
  const budget = options.budget ?? BUDGET;
  const result = search.run(budget);
  const steps = search.steps + (known?.steps ?? 0);
  if (result === 'ok') {
    const explanation = `${counted(all.length, 'operation')} by ${counted(chains.members.length, 'client')} have a legal order`;
    return done('ok', explanation, steps, { order: search.order().map((i) => operations[i]?.id ?? 0) });
  }
  if (result === 'unfinished') {
    return done('unknown', `the budget of ${counted(budget, 'step')} ran out: neither a legal order nor its absence was shown`, steps);
  }
  const stuck = search.stuck.map((i) => operations[i] as Operation).filter(({ return: returned }) => returned !== null);
  const named = stuck.slice(0, NAMED_MAX).map(sentenceOf).join('; ');
  const explanation = `no order respects every client's own: the orders that came furthest could go on with none of: ${named}${stuck.length > NAMED_MAX ? '; …' : ''}`;
  return done('violation', explanation, steps, { witness: stuck });
}

function byKey(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  const keys = new Map<string | number | undefined, Operation[]>();
  for (const operation of operations) {
    const known = keys.get(operation.key);
    if (known === undefined) keys.set(operation.key, [operation]);
    else known.push(operation);
  }
  return [...keys.values()];
}

interface Known {
  before(i: number, chain: number): number;
  readonly sources: Int32Array;
  readonly cycle: readonly OrderStep[] | undefined;
  readonly steps: number;
}

/** What unique values force; nothing where there are too many clients and operations for clocks. */
function knownOrder(history: RegisterHistory): Known | undefined {
  if (history.operations.length * history.chains.members.length > CLOCKS_MAX) return undefined;
  // A failed cas saw some other value than one: that is no single candidate even where there is only one.
  const sources = Int32Array.from(history.candidates, (choices, i) => {
    const operation = history.operations[i];
    const definite = operation?.return !== null && (isRead(operation?.f ?? '') || operation?.output === true);
    return definite && choices?.length === 1 ? (choices[0] ?? -3) : -3;
  });
  const order = sequentialOrder(history, sources);
  const cycle = order.cyclic === undefined ? undefined : order.why(order.cyclic, order.cyclic);
  return { before: (i, chain) => order.before(i, chain), sources, cycle, steps: order.steps };
}

function witnessOf(steps: readonly OrderStep[], operations: readonly Operation[]): Operation[] {
  const numbers = new Set(steps.flatMap(({ from, to, reader }) => [from, to, ...(reader === undefined ? [] : [reader])]));
  return [...numbers].map((i) => operations[i] as Operation).sort((a, b) => a.call - b.call);
}

function inWords(steps: readonly OrderStep[], operations: readonly Operation[]): string {
  const said = (i: number): string => sentenceOf(operations[i] as Operation);
  return steps.map(({ from, to, reason, reader }) => {
    const pair = `${said(from)} < ${said(to)}`;
    if (reason === 'same client') return `${pair} (the same client)`;
    if (reason === 'read it' || reader === undefined) return `${pair} (it saw that)`;
    return reader === from ? `${pair} (which overwrites what it saw)` : `${pair} (${said(reader)} with both behind it)`;
  }).join(', ');
}
