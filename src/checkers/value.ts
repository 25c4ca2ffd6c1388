/**
 * Equality of the JSON values that operations carry: by content, the order of a record's fields set aside.
 *
 * @module
 */
import type { HistoryValue } from '../kernel/history.ts';

/** A value as a `Map` key: equal values have the same, different values different ones. */
export type ValueKey = string | number | boolean | null;

/** The `Map` key of a value: itself where it is plain, a marked text where it has parts. */
export function valueKey(value: HistoryValue): ValueKey {
  if (typeof value === 'string') return value.startsWith('\u0000') ? `\u0000${value}` : value;
  return typeof value === 'object' && value !== null ? `\u0000:${canonical(value)}` : value;
}

/** Whether two values are equal. */
export function sameValue(a: HistoryValue, b: HistoryValue): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && canonical(a) === canonical(b));
}

/** JSON text that is the same for equal values. */
export function canonical(value: HistoryValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(',')}}`;
}
