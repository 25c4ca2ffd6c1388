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
 * The transactions of a history: committed ones and those of unknown outcome in the order of invocation, then aborted ones. What
 * every check asks of each of them lies in flat arrays: a million objects would cost more to make and to keep than to check.
 */
export class Transactions {
  readonly size: number;
  /** Instant of each invocation. */
  readonly calls: Float64Array;
  /** Instant of each completion; `Infinity` for those that never completed. */
  readonly returns: Float64Array;
  /** 1 for those that committed. */
  readonly isCommitted: Uint8Array;
  /** The first with an append to a list; -1 = none. */
  readonly firstAppend: number;
  /** The first with a write of a register; -1 = none. */
  readonly firstWrite: number;
  /** Whether nothing was written and a read saw a list: nobody has appended yet. */
  readonly areOfLists: boolean;
  readonly #operations: readonly Operation[];
  readonly #aborted: number;

  /**
   * @param operations - what committed, or may have
   * @param failed - what certainly aborted
   * @throws {@link UsageError} `UNSUPPORTED_OPERATION` on anything that is no list of steps
   */
  constructor(operations: readonly Operation[], failed: readonly Operation[]) {
    this.#operations = failed.length === 0 ? operations : [...operations, ...failed];
    this.#aborted = operations.length;
    this.size = this.#operations.length;
    this.calls = new Float64Array(this.size);
    this.returns = new Float64Array(this.size);
    this.isCommitted = new Uint8Array(this.size);
    let [firstAppend, firstWrite] = [-1, -1];
    let lists = 0;
    for (let n = 0; n < this.size; n++) {
      const operation = this.operation(n);
      this.calls[n] = operation.call;
      this.returns[n] = operation.return ?? Infinity;
      this.isCommitted[n] = n < this.#aborted && operation.status === 'ok' ? 1 : 0;
      const steps: unknown = this.steps(n);
      if (!Array.isArray(steps)) refuse(operation, steps as HistoryValue);
      for (const step of steps as HistoryValue[]) {
        if (!isStep(step)) refuse(operation, step);
        if (firstAppend < 0 && isAppend(step)) firstAppend = n;
        if (firstWrite < 0 && isRegisterWrite(step)) firstWrite = n;
        if (isReadStep(step) && Array.isArray(step[2])) lists++;
      }
    }
    this.firstAppend = firstAppend;
    this.firstWrite = firstWrite;
    this.areOfLists = firstWrite < 0 && lists > 0;
  }

  /** The operation behind one. */
  operation(n: number): Operation {
    return this.#operations[n] as Operation;
  }

  /** Its steps: with the answers when it committed. */
  steps(n: number): readonly Step[] {
    const operation = this.operation(n);
    return (this.isCommitted[n] === 1 ? operation.output : operation.input) as unknown as readonly Step[];
  }

  /** Whether it certainly aborted. */
  isAborted(n: number): boolean {
    return n >= this.#aborted;
  }

  /**
   * All of them, one after the other.
   *
   * @yields each once
   */
  * [Symbol.iterator](): IterableIterator<Transaction> {
    for (let n = 0; n < this.size; n++) {
      yield { operation: this.operation(n), status: this.isAborted(n) ? 'fail' : this.operation(n).status, steps: this.steps(n) };
    }
    return undefined;
  }
}

function isStep(step: HistoryValue): step is HistoryValue & Step {
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
