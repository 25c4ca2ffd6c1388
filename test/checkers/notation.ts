/**
 * Histories in a few characters, a line an operation: `alice write x 1`. A line `(name …` opens an operation that the line
 * `name)` closes, `?name …` one whose outcome stays unknown; any other is over before the next line.
 */
import type { HistoryValue } from '../../src/kernel/history.ts';
import type { Operation } from '../../src/history/operation.ts';

/** Reads the notation. The value is JSON, or text; of a read it is the answer. */
export function history(text: string): Operation[] {
  const operations: { -readonly [Field in keyof Operation]: Operation[Field] }[] = [];
  let position = 0;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.endsWith(')')) {
      const open = operations.findLast((operation) => operation.process === line.slice(0, -1));
      if (open === undefined) throw new Error(`nothing to close: ${line}`);
      open.return = position++;
      open.status = 'ok';
      open.output = open.f === 'read' || open.f === 'get' ? open.input : open.f === 'cas' ? true : open.input;
      continue;
    }
    const [who = '', f = '', key, ...rest] = line.replace(/^[(?]/, '').split(/\s+/);
    const value = rest.length === 0 ? null : parse(rest.join(' '));
    const reads = f === 'read' || f === 'get';
    const pending = /^[(?]/.test(line);
    const call = position++;
    operations.push({
      id: operations.length, process: who, f, key, input: reads && !line.startsWith('(') ? null : value,
      output: pending ? null : f === 'cas' ? true : value, call, return: pending ? null : position++, status: pending ? 'info' : 'ok',
    });
  }
  return operations;
}

function parse(text: string): HistoryValue {
  try {
    return JSON.parse(text) as HistoryValue;
  } catch {
    return text;
  }
}
