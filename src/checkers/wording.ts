/**
 * Operations in words: "alice wrote x=1", "process 3 read x=2", "bob did not swap x from 1 to 2 (it held another value)".
 *
 * @module
 */
import type { HistoryValue } from '../kernel/history.ts';
import { withPlainNumbers } from '../history/exact-number.ts';
import { isRead, type Operation } from '../history/operation.ts';
import { isDequeue, isEnqueue } from './models/operation-words.ts';
import { isWrite, writtenValue } from './models/register.ts';

/** A value as explanations show it: JSON, cut in the middle when it is long. */
export function showValue(value: HistoryValue): string {
  const text = withPlainNumbers(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 45)}…${text.slice(-30)}` : text;
}

/** `1 step`, `2 steps`; a plural of its own is given. */
export function counted(count: number, what: string, plural = `${what}s`): string {
  return `${count} ${count === 1 ? what : plural}`;
}

/** A client's name in a sentence. */
export function nameOf(process: string | number): string {
  return typeof process === 'number' || /^\d+$/.test(process) ? `process ${process}` : process;
}

/** `x=1`, or only `1` where there are no keys. */
export function assignment(key: string | number | undefined, value: HistoryValue): string {
  return key === undefined ? showValue(value) : `${key}=${showValue(value)}`;
}

/** What an operation did, as a sentence without a full stop. */
export function sentenceOf(operation: Operation): string {
  return `${nameOf(operation.process)} ${deedOf(operation)}`;
}

/** "carol had already read x=2", of an operation that completed. */
export function pastPerfectOf(operation: Operation): string {
  const deed = deedOf(operation).replace(/^wrote /, 'written ').replace(/^took /, 'taken ').replace(/^did /, 'done ');
  return `${nameOf(operation.process)} had already ${deed}`;
}

/** What an operation did, without its subject, in the past tense. */
export function deedOf(operation: Operation): string {
  const { f, key, input, output, status } = operation;
  const pending = status === 'info';
  const place = key === undefined ? '' : ` ${key}`;
  const lock = key === undefined ? 'the lock' : `lock ${key}`;
  if (isRead(f)) return pending ? `read${place} (no answer)` : `read ${assignment(key, output)}`;
  if (isWrite(f)) return `wrote ${assignment(key, writtenValue(operation))}${pending ? ' (unknown outcome)' : ''}`;
  if (isEnqueue(f)) return `put ${showValue(input)} in${key === undefined ? '' : `to ${key}`}${pending ? ' (unknown outcome)' : ''}`;
  if (isDequeue(f)) {
    const from = key === undefined ? '' : ` of ${key}`;
    if (pending) return `took something out${from} (unknown outcome)`;
    return output === null ? `found ${key ?? 'it'} empty` : `took ${showValue(output)} out${from}`;
  }
  switch (f) {
    case 'cas':
      return casDeed(operation, place);
    case 'append':
      return `appended ${showValue(input)}${key === undefined ? '' : ` to ${key}`}${pending ? ' (unknown outcome)' : ''}`;
    case 'add':
      return `added ${showValue(input)}${key === undefined ? '' : ` to ${key}`}${pending ? ' (unknown outcome)' : ''}`;
    case 'remove':
      return `removed ${showValue(input)}${key === undefined ? '' : ` from ${key}`}${pending ? ' (unknown outcome)' : ''}`;
    case 'acquire':
      return `acquired ${lock}${pending ? ' (unknown outcome)' : ''}`;
    case 'release':
      return `released ${lock}${pending ? ' (unknown outcome)' : ''}`;
    case 'txn':
      return `${pending ? 'asked for' : 'did'} [${stepsInWords(pending ? input : output)}]${pending ? ' (unknown outcome)' : ''}`;
    default: {
      const answer = pending ? ' (unknown outcome)' : ` and got ${showValue(output)}`;
      return `did ${f}${place}${input === null ? '' : ` ${showValue(input)}`}${answer}`;
    }
  }
}

function casDeed({ input, output, status }: Operation, place: string): string {
  const [from, to] = Array.isArray(input) ? (input as readonly HistoryValue[]) : [null, null];
  const change = `${place.trimStart()} from ${showValue(from ?? null)} to ${showValue(to ?? null)}`.trimStart();
  if (status === 'info') return `tried to swap ${change} (unknown outcome)`;
  return output === true ? `swapped ${change}` : `could not swap ${change} (it held another value)`;
}

function stepsInWords(steps: HistoryValue): string {
  if (!Array.isArray(steps)) return showValue(steps);
  return (steps as readonly HistoryValue[])
    .map((step) => {
      if (!Array.isArray(step)) return showValue(step);
      const [f, key, value] = step as readonly HistoryValue[];
      const name = typeof key === 'string' ? key : showValue(key ?? null);
      return `${typeof f === 'string' ? f : '?'} ${name}=${showValue(value ?? null)}`;
    })
    .join(', ');
}
