/**
 * Transactions as the checkers see them: a list of small steps `[f, key, value]` (`r` or `read`, `w` or `write`, `append`), as
 * Jepsen's txn workloads write them, and how the whole ended.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import { inWords } from '../checker-input.ts';
import { valueKey, type ValueKey } from '../value.ts';

/** One step, as recorded. */
export type Step = readonly [f: string, key: HistoryValue, value: HistoryValue];

/** A transaction. */
export interface Transaction {
  readonly operation: Operation;
  /** `ok`: committed. `info`: nobody knows, its reads are not known either. `fail`: aborted. */
  readonly status: 'ok' | 'info' | 'fail';
  readonly steps: readonly Step[];
}

/** Whether a step appends to a list. */
export function isAppend(step: Step): boolean {
  return step[0] === 'append';
}

/** Whether a step writes a register. */
export function isRegisterWrite(step: Step): boolean {
  return step[0] === 'w' || step[0] === 'write';
}

/** Whether a step reads. */
export function isReadStep(step: Step): boolean {
  return isRead(step[0]);
}

/**
 * The transactions of a history.
 *
 * @param operations - what committed, or may have
 * @param failed - what certainly aborted
 * @throws {@link UsageError} `UNSUPPORTED_OPERATION` on anything that is no list of steps
 */
export function transactionsOf(operations: readonly Operation[], failed: readonly Operation[]): Transaction[] {
  return [
    ...operations.map((operation) => toTransaction(operation, operation.status)),
    ...failed.map((operation) => toTransaction(operation, 'fail')),
  ];
}

function toTransaction(operation: Operation, status: Transaction['status']): Transaction {
  const value = status === 'ok' ? operation.output : operation.input;
  const steps = Array.isArray(value) ? (value as readonly HistoryValue[]) : refuse(operation, value);
  for (const step of steps) if (!isStep(step)) refuse(operation, step);
  return { operation, status, steps: steps as unknown as readonly Step[] };
}

function isStep(step: HistoryValue): boolean {
  if (!Array.isArray(step) || step.length < 2 || step.length > 3) return false;
  const f: unknown = step[0];
  return typeof f === 'string' && (isRead(f) || f === 'append' || f === 'w' || f === 'write');
}

function refuse(operation: Operation, value: HistoryValue): never {
  throw new UsageError(
    'UNSUPPORTED_OPERATION',
    `a transaction is a list of [r|w|append, key, value]; operation ${operation.id} (${operation.f}) has ${inWords(value)}`,
  );
}

/** Numbers the keys of transactions. */
export class KeyNumbers {
  readonly #numbers = new Map<ValueKey, number>();
  /** The names, by number. */
  readonly names: HistoryValue[] = [];

  /** The number of a key. */
  of(key: HistoryValue): number {
    const name = valueKey(key);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.names.length);
    return this.names.push(key) - 1;
  }
}
