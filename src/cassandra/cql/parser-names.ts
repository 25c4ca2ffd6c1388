/**
 * The grammar of names and types (Apache Cassandra 5.0, Parser.g from `keyspaceName` to `allowedFunctionName`, `comparatorType`).
 *
 * Where alternatives begin alike, the code looks ahead as far as ANTLR's decision does, no less and no more: the token at
 * which it gives up is the one that the error quotes.
 *
 * @module
 */
import type { QualifiedName, RawType } from './ast.ts';
import { isFunctionNameType, isNameType, type TokenReader } from './token-reader.ts';
import { BASIC, BITS, NATIVE_TYPE, OTHER, PLAIN, T, type TokenType } from './tokens.ts';

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
