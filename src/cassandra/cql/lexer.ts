/**
 * Cuts CQL into tokens (the lexical grammar of Apache Cassandra 5.0). A token is three numbers in three arrays: most
 * statements are read once and prepared, and those that are not should cost little.
 *
 * Left out: errors inside of a duration that breaks off; such text is read as the tokens it begins with.
 *
 * @module
 */
import { T, wordType, type TokenType } from './tokens.ts';

/** A text that no token begins with, or a token without an end. */
export interface LexicalError {
  /** How many tokens came before. */
  readonly tokens: number;
  /** Where in the text. */
  readonly offset: number;
  readonly message: string;
}

/** The tokens of a text; the last is EOF. */
export interface Tokens {
  readonly text: string;
  readonly types: readonly TokenType[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The first error, if any; the tokens go on behind it where they can. */
  readonly error: LexicalError | undefined;
}

const OTHER = 0;
const SPACE = 1;
const LETTER = 2;
const DIGIT = 3;

const CLASSES = new Uint8Array(128);
for (const space of ' \t\n\r') CLASSES[space.charCodeAt(0)] = SPACE;
for (let code = 0; code < 26; code++) CLASSES[65 + code] = CLASSES[97 + code] = LETTER;
for (let code = 48; code < 58; code++) CLASSES[code] = DIGIT;

/** The sign that a character is by itself; 0 (EOF) for none. */
const SINGLE = new Uint8Array(128);
for (const [sign, type] of [
  ['(', T.LEFT_PAREN], [')', T.RIGHT_PAREN], ['[', T.LEFT_BRACKET], [']', T.RIGHT_BRACKET], ['{', T.LEFT_BRACE], ['}', T.RIGHT_BRACE], [',', T.COMMA], [';', T.SEMICOLON], [':', T.COLON],
  ['?', T.QMARK], ['*', T.STAR], ['%', T.PERCENT], ['=', T.EQUALS], ['.', T.DOT], ['+', T.PLUS], ['-', T.MINUS], ['/', T.SLASH], ['<', T.LESS], ['>', T.GREATER],
] as const) SINGLE[sign.charCodeAt(0)] = type;
const DOUBLE: ReadonlyMap<string, TokenType> = new Map<string, TokenType>([
  ['..', T.RANGE], ['+=', T.PLUS_EQUALS], ['-=', T.MINUS_EQUALS], ['<=', T.LESS_EQUALS], ['>=', T.GREATER_EQUALS], ['!=', T.NOT_EQUALS],
]);

const UNIT = '(?:[yY]|[mM][oO]|[wW]|[dD]|[hH]|[mM][sS]|[mM]|[sS]|[uU\u00b5][sS]|[nN][sS])';
const ISO_TIME = String.raw`T(?:\d+H(?:\d+M)?(?:\d+S)?|\d+M(?:\d+S)?|\d+S)`;
const ISO_DURATION = new RegExp(
  String.raw`-?P(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|${ISO_TIME}|\d+W|(?:\d+Y(?:\d+M)?(?:\d+D)?|\d+M(?:\d+D)?|\d+D)(?:${ISO_TIME})?)`, 'y',
);
const DURATION = new RegExp(String.raw`-?\d+${UNIT}(?:\d+${UNIT})*`, 'y');
const NUMBER = /-?\d+(?:\.(?!\.)\d*)?(?:[eE][+-]?\d+)?/y;
const HEX = /0[xX][0-9a-fA-F]*/y;
const UUID = /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/y;
const SIGNED_WORD = /-(?:nan|infinity)/iy;
const BROKEN_WORD = /-(?:na?|i(?:n(?:f(?:i(?:n(?:it?)?)?)?)?)?)/iy;

/**
 * Cuts a text.
 *
 * @param text - any
 * @param hidden - whether white space and comments are tokens too, of the kind HIDDEN
 */
export function tokenize(text: string, hidden = false): Tokens {
  const types: TokenType[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let error: LexicalError | undefined;
  let at = 0;
  const push = (type: TokenType, end: number) => {
    types.push(type);
    starts.push(at);
    ends.push(end);
    at = end;
  };
  const skip = (end: number) => {
    if (hidden) push(T.HIDDEN, end);
    else at = end;
  };
  const fail = (offset: number, message: string, end: number) => {
    error ??= { tokens: types.length, offset, message };
    at = end;
  };
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? CLASSES[code] : OTHER;
    if (kind === SPACE) {
      let end = at + 1;
      while (CLASSES[text.charCodeAt(end)] === SPACE) end++;
      skip(end);
    } else if (kind === LETTER) {
      const special = text.charCodeAt(at + 8) === 45 ? endOf(UUID, text, at) : 0;
      const iso = code === 80 ? endOf(ISO_DURATION, text, at) : 0;
      let end = at + 1;
      for (;;) {
        const next = text.charCodeAt(end);
        const nextKind = CLASSES[next];
        if (nextKind !== LETTER && nextKind !== DIGIT && next !== 95) break;
        end++;
      }
      if (special > end) push(T.UUID, special);
      else if (iso >= end) push(T.DURATION, iso);
      else if (text.charCodeAt(end) === 40 && end === at + 4 && text.slice(at, end) === 'expr') push(T.EXPR, end + 1);
      else push(wordType(text.slice(at, end)), end);
    } else if (kind === DIGIT || (code === 45 && CLASSES[text.charCodeAt(at + 1)] === DIGIT)) {
      const uuid = kind === DIGIT && text.charCodeAt(at + 8) === 45 ? endOf(UUID, text, at) : 0;
      if (uuid > 0) {
        push(T.UUID, uuid);
        continue;
      }
      let digits = at + 1;
      while (CLASSES[text.charCodeAt(digits)] === DIGIT) digits++;
      const next = text.charCodeAt(digits);
      // Most numbers are whole ones that end at a sign or a space.
      if (next !== 46 && CLASSES[next] !== LETTER && next !== 45 && next !== 0xb5) {
        push(T.INTEGER, digits);
        continue;
      }
      const number = endOf(NUMBER, text, at);
      const follower = text.charCodeAt(number);
      const broken = kind === DIGIT && (CLASSES[follower] === LETTER || follower === 45) ? brokenUuid(text, at, number) : undefined;
      if (broken !== undefined) {
        fail(broken.offset, `mismatched character '${shown(text, broken.offset)}' expecting ${broken.expected}`, broken.offset);
        continue;
      }
      if ((text.charCodeAt(number) | 32) === 101) {
        // An exponent that breaks off.
        const sign = text.charAt(number + 1);
        const wrong = sign === '+' || sign === '-' ? number + 2 : number + 1;
        fail(wrong, `no viable alternative at character '${shown(text, wrong)}'`, wrong);
        continue;
      }
      // Most numbers end at a sign or a space; only behind a letter may they be something else.
      const behind = text.charCodeAt(number);
      const longer = CLASSES[behind] === LETTER || behind === 0xb5 || text.charCodeAt(number - 1) === 46 ? Math.max(endOf(HEX, text, at), endOf(DURATION, text, at)) : 0;
      if (longer > number) push(text.charCodeAt(at + 1) === 120 || text.charCodeAt(at + 1) === 88 ? T.HEX : T.DURATION, longer);
      else push(isInteger(text, at, number) ? T.INTEGER : T.FLOAT, number);
    } else if (code === 39) {
      const end = quotedEnd(text, at, 39);
      if (end < 0) fail(text.length, "mismatched character '<EOF>' expecting '''", text.length);
      else push(T.STRING, end);
    } else if (code === 34) {
      const end = quotedEnd(text, at, 34);
      if (end < 0) fail(text.length, `mismatched character '<EOF>' expecting '"'`, text.length);
      else push(end === at + 2 ? T.EMPTY_QUOTED_NAME : T.QUOTED_NAME, end);
    } else if ((code === 45 && text.charCodeAt(at + 1) === 45) || (code === 47 && text.charCodeAt(at + 1) === 47)) {
      let end = at + 2;
      while (end < text.length && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end++;
      if (end === text.length) fail(end, "mismatched character '<EOF>' expecting set null", end);
      else skip(end + 1);
    } else if (code === 47 && text.charCodeAt(at + 1) === 42) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) fail(text.length, "mismatched character '<EOF>' expecting '*'", text.length);
      else skip(end + 2);
    } else if (code === 36) {
      const end = text.charCodeAt(at + 1) === 36 ? text.indexOf('$$', at + 2) : -1;
      if (end >= 0) push(T.STRING, end + 2);
      else if (text.charCodeAt(at + 1) === 36) fail(text.length, "mismatched character '<EOF>' expecting '$'", text.length);
      else fail(at + 1, `mismatched character '${shown(text, at + 1)}' expecting '$'`, at + 2);
    } else {
      const signed = code === 45 ? Math.max(endOf(ISO_DURATION, text, at), endOf(SIGNED_WORD, text, at)) : 0;
      const second = text.charCodeAt(at + 1);
      const brokenWord = code === 45 && signed === 0 ? endOf(BROKEN_WORD, text, at) : 0;
      const double = signed === 0 && (second === 61 || second === 46) ? DOUBLE.get(text.slice(at, at + 2)) : undefined;
      const single = code < 128 ? SINGLE[code] : undefined;
      if (signed > 0) push(signedType(text.charCodeAt(at + 1)), signed);
      // A minus before an n or an i begins `-NaN` or `-Infinity`, whatever was meant: -n is no column with a sign.
      else if (brokenWord > 0) fail(brokenWord, `mismatched character '${shown(text, brokenWord)}' expecting set null`, brokenWord);
      else if (double !== undefined) push(double, at + 2);
      else if (single !== undefined && single !== 0) push(single, at + 1);
      else if (code === 33) fail(at + 1, `mismatched character '${shown(text, at + 1)}' expecting '='`, at + 2);
      else fail(at, `no viable alternative at character '${shown(text, at)}'`, at + 1);
    }
  }
  push(T.EOF, at);
  return { text, types, starts, ends, error };
}

function signedType(letter: number): TokenType {
  if (letter === 80) return T.DURATION;
  return letter === 110 || letter === 78 ? T.NEGATIVE_NAN : T.NEGATIVE_INFINITY;
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

/** Digits and then a letter that only a UUID can go on with, and that does not go on as one; or a unit of time that breaks off. */
function brokenUuid(text: string, at: number, number: number): { offset: number; expected: string } | undefined {
  const begin = text.slice(at, at + 40);
  const isWhole = EIGHT_DIGITS.test(begin) && number < at + 8;
  if (!isWhole) {
    if (endOf(DURATION, text, at) > 0 || endOf(HEX, text, at) >= number + 2) return undefined;
    const unit = BROKEN_UNIT.exec(begin);
    if (unit !== null) return { offset: at + unit[0].length, expected: 'set null' };
    if (!UUID_BEGINS.test(begin)) return undefined;
  }
  for (let i = 0; i < 36; i++) {
    const isDash = i === 8 || i === 13 || i === 18 || i === 23;
    const character = text.charAt(at + i);
    if (isDash ? character !== '-' : !/[0-9a-fA-F]/.test(character)) return { offset: at + i, expected: isDash ? "'-'" : 'set null' };
  }
  return undefined;
}

const EIGHT_DIGITS = /^[0-9a-fA-F]{8}/;
const UUID_BEGINS = /^(?:\d{1,7}[abcfABCF]|[0-9a-fA-F]{8}-[0-9a-fA-F])/;
const BROKEN_UNIT = /^\d+[nNuU](?![sS])/;

function isInteger(text: string, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) {
    if (CLASSES[text.charCodeAt(i)] !== DIGIT) return false;
  }
  return true;
}

/** The end of what begins with a quote at `at`, two quotes standing for one; -1 when it has none. */
function quotedEnd(text: string, at: number, quote: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text.charCodeAt(i) !== quote) continue;
    if (text.charCodeAt(i + 1) !== quote || (quote === 34 && i === at + 1)) return i + 1;
    i++;
  }
  return -1;
}

function shown(text: string, at: number): string {
  const character = text.charAt(at);
  if (character === '') return '<EOF>';
  return character === '\n' ? '\\n' : character === '\r' ? '\\r' : character === '\t' ? '\\t' : character;
}

/** A token's text as the grammar sees it: of strings and quoted names what is between the quotes. */
export function tokenText({ text, types, starts, ends }: Tokens, i: number): string {
  const start = starts[i] ?? 0;
  const end = ends[i] ?? 0;
  const type = types[i];
  if (type === T.STRING) {
    if (text.charCodeAt(start) === 36) return text.slice(start + 2, end - 2);
    const inner = text.slice(start + 1, end - 1);
    return inner.includes("'") ? inner.replaceAll("''", "'") : inner;
  }
  if (type === T.QUOTED_NAME) {
    const inner = text.slice(start + 1, end - 1);
    return inner.includes('"') ? inner.replaceAll('""', '"') : inner;
  }
  return text.slice(start, end);
}

/**
 * Cuts a script into its statements, at each `;` outside of strings and comments; a batch's own `;` do not end it.
 *
 * @returns the statements without their `;`, empty ones left out
 */
export function splitStatements(text: string): string[] {
  // A comment at the very end need not be ended in a script.
  const { types, starts, ends } = tokenize(text.endsWith('\n') ? text : `${text}\n`);
  const statements: string[] = [];
  let from = -1;
  let inBatch = false;
  let last = 0;
  types.forEach((type, i) => {
    const start = starts[i] ?? 0;
    if (type === T.EOF || (type === T.SEMICOLON && !inBatch)) {
      if (from >= 0) statements.push(text.slice(from, type === T.EOF ? text.trimEnd().length : last));
      from = -1;
      return;
    }
    if (from < 0) {
      from = start;
      inBatch = type === T.K_BEGIN;
    }
    if (type === T.K_APPLY) inBatch = false;
    last = ends[i] ?? 0;
  });
  return statements;
}
