/**
 * What checkers take: a history's entries, or operations. Whatever else a program hands over, a wrong record or a value
 * that JSON has no word for, is refused by name instead of being judged: a checker that says `ok` of something it did not
 * understand is worse than none. Left out: whether `index` and `time` agree with each other, as no checker reads them.
 *
 * @module
 */
import { pairHistory, type Operation, type PairedHistory } from '../history/operation.ts';
import { InputError, UsageError } from '../kernel/errors.ts';
import { History, isUsualEntry, type HistoryEntry, type HistoryVersion } from '../kernel/history.ts';

type Loose = { readonly [name: string]: unknown };
/** The fields of a record that is yet to be looked at. */
type Shape<Record> = { readonly [Field in keyof Record]?: unknown };

const TYPES: ReadonlySet<unknown> = new Set(['invoke', 'ok', 'fail', 'info']);
const DEPTH_MAX = 256;
const ENTRY = '{ process, type: invoke|ok|fail|info, f, value }';
const OPERATION = '{ id, process, f, input, output, call, return, status }';

/**
 * The operations of a history: as they are, or paired from entries.
 *
 * @param history - what the caller handed over
 * @throws {@link UsageError} `INVALID_HISTORY` saying what was expected, and where
 */
export function operationsOf(history: unknown): readonly Operation[] {
  return historyOf(history).operations;
}

/**
 * The operations of a history and, where it came as entries, what failed.
 *
 * @param history - what the caller handed over
 * @throws {@link UsageError} `INVALID_HISTORY` saying what was expected, and where
 */
export function historyOf(history: unknown): PairedHistory {
  const expected = `expected a history: entries ${ENTRY}, or operations ${OPERATION}`;
  const items = itemsOf(history, expected);
  const [first] = items;
  if (first === undefined && items.length === 0) return { operations: [], failed: [] };
  if (!isLoose(first)) throw refuse(`${expected}; item 0 is ${inWords(first)}`);
  if (!('type' in first) && 'call' in first) {
    requireEach(items, 'operation', mistakeInOperation);
    return { operations: items as readonly Operation[], failed: [] };
  }
  if (!(history instanceof History && history.isUsual)) requireEach(items, 'entry', mistakeInEntry);
  try {
    return pairHistory(items as readonly HistoryEntry[]);
  } catch (error) {
    if (error instanceof InputError) throw new UsageError('INVALID_HISTORY', error.message, { cause: error });
    throw error;
  }
}

/**
 * The items of a list.
 *
 * @param list - what the caller handed over
 * @param expected - what it should have been, in words
 * @throws {@link UsageError} `INVALID_HISTORY` when it is none
 */
export function itemsOf(list: unknown, expected: string): readonly unknown[] {
  if (Array.isArray(list)) return list;
  if (list instanceof History) return list.entries;
  const iterable = typeof list === 'object' && list !== null && typeof (list as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
  if (!iterable) throw refuse(`${expected}; got ${inWords(list)}`);
  return [...list as Iterable<unknown>];
}

/**
 * Requires a record of options.
 *
 * @throws {@link UsageError} `INVALID_ARGUMENT`
 */
export function requireOptions(options: unknown): void {
  if (!isLoose(options)) throw new UsageError('INVALID_ARGUMENT', `options must be a record, got ${inWords(options)}`);
}

/** Whether something is a record (a list is none). */
export function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether something names a client or a key. */
export function isName(value: unknown): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

/** Whether something is plain JSON: no function, no bigint, no NaN, nothing that contains itself. */
export function isPlain(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    // Reads of long lists make up most of some histories.
    for (let i = 0; i < value.length; i++) {
      const part: unknown = value[i];
      if (typeof part === 'number' ? !Number.isFinite(part) : typeof part !== 'string' && !isPlain(part, depth + 1)) return false;
    }
    return true;
  }
  // A Map, a Date or a typed array has no fields to compare by: any two would count as equal.
  if (Object.prototype.toString.call(value) !== '[object Object]') return false;
  return Object.values(value).every((part) => isPlain(part, depth + 1));
}

/** What something is, short enough for one line. */
export function inWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  if (typeof value === 'number') return String(value);
  let text: string | undefined;
  try {
    // JSON would say null, or nothing, where exactly that is the mistake.
    text = JSON.stringify(value, (_, part: unknown) => {
      if (part === undefined || typeof part === 'function' || typeof part === 'symbol') return typeof part;
      return typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part)) ? String(part) : part;
    });
  } catch {
    // It contains itself, or a bigint: its kind will do.
  }
  if (text === undefined) return 'something that is not plain JSON';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function requireEach(items: readonly unknown[], what: string, mistakeIn: (item: unknown) => string | undefined): void {
  for (let position = 0; position < items.length; position++) {
    const mistake = mistakeIn(items[position]);
    if (mistake !== undefined) throw refuse(`${what} ${position}: ${mistake}`);
  }
}

/** The first thing wrong with an entry. A value that was left out is null, as in the file formats. */
function mistakeInEntry(entry: unknown): string | undefined {
  if (!isLoose(entry)) return `expected ${ENTRY}, got ${inWords(entry)}`;
  if (isUsualEntry(entry)) return undefined;
  const { process, type, f, key, value, version } = entry as Shape<HistoryEntry>;
  if (!TYPES.has(type)) return `expected ${ENTRY}, got type ${inWords(type)} in ${inWords(entry)}`;
  if (value !== undefined && !isPlain(value)) return `value must be plain JSON, got ${inWords(value)}`;
  return mistakeInFields(process, f, key, version);
}

/** The first thing wrong with an operation. */
function mistakeInOperation(operation: unknown): string | undefined {
  if (!isLoose(operation)) return `expected ${OPERATION}, got ${inWords(operation)}`;
  const { id, process, f, key, input, output, call, return: returned, status, version } = operation as Shape<Operation>;
  if (status !== 'ok' && status !== 'info') return `status must be ok or info, got ${inWords(status)}`;
  if (typeof call !== 'number' || Number.isNaN(call)) return `call must be a position, got ${inWords(call)}`;
  if (returned !== null && (typeof returned !== 'number' || !(returned >= call))) {
    return `return must be null or a position behind call, got ${inWords(returned)}`;
  }
  if (typeof id !== 'number') return `id must be a number, got ${inWords(id)}`;
  if (!isPlain(input)) return `input must be plain JSON, got ${inWords(input)}`;
  if (!isPlain(output)) return `output must be plain JSON, got ${inWords(output)}`;
  return mistakeInFields(process, f, key, version);
}

function mistakeInFields(process: unknown, f: unknown, key: unknown, version: unknown): string | undefined {
  if (!isName(process)) return `process must be a number or a name, got ${inWords(process)}`;
  if (typeof f !== 'string') return `f must be a name, got ${inWords(f)}`;
  if (key !== undefined && !isName(key)) return `key must be a text or a number, got ${inWords(key)}`;
  if (version === undefined || isVersion(version)) return undefined;
  return `version must be a number, a vector clock or null, got ${inWords(version)}`;
}

function isVersion(version: unknown): version is HistoryVersion {
  if (version === null || typeof version === 'number') return true;
  return isLoose(version) && Object.values(version).every((counter) => typeof counter === 'number');
}

function refuse(message: string): UsageError {
  return new UsageError('INVALID_HISTORY', message);
}
