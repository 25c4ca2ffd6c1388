/**
 * Positions in a text, for errors that name a line, and fields of objects whose names come from a file.
 *
 * @module
 */
import type { HistoryValue } from '../kernel/history.ts';

/** A value and where it began. */
export interface Positioned {
  readonly value: HistoryValue;
  /** Offset of its first character in the text. */
  readonly offset: number;
}

/** The line, from 1, on which an offset lies. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** The lines of ascending offsets, in one pass. */
export function linesAt(text: string, offsets: readonly number[]): number[] {
  let line = 1;
  let newline = text.indexOf('\n');
  return offsets.map((offset) => {
    while (newline >= 0 && newline < offset) {
      line++;
      newline = text.indexOf('\n', newline + 1);
    }
    return line;
  });
}

/** A record read from a file. */
export type Fields = { readonly [key: string]: HistoryValue };

/** Whether a value is a record. */
export function isRecord(value: HistoryValue | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a field that the record itself has. */
export function field(record: Fields, name: string): HistoryValue | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Sets a field under any name: `__proto__` too is only a name. */
export function setField(record: { [key: string]: HistoryValue }, name: string, value: HistoryValue): void {
  if (name === '__proto__') {
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    record[name] = value;
  }
}
