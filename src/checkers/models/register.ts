/**
 * A register: `read` and `write`, and in the compare-and-set register also `cas` with `[from, to]`, answered true (it
 * swapped) or false (it compared and did not match). `get`, `put`, `set`, `r`, `w` and `delete` (writes null) are other
 * words for the same.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import { isRead, type Operation } from '../../history/operation.ts';
import type { Model } from '../model.ts';
import { canonical, sameValue, valueKey } from '../value.ts';

/** Whether an operation writes a register outright. */
export function isWrite(f: string): boolean {
  return f === 'write' || f === 'put' || f === 'set' || f === 'w' || f === 'delete' || f === 'del';
}

/** What a write stores. */
export function writtenValue(operation: Operation): HistoryValue {
  return operation.f === 'delete' || operation.f === 'del' ? null : operation.input;
}

/**
 * A register that only reads and writes.
 *
 * @param initial - its value at the start (default null: absent)
 */
export function register(initial: HistoryValue = null): Model<HistoryValue> {
  return { ...casRegister(initial), name: 'register', refuses: (operation) => refusal(operation, false) };
}

/**
 * A register with compare-and-set.
 *
 * @param initial - its value at the start (default null: absent)
 */
export function casRegister(initial: HistoryValue = null): Model<HistoryValue> {
  return {
    name: 'cas-register',
    init: initial,
    isRegister: true,
    step,
    equal: sameValue,
    hash: valueKey,
    kind: ({ f, input, output, status }) => (
      `${status} ${f} ${canonical(isRead(f) ? output : input)} ${String(f === 'cas' && output === true)}`
    ),
    affects,
    observes: ({ f, output, status }) => isRead(f) || (f === 'cas' && status === 'ok' && output === false),
    produces,
    needs: (operation) => {
      const seen = observed(operation);
      return seen === undefined || sameValue(seen, initial) ? [] : [canonical(seen)];
    },
    finds: (operation) => {
      const seen = observed(operation);
      return seen === undefined ? [] : [canonical(seen)];
    },
    replaces: (state, { f }) => (isRead(f) ? [] : [canonical(state)]),
    resets: ({ f, status, output }) => status === 'ok' && (isWrite(f) || (f === 'cas' && output === true)),
    refuses: (operation) => refusal(operation, true),
    describe: (value) => JSON.stringify(value),
  };
}

function step(state: HistoryValue, operation: Operation): HistoryValue | undefined {
  const { f, status, output } = operation;
  if (isRead(f)) return status === 'info' || sameValue(state, output) ? state : undefined;
  if (f !== 'cas') return writtenValue(operation);
  const [from, to] = pairOf(operation);
  const matches = sameValue(state, from);
  if (status === 'info') return matches ? to : state;
  if (output === true) return matches ? to : undefined;
  return matches ? undefined : state;
}

function affects(earlier: Operation, later: Operation): boolean {
  let written: HistoryValue;
  if (isRead(earlier.f)) return false;
  if (earlier.f !== 'cas') written = writtenValue(earlier);
  else if (earlier.status === 'ok' && earlier.output !== true) return false;
  else written = pairOf(earlier)[1];
  if (isRead(later.f)) return later.status === 'ok' && sameValue(written, later.output);
  if (later.f !== 'cas') return false;
  return sameValue(written, pairOf(later)[0]) === (later.status === 'info' || later.output === true);
}

function produces(operation: Operation): readonly string[] {
  const { f, status, output } = operation;
  if (isWrite(f)) return [canonical(writtenValue(operation))];
  return f === 'cas' && (status === 'info' || output === true) ? [canonical(pairOf(operation)[1])] : [];
}

/** The value that an operation certainly met: what a read answered, what a cas that swapped compared with. */
function observed(operation: Operation): HistoryValue | undefined {
  if (operation.status === 'info') return undefined;
  if (isRead(operation.f)) return operation.output;
  return operation.f === 'cas' && operation.output === true ? pairOf(operation)[0] : undefined;
}

function pairOf(operation: Operation): readonly [HistoryValue, HistoryValue] {
  return operation.input as readonly [HistoryValue, HistoryValue];
}

function refusal({ f, input }: Operation, cas: boolean): string | undefined {
  if (isRead(f) || isWrite(f)) return undefined;
  if (!cas || f !== 'cas') return `it has no operation '${f}'`;
  return Array.isArray(input) && input.length === 2 ? undefined : `a cas needs [from, to], got ${JSON.stringify(input)}`;
}
