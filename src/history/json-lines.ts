/**
 * Our own form on disk: one history entry a line, as JSON. Printing and reading give the same entries back.
 *
 * @module
 */
import { InputError } from '../kernel/errors.ts';
import type { HistoryEntry } from '../kernel/history.ts';
import { toEntries } from './jepsen.ts';
import { readJson } from './json.ts';
import { linesAt } from './text.ts';

/** Prints a history as JSON lines: one entry a line, each line ended. */
export function formatJsonLines(entries: Iterable<HistoryEntry>): string {
  let text = '';
  for (const entry of entries) text += `${JSON.stringify(entry)}\n`;
  return text;
}

/**
 * Reads JSON lines (or one JSON array) of entries.
 *
 * @param text - the file's content
 * @param path - named in errors
 * @returns entries, and the line of each
 * @throws {@link InputError} naming file and line
 */
export function readJsonEntries(text: string, path: string): { entries: HistoryEntry[]; lines: number[] } {
  const values = readJson(text, path);
  const lines = linesAt(text, values.map((value) => value.offset));
  const entries = toEntries(values.map(({ value }) => value), (position, message) => {
    throw new InputError(`${path}:${lines[position] ?? 0}: ${message}`);
  });
  return { entries, lines };
}
