/**
 * Jepsen's operation maps (`{:type :invoke, :process 3, :f :read, :value nil}`, the same in JSON) as history entries.
 * Where every value is a pair, as `jepsen.independent` writes them (`[key value]`), the pair is taken apart into key and value.
 *
 * @module
 */
import type { HistoryEntry, HistoryEntryType, HistoryValue, HistoryVersion } from '../kernel/history.ts';
import { isExactNumber, withPlainNumbers } from './exact-number.ts';
import { field, isRecord, type Fields } from './text.ts';

const TYPES: ReadonlySet<string> = new Set(['invoke', 'ok', 'fail', 'info'] satisfies HistoryEntryType[]);

/** The client of a history that names none. */
const NOBODY = 'client';

/**
 * Turns the maps of one file into entries. Where no map names a process, as in histories written by hand, there is one client.
 *
 * @param records - what the file holds
 * @param failAt - throws, naming the line of a record
 */
export function toEntries(records: readonly HistoryValue[], failAt: (position: number, message: string) => never): HistoryEntry[] {
  const anonymous = records.every((record) => isRecord(record) && field(record, 'process') === undefined);
  return records.map((record, position) => (
    toEntry(anonymous && isRecord(record) ? { ...record, process: NOBODY } : record, position, (message) => failAt(position, message))
  ));
}

/**
 * Turns one map into an entry.
 *
 * @param record - what the file holds
 * @param position - its place in the file, used where it names no index or time
 * @param fail - throws, naming the line
 */
function toEntry(record: HistoryValue, position: number, fail: (message: string) => never): HistoryEntry {
  if (!isRecord(record)) return fail('an operation must be a map with type, process and f');
  const type = field(record, 'type');
  if (typeof type !== 'string' || !TYPES.has(type)) return fail(`type must be invoke, ok, fail or info, got ${show(type)}`);
  const process = nameOf(field(record, 'process'));
  if (typeof process !== 'string' && typeof process !== 'number') {
    return fail(`process must be a number or a name, got ${show(process)}`);
  }
  const value = field(record, 'value') ?? null;
  const f = field(record, 'f') ?? (isTransaction(value) ? 'txn' : undefined);
  if (typeof f !== 'string') return fail(`f must be a name, got ${show(f)}`);
  const index = field(record, 'index');
  const time = field(record, 'time');
  return {
    index: typeof index === 'number' ? index : position,
    time: typeof time === 'number' ? time : isExactNumber(time) ? Number(time['#number']) : position,
    process, type: type as HistoryEntryType, f, ...keyOf(record), value, ...completionOf(record, fail),
  };
}

/** A client's name, where a client's number is too long for a double, is its digits. */
function nameOf(process: HistoryValue | undefined): HistoryValue | undefined {
  return isExactNumber(process) ? process['#number'] : process;
}

function keyOf(record: Fields): { key?: string | number } {
  const key = field(record, 'key') ?? null;
  if (key === null) return {};
  return { key: typeof key === 'string' || typeof key === 'number' ? key : JSON.stringify(key) };
}

function completionOf(record: Fields, fail: (message: string) => never): Pick<HistoryEntry, 'error' | 'version' | 'node'> {
  const error = field(record, 'error') ?? null;
  const version = field(record, 'version');
  const node = field(record, 'node') ?? null;
  if (version !== undefined && !isVersion(version)) {
    return fail(`version must be a number that a double holds, a vector clock or null, got ${show(version)}`);
  }
  return {
    ...(error === null ? {} : { error: typeof error === 'string' ? error : JSON.stringify(error) }),
    ...(version === undefined ? {} : { version: version as HistoryVersion }),
    ...(node === null ? {} : { node: typeof node === 'string' ? node : JSON.stringify(node) }),
  };
}

function isVersion(value: HistoryValue): boolean {
  if (value === null || typeof value === 'number') return true;
  return isRecord(value) && Object.values(value).every((counter) => typeof counter === 'number');
}

function isTransaction(value: HistoryValue): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((part) => Array.isArray(part));
}

function show(value: HistoryValue | undefined): string {
  return value === undefined ? 'nothing' : withPlainNumbers(JSON.stringify(value));
}

const KEYED: ReadonlySet<string> = new Set(['read', 'write', 'cas', 'r', 'w']);

/**
 * Takes the pairs of `jepsen.independent` apart, when every read, write and cas of the history carries one. A plain
 * register is never mistaken for one: its reads begin with nil, its writes carry no pair, its cas no pair in a pair.
 */
export function splitIndependentKeys(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  let pairs = 0;
  for (const { process, f, key, value } of entries) {
    if (process === 'nemesis') continue;
    if (key !== undefined || !KEYED.has(f) || !isPair(value)) return entries;
    if (f === 'cas' && !isPair(value[1]) && value[1] !== null) return entries;
    if (typeof value[0] === 'object' && !isExactNumber(value[0])) return entries;
    pairs++;
  }
  if (pairs === 0) return entries;
  return entries.map((entry) => {
    if (!isPair(entry.value)) return entry;
    const [key, value] = entry.value;
    return { ...entry, key: typeof key === 'number' ? key : textOf(key), value };
  });
}

function textOf(value: HistoryValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isPair(value: HistoryValue | undefined): value is readonly [HistoryValue, HistoryValue] {
  return Array.isArray(value) && value.length === 2;
}
