/**
 * A line as arguments: inline commands, redis-cli, the rules of a selector (`sdssplitargs` of Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const SPACE = /[\0 \n\r\t\v\f]/;

/** Splits a line into arguments as redis-cli and inline commands are: blanks between, `"…"` with escapes, `'…'` without. */
export function splitArguments(line: Bytes): Bytes[] | undefined {
  const args: Bytes[] = [];
  let at = 0;
  const skip = (): void => { while (at < line.length && SPACE.test(line[at] ?? '')) at++; };
  for (skip(); at < line.length; skip()) {
    let arg = '';
    while (at < line.length && !SPACE.test(line[at] ?? '')) {
      const quote = line[at];
      if (quote !== '"' && quote !== "'") {
        arg += line[at++];
        continue;
      }
      const read = quoted(line, at + 1, quote);
      // A closing quote must be followed by a blank or by nothing.
      if (read === undefined || (read.end < line.length && !SPACE.test(line[read.end] ?? ''))) return undefined;
      arg += read.text;
      at = read.end;
    }
    args.push(arg);
  }
  return args;
}

function quoted(line: Bytes, from: number, quote: string): { readonly text: Bytes; readonly end: number } | undefined {
  let text = '';
  for (let at = from; at < line.length; at++) {
    const byte = line[at] ?? '';
    if (byte === quote) return { text, end: at + 1 };
    if (byte !== '\\') {
      text += byte;
    } else if (quote === "'") {
      if (line[at + 1] === "'") text += line[++at];
      else text += byte;
    } else {
      const hex = /^x[0-9a-fA-F]{2}/.exec(line.slice(at + 1, at + 4));
      if (hex !== null) {
        text += String.fromCharCode(parseInt(hex[0].slice(1), 16));
        at += 3;
      } else if (at + 1 < line.length) {
        const escaped = line[++at] ?? '';
        text += ESCAPES[escaped] ?? escaped;
      }
    }
  }
  return undefined;
}
