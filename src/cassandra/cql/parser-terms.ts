/**
 * The grammar of names, types and values (Apache Cassandra 5.0, Parser.g from `keyspaceName` down).
 *
 * Where alternatives begin alike, the code looks ahead as far as ANTLR's decision does, no less and no more: the token at
 * which it gives up is the one that the error quotes.
 *
 * @module
 */
import type { ArithmeticOperator, Literal, LiteralType, Marker, QualifiedName, RawType, Term } from './ast.ts';
import { isFunctionNameType, isNameType, type TokenReader } from './token-reader.ts';
import { BASIC, BITS, CONSTANT, NATIVE_TYPE, OTHER, PLAIN, T, type TokenType } from './tokens.ts';

/** A set of kinds of tokens. */
export function typeSet(...types: readonly TokenType[]): Uint8Array {
  const set = new Uint8Array(256);
  for (const type of types) set[type] = 1;
  return set;
}

const AFTER_TABLE_NAME = typeSet(
  T.EOF, T.SEMICOLON, T.LEFT_PAREN, T.K_WHERE, T.K_GROUP, T.K_ORDER, T.K_PER, T.K_LIMIT, T.K_ALLOW, T.K_JSON, T.K_USING, T.K_SET, T.K_WITH, T.K_ALTER, T.K_ADD, T.K_DROP, T.K_RENAME,
  T.K_AS, T.K_PRIMARY, T.K_TO, T.K_FROM, T.K_OF, T.K_NORECURSIVE,
);
const AFTER_FUNCTION_NAME = typeSet(T.EOF, T.SEMICOLON, T.LEFT_PAREN, T.K_WITH);
const AFTER_TYPE = typeSet(
  T.EOF, T.SEMICOLON, T.GREATER, T.COMMA, T.RIGHT_PAREN, T.K_STATIC, T.K_MASKED, T.K_PRIMARY, T.K_LANGUAGE, T.K_FINALFUNC, T.K_INITCOND,
);
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

/** The name of a table, view or such, with or without a keyspace. */
export function parseTableName(reader: TokenReader): QualifiedName {
  return qualifiedName(reader, AFTER_TABLE_NAME, 'table');
}

/** The name of an index. */
export function parseIndexName(reader: TokenReader): QualifiedName {
  return qualifiedName(reader, typeSet(T.EOF, T.SEMICOLON), 'index');
}

/** The name of a keyspace. */
export function parseKeyspaceName(reader: TokenReader): string {
  return nameOrMarker(reader, 'keyspace');
}

function qualifiedName(reader: TokenReader, follow: Uint8Array, what: 'table' | 'index'): QualifiedName {
  if (!reader.isName() && !reader.is(T.QMARK)) throw reader.noViable();
  const second = reader.peek(2);
  if (second !== T.DOT && follow[second] !== 1) throw reader.noViable(2);
  reader.decided(2);
  if (second !== T.DOT) return { keyspace: undefined, name: nameOrMarker(reader, what) };
  const keyspace = nameOrMarker(reader, 'keyspace');
  reader.skip();
  return { keyspace, name: nameOrMarker(reader, what) };
}

/** A name where the grammar reads a marker too, only to refuse it. */
export function nameOrMarker(reader: TokenReader, what: 'keyspace' | 'table' | 'index'): string {
  if (reader.is(T.QMARK)) {
    reader.skip();
    throw reader.refuse(`Bind variables cannot be used for ${what} names`);
  }
  return reader.name();
}

/** A function's name. */
export function parseFunctionName(reader: TokenReader): QualifiedName {
  const first = reader.peek();
  if (!isNameType(first) && first !== T.QMARK && first !== T.K_TOKEN) throw reader.noViable();
  if (first === T.K_TOKEN) return { keyspace: undefined, name: allowedFunctionName(reader) };
  if (isFunctionNameType(first)) {
    const second = reader.peek(2);
    reader.decided(2);
    if (second !== T.DOT) {
      if (AFTER_FUNCTION_NAME[second] !== 1) throw reader.noViable(2);
      return { keyspace: undefined, name: allowedFunctionName(reader) };
    }
  }
  const keyspace = parseKeyspaceName(reader);
  reader.expect(T.DOT);
  return { keyspace, name: allowedFunctionName(reader) };
}

/** The name of a function of the statement's own keyspace. */
export function allowedFunctionName(reader: TokenReader): string {
  if (!isFunctionNameType(reader.peek())) throw reader.noViable();
  return reader.takeName();
}

/** The name of a user-defined type. */
export function parseTypeName(reader: TokenReader): QualifiedName {
  let keyspace: string | undefined;
  const first = reader.peek();
  // A word that can be no type's name has to be the keyspace's.
  const mustBeKeyspace = ((BITS[first] ?? 0) & (NATIVE_TYPE | OTHER)) !== 0 && first !== T.K_KEY;
  if (mustBeKeyspace || (isNameType(first) && reader.peek(2) === T.DOT)) {
    keyspace = reader.takeName();
    reader.expect(T.DOT);
  }
  const type = reader.peek();
  if (((BITS[type] ?? 0) & (BASIC | PLAIN)) === 0 && type !== T.K_KEY) throw reader.noViable();
  if (type === T.IDENT && RESERVED_TYPE_NAMES.has(reader.text())) throw reader.refuse(`Invalid (reserved) user type name ${reader.text()}`);
  return { keyspace, name: reader.takeName() };
}

const RESERVED_TYPE_NAMES: ReadonlySet<string> = new Set(['byte', 'complex', 'enum', 'date', 'interval', 'macaddr', 'bitstring']);

/** A native type. */
export function parseNativeType(reader: TokenReader): RawType {
  if (((BITS[reader.peek()] ?? 0) & NATIVE_TYPE) === 0) throw reader.noViable();
  const name = reader.take().toLowerCase();
  return { kind: 'native', name: name === 'varchar' ? 'text' : name };
}

/** A type. */
export function parseRawType(reader: TokenReader): RawType {
  const type = reader.peek();
  reader.decided(1);
  if (type === T.STRING) return customType(reader);
  if (type === T.K_SET) {
    reader.skip();
    return { kind: 'set', element: inAngles(reader) };
  }
  const isNative = ((BITS[type] ?? 0) & NATIVE_TYPE) !== 0;
  const isCollection = type === T.K_LIST || type === T.K_MAP || type === T.K_TUPLE || type === T.K_VECTOR || type === T.K_FROZEN;
  if (!isNative && !isCollection) {
    if (!isNameType(type)) throw reader.noViable();
    return { kind: 'user', ...parseTypeName(reader) };
  }
  const second = reader.peek(2);
  if (second === T.DOT || second === T.LESS || AFTER_TYPE[second] === 1) reader.decided(2);
  if (second === T.DOT) return { kind: 'user', ...parseTypeName(reader) };
  if (isNative) {
    if (AFTER_TYPE[second] !== 1) throw reader.noViable(2);
    return parseNativeType(reader);
  }
  if (second !== T.LESS) {
    if (AFTER_TYPE[second] !== 1) throw reader.noViable(2);
    return { kind: 'user', ...parseTypeName(reader) };
  }
  reader.skip();
  switch (type) {
    case T.K_LIST: return { kind: 'list', element: inAngles(reader) };
    case T.K_FROZEN: return frozen(reader, inAngles(reader));
    case T.K_MAP: {
      reader.expect(T.LESS);
      const key = parseRawType(reader);
      reader.expect(T.COMMA);
      const value = parseRawType(reader);
      reader.expect(T.GREATER);
      return { kind: 'map', key, value };
    }
    case T.K_TUPLE: {
      reader.expect(T.LESS);
      const elements = listOf(reader, parseRawType);
      reader.expect(T.GREATER);
      return { kind: 'tuple', elements };
    }
    default: {
      reader.expect(T.LESS);
      const element = parseRawType(reader);
      reader.expect(T.COMMA);
      const dimension = reader.is(T.INTEGER) ? Number(reader.text()) : 0;
      reader.expect(T.INTEGER);
      reader.expect(T.GREATER);
      return { kind: 'vector', element, dimension };
    }
  }
}

/** A class of Cassandra's own: those of the native types are known. */
function customType(reader: TokenReader): RawType {
  const className = reader.take();
  const full = className.includes('.') ? className : `org.apache.cassandra.db.marshal.${className}`;
  const name = NATIVE_CLASSES.get(full.slice(full.lastIndexOf('.') + 1));
  if (name !== undefined && full.startsWith('org.apache.cassandra.db.marshal.')) return { kind: 'native', name };
  throw reader.refuse(`Error setting type ${className}: Unable to find abstract-type class '${full}'`);
}

const NATIVE_CLASSES: ReadonlyMap<string, string> = new Map([
  ['AsciiType', 'ascii'], ['LongType', 'bigint'], ['BytesType', 'blob'], ['BooleanType', 'boolean'], ['CounterColumnType', 'counter'], ['SimpleDateType', 'date'], ['DecimalType', 'decimal'],
  ['DoubleType', 'double'], ['DurationType', 'duration'], ['FloatType', 'float'], ['InetAddressType', 'inet'], ['Int32Type', 'int'], ['ShortType', 'smallint'], ['UTF8Type', 'text'],
  ['TimeType', 'time'], ['TimestampType', 'timestamp'], ['TimeUUIDType', 'timeuuid'], ['ByteType', 'tinyint'], ['UUIDType', 'uuid'], ['IntegerType', 'varint'],
]);

function inAngles(reader: TokenReader): RawType {
  reader.expect(T.LESS);
  const type = parseRawType(reader);
  reader.expect(T.GREATER);
  return type;
}

function frozen(reader: TokenReader, type: RawType): RawType {
  if (type.kind !== 'native') return { kind: 'frozen', type };
  throw reader.refuse(`frozen<> is only allowed on collections, tuples, and user-defined types (got ${type.name})`);
}

/** One or more, with commas between. */
export function listOf<R>(reader: TokenReader, read: (reader: TokenReader) => R): R[] {
  const list = [read(reader)];
  while (reader.accept(T.COMMA)) list.push(read(reader));
  return list;
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
