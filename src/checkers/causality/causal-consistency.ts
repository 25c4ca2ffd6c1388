/**
 * Causal consistency of registers, and PRAM, from a history alone. Where every write has a value of its own it is decided by
 * the bad patterns of `bad-patterns.ts` in polynomial time: one vector clock for each operation, one binary search for each
 * read and client. Where values repeat (or a compare-and-set failed) the question is NP-hard; then each way to say which read
 * saw which write is tried, under a budget.
 *
 * The definitions, with co = the transitive closure of process order and reads-from:
 * - **weak-causal** (CC): each read alone is explained by some order of its causal past.
 * - **causal-memory** (CM; Ahamad et al. 1995): for each client its reads and all writes have an order that extends co.
 * - **causal-convergence** (CCv): one order of all writes explains every read by its causal past.
 * - **pram**: as causal memory, with process order in place of co.
 *
 * Left out: transactions (see `checkTransactions`) and data types other than registers.
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import { isRead } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryEntry, HistoryValue } from '../../kernel/history.ts';
import { inWords, operationsOf, requireOptions } from '../checker-input.ts';
import { isWrite } from '../models/register.ts';
import { printable, type Verdict } from '../verdict.ts';
import { assignment, counted, nameOf, sentenceOf } from '../wording.ts';
import { findBadPattern, type BadPattern, type CausalModel } from './bad-patterns.ts';
import type { OrderStep } from './causal-order.ts';
import { assignments, registerHistory, type RegisterHistory } from './register-history.ts';

/** The three models of causal consistency; the literature's short names are taken as well. */
export const CAUSAL_MODELS = ['weak-causal', 'causal-memory', 'causal-convergence'] as const;

const SHORT_NAMES: Readonly<Record<string, CausalModel>> = { CC: 'weak-causal', CM: 'causal-memory', CCv: 'causal-convergence' };

/** How to check. */
export interface CausalOptions {
  /** Which kind (default `weak-causal`). */
  readonly model?: (typeof CAUSAL_MODELS)[number] | 'CC' | 'CM' | 'CCv';
  /** The value of each key at the start (default null: absent). */
  readonly initial?: HistoryValue;
  /** Steps (clocks joined, with every way to explain repeated values) before the verdict is `unknown` (default 20 million). */
  readonly budget?: number;
}

const BUDGET = 20_000_000;
/** Clocks are integers, one for each operation and chain. */
const CLOCKS_MAX = 200_000_000;

/**
 * Checks a history of registers for causal consistency.
 *
 * @param history - entries as a simulation records them, or operations
 * @param options - which kind of causal consistency
 * @returns the verdict; a violation names the operations and the chain of reasons that contradicts itself
 * @throws {@link UsageError} `INVALID_ARGUMENT`, `INVALID_HISTORY`, or `UNSUPPORTED_OPERATION` on anything but reads, writes and cas
 */
export function checkCausalConsistency(history: Iterable<HistoryEntry> | readonly Operation[], options: CausalOptions = {}): Verdict {
  requireOptions(options);
  const { model: asked = 'weak-causal' } = options;
  const model = SHORT_NAMES[asked] ?? CAUSAL_MODELS.find((name) => name === asked);
  if (model === undefined) {
    throw new UsageError('INVALID_ARGUMENT', `model must be one of ${CAUSAL_MODELS.join(', ')}, CC, CM, CCv; got ${inWords(asked)}`);
  }
  return check(operationsOf(history), model, options);
}

/**
 * Checks a history of registers for PRAM consistency: each client sees every other client's writes in the order they were made.
 *
 * @param history - entries as a simulation records them, or operations
 * @param options - initial value and budget
 * @throws {@link UsageError} as {@link checkCausalConsistency}
 */
export function checkPram(history: Iterable<HistoryEntry> | readonly Operation[], options: Omit<CausalOptions, 'model'> = {}): Verdict {
  requireOptions(options);
  return check(operationsOf(history), 'pram', options);
}

function check(operations: readonly Operation[], model: CausalModel, { initial = null, budget = BUDGET }: CausalOptions): Verdict {
  requireRegisters(operations, model);
  const history = registerHistory(operations, initial);
  const cost = (steps: number): Verdict['cost'] => ({ operations: operations.length, steps });
  const unknown = (explanation: string, steps: number): Verdict => (
    printable({ verdict: 'unknown', model, witness: [], explanation, cost: cost(steps) })
  );
  const size = history.operations.length * history.chains.members.length;
  if (size > CLOCKS_MAX) return unknown(`${counted(history.chains.members.length, 'client')} are too many for ${history.operations.length} operations`, 0);
  let steps = 0;
  let first: BadPattern | undefined;
  for (const sources of assignments(history)) {
    const found = findBadPattern(history, sources, model);
    steps += found.steps + 1;
    if (found.pattern === undefined) {
      const explanation = `${counted(operations.length, 'operation')} by ${counted(history.chains.members.length, 'client')} keep the promise`;
      return printable({ verdict: 'ok', model, witness: [], explanation, cost: cost(steps) });
    }
    first ??= found.pattern;
    if (steps > budget) return unknown(`the budget of ${budget} steps ran out: values repeat, and not every way to explain them was tried`, steps);
  }
  if (first === undefined) return unknown('no way to say which read saw which write was tried', steps);
  const { witness, explanation } = explain(history, first);
  const [key] = witness.map((operation) => operation.key);
  return printable({ verdict: 'violation', model, ...(key === undefined ? {} : { key }), witness, explanation, cost: cost(steps) });
}

/**
 * Requires operations on registers.
 *
 * @throws {@link UsageError} `UNSUPPORTED_OPERATION`
 */
export function requireRegisters(operations: readonly Operation[], model: string): void {
  for (const { id, f, input } of operations) {
    if (isRead(f) || isWrite(f) || (f === 'cas' && Array.isArray(input) && input.length === 2)) continue;
    throw new UsageError('UNSUPPORTED_OPERATION', `${model} is about reads, writes and cas; operation ${id} is ${f} ${inWords(input)}`);
  }
}

function explain({ operations }: RegisterHistory, pattern: BadPattern): { witness: readonly Operation[]; explanation: string } {
  const at = (i: number): Operation => operations[i] as Operation;
  const pick = (...numbers: readonly number[]): Operation[] => (
    [...new Set(numbers)].map(at).sort((a, b) => a.call - b.call)
  );
  switch (pattern.kind) {
    case 'never written':
      return { witness: [at(pattern.read)], explanation: `${sentenceOf(at(pattern.read))}, which nobody ever wrote` };
    case 'initial read': {
      const { read, write, steps } = pattern;
      const why = `${sentenceOf(at(read))}, the initial value, although ${sentenceOf(at(write))} before it`;
      return { witness: pick(...nodesOf(steps), read, write), explanation: `${why}: ${stepsInWords(steps, at)}` };
    }
    case 'overwritten read': {
      const { read, overwrite, steps } = pattern;
      const why = `${sentenceOf(at(read))}, although ${sentenceOf(at(overwrite))} in between`;
      return { witness: pick(...nodesOf(steps), overwrite, read), explanation: `${why}: ${stepsInWords(steps, at, overwrite)}` };
    }
    case 'cycle': {
      const { steps } = pattern;
      const readers = steps.flatMap(({ reader }) => (reader === undefined ? [] : [reader]));
      return { witness: pick(...nodesOf(steps), ...readers), explanation: `${stepsInWords(steps, at)}: a contradiction` };
    }
  }
}

function nodesOf(steps: readonly OrderStep[]): number[] {
  return merged(steps).flatMap(({ from, to }) => [from, to]);
}

/** Steps of one client in a row are one step, unless the operation between them matters. */
function merged(steps: readonly OrderStep[], keep = -1): OrderStep[] {
  const result: OrderStep[] = [];
  for (const step of steps) {
    const last = result.at(-1);
    if (last?.reason === 'same client' && step.reason === 'same client' && last.to !== keep) result[result.length - 1] = { ...last, to: step.to };
    else result.push(step);
  }
  return result;
}

function stepsInWords(steps: readonly OrderStep[], at: (i: number) => Operation, keep?: number): string {
  return merged(steps, keep).map(({ from, to, reason, reader }) => {
    const pair = `${sentenceOf(at(from))} < ${sentenceOf(at(to))}`;
    if (reason === 'same client') return `${pair} (${nameOf(at(to).process)} did one after the other)`;
    if (reason === 'read it' || reader === undefined) return `${pair} (it saw that)`;
    const seen = assignment(at(to).key, at(reader).output);
    return `${pair} (${nameOf(at(reader).process)} saw ${seen} with both behind it)`;
  }).join(', ');
}
