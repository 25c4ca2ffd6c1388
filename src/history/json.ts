/**
 * Reads JSON with positions: a file that is one array, or one value after another (JSON lines). Each element is cut out by
 * counting brackets outside strings and then parsed by `JSON.parse`, so its rules are the standard's (only that numbers too
 * long for a double keep their digits); engines word the
 * position of a syntax error differently, hence the line named is that on which the element begins.
 *
 * @module
 */
import { InputError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import { parseJson } from './exact-number.ts';
import { lineAt, type Positioned } from './text.ts';

const SPACE = /\s/;

/**
 * Reads the elements of an array, or the values that stand one after another.
 *
 * @param text - JSON
 * @param path - named in errors
 * @throws {@link InputError} naming file and line
 */
export function readJson(text: string, path: string): Positioned[] {
  const start = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  const inArray = text[start] === '[';
  const values: Positioned[] = [];
  const fail = (offset: number, message: string): never => {
    throw new InputError(`${path}:${lineAt(text, offset)}: ${message}`);
  };
  let at = inArray ? skipSpace(text, start + 1) : start;
  while (at < text.length && !(inArray && text[at] === ']')) {
    const end = elementEnd(text, at);
    if (end < 0) fail(at, 'a value is never closed');
    if (end === at) fail(at, `unexpected '${text[at] ?? ''}'`);
    values.push({ offset: at, value: parse(text.slice(at, end)) ?? fail(at, 'not valid JSON') });
    at = skipSpace(text, end);
    if (!inArray || text[at] === ']') continue;
    if (at >= text.length) break;
    if (text[at] !== ',') fail(at, 'a comma is missing');
    at = skipSpace(text, at + 1);
    if (text[at] === ']') fail(at, 'a value is missing after the comma');
  }
  if (inArray) {
    if (at >= text.length) fail(start, 'the array is never closed');
    const rest = skipSpace(text, at + 1);
    if (rest < text.length) fail(rest, 'text after the array');
  }
  return values;
}

/** Undefined where the text is not JSON; `null` in the text is not expected at this level and counts as such too. */
function parse(text: string): HistoryValue | undefined {
  try {
    return parseJson(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && SPACE.test(text[at] ?? '')) at++;
  return at;
}

/** The offset behind the value that begins at `from`: -1 when a bracket or string stays open. */
function elementEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 34: // "
        at = stringEnd(text, at);
        if (at < 0) return -1;
        if (depth === 0) return at + 1;
        break;
      case 91: // [
      case 123: // {
        depth++;
        break;
      case 93: // ]
      case 125: // }
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
        break;
      case 44: // ,
      case 10: // line feed
        if (depth === 0) return at;
        break;
      default:
    }
  }
  return depth === 0 ? text.length : -1;
}

function stringEnd(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 92) at++;
    else if (c === 34) return at;
  }
  return -1;
}
