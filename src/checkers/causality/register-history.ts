/**
 * A history of registers as reads, writes and the question which read saw which write. Where every written value is different
 * the answer is known; elsewhere each read has several candidates.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import { isWrite, writtenValue } from '../models/register.ts';
import { sameValue, valueKey, type ValueKey } from '../value.ts';
import { byCall, chainsOf, type Chains } from './chains.ts';

/** What a read saw when it saw the initial value. */
export const INITIAL = -1;
/** What stands for the source of an operation of unknown outcome that never happened. */
export const ABSENT = -2;

/** Operations on registers, ready to be reasoned about. Numbers are positions in `operations`. */
export interface RegisterHistory {
  /** In order of call; without reads and writes of unknown outcome that nobody can have seen. */
  readonly operations: readonly Operation[];
  readonly chains: Chains;
  /** Each operation's key, numbered. */
  readonly keyOf: Int32Array;
  readonly keyCount: number;
  readonly writes: Uint8Array;
  /** For each operation that read: the writes it may have seen, {@link INITIAL} among them; empty = nobody wrote it. Undefined = it read nothing. */
  readonly candidates: readonly (readonly number[] | undefined)[];
}

/**
 * Prepares a history of registers: reads, writes, and compare-and-sets.
 *
 * @param all - all operations
 * @param initial - the value of each key at the start
 */
export function registerHistory(all: readonly Operation[], initial: HistoryValue): RegisterHistory {
  const operations = byCall(withoutUnseen(all));
  const keys = new Map<string | number | undefined, number>();
  const keyOf = new Int32Array(operations.length);
  const writes = new Uint8Array(operations.length);
  const writers = new Map<number, Map<ValueKey, number[]>>();
  operations.forEach((operation, i) => {
    let key = keys.get(operation.key);
    if (key === undefined) keys.set(operation.key, (key = keys.size));
    keyOf[i] = key;
    const value = effectOf(operation);
    if (value === undefined) return;
    writes[i] = 1;
    let byValue = writers.get(key);
    if (byValue === undefined) writers.set(key, (byValue = new Map()));
    const known = byValue.get(valueKey(value));
    if (known === undefined) byValue.set(valueKey(value), [i]);
    else known.push(i);
  });
  const chains = chainsOf(operations);
  const candidates = operations.map((operation, i): number[] | undefined => {
    const byValue = writers.get(keyOf[i] ?? 0) ?? new Map<ValueKey, number[]>();
    const isLater = (w: number): boolean => w === i
      || (chains.chainOf[w] === chains.chainOf[i] && (chains.placeOf[w] ?? 0) > (chains.placeOf[i] ?? 0));
    const earlier = (found: readonly number[]): number[] => found.filter((w) => !isLater(w));
    const seen = seenBy(operation);
    if (seen !== undefined) {
      return [...(sameValue(seen, initial) ? [INITIAL] : []), ...earlier(byValue.get(valueKey(seen)) ?? [])];
    }
    if (operation.f !== 'cas') return undefined;
    const [from] = operation.input as readonly HistoryValue[];
    if (operation.status === 'info') {
      return [ABSENT, ...(sameValue(from ?? null, initial) ? [INITIAL] : []), ...earlier(byValue.get(valueKey(from ?? null)) ?? [])];
    }
    const others = [...byValue].filter(([value]) => value !== valueKey(from ?? null)).flatMap(([, found]) => found);
    return [...(sameValue(from ?? null, initial) ? [] : [INITIAL]), ...earlier(others)];
  });
  return { operations, chains, keyOf, keyCount: keys.size, writes, candidates };
}

/** The value that an operation certainly met, if any. */
function seenBy({ f, status, input, output }: Operation): HistoryValue | undefined {
  if (status === 'info') return undefined;
  if (isRead(f)) return output;
  return f === 'cas' && output === true ? ((input as readonly HistoryValue[])[0] ?? null) : undefined;
}

/** The value that an operation leaves behind, if it writes (one of unknown outcome: if it happened). */
function effectOf(operation: Operation): HistoryValue | undefined {
  const { f, status, input, output } = operation;
  if (isWrite(f)) return writtenValue(operation);
  return f === 'cas' && (status === 'info' || output === true) ? ((input as readonly HistoryValue[])[1] ?? null) : undefined;
}

/** Without what is of unknown outcome and whose value nobody met: it need never have happened. */
function withoutUnseen(operations: readonly Operation[]): readonly Operation[] {
  const pending = operations.some(({ return: returned }) => returned === null);
  if (!pending) return operations;
  const met = new Set<string>();
  const name = (key: string | number | undefined, value: HistoryValue): string => `${String(key)}\u0000${typeof key}\u0000${typeof value}${String(valueKey(value))}`;
  const failedCasKeys = new Set<string | number | undefined>();
  for (const operation of operations) {
    const seen = seenBy(operation);
    if (seen !== undefined) met.add(name(operation.key, seen));
    else if (operation.f === 'cas' && operation.status === 'ok') failedCasKeys.add(operation.key);
    else if (operation.f === 'cas') met.add(name(operation.key, (operation.input as readonly HistoryValue[])[0] ?? null));
  }
  return operations.filter((operation) => {
    if (operation.return !== null) return true;
    const value = effectOf(operation);
    return value !== undefined && (failedCasKeys.has(operation.key) || met.has(name(operation.key, value)));
  });
}

/**
 * All ways to say which read saw which write, one after another; a single one where values are unique.
 *
 * @yields for each operation its source, {@link INITIAL} or {@link ABSENT}; -3 where it read nothing. The array is reused.
 */
export function* assignments({ candidates }: RegisterHistory): Generator<Int32Array> {
  const sources = Int32Array.from(candidates, (choices) => (choices === undefined ? -3 : (choices[0] ?? -3)));
  const open = candidates.flatMap((choices, i) => (choices !== undefined && choices.length > 1 ? [i] : []));
  const chosen = new Int32Array(open.length);
  for (;;) {
    if (sources.every((source) => source < 0 || sources[source] !== ABSENT)) yield sources;
    let k = open.length - 1;
    for (; k >= 0; k--) {
      const i = open[k] ?? 0;
      const choices = candidates[i] ?? [];
      const next = (chosen[k] ?? 0) + 1;
      chosen[k] = next < choices.length ? next : 0;
      sources[i] = choices[chosen[k] ?? 0] ?? -3;
      if (next < choices.length) break;
    }
    if (k < 0) return;
  }
}
