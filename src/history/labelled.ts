/**
 * Labelled histories: JSON lines of the form `{ id, ops: [{ p, f, k, v, call, ret, ok? }], verdicts }`, many small histories
 * in one file, each with the verdicts it is known to have. `call` and `ret` are distinct instants, `ret` null means pending
 * for ever, `ok` tells whether a `cas` swapped.
 *
 * @module
 */
import { InputError } from '../kernel/errors.ts';
import type { HistoryEntry, HistoryValue } from '../kernel/history.ts';
import { field, isRecord, type Fields } from './text.ts';

/** One history of such a file. */
export interface LabelledHistory {
  readonly id: string;
  readonly entries: readonly HistoryEntry[];
  /** Verdicts by name (`linearizable`, `sequential`, …), true = holds. */
  readonly verdicts: Readonly<Record<string, boolean>>;
}

/** Whether a value is a labelled history rather than an entry. */
export function isLabelled(value: HistoryValue): boolean {
  return isRecord(value) && Array.isArray(field(value, 'ops'));
}

/**
 * Reads one line.
 *
 * @param value - the parsed line
 * @param where - `path:line`, named in errors
 * @throws {@link InputError} when it is not such a history
 */
export function toLabelled(value: HistoryValue, where: string): LabelledHistory {
  const fail = (message: string): never => {
    throw new InputError(`${where}: ${message}`);
  };
  const record = isRecord(value) ? value : fail('not a labelled history');
  const ops = field(record, 'ops');
  if (!Array.isArray(ops)) return fail('ops must be an array');
  const events = (ops as readonly HistoryValue[]).flatMap((op, number) => (
    eventsOf(op, (message) => fail(`operation ${number}: ${message}`))
  ));
  events.sort((a, b) => a.time - b.time || a.rank - b.rank);
  const id = field(record, 'id') ?? '';
  return {
    id: typeof id === 'string' ? id : JSON.stringify(id),
    entries: events.map(({ rank: _rank, ...entry }, index) => ({ index, ...entry })),
    verdicts: verdictsOf(field(record, 'verdicts')),
  };
}

function verdictsOf(labels: HistoryValue | undefined): Record<string, boolean> {
  const verdicts: Record<string, boolean> = {};
  if (!isRecord(labels)) return verdicts;
  for (const [name, holds] of Object.entries(labels)) if (typeof holds === 'boolean') verdicts[name] = holds;
  return verdicts;
}

type Event = Omit<HistoryEntry, 'index'> & { readonly rank: number };

function eventsOf(op: HistoryValue, fail: (message: string) => never): Event[] {
  if (!isRecord(op)) return fail('not a record');
  const process = field(op, 'p');
  const f = field(op, 'f');
  const call = field(op, 'call');
  const ret = field(op, 'ret') ?? null;
  if (typeof process !== 'number' && typeof process !== 'string') return fail('p must be a number or a name');
  if (typeof f !== 'string') return fail('f must be a name');
  if (typeof call !== 'number') return fail('call must be an instant');
  if (ret !== null && (typeof ret !== 'number' || ret <= call)) return fail('ret must be null or an instant after call');
  const value = field(op, 'v') ?? null;
  const reads = f === 'read' || f === 'get';
  const common = { process, f, ...keyOf(op) };
  const invoke: Event = { time: call, ...common, type: 'invoke', value: reads ? null : value, rank: 1 };
  // Pending for ever: unknown at once, so that its process may go on.
  if (ret === null) return [invoke, { time: call, ...common, type: 'info', value: invoke.value, rank: 2 }];
  return [invoke, { time: ret, ...common, type: f === 'cas' && field(op, 'ok') === false ? 'fail' : 'ok', value, rank: 0 }];
}

function keyOf(op: Fields): { key?: string | number } {
  const key = field(op, 'k') ?? null;
  if (key === null) return {};
  return { key: typeof key === 'string' || typeof key === 'number' ? key : JSON.stringify(key) };
}
