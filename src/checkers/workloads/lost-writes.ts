/**
 * What was acknowledged and is gone, and what was deleted and came back.
 *
 * A write is **lost** when the final state of its key is older than it: certainly older, by the versions the store stamped, or because
 * every write of the final value was over before the lost one was asked for. Of a list or a set, an acknowledged element is lost
 * when the final state lacks it. The final state is what replicas hold in the end, where it is given, else what the last read
 * of the key saw, if it began when all acknowledged writes were over.
 *
 * A delete is **resurrected** when a value comes back that was certainly written before it: seen after somebody had seen the key
 * absent behind the delete, or held in the end.
 *
 * Left out: keys that expire; a value written twice counts as its newest write.
 *
 * @module
 */
import { isRead, type Operation } from '../../history/operation.ts';
import type { HistoryEntry, HistoryValue, HistoryVersion } from '../../kernel/history.ts';
import { operationsOf, requireOptions } from '../checker-input.ts';
import type { ReplicaState } from '../convergence.ts';
import { isWrite, writtenValue } from '../models/register.ts';
import { sameValue } from '../value.ts';
import { conclude, printable, type Verdict } from '../verdict.ts';
import { assignment, counted, nameOf, sentenceOf, showValue } from '../wording.ts';

/** What is known of the end. */
export interface FinalState {
  /** What the replicas hold in the end; any that holds a write keeps it from being lost. */
  readonly replicas?: Iterable<ReplicaState>;
}

/** The verdict, with every write that was lost. */
export interface LostWritesVerdict extends Verdict {
  readonly lost: readonly Operation[];
}

type Key = string | number | undefined;

interface Final {
  /** The values held or seen; siblings are several. */
  readonly values: readonly HistoryValue[];
  readonly version: HistoryVersion | undefined;
  readonly read: Operation | undefined;
}

/**
 * Looks for acknowledged writes that are gone in the end.
 *
 * @param history - reads and writes, `append`, `add`
 * @param options - what the replicas hold in the end (default: what was read last)
 * @returns `unknown` when of no key the end is known
 * @throws {@link UsageError} `INVALID_HISTORY`
 */
export function checkLostWrites(history: Iterable<HistoryEntry> | readonly Operation[], options: FinalState = {}): LostWritesVerdict {
  requireOptions(options);
  const operations = operationsOf(history);
  const replicas = replicasByKey(options.replicas);
  const lost: Operation[] = [];
  let first: { key: Key; final: Final; write: Operation } | undefined;
  let known = 0;
  for (const [key, part] of byKey(operations)) {
    const final = finalOf(key, part, replicas);
    if (final === undefined) continue;
    known++;
    for (const write of part) {
      if (write.return === null || !isLost(write, final, part)) continue;
      lost.push(write);
      first ??= { key, final, write };
    }
  }
  const finish = (verdict: Verdict): LostWritesVerdict => printable({ ...verdict, lost });
  if (first !== undefined) {
    const { key, final, write } = first;
    const held = final.values.length === 0 ? 'nothing' : final.values.map((value) => showValue(value)).join(' and ');
    const where = final.read === undefined ? `in the end the replicas hold ${held}` : `${nameOf(final.read.process)} read ${held} in the end`;
    const explanation = `${counted(lost.length, 'acknowledged write')} lost: ${sentenceOf(write)}, but ${where}`;
    const witness = [write, ...(final.read === undefined ? [] : [final.read])];
    return finish(conclude('lost writes', 'violation', operations.length, { key, witness, explanation }));
  }
  if (known === 0) return finish(conclude('lost writes', 'unknown', operations.length, { explanation: 'no key was read when all its writes were over, and no final state was given' }));
  return finish(conclude('lost writes', 'ok', operations.length, { explanation: `${counted(known, 'key')} ended with every acknowledged write, or something newer` }));
}

function finalOf(key: Key, part: readonly Operation[], replicas: ReadonlyMap<Key, readonly HistoryValue[]>): Final | undefined {
  const held = replicas.get(key);
  if (held !== undefined) return { values: held.filter((value) => value !== null), version: undefined, read: undefined };
  if (replicas.size > 0) return undefined;
  const over = Math.max(...part.filter(({ f }) => !isRead(f)).map(({ return: returned }) => returned ?? -1));
  const read = part.findLast(({ f, status, call }) => isRead(f) && status === 'ok' && call > over);
  if (read === undefined) return undefined;
  const wasWritten = part.some((operation) => isWrite(operation.f) && sameValue(writtenValue(operation), read.output));
  const values = read.output === null ? [] : Array.isArray(read.output) && !wasWritten ? (read.output as readonly HistoryValue[]) : [read.output];
  return { values, version: read.version, read };
}

function isLost(write: Operation, { values, version }: Final, part: readonly Operation[]): boolean {
  const { f, input } = write;
  if (f === 'append' || f === 'add') {
    const removed = part.some((other) => other.f === 'remove' && sameValue(other.input, input));
    return !removed && !values.some((value) => sameValue(value, input) || (typeof value === 'string' && typeof input === 'string' && value.includes(input)));
  }
  const value = effectOf(write);
  if (value === undefined || isHeld(value, values)) return false;
  if (typeof version === 'number' && typeof write.version === 'number') return version < write.version;
  // Lost for certain only if whatever the end may come from was over before it began.
  return part.every((source) => {
    const effect = effectOf(source);
    return effect === undefined || !isHeld(effect, values) || (source.return ?? Infinity) < write.call;
  });
}

/** What a write, or a cas that swapped or may have, leaves behind. */
function effectOf(operation: Operation): HistoryValue | undefined {
  if (isWrite(operation.f)) return writtenValue(operation);
  if (operation.f !== 'cas' || operation.output === false) return undefined;
  return (operation.input as readonly HistoryValue[])[1] ?? null;
}

function isHeld(value: HistoryValue, values: readonly HistoryValue[]): boolean {
  return value === null ? values.length === 0 : values.some((held) => sameValue(held, value));
}

/**
 * Looks for deleted values that came back.
 *
 * @param history - reads and writes; `delete`, or a write of null, deletes
 * @param options - what the replicas hold in the end
 * @throws {@link UsageError} `INVALID_HISTORY`
 */
export function checkResurrections(history: Iterable<HistoryEntry> | readonly Operation[], options: FinalState = {}): Verdict {
  requireOptions(options);
  const operations = operationsOf(history);
  const replicas = replicasByKey(options.replicas);
  let deletes = 0;
  for (const [key, part] of byKey(operations)) {
    const gone = part.filter((operation) => isWrite(operation.f) && writtenValue(operation) === null && operation.return !== null);
    deletes += gone.length;
    for (const deletion of gone) {
      const isOld = (value: HistoryValue): boolean => {
        const writes = part.filter((other) => isWrite(other.f) && sameValue(writtenValue(other), value));
        return value !== null && writes.length > 0 && writes.every((write) => (write.return ?? Infinity) < deletion.call);
      };
      const absent = part.find(({ f, status, call, output }) => isRead(f) && status === 'ok' && output === null && call > (deletion.return ?? Infinity));
      const back = part.find(({ f, status, call, output }) => isRead(f) && status === 'ok' && absent !== undefined && call > (absent.return ?? Infinity) && isOld(output));
      const told = { key, witness: [deletion, ...(absent === undefined ? [] : [absent]), ...(back === undefined ? [] : [back])] };
      if (back !== undefined) {
        return conclude('resurrected deletes', 'violation', operations.length, { ...told, explanation: `${sentenceOf(back)} again, although ${nameOf(deletion.process)} had deleted it and it had been seen absent` });
      }
      const held = replicas.get(key)?.find(isOld);
      if (held !== undefined) {
        return conclude('resurrected deletes', 'violation', operations.length, { ...told, explanation: `in the end a replica holds ${assignment(key, held)}, which ${nameOf(deletion.process)} had deleted` });
      }
    }
  }
  return conclude('resurrected deletes', 'ok', operations.length, { explanation: `${counted(deletes, 'delete')}, none undone` });
}

/**
 * Looks for elements that a list shows more often than they were appended: a request carried out twice.
 *
 * @param history - `append` (or `add`, `push`, `enqueue`) and reads of whole lists
 * @throws {@link UsageError} `INVALID_HISTORY`
 */
export function checkDuplicates(history: Iterable<HistoryEntry> | readonly Operation[]): Verdict {
  const operations = operationsOf(history);
  for (const [key, part] of byKey(operations)) {
    const asked = new Map<string, number>();
    for (const { f, input } of part) if (!isRead(f)) asked.set(showKey(input), (asked.get(showKey(input)) ?? 0) + 1);
    for (const read of part) {
      if (!isRead(read.f) || read.status !== 'ok' || !Array.isArray(read.output)) continue;
      const seen = new Map<string, number>();
      for (const value of read.output as readonly HistoryValue[]) {
        const times = (seen.get(showKey(value)) ?? 0) + 1;
        seen.set(showKey(value), times);
        const wanted = asked.get(showKey(value)) ?? 0;
        if (times < 2 || times <= wanted) continue;
        const witness = [...part.filter(({ f, input }) => !isRead(f) && sameValue(input, value)), read];
        const explanation = `${nameOf(read.process)} saw ${showValue(value)} ${times} times where it was appended ${counted(wanted, 'time')}`;
        return conclude('duplicates', 'violation', operations.length, { key, witness, explanation });
      }
    }
  }
  return conclude('duplicates', 'ok', operations.length, { explanation: 'no element stands more often than it was appended' });
}

const showKey = (value: HistoryValue): string => JSON.stringify(value);

function replicasByKey(replicas: Iterable<ReplicaState> | undefined): ReadonlyMap<Key, HistoryValue[]> {
  const held = new Map<Key, HistoryValue[]>();
  for (const { key, value } of replicas ?? []) {
    const values = held.get(key) ?? [];
    // A replica may hold siblings.
    values.push(...(Array.isArray(value) ? (value as readonly HistoryValue[]) : [value]));
    held.set(key, values);
  }
  return held;
}

function byKey(operations: readonly Operation[]): ReadonlyMap<Key, readonly Operation[]> {
  const keys = new Map<Key, Operation[]>();
  for (const operation of operations) {
    const known = keys.get(operation.key);
    if (known === undefined) keys.set(operation.key, [operation]);
    else known.push(operation);
  }
  return keys;
}
