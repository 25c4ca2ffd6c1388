/**
 * Reads a file of histories in any form we know; the content decides which, never the name:
 *
 * | format | looks like | `fail` of a cas | a read of nil |
 * |---|---|---|---|
 * | `edn` | Jepsen maps: one a line, or one vector or list | did not happen | says nothing |
 * | `json` | Jepsen maps in one JSON array | did not happen | says nothing |
 * | `json-lines` | our own: an entry a line | did not happen | the value was null |
 * | `labelled` | `{ id, ops, verdicts }` a line | `ok: false`: did not match | the value was null |
 * | `jepsen-log` | `INFO  jepsen.util - 3 :invoke :read nil` | did not match | the value was nil |
 *
 * @module
 */
import { assertNever, InputError } from '../kernel/errors.ts';
import type { HistoryEntry } from '../kernel/history.ts';
import { readEdn } from './edn.ts';
import { isLogEvent, readJepsenLog } from './jepsen-log.ts';
import { splitIndependentKeys, toEntries } from './jepsen.ts';
import { readJsonEntries } from './json-lines.ts';
import { readJson } from './json.ts';
import { isLabelled, toLabelled } from './labelled.ts';
import { pairHistory, type Operation, type PairingOptions } from './operation.ts';
import { linesAt } from './text.ts';

/** The forms in which a history may be written. */
export type HistoryFormat = 'edn' | 'json' | 'json-lines' | 'labelled' | 'jepsen-log';

/** A history read from a file. */
export interface ImportedHistory {
  readonly path: string;
  /** Its name within a file that holds several. */
  readonly id?: string;
  readonly format: HistoryFormat;
  readonly entries: readonly HistoryEntry[];
  /** The line on which each entry begins. */
  readonly lines: readonly number[];
  /** The entries paired by the format's rules. */
  readonly operations: readonly Operation[];
  /** What certainly did not happen. */
  readonly failed: readonly Operation[];
  /** The verdicts the file itself states, by name. */
  readonly verdicts?: Readonly<Record<string, boolean>>;
}

/**
 * Finds out a text's format.
 *
 * @param text - a file's content
 * @returns undefined when it is none of them
 */
export function detectFormat(text: string): HistoryFormat | undefined {
  if (isEmpty(text)) return undefined;
  const head = text.slice(0, 1 << 16).replace(/^\uFEFF/, '');
  const body = withoutComments(head);
  if (/^(?:\[\s*)?\{\s*"/.test(body)) {
    if (body.startsWith('[')) return 'json';
    return /^\{\s*"(?:id|ops|verdicts)"\s*:/.test(body) && /"ops"\s*:/.test(body) ? 'labelled' : 'json-lines';
  }
  if (/^(?:[[({^]|#[\w{_^])/.test(body)) return 'edn';
  return body.split('\n', 200).some(isLogEvent) ? 'jepsen-log' : undefined;
}

/** Nothing but blanks and comments, or a list of nothing. */
function isEmpty(text: string): boolean {
  const body = withoutComments(text.replace(/^\uFEFF/, ''));
  if (body === '') return true;
  const closing = body.startsWith('[') ? ']' : body.startsWith('(') ? ')' : undefined;
  if (closing === undefined) return false;
  const inner = withoutComments(body.slice(1));
  return inner.startsWith(closing) && withoutComments(inner.slice(1)) === '';
}

/** A text without the blanks and comments at its beginning. */
function withoutComments(text: string): string {
  return text.replace(/^(?:\s+|;[^\n]*(?:\n|$))+/, '');
}

/**
 * Reads all histories of a text.
 *
 * @param text - a file's content
 * @param path - the file, named in errors
 * @returns one history, or several from a `labelled` file
 * @throws {@link InputError} naming file and line; also when no client does anything in it
 */
export function readHistories(text: string, path: string): ImportedHistory[] {
  const nothing = `${path}:1: the history is empty: it holds no operation`;
  if (isEmpty(text)) throw new InputError(nothing);
  const histories = historiesIn(text, path);
  const silent = ({ format, entries }: ImportedHistory): boolean => format !== 'labelled' && entries.every(({ process }) => process === 'nemesis');
  if (histories.every(silent)) throw new InputError(nothing);
  return histories;
}

function historiesIn(text: string, path: string): ImportedHistory[] {
  const format = detectFormat(text);
  switch (format) {
    case undefined:
      throw new InputError(`${path}:1: not a history: neither Jepsen EDN or JSON, nor JSON lines, nor a Jepsen log`);
    case 'labelled':
      return readLabelled(text, path);
    case 'jepsen-log':
      return [imported(path, format, readJepsenLog(text, path), { failedCas: 'mismatch' })];
    case 'json-lines':
      return [imported(path, format, readJsonEntries(text, path), {})];
    case 'json': {
      const { entries, lines } = readJsonEntries(text, path);
      return [imported(path, format, { entries: splitIndependentKeys(entries), lines }, { nullRead: 'nothing' })];
    }
    case 'edn': {
      const { entries, lines } = readEdnEntries(text, path);
      return [imported(path, format, { entries: splitIndependentKeys(entries), lines }, { nullRead: 'nothing' })];
    }
    default:
      return assertNever(format);
  }
}

function readEdnEntries(text: string, path: string): { entries: HistoryEntry[]; lines: number[] } {
  const forms = readEdn(text, path);
  const lines = linesAt(text, forms.map((form) => form.offset));
  const entries = toEntries(forms.map(({ value }) => value), (position, message) => {
    throw new InputError(`${path}:${lines[position] ?? 0}: ${message}`);
  });
  return { entries, lines };
}

function readLabelled(text: string, path: string): ImportedHistory[] {
  const values = readJson(text, path);
  const lines = linesAt(text, values.map((value) => value.offset));
  return values.map(({ value }, number) => {
    const where = `${path}:${lines[number] ?? 0}`;
    if (!isLabelled(value)) throw new InputError(`${where}: not a labelled history: ops is missing`);
    const { id, entries, verdicts } = toLabelled(value, where);
    const paired = pairHistory(entries, { failedCas: 'mismatch', where: () => where });
    const line = lines[number] ?? 0;
    return { path, id, format: 'labelled', entries, lines: entries.map(() => line), ...paired, verdicts };
  });
}

function imported(
  path: string, format: HistoryFormat,
  read: { entries: readonly HistoryEntry[]; lines: readonly number[] }, pairing: PairingOptions,
): ImportedHistory {
  const where = (entry: number): string => `${path}:${read.lines[entry] ?? 0}`;
  return { path, format, entries: read.entries, lines: read.lines, ...pairHistory(read.entries, { ...pairing, where }) };
}
