/**
 * The one shape in which every checker answers. A verdict is plain JSON; printed with `console.log` in Node it is a few
 * lines of text, the explanation first.
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import { sentenceOf } from './wording.ts';

/** `ok`: the history keeps the promise. `violation`: it provably does not. `unknown`: the budget ran out before either. */
export type VerdictKind = 'ok' | 'violation' | 'unknown';

/** What a checker found. */
export interface Verdict {
  readonly verdict: VerdictKind;
  /** What was checked: a model's name, a guarantee. */
  readonly model: string;
  /** The key on which it was found. */
  readonly key?: string | number;
  /** On a violation, the few operations that prove it, in order of invocation. */
  readonly witness: readonly Operation[];
  /** The ids of operations in an order that explains the history, where one was found. */
  readonly order?: readonly number[];
  /** One sentence for people. */
  readonly explanation: string;
  /** How much work it was: the operations looked at, and the steps of a search. */
  readonly cost: VerdictCost;
}

/** The work behind a verdict. */
export interface VerdictCost {
  readonly operations: number;
  readonly steps: number;
}

/** Node's `console.log` asks an object for its own form under this name; a registered symbol, so no import is needed. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Gives a verdict its printed form.
 *
 * @param verdict - its fields
 * @param details - more lines for `console.log`, between explanation and witness
 * @returns the same object; the printed form is not enumerable
 */
export function printable<Kind extends Verdict>(verdict: Kind, details: readonly string[] = []): Kind {
  Object.defineProperty(verdict, INSPECT, { value: () => formatVerdict(verdict, details), enumerable: false });
  return verdict;
}

/** What a verdict says beside its model and cost. */
export interface Finding {
  readonly key?: string | number | undefined;
  readonly witness?: readonly Operation[];
  readonly explanation: string;
}

/**
 * Makes a verdict of a checker that looks at each operation a fixed number of times.
 *
 * @param model - what was checked
 * @param kind - what came of it
 * @param operations - how many operations were looked at
 * @param finding - key, witness and sentence
 */
export function conclude(model: string, kind: VerdictKind, operations: number, { key, witness = [], explanation }: Finding): Verdict {
  return printable({
    verdict: kind, model, ...(key === undefined ? {} : { key }), witness, explanation, cost: { operations, steps: operations },
  });
}

/** A verdict as a few lines of text. */
export function formatVerdict(verdict: Verdict, details: readonly string[] = []): string {
  const lines = [`${verdict.verdict} (${verdict.model}): ${verdict.explanation}`, ...details];
  for (const [number, operation] of verdict.witness.entries()) {
    lines.push(`  ${number + 1}. ${sentenceOf(operation)} (${positionsOf(operation)})`);
  }
  return lines.join('\n');
}

/** Where an operation began and ended: positions in the history, `history.entries[call]` and `[return]`. */
function positionsOf({ call, return: returned }: Operation): string {
  return returned === null ? `history ${call}, never answered` : `history ${call}–${returned}`;
}

/** The ids of operations. */
export function idsOf(operations: readonly Operation[]): number[] {
  return operations.map(({ id }) => id);
}
