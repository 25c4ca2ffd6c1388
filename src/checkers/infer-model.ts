/**
 * Which model a history calls for, from the names of its operations.
 *
 * @module
 */
import type { HistoryValue } from '../kernel/history.ts';
import { isExactNumber } from '../history/exact-number.ts';
import { isRead, type Operation } from '../history/operation.ts';
import type { CheckerName } from './checker-table.ts';
import { isStep } from './models/multi-register.ts';
import { isDequeue, isEnqueue, isIncrement } from './models/operation-words.ts';
import { isWrite } from './models/register.ts';
import type { ModelName } from './models/table.ts';

/**
 * Finds the checker of a history: by what its workload can only be for; `linearizability` elsewhere.
 *
 * @param operations - the history's operations
 */
export function inferChecker(operations: readonly Operation[]): CheckerName {
  const names = new Set(operations.map(({ f }) => f));
  const done = operations.filter(({ status }) => status === 'ok');
  const isOfAccounts = names.has('transfer') || operations.every(({ f }) => isRead(f));
  if (isOfAccounts && done.some(({ f, output }) => isRead(f) && isRecord(output) && !isExactNumber(output))) return 'bank';
  if (names.size > 0 && operations.every(({ input }) => isElleTransaction(input)) && areOfLists(operations)) return 'transactions';
  if (names.has('drain')) return 'queue';
  return names.has('generate') && names.size === 1 ? 'unique-ids' : 'linearizability';
}

function isRecord(value: HistoryValue): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isElleTransaction(input: HistoryValue): boolean {
  return Array.isArray(input) && (input as readonly HistoryValue[]).every((step) => Array.isArray(step) && (isStep(step) || step[0] === 'append'));
}

/** The words that the steps of transactions begin with. */
function words(operations: readonly Operation[]): ReadonlySet<HistoryValue> {
  return new Set(operations.flatMap(({ input }) => (input as readonly (readonly HistoryValue[])[]).map(([word = null]) => word)));
}

/** Whether transactions append, or write nothing and read lists. */
function areOfLists(operations: readonly Operation[]): boolean {
  const used = words(operations);
  if (used.has('append')) return true;
  const seen = operations.flatMap(({ output, status }) => (status === 'ok' && Array.isArray(output) ? (output as readonly (readonly HistoryValue[])[]) : []));
  return ![...used].some((word) => word === 'w' || word === 'write') && seen.some(([, , value]) => Array.isArray(value));
}

/** Whether operations are transactions over registers in the words of Elle, `r` and `w`. */
export function areElleRegisters(operations: readonly Operation[]): boolean {
  if (operations.length === 0 || !operations.every(isRegisterTransaction)) return false;
  return [...words(operations)].every((word) => word === 'r' || word === 'w');
}

/**
 * Finds the model of a history.
 *
 * @param operations - the history's operations
 * @returns undefined when no model has all its operations
 */
export function inferModel(operations: readonly Operation[]): ModelName | undefined {
  const names = new Set(operations.map(({ f }) => f));
  const only = (...allowed: readonly string[]): boolean => [...names].every((f) => allowed.includes(f));
  if (only('acquire', 'release') && names.size > 0) return 'mutex';
  if (only('txn') && names.size > 0) return operations.every(isRegisterTransaction) ? 'multi-register' : undefined;
  if (names.has('add-and-get') || [...names].some((f) => f !== 'add' && isIncrement(f)) || (names.has('add') && readsNumbers(operations))) {
    return [...names].every((f) => isRead(f) || isIncrement(f)) ? 'counter' : undefined;
  }
  if (names.size > 0 && [...names].every((f) => isEnqueue(f) || isDequeue(f))) return names.has('push') ? 'stack' : 'queue';
  if (only('add', 'remove', 'read') && (names.has('add') || names.has('remove'))) return 'set';
  const onlyRegisterOr = (other: string): boolean => [...names].every((f) => f === other || isRead(f) || isWrite(f));
  if (onlyRegisterOr('append') && (names.has('append') || holdsTextOnly(names, operations))) return 'kv';
  if (!onlyRegisterOr('cas')) return undefined;
  return names.has('cas') ? 'cas-register' : plainRegister(operations);
}

function readsNumbers(operations: readonly Operation[]): boolean {
  const seen = operations.filter(({ f, status }) => isRead(f) && status === 'ok');
  return seen.length > 0 && seen.every(({ output }) => typeof output === 'number');
}

function isRegisterTransaction({ input }: Operation): boolean {
  return Array.isArray(input) && (input as readonly HistoryValue[]).every(isStep);
}

/** `get` and `put` of texts where an empty text was read: a key-value store in which a missing key is ''. */
function holdsTextOnly(names: ReadonlySet<string>, operations: readonly Operation[]): boolean {
  if (![...names].every((f) => f === 'get' || f === 'put')) return false;
  const seen = operations.filter(({ f, status }) => f === 'get' && status === 'ok');
  return seen.some(({ output }) => output === '') && seen.every(({ output }) => typeof output === 'string');
}

/** A read that answers a record (bank balances, say) is of no register, unless such records were written. */
function plainRegister(operations: readonly Operation[]): ModelName | undefined {
  const records = operations.some(({ f, output }) => isRead(f) && typeof output === 'object' && output !== null && !isExactNumber(output));
  const written = operations.some(({ f }) => isWrite(f));
  return records && !written ? undefined : 'register';
}
