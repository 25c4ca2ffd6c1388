/**
 * Syntax errors in the words of Apache Cassandra 5.0: those of ANTLR 3's runtime (`line L:C no viable alternative at input …`,
 * lines from 1, columns from 0), and behind them the piece of the statement around the place with the token in brackets
 * (`ErrorCollector`). The piece counts white space as tokens, ends where the parser has looked so far, and is left out at the end
 * of the text.
 *
 * @module
 */
import { CqlSyntaxError } from '../errors.ts';
import { tokenize, tokenText, type LexicalError, type Tokens } from './lexer.ts';
import { T, tokenName, type TokenType } from './tokens.ts';

const TOKENS_BEFORE = 10;
const TOKENS_AFTER = 2;

/** Where in a text an offset lies: line from 1 and column from 0. */
function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', start)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start };
}

/** An error of the lexer's. */
export function lexicalError(text: string, { offset, message }: LexicalError): CqlSyntaxError {
  const { line, column } = placeOf(text, offset);
  return new CqlSyntaxError(`line ${line}:${column} ${message}`);
}

/** Another token stands where one is needed. @param furthest - the last token the parser has looked at */
export function mismatchedToken(tokens: Tokens, at: number, expected: TokenType | undefined, furthest: number): CqlSyntaxError {
  const wanted = expected === undefined ? 'set null' : tokenName(expected);
  return parserError(tokens, at, at, furthest, `mismatched input ${shownToken(tokens, at)} expecting ${wanted}`);
}

/**
 * No alternative fits.
 *
 * @param at - the token that fits none
 * @param index - the token where the alternatives begin
 */
export function noViableAlternative(tokens: Tokens, at: number, index: number, furthest: number): CqlSyntaxError {
  return parserError(tokens, at, index, furthest, `no viable alternative at input ${shownToken(tokens, at)}`);
}

function shownToken(tokens: Tokens, at: number): string {
  if (tokens.types[at] === T.EOF) return "'<EOF>'";
  return `'${tokenText(tokens, at).replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}'`;
}

function parserError(tokens: Tokens, at: number, index: number, furthest: number, message: string): CqlSyntaxError {
  const isEnd = tokens.types[at] === T.EOF;
  const { line, column } = isEnd ? { line: 0, column: -1 } : placeOf(tokens.text, tokens.starts[at] ?? 0);
  return new CqlSyntaxError(`line ${line}:${column} ${message}${snippet(tokens, index, furthest)}`);
}

function snippet({ text, starts }: Tokens, index: number, furthest: number): string {
  const all = tokenize(text, true);
  const rawIndexOf = (token: number) => all.starts.findIndex((start, i) => start === starts[token] && all.types[i] !== T.HIDDEN);
  const here = rawIndexOf(index);
  const last = rawIndexOf(furthest);
  const from = Math.max(0, here - TOKENS_BEFORE);
  const to = Math.min(last, here + TOKENS_AFTER);
  const offending = Math.min(here, last);
  if ([from, to, offending].some((i) => all.types[i] === T.EOF)) return '';
  const place = (i: number) => {
    const { line, column } = placeOf(text, all.starts[i] ?? 0);
    // The length is that of the token's own text, so a string's closing quotes fall off: as it is in Cassandra.
    return { line: line - 1, column, end: column + tokenText(all, i).length };
  };
  const first = place(from);
  const final = place(to);
  const marked = place(offending);
  const lines = splitLines(text);
  const isStart = first.line === 0 && first.column === 0;
  const isEnd = final.line === lines.length - 1 && final.end === lines.at(-1)?.length;
  const change = (line: number, edit: (text: string) => string) => {
    lines[line] = edit(lines[line] ?? '');
  };
  change(final.line, (content) => content.slice(0, final.end));
  change(marked.line, (content) => `${content.slice(0, marked.column)}[${content.slice(marked.column, marked.end)}]${content.slice(marked.end)}`);
  change(first.line, (content) => content.slice(first.column));
  return ` (${isStart ? '' : '...'}${lines.slice(first.line, final.line + 1).join('')}${isEnd ? '' : '...'})`;
}

/** Empty lines at the end do not count, as Java splits. */
function splitLines(text: string): string[] {
  const lines = text.split('\n');
  while (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines;
}
