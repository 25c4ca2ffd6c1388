/**
 * The grammar of values (Apache Cassandra 5.0, Parser.g from `constant` to `simpleTerm`). How far it looks ahead is told in
 * `parser-names.ts`.
 *
 * @module
 */
import type { ArithmeticOperator, Literal, LiteralType, Marker, Term } from './ast.ts';
import { listOf, parseFunctionName, parseNativeType, parseRawType, typeSet } from './parser-names.ts';
import { isFunctionNameType, isNameType, type TokenReader } from './token-reader.ts';
import { BITS, CONSTANT, T, type TokenType } from './tokens.ts';

/** What may stand behind a whole term. */
const AFTER_TERM_TYPES = [
  T.EOF, T.SEMICOLON, T.RIGHT_PAREN, T.RIGHT_BRACKET, T.RIGHT_BRACE, T.COMMA, T.COLON, T.RANGE, T.K_AND, T.K_IF, T.K_WHERE, T.K_GROUP, T.K_ORDER, T.K_PER, T.K_LIMIT, T.K_ALLOW, T.K_ASC,
  T.K_DESC, T.K_INSERT, T.K_UPDATE, T.K_DELETE, T.K_APPLY, T.K_PRIMARY,
];
const AFTER_TERM = typeSet(...AFTER_TERM_TYPES);
/** What may stand behind a part of a term. */
const AFTER_SIMPLE_TERM = typeSet(...AFTER_TERM_TYPES, T.PLUS, T.MINUS, T.STAR, T.SLASH, T.PERCENT, T.K_AS);

/** The set of tokens with which a term begins, beyond names. */
const TERM_SIGNS = typeSet(T.K_NULL, T.LEFT_BRACKET, T.LEFT_BRACE, T.LEFT_PAREN, T.COLON, T.QMARK, T.K_TOKEN, T.MINUS);

/** Whether a term may begin with this. */
export function beginsTerm(type: TokenType): boolean {
  return TERM_SIGNS[type] === 1 || isConstantType(type) || isNameType(type);
}

function isConstantType(type: TokenType): boolean {
  return ((BITS[type] ?? 0) & CONSTANT) !== 0;
}

const LITERAL_TYPES: ReadonlyMap<TokenType, LiteralType> = new Map<TokenType, LiteralType>([
  [T.STRING, 'STRING'], [T.INTEGER, 'INTEGER'], [T.FLOAT, 'FLOAT'], [T.BOOLEAN, 'BOOLEAN'], [T.DURATION, 'DURATION'], [T.UUID, 'UUID'], [T.HEX, 'HEX'],
]);
const FLOATS: ReadonlyMap<TokenType, string> = new Map([[T.NAN, 'NaN'], [T.NEGATIVE_NAN, 'NaN'], [T.INFINITY, 'Infinity'], [T.NEGATIVE_INFINITY, '-Infinity']]);

/** Whether the next token is a literal other than null. */
export function isConstant(reader: TokenReader): boolean {
  return isConstantType(reader.peek());
}

/** Takes a literal that is known to be one. */
export function takeConstant(reader: TokenReader): Literal {
  const token = reader.peek();
  const type = LITERAL_TYPES.get(token);
  const text = reader.take();
  if (token === T.FLOAT && !Number.isFinite(Number(text))) throw reader.failure('NumberFormatException Character I is neither a decimal digit number, decimal point, nor "e" notation exponential mark.');
  return { kind: 'literal', type: type ?? 'FLOAT', text: type === undefined ? (FLOATS.get(token) ?? text) : text };
}

/** Whether the next token begins a marker. */
export function isMarker(reader: TokenReader): boolean {
  const type = reader.peek();
  return type === T.QMARK || type === T.COLON;
}

/** `?` or `:name`, known to be there. */
export function takeMarker(reader: TokenReader): Marker {
  if (reader.accept(T.QMARK)) return reader.marker(undefined);
  reader.expect(T.COLON);
  return reader.marker(reader.name());
}

/** A whole number or a marker. */
export function parseIntValue(reader: TokenReader): Term {
  if (reader.is(T.INTEGER)) return takeConstant(reader);
  if (isMarker(reader)) return takeMarker(reader);
  throw reader.noViable();
}

/** A term. */
export function parseTerm(reader: TokenReader): Term {
  let term = product(reader);
  for (;;) {
    const sign = reader.peek();
    if (AFTER_TERM[sign] === 1) {
      reader.peek(2);
      return term;
    }
    if (sign === T.PLUS) {
      if (isPrependAhead(reader)) return term;
    } else if (sign !== T.MINUS) {
      throw reader.noViable();
    }
    reader.skip();
    term = { kind: 'arithmetic', operator: sign === T.PLUS ? '+' : '-', left: term, right: product(reader) };
  }
}

/** Whether `+` is that of `column = value + column`: what follows is a column and no function. */
function isPrependAhead(reader: TokenReader): boolean {
  const second = reader.peek(2);
  if (second === T.EMPTY_QUOTED_NAME) return true;
  if (!isNameType(second)) {
    if (!beginsTerm(second)) throw reader.noViable(2);
    reader.decided(2);
    return false;
  }
  const third = reader.peek(3);
  reader.decided(3);
  if (third === T.LEFT_PAREN || third === T.DOT) return false;
  if (third === T.COMMA || third === T.K_WHERE) return true;
  throw reader.noViable(3);
}

const FACTORS: ReadonlyMap<TokenType, ArithmeticOperator> = new Map<TokenType, ArithmeticOperator>([[T.STAR, '*'], [T.SLASH, '/'], [T.PERCENT, '%']]);

function product(reader: TokenReader): Term {
  let term = group(reader);
  for (;;) {
    const sign = reader.peek();
    if (AFTER_TERM[sign] === 1) return term;
    const operator = FACTORS.get(sign);
    if (operator === undefined) return term;
    reader.skip();
    term = { kind: 'arithmetic', operator, left: term, right: group(reader) };
  }
}

function group(reader: TokenReader): Term {
  if (reader.is(T.MINUS)) {
    reader.skip();
    return { kind: 'negate', term: simpleTerm(reader) };
  }
  if (!beginsTerm(reader.peek())) throw reader.noViable();
  return simpleTerm(reader);
}

function simpleTerm(reader: TokenReader): Term {
  const type = reader.peek();
  reader.decided(1);
  if (isConstantType(type)) return takeConstant(reader);
  switch (type) {
    case T.K_NULL:
      reader.skip();
      return { kind: 'null' };
    case T.COLON: return takeMarker(reader);
    case T.QMARK: {
      const second = reader.peek(2);
      if (second === T.DOT) return functionCall(reader);
      if (AFTER_SIMPLE_TERM[second] !== 1) throw reader.noViable(2);
      reader.decided(2);
      return takeMarker(reader);
    }
    case T.LEFT_BRACKET: return { kind: 'list', elements: bracketed(reader) };
    case T.LEFT_BRACE: return braced(reader);
    case T.LEFT_PAREN: {
      if (isTypeHint(reader)) {
        reader.skip();
        const hint = parseRawType(reader);
        reader.expect(T.RIGHT_PAREN);
        return { kind: 'typeHint', type: hint, term: simpleTerm(reader) };
      }
      return parseTuple(reader);
    }
    case T.K_CAST: {
      const second = reader.peek(2);
      if (second === T.DOT) return functionCall(reader);
      if (second !== T.LEFT_PAREN) throw reader.noViable(2);
      reader.decided(2);
      reader.skip();
      reader.skip();
      const term = simpleTerm(reader);
      reader.expect(T.K_AS);
      const native = parseNativeType(reader);
      reader.expect(T.RIGHT_PAREN);
      return { kind: 'cast', term, type: native };
    }
    default:
      if (!isNameType(type) && type !== T.K_TOKEN) throw reader.noViable();
      return functionCall(reader);
  }
}

/** `(a, b)` */
export function parseTuple(reader: TokenReader): Term {
  reader.expect(T.LEFT_PAREN);
  const elements = listOf(reader, parseTerm);
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'tuple', elements };
}

function bracketed(reader: TokenReader): Term[] {
  reader.skip();
  const elements = beginsTerm(reader.peek()) ? listOf(reader, parseTerm) : [];
  reader.expect(T.RIGHT_BRACKET);
  return elements;
}

/** A set, a map or a user type's value. */
function braced(reader: TokenReader): Term {
  const second = reader.peek(2);
  reader.decided(isNameType(second) ? 3 : 2);
  if (second === T.RIGHT_BRACE) {
    reader.skip();
    reader.skip();
    return { kind: 'set', elements: [] };
  }
  if (isNameType(second)) {
    const third = reader.peek(3);
    if (third === T.COLON) return userTypeValue(reader);
    if (third !== T.DOT && (third !== T.LEFT_PAREN || !(isFunctionNameType(second) || second === T.K_CAST))) throw reader.noViable(3);
  } else if (!beginsTerm(second)) {
    throw reader.noViable(2);
  }
  reader.skip();
  const first = parseTerm(reader);
  if (reader.is(T.COLON)) {
    reader.skip();
    const entries: [Term, Term][] = [[first, parseTerm(reader)]];
    while (reader.accept(T.COMMA)) {
      const key = parseTerm(reader);
      reader.expect(T.COLON);
      entries.push([key, parseTerm(reader)]);
    }
    reader.expect(T.RIGHT_BRACE);
    return { kind: 'map', entries };
  }
  if (!reader.is(T.COMMA) && !reader.is(T.RIGHT_BRACE)) throw reader.noViable();
  const elements = [first];
  while (reader.accept(T.COMMA)) elements.push(parseTerm(reader));
  reader.expect(T.RIGHT_BRACE);
  return { kind: 'set', elements };
}

function userTypeValue(reader: TokenReader): Term {
  reader.skip();
  const fields = listOf(reader, (): [string, Term] => {
    const name = reader.name();
    reader.expect(T.COLON);
    return [name, parseTerm(reader)];
  });
  reader.expect(T.RIGHT_BRACE);
  return { kind: 'userType', fields };
}

/** Whether `(` is that of `(type) value`. */
function isTypeHint(reader: TokenReader): boolean {
  const second = reader.peek(2);
  reader.decided(2);
  if (second === T.K_SET) return true;
  if (second === T.STRING) {
    const third = reader.peek(3);
    reader.decided(3);
    if (third !== T.RIGHT_PAREN) return false;
    const fourth = reader.peek(4);
    if (AFTER_SIMPLE_TERM[fourth] === 1) return false;
    if (beginsTerm(fourth)) return true;
    throw reader.noViable(4);
  }
  if (!isNameType(second)) {
    if (beginsTerm(second) || second === T.K_TOKEN) return false;
    throw reader.noViable(2);
  }
  const third = reader.peek(3);
  reader.decided(3);
  if (third === T.LEFT_PAREN) return false;
  if (third === T.RIGHT_PAREN) return true;
  if (third === T.LESS && (second === T.K_LIST || second === T.K_MAP || second === T.K_TUPLE || second === T.K_VECTOR || second === T.K_FROZEN)) return true;
  if (third !== T.DOT) throw reader.noViable(3);
  const fourth = reader.peek(4);
  if (!isNameType(fourth) && fourth !== T.K_TOKEN) throw reader.noViable(4);
  const fifth = reader.peek(5);
  if (fifth === T.LEFT_PAREN) return false;
  if (fifth === T.RIGHT_PAREN) return true;
  throw reader.noViable(5);
}

function functionCall(reader: TokenReader): Term {
  let open = 2;
  const second = reader.peek(2);
  if (second === T.DOT) {
    if (!isFunctionNameType(reader.peek(3))) throw reader.noViable(3);
    open = 4;
  } else if (!isFunctionNameType(reader.peek())) {
    throw reader.noViable(2);
  }
  if (reader.peek(open) !== T.LEFT_PAREN) throw reader.noViable(open);
  const first = reader.peek(open + 1);
  if (first !== T.RIGHT_PAREN && !beginsTerm(first)) throw reader.noViable(open + 1);
  reader.decided(open + 1);
  const name = parseFunctionName(reader);
  reader.expect(T.LEFT_PAREN);
  const args = first === T.RIGHT_PAREN ? [] : listOf(reader, parseTerm);
  reader.expect(T.RIGHT_PAREN);
  return { kind: 'function', name, args };
}
