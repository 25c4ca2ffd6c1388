/**
 * The log that Jepsen prints while it runs, one event a line: `INFO  jepsen.util - 3  :invoke  :cas  [4 1]`, as the etcd
 * histories use it; `history.txt` of a Jepsen store is the same without the prefix. Lines of other loggers are skipped.
 *
 * Here `:fail :cas [a b]` is an observation: it compared and did not match. A write or cas that "failed" with `:timed-out`
 * told us nothing certain and counts as unknown; a read that did is dropped.
 *
 * @module
 */
import { InputError } from '../kernel/errors.ts';
import type { HistoryEntry, HistoryEntryType, HistoryValue } from '../kernel/history.ts';
import { readEdnForm } from './edn.ts';

const EVENT = /^(?:.*\s-\s+)?:?([\w.-]+)\s+:(invoke|ok|fail|info)\s+:(\S+)(?:\s+(.*))?$/;
const OTHER_LOGGER = /^(?:INFO|WARN|DEBUG|ERROR|TRACE)\b(?!.*\bjepsen\.util\b)/;

/** Whether a line looks like an event of such a log. */
export function isLogEvent(line: string): boolean {
  return EVENT.test(line.trimEnd());
}

/**
 * Reads a log.
 *
 * @returns entries, and the line of each
 * @throws {@link InputError} naming file and line
 */
export function readJepsenLog(text: string, path: string): { entries: HistoryEntry[]; lines: number[] } {
  const entries: HistoryEntry[] = [];
  const lines: number[] = [];
  const asked = new Map<string | number, HistoryValue>();
  let number = 0;
  for (const raw of text.split('\n')) {
    number++;
    const line = raw.trimEnd();
    if (line === '' || line.startsWith(';') || OTHER_LOGGER.test(line)) continue;
    const match = EVENT.exec(line);
    if (match === null) throw new InputError(`${path}:${number}: not an event such as 'INFO  jepsen.util - 3 :invoke :read nil'`);
    const [, who = '', type = '', f = '', rest] = match;
    const process = /^\d+$/.test(who) ? Number(who) : who;
    entries.push(event(entries.length, process, type as HistoryEntryType, f, rest?.trim() ?? 'nil', asked, `${path}:${number}`));
    lines.push(number);
  }
  return { entries, lines };
}

function event(
  index: number, process: string | number, type: HistoryEntryType, f: string, rest: string,
  asked: Map<string | number, HistoryValue>, where: string,
): HistoryEntry {
  const error = /^:([\w-]+)/.exec(rest)?.[1];
  const common = { index, time: index, process, f };
  if (error !== undefined && type !== 'invoke' && type !== 'ok') {
    const known = type === 'fail' && f === 'read';
    return { ...common, type: known ? 'fail' : 'info', value: asked.get(process) ?? null, error };
  }
  let value: HistoryValue = rest;
  try {
    value = readEdnForm(rest, where);
  } catch (cause) {
    // What the nemesis says is free text.
    if (process !== 'nemesis') throw new InputError(`${where}: the value cannot be read: ${rest}`, { cause });
  }
  if (type === 'invoke') asked.set(process, value);
  return { ...common, type, value };
}
